/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files that are locked to say which process has something, and removed when it has it no more.
 */
#ifndef SPINDLE_LOCK_FILE_H
#define SPINDLE_LOCK_FILE_H

#include "spdk/stdinc.h"

/* The command of a process, for messages; "unknown" where it cannot be found out. */
void lock_file_owner_name(pid_t pid, char *name, size_t size);

/*
 * Whether `path` still leads to the file that is open as `fd`. A lock on one that was removed by
 * its holder of before, between our open and our lock, says nothing to anybody.
 */
bool lock_file_is_at(const char *path, int fd);

#endif
