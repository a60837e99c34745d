/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of rates that goes on: one for each interval. On a terminal each takes the place of the
 * one before it, cut to what the terminal is high; elsewhere they follow each other.
 */
#include "bdev.h"
#include "bdev_rate.h"
#include "table.h"

#include "spdk/util.h"

#include <sys/ioctl.h>

#define ROWS_DEFAULT 24

struct iostat {
	struct session *session;
	const struct bdev_options *options;
	int names_count;
	char **names;
	bool is_terminal;
	/* Lines of the last table, which the next one takes the place of. */
	size_t lines;
};

/* ---- Asking ---- */

/* STATUS_OK with a sample, or another status, printed. */
static int
take_sample(struct iostat *iostat, struct bdev_sample *out_sample)
{
	struct spdk_jsonrpc_client_response *response;
	int rc = session_call(iostat->session, "bdev_get_iostat", NULL, &response);

	if (response == NULL) {
		return rc;
	}
	if (response->error != NULL) {
		session_print_error(iostat->session, NULL, "bdev_get_iostat", response->error);
		rc = STATUS_REFUSED;
	} else if (bdev_sample_read(response->result, out_sample) != 0) {
		fprintf(stderr, "spindle: the answer of bdev_get_iostat is not what it should be: "
				"spindle rpc bdev_get_iostat shows it\n");
		rc = STATUS_REFUSED;
	}
	spdk_jsonrpc_client_free_response(response);
	return rc;
}

static bool
is_wanted(const struct iostat *iostat, const char *name)
{
	int i;

	for (i = 0; i < iostat->names_count; i++) {
		if (strcmp(iostat->names[i], name) == 0) {
			return true;
		}
	}
	return iostat->names_count == 0;
}

/* Those that are named are there when it begins; later on they come and go. */
static int
check_names(const struct iostat *iostat, const struct bdev_sample *sample)
{
	int i;

	for (i = 0; i < iostat->names_count; i++) {
		if (bdev_sample_find(sample, iostat->names[i]) == NULL) {
			fprintf(stderr, "spindle: there is no bdev %s; spindle bdev list has all\n",
				iostat->names[i]);
			return STATUS_REFUSED;
		}
	}
	return STATUS_OK;
}

/* ---- Showing ---- */

static void
add_row(struct table *table, const char *name, const struct bdev_rates *rates)
{
	table_add(table, duplicate(name));
	table_printf(table, "%.1f", rates->reads_per_s);
	table_printf(table, "%.1f", rates->writes_per_s);
	table_printf(table, "%.1f", rates->others_per_s);
	table_printf(table, "%.2f", rates->read_bytes_per_s / 1e6);
	table_printf(table, "%.2f", rates->write_bytes_per_s / 1e6);
	table_printf(table, "%.1f", rates->read_latency_us);
	table_printf(table, "%.1f", rates->write_latency_us);
	if (rates->queue_depth < 0) {
		table_add(table, duplicate("-"));
		table_add(table, duplicate("-"));
	} else {
		table_printf(table, "%.0f", rates->queue_depth);
		table_printf(table, "%.1f", rates->utilization * 100);
	}
	table_printf(table, "%" PRIu64, rates->errors);
}

static size_t
rows_of_terminal(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1 ? size.ws_row :
										 ROWS_DEFAULT;
}

/* The text without the lines that the terminal has no place for; the last of it tells. */
static void
put_in_place(struct iostat *iostat, const struct text *text)
{
	size_t rows = rows_of_terminal() - 1, lines = 0, cut = 0, i;

	for (i = 0; i < text->size; i++) {
		lines += text->bytes[i] == '\n';
		if (lines == rows - 1 && cut == 0) {
			cut = i + 1;
		}
	}
	if (iostat->lines > 0) {
		printf("\033[%zuA\033[J", iostat->lines);
	}
	if (lines <= rows) {
		fputs(text->bytes, stdout);
	} else {
		printf("%.*s(%zu more)\n", (int)cut, text->bytes, lines - rows + 1);
		lines = rows;
	}
	iostat->lines = lines;
}

static void
show_table(struct iostat *iostat, const struct bdev_sample *before, const struct bdev_sample *now,
	   double seconds)
{
	static const struct table_column columns[] = {
		{"bdev", false}, {"r/s", true},   {"w/s", true},   {"other/s", true},
		{"rMB/s", true}, {"wMB/s", true}, {"r_us", true},  {"w_us", true},
		{"depth", true}, {"util%", true}, {"errors", true}};
	struct text text = {.bytes = NULL};
	struct table table;
	size_t i;

	table_init(&table, columns, SPDK_COUNTOF(columns));
	for (i = 0; i < now->count; i++) {
		const struct bdev_counts *counts = &now->bdevs[i];
		struct bdev_rates rates = bdev_rates_between(bdev_sample_find(before, counts->name),
							     counts, seconds, now->tick_rate);

		if (is_wanted(iostat, counts->name)) {
			add_row(&table, counts->name, &rates);
		}
	}
	table_write(&table, &text);
	if (iostat->is_terminal) {
		put_in_place(iostat, &text);
	} else {
		printf("%s%s", iostat->lines > 0 ? "\n" : "", text.bytes);
		iostat->lines = 1;
	}
	text_fini(&text);
	table_fini(&table);
}

static void
add_json(struct text *text, const char *name, const struct bdev_rates *rates)
{
	text_add_string(text, "{\"name\":");
	text_add_quoted(text, name);
	text_printf(text,
		    ",\"reads_per_s\":%.3f,\"writes_per_s\":%.3f,\"others_per_s\":%.3f"
		    ",\"read_bytes_per_s\":%.0f,\"write_bytes_per_s\":%.0f"
		    ",\"read_latency_us\":%.3f,\"write_latency_us\":%.3f",
		    rates->reads_per_s, rates->writes_per_s, rates->others_per_s,
		    rates->read_bytes_per_s, rates->write_bytes_per_s, rates->read_latency_us,
		    rates->write_latency_us);
	if (rates->queue_depth >= 0) {
		text_printf(text, ",\"queue_depth\":%.0f,\"utilization\":%.4f", rates->queue_depth,
			    rates->utilization);
	}
	text_printf(text, ",\"errors\":%" PRIu64 "}", rates->errors);
}

static void
show_json(const struct iostat *iostat, const struct bdev_sample *before,
	  const struct bdev_sample *now, double seconds)
{
	struct text text = {.bytes = NULL};
	const char *comma = "";
	size_t i;

	text_printf(&text, "{\"interval_s\":%.6f,\"bdevs\":[", seconds);
	for (i = 0; i < now->count; i++) {
		const struct bdev_counts *counts = &now->bdevs[i];
		struct bdev_rates rates = bdev_rates_between(bdev_sample_find(before, counts->name),
							     counts, seconds, now->tick_rate);

		if (is_wanted(iostat, counts->name)) {
			text_add_string(&text, comma);
			add_json(&text, counts->name, &rates);
			comma = ",";
		}
	}
	printf("%s]}\n", text.bytes);
	text_fini(&text);
}

/* ---- On and on ---- */

static void
wait_for(double seconds)
{
	struct timespec left = {.tv_sec = (time_t)seconds};

	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (nanosleep(&left, &left) != 0 && errno == EINTR) {
	}
}

/* One interval. A moment without length, or another application there, shows nothing. */
static int
do_interval(struct iostat *iostat, struct bdev_sample *before)
{
	struct bdev_sample now;
	double seconds;
	int rc;

	wait_for(iostat->options->interval_s);
	rc = take_sample(iostat, &now);
	if (rc != STATUS_OK) {
		return rc;
	}
	seconds = bdev_sample_seconds(before, &now);
	if (seconds > 0 && iostat->options->is_json) {
		show_json(iostat, before, &now, seconds);
	} else if (seconds > 0) {
		show_table(iostat, before, &now, seconds);
	}
	bdev_sample_fini(before);
	*before = now;
	if (fflush(stdout) != 0) {
		return usage_error("cannot write to standard output: %s", strerror(errno));
	}
	return STATUS_OK;
}

int
bdev_iostat_run(struct session *session, const struct bdev_options *options, int names_count,
		char **names)
{
	struct iostat iostat = {
		.session = session,
		.options = options,
		.names_count = names_count,
		.names = names,
		.is_terminal = isatty(STDOUT_FILENO) == 1 && !options->is_json,
	};
	struct bdev_sample before;
	uint64_t i;
	int rc = take_sample(&iostat, &before);

	if (rc != STATUS_OK) {
		return rc;
	}
	rc = check_names(&iostat, &before);
	for (i = 0; rc == STATUS_OK && (options->count == 0 || i < options->count); i++) {
		rc = do_interval(&iostat, &before);
	}
	bdev_sample_fini(&before);
	return rc;
}
