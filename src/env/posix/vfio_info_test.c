/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers of vfio: all of a long one is read, and nothing outside of one is looked at.
 */
#include "env/posix/vfio_info.h"

#include <setjmp.h>

#include <cmocka.h>
#include <linux/vfio.h>

#include "env/posix/pci_kernel.h"

#define WANTED     7
#define TOTAL      64
#define TOTAL_HUGE (2u << 20)

struct answer {
	uint32_t argsz;
	uint32_t flags;
	uint8_t bytes[TOTAL];
};

static uint32_t g_total;
static int g_error;

static int
fake_ioctl(int fd, unsigned long request, void *arg)
{
	struct vfio_region_info *info = arg;
	uint32_t room = info->argsz;

	assert_int_equal(fd, 5);
	assert_int_equal(request, VFIO_DEVICE_GET_REGION_INFO);
	assert_int_equal(info->index, 3);
	/* As it was asked, each time. */
	assert_int_equal(info->flags, 0);
	if (g_error != 0 && room >= g_total) {
		return g_error;
	}
	info->flags = 1;
	if (room >= g_total) {
		memset(info + 1, 0xab, g_total - sizeof(*info));
	}
	if (g_total > sizeof(*info)) {
		info->argsz = g_total;
	}
	return 0;
}

static const struct pci_kernel g_kernel = {.ioctl = fake_ioctl};

static int
setup(void **state)
{
	g_total = TOTAL;
	g_error = 0;
	pci_kernel_set(&g_kernel);
	return 0;
}

static int
teardown(void **state)
{
	pci_kernel_set(NULL);
	return 0;
}

static int
ask(void **out_info)
{
	const struct vfio_region_info question = {.index = 3};

	return vfio_info_read(5, VFIO_DEVICE_GET_REGION_INFO, &question, sizeof(question),
			      out_info);
}

static void
all_of_an_answer_is_read(void **state)
{
	struct vfio_region_info *info;
	void *answer;

	assert_int_equal(ask(&answer), 0);
	info = answer;
	assert_int_equal(info->argsz, TOTAL);
	assert_int_equal(((uint8_t *)answer)[TOTAL - 1], 0xab);
	free(answer);
	/* A short one is whole at once. */
	g_total = sizeof(*info);
	assert_int_equal(ask(&answer), 0);
	free(answer);
}

static void
an_error_or_an_absurd_size_is_refused(void **state)
{
	void *answer = &answer;

	g_error = -ENODEV;
	assert_int_equal(ask(&answer), -ENODEV);
	g_error = 0;
	g_total = TOTAL_HUGE;
	assert_int_equal(ask(&answer), -EIO);
	assert_ptr_equal(answer, &answer);
}

/* Puts a capability at `offset` from the start of the answer. */
static void
put(struct answer *answer, uint32_t offset, uint16_t id, uint32_t next)
{
	const struct vfio_info_cap_header header = {.id = id, .next = next};

	memcpy((uint8_t *)answer + offset, &header, sizeof(header));
}

static void
a_capability_is_found_in_its_chain(void **state)
{
	struct answer answer = {.argsz = sizeof(answer)};
	uint32_t room;

	put(&answer, 8, 1, 24);
	put(&answer, 24, 2, 40);
	put(&answer, 40, WANTED, 0);
	assert_ptr_equal(vfio_info_find(&answer, 8, WANTED, 16, &room), (uint8_t *)&answer + 40);
	assert_int_equal(room, sizeof(answer) - 40 - 16);
	assert_null(vfio_info_find(&answer, 8, 3, 16, &room));
	assert_null(vfio_info_find(&answer, 0, WANTED, 16, &room));
}

static void
a_chain_that_leaves_the_answer_ends(void **state)
{
	/* What lies behind the answer is right, and must not be found. */
	struct answer answer = {.argsz = 48};
	uint32_t *exact = calloc(3, sizeof(*exact)), room = 77;

	put(&answer, 8, 1, 48);
	put(&answer, 48, WANTED, 0);
	assert_null(vfio_info_find(&answer, 8, WANTED, 8, &room));
	assert_null(vfio_info_find(&answer, 48, WANTED, 8, &room));
	assert_null(vfio_info_find(&answer, UINT32_MAX - 3, WANTED, 8, &room));
	/* A header that is not whole. */
	put(&answer, 44, WANTED, 0);
	assert_null(vfio_info_find(&answer, 44, WANTED, 8, &room));
	/* A header that is, of something that is not. */
	put(&answer, 40, WANTED, 0);
	assert_null(vfio_info_find(&answer, 40, WANTED, 16, &room));
	assert_int_equal(room, 77);
	assert_non_null(vfio_info_find(&answer, 40, WANTED, 8, &room));
	assert_int_equal(room, 0);
	/* AddressSanitizer sees what is read behind this one. */
	assert_non_null(exact);
	exact[0] = 3 * sizeof(*exact);
	assert_null(vfio_info_find(exact, 2 * sizeof(*exact), WANTED, 8, &room));
	free(exact);
}

static void
a_chain_that_turns_back_ends(void **state)
{
	struct answer answer = {.argsz = sizeof(answer)};
	uint32_t room;

	put(&answer, 8, 1, 24);
	put(&answer, 24, 2, 8);
	assert_null(vfio_info_find(&answer, 8, WANTED, 8, &room));
	put(&answer, 24, 2, 24);
	assert_null(vfio_info_find(&answer, 8, WANTED, 8, &room));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_of_an_answer_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(an_error_or_an_absurd_size_is_refused, setup,
						teardown),
		cmocka_unit_test(a_capability_is_found_in_its_chain),
		cmocka_unit_test(a_chain_that_leaves_the_answer_ends),
		cmocka_unit_test(a_chain_that_turns_back_ends),
	};

	return cmocka_run_group_tests_name("vfio_info", tests, NULL, NULL);
}
