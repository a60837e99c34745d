/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading numbers, sizes and addresses from text that a person wrote. Every function takes the
 * whole text or refuses it, and writes its outputs only on success.
 */
#include "spdk/string.h"

#define NUMBER_BASE_MIN 2
#define NUMBER_BASE_MAX 32

long long int
spdk_strtoll(const char *nptr, int base)
{
	int saved_errno = errno, error;
	long long int number;
	char *end;

	if (nptr == NULL || (base != 0 && (base < NUMBER_BASE_MIN || base > NUMBER_BASE_MAX))) {
		return -EINVAL;
	}
	errno = 0;
	number = strtoll(nptr, &end, base);
	error = errno;
	errno = saved_errno;
	if (end == nptr || *end != '\0') {
		return -EINVAL;
	}
	return error != 0 || number < 0 ? -ERANGE : number;
}

long int
spdk_strtol(const char *nptr, int base)
{
	long long int number = spdk_strtoll(nptr, base);

	/* They differ where long has 32 bits. */
	return number > LONG_MAX ? -ERANGE : (long int)number;
}

/* Accepts "", or one of k, m, g that "B" or "iB" may follow; gives the power of two, 0 for "". */
static int
parse_prefix(const char *text, uint32_t *out_shift)
{
	uint32_t shift;

	switch (*text) {
	case '\0':
		*out_shift = 0;
		return 0;
	case 'k':
	case 'K':
		shift = 10;
		break;
	case 'm':
	case 'M':
		shift = 20;
		break;
	case 'g':
	case 'G':
		shift = 30;
		break;
	default:
		return -EINVAL;
	}
	text++;
	if (*text != '\0' && strcasecmp(text, "b") != 0 && strcasecmp(text, "ib") != 0) {
		return -EINVAL;
	}
	*out_shift = shift;
	return 0;
}

int
spdk_parse_capacity(const char *cap_str, uint64_t *cap, bool *has_prefix)
{
	bool is_too_big = false;
	uint64_t number = 0;
	uint32_t shift;
	const char *c;

	if (cap_str == NULL || cap == NULL || !isdigit((unsigned char)*cap_str)) {
		return -EINVAL;
	}
	for (c = cap_str; isdigit((unsigned char)*c); c++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*c - '0'), &number)) {
			is_too_big = true;
		}
	}
	if (parse_prefix(c, &shift) != 0) {
		return -EINVAL;
	}
	if (is_too_big || number > UINT64_MAX >> shift) {
		return -ERANGE;
	}
	*cap = number << shift;
	if (has_prefix != NULL) {
		*has_prefix = shift != 0;
	}
	return 0;
}

int
spdk_parse_ip_addr(char *ip, char **host, char **port)
{
	char *begin, *end, *after;

	if (ip == NULL || host == NULL || port == NULL) {
		return -EINVAL;
	}
	if (*ip == '[') {
		begin = ip + 1;
		end = strchr(begin, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':')) {
			return -EINVAL;
		}
		after = end + 1;
	} else {
		begin = ip;
		end = ip + strcspn(ip, ":");
		if (*end == ':' && strchr(end + 1, ':') != NULL) {
			return -EINVAL;
		}
		after = end;
	}
	if (end == begin) {
		return -EINVAL;
	}
	/* `after` is the colon or the end of the text; the terminator may be written over it. */
	*port = after[0] == ':' && after[1] != '\0' ? after + 1 : NULL;
	*host = begin;
	*end = '\0';
	return 0;
}
