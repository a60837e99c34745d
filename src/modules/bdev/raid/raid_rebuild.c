/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an array holds, copied to a member that has come to it.
 *
 * All channels write to the new member already, and none reads from it. A window of the array after
 * the other is
 *
 *   QUIESCING  held up, until what is under way in it has ended
 *   READING    from any member that can be read; from the next, if that fails
 *   WRITING    to the new one
 *   RELEASING  let go on; and after the last one, the member wishes to be read
 *   PAUSING    not begun yet, since the bandwidth is limited
 *
 * R1  What is written to a window before it is copied is copied with it, or held up meanwhile; what
 *     is written afterwards reaches the new member by itself. So it is whole with the last window.
 * R2  A rebuild has a channel of the array, and a reference to it: neither goes before it. It ends
 *     by itself at the end of a window when its member is to go, or the array is.
 * R3  All of it is the app thread's.
 */
#include "raid_internal.h"
#include "spdk/env.h"
#include "spdk/json.h"
#include "spdk/log.h"
#include "spdk/string.h"

#define KIB           1024u
#define MIB           (1024u * 1024)
#define WINDOW_KB_MAX (32u * 1024)
#define PERCENT       100u

struct raid_rebuild {
	struct raid *raid;
	/* NULL: it has left. */
	struct raid_slot *slot;
	uint32_t number;
	struct spdk_io_channel *io_ch;
	struct raid_channel *ch;
	struct iovec iov;
	uint8_t *md;
	/* Blocks of a window at most; the present one. */
	uint64_t window_blocks;
	struct bdev_place window;
	/* Slots that have failed to be read; which is being read. */
	uint64_t failed[RAID_SLOT_WORDS];
	uint32_t source;
	int rc;
	/* 0: no limit. When the next window is due by it. */
	uint64_t bytes_per_sec;
	uint64_t next_ticks;
	struct spdk_poller *pause;
	struct spdk_bdev_io_wait_entry wait;
};

#define WINDOW_KB_DEFAULT 1024u

static struct raid_rebuild_opts g_opts = {.window_kb = WINDOW_KB_DEFAULT, .bandwidth_mb_sec = 0};

static void next_window(struct raid_rebuild *rebuild);

/* ---- Its end ---- */

static void
rebuild_free(struct raid_rebuild *rebuild)
{
	if (rebuild->io_ch != NULL) {
		spdk_put_io_channel(rebuild->io_ch);
	}
	spdk_dma_free(rebuild->iov.iov_base);
	spdk_dma_free(rebuild->md);
	free(rebuild);
}

static void
finish(struct raid_rebuild *rebuild)
{
	struct raid *raid = rebuild->raid;
	struct raid_slot *slot = rebuild->slot;

	raid->rebuild = NULL;
	if (slot != NULL && slot->wish == RAID_WISH_NONE) {
		slot->wish = rebuild->rc == 0 ? RAID_WISH_SYNC : RAID_WISH_DROP;
	}
	rebuild_free(rebuild);
	raid_change_next(raid);
	raid_put(raid);
}

static bool
must_stop(const struct raid_rebuild *rebuild)
{
	return rebuild->rc != 0 || rebuild->slot == NULL || rebuild->slot->wish != RAID_WISH_NONE ||
	       rebuild->raid->state != SPDK_BDEV_RAID_STATE_ONLINE;
}

static void
stop_early(struct raid_rebuild *rebuild)
{
	const struct raid *raid = rebuild->raid;

	if (rebuild->rc == 0) {
		rebuild->rc = -ECANCELED;
	}
	if (raid->state == SPDK_BDEV_RAID_STATE_ONLINE) {
		SPDK_ERRLOG("Raid bdev %s: its rebuild ends at block %" PRIu64 " of %" PRIu64
			    ": %s\n",
			    raid->name, rebuild->window.offset, raid->bdev.blockcnt,
			    spdk_strerror(-rebuild->rc));
	}
	finish(rebuild);
}

void
raid_rebuild_forget(const struct raid_slot *slot)
{
	struct raid_rebuild *rebuild = slot->raid->rebuild;

	if (rebuild != NULL && rebuild->slot == slot) {
		rebuild->slot = NULL;
		raid_rebuild_wake(slot->raid);
	}
}

/* ---- Releasing, pausing ---- */

static int
pause_over(void *arg)
{
	struct raid_rebuild *rebuild = arg;

	spdk_poller_unregister(&rebuild->pause);
	next_window(rebuild);
	return SPDK_POLLER_BUSY;
}

void
raid_rebuild_wake(const struct raid *raid)
{
	if (raid->rebuild != NULL && raid->rebuild->pause != NULL) {
		(void)pause_over(raid->rebuild);
	}
}

/* True: the next window is for later. Without memory for a poller it is not. */
static bool
begin_pause(struct raid_rebuild *rebuild)
{
	uint64_t now = spdk_get_ticks(), hz = spdk_get_ticks_hz();
	uint64_t bytes = rebuild->window.count * rebuild->raid->bdev.blocklen, us;

	if (rebuild->bytes_per_sec == 0) {
		return false;
	}
	us = bytes * SPDK_SEC_TO_USEC / rebuild->bytes_per_sec;
	rebuild->next_ticks = spdk_max(rebuild->next_ticks, now) + us * hz / SPDK_SEC_TO_USEC;
	us = (rebuild->next_ticks - now) * SPDK_SEC_TO_USEC / hz;
	rebuild->pause =
		spdk_poller_register_named(pause_over, rebuild, spdk_max(us, 1), "raid_rebuild");
	return rebuild->pause != NULL;
}

static void
released(void *ctx, int status)
{
	struct raid_rebuild *rebuild = ctx;

	if (must_stop(rebuild)) {
		stop_early(rebuild);
		return;
	}
	rebuild->window.offset += rebuild->window.count;
	if (!begin_pause(rebuild)) {
		next_window(rebuild);
	}
}

static void
release(struct raid_rebuild *rebuild, int rc)
{
	rebuild->rc = rc;
	rc = spdk_bdev_unquiesce_range(&rebuild->raid->bdev, &g_raid_module, rebuild->window.offset,
				       rebuild->window.count, released, rebuild);
	if (rc != 0) {
		/* For lack of memory, it cannot be: it was had when the window was held up. */
		assert(rc != -ENOMEM);
		released(rebuild, rc);
	}
}

/* ---- Reading and writing ---- */

static struct raid_lane *
lane_of(struct raid_rebuild *rebuild, uint32_t slot)
{
	return &rebuild->ch->lanes[slot];
}

/* With the lane held, so that its channel stays. */
static void
wait_for_io(struct raid_rebuild *rebuild, const struct raid_lane *lane, spdk_bdev_io_wait_cb fn)
{
	rebuild->wait = (struct spdk_bdev_io_wait_entry){
		.bdev = spdk_bdev_desc_get_bdev(lane->base.desc),
		.cb_fn = fn,
		.cb_arg = rebuild,
	};
	if (spdk_bdev_queue_io_wait(rebuild->wait.bdev, lane->base.ch, &rebuild->wait) != 0) {
		/* There is one again by now. */
		(void)spdk_thread_send_msg(spdk_get_thread(), fn, rebuild);
	}
}

static struct spdk_bdev_ext_io_opts
io_opts(const struct raid_rebuild *rebuild)
{
	return (struct spdk_bdev_ext_io_opts){
		.size = sizeof(struct spdk_bdev_ext_io_opts),
		.metadata = rebuild->md,
		.dif_check_flags_exclude_mask = ~rebuild->raid->bdev.dif_check_flags,
	};
}

static void
written(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct raid_rebuild *rebuild = arg;

	spdk_bdev_free_io(io);
	release(rebuild, success ? 0 : -EIO);
	raid_lane_put(lane_of(rebuild, rebuild->number));
}

static void
write_window(void *arg)
{
	struct raid_rebuild *rebuild = arg;
	struct raid_lane *lane = lane_of(rebuild, rebuild->number);
	struct spdk_bdev_ext_io_opts opts = io_opts(rebuild);
	int rc;

	rc = lane->can_write ?
		     spdk_bdev_writev_blocks_ext(lane->base.desc, lane->base.ch, &rebuild->iov, 1,
						 lane->data_offset + rebuild->window.offset,
						 rebuild->window.count, written, rebuild, &opts) :
		     -ECANCELED;
	if (rc == -ENOMEM) {
		wait_for_io(rebuild, lane, write_window);
	} else if (rc != 0) {
		release(rebuild, rc);
		raid_lane_put(lane);
	}
}

static void read_window(struct raid_rebuild *rebuild);

static void
note_failure(struct raid_rebuild *rebuild, int rc)
{
	rebuild->failed[rebuild->source / 64] |= UINT64_C(1) << rebuild->source % 64;
	rebuild->rc = rc;
	read_window(rebuild);
}

static void
was_read(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct raid_rebuild *rebuild = arg;
	struct raid_lane *source = lane_of(rebuild, rebuild->source);
	struct raid_lane *target = lane_of(rebuild, rebuild->number);

	spdk_bdev_free_io(io);
	if (!success) {
		note_failure(rebuild, -EIO);
	} else if (!target->can_write) {
		release(rebuild, -ECANCELED);
	} else {
		raid_lane_get(target);
		write_window(rebuild);
	}
	raid_lane_put(source);
}

/* It holds the lane of its source. */
static void
read_source(void *arg)
{
	struct raid_rebuild *rebuild = arg;
	struct raid_lane *lane = lane_of(rebuild, rebuild->source);
	struct spdk_bdev_ext_io_opts opts = io_opts(rebuild);
	int rc;

	rc = lane->can_read ?
		     spdk_bdev_readv_blocks_ext(lane->base.desc, lane->base.ch, &rebuild->iov, 1,
						lane->data_offset + rebuild->window.offset,
						rebuild->window.count, was_read, rebuild, &opts) :
		     -ENODEV;
	if (rc == -ENOMEM) {
		wait_for_io(rebuild, lane, read_source);
	} else if (rc != 0) {
		note_failure(rebuild, rc);
		raid_lane_put(lane);
	}
}

/* From the first that can be read, and has not failed. */
static void
read_window(struct raid_rebuild *rebuild)
{
	for (uint32_t i = 0; i < rebuild->ch->count; i++) {
		bool has_failed = (rebuild->failed[i / 64] >> i % 64 & 1) != 0;

		if (rebuild->ch->lanes[i].can_read && !has_failed) {
			rebuild->source = i;
			raid_lane_get(lane_of(rebuild, i));
			read_source(rebuild);
			return;
		}
	}
	release(rebuild, rebuild->rc != 0 ? rebuild->rc : -ENODEV);
}

/* ---- Windows ---- */

static void
quiesced(void *ctx, int status)
{
	struct raid_rebuild *rebuild = ctx;

	if (status != 0) {
		rebuild->rc = status;
		stop_early(rebuild);
		return;
	}
	memset(rebuild->failed, 0, sizeof(rebuild->failed));
	read_window(rebuild);
}

static void
next_window(struct raid_rebuild *rebuild)
{
	struct spdk_bdev *bdev = &rebuild->raid->bdev;
	struct bdev_place *window = &rebuild->window;
	int rc;

	if (must_stop(rebuild)) {
		stop_early(rebuild);
		return;
	}
	if (window->offset >= bdev->blockcnt) {
		finish(rebuild);
		return;
	}
	window->count = spdk_min(rebuild->window_blocks, bdev->blockcnt - window->offset);
	rebuild->iov.iov_len = window->count * bdev->blocklen;
	rc = spdk_bdev_quiesce_range(bdev, &g_raid_module, window->offset, window->count, quiesced,
				     rebuild);
	if (rc != 0) {
		rebuild->rc = rc;
		stop_early(rebuild);
	}
}

/* ---- Its beginning ---- */

static int
allocate(struct raid_rebuild *rebuild)
{
	const struct spdk_bdev *bdev = &rebuild->raid->bdev;
	size_t align = spdk_bdev_get_buf_align(bdev);

	rebuild->iov.iov_base =
		spdk_dma_malloc(rebuild->window_blocks * bdev->blocklen, align, NULL);
	if (rebuild->iov.iov_base == NULL) {
		return -ENOMEM;
	}
	if (bdev->md_len != 0 && !bdev->md_interleave) {
		rebuild->md = spdk_dma_malloc(rebuild->window_blocks * bdev->md_len, 0, NULL);
	}
	return rebuild->md != NULL || bdev->md_len == 0 || bdev->md_interleave ? 0 : -ENOMEM;
}

int
raid_rebuild_begin(struct raid_slot *slot)
{
	struct raid *raid = slot->raid;
	struct raid_rebuild *rebuild = calloc(1, sizeof(*rebuild));
	uint64_t window_size = (uint64_t)spdk_min(g_opts.window_kb, WINDOW_KB_MAX) * KIB;

	assert(raid->rebuild == NULL);
	if (rebuild == NULL) {
		return -ENOMEM;
	}
	rebuild->raid = raid;
	rebuild->slot = slot;
	rebuild->number = (uint32_t)(slot - raid->slots);
	rebuild->window_blocks = spdk_max(window_size / raid->bdev.blocklen, 1);
	rebuild->window_blocks = spdk_min(rebuild->window_blocks, raid->bdev.blockcnt);
	rebuild->bytes_per_sec = (uint64_t)g_opts.bandwidth_mb_sec * MIB;
	if (allocate(rebuild) == 0) {
		rebuild->io_ch = spdk_get_io_channel(raid);
	}
	if (rebuild->io_ch == NULL) {
		rebuild_free(rebuild);
		return -ENOMEM;
	}
	rebuild->ch = spdk_io_channel_get_ctx(rebuild->io_ch);
	SPDK_NOTICELOG("Raid bdev %s is being rebuilt onto bdev %s.\n", raid->name, slot->name);
	raid_get(raid);
	raid->rebuild = rebuild;
	next_window(rebuild);
	return 0;
}

/* ---- From outside ---- */

bool
raid_rebuild_has_default_opts(void)
{
	return g_opts.window_kb == WINDOW_KB_DEFAULT && g_opts.bandwidth_mb_sec == 0;
}

void
raid_rebuild_get_opts(struct raid_rebuild_opts *out_opts)
{
	*out_opts = g_opts;
}

int
raid_rebuild_set_opts(const struct raid_rebuild_opts *opts, struct bdev_reason *out_reason)
{
	if (opts->window_kb == 0) {
		return bdev_refuse(out_reason, -EINVAL, "process_window_size_kb is 0");
	}
	g_opts = *opts;
	return 0;
}

void
raid_rebuild_write_info(const struct raid *raid, struct spdk_json_write_ctx *w)
{
	const struct raid_rebuild *rebuild = raid->rebuild;

	if (rebuild == NULL || rebuild->slot == NULL) {
		return;
	}
	spdk_json_write_named_object_begin(w, "process");
	spdk_json_write_named_string(w, "type", "rebuild");
	spdk_json_write_named_string(w, "target", rebuild->slot->name);
	spdk_json_write_named_object_begin(w, "progress");
	spdk_json_write_named_uint64(w, "blocks", rebuild->window.offset);
	spdk_json_write_named_uint64(w, "percent",
				     rebuild->window.offset * PERCENT / raid->bdev.blockcnt);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}
