/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counts: of errors by their status (nvme_error_stat), and of I/Os by path (io_path_stat).
 */
#include <ctype.h>

#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_io.h"
#include "nvme_link.h"
#include "spdk/env.h"

/* Of a name of a status, as a key. */
#define KEY_MAX 64

/* ---- Errors ---- */

void
bdev_nvme_count_error(struct nvme_disk *disk, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_error_stat *errors = disk->errors;
	uint32_t type = cpl->status.sct, code = cpl->status.sc;

	if (errors == NULL) {
		return;
	}
	__atomic_fetch_add(&errors->types[type], 1, __ATOMIC_RELAXED);
	if (type < SPDK_COUNTOF(errors->codes)) {
		__atomic_fetch_add(&errors->codes[type][code], 1, __ATOMIC_RELAXED);
	}
}

void
bdev_nvme_reset_device_stat(void *ctx)
{
	struct nvme_disk *disk = ctx;
	uint32_t *count = (uint32_t *)disk->errors;
	size_t i;

	for (i = 0; count != NULL && i < sizeof(*disk->errors) / sizeof(*count); i++) {
		__atomic_store_n(&count[i], 0, __ATOMIC_RELAXED);
	}
}

/* "ABORTED - BY REQUEST" becomes "aborted_by_request". */
static void
make_key(const char *name, char *key, size_t size)
{
	size_t length = 0;

	for (; *name != '\0' && length + 1 < size; name++) {
		if (isalnum((unsigned char)*name)) {
			key[length++] = (char)tolower((unsigned char)*name);
		} else if (length > 0 && key[length - 1] != '_') {
			key[length++] = '_';
		}
	}
	while (length > 0 && key[length - 1] == '_') {
		length--;
	}
	key[length] = '\0';
}

static void
write_types(struct spdk_json_write_ctx *w, const struct nvme_error_stat *errors)
{
	struct spdk_nvme_status status = {0};
	char key[KEY_MAX];
	uint32_t type, count;

	spdk_json_write_named_object_begin(w, "status_type");
	for (type = 0; type < NVME_STATUS_TYPES; type++) {
		count = __atomic_load_n(&errors->types[type], __ATOMIC_RELAXED);
		if (count != 0) {
			status.sct = (uint16_t)type;
			make_key(spdk_nvme_cpl_get_status_type_string(&status), key, sizeof(key));
			spdk_json_write_named_uint32(w, key, count);
		}
	}
	spdk_json_write_object_end(w);
}

static void
write_codes_of(struct spdk_json_write_ctx *w, const struct nvme_error_stat *errors, uint32_t type)
{
	struct spdk_nvme_status status = {.sct = (uint16_t)type};
	char key[KEY_MAX];
	uint32_t code, count;

	for (code = 0; code < NVME_STATUS_CODES; code++) {
		count = __atomic_load_n(&errors->codes[type][code], __ATOMIC_RELAXED);
		if (count != 0) {
			status.sc = (uint16_t)code;
			make_key(spdk_nvme_cpl_get_status_string(&status), key, sizeof(key));
			spdk_json_write_named_uint32(w, key, count);
		}
	}
}

void
bdev_nvme_dump_device_stat_json(void *ctx, struct spdk_json_write_ctx *w)
{
	const struct nvme_disk *disk = ctx;
	uint32_t type;

	if (disk->errors == NULL) {
		return;
	}
	spdk_json_write_named_object_begin(w, "nvme_error");
	write_types(w, disk->errors);
	spdk_json_write_named_object_begin(w, "status_code");
	for (type = 0; type < SPDK_COUNTOF(disk->errors->codes); type++) {
		write_codes_of(w, disk->errors, type);
	}
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

/* ---- Paths ---- */

struct tally {
	uint64_t *bytes, *ops, *sum, *max, *min;
};

static void
add(const struct tally *tally, uint64_t bytes, uint64_t ticks)
{
	*tally->bytes += bytes;
	*tally->ops += 1;
	*tally->sum += ticks;
	*tally->max = spdk_max(*tally->max, ticks);
	*tally->min = spdk_min(*tally->min, ticks);
}

#define TALLY(stat, past, op)                                                            \
	(&(struct tally){&(stat)->bytes_##past, &(stat)->num_##op##_ops,                 \
			 &(stat)->op##_latency_ticks, &(stat)->max_##op##_latency_ticks, \
			 &(stat)->min_##op##_latency_ticks})

void
bdev_nvme_count_io(struct nvme_io *nio)
{
	const struct spdk_bdev_io *io = bdev_io_of(nio);
	struct spdk_bdev_io_stat *stat = nio->path->stat;
	uint64_t ticks = spdk_get_ticks() - nio->submitted_at;
	uint64_t bytes = io->u.bdev.num_blocks * io->bdev->blocklen;

	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		add(TALLY(stat, read, read), bytes, ticks);
		break;
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
		add(TALLY(stat, written, write), bytes, ticks);
		break;
	case SPDK_BDEV_IO_TYPE_UNMAP:
		add(TALLY(stat, unmapped, unmap), bytes, ticks);
		break;
	case SPDK_BDEV_IO_TYPE_COPY:
		add(TALLY(stat, copied, copy), bytes, ticks);
		break;
	default:
		break;
	}
}
