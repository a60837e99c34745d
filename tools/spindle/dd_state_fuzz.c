/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A state file is written again as it was, or it is none and leaves no trace. A checksum that does
 * not fit is made to fit, so that what is before it gets its turn.
 */
#include "dd_state.h"

#include "spdk/crc32.h"

#define LAST_LINE_BYTES 18

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

static void
try(const char *bytes, size_t size)
{
	struct dd_state state = {.source = NULL};
	struct text again = {.bytes = NULL};

	if (dd_state_parse(bytes, size, &state) != 0) {
		check(state.source == NULL);
		return;
	}
	dd_state_write(&state, &again);
	check(again.size == size && memcmp(again.bytes, bytes, size) == 0);
	check(state.done <= state.length);
	text_fini(&again);
	dd_state_fini(&state);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = {.bytes = NULL};

	try((const char *)data, size);
	if (size > LAST_LINE_BYTES) {
		text_add(&text, data, size - LAST_LINE_BYTES);
		text_printf(&text, "crc32c 0x%08x\n",
			    spdk_crc32c_update(text.bytes, text.size, UINT32_MAX));
		try(text.bytes, text.size);
		text_fini(&text);
	}
	return 0;
}
