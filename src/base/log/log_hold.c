/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages that wait, see log_hold.h. */
#include "base/log_hold.h"

#include "base/log/log_internal.h"

/* The innermost pair of this OS thread. */
static __thread struct log_held *t_held;

void
log_hold(struct log_held *held)
{
	held->outer = t_held;
	held->is_once = false;
	held->count = 0;
	held->left_out_count = 0;
	t_held = held;
}

void
log_release(struct log_held *held)
{
	assert(t_held == held);
	t_held = held->outer;
	for (size_t i = 0; i < held->count; i++) {
		const struct log_held_message *message = &held->messages[i];

		spdk_log(message->level, message->file, message->line, message->func, "%s",
			 message->text);
	}
	if (held->left_out_count > 0) {
		SPDK_WARNLOG("%zu more messages like these are left out.\n", held->left_out_count);
	}
}

void
log_forget_errors(struct log_held *held)
{
	size_t count = 0;

	for (size_t i = 0; i < held->count; i++) {
		if (held->messages[i].level != SPDK_LOG_ERROR) {
			held->messages[count++] = held->messages[i];
		}
	}
	held->count = count;
}

static bool
has_place(const struct log_held *held, const struct log_message *message)
{
	for (size_t i = 0; i < held->count; i++) {
		if (held->messages[i].file == message->file &&
		    held->messages[i].line == message->line) {
			return true;
		}
	}
	return false;
}

bool
log_keep(const struct log_message *message, const char *format, va_list ap)
{
	struct log_held *held = t_held;
	struct log_held_message *kept;
	int saved_errno = errno;

	if (held == NULL) {
		return false;
	}
	if (held->is_once && message->level == SPDK_LOG_ERROR && has_place(held, message)) {
		return true;
	}
	if (held->count == LOG_HELD_MAX) {
		held->left_out_count++;
		return true;
	}
	kept = &held->messages[held->count++];
	kept->level = message->level;
	kept->file = message->file;
	kept->line = message->line;
	kept->func = message->func;
	if (vsnprintf(kept->text, sizeof(kept->text), format, ap) >= LOG_HELD_SIZE) {
		kept->text[LOG_HELD_SIZE - 2] = '\n';
	}
	errno = saved_errno;
	return true;
}
