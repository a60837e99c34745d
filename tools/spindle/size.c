/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes and counts, as people write them and as they like to read them. */
#include "size.h"

#include "spdk/util.h"

#include <math.h>

#define BITS_PER_PREFIX 10

int
size_parse(const char *text, uint64_t *out_size, bool *out_has_unit)
{
	static const char prefixes[] = "kmgt";
	const char *prefix, *unit;
	uint64_t size = 0, factor = 1;
	size_t digits = strspn(text, "0123456789"), i;

	if (digits == 0) {
		return -EINVAL;
	}
	unit = text + digits;
	prefix = *unit != '\0' ? strchr(prefixes, tolower((unsigned char)*unit)) : NULL;
	if (prefix != NULL) {
		factor <<= BITS_PER_PREFIX * (prefix - prefixes + 1);
		unit++;
	}
	if (strcasecmp(unit, "") != 0 && strcasecmp(unit, "B") != 0 &&
	    (prefix == NULL || strcasecmp(unit, "iB") != 0)) {
		return -EINVAL;
	}
	for (i = 0; i < digits; i++) {
		if (__builtin_mul_overflow(size, 10, &size) ||
		    __builtin_add_overflow(size, (uint64_t)(text[i] - '0'), &size)) {
			return -ERANGE;
		}
	}
	if (__builtin_mul_overflow(size, factor, &size)) {
		return -ERANGE;
	}
	*out_size = size;
	if (out_has_unit != NULL) {
		*out_has_unit = text[digits] != '\0';
	}
	return 0;
}

/*
 * Three digits, or all of those before the point. A number that would be rounded to `base` becomes
 * 1 of the next prefix: prefixes are the texts behind it, the last one NULL.
 */
static struct size_text
scaled(double value, double base, const char *const *prefixes)
{
	struct size_text result;
	int decimals;

	while (prefixes[1] != NULL && value >= base - 0.5) {
		value /= base;
		prefixes++;
	}
	decimals = value >= 99.95 || value == floor(value) ? 0 : value >= 9.995 ? 1 : 2;
	snprintf(result.text, sizeof(result.text), "%.*f%s", decimals, value, *prefixes);
	return result;
}

struct size_text
size_text(uint64_t bytes)
{
	static const char *const prefixes[] = {" B",   " KiB", " MiB", " GiB",
					       " TiB", " PiB", " EiB", NULL};

	return scaled((double)bytes, 1024, prefixes);
}

struct size_text
rate_text(double bytes_per_second)
{
	static const char *const prefixes[] = {" B/s", " kB/s", " MB/s", " GB/s", " TB/s", NULL};

	return scaled(bytes_per_second < 1000 ? round(bytes_per_second) : bytes_per_second, 1000,
		      prefixes);
}

struct size_text
count_text(double count)
{
	static const char *const prefixes[] = {"", "k", "M", "G", NULL};

	return scaled(count < 1000 ? round(count) : count, 1000, prefixes);
}
