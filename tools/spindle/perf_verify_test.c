/* SPDX-License-Identifier: BSD-3-Clause */
/* Stamps that tell a block from every other, and passes that read all that they wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "perf_verify.h"
#include "spdk/util.h"

#define BLOCK  512
#define PLACES 10
#define BLOCKS 2 /* of an I/O */

static const struct perf_sizes sizes = {.count = 1, .of = {{BLOCKS * BLOCK, 100}}};

static void
any_byte_that_changes_is_found_where_it_is(void **state)
{
	static const size_t block_sizes[] = {24, 512, 520, 4099};
	const struct perf_stamp stamp = {7, 1234, 3};
	uint8_t data[4099];
	size_t size, i, j;

	for (j = 0; j < SPDK_COUNTOF(block_sizes); j++) {
		size = block_sizes[j];
		perf_stamp_fill(data, size, &stamp);
		assert_int_equal(perf_stamp_compare(data, size, &stamp), size);
		for (i = 0; i < size; i++) {
			data[i] ^= 0x10;
			assert_int_equal(perf_stamp_compare(data, size, &stamp), i);
			data[i] ^= 0x10;
		}
	}
}

/* A write that was torn: what is behind some byte is of the pass, seed or place before. */
static void
a_block_of_two_stamps_is_neither(void **state)
{
	static const struct perf_stamp stamp = {7, 1234, 3};
	static const struct perf_stamp others[] = {{7, 1234, 2}, {7, 1235, 3}, {6, 1234, 3}};
	uint8_t data[BLOCK], other[BLOCK];
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(others); i++) {
		perf_stamp_fill(data, BLOCK, &stamp);
		perf_stamp_fill(other, BLOCK, &others[i]);
		memcpy(data + BLOCK / 2, other + BLOCK / 2, BLOCK / 2);
		assert_true(perf_stamp_compare(data, BLOCK, &stamp) - BLOCK / 2 < 8);
		assert_true(perf_stamp_compare(data, BLOCK, &others[i]) < PERF_STAMP_HEADER);
	}
}

static void
expect_explained(const void *data, const struct perf_stamp *stamp, const char *expected)
{
	char text[256];

	perf_stamp_explain(data, BLOCK, stamp, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void
a_block_that_is_another_says_which(void **state)
{
	const struct perf_stamp stamp = {7, 1234, 3};
	struct perf_stamp other = stamp;
	uint8_t data[BLOCK] = {0}, right[BLOCK];
	char expected[128];

	expect_explained(data, &stamp, "expected generation 3 of seed 7, found zeroes");
	other.generation = 2;
	perf_stamp_fill(data, BLOCK, &other);
	assert_int_equal(perf_stamp_generation(data), 2);
	expect_explained(data, &stamp,
			 "expected generation 3 of seed 7, found block 1234, generation 2 of seed "
			 "7");
	other = (struct perf_stamp){8, 77, 3};
	perf_stamp_fill(data, BLOCK, &other);
	expect_explained(data, &stamp,
			 "expected generation 3 of seed 7, found block 77, generation 3 of seed 8");
	perf_stamp_fill(right, BLOCK, &stamp);
	memcpy(data, right, BLOCK);
	data[509] ^= 0xff;
	snprintf(expected, sizeof(expected),
		 "at byte 509 expected %02x %02x %02x, found %02x %02x %02x", right[509],
		 right[510], right[511], data[509], data[510], data[511]);
	expect_explained(data, &stamp, expected);
}

struct disk {
	uint8_t data[PLACES * BLOCKS * BLOCK];
	uint32_t writes[PLACES];
	uint32_t reads[PLACES];
	uint32_t wrong;
};

/* Carries out all of a phase; returns how many I/Os it had. */
static uint32_t
run_phase(struct perf_verify *verify, struct disk *disk, uint32_t most)
{
	struct perf_step step;
	uint32_t count = 0;
	char text[256];

	while (count < most && perf_verify_next(verify, &step)) {
		uint8_t *data = disk->data + (step.block - 40) * BLOCK;

		assert_int_equal(step.blocks, BLOCKS);
		if (step.op == PERF_OP_WRITE) {
			assert_false(verify->is_reading);
			perf_verify_stamp(verify, &step, data);
			disk->writes[(step.block - 40) / BLOCKS]++;
		} else {
			assert_true(verify->is_reading);
			disk->reads[(step.block - 40) / BLOCKS]++;
			disk->wrong += !perf_verify_check(verify, &step, data, text, sizeof(text));
		}
		count++;
	}
	return count;
}

static void
pattern_open(struct perf_pattern *pattern, enum perf_order order)
{
	struct perf_pattern_opts opts = {
		.op = PERF_OP_WRITE,
		.read_percent = -1,
		.order = order,
		.sizes = &sizes,
		.block_size = BLOCK,
		.first_block = 40,
		.num_blocks = PLACES * BLOCKS,
		.seed = 3,
	};

	assert_int_equal(perf_pattern_init(pattern, &opts), 0);
}

static void
a_pass_writes_each_place_and_then_reads_each(void **state)
{
	static const enum perf_order orders[] = {PERF_SEQUENTIAL, PERF_EACH_ONCE};
	struct perf_verify verify = {.seed = 9, .block_size = BLOCK};
	struct perf_pattern pattern;
	struct disk disk;
	uint32_t i, j;

	for (j = 0; j < SPDK_COUNTOF(orders); j++) {
		memset(&disk, 0, sizeof(disk));
		pattern_open(&pattern, orders[j]);
		perf_verify_init(&verify, &pattern, 0);
		assert_int_equal(run_phase(&verify, &disk, 100), PLACES);
		assert_true(perf_verify_turn(&verify));
		assert_int_equal(run_phase(&verify, &disk, 100), PLACES);
		assert_false(perf_verify_turn(&verify));
		for (i = 0; i < PLACES; i++) {
			assert_int_equal(disk.writes[i], 1);
			assert_int_equal(disk.reads[i], 1);
		}
		assert_int_equal(disk.wrong, 0);
		assert_int_equal(verify.blocks_right, PLACES * BLOCKS);
		assert_int_equal(perf_verify_unread(&verify), 0);
	}
}

static void
a_number_of_writes_may_end_within_a_pass_whose_writes_are_read(void **state)
{
	struct perf_verify verify = {.seed = 9, .block_size = BLOCK};
	struct perf_pattern pattern;
	struct disk disk = {.wrong = 0};

	pattern_open(&pattern, PERF_SEQUENTIAL);
	perf_verify_init(&verify, &pattern, PLACES + 3);
	assert_int_equal(run_phase(&verify, &disk, 100), PLACES);
	assert_true(perf_verify_turn(&verify));
	assert_int_equal(run_phase(&verify, &disk, 100), PLACES);
	assert_true(perf_verify_turn(&verify));
	assert_int_equal(verify.generation, 2);
	assert_int_equal(run_phase(&verify, &disk, 100), 3);
	assert_true(perf_verify_turn(&verify));
	assert_int_equal(run_phase(&verify, &disk, 100), 3);
	assert_false(perf_verify_turn(&verify));
	assert_int_equal(disk.wrong, 0);
	assert_int_equal(disk.writes[2], 2);
	assert_int_equal(disk.reads[2], 2);
	assert_int_equal(disk.writes[3], 1);
	assert_int_equal(verify.generation_min, 1);
	assert_int_equal(verify.generation_max, 2);
}

static void
when_time_is_up_what_was_written_is_read(void **state)
{
	struct perf_verify verify = {.seed = 9, .block_size = BLOCK};
	struct perf_pattern pattern;
	struct disk disk = {.wrong = 0};

	pattern_open(&pattern, PERF_SEQUENTIAL);
	perf_verify_init(&verify, &pattern, UINT64_MAX);
	assert_int_equal(run_phase(&verify, &disk, 4), 4);
	/* Nothing may be read before all of the pass is written. */
	assert_true(perf_verify_turn(&verify));
	assert_false(verify.is_reading);
	perf_verify_stop(&verify);
	assert_int_equal(perf_verify_unread(&verify), 4);
	assert_int_equal(run_phase(&verify, &disk, 100), 0);
	assert_true(perf_verify_turn(&verify));
	assert_int_equal(run_phase(&verify, &disk, 3), 3);
	assert_int_equal(perf_verify_unread(&verify), 1);
	assert_int_equal(run_phase(&verify, &disk, 100), 1);
	assert_false(perf_verify_turn(&verify));
	assert_int_equal(disk.wrong, 0);
}

static void
a_write_that_was_lost_is_found(void **state)
{
	struct perf_verify verify = {.seed = 9, .block_size = BLOCK};
	struct perf_step step = {PERF_OP_READ, 44, BLOCKS};
	struct perf_pattern pattern;
	struct disk disk = {.wrong = 0};
	uint8_t before[BLOCK];
	char text[256];

	pattern_open(&pattern, PERF_SEQUENTIAL);
	perf_verify_init(&verify, &pattern, 2 * PLACES);
	run_phase(&verify, &disk, 100);
	memcpy(before, disk.data + 5 * BLOCK, BLOCK);
	assert_true(perf_verify_turn(&verify));
	run_phase(&verify, &disk, 100);
	assert_true(perf_verify_turn(&verify));
	run_phase(&verify, &disk, 100);
	memcpy(disk.data + 5 * BLOCK, before, BLOCK);
	assert_true(perf_verify_turn(&verify));
	assert_false(perf_verify_check(&verify, &step, disk.data + 4 * BLOCK, text, sizeof(text)));
	assert_string_equal(text, "block 45 (offset 23040): expected generation 2 of seed 9, found "
				  "block 45, generation 1 of seed 9");
	run_phase(&verify, &disk, 100);
	assert_int_equal(disk.wrong, 1);
}

static void
one_that_only_reads_takes_any_pass_of_its_seed(void **state)
{
	struct perf_verify writer = {.seed = 9, .block_size = BLOCK};
	struct perf_verify reader = {.seed = 9, .block_size = BLOCK, .only_reads = true};
	struct perf_verify stranger = {.seed = 10, .block_size = BLOCK, .only_reads = true};
	struct perf_pattern pattern;
	struct disk disk = {.wrong = 0};

	pattern_open(&pattern, PERF_SEQUENTIAL);
	perf_verify_init(&writer, &pattern, PLACES + 3);
	do {
		run_phase(&writer, &disk, 100);
	} while (perf_verify_turn(&writer));
	perf_verify_init(&reader, &pattern, 0);
	assert_int_equal(run_phase(&reader, &disk, 100), PLACES);
	assert_false(perf_verify_turn(&reader));
	assert_int_equal(disk.wrong, 0);
	assert_int_equal(reader.generation_min, 1);
	assert_int_equal(reader.generation_max, 2);
	assert_int_equal(disk.writes[0], 2);
	perf_verify_init(&stranger, &pattern, 2);
	assert_int_equal(run_phase(&stranger, &disk, 100), 2);
	assert_false(perf_verify_turn(&stranger));
	assert_int_equal(disk.wrong, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_byte_that_changes_is_found_where_it_is),
		cmocka_unit_test(a_block_of_two_stamps_is_neither),
		cmocka_unit_test(a_block_that_is_another_says_which),
		cmocka_unit_test(a_pass_writes_each_place_and_then_reads_each),
		cmocka_unit_test(a_number_of_writes_may_end_within_a_pass_whose_writes_are_read),
		cmocka_unit_test(when_time_is_up_what_was_written_is_read),
		cmocka_unit_test(a_write_that_was_lost_is_found),
		cmocka_unit_test(one_that_only_reads_takes_any_pass_of_its_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
