/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The help text, made of the table of options.
 */
#include "app/app/app_args.h"
#include "app/app/app_opts.h"
#include "spdk/trace.h"

#define COLUMN_WIDTH      32
#define DEFAULT_TEXT_SIZE 96

/* What a field has now, where that tells more than the help text does; empty otherwise. */
static const char *
default_text(const struct app_option *option, const struct spdk_app_opts *opts, char *text)
{
	text[0] = '\0';
	switch (option->letter) {
	case 'm':
		snprintf(text, DEFAULT_TEXT_SIZE, " (default: %s)",
			 opts->reactor_mask != NULL ? opts->reactor_mask : APP_OPTS_DEFAULT_MASK);
		break;
	case 'r':
		snprintf(text, DEFAULT_TEXT_SIZE, " (default: %s)",
			 opts->rpc_addr != NULL ? opts->rpc_addr : "none");
		break;
	case 's':
		if (opts->mem_size > 0) {
			snprintf(text, DEFAULT_TEXT_SIZE, " (default: %d)", opts->mem_size);
		}
		break;
	default:
		break;
	}
	return text;
}

static void
print_option(FILE *file, const struct app_option *option, const struct spdk_app_opts *opts)
{
	char names[COLUMN_WIDTH + 1], defaults[DEFAULT_TEXT_SIZE];
	char letter[4] = "   ";

	if (option->letter != 0) {
		snprintf(letter, sizeof(letter), "-%c,", option->letter);
	}
	snprintf(names, sizeof(names), "%s --%s%s%s", letter, option->name,
		 option->value_name != NULL ? " " : "",
		 option->value_name != NULL ? option->value_name : "");
	fprintf(file, " %-*s %s%s\n", COLUMN_WIDTH, names, option->help,
		default_text(option, opts, defaults));
}

void
app_usage_print(FILE *file, const char *program, const struct spdk_app_opts *opts)
{
	fprintf(file, "%s [options]\noptions:\n", program);
	for (size_t i = 0; i < app_options_count; i++) {
		print_option(file, &app_options[i], opts);
	}
	spdk_log_usage(file, "-L");
	spdk_trace_mask_usage(file, "-e");
}
