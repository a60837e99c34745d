/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spindle nvme format: makes a namespace empty, and gives it another size of blocks.
 *
 * Nothing is done before the controller was named twice, and then what is lost is said first.
 */
#include "nvme.h"

#include "spdk/util.h"

#define FORMAT_LOW_BITS 4

/* Whether the namespace can have the format; `data` is what it tells. */
static int
check_format(const struct nvme_options *options, const struct spdk_nvme_ns_data *data)
{
	uint32_t index = (uint32_t)options->lbaf;
	uint32_t md_size;

	if (index >= nvme_ns_format_count(data) || data->lbaf[index].lbads == 0) {
		return usage_error("--lbaf: namespace %u has no format %u; spindle nvme identify "
				   "%s --nsid %u has those there are",
				   options->nsid, index, options->address, options->nsid);
	}
	md_size = data->lbaf[index].ms;
	if (options->pi != 0 && md_size < sizeof(struct spdk_nvme_protection_info)) {
		return usage_error("--pi: format %u has %u bytes of metadata, and protection "
				   "needs %zu",
				   index, md_size, sizeof(struct spdk_nvme_protection_info));
	}
	if (options->pi != 0 && (nvme_bytes_number(&data->dpc, 1) >> (options->pi - 1) & 1) == 0) {
		return usage_error("--pi: namespace %u has no protection of type %d", options->nsid,
				   options->pi);
	}
	return STATUS_OK;
}

static char *
describe_loss(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	const struct spdk_nvme_ctrlr_data *data = spdk_nvme_ctrlr_get_data(ctrlr);
	bool formats_all = data->fna.format_all_ns;
	/* What is formatted can be one, and what is erased for that all the same. */
	bool erases_all = options->ses != 0 && data->fna.erase_all_ns;
	bool is_for_all = formats_all || erases_all;
	struct text text = {.bytes = NULL};
	char *loss = nvme_describe_loss(ctrlr, options->address, is_for_all ? 0 : options->nsid);

	text_add_string(&text, loss);
	if (is_for_all) {
		text_printf(&text,
			    "; it can only %s all namespaces of its NVM subsystem, also those that "
			    "are not attached to it",
			    formats_all ? "format" : "erase");
	}
	free(loss);
	return text.bytes;
}

static int
show_result(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	struct spdk_nvme_ns_data *data = allocate(1, sizeof(*data));
	int rc = nvme_ask_identify(ctrlr, SPDK_NVME_IDENTIFY_NS, options->nsid, data);
	uint64_t block_size = nvme_ns_block_size(data);
	uint32_t format = nvme_ns_format(data);
	struct nvme_record record;

	if (rc == STATUS_OK && format != (uint32_t)options->lbaf) {
		usage_error("%s: namespace %u was formatted, but has format %u", options->address,
			    options->nsid, format);
		rc = STATUS_REFUSED;
	}
	if (rc == STATUS_OK) {
		nvme_record_init(&record, options->is_json);
		nvme_record_object(&record, NULL, "%s: namespace %u is empty", options->address,
				   options->nsid);
		nvme_record_number(&record, "nsid", options->nsid, "namespace");
		nvme_record_number(&record, "lbaf", format, "LBA format");
		nvme_record_number(&record, "block_size", block_size, "bytes");
		nvme_record_number(&record, "metadata_size", data->lbaf[format].ms, "bytes");
		nvme_record_number(&record, "size", data->nsze * block_size, "bytes");
		nvme_record_object_end(&record);
		rc = nvme_record_print(&record);
	}
	free(data);
	return rc;
}

static int
do_format(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	struct spdk_nvme_format format = {
		.lbaf = (uint32_t)options->lbaf & 0xf,
		.lbafu = (uint32_t)options->lbaf >> FORMAT_LOW_BITS & 0x3,
		.ms = options->md_is_extended,
		.pi = (uint32_t)options->pi & 0x7,
		.pil = options->pi_is_first,
		.ses = (uint32_t)options->ses & 0x7,
	};
	bool is_for_all = spdk_nvme_ctrlr_get_data(ctrlr)->fna.format_all_ns;
	int rc = spdk_nvme_ctrlr_format(ctrlr, is_for_all ? SPDK_NVME_GLOBAL_NS_TAG : options->nsid,
					&format);

	if (rc != 0) {
		usage_error("%s: formatting namespace %u failed; what is above says why",
			    options->address, options->nsid);
		return STATUS_REFUSED;
	}
	return show_result(ctrlr, options);
}

static int
format_namespace(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	struct spdk_nvme_ns *ns;
	char *loss;
	int rc;

	if (!spdk_nvme_ctrlr_get_data(ctrlr)->oacs.fnvms) {
		usage_error("%s cannot format: it has no such command", options->address);
		return STATUS_REFUSED;
	}
	if (nvme_pick_namespace(ctrlr, options) == 0) {
		return STATUS_REFUSED;
	}
	ns = spdk_nvme_ctrlr_get_ns(ctrlr, options->nsid);
	rc = check_format(options, spdk_nvme_ns_get_data(ns));
	if (rc != STATUS_OK) {
		return rc;
	}
	loss = describe_loss(ctrlr, options);
	rc = nvme_check_named_twice(options->address, options->destroy, loss);
	if (rc == STATUS_OK) {
		fprintf(stderr, "spindle: %s\n", loss);
		rc = do_format(ctrlr, options);
	}
	free(loss);
	return rc;
}

static int
run(const struct nvme_options *options)
{
	if (options->nsid == 0) {
		return usage_error("format: which namespace? Give --nsid");
	}
	if (options->lbaf < 0) {
		return usage_error("format: which format? Give --lbaf; spindle nvme identify %s "
				   "--nsid %u has those there are",
				   options->address, options->nsid);
	}
	return nvme_with_controller(options, format_namespace);
}

const struct nvme_verb nvme_format_verb = {
	.name = "format",
	.summary = "make a namespace empty, in a format",
	.arguments = "ADDRESS --nsid N --lbaf N",
	.options = (const int[]){NVME_OPTION_NSID, NVME_OPTION_LBAF, NVME_OPTION_MS, NVME_OPTION_PI,
				 NVME_OPTION_PIL, NVME_OPTION_SES, NVME_OPTION_DESTROY, 0},
	.usage = "Destroys all data of the namespace. Without --yes-destroy it only says what\n"
		 "would be lost.\n"
		 "\n"
		 "  --nsid N             the namespace\n"
		 "  --lbaf N             the format, one of those that identify has\n"
		 "  --ms PLACE           metadata: apart, or extended, behind each block (apart)\n"
		 "  --pi TYPE            protection information of type 1, 2 or 3 (0: none)\n"
		 "  --pil END            it is in the first or last bytes of metadata (last)\n"
		 "  --ses ERASE          what becomes of the old data: none, user (erased) or\n"
		 "                       crypto (erased by forgetting a key) (none)\n"
		 "  --yes-destroy ADDRESS  the address again: do it\n",
	.has_address = true,
	.run = run,
};
