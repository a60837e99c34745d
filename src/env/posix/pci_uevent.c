/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kernel broadcasts about devices: a line, then KEY=value strings, each ended by a zero.
 *
 * A device can be used once a kernel driver that gives it to user space has it, and until that
 * driver or the device goes; so an event is
 *
 *   ADD     SUBSYSTEM=pci ACTION=bind, DRIVER= one of those; or SUBSYSTEM=uio ACTION=add
 *   REMOVE  SUBSYSTEM=pci ACTION=remove; or SUBSYSTEM=uio ACTION=remove
 *
 * The two ways of saying it overlap: whoever acts on events finds the second of a pair done
 * already.
 *
 * Invariant: nothing is read beyond the length of the message, which need not end in a zero.
 */
#include "env/posix/pci_internal.h"

/* Values longer than this mean nothing to us; paths are looked at in the message itself. */
#define VALUE_SIZE 64

struct uevent {
	char action[VALUE_SIZE];
	char subsystem[VALUE_SIZE];
	char driver[VALUE_SIZE];
	char slot[VALUE_SIZE];
	char number[VALUE_SIZE];
	const char *path;
	size_t path_len;
};

/* Whether the string starts with `key`; then *out_value is the rest of it. */
static bool
has_key(const char *string, size_t len, const char *key, const char **out_value, size_t *out_len)
{
	size_t key_len = strlen(key);

	if (len < key_len || memcmp(string, key, key_len) != 0) {
		return false;
	}
	*out_value = string + key_len;
	*out_len = len - key_len;
	return true;
}

/* Copies a value; one that is too long becomes empty, as it is none of those we know. */
static void
copy_value(char value[VALUE_SIZE], const char *text, size_t len)
{
	if (len >= VALUE_SIZE) {
		len = 0;
	}
	memcpy(value, text, len);
	value[len] = '\0';
}

static void
read_string(struct uevent *event, const char *string, size_t len)
{
	const char *value;
	size_t value_len;

	if (has_key(string, len, "ACTION=", &value, &value_len)) {
		copy_value(event->action, value, value_len);
	} else if (has_key(string, len, "SUBSYSTEM=", &value, &value_len)) {
		copy_value(event->subsystem, value, value_len);
	} else if (has_key(string, len, "DRIVER=", &value, &value_len)) {
		copy_value(event->driver, value, value_len);
	} else if (has_key(string, len, "PCI_SLOT_NAME=", &value, &value_len)) {
		copy_value(event->slot, value, value_len);
	} else if (has_key(string, len, "SEQNUM=", &value, &value_len)) {
		copy_value(event->number, value, value_len);
	} else if (has_key(string, len, "DEVPATH=", &value, &value_len)) {
		event->path = value;
		event->path_len = value_len;
	}
}

static void
read_strings(struct uevent *event, const char *message, size_t len)
{
	const char *end;
	size_t string_len;

	while (len > 0) {
		end = memchr(message, '\0', len);
		string_len = end != NULL ? (size_t)(end - message) : len;
		read_string(event, message, string_len);
		if (end == NULL) {
			return;
		}
		message += string_len + 1;
		len -= string_len + 1;
	}
}

/* An address with domain and function, and nothing else: "0000:03:00.0". */
static bool
read_full_address(const char *text, struct spdk_pci_addr *out_addr)
{
	const char *first = strchr(text, ':'), *last = strrchr(text, ':');

	return first != NULL && first != last && strchr(last, '.') != NULL &&
	       spdk_pci_addr_parse(out_addr, text) == 0;
}

/* The last part of the path that is an address: /devices/pci0000:00/0000:00:04.0/uio/uio0. */
static bool
address_of_path(const struct uevent *event, struct spdk_pci_addr *out_addr)
{
	char part[VALUE_SIZE];
	bool is_found = false;
	size_t start = 0, end;

	while (start < event->path_len) {
		end = start;
		while (end < event->path_len && event->path[end] != '/') {
			end++;
		}
		copy_value(part, event->path + start, end - start);
		if (read_full_address(part, out_addr)) {
			is_found = true;
		}
		start = end + 1;
	}
	return is_found;
}

static bool
gives_to_user_space(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "uio_pci_generic") == 0 ||
	       strcmp(driver, "igb_uio") == 0;
}

static bool
is_action(const struct uevent *event, const char *subsystem, const char *action)
{
	return strcmp(event->subsystem, subsystem) == 0 && strcmp(event->action, action) == 0;
}

static uint64_t
read_number(const char *text)
{
	char *end;
	uint64_t number = strtoull(text, &end, 10);

	return end != text && *end == '\0' ? number : UINT64_MAX;
}

int
pci_uevent_parse(const char *message, size_t len, struct spdk_pci_event *out_event,
		 uint64_t *out_number)
{
	struct spdk_pci_event event = {0};
	struct uevent uevent = {0};
	bool has_address;

	read_strings(&uevent, message, len);
	if (is_action(&uevent, "uio", "add") ||
	    (is_action(&uevent, "pci", "bind") && gives_to_user_space(uevent.driver))) {
		event.action = SPDK_UEVENT_ADD;
	} else if (is_action(&uevent, "uio", "remove") || is_action(&uevent, "pci", "remove")) {
		event.action = SPDK_UEVENT_REMOVE;
	} else {
		return 0;
	}
	if (strcmp(uevent.subsystem, "pci") == 0 && uevent.slot[0] != '\0') {
		has_address = read_full_address(uevent.slot, &event.traddr);
	} else {
		has_address = address_of_path(&uevent, &event.traddr);
	}
	if (!has_address) {
		/* Devices of uio need not be on the PCI bus; those of pci are. */
		return strcmp(uevent.subsystem, "pci") == 0 ? -EINVAL : 0;
	}
	*out_event = event;
	*out_number = read_number(uevent.number);
	return 1;
}
