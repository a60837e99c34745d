/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small reader of ELF symbol tables.
 *
 * It reads with pread(2) into memory of fixed size and never maps the file: a file that shrinks
 * under a mapping is a SIGBUS, and this runs while an error is being explained. Everything in the
 * file is untrusted; a size that is a lie ends in a short read.
 */
#include "base/log/elf_symbol.h"

#include "spdk/util.h"

#define SYMBOL_COUNT_MAX   UINT64_C(16777216)
#define SYMBOL_CHUNK       128
#define PROGRAM_HEADER_MAX 64
#define NATIVE_ELF_CLASS   (__ELF_NATIVE_CLASS == 64 ? ELFCLASS64 : ELFCLASS32)
#define NATIVE_ELF_DATA    (__BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB)
/* The same encoding in both classes. */
#define SYMBOL_TYPE(info) ELF64_ST_TYPE(info)

static int
read_at(int fd, uint64_t offset, void *out, size_t size)
{
	size_t done = 0;
	ssize_t rc;

	if (offset > INT64_MAX - size) {
		return -EINVAL;
	}
	while (done < size) {
		rc = pread(fd, (char *)out + done, size - done, (off_t)(offset + done));
		if (rc < 0 && errno == EINTR) {
			continue;
		}
		if (rc <= 0) {
			return rc == 0 ? -EINVAL : -EIO;
		}
		done += (size_t)rc;
	}
	return 0;
}

static int
read_header(int fd, ElfW(Ehdr) * out_header)
{
	int rc = read_at(fd, 0, out_header, sizeof(*out_header));

	if (rc != 0) {
		return rc;
	}
	if (memcmp(out_header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    out_header->e_ident[EI_CLASS] != NATIVE_ELF_CLASS ||
	    out_header->e_ident[EI_DATA] != NATIVE_ELF_DATA) {
		return -EINVAL;
	}
	return 0;
}

bool
elf_has_program_headers(int fd, const ElfW(Phdr) * headers, size_t header_count)
{
	ElfW(Phdr) on_disk[PROGRAM_HEADER_MAX];
	ElfW(Ehdr) header;

	return header_count <= PROGRAM_HEADER_MAX && read_header(fd, &header) == 0 &&
	       header.e_phnum == header_count && header.e_phentsize == sizeof(on_disk[0]) &&
	       read_at(fd, header.e_phoff, on_disk, header_count * sizeof(on_disk[0])) == 0 &&
	       memcmp(on_disk, headers, header_count * sizeof(on_disk[0])) == 0;
}

static int
read_section(int fd, const ElfW(Ehdr) * header, size_t index, ElfW(Shdr) * out_section)
{
	uint64_t offset;

	if (header->e_shentsize != sizeof(*out_section) || index >= header->e_shnum ||
	    __builtin_add_overflow((uint64_t)header->e_shoff, index * sizeof(*out_section),
				   &offset)) {
		return -EINVAL;
	}
	return read_at(fd, offset, out_section, sizeof(*out_section));
}

/* Finds the full symbol table, or in a stripped file the one for the loader, and its names. */
static int
find_tables(int fd, const ElfW(Ehdr) * header, ElfW(Shdr) * out_symbols, ElfW(Shdr) * out_names)
{
	ElfW(Shdr) section, symbols = {.sh_type = SHT_NULL};
	size_t i;
	int rc = 0;

	for (i = 0; i < header->e_shnum; i++) {
		rc = read_section(fd, header, i, &section);
		if (rc != 0) {
			break;
		}
		if (section.sh_type == SHT_SYMTAB) {
			symbols = section;
			break;
		}
		if (section.sh_type == SHT_DYNSYM) {
			symbols = section;
		}
	}
	if (rc != 0) {
		return rc;
	}
	if (symbols.sh_type == SHT_NULL) {
		return -ENOENT;
	}
	if (symbols.sh_entsize != sizeof(ElfW(Sym))) {
		return -EINVAL;
	}
	rc = read_section(fd, header, symbols.sh_link, &section);
	if (rc != 0) {
		return rc;
	}
	if (section.sh_type != SHT_STRTAB) {
		return -EINVAL;
	}
	*out_symbols = symbols;
	*out_names = section;
	return 0;
}

static bool
is_function_at(const ElfW(Sym) * symbol, uint64_t address)
{
	int type = SYMBOL_TYPE(symbol->st_info);

	if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol->st_shndx == SHN_UNDEF ||
	    symbol->st_name == 0 || address < symbol->st_value) {
		return false;
	}
	/* Hand-written assembly has functions of size 0: those cover what follows in their section.
	 */
	return symbol->st_size == 0 || address - symbol->st_value < symbol->st_size;
}

/* A function with a size beats one without; then the one that begins last is the closest. */
static bool
is_better(const ElfW(Sym) * symbol, const ElfW(Sym) * best)
{
	bool has_size = symbol->st_size != 0, best_has_size = best->st_size != 0;

	if (best->st_name == 0 || has_size != best_has_size) {
		return best->st_name == 0 || has_size;
	}
	return symbol->st_value > best->st_value;
}

static int
search_symbols(int fd, const ElfW(Shdr) * table, uint64_t address, ElfW(Sym) * out_best)
{
	uint64_t count = spdk_min(table->sh_size / sizeof(ElfW(Sym)), SYMBOL_COUNT_MAX);
	ElfW(Sym) chunk[SYMBOL_CHUNK], best = {.st_name = 0};
	uint64_t first, offset;
	size_t i, chunk_count;
	int rc;

	for (first = 0; first < count; first += chunk_count) {
		chunk_count = spdk_min(count - first, (uint64_t)SYMBOL_CHUNK);
		if (__builtin_add_overflow((uint64_t)table->sh_offset, first * sizeof(chunk[0]),
					   &offset)) {
			return -EINVAL;
		}
		rc = read_at(fd, offset, chunk, chunk_count * sizeof(chunk[0]));
		if (rc != 0) {
			return rc;
		}
		for (i = 0; i < chunk_count; i++) {
			if (is_function_at(&chunk[i], address) && is_better(&chunk[i], &best)) {
				best = chunk[i];
			}
		}
	}
	if (best.st_name == 0) {
		return -ENOENT;
	}
	*out_best = best;
	return 0;
}

static bool
is_in_section(int fd, const ElfW(Ehdr) * header, size_t index, uint64_t address)
{
	ElfW(Shdr) section;

	return read_section(fd, header, index, &section) == 0 && address >= section.sh_addr &&
	       address - section.sh_addr < section.sh_size;
}

int
elf_find_symbol(int fd, uint64_t address, struct elf_symbol *out_symbol)
{
	char name[ELF_SYMBOL_NAME_SIZE] = "";
	ElfW(Shdr) symbols, names;
	ElfW(Sym) best;
	ElfW(Ehdr) header;
	uint64_t offset;
	int rc;

	rc = read_header(fd, &header);
	if (rc != 0) {
		return rc;
	}
	rc = find_tables(fd, &header, &symbols, &names);
	if (rc != 0) {
		return rc;
	}
	rc = search_symbols(fd, &symbols, address, &best);
	if (rc != 0) {
		return rc;
	}
	if (best.st_size == 0 && !is_in_section(fd, &header, best.st_shndx, address)) {
		return -ENOENT;
	}
	if (best.st_name >= names.sh_size ||
	    __builtin_add_overflow((uint64_t)names.sh_offset, (uint64_t)best.st_name, &offset)) {
		return -EINVAL;
	}
	rc = read_at(fd, offset, name, spdk_min(names.sh_size - best.st_name, sizeof(name) - 1));
	if (rc != 0) {
		return rc;
	}
	memcpy(out_symbol->name, name, sizeof(name));
	out_symbol->address = best.st_value;
	return 0;
}
