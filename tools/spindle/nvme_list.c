/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spindle nvme list: the controllers of the machine, those of the kernel's driver as well.
 *
 * Those that this program may use are taken for a moment, to ask for their names; one that another
 * process has is listed without them.
 */
#include "nvme.h"
#include "size.h"
#include "table.h"

#include "spdk/log.h"
#include "spdk/util.h"

static const char *const state_names[] = {
	[NVME_USABLE] = "usable",
	[NVME_KERNEL] = "kernel",
	[NVME_UNBOUND] = "unbound",
	[NVME_NO_RIGHTS] = "no_rights",
};

/* ---- What a controller tells ---- */

static void
take_namespaces(struct nvme_device *device, struct spdk_nvme_ctrlr *ctrlr)
{
	const struct spdk_nvme_ns_data *data;
	struct nvme_block_device *block;
	struct spdk_nvme_ns *ns;
	uint32_t nsid, count = 0;

	for (nsid = spdk_nvme_ctrlr_get_first_active_ns(ctrlr); nsid != 0;
	     nsid = spdk_nvme_ctrlr_get_next_active_ns(ctrlr, nsid)) {
		count++;
	}
	device->namespaces = allocate(count, sizeof(*device->namespaces));
	for (nsid = spdk_nvme_ctrlr_get_first_active_ns(ctrlr);
	     nsid != 0 && device->namespace_count < count;
	     nsid = spdk_nvme_ctrlr_get_next_active_ns(ctrlr, nsid)) {
		ns = spdk_nvme_ctrlr_get_ns(ctrlr, nsid);
		if (ns == NULL) {
			continue;
		}
		data = spdk_nvme_ns_get_data(ns);
		block = &device->namespaces[device->namespace_count++];
		block->nsid = nsid;
		block->block_size = spdk_nvme_ns_get_sector_size(ns);
		block->size = spdk_nvme_ns_get_size(ns);
		block->used = data->nuse * block->block_size;
		block->md_size = spdk_nvme_ns_get_md_size(ns);
	}
}

struct taken {
	struct nvme_machine *machine;
	struct spdk_nvme_ctrlr **ctrlrs;
	size_t count;
};

static bool
want(void *cb_ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr_opts *opts)
{
	struct taken *taken = cb_ctx;
	const struct nvme_device *device = nvme_machine_find(taken->machine, trid->traddr);

	return device != NULL && device->state == NVME_USABLE &&
	       taken->count < taken->machine->count;
}

static void
note_taken(void *cb_ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr *ctrlr,
	   const struct spdk_nvme_ctrlr_opts *opts)
{
	const struct spdk_nvme_ctrlr_data *data = spdk_nvme_ctrlr_get_data(ctrlr);
	struct taken *taken = cb_ctx;
	struct nvme_device *device =
		(struct nvme_device *)(uintptr_t)nvme_machine_find(taken->machine, trid->traddr);

	taken->ctrlrs[taken->count++] = ctrlr;
	if (device == NULL || device->model != NULL) {
		return;
	}
	device->model = nvme_text(data->mn, sizeof(data->mn));
	device->serial = nvme_text(data->sn, sizeof(data->sn));
	device->firmware = nvme_text(data->fr, sizeof(data->fr));
	take_namespaces(device, ctrlr);
}

/* Of those that may be used. */
static int
ask_controllers(struct nvme_machine *machine)
{
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
	struct taken taken = {.machine = machine};
	size_t i, usable = 0;
	int rc;

	for (i = 0; i < machine->count; i++) {
		usable += machine->of[i].state == NVME_USABLE;
	}
	if (usable == 0) {
		return STATUS_OK;
	}
	rc = nvme_env_open(NULL);
	if (rc != STATUS_OK) {
		return rc;
	}
	/* One that somebody else has is no error here. */
	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	taken.ctrlrs = allocate(machine->count, sizeof(struct spdk_nvme_ctrlr *));
	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	(void)spdk_nvme_probe(&trid, &taken, want, note_taken, NULL); /* seen by the models */
	for (i = 0; i < taken.count; i++) {
		nvme_detach(taken.ctrlrs[i]);
	}
	free(taken.ctrlrs);
	nvme_env_close();
	for (i = 0; i < machine->count; i++) {
		if (machine->of[i].state == NVME_USABLE && machine->of[i].model == NULL) {
			struct text text = {.bytes = NULL};

			text_printf(&text,
				    "it did not answer, or another process has it; spindle nvme "
				    "identify %s says which",
				    machine->of[i].address);
			machine->of[i].advice = text.bytes;
		}
	}
	return STATUS_OK;
}

/* ---- Showing ---- */

static void
add_known(struct table *table, const char *text)
{
	table_add(table, duplicate(text != NULL && text[0] != '\0' ? text : "-"));
}

static void
add_namespace(struct table *table, const struct nvme_block_device *block)
{
	struct text format = {.bytes = NULL};

	if (block == NULL) {
		add_known(table, NULL);
		add_known(table, NULL);
		add_known(table, NULL);
		add_known(table, NULL);
		return;
	}
	table_printf(table, "%u%s%s", block->nsid, block->name[0] != '\0' ? " " : "", block->name);
	table_add(table, duplicate(size_text(block->size).text));
	text_printf(&format, "%u", block->block_size);
	if (block->md_size > 0) {
		text_printf(&format, "+%u", block->md_size);
	}
	table_add(table, format.bytes);
	add_known(table, block->used != UINT64_MAX ? size_text(block->used).text : NULL);
}

static void
add_device(struct table *table, const struct nvme_device *device)
{
	size_t i, column;

	add_known(table, device->address);
	add_known(table, device->driver);
	add_known(table, device->model);
	add_known(table, device->serial);
	add_known(table, device->firmware);
	if (device->numa_node >= 0) {
		table_printf(table, "%d", device->numa_node);
	} else {
		add_known(table, NULL);
	}
	add_namespace(table, device->namespace_count > 0 ? &device->namespaces[0] : NULL);
	for (i = 1; i < device->namespace_count; i++) {
		for (column = 0; column < 6; column++) {
			table_add(table, duplicate(""));
		}
		add_namespace(table, &device->namespaces[i]);
	}
}

static void
print_table(const struct nvme_machine *machine)
{
	static const struct table_column columns[] = {
		{"address", false},  {"driver", false}, {"model", false},     {"serial", false},
		{"firmware", false}, {"numa", true},    {"namespace", false}, {"size", true},
		{"block", true},     {"used", true},
	};
	const char *gap = "\n";
	struct table table;
	size_t i;

	if (machine->count == 0) {
		printf("There is no NVMe controller in this machine.\n");
		return;
	}
	table_init(&table, columns, SPDK_COUNTOF(columns));
	for (i = 0; i < machine->count; i++) {
		add_device(&table, &machine->of[i]);
	}
	table_print(&table);
	table_fini(&table);
	for (i = 0; i < machine->count; i++) {
		if (machine->of[i].advice != NULL) {
			printf("%s%s: %s\n", gap, machine->of[i].address, machine->of[i].advice);
			gap = "";
		}
	}
}

static void
write_optional(struct nvme_record *record, const char *name, const char *value)
{
	if (value != NULL) {
		nvme_record_string(record, name, value, NULL);
	}
}

static void
write_block(struct nvme_record *record, const struct nvme_block_device *block)
{
	nvme_record_object(record, NULL, NULL);
	nvme_record_number(record, "nsid", block->nsid, NULL);
	write_optional(record, "device", block->name[0] != '\0' ? block->name : NULL);
	nvme_record_number(record, "size", block->size, NULL);
	nvme_record_number(record, "block_size", block->block_size, NULL);
	nvme_record_number(record, "metadata_size", block->md_size, NULL);
	if (block->used != UINT64_MAX) {
		nvme_record_number(record, "used", block->used, NULL);
	}
	nvme_record_object_end(record);
}

static int
print_json(const struct nvme_machine *machine)
{
	const struct nvme_device *device;
	struct nvme_record record;
	size_t i, j;

	nvme_record_init(&record, true);
	nvme_record_list(&record, NULL);
	for (i = 0; i < machine->count; i++) {
		device = &machine->of[i];
		nvme_record_object(&record, NULL, NULL);
		nvme_record_string(&record, "address", device->address, NULL);
		nvme_record_string(&record, "driver", device->driver, NULL);
		nvme_record_string(&record, "state", state_names[device->state], NULL);
		write_optional(&record, "advice", device->advice);
		write_optional(&record, "model", device->model);
		write_optional(&record, "serial", device->serial);
		write_optional(&record, "firmware", device->firmware);
		if (device->numa_node >= 0) {
			nvme_record_number(&record, "numa_node", (uint64_t)device->numa_node, NULL);
		}
		nvme_record_list(&record, "namespaces");
		for (j = 0; j < device->namespace_count; j++) {
			write_block(&record, &device->namespaces[j]);
		}
		nvme_record_list_end(&record);
		nvme_record_object_end(&record);
	}
	nvme_record_list_end(&record);
	return nvme_record_print(&record);
}

static int
run(const struct nvme_options *options)
{
	struct nvme_machine machine;
	int rc;

	nvme_machine_read(&machine, "");
	rc = ask_controllers(&machine);
	if (rc == STATUS_OK && options->is_json) {
		rc = print_json(&machine);
	} else if (rc == STATUS_OK) {
		print_table(&machine);
	}
	nvme_machine_fini(&machine);
	return rc;
}

const struct nvme_verb nvme_list_verb = {
	.name = "list",
	.summary = "all controllers of the machine, and who has them",
	.arguments = "",
	.options = (const int[]){0},
	.usage = "Controllers, also those of the kernel's driver, with their namespaces; and what\n"
		 "is to be done before one that is not usable here can be. Those that are usable\n"
		 "are taken for a moment, which resets them.\n"
		 "\n",
	.run = run,
};
