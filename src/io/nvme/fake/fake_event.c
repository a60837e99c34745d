/* SPDX-License-Identifier: BSD-3-Clause */
/* Asynchronous events: requests that wait for them, and those that wait for a request. */
#include "io/nvme/fake/fake_internal.h"

static uint8_t
type_of(uint32_t result)
{
	const union spdk_nvme_async_event_completion event = {.raw = result};

	return (uint8_t)event.bits.async_event_type;
}

static void
answer(struct fake *fake, uint32_t result)
{
	struct fake_command *command = TAILQ_FIRST(&fake->event_requests);

	TAILQ_REMOVE(&fake->event_requests, command, link);
	fake->event_request_count--;
	fake->masked_event_types |= 1u << type_of(result);
	command->cpl.cdw0 = result;
	fake_complete(command, FAKE_NO_STATUS);
}

uint16_t
fake_event_request(struct fake_command *command)
{
	struct fake *fake = command->fake;

	if (fake->event_request_count > fake->opts.aerl) {
		fake_violation(fake, FAKE_RULE_COMMAND, "%u requests for events, AERL is %u",
			       fake->event_request_count + 1, fake->opts.aerl);
		return FAKE_SPECIFIC(ASYNC_EVENT_REQUEST_LIMIT_EXCEEDED);
	}
	TAILQ_INSERT_TAIL(&fake->event_requests, command, link);
	fake->event_request_count++;
	return FAKE_PENDING;
}

/* An event that is there already is not told twice. */
void
fake_event_raise(struct fake *fake, uint32_t result)
{
	for (uint32_t i = 0; i < fake->event_count; i++) {
		if (fake->events[i] == result) {
			return;
		}
	}
	if (fake->event_count < FAKE_EVENTS_MAX) {
		fake->events[fake->event_count++] = result;
	}
}

/* Types come again once the page that goes with them has been read without RAE. */
void
fake_event_page_read(struct fake *fake, uint8_t page)
{
	switch (page) {
	case SPDK_NVME_LOG_ERROR:
		fake->masked_event_types &= ~(1u << SPDK_NVME_ASYNC_EVENT_TYPE_ERROR);
		break;
	case SPDK_NVME_LOG_HEALTH_INFORMATION:
		fake->masked_event_types &= ~(1u << SPDK_NVME_ASYNC_EVENT_TYPE_SMART);
		break;
	case SPDK_NVME_LOG_CHANGED_NS_LIST:
	case SPDK_NVME_LOG_FIRMWARE_SLOT:
	case SPDK_NVME_LOG_ASYMMETRIC_NAMESPACE_ACCESS:
		fake->masked_event_types &= ~(1u << SPDK_NVME_ASYNC_EVENT_TYPE_NOTICE);
		break;
	default:
		fake->masked_event_types &= ~(1u << SPDK_NVME_ASYNC_EVENT_TYPE_IO |
					      1u << SPDK_NVME_ASYNC_EVENT_TYPE_VENDOR);
		break;
	}
}

void
fake_events_reset(struct fake *fake)
{
	fake->event_count = 0;
	fake->masked_event_types = 0;
	fake->changed_ns_count = 0;
	fake->storm_left = 0;
}

void
fake_step_events(struct fake *fake)
{
	uint32_t kept = 0;

	if (fake->is_fatal || fake->is_shut_down || fake->is_removed) {
		return;
	}
	for (uint32_t i = 0; i < fake->event_count; i++) {
		uint32_t result = fake->events[i];

		if (fake->masked_event_types & 1u << type_of(result) ||
		    TAILQ_EMPTY(&fake->event_requests)) {
			fake->events[kept++] = result;
		} else {
			answer(fake, result);
		}
	}
	fake->event_count = kept;
	/* One that does not behave: it does not wait for the page to be read. */
	while (fake->storm_left > 0 && !TAILQ_EMPTY(&fake->event_requests)) {
		fake->storm_left--;
		answer(fake, fake->storm.value);
	}
}
