/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Namespaces: what they keep. Data and metadata are kept apart, whatever the format; blocks that
 * were never written, or deallocated, read as zeros and are not checked.
 */
#include "io/nvme/fake/fake_internal.h"
#include "spdk/dif.h"

#define PI_SIZE 8

bool
fake_ns_is_zoned(const struct fake_ns *ns)
{
	return ns->opts.zone_blocks != 0;
}

struct fake_ns *
fake_ns_find(struct fake *fake, uint32_t nsid)
{
	struct fake_ns *ns;

	if (nsid == 0 || nsid > FAKE_NAMESPACES_MAX) {
		return NULL;
	}
	ns = &fake->ns[nsid - 1];
	return ns->exists && ns->is_attached ? ns : NULL;
}

void
fake_ns_clear(struct fake_ns *ns, uint64_t lba, uint64_t count, uint8_t state)
{
	memset(ns->data + lba * ns->opts.block_size, 0, count * ns->opts.block_size);
	/* Application tags of all ones: not checked. */
	memset(ns->md + lba * ns->opts.md_size, ns->opts.pi_type != 0 ? 0xff : 0,
	       count * ns->opts.md_size);
	memset(ns->block_state + lba, state, count);
}

int
fake_ns_open(struct fake *fake, uint32_t nsid, const struct fake_ns_opts *opts)
{
	struct fake_ns *ns = &fake->ns[nsid - 1];
	uint32_t uuid[4] = {nsid, 0x80004000, fake->pci.addr.domain, (uint32_t)fake->opts.seed};

	memset(ns, 0, sizeof(*ns));
	ns->id = nsid;
	ns->opts = *opts;
	/* Memory that the machine gives when it is touched. */
	ns->data = calloc(opts->blocks, opts->block_size);
	ns->md = calloc(opts->blocks, spdk_max(opts->md_size, 1));
	ns->block_state = calloc(opts->blocks, 1);
	if (ns->data == NULL || ns->md == NULL || ns->block_state == NULL ||
	    (fake_ns_is_zoned(ns) && fake_zones_open(ns) != 0)) {
		fake_ns_close(ns);
		return -ENOMEM;
	}
	if (opts->pi_type != 0) {
		memset(ns->md, 0xff, opts->blocks * opts->md_size);
	}
	memcpy(ns->uuid, uuid, sizeof(ns->uuid));
	memcpy(ns->nguid, uuid, sizeof(ns->nguid));
	ns->nguid[15] ^= 0xa5;
	ns->ana_state = SPDK_NVME_ANA_OPTIMIZED_STATE;
	ns->eui64 = 0x5254000000000000 | nsid;
	ns->exists = true;
	ns->is_attached = !opts->is_detached;
	return 0;
}

void
fake_ns_close(struct fake_ns *ns)
{
	free(ns->data);
	free(ns->md);
	free(ns->block_state);
	fake_zones_close(ns);
	memset(ns, 0, sizeof(*ns));
}

uint8_t *
fake_ns_data(struct fake *fake, uint32_t nsid)
{
	return fake->ns[nsid - 1].data;
}

uint8_t *
fake_ns_metadata(struct fake *fake, uint32_t nsid)
{
	return fake->ns[nsid - 1].md;
}

static void
mark_changed(struct fake *fake, uint32_t nsid)
{
	union spdk_nvme_async_event_completion event = {
		.bits = {.async_event_type = SPDK_NVME_ASYNC_EVENT_TYPE_NOTICE,
			 .async_event_info = SPDK_NVME_ASYNC_EVENT_NS_ATTR_CHANGED,
			 .log_page_identifier = SPDK_NVME_LOG_CHANGED_NS_LIST},
	};
	const union spdk_nvme_feat_async_event_configuration config = {
		.raw = fake->features[SPDK_NVME_FEAT_ASYNC_EVENT_CONFIGURATION]};
	uint32_t at = 0;

	while (at < fake->changed_ns_count && fake->changed_ns[at] != nsid) {
		at++;
	}
	if (at == fake->changed_ns_count) {
		fake->changed_ns[fake->changed_ns_count++] = nsid;
	}
	if (config.bits.ns_attr_notice) {
		fake_event_raise(fake, event.raw);
	}
}

/* Locked. */
static void
replace(struct fake *fake, uint32_t nsid, const struct fake_ns_opts *opts)
{
	struct fake_ns *ns = &fake->ns[nsid - 1];

	if (ns->exists) {
		fake_ns_close(ns);
	}
	if (opts->blocks != 0 && fake_ns_open(fake, nsid, opts) != 0) {
		abort();
	}
	mark_changed(fake, nsid);
}

void
fake_change_namespace(struct fake *fake, uint32_t nsid, uint64_t blocks)
{
	const struct fake_ns *ns = &fake->ns[nsid - 1];
	struct fake_ns_opts opts = {.block_size = 512};

	pthread_mutex_lock(&fake->lock);
	if (ns->exists) {
		opts = ns->opts;
	}
	opts.blocks = blocks;
	replace(fake, nsid, &opts);
	pthread_mutex_unlock(&fake->lock);
}

void
fake_format_namespace(struct fake *fake, uint32_t nsid, const struct fake_ns_opts *opts)
{
	pthread_mutex_lock(&fake->lock);
	replace(fake, nsid, opts);
	pthread_mutex_unlock(&fake->lock);
}

void
fake_set_ana_state(struct fake *fake, uint32_t nsid, enum spdk_nvme_ana_state state)
{
	union spdk_nvme_async_event_completion event = {
		.bits = {.async_event_type = SPDK_NVME_ASYNC_EVENT_TYPE_NOTICE,
			 .async_event_info = SPDK_NVME_ASYNC_EVENT_ANA_CHANGE,
			 .log_page_identifier = SPDK_NVME_LOG_ASYMMETRIC_NAMESPACE_ACCESS},
	};
	union spdk_nvme_feat_async_event_configuration config;

	pthread_mutex_lock(&fake->lock);
	fake->ns[nsid - 1].ana_state = state;
	config.raw = fake->features[SPDK_NVME_FEAT_ASYNC_EVENT_CONFIGURATION];
	if (config.bits.ana_change_notice) {
		fake_event_raise(fake, event.raw);
	}
	pthread_mutex_unlock(&fake->lock);
}

/* Metadata that the command transfers: none where the controller makes all of them. */
static uint32_t
md_of_transfer(const struct fake_command *command, const struct fake_ns *ns)
{
	bool is_made = command->cmd.cdw12_bits.write.pract && ns->opts.pi_type != 0 &&
		       ns->opts.md_size == PI_SIZE;

	return is_made ? 0 : ns->opts.md_size;
}

static int
pi_context(const struct fake_command *command, const struct fake_ns *ns, uint32_t flags,
	   struct spdk_dif_ctx *ctx)
{
	const struct spdk_nvme_cmd *cmd = &command->cmd;
	struct spdk_dif_ctx_init_ext_opts opts = {
		.size = SPDK_SIZEOF(&opts, dif_pi_format),
		.dif_pi_format = SPDK_DIF_PI_FORMAT_16,
	};

	return spdk_dif_ctx_init(ctx, ns->opts.block_size, ns->opts.md_size, false,
				 ns->opts.pi_is_at_head, (enum spdk_dif_type)ns->opts.pi_type,
				 flags, cmd->cdw14, (uint16_t)(cmd->cdw15 >> 16),
				 (uint16_t)cmd->cdw15, 0, 0, &opts);
}

static uint16_t
check_pi(const struct fake_command *command, const struct fake_ns *ns, struct iovec iov[2],
	 uint32_t count)
{
	uint32_t flags = command->cmd.cdw12 & SPDK_NVME_IO_FLAGS_PRCHK_MASK;
	struct spdk_dif_error error = {0};
	struct spdk_dif_ctx ctx;
	int rc;

	if (ns->opts.pi_type == 0 || flags == 0) {
		return FAKE_NO_STATUS;
	}
	rc = pi_context(command, ns, flags, &ctx);
	assert(rc == 0);
	rc = spdk_dix_verify(&iov[0], 1, &iov[1], count, &ctx, &error);
	if (rc == 0) {
		return FAKE_NO_STATUS;
	}
	switch (error.err_type) {
	case SPDK_DIF_GUARD_ERROR:
		return FAKE_MEDIA(GUARD_CHECK_ERROR);
	case SPDK_DIF_APPTAG_ERROR:
		return FAKE_MEDIA(APPLICATION_TAG_CHECK_ERROR);
	default:
		return FAKE_MEDIA(REFERENCE_TAG_CHECK_ERROR);
	}
}

static void
make_pi(const struct fake_command *command, const struct fake_ns *ns, struct iovec iov[2],
	uint32_t count)
{
	struct spdk_dif_ctx ctx;
	int rc = pi_context(command, ns,
			    SPDK_DIF_FLAGS_GUARD_CHECK | SPDK_DIF_FLAGS_APPTAG_CHECK |
				    SPDK_DIF_FLAGS_REFTAG_CHECK,
			    &ctx);

	assert(rc == 0);
	rc = spdk_dix_generate(&iov[0], 1, &iov[1], count, &ctx);
	assert(rc == 0);
	(void)rc; /* Without assertions. */
}

/* Type 1 counts from the address: another reference tag is a mistake of the host. */
static uint16_t
check_reference(const struct fake_command *command, const struct fake_ns *ns, uint64_t lba)
{
	bool counts = command->cmd.cdw12_bits.write.pract ||
		      command->cmd.cdw12 & SPDK_NVME_IO_FLAGS_PRCHK_REFTAG;

	if (ns->opts.pi_type == SPDK_NVME_FMT_NVM_PROTECTION_TYPE1 && counts &&
	    command->cmd.cdw14 != (uint32_t)lba) {
		return FAKE_SPECIFIC(INVALID_PROTECTION_INFO);
	}
	if (ns->opts.pi_type == SPDK_NVME_FMT_NVM_PROTECTION_TYPE3 &&
	    command->cmd.cdw12 & SPDK_NVME_IO_FLAGS_PRCHK_REFTAG) {
		return FAKE_SPECIFIC(INVALID_PROTECTION_INFO);
	}
	return FAKE_NO_STATUS;
}

static uint16_t
check_readable(const struct fake_command *command, const struct fake_ns *ns, uint64_t lba,
	       uint32_t count)
{
	const union spdk_nvme_feat_error_recovery recovery = {
		.raw = command->fake->features[SPDK_NVME_FEAT_ERROR_RECOVERY]};

	for (uint32_t i = 0; i < count; i++) {
		if (ns->block_state[lba + i] & FAKE_BLOCK_UNCORRECTABLE) {
			return FAKE_MEDIA(UNRECOVERED_READ_ERROR);
		}
		if (recovery.bits.dulbe && !(ns->block_state[lba + i] & FAKE_BLOCK_WRITTEN)) {
			return FAKE_MEDIA(DEALLOCATED_OR_UNWRITTEN_BLOCK);
		}
	}
	return FAKE_NO_STATUS;
}

static void
interleave(const struct fake_ns *ns, uint8_t *to, uint64_t lba, uint32_t count)
{
	uint32_t size = ns->opts.block_size, md = ns->opts.md_size;

	for (uint32_t i = 0; i < count; i++, to += size + md) {
		memcpy(to, ns->data + (lba + i) * size, size);
		memcpy(to + size, ns->md + (lba + i) * md, md);
	}
}

/* Data and metadata go to the host; they have been checked. */
static uint16_t
send_blocks(struct fake_command *command, struct fake_ns *ns, uint64_t lba, uint32_t count)
{
	uint32_t size = ns->opts.block_size, md = md_of_transfer(command, ns);
	struct fake *fake = command->fake;
	uint64_t length = (uint64_t)count * (size + (ns->opts.md_is_extended ? md : 0));
	uint8_t *data = ns->data + lba * size;
	uint16_t status = fake_map_data(command, length);

	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (md != 0 && ns->opts.md_is_extended) {
		data = fake_bounce(fake, length);
		if (data == NULL) {
			return FAKE_GENERIC(INTERNAL_DEVICE_ERROR);
		}
		interleave(ns, data, lba, count);
	} else if (md != 0) {
		status = fake_map_metadata(command, (uint64_t)count * md);
		if (status != FAKE_NO_STATUS) {
			return status;
		}
		fake_to_host(command, &fake->md_segments, ns->md + lba * md, (size_t)count * md);
	}
	fake_to_host(command, &fake->segments, data, length);
	return FAKE_NO_STATUS;
}

uint16_t
fake_ns_read(struct fake_command *command, struct fake_ns *ns, uint64_t lba, uint32_t count)
{
	struct iovec iov[2] = {
		{ns->data + lba * ns->opts.block_size, (size_t)count * ns->opts.block_size},
		{ns->md + lba * ns->opts.md_size, (size_t)count * ns->opts.md_size},
	};
	uint16_t status = check_readable(command, ns, lba, count);

	if (status == FAKE_NO_STATUS) {
		status = check_reference(command, ns, lba);
	}
	if (status == FAKE_NO_STATUS) {
		status = check_pi(command, ns, iov, count);
	}
	return status == FAKE_NO_STATUS && command->cmd.opc != SPDK_NVME_OPC_VERIFY ?
		       send_blocks(command, ns, lba, count) :
		       status;
}

/* What the host sends, taken apart: iov[0] has data, iov[1] metadata, where it sends some. */
static uint16_t
receive_blocks(struct fake_command *command, struct fake_ns *ns, uint32_t count,
	       struct iovec iov[2])
{
	uint32_t size = ns->opts.block_size, md = md_of_transfer(command, ns);
	struct fake *fake = command->fake;
	bool is_extended = ns->opts.md_is_extended && md != 0;
	size_t length = (size_t)count * (size + (is_extended ? md : 0));
	uint8_t *data = fake_bounce(fake, length);
	uint8_t *metadata = fake_md_bounce(fake, (size_t)count * ns->opts.md_size + 1);
	uint16_t status;

	if (data == NULL || metadata == NULL) {
		return FAKE_GENERIC(INTERNAL_DEVICE_ERROR);
	}
	iov[0] = (struct iovec){data, (size_t)count * size};
	iov[1] = (struct iovec){metadata, (size_t)count * ns->opts.md_size};
	status = fake_data_in(command, data, length);
	if (status != FAKE_NO_STATUS || md == 0) {
		return status;
	}
	if (!is_extended) {
		status = fake_map_metadata(command, iov[1].iov_len);
		if (status == FAKE_NO_STATUS) {
			fake_from_host(&fake->md_segments, metadata, iov[1].iov_len);
		}
		return status;
	}
	for (uint32_t i = 0; i < count; i++) {
		memcpy(metadata + (size_t)i * md, data + (size_t)i * (size + md) + size, md);
		memmove(data + (size_t)i * size, data + (size_t)i * (size + md), size);
	}
	return FAKE_NO_STATUS;
}

uint16_t
fake_ns_write(struct fake_command *command, struct fake_ns *ns, uint64_t lba, uint32_t count)
{
	struct iovec iov[2];
	uint16_t status = check_reference(command, ns, lba);

	if (status == FAKE_NO_STATUS) {
		status = receive_blocks(command, ns, count, iov);
	}
	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (command->cmd.cdw12_bits.write.pract && ns->opts.pi_type != 0) {
		make_pi(command, ns, iov, count);
	} else {
		status = check_pi(command, ns, iov, count);
	}
	if (status != FAKE_NO_STATUS) {
		return status;
	}
	memcpy(ns->data + lba * ns->opts.block_size, iov[0].iov_base, iov[0].iov_len);
	memcpy(ns->md + lba * ns->opts.md_size, iov[1].iov_base, iov[1].iov_len);
	memset(ns->block_state + lba, FAKE_BLOCK_WRITTEN, count);
	return FAKE_NO_STATUS;
}

/* Without PRACT, protection information is zeroes like all else. */
uint16_t
fake_ns_write_zeroes(struct fake_command *command, struct fake_ns *ns, uint64_t lba, uint32_t count)
{
	struct iovec iov[2] = {
		{ns->data + lba * ns->opts.block_size, (size_t)count * ns->opts.block_size},
		{ns->md + lba * ns->opts.md_size, (size_t)count * ns->opts.md_size},
	};
	uint16_t status = check_reference(command, ns, lba);

	if (status != FAKE_NO_STATUS) {
		return status;
	}
	memset(iov[0].iov_base, 0, iov[0].iov_len);
	memset(iov[1].iov_base, 0, iov[1].iov_len);
	if (command->cmd.cdw12_bits.write.pract && ns->opts.pi_type != 0) {
		make_pi(command, ns, iov, count);
	}
	memset(ns->block_state + lba, FAKE_BLOCK_WRITTEN, count);
	return FAKE_NO_STATUS;
}

uint16_t
fake_ns_compare(struct fake_command *command, struct fake_ns *ns, uint64_t lba, uint32_t count)
{
	uint16_t status = check_readable(command, ns, lba, count);
	struct iovec iov[2];

	if (status == FAKE_NO_STATUS) {
		status = receive_blocks(command, ns, count, iov);
	}
	if (status != FAKE_NO_STATUS) {
		return status;
	}
	if (memcmp(ns->data + lba * ns->opts.block_size, iov[0].iov_base, iov[0].iov_len) != 0 ||
	    (md_of_transfer(command, ns) != 0 &&
	     memcmp(ns->md + lba * ns->opts.md_size, iov[1].iov_base, iov[1].iov_len) != 0)) {
		return FAKE_MEDIA(COMPARE_FAILURE);
	}
	return FAKE_NO_STATUS;
}
