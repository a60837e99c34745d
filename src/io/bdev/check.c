/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a module has filled into a device: whether it makes sense, and what it has left to us.
 */
#include "device.h"
#include "spdk/log.h"
#include "spdk/util.h"

/* Buffers of iobuf are aligned to a page. */
#define ALIGNMENT_MAX 12

/* ---- Checks ---- */

/* What is wrong, as the end of a sentence; NULL: nothing. */
static const char *
check_module(const struct spdk_bdev *bdev)
{
	const struct spdk_bdev_fn_table *table = bdev->fn_table;

	if (bdev->module == NULL) {
		return "it has no module: set its member 'module'";
	}
	if (table == NULL) {
		return "it has no functions: set its member 'fn_table'";
	}
	if (table->destruct == NULL || table->submit_request == NULL ||
	    table->io_type_supported == NULL || table->get_io_channel == NULL) {
		return "its fn_table lacks destruct, submit_request, io_type_supported or "
		       "get_io_channel";
	}
	return NULL;
}

static uint32_t
pi_size(enum spdk_dif_pi_format format)
{
	return format == SPDK_DIF_PI_FORMAT_16 ? 8 : 16;
}

static const char *
check_blocks(const struct spdk_bdev *bdev)
{
	if (bdev->blocklen == 0) {
		return "its blocks have no size: set its member 'blocklen'";
	}
	if (bdev->md_interleave && bdev->md_len >= bdev->blocklen) {
		return "its blocks have no room for data: 'blocklen' counts interleaved metadata, "
		       "and must be more than 'md_len'";
	}
	if (bdev->dif_type != SPDK_DIF_DISABLE && bdev->md_len < pi_size(bdev->dif_pi_format)) {
		return "its protection information needs more metadata: 'md_len' is too small";
	}
	if (bdev->required_alignment > ALIGNMENT_MAX) {
		return "its member 'required_alignment' is a power of 2, at most 12";
	}
	return NULL;
}

static const char *
check_limits(const struct spdk_bdev *bdev)
{
	if (bdev->split_on_optimal_io_boundary && bdev->optimal_io_boundary == 0) {
		return "'split_on_optimal_io_boundary' is set without 'optimal_io_boundary'";
	}
	if (bdev->zoned && bdev->zone_size == 0) {
		return "it has zones without a size: set its member 'zone_size'";
	}
	return NULL;
}

int
bdev_check(const struct spdk_bdev *bdev)
{
	const char *fault = check_module(bdev);

	if (fault == NULL) {
		fault = check_blocks(bdev);
	}
	if (fault == NULL) {
		fault = check_limits(bdev);
	}
	if (fault != NULL) {
		SPDK_ERRLOG("Bdev %s cannot be registered: %s.\n", bdev->name, fault);
		return -EINVAL;
	}
	return 0;
}

/* ---- Defaults ---- */

static void
ask_module(struct spdk_bdev *bdev)
{
	const struct spdk_bdev_fn_table *table = bdev->fn_table;
	uint32_t types = 0, sequences = 0;
	int type;

	for (type = SPDK_BDEV_IO_TYPE_INVALID + 1; type < SPDK_BDEV_NUM_IO_TYPES; type++) {
		if (table->io_type_supported(bdev->ctxt, type)) {
			types |= 1u << type;
		}
		if (table->accel_sequence_supported != NULL &&
		    table->accel_sequence_supported(bdev->ctxt, type)) {
			sequences |= 1u << type;
		}
	}
	bdev->io_type_supported = types;
	bdev->accel_sequence_supported = sequences;
	bdev->memory_domains_supported = spdk_bdev_get_memory_domain_types(bdev, NULL, 0) > 0 ||
					 spdk_bdev_get_memory_domains(bdev, NULL, 0) > 0;
}

/* A copy that the library makes goes through one buffer at a time. */
static uint32_t
max_copy_emulated(const struct spdk_bdev *bdev)
{
	struct spdk_iobuf_opts opts;

	spdk_iobuf_get_opts(&opts, sizeof(opts));
	return spdk_max(opts.large_bufsize / bdev->blocklen, 1);
}

void
bdev_set_defaults(struct spdk_bdev *bdev)
{
	ask_module(bdev);
	if (spdk_uuid_is_null(&bdev->uuid)) {
		spdk_uuid_generate(&bdev->uuid);
	}
	if (bdev->phys_blocklen == 0) {
		bdev->phys_blocklen = spdk_bdev_get_data_block_size(bdev);
	}
	if (bdev->write_unit_size == 0) {
		bdev->write_unit_size = 1;
	}
	if (bdev->acwu == 0) {
		bdev->acwu = (uint16_t)spdk_min(bdev->write_unit_size, UINT16_MAX);
	}
	if (bdev->max_copy == 0 && (bdev->io_type_supported & 1u << SPDK_BDEV_IO_TYPE_COPY) == 0) {
		bdev->max_copy = max_copy_emulated(bdev);
	}
}
