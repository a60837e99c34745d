/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of hashes and groups of DH-HMAC-CHAP. */
#include "spdk/nvme/dhchap.h"
#include "spdk/util.h"

struct dhchap_name {
	int id;
	const char *text;
	uint8_t length;
};

static const struct dhchap_name digests[] = {
	{SPDK_NVMF_DHCHAP_HASH_SHA256, "sha256", 32},
	{SPDK_NVMF_DHCHAP_HASH_SHA384, "sha384", 48},
	{SPDK_NVMF_DHCHAP_HASH_SHA512, "sha512", 64},
};

static const struct dhchap_name groups[] = {
	{SPDK_NVMF_DHCHAP_DHGROUP_NULL, "null", 0},
	{SPDK_NVMF_DHCHAP_DHGROUP_2048, "ffdhe2048", 0},
	{SPDK_NVMF_DHCHAP_DHGROUP_3072, "ffdhe3072", 0},
	{SPDK_NVMF_DHCHAP_DHGROUP_4096, "ffdhe4096", 0},
	{SPDK_NVMF_DHCHAP_DHGROUP_6144, "ffdhe6144", 0},
	{SPDK_NVMF_DHCHAP_DHGROUP_8192, "ffdhe8192", 0},
};

static const struct dhchap_name *
find_id(const struct dhchap_name *names, size_t count, int id)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].id == id) {
			return &names[i];
		}
	}
	return NULL;
}

static int
find_text(const struct dhchap_name *names, size_t count, const char *text)
{
	for (size_t i = 0; text != NULL && i < count; i++) {
		if (strcmp(names[i].text, text) == 0) {
			return names[i].id;
		}
	}
	return -EINVAL;
}

const char *
spdk_nvme_dhchap_get_digest_name(int id)
{
	const struct dhchap_name *name = find_id(digests, SPDK_COUNTOF(digests), id);

	return name != NULL ? name->text : NULL;
}

int
spdk_nvme_dhchap_get_digest_id(const char *name)
{
	return find_text(digests, SPDK_COUNTOF(digests), name);
}

uint8_t
spdk_nvme_dhchap_get_digest_length(int id)
{
	const struct dhchap_name *name = find_id(digests, SPDK_COUNTOF(digests), id);

	return name != NULL ? name->length : 0;
}

const char *
spdk_nvme_dhchap_get_dhgroup_name(int id)
{
	const struct dhchap_name *name = find_id(groups, SPDK_COUNTOF(groups), id);

	return name != NULL ? name->text : NULL;
}

int
spdk_nvme_dhchap_get_dhgroup_id(const char *name)
{
	return find_text(groups, SPDK_COUNTOF(groups), name);
}
