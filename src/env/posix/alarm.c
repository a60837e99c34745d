/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events and alarms: eventfd and timerfd.
 */
#include "env/env_internal.h"
#include "spdk/env.h"
#include "spdk/util.h"

#include <sys/timerfd.h>

int
env_event_create(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	return fd >= 0 ? fd : -errno;
}

void
env_event_signal(int event_fd)
{
	uint64_t one = 1;
	int saved = errno;

	/* It fails only when the counter is full, and then the descriptor is readable already. */
	if (write(event_fd, &one, sizeof(one)) < 0) {
		errno = saved;
	}
}

int
env_alarm_create(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	return fd >= 0 ? fd : -errno;
}

void
env_alarm_set(int alarm_fd, uint64_t deadline)
{
	uint64_t now = spdk_get_ticks(), hz = spdk_get_ticks_hz();
	struct itimerspec when = {0};
	uint64_t left;

	if (deadline != UINT64_MAX) {
		left = deadline > now ? deadline - now : 0;
		when.it_value.tv_sec = (time_t)spdk_min(left / hz, (uint64_t)INT32_MAX);
		/* Rounded up: an alarm is never early; all zeros would disarm it. */
		when.it_value.tv_nsec =
			spdk_min((long)(left % hz * SPDK_SEC_TO_NSEC / hz) + 1, 999999999L);
	}
	if (timerfd_settime(alarm_fd, 0, &when, NULL) != 0) {
		assert(false);
	}
}
