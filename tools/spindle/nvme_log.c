/* SPDX-License-Identifier: BSD-3-Clause */
/* spindle nvme log: log pages of a controller. */
#include "nvme.h"

#include "spdk/util.h"

#define UNKNOWN_SIZE 512
/* Of one command: what is longer is read in pieces. */
#define PIECE_SIZE   4096
#define SIZE_MAX_LOG (16u << 20)
/* The page is not told that it was read, where there is a choice: others may wait for its events.
 */
#define RETAIN_EVENT (1u << 15)

/* What is asked for. */
struct wish {
	const struct nvme_log_page *page;
	uint8_t lid;
	size_t size;
	const char *name;
};

/* Reads a piece, at most PIECE_SIZE bytes, a multiple of 4. */
static int
read_piece(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options,
	   const struct wish *wish, size_t at, uint8_t *buffer)
{
	size_t size = spdk_min(wish->size - at, (size_t)PIECE_SIZE);
	uint64_t offset = options->offset + at;
	uint32_t dwords = (uint32_t)(size / 4 - 1);
	struct nvme_question question = {
		.ctrlr = ctrlr, .what = wish->name, .buffer = buffer + at, .size = (uint32_t)size};
	struct spdk_nvme_cpl cpl;

	question.cmd.opc = SPDK_NVME_OPC_GET_LOG_PAGE;
	question.cmd.nsid = options->nsid != 0 ? options->nsid : SPDK_NVME_GLOBAL_NS_TAG;
	question.cmd.cdw10 = wish->lid | (dwords & 0xffff) << 16;
	if (spdk_nvme_ctrlr_get_regs_vs(ctrlr).raw >= SPDK_NVME_VERSION(1, 3, 0)) {
		question.cmd.cdw10 |= RETAIN_EVENT;
	}
	question.cmd.cdw11 = dwords >> 16;
	question.cmd.cdw12 = (uint32_t)offset;
	question.cmd.cdw13 = (uint32_t)(offset >> 32);
	return nvme_ask(&question, false, &cpl);
}

static int
show(const struct nvme_options *options, const struct wish *wish, const uint8_t *data)
{
	bool is_whole =
		wish->page != NULL && options->offset == 0 && wish->size >= wish->page->size;
	struct nvme_record record;

	nvme_record_init(&record, options->is_json);
	nvme_record_object(&record, NULL, "%s: log page 0x%02x%s%s", options->address, wish->lid,
			   wish->page != NULL ? ": " : "",
			   wish->page != NULL ? wish->page->title : "");
	if (record.json != NULL) {
		nvme_record_string(&record, "address", options->address, NULL);
		nvme_record_number(&record, "lid", wish->lid, NULL);
	}
	if (is_whole) {
		wish->page->write(&record, data, wish->size);
	} else {
		nvme_dump_write(&record, data, wish->size);
	}
	nvme_record_object_end(&record);
	return nvme_record_print(&record);
}

/* Which page, and how much of it. */
static int
make_wish(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options, struct wish *wish)
{
	const struct spdk_nvme_ctrlr_data *data = spdk_nvme_ctrlr_get_data(ctrlr);
	uint64_t lid = 0;
	int rc;

	wish->page = nvme_log_page_find(options->word);
	if (wish->page != NULL) {
		lid = wish->page->lid;
	} else {
		rc = nvme_parse_number("log page", options->word, UINT8_MAX, &lid);
		if (rc != STATUS_OK) {
			return rc;
		}
		wish->page = nvme_log_page_of((uint8_t)lid);
	}
	wish->lid = (uint8_t)lid;
	wish->size = options->size;
	if (wish->size == 0) {
		wish->size = wish->page == NULL ?
				     UNKNOWN_SIZE :
			     wish->page->size != 0 ?
				     wish->page->size :
				     ((size_t)data->elpe + 1) *
					     sizeof(struct spdk_nvme_error_information_entry);
	}
	if (wish->size % 4 != 0 || options->offset % 4 != 0 || wish->size > SIZE_MAX_LOG) {
		return usage_error("--size and --offset are multiples of 4 bytes, and --size is at "
				   "most %u",
				   SIZE_MAX_LOG);
	}
	return STATUS_OK;
}

static int
read_log(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	struct wish wish = {.lid = 0};
	struct text name = {.bytes = NULL};
	uint8_t *data;
	size_t at;
	int rc = make_wish(ctrlr, options, &wish);

	if (rc != STATUS_OK) {
		return rc;
	}
	text_printf(&name, "log page 0x%02x", wish.lid);
	wish.name = name.bytes;
	data = allocate(1, wish.size);
	for (at = 0; at < wish.size && rc == STATUS_OK; at += PIECE_SIZE) {
		rc = read_piece(ctrlr, options, &wish, at, data);
	}
	if (rc == STATUS_OK) {
		rc = options->is_raw ? nvme_write_raw(data, wish.size) : show(options, &wish, data);
	}
	free(data);
	text_fini(&name);
	return rc;
}

static int
refuse(const char *word)
{
	struct text names = {.bytes = NULL};
	const struct nvme_log_page *page;

	for (size_t i = 0; (page = nvme_log_page_at(i)) != NULL; i++) {
		text_printf(&names, "%s%s", i > 0 ? ", " : "", page->name);
	}
	if (word == NULL) {
		usage_error("log: which page: one of %s, or a number such as 0xc0", names.bytes);
	} else {
		usage_error("log: there is no page '%s': one of %s, or a number such as 0xc0", word,
			    names.bytes);
	}
	text_fini(&names);
	return STATUS_USAGE;
}

static int
run(const struct nvme_options *options)
{
	if (options->word == NULL || (nvme_log_page_find(options->word) == NULL &&
				      !isdigit((unsigned char)options->word[0]))) {
		return refuse(options->word);
	}
	return nvme_with_controller(options, read_log);
}

const struct nvme_verb nvme_log_verb = {
	.name = "log",
	.summary = "log pages of a controller",
	.arguments = "ADDRESS PAGE",
	.options = (const int[]){NVME_OPTION_NSID, NVME_OPTION_RAW, NVME_OPTION_SIZE,
				 NVME_OPTION_OFFSET, 0},
	.usage = "PAGE is supported, error, smart, firmware, changed-ns, effects, self-test, ana,\n"
		 "feature-effects, sanitize, or a number. Events of the page stay pending.\n"
		 "\n"
		 "  --nsid N             of this namespace (of all)\n"
		 "  --size SIZE          how much of it (all; 512 of pages that are not known)\n"
		 "  --offset SIZE        where to begin (0)\n"
		 "  --raw                the bytes as they are\n",
	.has_address = true,
	.word_name = "PAGE",
	.run = run,
};
