/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Zones: their states, and the commands for them.
 *
 *   EMPTY -> IOPEN (a write) or EOPEN (open) -> CLOSED (close) -> IOPEN or EOPEN
 *   any of them -> FULL (finish, or the last write); any but READ ONLY and OFFLINE -> EMPTY (reset)
 *   Active: IOPEN, EOPEN, CLOSED. Open: IOPEN, EOPEN.
 */
#include "io/nvme/fake/fake_internal.h"

struct fake_zone {
	uint64_t start;
	uint64_t written;
	uint8_t state;
	bool has_extension;
};

#define EXTENSION_UNIT 64u

static size_t
extension_size(const struct fake_ns *ns)
{
	return ns->opts.zone_extension * EXTENSION_UNIT;
}

static uint8_t *
extension_of(const struct fake_ns *ns, const struct fake_zone *zone)
{
	return ns->zone_extensions + (size_t)(zone - ns->zones) * extension_size(ns);
}

int
fake_zones_open(struct fake_ns *ns)
{
	ns->zone_count = (uint32_t)(ns->opts.blocks / ns->opts.zone_blocks);
	ns->zones = calloc(ns->zone_count, sizeof(*ns->zones));
	ns->zone_extensions = calloc(ns->zone_count, spdk_max(extension_size(ns), 1));
	if (ns->zones == NULL || ns->zone_extensions == NULL) {
		return -ENOMEM;
	}
	if (ns->opts.zone_capacity == 0) {
		ns->opts.zone_capacity = ns->opts.zone_blocks;
	}
	for (uint32_t i = 0; i < ns->zone_count; i++) {
		ns->zones[i].start = i * ns->opts.zone_blocks;
		ns->zones[i].state = SPDK_NVME_ZONE_STATE_EMPTY;
	}
	return 0;
}

void
fake_zones_close(struct fake_ns *ns)
{
	free(ns->zones);
	free(ns->zone_extensions);
	ns->zones = NULL;
	ns->zone_extensions = NULL;
}

void
fake_set_zone_state(struct fake *fake, uint32_t nsid, uint64_t lba,
		    enum spdk_nvme_zns_zone_state state)
{
	struct fake_ns *ns = &fake->ns[nsid - 1];

	pthread_mutex_lock(&fake->lock);
	ns->zones[lba / ns->opts.zone_blocks].state = (uint8_t)state;
	pthread_mutex_unlock(&fake->lock);
}

static bool
is_open(const struct fake_zone *zone)
{
	return zone->state == SPDK_NVME_ZONE_STATE_IOPEN ||
	       zone->state == SPDK_NVME_ZONE_STATE_EOPEN;
}

static bool
is_active(const struct fake_zone *zone)
{
	return is_open(zone) || zone->state == SPDK_NVME_ZONE_STATE_CLOSED;
}

static uint64_t
end_of(const struct fake_ns *ns, const struct fake_zone *zone)
{
	return zone->start + ns->opts.zone_capacity;
}

static uint32_t
count_zones(const struct fake_ns *ns, bool (*has)(const struct fake_zone *zone))
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < ns->zone_count; i++) {
		count += has(&ns->zones[i]);
	}
	return count;
}

/* Makes room among open zones by closing one that writes have opened. */
static void
close_another(struct fake_ns *ns)
{
	for (uint32_t i = 0; i < ns->zone_count; i++) {
		if (ns->zones[i].state == SPDK_NVME_ZONE_STATE_IOPEN) {
			ns->zones[i].state = SPDK_NVME_ZONE_STATE_CLOSED;
			return;
		}
	}
}

static uint16_t
open_zone(struct fake_ns *ns, struct fake_zone *zone, uint8_t state)
{
	const struct fake_ns_opts *opts = &ns->opts;

	if (!is_active(zone) && opts->zones_active_max != 0 &&
	    count_zones(ns, is_active) >= opts->zones_active_max) {
		return FAKE_SPECIFIC(TOO_MANY_ACTIVE_ZONES);
	}
	if (!is_open(zone) && opts->zones_open_max != 0 &&
	    count_zones(ns, is_open) >= opts->zones_open_max) {
		close_another(ns);
	}
	if (!is_open(zone) && opts->zones_open_max != 0 &&
	    count_zones(ns, is_open) >= opts->zones_open_max) {
		return FAKE_SPECIFIC(TOO_MANY_OPEN_ZONES);
	}
	zone->state = state;
	return FAKE_NO_STATUS;
}

static uint16_t
refuse(const struct fake_zone *zone)
{
	switch (zone->state) {
	case SPDK_NVME_ZONE_STATE_FULL:
		return FAKE_SPECIFIC(ZONE_IS_FULL);
	case SPDK_NVME_ZONE_STATE_RONLY:
		return FAKE_SPECIFIC(ZONE_IS_READ_ONLY);
	case SPDK_NVME_ZONE_STATE_OFFLINE:
		return FAKE_SPECIFIC(ZONE_IS_OFFLINE);
	default:
		return FAKE_NO_STATUS;
	}
}

uint16_t
fake_zone_write(struct fake_ns *ns, uint64_t lba, uint32_t count)
{
	struct fake_zone *zone = &ns->zones[lba / ns->opts.zone_blocks];
	uint16_t status = refuse(zone);

	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (lba + count > end_of(ns, zone)) {
		return FAKE_SPECIFIC(ZONED_BOUNDARY_ERROR);
	}
	if (lba != zone->start + zone->written) {
		return FAKE_SPECIFIC(ZONE_INVALID_WRITE);
	}
	if (!is_open(zone)) {
		status = open_zone(ns, zone, SPDK_NVME_ZONE_STATE_IOPEN);
	}
	if (status == FAKE_NO_STATUS) {
		zone->written += count;
		if (zone->written == ns->opts.zone_capacity) {
			zone->state = SPDK_NVME_ZONE_STATE_FULL;
		}
	}
	return status;
}

uint16_t
fake_zone_read(struct fake_ns *ns, uint64_t lba, uint32_t count)
{
	struct fake_zone *zone = &ns->zones[lba / ns->opts.zone_blocks];

	if (zone->state == SPDK_NVME_ZONE_STATE_OFFLINE) {
		return FAKE_SPECIFIC(ZONE_IS_OFFLINE);
	}
	if (lba + count > zone->start + ns->opts.zone_blocks) {
		return FAKE_SPECIFIC(ZONED_BOUNDARY_ERROR);
	}
	return FAKE_NO_STATUS;
}

/* As with MDTS, the host promises to keep to it. */
static bool
fits_zasl(struct fake_command *command, const struct fake_ns *ns, uint32_t count)
{
	const struct fake_opts *opts = &command->fake->opts;
	uint8_t shift = opts->zasl != 0 ? opts->zasl : opts->mdts;
	uint64_t max = (uint64_t)FAKE_PAGE_SIZE << opts->mps_min << shift;
	uint64_t length = (uint64_t)count *
			  (ns->opts.block_size + (ns->opts.md_is_extended ? ns->opts.md_size : 0));

	if (shift == 0 || length <= max) {
		return true;
	}
	fake_violation(command->fake, FAKE_RULE_COMMAND,
		       "an append of %" PRIu64 " bytes, more than ZASL, %" PRIu64, length, max);
	return false;
}

static uint16_t
append(struct fake_command *command, struct fake_ns *ns)
{
	uint64_t start = fake_lba_of(command);
	uint32_t count = command->cmd.cdw12_bits.write.nlb + 1u;
	struct fake_zone *zone;
	uint16_t status;
	uint64_t lba;

	if (start >= ns->opts.blocks) {
		return FAKE_GENERIC(LBA_OUT_OF_RANGE);
	}
	zone = &ns->zones[start / ns->opts.zone_blocks];
	if (start != zone->start || !fits_zasl(command, ns, count)) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	lba = zone->start + zone->written;
	status = fake_zone_write(ns, lba, count);
	if (status == FAKE_NO_STATUS) {
		status = fake_ns_write(command, ns, lba, count);
	}
	if (status == FAKE_NO_STATUS) {
		command->cpl.cdw0 = (uint32_t)lba;
		command->cpl.cdw1 = (uint32_t)(lba >> 32);
	}
	return status;
}

static void
empty(struct fake_ns *ns, struct fake_zone *zone)
{
	fake_ns_clear(ns, zone->start, ns->opts.zone_blocks, 0);
	zone->written = 0;
	zone->has_extension = false;
	zone->state = SPDK_NVME_ZONE_STATE_EMPTY;
}

/* `is_all`: zones in a state that the action does not apply to are passed over. */
static uint16_t
act(struct fake_ns *ns, struct fake_zone *zone, uint8_t action, bool is_all)
{
	uint16_t wrong = is_all ? FAKE_NO_STATUS : FAKE_SPECIFIC(INVALID_ZONE_STATE_TRANSITION);

	switch (action) {
	case SPDK_NVME_ZONE_CLOSE:
		if (!is_open(zone)) {
			return zone->state == SPDK_NVME_ZONE_STATE_CLOSED ? FAKE_NO_STATUS : wrong;
		}
		zone->state = SPDK_NVME_ZONE_STATE_CLOSED;
		return FAKE_NO_STATUS;
	case SPDK_NVME_ZONE_FINISH:
		if (!is_active(zone) && (is_all || zone->state != SPDK_NVME_ZONE_STATE_EMPTY)) {
			return zone->state == SPDK_NVME_ZONE_STATE_FULL ? FAKE_NO_STATUS : wrong;
		}
		zone->state = SPDK_NVME_ZONE_STATE_FULL;
		return FAKE_NO_STATUS;
	case SPDK_NVME_ZONE_OPEN:
		if (!is_active(zone) && (is_all || zone->state != SPDK_NVME_ZONE_STATE_EMPTY)) {
			return wrong;
		}
		return open_zone(ns, zone, SPDK_NVME_ZONE_STATE_EOPEN);
	case SPDK_NVME_ZONE_RESET:
		if (!is_active(zone) && zone->state != SPDK_NVME_ZONE_STATE_FULL) {
			return zone->state == SPDK_NVME_ZONE_STATE_EMPTY ? FAKE_NO_STATUS : wrong;
		}
		empty(ns, zone);
		return FAKE_NO_STATUS;
	case SPDK_NVME_ZONE_OFFLINE:
		if (zone->state != SPDK_NVME_ZONE_STATE_RONLY) {
			return wrong;
		}
		zone->state = SPDK_NVME_ZONE_STATE_OFFLINE;
		return FAKE_NO_STATUS;
	default:
		return FAKE_GENERIC(INVALID_FIELD);
	}
}

/* Only of an empty zone, which is active after that. */
static uint16_t
set_extension(struct fake_command *command, struct fake_ns *ns, struct fake_zone *zone)
{
	uint16_t status;

	if (extension_size(ns) == 0) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	if (zone->state != SPDK_NVME_ZONE_STATE_EMPTY) {
		return FAKE_SPECIFIC(INVALID_ZONE_STATE_TRANSITION);
	}
	if (ns->opts.zones_active_max != 0 &&
	    count_zones(ns, is_active) >= ns->opts.zones_active_max) {
		return FAKE_SPECIFIC(TOO_MANY_ACTIVE_ZONES);
	}
	status = fake_data_in(command, extension_of(ns, zone), extension_size(ns));
	if (status == FAKE_NO_STATUS) {
		zone->has_extension = true;
		zone->state = SPDK_NVME_ZONE_STATE_CLOSED;
	}
	return status;
}

static uint16_t
send_management(struct fake_command *command, struct fake_ns *ns)
{
	uint64_t start = fake_lba_of(command);
	uint8_t action = command->cmd.cdw13 & 0xff;
	bool is_all = command->cmd.cdw13 & 1u << 8;
	uint16_t status = FAKE_NO_STATUS;

	for (uint32_t i = 0; is_all && i < ns->zone_count && status == FAKE_NO_STATUS; i++) {
		status = act(ns, &ns->zones[i], action, true);
	}
	if (is_all) {
		return status;
	}
	if (start >= ns->opts.blocks) {
		return FAKE_GENERIC(LBA_OUT_OF_RANGE);
	}
	if (start % ns->opts.zone_blocks != 0) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	if (action == SPDK_NVME_ZONE_SET_ZDE) {
		return set_extension(command, ns, &ns->zones[start / ns->opts.zone_blocks]);
	}
	return act(ns, &ns->zones[start / ns->opts.zone_blocks], action, false);
}

static bool
is_reported(const struct fake_zone *zone, uint8_t which)
{
	static const uint8_t states[] = {
		[SPDK_NVME_ZRA_LIST_ZSE] = SPDK_NVME_ZONE_STATE_EMPTY,
		[SPDK_NVME_ZRA_LIST_ZSIO] = SPDK_NVME_ZONE_STATE_IOPEN,
		[SPDK_NVME_ZRA_LIST_ZSEO] = SPDK_NVME_ZONE_STATE_EOPEN,
		[SPDK_NVME_ZRA_LIST_ZSC] = SPDK_NVME_ZONE_STATE_CLOSED,
		[SPDK_NVME_ZRA_LIST_ZSF] = SPDK_NVME_ZONE_STATE_FULL,
		[SPDK_NVME_ZRA_LIST_ZSRO] = SPDK_NVME_ZONE_STATE_RONLY,
		[SPDK_NVME_ZRA_LIST_ZSO] = SPDK_NVME_ZONE_STATE_OFFLINE,
	};

	return which == SPDK_NVME_ZRA_LIST_ALL || zone->state == states[which];
}

static void
describe(const struct fake_ns *ns, const struct fake_zone *zone,
	 struct spdk_nvme_zns_zone_desc *desc)
{
	*desc = (struct spdk_nvme_zns_zone_desc){
		.zt = SPDK_NVME_ZONE_TYPE_SEQWR,
		.zs = zone->state,
		.za = {.bits = {.zdev = zone->has_extension}},
		.zcap = ns->opts.zone_capacity,
		.zslba = zone->start,
		.wp = zone->state == SPDK_NVME_ZONE_STATE_FULL ? UINT64_MAX :
								 zone->start + zone->written,
	};
}

/* As many of `which` as there is room for, `stride` bytes each. Returns how many there are. */
static uint64_t
describe_zones(const struct fake_ns *ns, uint64_t first, uint8_t which, const struct iovec *room,
	       size_t stride)
{
	size_t extension = stride - sizeof(struct spdk_nvme_zns_zone_desc);
	uint64_t matching = 0;
	uint8_t *at;

	for (uint64_t i = first; i < ns->zone_count; i++) {
		if (!is_reported(&ns->zones[i], which)) {
			continue;
		}
		if ((matching + 1) * stride <= room->iov_len) {
			at = (uint8_t *)room->iov_base + matching * stride;
			describe(ns, &ns->zones[i], (void *)at);
			memcpy(at + sizeof(struct spdk_nvme_zns_zone_desc),
			       extension_of(ns, &ns->zones[i]), extension);
		}
		matching++;
	}
	return matching;
}

/* With `partial`, the count is that of the zones that are in the answer. */
static uint16_t
receive_management(struct fake_command *command, struct fake_ns *ns)
{
	uint64_t start = fake_lba_of(command);
	uint64_t length = ((uint64_t)command->cmd.cdw12 + 1) * 4;
	uint8_t action = command->cmd.cdw13 & 0xff, which = command->cmd.cdw13 >> 8 & 0xff;
	bool is_partial = command->cmd.cdw13 & 1u << 16;
	bool is_extended = action == SPDK_NVME_ZONE_EXTENDED_REPORT;
	size_t stride = sizeof(struct spdk_nvme_zns_zone_desc);
	struct spdk_nvme_zns_zone_report *report;
	struct iovec room = {0};
	uint64_t matching;
	uint16_t status;

	if (action > SPDK_NVME_ZONE_EXTENDED_REPORT || which > SPDK_NVME_ZRA_LIST_ZSO ||
	    (is_extended && extension_size(ns) == 0)) {
		return FAKE_GENERIC(INVALID_FIELD);
	}
	if (start >= ns->opts.blocks) {
		return FAKE_GENERIC(LBA_OUT_OF_RANGE);
	}
	report = calloc(1, spdk_max(length, sizeof(*report)));
	if (report == NULL) {
		return FAKE_GENERIC(INTERNAL_DEVICE_ERROR);
	}
	stride += is_extended ? extension_size(ns) : 0;
	room.iov_base = report->descs;
	room.iov_len = length < sizeof(*report) ? 0 : length - sizeof(*report);
	matching = describe_zones(ns, start / ns->opts.zone_blocks, which, &room, stride);
	report->nr_zones = is_partial ? spdk_min(matching, room.iov_len / stride) : matching;
	status = fake_data_out(command, report, length, length);
	free(report);
	return status;
}

uint16_t
fake_execute_zns(struct fake_command *command, struct fake_ns *ns)
{
	switch (command->cmd.opc) {
	case SPDK_NVME_OPC_ZONE_MGMT_SEND:
		return send_management(command, ns);
	case SPDK_NVME_OPC_ZONE_MGMT_RECV:
		return receive_management(command, ns);
	default:
		return append(command, ns);
	}
}
