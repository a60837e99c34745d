/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The search for a table.
 *
 *   state           reads                        left by
 *   MBR             blocks 0 and 1               mbr_read(): none, or ENTRIES, or BACKUP HEADER
 *   ENTRIES         the array of that header     entries_read(): found, or what follows a bad table
 *   BACKUP HEADER   the last block               backup_read(): ENTRIES, or refused
 *
 * What follows a bad table is the backup; what follows a bad backup is the end. Both reasons are
 * told then, in one line.
 */
#include "gpt_search.h"
#include "spdk/bdev_module.h"
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk/thread.h"

#define PRIMARY_HEADER_BLOCK 1

struct gpt_search {
	struct spdk_bdev_desc *desc;
	struct spdk_bdev *bdev;
	struct spdk_io_channel *ch;
	struct gpt_disk_size disk;
	struct gpt_table table;
	/* Why the first table is not good. */
	struct bdev_reason primary_reason;
	bool is_backup;
	gpt_found_cb cb_fn;
	void *cb_arg;

	/* The read under way. */
	uint8_t *buf;
	uint64_t first_block, block_count;
	/* True: it has succeeded, and metadata is not in the way. */
	void (*read_fn)(struct gpt_search *search, bool success);
	struct spdk_bdev_io_wait_entry wait;
};

/* ---- The end ---- */

static void
search_free(struct gpt_search *search)
{
	if (search->ch != NULL) {
		spdk_put_io_channel(search->ch);
	}
	spdk_dma_free(search->buf);
	free(search);
}

static void
end_without(struct gpt_search *search)
{
	gpt_found_cb cb_fn = search->cb_fn;
	void *cb_arg = search->cb_arg;

	search_free(search);
	cb_fn(cb_arg, NULL, NULL);
}

static void
end_found(struct gpt_search *search)
{
	if (search->is_backup) {
		SPDK_WARNLOG("Bdev %s: its partition table is not good (%s): the backup at its end "
			     "is used. Partitioning tools can repair it.\n",
			     search->bdev->name, search->primary_reason.text);
	}
	/* The descriptor may be closed by the callback. */
	spdk_put_io_channel(search->ch);
	search->ch = NULL;
	search->cb_fn(search->cb_arg, &search->table, search->buf);
	search_free(search);
}

/* ---- Reading ---- */

/* Data blocks one behind the other. */
static void
squeeze_out_metadata(struct gpt_search *search)
{
	uint32_t with = search->bdev->blocklen, without = search->disk.block_size;

	for (uint64_t i = 1; with != without && i < search->block_count; i++) {
		memmove(search->buf + i * without, search->buf + i * with, without);
	}
}

static void
read_done(struct spdk_bdev_io *io, bool success, void *arg)
{
	struct gpt_search *search = arg;

	spdk_bdev_free_io(io);
	if (success) {
		squeeze_out_metadata(search);
	}
	search->read_fn(search, success);
}

static void
submit_read(void *arg)
{
	struct gpt_search *search = arg;
	int rc;

	rc = spdk_bdev_read_blocks(search->desc, search->ch, search->buf, search->first_block,
				   search->block_count, read_done, search);
	if (rc == -ENOMEM) {
		search->wait = (struct spdk_bdev_io_wait_entry){
			.bdev = search->bdev, .cb_fn = submit_read, .cb_arg = search};
		rc = spdk_bdev_queue_io_wait(search->bdev, search->ch, &search->wait);
	}
	if (rc != 0) {
		search->read_fn(search, false);
	}
}

static void
read_blocks(struct gpt_search *search, uint64_t first, uint64_t count,
	    void (*read_fn)(struct gpt_search *search, bool success))
{
	spdk_dma_free(search->buf);
	search->buf = spdk_dma_zmalloc(count * search->bdev->blocklen,
				       spdk_bdev_get_buf_align(search->bdev), NULL);
	search->first_block = first;
	search->block_count = count;
	search->read_fn = read_fn;
	if (search->buf != NULL) {
		submit_read(search);
	} else {
		read_fn(search, false);
	}
}

/* Why a table is not good that could not be read. */
static void
explain_read(const struct gpt_search *search, struct bdev_reason *out_reason)
{
	(void)bdev_refuse(out_reason, -EIO,
			  search->buf != NULL ?
				  "%" PRIu64 " blocks from %" PRIu64 " on cannot be read" :
				  "there is no memory to read %" PRIu64 " blocks from %" PRIu64
				  " on",
			  search->block_count, search->first_block);
}

/* ---- The steps ---- */

static void backup_read(struct gpt_search *search, bool success);

static void
table_is_bad(struct gpt_search *search, const struct bdev_reason *reason)
{
	if (!search->is_backup) {
		search->is_backup = true;
		search->primary_reason = *reason;
		read_blocks(search, search->disk.blocks - 1, 1, backup_read);
		return;
	}
	SPDK_WARNLOG("Bdev %s: its partition table is not used: %s; and of its backup: %s.\n",
		     search->bdev->name, search->primary_reason.text, reason->text);
	end_without(search);
}

static void
entries_read(struct gpt_search *search, bool success)
{
	struct bdev_reason reason = {""};

	if (!success) {
		explain_read(search, &reason);
		table_is_bad(search, &reason);
	} else if (gpt_check_entries(&search->table, search->buf, &reason) != 0) {
		table_is_bad(search, &reason);
	} else {
		end_found(search);
	}
}

static void
look_at_header(struct gpt_search *search, const void *block, uint64_t number)
{
	struct bdev_reason reason = {""};
	uint64_t count;

	if (gpt_check_header(block, number, &search->disk, &search->table, &reason) != 0) {
		table_is_bad(search, &reason);
		return;
	}
	count = spdk_divide_round_up(gpt_entries_size(&search->table), search->disk.block_size);
	read_blocks(search, search->table.entries_block, count, entries_read);
}

static void
backup_read(struct gpt_search *search, bool success)
{
	struct bdev_reason reason = {""};

	if (success) {
		look_at_header(search, search->buf, search->disk.blocks - 1);
	} else {
		explain_read(search, &reason);
		table_is_bad(search, &reason);
	}
}

static void
mbr_read(struct gpt_search *search, bool success)
{
	struct bdev_reason reason = {""};

	if (!success) {
		explain_read(search, &reason);
		SPDK_NOTICELOG("Bdev %s was not searched for partitions: %s.\n", search->bdev->name,
			       reason.text);
		end_without(search);
	} else if (!gpt_is_protected(search->buf)) {
		end_without(search);
	} else {
		look_at_header(search, search->buf + search->disk.block_size, PRIMARY_HEADER_BLOCK);
	}
}

/* ---- The beginning ---- */

bool
gpt_may_have_table(struct spdk_bdev *bdev)
{
	return spdk_bdev_get_num_blocks(bdev) >= GPT_DISK_BLOCKS_MIN &&
	       spdk_bdev_get_data_block_size(bdev) >= GPT_BLOCK_SIZE_MIN &&
	       !spdk_bdev_is_zoned(bdev) &&
	       spdk_bdev_io_type_supported(bdev, SPDK_BDEV_IO_TYPE_READ);
}

int
gpt_search(struct spdk_bdev_desc *desc, gpt_found_cb cb_fn, void *cb_arg)
{
	struct gpt_search *search = calloc(1, sizeof(*search));

	if (search == NULL) {
		return -ENOMEM;
	}
	search->desc = desc;
	search->bdev = spdk_bdev_desc_get_bdev(desc);
	search->disk.blocks = spdk_bdev_get_num_blocks(search->bdev);
	search->disk.block_size = spdk_bdev_get_data_block_size(search->bdev);
	search->cb_fn = cb_fn;
	search->cb_arg = cb_arg;
	search->ch = spdk_bdev_get_io_channel(desc);
	if (search->ch == NULL) {
		search_free(search);
		return -ENOMEM;
	}
	read_blocks(search, 0, PRIMARY_HEADER_BLOCK + 1, mbr_read);
	return 0;
}
