/* SPDX-License-Identifier: BSD-3-Clause */
/* What a controller tells of itself, field by field. */
#include "nvme.h"
#include "size.h"

#include "spdk/util.h"

#define CTRLR(member, ...) NVME_FIELD(struct spdk_nvme_ctrlr_data, member, __VA_ARGS__)
#define NUMBER             NVME_FIELD_NUMBER
#define HEX                NVME_FIELD_HEX

/* ---- What bits mean ---- */

static const struct nvme_bits cmic_bits[] = {
	{0, 1, "several ports", NULL},
	{1, 1, "several controllers", NULL},
	{2, 1, "SR-IOV virtual function", NULL},
	{3, 1, "asymmetric namespace access", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits oaes_bits[] = {
	{8, 1, "namespace attributes", NULL},
	{9, 1, "firmware activation", NULL},
	{11, 1, "asymmetric namespace access", NULL},
	{12, 1, "predictable latency", NULL},
	{13, 1, "LBA status", NULL},
	{14, 1, "endurance groups", NULL},
	{15, 1, "subsystem shutdown", NULL},
	{27, 1, "zone descriptors", NULL},
	{31, 1, "discovery log", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits ctratt_bits[] = {
	{0, 1, "128-bit host identifier", NULL},
	{1, 1, "non-operational power permissive", NULL},
	{2, 1, "NVM sets", NULL},
	{3, 1, "read recovery levels", NULL},
	{4, 1, "endurance groups", NULL},
	{5, 1, "predictable latency", NULL},
	{6, 1, "traffic based keep alive", NULL},
	{7, 1, "namespace granularity", NULL},
	{8, 1, "SQ associations", NULL},
	{9, 1, "UUID list", NULL},
	{10, 1, "several domains", NULL},
	{11, 1, "fixed capacity management", NULL},
	{12, 1, "variable capacity management", NULL},
	{13, 1, "delete endurance group", NULL},
	{14, 1, "delete NVM set", NULL},
	{15, 1, "extended LBA formats", NULL},
	{16, 1, "MDTS excludes metadata", NULL},
	{19, 1, "flexible data placement", NULL},
	{0, 0, NULL, NULL},
};

static const char *const cntrltype_values[] = {"not told", "I/O", "discovery", "administrative",
					       NULL};
static const struct nvme_bits cntrltype_bits[] = {{0, 8, "", cntrltype_values}, {0, 0, NULL, NULL}};

static const struct nvme_bits nvmsr_bits[] = {
	{0, 1, "storage device", NULL},
	{1, 1, "enclosure", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits vwci_bits[] = {
	{0, 7, "remaining", NULL},
	{7, 1, "valid", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits mec_bits[] = {
	{0, 1, "SMBus", NULL},
	{1, 1, "PCIe", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits oacs_bits[] = {
	{0, 1, "security", NULL},
	{1, 1, "format", NULL},
	{2, 1, "firmware", NULL},
	{3, 1, "namespace management", NULL},
	{4, 1, "self-test", NULL},
	{5, 1, "directives", NULL},
	{6, 1, "NVMe-MI", NULL},
	{7, 1, "virtualization", NULL},
	{8, 1, "doorbell buffers", NULL},
	{9, 1, "get LBA status", NULL},
	{10, 1, "lockdown", NULL},
	{11, 1, "live migration", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits frmw_bits[] = {
	{1, 3, "slots", NULL},
	{0, 1, "first slot read only", NULL},
	{4, 1, "activation without reset", NULL},
	{5, 1, "overlapping updates detected", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits lpa_bits[] = {
	{0, 1, "SMART of a namespace", NULL},  {1, 1, "commands and effects", NULL},
	{2, 1, "extended offsets", NULL},      {3, 1, "telemetry", NULL},
	{4, 1, "persistent events", NULL},     {5, 1, "supported pages", NULL},
	{6, 1, "telemetry data area 4", NULL}, {0, 0, NULL, NULL},
};

static const struct nvme_bits supported_bits[] = {{0, 1, "yes", NULL}, {0, 0, NULL, NULL}};
static const struct nvme_bits standard_bits[] = {{0, 1, "standard format", NULL},
						 {0, 0, NULL, NULL}};
static const struct nvme_bits dsto_bits[] = {{0, 1, "one in the subsystem at a time", NULL},
					     {0, 0, NULL, NULL}};

static const struct nvme_bits rpmbs_bits[] = {
	{0, 3, "units", NULL},
	{3, 3, "authentication method", NULL},
	{16, 8, "units of 128 KiB less one", NULL},
	{24, 8, "accesses of 512 bytes less one", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits sanicap_bits[] = {
	{0, 1, "crypto erase", NULL},
	{1, 1, "block erase", NULL},
	{2, 1, "overwrite", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits anacap_bits[] = {
	{0, 1, "optimized", NULL},
	{1, 1, "non-optimized", NULL},
	{2, 1, "inaccessible", NULL},
	{3, 1, "persistent loss", NULL},
	{4, 1, "change", NULL},
	{6, 1, "groups do not change", NULL},
	{7, 1, "groups can be chosen", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits entry_size_bits[] = {
	{0, 4, "least 2 to the power of", NULL},
	{4, 4, "most 2 to the power of", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits oncs_bits[] = {
	{0, 1, "compare", NULL},
	{1, 1, "write uncorrectable", NULL},
	{2, 1, "dataset management", NULL},
	{3, 1, "write zeroes", NULL},
	{4, 1, "features can be saved", NULL},
	{5, 1, "reservations", NULL},
	{6, 1, "timestamp", NULL},
	{7, 1, "verify", NULL},
	{8, 1, "copy", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits fuses_bits[] = {{0, 1, "compare and write", NULL},
					      {0, 0, NULL, NULL}};

static const struct nvme_bits fna_bits[] = {
	{0, 1, "formats all namespaces", NULL},
	{1, 1, "erases all namespaces", NULL},
	{2, 1, "crypto erase", NULL},
	{0, 0, NULL, NULL},
};

static const char *const broadcast_values[] = {"not told", "reserved", "not supported", "supported",
					       NULL};
static const struct nvme_bits vwc_bits[] = {
	{0, 1, "present", NULL},
	{1, 2, "flush of all namespaces", broadcast_values},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits nwpc_bits[] = {
	{0, 1, "write protection", NULL},
	{1, 1, "until power cycle", NULL},
	{2, 1, "permanent", NULL},
	{0, 0, NULL, NULL},
};

static const struct nvme_bits ocfs_bits[] = {
	{0, 1, "format 0", NULL}, {1, 1, "format 1", NULL}, {2, 1, "format 2", NULL},
	{3, 1, "format 3", NULL}, {0, 0, NULL, NULL},
};

static const char *const sgls_values[] = {"not supported", "any alignment", "dword aligned", NULL};
static const struct nvme_bits sgls_bits[] = {
	{0, 2, "data", sgls_values},
	{2, 1, "keyed", NULL},
	{16, 1, "bit bucket", NULL},
	{17, 1, "contiguous metadata", NULL},
	{18, 1, "longer than the data", NULL},
	{19, 1, "metadata by SGL", NULL},
	{20, 1, "offsets", NULL},
	{21, 1, "transport", NULL},
	{0, 0, NULL, NULL},
};

/* ---- What values amount to ---- */

static void
explain_version(struct text *text, uint64_t value)
{
	union spdk_nvme_vs_register version = {.raw = (uint32_t)value};

	text_printf(text, "%u.%u.%u", version.bits.mjr, version.bits.mnr, version.bits.ter);
}

/* CAP.MPSMIN is 4 KiB on all controllers that there are; nvme_identify says so where it is not. */
static void
explain_mdts(struct text *text, uint64_t value)
{
	if (value == 0) {
		text_add_string(text, "no limit");
	} else if (value < 50) {
		text_printf(text, "%s with pages of 4 KiB",
			    size_text(UINT64_C(4096) << value).text);
	}
}

static void
explain_burst(struct text *text, uint64_t value)
{
	if (value < 64) {
		text_printf(text, "%" PRIu64 " commands", UINT64_C(1) << value);
	}
}

static void
explain_activation(struct text *text, uint64_t value)
{
	if (value == 0) {
		text_add_string(text, "not told");
	} else {
		nvme_explain_100_ms(text, value);
	}
}

static void
explain_mnan(struct text *text, uint64_t value)
{
	text_add_string(text, value == 0 ? "as nn" : "");
}

static void
explain_granularity(struct text *text, uint64_t value)
{
	if (value == 0 || value == UINT8_MAX) {
		text_add_string(text, value == 0 ? "not told" : "any");
	} else {
		nvme_explain_4_kib(text, value);
	}
}

static const struct nvme_field ctrlr_fields[] = {
	CTRLR(vid, HEX, "PCI vendor"),
	CTRLR(ssvid, HEX, "PCI subsystem vendor"),
	CTRLR(sn, NVME_FIELD_TEXT, "serial number"),
	CTRLR(mn, NVME_FIELD_TEXT, "model number"),
	CTRLR(fr, NVME_FIELD_TEXT, "firmware revision"),
	CTRLR(rab, NUMBER, "recommended arbitration burst", .explain = explain_burst),
	CTRLR(ieee, HEX, "IEEE OUI"),
	CTRLR(cmic, HEX, "subsystem has", .bits = cmic_bits),
	CTRLR(mdts, NUMBER, "maximum data transfer size", .explain = explain_mdts),
	CTRLR(cntlid, NUMBER, "controller identifier"),
	CTRLR(ver, HEX, "version", .explain = explain_version),
	CTRLR(rtd3r, NUMBER, "RTD3 resume latency", .explain = nvme_explain_us),
	CTRLR(rtd3e, NUMBER, "RTD3 entry latency", .explain = nvme_explain_us),
	CTRLR(oaes, HEX, "asynchronous events", .bits = oaes_bits),
	CTRLR(ctratt, HEX, "attributes", .bits = ctratt_bits),
	CTRLR(rrls, HEX, "read recovery levels"),
	CTRLR(cntrltype, NUMBER, "controller type", .bits = cntrltype_bits),
	CTRLR(fguid, NVME_FIELD_BYTES, "FRU globally unique identifier"),
	{"crdt1", 128, 2, NUMBER, "command retry delay 1", .explain = nvme_explain_100_ms},
	{"crdt2", 130, 2, NUMBER, "command retry delay 2", .explain = nvme_explain_100_ms},
	{"crdt3", 132, 2, NUMBER, "command retry delay 3", .explain = nvme_explain_100_ms},
	CTRLR(nvmsr, HEX, "subsystem report", .bits = nvmsr_bits),
	CTRLR(vwci, HEX, "VPD write cycles", .bits = vwci_bits),
	CTRLR(mec, HEX, "management endpoint", .bits = mec_bits),
	CTRLR(oacs, HEX, "admin commands", .bits = oacs_bits),
	CTRLR(acl, NUMBER, "abort command limit", .explain = nvme_explain_less_one),
	CTRLR(aerl, NUMBER, "asynchronous event request limit", .explain = nvme_explain_less_one),
	CTRLR(frmw, HEX, "firmware updates", .bits = frmw_bits),
	CTRLR(lpa, HEX, "log pages", .bits = lpa_bits),
	CTRLR(elpe, NUMBER, "error log page entries", .explain = nvme_explain_less_one),
	CTRLR(npss, NUMBER, "power states", .explain = nvme_explain_less_one),
	CTRLR(avscc, HEX, "admin vendor specific commands", .bits = standard_bits),
	CTRLR(apsta, HEX, "autonomous power state transitions", .bits = supported_bits),
	CTRLR(wctemp, NUMBER, "warning temperature", .explain = nvme_explain_kelvin),
	CTRLR(cctemp, NUMBER, "critical temperature", .explain = nvme_explain_kelvin),
	CTRLR(mtfa, NUMBER, "maximum time for firmware activation", .explain = explain_activation),
	CTRLR(hmpre, NUMBER, "host memory buffer preferred", .explain = nvme_explain_4_kib),
	CTRLR(hmmin, NUMBER, "host memory buffer minimum", .explain = nvme_explain_4_kib),
	CTRLR(tnvmcap, NVME_FIELD_NUMBER128, "total NVM capacity in bytes"),
	CTRLR(unvmcap, NVME_FIELD_NUMBER128, "unallocated NVM capacity in bytes"),
	CTRLR(rpmbs, HEX, "replay protected memory blocks", .bits = rpmbs_bits),
	CTRLR(edstt, NUMBER, "extended self-test time in minutes"),
	CTRLR(dsto, HEX, "self-test options", .bits = dsto_bits),
	CTRLR(fwug, NUMBER, "firmware update granularity", .explain = explain_granularity),
	CTRLR(kas, NUMBER, "keep alive granularity", .explain = nvme_explain_100_ms),
	CTRLR(hctma, HEX, "host controlled thermal management", .bits = supported_bits),
	CTRLR(mntmt, NUMBER, "minimum thermal management temperature",
	      .explain = nvme_explain_kelvin),
	CTRLR(mxtmt, NUMBER, "maximum thermal management temperature",
	      .explain = nvme_explain_kelvin),
	CTRLR(sanicap, HEX, "sanitize", .bits = sanicap_bits),
	CTRLR(hmminds, NUMBER, "host memory buffer minimum descriptor",
	      .explain = nvme_explain_4_kib),
	CTRLR(hmmaxd, NUMBER, "host memory buffer maximum descriptors",
	      .explain = nvme_explain_no_limit),
	CTRLR(nsetidmax, NUMBER, "NVM set identifier maximum"),
	CTRLR(endgidmax, NUMBER, "endurance group identifier maximum"),
	CTRLR(anatt, NUMBER, "ANA transition time in seconds"),
	CTRLR(anacap, HEX, "ANA states", .bits = anacap_bits),
	CTRLR(anagrpmax, NUMBER, "ANA group identifier maximum"),
	CTRLR(nanagrpid, NUMBER, "ANA groups"),
	CTRLR(pels, NUMBER, "persistent event log size in units of 64 KiB"),
	{"domainid", 356, 2, NUMBER, "domain", NULL, NULL},
	CTRLR(megcap, NVME_FIELD_NUMBER128, "maximum endurance group capacity in bytes"),
	CTRLR(sqes, HEX, "submission queue entry size", .bits = entry_size_bits),
	CTRLR(cqes, HEX, "completion queue entry size", .bits = entry_size_bits),
	CTRLR(maxcmd, NUMBER, "maximum outstanding commands", .explain = nvme_explain_not_told),
	CTRLR(nn, NUMBER, "number of namespaces"),
	CTRLR(oncs, HEX, "I/O commands", .bits = oncs_bits),
	CTRLR(fuses, HEX, "fused operations", .bits = fuses_bits),
	CTRLR(fna, HEX, "format NVM", .bits = fna_bits),
	CTRLR(vwc, HEX, "volatile write cache", .bits = vwc_bits),
	CTRLR(awun, NUMBER, "atomic write unit normal in blocks", .explain = nvme_explain_less_one),
	CTRLR(awupf, NUMBER, "atomic write unit power fail in blocks",
	      .explain = nvme_explain_less_one),
	{"icsvscc", 530, 1, HEX, "I/O vendor specific commands", .bits = standard_bits},
	CTRLR(nwpc, HEX, "namespace write protection", .bits = nwpc_bits),
	CTRLR(acwu, NUMBER, "atomic compare and write unit in blocks",
	      .explain = nvme_explain_less_one),
	CTRLR(ocfs, HEX, "copy formats", .bits = ocfs_bits),
	CTRLR(sgls, HEX, "SGL", .bits = sgls_bits),
	CTRLR(mnan, NUMBER, "maximum number of allowed namespaces", .explain = explain_mnan),
	CTRLR(maxdna, NVME_FIELD_NUMBER128, "maximum domain namespace attachments",
	      .explain = nvme_explain_no_limit),
	CTRLR(maxcna, NUMBER, "maximum controller namespace attachments",
	      .explain = nvme_explain_no_limit),
	CTRLR(subnqn, NVME_FIELD_TEXT, "NVM subsystem NQN"),
};

/* ---- Power states ---- */

static const struct nvme_bits power_bits[] = {
	{0, 1, "units of 0.0001 W", NULL},
	{1, 1, "non-operational", NULL},
	{0, 0, NULL, NULL},
};
static const char *const scale_values[] = {"not told", "0.0001 W", "0.01 W", NULL};
static const struct nvme_bits idle_scale_bits[] = {{6, 2, "", scale_values}, {0, 0, NULL, NULL}};
static const struct nvme_bits active_bits[] = {
	{0, 3, "workload", NULL},
	{6, 2, "", scale_values},
	{0, 0, NULL, NULL},
};

static const struct nvme_field power_fields[] = {
	{"max_power", 0, 2, NUMBER, "maximum power", NULL, nvme_explain_not_told},
	{"flags", 3, 1, HEX, "", power_bits, NULL},
	{"entry_lat", 4, 4, NUMBER, "entry latency", NULL, nvme_explain_us},
	{"exit_lat", 8, 4, NUMBER, "exit latency", NULL, nvme_explain_us},
	{"read_tput", 12, 1, NUMBER, "relative read throughput", NULL, NULL},
	{"read_lat", 13, 1, NUMBER, "relative read latency", NULL, NULL},
	{"write_tput", 14, 1, NUMBER, "relative write throughput", NULL, NULL},
	{"write_lat", 15, 1, NUMBER, "relative write latency", NULL, NULL},
	{"idle_power", 16, 2, NUMBER, "idle power", NULL, NULL},
	{"idle_scale", 18, 1, HEX, "idle power scale", idle_scale_bits, NULL},
	{"active_power", 20, 2, NUMBER, "active power", NULL, NULL},
	{"active_work", 22, 1, HEX, "active power workload and scale", active_bits, NULL},
};

static void
write_power_states(struct nvme_record *record, const struct spdk_nvme_ctrlr_data *data)
{
	uint32_t i;

	nvme_record_list(record, "psds");
	/* npss is from outside; psd has 32. */
	for (i = 0; i <= data->npss && i < SPDK_COUNTOF(data->psd); i++) {
		nvme_record_object(record, NULL, "power state %u", i);
		nvme_record_fields(record, power_fields, SPDK_COUNTOF(power_fields), &data->psd[i]);
		nvme_record_object_end(record);
	}
	nvme_record_list_end(record);
}

void
nvme_ctrlr_data_write(struct nvme_record *record, const struct spdk_nvme_ctrlr_data *data)
{
	nvme_record_fields(record, ctrlr_fields, SPDK_COUNTOF(ctrlr_fields), data);
	write_power_states(record, data);
}
