/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts: where their blocks are, what becomes of their I/O, and how they go: one by one, with their
 * base, at the end.
 */
#include "bdev_fixture.h"
#include "device.h"
#include "part.h"
#include "spdk/dif.h"

#define BLOCK  512
#define BLOCKS 64

static int
nothing(void)
{
	return 0;
}

static int
ctx_size(void)
{
	return 64;
}

static struct spdk_bdev_module g_module = {
	.name = "parts",
	.module_init = nothing,
	.get_ctx_size = ctx_size,
};
SPDK_BDEV_MODULE_REGISTER(parts, &g_module)

static SPDK_BDEV_PART_TAILQ g_parts = TAILQ_HEAD_INITIALIZER(g_parts);
static int g_base_frees;

static int
destruct(void *ctx)
{
	return spdk_bdev_part_free(ctx);
}

static void
submit(struct spdk_io_channel *ch, struct spdk_bdev_io *io)
{
	int rc = spdk_bdev_part_submit_request(spdk_io_channel_get_ctx(ch), io);

	if (rc != 0) {
		spdk_bdev_io_complete(io, rc == -ENOMEM ? SPDK_BDEV_IO_STATUS_NOMEM :
							  SPDK_BDEV_IO_STATUS_FAILED);
	}
}

static struct spdk_bdev_fn_table g_table = {
	.destruct = destruct,
	.submit_request = submit,
};

static void
base_gone(void *base)
{
	trace_add('r');
	spdk_bdev_part_base_hotremove(base, &g_parts);
}

static void
count_free(void *ctx)
{
	g_base_frees += *(int *)ctx;
}

static int g_ctx = 1;

static struct spdk_bdev_part_base *
make_base(const char *name)
{
	struct spdk_bdev_part_base *base;

	g_base_frees = 0;
	trace_clear();
	assert_int_equal(spdk_bdev_part_base_construct_ext(name, base_gone, &g_module, &g_table,
							   &g_parts, count_free, &g_ctx, 128, NULL,
							   NULL, &base),
			 0);
	return base;
}

static struct spdk_bdev_part *
make_part(struct spdk_bdev_part_base *base, const char *name, uint64_t offset, uint64_t blocks)
{
	struct spdk_bdev_part *part = calloc(1, sizeof(*part));

	assert_int_equal(spdk_bdev_part_construct(part, base, (char *)(uintptr_t)name, offset,
						  blocks, (char *)(uintptr_t) "Part"),
			 0);
	return part;
}

static void
delete_part(struct spdk_bdev_part *part)
{
	spdk_bdev_unregister(&part->internal.bdev, NULL, NULL);
	settle_bdev();
}

static void
ignore_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
}

static struct opened
open_part(const char *name)
{
	struct opened opened;

	assert_int_equal(spdk_bdev_open_ext(name, true, ignore_event, NULL, &opened.desc), 0);
	opened.ch = spdk_bdev_get_io_channel(opened.desc);
	assert_non_null(opened.ch);
	return opened;
}

static void
a_part_takes_after_its_base(void **state)
{
	struct fake_bdev *fake = fake_new("base", BLOCKS);
	struct spdk_bdev_part_construct_opts opts;
	struct spdk_bdev_part_base *base;
	struct spdk_bdev_part *part, *other;
	struct spdk_uuid uuid;

	fake->bdev.phys_blocklen = 4096;
	fake->bdev.optimal_io_boundary = 8;
	fake->bdev.required_alignment = 2;
	fake->bdev.write_cache = 1;
	fake_register(fake);
	base = make_base("base");
	assert_ptr_equal(spdk_bdev_part_base_get_bdev(base), &fake->bdev);
	assert_string_equal(spdk_bdev_part_base_get_bdev_name(base), "base");
	assert_ptr_equal(spdk_bdev_part_base_get_tailq(base), &g_parts);
	assert_ptr_equal(spdk_bdev_part_base_get_ctx(base), &g_ctx);
	assert_ptr_equal(spdk_bdev_desc_get_bdev(spdk_bdev_part_base_get_desc(base)), &fake->bdev);

	part = make_part(base, "p", 16, 32);
	assert_ptr_equal(spdk_bdev_part_get_bdev(part), &part->internal.bdev);
	assert_ptr_equal(spdk_bdev_part_get_base(part), base);
	assert_ptr_equal(spdk_bdev_part_get_base_bdev(part), &fake->bdev);
	assert_int_equal(spdk_bdev_part_get_offset_blocks(part), 16);
	assert_int_equal(part->internal.bdev.blockcnt, 32);
	assert_int_equal(part->internal.bdev.phys_blocklen, 4096);
	assert_int_equal(part->internal.bdev.optimal_io_boundary, 8);
	assert_int_equal(part->internal.bdev.required_alignment, 2);
	assert_true(spdk_bdev_has_write_cache(&part->internal.bdev));
	assert_string_equal(spdk_bdev_get_product_name(&part->internal.bdev), "Part");
	assert_ptr_equal(fake->bdev.internal.claim.v1.module, &g_module);

	/* The same part has the same uuid again, unless it is given one. */
	spdk_bdev_part_construct_opts_init(&opts, sizeof(opts));
	spdk_uuid_generate(&opts.uuid);
	other = calloc(1, sizeof(*other));
	assert_int_equal(spdk_bdev_part_construct_ext(other, base, (char *)(uintptr_t) "q", 0, 1,
						      (char *)(uintptr_t) "Part", &opts),
			 0);
	assert_int_equal(spdk_uuid_compare(&other->internal.bdev.uuid, &opts.uuid), 0);
	uuid = part->internal.bdev.uuid;
	delete_part(part);
	part = make_part(base, "p", 16, 32);
	assert_int_equal(spdk_uuid_compare(&part->internal.bdev.uuid, &uuid), 0);
	delete_part(other);
	assert_int_equal(g_base_frees, 0);
	delete_part(part);
	/* With the last part, the base is free again. */
	assert_int_equal(g_base_frees, 1);
	assert_int_equal(fake->bdev.internal.claim_type, SPDK_BDEV_CLAIM_NONE);
	assert_true(TAILQ_EMPTY(&fake->bdev.internal.open_descs));
	fake_delete(fake);
}

static void
what_cannot_be_a_part_is_refused(void **state)
{
	struct fake_bdev *fake = fake_new("base", BLOCKS);
	struct spdk_bdev_part_base *base = NULL;
	struct spdk_bdev_part *part, *second = calloc(1, sizeof(*second));

	assert_int_equal(spdk_bdev_part_base_construct_ext("base", base_gone, &g_module, &g_table,
							   &g_parts, count_free, &g_ctx, 0, NULL,
							   NULL, &base),
			 -ENODEV);
	assert_null(base);
	fake_register(fake);
	base = make_base("base");
	assert_int_equal(spdk_bdev_part_construct(second, base, (char *)(uintptr_t) "q", BLOCKS - 1,
						  2, (char *)(uintptr_t) "Part"),
			 -EINVAL);
	assert_one_error("Bdev q cannot be 2 blocks from 63 on of bdev base, which has 64");
	assert_int_equal(fake->bdev.internal.claim_type, SPDK_BDEV_CLAIM_NONE);
	part = make_part(base, "p", 0, 8);
	assert_int_equal(spdk_bdev_part_construct(second, base, (char *)(uintptr_t) "p", 8, 8,
						  (char *)(uintptr_t) "Part"),
			 -EEXIST);
	assert_one_error("Bdev p cannot be registered");
	assert_int_equal(base->parts, 1);
	delete_part(part);
	assert_int_equal(g_base_frees, 1);

	/* Of somebody else's there are no parts. */
	base = make_base("base");
	assert_int_equal(spdk_bdev_module_claim_bdev(&fake->bdev, NULL, fake->bdev.module), 0);
	assert_int_equal(spdk_bdev_part_construct(second, base, (char *)(uintptr_t) "p", 8, 8,
						  (char *)(uintptr_t) "Part"),
			 -1);
	assert_one_error("Module parts cannot claim bdev base: it is claimed by module fake");
	spdk_bdev_module_release_bdev(&fake->bdev);
	spdk_bdev_part_base_free(base);
	assert_int_equal(g_base_frees, 1);
	free(second);
	fake_delete(fake);
}

static void
what_is_written_is_further_on_in_the_base(void **state)
{
	struct fake_bdev *fake = fake_new("base", BLOCKS);
	uint8_t data[4 * BLOCK], back[4 * BLOCK], zeroes[BLOCK] = {0};
	struct spdk_bdev_part *part;
	struct outcome outcome = {0};
	struct opened opened;

	fake_register(fake);
	part = make_part(make_base("base"), "p", 16, 32);
	opened = open_part("p");
	fill_pattern(data, sizeof(data), 1);
	assert_int_equal(
		spdk_bdev_write_blocks(opened.desc, opened.ch, data, 28, 4, note_outcome, &outcome),
		0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_true(outcome.success);
	assert_memory_equal(fake->data + (16 + 28) * BLOCK, data, sizeof(data));
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, back, 28, 4, note_outcome, &outcome),
		0);
	settle_bdev();
	assert_memory_equal(back, data, sizeof(data));
	assert_int_equal(
		spdk_bdev_unmap_blocks(opened.desc, opened.ch, 29, 1, note_outcome, &outcome), 0);
	settle_bdev();
	assert_memory_equal(fake->data + (16 + 29) * BLOCK, zeroes, BLOCK);
	assert_memory_equal(fake->data + (16 + 30) * BLOCK, data + 2 * BLOCK, BLOCK);
	assert_int_equal(
		spdk_bdev_copy_blocks(opened.desc, opened.ch, 0, 30, 1, note_outcome, &outcome), 0);
	settle_bdev();
	assert_memory_equal(fake->data + 16 * BLOCK, data + 2 * BLOCK, BLOCK);
	assert_int_equal(spdk_bdev_write_zeroes_blocks(opened.desc, opened.ch, 30, 2, note_outcome,
						       &outcome),
			 0);
	settle_bdev();
	assert_memory_equal(fake->data + (16 + 31) * BLOCK, zeroes, BLOCK);
	assert_int_equal(
		spdk_bdev_flush_blocks(opened.desc, opened.ch, 0, 32, note_outcome, &outcome), 0);
	assert_int_equal(spdk_bdev_reset(opened.desc, opened.ch, note_outcome, &outcome), 0);
	settle_bdev();
	assert_int_equal(outcome.calls, 7);
	assert_true(outcome.success);
	/* Not beyond the part, where the base goes on. */
	assert_int_equal(
		spdk_bdev_write_blocks(opened.desc, opened.ch, data, 29, 4, note_outcome, &outcome),
		-EINVAL);
	fake_close(&opened);
	delete_part(part);
	fake_delete(fake);
}

/* ---- Protection information ---- */

#define DIF_BLOCK 520

static void
make_context(const struct spdk_bdev *bdev, uint64_t block, struct spdk_dif_ctx *ctx)
{
	struct spdk_dif_ctx_init_ext_opts opts = {
		.size = sizeof(opts),
		.dif_pi_format = SPDK_DIF_PI_FORMAT_16,
	};

	assert_int_equal(spdk_dif_ctx_init(ctx, DIF_BLOCK, 8, true, false, SPDK_DIF_TYPE1,
					   bdev->dif_check_flags, (uint32_t)block, 0, 0, 0, 0,
					   &opts),
			 0);
}

/* Whether each of two blocks says that it is the one from `block` on. */
static bool
are_blocks(const struct spdk_bdev *bdev, void *data, uint64_t block)
{
	struct iovec iov = {.iov_base = data, .iov_len = 2 * DIF_BLOCK};
	struct spdk_dif_error error;
	struct spdk_dif_ctx ctx;

	make_context(bdev, block, &ctx);
	return spdk_dif_verify(&iov, 1, 2, &ctx, &error) == 0;
}

static void
read_or_write(struct opened *opened, uint8_t *data, bool is_write, struct outcome *outcome)
{
	int calls = outcome->calls, rc;

	if (is_write) {
		rc = spdk_bdev_write_blocks(opened->desc, opened->ch, data, 5, 2, note_outcome,
					    outcome);
	} else {
		rc = spdk_bdev_read_blocks(opened->desc, opened->ch, data, 5, 2, note_outcome,
					   outcome);
	}
	assert_int_equal(rc, 0);
	/* What was refused is tried again by a poller. */
	while (outcome->calls == calls) {
		spdk_thread_poll(g_bdev_thread, 0, 0);
	}
	settle_bdev();
}

static void
numbers_of_blocks_are_those_of_the_base_below(void **state)
{
	struct fake_bdev *fake = fake_new("base", BLOCKS);
	uint8_t data[2 * DIF_BLOCK], before[2 * DIF_BLOCK], back[2 * DIF_BLOCK];
	struct iovec iov = {.iov_base = data, .iov_len = sizeof(data)};
	uint8_t *in_base = fake->data + (16 + 5) * DIF_BLOCK;
	struct outcome outcome = {0};
	struct spdk_bdev_part *part;
	struct spdk_dif_ctx ctx;
	struct opened opened;

	fake->bdev.blocklen = DIF_BLOCK;
	fake->bdev.md_len = 8;
	fake->bdev.md_interleave = true;
	fake->bdev.dif_type = SPDK_DIF_TYPE1;
	fake->bdev.dif_check_flags = SPDK_DIF_FLAGS_REFTAG_CHECK | SPDK_DIF_FLAGS_GUARD_CHECK;
	fake_register(fake);
	part = make_part(make_base("base"), "p", 16, 32);
	opened = open_part("p");
	fill_pattern(data, sizeof(data), 1);
	make_context(&fake->bdev, 5, &ctx);
	assert_int_equal(spdk_dif_generate(&iov, 1, 2, &ctx), 0);
	memcpy(before, data, sizeof(data));

	/* Also where it is tried twice; the user's buffer is as it was. */
	fake->refusals = 1;
	read_or_write(&opened, data, true, &outcome);
	assert_true(outcome.success);
	assert_memory_equal(data, before, sizeof(data));
	assert_true(are_blocks(&fake->bdev, in_base, 16 + 5));
	read_or_write(&opened, back, false, &outcome);
	assert_true(outcome.success);
	assert_memory_equal(back, before, sizeof(data));
	fake->status = SPDK_BDEV_IO_STATUS_FAILED;
	read_or_write(&opened, data, true, &outcome);
	assert_false(outcome.success);
	assert_memory_equal(data, before, sizeof(data));
	fake->status = SPDK_BDEV_IO_STATUS_SUCCESS;

	/* What says that it is another block is not passed on as if it were not. */
	in_base[DIF_BLOCK - 1] ^= 1;
	read_or_write(&opened, back, false, &outcome);
	assert_false(outcome.success);
	assert_true(log_captured("Protection information of bdev p at block 21", NULL));
	log_capture_clear();
	data[DIF_BLOCK - 1] ^= 1;
	read_or_write(&opened, data, true, &outcome);
	assert_false(outcome.success);
	log_capture_clear();
	fake_close(&opened);
	delete_part(part);
	fake_delete(fake);
}

static void
errors_and_refusals_of_the_base_are_the_parts(void **state)
{
	struct fake_bdev *fake = fake_new("base", BLOCKS);
	uint8_t data[BLOCK];
	struct spdk_bdev_part *part;
	struct outcome outcome = {0};
	struct opened opened;

	fake_register(fake);
	part = make_part(make_base("base"), "p", 16, 32);
	opened = open_part("p");
	fake->status = SPDK_BDEV_IO_STATUS_AIO_ERROR;
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, data, 0, 1, note_outcome, &outcome),
		0);
	settle_bdev();
	assert_int_equal(outcome.calls, 1);
	assert_int_equal(outcome.status, SPDK_BDEV_IO_STATUS_AIO_ERROR);
	fake->status = SPDK_BDEV_IO_STATUS_SUCCESS;
	fake->holds = true;
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, data, 0, 1, note_outcome, &outcome),
		0);
	fake->holds = false;
	fake->refusals = 1;
	assert_int_equal(
		spdk_bdev_read_blocks(opened.desc, opened.ch, data, 0, 1, note_outcome, &outcome),
		0);
	settle_bdev();
	fake_release_all(fake);
	settle_bdev();
	assert_int_equal(outcome.calls, 3);
	assert_true(outcome.success);
	fake_close(&opened);
	delete_part(part);
	fake_delete(fake);
}

static void
parts_do_what_their_base_can(void **state)
{
	struct fake_bdev *fake = fake_new("base", BLOCKS);
	struct spdk_bdev_part *part;
	struct spdk_bdev *bdev;

	fake->types |= 1u << SPDK_BDEV_IO_TYPE_NVME_ADMIN | 1u << SPDK_BDEV_IO_TYPE_GET_ZONE_INFO |
		       1u << SPDK_BDEV_IO_TYPE_ABORT;
	fake_register(fake);
	part = make_part(make_base("base"), "p", 16, 32);
	bdev = &part->internal.bdev;
	assert_true(spdk_bdev_io_type_supported(bdev, SPDK_BDEV_IO_TYPE_READ));
	assert_true(spdk_bdev_io_type_supported(bdev, SPDK_BDEV_IO_TYPE_ABORT));
	assert_true(spdk_bdev_io_type_supported(bdev, SPDK_BDEV_IO_TYPE_WRITE_ZEROES));
	assert_true(spdk_bdev_io_type_supported(bdev, SPDK_BDEV_IO_TYPE_ZCOPY));
	assert_false(spdk_bdev_io_type_supported(bdev, SPDK_BDEV_IO_TYPE_SEEK_DATA));
	assert_false(spdk_bdev_io_type_supported(bdev, SPDK_BDEV_IO_TYPE_NVME_ADMIN));
	assert_false(spdk_bdev_io_type_supported(bdev, SPDK_BDEV_IO_TYPE_GET_ZONE_INFO));
	delete_part(part);
	fake_delete(fake);
}

static void
parts_go_with_their_base(void **state)
{
	struct fake_bdev *fake = fake_new("base", BLOCKS);
	struct spdk_bdev_part_base *base;
	struct opened opened;

	fake_register(fake);
	base = make_base("base");
	make_part(base, "p", 0, 8);
	make_part(base, "q", 8, 8);
	opened = open_part("p");
	spdk_bdev_unregister(&fake->bdev, NULL, NULL);
	settle_bdev();
	assert_trace("r");
	assert_null(spdk_bdev_get_by_name("q"));
	assert_false(fake->destructed);
	spdk_put_io_channel(opened.ch);
	spdk_bdev_close(opened.desc);
	settle_bdev();
	assert_int_equal(g_base_frees, 1);
	assert_true(fake->destructed);
	assert_true(TAILQ_EMPTY(&g_parts));
	free(fake->bdev.name);
	free(fake->data);
	free(fake->md);
	free(fake);
}

static void
ignore(void *arg)
{
}

static void
parts_go_before_their_base_at_the_end(void **state)
{
	struct fake_bdev *fake = fake_new("base", BLOCKS);
	struct spdk_bdev_part_base *base;

	fake_register(fake);
	base = make_base("base");
	make_part(base, "p", 0, 8);
	make_part(base, "q", 8, 8);
	spdk_bdev_finish(ignore, NULL);
	settle_bdev();
	assert_trace(""); /* The base was not removed under them. */
	assert_true(fake->destructed);
	assert_int_equal(g_base_frees, 1);
	free(fake->bdev.name);
	free(fake->data);
	free(fake->md);
	free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BDEV_TEST(a_part_takes_after_its_base),
		BDEV_TEST(what_cannot_be_a_part_is_refused),
		BDEV_TEST(what_is_written_is_further_on_in_the_base),
		BDEV_TEST(numbers_of_blocks_are_those_of_the_base_below),
		BDEV_TEST(errors_and_refusals_of_the_base_are_the_parts),
		BDEV_TEST(parts_do_what_their_base_can),
		BDEV_TEST(parts_go_with_their_base),
		BDEV_TEST(parts_go_before_their_base_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
