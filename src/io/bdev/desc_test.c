/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors: who may open what, what they are told and where, and what is right when an event and
 * a close meet.
 */
#include "bdev_fixture.h"
#include "device.h"

static struct {
	struct spdk_bdev_desc *desc;
	struct spdk_thread *thread;
	uint32_t removes;
	uint32_t resizes;
	uint32_t media;
	bool closes;
} g_user;

static void
note_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
	g_user.thread = spdk_get_thread();
	switch (type) {
	case SPDK_BDEV_EVENT_REMOVE:
		g_user.removes++;
		break;
	case SPDK_BDEV_EVENT_RESIZE:
		g_user.resizes++;
		break;
	case SPDK_BDEV_EVENT_MEDIA_MANAGEMENT:
		g_user.media++;
		break;
	}
	if (g_user.closes) {
		spdk_bdev_close(g_user.desc);
	}
}

static void
note_end(void *arg, int rc)
{
	assert_int_equal(rc, 0);
	++*(int *)arg;
}

/* Named in messages, so that it is a function of its own. */
static void __attribute__((noinline)) open_user(const char *name, bool write, bool closes)
{
	memset(&g_user, 0, sizeof(g_user));
	g_user.closes = closes;
	assert_int_equal(spdk_bdev_open_ext(name, write, note_event, NULL, &g_user.desc), 0);
}

static void
what_cannot_be_opened_is_refused(void **state)
{
	struct spdk_bdev_desc *desc = (void *)1;
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_open_opts opts = {};

	fake_register(fake);
	assert_int_equal(spdk_bdev_open_ext("nobody", false, note_event, NULL, &desc), -ENODEV);
	assert_nothing_logged();
	assert_int_equal(spdk_bdev_open_ext(NULL, false, note_event, NULL, &desc), -EINVAL);
	assert_one_error("the name is NULL");
	assert_int_equal(spdk_bdev_open_ext("d", false, NULL, NULL, &desc), -EINVAL);
	assert_one_error("bdev d is not opened without a callback for events");
	assert_int_equal(spdk_bdev_open_ext_v2("d", false, note_event, NULL, &opts, &desc),
			 -EINVAL);
	assert_one_error("the opts for bdev d have size 0");
	spdk_set_thread(NULL);
	assert_int_equal(spdk_bdev_open_ext("d", false, note_event, NULL, &desc), -EINVAL);
	spdk_set_thread(g_bdev_thread);
	assert_one_error("bdev d cannot be opened on no spdk_thread");
	assert_ptr_equal(desc, (void *)1);
	fake_delete(fake);
}

static void
a_device_goes_when_its_users_have_closed_it(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_desc *second, *late;
	int ends = 0;

	fake_register(fake);
	open_user("d", true, false);
	assert_int_equal(spdk_bdev_open_ext("d", false, note_event, NULL, &second), 0);
	assert_ptr_equal(spdk_bdev_desc_get_bdev(second), &fake->bdev);
	spdk_bdev_unregister(&fake->bdev, note_end, &ends);
	assert_int_equal(g_user.removes, 0);
	assert_int_equal(spdk_bdev_open_ext("d", false, note_event, NULL, &late), -ENODEV);
	settle_bdev();
	assert_int_equal(g_user.removes, 2);
	assert_int_equal(ends, 0);
	spdk_bdev_close(second);
	settle_bdev();
	assert_int_equal(ends, 0);
	assert_false(fake->destructed);
	spdk_bdev_close(g_user.desc);
	settle_bdev();
	assert_int_equal(ends, 1);
	fake_free(fake);
}

static void
an_event_comes_on_the_thread_that_opened(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_thread *other = make_thread("other");
	int ends = 0;

	fake_register(fake);
	spdk_set_thread(other);
	open_user("d", true, true);
	spdk_set_thread(g_bdev_thread);
	spdk_bdev_unregister(&fake->bdev, note_end, &ends);
	settle_bdev();
	assert_int_equal(g_user.removes, 0);
	settle(other);
	assert_int_equal(g_user.removes, 1);
	assert_ptr_equal(g_user.thread, other);
	assert_int_equal(ends, 0);
	settle_bdev();
	assert_int_equal(ends, 1);
	end_thread(other);
	spdk_set_thread(g_bdev_thread);
	fake_free(fake);
}

static void
who_closes_before_an_event_arrives_is_not_told(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	int ends = 0;

	fake_register(fake);
	open_user("d", true, false);
	assert_int_equal(spdk_bdev_notify_blockcnt_change(&fake->bdev, 9), 0);
	assert_int_equal(spdk_bdev_notify_blockcnt_change(&fake->bdev, 10), 0);
	spdk_bdev_unregister(&fake->bdev, note_end, &ends);
	spdk_bdev_close(g_user.desc);
	settle_bdev();
	assert_int_equal(g_user.removes, 0);
	assert_int_equal(g_user.resizes, 0);
	assert_int_equal(ends, 1);
	fake_free(fake);
}

static void
who_closes_in_an_event_is_not_told_of_the_next(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);

	fake_register(fake);
	open_user("d", true, true);
	assert_int_equal(spdk_bdev_notify_blockcnt_change(&fake->bdev, 9), 0);
	assert_int_equal(spdk_bdev_notify_blockcnt_change(&fake->bdev, 10), 0);
	settle_bdev();
	assert_int_equal(g_user.resizes, 1);
	fake_delete(fake);
}

static void
closing_on_another_thread_is_explained_and_done(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_thread *other = make_thread("other");

	fake_register(fake);
	open_user("d", true, false);
	spdk_set_thread(other);
	spdk_bdev_close(g_user.desc);
	spdk_set_thread(g_bdev_thread);
	assert_true(log_captured("the descriptor of bdev d was opened by", "open_user",
				 "on thread bdev", "is closed on other", NULL));
	log_capture_clear();
	settle_bdev();
	assert_true(TAILQ_EMPTY(&fake->bdev.internal.open_descs));
	fake_delete(fake);

	/* Nobody is left to close it there. */
	fake = fake_new("d", 8);
	fake_register(fake);
	spdk_set_thread(other);
	open_user("d", true, false);
	end_thread(other);
	spdk_set_thread(g_bdev_thread);
	spdk_bdev_close(g_user.desc);
	assert_true(log_captured("on thread that has exited", "is closed on bdev", NULL));
	log_capture_clear();
	assert_true(TAILQ_EMPTY(&fake->bdev.internal.open_descs));
	fake_delete(fake);
}

static void
a_device_grows_while_it_is_used_and_shrinks_when_it_is_not(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);

	fake_register(fake);
	open_user("d", false, false);
	assert_int_equal(spdk_bdev_notify_blockcnt_change(&fake->bdev, 16), 0);
	assert_int_equal(spdk_bdev_get_num_blocks(&fake->bdev), 16);
	assert_int_equal(g_user.resizes, 0);
	settle_bdev();
	assert_int_equal(g_user.resizes, 1);
	assert_int_equal(spdk_bdev_notify_blockcnt_change(&fake->bdev, 16), 0);
	assert_int_equal(spdk_bdev_notify_blockcnt_change(&fake->bdev, 15), -EBUSY);
	settle_bdev();
	assert_int_equal(g_user.resizes, 1);
	assert_int_equal(spdk_bdev_get_num_blocks(&fake->bdev), 16);
	spdk_bdev_close(g_user.desc);
	assert_int_equal(spdk_bdev_notify_blockcnt_change(&fake->bdev, 4), 0);
	assert_int_equal(spdk_bdev_get_num_blocks(&fake->bdev), 4);
	fake_delete(fake);
	fake = fake_new("d", 8);
	assert_int_equal(spdk_bdev_notify_blockcnt_change(&fake->bdev, 4), -ENODEV);
	fake_free(fake);
}

static void
a_descriptor_may_hide_the_metadata(void **state)
{
	struct spdk_bdev_open_opts opts;
	struct spdk_bdev_desc *shows, *hides;
	struct fake_bdev *fake = fake_new("d", 8);

	fake->bdev.blocklen = 520;
	fake->bdev.md_len = 8;
	fake->bdev.md_interleave = true;
	fake->bdev.dif_type = SPDK_DIF_TYPE1;
	fake->bdev.dif_is_head_of_md = true;
	fake->bdev.dif_check_flags = SPDK_DIF_FLAGS_GUARD_CHECK;
	fake_register(fake);
	spdk_bdev_open_opts_init(&opts, sizeof(opts));
	assert_false(opts.hide_metadata);
	assert_int_equal(spdk_bdev_open_ext_v2("d", true, note_event, NULL, &opts, &shows), 0);
	opts.hide_metadata = true;
	assert_int_equal(spdk_bdev_open_ext_v2("d", true, note_event, NULL, &opts, &hides), 0);

	assert_int_equal(spdk_bdev_desc_get_block_size(shows), 520);
	assert_int_equal(spdk_bdev_desc_get_md_size(shows), 8);
	assert_true(spdk_bdev_desc_is_md_interleaved(shows));
	assert_false(spdk_bdev_desc_is_md_separate(shows));
	assert_int_equal(spdk_bdev_desc_get_dif_type(shows), SPDK_DIF_TYPE1);
	assert_true(spdk_bdev_desc_is_dif_head_of_md(shows));
	assert_true(spdk_bdev_desc_is_dif_check_enabled(shows, SPDK_DIF_CHECK_TYPE_GUARD));
	assert_false(spdk_bdev_desc_is_dif_check_enabled(shows, SPDK_DIF_CHECK_TYPE_REFTAG));
	assert_false(spdk_bdev_desc_hide_metadata(shows));

	assert_int_equal(spdk_bdev_desc_get_block_size(hides), 512);
	assert_int_equal(spdk_bdev_desc_get_md_size(hides), 0);
	assert_false(spdk_bdev_desc_is_md_interleaved(hides));
	assert_int_equal(spdk_bdev_desc_get_dif_type(hides), SPDK_DIF_DISABLE);
	assert_false(spdk_bdev_desc_is_dif_head_of_md(hides));
	assert_false(spdk_bdev_desc_is_dif_check_enabled(hides, SPDK_DIF_CHECK_TYPE_GUARD));
	assert_true(spdk_bdev_desc_hide_metadata(hides));
	spdk_bdev_close(shows);
	spdk_bdev_close(hides);
	fake_delete(fake);
}

/* Each block of the caller's would be taken for one with metadata. */
static void
what_knows_whole_blocks_only_is_refused_where_metadata_is_hidden(void **state)
{
	static uint8_t buf[2 * 512];
	struct iovec iov = {buf, 512}, other = {buf + 512, 512};
	struct spdk_bdev_open_opts opts;
	struct outcome outcome = {0};
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
	struct fake_bdev *fake = fake_new("d", 8);

	fake->bdev.blocklen = 520;
	fake->bdev.md_len = 8;
	fake->bdev.md_interleave = true;
	fake_register(fake);
	spdk_bdev_open_opts_init(&opts, sizeof(opts));
	opts.hide_metadata = true;
	assert_int_equal(spdk_bdev_open_ext_v2("d", true, note_event, NULL, &opts, &desc), 0);
	ch = spdk_bdev_get_io_channel(desc);
	assert_int_equal(spdk_bdev_compare_blocks(desc, ch, buf, 0, 1, note_outcome, &outcome),
			 -ENOTSUP);
	assert_int_equal(spdk_bdev_comparev_blocks(desc, ch, &iov, 1, 0, 1, note_outcome, &outcome),
			 -ENOTSUP);
	assert_int_equal(spdk_bdev_comparev_and_writev_blocks(desc, ch, &iov, 1, &other, 1, 0, 1,
							      note_outcome, &outcome),
			 -ENOTSUP);
	assert_int_equal(
		spdk_bdev_zcopy_start(desc, ch, NULL, 0, 0, 1, true, note_outcome, &outcome),
		-ENOTSUP);
	spdk_put_io_channel(ch);
	spdk_bdev_close(desc);
	fake_delete(fake);
	assert_int_equal(outcome.calls, 0);
}

static void
hiding_metadata_means_nothing_where_there_is_none_among_the_data(void **state)
{
	struct spdk_bdev_open_opts opts;
	struct fake_bdev *fake;
	uint32_t md_len;

	spdk_bdev_open_opts_init(&opts, sizeof(opts));
	opts.hide_metadata = true;
	for (md_len = 0; md_len <= 8; md_len += 8) {
		struct spdk_bdev_desc *desc;

		fake = fake_new("d", 8);
		fake->bdev.md_len = md_len;
		fake_register(fake);
		assert_int_equal(spdk_bdev_open_ext_v2("d", true, note_event, NULL, &opts, &desc),
				 0);
		assert_false(spdk_bdev_desc_hide_metadata(desc));
		assert_int_equal(spdk_bdev_desc_get_block_size(desc), fake->bdev.blocklen);
		assert_int_equal(spdk_bdev_desc_get_md_size(desc), md_len);
		spdk_bdev_close(desc);
		fake_delete(fake);
	}
}

/* ---- Media events ---- */

static void
media_events_wait_for_who_writes(void **state)
{
	struct spdk_bdev_media_event events[100], fetched[100];
	struct spdk_bdev_desc *reader;
	struct fake_bdev *fake = fake_new("d", 8);
	int i;

	for (i = 0; i < 100; i++) {
		events[i].offset = (uint64_t)i;
		events[i].num_blocks = 1;
	}
	fake->bdev.media_events = true;
	fake_register(fake);
	assert_int_equal(spdk_bdev_open_ext("d", false, note_event, NULL, &reader), 0);
	assert_int_equal(spdk_bdev_push_media_events(&fake->bdev, events, 1), -ENODEV);
	open_user("d", true, false);
	assert_int_equal(spdk_bdev_push_media_events(&fake->bdev, events, 3), 3);
	settle_bdev();
	assert_int_equal(g_user.media, 0);
	spdk_bdev_notify_media_management(&fake->bdev);
	settle_bdev();
	assert_int_equal(g_user.media, 1);
	assert_int_equal(spdk_bdev_get_media_events(reader, fetched, 100), 0);
	assert_int_equal(spdk_bdev_get_media_events(g_user.desc, fetched, 2), 2);
	assert_int_equal(fetched[1].offset, 1);
	/* Round the end of the ring, and no more than there is room for. */
	assert_int_equal(spdk_bdev_push_media_events(&fake->bdev, &events[3], 97), 63);
	assert_int_equal(spdk_bdev_get_media_events(g_user.desc, fetched, 100), 64);
	for (i = 0; i < 64; i++) {
		assert_int_equal(fetched[i].offset, i + 2);
	}
	/* Nothing is left to tell of. */
	spdk_bdev_notify_media_management(&fake->bdev);
	settle_bdev();
	assert_int_equal(g_user.media, 1);
	spdk_bdev_close(reader);
	spdk_bdev_close(g_user.desc);
	fake_delete(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BDEV_TEST(what_cannot_be_opened_is_refused),
		BDEV_TEST(a_device_goes_when_its_users_have_closed_it),
		BDEV_TEST(an_event_comes_on_the_thread_that_opened),
		BDEV_TEST(who_closes_before_an_event_arrives_is_not_told),
		BDEV_TEST(who_closes_in_an_event_is_not_told_of_the_next),
		BDEV_TEST(closing_on_another_thread_is_explained_and_done),
		BDEV_TEST(a_device_grows_while_it_is_used_and_shrinks_when_it_is_not),
		BDEV_TEST(a_descriptor_may_hide_the_metadata),
		BDEV_TEST(what_knows_whole_blocks_only_is_refused_where_metadata_is_hidden),
		BDEV_TEST(hiding_metadata_means_nothing_where_there_is_none_among_the_data),
		BDEV_TEST(media_events_wait_for_who_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
