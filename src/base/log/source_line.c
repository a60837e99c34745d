/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Source lines by libdw of elfutils, which is loaded at run time when the first is asked for. It is
 * never linked: a program must not fail to start for want of what only makes error messages nicer.
 * The few prototypes used are declared here, so that its headers are not needed to build either.
 *
 * g_lock guards everything; libdw has no locks of its own. g_session, the list of modules and their
 * debug info as far as it was read, is kept between calls, since a report asks for many lines.
 *
 * Separate debug info is looked for on this machine only, by build id. libdw's standard search
 * would ask the network when DEBUGINFOD_URLS is set, and an error message does not wait for that.
 */
#include "base/log/source_line.h"

#include <dlfcn.h>
#include <link.h>

#include "spdk/util.h"

#define LIBRARY_NAME "libdw.so.1"

typedef struct Dwfl Dwfl;
typedef struct Dwfl_Module Dwfl_Module;
typedef struct Dwfl_Line Dwfl_Line;
typedef struct Dwarf_Die Dwarf_Die;
typedef struct Dwarf_Line Dwarf_Line;

/* Of libdwfl.h: Dwfl_Callbacks. The functions are libdw's own and only passed on. */
struct dwfl_callbacks {
	void (*find_elf)(void);
	void (*find_debuginfo)(void);
	void (*section_address)(void);
	char **debuginfo_path;
};

/* Functions of libdw, under their names without "dwfl_", and those that begin with "dwarf_"
 * instead. */
struct library {
	Dwfl *(*begin)(const struct dwfl_callbacks *callbacks);
	void (*end)(Dwfl *session);
	int (*linux_proc_report)(Dwfl *session, pid_t pid);
	int (*report_end)(Dwfl *session, void *removed, void *arg);
	Dwfl_Module *(*addrmodule)(Dwfl *session, uint64_t address);
	Dwfl_Line *(*module_getsrc)(Dwfl_Module *module, uint64_t address);
	const char *(*lineinfo)(Dwfl_Line *line, uint64_t *address, int *line_number, int *column,
				uint64_t *time, uint64_t *length);
	Dwarf_Die *(*module_nextcu)(Dwfl_Module *module, Dwarf_Die *last, uint64_t *bias);
	int (*dwarf_haspc)(Dwarf_Die *die, uint64_t address);
	Dwarf_Line *(*dwarf_getsrc_die)(Dwarf_Die *unit, uint64_t address);
	int (*dwarf_lineno)(Dwarf_Line *line, int *number);
	const char *(*dwarf_linesrc)(Dwarf_Line *line, uint64_t *time, uint64_t *length);
};

/* Absent from a static program, unless something else in it loads libraries. */
extern __typeof__(dlopen) dlopen __attribute__((weak));
extern __typeof__(dlsym) dlsym __attribute__((weak));
extern __typeof__(dlclose) dlclose __attribute__((weak));

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static struct library g_library;
static struct dwfl_callbacks g_callbacks;
static bool g_is_loaded;
static bool g_is_unavailable;
static Dwfl *g_session;

/* dl_iterate_phdr() shows the program itself first. */
static int
look_for_interpreter(struct dl_phdr_info *info, size_t size, void *arg)
{
	bool *has_interpreter = (bool *)arg;
	size_t i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type == PT_INTERP) {
			*has_interpreter = true;
		}
	}
	return 1;
}

/* A static program can only load libraries that were built against its very own libc. */
static bool
may_load_libraries(void)
{
	bool has_interpreter = false;

	(void)dl_iterate_phdr(look_for_interpreter, &has_interpreter);
	return has_interpreter && dlopen != NULL && dlsym != NULL && dlclose != NULL;
}

/* A pointer to a function cannot be assigned from a void pointer in ISO C, but its bytes can. */
static bool
load_function(void *handle, const char *name, void *out_function)
{
	void *function = dlsym(handle, name);

	memcpy(out_function, &function, sizeof(function));
	return function != NULL;
}

static bool
load_library(void)
{
	void *handle;

	if (g_is_loaded || g_is_unavailable) {
		return g_is_loaded;
	}
	g_is_unavailable = true;
	if (!may_load_libraries()) {
		return false;
	}
	handle = dlopen(LIBRARY_NAME, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL) {
		return false;
	}
	if (!load_function(handle, "dwfl_begin", &g_library.begin) ||
	    !load_function(handle, "dwfl_end", &g_library.end) ||
	    !load_function(handle, "dwfl_linux_proc_report", &g_library.linux_proc_report) ||
	    !load_function(handle, "dwfl_report_end", &g_library.report_end) ||
	    !load_function(handle, "dwfl_addrmodule", &g_library.addrmodule) ||
	    !load_function(handle, "dwfl_module_getsrc", &g_library.module_getsrc) ||
	    !load_function(handle, "dwfl_lineinfo", &g_library.lineinfo) ||
	    !load_function(handle, "dwfl_module_nextcu", &g_library.module_nextcu) ||
	    !load_function(handle, "dwarf_haspc", &g_library.dwarf_haspc) ||
	    !load_function(handle, "dwarf_getsrc_die", &g_library.dwarf_getsrc_die) ||
	    !load_function(handle, "dwarf_lineno", &g_library.dwarf_lineno) ||
	    !load_function(handle, "dwarf_linesrc", &g_library.dwarf_linesrc) ||
	    !load_function(handle, "dwfl_linux_proc_find_elf", &g_callbacks.find_elf) ||
	    !load_function(handle, "dwfl_build_id_find_debuginfo", &g_callbacks.find_debuginfo)) {
		(void)dlclose(handle); /* Nothing of it is used; nothing more to do. */
		return false;
	}
	g_is_unavailable = false;
	g_is_loaded = true;
	return true;
}

static void
end_session(void)
{
	if (g_session != NULL) {
		g_library.end(g_session);
		g_session = NULL;
	}
}

static bool
begin_session(void)
{
	g_session = g_library.begin(&g_callbacks);
	if (g_session == NULL) {
		return false;
	}
	if (g_library.linux_proc_report(g_session, getpid()) != 0 ||
	    g_library.report_end(g_session, NULL, NULL) != 0) {
		end_session();
		return false;
	}
	return true;
}

/* Modules may have been loaded since the session began, so one that is not known is looked for
 * anew. */
static Dwfl_Module *
find_module(uint64_t address)
{
	Dwfl_Module *module = NULL;

	if (g_session != NULL) {
		module = g_library.addrmodule(g_session, address);
	}
	if (module == NULL) {
		end_session();
		if (begin_session()) {
			module = g_library.addrmodule(g_session, address);
		}
	}
	return module;
}

/*
 * Looks into each compilation unit. clang writes no table of which unit has which addresses, and
 * without one dwfl_module_getsrc() finds nothing.
 */
static const char *
search_units(Dwfl_Module *module, uint64_t address, int *out_number)
{
	Dwarf_Die *unit = NULL;
	Dwarf_Line *line;
	uint64_t bias;

	while ((unit = g_library.module_nextcu(module, unit, &bias)) != NULL) {
		if (g_library.dwarf_haspc(unit, address - bias) <= 0) {
			continue;
		}
		line = g_library.dwarf_getsrc_die(unit, address - bias);
		if (line == NULL || g_library.dwarf_lineno(line, out_number) != 0) {
			return NULL;
		}
		return g_library.dwarf_linesrc(line, NULL, NULL);
	}
	return NULL;
}

static int
find_locked(uint64_t address, struct source_line *out_line)
{
	const char *path = NULL, *name;
	Dwfl_Module *module;
	Dwfl_Line *line;
	int number = 0;

	if (!load_library()) {
		return -ENOSYS;
	}
	module = find_module(address);
	if (module == NULL) {
		return -ENOENT;
	}
	line = g_library.module_getsrc(module, address);
	if (line != NULL) {
		path = g_library.lineinfo(line, NULL, &number, NULL, NULL, NULL);
	} else {
		path = search_units(module, address, &number);
	}
	if (path == NULL || number <= 0) {
		return -ENOENT;
	}
	name = strrchr(path, '/');
	(void)snprintf(out_line->file, sizeof(out_line->file), "%s",
		       name != NULL ? name + 1 : path);
	out_line->line = number;
	return 0;
}

int
source_line_find(const void *address, struct source_line *out_line)
{
	int rc;

	pthread_mutex_lock(&g_lock);
	rc = find_locked((uintptr_t)address, out_line);
	pthread_mutex_unlock(&g_lock);
	return rc;
}

void
source_line_release(void)
{
	pthread_mutex_lock(&g_lock);
	end_session();
	pthread_mutex_unlock(&g_lock);
}
