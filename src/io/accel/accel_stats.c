/* SPDX-License-Identifier: BSD-3-Clause */
/* What channels have counted, of one and of all together. */
#include "io/accel/accel_internal.h"
#include "runtime/io_devices.h"

struct gathering {
	struct spdk_io_channel_iter *round;
	struct accel_stats sum;
	accel_stats_cb cb_fn;
	void *cb_arg;
};

void
accel_stats_add(struct accel_stats *to, const struct accel_stats *from)
{
	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		to->operations[i].executed += from->operations[i].executed;
		to->operations[i].failed += from->operations[i].failed;
		to->operations[i].num_bytes += from->operations[i].num_bytes;
	}
	to->sequence_executed += from->sequence_executed;
	to->sequence_failed += from->sequence_failed;
	to->retry.task += from->retry.task;
	to->retry.sequence += from->retry.sequence;
	to->retry.iobuf += from->retry.iobuf;
	to->retry.bufdesc += from->retry.bufdesc;
}

void
spdk_accel_get_opcode_stats(struct spdk_io_channel *ch, enum spdk_accel_opcode opcode,
			    struct spdk_accel_opcode_stats *stats, size_t size)
{
	static const struct spdk_accel_opcode_stats none;
	const struct spdk_accel_opcode_stats *from = &none;

	if (ch != NULL && (unsigned int)opcode < SPDK_ACCEL_OPC_LAST) {
		from = &accel_channel_of(ch)->stats.operations[opcode];
	}
	memcpy(stats, from, spdk_min(size, sizeof(*from)));
}

static void
add_channel(struct spdk_io_channel_iter *iter)
{
	struct gathering *gathering = spdk_io_channel_iter_get_ctx(iter);
	struct spdk_io_channel *ch = spdk_io_channel_iter_get_channel(iter);

	accel_stats_add(&gathering->sum, &accel_channel_of(ch)->stats);
	spdk_for_each_channel_continue(iter, 0);
}

static void
gathered(struct spdk_io_channel_iter *iter, int status)
{
	struct gathering *gathering = spdk_io_channel_iter_get_ctx(iter);

	gathering->cb_fn(&gathering->sum, gathering->cb_arg);
	io_devices_round_destroy(gathering->round);
	free(gathering);
}

int
accel_get_stats(accel_stats_cb cb_fn, void *cb_arg)
{
	struct gathering *gathering;

	if (g_accel.state != ACCEL_UP) {
		return -ENODEV;
	}
	gathering = calloc(1, sizeof(*gathering));
	if (gathering == NULL) {
		return -ENOMEM;
	}
	gathering->round = io_devices_round_create();
	if (gathering->round == NULL) {
		free(gathering);
		return -ENOMEM;
	}
	gathering->cb_fn = cb_fn;
	gathering->cb_arg = cb_arg;
	/* First, so that a channel which goes meanwhile is never counted twice. */
	pthread_mutex_lock(&g_accel.lock);
	gathering->sum = g_accel.gone;
	pthread_mutex_unlock(&g_accel.lock);
	io_devices_round_begin(gathering->round, &g_accel, add_channel, gathering, gathered);
	return 0;
}
