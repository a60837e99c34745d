/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All that watches and stops I/O, at once and on OS threads of their own: each of three threads
 * does I/O to one device and now and then, in an order that a seed gives, resets it, quiesces a
 * part of it, changes its limits, asks what it counts, aborts, and gets a new channel. Each I/O
 * ends once; in the end nothing is left frozen, held or limited, and what was counted is what has
 * succeeded.
 */
#include "bdev_fixture.h"

#include "spdk/histogram_data.h"

#define THREADS 3
#define DEPTH   16
/* For each in which the device ends I/Os. */
#define POLLS_IDLE 16
#define ASKED_MAX  4
#define BLOCKS     1024
/* What concerns all channels, of each thread. */
#define THINGS   400
#define LINE     128
#define SEED_ENV "SPINDLE_SEED"

/* Of each racer, which overlap. */
#define RANGE_OF(number) ((uint64_t)(number)*100)
#define RANGE_LENGTH     150

/* ---- A device that completes at once, or when its channel's poller comes ---- */

struct race_io {
	TAILQ_ENTRY(race_io) link;
};

struct race_channel {
	TAILQ_HEAD(, race_io) ios;
	struct spdk_poller *poller;
	unsigned int turn;
	unsigned int polls;
};

static struct spdk_bdev g_race;
/* What the module is promised, by all threads: nothing comes while it has a reset, and nothing to
 * the blocks of a racer that has them quiesced. */
static int g_resets_at_module;
static bool g_are_quiesced[THREADS];

/* Not on the thread of the test, so there is no message of cmocka's. */
static void
check_blocks(const struct spdk_bdev_io *io)
{
	uint64_t first = io->u.bdev.offset_blocks, end = first + io->u.bdev.num_blocks;
	int i;

	for (i = 0; i < THREADS; i++) {
		if (__atomic_load_n(&g_are_quiesced[i], __ATOMIC_SEQ_CST) &&
		    first < RANGE_OF(i) + RANGE_LENGTH && RANGE_OF(i) < end) {
			fprintf(stderr, "an I/O is at blocks that are quiesced\n");
			abort();
		}
	}
}

static void
check_reset(void)
{
	if (__atomic_load_n(&g_resets_at_module, __ATOMIC_SEQ_CST) > 0) {
		fprintf(stderr, "an I/O came while there was a reset\n");
		abort();
	}
}

static void
end_first(struct race_channel *ch, enum spdk_bdev_io_status status)
{
	struct race_io *race_io = TAILQ_FIRST(&ch->ios);
	struct spdk_bdev_io *io = spdk_bdev_io_from_ctx(race_io);

	TAILQ_REMOVE(&ch->ios, race_io, link);
	if (io->type == SPDK_BDEV_IO_TYPE_RESET) {
		__atomic_fetch_sub(&g_resets_at_module, 1, __ATOMIC_SEQ_CST);
	} else {
		check_blocks(io);
	}
	spdk_bdev_io_complete(io, status);
}

static int
end_some(void *arg)
{
	struct race_channel *ch = arg;
	int count;

	/* I/Os must outlive some rounds of messages. */
	if (++ch->polls % POLLS_IDLE != 0) {
		return SPDK_POLLER_IDLE;
	}
	for (count = 0; count < 5 && !TAILQ_EMPTY(&ch->ios); count++) {
		end_first(ch, SPDK_BDEV_IO_STATUS_SUCCESS);
	}
	return count > 0 ? SPDK_POLLER_BUSY : SPDK_POLLER_IDLE;
}

static void
abort_one(struct race_channel *ch, struct spdk_bdev_io *abort)
{
	struct race_io *io;

	TAILQ_FOREACH (io, &ch->ios, link) {
		if (spdk_bdev_io_from_ctx(io) == abort->u.abort.bio_to_abort) {
			TAILQ_REMOVE(&ch->ios, io, link);
			spdk_bdev_io_complete(spdk_bdev_io_from_ctx(io),
					      SPDK_BDEV_IO_STATUS_ABORTED);
			spdk_bdev_io_complete(abort, SPDK_BDEV_IO_STATUS_SUCCESS);
			return;
		}
	}
	spdk_bdev_io_complete(abort, SPDK_BDEV_IO_STATUS_FAILED);
}

static void
race_submit(struct spdk_io_channel *io_ch, struct spdk_bdev_io *io)
{
	struct race_channel *ch = spdk_io_channel_get_ctx(io_ch);

	ch->turn++;
	if (io->type == SPDK_BDEV_IO_TYPE_ABORT) {
		abort_one(ch, io);
		return;
	}
	if (io->type == SPDK_BDEV_IO_TYPE_RESET) {
		__atomic_fetch_add(&g_resets_at_module, 1, __ATOMIC_SEQ_CST);
	} else {
		check_blocks(io);
		check_reset();
		if (ch->turn % 7 == 0) {
			spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_NOMEM);
			return;
		}
		if (ch->turn % 5 == 0) {
			spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&ch->ios, (struct race_io *)io->driver_ctx, link);
}

static bool
race_supports(void *ctx, enum spdk_bdev_io_type type)
{
	return type == SPDK_BDEV_IO_TYPE_READ || type == SPDK_BDEV_IO_TYPE_WRITE ||
	       type == SPDK_BDEV_IO_TYPE_RESET || type == SPDK_BDEV_IO_TYPE_ABORT;
}

static struct spdk_io_channel *
race_get_channel(void *ctx)
{
	return spdk_get_io_channel(&g_race);
}

static int
race_channel_create(void *io_device, void *ctx)
{
	struct race_channel *ch = ctx;

	TAILQ_INIT(&ch->ios);
	ch->poller = SPDK_POLLER_REGISTER(end_some, ch, 0);
	return ch->poller != NULL ? 0 : -ENOMEM;
}

static void
race_channel_destroy(void *io_device, void *ctx)
{
	struct race_channel *ch = ctx;

	spdk_poller_unregister(&ch->poller);
}

static int
race_destruct(void *ctx)
{
	spdk_io_device_unregister(&g_race, NULL);
	return 0;
}

static const struct spdk_bdev_fn_table g_race_table = {
	.destruct = race_destruct,
	.submit_request = race_submit,
	.io_type_supported = race_supports,
	.get_io_channel = race_get_channel,
};

static int
race_init(void)
{
	return 0;
}

static int
race_ctx_size(void)
{
	return sizeof(struct race_io);
}

static struct spdk_bdev_module g_race_module = {
	.name = "race",
	.module_init = race_init,
	.get_ctx_size = race_ctx_size,
};
SPDK_BDEV_MODULE_REGISTER(race, &g_race_module)

/* ---- Users ---- */

struct racer {
	struct spdk_thread *thread;
	pthread_t os_thread;
	struct opened opened;
	unsigned int random;
	int things;
	/* I/Os, and other things that answer later. */
	int under_way;
	int asked;
	uint64_t succeeded;
	uint64_t ended;
	uint64_t submitted;
	/* Its blocks are quiesced; it wants another channel when nothing is under way. */
	bool has_range;
	bool wants_channel;
	bool is_quiet;
} __attribute__((aligned(LINE)));

static struct racer g_racers[THREADS];
static int g_quiet_count;
static bool g_may_leave;
static uint8_t g_data[THREADS][512 * 8];

static unsigned int
draw(struct racer *racer, unsigned int below)
{
	racer->random = racer->random * 1103515245 + 12345;
	return (racer->random >> 8) % below;
}

static void
io_ended(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct racer *racer = arg;

	assert_ptr_equal(spdk_get_thread(), racer->thread);
	racer->under_way--;
	racer->ended++;
	racer->succeeded += success;
	spdk_bdev_free_io(io);
}

static void
submit_one(struct racer *racer)
{
	uint64_t offset = draw(racer, BLOCKS - 8), count = 1 + draw(racer, 8);
	uint8_t *data = g_data[racer - g_racers];
	int rc;

	if (draw(racer, 2) == 0) {
		rc = spdk_bdev_read_blocks(racer->opened.desc, racer->opened.ch, data, offset,
					   count, io_ended, racer);
	} else {
		rc = spdk_bdev_write_blocks(racer->opened.desc, racer->opened.ch, data, offset,
					    count, io_ended, racer);
	}
	assert_int_equal(rc, 0);
	racer->under_way++;
	racer->submitted++;
}

static void
other_ended(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct racer *racer = arg;

	racer->under_way--;
	spdk_bdev_free_io(io);
}

static void
answered(void *arg, int status)
{
	struct racer *racer = arg;

	assert_ptr_equal(spdk_get_thread(), racer->thread);
	racer->asked--;
}

static void
quiesced(void *arg, int status)
{
	struct racer *racer = arg;

	assert_int_equal(status, 0);
	__atomic_store_n(&g_are_quiesced[racer - g_racers], true, __ATOMIC_SEQ_CST);
	racer->has_range = true;
}

static void
unquiesce(struct racer *racer)
{
	uint64_t offset = RANGE_OF(racer - g_racers);

	racer->has_range = false;
	__atomic_store_n(&g_are_quiesced[racer - g_racers], false, __ATOMIC_SEQ_CST);
	assert_int_equal(spdk_bdev_unquiesce_range(&g_race, &g_race_module, offset, RANGE_LENGTH,
						   answered, racer),
			 0);
}

static void
stat_told(struct spdk_bdev *bdev, struct spdk_bdev_io_stat *stat, void *arg, int rc)
{
	assert_int_equal(rc, 0);
	free(stat);
	answered(arg, rc);
}

static void
depth_told(struct spdk_bdev *bdev, uint64_t depth, void *arg, int rc)
{
	assert_in_range(depth, 0, THREADS * DEPTH);
	answered(arg, rc);
}

static void
change_limits(struct racer *racer)
{
	uint64_t limits[] = {draw(racer, 2) * 20000, draw(racer, 2) * 50, 0, draw(racer, 2) * 30};

	racer->asked++;
	spdk_bdev_set_qos_rate_limits(&g_race, limits, answered, racer);
}

static void
change_channel(struct racer *racer)
{
	spdk_put_io_channel(racer->opened.ch);
	if (draw(racer, 2) == 0) {
		/* Else it is the same again. */
		spdk_thread_poll(racer->thread, 0, 0);
		spdk_set_thread(racer->thread);
	}
	racer->opened.ch = spdk_bdev_get_io_channel(racer->opened.desc);
	racer->wants_channel = false;
}

/* One thing that concerns all channels. */
static void
do_something(struct racer *racer)
{
	struct opened *opened = &racer->opened;
	uint64_t offset = RANGE_OF(racer - g_racers);

	switch (draw(racer, 8)) {
	case 0:
		racer->under_way++;
		assert_int_equal(spdk_bdev_reset(opened->desc, opened->ch, other_ended, racer), 0);
		break;
	case 1:
		racer->asked++;
		assert_int_equal(spdk_bdev_quiesce_range(&g_race, &g_race_module, offset,
							 RANGE_LENGTH, quiesced, racer),
				 0);
		break;
	case 2:
		change_limits(racer);
		break;
	case 3:
		racer->asked++;
		spdk_bdev_get_device_stat(&g_race, bdev_io_stat_create(),
					  SPDK_BDEV_RESET_STAT_MAXMIN, stat_told, racer);
		break;
	case 4:
		racer->under_way++;
		assert_int_equal(
			spdk_bdev_abort(opened->desc, opened->ch, racer, other_ended, racer), 0);
		break;
	case 5:
		racer->asked++;
		spdk_bdev_histogram_enable(&g_race, answered, racer, draw(racer, 2) == 0);
		break;
	case 6:
		racer->asked++;
		spdk_bdev_get_current_qd(&g_race, depth_told, racer);
		break;
	default:
		spdk_bdev_set_qd_sampling_period(&g_race, draw(racer, 3) * 50);
		racer->wants_channel = true;
		break;
	}
}

/* Answers to what it did come from the others, who must have their turn for that. */
static void
play(struct racer *racer)
{
	bool is_over = racer->things == 0 && !racer->wants_channel;
	bool is_waiting = racer->asked >= ASKED_MAX || racer->wants_channel;

	if (racer->has_range && (is_over || racer->wants_channel || draw(racer, 100) == 0)) {
		unquiesce(racer);
	}
	if (racer->wants_channel && racer->under_way == 0 && racer->asked == 0) {
		change_channel(racer);
	}
	while (!is_over && !racer->wants_channel && racer->under_way < DEPTH) {
		submit_one(racer);
	}
	if (!is_over && !is_waiting && draw(racer, 4) == 0) {
		racer->things--;
		do_something(racer);
	}
	if (is_over || is_waiting) {
		sched_yield();
	}
}

static void *
race(void *arg)
{
	struct racer *racer = arg;

	while (!__atomic_load_n(&g_may_leave, __ATOMIC_ACQUIRE)) {
		spdk_set_thread(racer->thread);
		play(racer);
		spdk_set_thread(NULL);
		spdk_thread_poll(racer->thread, 0, 0);
		if (racer->things == 0 && !racer->wants_channel && racer->under_way == 0 &&
		    racer->asked == 0 && !racer->is_quiet) {
			racer->is_quiet = true;
			__atomic_fetch_add(&g_quiet_count, 1, __ATOMIC_ACQ_REL);
		}
		if (__atomic_load_n(&g_quiet_count, __ATOMIC_ACQUIRE) == THREADS) {
			__atomic_store_n(&g_may_leave, true, __ATOMIC_RELEASE);
		}
	}
	return NULL;
}

/* ---- The test ---- */

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static void
open_race(void)
{
	const char *seed = getenv(SEED_ENV);
	unsigned int first = seed != NULL ? (unsigned int)strtoul(seed, NULL, 10) : 1;
	int i;

	print_message("%s=%u\n", SEED_ENV, first);
	g_race = (struct spdk_bdev){
		.name = (char *)"race",
		.product_name = (char *)"Race",
		.blocklen = 512,
		.blockcnt = BLOCKS,
		.fn_table = &g_race_table,
		.module = &g_race_module,
	};
	spdk_io_device_register(&g_race, race_channel_create, race_channel_destroy,
				sizeof(struct race_channel), "race");
	assert_int_equal(spdk_bdev_register(&g_race), 0);
	settle_bdev();
	for (i = 0; i < THREADS; i++) {
		g_racers[i] = (struct racer){.random = first + (unsigned int)i, .things = THINGS};
		g_racers[i].thread = i == 0 ? g_bdev_thread : make_thread("racer");
		spdk_set_thread(g_racers[i].thread);
		g_racers[i].opened.desc = NULL;
		assert_int_equal(spdk_bdev_open_ext("race", true, ignore_event, NULL,
						    &g_racers[i].opened.desc),
				 0);
		g_racers[i].opened.ch = spdk_bdev_get_io_channel(g_racers[i].opened.desc);
	}
	spdk_set_thread(g_bdev_thread);
}

static void
note_gone(void *arg, int rc)
{
	*(bool *)arg = true;
}

static void
poll_racers(void)
{
	int i;

	for (i = 0; i < THREADS; i++) {
		spdk_thread_poll(g_racers[i].thread, 0, 0);
	}
	spdk_set_thread(g_bdev_thread);
}

static void
close_race(void)
{
	bool is_gone = false;
	int i;

	for (i = THREADS - 1; i >= 0; i--) {
		spdk_set_thread(g_racers[i].thread);
		spdk_put_io_channel(g_racers[i].opened.ch);
		spdk_bdev_close(g_racers[i].opened.desc);
	}
	spdk_set_thread(g_bdev_thread);
	spdk_bdev_unregister(&g_race, note_gone, &is_gone);
	while (!is_gone) {
		poll_racers();
	}
	for (i = 1; i < THREADS; i++) {
		end_thread(g_racers[i].thread);
	}
	spdk_set_thread(g_bdev_thread);
}

static void
each_io_ends_once_whatever_happens_to_its_device(void **state)
{
	uint64_t succeeded = 0, answers = 0;
	int i;

	open_race();
	spdk_set_thread(NULL);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&g_racers[i].os_thread, NULL, race, &g_racers[i]),
				 0);
	}
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(g_racers[i].os_thread, NULL), 0);
	}
	spdk_set_thread(g_bdev_thread);
	for (i = 0; i < THREADS; i++) {
		struct spdk_bdev_channel *ch = bdev_channel_of(g_racers[i].opened.ch);

		assert_int_equal(g_racers[i].ended, g_racers[i].submitted);
		assert_int_equal(ch->gates & (BDEV_GATE_RESET | BDEV_GATE_RANGE), 0);
		assert_true(TAILQ_EMPTY(&ch->submitted));
		assert_int_equal(ch->outstanding, 0);
		succeeded += g_racers[i].succeeded;
		answers += ch->stat.num_read_ops + ch->stat.num_write_ops;
	}
	answers += g_race.internal.stat->num_read_ops + g_race.internal.stat->num_write_ops;
	assert_int_equal(answers, succeeded);
	assert_null(g_race.internal.reset_in_progress);
	assert_true(TAILQ_EMPTY(&g_race.internal.locked_ranges));
	assert_true(TAILQ_EMPTY(&g_race.internal.pending_locked_ranges));
	close_race();
	log_capture_clear();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BDEV_TEST(each_io_ends_once_whatever_happens_to_its_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
