/* SPDX-License-Identifier: BSD-3-Clause */
/* Rates of block devices, from what was counted at two times. */
#include "bdev_rate.h"

#include "spdk/util.h"

static const char *const counter_names[] = {
	[BDEV_READS] = "num_read_ops",
	[BDEV_WRITES] = "num_write_ops",
	[BDEV_UNMAPS] = "num_unmap_ops",
	[BDEV_COPIES] = "num_copy_ops",
	[BDEV_BYTES_READ] = "bytes_read",
	[BDEV_BYTES_WRITTEN] = "bytes_written",
	[BDEV_READ_TICKS] = "read_latency_ticks",
	[BDEV_WRITE_TICKS] = "write_latency_ticks",
	/* Of these, a sum is made. */
	[BDEV_ERRORS] = "io_error",
	[BDEV_IO_TIME_US] = "io_time",
};

static uint64_t
sum_of(const struct spdk_json_val *object)
{
	struct spdk_json_val *member = NULL;
	uint64_t sum = 0, number;

	if (object != NULL && object->type == SPDK_JSON_VAL_OBJECT_BEGIN) {
		member = spdk_json_object_first((struct spdk_json_val *)(uintptr_t)object);
	}
	for (; member != NULL; member = spdk_json_next(member)) {
		if (member[1].type == SPDK_JSON_VAL_NUMBER &&
		    spdk_json_number_to_uint64(member + 1, &number) == 0) {
			sum += number;
		}
	}
	return sum;
}

/* Whether it has a name; counters that a server does not know are 0. */
static bool
read_counts(const struct spdk_json_val *element, struct bdev_counts *counts)
{
	size_t i;

	if (element->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		return false;
	}
	counts->name = string_member_of(element, "name");
	if (counts->name == NULL) {
		return false;
	}
	for (i = 0; i < BDEV_COUNTERS; i++) {
		(void)uint64_member_of(element, counter_names[i], &counts->of[i]);
	}
	counts->of[BDEV_ERRORS] = sum_of(member_of(element, counter_names[BDEV_ERRORS]));
	counts->has_queue = uint64_member_of(element, "queue_depth", &counts->queue_depth);
	return true;
}

int
bdev_sample_read(const struct spdk_json_val *result, struct bdev_sample *out_sample)
{
	struct bdev_sample sample = {.count = 0};
	struct spdk_json_val *list, *element;

	if (result == NULL || result->type != SPDK_JSON_VAL_OBJECT_BEGIN) {
		return -EINVAL;
	}
	list = member_of(result, "bdevs");
	if (list == NULL || list->type != SPDK_JSON_VAL_ARRAY_BEGIN ||
	    !uint64_member_of(result, "ticks", &sample.ticks) ||
	    !uint64_member_of(result, "tick_rate", &sample.tick_rate) || sample.tick_rate == 0) {
		return -EINVAL;
	}
	sample.bdevs = allocate(list->len, sizeof(*sample.bdevs));
	for (element = spdk_json_array_first(list); element != NULL;
	     element = spdk_json_next(element)) {
		sample.count += read_counts(element, &sample.bdevs[sample.count]);
	}
	*out_sample = sample;
	return 0;
}

void
bdev_sample_fini(struct bdev_sample *sample)
{
	size_t i;

	for (i = 0; i < sample->count; i++) {
		free(sample->bdevs[i].name);
	}
	free(sample->bdevs);
	*sample = (struct bdev_sample){.count = 0};
}

const struct bdev_counts *
bdev_sample_find(const struct bdev_sample *sample, const char *name)
{
	size_t i;

	for (i = 0; i < sample->count; i++) {
		if (strcmp(sample->bdevs[i].name, name) == 0) {
			return &sample->bdevs[i];
		}
	}
	return NULL;
}

double
bdev_sample_seconds(const struct bdev_sample *before, const struct bdev_sample *now)
{
	if (before->tick_rate != now->tick_rate || now->ticks <= before->ticks) {
		return 0;
	}
	return (double)(now->ticks - before->ticks) / (double)now->tick_rate;
}

static bool
was_reset(const struct bdev_counts *before, const struct bdev_counts *now)
{
	size_t i;

	for (i = 0; i < BDEV_COUNTERS; i++) {
		/* The queue's begins anew when sampling does, which says nothing of the others. */
		if (i != BDEV_IO_TIME_US && now->of[i] < before->of[i]) {
			return true;
		}
	}
	return false;
}

static double
mean_us(uint64_t ticks, uint64_t count, uint64_t tick_rate)
{
	return count > 0 ? (double)ticks / (double)count / (double)tick_rate * 1e6 : 0;
}

struct bdev_rates
bdev_rates_between(const struct bdev_counts *before, const struct bdev_counts *now, double seconds,
		   uint64_t tick_rate)
{
	bool is_new = before == NULL || was_reset(before, now);
	uint64_t of[BDEV_COUNTERS];
	double busy_s;
	size_t i;

	for (i = 0; i < BDEV_COUNTERS; i++) {
		of[i] = is_new || now->of[i] < before->of[i] ? now->of[i] :
							       now->of[i] - before->of[i];
	}
	busy_s = (double)of[BDEV_IO_TIME_US] / 1e6;
	return (struct bdev_rates){
		.reads_per_s = (double)of[BDEV_READS] / seconds,
		.writes_per_s = (double)of[BDEV_WRITES] / seconds,
		.others_per_s = (double)(of[BDEV_UNMAPS] + of[BDEV_COPIES]) / seconds,
		.read_bytes_per_s = (double)of[BDEV_BYTES_READ] / seconds,
		.write_bytes_per_s = (double)of[BDEV_BYTES_WRITTEN] / seconds,
		.read_latency_us = mean_us(of[BDEV_READ_TICKS], of[BDEV_READS], tick_rate),
		.write_latency_us = mean_us(of[BDEV_WRITE_TICKS], of[BDEV_WRITES], tick_rate),
		.queue_depth = now->has_queue ? (double)now->queue_depth : -1,
		/* Samples that are a little late make it more than all of the time. */
		.utilization = now->has_queue ? spdk_min(busy_s / seconds, 1.0) : -1,
		.errors = of[BDEV_ERRORS],
	};
}
