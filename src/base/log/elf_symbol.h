/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looks functions up in the symbol table of an ELF file on disk, which has the static ones too.
 */
#ifndef SPINDLE_ELF_SYMBOL_H
#define SPINDLE_ELF_SYMBOL_H

#include <link.h>

#include "spdk/stdinc.h"

#define ELF_SYMBOL_NAME_SIZE 256

struct elf_symbol {
	/* Terminated; cut if it is longer. */
	char name[ELF_SYMBOL_NAME_SIZE];
	/* Where the function begins, as an address of the file (before the loader's bias). */
	uint64_t address;
};

/* Whether the file has exactly these program headers: whether it is what was loaded. */
bool elf_has_program_headers(int fd, const ElfW(Phdr) * headers, size_t header_count);

/*
 * Finds the function that `address`, an address of the file, lies in.
 *
 * Every offset and size in the file is checked; it may be hostile, and may change meanwhile.
 * Errors: -ENOENT when no symbol covers the address, -EINVAL when it is not a file of this
 * machine's ELF class or is damaged, -EIO when it cannot be read. `*out_symbol` then stays as it
 * was.
 */
int elf_find_symbol(int fd, uint64_t address, struct elf_symbol *out_symbol);

#endif /* SPINDLE_ELF_SYMBOL_H */
