/* SPDX-License-Identifier: BSD-3-Clause */
/* Controllers as command lines name them, and as programs call them in what they print. */
#include "spdk/log.h"
#include "spdk/string.h"
#include "spdk_internal/nvme_util.h"

#define BLANKS " \t\n\v\f\r"

struct usage_line {
	/* Printed if all of these options are there, and none of those. */
	uint32_t wanted;
	uint32_t unwanted;
	const char *text;
};

#define NO_PCIE   SPDK_NVME_TRID_USAGE_OPT_NO_PCIE
#define NO_FABRIC SPDK_NVME_TRID_USAGE_OPT_NO_FABRIC

static const struct usage_line usage_lines[] = {
	{0, NO_PCIE | NO_FABRIC, "    trtype      PCIe, RDMA, TCP, FC or VFIOUSER\n"},
	{NO_FABRIC, NO_PCIE, "    trtype      PCIe\n"},
	{NO_PCIE, NO_FABRIC, "    trtype      RDMA, TCP or FC\n"},
	{0, NO_FABRIC, "    adrfam      IPv4, IPv6, IB or FC\n"},
	{0, NO_PCIE | NO_FABRIC, "    traddr      0000:04:00.0, or 192.168.100.8\n"},
	{NO_FABRIC, NO_PCIE, "    traddr      0000:04:00.0\n"},
	{NO_PCIE, NO_FABRIC, "    traddr      192.168.100.8\n"},
	{0, NO_FABRIC, "    trsvcid     service, such as 4420\n"},
	{0, NO_FABRIC, "    subnqn      subsystem\n"},
	{SPDK_NVME_TRID_USAGE_OPT_NS, 0, "    ns          namespace (all that are active)\n"},
	{SPDK_NVME_TRID_USAGE_OPT_HOSTNQN, NO_FABRIC, "    hostnqn     who the host is\n"},
	{SPDK_NVME_TRID_USAGE_OPT_HOSTADDR, NO_FABRIC, "    hostaddr    address of the host\n"},
	{SPDK_NVME_TRID_USAGE_OPT_ALT_TRADDR, NO_FABRIC,
	 "    alt_traddr  address to go to when traddr fails\n"},
};

void
spdk_nvme_transport_id_usage(FILE *f, uint32_t opts)
{
	const struct usage_line *line;
	size_t i;

	fprintf(f, "\t-r%s 'KEY:VALUE ...'  %s%s\n",
		opts & SPDK_NVME_TRID_USAGE_OPT_LONGOPT ? ", --transport" : "",
		opts & SPDK_NVME_TRID_USAGE_OPT_MANDATORY ? "the controller" :
							    "the controller (all on PCIe)",
		opts & SPDK_NVME_TRID_USAGE_OPT_MULTI ? "; may be given several times" : "");
	for (i = 0; i < SPDK_COUNTOF(usage_lines); i++) {
		line = &usage_lines[i];
		if ((opts & line->wanted) == line->wanted && (opts & line->unwanted) == 0) {
			fprintf(f, "\t%s", line->text);
		}
	}
}

/*
 * Finds the value of a key; the last one counts. Returns its length, 0 if there is none. The text
 * was parsed before, so that each pair has both.
 */
static size_t
find_value(const char *text, const char *key, const char **out_value)
{
	size_t key_length = strlen(key), length, found = 0;

	for (text += strspn(text, BLANKS); *text != '\0'; text += strspn(text, BLANKS)) {
		length = strcspn(text, BLANKS);
		if (length > key_length && strncasecmp(text, key, key_length) == 0 &&
		    (text[key_length] == ':' || text[key_length] == '=')) {
			*out_value = text + key_length + 1;
			found = length - key_length - 1;
		}
		text += length;
	}
	return found;
}

static int
copy_value(const char *text, const char *key, char *field, size_t size)
{
	const char *value = NULL;
	size_t length = find_value(text, key, &value);

	if (length == 0) {
		return 0;
	}
	if (length >= size) {
		SPDK_ERRLOG("Key '%s': the value has %zu letters, and may have %zu\n", key, length,
			    size - 1);
		return -EINVAL;
	}
	memcpy(field, value, length);
	field[length] = '\0';
	return 0;
}

static int
parse_nsid(struct spdk_nvme_trid_entry *entry, const char *text)
{
	char digits[8] = "";
	long nsid;
	int rc = copy_value(text, "ns", digits, sizeof(digits));

	if (rc != 0 || digits[0] == '\0') {
		return rc;
	}
	nsid = spdk_strtol(digits, 10);
	if (nsid < 1 || nsid > UINT16_MAX) {
		SPDK_ERRLOG("Key 'ns': '%s' is no number of a namespace, 1 to %u\n", digits,
			    UINT16_MAX);
		return -EINVAL;
	}
	entry->nsid = (uint16_t)nsid;
	return 0;
}

int
spdk_nvme_trid_entry_parse(struct spdk_nvme_trid_entry *trid_entry, const char *str)
{
	struct spdk_nvme_transport_id *trid;
	char other[SPDK_NVMF_TRADDR_MAX_LEN + 1] = "";
	int rc;

	if (trid_entry == NULL || str == NULL) {
		return -EINVAL;
	}
	trid = &trid_entry->trid;
	spdk_nvme_trid_populate_transport(trid, SPDK_NVME_TRANSPORT_PCIE);
	snprintf(trid->subnqn, sizeof(trid->subnqn), "%s", SPDK_NVMF_DISCOVERY_NQN);
	rc = spdk_nvme_transport_id_parse(trid, str);
	if (rc == 0) {
		rc = parse_nsid(trid_entry, str);
	}
	if (rc == 0) {
		rc = copy_value(str, "hostnqn", trid_entry->hostnqn, sizeof(trid_entry->hostnqn));
	}
	if (rc == 0) {
		rc = copy_value(str, "hostaddr", trid_entry->hostaddr,
				sizeof(trid_entry->hostaddr));
	}
	if (rc == 0) {
		rc = copy_value(str, "alt_traddr", other, sizeof(other));
	}
	if (rc == 0 && other[0] != '\0') {
		trid_entry->failover_trid = *trid;
		memcpy(trid_entry->failover_trid.traddr, other, sizeof(other));
	}
	return rc;
}

int
spdk_nvme_build_name(char *name, size_t length, struct spdk_nvme_ctrlr *ctrlr,
		     struct spdk_nvme_ns *ns)
{
	const struct spdk_nvme_transport_id *trid = spdk_nvme_ctrlr_get_transport_id(ctrlr);
	char nsid[24] = "";

	if (ns != NULL) {
		snprintf(nsid, sizeof(nsid), " NSID %u", spdk_nvme_ns_get_id(ns));
	}
	if (trid->trtype == SPDK_NVME_TRANSPORT_PCIE) {
		return snprintf(name, length, "PCIE (%s)%s", trid->traddr, nsid);
	}
	return snprintf(name, length, "%s (addr:%s subnqn:%s)%s", trid->trstring, trid->traddr,
			trid->subnqn, nsid);
}
