/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: any text as a core mask, an lcore map and a list of the kernel. What is accepted
 * must print as a list that means the same.
 */
#include "env/posix/core_list.h"

#define TEXT_SIZE 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct core_list g_list, g_again;

static void
check_list(const struct core_list *list)
{
	struct core_list_error error;
	char lcores[TEXT_SIZE], text[TEXT_SIZE + 2];
	uint32_t lcore;

	if (core_set_count(&list->lcores) == 0) {
		abort();
	}
	for (lcore = core_set_next(&list->lcores, 0); lcore != CORE_NONE;
	     lcore = core_set_next(&list->lcores, lcore + 1)) {
		if (core_set_count(&list->cpus[lcore]) == 0) {
			abort();
		}
	}
	snprintf(text, sizeof(text), "[%s]",
		 core_set_format(&list->lcores, lcores, sizeof(lcores)));
	if (core_list_parse_mask(text, &g_again, &error) != 0 ||
	    memcmp(&g_again.lcores, &list->lcores, sizeof(list->lcores)) != 0) {
		abort();
	}
}

static void
check_error(const struct core_list_error *error, size_t size)
{
	if (error->position > size || error->reason[0] == '\0') {
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct core_list_error error;
	struct core_set set;
	char *text;

	text = malloc(size + 1);
	if (text == NULL) {
		return 0;
	}
	memcpy(text, data, size);
	text[size] = '\0';
	if (core_list_parse_mask(text, &g_list, &error) == 0) {
		check_list(&g_list);
	} else {
		check_error(&error, size);
	}
	if (core_list_parse_map(text, &g_list, &error) == 0) {
		check_list(&g_list);
	} else {
		check_error(&error, size);
	}
	(void)core_set_parse(text, &set); /* Either answer is right; it must only come. */
	free(text);
	return 0;
}
