/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI addresses and their text. What is read:
 *
 *   address  = [ domain sep ] bus sep device [ "." function ]     with sep = ":"
 *            | [ domain "." ] bus "." device "." function
 *
 * All numbers are hexadecimal without a prefix. A missing domain or function is 0.
 */
#include "env/posix/pci_internal.h"

#define FIELDS_MAX   4
#define DEVICE_MAX   0x1f
#define FUNCTION_MAX 7

struct address_fields {
	uint32_t value[FIELDS_MAX];
	/* What stands before each field; 0 for the first. */
	char separator[FIELDS_MAX];
	size_t count;
};

static int
hexadecimal_digit(char digit)
{
	if (digit >= '0' && digit <= '9') {
		return digit - '0';
	}
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Reads hexadecimal digits, one at least; NULL when there are none, or too many for 32 bits. */
static const char *
read_number(const char *text, uint32_t *out_value)
{
	const char *start = text;
	uint64_t value = 0;

	for (; hexadecimal_digit(*text) >= 0; text++) {
		value = value << 4 | (uint64_t)hexadecimal_digit(*text);
		if (value > UINT32_MAX) {
			return NULL;
		}
	}
	*out_value = (uint32_t)value;
	return text > start ? text : NULL;
}

static bool
read_fields(const char *text, struct address_fields *fields)
{
	memset(fields, 0, sizeof(*fields));
	for (;;) {
		text = read_number(text, &fields->value[fields->count]);
		if (text == NULL) {
			return false;
		}
		fields->count++;
		if (*text == '\0') {
			return true;
		}
		if ((*text != ':' && *text != '.') || fields->count == FIELDS_MAX) {
			return false;
		}
		fields->separator[fields->count] = *text++;
	}
}

/* Which of the fields, counted from the end, is the function: 1, or 0 when it is missing. */
static bool
has_function(const struct address_fields *fields)
{
	return fields->separator[fields->count - 1] == '.';
}

/* Before the function, separators are all of one kind; dots only leave no doubt with a function. */
static bool
separators_agree(const struct address_fields *fields)
{
	size_t end = has_function(fields) ? fields->count - 1 : fields->count;

	for (size_t i = 2; i < end; i++) {
		if (fields->separator[i] != fields->separator[1]) {
			return false;
		}
	}
	return true;
}

bool
pci_addr_is_valid(const struct spdk_pci_addr *addr)
{
	return addr->dev <= DEVICE_MAX && addr->func <= FUNCTION_MAX;
}

int
spdk_pci_addr_parse(struct spdk_pci_addr *addr, const char *bdf)
{
	struct address_fields fields;
	uint32_t function = 0, *value = fields.value;

	if (addr == NULL || bdf == NULL || !read_fields(bdf, &fields) || fields.count < 2 ||
	    !separators_agree(&fields)) {
		return -EINVAL;
	}
	if (has_function(&fields)) {
		function = value[--fields.count];
	}
	/* Device and bus are the last two of what is left, and a domain may stand before them. */
	if (fields.count < 2 || fields.count > 3 || function > FUNCTION_MAX ||
	    value[fields.count - 1] > DEVICE_MAX || value[fields.count - 2] > UINT8_MAX) {
		return -EINVAL;
	}
	addr->domain = fields.count == 3 ? value[0] : 0;
	addr->bus = (uint8_t)value[fields.count - 2];
	addr->dev = (uint8_t)value[fields.count - 1];
	addr->func = (uint8_t)function;
	return 0;
}

int
spdk_pci_addr_fmt(char *bdf, size_t sz, const struct spdk_pci_addr *addr)
{
	char text[PCI_ADDR_TEXT_SIZE];
	size_t len;

	if (bdf == NULL || addr == NULL) {
		return -EINVAL;
	}
	len = strlen(pci_addr_text(addr, text));
	if (len >= sz) {
		return -EINVAL;
	}
	memcpy(bdf, text, len + 1);
	return 0;
}

const char *
pci_addr_text(const struct spdk_pci_addr *addr, char text[PCI_ADDR_TEXT_SIZE])
{
	snprintf(text, PCI_ADDR_TEXT_SIZE, "%04x:%02x:%02x.%x", addr->domain, addr->bus, addr->dev,
		 addr->func);
	return text;
}

int
spdk_pci_addr_compare(const struct spdk_pci_addr *a1, const struct spdk_pci_addr *a2)
{
	if (a1->domain != a2->domain) {
		return a1->domain < a2->domain ? -1 : 1;
	}
	if (a1->bus != a2->bus) {
		return a1->bus < a2->bus ? -1 : 1;
	}
	if (a1->dev != a2->dev) {
		return a1->dev < a2->dev ? -1 : 1;
	}
	if (a1->func != a2->func) {
		return a1->func < a2->func ? -1 : 1;
	}
	return 0;
}
