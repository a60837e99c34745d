/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SPINDLE_URING_ENGINE_H
#define SPINDLE_URING_ENGINE_H

#include "modules/bdev/file/file_engine.h"

extern const struct file_engine g_uring_engine;

#endif
