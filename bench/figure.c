/* SPDX-License-Identifier: BSD-3-Clause */
#include "figure.h"

#include "spdk/json.h"
#include "spdk/util.h"

#include <math.h>

#define SIDES_MAX     32
#define QUICK_SAMPLES 5
#define TAIL          0.025 /* of 95 %, on each side */

struct figure {
	const char *kind;
	const char *name;
	const char *unit;
	const struct bench_spread *samples;
	double median, low, high;
	const char *ours, *to; /* of a ratio */
	enum bench_sense sense;
	double limit;
	bool is_kept;
};

static char g_question[128];

/* What the spreads of this question were called. */
static struct {
	const struct bench_spread *spread;
	const char *name;
} g_sides[SIDES_MAX];
static uint32_t g_side_count;

uint32_t
bench_samples(uint32_t usual)
{
	return getenv("SPINDLE_BENCH_QUICK") != NULL ? spdk_min(usual, QUICK_SAMPLES) : usual;
}

void
bench_spread_add(struct bench_spread *spread, double value)
{
	if (spread->count < BENCH_SAMPLES_MAX) {
		spread->values[spread->count++] = value;
	}
}

/* ---- What is made of samples ---- */

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/*
 * How many samples lie outside of the interval on each side: as many as leave a chance of at most
 * TAIL that the median of what was sampled from is beyond them, which is that of so few heads in
 * `count` throws of a coin.
 */
static uint32_t
outside_of_interval(uint32_t count)
{
	double term = pow(0.5, count), sum = 0;
	uint32_t i;

	for (i = 0; i < count / 2; i++) {
		sum += term;
		if (sum > TAIL) {
			break;
		}
		term = term * (count - i) / (i + 1);
	}
	return i > 0 ? i - 1 : 0;
}

/* Median and ends; those of the median's interval, or of all samples. */
static void
summarize(struct figure *figure, const struct bench_spread *samples, bool is_interval)
{
	double sorted[BENCH_SAMPLES_MAX];
	uint32_t count = samples->count, outside;

	figure->samples = samples;
	figure->median = figure->low = figure->high = NAN;
	if (count == 0) {
		return;
	}
	memcpy(sorted, samples->values, count * sizeof(sorted[0]));
	qsort(sorted, count, sizeof(sorted[0]), compare_doubles);
	outside = is_interval ? outside_of_interval(count) : 0;
	figure->median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
	figure->low = sorted[outside];
	figure->high = sorted[count - 1 - outside];
}

/* A figure that could not be measured keeps no limit. */
static void
judge(struct figure *figure, enum bench_sense sense, double limit)
{
	figure->sense = sense;
	figure->limit = limit;
	figure->is_kept = isnan(limit) || (sense == BENCH_AT_MOST ? figure->median <= limit :
								    figure->median >= limit);
}

/* ---- The record ---- */

static int
write_text(void *ctx, const void *data, size_t size)
{
	return fwrite(data, 1, size, ctx) == size ? 0 : -EIO;
}

/* JSON has no word for what is not a number. */
static void
write_number(struct spdk_json_write_ctx *w, const char *name, double value)
{
	if (isfinite(value)) {
		spdk_json_write_named_double(w, name, value);
	} else {
		spdk_json_write_named_null(w, name);
	}
}

static void
write_samples(struct spdk_json_write_ctx *w, const struct bench_spread *samples)
{
	uint32_t i;

	spdk_json_write_named_array_begin(w, "samples");
	for (i = 0; samples != NULL && i < samples->count; i++) {
		spdk_json_write_double(w, samples->values[i]);
	}
	spdk_json_write_array_end(w);
}

static void
write_summary(struct spdk_json_write_ctx *w, const struct figure *figure)
{
	write_number(w, "median", figure->median);
	write_number(w, "low", figure->low);
	write_number(w, "high", figure->high);
}

static void
write_figure(struct spdk_json_write_ctx *w, const struct figure *figure)
{
	spdk_json_write_named_string_fmt(w, "program", "%.*s",
					 (int)strcspn(program_invocation_short_name, "."),
					 program_invocation_short_name);
	spdk_json_write_named_string(w, "question", g_question);
	spdk_json_write_named_string(w, "kind", figure->kind);
	spdk_json_write_named_string(w, "name", figure->name);
	if (figure->unit != NULL) {
		spdk_json_write_named_string(w, "unit", figure->unit);
	}
	if (figure->samples != NULL) {
		write_samples(w, figure->samples);
	}
	if (figure->to != NULL) {
		spdk_json_write_named_object_begin(w, "ratio");
		write_summary(w, figure);
		spdk_json_write_named_string(w, "of", figure->ours);
		spdk_json_write_named_string(w, "to", figure->to);
		spdk_json_write_object_end(w);
	} else {
		write_summary(w, figure);
	}
	if (!isnan(figure->limit)) {
		write_number(w, "limit", figure->limit);
		spdk_json_write_named_string(w, "sense",
					     figure->sense == BENCH_AT_MOST ? "<=" : ">=");
		spdk_json_write_named_bool(w, "kept", figure->is_kept);
	}
}

/* Opened anew for each: benchmarks fork, and exec themselves. */
static void
record(const struct figure *figure)
{
	const char *path = getenv("SPINDLE_BENCH_RESULTS");
	struct spdk_json_write_ctx *w;
	FILE *file;

	if (path == NULL) {
		return;
	}
	file = fopen(path, "a");
	if (file == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	w = spdk_json_write_begin(write_text, file, 0);
	spdk_json_write_object_begin(w);
	write_figure(w, figure);
	spdk_json_write_object_end(w);
	spdk_json_write_end(w);
	fputc('\n', file);
	fclose(file);
}

/* ---- The table ---- */

/* About four digits. */
static int
decimals(double value)
{
	value = fabs(value);
	return value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;
}

static void
print(const struct figure *figure)
{
	const char *unit = figure->unit != NULL ? figure->unit : "";

	if (isnan(figure->median)) {
		printf("  %-50s not measured", figure->name);
	} else {
		printf("  %-50s %10.*f %-8s", figure->name, decimals(figure->median),
		       figure->median, unit);
	}
	if (figure->low < figure->high) {
		printf(" (%.*f to %.*f)", decimals(figure->low), figure->low,
		       decimals(figure->high), figure->high);
	}
	if (!isnan(figure->limit)) {
		printf("  limit %s %.*f  %s",
		       figure->sense == BENCH_AT_MOST ? "<=" : ">=", decimals(figure->limit),
		       figure->limit, figure->is_kept ? "ok" : "MISSED");
	}
	printf("\n");
	fflush(stdout);
}

static bool
give_out(const struct figure *figure)
{
	print(figure);
	record(figure);
	return figure->is_kept;
}

/* ---- Figures ---- */

void
bench_question(const char *title)
{
	snprintf(g_question, sizeof(g_question), "%s", title);
	g_side_count = 0;
	printf("%s\n", title);
	fflush(stdout);
}

static const char *
side_name(const struct bench_spread *spread)
{
	uint32_t i;

	for (i = g_side_count; i > 0; i--) {
		if (g_sides[i - 1].spread == spread) {
			return g_sides[i - 1].name;
		}
	}
	return "";
}

double
bench_side(const struct bench_spread *spread, const char *name, const char *unit)
{
	struct figure figure = {.kind = "side", .name = name, .unit = unit};

	if (g_side_count < SIDES_MAX) {
		g_sides[g_side_count].spread = spread;
		g_sides[g_side_count++].name = name;
	}
	summarize(&figure, spread, false);
	judge(&figure, BENCH_AT_MOST, NAN);
	(void)give_out(&figure);
	return figure.median;
}

bool
bench_ratio(const char *name, const struct bench_spread *ours, const struct bench_spread *other,
	    enum bench_sense sense, double limit)
{
	struct figure figure = {.kind = "ratio", .name = name};
	struct bench_spread ratios = {.count = spdk_min(ours->count, other->count)};
	uint32_t i;

	for (i = 0; i < ratios.count; i++) {
		ratios.values[i] = ours->values[i] / other->values[i];
	}
	figure.ours = side_name(ours);
	figure.to = side_name(other);
	summarize(&figure, &ratios, true);
	judge(&figure, sense, limit == 0 ? NAN : limit);
	return give_out(&figure);
}

bool
bench_limit(const char *name, const struct bench_spread *spread, const char *unit,
	    enum bench_sense sense, double limit)
{
	struct figure figure = {.kind = "limit", .name = name, .unit = unit};

	summarize(&figure, spread, false);
	judge(&figure, sense, limit);
	return give_out(&figure);
}

bool
bench_value(const char *name, double value, const char *unit, enum bench_sense sense, double limit)
{
	struct figure figure = {.kind = "value", .name = name, .unit = unit};

	figure.median = figure.low = figure.high = value;
	judge(&figure, sense, limit);
	return give_out(&figure);
}

void
bench_note(const char *text)
{
	struct figure figure = {.kind = "note", .name = text};

	figure.median = figure.low = figure.high = figure.limit = NAN;
	printf("  %s\n", text);
	record(&figure);
}
