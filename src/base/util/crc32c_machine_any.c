/* SPDX-License-Identifier: BSD-3-Clause */
/* Processors of which we know no instruction for CRC-32C. */
#include "base/util/crc32c_machine.h"

crc32c_fn
crc32c_machine(void)
{
	return NULL;
}
