/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Encryption block by block. The unit of data that a tweak belongs to is a block, or 512 bytes of
 * one (INCR_512_*), and goes through the cipher in one piece; a unit that does not lie in one piece
 * is gathered in a buffer of the channel first.
 *
 * That buffer and the ciphers are made when a channel first encrypts, not when it is made: most
 * never do. It is the only memory that is taken for data, and once.
 */
#include "modules/accel/software/software_internal.h"
#include "spdk/endian.h"
#include "spdk/likely.h"
#include "spdk/util.h"

#define AES_BLOCK_SIZE 16
#define SMALL_UNIT     512

/* A walk over source and destination. */
struct crypt {
	struct software_cursor src;
	struct software_cursor dst;
	struct software_cipher *cipher;
	size_t unit;
	uint8_t *gathered; /* room for a unit */
};

static bool
counts_small_units(enum spdk_accel_crypto_tweak_mode mode)
{
	return mode == SPDK_ACCEL_CRYPTO_TWEAK_MODE_INCR_512_FULL_LBA ||
	       mode == SPDK_ACCEL_CRYPTO_TWEAK_MODE_INCR_512_UPPER_LBA;
}

/* `number` is that of a unit, 128 bits. */
static void
make_tweak(uint8_t *tweak, enum spdk_accel_crypto_tweak_mode mode, unsigned __int128 number)
{
	uint64_t low = (uint64_t)number, high = (uint64_t)(number >> 64);

	switch (mode) {
	case SPDK_ACCEL_CRYPTO_TWEAK_MODE_SIMPLE_LBA:
		to_le64(tweak, low);
		to_le64(tweak + 8, 0);
		break;
	case SPDK_ACCEL_CRYPTO_TWEAK_MODE_JOIN_NEG_LBA_WITH_LBA:
		to_le64(tweak, low);
		to_le64(tweak + 8, ~low & (UINT64_MAX >> 1));
		break;
	case SPDK_ACCEL_CRYPTO_TWEAK_MODE_INCR_512_FULL_LBA:
		to_le64(tweak, low);
		to_le64(tweak + 8, high);
		break;
	default:
		to_le64(tweak, 0);
		to_le64(tweak + 8, low);
		break;
	}
}

/* The next unit where it lies, or NULL when it is in pieces; the cursor is behind it only then. */
static void *
take_whole(struct software_cursor *cursor, size_t size)
{
	struct software_cursor start = *cursor;
	void *bytes;

	if (software_cursor_next(cursor, size, &bytes) == size) {
		return bytes;
	}
	*cursor = start;
	return NULL;
}

static void
gather(struct software_cursor *cursor, uint8_t *to, size_t size)
{
	void *bytes;

	for (size_t done = 0, piece; done < size; done += piece) {
		piece = software_cursor_next(cursor, size - done, &bytes);
		memcpy(to + done, bytes, piece);
	}
}

static void
scatter(struct software_cursor *cursor, const uint8_t *from, size_t size)
{
	void *bytes;

	for (size_t done = 0, piece; done < size; done += piece) {
		piece = software_cursor_next(cursor, size - done, &bytes);
		memcpy(bytes, from + done, piece);
	}
}

static int
crypt_unit(struct crypt *crypt, const uint8_t *tweak)
{
	void *src = take_whole(&crypt->src, crypt->unit);
	void *dst = take_whole(&crypt->dst, crypt->unit);
	void *result = dst;
	int rc;

	if (spdk_unlikely((src == NULL || dst == NULL) && crypt->unit > SOFTWARE_GATHERED_MAX)) {
		return -EFBIG;
	}
	if (src == NULL) {
		gather(&crypt->src, crypt->gathered, crypt->unit);
		src = crypt->gathered;
	}
	if (dst == NULL) {
		result = crypt->gathered;
	}
	rc = software_cipher_run(crypt->cipher, tweak, result, src, crypt->unit);
	if (dst == NULL && rc == 0) {
		scatter(&crypt->dst, crypt->gathered, crypt->unit);
	}
	return rc;
}

static bool
is_unit_valid(const struct spdk_accel_crypto_key *key, uint32_t block_size)
{
	if (counts_small_units(key->tweak_mode) && block_size % SMALL_UNIT != 0) {
		return false;
	}
	return key->cipher == SPDK_ACCEL_CIPHER_AES_CBC ? block_size % AES_BLOCK_SIZE == 0 :
							  block_size >= AES_BLOCK_SIZE;
}

int
software_crypt(struct software_channel *channel, struct spdk_accel_task *task)
{
	const struct spdk_accel_crypto_key *key = task->crypto_key;
	bool is_small = counts_small_units(key->tweak_mode);
	unsigned __int128 number = task->iv;
	uint8_t tweak[SOFTWARE_TWEAK_SIZE];
	struct crypt crypt;
	uint64_t count;
	int rc = 0;

	if (!is_unit_valid(key, task->block_size)) {
		return -EINVAL;
	}
	if (channel->ciphers == NULL) {
		channel->ciphers = software_ciphers_create();
		if (channel->ciphers == NULL) {
			return -ENOMEM;
		}
	}
	crypt.cipher =
		software_cipher_get(channel->ciphers, key, task->op_code == SPDK_ACCEL_OPC_ENCRYPT);
	if (crypt.cipher == NULL) {
		return -ENOMEM;
	}
	crypt.gathered = software_ciphers_gathered(channel->ciphers);
	crypt.src = software_cursor_of(task->s.iovs, task->s.iovcnt);
	crypt.dst = software_cursor_of(task->d.iovs, task->d.iovcnt);
	crypt.unit = is_small ? SMALL_UNIT : task->block_size;
	if (is_small) {
		number *= task->block_size / SMALL_UNIT;
	}
	count = task->nbytes / crypt.unit;
	for (uint64_t i = 0; i < count && rc == 0; i++) {
		make_tweak(tweak, key->tweak_mode, number++);
		rc = crypt_unit(&crypt, tweak);
	}
	return rc;
}
