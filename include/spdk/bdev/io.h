/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/Os of block devices: submitting them, and what has become of one. A part of spdk/bdev.h, which
 * has what all comments take for granted.
 */
#ifndef SPDK_BDEV_IO_H
#define SPDK_BDEV_IO_H

#include "spdk/bdev.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The current thread's channel to the device. Each call counts: spdk_put_io_channel() as often.
 *
 * Thread: any; the channel is used and put there. All descriptors of the device share it.
 * Errors: NULL, explained in the log: no memory, or the module has none.
 */
struct spdk_io_channel *spdk_bdev_get_io_channel(struct spdk_bdev_desc *desc);

/** What the module says is its context for the device; NULL: nothing. */
void *spdk_bdev_get_module_ctx(struct spdk_bdev_desc *desc);

/* Dword 12 of an NVMe command, of which a device takes what its attributes offer. */
union spdk_bdev_nvme_cdw12 {
	uint32_t raw;
	struct {
		uint32_t reserved : 20;
		/* Kind of directive. */
		uint32_t dtype : 4;
		uint32_t reserved2 : 8;
	} write;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_bdev_nvme_cdw12) == 4, "Incorrect size");

/* Dword 13, in the same way. */
union spdk_bdev_nvme_cdw13 {
	uint32_t raw;
	struct {
		uint32_t reserved : 16;
		/* What the directive says: with FDP, where to place the data. */
		uint32_t dspec : 16;
	} write;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_bdev_nvme_cdw13) == 4, "Incorrect size");

/* What else a read or a write may say. Read during the call; what it points to, until the end. */
struct spdk_bdev_ext_io_opts {
	/* sizeof(struct spdk_bdev_ext_io_opts) as the caller knows it; fields beyond are 0. */
	size_t size;
	/*
	 * Where the data is, if the CPU cannot reach it: the vectors then hold addresses of this
	 * domain. NULL: ordinary memory. A device that cannot work with the domain gets the data
	 * through a buffer.
	 */
	struct spdk_memory_domain *memory_domain;
	/* For the operations of the domain. */
	void *memory_domain_ctx;
	/* A buffer for separate metadata, in ordinary memory; NULL: none. */
	void *metadata;
	/*
	 * Operations on the data: before a write, after a read. The sequence is the I/O's once
	 * the function has returned 0; after an error it is still the caller's.
	 */
	struct spdk_accel_sequence *accel_sequence;
	/* SPDK_DIF_FLAGS_*_CHECK bits that this I/O leaves out of those of the device. */
	uint32_t dif_check_flags_exclude_mask;
	union spdk_bdev_nvme_cdw12 nvme_cdw12;
	union spdk_bdev_nvme_cdw13 nvme_cdw13;
} __attribute__((packed));
SPDK_STATIC_ASSERT(sizeof(struct spdk_bdev_ext_io_opts) == 52, "Incorrect size");

/*
 * The functions from here to spdk_bdev_copy_blocks() submit one I/O each. For all of them:
 *
 * Thread: of ch.
 * Owner: data, metadata and arrays of vectors stay the caller's, unchanged and in their place,
 * until the callback.
 * Shape: vectors hold at least as many bytes as the blocks, and may begin at any address and be of
 * any length and number: what the device cannot take as it is, the library splits or copies
 * through a buffer (see spdk_bdev_get_buf_align()). A device of hardware needs memory of
 * spdk_dma_malloc(); the others take any.
 * Callback: see spdk_bdev_io_completion_cb. I/Os of one channel may complete in any order; only a
 * callback says that one is over.
 * Errors, all without a callback:
 * -ENOMEM: the thread has no free I/O; spdk_bdev_queue_io_wait() tells when it has.
 * -EINVAL: blocks that do not exist, or bytes that are not whole blocks; metadata for a
 *   device, or a descriptor, that has no separate one.
 * -EBADF: what changes the device, through a descriptor that was not opened for writing.
 * -ENOTSUP: the device does not take the type, and the library cannot do it by others.
 * What their comments say holds besides.
 */

/**
 * Looks for the next block from `offset_blocks` on that holds data;
 * spdk_bdev_io_get_seek_offset() tells which.
 *
 * A device that does not know holds data everywhere: the answer is `offset_blocks`.
 */
int spdk_bdev_seek_data(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			uint64_t offset_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Looks for the next block from `offset_blocks` on that holds none. A device that does not know has
 * no such block.
 */
int spdk_bdev_seek_hole(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			uint64_t offset_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Reads `nbytes` bytes from byte `offset` on.
 *
 * Owner: for `buf` NULL the library lends a buffer, which spdk_bdev_io_get_iovec() names in the
 * callback and which goes with the I/O. It holds no more than a large buffer of iobuf.
 */
int spdk_bdev_read(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
		   uint64_t offset, uint64_t nbytes, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_read(), in blocks. */
int spdk_bdev_read_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
			  uint64_t offset_blocks, uint64_t num_blocks,
			  spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * As spdk_bdev_read_blocks(), with separate metadata.
 *
 * Shape: `md` holds spdk_bdev_get_md_size() bytes for each block; NULL: without.
 */
int spdk_bdev_read_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				  void *buf, void *md, uint64_t offset_blocks, uint64_t num_blocks,
				  spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_read(), into vectors. */
int spdk_bdev_readv(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct iovec *iov,
		    int iovcnt, uint64_t offset, uint64_t nbytes, spdk_bdev_io_completion_cb cb,
		    void *cb_arg);

/** As spdk_bdev_read_blocks(), into vectors. */
int spdk_bdev_readv_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			   struct iovec *iov, int iovcnt, uint64_t offset_blocks,
			   uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_read_blocks_with_md(), into vectors. */
int
spdk_bdev_readv_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			       struct iovec *iov, int iovcnt, void *md, uint64_t offset_blocks,
			       uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * As spdk_bdev_readv_blocks(), with options; NULL: none.
 *
 * Owner: `opts` is read during the call.
 * Errors: -EINVAL: an unknown size of the options, or a memory domain without data in it.
 */
int spdk_bdev_readv_blocks_ext(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			       struct iovec *iov, int iovcnt, uint64_t offset_blocks,
			       uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg,
			       struct spdk_bdev_ext_io_opts *opts);

/** Writes `nbytes` bytes from byte `offset` on. Durable after spdk_bdev_flush(). */
int spdk_bdev_write(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
		    uint64_t offset, uint64_t nbytes, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_write(), in blocks. */
int spdk_bdev_write_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
			   uint64_t offset_blocks, uint64_t num_blocks,
			   spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_write_blocks(), with metadata as in spdk_bdev_read_blocks_with_md(). */
int spdk_bdev_write_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				   void *buf, void *md, uint64_t offset_blocks, uint64_t num_blocks,
				   spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_write(), from vectors. */
int spdk_bdev_writev(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct iovec *iov,
		     int iovcnt, uint64_t offset, uint64_t nbytes, spdk_bdev_io_completion_cb cb,
		     void *cb_arg);

/** As spdk_bdev_write_blocks(), from vectors. */
int spdk_bdev_writev_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			    struct iovec *iov, int iovcnt, uint64_t offset_blocks,
			    uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_write_blocks_with_md(), from vectors. */
int
spdk_bdev_writev_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				struct iovec *iov, int iovcnt, void *md, uint64_t offset_blocks,
				uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_writev_blocks(), with options as in spdk_bdev_readv_blocks_ext(). */
int spdk_bdev_writev_blocks_ext(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				struct iovec *iov, int iovcnt, uint64_t offset_blocks,
				uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg,
				struct spdk_bdev_ext_io_opts *opts);

/**
 * Compares blocks with `buf`. Where the device cannot, the library reads and compares.
 *
 * Callback: without success when they differ; spdk_bdev_io_get_nvme_status() then gives
 * SPDK_NVME_SCT_MEDIA_ERROR and SPDK_NVME_SC_COMPARE_FAILURE.
 */
int spdk_bdev_compare_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
			     uint64_t offset_blocks, uint64_t num_blocks,
			     spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_compare_blocks(), with metadata as in spdk_bdev_read_blocks_with_md(). */
int
spdk_bdev_compare_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *buf,
				 void *md, uint64_t offset_blocks, uint64_t num_blocks,
				 spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_compare_blocks(), with vectors. */
int spdk_bdev_comparev_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			      struct iovec *iov, int iovcnt, uint64_t offset_blocks,
			      uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_compare_blocks_with_md(), with vectors. */
int
spdk_bdev_comparev_blocks_with_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				  struct iovec *iov, int iovcnt, void *md, uint64_t offset_blocks,
				  uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Writes blocks if they are what `compare_iov` holds, and no other I/O comes between. Where the
 * device cannot, the library holds up what others do with these blocks meanwhile.
 *
 * Shape: both arrays hold `num_blocks` blocks.
 * Callback: spdk_bdev_io_get_nvme_fused_status() tells which half failed.
 * Errors: -EINVAL: more blocks than spdk_bdev_get_acwu().
 */
int spdk_bdev_comparev_and_writev_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
					 struct iovec *compare_iov, int compare_iovcnt,
					 struct iovec *write_iov, int write_iovcnt,
					 uint64_t offset_blocks, uint64_t num_blocks,
					 spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Borrows memory that stands for blocks: of the device where it can lend it, else a buffer of the
 * library's.
 *
 * Owner: the memory is lent until spdk_bdev_zcopy_end(), which every success needs; the I/O is not
 * freed before. After a failure it is freed as others are.
 * Shape: `populate` fills it with what the blocks hold; without, it has to be written as a whole.
 * `iov` may be NULL. spdk_bdev_io_get_iovec() names the memory in the callback.
 * Errors: -EBADF: whatever it is for, the descriptor must be open for writing.
 */
int
spdk_bdev_zcopy_start(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, struct iovec *iov,
		      int iovcnt, uint64_t offset_blocks, uint64_t num_blocks, bool populate,
		      spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Gives the memory back; with `commit` the blocks are what it holds.
 *
 * Owner: `bdev_io` is that of spdk_bdev_zcopy_start(). It comes to `cb`, to be freed there.
 * Errors: -EINVAL: it is none of those, or has not completed.
 */
int spdk_bdev_zcopy_end(struct spdk_bdev_io *bdev_io, bool commit, spdk_bdev_io_completion_cb cb,
			void *cb_arg);

/** Makes `nbytes` bytes zero from byte `offset` on. Where the device cannot, zeroes are written. */
int spdk_bdev_write_zeroes(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t offset,
			   uint64_t nbytes, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_write_zeroes(), in blocks. */
int spdk_bdev_write_zeroes_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				  uint64_t offset_blocks, uint64_t num_blocks,
				  spdk_bdev_io_completion_cb cb, void *cb_arg);

/** Makes blocks fail to be read until they are written again. */
int spdk_bdev_write_uncorrectable_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
					 uint64_t offset_blocks, uint64_t num_blocks,
					 spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Tells the device that data is not needed any more. What is read there afterwards is anything.
 *
 * Errors: -EINVAL: no blocks at all.
 */
int spdk_bdev_unmap(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t offset,
		    uint64_t nbytes, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_unmap(), in blocks. */
int spdk_bdev_unmap_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			   uint64_t offset_blocks, uint64_t num_blocks,
			   spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Makes durable what was written before; that is, what had called back before this call. Of use
 * where spdk_bdev_has_write_cache().
 */
int spdk_bdev_flush(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, uint64_t offset,
		    uint64_t length, spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_flush(), in blocks. */
int spdk_bdev_flush_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			   uint64_t offset_blocks, uint64_t num_blocks,
			   spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Resets the device for all who use it: every I/O that was submitted before, on whatever thread,
 * is over when it has completed.
 *
 * What the library still holds is aborted (it waits for a buffer, a rate, or the module's memory),
 * and so is what is submitted until the reset is over; what the module has, the module ends. A
 * reset during another waits for it, and may share its result. A device may want I/Os to have some
 * time first, and is left alone when they all end within it (reset_io_drain_timeout of struct
 * spdk_bdev).
 */
int spdk_bdev_reset(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
		    spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_reset(), for the whole NVMe subsystem that the device is a part of. */
int spdk_bdev_nvme_nssr(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Tries to end all I/Os of this channel that were submitted with `bio_cb_arg` as their argument.
 *
 * Callback: success when each of them was ended early. Their own callbacks come before this one.
 * Without success, some were not, or there are none; a reset cannot be aborted.
 * Errors: -EINVAL: `bio_cb_arg` is NULL. -ENOTSUP: the device cannot.
 */
int spdk_bdev_abort(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch, void *bio_cb_arg,
		    spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Sends a raw NVMe command of the admin set, as it is but for the addresses of data, which the
 * module fills in.
 *
 * Owner: `cmd` is copied.
 * Shape: `buf` holds `nbytes` bytes; the command's opcode tells which way they go.
 * Errors: -EBADF: whatever the command does, the descriptor must be open for writing.
 */
int spdk_bdev_nvme_admin_passthru(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				  const struct spdk_nvme_cmd *cmd, void *buf, size_t nbytes,
				  spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_nvme_admin_passthru(), of the I/O set; the module fills in nsid too. */
int spdk_bdev_nvme_io_passthru(struct spdk_bdev_desc *bdev_desc, struct spdk_io_channel *ch,
			       const struct spdk_nvme_cmd *cmd, void *buf, size_t nbytes,
			       spdk_bdev_io_completion_cb cb, void *cb_arg);

/** As spdk_bdev_nvme_io_passthru(), with `md_len` bytes of separate metadata. */
int spdk_bdev_nvme_io_passthru_md(struct spdk_bdev_desc *bdev_desc, struct spdk_io_channel *ch,
				  const struct spdk_nvme_cmd *cmd, void *buf, size_t nbytes,
				  void *md_buf, size_t md_len, spdk_bdev_io_completion_cb cb,
				  void *cb_arg);

/** As spdk_bdev_nvme_io_passthru_md(), with vectors. */
int spdk_bdev_nvme_iov_passthru_md(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
				   const struct spdk_nvme_cmd *cmd, struct iovec *iov, int iovcnt,
				   size_t nbytes, void *md_buf, size_t md_len,
				   spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Copies blocks within the device. Where that cannot, the library reads and writes.
 *
 * Shape: the two ranges should not overlap; what overlaps may hold either.
 */
int spdk_bdev_copy_blocks(struct spdk_bdev_desc *desc, struct spdk_io_channel *ch,
			  uint64_t dst_offset_blocks, uint64_t src_offset_blocks,
			  uint64_t num_blocks, spdk_bdev_io_completion_cb cb, void *cb_arg);

/**
 * Gives an I/O back. Whoever waits for one on this thread may be called inside this.
 *
 * Thread: of the I/O's channel, after its callback has been called. Earlier or twice is explained
 * and changes nothing.
 */
void spdk_bdev_free_io(struct spdk_bdev_io *bdev_io);

/** There is a free I/O: submit now. */
typedef void (*spdk_bdev_io_wait_cb)(void *cb_arg);

/* A place in the queue for an I/O: the caller's memory, and his fields but for the last ones. */
struct spdk_bdev_io_wait_entry {
	struct spdk_bdev *bdev;
	spdk_bdev_io_wait_cb cb_fn;
	void *cb_arg;
	/* Go before those who wait: other I/Os are held up until this one is through. */
	bool dep_unblock;
	uint8_t pad[7];
	TAILQ_ENTRY(spdk_bdev_io_wait_entry) link;
};

/**
 * Waits for an I/O, after a function has returned -ENOMEM.
 *
 * Thread: of ch.
 * Owner: `entry` is the library's until `entry->cb_fn` is called, and must stay. It may be queued
 * again inside that.
 * Callback: once, on this thread. An I/O is free then, until the callback or others take it; one
 * that finds none waits again.
 * Errors: -EINVAL: `bdev` is not that of the entry, or there is a free I/O, so that none might ever
 * be freed.
 */
int spdk_bdev_queue_io_wait(struct spdk_bdev *bdev, struct spdk_io_channel *ch,
			    struct spdk_bdev_io_wait_entry *entry);

/* ---- What has become of an I/O: after its callback was called, until it is freed ---- */

/**
 * The status in terms of NVMe, whatever the device has said. `*sct` and `*sc` are 0 after success.
 *
 * Shape: `cdw0` is dword 0 of the completion, 0 for devices that are not NVMe.
 */
void
spdk_bdev_io_get_nvme_status(const struct spdk_bdev_io *bdev_io, uint32_t *cdw0, int *sct, int *sc);

/** The status of either half of a compare-and-write; of an ordinary I/O, twice the same. */
void
spdk_bdev_io_get_nvme_fused_status(const struct spdk_bdev_io *bdev_io, uint32_t *cdw0,
				   int *first_sct, int *first_sc, int *second_sct, int *second_sc);

/** The status in terms of SCSI: status, sense key, additional sense code and its qualifier. */
void spdk_bdev_io_get_scsi_status(const struct spdk_bdev_io *bdev_io, int *sc, int *sk, int *asc,
				  int *ascq);

/** The status as 0 or -errno: that of the system for modules that use files, else -EIO. */
void spdk_bdev_io_get_aio_status(const struct spdk_bdev_io *bdev_io, int *aio_result);

/** The vectors of the data. Owner: the caller who has given them, or the I/O. NULL, 0: none. */
void spdk_bdev_io_get_iovec(struct spdk_bdev_io *bdev_io, struct iovec **iovp, int *iovcntp);

/** The buffer of separate metadata; NULL: none. */
void *spdk_bdev_io_get_md_buf(struct spdk_bdev_io *bdev_io);

/** What the callback gets as cb_arg; for spdk_bdev_abort(). Also before the I/O has completed. */
void *spdk_bdev_io_get_cb_arg(struct spdk_bdev_io *bdev_io);

/** The block that was found by spdk_bdev_seek_data() or _hole(); UINT64_MAX: there is none. */
uint64_t spdk_bdev_io_get_seek_offset(const struct spdk_bdev_io *bdev_io);

#ifdef __cplusplus
}
#endif

#endif
