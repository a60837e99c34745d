/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What programs that use NVMe controllers have on their command lines: which controllers are meant,
 * and how they are called in what is printed.
 */
#ifndef SPDK_INTERNAL_NVME_UTIL_H
#define SPDK_INTERNAL_NVME_UTIL_H

#include "spdk/nvme.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What spdk_nvme_transport_id_usage() tells of; a set. */
enum spdk_nvme_trid_usage_opt {
	/* The option must be given. */
	SPDK_NVME_TRID_USAGE_OPT_MANDATORY = 1 << 1,
	/* There is a long name, --transport, as well. */
	SPDK_NVME_TRID_USAGE_OPT_LONGOPT = 1 << 2,
	SPDK_NVME_TRID_USAGE_OPT_NO_PCIE = 1 << 3,
	SPDK_NVME_TRID_USAGE_OPT_NO_FABRIC = 1 << 4,
	/* It may be given several times. */
	SPDK_NVME_TRID_USAGE_OPT_MULTI = 1 << 5,
	/* Keys that spdk_nvme_trid_entry_parse() knows. */
	SPDK_NVME_TRID_USAGE_OPT_NS = 1 << 6,
	SPDK_NVME_TRID_USAGE_OPT_HOSTNQN = 1 << 7,
	SPDK_NVME_TRID_USAGE_OPT_ALT_TRADDR = 1 << 8,
	SPDK_NVME_TRID_USAGE_OPT_HOSTADDR = 1 << 9,
};

/* A controller, or all there are, as a command line names it. */
struct spdk_nvme_trid_entry {
	struct spdk_nvme_transport_id trid;
	/* 0: all active namespaces. */
	uint16_t nsid;
	/* "": not given. */
	char hostnqn[SPDK_NVMF_NQN_MAX_LEN + 1];
	char hostaddr[SPDK_NVMF_TRADDR_MAX_LEN + 1];
	/* As `trid`, with the other address; its traddr is "" where there is none. */
	struct spdk_nvme_transport_id failover_trid;
};

/** Prints lines for the usage of a program: the option -r, and the keys of its value. */
void spdk_nvme_transport_id_usage(FILE *f, uint32_t opts);

/**
 * Parses what spdk_nvme_transport_id_parse() does, and the keys ns, hostnqn, hostaddr and
 * alt_traddr. Shape: what str does not have stays as it is, but for the transport, which is PCIe,
 * and the subsystem, which is that of discovery. Errors: -EINVAL, explained. The entry may have
 * changed then.
 */
int spdk_nvme_trid_entry_parse(struct spdk_nvme_trid_entry *trid_entry, const char *str);

/**
 * A name for people: "PCIE (0000:04:00.0) NSID 1"; without a namespace if ns is NULL.
 * Returns what snprintf() does: the length that the name has, or would have.
 */
int spdk_nvme_build_name(char *name, size_t length, struct spdk_nvme_ctrlr *ctrlr,
			 struct spdk_nvme_ns *ns);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_INTERNAL_NVME_UTIL_H */
