/* SPDX-License-Identifier: BSD-3-Clause */
/* What is said of a copy: a line while it goes on, one at its end, and what has failed. */
#include "dd.h"
#include "size.h"

#include "spdk/env.h"
#include "spdk/util.h"

static const char *const op_names[] = {
	[DD_READ] = "reading",
	[DD_WRITE] = "writing",
	[DD_ZERO] = "making zeros in",
	[DD_EXTENT] = "looking for holes in",
	[DD_FLUSH] = "flushing",
	[DD_CUT] = "changing the size of",
	[DD_EXTEND] = "changing the size of",
};

int
dd_refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_complaint(format, args);
	va_end(args);
	return STATUS_REFUSED;
}

void
dd_report_init(struct dd_report *report, bool is_quiet)
{
	*report = (struct dd_report){.is_quiet = is_quiet};
	progress_init(&report->progress, stderr, is_quiet ? PROGRESS_OFF : PROGRESS_AUTO);
}

void
dd_report_begin(struct dd_report *report, const char *verb, uint64_t begin)
{
	report->verb = verb;
	report->begin_ticks = spdk_get_ticks();
	report->begin_bytes = begin;
}

static double
elapsed_s(const struct dd_report *report)
{
	return (double)(spdk_get_ticks() - report->begin_ticks) / (double)spdk_get_ticks_hz();
}

void
dd_report_progress(struct dd_report *report, uint64_t done, uint64_t total)
{
	uint64_t bytes = done - report->begin_bytes;
	double seconds = elapsed_s(report);
	double rate = seconds > 0 ? (double)bytes / seconds : 0;

	if (total == DD_UNLIMITED) {
		progress_show(&report->progress, "%s %s, %s", size_text(done).text, report->verb,
			      rate_text(rate).text);
		return;
	}
	progress_show(
		&report->progress, "%s of %s %s (%d %%), %s, %s left", size_text(done).text,
		size_text(total).text, report->verb,
		total > 0 ? (int)((double)done / (double)total * 100) : 100, rate_text(rate).text,
		duration_text(progress_seconds_left(bytes, total - report->begin_bytes, seconds))
			.text);
}

void
dd_report_failure(const struct dd_pass *pass)
{
	const char *name = pass->failed_end->name;

	if (pass->failed_op == DD_COMPARE) {
		(void)dd_refuse("%s differs from %s at byte %" PRIu64, name, pass->source->name,
				pass->failed_offset);
	} else if (pass->rc == -ENOSPC && pass->failed_end->size != DD_UNLIMITED) {
		(void)dd_refuse("%s is full at byte %" PRIu64 ", and %s has more", name,
				pass->failed_offset, pass->source->name);
	} else if (pass->failed_end->is_ordered) {
		(void)dd_refuse("%s %s: %s", op_names[pass->failed_op], name, strerror(-pass->rc));
	} else {
		(void)dd_refuse("%s %s at byte %" PRIu64 ": %s", op_names[pass->failed_op], name,
				pass->failed_offset, strerror(-pass->rc));
	}
}

void
dd_report_summary(const struct dd_report *report, const struct dd_pass *pass, uint64_t bytes)
{
	double seconds = elapsed_s(report);

	if (report->is_quiet) {
		return;
	}
	fprintf(stderr, "%s (%" PRIu64 " bytes) %s in %.2f s, %s", size_text(bytes).text, bytes,
		report->verb, seconds, rate_text(seconds > 0 ? (double)bytes / seconds : 0).text);
	if (pass->bytes_zeroed > 0) {
		fprintf(stderr, ", %s of it zeros", size_text(pass->bytes_zeroed).text);
	}
	fputc('\n', stderr);
}

void
dd_report_rest(const struct dd_options *options, uint64_t done, uint64_t total)
{
	fprintf(stderr, "spindle: %" PRIu64, done);
	if (total != DD_UNLIMITED) {
		fprintf(stderr, " of %" PRIu64, total);
	}
	fprintf(stderr, " bytes copied before");
	if (options->state_file != NULL) {
		fprintf(stderr, "; the same command goes on from there");
	} else if (total != DD_UNLIMITED && done > 0) {
		fprintf(stderr, "; --skip %" PRIu64 "B --seek %" PRIu64 "B --notrunc goes on",
			options->skip + done, options->seek + done);
	}
	fputc('\n', stderr);
}
