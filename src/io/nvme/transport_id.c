/* SPDX-License-Identifier: BSD-3-Clause */
/* Identifiers of transports: their names, and when two of them mean the same place. */
#include "spdk/nvme/transport_id.h"
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/util.h"

struct type_name {
	enum spdk_nvme_transport_type type;
	const char *text;
	/* How `trstring` has it; NULL: no transport is found by this name alone. */
	const char *trstring;
};

static const struct type_name types[] = {
	{SPDK_NVME_TRANSPORT_PCIE, "PCIe", SPDK_NVME_TRANSPORT_NAME_PCIE},
	{SPDK_NVME_TRANSPORT_RDMA, "RDMA", SPDK_NVME_TRANSPORT_NAME_RDMA},
	{SPDK_NVME_TRANSPORT_FC, "FC", SPDK_NVME_TRANSPORT_NAME_FC},
	{SPDK_NVME_TRANSPORT_TCP, "TCP", SPDK_NVME_TRANSPORT_NAME_TCP},
	{SPDK_NVME_TRANSPORT_VFIOUSER, "VFIOUSER", SPDK_NVME_TRANSPORT_NAME_VFIOUSER},
	{SPDK_NVME_TRANSPORT_CUSTOM, "CUSTOM", SPDK_NVME_TRANSPORT_NAME_CUSTOM},
	{SPDK_NVME_TRANSPORT_CUSTOM_FABRICS, "CUSTOM_FABRICS", NULL},
};

struct family_name {
	enum spdk_nvmf_adrfam family;
	const char *text;
};

static const struct family_name families[] = {
	{SPDK_NVMF_ADRFAM_IPV4, "IPv4"},
	{SPDK_NVMF_ADRFAM_IPV6, "IPv6"},
	{SPDK_NVMF_ADRFAM_IB, "IB"},
	{SPDK_NVMF_ADRFAM_FC, "FC"},
};

static const struct type_name *
find_type(enum spdk_nvme_transport_type trtype)
{
	for (size_t i = 0; i < SPDK_COUNTOF(types); i++) {
		if (types[i].type == trtype) {
			return &types[i];
		}
	}
	return NULL;
}

const char *
spdk_nvme_transport_id_trtype_str(enum spdk_nvme_transport_type trtype)
{
	const struct type_name *name = find_type(trtype);

	return name != NULL ? name->text : NULL;
}

int
spdk_nvme_transport_id_parse_trtype(enum spdk_nvme_transport_type *trtype, const char *str)
{
	if (trtype == NULL || str == NULL) {
		return -EINVAL;
	}
	for (size_t i = 0; i < SPDK_COUNTOF(types); i++) {
		if (strcasecmp(types[i].text, str) == 0) {
			*trtype = types[i].type;
			return 0;
		}
	}
	*trtype = SPDK_NVME_TRANSPORT_CUSTOM;
	return 0;
}

const char *
spdk_nvme_transport_id_adrfam_str(enum spdk_nvmf_adrfam adrfam)
{
	for (size_t i = 0; i < SPDK_COUNTOF(families); i++) {
		if (families[i].family == adrfam) {
			return families[i].text;
		}
	}
	return NULL;
}

int
spdk_nvme_transport_id_parse_adrfam(enum spdk_nvmf_adrfam *adrfam, const char *str)
{
	if (adrfam == NULL || str == NULL) {
		return -EINVAL;
	}
	for (size_t i = 0; i < SPDK_COUNTOF(families); i++) {
		if (strcasecmp(families[i].text, str) == 0) {
			*adrfam = families[i].family;
			return 0;
		}
	}
	return -ENOENT;
}

int
spdk_nvme_transport_id_populate_trstring(struct spdk_nvme_transport_id *trid, const char *trstring)
{
	size_t length;

	if (trid == NULL || trstring == NULL) {
		return -EINVAL;
	}
	length = strnlen(trstring, sizeof(trid->trstring));
	if (length == 0 || length == sizeof(trid->trstring)) {
		return -EINVAL;
	}
	for (size_t i = 0; i <= length; i++) {
		trid->trstring[i] = (char)toupper((unsigned char)trstring[i]);
	}
	return 0;
}

void
spdk_nvme_trid_populate_transport(struct spdk_nvme_transport_id *trid,
				  enum spdk_nvme_transport_type trtype)
{
	const struct type_name *name = find_type(trtype);

	trid->trtype = trtype;
	trid->trstring[0] = '\0';
	if (name == NULL || name->trstring == NULL) {
		SPDK_ERRLOG("No transport is known by the type %d alone: name it by "
			    "spdk_nvme_transport_id_populate_trstring().\n",
			    (int)trtype);
		return;
	}
	snprintf(trid->trstring, sizeof(trid->trstring), "%s", name->trstring);
}

static int
compare_numbers(long long a, long long b)
{
	return (a > b) - (a < b);
}

static int
compare_transports(const struct spdk_nvme_transport_id *a, const struct spdk_nvme_transport_id *b)
{
	int order = compare_numbers(a->trtype, b->trtype);

	if (order != 0 || find_type(a->trtype) == NULL) {
		return order;
	}
	/* All of a program's own have one type. */
	return a->trtype >= SPDK_NVME_TRANSPORT_CUSTOM ? strcasecmp(a->trstring, b->trstring) : 0;
}

static int
compare_pci(const char *a, const char *b)
{
	struct spdk_pci_addr addr_a, addr_b;

	/* All of the bus is no address. */
	if (a[0] != '\0' && b[0] != '\0' && spdk_pci_addr_parse(&addr_a, a) == 0 &&
	    spdk_pci_addr_parse(&addr_b, b) == 0) {
		return spdk_pci_addr_compare(&addr_a, &addr_b);
	}
	return strcasecmp(a, b);
}

int
spdk_nvme_transport_id_compare(const struct spdk_nvme_transport_id *trid1,
			       const struct spdk_nvme_transport_id *trid2)
{
	int order = compare_transports(trid1, trid2);

	if (order != 0) {
		return order;
	}
	if (trid1->trtype == SPDK_NVME_TRANSPORT_PCIE) {
		return compare_pci(trid1->traddr, trid2->traddr);
	}
	order = strcasecmp(trid1->traddr, trid2->traddr);
	if (order == 0) {
		order = compare_numbers(trid1->adrfam, trid2->adrfam);
	}
	if (order == 0) {
		order = strcasecmp(trid1->trsvcid, trid2->trsvcid);
	}
	/* Names of subsystems are told apart by capitals. */
	return order != 0 ? order : strcmp(trid1->subnqn, trid2->subnqn);
}
