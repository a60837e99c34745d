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
 * The process that has locked the file at `path` for writing, as the kernel lists it for all users:
 * also where we may not open it. `kind` is the one of the lock: "POSIX" for fcntl(2), "FLOCK" for
 * flock(2). 0: nobody has, or it cannot be seen from here.
 */
pid_t lock_file_holder(const char *path, const char *kind);

/*
 * Whether `path` still leads to the file that is open as `fd`. A lock on one that was removed by
 * its holder of before, between our open and our lock, says nothing to anybody.
 */
bool lock_file_is_at(const char *path, int fd);

#endif
