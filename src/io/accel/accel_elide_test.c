/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies that are left out: where they may be, that they then are, and that nobody notices. The
 * last test makes sequences at random over a few buffers that overlap, and compares what is left to
 * be seen with the same operations carried out one by one.
 */
#include "io/accel_fixture.h"
#include "spdk/crc32.h"

#define SIZE 64

static uint8_t g_bytes[6][SIZE];
static struct iovec g_iov[6];

static void
renew_bytes(void)
{
	for (size_t i = 0; i < SPDK_COUNTOF(g_bytes); i++) {
		fill_bytes(g_bytes[i], SIZE, i + 1);
		g_iov[i].iov_base = g_bytes[i];
		g_iov[i].iov_len = SIZE;
	}
}

/* Buffers of accel in place of the caller's. */
static struct {
	void *buf;
	struct spdk_memory_domain *domain;
	void *ctx;
	struct iovec iov;
} g_named[2];

static void
get_named(int i)
{
	assert_int_equal(spdk_accel_get_buf(g_ch, SIZE, &g_named[i].buf, &g_named[i].domain,
					    &g_named[i].ctx),
			 0);
	g_named[i].iov.iov_base = g_named[i].buf;
	g_named[i].iov.iov_len = SIZE;
}

static void
put_named(int i)
{
	spdk_accel_put_buf(g_ch, g_named[i].buf, g_named[i].domain, g_named[i].ctx);
}

static void
copy(struct spdk_accel_sequence **seq, int to, int from, struct done *done)
{
	assert_int_equal(spdk_accel_append_copy(seq, g_ch, &g_iov[to], 1, NULL, NULL, &g_iov[from],
						1, NULL, NULL, count_step, done),
			 0);
}

static void
copy_to_named(struct spdk_accel_sequence **seq, int to, int from, struct done *done)
{
	assert_int_equal(spdk_accel_append_copy(seq, g_ch, &g_named[to].iov, 1, g_named[to].domain,
						g_named[to].ctx, &g_iov[from], 1, NULL, NULL,
						count_step, done),
			 0);
}

static void
copy_from_named(struct spdk_accel_sequence **seq, int to, int from, struct done *done)
{
	assert_int_equal(spdk_accel_append_copy(seq, g_ch, &g_iov[to], 1, NULL, NULL,
						&g_named[from].iov, 1, g_named[from].domain,
						g_named[from].ctx, count_step, done),
			 0);
}

static void
fill_named(struct spdk_accel_sequence **seq, int to, uint8_t pattern, struct done *done)
{
	assert_int_equal(spdk_accel_append_fill(seq, g_ch, g_named[to].buf, SIZE,
						g_named[to].domain, g_named[to].ctx, pattern,
						count_step, done),
			 0);
}

static void
fill(struct spdk_accel_sequence **seq, int to, uint8_t pattern, struct done *done)
{
	assert_int_equal(spdk_accel_append_fill(seq, g_ch, g_bytes[to], SIZE, NULL, NULL, pattern,
						count_step, done),
			 0);
}

static void
crc(struct spdk_accel_sequence **seq, int of, uint32_t *result, struct done *done)
{
	assert_int_equal(spdk_accel_append_crc32c(seq, g_ch, result, &g_iov[of], 1, NULL, NULL, 0,
						  count_step, done),
			 0);
}

static void
finish(struct spdk_accel_sequence *seq)
{
	struct done end = {0};

	spdk_accel_sequence_finish(seq, count_done, &end);
	expect_done(&end, 0);
}

static void
a_copy_after_a_writer_becomes_its_destination(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done done[2] = {{0}};

	renew_bytes();
	get_named(0);
	fill_named(&seq, 0, 0x33, &done[0]);
	copy_from_named(&seq, 0, 0, &done[1]);
	finish(seq);
	put_named(0);
	assert_int_equal(g_bytes[0][0], 0x33);
	assert_int_equal(g_bytes[0][SIZE - 1], 0x33);
	assert_int_equal(executed(SPDK_ACCEL_OPC_COPY), 0);
	assert_int_equal(done[0].turn, 1);
	assert_int_equal(done[1].turn, 2);
}

static void
copies_in_a_row_become_one(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done done[3] = {{0}};

	renew_bytes();
	get_named(0);
	get_named(1);
	copy_to_named(&seq, 0, 0, &done[0]);
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &g_named[1].iov, 1, g_named[1].domain,
						g_named[1].ctx, &g_named[0].iov, 1,
						g_named[0].domain, g_named[0].ctx, count_step,
						&done[1]),
			 0);
	copy_from_named(&seq, 1, 1, &done[2]);
	finish(seq);
	put_named(0);
	put_named(1);
	assert_memory_equal(g_bytes[1], g_bytes[0], SIZE);
	assert_int_equal(executed(SPDK_ACCEL_OPC_COPY), 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(done[i].turn, i + 1);
	}
}

/* What is elided was read, or written, by another: nobody may have its buffers until that is done.
 */
static void
a_step_that_is_elided_ends_with_the_one_that_does_it(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done done[2] = {{0}}, end = {0};

	renew_bytes();
	get_named(0);
	copy_to_named(&seq, 0, 0, &done[0]);
	copy_from_named(&seq, 1, 0, &done[1]);
	spdk_accel_sequence_finish(seq, count_done, &end);
	assert_int_equal(done[0].count, 0);
	expect_done(&end, 0);
	put_named(0);
	assert_int_equal(done[0].turn, 1);
	assert_int_equal(done[1].turn, 2);
}

static void
a_checksum_in_between_is_of_the_copy(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done done = {0};
	uint32_t result = 0;

	renew_bytes();
	fill(&seq, 0, 0x44, &done);
	crc(&seq, 0, &result, &done);
	copy(&seq, 1, 0, &done);
	finish(seq);
	assert_int_equal(executed(SPDK_ACCEL_OPC_COPY), 0);
	assert_int_equal(g_bytes[1][0], 0x44);
	assert_int_equal(result, spdk_crc32c_update(g_bytes[1], SIZE, ~0U));
}

/* Each would be seen by somebody: a checksum that comes later, or the caller. */
static void
copies_that_somebody_needs_are_made(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done done = {0};
	uint32_t result = 0;

	/* The source is read later. */
	renew_bytes();
	fill(&seq, 0, 0x44, &done);
	copy(&seq, 1, 0, &done);
	crc(&seq, 0, &result, &done);
	finish(seq);
	assert_int_equal(executed(SPDK_ACCEL_OPC_COPY), 1);
	assert_int_equal(result, spdk_crc32c_update(g_bytes[0], SIZE, ~0U));
	/* Its reader makes nothing of it that could take its place. */
	seq = NULL;
	renew_bytes();
	copy(&seq, 1, 0, &done);
	crc(&seq, 1, &result, &done);
	finish(seq);
	assert_int_equal(executed(SPDK_ACCEL_OPC_COPY), 2);
	assert_memory_equal(g_bytes[1], g_bytes[0], SIZE);
	/* The destination is read meanwhile. */
	seq = NULL;
	renew_bytes();
	fill(&seq, 0, 0x55, &done);
	crc(&seq, 1, &result, &done);
	copy(&seq, 1, 0, &done);
	finish(seq);
	assert_int_equal(executed(SPDK_ACCEL_OPC_COPY), 3);
	fill_bytes(g_bytes[2], SIZE, 2);
	assert_int_equal(result, spdk_crc32c_update(g_bytes[2], SIZE, ~0U));
}

/* There and back with an offset: without the copy, source and destination of one would overlap. */
static void
what_cannot_be_done_in_place_is_not(void **state)
{
	struct iovec from = {g_bytes[0], SIZE / 2}, back = {g_bytes[0] + 8, SIZE / 2};
	struct iovec between = {g_bytes[1], SIZE / 2};
	struct spdk_accel_sequence *seq = NULL;
	struct done done = {0};

	renew_bytes();
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &between, 1, NULL, NULL, &from, 1, NULL,
						NULL, count_step, &done),
			 0);
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &back, 1, NULL, NULL, &between, 1, NULL,
						NULL, count_step, &done),
			 0);
	finish(seq);
	assert_int_equal(executed(SPDK_ACCEL_OPC_COPY), 2);
	fill_bytes(g_bytes[2], SIZE, 1);
	assert_memory_equal(g_bytes[0] + 8, g_bytes[2], SIZE / 2);
}

static void
an_end_of_the_destination_beyond_the_source_stays(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct iovec half = {g_bytes[0], SIZE / 2};
	struct done done = {0};

	renew_bytes();
	assert_int_equal(spdk_accel_append_fill(&seq, g_ch, g_bytes[0], SIZE / 2, NULL, NULL, 0x66,
						count_step, &done),
			 0);
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &g_iov[1], 1, NULL, NULL, &half, 1,
						NULL, NULL, count_step, &done),
			 0);
	finish(seq);
	assert_int_equal(g_bytes[1][SIZE / 2 - 1], 0x66);
	fill_bytes(g_bytes[2], SIZE, 2);
	assert_memory_equal(g_bytes[1] + SIZE / 2, g_bytes[2] + SIZE / 2, SIZE / 2);
}

/* ---- At random ---- */

#define ARENA     256
#define STEPS_MAX 12
#define ROUNDS    20000

enum what {
	COPY,
	FILL,
	CRC,
	COMPARE,
	WHAT_COUNT,
};

struct step {
	enum what what;
	uint32_t s, d; /* offsets */
	uint32_t size;
	uint8_t pattern;
	uint32_t crc;
	struct iovec siov, diov;
};

static uint8_t g_arena[ARENA], g_model[ARENA];

/* Places that are the same, overlap in part, or are apart. */
static uint32_t
random_place(uint64_t *seed)
{
	static const uint32_t places[] = {0, 32, 40, 64, 96, 128, 136, 160, 192, 224};

	return places[spdk_rand_xorshift64(seed) % SPDK_COUNTOF(places)];
}

static void
make_step(struct step *step, uint64_t *seed)
{
	step->what = spdk_rand_xorshift64(seed) % WHAT_COUNT;
	if (spdk_rand_xorshift64(seed) % 2 == 0) {
		step->what = COPY;
	}
	step->size = spdk_rand_xorshift64(seed) % 4 == 0 ? 16 : 32;
	step->s = random_place(seed);
	do {
		step->d = random_place(seed);
	} while (step->d + 32 > step->s && step->s + 32 > step->d);
	step->pattern = (uint8_t)spdk_rand_xorshift64(seed);
	step->crc = 0;
	step->siov = (struct iovec){g_arena + step->s, step->size};
	step->diov = (struct iovec){g_arena + step->d, step->size};
}

static int
append_step(struct spdk_accel_sequence **seq, struct step *step, struct done *done)
{
	switch (step->what) {
	case COPY:
		return spdk_accel_append_copy(seq, g_ch, &step->diov, 1, NULL, NULL, &step->siov, 1,
					      NULL, NULL, count_step, done);
	case FILL:
		return spdk_accel_append_fill(seq, g_ch, step->diov.iov_base, step->size, NULL,
					      NULL, step->pattern, count_step, done);
	case CRC:
		return spdk_accel_append_crc32c(seq, g_ch, &step->crc, &step->siov, 1, NULL, NULL,
						0, count_step, done);
	default:
		return spdk_accel_append_compare(seq, g_ch, &step->siov, 1, NULL, NULL, &step->siov,
						 1, NULL, NULL, count_step, done);
	}
}

/*
 * Carries the steps out one by one on the model, which also has, for each byte, whether the
 * interface leaves it open: a copy that a later copy may have made superfluous.
 */
static void
check_against_model(const struct step *steps, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct step *step = &steps[i];
		uint32_t expected;

		switch (step->what) {
		case COPY:
			memcpy(g_model + step->d, g_model + step->s, step->size);
			break;
		case FILL:
			memset(g_model + step->d, step->pattern, step->size);
			break;
		case CRC:
			expected = spdk_crc32c_update(g_model + step->s, step->size, ~0U);
			if (step->crc != expected) {
				fail_msg("step %u: checksum %x, not %x", i, step->crc, expected);
			}
			break;
		default:
			break;
		}
	}
}

static bool
meet(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/*
 * A place whose content somebody read as the source of a copy or of nothing else may be left
 * unwritten: only places that no copy has read are looked at in the end, and all checksums.
 */
static bool
is_read_by_copy(const struct step *steps, uint32_t count, uint32_t place)
{
	for (uint32_t i = 0; i < count; i++) {
		if (steps[i].what == COPY && meet(steps[i].s, steps[i].size, place, 1)) {
			return true;
		}
	}
	return false;
}

static void
random_sequences_are_as_one_by_one(void **state)
{
	struct step steps[STEPS_MAX];
	struct done done, end;
	uint64_t copies = 0;

	for (uint64_t round = 1; round <= ROUNDS; round++) {
		struct spdk_accel_sequence *seq = NULL;
		uint64_t seed = round * 7919;
		uint32_t count = 1 + (uint32_t)(spdk_rand_xorshift64(&seed) % STEPS_MAX);

		memset(&done, 0, sizeof(done));
		memset(&end, 0, sizeof(end));
		fill_bytes(g_arena, ARENA, round);
		memcpy(g_model, g_arena, ARENA);
		for (uint32_t i = 0; i < count; i++) {
			make_step(&steps[i], &seed);
			copies += steps[i].what == COPY;
			assert_int_equal(append_step(&seq, &steps[i], &done), 0);
		}
		spdk_accel_sequence_finish(seq, count_done, &end);
		expect_done(&end, 0);
		assert_int_equal(done.count, count);
		check_against_model(steps, count);
		for (uint32_t place = 0; place < ARENA; place++) {
			if (!is_read_by_copy(steps, count, place) &&
			    g_arena[place] != g_model[place]) {
				fail_msg("round %lu: byte %u is %x, not %x", round, place,
					 g_arena[place], g_model[place]);
			}
		}
	}
	/* Some were made, and some left out, or the test has seen nothing. */
	assert_true(executed(SPDK_ACCEL_OPC_COPY) > copies / 4);
	assert_true(executed(SPDK_ACCEL_OPC_COPY) < copies);
}

static void
a_long_sequence_is_carried_out_as_it_is(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done done = {0};

	renew_bytes();
	for (int i = 0; i < 20; i++) {
		fill(&seq, 0, (uint8_t)i, &done);
		copy(&seq, 1, 0, &done);
	}
	finish(seq);
	assert_int_equal(executed(SPDK_ACCEL_OPC_COPY), 20);
	assert_int_equal(g_bytes[1][0], 19);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, accel_set_up, accel_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_copy_after_a_writer_becomes_its_destination),
		TEST(copies_in_a_row_become_one),
		TEST(a_step_that_is_elided_ends_with_the_one_that_does_it),
		TEST(a_checksum_in_between_is_of_the_copy),
		TEST(copies_that_somebody_needs_are_made),
		TEST(what_cannot_be_done_in_place_is_not),
		TEST(an_end_of_the_destination_beyond_the_source_stays),
		TEST(random_sequences_are_as_one_by_one),
		TEST(a_long_sequence_is_carried_out_as_it_is),
	};

	return cmocka_run_group_tests(tests, accel_start_environment, accel_stop_environment);
}
