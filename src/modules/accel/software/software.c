/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The module `software`, which does with the processor what no device does.
 *
 * A task is carried out when it is submitted. Whoever has submitted it is told later, by one
 * message to the thread for all that were done until it comes; so a thread that has no tasks has
 * nothing to do, and its reactor rests.
 */
#include "modules/accel/software/software_internal.h"
#include "runtime/io_devices.h"

static int
carry_out(struct software_channel *channel, struct spdk_accel_task *task)
{
	switch (task->op_code) {
	case SPDK_ACCEL_OPC_COMPRESS:
		return software_compress(channel->codec, task);
	case SPDK_ACCEL_OPC_DECOMPRESS:
		return software_decompress(channel->codec, task);
	case SPDK_ACCEL_OPC_ENCRYPT:
	case SPDK_ACCEL_OPC_DECRYPT:
		return software_crypt(channel, task);
	default:
		return software_do_memory(task);
	}
}

/* What the callbacks submit is told of by another message. */
static void
tell(void *arg)
{
	struct software_channel *channel = arg;
	struct software_task_list done = STAILQ_HEAD_INITIALIZER(done);
	struct spdk_accel_task *task;

	STAILQ_SWAP(&done, &channel->done, spdk_accel_task);
	while ((task = STAILQ_FIRST(&done)) != NULL) {
		STAILQ_REMOVE_HEAD(&done, link);
		spdk_accel_task_complete(task, task->status);
	}
}

static int
submit_tasks(struct spdk_io_channel *ch, struct spdk_accel_task *task)
{
	struct software_channel *channel = spdk_io_channel_get_ctx(ch);
	bool is_quiet = STAILQ_EMPTY(&channel->done);
	struct spdk_accel_task *next;

	while (task != NULL) {
		next = STAILQ_NEXT(task, link);
		task->status = (int16_t)carry_out(channel, task);
		STAILQ_INSERT_TAIL(&channel->done, task, link);
		task = next;
	}
	if (is_quiet) {
		spdk_thread_send_msg(channel->thread, tell, channel);
	}
	return 0;
}

static int g_software;

static int
create_channel(void *io_device, void *ctx)
{
	struct software_channel *channel = ctx;

	STAILQ_INIT(&channel->done);
	channel->thread = spdk_get_thread();
	return software_codec_create(&channel->codec);
}

static void
destroy_channel(void *io_device, void *ctx)
{
	struct software_channel *channel = ctx;

	software_codec_destroy(channel->codec);
	software_ciphers_destroy(channel->ciphers);
}

static struct spdk_io_channel *
get_channel(void)
{
	return spdk_get_io_channel(&g_software);
}

static int
init(void)
{
	spdk_io_device_register(&g_software, create_channel, destroy_channel,
				sizeof(struct software_channel), "accel_software");
	return io_devices_have(&g_software) ? 0 : -ENOMEM;
}

static void
unregistered(void *io_device)
{
	spdk_accel_module_finish();
}

static void
fini(void *ctx)
{
	spdk_io_device_unregister(&g_software, unregistered);
}

static bool
supports_opcode(enum spdk_accel_opcode opcode)
{
	switch (opcode) {
	case SPDK_ACCEL_OPC_COMPRESS:
	case SPDK_ACCEL_OPC_DECOMPRESS:
		return software_has_compression();
	case SPDK_ACCEL_OPC_ENCRYPT:
	case SPDK_ACCEL_OPC_DECRYPT:
		return software_has_crypto();
	default:
		return true;
	}
}

static bool
supports_tweak_mode(enum spdk_accel_crypto_tweak_mode mode)
{
	return mode <= SPDK_ACCEL_CRYPTO_TWEAK_MODE_INCR_512_UPPER_LBA;
}

static bool
supports_algo(enum spdk_accel_comp_algo algo)
{
	return algo == SPDK_ACCEL_COMP_ALGO_DEFLATE && software_has_compression();
}

static struct spdk_accel_module_if g_software_module = {
	.name = "software",
	.priority = SPDK_ACCEL_SW_PRIORITY,
	.module_init = init,
	.module_fini = fini,
	.supports_opcode = supports_opcode,
	.get_io_channel = get_channel,
	.submit_tasks = submit_tasks,
	.crypto_key_init = software_key_init,
	.crypto_key_deinit = software_key_deinit,
	.crypto_supports_tweak_mode = supports_tweak_mode,
	.crypto_supports_cipher = software_has_cipher,
	.compress_supports_algo = supports_algo,
	.get_compress_level_range = software_get_level_range,
};

SPDK_ACCEL_MODULE_REGISTER(software, &g_software_module)
