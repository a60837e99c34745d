/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults: which are planted, and where they strike. */
#include "io/nvme/fake/fake_internal.h"

#define US_PER_SECOND 1000000

uint32_t
fake_random(struct fake *fake, uint32_t below)
{
	uint64_t x = fake->random;

	/* xorshift64: fast, and the same everywhere. */
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	fake->random = x;
	return below == 0 ? 0 : (uint32_t)((x >> 32) * below >> 32);
}

void
fake_random_fill(struct fake *fake, void *buffer, size_t length)
{
	uint8_t *bytes = buffer;

	for (size_t i = 0; i < length; i++) {
		bytes[i] = (uint8_t)fake_random(fake, 256);
	}
}

uint32_t
fake_plant(struct fake *fake, const struct fake_fault *fault)
{
	struct fake_planted *planted;
	uint32_t number;

	pthread_mutex_lock(&fake->lock);
	assert(fake->fault_count < FAKE_FAULTS_MAX);
	planted = &fake->faults[fake->fault_count++];
	*planted = (struct fake_planted){
		.fault = *fault, .number = ++fake->fault_numbers, .is_active = true};
	number = planted->number;
	pthread_mutex_unlock(&fake->lock);
	return number;
}

uint32_t
fake_fault_strikes(struct fake *fake, uint32_t number)
{
	uint32_t strikes = 0;

	pthread_mutex_lock(&fake->lock);
	for (uint32_t i = 0; i < fake->fault_count; i++) {
		if (fake->faults[i].number == number) {
			strikes = fake->faults[i].strikes;
		}
	}
	pthread_mutex_unlock(&fake->lock);
	return strikes;
}

void
fake_clear_faults(struct fake *fake)
{
	pthread_mutex_lock(&fake->lock);
	fake->fault_count = 0;
	pthread_mutex_unlock(&fake->lock);
}

void
fake_release(struct fake *fake)
{
	struct fake_command *command;

	pthread_mutex_lock(&fake->lock);
	TAILQ_FOREACH (command, &fake->pending, link) {
		command->faults &=
			~(1u << FAKE_FAULT_NEVER | 1u << FAKE_FAULT_LOST | 1u << FAKE_FAULT_LATE);
		command->due_step = 0;
		command->due_ticks = 0;
	}
	pthread_mutex_unlock(&fake->lock);
}

/* Whether it strikes this time; counts. */
static bool
strikes(struct fake *fake, struct fake_planted *planted)
{
	const struct fake_fault *fault = &planted->fault;

	if (!planted->is_active || planted->seen++ < fault->skip) {
		return false;
	}
	if (fault->rate != 0 && fake_random(fake, 65536) >= fault->rate) {
		return false;
	}
	planted->strikes++;
	if (fault->count != 0 && planted->strikes >= fault->count) {
		planted->is_active = false;
	}
	return true;
}

/* What befalls the controller; true: it was such a fault. */
static bool
strike_controller(struct fake *fake, const struct fake_fault *fault)
{
	switch (fault->kind) {
	case FAKE_FAULT_REMOVE:
	case FAKE_FAULT_UNMAP:
		fake->is_removed = true;
		fake->pull_unmaps = fault->kind == FAKE_FAULT_UNMAP;
		return true;
	case FAKE_FAULT_FATAL:
		fake->is_fatal = true;
		fake->csts.bits.cfs = 1;
		fake_set_csts(fake);
		return true;
	case FAKE_FAULT_STOP:
		fake->is_stopped = true;
		return true;
	case FAKE_FAULT_SPURIOUS_INTERRUPT:
		fake_interrupt(fake, (uint16_t)fault->value);
		return true;
	case FAKE_FAULT_EVENT:
		fake_event_raise(fake, fault->value);
		return true;
	case FAKE_FAULT_EVENT_STORM:
		fake->storm = *fault;
		fake->storm_left = fault->size;
		return true;
	case FAKE_FAULT_SHADOW_LOST:
		fake->shadow_is_lost = true;
		return true;
	default:
		return false;
	}
}

bool
fake_faults_at(struct fake *fake, enum fake_fault_where where)
{
	bool is_stuck = false;

	for (uint32_t i = 0; i < fake->fault_count; i++) {
		struct fake_planted *planted = &fake->faults[i];

		if (planted->fault.where != where || !strikes(fake, planted)) {
			continue;
		}
		is_stuck |= planted->fault.kind == FAKE_FAULT_STUCK;
		(void)strike_controller(fake, &planted->fault); /* The others have no effect here.
								 */
	}
	return is_stuck;
}

static bool
is_of_command(const struct fake_fault *fault, const struct fake_command *command)
{
	enum fake_fault_where where =
		command->sq->id == 0 ? FAKE_AT_ADMIN_COMMAND : FAKE_AT_IO_COMMAND;

	return fault->where == where &&
	       (fault->opcode == FAKE_ANY_OPCODE || fault->opcode == command->cmd.opc) &&
	       (command->cmd.cdw10 & fault->cdw10_mask) == (fault->cdw10 & fault->cdw10_mask);
}

static uint64_t
due_ticks(uint64_t us)
{
	return us == 0 ? 0 : spdk_get_ticks() + us * spdk_get_ticks_hz() / US_PER_SECOND;
}

/* At most one of those that have parameters strikes a command. */
void
fake_faults_of_command(struct fake_command *command)
{
	struct fake *fake = command->fake;

	for (uint32_t i = 0; i < fake->fault_count && command->faults == 0; i++) {
		struct fake_planted *planted = &fake->faults[i];
		const struct fake_fault *fault = &planted->fault;

		if (!is_of_command(fault, command) || !strikes(fake, planted)) {
			continue;
		}
		if (strike_controller(fake, fault)) {
			continue;
		}
		command->fault = *fault;
		command->faults |= 1u << fault->kind;
		if (fault->kind == FAKE_FAULT_LATE) {
			command->due_step = fake->step + fault->steps;
			command->due_ticks = due_ticks(fault->us);
		}
	}
}
