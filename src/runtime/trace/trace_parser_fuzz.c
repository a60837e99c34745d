/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whatever a file says: it is refused, or all that a reader may look at can be looked at; as a file
 * and as shared memory alike.
 */
#include "env/env_internal.h"
#include "spdk/log.h"
#include "spdk/trace_parser.h"

#define SHM_NAME "/trace"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char g_folder[] = "/tmp/trace_fuzz.XXXXXX";
static char g_path[sizeof(g_folder) + sizeof(SHM_NAME)];
static volatile size_t g_looked_at;

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

static void
log_nothing(int level, const char *file, const int line, const char *func, const char *format,
	    va_list args)
{
}

static void
remove_folder(void)
{
	(void)unlink(g_path);
	(void)rmdir(g_folder);
}

static void
make_folder(void)
{
	if (g_path[0] == '\0') {
		check(mkdtemp(g_folder) != NULL);
		snprintf(g_path, sizeof(g_path), "%s%s", g_folder, SHM_NAME);
		env_shm_set_folder(g_folder);
		spdk_log_open(log_nothing);
		atexit(remove_folder);
	}
}

static void
write_file(const uint8_t *data, size_t size)
{
	int fd = open(g_path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void
look_at_file(const struct spdk_trace_file *file)
{
	const struct spdk_trace_section_tpoint *tpoints = spdk_trace_get_tpoint_section(file);
	const struct spdk_trace_owner *owner;

	check(spdk_trace_get_tsc_rate(file) != 0);
	check(spdk_trace_file_get_sections_size(file) > 0);
	for (uint16_t i = 0; i < tpoints->count; i++) {
		g_looked_at += strlen(tpoints->tpoint[i].name);
		for (int k = 0; k < tpoints->tpoint[i].num_args; k++) {
			g_looked_at += strlen(tpoints->tpoint[i].args[k].name);
		}
	}
	for (uint16_t i = 0; (owner = spdk_get_trace_owner(file, i)) != NULL; i++) {
		g_looked_at += strlen(owner->description);
	}
}

static void
look_at_entry(const struct spdk_trace_file *file, const struct spdk_trace_parser_entry *entry)
{
	const struct spdk_trace_tpoint *tpoint;

	tpoint = &spdk_trace_get_tpoint_section(file)->tpoint[entry->entry->tpoint_id];
	g_looked_at += spdk_trace_get_object_section(file)->object[tpoint->object_type].type;
	g_looked_at += spdk_trace_get_owner_type_section(file)->owner_type[tpoint->owner_type].type;
	g_looked_at += strlen(entry->tname);
	check(entry->entry->tsc != 0 && entry->lcore < SPDK_TRACE_MAX_LCORE);
	check(entry->related_type == OBJECT_NONE || entry->related_index != UINT64_MAX);
	for (int i = 0; i < tpoint->num_args; i++) {
		if (tpoint->args[i].type == SPDK_TRACE_ARG_TYPE_STR) {
			g_looked_at += strlen(entry->args[i].u.string);
		}
	}
}

/* How many entries there are; SIZE_MAX: the file is refused. */
static size_t
parse(const char *name, int mode)
{
	struct spdk_trace_parser_opts opts = {name, mode, SPDK_TRACE_MAX_LCORE};
	struct spdk_trace_parser *parser = spdk_trace_parser_init(&opts);
	struct spdk_trace_parser_entry entry;
	uint64_t tsc = 0, room = 0;
	size_t count = 0;

	if (parser == NULL) {
		return SIZE_MAX;
	}
	look_at_file(spdk_trace_parser_get_file(parser));
	while (spdk_trace_parser_next_entry(parser, &entry)) {
		check(entry.entry->tsc >= tsc);
		tsc = entry.entry->tsc;
		look_at_entry(spdk_trace_parser_get_file(parser), &entry);
		count++;
	}
	for (uint16_t lcore = 0; lcore < SPDK_TRACE_MAX_LCORE; lcore++) {
		room += spdk_trace_parser_get_entry_count(parser, lcore);
	}
	check(count <= room && spdk_trace_parser_get_tsc_offset(parser) <= tsc);
	spdk_trace_parser_cleanup(parser);
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	make_folder();
	write_file(data, size);
	check(parse(g_path, SPDK_TRACE_PARSER_MODE_FILE) ==
	      parse(SHM_NAME, SPDK_TRACE_PARSER_MODE_SHM));
	return 0;
}
