/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: a text, parsed; and a log that keeps what it was told.
 */
#ifndef SPINDLE_JSON_TEST_SUPPORT_H
#define SPINDLE_JSON_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log_capture.h"
#include "spdk/json.h"
#include "spdk/util.h"

#define PARSED_VALUES_MAX 256

static char g_parsed_text[4096];
static struct spdk_json_val g_parsed[PARSED_VALUES_MAX];

/* The values of a text, until the next call. */
static inline struct spdk_json_val *
parsed(const char *text)
{
	size_t size = strlen(text);
	ssize_t count;

	assert_true(size < sizeof(g_parsed_text));
	memcpy(g_parsed_text, text, size + 1);
	count = spdk_json_parse(g_parsed_text, size, g_parsed, PARSED_VALUES_MAX, NULL,
				SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE);
	if (count <= 0 || count > PARSED_VALUES_MAX) {
		fail_msg("'%s' is parsed to %zd", text, count);
	}
	return g_parsed;
}

static inline int
log_start(void **state)
{
	log_capture_start();
	return 0;
}

static inline int
log_stop(void **state)
{
	log_capture_stop();
	return 0;
}

/* Since the last call, exactly these errors were logged, each with its line end. */
static inline void
logged(const char *text)
{
	assert_string_equal(g_log_capture.text, text);
	log_capture_clear();
}

#endif
