/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of spdk_env_init(): defaults, copies, checks.
 *
 * The caller may have been compiled against a struct that was shorter: opts_size says how much of
 * it there is, and nothing beyond that is read or written.
 */
#include "env/posix/env_opts.h"
#include "spdk/log.h"

#define DEFAULT_NAME          "spdk"
#define DEFAULT_CORE_MASK     "0x1"
#define DEFAULT_BASE_VIRTADDR UINT64_C(0x200000000000)
#define UUID_TEXT_LEN         36
#define MAIN_CORE_TEXT_SIZE   80

static void
defaults(struct spdk_env_opts *opts)
{
	memset(opts, 0, sizeof(*opts));
	opts->name = DEFAULT_NAME;
	opts->core_mask = DEFAULT_CORE_MASK;
	opts->shm_id = -1;
	opts->mem_channel = -1;
	opts->main_core = -1;
	opts->mem_size = -1;
	opts->base_virtaddr = DEFAULT_BASE_VIRTADDR;
}

/* As much of the struct as both sides know, or 0 after an explanation. */
static size_t
known_size(const struct spdk_env_opts *opts, const char *function)
{
	if (opts->opts_size == 0) {
		SPDK_ERRLOG("%s: opts_size is 0. Set opts.opts_size = sizeof(opts) before "
			    "spdk_env_opts_init(&opts).\n",
			    function);
		return 0;
	}
	return opts->opts_size < sizeof(*opts) ? opts->opts_size : sizeof(*opts);
}

void
spdk_env_opts_init(struct spdk_env_opts *opts)
{
	struct spdk_env_opts whole;
	size_t size;

	if (opts == NULL) {
		SPDK_ERRLOG("opts is NULL: spdk_env_opts_init() fills a struct of the caller.\n");
		return;
	}
	size = known_size(opts, __func__);
	if (size == 0) {
		return;
	}
	defaults(&whole);
	whole.opts_size = opts->opts_size;
	memcpy(opts, &whole, size);
}

/* Replaces a string by a copy of our own. An empty one says as much as none, and becomes NULL. */
static bool
own_string(const char **string)
{
	if (*string == NULL || (*string)[0] == '\0') {
		*string = NULL;
		return true;
	}
	*string = strdup(*string);
	return *string != NULL;
}

static bool
own_addresses(struct spdk_pci_addr **addresses, size_t count)
{
	struct spdk_pci_addr *copy;

	if (*addresses == NULL) {
		return true;
	}
	copy = calloc(count > 0 ? count : 1, sizeof(*copy));
	if (copy != NULL) {
		memcpy(copy, *addresses, count * sizeof(*copy));
	}
	*addresses = copy;
	return copy != NULL;
}

/* Every pointer becomes a copy or, once memory is out, NULL: nothing of the caller's is left. */
static bool
own_pointers(struct spdk_env_opts *opts)
{
	const char *context = opts->env_context;
	bool is_whole;

	is_whole = own_string(&opts->name);
	is_whole &= own_string(&opts->core_mask);
	is_whole &= own_string(&opts->lcore_map);
	is_whole &= own_string(&opts->hugedir);
	is_whole &= own_string(&opts->iova_mode);
	is_whole &= own_string(&opts->vf_token);
	is_whole &= own_string(&context);
	opts->env_context = (void *)(uintptr_t)context;
	is_whole &= own_addresses(&opts->pci_blocked, opts->num_pci_addr);
	is_whole &= own_addresses(&opts->pci_allowed, opts->num_pci_addr);
	return is_whole;
}

int
env_opts_copy(const struct spdk_env_opts *opts, struct spdk_env_opts **out_opts)
{
	struct spdk_env_opts *copy;
	size_t size;

	size = known_size(opts, "spdk_env_init");
	if (size == 0) {
		return -EINVAL;
	}
	copy = malloc(sizeof(*copy));
	if (copy == NULL) {
		return -ENOMEM;
	}
	defaults(copy);
	memcpy(copy, opts, size);
	copy->opts_size = sizeof(*copy);
	if (copy->name == NULL || copy->name[0] == '\0') {
		copy->name = DEFAULT_NAME;
	}
	if (!own_pointers(copy)) {
		env_opts_free(copy);
		return -ENOMEM;
	}
	*out_opts = copy;
	return 0;
}

void
env_opts_free(struct spdk_env_opts *opts)
{
	if (opts == NULL) {
		return;
	}
	free((void *)(uintptr_t)opts->name);
	free((void *)(uintptr_t)opts->core_mask);
	free((void *)(uintptr_t)opts->lcore_map);
	free((void *)(uintptr_t)opts->hugedir);
	free((void *)(uintptr_t)opts->iova_mode);
	free((void *)(uintptr_t)opts->vf_token);
	free(opts->env_context);
	free(opts->pci_blocked);
	free(opts->pci_allowed);
	free(opts);
}

static bool
is_uuid(const char *text)
{
	if (strlen(text) != UUID_TEXT_LEN) {
		return false;
	}
	for (int i = 0; i < UUID_TEXT_LEN; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])) {
			return false;
		}
	}
	return true;
}

static int
check_pci(const struct spdk_env_opts *opts)
{
	const struct spdk_pci_addr *addresses;

	if (opts->num_pci_addr == 0) {
		return 0;
	}
	if ((opts->pci_blocked != NULL) == (opts->pci_allowed != NULL)) {
		SPDK_ERRLOG(
			"num_pci_addr is %zu, but %s of pci_allowed and pci_blocked is set. Set "
			"one: either the devices to use, or those to leave alone.\n",
			opts->num_pci_addr, opts->pci_blocked != NULL ? "each" : "none");
		return -EINVAL;
	}
	addresses = opts->pci_blocked != NULL ? opts->pci_blocked : opts->pci_allowed;
	for (size_t i = 0; i < opts->num_pci_addr; i++) {
		if (addresses[i].dev > 0x1f || addresses[i].func > 7) {
			SPDK_ERRLOG("%s[%zu] is no PCI address: device %u, function %u. Make "
				    "addresses by spdk_pci_addr_parse().\n",
				    opts->pci_blocked != NULL ? "pci_blocked" : "pci_allowed", i,
				    addresses[i].dev, addresses[i].func);
			return -EINVAL;
		}
	}
	return 0;
}

int
env_opts_check(const struct spdk_env_opts *opts)
{
	if (opts->iova_mode != NULL && strcmp(opts->iova_mode, "pa") != 0 &&
	    strcmp(opts->iova_mode, "va") != 0) {
		SPDK_ERRLOG(
			"iova_mode \"%s\" is unknown. It is \"pa\" (physical addresses), \"va\" "
			"(virtual addresses), or NULL for what the machine can do.\n",
			opts->iova_mode);
		return -EINVAL;
	}
	if (opts->vf_token != NULL && !is_uuid(opts->vf_token)) {
		SPDK_ERRLOG("vf_token \"%s\" is no UUID. It looks like "
			    "\"14d63f20-8445-11ea-8900-1f9ce7d5650d\".\n",
			    opts->vf_token);
		return -EINVAL;
	}
	if (opts->env_context != NULL) {
		SPDK_NOTICELOG("env_context \"%s\" is ignored: there is no DPDK here to hand these "
			       "arguments to.\n",
			       (const char *)opts->env_context);
	}
	return check_pci(opts);
}

/* Whoever gives a map has the default mask in opts as well, without having asked for it. */
static int
parse_cores(const struct spdk_env_opts *opts, struct core_list *out_list)
{
	bool has_mask = opts->core_mask != NULL;
	bool has_map = opts->lcore_map != NULL;
	const char *option, *text, *cure;
	struct core_list_error error;
	int rc;

	if (has_map && has_mask && strcmp(opts->core_mask, DEFAULT_CORE_MASK) != 0) {
		SPDK_ERRLOG(
			"core_mask \"%s\" and lcore_map \"%s\" are both set. Set one, and leave "
			"the other at NULL.\n",
			opts->core_mask, opts->lcore_map);
		return -EINVAL;
	}
	if (has_map) {
		option = "lcore_map";
		text = opts->lcore_map;
		cure = "0@1,1@(2-3)";
		rc = core_list_parse_map(text, out_list, &error);
	} else {
		option = "core_mask";
		text = has_mask ? opts->core_mask : DEFAULT_CORE_MASK;
		cure = "0x3 or [0,2-3]";
		rc = core_list_parse_mask(text, out_list, &error);
	}
	if (rc != 0) {
		SPDK_ERRLOG("%s \"%s\" is wrong at \"%s\" (character %zu): %s. Write, for example, "
			    "%s.\n",
			    option, text, text + error.position, error.position + 1, error.reason,
			    cure);
	}
	return rc;
}

int
env_opts_cores(const struct spdk_env_opts *opts, struct core_list *out_list,
	       uint32_t *out_main_core)
{
	char text[MAIN_CORE_TEXT_SIZE];
	int rc;

	rc = parse_cores(opts, out_list);
	if (rc != 0) {
		return rc;
	}
	if (opts->main_core == -1) {
		*out_main_core = core_set_next(&out_list->lcores, 0);
		return 0;
	}
	if (opts->main_core < 0 || !core_set_has(&out_list->lcores, (uint32_t)opts->main_core)) {
		SPDK_ERRLOG(
			"main_core %d is not one of the cores %s. Choose one of them, or -1 for "
			"the lowest.\n",
			opts->main_core, core_set_format(&out_list->lcores, text, sizeof(text)));
		return -EINVAL;
	}
	*out_main_core = (uint32_t)opts->main_core;
	return 0;
}
