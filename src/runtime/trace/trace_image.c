/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies a trace file, and checks it on the way. Nothing in it is believed before it was checked in
 * the copy, which does not change any more, whoever writes to the file meanwhile.
 *
 * Invariants of the copy:
 *  1. The start of the file, the sections and the histories do not overlap: what is changed in one,
 *     to end texts, leaves what was checked of the others as it was.
 *  2. Only what was copied is not zero, and what is a hole in the file is one in the copy: a file
 *     costs the memory that it has, not what it says it has.
 *
 * Files are read, not mapped: one that is cut off meanwhile gives an error, not a signal. Only the
 * counters of a history in shared memory are read where they are, because they change, and a read
 * may see half of that. Shared memory is not cut off by those that make it.
 */
#include "runtime/trace/trace_image.h"
#include "env/env_internal.h"
#include "runtime/trace/trace_internal.h"
#include "spdk/barrier.h"
#include "spdk/string.h"
#include "spdk/util.h"

#define PAGE_SIZE_MAX 65536

struct loader {
	struct trace_image *image;
	const char *name;
	int fd;
	bool is_shared;
	/* All sections end before it. */
	uint64_t sections_end;
};

/* The two words of a history that change while it is read. */
struct counters {
	uint64_t next_entry;
	uint32_t writing;
};

static int
refuse(const struct loader *loader, const char *what)
{
	SPDK_ERRLOG("%s is no trace file, or a damaged one: %s\n", loader->name, what);
	return -EINVAL;
}

static int
read_all(const struct loader *loader, void *place, uint64_t offset, uint64_t size)
{
	ssize_t length;

	while (size > 0) {
		length = pread(loader->fd, place, size, (off_t)offset);
		if (length == 0) {
			return refuse(loader, "it ends too early");
		}
		if (length < 0 && errno == EINTR) {
			continue;
		}
		if (length < 0) {
			length = -errno;
			SPDK_ERRLOG("%s cannot be read: %s\n", loader->name,
				    spdk_strerror(-(int)length));
			return (int)length;
		}
		place = (char *)place + length;
		offset += (uint64_t)length;
		size -= (uint64_t)length;
	}
	return 0;
}

/* Copies this part of the file, which lies within it, but for its holes. */
static int
load(const struct loader *loader, uint64_t offset, uint64_t size)
{
	uint64_t end = offset + size, data_end;
	off_t data, hole;
	int rc = 0;

	while (rc == 0 && offset < end) {
		data = lseek(loader->fd, (off_t)offset, SEEK_DATA);
		if (data < 0 && errno == ENXIO) {
			break;
		}
		hole = data < 0 ? -1 : lseek(loader->fd, data, SEEK_HOLE);
		offset = data < 0 ? offset : (uint64_t)data;
		data_end = hole < 0 ? end : spdk_min(end, (uint64_t)hole);
		if (offset < data_end) {
			rc = read_all(loader, (char *)loader->image->file + offset, offset,
				      data_end - offset);
		}
		offset = spdk_max(offset, data_end);
	}
	return rc;
}

/* How large a section is, by the counts at its start; 0: they cannot be. */
static uint64_t
section_size(const struct spdk_trace_file *file, enum spdk_trace_section_type type)
{
	const struct spdk_trace_section_owner *owners;
	const void *section = spdk_trace_get_section(file, type);
	/* All sections but the first begin with their count. */
	uint64_t count = *(const uint16_t *)section;

	switch (type) {
	case SPDK_TRACE_SECTION_MAIN:
		return sizeof(struct spdk_trace_section_main);
	case SPDK_TRACE_SECTION_OWNER:
		owners = section;
		return owners->owner_description_size == 0 ?
			       0 :
			       sizeof(*owners) + count * (sizeof(struct spdk_trace_owner) +
							  owners->owner_description_size);
	case SPDK_TRACE_SECTION_TPOINT_MASK:
		return sizeof(struct spdk_trace_section_tpoint_mask) + count * sizeof(uint64_t);
	case SPDK_TRACE_SECTION_OWNER_TYPE:
		return count < SPDK_TRACE_MAX_OWNER_TYPE ?
			       0 :
			       sizeof(struct spdk_trace_section_owner_type) +
				       count * sizeof(struct spdk_trace_owner_type);
	case SPDK_TRACE_SECTION_OBJECT:
		return count < SPDK_TRACE_MAX_OBJECT ?
			       0 :
			       sizeof(struct spdk_trace_section_object) +
				       count * sizeof(struct spdk_trace_object);
	case SPDK_TRACE_SECTION_TPOINT:
		return sizeof(struct spdk_trace_section_tpoint) +
		       count * sizeof(struct spdk_trace_tpoint);
	case SPDK_TRACE_SECTION_LCORE_OFFSETS:
		return count > SPDK_TRACE_MAX_LCORE ?
			       0 :
			       sizeof(struct spdk_trace_section_lcore_offsets) +
				       count * sizeof(uint64_t);
	default:
		return 0;
	}
}

/* All of a section, after its start has told how large it is. */
static int
load_section(struct loader *loader, enum spdk_trace_section_type type, uint64_t *out_size)
{
	struct spdk_trace_file *file = loader->image->file;
	uint64_t offset = file->section_offsets[type];
	uint64_t room, size = sizeof(struct spdk_trace_section_owner);
	int rc;

	if (offset < sizeof(*file) || offset >= loader->image->size ||
	    offset % sizeof(uint64_t) != 0) {
		return refuse(loader, "a section is missing, or not where it can be");
	}
	room = loader->image->size - offset;
	if (room < size) {
		return refuse(loader, "a section goes beyond its end");
	}
	rc = load(loader, offset, size);
	if (rc != 0) {
		return rc;
	}
	size = section_size(file, type);
	if (size == 0) {
		return refuse(loader, "a section has a count that it cannot have");
	}
	if (room < size) {
		return refuse(loader, "a section goes beyond its end");
	}
	*out_size = size;
	return load(loader, offset, size);
}

static int
load_sections(struct loader *loader)
{
	const uint64_t *offsets = loader->image->file->section_offsets;
	uint64_t sizes[SPDK_TRACE_NUM_SECTIONS];
	int rc;

	for (int i = 0; i < SPDK_TRACE_NUM_SECTIONS; i++) {
		rc = load_section(loader, (enum spdk_trace_section_type)i, &sizes[i]);
		if (rc != 0) {
			return rc;
		}
		for (int k = 0; k < i; k++) {
			if (offsets[i] < offsets[k] + sizes[k] &&
			    offsets[k] < offsets[i] + sizes[i]) {
				return refuse(loader, "two sections overlap");
			}
		}
		loader->sections_end = spdk_max(loader->sections_end, offsets[i] + sizes[i]);
	}
	return 0;
}

static void
end_owner_texts(struct spdk_trace_file *file)
{
	const struct spdk_trace_section_owner *owners = spdk_trace_get_owner_section(file);

	for (uint32_t id = 0; id < owners->num_owners; id++) {
		char *text = spdk_get_trace_owner(file, (uint16_t)id)->description;
		char *last = &text[owners->owner_description_size - 1];

		/* Most are nobody's; writing to them would cost memory. */
		if (*last != '\0') {
			*last = '\0';
		}
	}
}

/* What tables say, and that texts end. */
static int
check_sections(const struct loader *loader)
{
	struct spdk_trace_file *file = loader->image->file;
	struct spdk_trace_section_tpoint *tpoints = spdk_trace_get_tpoint_section(file);
	struct spdk_trace_tpoint *tpoint;

	if (spdk_trace_get_tsc_rate(file) == 0) {
		return refuse(loader, "its ticks have no rate");
	}
	for (uint32_t id = 0; id < tpoints->count; id++) {
		tpoint = &tpoints->tpoint[id];
		if (tpoint->num_args > SPDK_TRACE_MAX_ARGS_COUNT) {
			return refuse(loader, "a tracepoint has more arguments than there can be");
		}
		tpoint->name[sizeof(tpoint->name) - 1] = '\0';
		for (uint32_t i = 0; i < SPDK_TRACE_MAX_ARGS_COUNT; i++) {
			tpoint->args[i].name[sizeof(tpoint->args[i].name) - 1] = '\0';
		}
	}
	end_owner_texts(file);
	return 0;
}

/* Where the counters of a history are now; NULL and -errno, or what was mapped. */
static int
read_counters(const struct loader *loader, uint64_t offset, struct counters *out_counters)
{
	struct spdk_trace_history *history;
	uint64_t start = offset & ~(uint64_t)(PAGE_SIZE_MAX - 1);
	size_t size = offset - start + sizeof(*history);
	struct spdk_trace_history head;
	const void *mapped;
	int rc;

	if (!loader->is_shared) {
		rc = read_all(loader, &head, offset, sizeof(head));
		if (rc == 0) {
			out_counters->next_entry = head.next_entry;
			out_counters->writing = *trace_history_writing(&head);
		}
		return rc;
	}
	mapped = env_shm_map(loader->fd, start, size);
	if (mapped == NULL) {
		SPDK_ERRLOG("%s cannot be mapped: out of memory\n", loader->name);
		return -ENOMEM;
	}
	history = (struct spdk_trace_history *)((uintptr_t)mapped + (offset - start));
	/* R3 and R4, or R1, which does without R3, in trace_internal.h. */
	out_counters->writing = __atomic_load_n(trace_history_writing(history), __ATOMIC_ACQUIRE);
	out_counters->next_entry = __atomic_load_n(&history->next_entry, __ATOMIC_ACQUIRE);
	env_region_release((void *)(uintptr_t)mapped, size);
	return 0;
}

/* The head of a history, and that it can be what it says. `out_end`: where it ends. */
static int
load_head(const struct loader *loader, uint64_t offset, uint64_t *out_end)
{
	struct spdk_trace_history *history;
	uint64_t room, file_size = loader->image->size;
	int rc;

	if (offset < loader->sections_end || offset % sizeof(uint64_t) != 0 || offset > file_size ||
	    file_size - offset < sizeof(*history)) {
		return refuse(loader, "a history is not where it can be, or overlaps another part");
	}
	rc = load(loader, offset, sizeof(*history));
	if (rc != 0) {
		return rc;
	}
	history = (struct spdk_trace_history *)((char *)loader->image->file + offset);
	history->tname[sizeof(history->tname) - 1] = '\0';
	room = file_size - offset;
	if (history->num_entries == 0 ||
	    history->num_entries > room / sizeof(struct spdk_trace_entry) ||
	    history->num_tpoint_ids > room / sizeof(uint64_t) ||
	    spdk_get_trace_history_size(history->num_entries, history->num_tpoint_ids) > room) {
		return refuse(loader, "a history has no entries, or goes beyond its end");
	}
	*out_end =
		offset + spdk_get_trace_history_size(history->num_entries, history->num_tpoint_ids);
	return 0;
}

/* Leaves out what is being written, from slot b on, and what was written since a. */
static void
set_whole_part(struct trace_ring *ring, const struct counters *before, const struct counters *after)
{
	uint64_t written = after->next_entry - before->next_entry;
	uint64_t writing = spdk_min(after->writing, ring->num_entries);

	ring->start = (after->next_entry % ring->num_entries + writing) % ring->num_entries;
	ring->count = ring->num_entries - writing;
	ring->count -= spdk_min(written, ring->count);
}

static int
load_ring(const struct loader *loader, uint64_t offset, uint64_t end, struct trace_ring *ring)
{
	struct spdk_trace_history *history =
		(struct spdk_trace_history *)((char *)loader->image->file + offset);
	struct counters before, after;
	int rc;

	rc = read_counters(loader, offset, &before);
	if (rc != 0) {
		return rc;
	}
	/* R1 before R2 before R3; the kernel reads R2 on this CPU. */
	spdk_smp_mb();
	rc = load(loader, offset + sizeof(*history), end - offset - sizeof(*history));
	if (rc != 0) {
		return rc;
	}
	spdk_smp_mb();
	rc = read_counters(loader, offset, &after);
	if (rc != 0) {
		return rc;
	}
	history->next_entry = after.next_entry;
	ring->entries = spdk_trace_history_get_entry(history, 0);
	ring->num_entries = history->num_entries;
	ring->tname = history->tname;
	set_whole_part(ring, &before, &after);
	return 0;
}

static int
load_histories(struct loader *loader, uint16_t wanted)
{
	struct spdk_trace_section_lcore_offsets *section =
		spdk_trace_get_lcore_offsets_section(loader->image->file);
	uint64_t end;
	int rc;

	for (uint32_t lcore = 0; lcore < section->count; lcore++) {
		uint64_t offset = section->lcore_offsets[lcore];

		if (offset == 0) {
			continue;
		}
		rc = load_head(loader, offset, &end);
		if (rc != 0) {
			return rc;
		}
		/* In the order of lcores, as files are made, so that none overlaps another. */
		loader->sections_end = end;
		if (wanted != SPDK_TRACE_MAX_LCORE && wanted != lcore) {
			continue;
		}
		rc = load_ring(loader, offset, end, &loader->image->rings[lcore]);
		if (rc != 0) {
			return rc;
		}
	}
	if (wanted != SPDK_TRACE_MAX_LCORE && loader->image->rings[wanted].entries == NULL) {
		SPDK_ERRLOG("%s has no history of lcore %u\n", loader->name, wanted);
		return -EINVAL;
	}
	return 0;
}

/* The start of the file, in a copy of the size that it says. */
static int
load_start(struct loader *loader)
{
	struct trace_image *image = loader->image;
	struct spdk_trace_file start;
	struct stat status;
	int rc;

	if (fstat(loader->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		return refuse(loader, "it is no regular file");
	}
	rc = read_all(loader, &start, 0, sizeof(start));
	if (rc != 0) {
		return rc;
	}
	if (start.num_sections != SPDK_TRACE_NUM_SECTIONS || start.file_size < sizeof(start)) {
		return refuse(loader, "it does not begin like one");
	}
	if (start.file_size > (uint64_t)status.st_size) {
		return refuse(loader, "it is cut off");
	}
	image->size = start.file_size;
	image->file = env_region_reserve(SPDK_ALIGN_CEIL(image->size, (size_t)PAGE_SIZE_MAX),
					 PAGE_SIZE_MAX);
	if (image->file == NULL) {
		SPDK_ERRLOG("%s: no memory for a copy of %zu bytes\n", loader->name, image->size);
		return -ENOMEM;
	}
	*image->file = start;
	loader->sections_end = sizeof(start);
	return 0;
}

static int
load_file(struct loader *loader, uint16_t wanted)
{
	int rc = load_start(loader);

	rc = rc != 0 ? rc : load_sections(loader);
	rc = rc != 0 ? rc : check_sections(loader);
	return rc != 0 ? rc : load_histories(loader, wanted);
}

int
trace_image_open(const struct spdk_trace_parser_opts *opts, struct trace_image *image)
{
	struct loader loader = {
		.image = image,
		.name = opts->filename,
		.is_shared = opts->mode == SPDK_TRACE_PARSER_MODE_SHM,
	};
	int rc;

	memset(image, 0, sizeof(*image));
	if (loader.is_shared) {
		loader.fd = env_shm_open(opts->filename);
	} else {
		loader.fd = open(opts->filename, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		loader.fd = loader.fd >= 0 ? loader.fd : -errno;
	}
	if (loader.fd < 0) {
		SPDK_ERRLOG("Trace file %s cannot be opened: %s\n", opts->filename,
			    spdk_strerror(-loader.fd));
		return loader.fd;
	}
	rc = load_file(&loader, opts->lcore);
	close(loader.fd);
	if (rc != 0) {
		trace_image_close(image);
	}
	return rc;
}

void
trace_image_close(struct trace_image *image)
{
	env_region_release(image->file, SPDK_ALIGN_CEIL(image->size, (size_t)PAGE_SIZE_MAX));
	memset(image, 0, sizeof(*image));
}
