# SPDX-License-Identifier: BSD-3-Clause
"""What machines are made of, and those that tests share.

A machine is booted once for all of its tests, so tests had better share them.
"""
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False)
class Namespace:
    size_mib: int = 64
    sector: int = 512
    # Further properties of QEMU's nvme-ns, such as {'ms': 8, 'pi': 1} or {'zoned': 'on'}.
    options: dict = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Controller:
    """An NVMe controller, behind a root port of its own unless it is a function beside another."""
    name: str
    namespaces: tuple = (Namespace(),)
    # The controller in whose slot it is, as another function: they share an IOMMU group.
    beside: str = ''
    # Its namespaces survive an unplug, in a subsystem; the kernel then sees them as multipath ones.
    is_pluggable: bool = False
    # Further properties of QEMU's nvme, such as {'mdts': 3, 'max_ioqpairs': 4}.
    options: dict = field(default_factory=dict)


# Long transfers, few queues, and the layouts of metadata that the controller 'many' lacks.
WIDE = Controller('wide', options={'mdts': 9, 'max_ioqpairs': 5}, namespaces=(
    Namespace(size_mib=32),
    Namespace(size_mib=16, options={'ms': 8, 'mset': 1}),
    Namespace(size_mib=16, sector=4096, options={'ms': 8, 'pi': 1})))

# Memory of its own: a memory buffer, and a persistent region that REGION backs.
MEMORY = Controller('memory', options={'cmb_size_mb': 16, 'pmrdev': 'region'},
                    namespaces=(Namespace(size_mib=8),))
REGION = ('-object', 'memory-backend-ram,id=region,size=8M,share=on')


@dataclass(frozen=True, eq=False)
class Machine:
    name: str
    controllers: tuple
    has_iommu: bool = False
    cpus: int = 1
    memory_mib: int = 768
    kernel_arguments: str = ''
    qemu_arguments: tuple = ()


# All but one of the controllers of the first machine have an IOMMU group each.
VFIO = Machine('vfio', has_iommu=True, qemu_arguments=REGION, controllers=(
    Controller('plain', namespaces=(Namespace(),)),
    Controller('many', namespaces=(
        Namespace(size_mib=32),
        Namespace(size_mib=48, sector=4096),
        Namespace(size_mib=16, sector=512, options={'ms': 8}),
        Namespace(size_mib=16, sector=4096, options={'ms': 8, 'mset': 1, 'pi': 1}))),
    Controller('pluggable', is_pluggable=True),
    Controller('twin0'),
    Controller('twin1', beside='twin0'),
    WIDE,
    MEMORY))

# Without an IOMMU there is uio_pci_generic, huge pages, and physical addresses.
UIO = Machine('uio', qemu_arguments=REGION, controllers=(
    Controller('plain', namespaces=(Namespace(),)),
    Controller('many', namespaces=(Namespace(size_mib=32), Namespace(size_mib=48, sector=4096))),
    Controller('pluggable', is_pluggable=True),
    WIDE,
    MEMORY))
