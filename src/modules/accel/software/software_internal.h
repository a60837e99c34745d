/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the module `software` share.
 *
 *   software           the module: its channels, and who is told when
 *   software_memory    what needs no library
 *   software_crypto    blocks and their tweaks; the cipher is software_openssl or
 * software_no_openssl software_igzip     or software_no_igzip: compression
 */
#ifndef SPINDLE_SOFTWARE_INTERNAL_H
#define SPINDLE_SOFTWARE_INTERNAL_H

#include "spdk/accel_module.h"
#include "spdk/thread.h"

STAILQ_HEAD(software_task_list, spdk_accel_task);

struct software_channel {
	/* Done, and nobody has been told yet. A message is on its way while it is not empty. */
	struct software_task_list done;
	struct spdk_thread *thread;
	struct software_codec *codec;     /* NULL: this build does not compress */
	struct software_ciphers *ciphers; /* NULL until one is used */
};

/* 0 or -errno; the task is done when it returns. */
int software_do_memory(struct spdk_accel_task *task);

/* ---- A list of buffers, piece by piece ---- */

struct software_cursor {
	const struct iovec *iov;
	uint32_t count; /* buffers from `iov` on */
	size_t offset;  /* in the first of them */
};

static inline struct software_cursor
software_cursor_of(const struct iovec *iovs, uint32_t count)
{
	return (struct software_cursor){iovs, count, 0};
}

/* The next bytes that lie together, at most `max` of them; 0: there are none. */
size_t software_cursor_next(struct software_cursor *cursor, size_t max, void **out_bytes);

/* ---- Encryption ---- */

bool software_has_crypto(void);
int software_key_init(struct spdk_accel_crypto_key *key);
void software_key_deinit(struct spdk_accel_crypto_key *key);
bool software_has_cipher(enum spdk_accel_cipher cipher, size_t key_size);
int software_crypt(struct software_channel *channel, struct spdk_accel_task *task);

/* A cipher that has a key, of one channel. */
struct software_cipher;

#define SOFTWARE_TWEAK_SIZE 16
/* A unit of data that is in pieces is no longer than this. */
#define SOFTWARE_GATHERED_MAX (64 * 1024)

struct software_ciphers *software_ciphers_create(void);
void software_ciphers_destroy(struct software_ciphers *ciphers);
/* SOFTWARE_GATHERED_MAX bytes of the channel. */
uint8_t *software_ciphers_gathered(struct software_ciphers *ciphers);

/* The one for a key and a direction; NULL: out of memory, or the library refuses. */
struct software_cipher *
software_cipher_get(struct software_ciphers *ciphers, const struct spdk_accel_crypto_key *key,
		    bool is_encrypt);

/* One unit of data, which may be in place. 0 or -EIO. */
int software_cipher_run(struct software_cipher *cipher, const uint8_t *tweak, void *dst,
			const void *src, size_t size);

/* ---- Compression ---- */

bool software_has_compression(void);
/* *out_codec stays NULL in a build that does not compress. 0 or -ENOMEM. */
int software_codec_create(struct software_codec **out_codec);
void software_codec_destroy(struct software_codec *codec);
int software_compress(struct software_codec *codec, struct spdk_accel_task *task);
int software_decompress(struct software_codec *codec, struct spdk_accel_task *task);
int
software_get_level_range(enum spdk_accel_comp_algo algo, uint32_t *min_level, uint32_t *max_level);

#endif
