/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks of the model: what they may have in them. */
#include "io/nvme/fake/model_fixture.h"

void
model_ns_init(struct model_ns *ns, uint32_t nsid, const struct fake_ns_opts *opts)
{
	ns->nsid = nsid;
	ns->opts = *opts;
	ns->stride = opts->block_size + (opts->md_is_extended ? opts->md_size : 0);
	ns->blocks = calloc(opts->blocks, sizeof(*ns->blocks));
	if (ns->blocks == NULL) {
		abort();
	}
	for (uint64_t i = 0; i < opts->blocks; i++) {
		ns->blocks[i].count = 1;
		ns->blocks[i].ids[0] = MODEL_ID_ZEROS;
	}
}

void
model_ns_fini(struct model_ns *ns)
{
	free(ns->blocks);
}

bool
model_is_free_to_read(const struct model_ns *ns, uint64_t lba, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (ns->blocks[lba + i].is_written || ns->blocks[lba + i].readers == UINT8_MAX) {
			return false;
		}
	}
	return true;
}

bool
model_is_free_to_write(const struct model_ns *ns, uint64_t lba, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (ns->blocks[lba + i].is_written || ns->blocks[lba + i].readers != 0) {
			return false;
		}
	}
	return true;
}

bool
model_is_certain(const struct model_ns *ns, uint64_t lba, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct model_block *block = &ns->blocks[lba + i];

		if (block->is_any || block->count != 1 || block->ids[0] == MODEL_ID_BAD) {
			return false;
		}
	}
	return true;
}

/* Metadata of blocks with protection are the controller's, and are not looked at here. */
void
model_fill(const struct model_ns *ns, uint64_t id, uint8_t *data, uint8_t *md)
{
	uint64_t word = id * 0x9e3779b97f4a7c15;

	if (id == MODEL_ID_ZEROS) {
		memset(data, 0, ns->opts.block_size);
	} else {
		for (uint32_t i = 0; i < ns->opts.block_size; i += 8) {
			memcpy(data + i, &word, sizeof(word));
			word += 0x0101010101010101;
		}
	}
	if (md != NULL && ns->opts.pi_type == 0) {
		memset(md, (int)(word >> 56), ns->opts.md_size);
	}
	if (md != NULL && id == MODEL_ID_ZEROS && ns->opts.pi_type == 0) {
		memset(md, 0, ns->opts.md_size);
	}
}

static bool
is_of(const struct model_ns *ns, uint64_t id, const uint8_t *data, const uint8_t *md)
{
	uint8_t wanted[4096 + 64];

	if (id == MODEL_ID_BAD) {
		return false;
	}
	model_fill(ns, id, wanted, wanted + 4096);
	return memcmp(wanted, data, ns->opts.block_size) == 0 &&
	       (md == NULL || ns->opts.pi_type != 0 ||
		memcmp(wanted + 4096, md, ns->opts.md_size) == 0);
}

bool
model_matches(struct model_ns *ns, uint64_t lba, const uint8_t *data, const uint8_t *md)
{
	struct model_block *block = &ns->blocks[lba];

	if (block->is_any) {
		return true;
	}
	for (uint32_t i = 0; i < block->count; i++) {
		if (is_of(ns, block->ids[i], data, md)) {
			block->ids[0] = block->ids[i];
			block->count = 1;
			return true;
		}
	}
	return false;
}

void
model_set(struct model_ns *ns, uint64_t lba, uint64_t id)
{
	struct model_block *block = &ns->blocks[lba];

	block->ids[0] = id;
	block->count = 1;
	block->is_any = false;
}

void
model_may_be(struct model_ns *ns, uint64_t lba, uint64_t id)
{
	struct model_block *block = &ns->blocks[lba];

	for (uint32_t i = 0; i < block->count; i++) {
		if (block->ids[i] == id) {
			return;
		}
	}
	if (block->count == MODEL_IDS_MAX) {
		block->is_any = true;
	} else {
		block->ids[block->count++] = id;
	}
}

static bool
has_bad(const struct model_block *block)
{
	for (uint32_t i = 0; i < block->count; i++) {
		if (block->ids[i] == MODEL_ID_BAD) {
			return true;
		}
	}
	return block->is_any;
}

bool
model_may_be_bad(const struct model_ns *ns, uint64_t lba, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (has_bad(&ns->blocks[lba + i])) {
			return true;
		}
	}
	return false;
}

bool
model_must_be_bad(const struct model_ns *ns, uint64_t lba, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct model_block *block = &ns->blocks[lba + i];

		if (!block->is_any && block->count == 1 && block->ids[0] == MODEL_ID_BAD) {
			return true;
		}
	}
	return false;
}
