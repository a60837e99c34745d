/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What has happened that an I/O may fail for. An I/O that fails must have met with some of it
 * between its submission and its completion.
 */
#ifndef SPINDLE_MODEL_TROUBLE_H
#define SPINDLE_MODEL_TROUBLE_H

#include "history.h"

enum trouble_kind {
	TROUBLE_DEVICE, /* it has failed something */
	TROUBLE_RESET,
	TROUBLE_MEMORY, /* an allocation has failed */
	TROUBLE_KINDS,
};

void trouble_forget_all(void);
/* It happens now. */
void trouble_note(enum trouble_kind kind);
/* It goes on until trouble_end(). */
void trouble_begin(enum trouble_kind kind);
void trouble_end(enum trouble_kind kind);
bool trouble_since(enum trouble_kind kind, moment_t begin);

#endif
