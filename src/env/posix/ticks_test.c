/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time: accuracy, the first use, and the fallback. Each test of a first use runs in a process of
 * its own, so the first tests here must not read ticks themselves.
 */
#include "env/posix/ticks.h"
#include "spdk/env.h"

#include <setjmp.h>

#include <cmocka.h>

#define NS_PER_SEC       UINT64_C(1000000000)
#define ACCURACY_NS      (NS_PER_SEC * 6 / 10)
#define ACCURACY_MIN     1e-4
#define FIRST_USE_TRIES  5
#define FIRST_USE_NS_MAX 3000000
#define RACE_THREADS     4

static uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

/* Runs `body` in a child, which returns a number to be handed back. */
static uint64_t
in_child(uint64_t (*body)(void))
{
	uint64_t result = UINT64_MAX;
	int pipe_fds[2], status;
	pid_t child;

	assert_int_equal(pipe(pipe_fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		result = body();
		_exit(write(pipe_fds[1], &result, sizeof(result)) == sizeof(result) ? 0 : 1);
	}
	close(pipe_fds[1]);
	assert_int_equal(read(pipe_fds[0], &result, sizeof(result)), sizeof(result));
	close(pipe_fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return result;
}

static uint64_t
first_use(void)
{
	uint64_t start = now_ns();

	(void)spdk_get_ticks();
	(void)spdk_get_ticks_hz();
	return now_ns() - start;
}

static void
first_use_takes_little_time(void **state)
{
	uint64_t taken, shortest = UINT64_MAX;

	for (int i = 0; i < FIRST_USE_TRIES; i++) {
		taken = in_child(first_use);
		shortest = taken < shortest ? taken : shortest;
	}
	assert_true(shortest < FIRST_USE_NS_MAX);
}

static uint64_t
first_use_after_prepare(void)
{
	struct timespec pause = {.tv_nsec = 5000000};

	ticks_prepare();
	nanosleep(&pause, NULL);
	return first_use();
}

static void
preparation_saves_the_first_use_its_time(void **state)
{
	uint64_t taken, shortest = UINT64_MAX;

	for (int i = 0; i < FIRST_USE_TRIES; i++) {
		taken = in_child(first_use_after_prepare);
		shortest = taken < shortest ? taken : shortest;
	}
	/* The second half of the measurement is still to be done. */
	assert_true(shortest < FIRST_USE_NS_MAX / 3);
}

static pthread_barrier_t g_race_barrier;

static void *
race_run(void *arg)
{
	uint64_t *out_hz = arg;

	pthread_barrier_wait(&g_race_barrier);
	(void)spdk_get_ticks();
	*out_hz = spdk_get_ticks_hz();
	return NULL;
}

static uint64_t
race_differences(void)
{
	pthread_t threads[RACE_THREADS];
	uint64_t hz[RACE_THREADS], differences = 0;

	pthread_barrier_init(&g_race_barrier, NULL, RACE_THREADS);
	for (int i = 0; i < RACE_THREADS; i++) {
		if (pthread_create(&threads[i], NULL, race_run, &hz[i]) != 0) {
			return 1;
		}
	}
	for (int i = 0; i < RACE_THREADS; i++) {
		pthread_join(threads[i], NULL);
		differences += hz[i] != spdk_get_ticks_hz();
	}
	return differences;
}

static void
all_who_come_first_at_once_see_one_rate(void **state)
{
	assert_int_equal(in_child(race_differences), 0);
}

/* The number of expectations that do not hold. */
static uint64_t
clock_mismatches(void)
{
	uint64_t before, ticks, after, mismatches = 0;

	ticks_force_clock();
	mismatches += ticks_are_native();
	mismatches += spdk_get_ticks_hz() != NS_PER_SEC;
	before = now_ns();
	ticks = spdk_get_ticks();
	after = now_ns();
	mismatches += ticks < before || ticks > after;
	mismatches += ticks_to_ns(12345) != 12345;
	spdk_delay_us(2000);
	mismatches += now_ns() - after < 2000000;
	return mismatches;
}

static void
without_a_counter_ticks_are_nanoseconds(void **state)
{
	assert_int_equal(in_child(clock_mismatches), 0);
}

/* Reads ticks and clock together, the best of a few times: between the two the CPU may be taken
 * away. */
static void
read_both(uint64_t *out_ticks, uint64_t *out_ns)
{
	uint64_t before, ns, after, shortest = UINT64_MAX;

	for (int i = 0; i < 100; i++) {
		before = spdk_get_ticks();
		ns = now_ns();
		after = spdk_get_ticks();
		if (after - before < shortest) {
			shortest = after - before;
			*out_ticks = before + shortest / 2;
			*out_ns = ns;
		}
	}
}

static void
rate_agrees_with_the_clock(void **state)
{
	double measured, told = (double)spdk_get_ticks_hz();
	struct timespec pause = {.tv_nsec = ACCURACY_NS};
	uint64_t start_ns, start_ticks, ns, ticks;

	read_both(&start_ticks, &start_ns);
	nanosleep(&pause, NULL);
	read_both(&ticks, &ns);
	measured = (double)(ticks - start_ticks) * (double)NS_PER_SEC / (double)(ns - start_ns);
	print_message("native %d, told %.0f Hz, measured %.0f Hz, off by %.1f ppm\n",
		      ticks_are_native(), told, measured, (measured / told - 1) * 1e6);
	assert_true(fabs(measured / told - 1) < ACCURACY_MIN);
}

/* Whether the kernel itself keeps time by a counter that we should be using as well. */
static bool
kernel_uses_the_counter(void)
{
	char name[16] = "";
	FILE *file;

	file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
	if (file != NULL) {
		if (fgets(name, sizeof(name), file) == NULL) {
			name[0] = '\0';
		}
		fclose(file);
	}
	return strcmp(name, "tsc\n") == 0 || strcmp(name, "arch_sys_counter\n") == 0;
}

static void
counter_of_the_kernel_is_used(void **state)
{
	if (!kernel_uses_the_counter()) {
		skip();
	}
	assert_true(ticks_are_native());
}

static void
ticks_never_go_back(void **state)
{
	uint64_t ticks, last = spdk_get_ticks();

	for (int i = 0; i < 1000000; i++) {
		ticks = spdk_get_ticks();
		assert_true(ticks >= last);
		last = ticks;
	}
}

static void
delay_is_not_shorter_than_asked_for(void **state)
{
	static const unsigned int delays_us[] = {0, 1, 10, 1000, 20000};
	uint64_t start, taken;

	for (size_t i = 0; i < sizeof(delays_us) / sizeof(delays_us[0]); i++) {
		start = now_ns();
		spdk_delay_us(delays_us[i]);
		taken = now_ns() - start;
		/* The two clocks agree to 100 ppm. */
		assert_true((double)taken >= delays_us[i] * 1000.0 * (1 - ACCURACY_MIN) - 100);
	}
}

static void
conversion_rounds_up_and_does_not_overflow(void **state)
{
	uint64_t hz = spdk_get_ticks_hz();

	assert_int_equal(ticks_to_ns(0), 0);
	assert_int_equal(ticks_to_ns(hz), NS_PER_SEC);
	assert_int_equal(ticks_to_ns(hz * 3600), 3600 * NS_PER_SEC);
	assert_true(ticks_to_ns(1) >= 1);
	assert_true((double)ticks_to_ns(1) * (double)hz >= (double)NS_PER_SEC);
	assert_true(ticks_to_ns(UINT64_MAX) >= UINT64_MAX / hz * NS_PER_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_use_takes_little_time),
		cmocka_unit_test(preparation_saves_the_first_use_its_time),
		cmocka_unit_test(all_who_come_first_at_once_see_one_rate),
		cmocka_unit_test(without_a_counter_ticks_are_nanoseconds),
		cmocka_unit_test(rate_agrees_with_the_clock),
		cmocka_unit_test(counter_of_the_kernel_is_used),
		cmocka_unit_test(ticks_never_go_back),
		cmocka_unit_test(delay_is_not_shorter_than_asked_for),
		cmocka_unit_test(conversion_rounds_up_and_does_not_overflow),
	};

	return cmocka_run_group_tests_name("ticks", tests, NULL, NULL);
}
