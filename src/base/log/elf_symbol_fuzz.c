/* SPDX-License-Identifier: BSD-3-Clause */
/* Feeds the reader of symbol tables with files that are not what they say. */
#include "base/log/elf_symbol.h"
#include "spdk/stdinc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first eight bytes are the address that is looked up, the others the file. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_symbol symbol = {.name = "untouched"};
	ElfW(Phdr) header;
	uint64_t address;
	int fd, rc;

	if (size < sizeof(address)) {
		return 0;
	}
	memcpy(&address, data, sizeof(address));
	data += sizeof(address);
	size -= sizeof(address);
	fd = memfd_create("elf_symbol_fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
		abort();
	}
	rc = elf_find_symbol(fd, address, &symbol);
	if (rc == 0 &&
	    (symbol.address > address || memchr(symbol.name, '\0', sizeof(symbol.name)) == NULL)) {
		abort();
	}
	if (rc != 0 && strcmp(symbol.name, "untouched") != 0) {
		abort();
	}
	memset(&header, 0, sizeof(header));
	(void)elf_has_program_headers(fd, &header, 1); /* Either answer is right. */
	close(fd);
	return 0;
}
