/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * I/O of a namespace. A part of spdk/nvme.h.
 *
 * Thread: that of the queue pair. The namespace may be of use to all.
 * Owner: data, metadata and what tells pieces of data belong to the driver and the controller
 *   until the callback; the struct of options too, in the calls that take one.
 * Shape: a buffer that the controller reads or writes is memory of the environment
 *   (spdk_dma_malloc()) or registered (spdk_mem_register()), and aligned to 4 bytes. Data are
 *   lba_count blocks, each of spdk_nvme_ns_get_extended_sector_size() bytes. metadata is for
 *   namespaces that have it apart: lba_count times spdk_nvme_ns_get_md_size() bytes, contiguous.
 *   An I/O that is longer than what the controller takes (spdk_nvme_ns_get_max_io_xfer_size()),
 *   crosses a boundary that the device wants kept, or lies in pieces that PRPs cannot describe,
 *   is split; its callback runs once, after all parts, with the first error.
 * Units: lba and lba_count in blocks.
 * Callback: once, if 0 was returned, from a poll of the queue pair, never from within the call.
 *   cb_fn may be NULL.
 * Errors: -EINVAL: the arguments make no command: lba_count 0, a flag that is none, an I/O that
 *   needs more requests than the queue pair has, a NULL; -ENOMEM: all requests of the queue pair
 *   are in use: try again after a callback; -ENXIO: the queue pair is not connected, or the
 *   controller is failed or pulled out; -EFAULT: a buffer is not what the device may reach; the
 *   first of each queue pair is explained. What is beyond the end of the namespace, the
 *   controller refuses.
 * Source: NVM Express NVM command set specification. io_flags are SPDK_NVME_IO_FLAGS_* of
 *   spdk/nvme_spec.h.
 */
#ifndef SPDK_NVME_IO_H
#define SPDK_NVME_IO_H

#include "spdk/stdinc.h"

#include "spdk/dma.h"
#include "spdk/nvme/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What else an I/O may say. */
struct spdk_nvme_ns_cmd_ext_io_opts {
	/**
	 * sizeof(struct spdk_nvme_ns_cmd_ext_io_opts) as the caller was compiled, or as much of
	 * it as is set (SPDK_SIZEOF()); fields beyond are 0.
	 */
	size_t size;
	/**
	 * Where the data are: a domain that the controller can work with
	 * (spdk_nvme_ctrlr_get_memory_domains()). NULL: ordinary memory. Data are then addresses
	 * of this domain, of which memory_domain_ctx is told.
	 */
	struct spdk_memory_domain *memory_domain;
	void *memory_domain_ctx;
	uint32_t io_flags;
	uint8_t reserved28[4];
	/** Separate metadata. NULL: none. */
	void *metadata;
	/**
	 * Application tag of protection information: which bits of it are checked, and what they
	 * shall be.
	 */
	uint16_t apptag_mask;
	uint16_t apptag;
	/**
	 * Dword 13 of the command: the directive's own in bits 31:16, and attributes of the data.
	 */
	uint32_t cdw13;
	/**
	 * Work of the accel framework that comes before the data. Only where the controller has
	 * SPDK_NVME_CTRLR_ACCEL_SEQUENCE_SUPPORTED, and the queue pair is in a group: else,
	 * -ENOTSUP.
	 */
	void *accel_sequence;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ns_cmd_ext_io_opts) == 56, "Incorrect size");

/** Writes, from one buffer. */
int spdk_nvme_ns_cmd_write(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			   uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			   uint32_t io_flags);

/** Writes, from pieces that reset_sgl_fn and next_sge_fn tell, by cb_arg. */
int spdk_nvme_ns_cmd_writev(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			    uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			    uint32_t io_flags, spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			    spdk_nvme_req_next_sge_cb next_sge_fn);

/** The same with separate metadata (NULL: none) and an application tag. */
int spdk_nvme_ns_cmd_writev_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				    uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
				    void *cb_arg, uint32_t io_flags,
				    spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
				    spdk_nvme_req_next_sge_cb next_sge_fn, void *metadata,
				    uint16_t apptag_mask, uint16_t apptag);

/** The same with options, which may be NULL. */
int spdk_nvme_ns_cmd_writev_ext(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
				void *cb_arg, spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
				spdk_nvme_req_next_sge_cb next_sge_fn,
				struct spdk_nvme_ns_cmd_ext_io_opts *opts);

/**
 * Writes, from iov_count pieces of `iov`, which is the driver's until the callback. opts may be
 * NULL.
 */
int spdk_nvme_ns_cmd_write_iov(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			       uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			       struct iovec *iov, uint32_t iov_count,
			       struct spdk_nvme_ns_cmd_ext_io_opts *opts);

/** Writes, from one buffer, with options, which may be NULL. */
int
spdk_nvme_ns_cmd_write_ext(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			   uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			   struct spdk_nvme_ns_cmd_ext_io_opts *opts);

/** Writes, from one buffer, with separate metadata (NULL: none) and an application tag. */
int spdk_nvme_ns_cmd_write_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				   void *payload, void *metadata, uint64_t lba, uint32_t lba_count,
				   spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags,
				   uint16_t apptag_mask, uint16_t apptag);

/**
 * Writes zeros.
 *
 * Shape: at most 65536 blocks: it is not split.
 */
int spdk_nvme_ns_cmd_write_zeroes(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				  uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
				  void *cb_arg, uint32_t io_flags);

/** The controller reads, checks, and sends nothing. At most 65536 blocks. */
int spdk_nvme_ns_cmd_verify(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			    uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			    uint32_t io_flags);

/** Makes blocks fail when they are read, until they are written. At most 65536 blocks. */
int spdk_nvme_ns_cmd_write_uncorrectable(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					 uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
					 void *cb_arg);

/** Reads, into one buffer. */
int spdk_nvme_ns_cmd_read(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			  uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			  uint32_t io_flags);

/** Reads, into pieces that reset_sgl_fn and next_sge_fn tell, by cb_arg. */
int spdk_nvme_ns_cmd_readv(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			   uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			   uint32_t io_flags, spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			   spdk_nvme_req_next_sge_cb next_sge_fn);

/** The same with separate metadata (NULL: none) and an application tag. */
int
spdk_nvme_ns_cmd_readv_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			       uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			       uint32_t io_flags, spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			       spdk_nvme_req_next_sge_cb next_sge_fn, void *metadata,
			       uint16_t apptag_mask, uint16_t apptag);

/** The same with options, which may be NULL. */
int spdk_nvme_ns_cmd_readv_ext(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			       uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			       spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			       spdk_nvme_req_next_sge_cb next_sge_fn,
			       struct spdk_nvme_ns_cmd_ext_io_opts *opts);

/**
 * Reads, into iov_count pieces of `iov`, which is the driver's until the callback. opts may be
 * NULL.
 */
int spdk_nvme_ns_cmd_read_iov(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			      uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			      struct iovec *iov, uint32_t iov_count,
			      struct spdk_nvme_ns_cmd_ext_io_opts *opts);

/** Reads, into one buffer, with options, which may be NULL. */
int spdk_nvme_ns_cmd_read_ext(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			      uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
			      void *cb_arg, struct spdk_nvme_ns_cmd_ext_io_opts *opts);

/** Reads, into one buffer, with separate metadata (NULL: none) and an application tag. */
int spdk_nvme_ns_cmd_read_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				  void *payload, void *metadata, uint64_t lba, uint32_t lba_count,
				  spdk_nvme_cmd_cb cb_fn, void *cb_arg, uint32_t io_flags,
				  uint16_t apptag_mask, uint16_t apptag);

/**
 * Says what becomes of ranges: SPDK_NVME_DSM_ATTR_DEALLOCATE in `type` deallocates them, the
 * others are hints.
 *
 * Owner: ranges are copied; they may be any memory.
 * Shape: 1 to SPDK_NVME_DATASET_MANAGEMENT_MAX_RANGES ranges.
 */
int spdk_nvme_ns_cmd_dataset_management(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
					uint32_t type, const struct spdk_nvme_dsm_range *ranges,
					uint16_t num_ranges, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Copies ranges, one after the other, to dest_lba, within the controller.
 *
 * Owner: ranges are copied; they may be any memory.
 * Shape: at least one range; as many, and as long, as the namespace says (MSRC, MSSRL, MCL).
 */
int spdk_nvme_ns_cmd_copy(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
			  const struct spdk_nvme_scc_source_range *ranges, uint16_t num_ranges,
			  uint64_t dest_lba, spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/** What was written before, and has completed, is on the medium when this completes. */
int spdk_nvme_ns_cmd_flush(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
			   spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * I/O Management Receive: operation mo, with its own field mos.
 *
 * Units: len in bytes, a multiple of 4, not 0.
 */
int spdk_nvme_ns_cmd_io_mgmt_recv(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				  void *payload, uint32_t len, uint8_t mo, uint16_t mos,
				  spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * I/O Management Send, in the same way.
 *
 * Owner: the payload is copied; it may be any memory.
 * Units: len in bytes, any number. 0: the operation has no data, and payload may be NULL.
 */
int spdk_nvme_ns_cmd_io_mgmt_send(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				  void *payload, uint32_t len, uint8_t mo, uint16_t mos,
				  spdk_nvme_cmd_cb cb_fn, void *cb_arg);

/**
 * Compares with one buffer. Where they differ, the status is COMPARE FAILURE.
 *
 * Shape: with SPDK_NVME_IO_FLAGS_FUSE_FIRST, and then a write of the same blocks with FUSE_SECOND
 *   on this queue pair, with nothing in between: the write happens if they are equal, and both
 *   are one. Neither is split.
 */
int spdk_nvme_ns_cmd_compare(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, void *payload,
			     uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			     uint32_t io_flags);

/** Compares with pieces that reset_sgl_fn and next_sge_fn tell, by cb_arg. */
int spdk_nvme_ns_cmd_comparev(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint64_t lba,
			      uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
			      uint32_t io_flags, spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
			      spdk_nvme_req_next_sge_cb next_sge_fn);

/** The same with separate metadata (NULL: none) and an application tag. */
int spdk_nvme_ns_cmd_comparev_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				      uint64_t lba, uint32_t lba_count, spdk_nvme_cmd_cb cb_fn,
				      void *cb_arg, uint32_t io_flags,
				      spdk_nvme_req_reset_sgl_cb reset_sgl_fn,
				      spdk_nvme_req_next_sge_cb next_sge_fn, void *metadata,
				      uint16_t apptag_mask, uint16_t apptag);

/** Compares with one buffer, with separate metadata (NULL: none) and an application tag. */
int spdk_nvme_ns_cmd_compare_with_md(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				     void *payload, void *metadata, uint64_t lba,
				     uint32_t lba_count, spdk_nvme_cmd_cb cb_fn, void *cb_arg,
				     uint32_t io_flags, uint16_t apptag_mask, uint16_t apptag);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_IO_H */
