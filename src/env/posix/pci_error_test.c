/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bus errors, as an access behind the end of a mapped file makes them: a handler can put memory in
 * place, and what nobody handles goes to whoever had the signal before.
 */
#include "env/pci_cover.h"
#include "spdk/env.h"

#include <setjmp.h>

#include <cmocka.h>

#include "base/log_capture.h"

#define PREVIOUS_STATUS 42
/* An address that no other access here fails at. */
#define READER_OFFSET 200

static size_t g_page_size;
static int g_handler_calls, g_other_calls;
static const void *g_failure_addr;

/* A page that cannot be read: its file ends before it. */
static volatile char *
broken_page(void)
{
	int fd = memfd_create("broken", MFD_CLOEXEC);
	void *page;

	assert_true(fd >= 0);
	page = mmap(NULL, g_page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	close(fd);
	return page;
}

static void
replace_page(const void *failure_addr, void *ctx)
{
	uintptr_t page = (uintptr_t)failure_addr & ~(g_page_size - 1);

	g_handler_calls++;
	g_failure_addr = failure_addr;
	if (mmap((void *)page, g_page_size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
		_exit(1);
	}
	memset((void *)page, *(char *)ctx, g_page_size);
}

static void
cover_page(const void *failure_addr, void *ctx)
{
	g_handler_calls++;
	if (!env_pci_cover_page(failure_addr)) {
		_exit(1);
	}
}

static void
do_nothing(const void *failure_addr, void *ctx)
{
	g_other_calls++;
}

static void
end_process(int signal_number)
{
	_exit(g_other_calls == 1 ? PREVIOUS_STATUS : 1);
}

static void
end_process_with_info(int signal_number, siginfo_t *info, void *context)
{
	_exit(info->si_addr != NULL ? PREVIOUS_STATUS : 1);
}

/* Not in the setup: cmocka puts its own handler in place after that. */
static void
begin(void)
{
	g_page_size = (size_t)sysconf(_SC_PAGESIZE);
	g_handler_calls = g_other_calls = 0;
	signal(SIGBUS, SIG_DFL);
	log_capture_start();
}

static int
teardown(void **state)
{
	log_capture_stop();
	return 0;
}

static void
handler_can_put_memory_in_place(void **state)
{
	volatile char *page;
	struct sigaction action;
	char fill = 'F';

	begin();
	page = broken_page();
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), 0);
	assert_int_equal(spdk_pci_register_error_handler(replace_page, &fill), 0);
	assert_int_equal(page[100], 'F');
	assert_int_equal(g_handler_calls, 1);
	assert_int_equal(g_other_calls, 1);
	assert_ptr_equal(g_failure_addr, page + 100);
	spdk_pci_unregister_error_handler(do_nothing);
	munmap((void *)(uintptr_t)page, g_page_size);

	/* Another device, with the handlers that are left. */
	page = broken_page();
	fill = 'G';
	assert_int_equal(page[0], 'G');
	assert_int_equal(g_handler_calls, 2);
	assert_int_equal(g_other_calls, 1);
	spdk_pci_unregister_error_handler(replace_page);
	assert_int_equal(sigaction(SIGBUS, NULL, &action), 0);
	assert_ptr_equal(action.sa_handler, SIG_DFL);
	munmap((void *)(uintptr_t)page, g_page_size);
	assert_nothing_logged();
}

/* Not of any other size: the kernel would refuse, or more would be gone. */
static void
cover_is_one_page_of_this_machine(void **state)
{
	volatile uint8_t *pages;
	int fd;

	begin();
	fd = memfd_create("broken", MFD_CLOEXEC);
	assert_true(fd >= 0);
	pages = mmap(NULL, 2 * g_page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(spdk_pci_register_error_handler(cover_page, NULL), 0);
	assert_int_equal(pages[g_page_size - 1], 0xff);
	for (size_t i = 0; i < g_page_size; i++) {
		assert_int_equal(pages[i], 0xff);
	}
	assert_int_equal(g_handler_calls, 1);
	assert_int_equal(pages[g_page_size], 0xff);
	assert_int_equal(g_handler_calls, 2);
	spdk_pci_unregister_error_handler(cover_page);
	munmap((void *)(uintptr_t)pages, 2 * g_page_size);
	close(fd);
	assert_nothing_logged();
}

/* What becomes of a child that reads a broken page. */
static int
status_of_reader(void)
{
	volatile char *page = broken_page();
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		alarm(20);
		_exit(page[READER_OFFSET]);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	munmap((void *)(uintptr_t)page, g_page_size);
	return status;
}

static void
unhandled_fault_goes_to_the_previous_handler(void **state)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO};
	int status;

	begin();
	signal(SIGBUS, end_process);
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), 0);
	status = status_of_reader();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), PREVIOUS_STATUS);
	spdk_pci_unregister_error_handler(do_nothing);

	action.sa_sigaction = end_process_with_info;
	sigaction(SIGBUS, &action, NULL);
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), 0);
	status = status_of_reader();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), PREVIOUS_STATUS);
	spdk_pci_unregister_error_handler(do_nothing);
}

static void
unhandled_fault_ends_the_process_by_default(void **state)
{
	int status;

	begin();
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), 0);
	status = status_of_reader();
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGBUS);
	spdk_pci_unregister_error_handler(do_nothing);
}

static void
signal_sent_by_a_process_is_no_fault(void **state)
{
	int status;
	pid_t child;

	begin();
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		kill(getpid(), SIGBUS);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	spdk_pci_unregister_error_handler(do_nothing);

	signal(SIGBUS, SIG_IGN);
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), 0);
	assert_int_equal(kill(getpid(), SIGBUS), 0);
	assert_int_equal(g_other_calls, 0);
	spdk_pci_unregister_error_handler(do_nothing);
}

static void
wrong_handlers_are_refused(void **state)
{
	begin();
	assert_int_equal(spdk_pci_register_error_handler(NULL, NULL), -EINVAL);
	assert_one_error("NULL");
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), 0);
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), -EEXIST);
	assert_one_error("registered already");
	spdk_pci_unregister_error_handler(do_nothing);
	spdk_pci_unregister_error_handler(do_nothing);
	spdk_pci_unregister_error_handler(NULL);
	assert_nothing_logged();
}

static void
later_handler_of_the_program_stays(void **state)
{
	struct sigaction action;

	begin();
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), 0);
	signal(SIGBUS, end_process);
	spdk_pci_unregister_error_handler(do_nothing);
	assert_int_equal(sigaction(SIGBUS, NULL, &action), 0);
	assert_ptr_equal(action.sa_handler, end_process);

	/* It knows nothing of us, so the next registration puts us above it. */
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), 0);
	assert_int_equal(WEXITSTATUS(status_of_reader()), PREVIOUS_STATUS);
	spdk_pci_unregister_error_handler(do_nothing);
	assert_int_equal(sigaction(SIGBUS, NULL, &action), 0);
	assert_ptr_equal(action.sa_handler, end_process);
}

static struct sigaction g_replaced;

/* Hands what it does not know to whom it replaced, as we do. */
static void
hand_back(int signal_number, siginfo_t *info, void *context)
{
	g_replaced.sa_sigaction(signal_number, info, context);
}

static void
handlers_that_hand_to_each_other_come_to_an_end(void **state)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_NODEFER, .sa_sigaction = hand_back};
	int status;

	begin();
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), 0);
	assert_int_equal(sigaction(SIGBUS, &action, &g_replaced), 0);
	spdk_pci_unregister_error_handler(do_nothing);
	assert_int_equal(spdk_pci_register_error_handler(do_nothing, NULL), 0);
	status = status_of_reader();
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGBUS);
	spdk_pci_unregister_error_handler(do_nothing);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(handler_can_put_memory_in_place, NULL, teardown),
		cmocka_unit_test_setup_teardown(cover_is_one_page_of_this_machine, NULL, teardown),
		cmocka_unit_test_setup_teardown(unhandled_fault_goes_to_the_previous_handler, NULL,
						teardown),
		cmocka_unit_test_setup_teardown(unhandled_fault_ends_the_process_by_default, NULL,
						teardown),
		cmocka_unit_test_setup_teardown(signal_sent_by_a_process_is_no_fault, NULL,
						teardown),
		cmocka_unit_test_setup_teardown(wrong_handlers_are_refused, NULL, teardown),
		cmocka_unit_test_setup_teardown(later_handler_of_the_program_stays, NULL, teardown),
		cmocka_unit_test_setup_teardown(handlers_that_hand_to_each_other_come_to_an_end,
						NULL, teardown),
	};

	return cmocka_run_group_tests_name("pci_error", tests, NULL, NULL);
}
