/* SPDX-License-Identifier: BSD-3-Clause */
#include "far.h"
#include "random.h"
#include "report.h"
#include "spdk/accel.h"
#include "spdk/dma.h"
#include "spdk/util.h"
#include "world.h"

/* What the addresses of the domain are away from where the data is. */
#define DISTANCE  ((uintptr_t)1 << 62)
#define MOVES_MAX 1024

/* One that is under way: data moves when it ends. */
struct move {
	struct spdk_thread *thread;
	struct iovec *src;
	uint32_t src_count;
	struct iovec *dst;
	uint32_t dst_count;
	bool is_pull;
	spdk_memory_domain_data_cpl_cb cb_fn;
	void *cb_arg;
};

static struct spdk_memory_domain *g_domain;
static struct spdk_io_channel *g_accel[THREADS_MAX];
static struct move g_moves[MOVES_MAX];
static uint32_t g_count;

/* ---- The domain ---- */

static int
begin_move(const struct move *move)
{
	if (g_count == MOVES_MAX) {
		abort();
	}
	g_moves[g_count] = *move;
	g_moves[g_count++].thread = spdk_get_thread();
	return 0;
}

static int
pull(struct spdk_memory_domain *domain, void *ctx, struct iovec *src, uint32_t src_count,
     struct iovec *dst, uint32_t dst_count, spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	const struct move move = {
		.src = src,
		.src_count = src_count,
		.dst = dst,
		.dst_count = dst_count,
		.is_pull = true,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	if (ctx != &g_domain) {
		report_found(FOUND_BUFFER, "data is pulled from a domain with another context");
	}
	return begin_move(&move);
}

static int
push(struct spdk_memory_domain *domain, void *ctx, struct iovec *dst, uint32_t dst_count,
     struct iovec *src, uint32_t src_count, spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	const struct move move = {
		.src = src,
		.src_count = src_count,
		.dst = dst,
		.dst_count = dst_count,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};

	if (ctx != &g_domain) {
		report_found(FOUND_BUFFER, "data is pushed to a domain with another context");
	}
	return begin_move(&move);
}

static void
bring_near(struct iovec *near, const struct iovec *far, uint32_t count)
{
	uint32_t i;

	if (count > SCATTER_VECTORS) {
		report_found(FOUND_BUFFER, "%u vectors of a domain", count);
	}
	for (i = 0; i < count; i++) {
		near[i].iov_base = (void *)((uintptr_t)far[i].iov_base - DISTANCE);
		near[i].iov_len = far[i].iov_len;
	}
}

void
far_step(void)
{
	struct iovec near[SCATTER_VECTORS];
	struct move move;
	uint32_t i;

	if (g_count == 0 || random_permille(400)) {
		return;
	}
	i = (uint32_t)random_below(g_count);
	move = g_moves[i];
	g_moves[i] = g_moves[--g_count];
	if (move.is_pull) {
		bring_near(near, move.src, move.src_count);
		(void)spdk_iovcpy(near, move.src_count, move.dst, move.dst_count);
	} else {
		bring_near(near, move.dst, move.dst_count);
		(void)spdk_iovcpy(move.src, move.src_count, near, move.dst_count);
	}
	spdk_set_thread(move.thread);
	world_enter_library();
	move.cb_fn(move.cb_arg, 0);
	world_leave_library();
}

void
far_setup(void)
{
	if (spdk_memory_domain_create(&g_domain, SPDK_DMA_DEVICE_TYPE_DMA, NULL, "far") != 0) {
		report_found(FOUND_RC, "no memory domain");
	}
	spdk_memory_domain_set_pull(g_domain, pull);
	spdk_memory_domain_set_push(g_domain, push);
}

void
far_open(void)
{
	uint32_t i;

	for (i = 0; i < g_world.count; i++) {
		world_on(i);
		g_accel[i] = spdk_accel_get_io_channel();
		if (g_accel[i] == NULL) {
			report_found(FOUND_RC, "no channel of accel");
		}
	}
	world_on(0);
}

void
far_close(void)
{
	uint32_t i;

	if (g_count > 0) {
		report_found(FOUND_LOST, "%u moves of data are under way", g_count);
	}
	for (i = 0; i < g_world.count; i++) {
		world_on(i);
		spdk_put_io_channel(g_accel[i]);
	}
	world_on(0);
}

/* ---- An I/O ---- */

static void
use_domain(struct far *far, const struct scatter *scatter)
{
	int i;

	for (i = 0; i < scatter->count; i++) {
		far->iovs[i].iov_base = (void *)((uintptr_t)scatter->iovs[i].iov_base + DISTANCE);
		far->iovs[i].iov_len = scatter->iovs[i].iov_len;
	}
	far->count = scatter->count;
}

/* A copy between the data and a buffer that becomes memory only when it is carried out. */
static bool
use_sequence(struct far *far, const struct scatter *scatter, bool is_read)
{
	struct iovec *iovs = (struct iovec *)(uintptr_t)scatter->iovs;
	uint32_t count = (uint32_t)scatter->count;
	struct spdk_io_channel *ch = g_accel[far->thread];
	int rc;

	far->iovs[0].iov_len = 0;
	for (rc = 0; rc < scatter->count; rc++) {
		far->iovs[0].iov_len += scatter->iovs[rc].iov_len;
	}
	far->count = 1;
	rc = spdk_accel_get_buf(ch, far->iovs[0].iov_len, &far->iovs[0].iov_base, &far->domain,
				&far->domain_ctx);
	if (rc != 0) {
		*far = (struct far){.count = 0};
		return false;
	}
	if (is_read) {
		rc = spdk_accel_append_copy(&far->sequence, ch, iovs, count, NULL, NULL, far->iovs,
					    1, far->domain, far->domain_ctx, NULL, NULL);
	} else {
		rc = spdk_accel_append_copy(&far->sequence, ch, far->iovs, 1, far->domain,
					    far->domain_ctx, iovs, count, NULL, NULL, NULL, NULL);
	}
	if (rc != 0) {
		far_end(far, true);
		return false;
	}
	return true;
}

bool
far_begin(struct far *far, enum place place, const struct scatter *scatter, bool is_read,
	  struct spdk_bdev_ext_io_opts *opts)
{
	*far = (struct far){.count = 0};
	for (far->thread = 0; g_world.threads[far->thread] != spdk_get_thread(); far->thread++) {
	}
	if (place == PLACE_DOMAIN) {
		use_domain(far, scatter);
		opts->memory_domain = g_domain;
		opts->memory_domain_ctx = &g_domain;
		return true;
	}
	if (!use_sequence(far, scatter, is_read)) {
		return false;
	}
	opts->memory_domain = far->domain;
	opts->memory_domain_ctx = far->domain_ctx;
	opts->accel_sequence = far->sequence;
	return true;
}

void
far_end(struct far *far, bool is_refused)
{
	if (is_refused && far->sequence != NULL) {
		spdk_accel_sequence_abort(far->sequence);
	}
	if (far->domain != NULL) {
		spdk_accel_put_buf(g_accel[far->thread], far->iovs[0].iov_base, far->domain,
				   far->domain_ctx);
	}
	*far = (struct far){.count = 0};
}
