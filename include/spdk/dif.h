/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Protection information: the few bytes of a block's metadata that tell whether the block is the
 * one that was written (a guard), whose it is (the application tag) and where it belongs (the
 * reference tag). T10 calls it DIF; these functions make, check and change it in buffers.
 *
 * Three questions about a buffer, which the context answers:
 * - Where is metadata? Interleaved: a block's data, its metadata, the next block's data and so on
 *   (an 'extended' payload; functions named spdk_dif_). Separate: all of it in a buffer of its own
 *   (functions named spdk_dix_). A function of the one kind refuses a context of the other.
 * - Where in metadata? At its beginning, and the guard covers the data; or at its end, and the
 *   guard covers the data and the metadata before it.
 * - Which format? All fields are big-endian.
 *
 *   format  guard                application tag  storage tag  reference tag  data of a block
 *   16      2 bytes, T10 CRC-16  2 bytes                       4 bytes        multiple of 512
 *   32      4 bytes, CRC-32C     2 bytes          2 bytes      8 bytes        multiple of 4096
 *   64      8 bytes, CRC-64      2 bytes                       6 bytes        multiple of 4096
 *
 * Only fields with their bit in `dif_flags` are written or compared; the others stay as they are,
 * except that with SPDK_DIF_FLAGS_NVME_PRACT, spdk_dif_generate_copy() writes all of them. The
 * storage tag is written as 0 beside the reference tag, and is not compared.
 *
 * Thread: any. Nothing is kept but in the context, and only the stream functions and setters change
 * that: others may use one context at the same time. Nothing allocates or blocks.
 * Shape: elements of iovec arrays may end anywhere, also within a field, and may be empty. What is
 * longer than needed is not touched at the end.
 * Errors: -EINVAL the context has its metadata elsewhere, or buffers are too short; nothing has
 * been changed then. -EIO what was checked is not as it should be, and the error struct, where
 * there is one, tells the first difference. Its pointer may be NULL; it is written for -EIO only.
 * Source: NVM Command Set Specification 1.0, 5.2 'End-to-end Data Protection'; SBC-4, 4.21.
 */
#ifndef SPDK_DIF_H
#define SPDK_DIF_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** As initial reference tag: every reference tag is written as all ones, of whatever width. */
#define SPDK_DIF_REFTAG_IGNORE 0xFFFFFFFF
/**
 * An application tag that says: do not check this block. With type 3 it says so only together with
 * a reference tag of all ones.
 */
#define SPDK_DIF_APPTAG_IGNORE 0xFFFF

/** The fields that are written or compared: values are those of an NVMe command's dword 12. */
#define SPDK_DIF_FLAGS_REFTAG_CHECK (1U << 26)
#define SPDK_DIF_FLAGS_APPTAG_CHECK (1U << 27)
#define SPDK_DIF_FLAGS_GUARD_CHECK  (1U << 28)
/** Copies do as an NVMe controller does for a command with PRACT; see the functions. */
#define SPDK_DIF_FLAGS_NVME_PRACT (1U << 29)

/** What was found wrong, or shall be made wrong. */
#define SPDK_DIF_REFTAG_ERROR 0x1
#define SPDK_DIF_APPTAG_ERROR 0x2
#define SPDK_DIF_GUARD_ERROR  0x4
#define SPDK_DIF_DATA_ERROR   0x8

/** How the reference tag goes from block to block. */
enum spdk_dif_type {
	/** There is no protection information: nothing is written or checked, copies copy the data.
	 */
	SPDK_DIF_DISABLE = 0,
	/** Begins with the low part of the address of the first block, then counts up. */
	SPDK_DIF_TYPE1 = 1,
	/** Begins with a number of the application's choice, then counts up. */
	SPDK_DIF_TYPE2 = 2,
	/** The same in every block, and never compared: the application's. */
	SPDK_DIF_TYPE3 = 3,
};

/** What a device may be asked about: does it check this? */
enum spdk_dif_check_type {
	SPDK_DIF_CHECK_TYPE_REFTAG = 1,
	SPDK_DIF_CHECK_TYPE_APPTAG = 2,
	SPDK_DIF_CHECK_TYPE_GUARD = 3,
};

/** Named for the width of the guard; the values are those that NVMe gives them. */
enum spdk_dif_pi_format {
	SPDK_DIF_PI_FORMAT_16 = 0,
	SPDK_DIF_PI_FORMAT_32 = 1,
	SPDK_DIF_PI_FORMAT_64 = 2,
};

/** What spdk_dif_ctx_init() may be told beyond its parameters. */
struct spdk_dif_ctx_init_ext_opts {
	/** SPDK_SIZEOF() of the last field that is set. */
	size_t size;

	/** enum spdk_dif_pi_format; 16 where it is not given. */
	uint32_t dif_pi_format;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_dif_ctx_init_ext_opts) == 16, "Incorrect size");

/** All that the functions need to know about blocks. Set by spdk_dif_ctx_init(); read only. */
struct spdk_dif_ctx {
	/** Bytes of a block; metadata is counted where it is interleaved. */
	uint32_t block_size;

	/**
	 * Where protection information is: bytes from the beginning of the block where metadata is
	 * interleaved, of the block's metadata where it is separate.
	 */
	uint32_t guard_interval;

	/** Bytes of metadata of a block. */
	uint32_t md_size;

	/** True: interleaved. False: separate. */
	bool md_interleave;

	/** enum spdk_dif_type. */
	uint8_t dif_type;

	/** enum spdk_dif_pi_format. */
	uint8_t dif_pi_format;

	uint8_t rsvd[1];

	/** SPDK_DIF_FLAGS_. */
	uint32_t dif_flags;

	uint8_t rsvd2[4];

	/** Reference tag of the block at offset 0. */
	uint64_t init_ref_tag;

	/** Application tag of all blocks. */
	uint16_t app_tag;

	/** Bits of the application tag that are compared. */
	uint16_t apptag_mask;

	/** Bytes of data, without metadata, before the buffer's first byte. */
	uint32_t data_offset;

	/** Whole blocks in `data_offset`. */
	uint32_t ref_tag_offset;

	/** What `init_ref_tag` becomes by remapping. */
	uint32_t remapped_init_ref_tag;

	/**
	 * Guard of the bytes that a stream has seen of the block in which it is; the seed where it
	 * is between two blocks.
	 */
	uint64_t last_guard;

	/** What each block's guard begins with. */
	uint64_t guard_seed;
};

/** The first difference that was found. */
struct spdk_dif_error {
	/** SPDK_DIF_REFTAG_ERROR, SPDK_DIF_APPTAG_ERROR or SPDK_DIF_GUARD_ERROR. */
	uint8_t err_type;

	uint8_t rsvd[7];

	/** What the context, or the block's data, asks for. */
	uint64_t expected;

	/** What the block has. Of application tags, only bits of the mask. */
	uint64_t actual;

	/** Which block: 0 is the one in which the buffer begins. */
	uint32_t err_offset;
};

/**
 * Fills a context in.
 *
 * Shape: `block_size` counts metadata where it is interleaved. `dif_loc`: true for protection
 * information at the beginning of metadata, false for its end. `data_offset` is what
 * spdk_dif_ctx_set_data_offset() sets. `opts` may be NULL.
 * Errors: -EINVAL an unknown type or format, no metadata or too little of it for the format, or a
 * block size that the format does not have. `ctx` is untouched then.
 */
int spdk_dif_ctx_init(struct spdk_dif_ctx *ctx, uint32_t block_size, uint32_t md_size,
		      bool md_interleave, bool dif_loc, enum spdk_dif_type dif_type,
		      uint32_t dif_flags, uint32_t init_ref_tag, uint16_t apptag_mask,
		      uint16_t app_tag, uint32_t data_offset, uint64_t guard_seed,
		      struct spdk_dif_ctx_init_ext_opts *opts);

/**
 * Tells where the next buffer begins within the whole transfer.
 *
 * Units: bytes of data, without metadata. It may be within a block's data for stream functions,
 * which go on with that block; others count blocks from the one in which it is.
 */
void spdk_dif_ctx_set_data_offset(struct spdk_dif_ctx *ctx, uint32_t data_offset);

/** Tells the reference tag that the block at offset 0 has after remapping. */
void
spdk_dif_ctx_set_remapped_init_ref_tag(struct spdk_dif_ctx *ctx, uint32_t remapped_init_ref_tag);

/** Writes the protection information of interleaved blocks. */
int spdk_dif_generate(struct iovec *iovs, int iovcnt, uint32_t num_blocks,
		      const struct spdk_dif_ctx *ctx);

/** Checks the protection information of interleaved blocks. */
int spdk_dif_verify(struct iovec *iovs, int iovcnt, uint32_t num_blocks,
		    const struct spdk_dif_ctx *ctx, struct spdk_dif_error *err_blk);

/**
 * The CRC-32C register after the data of interleaved blocks, which is what iSCSI's data digest
 * covers.
 *
 * Shape: `*crc32c` as spdk_crc32c_update() has it: nothing is inverted.
 */
int spdk_dif_update_crc32c(struct iovec *iovs, int iovcnt, uint32_t num_blocks, uint32_t *crc32c,
			   const struct spdk_dif_ctx *ctx);

/**
 * Copies blocks from `iovs` to `bounce_iovs` and writes protection information there.
 *
 * Shape: `iovs` has data only, `bounce_iovs` has room for interleaved blocks; metadata beside the
 * protection information stays what it is there. With SPDK_DIF_FLAGS_NVME_PRACT and metadata that
 * is longer than protection information, `iovs` is interleaved as well, and metadata is copied.
 * They do not overlap.
 */
int spdk_dif_generate_copy(struct iovec *iovs, int iovcnt, struct iovec *bounce_iovs,
			   int bounce_iovcnt, uint32_t num_blocks, const struct spdk_dif_ctx *ctx);

/**
 * Checks blocks in `bounce_iovs` and copies them to `iovs`: the way back of
 * spdk_dif_generate_copy().
 *
 * Shape: as there. With SPDK_DIF_FLAGS_NVME_PRACT and interleaved `iovs`, protection information
 * is copied as well.
 * Errors: after -EIO, the blocks before the wrong one have been copied, and that one as well.
 */
int spdk_dif_verify_copy(struct iovec *iovs, int iovcnt, struct iovec *bounce_iovs,
			 int bounce_iovcnt, uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
			 struct spdk_dif_error *err_blk);

/**
 * Makes interleaved blocks wrong: flips one bit, at random, of each field that `inject_flags`
 * (SPDK_DIF_..._ERROR) names, each in a block at random. For tests.
 *
 * A bit of an application tag is one that is compared, and no flip makes a tag that switches
 * checking off, as long as there is such a bit.
 *
 * Shape: `*inject_offset` is the block of the last one of: reference tag, application tag, guard,
 * data; it stays what it is when no flag is set.
 * Errors: -EINVAL also: there is no block, a flag is unknown, or a field is named of protection
 * information that is disabled.
 */
int spdk_dif_inject_error(struct iovec *iovs, int iovcnt, uint32_t num_blocks,
			  const struct spdk_dif_ctx *ctx, uint32_t inject_flags,
			  uint32_t *inject_offset);

/** spdk_dif_generate() for separate metadata, one buffer of all blocks' metadata. */
int spdk_dix_generate(struct iovec *iovs, int iovcnt, struct iovec *md_iov, uint32_t num_blocks,
		      const struct spdk_dif_ctx *ctx);

/** spdk_dif_verify() for separate metadata. */
int spdk_dix_verify(struct iovec *iovs, int iovcnt, struct iovec *md_iov, uint32_t num_blocks,
		    const struct spdk_dif_ctx *ctx, struct spdk_dif_error *err_blk);

/** spdk_dif_inject_error() for separate metadata. */
int spdk_dix_inject_error(struct iovec *iovs, int iovcnt, struct iovec *md_iov, uint32_t num_blocks,
			  const struct spdk_dif_ctx *ctx, uint32_t inject_flags,
			  uint32_t *inject_offset);

/**
 * Lists the places of data in a buffer of interleaved blocks, so that a socket can read into it or
 * write from it while metadata stays out of the way.
 *
 * Shape: `buf_iovs` begins where the context's data offset is; `data_offset` and `data_len` count
 * bytes of data from there. `mapped_len` may be NULL; it is less than `data_len` when `iovs` has
 * too few elements.
 * Errors: the number of elements set in `iovs`, or -EINVAL, or -ERANGE: the buffer is too short for
 * the range, counting the metadata of each block that the range completes.
 */
int spdk_dif_set_md_interleave_iovs(struct iovec *iovs, int iovcnt, struct iovec *buf_iovs,
				    int buf_iovcnt, uint32_t data_offset, uint32_t data_len,
				    uint32_t *mapped_len, const struct spdk_dif_ctx *ctx);

/**
 * Writes the protection information of each block that new data completes.
 *
 * Calls follow one another without a gap: the guard of a block that is not complete yet waits in
 * the context for its rest. A call that begins with a block drops what waits.
 *
 * Shape: as spdk_dif_set_md_interleave_iovs() has it.
 * Errors: -EINVAL, or -ERANGE as there.
 */
int spdk_dif_generate_stream(struct iovec *iovs, int iovcnt, uint32_t data_offset,
			     uint32_t data_len, struct spdk_dif_ctx *ctx);

/**
 * Checks each block that the data completes; otherwise as spdk_dif_generate_stream().
 *
 * Errors: as there, and -EIO; the context has not moved on then.
 */
int spdk_dif_verify_stream(struct iovec *iovs, int iovcnt, uint32_t data_offset, uint32_t data_len,
			   struct spdk_dif_ctx *ctx, struct spdk_dif_error *err_blk);

/**
 * spdk_dif_update_crc32c() of a range of data, which may begin and end within blocks.
 *
 * Shape: as spdk_dif_set_md_interleave_iovs() has it.
 * Errors: -EINVAL, or -ERANGE as there.
 */
int
spdk_dif_update_crc32c_stream(struct iovec *iovs, int iovcnt, uint32_t data_offset,
			      uint32_t data_len, uint32_t *crc32c, const struct spdk_dif_ctx *ctx);

/**
 * Where a range of data is in a buffer of interleaved blocks that begins with a block.
 *
 * Shape: metadata counts for each block that the range completes. Of separate metadata nothing
 * counts. `buf_offset` and `buf_len` may be NULL.
 */
void spdk_dif_get_range_with_md(uint32_t data_offset, uint32_t data_len, uint32_t *buf_offset,
				uint32_t *buf_len, const struct spdk_dif_ctx *ctx);

/** How long a buffer of so much data is together with the metadata of its whole blocks. */
uint32_t spdk_dif_get_length_with_md(uint32_t data_len, const struct spdk_dif_ctx *ctx);

/**
 * Gives interleaved blocks the reference tags that they have on another device: those that count
 * from spdk_dif_ctx_set_remapped_init_ref_tag() instead of the initial one.
 *
 * Does nothing for type 3, without SPDK_DIF_FLAGS_REFTAG_CHECK, and to blocks whose application tag
 * says that they are not checked.
 *
 * Shape: `check_ref_tag`: each tag is compared before it is changed.
 * Errors: after -EIO, the blocks before the wrong one have been remapped.
 */
int spdk_dif_remap_ref_tag(struct iovec *iovs, int iovcnt, uint32_t num_blocks,
			   const struct spdk_dif_ctx *dif_ctx, struct spdk_dif_error *err_blk,
			   bool check_ref_tag);

/** spdk_dif_remap_ref_tag() for separate metadata. */
int spdk_dix_remap_ref_tag(struct iovec *md_iov, uint32_t num_blocks,
			   const struct spdk_dif_ctx *dif_ctx, struct spdk_dif_error *err_blk,
			   bool check_ref_tag);

/** Bytes of protection information: 8 or 16; 0 for an unknown format. */
uint32_t spdk_dif_pi_format_get_size(enum spdk_dif_pi_format dif_pi_format);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_DIF_H */
