/* SPDX-License-Identifier: BSD-3-Clause */
/* Latencies as bars. */
#include "perf_histogram.h"
#include "perf_counts.h"

#include "spdk/util.h"

#define NS_PER_SEC 1e9
/* Of a line besides its bar: the times, the share, the number, blanks. */
#define TEXT_COLUMNS 41
#define BAR_MIN      10
#define EIGHTHS      8

/* What bins begin with, of each power of ten. */
static const double steps[] = {1, 1.5, 2, 3, 5, 7};

static double
bin_start(uint32_t index)
{
	double decade = 1;
	uint32_t i;

	for (i = 0; i < index / SPDK_COUNTOF(steps); i++) {
		decade *= 10;
	}
	return decade * steps[index % SPDK_COUNTOF(steps)];
}

void
perf_bins_fill(struct perf_bins *bins, const struct spdk_histogram_data *histogram,
	       uint64_t ticks_hz)
{
	double ns_per_tick = NS_PER_SEC / (double)ticks_hz;
	uint64_t counts[PERF_BINS_MAX] = {0};
	struct perf_bucket bucket = {.index = 0};
	uint32_t first = 0, last = PERF_BINS_MAX, bin = 0, i;

	while (perf_bucket_next(histogram, &bucket)) {
		/* Buckets come in order, and so do bins. */
		while (bin + 1 < PERF_BINS_MAX &&
		       (double)bucket.start * ns_per_tick >= bin_start(bin + 1)) {
			bin++;
		}
		counts[bin] += bucket.count;
	}
	*bins = (struct perf_bins){.count = 0};
	while (first < last && counts[first] == 0) {
		first++;
	}
	while (last > first && counts[last - 1] == 0) {
		last--;
	}
	for (i = first; i < last; i++) {
		bins->of[bins->count++] = (struct perf_bin){
			/* What is faster than the first counts there. */
			.from_ns = i > 0 ? bin_start(i) : 0,
			.to_ns = bin_start(i + 1),
			.count = counts[i],
		};
		bins->total += counts[i];
	}
}

/* "700 ns", "1.5 us". */
static void
print_time(FILE *file, double ns)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	uint32_t unit = 0;

	while (ns >= 1000 && unit + 1 < SPDK_COUNTOF(units)) {
		ns /= 1000;
		unit++;
	}
	fprintf(file, "%5g %-2s", ns, units[unit]);
}

/* A bar of so many eighths of a column; the least that can be seen for what is not nothing. */
static void
print_bar(FILE *file, uint64_t eighths, uint32_t width, bool is_utf8)
{
	static const char *const parts[EIGHTHS] = {"",       "\u258f", "\u258e", "\u258d",
						   "\u258c", "\u258b", "\u258a", "\u2589"};
	uint64_t whole = eighths / EIGHTHS, rest = eighths % EIGHTHS, i;

	for (i = 0; i < whole; i++) {
		fputs(is_utf8 ? "\u2588" : "#", file);
	}
	if (rest > 0) {
		fputs(is_utf8 ? parts[rest] : rest > EIGHTHS / 2 ? "#" : ".", file);
		whole++;
	}
	fprintf(file, "%*s", (int)(width - whole), "");
}

void
perf_bins_draw(const struct perf_bins *bins, FILE *file, uint32_t columns, bool is_utf8)
{
	uint32_t width = columns > TEXT_COLUMNS + BAR_MIN ? columns - TEXT_COLUMNS : BAR_MIN, i;
	uint64_t max = 0, eighths;

	for (i = 0; i < bins->count; i++) {
		max = spdk_max(max, bins->of[i].count);
	}
	for (i = 0; i < bins->count; i++) {
		const struct perf_bin *bin = &bins->of[i];

		eighths = (uint64_t)((double)bin->count / (double)max * width * EIGHTHS);
		eighths = bin->count > 0 ? spdk_max(eighths, 1) : 0;
		print_time(file, bin->from_ns);
		fputs(" to ", file);
		print_time(file, bin->to_ns);
		fputs("  ", file);
		print_bar(file, eighths, width, is_utf8);
		fprintf(file, "%8.3f%% %9" PRIu64 "\n",
			100 * (double)bin->count / (double)bins->total, bin->count);
	}
}
