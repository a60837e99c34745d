/* SPDX-License-Identifier: BSD-3-Clause */
#include "subject.h"
#include "modules/bdev/delay/bdev_delay.h"
#include "modules/bdev/error/bdev_error.h"
#include "modules/bdev/passthru/bdev_passthru.h"
#include "modules/bdev/split/bdev_split.h"
#include "random.h"
#include "report.h"
#include "spdk/bdev.h"
#include "spdk/util.h"
#include "trouble.h"

struct subject g_subjects[SUBJECTS_MAX];

/* ---- What it is made of ---- */

static struct flaky *
find_twin(void)
{
	uint32_t i;

	for (i = 0; i < SUBJECTS_MAX; i++) {
		if (g_subjects[i].state == SUBJECT_LIVE && g_subjects[i].bottom.count > 0 &&
		    random_permille(400)) {
			return g_subjects[i].bottom.flakies[0];
		}
	}
	return NULL;
}

/* Its name is known before it is there. */
static int
make_passthru(const char *name, const char *base, struct bdev_reason *reason)
{
	static const struct spdk_uuid none;
	struct layered *layered = layered_new(&g_passthru_type, name, base, &none);

	return layered != NULL ? layered_add(layered, reason) : -ENOMEM;
}

static int
make_delay(const char *name, const char *base, struct bdev_reason *reason)
{
	struct delay_opts opts = {.name = name, .base_name = base};
	uint64_t latency_us_max = random_size(2000);
	int i;

	for (i = 0; i < DELAY_TYPES; i++) {
		opts.latency_us[i] = random_below(latency_us_max + 1);
	}
	return delay_bdev_create(&opts, reason);
}

static int
make_error(const char *base, struct bdev_reason *reason)
{
	static const struct spdk_uuid none;

	return error_bdev_create(base, &none, reason);
}

static int
make_split(const char *base, struct bdev_reason *reason)
{
	const struct split_opts opts = {.base_name = base, .count = 2};
	struct split *split;

	return split_create(&opts, reason, &split);
}

static void
add_layer(struct subject *subject, const char *base)
{
	uint32_t i = subject->layer_count++;
	char *name = subject->layers[i].name;
	struct bdev_reason reason = {""};
	int rc;

	(void)snprintf(name, NAME_SIZE, "%s.%u", subject->bottom.name, i);
	switch (random_below(5)) {
	case 4:
		subject->layers[i].type = NULL;
		(void)snprintf(name, NAME_SIZE, "%.24sp1", base);
		rc = make_split(base, &reason);
		break;
	case 0:
		subject->layers[i].type = &g_delay_type;
		rc = make_delay(name, base, &reason);
		break;
	case 1:
		subject->layers[i].type = &g_error_type;
		(void)snprintf(name, NAME_SIZE, "EE_%.24s", base);
		rc = make_error(base, &reason);
		break;
	default:
		subject->layers[i].type = &g_passthru_type;
		rc = make_passthru(name, base, &reason);
		break;
	}
	if (rc != 0) {
		report_found(FOUND_RC, "%s on %s: %d, %s", name, base, rc, reason.text);
	}
}

static void
inject(struct layered *layered)
{
	static const enum spdk_bdev_error_type types[] = {SPDK_BDEV_ERROR_TYPE_FAILURE,
							  SPDK_BDEV_ERROR_TYPE_NOMEM,
							  SPDK_BDEV_ERROR_TYPE_NVME_FAILURE};
	const struct injection injection = {
		.type = random_pick(types),
		.count = (uint32_t)random_between(1, 5),
		.sct = SPDK_NVME_SCT_GENERIC,
		.sc = SPDK_NVME_SC_INTERNAL_DEVICE_ERROR,
	};
	struct bdev_reason reason = {""};
	int rc = error_bdev_inject(layered, ERROR_IO_TYPE_ALL, &injection, &reason);

	if (rc != 0) {
		report_found(FOUND_RC, "injecting errors: %d, %s", rc, reason.text);
	}
}

void
subject_inject(struct subject *subject)
{
	uint32_t i;

	for (i = 0; i < subject->layer_count; i++) {
		if (subject->layers[i].type == &g_error_type) {
			/* Until the end of the run, since nobody knows when it is met. */
			trouble_begin(TROUBLE_DEVICE);
			inject(layered_find(&g_error_type, subject->layers[i].name));
		}
	}
}

/* ---- Its users ---- */

static void
note_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
	struct subject *subject = ctx;

	if (type == SPDK_BDEV_EVENT_REMOVE && subject->state == SUBJECT_LIVE) {
		report_note("%s is being removed", subject->name);
		subject->state = SUBJECT_LEAVING;
		subject->lingers = (uint32_t)random_below(20);
	}
}

static void
open_user(struct subject *subject, uint32_t thread)
{
	struct io_user *user = &subject->users[thread];
	int rc;

	world_on(thread);
	rc = spdk_bdev_open_ext(subject->name, true, note_event, subject, &user->desc);
	if (rc != 0) {
		report_found(FOUND_RC, "spdk_bdev_open_ext() of %s returns %d", subject->name, rc);
	}
	user->ch = spdk_bdev_get_io_channel(user->desc);
	if (user->ch == NULL) {
		report_found(FOUND_RC, "no channel of %s", subject->name);
	}
}

static void
close_user(struct subject *subject, uint32_t thread)
{
	struct io_user *user = &subject->users[thread];

	if (user->ch == NULL) {
		return;
	}
	world_on(thread);
	spdk_put_io_channel(user->ch);
	spdk_bdev_close(user->desc);
	*user = (struct io_user){NULL};
}

void
subject_close_or_open(struct subject *subject, uint32_t thread)
{
	if (subject->users[thread].ch == NULL) {
		open_user(subject, thread);
		return;
	}
	close_user(subject, thread);
	if (thread == 0 || random_permille(200)) {
		open_user(subject, thread);
	}
}

void
subject_open_all(struct subject *subject)
{
	uint32_t i;

	for (i = 0; subject->state == SUBJECT_LIVE && i < g_world.count; i++) {
		if (subject->users[i].ch == NULL) {
			open_user(subject, i);
		}
	}
}

/* ---- Its life ---- */

bool
subject_takes_operations(struct subject *subject)
{
	if (subject->state == SUBJECT_LEAVING && subject->lingers > 0) {
		subject->lingers--;
		return true;
	}
	return subject->state == SUBJECT_LIVE;
}

static bool
is_registered(void *arg)
{
	const struct subject *subject = arg;

	return spdk_bdev_get_by_name(subject->name) != NULL;
}

static void
set_properties(struct subject *subject)
{
	struct spdk_bdev *bdev = spdk_bdev_get_by_name(subject->name);

	subject->bdev = bdev;
	subject->block_size = spdk_bdev_get_block_size(bdev);
	subject->md_size = spdk_bdev_is_md_separate(bdev) ? spdk_bdev_get_md_size(bdev) : 0;
	subject->history = history_create(subject->bottom.blocks_max);
}

void
subject_create(struct subject *subject)
{
	uint32_t layers = (uint32_t)random_below(LAYERS_MAX + 1), i;

	*subject = (struct subject){.state = SUBJECT_ABSENT};
	world_on(0);
	bottom_create(&subject->bottom, find_twin());
	(void)snprintf(subject->name, NAME_SIZE, "%s", subject->bottom.name);
	for (i = 0; i < layers; i++) {
		world_on(0);
		add_layer(subject, subject->name);
		memcpy(subject->name, subject->layers[i].name, NAME_SIZE);
		world_wait_until(is_registered, subject, "a layer", NULL);
	}
	world_on(0);
	set_properties(subject);
	for (i = 0; i < g_world.count; i++) {
		open_user(subject, i);
	}
	subject->state = SUBJECT_LIVE;
	report_note("%s on %s: %" PRIu64 " blocks of %u, metadata %u", subject->name,
		    bottom_kind_name(&subject->bottom), spdk_bdev_get_num_blocks(subject->bdev),
		    subject->block_size, subject->md_size);
}

void
subject_remove(struct subject *subject)
{
	if (!subject->is_removed) {
		subject->is_removed = true;
		world_on(0);
		bottom_remove(&subject->bottom);
	}
}

void
subject_close(struct subject *subject)
{
	uint32_t i;

	for (i = 0; i < g_world.count; i++) {
		close_user(subject, i);
	}
	subject->state = SUBJECT_CLOSED;
}

static void
note_deleted(void *arg, int rc)
{
	uint32_t *left = arg;

	if (rc != 0 && rc != -ENODEV) {
		report_found(FOUND_RC, "deleting a layer tells %d", rc);
	}
	(*left)--;
}

static void
delete_split(const char *base, uint32_t *left)
{
	int rc = split_delete(base, note_deleted, left);

	if (rc != 0) {
		report_found(FOUND_RC, "deleting the split of %s returns %d", base, rc);
	}
}

static bool
is_zero(void *arg)
{
	return *(uint32_t *)arg == 0;
}

void
subject_destroy(struct subject *subject)
{
	uint32_t left = subject->layer_count, i;

	world_wait_until(bottom_is_gone, &subject->bottom, "the end of a device", NULL);
	for (i = subject->layer_count; i-- > 0;) {
		world_on(0);
		if (subject->layers[i].type == NULL) {
			delete_split(i > 0 ? subject->layers[i - 1].name : subject->bottom.name,
				     &left);
			continue;
		}
		layered_delete(subject->layers[i].type, subject->layers[i].name, note_deleted,
			       &left);
	}
	world_wait_until(is_zero, &left, "the end of the layers", NULL);
	bottom_destroy(&subject->bottom);
	history_destroy(subject->history);
	*subject = (struct subject){.state = SUBJECT_ABSENT};
}
