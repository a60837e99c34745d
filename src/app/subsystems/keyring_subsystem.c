/* SPDX-License-Identifier: BSD-3-Clause */
/* The keyring as a subsystem. */
#include "spdk/init.h"
#include "spdk/json.h"
#include "spdk/keyring.h"

static void
init_keyring(void)
{
	spdk_subsystem_init_next(spdk_keyring_init());
}

static void
fini_keyring(void)
{
	spdk_keyring_cleanup();
	spdk_subsystem_fini_next();
}

static void
write_config(struct spdk_json_write_ctx *w)
{
	spdk_json_write_array_begin(w);
	spdk_keyring_write_config(w);
	spdk_json_write_array_end(w);
}

static struct spdk_subsystem g_keyring_subsystem = {
	.name = "keyring",
	.init = init_keyring,
	.fini = fini_keyring,
	.write_config_json = write_config,
};

SPDK_SUBSYSTEM_REGISTER(g_keyring_subsystem);
