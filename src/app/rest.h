/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How reactors rest, as options, methods and configurations see it.
 */
#ifndef SPINDLE_APP_REST_H
#define SPINDLE_APP_REST_H

#include "spdk/json.h"
#include "spdk/stdinc.h"

/* The longest spin that an option or method sets. */
#define REST_SPIN_US_MAX 1000000

/* Adds the method that brings about what holds now to an array, unless nothing was changed. */
void rest_write_config(struct spdk_json_write_ctx *w);

#endif
