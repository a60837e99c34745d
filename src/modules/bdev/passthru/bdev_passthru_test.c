/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Passthru devices, and with them what all devices on another have in common: the base that comes
 * and goes, and I/Os of every type that are handed on.
 */
#include "modules/bdev/layered.h"
#include "modules/bdev/modules_fixture.h"
#include "spdk/bdev_zone.h"
#include "spdk/dif.h"
#include "spdk/nvme_spec.h"

#define CREATE_P "{\"name\": \"P\", \"base_bdev_name\": \"M\"}"
#define MALLOC_M "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 64}"
#define UUID     "2b6601ba-eada-44fb-9a83-a20eb9eb9e90"

static bool
is_there(const char *name)
{
	return spdk_bdev_get_by_name(name) != NULL;
}

/* ---- The base comes and goes ---- */

static void
the_base_may_come_later(void **state)
{
	expect("bdev_passthru_create", CREATE_P, "\"P\"");
	assert_one_notice("Bdev P will be made when there is a bdev M for it.");
	assert_false(is_there("P"));
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	settle();
	assert_true(is_there("P"));
	expect_specific("P", "{\"passthru\":{\"name\":\"P\",\"base_bdev_name\":\"M\"}}");
	/* And go, and come again. */
	expect("bdev_malloc_delete", "{\"name\": \"M\"}", "true");
	assert_false(is_there("P"));
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	settle();
	assert_true(is_there("P"));
	expect("bdev_passthru_delete", "{\"name\": \"P\"}", "true");
	assert_false(is_there("P"));
	/* What is deleted does not come again. */
	expect("bdev_malloc_delete", "{\"name\": \"M\"}", "true");
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	settle();
	assert_false(is_there("P"));
}

static void
the_base_may_be_named_by_its_uuid(void **state)
{
	expect("bdev_passthru_create", "{\"name\": \"P\", \"base_bdev_name\": \"" UUID "\"}",
	       "\"P\"");
	log_capture_clear();
	expect("bdev_null_create",
	       "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 1, \"uuid\": \"" UUID "\"}",
	       "\"N\"");
	settle();
	assert_true(is_there("P"));
}

static void
one_that_waits_can_be_deleted(void **state)
{
	expect("bdev_passthru_create", CREATE_P, "\"P\"");
	log_capture_clear();
	expect("bdev_passthru_delete", "{\"name\": \"P\"}", "true");
	expect_error("bdev_passthru_delete", "{\"name\": \"P\"}", -ENODEV, "'P'");
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	settle();
	assert_false(is_there("P"));
}

static void
what_is_configured_is_saved(void **state)
{
	struct spdk_uuid uuid;
	char params[256], text[SPDK_UUID_STRING_LEN];

	expect("bdev_null_create",
	       "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 8, \"uuid\": \"" UUID "\"}",
	       "\"N\"");
	expect("bdev_passthru_create", "{\"name\": \"P\", \"base_bdev_name\": \"N\"}", "\"P\"");
	spdk_uuid_copy(&uuid, spdk_bdev_get_uuid(spdk_bdev_get_by_name("P")));
	expect("bdev_passthru_create",
	       "{\"name\": \"Q\", \"base_bdev_name\": \"later\", "
	       "\"uuid\": \"11111111-2222-3333-4444-555555555555\"}",
	       "\"Q\"");
	log_capture_clear();
	check_round_trip(
		"[{\"method\":\"bdev_passthru_create\",\"params\":{\"base_bdev_name\":\"N\","
		"\"name\":\"P\"}},"
		"{\"method\":\"bdev_passthru_create\",\"params\":{\"base_bdev_name\":\"later\","
		"\"name\":\"Q\",\"uuid\":\"11111111-2222-3333-4444-555555555555\"}},"
		"{\"method\":\"bdev_null_create\",\"params\":{\"name\":\"N\",\"num_blocks\":8,"
		"\"block_size\":512,\"physical_block_size\":512,\"md_size\":0,\"dif_type\":0,"
		"\"dif_is_head_of_md\":false,\"dif_pi_format\":0,\"uuid\":\"" UUID "\"}}]");
	/* Both waited for their bases while that was loaded. */
	assert_int_equal(log_capture_count(SPDK_LOG_NOTICE), 2);
	log_capture_clear();
	assert_true(is_there("P"));
	/* The same base makes the same uuid. */
	spdk_uuid_fmt_lower(text, sizeof(text), &uuid);
	(void)snprintf(params, sizeof(params), "{\"name\": \"%s\"}", text);
	expect("bdev_get_bdevs", params, NULL);
	assert_int_equal(spdk_uuid_compare(&uuid, spdk_bdev_get_uuid(spdk_bdev_get_by_name("P"))),
			 0);
}

static void
what_cannot_be_made_is_explained(void **state)
{
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	expect_error("bdev_passthru_create", "{\"name\": \"M\", \"base_bdev_name\": \"M\"}",
		     -EINVAL, "its own base");
	expect_error("bdev_passthru_create", "{\"name\": \"\", \"base_bdev_name\": \"M\"}", -EINVAL,
		     "empty");
	expect("bdev_passthru_create", CREATE_P, "\"P\"");
	expect_error("bdev_passthru_create", CREATE_P, -EEXIST, "'P' is configured already");
	/* A base has one owner. */
	expect_error("bdev_passthru_create", "{\"name\": \"Q\", \"base_bdev_name\": \"M\"}", -EPERM,
		     "'M' is claimed");
	log_capture_clear();
	expect("bdev_null_create", "{\"name\": \"N\", \"block_size\": 512, \"num_blocks\": 1}",
	       "\"N\"");
	expect("bdev_null_create", "{\"name\": \"R\", \"block_size\": 512, \"num_blocks\": 1}",
	       "\"R\"");
	expect_error("bdev_passthru_create", "{\"name\": \"R\", \"base_bdev_name\": \"N\"}",
		     -EEXIST, "exists");
	log_capture_clear();
	/* None of them is remembered. */
	expect("bdev_passthru_create", "{\"name\": \"Q\", \"base_bdev_name\": \"N\"}", "\"Q\"");
}

static void
a_name_that_is_taken_when_the_base_comes_is_told(void **state)
{
	expect("bdev_passthru_create", CREATE_P, "\"P\"");
	log_capture_clear();
	expect("bdev_null_create", "{\"name\": \"P\", \"block_size\": 512, \"num_blocks\": 1}",
	       "\"P\"");
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	settle();
	assert_true(log_captured("Bdev P cannot be made on bdev M", "exists", NULL));
	log_capture_clear();
}

static void
a_device_follows_the_size_of_its_base(void **state)
{
	struct disk disk;

	expect("bdev_null_create", "{\"name\": \"M\", \"block_size\": 4096, \"num_blocks\": 256}",
	       "\"M\"");
	expect("bdev_passthru_create", CREATE_P, "\"P\"");
	disk_open(&disk, "P");
	expect("bdev_null_resize", "{\"name\": \"M\", \"new_size\": 2}", "true");
	settle();
	assert_int_equal(spdk_bdev_get_num_blocks(disk.bdev), 512);
	assert_int_equal(disk.events[SPDK_BDEV_EVENT_RESIZE], 1);
	disk_close(&disk);
}

static void
users_are_told_that_the_base_goes(void **state)
{
	struct disk disk;

	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	expect("bdev_passthru_create", CREATE_P, "\"P\"");
	disk_open(&disk, "P");
	spdk_bdev_unregister(spdk_bdev_get_by_name("M"), NULL, NULL);
	settle();
	assert_int_equal(disk.events[SPDK_BDEV_EVENT_REMOVE], 1);
	disk_close(&disk);
	assert_false(is_there("P"));
	assert_false(is_there("M"));
}

/* ---- I/O ---- */

/* A base that succeeds, and keeps the last I/O that it got. */
struct probe {
	struct spdk_bdev bdev;
	struct spdk_bdev_io *last;
	enum spdk_bdev_io_status status;
	bool holds;
	uint32_t submitted;
};

static struct spdk_bdev_module g_probe_module;

static void
probe_submit(struct spdk_io_channel *ch, struct spdk_bdev_io *io)
{
	struct probe *probe = io->bdev->ctxt;

	probe->last = io;
	probe->submitted++;
	if (io->type == SPDK_BDEV_IO_TYPE_SEEK_DATA) {
		io->u.bdev.seek.offset = 77;
	} else if (io->type == SPDK_BDEV_IO_TYPE_ZONE_APPEND) {
		io->u.bdev.offset_blocks += 5;
	}
	if (io->type == SPDK_BDEV_IO_TYPE_ABORT && probe->holds) {
		spdk_bdev_io_complete(io->u.abort.bio_to_abort, SPDK_BDEV_IO_STATUS_ABORTED);
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
	} else if (!probe->holds) {
		if (probe->status == SPDK_BDEV_IO_STATUS_NVME_ERROR) {
			spdk_bdev_io_complete_nvme_status(io, 0, SPDK_NVME_SCT_GENERIC, 0x42);
		} else {
			spdk_bdev_io_complete(io, probe->status);
		}
	}
}

static bool
probe_supports(void *ctx, enum spdk_bdev_io_type type)
{
	return type != SPDK_BDEV_IO_TYPE_NVME_NSSR;
}

static struct spdk_io_channel *
probe_get_channel(void *ctx)
{
	return spdk_get_io_channel(ctx);
}

static int
probe_destruct(void *ctx)
{
	spdk_io_device_unregister(ctx, NULL);
	return 0;
}

static int
probe_init(void)
{
	return 0;
}

static int
probe_create_channel(void *io_device, void *ctx)
{
	return 0;
}

static void
probe_destroy_channel(void *io_device, void *ctx)
{
}

static const struct spdk_bdev_fn_table g_probe_table = {
	.destruct = probe_destruct,
	.submit_request = probe_submit,
	.io_type_supported = probe_supports,
	.get_io_channel = probe_get_channel,
};

static struct spdk_bdev_module g_probe_module = {.name = "probe", .module_init = probe_init};
SPDK_BDEV_MODULE_REGISTER(probe, &g_probe_module)

static struct probe g_probe;

static void
probe_open(struct disk *disk)
{
	g_probe = (struct probe){.status = SPDK_BDEV_IO_STATUS_SUCCESS};
	g_probe.bdev = (struct spdk_bdev){
		.name = (char *)(uintptr_t) "M",
		.product_name = (char *)(uintptr_t) "probe",
		.blocklen = 520,
		.md_len = 8,
		.md_interleave = true,
		.blockcnt = 1000,
		.acwu = 8,
		.zoned = true,
		.zone_size = 100,
		.max_open_zones = 3,
		.ctxt = &g_probe,
		.fn_table = &g_probe_table,
		.module = &g_probe_module,
	};
	spdk_io_device_register(&g_probe, probe_create_channel, probe_destroy_channel, 0, "probe");
	assert_int_equal(spdk_bdev_register(&g_probe.bdev), 0);
	settle();
	expect("bdev_passthru_create", CREATE_P, "\"P\"");
	disk_open(disk, "P");
}

static void
probe_close(struct disk *disk)
{
	disk_close(disk);
	spdk_bdev_unregister(&g_probe.bdev, NULL, NULL);
	settle();
	assert_false(is_there("M"));
}

/* The base got what was submitted. */
static void
expect_base(int rc, struct outcome *outcome, enum spdk_bdev_io_type type)
{
	expect_status(rc, outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(g_probe.last->type, type);
}

static void
types_with_blocks_are_handed_on(void **state)
{
	struct outcome outcome = {.calls = 0};
	struct disk disk;
	struct spdk_bdev_io *io;

	probe_open(&disk);
	expect_base(spdk_bdev_unmap_blocks(disk.desc, disk.ch, 3, 4, note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_UNMAP);
	assert_int_equal(g_probe.last->u.bdev.offset_blocks, 3);
	assert_int_equal(g_probe.last->u.bdev.num_blocks, 4);
	expect_base(spdk_bdev_flush_blocks(disk.desc, disk.ch, 3, 4, note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_FLUSH);
	expect_base(spdk_bdev_write_zeroes_blocks(disk.desc, disk.ch, 5, 6, note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_WRITE_ZEROES);
	assert_int_equal(g_probe.last->u.bdev.num_blocks, 6);
	expect_base(spdk_bdev_write_uncorrectable_blocks(disk.desc, disk.ch, 5, 6, note_outcome,
							 &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_WRITE_UNCORRECTABLE);
	expect_base(spdk_bdev_copy_blocks(disk.desc, disk.ch, 20, 10, 4, note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_COPY);
	io = g_probe.last;
	assert_int_equal(io->u.bdev.offset_blocks, 20);
	assert_int_equal(io->u.bdev.copy.src_offset_blocks, 10);
	expect_base(spdk_bdev_reset(disk.desc, disk.ch, note_outcome, &outcome), &outcome,
		    SPDK_BDEV_IO_TYPE_RESET);
	outcome.keeps = true;
	expect_base(spdk_bdev_seek_data(disk.desc, disk.ch, 9, note_outcome, &outcome), &outcome,
		    SPDK_BDEV_IO_TYPE_SEEK_DATA);
	assert_int_equal(spdk_bdev_io_get_seek_offset(outcome.io), 77);
	spdk_bdev_free_io(outcome.io);
	outcome.keeps = false;
	expect_base(spdk_bdev_seek_hole(disk.desc, disk.ch, 9, note_outcome, &outcome), &outcome,
		    SPDK_BDEV_IO_TYPE_SEEK_HOLE);
	probe_close(&disk);
}

static void
types_with_data_are_handed_on(void **state)
{
	struct outcome outcome = {.calls = 0};
	struct spdk_nvme_cmd cmd = {.opc = 0x99};
	struct disk disk;
	uint8_t *buf = new_buf(520 * 4);
	struct iovec iov = {buf, 520 * 4};

	probe_open(&disk);
	expect_base(spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 1, 4, note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_READ);
	assert_ptr_equal(g_probe.last->u.bdev.iovs[0].iov_base, buf);
	expect_base(spdk_bdev_write_blocks(disk.desc, disk.ch, buf, 1, 4, note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_WRITE);
	expect_base(spdk_bdev_compare_blocks(disk.desc, disk.ch, buf, 1, 4, note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_COMPARE);
	expect_base(spdk_bdev_comparev_and_writev_blocks(disk.desc, disk.ch, &iov, 1, &iov, 1, 1, 4,
							 note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_COMPARE_AND_WRITE);
	assert_ptr_equal(g_probe.last->u.bdev.fused_iovs, &iov);
	expect_base(spdk_bdev_nvme_admin_passthru(disk.desc, disk.ch, &cmd, buf, 512, note_outcome,
						  &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_NVME_ADMIN);
	assert_int_equal(g_probe.last->u.nvme_passthru.cmd.opc, 0x99);
	expect_base(spdk_bdev_nvme_io_passthru(disk.desc, disk.ch, &cmd, buf, 512, note_outcome,
					       &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_NVME_IO);
	expect_base(spdk_bdev_nvme_io_passthru_md(disk.desc, disk.ch, &cmd, buf, 512, buf + 512, 8,
						  note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_NVME_IO_MD);
	assert_int_equal(g_probe.last->u.nvme_passthru.md_len, 8);
	expect_base(spdk_bdev_nvme_iov_passthru_md(disk.desc, disk.ch, &cmd, &iov, 1, 520 * 4, NULL,
						   0, note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_NVME_IOV_MD);
	probe_close(&disk);
	free(buf);
}

static void
zones_are_handed_on(void **state)
{
	struct spdk_bdev_zone_info info[2];
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = new_buf(520 * 4);
	struct disk disk;

	probe_open(&disk);
	assert_true(spdk_bdev_is_zoned(disk.bdev));
	assert_int_equal(spdk_bdev_get_zone_size(disk.bdev), 100);
	assert_int_equal(spdk_bdev_get_max_open_zones(disk.bdev), 3);
	expect_base(
		spdk_bdev_get_zone_info(disk.desc, disk.ch, 100, 2, info, note_outcome, &outcome),
		&outcome, SPDK_BDEV_IO_TYPE_GET_ZONE_INFO);
	assert_int_equal(g_probe.last->u.zone_mgmt.zone_id, 100);
	assert_int_equal(g_probe.last->u.zone_mgmt.num_zones, 2);
	assert_ptr_equal(g_probe.last->u.zone_mgmt.buf, info);
	expect_base(spdk_bdev_zone_management(disk.desc, disk.ch, 200, SPDK_BDEV_ZONE_RESET,
					      note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_ZONE_MANAGEMENT);
	assert_int_equal(g_probe.last->u.zone_mgmt.zone_action, SPDK_BDEV_ZONE_RESET);
	outcome.keeps = true;
	expect_base(spdk_bdev_zone_append(disk.desc, disk.ch, buf, 300, 2, note_outcome, &outcome),
		    &outcome, SPDK_BDEV_IO_TYPE_ZONE_APPEND);
	assert_int_equal(spdk_bdev_io_get_append_location(outcome.io), 305);
	spdk_bdev_free_io(outcome.io);
	probe_close(&disk);
	free(buf);
}

static void
options_are_handed_on(void **state)
{
	struct spdk_bdev_ext_io_opts opts = {.size = sizeof(opts), .nvme_cdw12.write.dtype = 2};
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = new_buf(520);
	struct iovec iov = {buf, 520};
	struct disk disk;

	probe_open(&disk);
	expect_base(spdk_bdev_writev_blocks_ext(disk.desc, disk.ch, &iov, 1, 0, 1, note_outcome,
						&outcome, &opts),
		    &outcome, SPDK_BDEV_IO_TYPE_WRITE);
	assert_int_equal(g_probe.last->u.bdev.nvme_cdw12.write.dtype, 2);
	opts.nvme_cdw12.raw = 0;
	opts.nvme_cdw13.write.dspec = 9;
	expect_base(spdk_bdev_readv_blocks_ext(disk.desc, disk.ch, &iov, 1, 0, 1, note_outcome,
					       &outcome, &opts),
		    &outcome, SPDK_BDEV_IO_TYPE_READ);
	assert_int_equal(g_probe.last->u.bdev.nvme_cdw13.write.dspec, 9);
	probe_close(&disk);
	free(buf);
}

/* Checks of protection information that the caller does without, and data elsewhere. */
static void
what_malloc_can_reaches_it(void **state)
{
	struct spdk_bdev_ext_io_opts opts = {
		.size = sizeof(opts),
		.dif_check_flags_exclude_mask = SPDK_DIF_FLAGS_GUARD_CHECK,
	};
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = new_buf(520);
	struct iovec iov = {buf, 520};
	struct disk disk;

	expect("bdev_malloc_create",
	       "{\"name\": \"M\", \"block_size\": 512, \"num_blocks\": 64, \"md_size\": 8, "
	       "\"md_interleave\": true, \"dif_type\": 3}",
	       "\"M\"");
	expect("bdev_passthru_create", CREATE_P, "\"P\"");
	disk_open(&disk, "P");
	buf[0] = 1;
	expect_status(spdk_bdev_writev_blocks_ext(disk.desc, disk.ch, &iov, 1, 3, 1, note_outcome,
						  &outcome, &opts),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	expect_status(spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 3, 1, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(spdk_bdev_get_memory_domain_types(disk.bdev, NULL, 0), 0);
	disk_close(&disk);
	expect("bdev_malloc_delete", "{\"name\": \"M\"}", "true");
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	settle();
	disk_open(&disk, "P");
	assert_int_equal(spdk_bdev_get_memory_domain_types(disk.bdev, NULL, 0), 1);
	assert_int_equal(spdk_bdev_get_memory_domains(disk.bdev, NULL, 0), 1);
	assert_true(disk.bdev->accel_sequence_supported & 1u << SPDK_BDEV_IO_TYPE_READ);
	disk_close(&disk);
	free(buf);
}

static void
errors_of_the_base_are_those_of_the_device(void **state)
{
	struct outcome outcome = {.calls = 0};
	uint8_t *buf = new_buf(520);
	struct disk disk;

	probe_open(&disk);
	g_probe.status = SPDK_BDEV_IO_STATUS_NVME_ERROR;
	expect_status(spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 0, 1, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_NVME_ERROR);
	assert_int_equal(outcome.sct, SPDK_NVME_SCT_GENERIC);
	assert_int_equal(outcome.sc, 0x42);
	g_probe.status = SPDK_BDEV_IO_STATUS_FAILED;
	expect_status(spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 0, 1, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_FAILED);
	probe_close(&disk);
	free(buf);
}

static void
an_abort_finds_the_io_of_the_base(void **state)
{
	struct outcome outcome = {.calls = 0}, aborted = {.calls = 0};
	uint8_t *buf = new_buf(520);
	struct disk disk;

	probe_open(&disk);
	g_probe.holds = true;
	assert_int_equal(
		spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 0, 1, note_outcome, &aborted), 0);
	expect_status(spdk_bdev_abort(disk.desc, disk.ch, &aborted, note_outcome, &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	assert_int_equal(outcome_wait(&aborted), SPDK_BDEV_IO_STATUS_ABORTED);
	probe_close(&disk);
	free(buf);
}

static void
zero_copy_reaches_the_base(void **state)
{
	struct outcome outcome = {.keeps = true};
	uint8_t *read = new_buf(1024);
	struct iovec *iovs = NULL;
	struct disk disk;
	int count = 0;

	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	expect("bdev_passthru_create", CREATE_P, "\"P\"");
	disk_open(&disk, "P");
	expect_status(spdk_bdev_zcopy_start(disk.desc, disk.ch, NULL, 0, 4, 2, true, note_outcome,
					    &outcome),
		      &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
	spdk_bdev_io_get_iovec(outcome.io, &iovs, &count);
	assert_int_equal(count, 1);
	fill(iovs[0].iov_base, 1024, 1);
	do_read(&disk, read, 4, 2);
	assert_memory_equal(read, iovs[0].iov_base, 1024);
	outcome.keeps = false;
	expect_status(spdk_bdev_zcopy_end(outcome.io, true, note_outcome, &outcome), &outcome,
		      SPDK_BDEV_IO_STATUS_SUCCESS);
	disk_close(&disk);
	free(read);
}

/* ---- Without free I/Os ---- */

#define MANY 200

static void
ios_wait_for_their_base(void **state)
{
	struct outcome outcomes[MANY] = {0}, kept = {.keeps = true};
	struct disk disk;
	uint8_t *buf = new_buf(4096);
	int started = 0, i;

	/* Both levels together have fewer I/Os than are asked for; one less, so that it is the
	 * lower one that has none. */
	restart_layer_with("{\"bdev_io_pool_size\": 64, \"bdev_io_cache_size\": 16}");
	expect("bdev_malloc_create", MALLOC_M, "\"M\"");
	expect("bdev_passthru_create", CREATE_P, "\"P\"");
	disk_open(&disk, "P");
	expect_status(spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 0, 8, note_outcome, &kept),
		      &kept, SPDK_BDEV_IO_STATUS_SUCCESS);
	for (i = 0; i < MANY; i++) {
		if (spdk_bdev_read_blocks(disk.desc, disk.ch, buf, 0, 8, note_outcome,
					  &outcomes[i]) != 0) {
			break;
		}
		started++;
	}
	assert_in_range(started, 1, MANY - 1);
	settle();
	for (i = 0; i < started; i++) {
		assert_int_equal(outcomes[i].calls, 1);
		assert_int_equal(outcomes[i].status, SPDK_BDEV_IO_STATUS_SUCCESS);
	}
	spdk_bdev_free_io(kept.io);
	disk_close(&disk);
	restart_layer_with("{\"bdev_io_pool_size\": 65535, \"bdev_io_cache_size\": 256}");
	free(buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MODULES_TEST(the_base_may_come_later),
		MODULES_TEST(the_base_may_be_named_by_its_uuid),
		MODULES_TEST(one_that_waits_can_be_deleted),
		MODULES_TEST(what_is_configured_is_saved),
		MODULES_TEST(what_cannot_be_made_is_explained),
		MODULES_TEST(a_name_that_is_taken_when_the_base_comes_is_told),
		MODULES_TEST(a_device_follows_the_size_of_its_base),
		MODULES_TEST(users_are_told_that_the_base_goes),
		MODULES_TEST(types_with_blocks_are_handed_on),
		MODULES_TEST(types_with_data_are_handed_on),
		MODULES_TEST(zones_are_handed_on),
		MODULES_TEST(options_are_handed_on),
		MODULES_TEST(what_malloc_can_reaches_it),
		MODULES_TEST(errors_of_the_base_are_those_of_the_device),
		MODULES_TEST(an_abort_finds_the_io_of_the_base),
		MODULES_TEST(zero_copy_reaches_the_base),
		MODULES_TEST(ios_wait_for_their_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
