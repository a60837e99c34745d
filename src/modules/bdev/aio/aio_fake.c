/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: libaio, with the faults of g_kernel. The program's own functions come before those of
 * the library.
 */
#include "modules/bdev/file/file_fixture.h"

#include <dlfcn.h>
#include <libaio.h>

int
io_setup(int depth, io_context_t *out_context)
{
	static int (*next)(int, io_context_t *);

	g_kernel.set_ups++;
	if (g_kernel.set_up_error != 0) {
		return g_kernel.set_up_error;
	}
	if (next == NULL) {
		*(void **)&next = dlsym(RTLD_NEXT, "io_setup");
	}
	return next(depth, out_context);
}

int
io_submit(io_context_t context, long count, struct iocb **iocbs)
{
	static int (*next)(io_context_t, long, struct iocb **);
	int rc, i;

	if (kernel_refuses()) {
		return g_kernel.refusal;
	}
	if (next == NULL) {
		*(void **)&next = dlsym(RTLD_NEXT, "io_submit");
	}
	rc = next(context, count, iocbs);
	for (i = 0; i < rc; i++) {
		g_kernel.syncs += iocbs[i]->aio_lio_opcode == IO_CMD_FDSYNC;
	}
	kernel_note_submitted(rc);
	return rc;
}

int
io_getevents(io_context_t context, long min, long max, struct io_event *events,
	     struct timespec *timeout)
{
	static int (*next)(io_context_t, long, long, struct io_event *, struct timespec *);
	int count, i;

	if (g_kernel.holds) {
		return 0;
	}
	if (next == NULL) {
		/* There is an old one of the same name. */
		*(void **)&next = dlvsym(RTLD_NEXT, "io_getevents", "LIBAIO_0.4");
	}
	count = next(context, min, max, events, timeout);
	for (i = 0; i < count; i++) {
		events[i].res = (unsigned long)kernel_answer(events[i].data, (long)events[i].res);
	}
	return count;
}
