/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes in portions of any size become blocks of 64. */
#include "base/util/block_hash.h"

#include "spdk/endian.h"

#define LENGTH_BYTES 8

void
block_hash_update(struct block_hash *hash, const void *data, size_t size)
{
	size_t waiting = hash->size % BLOCK_HASH_BYTES, take;
	const uint8_t *bytes = data;

	if (size == 0) {
		return;
	}
	hash->size += size;
	if (waiting > 0) {
		take = BLOCK_HASH_BYTES - waiting < size ? BLOCK_HASH_BYTES - waiting : size;
		memcpy(hash->block + waiting, bytes, take);
		if (waiting + take < BLOCK_HASH_BYTES) {
			return;
		}
		hash->mix(hash->state, hash->block);
		bytes += take;
		size -= take;
	}
	for (; size >= BLOCK_HASH_BYTES; bytes += BLOCK_HASH_BYTES, size -= BLOCK_HASH_BYTES) {
		hash->mix(hash->state, bytes);
	}
	if (size > 0) {
		memcpy(hash->block, bytes, size);
	}
}

void
block_hash_finish(struct block_hash *hash, bool is_big_endian)
{
	static const uint8_t filling[BLOCK_HASH_BYTES] = {0x80};
	uint64_t bits = hash->size * 8;
	size_t room = BLOCK_HASH_BYTES - hash->size % BLOCK_HASH_BYTES;
	uint8_t length[LENGTH_BYTES];

	if (is_big_endian) {
		to_be64(length, bits);
	} else {
		to_le64(length, bits);
	}
	if (room <= LENGTH_BYTES) {
		room += BLOCK_HASH_BYTES;
	}
	/* At least the 1 bit's byte, at most a whole block of filling. */
	block_hash_update(hash, filling, room - LENGTH_BYTES);
	block_hash_update(hash, length, sizeof(length));
}
