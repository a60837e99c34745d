/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What carries out the operations of spdk/accel.h: modules, each for some of them, and drivers,
 * which take sequences as a whole. Both register themselves before main().
 */
#ifndef SPDK_ACCEL_MODULE_H
#define SPDK_ACCEL_MODULE_H

#include "spdk/accel.h"
#include "spdk/config.h"
#include "spdk/queue.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

struct spdk_accel_module_if;
struct spdk_accel_task;

/**
 * Tells that a task is done. status is 0 or -errno.
 *
 * Thread: that of the channel to which the task was submitted.
 * Owner: the library; the task may be at work again when this returns.
 * Callback: that of the task runs within this call, so a module must not call this while it is in
 * submit_tasks().
 */
void spdk_accel_task_complete(struct spdk_accel_task *task, int status);

/** No key is longer than this, in hexadecimal digits with a terminating zero. */
#define SPDK_ACCEL_CRYPTO_KEY_MAX_HEX_LENGTH (256 + 1)

/**
 * How the number of a block, 64 bits, becomes the initialisation vector (tweak) of 128 bits, which
 * is written least significant byte first. The INCR_512 modes count in units of 512 bytes whatever
 * the size of a block is: its number is multiplied by block_size / 512, and every 512 bytes within
 * it have a vector of their own.
 */
enum spdk_accel_crypto_tweak_mode {
	/** Upper half 0, lower half the number. */
	SPDK_ACCEL_CRYPTO_TWEAK_MODE_SIMPLE_LBA,
	/** Upper half the complement of the number with bit 63 clear, lower half the number. */
	SPDK_ACCEL_CRYPTO_TWEAK_MODE_JOIN_NEG_LBA_WITH_LBA,
	/** Both halves the number of 512-byte units, as one number of 128 bits. */
	SPDK_ACCEL_CRYPTO_TWEAK_MODE_INCR_512_FULL_LBA,
	/** Upper half the number of 512-byte units, lower half 0. */
	SPDK_ACCEL_CRYPTO_TWEAK_MODE_INCR_512_UPPER_LBA,
};

/** A key. A module may read it, and write `priv`. */
struct spdk_accel_crypto_key {
	/** The module's. */
	void *priv;
	/** In bytes, not digits; key2 is NULL when there is none. */
	char *key;
	size_t key_size;
	char *key2;
	size_t key2_size;
	enum spdk_accel_cipher cipher;
	enum spdk_accel_crypto_tweak_mode tweak_mode;
	/** Whose key it is. */
	struct spdk_accel_module_if *module_if;
	/** What it was made of; copies. */
	struct spdk_accel_crypto_key_create_param param;
	/** The library's. */
	TAILQ_ENTRY(spdk_accel_crypto_key) link;
};

/** A buffer of ordinary memory in place of one in a domain. The library's, not for modules. */
struct spdk_accel_bounce_buffer {
	struct iovec *orig_iovs;
	uint32_t orig_iovcnt;
	struct spdk_memory_domain *orig_domain;
	void *orig_domain_ctx;
	struct iovec iov;
};

/** Which iovec of struct spdk_accel_task_aux_data is for what. */
enum spdk_accel_aux_iov_type {
	SPDK_ACCEL_AUX_IOV_SRC,
	SPDK_ACCEL_AUX_IOV_DST,
	SPDK_ACCEL_AUX_IOV_SRC2,
	SPDK_ACCEL_AUX_IOV_DST2,
	SPDK_ACCEL_AXU_IOV_VIRT_SRC,
	SPDK_ACCEL_AXU_IOV_VIRT_DST,
	SPDK_ACCEL_AUX_IOV_MAX,
};

/** What only some tasks need. The library's, not for modules. */
struct spdk_accel_task_aux_data {
	SLIST_ENTRY(spdk_accel_task_aux_data) link;
	struct iovec iovs[SPDK_ACCEL_AUX_IOV_MAX];
	struct {
		struct spdk_accel_bounce_buffer s;
		struct spdk_accel_bounce_buffer d;
	} bounce;
};

/**
 * An operation, as a module gets it. The module may use `link` while it has the task, and the bytes
 * after the struct that its get_ctx_size() asked for; it reads the rest.
 */
struct spdk_accel_task {
	/** The library's. */
	TAILQ_ENTRY(spdk_accel_task) seq_link;
	/** Tasks that are submitted at once are linked by it. */
	STAILQ_ENTRY(spdk_accel_task) link;
	/** enum spdk_accel_opcode */
	uint8_t op_code;
	bool has_aux;
	int16_t status;
	uint8_t reserved[4];
	struct accel_io_channel *accel_ch;
	struct spdk_accel_sequence *seq;
	union {
		/** Of an operation that was submitted alone. */
		spdk_accel_completion_cb cb_fn;
		/** Of one that is part of a sequence. */
		spdk_accel_step_cb step_cb_fn;
	};
	void *cb_arg;
	struct spdk_memory_domain *src_domain;
	void *src_domain_ctx;
	struct spdk_memory_domain *dst_domain;
	void *dst_domain_ctx;
	/** Of the source, or of the destination where there is no source. */
	uint64_t nbytes;
	union {
		struct {
			struct iovec *iovs;
			uint32_t iovcnt;
		} s;
		/** xor */
		struct {
			void **srcs;
			uint32_t cnt;
		} nsrcs;
	};
	union {
		struct {
			struct iovec *iovs;
			uint32_t iovcnt;
		} d;
		/** compare */
		struct {
			struct iovec *iovs;
			uint32_t iovcnt;
		} s2;
	};
	union {
		/** dualcast */
		struct {
			struct iovec *iovs;
			uint32_t iovcnt;
		} d2;
		/** crc32c, copy_crc32c */
		uint32_t seed;
		/** fill: the byte, eight times */
		uint64_t fill_pattern;
		/** encrypt, decrypt */
		struct spdk_accel_crypto_key *crypto_key;
		/** dif_*, dix_*; with dix, the metadata is in d */
		struct {
			const struct spdk_dif_ctx *ctx;
			struct spdk_dif_error *err;
			uint32_t num_blocks;
		} dif;
		/** compress, decompress */
		struct {
			enum spdk_accel_comp_algo algo;
			uint32_t level;
		} comp;
	};
	union {
		/** crc32c, copy_crc32c */
		uint32_t *crc_dst;
		/** compress, decompress; may be NULL */
		uint32_t *output_size;
		/** encrypt, decrypt */
		uint32_t block_size;
	};
	/** encrypt, decrypt: the number of the first block */
	uint64_t iv;
	struct spdk_accel_task_aux_data *aux;
};

struct spdk_accel_opcode_info {
	/** That buffers must have, as a power of 2; 0: any. */
	uint8_t required_alignment;
};

/** A module. Register it by SPDK_ACCEL_MODULE_REGISTER(). */
struct spdk_accel_module_if {
	/** Unique in the program. */
	const char *name;

	/**
	 * Of modules that can do an operation, the one with the highest priority is assigned to
	 * it, unless spdk_accel_assign_opc() has said otherwise.
	 */
	int priority;

	/**
	 * Starts it. 0; -ENODEV: it has nothing to work with, and the framework starts without it;
	 * another -errno: the framework does not start. Must be there.
	 */
	int (*module_init)(void);

	/**
	 * Stops it, when no channel is left. It calls spdk_accel_module_finish() when it is done,
	 * now or later. May be NULL. `ctx` is NULL.
	 */
	void (*module_fini)(void *ctx);

	/** Writes methods that lead to its state as elements of an open array. May be NULL. */
	void (*write_config_json)(struct spdk_json_write_ctx *w);

	/** Bytes that it wants after each struct spdk_accel_task. Asked once; may be NULL. */
	size_t (*get_ctx_size)(void);

	/** Whether it can do an operation, in this build and on this machine. */
	bool (*supports_opcode)(enum spdk_accel_opcode);

	/** A channel of its own for the thread that calls; NULL: cannot be. */
	struct spdk_io_channel *(*get_io_channel)(void);

	/**
	 * Takes a task, or several that are linked by `link`. Each is told of by
	 * spdk_accel_task_complete() after this call has returned 0. -errno: none was taken.
	 */
	int (*submit_tasks)(struct spdk_io_channel *ch, struct spdk_accel_task *accel_task);

	/** Readies a key, 0 or -errno, and undoes it. NULL: it has no keys. */
	int (*crypto_key_init)(struct spdk_accel_crypto_key *key);
	void (*crypto_key_deinit)(struct spdk_accel_crypto_key *key);

	/** Which tweak modes it has; NULL: SIMPLE_LBA. */
	bool (*crypto_supports_tweak_mode)(enum spdk_accel_crypto_tweak_mode tweak_mode);

	/** Which ciphers it has, with keys of key_size bytes; NULL: none. */
	bool (*crypto_supports_cipher)(enum spdk_accel_cipher cipher, size_t key_size);

	/** Which algorithms of compression it has; NULL: none. */
	bool (*compress_supports_algo)(enum spdk_accel_comp_algo algo);

	/** The levels of one of these, 0 or -errno. */
	int (*get_compress_level_range)(enum spdk_accel_comp_algo algo, uint32_t *min_level,
					uint32_t *max_level);

	/**
	 * Writes up to num_domains of the domains that it can reach to `domains`, which may be
	 * NULL; returns how many there are. NULL: it reaches ordinary memory only.
	 */
	int (*get_memory_domains)(struct spdk_memory_domain **domains, int num_domains);

	/** Fills in what an operation demands, 0 or -errno. NULL: nothing. */
	int (*get_operation_info)(enum spdk_accel_opcode opcode,
				  const struct spdk_accel_operation_exec_ctx *ctx,
				  struct spdk_accel_opcode_info *info);

	/** The library's. */
	TAILQ_ENTRY(spdk_accel_module_if) tailq;
};

/**
 * Makes a module known, before the framework starts; one of the same name takes the place of the
 * one of before if its priority is higher.
 *
 * Owner: the caller, as long as the process lives.
 */
void spdk_accel_module_list_add(struct spdk_accel_module_if *accel_module);

/** Registers a module, given by address, before main(). */
#define SPDK_ACCEL_MODULE_REGISTER(name, module)                                          \
	static void __attribute__((constructor)) _spdk_accel_module_register_##name(void) \
	{                                                                                 \
		spdk_accel_module_list_add(module);                                       \
	}

/** Of the module `software`: below all others. */
#define SPDK_ACCEL_SW_PRIORITY (-1)

/** Tells that a module is down; see module_fini. Thread: that of spdk_accel_finish(). */
void spdk_accel_module_finish(void);

/** Takes sequences as a whole. It must reach the data of every memory domain. */
struct spdk_accel_driver {
	/** Unique in the program. */
	const char *name;

	/** Starts it, when it was chosen. 0, or -errno: the framework does not start. May be NULL.
	 */
	int (*init)(void);

	/** Stops it, when no channel is left. May be NULL. */
	void (*fini)(void);

	/**
	 * Carries out as many tasks of a sequence as it can, from the first on, calling
	 * spdk_accel_task_complete() for each that is done, then spdk_accel_sequence_continue(),
	 * once. If tasks are left, the first of them goes to a module, and the rest comes here
	 * again. -errno: it has done nothing, and the sequence ends with it.
	 */
	int (*execute_sequence)(struct spdk_io_channel *ch, struct spdk_accel_sequence *seq);

	/** A channel of its own for the thread that calls; NULL: cannot be. */
	struct spdk_io_channel *(*get_io_channel)(void);

	/** Fills in what an operation demands, 0 or -errno. NULL: nothing. */
	int (*get_operation_info)(enum spdk_accel_opcode opcode,
				  const struct spdk_accel_operation_exec_ctx *ctx,
				  struct spdk_accel_opcode_info *info);

	/** The library's. */
	TAILQ_ENTRY(spdk_accel_driver) tailq;
};

/** Gives a sequence back to the library; see execute_sequence. */
void spdk_accel_sequence_continue(struct spdk_accel_sequence *seq);

/** Makes a driver known, before the framework starts. Owner: the caller, for good. */
void spdk_accel_driver_register(struct spdk_accel_driver *driver);

/** Registers a driver, given by address, before main(). */
#define SPDK_ACCEL_DRIVER_REGISTER(name, driver)                                          \
	static void __attribute__((constructor)) _spdk_accel_driver_register_##name(void) \
	{                                                                                 \
		spdk_accel_driver_register(driver);                                       \
	}

/** The memory that was asked for is there. */
typedef void (*spdk_accel_sequence_get_buf_cb)(struct spdk_accel_sequence *seq, void *cb_arg);

/**
 * Puts memory behind a buffer of spdk_accel_get_buf(), for drivers: the tasks of the sequence that
 * use it have ordinary memory then.
 *
 * Callback: `cb_fn(seq, cb_ctx)` once, on the thread of the sequence, when false was returned and
 * there is memory; not when true was returned: it is there already.
 */
bool spdk_accel_alloc_sequence_buf(struct spdk_accel_sequence *seq, void *buf,
				   struct spdk_memory_domain *domain, void *domain_ctx,
				   spdk_accel_sequence_get_buf_cb cb_fn, void *cb_ctx);

/** The first task of a sequence that is not done yet, or NULL. */
struct spdk_accel_task *spdk_accel_sequence_first_task(struct spdk_accel_sequence *seq);

/** The task after one that is not done yet, or NULL. */
struct spdk_accel_task *spdk_accel_sequence_next_task(struct spdk_accel_task *task);

/** The module of that name, or NULL. */
struct spdk_accel_module_if *spdk_accel_get_module(const char *name);

#ifdef __cplusplus
}
#endif

#endif
