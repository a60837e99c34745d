/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many I/Os the module has: once, or sampled with a period.
 *
 * D1  bdev->internal.queue_depth is made when sampling is first enabled, and stays with the
 *     device. Its numbers are atomic, since anybody may read them; its sampler changes under
 *     bdev_lock.
 * D2  A sampler is a poller of the thread that enabled it, and that thread alone touches the
 *     poller and frees the sampler. Who replaces it or ends the device makes its `depth` NULL and
 *     tells that thread.
 * D3  A sampler frees itself when it has no depth, no poller, and no round is under way.
 */
#include "bdev_internal.h"
#include "runtime/io_devices.h"
#include "spdk/log.h"
#include "spdk/string.h"

#define UNKNOWN UINT64_MAX

struct bdev_queue_depth {
	uint64_t period_us;
	uint64_t measured;
	uint64_t io_time_us;
	uint64_t weighted_us;
	struct sampler *sampler; /* bdev_lock */
};

struct sampler {
	struct spdk_thread *thread;
	struct spdk_bdev *bdev;
	struct bdev_queue_depth *depth; /* bdev_lock; NULL: it has to end */
	uint64_t period_us;
	/* The thread's. */
	struct spdk_poller *poller;
	struct spdk_io_channel_iter *round;
	uint64_t sum;
	bool is_in_round;
};

static uint64_t
load(const uint64_t *number)
{
	return __atomic_load_n(number, __ATOMIC_RELAXED);
}

static void
store(uint64_t *number, uint64_t value)
{
	__atomic_store_n(number, value, __ATOMIC_RELAXED);
}

static struct bdev_queue_depth *
depth_of(const struct spdk_bdev *bdev)
{
	return __atomic_load_n(&bdev->internal.queue_depth, __ATOMIC_ACQUIRE);
}

/* ---- A sampler ---- */

static void
free_sampler(struct sampler *sampler)
{
	io_devices_round_destroy(sampler->round);
	free(sampler);
}

static void
end_sampler(void *arg)
{
	struct sampler *sampler = arg;

	spdk_poller_unregister(&sampler->poller);
	if (!sampler->is_in_round) {
		free_sampler(sampler);
	}
}

/* D2: not its own thread's business until the message comes. Lock not held. */
static void
dismiss(struct sampler *sampler)
{
	int rc;

	if (sampler == NULL) {
		return;
	}
	if (sampler->thread == spdk_get_thread()) {
		end_sampler(sampler);
		return;
	}
	rc = spdk_thread_send_msg(sampler->thread, end_sampler, sampler);
	if (rc != 0) {
		SPDK_ERRLOG(
			"A sampler of a queue depth is left over: its thread cannot be told: %s\n",
			spdk_strerror(-rc));
	}
}

static void
sum_visit(struct spdk_io_channel_iter *i)
{
	uint64_t *sum = spdk_io_channel_iter_get_ctx(i);

	*sum += bdev_channel_of(spdk_io_channel_iter_get_channel(i))->outstanding;
	spdk_for_each_channel_continue(i, 0);
}

static void
note_sample(struct bdev_queue_depth *depth, uint64_t sum, uint64_t period_us)
{
	store(&depth->measured, sum);
	if (sum > 0) {
		store(&depth->io_time_us, load(&depth->io_time_us) + period_us);
		store(&depth->weighted_us, load(&depth->weighted_us) + period_us * sum);
	}
}

static void
sampled(struct spdk_io_channel_iter *i, int status)
{
	struct sampler *sampler =
		SPDK_CONTAINEROF(spdk_io_channel_iter_get_ctx(i), struct sampler, sum);
	bool must_end;

	sampler->is_in_round = false;
	bdev_lock();
	must_end = sampler->depth == NULL;
	if (!must_end) {
		note_sample(sampler->depth, sampler->sum, sampler->period_us);
	}
	bdev_unlock();
	/* With the poller, the message that ends it has not come yet. */
	if (must_end && sampler->poller == NULL) {
		free_sampler(sampler);
	}
}

static int
sample(void *arg)
{
	struct sampler *sampler = arg;
	bool must_end;

	bdev_lock();
	must_end = sampler->depth == NULL;
	bdev_unlock();
	/* A round that takes longer than the period counts once. */
	if (must_end || sampler->is_in_round) {
		return SPDK_POLLER_IDLE;
	}
	sampler->sum = 0;
	sampler->is_in_round = true;
	io_devices_round_begin(sampler->round, bdev_io_device(sampler->bdev), sum_visit,
			       &sampler->sum, sampled);
	return SPDK_POLLER_BUSY;
}

static struct sampler *
make_sampler(struct spdk_bdev *bdev, uint64_t period_us)
{
	struct sampler *sampler = calloc(1, sizeof(*sampler));

	if (sampler == NULL) {
		return NULL;
	}
	sampler->thread = spdk_get_thread();
	sampler->bdev = bdev;
	sampler->period_us = period_us;
	sampler->round = io_devices_round_create();
	if (sampler->round != NULL) {
		sampler->poller = SPDK_POLLER_REGISTER(sample, sampler, period_us);
	}
	if (sampler->poller == NULL) {
		free_sampler(sampler);
		return NULL;
	}
	return sampler;
}

/* ---- A device ---- */

static struct bdev_queue_depth *
get_depth(struct spdk_bdev *bdev)
{
	struct bdev_queue_depth *depth = depth_of(bdev), *expected = NULL;

	if (depth != NULL) {
		return depth;
	}
	depth = calloc(1, sizeof(*depth));
	if (depth == NULL) {
		return NULL;
	}
	depth->measured = UNKNOWN;
	if (!__atomic_compare_exchange_n(&bdev->internal.queue_depth, &expected, depth, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		free(depth);
		return expected;
	}
	return depth;
}

/* `sampler` may be NULL. */
static void
replace_sampler(struct bdev_queue_depth *depth, struct sampler *sampler)
{
	struct sampler *old;

	bdev_lock();
	old = depth->sampler;
	depth->sampler = sampler;
	if (old != NULL) {
		old->depth = NULL;
	}
	if (sampler != NULL) {
		sampler->depth = depth;
	}
	store(&depth->period_us, sampler != NULL ? sampler->period_us : 0);
	store(&depth->measured, UNKNOWN);
	bdev_unlock();
	dismiss(old);
}

void
spdk_bdev_set_qd_sampling_period(struct spdk_bdev *bdev, uint64_t period)
{
	struct bdev_queue_depth *depth = period != 0 ? get_depth(bdev) : depth_of(bdev);
	struct sampler *sampler = NULL;

	if (period == 0) {
		if (depth != NULL) {
			replace_sampler(depth, NULL);
		}
		return;
	}
	if (depth != NULL) {
		sampler = make_sampler(bdev, period);
	}
	if (sampler == NULL) {
		SPDK_ERRLOG(
			"No memory to sample the queue depth of bdev %s; it goes on as before.\n",
			spdk_bdev_get_name(bdev));
		return;
	}
	replace_sampler(depth, sampler);
}

/* Before the device's channels go. Nobody samples it after this. */
void
bdev_queue_depth_free(struct spdk_bdev *bdev)
{
	struct bdev_queue_depth *depth = depth_of(bdev);

	if (depth != NULL) {
		replace_sampler(depth, NULL);
		bdev->internal.queue_depth = NULL;
		free(depth);
	}
}

uint64_t
spdk_bdev_get_qd(const struct spdk_bdev *bdev)
{
	const struct bdev_queue_depth *depth = depth_of(bdev);

	return depth != NULL ? load(&depth->measured) : UNKNOWN;
}

uint64_t
spdk_bdev_get_qd_sampling_period(const struct spdk_bdev *bdev)
{
	const struct bdev_queue_depth *depth = depth_of(bdev);

	return depth != NULL ? load(&depth->period_us) : 0;
}

uint64_t
spdk_bdev_get_io_time(const struct spdk_bdev *bdev)
{
	const struct bdev_queue_depth *depth = depth_of(bdev);

	return depth != NULL ? load(&depth->io_time_us) : 0;
}

uint64_t
spdk_bdev_get_weighted_io_time(const struct spdk_bdev *bdev)
{
	const struct bdev_queue_depth *depth = depth_of(bdev);

	return depth != NULL ? load(&depth->weighted_us) : 0;
}

/* ---- Once ---- */

struct question {
	struct spdk_bdev *bdev;
	uint64_t sum;
	spdk_bdev_get_current_qd_cb cb_fn;
	void *cb_arg;
};

static void
answered(struct spdk_io_channel_iter *i, int status)
{
	struct question *asked =
		SPDK_CONTAINEROF(spdk_io_channel_iter_get_ctx(i), struct question, sum);
	struct question question = *asked;

	free(asked);
	io_devices_round_destroy(i);
	question.cb_fn(question.bdev, question.sum, question.cb_arg, status);
}

void
spdk_bdev_get_current_qd(struct spdk_bdev *bdev, spdk_bdev_get_current_qd_cb cb_fn, void *cb_arg)
{
	struct spdk_io_channel_iter *round = io_devices_round_create();
	struct question *question = calloc(1, sizeof(*question));

	if (question == NULL || round == NULL) {
		free(question);
		io_devices_round_destroy(round);
		cb_fn(bdev, 0, cb_arg, -ENOMEM);
		return;
	}
	*question = (struct question){.bdev = bdev, .cb_fn = cb_fn, .cb_arg = cb_arg};
	io_devices_round_begin(round, bdev_io_device(bdev), sum_visit, &question->sum, answered);
}
