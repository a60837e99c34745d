/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Zoned namespaces: what spdk/nvme.h lacks for them. What spdk/nvme/io.h says of threads,
 * buffers, callbacks and errors holds here; -EINVAL also tells that the namespace is not zoned.
 *
 * Source: NVM Express zoned namespace command set specification. Types: spdk/nvme_spec/zone.h.
 */
#ifndef SPDK_NVME_ZNS_H
#define SPDK_NVME_ZNS_H

#include "spdk/stdinc.h"

#include "spdk/nvme.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What the controller says of the namespace that is special to zones. NULL: it is not zoned.
 *
 * Thread: any; so for all that follow and ask for no queue pair. Owner: the namespace.
 */
const struct spdk_nvme_zns_ns_data *spdk_nvme_zns_ns_get_data(struct spdk_nvme_ns *ns);

/**
 * Blocks from the start of one zone to that of the next; fewer may be of use. 0: the namespace is
 * not zoned.
 */
uint64_t spdk_nvme_zns_ns_get_zone_size_sectors(struct spdk_nvme_ns *ns);

/** The same in bytes of data. */
uint64_t spdk_nvme_zns_ns_get_zone_size(struct spdk_nvme_ns *ns);

/** Zones. 0: the namespace is not zoned. */
uint64_t spdk_nvme_zns_ns_get_num_zones(struct spdk_nvme_ns *ns);

/** Zones that may be open at a time, explicitly or not. 0: no limit. */
uint32_t spdk_nvme_zns_ns_get_max_open_zones(struct spdk_nvme_ns *ns);

/** Zones that may be open or closed at a time, which is: begun and not full. 0: no limit. */
uint32_t spdk_nvme_zns_ns_get_max_active_zones(struct spdk_nvme_ns *ns);

/**
 * What the controller says of itself that is special to zones. NULL: it has no zoned namespaces.
 * Owner: the controller.
 */
const struct spdk_nvme_zns_ctrlr_data *spdk_nvme_zns_ctrlr_get_data(struct spdk_nvme_ctrlr *ctrlr);

/** Bytes that one append takes. 0: the controller has no Zone Append. */
uint32_t spdk_nvme_zns_ctrlr_get_max_zone_append_size(const struct spdk_nvme_ctrlr *ctrlr);

/**
 * Writes to wherever a zone has been written up to, from one buffer. The completion's dwords 0
 * and 1 have the block that was first.
 *
 * Shape: zslba is the zone's first block. Is never split.
 * Errors: also -EINVAL: more than spdk_nvme_zns_ctrlr_get_max_zone_append_size().
 */
int spdk_nvme_zns_zone_append(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *buffer,
			      uint64_t zslba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
			      void *cb_arg, uint32_t io_flags);

/** The same with separate metadata (NULL: none) and an application tag. */
int spdk_nvme_zns_zone_append_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				      void *buffer, void *metadata, uint64_t zslba,
				      uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
				      uint32_t io_flags, uint16_t apptag_mask, uint16_t apptag);

/**
 * spdk_nvme_zns_zone_append(), from pieces that reset_sgl_fn and next_sge_fn tell, by cb_arg.
 *
 * Errors: also -EINVAL: pieces that one command cannot describe.
 */
int
spdk_nvme_zns_zone_appendv(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t zslba,
			   uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			   uint32_t io_flags, spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			   spdk_nvme_req_next_sge_cb next_sge_fn);

/** The same with separate metadata (NULL: none) and an application tag. */
int spdk_nvme_zns_zone_appendv_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				       uint64_t zslba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
				       void *cb_arg, uint32_t io_flags,
				       spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
				       spdk_nvme_req_next_sge_cb next_sge_fn, void *metadata,
				       uint16_t apptag_mask, uint16_t apptag);

/**
 * Closes a zone; with select_all, all that are open, whatever slba is. slba is a zone's first
 * block, here and below.
 */
int spdk_nvme_zns_close_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			     bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** Makes a zone full; with select_all, all that are open or closed. */
int spdk_nvme_zns_finish_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			      bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** Opens a zone; with select_all, all that are closed. */
int spdk_nvme_zns_open_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			    bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** Empties a zone, which loses its data; with select_all, all that are open, closed or full. */
int spdk_nvme_zns_reset_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			     bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** Puts a zone that can only be read out of use; with select_all, all of those. */
int
spdk_nvme_zns_offline_zone(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t slba,
			   bool select_all, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Attaches data of the program's own to an empty zone, which it makes a closed one.
 *
 * Shape: buffer has payload_size bytes: as many as the format says (ZDES), in units of 64.
 */
int spdk_nvme_zns_set_zone_desc_ext(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				    uint64_t slba, void *buffer, uint32_t payload_size,
				    spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Describes zones from that of slba on: a struct spdk_nvme_zns_zone_report.
 *
 * Shape: report_opts: which states. partial_report: its nr_zones is the number of descriptors in
 *   payload; else, of all zones that there are from slba on in these states.
 * Units: payload_size in bytes, a multiple of 4; at most what one command takes.
 */
int spdk_nvme_zns_report_zones(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
			       void *payload, uint32_t payload_size, uint64_t slba,
			       enum spdk_nvme_zns_zra_report_opts report_opts, bool partial_report,
			       spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** The same, each descriptor with its extension. */
int spdk_nvme_zns_ext_report_zones(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				   void *payload, uint32_t payload_size, uint64_t slba,
				   enum spdk_nvme_zns_zra_report_opts report_opts,
				   bool partial_report, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_ZNS_H */
