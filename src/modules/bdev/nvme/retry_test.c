/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/Os that are tried again: which, how often, when, and in what order. How many times errors are
 * tried again is in fault_test.c.
 */
#include "nvme_device.h"
#include "nvme_fixture.h"
#include "nvme_link.h"
#include "spdk/bdev_zone.h"

#define BLOCK 512u
#define COUNT 8u
#define SIZE  (COUNT * BLOCK)

static struct disk g_disk;

/* So many I/O commands stay with the controller. */
static uint32_t
plant_never(struct fake *fake, uint32_t count)
{
	return fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_NEVER,
						     .where = FAKE_AT_IO_COMMAND,
						     .opcode = FAKE_ANY_OPCODE,
						     .count = count});
}

struct strikes {
	struct fake *fake;
	uint32_t number, count;
};

static bool
are_enough(const void *arg)
{
	const struct strikes *strikes = arg;

	return fake_fault_strikes(strikes->fake, strikes->number) >= strikes->count;
}

static void
wait_for_strikes(struct fake *fake, uint32_t number, uint32_t count)
{
	const struct strikes strikes = {fake, number, count};

	wait_until(are_enough, &strikes);
}

/* ---- What a controller had when it was reset ---- */

static int
send_write(void *buf, struct outcome *outcome)
{
	return spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, buf, 0, COUNT, note_outcome, outcome);
}

static int
send_read(void *buf, struct outcome *outcome)
{
	return spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, buf, 100, COUNT, note_outcome,
				     outcome);
}

static int
send_compare(void *buf, struct outcome *outcome)
{
	return spdk_bdev_compare_blocks(g_disk.desc, g_disk.ch, buf, 100, COUNT, note_outcome,
					outcome);
}

static int
send_unmap(void *buf, struct outcome *outcome)
{
	return spdk_bdev_unmap_blocks(g_disk.desc, g_disk.ch, 200, COUNT, note_outcome, outcome);
}

static int
send_write_zeroes(void *buf, struct outcome *outcome)
{
	return spdk_bdev_write_zeroes_blocks(g_disk.desc, g_disk.ch, 300, COUNT, note_outcome,
					     outcome);
}

static int
send_flush(void *buf, struct outcome *outcome)
{
	return spdk_bdev_flush_blocks(g_disk.desc, g_disk.ch, 0, COUNT, note_outcome, outcome);
}

static int
send_copy(void *buf, struct outcome *outcome)
{
	return spdk_bdev_copy_blocks(g_disk.desc, g_disk.ch, 400, 100, COUNT, note_outcome,
				     outcome);
}

static const struct {
	int (*send)(void *buf, struct outcome *outcome);
	uint8_t opcode;
} g_kinds[] = {
	{send_write, SPDK_NVME_OPC_WRITE},
	{send_read, SPDK_NVME_OPC_READ},
	{send_compare, SPDK_NVME_OPC_COMPARE},
	{send_unmap, SPDK_NVME_OPC_DATASET_MANAGEMENT},
	{send_write_zeroes, SPDK_NVME_OPC_WRITE_ZEROES},
	{send_flush, SPDK_NVME_OPC_FLUSH},
	{send_copy, SPDK_NVME_OPC_COPY},
};

static void
a_reset_has_what_was_under_way_tried_again_once(void **state)
{
	enum { KINDS = SPDK_COUNTOF(g_kinds) };
	uint8_t *data = dma_buf(SIZE), *bufs[KINDS];
	struct outcome outcomes[KINDS] = {{0}};
	uint64_t before[KINDS];
	struct fake_opts opts;
	struct fake *fake;
	uint32_t number;

	fake_opts_init(&opts);
	opts.has_write_cache = true;
	fake = open_with(&g_disk, "{\"enable_flush\": true}", &opts);
	fill(data, SIZE, 1);
	do_write(&g_disk, data, 100, COUNT);
	number = plant_never(fake, KINDS);
	for (size_t i = 0; i < KINDS; i++) {
		bufs[i] = dma_buf(SIZE);
		memcpy(bufs[i], data, SIZE);
		before[i] = commands(fake, g_kinds[i].opcode);
		assert_int_equal(g_kinds[i].send(bufs[i], &outcomes[i]), 0);
	}
	wait_for_strikes(fake, number, KINDS);
	expect_named("bdev_nvme_reset_controller", "Nvme0", "true");
	for (size_t i = 0; i < KINDS; i++) {
		assert_int_equal(outcome_wait(&outcomes[i]), SPDK_BDEV_IO_STATUS_SUCCESS);
		assert_int_equal(commands(fake, g_kinds[i].opcode), before[i] + 2);
	}
	poll_for_ms(20);
	for (size_t i = 0; i < KINDS; i++) {
		/* outcome_wait() has seen the one call. */
		assert_int_equal(outcomes[i].calls, 0);
		spdk_dma_free(bufs[i]);
	}
	assert_memory_equal(fake_ns_data(fake, 1), data, SIZE);
	assert_memory_equal(fake_ns_data(fake, 1) + 400 * BLOCK, data, SIZE);
	disk_close(&g_disk);
	spdk_dma_free(data);
}

/* Its owner is told that it may have been done. */
static void
check_dropped(struct outcome *outcome)
{
	assert_int_equal(outcome_wait(outcome), SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome->sct, SPDK_NVME_SCT_GENERIC);
	assert_int_equal(outcome->sc, SPDK_NVME_SC_ABORTED_SQ_DELETION);
}

static void
what_must_not_be_done_twice_ends_with_the_reset(void **state)
{
	struct spdk_nvme_cmd cmd = {.opc = SPDK_NVME_OPC_WRITE, .cdw10 = 50, .cdw12 = COUNT - 1};
	uint8_t *old = dma_buf(SIZE), *new = dma_buf(SIZE);
	struct iovec compare = {old, BLOCK}, write = {new, BLOCK};
	struct outcome passed = {0}, fused = {0};
	struct fake_opts opts;
	struct fake *fake;
	uint64_t writes;
	uint32_t number;

	fake_opts_init(&opts);
	opts.has_fused = true;
	fake = open_with(&g_disk, NULL, &opts);
	fill(new, SIZE, 2);
	writes = commands(fake, SPDK_NVME_OPC_WRITE);
	number = plant_never(fake, 3);
	assert_int_equal(spdk_bdev_nvme_io_passthru(g_disk.desc, g_disk.ch, &cmd, new, SIZE,
						    note_outcome, &passed),
			 0);
	assert_int_equal(spdk_bdev_comparev_and_writev_blocks(g_disk.desc, g_disk.ch, &compare, 1,
							      &write, 1, 5, 1, note_outcome,
							      &fused),
			 0);
	wait_for_strikes(fake, number, 3);
	expect_named("bdev_nvme_reset_controller", "Nvme0", "true");
	check_dropped(&passed);
	check_dropped(&fused);
	do_read(&g_disk, old, 50, COUNT);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_WRITE), writes + 2);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_COMPARE), 1);
	disk_close(&g_disk);
	spdk_dma_free(old);
	spdk_dma_free(new);
}

static void
zones_are_not_written_again(void **state)
{
	struct outcome write = {0}, append = {0}, finish = {0};
	struct spdk_bdev_zone_info info[3];
	uint8_t *data = dma_buf(SIZE);
	struct outcome asked = {0};
	struct fake_opts opts;
	struct fake *fake;
	uint32_t number;

	fake_opts_init(&opts);
	opts.ns[0] = (struct fake_ns_opts){.blocks = 2048, .block_size = 512, .zone_blocks = 256};
	fake = open_with(&g_disk, NULL, &opts);
	number = plant_never(fake, 3);
	assert_int_equal(spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, data, 8, COUNT,
						note_outcome, &write),
			 0);
	assert_int_equal(spdk_bdev_zone_append(g_disk.desc, g_disk.ch, data, 256, COUNT,
					       note_outcome, &append),
			 0);
	assert_int_equal(spdk_bdev_zone_management(g_disk.desc, g_disk.ch, 512,
						   SPDK_BDEV_ZONE_FINISH, note_outcome, &finish),
			 0);
	wait_for_strikes(fake, number, 3);
	expect_named("bdev_nvme_reset_controller", "Nvme0", "true");
	check_dropped(&write);
	check_dropped(&append);
	check_dropped(&finish);
	expect_status(
		spdk_bdev_get_zone_info(g_disk.desc, g_disk.ch, 0, 3, info, note_outcome, &asked),
		&asked, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(info[0].write_pointer, 8);
	assert_int_equal(info[1].write_pointer, 256);
	assert_int_equal(info[2].state, SPDK_BDEV_ZONE_STATE_EMPTY);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_ZONE_MGMT_SEND), 1);
	disk_close(&g_disk);
	spdk_dma_free(data);
}

/* ---- What came while it was reset ---- */

static bool
is_held(const void *link)
{
	return ((const struct nvme_link *)link)->mode == NVME_LINK_HELD;
}

static void
note_reset(void *arg, int rc)
{
	*(int *)arg = rc;
}

static void
what_waits_for_a_reset_keeps_its_order(void **state)
{
	enum { WRITES = 16 };
	struct outcome outcomes[WRITES] = {{0}};
	struct nvme_link *link;
	uint8_t *bufs[WRITES];
	struct fake *fake;
	int reset_rc = 1;

	fake = open_with(&g_disk, NULL, NULL);
	link = link_of(&g_disk);
	assert_int_equal(bdev_nvme_reset(link->dev, note_reset, &reset_rc), 0);
	wait_until(is_held, link);
	for (uint32_t i = 0; i < WRITES; i++) {
		bufs[i] = dma_buf(SIZE);
		fill(bufs[i], SIZE, i);
		assert_int_equal(send_write(bufs[i], &outcomes[i]), 0);
	}
	for (uint32_t i = 0; i < WRITES; i++) {
		assert_int_equal(outcome_wait(&outcomes[i]), SPDK_BDEV_IO_STATUS_SUCCESS);
	}
	assert_int_equal(reset_rc, 0);
	/* All of them to the same blocks: the last one stays. */
	assert_memory_equal(fake_ns_data(fake, 1), bufs[WRITES - 1], SIZE);
	disk_close(&g_disk);
	for (uint32_t i = 0; i < WRITES; i++) {
		spdk_dma_free(bufs[i]);
	}
}

/* ---- Errors that ask for a delay ---- */

/* Reads of these blocks fail once, and ask for CRDT `crd`, which is crd times 100 ms. */
static void
plant_delay(struct fake *fake, uint32_t block, uint8_t crd)
{
	struct fake_fault fault = {.kind = FAKE_FAULT_STATUS,
				   .where = FAKE_AT_IO_COMMAND,
				   .opcode = SPDK_NVME_OPC_READ,
				   .cdw10 = block,
				   .cdw10_mask = UINT32_MAX,
				   .count = 1};

	fault.status.sc = SPDK_NVME_SC_INTERNAL_DEVICE_ERROR;
	fault.status.crd = crd & 3;
	(void)fake_plant(fake, &fault);
}

static uint64_t
ms_since(uint64_t begun)
{
	return (spdk_get_ticks() - begun) * 1000 / spdk_get_ticks_hz();
}

static struct {
	uint32_t count;
	/* In the order in which they were done; ms since the beginning. */
	struct {
		size_t index;
		uint64_t ms;
	} done[3];
	uint64_t begun;
} g_delayed;

static void
note_delayed(struct spdk_bdev_io *io, bool success, void *arg)
{
	assert_true(success);
	assert_in_range(g_delayed.count, 0, SPDK_COUNTOF(g_delayed.done) - 1);
	g_delayed.done[g_delayed.count].index = (size_t)(uintptr_t)arg;
	g_delayed.done[g_delayed.count++].ms = ms_since(g_delayed.begun);
	spdk_bdev_free_io(io);
}

static bool
are_all_done(const void *arg)
{
	return g_delayed.count == SPDK_COUNTOF(g_delayed.done);
}

/* The longest first, so that the others must not wait behind it. */
static void
a_delay_that_is_asked_for_is_kept(void **state)
{
	static const uint8_t delays[SPDK_COUNTOF(g_delayed.done)] = {3, 1, 0};
	static const size_t order[SPDK_COUNTOF(delays)] = {2, 1, 0};
	uint8_t *data = dma_buf(SIZE);
	struct fake *fake;
	size_t i;

	fake = open_with(&g_disk, "{\"transport_retry_count\": 0}", NULL);
	memset(&g_delayed, 0, sizeof(g_delayed));
	for (i = 0; i < SPDK_COUNTOF(delays); i++) {
		plant_delay(fake, (uint32_t)i * COUNT, delays[i]);
	}
	g_delayed.begun = spdk_get_ticks();
	for (i = 0; i < SPDK_COUNTOF(delays); i++) {
		assert_int_equal(spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, data, i * COUNT,
						       COUNT, note_delayed, (void *)(uintptr_t)i),
				 0);
	}
	wait_until(are_all_done, NULL);
	for (i = 0; i < SPDK_COUNTOF(delays); i++) {
		assert_int_equal(g_delayed.done[i].index, order[i]);
		assert_true(g_delayed.done[i].ms >= 100u * delays[order[i]]);
	}
	assert_int_equal(commands(fake, SPDK_NVME_OPC_READ), 2 * SPDK_COUNTOF(delays));
	disk_close(&g_disk);
	spdk_dma_free(data);
}

static bool
is_retrying(const void *link)
{
	return !TAILQ_EMPTY(&((const struct nvme_link *)link)->retrying);
}

static void
one_that_waits_for_its_delay_can_be_aborted(void **state)
{
	struct outcome delayed = {0}, abortion = {0};
	uint8_t *data = dma_buf(SIZE);
	struct fake *fake;
	uint64_t begun;

	fake = open_with(&g_disk, "{\"transport_retry_count\": 0}", NULL);
	plant_delay(fake, 100, 3);
	begun = spdk_get_ticks();
	assert_int_equal(send_read(data, &delayed), 0);
	wait_until(is_retrying, link_of(&g_disk));
	assert_int_equal(spdk_bdev_abort(g_disk.desc, g_disk.ch, &delayed, note_outcome, &abortion),
			 0);
	assert_int_equal(outcome_wait(&abortion), SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome_wait(&delayed), SPDK_BDEV_IO_STATUS_ABORTED);
	poll_for_ms(400 - (uint32_t)spdk_min(ms_since(begun), 400));
	assert_int_equal(delayed.calls, 0);
	assert_int_equal(commands(fake, SPDK_NVME_OPC_READ), 1);
	disk_close(&g_disk);
	spdk_dma_free(data);
}

/* ---- All at once ---- */

#define SLOTS 24

/* Writes its blocks and reads them again, without end. */
static struct slot {
	uint32_t index, round;
	bool is_read, is_under_way;
	uint8_t *written, *read;
} g_slots[SLOTS];

static struct {
	uint64_t done;
	uint32_t under_way;
	bool is_ending;
} g_load;

static void slot_go_on(struct slot *slot);

static void
slot_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct slot *slot = arg;

	assert_true(slot->is_under_way);
	assert_true(success);
	spdk_bdev_free_io(io);
	if (slot->is_read) {
		assert_memory_equal(slot->read, slot->written, SIZE);
	}
	slot->is_under_way = false;
	slot->is_read = !slot->is_read;
	g_load.under_way--;
	g_load.done++;
	if (!g_load.is_ending) {
		slot_go_on(slot);
	}
}

static void
slot_go_on(struct slot *slot)
{
	uint64_t block = slot->index * COUNT;
	int rc;

	slot->is_under_way = true;
	g_load.under_way++;
	if (slot->is_read) {
		memset(slot->read, 0, SIZE);
		rc = spdk_bdev_read_blocks(g_disk.desc, g_disk.ch, slot->read, block, COUNT,
					   slot_done, slot);
	} else {
		fill(slot->written, SIZE, slot->index + SLOTS * slot->round++);
		rc = spdk_bdev_write_blocks(g_disk.desc, g_disk.ch, slot->written, block, COUNT,
					    slot_done, slot);
	}
	assert_int_equal(rc, 0);
}

static bool
has_done(const void *count)
{
	return g_load.done >= *(const uint64_t *)count;
}

static bool
is_over(const void *arg)
{
	return g_load.under_way == 0;
}

static void
load_begin(void)
{
	memset(&g_load, 0, sizeof(g_load));
	for (uint32_t i = 0; i < SLOTS; i++) {
		g_slots[i] =
			(struct slot){.index = i, .written = dma_buf(SIZE), .read = dma_buf(SIZE)};
		slot_go_on(&g_slots[i]);
	}
}

/* Some commands are executed without an answer, until a reset has them tried again. */
static void
resets_under_load_lose_nothing_and_change_no_data(void **state)
{
	struct fake_opts opts;
	struct fake *fake;
	uint64_t wanted;
	uint32_t lost;

	fake_opts_init(&opts);
	opts.shuffle_steps = 8;
	fake = open_with(&g_disk, "{\"bdev_retry_count\": -1}", &opts);
	lost = fake_plant(fake, &(struct fake_fault){.kind = FAKE_FAULT_LOST,
						     .where = FAKE_AT_IO_COMMAND,
						     .opcode = FAKE_ANY_OPCODE,
						     .rate = 65536 / 64});
	load_begin();
	for (int i = 0; i < 20; i++) {
		wanted = g_load.done + 100;
		wait_until(has_done, &wanted);
		expect_named("bdev_nvme_reset_controller", "Nvme0", "true");
	}
	assert_true(fake_fault_strikes(fake, lost) > 0);
	fake_clear_faults(fake);
	g_load.is_ending = true;
	expect_named("bdev_nvme_reset_controller", "Nvme0", "true");
	wait_until(is_over, NULL);
	disk_close(&g_disk);
	for (uint32_t i = 0; i < SLOTS; i++) {
		spdk_dma_free(g_slots[i].written);
		spdk_dma_free(g_slots[i].read);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NVME_TEST(a_reset_has_what_was_under_way_tried_again_once),
		NVME_TEST(what_must_not_be_done_twice_ends_with_the_reset),
		NVME_TEST(zones_are_not_written_again),
		NVME_TEST(what_waits_for_a_reset_keeps_its_order),
		NVME_TEST(a_delay_that_is_asked_for_is_kept),
		NVME_TEST(one_that_waits_for_its_delay_can_be_aborted),
		NVME_TEST(resets_under_load_lose_nothing_and_change_no_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
