/* SPDX-License-Identifier: BSD-3-Clause */
/* What is told of a namespace, field by field, and what can be concluded from it. */
#include "nvme.h"
#include "size.h"

#include "spdk/util.h"

#define NS(member, ...) NVME_FIELD(struct spdk_nvme_ns_data, member, __VA_ARGS__)
#define NUMBER          NVME_FIELD_NUMBER
#define HEX             NVME_FIELD_HEX
/* Before version 2.0 there were 16, and the upper bits of the index were reserved. */
#define FORMATS_OF_OLD 16
/* Of a field that is newer than the struct; before, it was reserved. */
#define NULBAF_OFFSET 82

static const struct nvme_bits nsfeat_bits[] = {
	{0, 1, "thin provisioning", NULL},
	{1, 1, "own atomic write units", NULL},
	{2, 1, "deallocated blocks can be errors", NULL},
	{3, 1, "identifiers are not used again", NULL},
	{4, 1, "preferred sizes are told", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits flbas_bits[] = {
	{0, 4, "format", NULL},
	{4, 1, "metadata after each block", NULL},
	{5, 2, "upper bits", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits mc_bits[] = {
	{0, 1, "after each block", NULL},
	{1, 1, "apart", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits dpc_bits[] = {
	{0, 1, "type 1", NULL},
	{1, 1, "type 2", NULL},
	{2, 1, "type 3", NULL},
	{3, 1, "first bytes of the metadata", NULL},
	{4, 1, "last bytes of the metadata", NULL},
	{0, 0, NULL, NULL},
};

static const char *const pit_values[] = {"off", "type 1", "type 2", "type 3", NULL};
static const struct nvme_bits dps_bits[] = {
	{0, 3, "", pit_values},
	{3, 1, "first bytes of the metadata", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits nmic_bits[] = {
	{0, 1, "several controllers", NULL},
	{1, 1, "several subsystems", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits rescap_bits[] = {
	{0, 1, "persist through power loss", NULL},
	{1, 1, "write exclusive", NULL},
	{2, 1, "exclusive access", NULL},
	{3, 1, "write exclusive - registrants only", NULL},
	{4, 1, "exclusive access - registrants only", NULL},
	{5, 1, "write exclusive - all registrants", NULL},
	{6, 1, "exclusive access - all registrants", NULL},
	{7, 1, "ignore existing key as of 1.3", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits fpi_bits[] = {
	{0, 7, "percent left", NULL},
	{7, 1, "told", NULL},
	{0, 0, NULL, NULL},
};

static const char *const read_values[] = {"not told", "read as zeroes", "read as ones", NULL};
static const struct nvme_bits dlfeat_bits[] = {
	{0, 3, "", read_values},
	{3, 1, "write zeroes may deallocate", NULL},
	{4, 1, "guard is the CRC", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits nsattr_bits[] = {{0, 1, "write protected", NULL}, {0, 0, NULL, NULL}};

static const struct nvme_bits kpios_bits[] = {
	{0, 1, "on", NULL},
	{1, 1, "supported", NULL},
	{0, 0, NULL, NULL},
};

/* Less one, and 0 is no unit of its own. */
static void
explain_atomic_unit(struct text *text, uint64_t value)
{
	if (value == 0) {
		text_add_string(text, "as the controller's");
	} else {
		nvme_explain_less_one(text, value);
	}
}

/* Less one, and 0 is no boundary. */
static void
explain_boundary(struct text *text, uint64_t value)
{
	if (value == 0) {
		text_add_string(text, "none");
	} else {
		nvme_explain_less_one(text, value);
	}
}

static const struct nvme_field ns_fields[] = {
	NS(nsze, NUMBER, "namespace size in blocks"),
	NS(ncap, NUMBER, "namespace capacity in blocks"),
	NS(nuse, NUMBER, "namespace utilization in blocks"),
	NS(nsfeat, HEX, "features", .bits = nsfeat_bits),
	NS(nlbaf, NUMBER, "LBA formats", .explain = nvme_explain_less_one),
	NS(flbas, HEX, "formatted LBA size", .bits = flbas_bits),
	NS(mc, HEX, "metadata can be", .bits = mc_bits),
	NS(dpc, HEX, "protection can be", .bits = dpc_bits),
	NS(dps, HEX, "protection is", .bits = dps_bits),
	NS(nmic, HEX, "shared among", .bits = nmic_bits),
	{"rescap", 31, 1, HEX, "reservations", rescap_bits, NULL},
	NS(fpi, HEX, "format progress", .bits = fpi_bits),
	NS(dlfeat, HEX, "deallocated blocks", .bits = dlfeat_bits),
	NS(nawun, NUMBER, "atomic write unit normal in blocks", .explain = explain_atomic_unit),
	NS(nawupf, NUMBER, "atomic write unit power fail in blocks",
	   .explain = explain_atomic_unit),
	NS(nacwu, NUMBER, "atomic compare and write unit in blocks",
	   .explain = explain_atomic_unit),
	NS(nabsn, NUMBER, "atomic boundary size normal in blocks", .explain = explain_boundary),
	NS(nabo, NUMBER, "atomic boundary offset"),
	NS(nabspf, NUMBER, "atomic boundary size power fail in blocks",
	   .explain = explain_boundary),
	NS(noiob, NUMBER, "optimal I/O boundary in blocks", .explain = nvme_explain_not_told),
	NS(nvmcap, NVME_FIELD_NUMBER128, "NVM capacity in bytes"),
	NS(npwg, NUMBER, "preferred write granularity in blocks", .explain = nvme_explain_less_one),
	NS(npwa, NUMBER, "preferred write alignment in blocks", .explain = nvme_explain_less_one),
	NS(npdg, NUMBER, "preferred deallocate granularity in blocks",
	   .explain = nvme_explain_less_one),
	NS(npda, NUMBER, "preferred deallocate alignment in blocks",
	   .explain = nvme_explain_less_one),
	NS(nows, NUMBER, "optimal write size in blocks", .explain = nvme_explain_less_one),
	NS(mssrl, NUMBER, "maximum single source range length in blocks"),
	NS(mcl, NUMBER, "maximum copy length in blocks"),
	NS(msrc, NUMBER, "maximum source range count", .explain = nvme_explain_less_one),
	{"kpios", 81, 1, HEX, "keys for each I/O", kpios_bits, NULL},
	{"nulbaf", NULBAF_OFFSET, 1, NUMBER, "LBA formats with attributes of their own", NULL,
	 NULL},
	NS(anagrpid, NUMBER, "ANA group"),
	NS(nsattr, HEX, "attributes", .bits = nsattr_bits),
	NS(nvmsetid, NUMBER, "NVM set"),
	NS(endgid, NUMBER, "endurance group"),
	NS(nguid, NVME_FIELD_BYTES, "namespace globally unique identifier"),
	NS(eui64, NVME_FIELD_BYTES, "IEEE extended unique identifier"),
};

uint32_t
nvme_ns_format(const struct spdk_nvme_ns_data *data)
{
	uint32_t index = data->flbas.format;

	if (data->nlbaf >= FORMATS_OF_OLD) {
		index |= (uint32_t)data->flbas.msb_format << 4;
	}
	return index;
}

uint32_t
nvme_ns_format_count(const struct spdk_nvme_ns_data *data)
{
	/* Those with attributes of their own come behind the others. */
	uint32_t count = data->nlbaf + 1u + ((const uint8_t *)data)[NULBAF_OFFSET];

	/* Both are from outside. */
	return spdk_min(count, (uint32_t)SPDK_COUNTOF(data->lbaf));
}

uint64_t
nvme_ns_block_size(const struct spdk_nvme_ns_data *data)
{
	uint32_t lbads = data->lbaf[nvme_ns_format(data)].lbads;

	return lbads > 0 && lbads < 32 ? UINT64_C(1) << lbads : 0;
}

static void
write_formats(struct nvme_record *record, const struct spdk_nvme_ns_data *data)
{
	static const char *const performance[] = {"best", "better", "good", "degraded"};
	uint32_t i;

	nvme_record_list(record, "lbafs");
	for (i = 0; i < nvme_ns_format_count(data); i++) {
		bool is_used = i == nvme_ns_format(data);

		nvme_record_object(record, NULL, "LBA format %u%s", i, is_used ? ", in use" : "");
		nvme_record_number(record, "ms", data->lbaf[i].ms, "metadata in bytes");
		nvme_record_number(record, "ds", data->lbaf[i].lbads,
				   data->lbaf[i].lbads == 0 ?
					   "no such format" :
					   size_text(data->lbaf[i].lbads < 32 ?
							     UINT64_C(1) << data->lbaf[i].lbads :
							     0)
						   .text);
		nvme_record_number(record, "rp", data->lbaf[i].rp, performance[data->lbaf[i].rp]);
		if (record->json != NULL) {
			nvme_record_number(record, "in_use", is_used, NULL);
		}
		nvme_record_object_end(record);
	}
	nvme_record_list_end(record);
}

void
nvme_ns_data_write(struct nvme_record *record, const struct spdk_nvme_ns_data *data)
{
	nvme_record_fields(record, ns_fields, SPDK_COUNTOF(ns_fields), data);
	write_formats(record, data);
}

void
nvme_ns_descs_write(struct nvme_record *record, const uint8_t *list, size_t size)
{
	static const char *const names[] = {"reserved", "eui64", "nguid", "uuid", "csi"};
	size_t offset = 0, i, length, kind;
	struct text text = {.bytes = NULL};

	nvme_record_list(record, "descriptors");
	while (offset + sizeof(struct spdk_nvme_ns_id_desc) <= size) {
		kind = list[offset];
		length = list[offset + 1];
		offset += sizeof(struct spdk_nvme_ns_id_desc);
		if (length == 0 || length > size - offset) {
			break;
		}
		for (i = 0; i < length; i++) {
			text_printf(&text, "%s%02x",
				    kind == SPDK_NVME_NIDT_UUID &&
						    (i == 4 || i == 6 || i == 8 || i == 10) ?
					    "-" :
					    "",
				    list[offset + i]);
		}
		nvme_record_object(record, NULL, NULL);
		if (record->json != NULL) {
			nvme_record_number(record, "type", kind, NULL);
		}
		nvme_record_string(record, kind < SPDK_COUNTOF(names) ? names[kind] : names[0],
				   text.bytes, "identification descriptor");
		nvme_record_object_end(record);
		text_fini(&text);
		offset += length;
	}
	nvme_record_list_end(record);
}
