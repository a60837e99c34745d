#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_layers.py [ROOT]: holds what layers and components include and call against the design.

The layers are the subdir() lines of src/meson.build, bottom first.
  1. A file includes headers of its own layer and of those below, never of one above. A public
     header belongs to the layer that implements it (PUBLIC_HEADERS below).
  2. Headers in a layer's folder are for everyone above; those in a component's folder (src/LAYER/
     COMPONENT, or one level below in FOLDERS_OF_COMPONENTS) are for that component, and for those
     that COMPONENT_USES allows it.
  3. rpc.h and init.h are included by *_rpc.c and *_subsystem.c only, below the layers that own
     them.
  4. The machine is reached through env only: BANNED_CALLS names what to use instead. Tests, fuzzers
     and benchmarks may call what they like.
"""
import os
import re
import sys

import c_text

# The layer that implements a public header. A name may end in '*'; the longest match wins.
PUBLIC_HEADERS = {
    'base': '''spdk/assert.h spdk/barrier.h spdk/base64.h spdk/bit_array.h spdk/bit_pool.h
        spdk/conf.h spdk/config.h spdk/cpuset.h spdk/crc16.h spdk/crc32.h spdk/crc64.h spdk/dif.h
        spdk/endian.h spdk/fd.h spdk/fd_group.h spdk/file.h spdk/hexlify.h spdk/histogram_data.h
        spdk/json.h spdk/likely.h spdk/log.h spdk/md5.h spdk/memory.h spdk/mmio.h spdk/net.h
        spdk/nvme_spec.h spdk/nvme_spec/* spdk/nvmf_spec/* spdk/gpt_spec.h spdk/idxd_spec.h
        spdk/ioat_spec.h spdk/iscsi_spec.h spdk/nvme_intel.h spdk/nvme_ocssd_spec.h
        spdk/nvmf_fc_spec.h spdk/nvmf_spec.h spdk/opal_spec.h spdk/pci_ids.h spdk/pipe.h
        spdk/queue.h spdk/queue_extras.h spdk/scsi_spec.h spdk/stdinc.h spdk/string.h spdk/tree.h
        spdk/util.h spdk/uuid.h spdk/version.h spdk/vfio_user_spec.h spdk/xor.h spdk/zipf.h
        spdk_internal/assert.h spdk_internal/sgl.h spdk_internal/usdt.h spdk_internal/utf.h
        spdk/isa-l.h spdk/isa-l-crypto.h''',
    'env': 'spdk/env.h spdk/env_dpdk.h',
    # init.h is implemented in control, but event.h, which programs know, includes it.
    'runtime': '''spdk/event.h spdk/init.h spdk/notify.h spdk/scheduler.h spdk/thread.h
        spdk/trace.h spdk/trace_parser.h spdk_internal/event.h spdk_internal/thread.h
        spdk_internal/trace_defs.h spindle/*''',
    'control': 'spdk/jsonrpc.h spdk/rpc.h',
    'io': '''spdk/accel*.h spdk/ae4dma.h spdk/bdev*.h spdk/blob*.h spdk/dma.h spdk/fsdev*.h
        spdk/ftl.h spdk/idxd.h spdk/ioat.h spdk/keyring*.h spdk/lvol.h spdk/nvme.h spdk/nvme/*
        spdk/nvme_kv.h spdk/nvme_ocssd.h spdk/nvme_zns.h spdk/opal.h spdk/sock.h
        spdk/vfio_user_pci.h spdk/vmd.h spdk_internal/*''',
    'modules': 'spdk/module/*',
    'targets': '''spdk/nbd.h spdk/nvmf.h spdk/nvmf_cmd.h spdk/nvmf_transport.h spdk/scsi.h
        spdk/ublk.h spdk/vfu_target.h spdk/vhost.h''',
}

# Folders each of whose folders is a component of its own.
FOLDERS_OF_COMPONENTS = ('modules/bdev',)

# Whose private headers a component of the same layer may include besides its own, and why.
COMPONENT_USES = {
    # Explanations name the function and line that created an object.
    'runtime/thread': ('base/log',),
    # Reports of a stall name the function and line of each frame.
    'runtime/reactor': ('base/log',),
    # A device that cannot go names the function and line that opened it; tests poll threads.
    'io/bdev': ('base/log', 'runtime/thread'),
    # Its tests call methods, and load what was saved.
    'app/subsystems': ('app/rpc',),
    # The methods that lock and unlock the cores.
    'app/rpc': ('app/app',),
    # Its tests look for functions in backtraces by name.
    'env/posix': ('base/log',),
    # Its tests of hotplug put a controller on the bus of a kernel that they make up.
    'io/nvme': ('env/posix',),
    # Two ways into the kernel for the same devices.
    'modules/bdev/aio': ('modules/bdev/file',),
    'modules/bdev/uring': ('modules/bdev/file',),
    # Their tests open the layer of block devices as its own tests do.
    'modules/bdev/file': ('io/bdev',),
    # Firmware goes in the driver's pieces; its tests attach controllers that are programs.
    'modules/bdev/nvme': ('io/nvme',),
    # What tests of all of them share: memory that fails.
    'modules/bdev': ('modules/bdev/delay', 'modules/bdev/error', 'modules/bdev/gpt',
                     'modules/bdev/malloc', 'modules/bdev/null', 'modules/bdev/passthru',
                     'modules/bdev/raid', 'modules/bdev/split', 'modules/bdev/zone_block'),
}

# What to use -> the calls that it replaces.
ABOVE_ENV = {
    'spdk_get_ticks()': 'clock_gettime gettimeofday time clock',
    'spdk_env_thread_launch_pinned() or struct env_watch': 'pthread_create thrd_create fork vfork',
    'env_waiter_wait()': '''epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait poll ppoll
        select pselect sem_wait pthread_cond_wait pthread_cond_timedwait''',
    'env_waiter_create()': 'eventfd',
    'a deadline and env_waiter_wait(), or spdk_delay_us()':
        'sleep usleep nanosleep clock_nanosleep',
    'env_region_reserve(), env_region_discard() and env_region_release()':
        'mmap munmap mremap madvise mlock',
    'env_shm_create() and env_shm_open()': 'shm_open shm_unlink memfd_create',
    'a generator of your own whose seed the caller gives':
        'rand srand random srandom rand_r drand48 getrandom getentropy',
    'env_backtrace_of()': 'backtrace',
    'env_get_rusage()': 'getrusage',
    'spdk_env_get_core_count() and its kind': '''sysconf sched_getaffinity sched_setaffinity
        pthread_setaffinity_np pthread_getaffinity_np sched_getcpu sched_yield''',
}
IN_BASE = {
    'the hook that the layer above sets (base knows no clock)': 'clock_gettime gettimeofday',
    'nothing: base starts no OS threads': 'pthread_create thrd_create fork vfork',
    'nothing: base does not wait': 'sleep usleep nanosleep clock_nanosleep',
    'getrandom(2)': 'rand srand random srandom rand_r drand48',
}
# File -> calls it may make, with the reason.
EXCEPTIONS = {
    # What the log takes as its clock until a layer above sets the hook.
    'src/base/log/log_clock.c': 'clock_gettime',
}
FREE_OF_BANS = ('_test.c', '_bench.c', '_fuzz.c', '_fixture.c', '_fixture.h')
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.MULTILINE)
RPC_HEADERS = ('spdk/rpc.h', 'spdk/init.h')
RPC_FILES = ('_rpc.c', '_subsystem.c')
RPC_LAYERS = ('control', 'app')


def banned_calls(layer):
    """Name -> what to use instead, for a file of this layer."""
    table = {'base': IN_BASE, 'env': {}}.get(layer, ABOVE_ENV)
    return {name: cure for cure, names in table.items() for name in names.split()}


def layer_of_public(header):
    best, best_length = None, -1
    for layer, names in PUBLIC_HEADERS.items():
        for name in names.split():
            pattern = re.escape(name).replace(r'\*', '.*')
            if re.fullmatch(pattern, header) and len(name) > best_length:
                best, best_length = layer, len(name)
    return best


class Checker:
    def __init__(self, root):
        self.root = root
        text = c_text.read(os.path.join(root, 'src', 'meson.build'))
        self.layers = re.findall(r"^subdir\('(\w+)'\)", text, re.MULTILINE)
        self.problems = []

    def report(self, path, line, text):
        self.problems.append(f'{path}:{line}: {text}')

    def rank(self, layer):
        """Layers that are not built yet are above all others."""
        return self.layers.index(layer) if layer in self.layers else len(self.layers)

    def resolve(self, path, name):
        """The included file, relative to the root; None for a system header."""
        for base in (os.path.dirname(path), 'src', 'include'):
            candidate = os.path.normpath(os.path.join(base, name))
            if os.path.isfile(os.path.join(self.root, candidate)):
                return candidate
        return None

    def includes(self, path, text):
        """Triples of line, name as written and file; a public header need not exist yet."""
        for match in INCLUDE.finditer(text):
            line = text.count('\n', 0, match.start()) + 1
            target = self.resolve(path, match[1])
            if target is None and re.match(r'(spdk|spdk_internal|spindle)/', match[1]):
                target = 'include/' + match[1]
            if target is not None:
                yield line, match[1], target

    def check_include(self, path, layer, include):
        line, name, target = include
        parts = target.split('/')
        if parts[0] == 'include':
            owner = layer_of_public('/'.join(parts[1:]))
            if owner is None:
                self.report(path, line, f'{name} belongs to no layer: add it to PUBLIC_HEADERS of '
                                        'scripts/check_layers.py')
                return
        elif parts[0] == 'src' and len(parts) > 2:
            owner = parts[1]
            self.check_component(path, line, parts)
        else:
            self.report(path, line, f'{name} is outside the layers')
            return
        if self.rank(owner) > self.rank(layer):
            self.report(path, line, f'{layer} includes {name}, which belongs to {owner} above it')

    @staticmethod
    def component_of(parts):
        """Of a path in parts: src, layer, component, ..., file. A layer's files have the layer."""
        component = '/'.join(parts[1:3])
        if len(parts) <= 3:
            return parts[1]
        if component in FOLDERS_OF_COMPONENTS and len(parts) > 4:
            return '/'.join(parts[1:4])
        return component

    def check_component(self, path, line, target):
        """`target` is the header's path in parts: src, layer, component or file, ..."""
        user, component = self.component_of(path.split('/')), self.component_of(target)
        # A folder of components has headers for all of them.
        if len(target) < 4 or (user + '/').startswith(component + '/'):
            return
        if component not in COMPONENT_USES.get(user, ()):
            self.report(path, line,
                        f'{user} includes the private {target[-1]} of {component}: use '
                        'its public header or one in the folder of its layer, or add to '
                        'COMPONENT_USES of scripts/check_layers.py with the reason')

    def check_rpc(self, path, layer, include):
        line, name, _ = include
        if name in RPC_HEADERS and layer not in RPC_LAYERS and not path.endswith(RPC_FILES):
            self.report(path, line, f'{name} is for *_rpc.c and *_subsystem.c only')

    def check_calls(self, path, layer, text):
        if path.endswith(FREE_OF_BANS):
            return
        code = c_text.code_of(text)
        allowed = EXCEPTIONS.get(path, '').split()
        for name, cure in banned_calls(layer).items():
            if name in allowed:
                continue
            for line in c_text.calls(code, name):
                self.report(path, line, f'{layer} calls {name}(): use {cure}')

    def check_source(self, path):
        layer = path.split('/')[1]
        text = c_text.read(os.path.join(self.root, path))
        for include in self.includes(path, text):
            self.check_include(path, layer, include)
            self.check_rpc(path, layer, include)
        self.check_calls(path, layer, text)

    def check_public(self, path):
        """A public header includes other public headers only, of its own layer and below."""
        layer = layer_of_public(path[len('include/'):])
        if layer is None:
            self.report(path, 1, 'belongs to no layer: add it to PUBLIC_HEADERS of '
                                 'scripts/check_layers.py')
            return
        for include in self.includes(path, c_text.read(os.path.join(self.root, path))):
            if include[2].startswith('src/'):
                self.report(path, include[0], f'a public header includes the private {include[1]}')
            else:
                self.check_include(path, layer, include)

    def run(self):
        if not self.layers:
            self.report('src/meson.build', 1, "no layer found: a line subdir('name') each")
        sources = [path for path in c_text.files_below(self.root, ['src'], c_text.C_SUFFIXES)
                   if path.count('/') > 1]
        for path in sources:
            self.check_source(path)
        for path in c_text.files_below(self.root, ['include'], ('.h',)):
            self.check_public(path)
        return len(sources)


def main():
    checker = Checker(sys.argv[1] if len(sys.argv) > 1 else '.')
    count = checker.run()
    print('\n'.join(checker.problems) or f'{count} files, layers {" < ".join(checker.layers)}')
    return 1 if checker.problems or not count else 0


if __name__ == '__main__':
    sys.exit(main())
