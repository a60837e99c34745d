/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Base64 text, RFC 4648. A group of three bytes is four characters of six bits each; a last group
 * of one or two bytes is two or three characters, and may be filled up with '='.
 */
#include "spdk/base64.h"

#define GROUP_BYTES      3
#define GROUP_CHARACTERS 4
#define NO_DIGIT         0xff

static const char standard_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char urlsafe_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int
encode(char *text, const uint8_t *bytes, size_t size, const char *digits)
{
	uint32_t group;
	size_t i, take;

	if (text == NULL || bytes == NULL || size == 0) {
		return -EINVAL;
	}
	while (size > 0) {
		take = size < GROUP_BYTES ? size : GROUP_BYTES;
		group = 0;
		for (i = 0; i < GROUP_BYTES; i++) {
			group = group << 8 | (i < take ? bytes[i] : 0);
		}
		for (i = 0; i < GROUP_CHARACTERS; i++) {
			*text++ = i <= take ? digits[group >> (18 - 6 * i) & 0x3f] : '=';
		}
		bytes += take;
		size -= take;
	}
	*text = '\0';
	return 0;
}

/* The two alphabets differ in the last two digits only. */
static uint8_t
digit_value(char c, const char *digits)
{
	if (c >= 'A' && c <= 'Z') {
		return (uint8_t)(c - 'A');
	}
	if (c >= 'a' && c <= 'z') {
		return (uint8_t)(c - 'a' + 26);
	}
	if (c >= '0' && c <= '9') {
		return (uint8_t)(c - '0' + 52);
	}
	if (c == digits[62]) {
		return 62;
	}
	return c == digits[63] ? 63 : NO_DIGIT;
}

/* Gives the number of characters that are digits; what follows them may be nothing but the padding
 * that completes the last group. */
static int
measure(const char *text, const char *digits, size_t *out_length)
{
	size_t length = 0, padding;

	while (digit_value(text[length], digits) != NO_DIGIT) {
		length++;
	}
	padding = strspn(text + length, "=");
	if (length == 0 || length % GROUP_CHARACTERS == 1 || text[length + padding] != '\0') {
		return -EINVAL;
	}
	if (padding != 0 &&
	    (padding >= GROUP_BYTES || (length + padding) % GROUP_CHARACTERS != 0)) {
		return -EINVAL;
	}
	*out_length = length;
	return 0;
}

static int
decode(uint8_t *bytes, size_t *out_size, const char *text, const char *digits)
{
	uint32_t bits = 0;
	size_t length, i;

	if (text == NULL || measure(text, digits, &length) != 0) {
		return -EINVAL;
	}
	if (out_size != NULL) {
		*out_size = spdk_base64_get_decoded_len(length);
	}
	if (bytes == NULL) {
		return 0;
	}
	for (i = 0; i < length; i++) {
		bits = bits << 6 | digit_value(text[i], digits);
		/* The first character of a group completes no byte, each other one does. */
		switch (i % GROUP_CHARACTERS) {
		case 1:
			*bytes++ = (uint8_t)(bits >> 4);
			break;
		case 2:
			*bytes++ = (uint8_t)(bits >> 2);
			break;
		case 3:
			*bytes++ = (uint8_t)bits;
			break;
		}
	}
	return 0;
}

int
spdk_base64_encode(char *dst, const void *src, size_t src_len)
{
	return encode(dst, src, src_len, standard_digits);
}

int
spdk_base64_urlsafe_encode(char *dst, const void *src, size_t src_len)
{
	return encode(dst, src, src_len, urlsafe_digits);
}

int
spdk_base64_decode(void *dst, size_t *dst_len, const char *src)
{
	return decode(dst, dst_len, src, standard_digits);
}

int
spdk_base64_urlsafe_decode(void *dst, size_t *dst_len, const char *src)
{
	return decode(dst, dst_len, src, urlsafe_digits);
}
