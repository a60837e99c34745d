/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Work on memory that a device may do instead of the processor: copying, checksums, encryption and
 * the like. Each operation is carried out by the module that is assigned to it; the module
 * `software` can do all that its build has libraries for.
 *
 * An operation is submitted alone (spdk_accel_submit_*), or appended to a sequence
 * (spdk_accel_append_*) which is carried out as a whole, later and with as few copies as possible
 * (spdk_accel_sequence_finish()).
 *
 * What holds for all functions with a channel:
 *   Thread: the channel's.
 *   Owner: buffers, the arrays that describe them and whatever else is given by address belong to
 *     the caller and must stay as they are until the callback runs.
 *   Callback: `cb_fn(cb_arg, status)` once, on this thread, after the function has returned 0 and
 *     never before it returns; never when it returns anything else. status is 0 or -errno.
 *   Errors: -ENOMEM: task_count of the channel's tasks are at work; try again when one of them is
 *     done. -EINVAL: lengths do not fit, or a pointer is missing. -ENOTSUP: the assigned module
 *     cannot do what was asked, or none is assigned; spdk_accel_get_opc_module_name() tells which.
 *     What a module finds out later comes as the status.
 */
#ifndef SPDK_ACCEL_H
#define SPDK_ACCEL_H

#include "spdk/dif.h"
#include "spdk/dma.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Length of each of the two keys of AES-XTS, in bytes. */
#define SPDK_ACCEL_AES_XTS_128_KEY_SIZE 16
#define SPDK_ACCEL_AES_XTS_256_KEY_SIZE 32

enum spdk_accel_comp_algo {
	/** RFC 1951, without a header or trailer of gzip or zlib. */
	SPDK_ACCEL_COMP_ALGO_DEFLATE = 0,
	SPDK_ACCEL_COMP_ALGO_LZ4
};

struct spdk_accel_crypto_key;

/** Of a key that is made. All are strings, and copied. */
struct spdk_accel_crypto_key_create_param {
	/** "AES_CBC" or "AES_XTS". */
	char *cipher;
	/** The key, two hexadecimal digits a byte. */
	char *hex_key;
	/** The key of the tweak, as long; AES_XTS only. NULL: none. */
	char *hex_key2;
	/**
	 * How the number of a block becomes its initialisation vector; NULL: "SIMPLE_LBA". See enum
	 * spdk_accel_crypto_tweak_mode.
	 */
	char *tweak_mode;
	/** Unique, to find the key by. */
	char *key_name;
};

enum spdk_accel_opcode {
	SPDK_ACCEL_OPC_COPY = 0,
	SPDK_ACCEL_OPC_FILL = 1,
	SPDK_ACCEL_OPC_DUALCAST = 2,
	SPDK_ACCEL_OPC_COMPARE = 3,
	SPDK_ACCEL_OPC_CRC32C = 4,
	SPDK_ACCEL_OPC_COPY_CRC32C = 5,
	SPDK_ACCEL_OPC_COMPRESS = 6,
	SPDK_ACCEL_OPC_DECOMPRESS = 7,
	SPDK_ACCEL_OPC_ENCRYPT = 8,
	SPDK_ACCEL_OPC_DECRYPT = 9,
	SPDK_ACCEL_OPC_XOR = 10,
	SPDK_ACCEL_OPC_DIF_VERIFY = 11,
	SPDK_ACCEL_OPC_DIF_VERIFY_COPY = 12,
	SPDK_ACCEL_OPC_DIF_GENERATE = 13,
	SPDK_ACCEL_OPC_DIF_GENERATE_COPY = 14,
	SPDK_ACCEL_OPC_DIX_GENERATE = 15,
	SPDK_ACCEL_OPC_DIX_VERIFY = 16,
	SPDK_ACCEL_OPC_LAST = 17,
};

enum spdk_accel_cipher {
	SPDK_ACCEL_CIPHER_AES_CBC,
	SPDK_ACCEL_CIPHER_AES_XTS,
};

/** An operation or a sequence is done; status is 0 or -errno. */
typedef void (*spdk_accel_completion_cb)(void *cb_arg, int status);

/** The framework is down. */
typedef void (*spdk_accel_fini_cb)(void *cb_arg);

/**
 * Starts the modules and decides which of them does what. Applications need not call it, their
 * subsystem `accel` does.
 *
 * Thread: an SPDK thread; the same one finishes it.
 * Errors: each is explained. -EALREADY: it has been started, or is not down yet. -EINVAL: an
 * operation is assigned to a module that is not there or cannot do it, or not on an SPDK thread.
 * -ENOMEM. What a module or the driver returned. Whatever was started is stopped again then.
 */
int spdk_accel_initialize(void);

/**
 * Stops the modules and forgets keys, assignments and the driver. It may be started again.
 *
 * Thread: the one that started it.
 * Callback: `cb_fn(cb_arg)` once, when all channels are put and all modules have said that they are
 * done; maybe within this call when nothing was started.
 */
void spdk_accel_finish(spdk_accel_fini_cb cb_fn, void *cb_arg);

/**
 * A channel for this thread, to be put with spdk_put_io_channel(); NULL: the framework is not
 * started, or there is no memory for tasks and buffers, which is explained.
 */
struct spdk_io_channel *spdk_accel_get_io_channel(void);

/* ---- Keys. Thread: any; one that is at work must not be destroyed ---- */

/**
 * Makes a key known by its name, and readies the module that is assigned to
 * SPDK_ACCEL_OPC_ENCRYPT for it.
 *
 * Errors: each is explained. -EINVAL: a name, the cipher or the key is missing, or what is there
 * makes no key: not hexadecimal, a wrong length, two keys of AES-XTS that are the same. -ENOTSUP:
 * the module has not this cipher, length or tweak mode. -EEXIST: there is one of this name.
 * -ENOENT: no module is assigned. -ENOMEM.
 */
int spdk_accel_crypto_key_create(const struct spdk_accel_crypto_key_create_param *param);

/** Wipes and frees a key. Errors: -EINVAL: NULL. -ENOENT: it is not there (any more). */
int spdk_accel_crypto_key_destroy(struct spdk_accel_crypto_key *key);

/** The key of that name, or NULL. */
struct spdk_accel_crypto_key *spdk_accel_crypto_key_get(const char *name);

/* ---- Single operations ---- */

/** Copies `nbytes` from `src` to `dst`, which must not overlap. */
int spdk_accel_submit_copy(struct spdk_io_channel *ch, void *dst, void *src, uint64_t nbytes,
			   spdk_accel_completion_cb cb_fn, void *cb_arg);

/**
 * Copies to two places at once.
 *
 * Shape: the destinations are multiples of 4 KiB.
 * Errors: -EINVAL: one is not.
 */
int spdk_accel_submit_dualcast(struct spdk_io_channel *ch, void *dst1, void *dst2, void *src,
			       uint64_t nbytes, spdk_accel_completion_cb cb_fn, void *cb_arg);

/** Compares. Errors: the status is -EILSEQ where the two differ. */
int spdk_accel_submit_compare(struct spdk_io_channel *ch, void *src1, void *src2, uint64_t nbytes,
			      spdk_accel_completion_cb cb_fn, void *cb_arg);

/** Sets each byte to `fill`. */
int spdk_accel_submit_fill(struct spdk_io_channel *ch, void *dst, uint8_t fill, uint64_t nbytes,
			   spdk_accel_completion_cb cb_fn, void *cb_arg);

/**
 * Computes CRC-32C and writes it to `crc_dst`: that of spdk_crc32c_update(src, nbytes, ~seed).
 *
 * Shape: `seed` is 0 for a new checksum, and the complement of the result of one piece for the
 * next. The final complement is left to the caller.
 */
int
spdk_accel_submit_crc32c(struct spdk_io_channel *ch, uint32_t *crc_dst, void *src, uint32_t seed,
			 uint64_t nbytes, spdk_accel_completion_cb cb_fn, void *cb_arg);
int spdk_accel_submit_crc32cv(struct spdk_io_channel *ch, uint32_t *crc_dst, struct iovec *iovs,
			      uint32_t iovcnt, uint32_t seed, spdk_accel_completion_cb cb_fn,
			      void *cb_arg);

/** Copies and computes CRC-32C of what was copied, as spdk_accel_submit_crc32c() does. */
int spdk_accel_submit_copy_crc32c(struct spdk_io_channel *ch, void *dst, void *src,
				  uint32_t *crc_dst, uint32_t seed, uint64_t nbytes,
				  spdk_accel_completion_cb cb_fn, void *cb_arg);
int spdk_accel_submit_copy_crc32cv(struct spdk_io_channel *ch, void *dst, struct iovec *src_iovs,
				   uint32_t iovcnt, uint32_t *crc_dst, uint32_t seed,
				   spdk_accel_completion_cb cb_fn, void *cb_arg);

/**
 * Compresses, by Deflate at level 1 or as is said.
 *
 * Shape: `dst` has room for `nbytes`. The size of the result is written to `output_size`, which may
 * be NULL.
 * Errors: -EINVAL: the level is none of the algorithm's. -ENOTSUP: the algorithm. The status is
 * -ENOMEM when the result does not fit.
 */
int spdk_accel_submit_compress(struct spdk_io_channel *ch, void *dst, uint64_t nbytes,
			       struct iovec *src_iovs, size_t src_iovcnt, uint32_t *output_size,
			       spdk_accel_completion_cb cb_fn, void *cb_arg);
int
spdk_accel_submit_compress_ext(struct spdk_io_channel *ch, void *dst, uint64_t nbytes,
			       struct iovec *src_iovs, size_t src_iovcnt,
			       enum spdk_accel_comp_algo comp_algo, uint32_t comp_level,
			       uint32_t *output_size, spdk_accel_completion_cb cb_fn, void *cb_arg);

/**
 * Decompresses, by Deflate or as is said.
 *
 * Shape: the size of the result is written to `output_size`, which may be NULL.
 * Errors: -ENOTSUP: the algorithm. The status is -ENOMEM when the result does not fit, and -EILSEQ
 * when the source is damaged or ends too early.
 */
int
spdk_accel_submit_decompress(struct spdk_io_channel *ch, struct iovec *dst_iovs, size_t dst_iovcnt,
			     struct iovec *src_iovs, size_t src_iovcnt, uint32_t *output_size,
			     spdk_accel_completion_cb cb_fn, void *cb_arg);
int spdk_accel_submit_decompress_ext(struct spdk_io_channel *ch, struct iovec *dst_iovs,
				     size_t dst_iovcnt, struct iovec *src_iovs, size_t src_iovcnt,
				     enum spdk_accel_comp_algo decomp_algo, uint32_t *output_size,
				     spdk_accel_completion_cb cb_fn, void *cb_arg);

/**
 * The levels of an algorithm, as the module that is assigned to SPDK_ACCEL_OPC_COMPRESS has them.
 *
 * Errors: -ENOTSUP: it has not this algorithm. -ENOENT: no module is assigned.
 */
int spdk_accel_get_compress_level_range(enum spdk_accel_comp_algo comp_algo, uint32_t *min_level,
					uint32_t *max_level);

/** Writes the exclusive or of `nsrcs` buffers, at least two, to `dst`. */
int spdk_accel_submit_xor(struct spdk_io_channel *ch, void *dst, void **sources, uint32_t nsrcs,
			  uint64_t nbytes, spdk_accel_completion_cb cb_fn, void *cb_arg);

/**
 * Encrypts blocks; `iv` is the number of the first, that of each following is one higher.
 *
 * Shape: source and destination are as long as each other and a multiple of `block_size`, which
 * is a multiple of 16 for AES-CBC and at least 16 for AES-XTS. They may be the same memory.
 * Errors: -EINVAL: any of that is not so, or no key. -ENOTSUP: the key was made for another module.
 */
int spdk_accel_submit_encrypt(struct spdk_io_channel *ch, struct spdk_accel_crypto_key *key,
			      struct iovec *dst_iovs, uint32_t dst_iovcnt, struct iovec *src_iovs,
			      uint32_t src_iovcnt, uint64_t iv, uint32_t block_size,
			      spdk_accel_completion_cb cb_fn, void *cb_arg);

/** Decrypts what spdk_accel_submit_encrypt() has made, with the same `iv` and `block_size`. */
int spdk_accel_submit_decrypt(struct spdk_io_channel *ch, struct spdk_accel_crypto_key *key,
			      struct iovec *dst_iovs, uint32_t dst_iovcnt, struct iovec *src_iovs,
			      uint32_t src_iovcnt, uint64_t iv, uint32_t block_size,
			      spdk_accel_completion_cb cb_fn, void *cb_arg);

/*
 * Protection information; see spdk/dif.h for what the context says. Buffers with protection
 * information in them have room for num_blocks * block_size bytes, those without for num_blocks *
 * the size of a block without metadata, metadata for num_blocks * md_size. `ctx` and `err` must
 * stay until the callback. Where verification fails, the status is -EIO and `err`, unless it is
 * NULL, says what was found where.
 */

/** Verifies what is in the blocks. */
int spdk_accel_submit_dif_verify(struct spdk_io_channel *ch, struct iovec *iovs, size_t iovcnt,
				 uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
				 struct spdk_dif_error *err, spdk_accel_completion_cb cb_fn,
				 void *cb_arg);

/** Verifies what is in the source blocks, and copies them without it. */
int spdk_accel_submit_dif_verify_copy(struct spdk_io_channel *ch, struct iovec *dst_iovs,
				      size_t dst_iovcnt, struct iovec *src_iovs, size_t src_iovcnt,
				      uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
				      struct spdk_dif_error *err, spdk_accel_completion_cb cb_fn,
				      void *cb_arg);

/** Writes it into the blocks. */
int spdk_accel_submit_dif_generate(struct spdk_io_channel *ch, struct iovec *iovs, size_t iovcnt,
				   uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
				   spdk_accel_completion_cb cb_fn, void *cb_arg);

/** Copies blocks that have none, and writes it into the copy. */
int
spdk_accel_submit_dif_generate_copy(struct spdk_io_channel *ch, struct iovec *dst_iovs,
				    size_t dst_iovcnt, struct iovec *src_iovs, size_t src_iovcnt,
				    uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
				    spdk_accel_completion_cb cb_fn, void *cb_arg);

/** Writes it into metadata of its own. */
int spdk_accel_submit_dix_generate(struct spdk_io_channel *ch, struct iovec *iovs, size_t iovcnt,
				   struct iovec *md_iov, uint32_t num_blocks,
				   const struct spdk_dif_ctx *ctx, spdk_accel_completion_cb cb_fn,
				   void *cb_arg);

/** Verifies blocks by metadata of their own. */
int spdk_accel_submit_dix_verify(struct spdk_io_channel *ch, struct iovec *iovs, size_t iovcnt,
				 struct iovec *md_iov, uint32_t num_blocks,
				 const struct spdk_dif_ctx *ctx, struct spdk_dif_error *err,
				 spdk_accel_completion_cb cb_fn, void *cb_arg);

/* ---- Sequences ---- */

/**
 * Operations that are carried out one after the other when the sequence is finished, in the order
 * in which they were appended. The first that fails ends the sequence.
 */
struct spdk_accel_sequence;

/**
 * An operation of a sequence is done, or the sequence has ended without it; which of the two says
 * the callback of the sequence. The sequence must not be touched any more.
 */
typedef void (*spdk_accel_step_cb)(void *cb_arg);

/*
 * What holds for all that append:
 *   Owner: `*seq` is NULL for a new sequence, which is the caller's until it is finished or
 * aborted. It stays NULL when the first operation cannot be appended. Buffers and arrays stay until
 *     `cb_fn`, which may be NULL. Those of a sequence are called in the order of its operations.
 *   Shape: a domain of NULL is ordinary memory. A buffer of spdk_accel_get_buf() is described by
 * one iovec. `ch` is that of the whole sequence. Errors: -ENOMEM: task_count or sequence_count are
 * at work. -EINVAL, -ENOTSUP as when submitted. What was appended before stays, and the sequence is
 * still the caller's.
 */

/**
 * Appends a copy. It is left out where the operation before it can write to its destination, or
 * the one after it read from its source; what lies between the two is then not written.
 */
int spdk_accel_append_copy(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			   struct iovec *dst_iovs, uint32_t dst_iovcnt,
			   struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
			   struct iovec *src_iovs, uint32_t src_iovcnt,
			   struct spdk_memory_domain *src_domain, void *src_domain_ctx,
			   spdk_accel_step_cb cb_fn, void *cb_arg);

/** Appends a comparison; where the two differ, the sequence ends with -EILSEQ. */
int spdk_accel_append_compare(struct spdk_accel_sequence **pseq, struct spdk_io_channel *ch,
			      struct iovec *src1_iovs, uint32_t src1_iovcnt,
			      struct spdk_memory_domain *src1_domain, void *src1_domain_ctx,
			      struct iovec *src2_iovs, uint32_t src2_iovcnt,
			      struct spdk_memory_domain *src2_domain, void *src2_domain_ctx,
			      spdk_accel_step_cb cb_fn, void *cb_arg);

/** Appends setting each byte of a buffer to `pattern`. */
int spdk_accel_append_fill(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch, void *buf,
			   uint64_t len, struct spdk_memory_domain *domain, void *domain_ctx,
			   uint8_t pattern, spdk_accel_step_cb cb_fn, void *cb_arg);

/** Appends decompression, by Deflate or as is said. */
int spdk_accel_append_decompress_ext(struct spdk_accel_sequence **pseq, struct spdk_io_channel *ch,
				     struct iovec *dst_iovs, size_t dst_iovcnt,
				     struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
				     struct iovec *src_iovs, size_t src_iovcnt,
				     struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				     enum spdk_accel_comp_algo decomp_algo,
				     spdk_accel_step_cb cb_fn, void *cb_arg);
int spdk_accel_append_decompress(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
				 struct iovec *dst_iovs, size_t dst_iovcnt,
				 struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
				 struct iovec *src_iovs, size_t src_iovcnt,
				 struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				 spdk_accel_step_cb cb_fn, void *cb_arg);

/** Appends encryption; otherwise as spdk_accel_submit_encrypt(). */
int
spdk_accel_append_encrypt(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			  struct spdk_accel_crypto_key *key, struct iovec *dst_iovs,
			  uint32_t dst_iovcnt, struct spdk_memory_domain *dst_domain,
			  void *dst_domain_ctx, struct iovec *src_iovs, uint32_t src_iovcnt,
			  struct spdk_memory_domain *src_domain, void *src_domain_ctx, uint64_t iv,
			  uint32_t block_size, spdk_accel_step_cb cb_fn, void *cb_arg);

/** Appends decryption; otherwise as spdk_accel_submit_decrypt(). */
int
spdk_accel_append_decrypt(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			  struct spdk_accel_crypto_key *key, struct iovec *dst_iovs,
			  uint32_t dst_iovcnt, struct spdk_memory_domain *dst_domain,
			  void *dst_domain_ctx, struct iovec *src_iovs, uint32_t src_iovcnt,
			  struct spdk_memory_domain *src_domain, void *src_domain_ctx, uint64_t iv,
			  uint32_t block_size, spdk_accel_step_cb cb_fn, void *cb_arg);

/** Appends CRC-32C; otherwise as spdk_accel_submit_crc32cv(). */
int spdk_accel_append_crc32c(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			     uint32_t *dst, struct iovec *iovs, uint32_t iovcnt,
			     struct spdk_memory_domain *domain, void *domain_ctx, uint32_t seed,
			     spdk_accel_step_cb cb_fn, void *cb_arg);

/** These append what spdk_accel_submit_dif_*() and spdk_accel_submit_dix_*() do. */
int
spdk_accel_append_dif_verify(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			     struct iovec *iovs, size_t iovcnt, struct spdk_memory_domain *domain,
			     void *domain_ctx, uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
			     struct spdk_dif_error *err, spdk_accel_step_cb cb_fn, void *cb_arg);
int spdk_accel_append_dif_verify_copy(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
				      struct iovec *dst_iovs, size_t dst_iovcnt,
				      struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
				      struct iovec *src_iovs, size_t src_iovcnt,
				      struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				      uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
				      struct spdk_dif_error *err, spdk_accel_step_cb cb_fn,
				      void *cb_arg);
int spdk_accel_append_dif_generate(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
				   struct iovec *iovs, size_t iovcnt,
				   struct spdk_memory_domain *domain, void *domain_ctx,
				   uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
				   spdk_accel_step_cb cb_fn, void *cb_arg);
int
spdk_accel_append_dif_generate_copy(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
				    struct iovec *dst_iovs, size_t dst_iovcnt,
				    struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
				    struct iovec *src_iovs, size_t src_iovcnt,
				    struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				    uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
				    spdk_accel_step_cb cb_fn, void *cb_arg);
int
spdk_accel_append_dix_generate(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			       struct iovec *iovs, size_t iovcnt, struct spdk_memory_domain *domain,
			       void *domain_ctx, struct iovec *md_iov,
			       struct spdk_memory_domain *md_domain, void *md_domain_ctx,
			       uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
			       spdk_accel_step_cb cb_fn, void *cb_arg);
int
spdk_accel_append_dix_verify(struct spdk_accel_sequence **seq, struct spdk_io_channel *ch,
			     struct iovec *iovs, size_t iovcnt, struct spdk_memory_domain *domain,
			     void *domain_ctx, struct iovec *md_iov,
			     struct spdk_memory_domain *md_domain, void *md_domain_ctx,
			     uint32_t num_blocks, const struct spdk_dif_ctx *ctx,
			     struct spdk_dif_error *err, spdk_accel_step_cb cb_fn, void *cb_arg);

/**
 * Carries a sequence out.
 *
 * Owner: the library, from now on; the sequence is gone when `cb_fn` runs.
 * Callback: those of the steps, then `cb_fn(cb_arg, status)`, on this thread and never before this
 * returns. status is that of the first operation that failed: those after it were not carried out.
 */
void spdk_accel_sequence_finish(struct spdk_accel_sequence *seq, spdk_accel_completion_cb cb_fn,
				void *cb_arg);

/** Turns the order round: what was appended last is done first. */
void spdk_accel_sequence_reverse(struct spdk_accel_sequence *seq);

/**
 * Frees a sequence that was not finished, which may be NULL. Callback: those of its steps run
 * within this call.
 */
void spdk_accel_sequence_abort(struct spdk_accel_sequence *seq);

/**
 * Names a buffer for what lies between the operations of one sequence. There is memory behind it
 * only when an operation needs it and as long as it does, so that the result of one operation
 * reaches the next without a buffer of the caller's.
 *
 * Owner: the caller, until spdk_accel_put_buf(). `buf` must not be read or written, but may be
 * counted with: buf + 512 is the buffer from its byte 512 on.
 * Shape: `len` is at most the size of a large buffer of iobuf.
 * Errors: -ENOMEM: buf_count are in use.
 */
int spdk_accel_get_buf(struct spdk_io_channel *ch, uint64_t len, void **buf,
		       struct spdk_memory_domain **domain, void **domain_ctx);

/** Gives such a buffer back, when its sequence is done or aborted, or while it still runs. */
void spdk_accel_put_buf(struct spdk_io_channel *ch, void *buf, struct spdk_memory_domain *domain,
			void *domain_ctx);

/* ---- Which module does what ---- */

/**
 * The name of the module that is assigned to an operation. Owner: the module.
 *
 * Errors: -EINVAL: there is no such operation. -ENOENT: nobody is assigned (yet).
 */
int spdk_accel_get_opc_module_name(enum spdk_accel_opcode opcode, const char **module_name);

/**
 * Assigns an operation to a module, by its name, before the framework starts.
 *
 * Errors: -EINVAL: there is no such operation, `name` is NULL, or it has started. -ENOMEM. Whether
 * the module is there and can do it is looked at when the framework starts.
 */
int spdk_accel_assign_opc(enum spdk_accel_opcode opcode, const char *name);

struct spdk_json_write_ctx;

/** Writes the methods that lead to what is set, as elements of an array that is open in `w`. */
void spdk_accel_write_config_json(struct spdk_json_write_ctx *w);

/**
 * Chooses a driver, which gets sequences as a whole, before the modules do; NULL or "": none.
 *
 * Errors: -ENOENT: none of that name, explained. -EINVAL: the framework has started.
 */
int spdk_accel_set_driver(const char *name);

/** The name of the driver that was chosen, or NULL. */
const char *spdk_accel_get_driver_name(void);

/** The domain of spdk_accel_get_buf(); it is there before the framework starts, too. */
struct spdk_memory_domain *spdk_accel_get_memory_domain(void);

struct spdk_accel_opts {
	/** sizeof(struct spdk_accel_opts) as the caller was compiled; what is beyond is not
	 * changed. */
	size_t opts_size;
	/** Buffers of iobuf that each channel keeps for itself, of each size. */
	uint32_t small_cache_size;
	uint32_t large_cache_size;
	/** How many operations, sequences and accel buffers a channel can have at work at once. */
	uint32_t task_count;
	uint32_t sequence_count;
	uint32_t buf_count;
} __attribute__((packed));

/**
 * Sets options, before the framework starts.
 *
 * Errors: -EINVAL, explained: NULL, an opts_size of 0 or beyond what is known, a count of 0, or it
 * has started.
 */
int spdk_accel_set_opts(const struct spdk_accel_opts *opts);

/** Fills in what holds, as far as `opts_size` reaches. Explained and ignored: NULL or 0. */
void spdk_accel_get_opts(struct spdk_accel_opts *opts, size_t opts_size);

/** Since a channel was made. */
struct spdk_accel_opcode_stats {
	/** Operations that were submitted and are done, and those of them that failed. */
	uint64_t executed;
	uint64_t failed;
	/** Bytes of the source, or of the destination where there is no source. */
	uint64_t num_bytes;
} __attribute__((packed));

/** Counts of one channel and operation, as far as `size` reaches; zeros where there is none. */
void spdk_accel_get_opcode_stats(struct spdk_io_channel *ch, enum spdk_accel_opcode opcode,
				 struct spdk_accel_opcode_stats *stats, size_t size);

/** What an operation will be asked to do. */
struct spdk_accel_operation_exec_ctx {
	/** sizeof(struct spdk_accel_operation_exec_ctx) as the caller was compiled. */
	size_t size;
	/** For encryption and decryption, in bytes. */
	uint32_t block_size;
};

/**
 * The alignment that buffers must have for an operation, as a power of 2; 0: any. Both the module
 * and the driver are asked. `ctx` may be NULL.
 */
uint8_t spdk_accel_get_buf_align(enum spdk_accel_opcode opcode,
				 const struct spdk_accel_operation_exec_ctx *ctx);

/**
 * Which domains the module that is assigned to an operation can reach by itself; data of others
 * is moved to ordinary memory first.
 *
 * Shape: at most `array_size` are written; the result is how many there are, which may be more:
 * then the content of `domains` is not to be used.
 * Errors: -EINVAL: there is no such operation. -ENOENT: nobody is assigned.
 */
int spdk_accel_get_opc_memory_domains(enum spdk_accel_opcode opcode,
				      struct spdk_memory_domain **domains, int array_size);

/** An operation in letters, as the methods have it; NULL: there is none. */
const char *spdk_accel_get_opcode_name(enum spdk_accel_opcode opcode);

#ifdef __cplusplus
}
#endif

#endif
