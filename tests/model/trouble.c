/* SPDX-License-Identifier: BSD-3-Clause */
#include "trouble.h"

static struct {
	moment_t last;
	uint32_t active;
	bool has_been;
} g_troubles[TROUBLE_KINDS];

void
trouble_forget_all(void)
{
	memset(g_troubles, 0, sizeof(g_troubles));
}

void
trouble_note(enum trouble_kind kind)
{
	g_troubles[kind].last = history_now();
	g_troubles[kind].has_been = true;
}

void
trouble_begin(enum trouble_kind kind)
{
	g_troubles[kind].active++;
}

void
trouble_end(enum trouble_kind kind)
{
	g_troubles[kind].active--;
	trouble_note(kind);
}

bool
trouble_since(enum trouble_kind kind, moment_t begin)
{
	return g_troubles[kind].active > 0 ||
	       (g_troubles[kind].has_been && g_troubles[kind].last >= begin);
}
