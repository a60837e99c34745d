/* SPDX-License-Identifier: BSD-3-Clause */
/* spindle nvme identify: what a controller and its namespaces tell of themselves. */
#include "nvme.h"
#include "size.h"

#include "spdk/util.h"

static const struct nvme_bits cap_bits[] = {
	{0, 16, "queue entries less one", NULL},
	{16, 1, "contiguous queues", NULL},
	{17, 1, "weighted round robin", NULL},
	{24, 8, "timeout in 500 ms", NULL},
	{32, 4, "doorbell stride", NULL},
	{36, 1, "subsystem reset", NULL},
	{37, 1, "NVM command set", NULL},
	{43, 1, "I/O command sets", NULL},
	{44, 1, "admin only", NULL},
	{45, 1, "boot partitions", NULL},
	{48, 4, "smallest page 4 KiB times 2 to the power of", NULL},
	{52, 4, "largest page 4 KiB times 2 to the power of", NULL},
	{56, 1, "persistent memory region", NULL},
	{57, 1, "controller memory buffer", NULL},
	{58, 1, "subsystem shutdown", NULL},
	{0, 0, NULL, NULL},
};

static void
write_registers(struct nvme_record *record, struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_vs_register vs = spdk_nvme_ctrlr_get_regs_vs(ctrlr);
	char version[32];

	snprintf(version, sizeof(version), "version %u.%u.%u", vs.bits.mjr, vs.bits.mnr,
		 vs.bits.ter);
	nvme_record_object(record, "registers", "registers");
	nvme_record_bits(record, "cap", spdk_nvme_ctrlr_get_regs_cap(ctrlr).raw, 16, cap_bits);
	nvme_record_hex(record, "vs", vs.raw, 8, version);
	nvme_record_object_end(record);
}

static int
write_namespace(struct nvme_record *record, struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid)
{
	struct spdk_nvme_ns_data *data = allocate(1, sizeof(*data));
	struct spdk_nvme_ns *ns = spdk_nvme_ctrlr_get_ns(ctrlr, nsid);
	uint8_t *descs = allocate(1, SPDK_NVME_IDENTIFY_BUFLEN);
	int rc = nvme_ask_identify(ctrlr, SPDK_NVME_IDENTIFY_NS, nsid, data);

	if (rc == STATUS_OK) {
		nvme_record_object(record, NULL, "namespace %u: %s", nsid,
				   size_text(data->nsze * nvme_ns_block_size(data)).text);
		if (record->json != NULL) {
			nvme_record_number(record, "nsid", nsid, NULL);
		}
		nvme_ns_data_write(record, data);
		/* Older controllers have no descriptors; this is no error. */
		if (ns != NULL &&
		    spdk_nvme_ctrlr_get_regs_vs(ctrlr).raw >= SPDK_NVME_VERSION(1, 3, 0) &&
		    nvme_ask_identify(ctrlr, SPDK_NVME_IDENTIFY_NS_ID_DESCRIPTOR_LIST, nsid,
				      descs) == STATUS_OK) {
			nvme_ns_descs_write(record, descs, SPDK_NVME_IDENTIFY_BUFLEN);
		}
		nvme_record_object_end(record);
	}
	free(data);
	free(descs);
	return rc;
}

static int
write_all(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	char *name = nvme_describe(ctrlr);
	struct nvme_record record;
	uint32_t nsid;
	int rc = STATUS_OK;

	nvme_record_init(&record, options->is_json);
	nvme_record_object(&record, NULL, "%s: %s", options->address, name);
	free(name);
	if (record.json != NULL) {
		nvme_record_string(&record, "address", options->address, NULL);
	}
	if (options->nsid == 0) {
		write_registers(&record, ctrlr);
		nvme_record_object(&record, "controller", "controller");
		nvme_ctrlr_data_write(&record, spdk_nvme_ctrlr_get_data(ctrlr));
		nvme_record_object_end(&record);
	}
	nvme_record_list(&record, "namespaces");
	for (nsid = options->nsid != 0 ? options->nsid : spdk_nvme_ctrlr_get_first_active_ns(ctrlr);
	     nsid != 0 && rc == STATUS_OK;
	     nsid = options->nsid != 0 ? 0 : spdk_nvme_ctrlr_get_next_active_ns(ctrlr, nsid)) {
		rc = write_namespace(&record, ctrlr, nsid);
	}
	nvme_record_list_end(&record);
	nvme_record_object_end(&record);
	if (rc == STATUS_OK) {
		rc = nvme_record_print(&record);
	} else {
		struct text text = nvme_record_end(&record);

		text_fini(&text);
	}
	return rc;
}

static int
identify(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	uint8_t *page;
	int rc;

	if (options->nsid != 0 && nvme_pick_namespace(ctrlr, options) == 0) {
		return STATUS_REFUSED;
	}
	if (!options->is_raw) {
		return write_all(ctrlr, options);
	}
	page = allocate(1, SPDK_NVME_IDENTIFY_BUFLEN);
	rc = nvme_ask_identify(
		ctrlr, options->nsid != 0 ? SPDK_NVME_IDENTIFY_NS : SPDK_NVME_IDENTIFY_CTRLR,
		options->nsid, page);
	if (rc == STATUS_OK) {
		rc = nvme_write_raw(page, SPDK_NVME_IDENTIFY_BUFLEN);
	}
	free(page);
	return rc;
}

static int
run(const struct nvme_options *options)
{
	return nvme_with_controller(options, identify);
}

const struct nvme_verb nvme_identify_verb = {
	.name = "identify",
	.summary = "what a controller and its namespaces tell of themselves",
	.arguments = "ADDRESS",
	.options = (const int[]){NVME_OPTION_NSID, NVME_OPTION_RAW, 0},
	.usage = "Each field of the controller and of its active namespaces, by the names of the\n"
		 "specification, and in words.\n"
		 "\n"
		 "  --nsid N             only this namespace\n"
		 "  --raw                the 4096 bytes as they are, of the controller or, with\n"
		 "                       --nsid, of the namespace\n",
	.has_address = true,
	.run = run,
};
