/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Modules and drivers: who is chosen, what each is asked for, how they start and stop, and what is
 * refused once the framework has started.
 */
#include "base/failing_malloc.h"

#include "io/accel_fixture.h"
#include "runtime/io_devices.h"

#define SIZE     64
#define CTX_SIZE 100

static uint8_t g_bytes[2][SIZE];

/* How the modules of this test behave, and what they have seen. */
static struct {
	int rc_of_init;
	int rc_of_submit;
	bool has_no_channel;
	int started;
	int stopped;
	struct spdk_accel_task *task; /* the last that was submitted */
	int submitted;
	uint8_t align;
	uint32_t block_size;
} g_how;

/* ---- Modules: 'first' and 'second' have one priority, 'absent' has nothing to work with ---- */

static int g_device;

static int
create_nothing(void *io_device, void *ctx)
{
	return 0;
}

static void
destroy_nothing(void *io_device, void *ctx)
{
}

static struct spdk_io_channel *
get_channel(void)
{
	return g_how.has_no_channel ? NULL : spdk_get_io_channel(&g_device);
}

static int
start_first(void)
{
	if (g_how.rc_of_init != 0) {
		return g_how.rc_of_init;
	}
	spdk_io_device_register(&g_device, create_nothing, destroy_nothing, 0, "first");
	if (!io_devices_have(&g_device)) {
		return -ENOMEM;
	}
	g_how.started++;
	return 0;
}

static void
stopped_first(void *io_device)
{
	g_how.stopped++;
	spdk_accel_module_finish();
}

static void
stop_first(void *ctx)
{
	spdk_io_device_unregister(&g_device, stopped_first);
}

static bool
first_supports(enum spdk_accel_opcode opcode)
{
	return opcode == SPDK_ACCEL_OPC_COPY || opcode == SPDK_ACCEL_OPC_FILL;
}

static int
submit(struct spdk_io_channel *ch, struct spdk_accel_task *task)
{
	if (g_how.rc_of_submit != 0) {
		return g_how.rc_of_submit;
	}
	/* What it asked for is its own. */
	memset(task + 1, 0xee, CTX_SIZE);
	g_how.task = task;
	g_how.submitted++;
	return 0;
}

static size_t
get_ctx_size(void)
{
	return CTX_SIZE;
}

static int
get_memory_domains(struct spdk_memory_domain **domains, int count)
{
	if (count > 0) {
		domains[0] = spdk_memory_domain_get_system_domain();
	}
	return 1;
}

static int
get_operation_info(enum spdk_accel_opcode opcode, const struct spdk_accel_operation_exec_ctx *ctx,
		   struct spdk_accel_opcode_info *info)
{
	info->required_alignment = g_how.align;
	g_how.block_size = ctx != NULL ? ctx->block_size : 0;
	return 0;
}

static struct spdk_accel_module_if g_first = {
	.name = "first",
	.priority = 5,
	.module_init = start_first,
	.module_fini = stop_first,
	.get_ctx_size = get_ctx_size,
	.supports_opcode = first_supports,
	.get_io_channel = get_channel,
	.submit_tasks = submit,
	.get_memory_domains = get_memory_domains,
	.get_operation_info = get_operation_info,
};

static int
start_second(void)
{
	g_how.started++;
	return 0;
}

static bool
second_supports(enum spdk_accel_opcode opcode)
{
	return opcode == SPDK_ACCEL_OPC_COPY;
}

/* It needs no end. */
static struct spdk_accel_module_if g_second = {
	.name = "second",
	.priority = 5,
	.module_init = start_second,
	.supports_opcode = second_supports,
	.get_io_channel = get_channel,
	.submit_tasks = submit,
};

static int
start_absent(void)
{
	return -ENODEV;
}

static bool
supports_all(enum spdk_accel_opcode opcode)
{
	return true;
}

static struct spdk_accel_module_if g_absent = {
	.name = "absent",
	.priority = 100,
	.module_init = start_absent,
	.supports_opcode = supports_all,
};

/* ---- A driver that fills ---- */

static struct {
	int rc_of_init;
	int rc_of_execute;
	int status;
	bool is_later;
	int started;
	int stopped;
	int asked;
	bool wants_memory;
} g_drive;

static int
start_driver(void)
{
	if (g_drive.rc_of_init == 0) {
		g_drive.started++;
	}
	return g_drive.rc_of_init;
}

static void
stop_driver(void)
{
	g_drive.stopped++;
}

static void
drive(void *arg)
{
	struct spdk_accel_sequence *seq = arg;
	struct spdk_accel_task *task = spdk_accel_sequence_first_task(seq), *next;

	while (task != NULL && task->op_code == SPDK_ACCEL_OPC_FILL) {
		next = spdk_accel_sequence_next_task(task);
		if (task->dst_domain == spdk_accel_get_memory_domain()) {
			assert_true(g_drive.wants_memory);
			assert_true(spdk_accel_alloc_sequence_buf(
				seq, task->d.iovs[0].iov_base, task->dst_domain,
				task->dst_domain_ctx, NULL, NULL));
			assert_null(task->dst_domain);
		}
		spdk_iov_memset(task->d.iovs, (int)task->d.iovcnt, (uint8_t)task->fill_pattern);
		spdk_accel_task_complete(task, g_drive.status);
		task = g_drive.status == 0 ? next : NULL;
	}
	spdk_accel_sequence_continue(seq);
}

static int
execute(struct spdk_io_channel *ch, struct spdk_accel_sequence *seq)
{
	g_drive.asked++;
	if (g_drive.rc_of_execute != 0) {
		return g_drive.rc_of_execute;
	}
	if (g_drive.is_later) {
		return spdk_thread_send_msg(g_thread, drive, seq);
	}
	drive(seq);
	return 0;
}

static struct spdk_accel_driver g_driver = {
	.name = "steer",
	.init = start_driver,
	.fini = stop_driver,
	.execute_sequence = execute,
	.get_io_channel = get_channel,
	.get_operation_info = get_operation_info,
};

SPDK_ACCEL_MODULE_REGISTER(first, &g_first)
SPDK_ACCEL_MODULE_REGISTER(second, &g_second)
SPDK_ACCEL_MODULE_REGISTER(absent, &g_absent)
SPDK_ACCEL_DRIVER_REGISTER(steer, &g_driver)

static int
set_up(void **state)
{
	memset(&g_how, 0, sizeof(g_how));
	memset(&g_drive, 0, sizeof(g_drive));
	accel_open_thread();
	log_capture_start();
	accel_small_opts();
	return 0;
}

static int
tear_down(void **state)
{
	log_capture_stop();
	accel_close_thread();
	return 0;
}

static void
expect_module(enum spdk_accel_opcode opcode, const char *expected)
{
	const char *name = NULL;

	assert_int_equal(spdk_accel_get_opc_module_name(opcode, &name), 0);
	assert_string_equal(name, expected);
}

/* ---- Who does what ---- */

static void
the_highest_priority_that_can_do_it_does_it(void **state)
{
	const char *name;

	assert_int_equal(spdk_accel_get_opc_module_name(SPDK_ACCEL_OPC_COPY, &name), -ENOENT);
	accel_up();
	/* Of two equals the one that came later, as there. */
	expect_module(SPDK_ACCEL_OPC_COPY, "second");
	expect_module(SPDK_ACCEL_OPC_FILL, "first");
	expect_module(SPDK_ACCEL_OPC_CRC32C, "software");
	assert_int_equal(spdk_accel_get_opc_module_name(SPDK_ACCEL_OPC_LAST, &name), -EINVAL);
	assert_true(log_captured("absent", "left out", NULL));
	accel_down();
	assert_int_equal(spdk_accel_get_opc_module_name(SPDK_ACCEL_OPC_COPY, &name), -ENOENT);
	assert_int_equal(g_how.started, 2);
	assert_int_equal(g_how.stopped, 1);
}

static void
an_operation_goes_to_whom_it_is_assigned_for_one_start(void **state)
{
	assert_int_equal(spdk_accel_assign_opc(SPDK_ACCEL_OPC_COPY, "first"), 0);
	assert_int_equal(spdk_accel_assign_opc(SPDK_ACCEL_OPC_COPY, "software"), 0);
	accel_up();
	expect_module(SPDK_ACCEL_OPC_COPY, "software");
	assert_int_equal(spdk_accel_assign_opc(SPDK_ACCEL_OPC_COPY, "first"), -EINVAL);
	assert_true(log_captured("spdk_accel_assign_opc()", "has started", NULL));
	accel_down();
	accel_up();
	expect_module(SPDK_ACCEL_OPC_COPY, "second");
	accel_down();
}

static void
expect_no_start(int rc, const char *word, const char *other)
{
	log_capture_clear();
	assert_int_equal(spdk_accel_initialize(), rc);
	assert_true(log_captured(word, other, NULL));
	poll_all();
	assert_null(spdk_accel_get_io_channel());
	/* It can be started again, which does not remember. */
	g_how.rc_of_init = 0;
	g_drive.rc_of_init = 0;
	accel_up();
	accel_down();
}

static void
an_assignment_that_cannot_be_stops_the_start(void **state)
{
	assert_int_equal(spdk_accel_assign_opc(SPDK_ACCEL_OPC_LAST, "software"), -EINVAL);
	assert_int_equal(spdk_accel_assign_opc(SPDK_ACCEL_OPC_COPY, NULL), -EINVAL);
	assert_int_equal(spdk_accel_assign_opc(SPDK_ACCEL_OPC_COPY, "nobody"), 0);
	expect_no_start(-EINVAL, "nobody", "is not there");
	assert_int_equal(spdk_accel_assign_opc(SPDK_ACCEL_OPC_COPY, "absent"), 0);
	expect_no_start(-EINVAL, "absent", "nothing to work with");
	assert_int_equal(spdk_accel_assign_opc(SPDK_ACCEL_OPC_CRC32C, "first"), 0);
	expect_no_start(-EINVAL, "crc32c", "cannot do it");
}

static void
what_does_not_start_stops_what_has(void **state)
{
	g_how.rc_of_init = -EPERM;
	expect_no_start(-EPERM, "first", "did not start");
	assert_int_equal(spdk_accel_set_driver("steer"), 0);
	g_drive.rc_of_init = -EBUSY;
	expect_no_start(-EBUSY, "steer", "did not start");
	assert_int_equal(g_drive.started, 0);
	assert_int_equal(g_drive.stopped, 0);
}

static void
it_starts_once(void **state)
{
	accel_up();
	assert_int_equal(spdk_accel_initialize(), -EALREADY);
	assert_true(log_captured("has been started", NULL));
	spdk_accel_module_finish();
	assert_true(log_captured("spdk_accel_module_finish()", NULL));
	expect_module(SPDK_ACCEL_OPC_CRC32C, "software");
	/* While it ends, neither. */
	g_is_down = false;
	spdk_put_io_channel(g_ch);
	g_ch = NULL;
	spdk_accel_finish(accel_is_down, NULL);
	log_capture_clear();
	assert_int_equal(spdk_accel_initialize(), -EALREADY);
	assert_true(log_captured("not down yet", NULL));
	poll_all();
	assert_true(g_is_down);
	/* What is down has nothing to wait for. */
	g_is_down = false;
	spdk_accel_finish(accel_is_down, NULL);
	assert_true(g_is_down);
	spdk_set_thread(NULL);
	assert_int_equal(spdk_accel_initialize(), -EINVAL);
	spdk_set_thread(g_thread);
}

static void
the_end_waits_for_channels(void **state)
{
	accel_up();
	g_is_down = false;
	spdk_accel_finish(accel_is_down, NULL);
	poll_all();
	assert_false(g_is_down);
	assert_int_equal(g_how.stopped, 0);
	spdk_put_io_channel(g_ch);
	g_ch = NULL;
	poll_all();
	assert_true(g_is_down);
	assert_int_equal(g_how.stopped, 1);
}

static void
a_module_is_known_by_its_name(void **state)
{
	assert_ptr_equal(spdk_accel_get_module("first"), &g_first);
	assert_null(spdk_accel_get_module("nobody"));
	assert_null(spdk_accel_get_module(NULL));
	/* A second time changes nothing. */
	spdk_accel_module_list_add(&g_first);
	spdk_accel_driver_register(&g_driver);
	accel_up();
	assert_int_equal(g_how.started, 2);
	accel_down();
}

/* ---- What a module is given ---- */

static void
a_task_goes_to_its_module_with_the_bytes_it_wants(void **state)
{
	struct done done[2] = {{0}};
	struct spdk_accel_task *task;

	accel_up();
	assert_int_equal(spdk_accel_submit_fill(g_ch, g_bytes[0], 7, SIZE, count_done, &done[0]),
			 0);
	task = g_how.task;
	assert_int_equal(task->op_code, SPDK_ACCEL_OPC_FILL);
	assert_int_equal(task->fill_pattern, 0x0707070707070707);
	assert_int_equal(task->nbytes, SIZE);
	assert_int_equal(task->d.iovcnt, 1);
	assert_ptr_equal(task->d.iovs[0].iov_base, g_bytes[0]);
	assert_null(task->seq);
	assert_null(STAILQ_NEXT(task, link));
	/* A second one has its own, and what the module left behind is not taken for a list. */
	STAILQ_NEXT(task, link) = task;
	assert_int_equal(spdk_accel_submit_fill(g_ch, g_bytes[1], 8, SIZE, count_done, &done[1]),
			 0);
	assert_int_equal(task->fill_pattern, 0x0707070707070707);
	assert_true((char *)g_how.task >= (char *)(task + 1) + CTX_SIZE ||
		    (char *)task >= (char *)(g_how.task + 1) + CTX_SIZE);
	spdk_accel_task_complete(g_how.task, 0);
	assert_int_equal(done[1].count, 1);
	assert_int_equal(done[1].status, 0);
	assert_int_equal(done[0].count, 0);
	spdk_accel_task_complete(task, -EIO);
	assert_int_equal(done[0].status, -EIO);
	/* The one that came back last is taken first. */
	assert_int_equal(spdk_accel_submit_fill(g_ch, g_bytes[1], 8, SIZE, count_done, &done[1]),
			 0);
	assert_ptr_equal(g_how.task, task);
	assert_null(STAILQ_NEXT(g_how.task, link));
	spdk_accel_task_complete(g_how.task, 0);
	accel_down();
}

static void
a_module_that_refuses_ends_the_call_or_the_sequence(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done done = {0}, step = {0};

	accel_up();
	g_how.rc_of_submit = -EAGAIN;
	/* Many times: the task comes back. */
	for (int i = 0; i < 100; i++) {
		assert_int_equal(
			spdk_accel_submit_fill(g_ch, g_bytes[0], 7, SIZE, count_done, &done),
			-EAGAIN);
	}
	assert_int_equal(done.count, 0);
	assert_int_equal(spdk_accel_append_fill(&seq, g_ch, g_bytes[0], SIZE, NULL, NULL, 7,
						count_step, &step),
			 0);
	spdk_accel_sequence_finish(seq, count_done, &done);
	assert_int_equal(step.count, 0);
	expect_done(&done, -EAGAIN);
	assert_int_equal(step.turn, 1);
	accel_down();
}

/* Within submit_tasks(), against the rules: it costs the stack, and no more. */
static void
a_module_that_reaches_a_domain_gets_it(void **state)
{
	struct spdk_memory_domain *domains[2] = {NULL}, *system;
	struct spdk_accel_sequence *seq = NULL;
	struct done done = {0};

	system = spdk_memory_domain_get_system_domain();
	accel_up();
	assert_int_equal(spdk_accel_get_opc_memory_domains(SPDK_ACCEL_OPC_FILL, domains, 2), 1);
	assert_ptr_equal(domains[0], system);
	assert_int_equal(spdk_accel_get_opc_memory_domains(SPDK_ACCEL_OPC_FILL, NULL, 0), 1);
	assert_int_equal(spdk_accel_get_opc_memory_domains(SPDK_ACCEL_OPC_CRC32C, domains, 2), 0);
	assert_int_equal(spdk_accel_get_opc_memory_domains(SPDK_ACCEL_OPC_LAST, domains, 2),
			 -EINVAL);
	assert_int_equal(
		spdk_accel_append_fill(&seq, g_ch, g_bytes[0], SIZE, system, &g_how, 7, NULL, NULL),
		0);
	spdk_accel_sequence_finish(seq, count_done, &done);
	assert_ptr_equal(g_how.task->dst_domain, system);
	assert_ptr_equal(g_how.task->dst_domain_ctx, &g_how);
	assert_ptr_equal(g_how.task->d.iovs[0].iov_base, g_bytes[0]);
	spdk_accel_task_complete(g_how.task, 0);
	assert_int_equal(done.count, 1);
	accel_down();
	assert_int_equal(spdk_accel_get_opc_memory_domains(SPDK_ACCEL_OPC_FILL, domains, 2),
			 -ENOENT);
}

static void
alignment_is_what_module_and_driver_want(void **state)
{
	struct spdk_accel_operation_exec_ctx ctx = {.size = sizeof(ctx), .block_size = 4096};

	assert_int_equal(spdk_accel_set_driver("steer"), 0);
	g_how.align = 9;
	accel_up();
	assert_int_equal(spdk_accel_get_buf_align(SPDK_ACCEL_OPC_FILL, &ctx), 9);
	assert_int_equal(g_how.block_size, 4096);
	assert_int_equal(spdk_accel_get_buf_align(SPDK_ACCEL_OPC_CRC32C, NULL), 9);
	assert_int_equal(spdk_accel_get_buf_align(SPDK_ACCEL_OPC_LAST, &ctx), 0);
	accel_down();
	accel_up();
	assert_int_equal(spdk_accel_get_buf_align(SPDK_ACCEL_OPC_CRC32C, NULL), 0);
	accel_down();
}

static void
without_a_channel_of_a_module_there_is_none(void **state)
{
	accel_up();
	spdk_put_io_channel(g_ch);
	poll_all();
	g_how.has_no_channel = true;
	log_capture_clear();
	g_ch = spdk_accel_get_io_channel();
	assert_null(g_ch);
	assert_true(log_captured("has no channel for the thread accel_test", NULL));
	g_how.has_no_channel = false;
	g_ch = spdk_accel_get_io_channel();
	assert_non_null(g_ch);
	accel_down();
}

/* ---- The driver ---- */

static void
append_fill(struct spdk_accel_sequence **seq, int to, struct done *step)
{
	assert_int_equal(spdk_accel_append_fill(seq, g_ch, g_bytes[to], SIZE, NULL, NULL, 7,
						count_step, step),
			 0);
}

static void
append_crc(struct spdk_accel_sequence **seq, struct iovec *iov, uint32_t *crc, struct done *step)
{
	assert_int_equal(
		spdk_accel_append_crc32c(seq, g_ch, crc, iov, 1, NULL, NULL, 0, count_step, step),
		0);
}

static void
a_driver_does_what_it_can_and_modules_the_rest(void **state)
{
	struct iovec iov = {g_bytes[0], SIZE};
	uint32_t crc;

	assert_int_equal(spdk_accel_set_driver("nobody"), -ENOENT);
	assert_true(log_captured("nobody", NULL));
	for (int later = 0; later < 2; later++) {
		struct spdk_accel_sequence *seq = NULL;
		struct done done = {0}, steps[4] = {{0}};

		assert_int_equal(spdk_accel_set_driver("steer"), 0);
		assert_string_equal(spdk_accel_get_driver_name(), "steer");
		g_drive.is_later = later;
		g_drive.asked = 0;
		accel_up();
		assert_int_equal(spdk_accel_set_driver(NULL), -EINVAL);
		append_fill(&seq, 0, &steps[0]);
		append_crc(&seq, &iov, &crc, &steps[1]);
		append_fill(&seq, 1, &steps[2]);
		append_crc(&seq, &iov, &crc, &steps[3]);
		spdk_accel_sequence_finish(seq, count_done, &done);
		assert_int_equal(steps[0].count, 0);
		expect_done(&done, 0);
		for (int i = 0; i < 4; i++) {
			assert_int_equal(steps[i].turn, i + 1);
		}
		assert_int_equal(done.turn, 5);
		/* For each fill; what comes after a module's task is asked again. */
		assert_int_equal(g_drive.asked, 2);
		assert_int_equal(g_how.submitted, 0);
		assert_int_equal(executed(SPDK_ACCEL_OPC_FILL), 2);
		accel_down();
		assert_null(spdk_accel_get_driver_name());
	}
	assert_int_equal(g_drive.started, 2);
	assert_int_equal(g_drive.stopped, 2);
}

static void
a_driver_that_fails_ends_the_sequence(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct done done = {0}, step = {0};

	assert_int_equal(spdk_accel_set_driver("steer"), 0);
	accel_up();
	g_drive.rc_of_execute = -EPERM;
	append_fill(&seq, 0, &step);
	append_fill(&seq, 1, &step);
	spdk_accel_sequence_finish(seq, count_done, &done);
	expect_done(&done, -EPERM);
	assert_int_equal(step.count, 2);
	g_drive.rc_of_execute = 0;
	g_drive.status = -EIO;
	seq = NULL;
	memset(&done, 0, sizeof(done));
	append_fill(&seq, 0, &step);
	append_fill(&seq, 1, &step);
	spdk_accel_sequence_finish(seq, count_done, &done);
	expect_done(&done, -EIO);
	assert_int_equal(step.count, 4);
	accel_down();
}

static void
a_driver_gets_memory_for_accel_buffers_and_no_elided_copies(void **state)
{
	struct spdk_accel_sequence *seq = NULL;
	struct spdk_memory_domain *domain;
	struct done done = {0}, step = {0};
	struct iovec named, iov = {g_bytes[0], SIZE};
	void *buf, *ctx;

	assert_int_equal(spdk_accel_set_driver("steer"), 0);
	accel_up();
	g_drive.wants_memory = true;
	assert_int_equal(spdk_accel_get_buf(g_ch, SIZE, &buf, &domain, &ctx), 0);
	named = (struct iovec){buf, SIZE};
	assert_int_equal(
		spdk_accel_append_fill(&seq, g_ch, buf, SIZE, domain, ctx, 9, count_step, &step),
		0);
	assert_int_equal(spdk_accel_append_copy(&seq, g_ch, &iov, 1, NULL, NULL, &named, 1, domain,
						ctx, count_step, &step),
			 0);
	assert_int_equal(
		spdk_accel_append_fill(&seq, g_ch, buf, SIZE, domain, ctx, 8, count_step, &step),
		0);
	memset(g_bytes, 0, sizeof(g_bytes));
	spdk_accel_sequence_finish(seq, count_done, &done);
	expect_done(&done, 0);
	assert_int_equal(step.count, 3);
	assert_int_equal(g_bytes[0][0], 9);
	assert_int_equal(g_drive.asked, 1);
	spdk_accel_put_buf(g_ch, buf, domain, ctx);
	accel_down();
}

/* ---- Memory ---- */

#ifndef HAS_OWN_ALLOCATOR
/* Whether all of it was there, with `left` allocations that do not fail. */
static bool
starts_with(long left)
{
	bool is_whole;
	int rc;

	t_allocations_left = left;
	rc = spdk_accel_initialize();
	g_ch = rc == 0 ? spdk_accel_get_io_channel() : NULL;
	is_whole = g_ch != NULL && t_allocations_left >= 0;
	t_allocations_left = -1;
	if (rc != 0) {
		assert_int_equal(rc, -ENOMEM);
		poll_all();
		return false;
	}
	/* A channel that was not there for want of memory is, now. */
	if (g_ch == NULL) {
		g_ch = spdk_accel_get_io_channel();
		assert_non_null(g_ch);
	}
	accel_down();
	return is_whole;
}
#endif

static void
any_allocation_that_fails_leaves_it_down_or_whole(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	long left = 0;

	while (!starts_with(left)) {
		left++;
		assert_true(left < 1000);
	}
	assert_true(left > 8);
#endif
}

static void
options_are_checked_and_taken_as_far_as_they_are_known(void **state)
{
	struct spdk_accel_opts opts, now;

	spdk_accel_get_opts(&opts, sizeof(opts));
	assert_int_equal(opts.opts_size, sizeof(opts));
	assert_int_equal(opts.task_count, 64);
	opts.opts_size = 0;
	assert_int_equal(spdk_accel_set_opts(&opts), -EINVAL);
	opts.opts_size = sizeof(opts) + 1;
	assert_int_equal(spdk_accel_set_opts(&opts), -EINVAL);
	assert_int_equal(spdk_accel_set_opts(NULL), -EINVAL);
	opts.opts_size = sizeof(opts);
	opts.task_count = 0;
	assert_int_equal(spdk_accel_set_opts(&opts), -EINVAL);
	assert_true(log_captured("task_count is 0", NULL));
	/* Of one who knows only the first fields. */
	opts.opts_size = offsetof(struct spdk_accel_opts, task_count);
	opts.small_cache_size = 3;
	assert_int_equal(spdk_accel_set_opts(&opts), 0);
	memset(&now, 0xff, sizeof(now));
	spdk_accel_get_opts(&now, offsetof(struct spdk_accel_opts, sequence_count));
	assert_int_equal(now.small_cache_size, 3);
	assert_int_equal(now.task_count, 64);
	assert_int_equal(now.sequence_count, UINT32_MAX);
	spdk_accel_get_opts(NULL, sizeof(now));
	spdk_accel_get_opts(&now, 0);
	accel_up();
	opts.opts_size = sizeof(opts);
	opts.task_count = 1;
	assert_int_equal(spdk_accel_set_opts(&opts), -EINVAL);
	assert_true(log_captured("spdk_accel_set_opts()", "has started", NULL));
	accel_down();
	accel_small_opts();
}

static void
operations_have_names(void **state)
{
	assert_string_equal(spdk_accel_get_opcode_name(SPDK_ACCEL_OPC_COPY), "copy");
	assert_string_equal(spdk_accel_get_opcode_name(SPDK_ACCEL_OPC_DIX_VERIFY), "dix_verify");
	assert_null(spdk_accel_get_opcode_name(SPDK_ACCEL_OPC_LAST));
	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		assert_int_equal(accel_opcode_by_name(spdk_accel_get_opcode_name(i)), i);
	}
	assert_int_equal(accel_opcode_by_name("cop"), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_highest_priority_that_can_do_it_does_it),
		TEST(an_operation_goes_to_whom_it_is_assigned_for_one_start),
		TEST(an_assignment_that_cannot_be_stops_the_start),
		TEST(what_does_not_start_stops_what_has),
		TEST(it_starts_once),
		TEST(the_end_waits_for_channels),
		TEST(a_module_is_known_by_its_name),
		TEST(a_task_goes_to_its_module_with_the_bytes_it_wants),
		TEST(a_module_that_refuses_ends_the_call_or_the_sequence),
		TEST(a_module_that_reaches_a_domain_gets_it),
		TEST(alignment_is_what_module_and_driver_want),
		TEST(without_a_channel_of_a_module_there_is_none),
		TEST(a_driver_does_what_it_can_and_modules_the_rest),
		TEST(a_driver_that_fails_ends_the_sequence),
		TEST(a_driver_gets_memory_for_accel_buffers_and_no_elided_copies),
		TEST(any_allocation_that_fails_leaves_it_down_or_whole),
		TEST(options_are_checked_and_taken_as_far_as_they_are_known),
		TEST(operations_have_names),
	};

	return cmocka_run_group_tests(tests, accel_start_environment, accel_stop_environment);
}
