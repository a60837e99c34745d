/* SPDX-License-Identifier: BSD-3-Clause */
#include "modules_fixture.h"
#include "control/jsonrpc.h"
#include "control/rpc.h"
#include "io/examine_fixture.h"
#include "spdk/accel.h"
#include "spdk/json.h"

#define IDLE_US      50
#define PATIENCE_S   30
#define THREADS_MAX  4
#define OPENED_MAX   8
#define VALUES_MAX   512
#define BUF_ALIGN    4096
#define CONFIG_ENTRY "{\"method\":\"bdev_"

struct spdk_thread *g_app;
static struct spdk_thread *g_threads[THREADS_MAX];
static size_t g_threads_count;

/* What a test that fails leaves open. */
static struct {
	struct spdk_thread *thread;
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *ch;
} g_opened[OPENED_MAX];

/* ---- Threads ---- */

static bool
poll_all(void)
{
	bool is_busy = false;

	for (size_t i = 0; i < g_threads_count; i++) {
		is_busy |= spdk_thread_poll(g_threads[i], 0, 0) > 0;
	}
	spdk_set_thread(g_app);
	return is_busy;
}

void
settle(void)
{
	while (poll_all()) {
	}
}

static uint64_t
deadline(void)
{
	return spdk_get_ticks() + PATIENCE_S * spdk_get_ticks_hz();
}

void
wait_until(bool (*is_true)(const void *arg), const void *arg)
{
	uint64_t end = deadline();

	while (!is_true(arg)) {
		if (spdk_get_ticks() > end) {
			fprintf(stderr, "nothing has come for %d s\n", PATIENCE_S);
			abort();
		}
		if (!poll_all()) {
			/* Some tests wait for seconds. */
			usleep(IDLE_US);
		}
	}
}

static bool
is_set(const void *arg)
{
	return *(const bool *)arg;
}

struct spdk_thread *
add_thread(const char *name)
{
	struct spdk_thread *thread = spdk_thread_create(name, NULL);

	assert_non_null(thread);
	assert_in_range(g_threads_count, 0, THREADS_MAX - 1);
	g_threads[g_threads_count++] = thread;
	return thread;
}

void
run_on(struct spdk_thread *thread, spdk_msg_fn fn, void *arg)
{
	spdk_set_thread(thread);
	fn(arg);
	spdk_set_thread(g_app);
}

static void
end_threads(void)
{
	while (g_threads_count > 0) {
		struct spdk_thread *thread = g_threads[--g_threads_count];

		spdk_set_thread(thread);
		spdk_thread_exit(thread);
		spdk_set_thread(NULL);
		while (!spdk_thread_is_exited(thread)) {
			spdk_thread_poll(thread, 0, 0);
		}
		spdk_thread_destroy(thread);
	}
}

/* ---- The layer ---- */

static void
note_done(void *arg)
{
	*(bool *)arg = true;
}

static void
note_initialized(void *arg, int rc)
{
	assert_int_equal(rc, 0);
	*(bool *)arg = true;
}

static void
open_layer(const char *options)
{
	bool is_done = false;

	spdk_rpc_set_state(SPDK_RPC_STARTUP);
	if (options != NULL) {
		expect("bdev_set_options", options, "true");
	}
	assert_int_equal(spdk_iobuf_initialize(), 0);
	assert_int_equal(spdk_accel_initialize(), 0);
	spdk_bdev_initialize(note_initialized, &is_done);
	wait_until(is_set, &is_done);
	spdk_rpc_set_state(SPDK_RPC_RUNTIME);
}

static void
close_layer(void)
{
	bool is_done = false;

	spdk_bdev_finish(note_done, &is_done);
	wait_until(is_set, &is_done);
	is_done = false;
	spdk_accel_finish(note_done, &is_done);
	wait_until(is_set, &is_done);
	is_done = false;
	spdk_iobuf_finish(note_done, &is_done);
	wait_until(is_set, &is_done);
}

void
restart_layer_with(const char *options)
{
	close_layer();
	settle();
	open_layer(options);
}

int
modules_open(void)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	if (spdk_env_init(&opts) != 0 || spdk_thread_lib_init(NULL, 0) != 0) {
		return -EIO;
	}
	g_app = add_thread("app");
	spdk_set_thread(g_app);
	let_modules_read(false);
	open_layer(NULL);
	return 0;
}

void
let_modules_read_devices(void)
{
	let_modules_read(true);
}

void
disks_close_left(void)
{
	for (size_t i = 0; i < OPENED_MAX; i++) {
		if (g_opened[i].desc != NULL) {
			spdk_set_thread(g_opened[i].thread);
			spdk_put_io_channel(g_opened[i].ch);
			spdk_bdev_close(g_opened[i].desc);
			g_opened[i].desc = NULL;
		}
	}
	spdk_set_thread(g_app);
}

void
modules_close(void)
{
	settle();
	disks_close_left();
	close_layer();
	end_threads();
	spdk_thread_lib_fini();
	spdk_env_fini();
}

/* ---- Methods ---- */

struct answer {
	bool is_there;
	int error_code;
	char *text; /* the result, or the message of the error */
};

static void
note_answer(void *arg, const struct jsonrpc_local_reply *reply)
{
	struct answer *answer = arg;

	answer->is_there = true;
	answer->error_code = reply->error_code;
	answer->text = reply->error_code != 0 ? strdup(reply->error_message) :
						strndup(reply->text, reply->size);
}

static bool
is_answered(const void *arg)
{
	return ((const struct answer *)arg)->is_there;
}

static struct answer
call(const char *method, const char *params)
{
	struct spdk_json_val values[VALUES_MAX];
	struct spdk_json_val name = {.start = (char *)(uintptr_t)method,
				     .len = (uint32_t)strlen(method),
				     .type = SPDK_JSON_VAL_STRING};
	struct answer answer = {.is_there = false};
	struct jsonrpc_local_call local = {
		.handle_fn = rpc_handle,
		.method = &name,
		.done_fn = note_answer,
		.arg = &answer,
	};
	char *text = params != NULL ? strdup(params) : NULL;

	if (text != NULL) {
		assert_true(spdk_json_parse(text, strlen(text), values, VALUES_MAX, NULL,
					    SPDK_JSON_PARSE_FLAG_DECODE_IN_PLACE) > 0);
		local.params = values;
	}
	assert_int_equal(jsonrpc_call_local(&local), 0);
	wait_until(is_answered, &answer);
	free(text);
	return answer;
}

void
expect(const char *method, const char *params, const char *text)
{
	struct answer answer = call(method, params);

	if (answer.error_code != 0) {
		fail_msg("%s(%s): error %d: %s", method, params, answer.error_code, answer.text);
	}
	if (text != NULL) {
		assert_string_equal(answer.text, text);
	}
	free(answer.text);
}

void
expect_part(const char *method, const char *params, const char *part)
{
	struct answer answer = call(method, params);

	if (answer.error_code != 0 || strstr(answer.text, part) == NULL) {
		fail_msg("%s(%s): \"%s\" is not in %s", method, params, part, answer.text);
	}
	free(answer.text);
}

void
expect_error(const char *method, const char *params, int code, const char *part)
{
	struct answer answer = call(method, params);

	if (answer.error_code != code || strstr(answer.text, part) == NULL) {
		fail_msg("%s(%s): error %d with \"%s\" is expected, and there is %d with \"%s\"",
			 method, params, code, part, answer.error_code, answer.text);
	}
	free(answer.text);
}

void
expect_specific(const char *name, const char *text)
{
	char params[128], part[512];

	(void)snprintf(params, sizeof(params), "{\"name\": \"%s\"}", name);
	(void)snprintf(part, sizeof(part), "\"driver_specific\":%s", text);
	expect_part("bdev_get_bdevs", params, part);
}

/* ---- Configuration ---- */

struct text {
	char *bytes;
	size_t size;
};

static int
append(void *arg, const void *data, size_t size)
{
	struct text *text = arg;

	text->bytes = realloc(text->bytes, text->size + size + 1);
	assert_non_null(text->bytes);
	memcpy(text->bytes + text->size, data, size);
	text->size += size;
	text->bytes[text->size] = '\0';
	return 0;
}

/* Entries that the layer has of itself. */
static bool
is_common(const char *entry)
{
	return strstr(entry, "bdev_set_options") == entry + strlen("{\"method\":\"") ||
	       strstr(entry, "bdev_wait_for_examine") == entry + strlen("{\"method\":\"") ||
	       strstr(entry, "_set_options\"") != NULL;
}

static char *
next_entry(char *entry)
{
	return strstr(entry + 1, CONFIG_ENTRY);
}

char *
save_config(void)
{
	struct text text = {NULL, 0}, kept = {NULL, 0};
	struct spdk_json_write_ctx *w =
		spdk_json_write_begin(append, &text, SPDK_JSON_WRITE_FLAG_FLATTEN_BATCHES);
	char *entry, *next, *end;

	spdk_bdev_subsystem_config_json(w);
	assert_int_equal(spdk_json_write_end(w), 0);
	end = strrchr(text.bytes, ']');
	assert_non_null(end);
	*end = '\0';
	append(&kept, "[", 1);
	for (entry = strstr(text.bytes, CONFIG_ENTRY); entry != NULL; entry = next) {
		next = next_entry(entry);
		if (next != NULL) {
			next[-1] = '\0';
		}
		if (!is_common(entry)) {
			append(&kept, ",", kept.size > 1);
			append(&kept, entry, strlen(entry));
		}
	}
	append(&kept, "]", 1);
	free(text.bytes);
	return kept.bytes;
}

static void
load_entry(struct spdk_json_val *entry)
{
	struct spdk_json_val *method = NULL, *params = NULL;
	char *name, *text;
	const char *end;

	assert_int_equal(spdk_json_find(entry, "method", NULL, &method, SPDK_JSON_VAL_STRING), 0);
	assert_int_equal(spdk_json_find(entry, "params", NULL, &params, SPDK_JSON_VAL_OBJECT_BEGIN),
			 0);
	end = params[params->len + 1].start;
	name = spdk_json_strdup(method);
	text = strndup(params->start, (size_t)(end - (const char *)params->start) + 1);
	expect(name, text, NULL);
	free(text);
	free(name);
}

void
load_saved(const char *saved)
{
	struct spdk_json_val values[VALUES_MAX], *entry, *end;
	char *copy = strdup(saved);

	assert_true(spdk_json_parse(copy, strlen(copy), values, VALUES_MAX, NULL, 0) > 0);
	end = values + values->len + 1;
	for (entry = values + 1; entry < end; entry += spdk_json_val_len(entry)) {
		load_entry(entry);
	}
	free(copy);
}

void
check_round_trip(const char *expected)
{
	char *saved = save_config(), *again;

	assert_string_equal(saved, expected);
	restart_layer_with(NULL);
	again = save_config();
	assert_string_equal(again, "[]");
	free(again);
	load_saved(saved);
	settle();
	again = save_config();
	assert_string_equal(again, saved);
	free(again);
	free(saved);
}

/* ---- I/O ---- */

static void
note_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *ctx)
{
	struct disk *disk = ctx;

	disk->events[type]++;
}

void
disk_open(struct disk *disk, const char *name)
{
	size_t i = 0;

	memset(disk, 0, sizeof(*disk));
	assert_int_equal(spdk_bdev_open_ext(name, true, note_event, disk, &disk->desc), 0);
	disk->bdev = spdk_bdev_desc_get_bdev(disk->desc);
	disk->ch = spdk_bdev_get_io_channel(disk->desc);
	assert_non_null(disk->ch);
	while (g_opened[i].desc != NULL) {
		assert_in_range(++i, 0, OPENED_MAX - 1);
	}
	g_opened[i].thread = spdk_get_thread();
	g_opened[i].desc = disk->desc;
	g_opened[i].ch = disk->ch;
}

void
disk_close(struct disk *disk)
{
	size_t i = 0;

	while (g_opened[i].desc != disk->desc) {
		assert_in_range(++i, 0, OPENED_MAX - 1);
	}
	g_opened[i].desc = NULL;
	spdk_put_io_channel(disk->ch);
	spdk_bdev_close(disk->desc);
	settle();
}

void
note_outcome(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct outcome *outcome = arg;
	uint32_t cdw0;

	outcome->calls++;
	outcome->status = (enum spdk_bdev_io_status)(int)io->internal.status;
	assert_int_equal(success, outcome->status == SPDK_BDEV_IO_STATUS_SUCCESS);
	spdk_bdev_io_get_nvme_status(io, &cdw0, &outcome->sct, &outcome->sc);
	if (outcome->keeps) {
		outcome->io = io;
	} else {
		spdk_bdev_free_io(io);
	}
}

static bool
is_over(const void *arg)
{
	return ((const struct outcome *)arg)->calls > 0;
}

enum spdk_bdev_io_status
outcome_wait(struct outcome *outcome)
{
	wait_until(is_over, outcome);
	settle();
	assert_int_equal(outcome->calls, 1);
	outcome->calls = 0;
	return outcome->status;
}

void
expect_status(int rc, struct outcome *outcome, enum spdk_bdev_io_status status)
{
	assert_int_equal(rc, 0);
	assert_int_equal(outcome_wait(outcome), status);
}

void
do_write(struct disk *disk, const void *buf, uint64_t offset, uint64_t count)
{
	struct outcome outcome = {.calls = 0};
	int rc = spdk_bdev_write_blocks(disk->desc, disk->ch, (void *)(uintptr_t)buf, offset, count,
					note_outcome, &outcome);

	expect_status(rc, &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
}

void
do_read(struct disk *disk, void *buf, uint64_t offset, uint64_t count)
{
	struct outcome outcome = {.calls = 0};
	int rc = spdk_bdev_read_blocks(disk->desc, disk->ch, buf, offset, count, note_outcome,
				       &outcome);

	expect_status(rc, &outcome, SPDK_BDEV_IO_STATUS_SUCCESS);
}

void *
new_buf(size_t size)
{
	void *buf = aligned_alloc(BUF_ALIGN, SPDK_ALIGN_CEIL(size, BUF_ALIGN));

	assert_non_null(buf);
	memset(buf, 0, size);
	return buf;
}

void
fill(void *buf, size_t size, uint32_t seed)
{
	uint8_t *bytes = buf;

	for (size_t i = 0; i < size; i++) {
		bytes[i] = (uint8_t)(i * 31 + i / 251 + seed * 17);
	}
}
