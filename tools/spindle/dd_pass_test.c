/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Passes between two ends that are memory and complete their requests in any order, by seeds: what
 * is copied is what was there, nothing else changes, and after a failure or a stop all that counts
 * as done is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "dd_pass.h"
#include "spdk/env.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#define SIZE    256
#define PENDING 64
#define SEEDS   3000

struct fake {
	struct dd_end end;
	uint8_t bytes[SIZE];
	uint8_t before[SIZE];
	/* A source tells of no more. */
	uint64_t size;
	/* Where an ordered one is. */
	uint64_t position;
	struct dd_request *pending[PENDING];
	unsigned count;
	/* The request that fails, counted down; 0: none does. */
	unsigned until_failure;
	bool has_failed;
};

static struct {
	struct fake source;
	struct fake target;
	struct dd_pass pass;
	unsigned ends;
	unsigned seed;
	unsigned random;
} g_test;

static unsigned
pick(unsigned count)
{
	g_test.random = g_test.random * 1103515245 + 12345;
	return (g_test.random >> 16) % count;
}

static void
expect(bool condition, const char *what)
{
	if (!condition) {
		fail_msg("seed %u: %s", g_test.seed, what);
	}
}

/* ---- An end ---- */

static bool
changes(const struct dd_request *request)
{
	return request->op == DD_WRITE || request->op == DD_ZERO;
}

/* P1: nobody else has a block of this range. */
static void
expect_alone(const struct fake *fake, const struct dd_request *request)
{
	uint64_t block = fake->end.block;
	unsigned i;

	for (i = 0; i < fake->count; i++) {
		const struct dd_request *other = fake->pending[i];

		expect(!changes(other) ||
			       (other->offset + other->size + block - 1) / block <=
				       request->offset / block ||
			       (request->offset + request->size + block - 1) / block <=
				       other->offset / block,
		       "two writes share a block");
	}
}

static void
submit(struct dd_request *request)
{
	struct fake *fake = SPDK_CONTAINEROF(request->end, struct fake, end);

	expect(fake->count < PENDING, "there is no end of requests");
	if (changes(request)) {
		expect_alone(fake, request);
		expect(request->op != DD_ZERO || (request->offset % fake->end.block == 0 &&
						  request->size % fake->end.block == 0),
		       "a part of a block is zeroed");
	}
	fake->pending[fake->count++] = request;
}

static void
find_extent(struct fake *fake, struct dd_request *request)
{
	uint64_t at = request->offset;

	request->result = at;
	request->result_end = DD_UNLIMITED;
	if (fake->end.is_ordered) {
		return;
	}
	while (at < fake->size && fake->bytes[at] == 0) {
		at++;
	}
	request->result = at;
	while (at < fake->size && fake->bytes[at] != 0) {
		at++;
	}
	request->result_end = at < fake->size ? at : DD_UNLIMITED;
}

static void
serve(struct fake *fake, struct dd_request *request)
{
	if (fake->end.is_ordered && request->op != DD_EXTENT) {
		expect(request->op == DD_READ || request->offset == fake->position,
		       "what is ordered is written out of order");
		fake->position = request->offset + request->size;
	}
	switch (request->op) {
	case DD_READ:
		request->result = request->offset < fake->size ?
					  spdk_min(request->size, fake->size - request->offset) :
					  0;
		memcpy(request->bytes, fake->bytes + request->offset, request->result);
		break;
	case DD_WRITE:
		memcpy(fake->bytes + request->offset, request->bytes, request->size);
		break;
	case DD_ZERO:
		memset(fake->bytes + request->offset, 0, request->size);
		break;
	default:
		find_extent(fake, request);
		break;
	}
}

/* One of its requests is over: any, or the first. */
static bool
complete_one(struct fake *fake)
{
	struct dd_request *request;
	unsigned i;

	if (fake->count == 0) {
		return false;
	}
	i = fake->end.is_ordered ? 0 : pick(fake->count);
	request = fake->pending[i];
	fake->count--;
	memmove(&fake->pending[i], &fake->pending[i + 1],
		(fake->count - i) * sizeof(fake->pending[0]));
	if (fake->until_failure > 0 && --fake->until_failure == 0) {
		request->rc = -EIO;
		fake->has_failed = true;
	} else if (fake->has_failed && fake->end.is_ordered) {
		request->rc = -ECANCELED;
	} else {
		serve(fake, request);
	}
	request->done(request);
	return true;
}

static const struct dd_end_functions functions = {.submit = submit};

static void
fake_init(struct fake *fake, bool has_zeros)
{
	unsigned i, zeros = has_zeros ? pick(4) : 0;

	memset(fake, 0, sizeof(*fake));
	fake->end.functions = &functions;
	fake->end.alignment = 64;
	fake->end.block = 1u << pick(3);
	fake->end.is_ordered = pick(4) == 0;
	fake->end.size = SIZE;
	fake->size = SIZE;
	for (i = 0; i < SIZE; i++) {
		fake->bytes[i] = (uint8_t)(1 + pick(255));
	}
	while (zeros-- > 0) {
		unsigned at = pick(SIZE);

		memset(fake->bytes + at, 0, 1 + pick(SIZE - at));
	}
	memcpy(fake->before, fake->bytes, SIZE);
}

/* ---- A pass ---- */

/* At any time: what counts as done is. */
static void
check_reached(void)
{
	const struct dd_pass *pass = &g_test.pass;

	expect(memcmp(g_test.target.bytes + pass->plan.seek, g_test.source.bytes + pass->skip,
		      dd_pass_reached(pass)) == 0,
	       "what counts as done is not");
}

static void
note_end(struct dd_pass *pass, void *arg)
{
	g_test.ends++;
}

static void
run(struct spdk_thread *thread, unsigned stop_after)
{
	bool goes_on = true;

	assert_int_equal(dd_pass_start(&g_test.pass), 0);
	while (goes_on) {
		if (!g_test.pass.is_compare) {
			check_reached();
		}
		if (stop_after > 0 && --stop_after == 0) {
			dd_pass_stop(&g_test.pass);
		}
		goes_on = complete_one(pick(2) ? &g_test.source : &g_test.target) ||
			  complete_one(&g_test.source) || complete_one(&g_test.target);
	}
	expect(g_test.ends == 0, "the end is told inside a request");
	spdk_thread_poll(thread, 0, 0);
	expect(g_test.ends == 1, "the end is not told once");
}

static void
prepare(unsigned seed)
{
	struct dd_pass *pass = &g_test.pass;
	uint64_t length;

	memset(&g_test, 0, sizeof(g_test));
	g_test.seed = seed;
	g_test.random = seed;
	fake_init(&g_test.source, true);
	fake_init(&g_test.target, false);
	pass->source = &g_test.source.end;
	pass->target = &g_test.target.end;
	pass->skip = pick(40);
	pass->plan = dd_plan_make(pick(40), g_test.target.end.block, 1 + pick(30));
	length = pick(SIZE - 40);
	pass->end = length;
	pass->step = 1;
	pass->depth = 1 + pick(6);
	pass->is_sparse = pick(2) && !pass->target->is_ordered;
	pass->done = note_end;
	g_test.target.position = pass->plan.seek;
	/* Sometimes the source ends before it should. */
	g_test.source.size = pick(4) ? SIZE : pass->skip + pick(SIZE - 40);
}

/* What is before the copy and behind it has not changed either. */
static void
check_target(void)
{
	const struct dd_pass *pass = &g_test.pass;
	const struct fake *target = &g_test.target;
	uint64_t i, end = pass->plan.seek + pass->end;

	check_reached();
	for (i = 0; i < SIZE; i++) {
		if (i < pass->plan.seek || i >= end) {
			expect(target->bytes[i] == target->before[i], "what is around has changed");
		}
	}
}

static void
what_is_copied_is_what_was_there(void **state)
{
	uint64_t room, reached;
	unsigned seed;

	for (seed = 1; seed <= SEEDS; seed++) {
		prepare(seed);
		run(*state, 0);
		reached = dd_pass_reached(&g_test.pass);
		room = g_test.source.size - g_test.pass.skip;
		expect(g_test.pass.rc == 0, "it has failed");
		expect(reached == spdk_min(g_test.pass.end, room), "it is not all");
		expect(g_test.pass.is_short == (room < g_test.pass.end),
		       "the source was not found to be short");
		check_target();
		dd_pass_fini(&g_test.pass);
	}
}

static void
what_counts_as_done_after_a_failure_is(void **state)
{
	unsigned seed, failures = 0;

	for (seed = 1; seed <= SEEDS; seed++) {
		struct fake *fake;

		prepare(seed);
		fake = pick(2) ? &g_test.source : &g_test.target;
		fake->until_failure = 1 + pick(10);
		run(*state, 0);
		if (fake->has_failed) {
			failures++;
			expect(g_test.pass.rc == -EIO, "the failure is lost");
			expect(g_test.pass.failed_end == &fake->end, "the other end is blamed");
		}
		check_target();
		dd_pass_fini(&g_test.pass);
	}
	assert_true(failures > SEEDS / 4);
}

static void
what_counts_as_done_after_a_stop_is(void **state)
{
	unsigned seed, stops = 0;

	for (seed = 1; seed <= SEEDS; seed++) {
		prepare(seed);
		run(*state, 1 + pick(20));
		expect(g_test.pass.rc == 0, "a stop is a failure");
		stops += dd_pass_reached(&g_test.pass) < g_test.pass.end;
		check_target();
		dd_pass_fini(&g_test.pass);
	}
	assert_true(stops > SEEDS / 4);
}

/* Input that nobody knows the length of fills the target, and that it had more is an error. */
static void
a_target_that_is_full_takes_what_fits(void **state)
{
	unsigned seed;

	for (seed = 1; seed <= SEEDS / 10; seed++) {
		prepare(seed);
		g_test.source.end.is_ordered = true;
		g_test.source.size = SIZE;
		g_test.target.end.size = 100;
		g_test.pass.end = DD_UNLIMITED;
		run(*state, 0);
		expect(g_test.pass.rc == -ENOSPC, "it is not full");
		expect(g_test.pass.failed_end == &g_test.target.end, "the source is blamed");
		expect(dd_pass_reached(&g_test.pass) == 100 - g_test.pass.plan.seek,
		       "it has room left");
		g_test.pass.end = 100 - g_test.pass.plan.seek;
		check_target();
		dd_pass_fini(&g_test.pass);
	}
}

static void
one_byte_that_differs_is_found(void **state)
{
	unsigned seed, at;

	for (seed = 1; seed <= SEEDS / 10; seed++) {
		prepare(seed);
		g_test.source.size = SIZE;
		g_test.pass.is_sparse = false;
		g_test.pass.is_compare = true;
		g_test.source.end.is_ordered = false;
		g_test.target.end.is_ordered = false;
		g_test.pass.end++;
		memcpy(g_test.target.bytes + g_test.pass.plan.seek,
		       g_test.source.bytes + g_test.pass.skip, g_test.pass.end);
		at = pick((unsigned)g_test.pass.end);
		g_test.target.bytes[g_test.pass.plan.seek + at] ^= 0x10;
		run(*state, 0);
		expect(g_test.pass.rc == -EILSEQ, "they are taken for the same");
		expect(g_test.pass.failed_op == DD_COMPARE &&
			       g_test.pass.failed_offset == g_test.pass.plan.seek + at,
		       "another byte is named");
		dd_pass_fini(&g_test.pass);
	}
}

static int
set_up(void **state)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	if (spdk_env_init(&opts) != 0 || spdk_thread_lib_init(NULL, 0) != 0) {
		return -EIO;
	}
	*state = spdk_thread_create("test", NULL);
	spdk_set_thread(*state);
	return *state != NULL ? 0 : -EIO;
}

static int
tear_down(void **state)
{
	struct spdk_thread *thread = *state;

	spdk_thread_exit(thread);
	while (!spdk_thread_is_exited(thread)) {
		spdk_thread_poll(thread, 0, 0);
	}
	spdk_thread_destroy(thread);
	spdk_set_thread(NULL);
	spdk_thread_lib_fini();
	spdk_env_fini();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_copied_is_what_was_there, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_counts_as_done_after_a_failure_is, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_counts_as_done_after_a_stop_is, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_target_that_is_full_takes_what_fits, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(one_byte_that_differs_is_found, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
