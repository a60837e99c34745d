/* SPDX-License-Identifier: BSD-3-Clause */
/* One line that tells how far a command is. */
#include "progress.h"

#include <math.h>
#include <sys/ioctl.h>

#define COLUMNS_DEFAULT  80
#define LINE_BYTES_MAX   1024
#define SECONDS_PER_HOUR 3600
/* Nobody waits for longer. */
#define HOURS_MAX 1000

void
progress_init(struct progress *progress, FILE *file, enum progress_mode mode)
{
	bool is_terminal = isatty(fileno(file)) == 1;

	*progress = (struct progress){.is_terminal = is_terminal};
	if (mode == PROGRESS_ON || (mode == PROGRESS_AUTO && is_terminal)) {
		progress->file = file;
	}
}

bool
progress_is_on(const struct progress *progress)
{
	return progress->file != NULL;
}

static size_t
columns_of(FILE *file)
{
	struct winsize size;

	return ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col :
										COLUMNS_DEFAULT;
}

/* Bytes of the text that fit into so many columns. Characters of UTF-8 stay whole, and take one. */
static size_t
bytes_that_fit(const char *text, size_t columns)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80 && columns-- == 0) {
			break;
		}
	}
	return i;
}

void
progress_show(struct progress *progress, const char *format, ...)
{
	char line[LINE_BYTES_MAX];
	va_list args;

	if (progress->file == NULL) {
		return;
	}
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (progress->is_terminal) {
		/* A terminal that is full in its last column begins a new line. */
		line[bytes_that_fit(line, columns_of(progress->file) - 1)] = '\0';
		fprintf(progress->file, "\r%s\033[K", line);
		progress->is_shown = true;
	} else {
		fprintf(progress->file, "%s\n", line);
	}
	fflush(progress->file);
}

void
progress_clear(struct progress *progress)
{
	if (progress->is_shown) {
		fputs("\r\033[K", progress->file);
		fflush(progress->file);
		progress->is_shown = false;
	}
}

double
progress_seconds_left(uint64_t done, uint64_t total, double elapsed_s)
{
	if (done >= total) {
		return 0;
	}
	return done == 0 ? -1 : elapsed_s / (double)done * (double)(total - done);
}

struct duration_text
duration_text(double seconds)
{
	struct duration_text result;
	uint64_t rounded;

	if (!(seconds >= 0 && seconds < (double)SECONDS_PER_HOUR * HOURS_MAX)) {
		return (struct duration_text){"?"};
	}
	rounded = (uint64_t)llround(seconds);
	if (rounded < SECONDS_PER_HOUR) {
		snprintf(result.text, sizeof(result.text), "%" PRIu64 ":%02" PRIu64, rounded / 60,
			 rounded % 60);
	} else {
		snprintf(result.text, sizeof(result.text), "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64,
			 rounded / SECONDS_PER_HOUR, rounded / 60 % 60, rounded % 60);
	}
	return result;
}
