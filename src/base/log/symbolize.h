/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tells people where in a program an address is.
 *
 * For messages that explain an error, such as where an object was created. Any OS thread; not from
 * signal handlers: it allocates, reads files, and takes milliseconds the first time.
 */
#ifndef SPINDLE_SYMBOLIZE_H
#define SPINDLE_SYMBOLIZE_H

#include "spdk/stdinc.h"

/* Room for nearly every result. */
#define SYMBOLIZE_SIZE 256

/*
 * Describes a return address, as from __builtin_return_address() or backtrace(3), by the call
 * before it. The text is the best of these that can be had, cut to fit and terminated:
 *
 *     function+0x1f (file.c:123)    with debug info, and elfutils' libdw on the machine
 *     function+0x1f                 with symbols
 *     module+0x4c1f                 of a stripped module; the number suits addr2line
 *     0x7f0123456789                of no module
 *
 * Returns the length of the text in `out`; 0, and nothing is written, when `size` is 0.
 */
size_t symbolize(const void *address, char *out, size_t size);

/* The same for the address of an instruction itself, such as a pointer to a function: "function" or
 * "function (file.c:123)" when it is its first. */
size_t symbolize_exactly(const void *address, char *out, size_t size);

/* Gives back what is kept between calls; called at the end of a report, or of the process. */
void symbolize_release(void);

#endif /* SPINDLE_SYMBOLIZE_H */
