/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * I/O of a device with zones. zone.h says what a zone allows; what it allows is handed on to the
 * base, whose blocks have the same numbers.
 *
 * D1  Nothing here belongs to a thread but the I/O itself: a zone is one atomic word.
 * D2  A reset of a zone waits in zone->reset for the writes under way. Whoever ends the last of
 *     them lets it go on, on its own thread.
 * D3  A reset of the device needs no more than to be handed on. It ends the writes that a reset of
 *     a zone waits for, and this one then meets a base that lets nothing pass: it ends, too, and
 *     before that of the device.
 */
#include "zone_device.h"
#include "spdk/likely.h"

static struct layered_channel *
channel_of(struct spdk_bdev_io *io)
{
	return spdk_io_channel_get_ctx(spdk_bdev_io_get_io_channel(io));
}

static void
refuse(struct spdk_bdev_io *io, int sc)
{
	spdk_bdev_io_complete_nvme_status(io, 0, zone_status_type(sc), sc);
}

static void
complete(struct spdk_bdev_io *io, int sc)
{
	if (sc == 0) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
	} else {
		refuse(io, sc);
	}
}

/* ---- Zones ---- */

struct zone_device *
zone_device_create(uint64_t count, uint64_t zone_size, uint64_t capacity)
{
	struct zone_device *device;

	assert(count <= ZONES_MAX && spdk_u64_is_pow2(zone_size) && capacity <= zone_size);
	device = calloc(1, sizeof(*device) + count * sizeof(device->zones[0]));
	if (device == NULL) {
		return NULL;
	}
	device->capacity = capacity;
	device->count = count;
	device->shift = spdk_u64log2(zone_size);
	for (uint64_t i = 0; i < count; i++) {
		zone_init(&device->zones[i], capacity);
	}
	return device;
}

static struct zone *
zone_of(struct zone_device *device, uint64_t block)
{
	return &device->zones[block >> device->shift];
}

static uint64_t
offset_in_zone(const struct zone_device *device, uint64_t block)
{
	return block & ((UINT64_C(1) << device->shift) - 1);
}

static uint64_t
first_block(const struct zone_device *device, const struct zone *zone)
{
	return (uint64_t)(zone - device->zones) << device->shift;
}

/* ---- Resets ---- */

static void
call_on_thread_of(struct spdk_bdev_io *io, spdk_msg_fn fn)
{
	struct spdk_thread *thread = spdk_bdev_io_get_thread(io);

	if (thread == spdk_get_thread()) {
		fn(io);
	} else {
		/* It takes messages: it does not exit while it has an I/O. */
		(void)spdk_thread_send_msg(thread, fn, io);
	}
}

static void
zone_was_unmapped(struct spdk_bdev_io *base_io, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;
	struct zone_device *device = channel_of(io)->kept;

	zone_end_reset(zone_of(device, io->u.zone_mgmt.zone_id), success);
	bdev_forward_done(base_io, success, io);
}

static int
submit_unmap(const struct bdev_base *base, struct spdk_bdev_io *io, spdk_bdev_io_completion_cb cb)
{
	const struct zone_device *device = channel_of(io)->kept;

	return spdk_bdev_unmap_blocks(base->desc, base->ch, io->u.zone_mgmt.zone_id,
				      UINT64_C(1) << device->shift, cb, io);
}

static void
carry_out_reset(void *arg)
{
	struct spdk_bdev_io *io = arg;
	struct layered_channel *ch = channel_of(io);
	struct zone_device *device = ch->kept;

	if (device->unmaps) {
		bdev_forward_as(&ch->base, io, submit_unmap, zone_was_unmapped);
		return;
	}
	zone_end_reset(zone_of(device, io->u.zone_mgmt.zone_id), true);
	spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
}

static void
reset_zone(struct zone *zone, struct spdk_bdev_io *io)
{
	switch (zone_begin_reset(zone, io)) {
	case ZONE_RESET_BEGINS:
		carry_out_reset(io);
		return;
	case ZONE_RESET_WAITS:
		return;
	case ZONE_RESET_NEEDLESS:
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
		break;
	case ZONE_RESET_REFUSED:
		refuse(io, SPDK_NVME_SC_COMMAND_INTERRUPTED);
		break;
	}
}

/* ---- Management ---- */

static void
manage(struct zone_device *device, struct spdk_bdev_io *io)
{
	struct zone *zone = zone_of(device, io->u.zone_mgmt.zone_id);

	if (offset_in_zone(device, io->u.zone_mgmt.zone_id) != 0) {
		refuse(io, SPDK_NVME_SC_INVALID_FIELD);
		return;
	}
	switch (io->u.zone_mgmt.zone_action) {
	case SPDK_BDEV_ZONE_OPEN:
		complete(io, zone_open(zone));
		break;
	case SPDK_BDEV_ZONE_CLOSE:
		complete(io, zone_close(zone));
		break;
	case SPDK_BDEV_ZONE_FINISH:
		complete(io, zone_finish(zone, device->capacity));
		break;
	case SPDK_BDEV_ZONE_RESET:
		reset_zone(zone, io);
		break;
	case SPDK_BDEV_ZONE_OFFLINE:
		/* From READ_ONLY only, which none is. */
		refuse(io, SPDK_NVME_SC_INVALID_ZONE_STATE_TRANSITION);
		break;
	default:
		refuse(io, SPDK_NVME_SC_INVALID_FIELD);
		break;
	}
}

static void
get_info(struct zone_device *device, struct spdk_bdev_io *io)
{
	struct spdk_bdev_zone_info *info = io->u.zone_mgmt.buf;
	struct zone *zone = zone_of(device, io->u.zone_mgmt.zone_id);
	uint64_t written;

	if (offset_in_zone(device, io->u.zone_mgmt.zone_id) != 0) {
		refuse(io, SPDK_NVME_SC_INVALID_FIELD);
		return;
	}
	if (io->u.zone_mgmt.num_zones > device->count - (uint64_t)(zone - device->zones)) {
		refuse(io, SPDK_NVME_SC_LBA_OUT_OF_RANGE);
		return;
	}
	for (uint32_t i = 0; i < io->u.zone_mgmt.num_zones; i++) {
		info[i].zone_id = first_block(device, &zone[i]);
		info[i].state = zone_get(&zone[i], &written);
		info[i].write_pointer = info[i].zone_id + written;
		info[i].capacity = device->capacity;
		info[i].type = SPDK_BDEV_ZONE_TYPE_SEQWR;
	}
	spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
}

/* ---- Data ---- */

static void
written(struct spdk_bdev_io *base_io, bool success, void *arg)
{
	struct spdk_bdev_io *io = arg;
	struct zone *zone = zone_of(channel_of(io)->kept, io->u.bdev.offset_blocks);

	if (spdk_unlikely(zone_end_write(zone))) {
		call_on_thread_of(zone->reset, carry_out_reset);
	}
	bdev_forward_done(base_io, success, io);
}

static void
write_blocks(struct layered_channel *ch, struct spdk_bdev_io *io)
{
	struct zone_device *device = ch->kept;
	uint64_t block = io->u.bdev.offset_blocks;
	int sc = zone_begin_write(zone_of(device, block), device->capacity,
				  offset_in_zone(device, block), io->u.bdev.num_blocks);

	if (spdk_likely(sc == 0)) {
		bdev_forward(&ch->base, io, written);
	} else {
		refuse(io, sc);
	}
}

static int
submit_write(const struct bdev_base *base, struct spdk_bdev_io *io, spdk_bdev_io_completion_cb cb)
{
	struct spdk_bdev_io_block_params *params = &io->u.bdev;

	return spdk_bdev_writev_blocks_with_md(base->desc, base->ch, params->iovs, params->iovcnt,
					       params->md_buf, params->offset_blocks,
					       params->num_blocks, cb, io);
}

static void
append(struct layered_channel *ch, struct spdk_bdev_io *io)
{
	struct zone_device *device = ch->kept;
	uint64_t block = io->u.bdev.offset_blocks, offset = 0;
	int sc = SPDK_NVME_SC_INVALID_FIELD;

	if (offset_in_zone(device, block) == 0) {
		sc = zone_begin_append(zone_of(device, block), device->capacity,
				       io->u.bdev.num_blocks, &offset);
	}
	if (spdk_unlikely(sc != 0)) {
		refuse(io, sc);
		return;
	}
	io->u.bdev.offset_blocks = block + offset;
	bdev_forward_as(&ch->base, io, submit_write, written);
}

/* Blocks that are not written may be read: they are whatever the base has there. */
static void
read_blocks(struct layered_channel *ch, struct spdk_bdev_io *io)
{
	const struct zone_device *device = ch->kept;
	uint64_t first = io->u.bdev.offset_blocks, last = first + io->u.bdev.num_blocks - 1;

	if (spdk_likely(first >> device->shift == last >> device->shift)) {
		bdev_forward(&ch->base, io, bdev_forward_done);
	} else {
		refuse(io, SPDK_NVME_SC_ZONED_BOUNDARY_ERROR);
	}
}

/* It may lie behind the last zone. */
static bool
is_of_no_blocks(const struct spdk_bdev_io *io)
{
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
		return io->u.bdev.num_blocks == 0;
	default:
		return false;
	}
}

void
zone_device_submit(struct spdk_io_channel *io_ch, struct spdk_bdev_io *io)
{
	struct layered_channel *ch = spdk_io_channel_get_ctx(io_ch);

	if (spdk_unlikely(is_of_no_blocks(io))) {
		spdk_bdev_io_complete(io, SPDK_BDEV_IO_STATUS_SUCCESS);
		return;
	}
	switch (io->type) {
	case SPDK_BDEV_IO_TYPE_READ:
		read_blocks(ch, io);
		break;
	case SPDK_BDEV_IO_TYPE_WRITE:
		write_blocks(ch, io);
		break;
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
		append(ch, io);
		break;
	case SPDK_BDEV_IO_TYPE_ZONE_MANAGEMENT:
		manage(ch->kept, io);
		break;
	case SPDK_BDEV_IO_TYPE_GET_ZONE_INFO:
		get_info(ch->kept, io);
		break;
	default:
		bdev_forward(&ch->base, io, bdev_forward_done);
		break;
	}
}

bool
zone_device_supports(void *ctx, enum spdk_bdev_io_type type)
{
	const struct zone_device *device = layered_kept(ctx);

	switch (type) {
	case SPDK_BDEV_IO_TYPE_ZONE_APPEND:
		return device->appends;
	case SPDK_BDEV_IO_TYPE_ZONE_MANAGEMENT:
	case SPDK_BDEV_IO_TYPE_GET_ZONE_INFO:
		return true;
	case SPDK_BDEV_IO_TYPE_READ:
	case SPDK_BDEV_IO_TYPE_WRITE:
	case SPDK_BDEV_IO_TYPE_FLUSH:
	case SPDK_BDEV_IO_TYPE_RESET:
	case SPDK_BDEV_IO_TYPE_ABORT:
		return layered_supports(ctx, type);
	default:
		/* What writes anywhere else than at a write pointer. */
		return false;
	}
}

int
zone_device_io_size(void)
{
	return sizeof(struct bdev_forward);
}
