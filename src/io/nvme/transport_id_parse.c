/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Identifiers of transports as text: pairs of key and value with white space between them.
 *
 * One text may be for several readers, each of which takes the keys that it knows and passes over
 * those of the others. What no reader knows is an error: a slip in a key would else address all
 * devices instead of one.
 */
#include "spdk/env.h"
#include "spdk/log.h"
#include "spdk/nvme/transport_id.h"
#include "spdk/nvme_spec.h"
#include "spdk/string.h"
#include "spdk/util.h"

#define BLANKS   " \t\n\v\f\r"
#define KEY_SIZE 32
/* The longest is traddr. */
#define VALUE_SIZE   1024
#define PRCHK_GUARD  "guard"
#define PRCHK_REFTAG "reftag"

struct pair {
	char key[KEY_SIZE];
	char value[VALUE_SIZE];
};

/* Keys of all readers. */
static const char *const all_keys[] = {
	"trtype",   "adrfam",    "traddr",  "trsvcid", "priority",   "subnqn",
	"hostaddr", "hostsvcid", "hostnqn", "ns",      "alt_traddr", "prchk",
};

static bool
is_known(const char *key)
{
	for (size_t i = 0; i < SPDK_COUNTOF(all_keys); i++) {
		if (strcasecmp(all_keys[i], key) == 0) {
			return true;
		}
	}
	return false;
}

/* Takes the next pair from *text. 1: there is one; 0: the text is at its end; -EINVAL, explained.
 */
static int
next_pair(const char **text, struct pair *pair)
{
	const char *at = *text + strspn(*text, BLANKS);
	size_t length = strcspn(at, BLANKS);
	size_t key_length = strcspn(at, ":=" BLANKS);
	size_t value_length = length - key_length - (length > key_length);

	if (length == 0) {
		return 0;
	}
	if (key_length == length) {
		SPDK_ERRLOG("'%.*s': want key:value\n", (int)length, at);
		return -EINVAL;
	}
	if (key_length == 0 || key_length >= sizeof(pair->key)) {
		SPDK_ERRLOG("'%.*s': the key is %s\n", (int)length, at,
			    key_length == 0 ? "missing" : "too long");
		return -EINVAL;
	}
	if (value_length == 0 || value_length >= sizeof(pair->value)) {
		SPDK_ERRLOG("Key '%.*s': the value is %s\n", (int)key_length, at,
			    value_length == 0 ? "missing" : "too long");
		return -EINVAL;
	}
	memcpy(pair->key, at, key_length);
	pair->key[key_length] = '\0';
	memcpy(pair->value, at + key_length + 1, value_length);
	pair->value[value_length] = '\0';
	*text = at + length;
	if (!is_known(pair->key)) {
		SPDK_ERRLOG("Key '%s' is unknown: there are trtype, adrfam, traddr, trsvcid, "
			    "priority, subnqn, hostaddr, hostsvcid, hostnqn, ns, alt_traddr and "
			    "prchk\n",
			    pair->key);
		return -EINVAL;
	}
	return 1;
}

static int
copy_value(const struct pair *pair, char *field, size_t size)
{
	size_t length = strlen(pair->value);

	if (length >= size) {
		SPDK_ERRLOG("Key '%s': the value has %zu letters, and may have %zu\n", pair->key,
			    length, size - 1);
		return -EINVAL;
	}
	memcpy(field, pair->value, length + 1);
	return 0;
}

static int
set_trtype(struct spdk_nvme_transport_id *trid, const struct pair *pair)
{
	if (spdk_nvme_transport_id_populate_trstring(trid, pair->value) != 0) {
		SPDK_ERRLOG("Key 'trtype': '%s' is longer than %d letters\n", pair->value,
			    SPDK_NVMF_TRSTRING_MAX_LEN);
		return -EINVAL;
	}
	return spdk_nvme_transport_id_parse_trtype(&trid->trtype, pair->value);
}

static int
set_adrfam(struct spdk_nvme_transport_id *trid, const struct pair *pair)
{
	if (spdk_nvme_transport_id_parse_adrfam(&trid->adrfam, pair->value) != 0) {
		SPDK_ERRLOG("Key 'adrfam': '%s' is none of IPv4, IPv6, IB and FC\n", pair->value);
		return -EINVAL;
	}
	return 0;
}

static int
set_priority(struct spdk_nvme_transport_id *trid, const struct pair *pair)
{
	long priority = strlen(pair->value) <= SPDK_NVMF_PRIORITY_MAX_LEN ?
				spdk_strtol(pair->value, 10) :
				-EINVAL;

	if (priority < 0) {
		SPDK_ERRLOG("Key 'priority': '%s' is no number of up to %d digits\n", pair->value,
			    SPDK_NVMF_PRIORITY_MAX_LEN);
		return -EINVAL;
	}
	trid->priority = (int)priority;
	return 0;
}

static int
set_field(struct spdk_nvme_transport_id *trid, const struct pair *pair)
{
	if (strcasecmp(pair->key, "trtype") == 0) {
		return set_trtype(trid, pair);
	}
	if (strcasecmp(pair->key, "adrfam") == 0) {
		return set_adrfam(trid, pair);
	}
	if (strcasecmp(pair->key, "traddr") == 0) {
		return copy_value(pair, trid->traddr, sizeof(trid->traddr));
	}
	if (strcasecmp(pair->key, "trsvcid") == 0) {
		return copy_value(pair, trid->trsvcid, sizeof(trid->trsvcid));
	}
	if (strcasecmp(pair->key, "priority") == 0) {
		return set_priority(trid, pair);
	}
	if (strcasecmp(pair->key, "subnqn") == 0) {
		return copy_value(pair, trid->subnqn, sizeof(trid->subnqn));
	}
	return 0;
}

/* One address has one text, so that it can be compared and shown. */
static int
tidy_pci_address(struct spdk_nvme_transport_id *trid)
{
	struct spdk_pci_addr addr;

	if (trid->trtype != SPDK_NVME_TRANSPORT_PCIE || trid->traddr[0] == '\0') {
		return 0;
	}
	if (spdk_pci_addr_parse(&addr, trid->traddr) != 0) {
		SPDK_ERRLOG("Key 'traddr': '%s' is no address of a PCI device: want "
			    "DDDD:BB:DD.F, such as 0000:04:00.0\n",
			    trid->traddr);
		return -EINVAL;
	}
	return spdk_pci_addr_fmt(trid->traddr, sizeof(trid->traddr), &addr);
}

int
spdk_nvme_transport_id_parse(struct spdk_nvme_transport_id *trid, const char *str)
{
	struct pair pair;
	int rc;

	if (trid == NULL || str == NULL) {
		return -EINVAL;
	}
	while ((rc = next_pair(&str, &pair)) > 0) {
		rc = set_field(trid, &pair);
		if (rc != 0) {
			return rc;
		}
	}
	return rc != 0 ? rc : tidy_pci_address(trid);
}

int
spdk_nvme_host_id_parse(struct spdk_nvme_host_id *hostid, const char *str)
{
	struct pair pair;
	int rc;

	if (hostid == NULL || str == NULL) {
		return -EINVAL;
	}
	while ((rc = next_pair(&str, &pair)) > 0) {
		rc = 0;
		if (strcasecmp(pair.key, "hostaddr") == 0) {
			rc = copy_value(&pair, hostid->hostaddr, sizeof(hostid->hostaddr));
		} else if (strcasecmp(pair.key, "hostsvcid") == 0) {
			rc = copy_value(&pair, hostid->hostsvcid, sizeof(hostid->hostsvcid));
		}
		if (rc != 0) {
			return rc;
		}
	}
	return rc;
}

static int
parse_prchk(const char *value, uint32_t *out_flags)
{
	uint32_t flags = 0;

	for (const char *word = value;; word++) {
		size_t length = strcspn(word, "|");

		if (length == strlen(PRCHK_GUARD) && strncmp(word, PRCHK_GUARD, length) == 0) {
			flags |= SPDK_NVME_IO_FLAGS_PRCHK_GUARD;
		} else if (length == strlen(PRCHK_REFTAG) &&
			   strncmp(word, PRCHK_REFTAG, length) == 0) {
			flags |= SPDK_NVME_IO_FLAGS_PRCHK_REFTAG;
		} else {
			SPDK_ERRLOG("Key 'prchk': '%.*s' is neither guard nor reftag\n",
				    (int)length, word);
			return -EINVAL;
		}
		word += length;
		if (*word == '\0') {
			*out_flags = flags;
			return 0;
		}
	}
}

int
spdk_nvme_prchk_flags_parse(uint32_t *prchk_flags, const char *str)
{
	struct pair pair;
	int rc;

	if (prchk_flags == NULL || str == NULL) {
		return -EINVAL;
	}
	while ((rc = next_pair(&str, &pair)) > 0) {
		rc = strcasecmp(pair.key, "prchk") == 0 ? parse_prchk(pair.value, prchk_flags) : 0;
		if (rc != 0) {
			return rc;
		}
	}
	return rc;
}

const char *
spdk_nvme_prchk_flags_str(uint32_t prchk_flags)
{
	bool guard = (prchk_flags & SPDK_NVME_IO_FLAGS_PRCHK_GUARD) != 0;

	if ((prchk_flags & SPDK_NVME_IO_FLAGS_PRCHK_REFTAG) != 0) {
		return guard ? "prchk:reftag|guard" : "prchk:reftag";
	}
	return guard ? "prchk:guard" : NULL;
}
