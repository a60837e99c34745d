/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A build without ISA-L (-Disal=disabled, or it was not there): the module does not offer to
 * compress, so that nobody gets here with a task.
 */
#include "modules/accel/software/software_internal.h"

bool
software_has_compression(void)
{
	return false;
}

int
software_codec_create(struct software_codec **out_codec)
{
	return 0;
}

void
software_codec_destroy(struct software_codec *codec)
{
}

int
software_compress(struct software_codec *codec, struct spdk_accel_task *task)
{
	return -ENOTSUP;
}

int
software_decompress(struct software_codec *codec, struct spdk_accel_task *task)
{
	return -ENOTSUP;
}

int
software_get_level_range(enum spdk_accel_comp_algo algo, uint32_t *min_level, uint32_t *max_level)
{
	return -ENOTSUP;
}
