/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time. Ticks come from a counter of the CPU where there is one that runs at one rate on all cores
 * (x86-64: the invariant TSC, if the kernel trusts it as well; arm64: the generic timer), and from
 * CLOCK_MONOTONIC where there is none.
 *
 * Invariant: g_rate, which holds both the rate and where ticks come from, leaves 0 once and then
 * never changes (but for ticks_force_clock()).
 *
 * Nothing is set up by a constructor and nothing is locked: whoever comes first decides, and all
 * who come at the same time decide for themselves and take the result of the one that was first.
 * The price on the path that counts is one load that is always the same, and one branch.
 */
#include "env/posix/ticks.h"
#include "spdk/env.h"
#include "spdk/likely.h"

#include <stdatomic.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define NS_PER_SEC UINT64_C(1000000000)
#define US_PER_SEC UINT64_C(1000000)
/* Two readings of the clock that are this far apart give the rate to some 10 parts per million. */
#define CALIBRATION_NS    UINT64_C(1000000)
#define SAMPLE_TRIES      8
#define CALIBRATION_TRIES 3
/* The two halves of a calibration may differ by one part in so many. */
#define HALVES_TOLERANCE 1000

/* In g_rate: ticks are nanoseconds of the clock. */
#define RATE_CLOCK_FLAG (UINT64_C(1) << 63)

/* The native counter and the clock at one moment. */
struct tick_sample {
	uint64_t ticks;
	uint64_t ns;
};

/* Ticks in a second, and RATE_CLOCK_FLAG; 0 as long as nobody has asked. */
static _Atomic uint64_t g_rate;

/* Written by ticks_prepare() alone, before it sets g_is_prepared. */
static struct tick_sample g_prepared;
static atomic_bool g_is_prepared;

static uint64_t
clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

#if defined(__x86_64__)

static inline uint64_t
native_ticks(void)
{
	return __builtin_ia32_rdtsc();
}

static bool
cpu_has_invariant_tsc(void)
{
	unsigned int eax, ebx, ecx, edx;

	if (!__get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx)) {
		return false;
	}
	return edx & (1u << 8);
}

/*
 * The kernel compares the TSCs of all cores while it boots and watches them afterwards; when it
 * keeps time by something else, there is a reason. No such file (a container without /sys) is no
 * objection.
 */
static bool
kernel_trusts_tsc(void)
{
	char name[16] = "";
	ssize_t len;
	int fd;

	fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
		  O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return true;
	}
	len = read(fd, name, sizeof(name) - 1);
	close(fd);
	return len <= 0 || strcmp(name, "tsc\n") == 0;
}

static bool
native_is_usable(void)
{
	return cpu_has_invariant_tsc() && kernel_trusts_tsc();
}

/* The TSC does not tell its rate in a way that all CPUs and hypervisors get right: it is measured.
 */
static uint64_t
native_known_hz(void)
{
	return 0;
}

#elif defined(__aarch64__)

static inline uint64_t
native_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
}

static bool
native_is_usable(void)
{
	return true;
}

static uint64_t
native_known_hz(void)
{
	uint64_t hz;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

#else

static inline uint64_t
native_ticks(void)
{
	return 0;
}

static bool
native_is_usable(void)
{
	return false;
}

static uint64_t
native_known_hz(void)
{
	return 0;
}

#endif

/*
 * Reads counter and clock together. An interrupt between the two shows as a longer bracket, so the
 * shortest of a few is taken.
 */
static struct tick_sample
sample_take(void)
{
	struct tick_sample best = {0, 0};
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < SAMPLE_TRIES; i++) {
		uint64_t before = native_ticks();
		uint64_t ns = clock_ns();
		uint64_t after = native_ticks();

		if (after - before < shortest) {
			shortest = after - before;
			best.ticks = before + shortest / 2;
			best.ns = ns;
		}
	}
	return best;
}

static struct tick_sample
sample_take_after(uint64_t ns)
{
	while (clock_ns() < ns) {
		spdk_pause();
	}
	return sample_take();
}

/* Ticks in a second, from two samples; 0 when they cannot be right. */
static uint64_t
samples_hz(const struct tick_sample *from, const struct tick_sample *to)
{
	if (to->ns <= from->ns || to->ticks <= from->ticks) {
		return 0;
	}
	return (uint64_t)((double)(to->ticks - from->ticks) * (double)NS_PER_SEC /
				  (double)(to->ns - from->ns) +
			  0.5);
}

/* 0 when counter and clock do not keep step: both halves of the time must give the same rate. */
static uint64_t
calibrate_once(const struct tick_sample *start)
{
	struct tick_sample middle, end;
	uint64_t first_hz, second_hz, difference;

	middle = sample_take_after(start->ns + CALIBRATION_NS / 2);
	end = sample_take_after(middle.ns + CALIBRATION_NS / 2);
	first_hz = samples_hz(start, &middle);
	second_hz = samples_hz(&middle, &end);
	difference = first_hz > second_hz ? first_hz - second_hz : second_hz - first_hz;
	if (first_hz == 0 || second_hz == 0 || difference > first_hz / HALVES_TOLERANCE) {
		return 0;
	}
	return samples_hz(start, &end);
}

static uint64_t
calibrate(void)
{
	struct tick_sample start;
	uint64_t hz = 0;

	/* A: pairs with B in ticks_prepare(). */
	if (atomic_load_explicit(&g_is_prepared, memory_order_acquire)) {
		start = g_prepared;
	} else {
		start = sample_take();
	}
	for (int i = 0; i < CALIBRATION_TRIES && hz == 0; i++) {
		hz = calibrate_once(&start);
		start = sample_take();
	}
	return hz;
}

/* Decides where ticks come from, and returns g_rate. */
static __attribute__((noinline, cold)) uint64_t
rate_choose(void)
{
	uint64_t rate = 0, unknown = 0;

	if (native_is_usable()) {
		rate = native_known_hz();
		if (rate == 0) {
			rate = calibrate();
		}
	}
	if (rate == 0) {
		rate = NS_PER_SEC | RATE_CLOCK_FLAG;
	}
	/* The word says all there is to know, so it orders nothing. The first one to get here
	 * decides. */
	if (atomic_compare_exchange_strong_explicit(&g_rate, &unknown, rate, memory_order_relaxed,
						    memory_order_relaxed)) {
		return rate;
	}
	return unknown;
}

static inline uint64_t
rate_get(void)
{
	uint64_t rate = atomic_load_explicit(&g_rate, memory_order_relaxed);

	return spdk_likely(rate != 0) ? rate : rate_choose();
}

void
ticks_prepare(void)
{
	if (atomic_load_explicit(&g_rate, memory_order_relaxed) != 0 ||
	    atomic_load_explicit(&g_is_prepared, memory_order_relaxed)) {
		return;
	}
	g_prepared = sample_take();
	/* B: pairs with A in calibrate(). */
	atomic_store_explicit(&g_is_prepared, true, memory_order_release);
}

uint64_t
ticks_to_ns(uint64_t ticks)
{
	uint64_t hz = spdk_get_ticks_hz();
	uint64_t seconds = ticks / hz;

	if (seconds >= UINT64_MAX / NS_PER_SEC) {
		return UINT64_MAX;
	}
	/* The product fits while the counter runs below 18 GHz. */
	return seconds * NS_PER_SEC + (ticks % hz * NS_PER_SEC + hz - 1) / hz;
}

void
ticks_force_clock(void)
{
	atomic_store_explicit(&g_rate, NS_PER_SEC | RATE_CLOCK_FLAG, memory_order_relaxed);
}

bool
ticks_are_native(void)
{
	return !(rate_get() & RATE_CLOCK_FLAG);
}

/* The first call, and each call where ticks are those of the clock. Apart, to keep the usual case
 * short. */
static __attribute__((noinline)) uint64_t
clock_or_first_ticks(uint64_t rate)
{
	if (rate == 0 && !(rate_choose() & RATE_CLOCK_FLAG)) {
		return native_ticks();
	}
	return clock_ns();
}

uint64_t
spdk_get_ticks(void)
{
	uint64_t rate = atomic_load_explicit(&g_rate, memory_order_relaxed);

	/* One comparison for the usual case: neither 0 nor flagged. */
	if (spdk_likely((int64_t)rate > 0)) {
		return native_ticks();
	}
	return clock_or_first_ticks(rate);
}

uint64_t
spdk_get_ticks_hz(void)
{
	return rate_get() & ~RATE_CLOCK_FLAG;
}

void
spdk_delay_us(unsigned int us)
{
	uint64_t hz = spdk_get_ticks_hz();
	uint64_t start = spdk_get_ticks();
	uint64_t ticks;

	ticks = us / US_PER_SEC * hz + (us % US_PER_SEC * hz + US_PER_SEC - 1) / US_PER_SEC;
	while (spdk_get_ticks() - start < ticks) {
		spdk_pause();
	}
}

void
spdk_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}
