/* SPDX-License-Identifier: BSD-3-Clause */
/* Tasks: where they come from, what is asked before they are made, and how they end. */
#include "io/accel/accel_internal.h"

/*
 * Either there is none, or it is used for the first time: a task that comes back is as it was
 * given, but for its buffers and flags, which whoever takes it sets.
 */
struct spdk_accel_task *
accel_task_get_slow(struct accel_io_channel *ch, struct accel_task_slot *slot)
{
	if (slot == NULL) {
		ch->stats.retry.task++;
		return NULL;
	}
	slot->task.accel_ch = ch;
	slot->task.aux = &slot->aux;
	slot->task.has_aux = true;
	return &slot->task;
}

void
spdk_accel_task_complete(struct spdk_accel_task *task, int status)
{
	struct accel_io_channel *ch = task->accel_ch;
	spdk_accel_completion_cb cb_fn;
	void *cb_arg;

	accel_stats_count(ch, task, status);
	if (task->seq != NULL) {
		accel_sequence_task_done(task, status);
		return;
	}
	cb_fn = task->cb_fn;
	cb_arg = task->cb_arg;
	/* Before the callback, which may want a task. */
	accel_task_put(task);
	cb_fn(cb_arg, status);
}

int
accel_check_crypto(enum spdk_accel_opcode opcode, const struct spdk_accel_crypto_key *key,
		   uint64_t src_length, uint64_t dst_length, uint32_t block_size)
{
	if (spdk_unlikely(key == NULL || block_size == 0 || src_length == 0 ||
			  src_length != dst_length || src_length % block_size != 0)) {
		return -EINVAL;
	}
	return spdk_likely(key->module_if == g_accel.assignments[opcode].module) ? 0 : -ENOTSUP;
}

int
accel_check_compress(enum spdk_accel_comp_algo algo, uint32_t level)
{
	uint32_t min_level, max_level;
	int rc = spdk_accel_get_compress_level_range(algo, &min_level, &max_level);

	if (rc != 0) {
		return -ENOTSUP;
	}
	return level >= min_level && level <= max_level ? 0 : -EINVAL;
}

static bool
has_algo(const struct spdk_accel_module_if *module, enum spdk_accel_comp_algo algo)
{
	return module->compress_supports_algo != NULL && module->compress_supports_algo(algo);
}

int
accel_check_decompress(enum spdk_accel_comp_algo algo)
{
	const struct spdk_accel_module_if *module =
		g_accel.assignments[SPDK_ACCEL_OPC_DECOMPRESS].module;

	return module != NULL && has_algo(module, algo) ? 0 : -ENOTSUP;
}

int
spdk_accel_get_compress_level_range(enum spdk_accel_comp_algo comp_algo, uint32_t *min_level,
				    uint32_t *max_level)
{
	const struct spdk_accel_module_if *module =
		g_accel.assignments[SPDK_ACCEL_OPC_COMPRESS].module;

	if (module == NULL) {
		return -ENOENT;
	}
	if (!has_algo(module, comp_algo) || module->get_compress_level_range == NULL) {
		return -ENOTSUP;
	}
	return module->get_compress_level_range(comp_algo, min_level, max_level);
}
