/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The methods of block devices, and what is saved of the layer: what they answer, with which
 * errors, and that what was saved leads back to the same.
 */
#include "bdev_fixture.h"
#include "control/rpc_fixture.h"
#include "device.h"
#include "spdk/base64.h"
#include "spdk/json.h"

/* Calls a method and waits for its answer. */
static void
ask(const char *method, const char *params)
{
	call_method(method, params);
	while (g_answer.count == 0) {
		spdk_thread_poll(g_bdev_thread, 0, 0);
	}
	settle_bdev();
}

static void
expect(const char *method, const char *params, const char *result)
{
	ask(method, params);
	assert_answered(result);
}

static void
expect_error(const char *method, const char *params, int code, const char *message)
{
	ask(method, params);
	assert_refused(code, message);
}

#define assert_answer_has(part)                                                     \
	do {                                                                        \
		if (strstr(g_answer.text, (part)) == NULL) {                        \
			fail_msg("\"%s\" is not in \"%s\"", (part), g_answer.text); \
		}                                                                   \
	} while (0)

static int
set_up(void **state)
{
	spdk_rpc_set_state(SPDK_RPC_RUNTIME);
	return bdev_setup(state);
}

#define RPC_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, bdev_teardown)

static struct fake_bdev *
make(const char *name)
{
	struct fake_bdev *fake = fake_new(name, 8);

	assert_int_equal(spdk_uuid_parse(&fake->bdev.uuid, "01234567-89ab-cdef-0123-456789abcdef"),
			 0);
	return fake;
}

#define NO_LIMITS                                                                 \
	"\"assigned_rate_limits\":{\"rw_ios_per_sec\":0,\"rw_mbytes_per_sec\":0," \
	"\"r_mbytes_per_sec\":0,\"w_mbytes_per_sec\":0}"
#define TYPES                                                                                 \
	"\"supported_io_types\":{\"read\":true,\"write\":true,\"unmap\":true,\"flush\":true," \
	"\"reset\":true,\"nvme_admin\":false,\"nvme_io\":false,\"nvme_io_md\":false,"         \
	"\"write_zeroes\":true,\"zcopy\":true,\"get_zone_info\":false,"                       \
	"\"zone_management\":false,\"zone_append\":false,\"compare\":true,"                   \
	"\"compare_and_write\":true,\"abort\":false,\"seek_hole\":false,\"seek_data\":false," \
	"\"copy\":true,\"nvme_iov_md\":false,\"nvme_nssr\":false,\"write_uncorrectable\":false}"

static void
a_device_is_told_in_full(void **state)
{
	struct fake_bdev *fake = make("d");

	expect("bdev_get_bdevs", NULL, "[]");
	fake_register(fake);
	expect("bdev_get_bdevs", "{\"name\":\"d\"}",
	       "[{\"name\":\"d\",\"aliases\":[\"01234567-89ab-cdef-0123-456789abcdef\"],"
	       "\"product_name\":\"Fake\",\"block_size\":512,\"num_blocks\":8,"
	       "\"uuid\":\"01234567-89ab-cdef-0123-456789abcdef\"," NO_LIMITS ",\"claimed\":false,"
	       "\"zoned\":false," TYPES ",\"driver_specific\":{}}]");
	assert_true(TAILQ_EMPTY(&fake->bdev.internal.open_descs));
	fake_delete(fake);
}

static int
dump_info(void *ctx, struct spdk_json_write_ctx *w)
{
	return spdk_json_write_named_int32(w, "fake", 7);
}

static void
what_a_device_has_besides_is_told(void **state)
{
	struct fake_bdev *fake = make("d");
	struct spdk_bdev_fn_table table = *fake->bdev.fn_table;

	table.dump_info_json = dump_info;
	fake->bdev.fn_table = &table;
	fake->bdev.numa.id_valid = 1;
	fake->bdev.numa.id = 1;
	fake->bdev.blocklen = 520;
	fake->bdev.md_len = 8;
	fake->bdev.md_interleave = true;
	fake->bdev.dif_type = SPDK_DIF_TYPE1;
	fake->bdev.dif_check_flags = SPDK_DIF_FLAGS_GUARD_CHECK;
	fake->bdev.zoned = true;
	fake->bdev.zone_size = 4;
	fake->bdev.max_open_zones = 2;
	fake_register(fake);
	assert_int_equal(spdk_bdev_module_claim_bdev(&fake->bdev, NULL, fake->bdev.module), 0);
	ask("bdev_get_bdevs", "{\"name\":\"01234567-89ab-cdef-0123-456789abcdef\"}");
	assert_answer_has("\"numa_id\":1,\"md_size\":8,\"md_interleave\":true,\"dif_type\":1,"
			  "\"dif_is_head_of_md\":false,\"enabled_dif_check_types\":{"
			  "\"reftag\":false,\"apptag\":false,\"guard\":true},\"dif_pi_format\":0,");
	assert_answer_has("\"claimed\":true,\"claim_type\":\"exclusive_write\",\"zoned\":true,"
			  "\"zone_size\":4,\"max_zone_append_size\":0,\"max_open_zones\":2,");
	assert_answer_has("\"driver_specific\":{\"fake\":7}");
	spdk_bdev_module_release_bdev(&fake->bdev);
	fake_delete(fake);
}

static void
a_device_may_be_waited_for(void **state)
{
	struct fake_bdev *fake = make("d");

	expect_error("bdev_get_bdevs", "{\"name\":\"d\"}", -ENODEV, "bdev d: No such device");
	expect_error("bdev_get_bdevs", "{\"name\":\"d\",\"timeout\":1}", -ENODEV,
		     "bdev d: No such device");
	expect_error("bdev_get_bdevs", "{\"timeout\":1}", SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		     "A timeout needs the name of what to wait for");
	call_method("bdev_get_bdevs", "{\"name\":\"d\",\"timeout\":1000000}");
	settle_bdev();
	assert_int_equal(g_answer.count, 0);
	fake_register(fake);
	assert_int_equal(g_answer.count, 1);
	assert_answer_has("[{\"name\":\"d\"");
	fake_delete(fake);
}

static void
examinations_are_asked_and_waited_for(void **state)
{
	expect("bdev_wait_for_examine", NULL, "true");
	expect_error("bdev_examine", "{\"name\":\"d\"}", -EINVAL, "bdev d: Invalid argument");
	assert_one_error("Bdev d is examined by itself");
}

static void
options_are_set_before_the_start_only(void **state)
{
	struct spdk_bdev_opts before, opts;

	spdk_bdev_get_opts(&before, sizeof(before));
	ask("bdev_set_options", "{\"bdev_io_pool_size\":1000}");
	assert_int_equal(g_answer.code, -1);
	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	expect("bdev_set_options", "{\"bdev_io_pool_size\":1000,\"bdev_auto_examine\":false}",
	       "true");
	expect_error(
		"bdev_set_options", "{\"bdev_io_cache_size\":1001}",
		SPDK_JSONRPC_ERROR_INVALID_PARAMS,
		"bdev_io_pool_size 1000 is less than bdev_io_cache_size 1001: raise it, to the "
		"cache of each thread at least");
	spdk_bdev_get_opts(&opts, sizeof(opts));
	assert_int_equal(opts.bdev_io_pool_size, 1000);
	assert_int_equal(opts.bdev_io_cache_size, before.bdev_io_cache_size);
	assert_false(opts.bdev_auto_examine);
	assert_int_equal(spdk_bdev_set_opts(&before), 0);
}

static void
limits_and_samples_are_set(void **state)
{
	uint64_t limits[SPDK_BDEV_QOS_NUM_RATE_LIMIT_TYPES];
	struct fake_bdev *fake = make("d");

	fake_register(fake);
	expect("bdev_set_qos_limit",
	       "{\"name\":\"d\",\"rw_ios_per_sec\":2000,\"w_mbytes_per_sec\":5}", "true");
	spdk_bdev_get_qos_rate_limits(&fake->bdev, limits);
	assert_int_equal(limits[SPDK_BDEV_QOS_RW_IOPS_RATE_LIMIT], 2000);
	assert_int_equal(limits[SPDK_BDEV_QOS_W_BPS_RATE_LIMIT], 5);
	expect("bdev_set_qos_limit", "{\"name\":\"d\",\"rw_ios_per_sec\":0}", "true");
	spdk_bdev_get_qos_rate_limits(&fake->bdev, limits);
	assert_int_equal(limits[SPDK_BDEV_QOS_RW_IOPS_RATE_LIMIT], 0);
	assert_int_equal(limits[SPDK_BDEV_QOS_W_BPS_RATE_LIMIT], 5);
	ask("bdev_set_qos_limit", "{\"name\":\"d\"}");
	assert_int_equal(g_answer.code, SPDK_JSONRPC_ERROR_INVALID_PARAMS);
	assert_answer_has("No limit is given");
	expect_error("bdev_set_qos_limit", "{\"name\":\"x\",\"rw_ios_per_sec\":0}", -ENODEV,
		     "bdev x: No such device");

	expect("bdev_set_qd_sampling_period", "{\"name\":\"d\",\"period\":10000000}", "true");
	assert_int_equal(spdk_bdev_get_qd_sampling_period(&fake->bdev), 10000000);
	expect("bdev_set_qd_sampling_period", "{\"name\":\"d\",\"period\":0}", "true");
	assert_int_equal(spdk_bdev_get_qd_sampling_period(&fake->bdev), 0);
	expect_error("bdev_set_qd_sampling_period", "{\"name\":\"x\",\"period\":0}", -ENODEV,
		     "bdev x: No such device");
	fake_delete(fake);
}

/* ---- Statistics ---- */

static void
read_blocks(struct opened *opened, int count)
{
	struct outcome outcome = {0};
	uint8_t data[512];
	int i;

	for (i = 0; i < count; i++) {
		assert_int_equal(spdk_bdev_read_blocks(opened->desc, opened->ch, data, 0, 1,
						       note_outcome, &outcome),
				 0);
	}
	settle_bdev();
	assert_int_equal(outcome.calls, count);
}

static void
what_was_counted_is_told_and_reset(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8), *other = fake_new("e", 8);
	struct opened opened;

	fake_register(fake);
	fake_register(other);
	opened = fake_open(fake);
	read_blocks(&opened, 3);
	ask("bdev_get_iostat", NULL);
	assert_answer_has("\"tick_rate\":");
	assert_answer_has("\"bdevs\":[{\"name\":\"d\",\"bytes_read\":1536,\"num_read_ops\":3,");
	assert_answer_has("{\"name\":\"e\",\"bytes_read\":0,");
	assert_null(strstr(g_answer.text, "queue_depth"));
	ask("bdev_get_iostat", "{\"names\":[\"e\",\"d\"],\"reset_mode\":\"all\"}");
	assert_answer_has("\"bdevs\":[{\"name\":\"e\",\"bytes_read\":0,");
	assert_answer_has("{\"name\":\"d\",\"bytes_read\":1536,");
	ask("bdev_get_iostat", "{\"names\":[\"d\"]}");
	assert_answer_has("\"bdevs\":[{\"name\":\"d\",\"bytes_read\":0,");
	expect_error("bdev_get_iostat", "{\"names\":[\"d\",\"x\"]}", -ENODEV, "No such device");

	read_blocks(&opened, 2);
	expect("bdev_reset_iostat", "{\"name\":\"e\"}", "true");
	expect("bdev_reset_iostat", "{\"name\":\"d\",\"mode\":\"maxmin\"}", "true");
	ask("bdev_get_iostat", "{\"names\":[\"d\"]}");
	assert_answer_has("\"num_read_ops\":2,");
	expect("bdev_reset_iostat", NULL, "true");
	ask("bdev_get_iostat", "{\"names\":[\"d\"]}");
	assert_answer_has("\"num_read_ops\":0,");
	expect_error("bdev_reset_iostat", "{\"name\":\"x\"}", -ENODEV, "No such device");
	assert_int_equal(fake->bdev.internal.holds, 0);
	assert_int_equal(other->bdev.internal.holds, 0);
	fake_close(&opened);
	fake_delete(other);
	fake_delete(fake);
}

static void
dump_stat(void *ctx, struct spdk_json_write_ctx *w)
{
	spdk_json_write_named_int32(w, "fake", 7);
}

static void
statistics_have_what_the_device_adds(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_fn_table table = *fake->bdev.fn_table;

	table.dump_device_stat_json = dump_stat;
	fake->bdev.fn_table = &table;
	fake_register(fake);
	spdk_bdev_set_qd_sampling_period(&fake->bdev, 10000000);
	ask("bdev_get_iostat", "{\"names\":[\"d\"]}");
	assert_answer_has("\"queue_depth_polling_period\":10000000,\"queue_depth\":");
	assert_answer_has("\"io_time\":0,\"weighted_io_time\":0,\"driver_specific\":{\"fake\":7}}");
	spdk_bdev_set_qd_sampling_period(&fake->bdev, 0);
	fake_delete(fake);
}

static void
statistics_are_told_for_each_channel(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct opened opened;
	char part[64];

	fake_register(fake);
	ask("bdev_get_iostat", "{\"names\":[\"d\"],\"per_channel\":true}");
	assert_answer_has("\"name\":\"d\",\"channels\":[]}");
	opened = fake_open(fake);
	read_blocks(&opened, 3);
	ask("bdev_get_iostat", "{\"names\":[\"d\"],\"per_channel\":true,\"reset_mode\":\"all\"}");
	snprintf(part, sizeof(part),
		 "\"channels\":[{\"thread_id\":%" PRIu64 ",\"bytes_read\":1536,",
		 spdk_thread_get_id(g_bdev_thread));
	assert_answer_has(part);
	ask("bdev_get_iostat", "{\"names\":[\"d\"],\"per_channel\":true}");
	assert_answer_has("\"bytes_read\":0,");
	ask("bdev_get_iostat", "{\"per_channel\":true}");
	assert_int_equal(g_answer.code, SPDK_JSONRPC_ERROR_INVALID_PARAMS);
	assert_answer_has("per_channel is for one bdev at a time, and 'names' has 0");
	expect_error("bdev_get_iostat", "{\"names\":[\"x\"],\"per_channel\":true}", -ENODEV,
		     "bdev x: No such device");
	assert_int_equal(fake->bdev.internal.holds, 0);
	fake_close(&opened);
	fake_delete(fake);
}

/* ---- Histograms ---- */

static uint64_t
count_in_answer(void)
{
	char *begin = strstr(g_answer.text, "\"histogram\":\""), *end;
	uint64_t buckets[1024], sum = 0;
	size_t size = sizeof(buckets), i;

	assert_non_null(begin);
	begin += strlen("\"histogram\":\"");
	end = strchr(begin, '"');
	*end = '\0';
	assert_true(spdk_base64_get_decoded_len(strlen(begin)) <= sizeof(buckets));
	assert_int_equal(spdk_base64_decode(buckets, &size, begin), 0);
	for (i = 0; i < size / sizeof(buckets[0]); i++) {
		sum += buckets[i];
	}
	return sum;
}

static void
times_are_counted_and_told(void **state)
{
	struct fake_bdev *fake = fake_new("d", 8);
	struct opened opened;

	fake_register(fake);
	opened = fake_open(fake);
	expect_error("bdev_get_histogram", "{\"name\":\"d\"}", -EFAULT,
		     "bdev d has no histogram: call bdev_enable_histogram first");
	expect("bdev_enable_histogram", "{\"name\":\"d\",\"enable\":true,\"granularity\":3}",
	       "true");
	read_blocks(&opened, 5);
	ask("bdev_get_histogram", "{\"name\":\"d\"}");
	assert_answer_has("\"granularity\":3,\"min_range\":");
	assert_answer_has("\"tsc_rate\":");
	assert_int_equal(count_in_answer(), 5);
	expect("bdev_get_histogram_borders", "{\"name\":\"d\",\"borders\":[0,3600000000]}",
	       "{\"borders_count\":[0,5,5]}");
	expect("bdev_enable_histogram", "{\"name\":\"d\",\"enable\":true,\"opc\":\"write\"}",
	       "true");
	read_blocks(&opened, 5);
	expect("bdev_get_histogram_borders", "{\"name\":\"d\",\"borders\":[]}",
	       "{\"borders_count\":[0]}");
	expect("bdev_enable_histogram", "{\"name\":\"d\",\"enable\":false}", "true");
	expect_error("bdev_get_histogram_borders", "{\"name\":\"d\",\"borders\":[1]}", -EFAULT,
		     "bdev d has no histogram: call bdev_enable_histogram first");
	ask("bdev_enable_histogram", "{\"name\":\"d\",\"enable\":true,\"opc\":\"jump\"}");
	assert_int_equal(g_answer.code, SPDK_JSONRPC_ERROR_INVALID_PARAMS);
	assert_answer_has("There is no type of I/O 'jump'");
	expect_error("bdev_enable_histogram", "{\"name\":\"x\",\"enable\":true}", -ENODEV,
		     "bdev x: No such device");
	expect_error("bdev_get_histogram", "{\"name\":\"x\"}", -ENODEV, "bdev x: No such device");
	assert_int_equal(fake->bdev.internal.holds, 0);
	fake_close(&opened);
	fake_delete(fake);
}

/* ---- What is saved ---- */

static char g_saved[8192];
static size_t g_saved_size;

static int
keep_text(void *ctx, const void *data, size_t size)
{
	assert_true(g_saved_size + size < sizeof(g_saved));
	memcpy(g_saved + g_saved_size, data, size);
	g_saved_size += size;
	g_saved[g_saved_size] = '\0';
	return 0;
}

static void
save(void)
{
	struct spdk_json_write_ctx *w;

	g_saved_size = 0;
	w = spdk_json_write_begin(keep_text, NULL, SPDK_JSON_WRITE_FLAG_FLATTEN_BATCHES);
	spdk_bdev_subsystem_config_json(w);
	assert_int_equal(spdk_json_write_end(w), 0);
}

static void
write_config(struct spdk_bdev *bdev, struct spdk_json_write_ctx *w)
{
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "fake_create");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_string(w, "name", bdev->name);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

#define OPTIONS(auto_examine)                                                        \
	"[{\"method\":\"bdev_set_options\",\"params\":{\"bdev_io_pool_size\":65535," \
	"\"bdev_io_cache_size\":256,\"bdev_auto_examine\":" auto_examine             \
	",\"iobuf_small_cache_size\":128,\"iobuf_large_cache_size\":16}},"
#define WAIT "{\"method\":\"bdev_wait_for_examine\"}]"
/* Settings are for devices that may be built by an examination. */
#define WAIT_FIRST "{\"method\":\"bdev_wait_for_examine\"},"

static void
what_is_saved_leads_back(void **state)
{
	static const char *const calls[] = {
		"bdev_set_qos_limit",
		"{\"name\":\"d\",\"rw_ios_per_sec\":2000}",
		"bdev_enable_histogram",
		("{\"name\":\"d\",\"enable\":true,\"opc\":\"read\",\"granularity\":5,"
		 "\"min_nsec\":10,\"max_nsec\":1000000}"),
		"bdev_set_qd_sampling_period",
		"{\"name\":\"d\",\"period\":10000000}"};
	struct fake_bdev *fake = fake_new("d", 8);
	struct spdk_bdev_fn_table table = *fake->bdev.fn_table;
	char expected[sizeof(g_saved)];
	size_t i, size;

	save();
	assert_string_equal(g_saved, OPTIONS("true") WAIT);
	table.write_config_json = write_config;
	fake->bdev.fn_table = &table;
	fake_register(fake);
	size = (size_t)snprintf(expected, sizeof(expected),
				OPTIONS("true") "{\"method\":\"fake_create\",\"params\":{"
						"\"name\":\"d\"}}," WAIT_FIRST);
	for (i = 0; i < SPDK_COUNTOF(calls); i += 2) {
		expect(calls[i], calls[i + 1], "true");
		size += (size_t)snprintf(expected + size, sizeof(expected) - size,
					 "{\"method\":\"%s\",\"params\":%s},", calls[i],
					 calls[i + 1]);
	}
	(void)snprintf(expected + size, sizeof(expected) - size, WAIT);
	save();
	assert_string_equal(g_saved, expected);
	fake_delete(fake);
}

static void
what_may_be_examined_is_saved(void **state)
{
	struct spdk_bdev_opts before, opts;

	spdk_bdev_get_opts(&before, sizeof(before));
	opts = before;
	opts.bdev_auto_examine = false;
	assert_int_equal(spdk_bdev_set_opts(&opts), 0);
	expect("bdev_examine", "{\"name\":\"d\"}", "true");
	expect_error("bdev_examine", "{\"name\":\"d\"}", -EEXIST, "bdev d: File exists");
	assert_one_error("The examination of bdev d was asked for before");
	save();
	assert_string_equal(g_saved, OPTIONS("false") "{\"method\":\"bdev_examine\",\"params\":{"
						      "\"name\":\"d\"}}," WAIT);
	assert_int_equal(spdk_bdev_set_opts(&before), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RPC_TEST(a_device_is_told_in_full),
		RPC_TEST(what_a_device_has_besides_is_told),
		RPC_TEST(a_device_may_be_waited_for),
		RPC_TEST(examinations_are_asked_and_waited_for),
		RPC_TEST(options_are_set_before_the_start_only),
		RPC_TEST(limits_and_samples_are_set),
		RPC_TEST(what_was_counted_is_told_and_reset),
		RPC_TEST(statistics_have_what_the_device_adds),
		RPC_TEST(statistics_are_told_for_each_channel),
		RPC_TEST(times_are_counted_and_told),
		RPC_TEST(what_is_saved_leads_back),
		RPC_TEST(what_may_be_examined_is_saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
