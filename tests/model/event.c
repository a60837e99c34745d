/* SPDX-License-Identifier: BSD-3-Clause */
#include "event.h"
#include "memory.h"
#include "random.h"
#include "report.h"
#include "spdk/bdev.h"
#include "spdk/util.h"

enum quiet_state {
	QUIET_NOT,
	QUIET_COMING,
	QUIET,
	QUIET_GOING,
};

/* Of each subject one at a time. */
struct quiet {
	struct subject *subject;
	enum quiet_state state;
	uint64_t offset;
	uint64_t count;
};

enum event {
	EVENT_QUIESCE,
	EVENT_RATE,
	EVENT_HISTOGRAM,
	EVENT_GROW,
	EVENT_REMOVE,
	EVENT_REOPEN,
	EVENT_INJECT,
	EVENT_MEMBERS,
	EVENT_MEMORY,
	EVENTS,
};

static struct quiet g_quiets[SUBJECTS_MAX];
static uint32_t g_events;

void
events_choose(void)
{
	uint32_t i;

	g_events = (uint32_t)random_below(1u << EVENT_MEMORY);
	if (random_permille(200)) {
		g_events |= 1u << EVENT_MEMORY;
	}
	/* Where memory is missing, that is said. */
	report_tolerate_errors((g_events & 1u << EVENT_MEMORY) != 0);
	for (i = 0; i < SUBJECTS_MAX; i++) {
		g_quiets[i] = (struct quiet){.subject = &g_subjects[i]};
	}
}

static struct quiet *
quiet_of(const struct subject *subject)
{
	return &g_quiets[subject - g_subjects];
}

/* ---- Quiet ---- */

static void
note_quiet(void *arg, int rc)
{
	struct quiet *quiet = arg;

	if (rc != 0 && memory_failures() == 0) {
		report_found(FOUND_RC, "quiescing tells %d", rc);
	}
	report_note("%s is quiet, %d", quiet->subject->name, rc);
	quiet->state = rc == 0 ? QUIET : QUIET_NOT;
	bottom_set_quiet(&quiet->subject->bottom, quiet->offset, rc == 0 ? quiet->count : 0);
}

static void
note_loud(void *arg, int rc)
{
	struct quiet *quiet = arg;

	if (rc != 0) {
		report_found(FOUND_RC, "unquiescing tells %d", rc);
	}
	quiet->state = QUIET_NOT;
}

static void
quiesce(struct subject *subject)
{
	struct quiet *quiet = quiet_of(subject);
	uint64_t blocks = spdk_bdev_get_num_blocks(subject->bdev);
	int rc;

	if (quiet->state != QUIET_NOT) {
		return;
	}
	quiet->count = random_size(blocks);
	quiet->offset = random_below(blocks - quiet->count + 1);
	quiet->state = QUIET_COMING;
	rc = spdk_bdev_quiesce_range(subject->bdev, subject->bdev->module, quiet->offset,
				     quiet->count, note_quiet, quiet);
	if (rc != 0) {
		report_found(FOUND_RC, "spdk_bdev_quiesce_range() returns %d", rc);
	}
}

static void
unquiesce(struct quiet *quiet)
{
	struct subject *subject = quiet->subject;
	int rc;

	bottom_set_quiet(&subject->bottom, 0, 0);
	quiet->state = QUIET_GOING;
	world_on((uint32_t)random_below(g_world.count));
	rc = spdk_bdev_unquiesce_range(subject->bdev, subject->bdev->module, quiet->offset,
				       quiet->count, note_loud, quiet);
	if (rc != 0) {
		report_found(FOUND_RC, "spdk_bdev_unquiesce_range() returns %d", rc);
	}
}

/* ---- Changes that are told when all channels know ---- */

static void
note_changed(void *arg, int rc)
{
	struct subject *subject = arg;

	subject->changes--;
	if (rc != 0 && rc != -EAGAIN && memory_failures() == 0) {
		report_found(FOUND_RC, "a change of %s tells %d", subject->name, rc);
	}
}

static void
limit_rates(struct subject *subject)
{
	uint64_t limits[SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES];
	int i;

	for (i = 0; i < SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES; i++) {
		limits[i] = random_permille(300) ? UINT64_MAX : random_below(4);
		if (i == SPDK_BDEV_QOS_RW_IOPS_RATE_LIMIT && limits[i] != UINT64_MAX) {
			limits[i] *= 10000;
		} else if (limits[i] != UINT64_MAX) {
			limits[i] *= 64;
		}
	}
	subject->changes++;
	spdk_bdev_set_qos_rate_limits(subject->bdev, limits, note_changed, subject);
}

static void
count_times(struct subject *subject)
{
	subject->changes++;
	spdk_bdev_histogram_enable(subject->bdev, note_changed, subject, random_permille(500));
}

/* ---- The device ---- */

static void
remove_if_ready(struct subject *subject)
{
	/* Rarer than the rest: each costs a new stack. */
	if (random_permille(150)) {
		subject_remove(subject);
	}
}

static void
reopen(struct subject *subject)
{
	uint32_t thread = (uint32_t)random_below(g_world.count);

	if (subject->users[thread].outstanding == 0) {
		subject_close_or_open(subject, thread);
	}
}

/* ---- All of them ---- */

static void
happen(struct subject *subject, enum event event)
{
	world_on((uint32_t)random_below(g_world.count));
	switch (event) {
	case EVENT_QUIESCE:
		quiesce(subject);
		break;
	case EVENT_RATE:
		limit_rates(subject);
		break;
	case EVENT_HISTOGRAM:
		count_times(subject);
		break;
	case EVENT_GROW:
		bottom_grow(&subject->bottom);
		break;
	case EVENT_REMOVE:
		remove_if_ready(subject);
		break;
	case EVENT_INJECT:
		world_on(0);
		subject_inject(subject);
		break;
	case EVENT_MEMBERS:
		world_on(0);
		bottom_change_members(&subject->bottom);
		break;
	case EVENT_REOPEN:
		reopen(subject);
		break;
	default:
		memory_fail_after((uint32_t)random_below(30));
		break;
	}
}

void
event_step(void)
{
	struct subject *subject = &g_subjects[random_below(SUBJECTS_MAX)];
	enum event event = (enum event)random_below(EVENTS);
	uint32_t i;

	for (i = 0; i < SUBJECTS_MAX; i++) {
		/* As a module does that quiesces its device and then resets it. */
		if (g_quiets[i].state == QUIET && g_subjects[i].resets == 0 &&
		    (random_permille(100) || g_subjects[i].state == SUBJECT_LEAVING)) {
			unquiesce(&g_quiets[i]);
		}
	}
	if (subject->state == SUBJECT_LIVE && !subject->is_removed &&
	    (g_events & (1u << event)) != 0 && random_permille(event == EVENT_MEMBERS ? 300 : 60)) {
		report_note("event %d of %s", event, subject->name);
		happen(subject, event);
	}
}

void
events_stop(void)
{
	uint32_t i;

	g_events = 0;
	memory_fail_no_more();
	for (i = 0; i < SUBJECTS_MAX; i++) {
		subject_open_all(&g_subjects[i]);
		bottom_calm(&g_subjects[i].bottom);
	}
}

bool
events_are_over(struct subject *subject)
{
	return subject->changes == 0 && quiet_of(subject)->state == QUIET_NOT;
}
