/* SPDX-License-Identifier: BSD-3-Clause */
/* What the parser accepts fills exactly the length it tells, and survives being written and read
 * again; any bytes survive being written and read. */
#include "spdk/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

/* Memory of exactly `size` bytes, so that a sanitizer sees a write behind it. */
static void *
allocate(size_t size)
{
	void *memory = malloc(size);

	check(memory != NULL);
	return memory;
}

typedef int (*encode_fn)(char *dst, const void *src, size_t src_len);
typedef int (*decode_fn)(void *dst, size_t *dst_len, const char *src);

static void
write_and_read(encode_fn encode, decode_fn decode, const void *raw, size_t size)
{
	char *text = allocate(spdk_base64_get_encoded_strlen(size) + 1);
	uint8_t *again = allocate(size);
	size_t again_size;

	check(encode(text, raw, size) == 0);
	check(strlen(text) == spdk_base64_get_encoded_strlen(size));
	check(decode(again, &again_size, text) == 0);
	check(again_size == size && memcmp(again, raw, size) == 0);
	free(again);
	free(text);
}

static void
read_and_write(encode_fn encode, decode_fn decode, const char *text)
{
	size_t size, told_size;
	uint8_t *raw;

	if (decode(NULL, &told_size, text) != 0) {
		return;
	}
	check(told_size > 0 && told_size <= spdk_base64_get_decoded_len(strlen(text)));
	raw = allocate(told_size);
	check(decode(raw, &size, text) == 0);
	check(size == told_size);
	write_and_read(encode, decode, raw, size);
	free(raw);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	check(text != NULL);
	read_and_write(spdk_base64_encode, spdk_base64_decode, text);
	read_and_write(spdk_base64_urlsafe_encode, spdk_base64_urlsafe_decode, text);
	free(text);
	if (size > 0) {
		write_and_read(spdk_base64_encode, spdk_base64_decode, data, size);
		write_and_read(spdk_base64_urlsafe_encode, spdk_base64_urlsafe_decode, data, size);
	}
	return 0;
}
