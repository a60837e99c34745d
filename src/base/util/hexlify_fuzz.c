/* SPDX-License-Identifier: BSD-3-Clause */
/* What is accepted is, but for the case of its letters, what is written again; any bytes survive.
 */
#include "spdk/hexlify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *bytes, *again;

	check(text != NULL);
	bytes = spdk_unhexlify(text);
	if (bytes != NULL) {
		again = spdk_hexlify(bytes, strlen(text) / 2);
		check(again != NULL && strcasecmp(again, text) == 0);
		free(again);
		free(bytes);
	} else {
		check(strlen(text) % 2 != 0 ||
		      text[strspn(text, "0123456789abcdefABCDEF")] != '\0');
	}
	free(text);

	text = spdk_hexlify((const char *)data, size);
	check(text != NULL && strlen(text) == 2 * size);
	bytes = spdk_unhexlify(text);
	check(bytes != NULL && (size == 0 || memcmp(bytes, data, size) == 0));
	free(bytes);
	free(text);
	return 0;
}
