/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Where a controller is: identifiers of transports, as a struct and as text. A part of
 * spdk/nvme.h.
 *
 * Thread: any. These functions look at their arguments only.
 */
#ifndef SPDK_NVME_TRANSPORT_ID_H
#define SPDK_NVME_TRANSPORT_ID_H

#include "spdk/stdinc.h"

#include "spdk/nvmf_spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Names of transports, as `trstring` has them. */
#define SPDK_NVME_TRANSPORT_NAME_FC "FC"

#define SPDK_NVME_TRANSPORT_NAME_PCIE "PCIE"

#define SPDK_NVME_TRANSPORT_NAME_RDMA "RDMA"

#define SPDK_NVME_TRANSPORT_NAME_TCP "TCP"

#define SPDK_NVME_TRANSPORT_NAME_VFIOUSER "VFIOUSER"

#define SPDK_NVME_TRANSPORT_NAME_CUSTOM "CUSTOM"

/** The longest text of a priority in digits. */
#define SPDK_NVMF_PRIORITY_MAX_LEN 4

/**
 * Kinds of transports. Those of fabrics have the numbers that go over the wire (`trtype`), below
 * 256; the others have numbers beyond.
 */
enum spdk_nvme_transport_type {
	/** A device of this machine. */
	SPDK_NVME_TRANSPORT_PCIE = 256,
	SPDK_NVME_TRANSPORT_RDMA = SPDK_NVMF_TRTYPE_RDMA,
	SPDK_NVME_TRANSPORT_FC = SPDK_NVMF_TRTYPE_FC,
	SPDK_NVME_TRANSPORT_TCP = SPDK_NVMF_TRTYPE_TCP,
	/** A device that another process emulates. */
	SPDK_NVME_TRANSPORT_VFIOUSER = 1024,
	/** A transport of a program's own; there may be several, told apart by their names. */
	SPDK_NVME_TRANSPORT_CUSTOM = 4096,
	/** The same, for one that goes over fabrics. */
	SPDK_NVME_TRANSPORT_CUSTOM_FABRICS = 4097,
};

/** Whether it goes over fabrics. */
static inline bool
spdk_nvme_trtype_is_fabrics(enum spdk_nvme_transport_type trtype)
{
	return trtype <= UINT8_MAX || trtype == SPDK_NVME_TRANSPORT_CUSTOM_FABRICS;
}

/** The same type under another name. */
typedef enum spdk_nvme_transport_type spdk_nvme_transport_type_t;

/**
 * A place that a controller or a discovery service may be reached at. Strings end with 0. Set it
 * to zeros before you fill it in.
 */
struct spdk_nvme_transport_id {
	/** Name of the transport, which is what it is looked up by. Empty: that of trtype. */
	char trstring[SPDK_NVMF_TRSTRING_MAX_LEN + 1];
	enum spdk_nvme_transport_type trtype;
	/** Of traddr. PCIe: not looked at. */
	enum spdk_nvmf_adrfam adrfam;
	/**
	 * PCIe: DDDD:BB:DD.F, which forms spdk_pci_addr_parse() takes too; empty: all of the bus.
	 * TCP, RDMA: an IP address. FC: nn-0xWWNN:pn-0xWWPN.
	 */
	char traddr[SPDK_NVMF_TRADDR_MAX_LEN + 1];
	/** TCP, RDMA: the port. PCIe, FC: empty. */
	char trsvcid[SPDK_NVMF_TRSVCID_MAX_LEN + 1];
	/** NVM subsystem. Over fabrics; empty: the discovery service. */
	char subnqn[SPDK_NVMF_NQN_MAX_LEN + 1];
	/** Of the socket (TCP), see SO_PRIORITY in socket(7). 0: as it is. */
	int priority;
};

/**
 * What the host's end of a connection is bound to. Empty: what the system chooses. Over fabrics.
 */
struct spdk_nvme_host_id {
	/** Address, as traddr. */
	char hostaddr[SPDK_NVMF_TRADDR_MAX_LEN + 1];
	/** Port, as trsvcid. */
	char hostsvcid[SPDK_NVMF_TRSVCID_MAX_LEN + 1];
};

/**
 * Fills in an identifier from text: pairs of key and value, `key:value` or `key=value`, with white
 * space between them, such as "trtype:PCIe traddr:0000:04:00.0". Keys, in small or capital
 * letters: trtype, adrfam, traddr, trsvcid, priority, subnqn; of a key that is there twice, the
 * last counts. Those that are for others to read (hostaddr, hostsvcid, hostnqn, ns, alt_traddr,
 * prchk) are passed over.
 *
 * Shape: fields without a key keep what they have. Of PCIe, the address of a device is put into
 *   the form DDDD:BB:DD.F.
 * Errors: -EINVAL, explained: an argument is NULL; no separator; a key that is none; a value that
 *   is missing, too long or no such thing. What comes before may have been filled in.
 */
int spdk_nvme_transport_id_parse(struct spdk_nvme_transport_id *trid, const char *str);

/**
 * Sets trtype, and trstring to its name. For a type that has no name of its own (one of a
 * program's), and a number that is no type, an explanation, and trstring is empty.
 */
void spdk_nvme_trid_populate_transport(struct spdk_nvme_transport_id *trid,
				       enum spdk_nvme_transport_type trtype);

/**
 * Fills in the host's end from text of the same form: keys hostaddr and hostsvcid. All other keys
 * of spdk_nvme_transport_id_parse() are passed over, so that one text can have both.
 *
 * Errors: -EINVAL, explained.
 */
int spdk_nvme_host_id_parse(struct spdk_nvme_host_id *hostid, const char *str);

/**
 * Sets trstring to a name of a transport, in capital letters. It need not be one that is there.
 *
 * Errors: -EINVAL: trstring is NULL, empty or longer than SPDK_NVMF_TRSTRING_MAX_LEN.
 */
int
spdk_nvme_transport_id_populate_trstring(struct spdk_nvme_transport_id *trid, const char *trstring);

/**
 * The type of a name, in small or capital letters. A name that is none of the above is that of a
 * program's own transport: SPDK_NVME_TRANSPORT_CUSTOM.
 *
 * Errors: -EINVAL: an argument is NULL.
 */
int spdk_nvme_transport_id_parse_trtype(enum spdk_nvme_transport_type *trtype, const char *str);

/**
 * The name of a type: "PCIe", "RDMA", "FC", "TCP", "VFIOUSER", "CUSTOM", "CUSTOM_FABRICS". NULL: it
 * is none.
 */
const char *spdk_nvme_transport_id_trtype_str(enum spdk_nvme_transport_type trtype);

/** The name of an address family: "IPv4", "IPv6", "IB", "FC". NULL: it is none. */
const char *spdk_nvme_transport_id_adrfam_str(enum spdk_nvmf_adrfam adrfam);

/**
 * The address family of a name, in small or capital letters.
 *
 * Errors: -EINVAL: an argument is NULL; -ENOENT: there is none of that name.
 */
int spdk_nvme_transport_id_parse_adrfam(enum spdk_nvmf_adrfam *adrfam, const char *str);

/**
 * An order of identifiers: below 0, 0 (both mean the same place) or above 0. Names are compared
 * without regard to capitals; addresses of PCIe as addresses; the host's end and priority do not
 * count. It may differ from one version to the next.
 */
int spdk_nvme_transport_id_compare(const struct spdk_nvme_transport_id *trid1,
				   const struct spdk_nvme_transport_id *trid2);

/**
 * What of protection information is to be checked, from a text of the form of
 * spdk_nvme_transport_id_parse(): key prchk, value guard, reftag or both with | between them.
 * Without that key, nothing is written; other keys are passed over.
 *
 * Shape: *prchk_flags is SPDK_NVME_IO_FLAGS_PRCHK_GUARD and _REFTAG, as far as they are named.
 * Errors: -EINVAL, explained.
 */
int spdk_nvme_prchk_flags_parse(uint32_t *prchk_flags, const char *str);

/** The reverse: "prchk:guard", "prchk:reftag" or "prchk:reftag|guard". NULL: neither. */
const char *spdk_nvme_prchk_flags_str(uint32_t prchk_flags);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_TRANSPORT_ID_H */
