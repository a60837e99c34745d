/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/nvme/fake/virtual_clock_fixture.h"

#include "env/env_internal.h"
#include "spdk/env.h"

#define FAKES_MAX     4
#define US_PER_SECOND 1000000

static struct fake *g_fakes[FAKES_MAX];
static uint64_t g_us = US_PER_SECOND;
static uint32_t g_look_us = 100;
/* The fake looks at the clock as well. */
static bool g_is_stepping;

void
virtual_clock_step(struct fake *fake)
{
	for (uint32_t i = 0; i < FAKES_MAX; i++) {
		if (g_fakes[i] == NULL) {
			g_fakes[i] = fake;
			return;
		}
	}
	abort();
}

void
virtual_clock_drop(struct fake *fake)
{
	for (uint32_t i = 0; i < FAKES_MAX; i++) {
		if (g_fakes[i] == fake) {
			g_fakes[i] = NULL;
		}
	}
}

void
virtual_clock_set_look_us(uint32_t us)
{
	g_look_us = us;
}

void
virtual_clock_advance_us(uint64_t us)
{
	g_us += us;
}

uint64_t
virtual_clock_us(void)
{
	return g_us;
}

uint64_t
spdk_get_ticks(void)
{
	if (!g_is_stepping) {
		g_is_stepping = true;
		g_us += g_look_us;
		for (uint32_t i = 0; i < FAKES_MAX; i++) {
			if (g_fakes[i] != NULL) {
				fake_step(g_fakes[i]);
			}
		}
		g_is_stepping = false;
	}
	return g_us;
}

uint64_t
spdk_get_ticks_hz(void)
{
	return US_PER_SECOND;
}

void
spdk_delay_us(unsigned int us)
{
	g_us += us;
	(void)spdk_get_ticks(); /* For the step. */
}

void
env_sleep_us(uint32_t us)
{
	spdk_delay_us(us);
}
