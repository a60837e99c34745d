/* SPDX-License-Identifier: BSD-3-Clause */
/* Features. Most are a number that is kept; a few have data, or a meaning. */
#include "io/nvme/fake/fake_internal.h"

/* Select of get features. */
#define SELECT_DEFAULT      1
#define SELECT_CAPABILITIES 3
/* Capabilities: it can be changed. */
#define CHANGEABLE 0x4

static const uint8_t g_numbers[] = {
	SPDK_NVME_FEAT_ARBITRATION,
	SPDK_NVME_FEAT_POWER_MANAGEMENT,
	SPDK_NVME_FEAT_TEMPERATURE_THRESHOLD,
	SPDK_NVME_FEAT_ERROR_RECOVERY,
	SPDK_NVME_FEAT_VOLATILE_WRITE_CACHE,
	SPDK_NVME_FEAT_INTERRUPT_COALESCING,
	SPDK_NVME_FEAT_INTERRUPT_VECTOR_CONFIGURATION,
	SPDK_NVME_FEAT_WRITE_ATOMICITY,
	SPDK_NVME_FEAT_ASYNC_EVENT_CONFIGURATION,
	SPDK_NVME_FEAT_KEEP_ALIVE_TIMER,
	SPDK_NVME_FEAT_IO_COMMAND_SET_PROFILE,
	SPDK_NVME_FEAT_SOFTWARE_PROGRESS_MARKER,
	SPDK_NVME_FEAT_HOST_RESERVE_MASK,
	SPDK_NVME_FEAT_HOST_RESERVE_PERSIST,
};

static bool
is_number(uint8_t fid)
{
	return memchr(g_numbers, fid, sizeof(g_numbers)) != NULL;
}

static uint32_t
default_of(const struct fake *fake, uint8_t fid)
{
	switch (fid) {
	case SPDK_NVME_FEAT_TEMPERATURE_THRESHOLD:
		return 343;
	case SPDK_NVME_FEAT_VOLATILE_WRITE_CACHE:
		return fake->opts.has_write_cache;
	default:
		return 0;
	}
}

void
fake_features_reset(struct fake *fake)
{
	for (uint32_t i = 0; i < SPDK_COUNTOF(g_numbers); i++) {
		fake->features[g_numbers[i]] = default_of(fake, g_numbers[i]);
	}
	fake->sq_granted = 0;
	fake->cq_granted = 0;
	memset(&fake->host_behavior, 0, sizeof(fake->host_behavior));
}

static uint16_t
set_queues(struct fake_command *command)
{
	struct fake *fake = command->fake;
	const union spdk_nvme_feat_number_of_queues asked = {.raw = command->cmd.cdw11};
	union spdk_nvme_feat_number_of_queues granted;

	if (fake->stats.io_completion_queues != 0) {
		fake_violation(fake, FAKE_RULE_COMMAND,
			       "the number of queues is set while there are I/O queues");
		return FAKE_GENERIC(COMMAND_SEQUENCE_ERROR);
	}
	if (asked.bits.nsqr == UINT16_MAX || asked.bits.ncqr == UINT16_MAX) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	fake->sq_granted = spdk_min(asked.bits.nsqr + 1u, fake->opts.io_queues);
	fake->cq_granted = spdk_min(asked.bits.ncqr + 1u, fake->opts.io_queues);
	fake->queues_are_set = true;
	granted.bits.nsqr = fake->sq_granted - 1;
	granted.bits.ncqr = fake->cq_granted - 1;
	fake->features[SPDK_NVME_FEAT_NUMBER_OF_QUEUES] = granted.raw;
	command->cpl.cdw0 = granted.raw;
	return FAKE_NO_STATUS;
}

static uint16_t
set_host_id(struct fake_command *command)
{
	bool is_long = command->cmd.cdw11_bits.feat_host_identifier.bits.exhid;

	command->fake->host_id_is_long = is_long;
	memset(command->fake->host_id, 0, sizeof(command->fake->host_id));
	return fake_data_in(command, command->fake->host_id, is_long ? 16 : 8);
}

static uint16_t
set_timestamp(struct fake_command *command)
{
	command->fake->timestamp_ticks = spdk_get_ticks();
	return fake_data_in(command, command->fake->timestamp, sizeof(command->fake->timestamp));
}

uint16_t
fake_set_features(struct fake_command *command)
{
	struct fake *fake = command->fake;
	uint8_t fid = command->cmd.cdw10_bits.set_features.fid;

	if (command->cmd.cdw10_bits.set_features.sv) {
		return FAKE_SPECIFIC(FEATURE_ID_NOT_SAVEABLE);
	}
	switch (fid) {
	case SPDK_NVME_FEAT_NUMBER_OF_QUEUES:
		return set_queues(command);
	case SPDK_NVME_FEAT_HOST_IDENTIFIER:
		return set_host_id(command);
	case SPDK_NVME_FEAT_TIMESTAMP:
		return set_timestamp(command);
	case SPDK_NVME_FEAT_HOST_BEHAVIOR_SUPPORT:
		return fake_data_in(command, &fake->host_behavior, sizeof(fake->host_behavior));
	case SPDK_NVME_FEAT_AUTONOMOUS_POWER_STATE_TRANSITION:
		fake->features[fid] = command->cmd.cdw11;
		return fake_data_in(command, fake->apst, sizeof(fake->apst));
	case SPDK_NVME_FEAT_LBA_RANGE_TYPE:
		fake->features[fid] = command->cmd.cdw11;
		return fake_data_in(command, fake->lba_range, sizeof(fake->lba_range));
	default:
		break;
	}
	if (!is_number(fid) ||
	    (fid == SPDK_NVME_FEAT_VOLATILE_WRITE_CACHE && !fake->opts.has_write_cache)) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	if (fid == SPDK_NVME_FEAT_KEEP_ALIVE_TIMER) {
		fake->keep_alive_ticks = spdk_get_ticks();
	}
	fake->features[fid] = command->cmd.cdw11;
	return FAKE_NO_STATUS;
}

static uint16_t
get_timestamp(struct fake_command *command)
{
	struct fake *fake = command->fake;
	uint64_t passed_ms =
		(spdk_get_ticks() - fake->timestamp_ticks) * 1000 / spdk_get_ticks_hz();
	uint8_t data[8];
	uint64_t value;

	memcpy(&value, fake->timestamp, sizeof(value));
	value = ((value & 0xffffffffffff) + passed_ms) & 0xffffffffffff;
	memcpy(data, &value, sizeof(data));
	return fake_data_out(command, data, sizeof(data), sizeof(data));
}

uint16_t
fake_get_features(struct fake_command *command)
{
	struct fake *fake = command->fake;
	uint8_t fid = command->cmd.cdw10_bits.get_features.fid;
	uint32_t select = command->cmd.cdw10_bits.get_features.sel;

	if (select == SELECT_CAPABILITIES) {
		command->cpl.cdw0 = CHANGEABLE;
		return FAKE_NO_STATUS;
	}
	command->cpl.cdw0 = select == SELECT_DEFAULT ? default_of(fake, fid) : fake->features[fid];
	switch (fid) {
	case SPDK_NVME_FEAT_NUMBER_OF_QUEUES:
		return FAKE_NO_STATUS;
	case SPDK_NVME_FEAT_HOST_IDENTIFIER:
		return fake_data_out(command, fake->host_id, sizeof(fake->host_id),
				     fake->host_id_is_long ? 16 : 8);
	case SPDK_NVME_FEAT_TIMESTAMP:
		return get_timestamp(command);
	case SPDK_NVME_FEAT_HOST_BEHAVIOR_SUPPORT:
		return fake_data_out(command, &fake->host_behavior, sizeof(fake->host_behavior),
				     sizeof(fake->host_behavior));
	case SPDK_NVME_FEAT_AUTONOMOUS_POWER_STATE_TRANSITION:
		return fake_data_out(command, fake->apst, sizeof(fake->apst), sizeof(fake->apst));
	case SPDK_NVME_FEAT_LBA_RANGE_TYPE:
		return fake_data_out(command, fake->lba_range, sizeof(fake->lba_range),
				     sizeof(fake->lba_range));
	default:
		return is_number(fid) ? FAKE_NO_STATUS : FAKE_GENERIC(INVALID_FIELD);
	}
}
