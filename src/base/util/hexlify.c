/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes as hexadecimal text, and back. */
#include "spdk/hexlify.h"

char *
spdk_hexlify(const char *bin, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t byte;
	char *text;
	size_t i;

	if ((bin == NULL && len != 0) || len > (SIZE_MAX - 1) / 2) {
		return NULL;
	}
	text = malloc(2 * len + 1);
	if (text == NULL) {
		return NULL;
	}
	for (i = 0; i < len; i++) {
		byte = (uint8_t)bin[i];
		text[2 * i] = digits[byte >> 4];
		text[2 * i + 1] = digits[byte & 0xf];
	}
	text[2 * len] = '\0';
	return text;
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	if (c >= 'A' && c <= 'F') {
		return c - 'A' + 10;
	}
	return -EINVAL;
}

char *
spdk_unhexlify(const char *hex)
{
	size_t length, i;
	int high, low;
	char *bytes;

	if (hex == NULL) {
		return NULL;
	}
	length = strlen(hex);
	if (length % 2 != 0) {
		return NULL;
	}
	/* malloc(0) may return NULL, which means an error here. */
	bytes = malloc(length == 0 ? 1 : length / 2);
	if (bytes == NULL) {
		return NULL;
	}
	for (i = 0; i < length / 2; i++) {
		high = digit_value(hex[2 * i]);
		low = digit_value(hex[2 * i + 1]);
		if (high < 0 || low < 0) {
			free(bytes);
			return NULL;
		}
		bytes[i] = (char)(high << 4 | low);
	}
	return bytes;
}
