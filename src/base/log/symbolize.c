/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Describes addresses. The loader is asked first, which knows exported functions; then the symbol
 * table of the module's file, which has static ones as well; the source line comes from debug info.
 *
 * A call may be the last instruction of its function, so the return address may belong to the next
 * one: what is looked up is one byte less, and what is printed is still the address given.
 */
#include "base/log/symbolize.h"

#include <dlfcn.h>

#include "base/log/elf_symbol.h"
#include "base/log/source_line.h"
#include "spdk/util.h"

/* What /proc calls the running program, even when its file was replaced or deleted. */
#define SELF_PATH "/proc/self/exe"

/* A place in the program, as far as it is known. */
struct place {
	/* What is looked up; never printed. */
	uintptr_t lookup;
	bool has_module;
	char path[PATH_MAX];
	uintptr_t module_base;
	const ElfW(Phdr) * headers;
	size_t header_count;
	/* Empty when it is not known. */
	char function[ELF_SYMBOL_NAME_SIZE];
	uintptr_t function_address;
};

/* Absent from a static program, unless something else in it uses it. */
extern __typeof__(dladdr) dladdr __attribute__((weak));

static int
look_for_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct place *place = (struct place *)arg;
	const ElfW(Phdr) * header;
	size_t i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		header = &info->dlpi_phdr[i];
		/* Unsigned: an address below the segment becomes a large distance. */
		if (header->p_type == PT_LOAD &&
		    place->lookup - (info->dlpi_addr + header->p_vaddr) < header->p_memsz) {
			break;
		}
	}
	if (i == info->dlpi_phnum) {
		return 0;
	}
	place->has_module = true;
	place->module_base = info->dlpi_addr;
	place->headers = info->dlpi_phdr;
	place->header_count = info->dlpi_phnum;
	(void)snprintf(place->path, sizeof(place->path), "%s",
		       info->dlpi_name != NULL && *info->dlpi_name != '\0' ? info->dlpi_name :
									     SELF_PATH);
	return 1;
}

static void
ask_loader(struct place *place)
{
	Dl_info info;

	if (dladdr != NULL && dladdr((void *)place->lookup, &info) != 0 && info.dli_sname != NULL &&
	    info.dli_saddr != NULL) {
		(void)snprintf(place->function, sizeof(place->function), "%s", info.dli_sname);
		place->function_address = (uintptr_t)info.dli_saddr;
	}
}

static void
ask_file(struct place *place)
{
	struct elf_symbol symbol;
	int fd;

	fd = open(place->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return;
	}
	/* After an upgrade the path may lead to another file than was loaded. */
	if (elf_has_program_headers(fd, place->headers, place->header_count) &&
	    elf_find_symbol(fd, place->lookup - place->module_base, &symbol) == 0) {
		memcpy(place->function, symbol.name, sizeof(place->function));
		place->function_address = (uintptr_t)symbol.address + place->module_base;
	}
	close(fd);
}

/* What people call the module: the name of its file. */
static const char *
module_name(struct place *place)
{
	char path[PATH_MAX];
	const char *name;
	ssize_t len;

	if (strcmp(place->path, SELF_PATH) == 0) {
		len = readlink(SELF_PATH, path, sizeof(path) - 1);
		if (len > 0) {
			path[len] = '\0';
			memcpy(place->path, path, (size_t)len + 1);
		}
	}
	name = strrchr(place->path, '/');
	return name != NULL ? name + 1 : place->path;
}

/* snprintf() that returns how much there is, not how much there would be. */
static size_t __attribute__((format(printf, 3, 4)))
print_cut(char *out, size_t size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(out, size, format, args);
	va_end(args);
	return len < 0 ? 0 : spdk_min((size_t)len, size - 1);
}

static size_t
print_place(struct place *place, uintptr_t address, char *out, size_t size)
{
	struct source_line line;
	size_t len;

	if (!place->has_module) {
		return print_cut(out, size, "0x%" PRIxPTR, address);
	}
	if (place->function[0] == '\0') {
		len = print_cut(out, size, "%s+0x%" PRIxPTR, module_name(place),
				address - place->module_base);
	} else if (address == place->function_address) {
		len = print_cut(out, size, "%s", place->function);
	} else {
		len = print_cut(out, size, "%s+0x%" PRIxPTR, place->function,
				address - place->function_address);
	}
	if (source_line_find((const void *)place->lookup, &line) == 0) {
		len += print_cut(out + len, size - len, " (%s:%d)", line.file, line.line);
	}
	return len;
}

static size_t
describe(uintptr_t lookup, uintptr_t address, char *out, size_t size)
{
	int saved_errno = errno;
	struct place place;
	size_t len;

	if (size == 0) {
		return 0;
	}
	place.lookup = lookup;
	place.has_module = false;
	place.function[0] = '\0';
	(void)dl_iterate_phdr(look_for_module, &place); /* place.has_module says what came of it. */
	if (place.has_module) {
		ask_loader(&place);
	}
	if (place.has_module && place.function[0] == '\0') {
		ask_file(&place);
	}
	len = print_place(&place, address, out, size);
	errno = saved_errno;
	return len;
}

size_t
symbolize(const void *address, char *out, size_t size)
{
	return describe((uintptr_t)address - 1, (uintptr_t)address, out, size);
}

size_t
symbolize_exactly(const void *address, char *out, size_t size)
{
	return describe((uintptr_t)address, (uintptr_t)address, out, size);
}

void
symbolize_release(void)
{
	source_line_release();
}
