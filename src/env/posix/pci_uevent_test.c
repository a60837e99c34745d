/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages of the kernel about devices: which are events, and that none is read beyond its end.
 */
#include "env/posix/pci_internal.h"

#include <setjmp.h>

#include <cmocka.h>

static struct spdk_pci_event g_event;
static uint64_t g_number;

/* Parses from memory of exactly its size, so that a sanitizer sees a read beyond it. */
static int
parse_bytes(const char *message, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, message, len);
	memset(&g_event, 0xa5, sizeof(g_event));
	rc = pci_uevent_parse(copy, len, &g_event, &g_number);
	free(copy);
	return rc;
}

#define parse(message) parse_bytes(message, sizeof(message) - 1)

static void
assert_event(enum spdk_pci_event_type action, const char *address)
{
	char text[PCI_ADDR_TEXT_SIZE];

	assert_int_equal(g_event.action, action);
	assert_string_equal(pci_addr_text(&g_event.traddr, text), address);
}

static void
device_given_to_user_space_is_added(void **state)
{
	assert_int_equal(parse("bind@/devices/pci0000:00/0000:00:04.0\0ACTION=bind\0"
			       "DEVPATH=/devices/pci0000:00/0000:00:04.0\0SUBSYSTEM=pci\0"
			       "DRIVER=vfio-pci\0PCI_CLASS=10802\0PCI_ID=1B36:0010\0"
			       "PCI_SLOT_NAME=0000:00:04.0\0SEQNUM=1\0"),
			 1);
	assert_event(SPDK_UEVENT_ADD, "0000:00:04.0");
	assert_int_equal(parse("bind@/x\0ACTION=bind\0SUBSYSTEM=pci\0DRIVER=uio_pci_generic\0"
			       "PCI_SLOT_NAME=10000:01:1f.7\0"),
			 1);
	assert_event(SPDK_UEVENT_ADD, "10000:01:1f.7");
	assert_int_equal(parse("add@/x\0ACTION=add\0SUBSYSTEM=uio\0"
			       "DEVPATH=/devices/pci0000:00/0000:00:01.0/0000:02:00.3/uio/uio0\0"),
			 1);
	assert_event(SPDK_UEVENT_ADD, "0000:02:00.3");
}

static void
device_that_goes_is_removed(void **state)
{
	assert_int_equal(
		parse("remove@/x\0ACTION=remove\0SUBSYSTEM=pci\0PCI_SLOT_NAME=0000:03:00.0\0"), 1);
	assert_event(SPDK_UEVENT_REMOVE, "0000:03:00.0");
	assert_int_equal(parse("remove@/x\0ACTION=remove\0SUBSYSTEM=pci\0"
			       "DEVPATH=/devices/pci0000:00/0000:05:00.0\0"),
			 1);
	assert_event(SPDK_UEVENT_REMOVE, "0000:05:00.0");
	/* The last string has no zero. */
	assert_int_equal(
		parse("ACTION=remove\0SUBSYSTEM=uio\0DEVPATH=/devices/pci0000:00/0000:05:00.1"), 1);
	assert_event(SPDK_UEVENT_REMOVE, "0000:05:00.1");
}

static void
messages_have_a_number(void **state)
{
	assert_int_equal(parse("ACTION=remove\0SUBSYSTEM=pci\0PCI_SLOT_NAME=0000:03:00.0\0"
			       "SEQNUM=123456789012\0"),
			 1);
	assert_int_equal(g_number, 123456789012);
	assert_int_equal(parse("SEQNUM=7x\0ACTION=remove\0SUBSYSTEM=pci\0"
			       "PCI_SLOT_NAME=0000:03:00.0\0"),
			 1);
	assert_true(g_number == UINT64_MAX);
	assert_int_equal(parse("ACTION=remove\0SUBSYSTEM=pci\0PCI_SLOT_NAME=0000:03:00.0\0"), 1);
	assert_true(g_number == UINT64_MAX);
}

static void
other_messages_are_no_events(void **state)
{
	assert_int_equal(parse(""), 0);
	assert_int_equal(parse("\0\0\0"), 0);
	assert_int_equal(parse("libudev\0\xfe\xed\xca\xfe"), 0);
	assert_int_equal(parse("ACTION=add\0SUBSYSTEM=pci\0PCI_SLOT_NAME=0000:03:00.0\0"), 0);
	assert_int_equal(
		parse("ACTION=bind\0SUBSYSTEM=pci\0DRIVER=nvme\0PCI_SLOT_NAME=0000:03:00.0\0"), 0);
	assert_int_equal(parse("ACTION=remove\0SUBSYSTEM=block\0DEVPATH=/devices/0000:05:00.0\0"),
			 0);
	assert_int_equal(parse("ACTION=add\0SUBSYSTEM=uio\0DEVPATH=/devices/platform/uio/uio0\0"),
			 0);
	assert_int_equal(parse("ACTION=add\0SUBSYSTEM=uio\0"), 0);
	assert_int_equal(g_event.traddr.domain, 0xa5a5a5a5);
}

static void
pci_message_without_address_makes_no_sense(void **state)
{
	char long_name[400] = "ACTION=remove\0SUBSYSTEM=pci\0PCI_SLOT_NAME=";

	assert_int_equal(parse("ACTION=remove\0SUBSYSTEM=pci\0"), -EINVAL);
	assert_int_equal(parse("ACTION=remove\0SUBSYSTEM=pci\0PCI_SLOT_NAME=03:00.0\0"), -EINVAL);
	assert_int_equal(parse("ACTION=remove\0SUBSYSTEM=pci\0PCI_SLOT_NAME=pci0000:00\0"),
			 -EINVAL);
	memset(long_name + 42, '0', sizeof(long_name) - 42);
	assert_int_equal(parse_bytes(long_name, sizeof(long_name)), -EINVAL);
	assert_int_equal(g_event.traddr.domain, 0xa5a5a5a5);
}

static void
listening_gives_a_descriptor_without_events(void **state)
{
	struct spdk_pci_event event;
	int fd = spdk_pci_event_listen();

	if (fd == -EPROTONOSUPPORT || fd == -EAFNOSUPPORT || fd == -EPERM) {
		skip();
	}
	assert_true(fd >= 0);
	/* Whatever happens on this machine meanwhile, it does not block. */
	assert_in_range(spdk_pci_get_event(fd, &event), 0, 1);
	close(fd);
	assert_int_equal(spdk_pci_get_event(fd, &event), -EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_given_to_user_space_is_added),
		cmocka_unit_test(device_that_goes_is_removed),
		cmocka_unit_test(messages_have_a_number),
		cmocka_unit_test(other_messages_are_no_events),
		cmocka_unit_test(pci_message_without_address_makes_no_sense),
		cmocka_unit_test(listening_gives_a_descriptor_without_events),
	};

	return cmocka_run_group_tests_name("pci_uevent", tests, NULL, NULL);
}
