/* SPDX-License-Identifier: BSD-3-Clause */
/* Features: their names, whose they are, and what their values mean. */
#include "nvme.h"

#include "spdk/util.h"

#define HOST_IDENTIFIER_SIZE 16
#define NUMBERS_PER_LINE     8

static const char *const burst_values[] = {"1", "2", "4", "8", "16", "32", "64", "without limit",
					   NULL};
static const struct nvme_bits arbitration_bits[] = {
	{0, 3, "burst", burst_values},
	{8, 8, "low weight less one", NULL},
	{16, 8, "medium weight less one", NULL},
	{24, 8, "high weight less one", NULL},
	{0, 0, NULL, NULL},
};
static const struct nvme_bits power_bits[] = {
	{0, 5, "state", NULL}, {5, 3, "workload hint", NULL}, {0, 0, NULL, NULL}};
static const struct nvme_bits range_bits[] = {{0, 6, "ranges less one", NULL}, {0, 0, NULL, NULL}};
static const char *const above_values[] = {"above", "below", NULL};
static const struct nvme_bits temperature_bits[] = {
	{0, 16, "K", NULL},
	{16, 4, "sensor", NULL},
	{20, 2, "", above_values},
	{0, 0, NULL, NULL},
};
static const struct nvme_bits recovery_bits[] = {
	{0, 16, "limit in 100 ms", NULL, .zero = "no limit"},
	{16, 1, "deallocated blocks are errors", NULL},
	{0, 0, NULL, NULL},
};
static const char *const off_on_values[] = {"off", "on", NULL};
static const struct nvme_bits on_bits[] = {{0, 1, "", off_on_values}, {0, 0, NULL, NULL}};
static const struct nvme_bits queues_bits[] = {
	{0, 16, "submission queues less one", NULL},
	{16, 16, "completion queues less one", NULL},
	{0, 0, NULL, NULL},
};
static const struct nvme_bits coalescing_bits[] = {
	{0, 8, "threshold less one", NULL}, {8, 8, "time in 100 us", NULL}, {0, 0, NULL, NULL}};
static const struct nvme_bits vector_bits[] = {
	{0, 16, "vector", NULL}, {16, 1, "does not coalesce", NULL}, {0, 0, NULL, NULL}};
static const struct nvme_bits atomicity_bits[] = {{0, 1, "power fail only", NULL},
						  {0, 0, NULL, NULL}};
static const struct nvme_bits event_bits[] = {
	{0, 1, "spare", NULL},
	{1, 1, "temperature", NULL},
	{2, 1, "reliability", NULL},
	{3, 1, "read only", NULL},
	{4, 1, "volatile memory backup", NULL},
	{8, 1, "namespace attributes", NULL},
	{9, 1, "firmware activation", NULL},
	{10, 1, "telemetry", NULL},
	{11, 1, "asymmetric namespace access", NULL},
	{31, 1, "discovery log", NULL},
	{0, 0, NULL, NULL},
};
static const struct nvme_bits buffer_bits[] = {
	{0, 1, "on", NULL}, {1, 1, "memory of before", NULL}, {0, 0, NULL, NULL}};
static const struct nvme_bits keep_alive_bits[] = {{0, 32, "ms", NULL, .zero = "off"},
						   {0, 0, NULL, NULL}};
static const struct nvme_bits thermal_bits[] = {
	{0, 16, "second threshold in K", NULL, .zero = "second threshold off"},
	{16, 16, "first threshold in K", NULL, .zero = "first threshold off"},
	{0, 0, NULL, NULL},
};
static const struct nvme_bits profile_bits[] = {{0, 9, "profile", NULL}, {0, 0, NULL, NULL}};
static const struct nvme_bits fdp_bits[] = {
	{0, 1, "", off_on_values}, {8, 8, "configuration", NULL}, {0, 0, NULL, NULL}};
static const struct nvme_bits marker_bits[] = {{0, 8, "loads before", NULL}, {0, 0, NULL, NULL}};
static const struct nvme_bits identifier_bits[] = {{0, 1, "128 bits", NULL}, {0, 0, NULL, NULL}};
static const struct nvme_bits mask_bits[] = {
	{1, 1, "registration preempted", NULL},
	{2, 1, "reservation released", NULL},
	{3, 1, "reservation preempted", NULL},
	{0, 0, NULL, NULL},
};
static const char *const protect_values[] = {
	"not protected", "protected", "protected until power cycle", "protected for ever", NULL};
static const struct nvme_bits protect_bits[] = {{0, 3, "", protect_values}, {0, 0, NULL, NULL}};

static const struct nvme_feature features[] = {
	{0x01, 0, false, "arbitration", "Arbitration", arbitration_bits},
	{0x02, 0, false, "power-management", "Power Management", power_bits},
	{0x03, 4096, true, "lba-range-type", "LBA Range Type", range_bits},
	{0x04, 0, false, "temperature-threshold", "Temperature Threshold", temperature_bits},
	{0x05, 0, true, "error-recovery", "Error Recovery", recovery_bits},
	{0x06, 0, false, "volatile-write-cache", "Volatile Write Cache", on_bits},
	{0x07, 0, false, "number-of-queues", "Number of Queues", queues_bits},
	{0x08, 0, false, "interrupt-coalescing", "Interrupt Coalescing", coalescing_bits},
	{0x09, 0, false, "interrupt-vector", "Interrupt Vector Configuration", vector_bits},
	{0x0a, 0, false, "write-atomicity", "Write Atomicity Normal", atomicity_bits},
	{0x0b, 0, false, "async-event", "Asynchronous Event Configuration", event_bits},
	{0x0c, 256, false, "autonomous-power", "Autonomous Power State Transition", on_bits},
	{0x0d, 4096, false, "host-memory-buffer", "Host Memory Buffer", buffer_bits},
	{0x0e, 8, false, "timestamp", "Timestamp", NULL},
	{0x0f, 0, false, "keep-alive", "Keep Alive Timer", keep_alive_bits},
	{0x10, 0, false, "thermal", "Host Controlled Thermal Management", thermal_bits},
	{0x11, 0, false, "non-operational-power", "Non-Operational Power State Config", on_bits},
	{0x12, 0, false, "read-recovery", "Read Recovery Level Config", NULL},
	{0x16, 512, false, "host-behavior", "Host Behavior Support", NULL},
	{0x17, 0, false, "sanitize-config", "Sanitize Config", NULL},
	{0x19, 0, false, "command-set-profile", "I/O Command Set Profile", profile_bits},
	{0x1d, 0, false, "fdp", "Flexible Data Placement", fdp_bits},
	{0x80, 0, false, "progress-marker", "Software Progress Marker", marker_bits},
	{0x81, HOST_IDENTIFIER_SIZE, false, "host-identifier", "Host Identifier", identifier_bits},
	{0x82, 0, true, "reservation-mask", "Reservation Notification Mask", mask_bits},
	{0x83, 0, true, "reservation-persistence", "Reservation Persistence", on_bits},
	{NVME_FID_WRITE_PROTECTION, 0, true, "write-protection",
	 "Namespace Write Protection Config", protect_bits},
};

const struct nvme_feature *
nvme_feature_at(size_t index)
{
	return index < SPDK_COUNTOF(features) ? &features[index] : NULL;
}

const struct nvme_feature *
nvme_feature_find(uint8_t fid)
{
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(features); i++) {
		if (features[i].fid == fid) {
			return &features[i];
		}
	}
	return NULL;
}

/* Data are mostly zeroes behind their first part. */
static size_t
used_size(const uint8_t *data, size_t size)
{
	while (size > 0 && data[size - 1] == 0) {
		size--;
	}
	return spdk_divide_round_up(size, NUMBERS_PER_LINE) * NUMBERS_PER_LINE;
}

static void
write_data(struct nvme_record *record, const uint8_t *data, size_t size)
{
	struct text text = {.bytes = NULL};

	text_add_hex(&text, data, spdk_min(used_size(data, size), size));
	nvme_record_string(record, "data", text.bytes != NULL ? text.bytes : "",
			   "hexadecimal, without zeroes at the end");
	text_fini(&text);
}

void
nvme_feature_write(struct nvme_record *record, uint8_t fid, uint32_t value, const void *data,
		   size_t size)
{
	const struct nvme_feature *feature = nvme_feature_find(fid);
	static const struct nvme_bits none[] = {{0, 0, NULL, NULL}};

	if (record->json != NULL) {
		nvme_record_number(record, "fid", fid, NULL);
		nvme_record_string(record, "name", feature != NULL ? feature->name : "", NULL);
	}
	nvme_record_bits(record, "value", value, 8,
			 feature != NULL && feature->bits != NULL ? feature->bits : none);
	if (size > 0) {
		write_data(record, data, size);
	}
}
