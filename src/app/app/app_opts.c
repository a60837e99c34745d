/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of spdk_app_start(): defaults, copies, checks.
 *
 * The caller may have been compiled against a struct that was shorter: opts_size says how much of
 * it there is, and nothing beyond that is read or written.
 *
 * The struct is packed, so its fields are reached by name or by offset and memcpy(), never by
 * pointer.
 */
#include "app/app/app_opts.h"
#include "app/app/app_args.h"
#include "spdk/string.h"

#define DEFAULT_BASE_VIRTADDR UINT64_C(0x200000000000)
#define DEFAULT_TRACE_ENTRIES 32768

/* A struct that ends before it says how long it is cannot be told from garbage. */
#define SIZE_MIN (offsetof(struct spdk_app_opts, opts_size) + sizeof(size_t))

static const size_t text_offsets[] = {
	offsetof(struct spdk_app_opts, name),
	offsetof(struct spdk_app_opts, json_config_file),
	offsetof(struct spdk_app_opts, rpc_addr),
	offsetof(struct spdk_app_opts, reactor_mask),
	offsetof(struct spdk_app_opts, tpoint_group_mask),
	offsetof(struct spdk_app_opts, hugedir),
	offsetof(struct spdk_app_opts, iova_mode),
	offsetof(struct spdk_app_opts, env_context),
	offsetof(struct spdk_app_opts, vf_token),
	offsetof(struct spdk_app_opts, lcore_map),
};

#define TEXTS_COUNT (sizeof(text_offsets) / sizeof(text_offsets[0]))

static void *
get_pointer(const struct spdk_app_opts *opts, size_t offset)
{
	void *pointer;

	memcpy(&pointer, (const char *)opts + offset, sizeof(pointer));
	return pointer;
}

static void
set_pointer(struct spdk_app_opts *opts, size_t offset, void *pointer)
{
	memcpy((char *)opts + offset, &pointer, sizeof(pointer));
}

static const char *g_default_rpc_addr = SPDK_DEFAULT_RPC_ADDR;

void
app_opts_set_default_rpc_addr(const char *address)
{
	g_default_rpc_addr = address != NULL ? address : SPDK_DEFAULT_RPC_ADDR;
}

void
app_opts_defaults(struct spdk_app_opts *out_opts)
{
	memset(out_opts, 0, sizeof(*out_opts));
	out_opts->rpc_addr = g_default_rpc_addr;
	out_opts->shm_id = -1;
	out_opts->enable_coredump = true;
	out_opts->mem_channel = -1;
	out_opts->main_core = -1;
	out_opts->mem_size = -1;
	out_opts->print_level = SPDK_LOG_INFO;
	out_opts->num_entries = DEFAULT_TRACE_ENTRIES;
	out_opts->base_virtaddr = DEFAULT_BASE_VIRTADDR;
	out_opts->msg_mempool_size = SPDK_DEFAULT_MSG_MEMPOOL_SIZE;
	out_opts->rpc_log_level = SPDK_LOG_DISABLED;
	out_opts->opts_size = sizeof(*out_opts);
}

static size_t
known_size(size_t opts_size, const char *function)
{
	if (opts_size < SIZE_MIN) {
		SPDK_ERRLOG("%s: opts_size is %zu, which is no size of struct spdk_app_opts. Call "
			    "spdk_app_opts_init(&opts, sizeof(opts)) first.\n",
			    function, opts_size);
		return 0;
	}
	return opts_size < sizeof(struct spdk_app_opts) ? opts_size : sizeof(struct spdk_app_opts);
}

size_t
app_opts_known_size(const struct spdk_app_opts *opts, const char *function)
{
	if (opts == NULL) {
		SPDK_ERRLOG("%s: opts is NULL. Give it a struct spdk_app_opts that "
			    "spdk_app_opts_init() has filled.\n",
			    function);
		return 0;
	}
	return known_size(opts->opts_size, function);
}

void
spdk_app_opts_init(struct spdk_app_opts *opts, size_t opts_size)
{
	struct spdk_app_opts whole;
	size_t size;

	if (opts == NULL) {
		SPDK_ERRLOG("opts is NULL: spdk_app_opts_init() fills a struct of the caller.\n");
		return;
	}
	size = known_size(opts_size, __func__);
	if (size == 0) {
		return;
	}
	app_opts_defaults(&whole);
	whole.opts_size = opts_size;
	/* Of fields that only the caller knows, 0 is the default. */
	memset(opts, 0, opts_size);
	memcpy(opts, &whole, size);
}

static int
refuse(const char *text)
{
	SPDK_ERRLOG("The options of spdk_app_start() are wrong: %s\n", text);
	return -EINVAL;
}

static bool
level_is_valid(enum spdk_log_level level)
{
	return (int)level >= SPDK_LOG_DISABLED && (int)level <= SPDK_LOG_DEBUG;
}

static int
check_configuration(const struct spdk_app_opts *opts)
{
	if (opts->json_config_file != NULL && opts->json_data != NULL) {
		return refuse("json_config_file (-c) and json_data are both set. Set one of them.");
	}
	if ((opts->json_data != NULL) != (opts->json_data_size != 0)) {
		return refuse("json_data and json_data_size belong together: set both or none.");
	}
	if (opts->delay_subsystem_init && opts->rpc_addr == NULL) {
		return refuse("delay_subsystem_init (--wait-for-rpc) waits for an RPC that can "
			      "never come, because rpc_addr is NULL. Set rpc_addr (-r).");
	}
	return 0;
}

static int
check(const struct spdk_app_opts *opts)
{
	if (opts->name == NULL) {
		return refuse("name is not set. Set opts.name to the name of your program.");
	}
	if (opts->lcore_map != NULL && opts->reactor_mask != NULL &&
	    strcmp(opts->reactor_mask, APP_OPTS_DEFAULT_MASK) != 0) {
		return refuse("reactor_mask (-m) and lcore_map (--lcores) are both set. Set one of "
			      "them.");
	}
	if (opts->pci_blocked != NULL && opts->pci_allowed != NULL) {
		return refuse("pci_blocked (-B) and pci_allowed (-A) are both set. Set one of "
			      "them.");
	}
	if ((opts->pci_blocked != NULL || opts->pci_allowed != NULL) != (opts->num_pci_addr != 0)) {
		return refuse("num_pci_addr must be the number of entries in pci_blocked or "
			      "pci_allowed, and 0 when neither is set.");
	}
	if (!level_is_valid(opts->print_level) || !level_is_valid(opts->rpc_log_level)) {
		return refuse("print_level or rpc_log_level is no enum spdk_log_level.");
	}
	return check_configuration(opts);
}

static bool
own_bytes(struct spdk_app_opts *opts, size_t offset, size_t size)
{
	void *bytes = get_pointer(opts, offset);
	void *copy;

	if (bytes == NULL) {
		return true;
	}
	copy = malloc(size);
	if (copy != NULL) {
		memcpy(copy, bytes, size);
	}
	set_pointer(opts, offset, copy);
	return copy != NULL;
}

/* Every pointer becomes a copy or, once memory is out, NULL: nothing of the caller's is left. */
static bool
own_pointers(struct spdk_app_opts *opts)
{
	size_t addresses_size = opts->num_pci_addr * sizeof(struct spdk_pci_addr);
	bool is_whole = true;

	for (size_t i = 0; i < TEXTS_COUNT; i++) {
		const char *text = get_pointer(opts, text_offsets[i]);

		is_whole &= own_bytes(opts, text_offsets[i], text != NULL ? strlen(text) + 1 : 0);
	}
	is_whole &= own_bytes(opts, offsetof(struct spdk_app_opts, pci_blocked), addresses_size);
	is_whole &= own_bytes(opts, offsetof(struct spdk_app_opts, pci_allowed), addresses_size);
	is_whole &=
		own_bytes(opts, offsetof(struct spdk_app_opts, json_data), opts->json_data_size);
	if (opts->rpc_allowlist != NULL) {
		opts->rpc_allowlist = (const char **)spdk_strarray_dup(opts->rpc_allowlist);
		is_whole &= opts->rpc_allowlist != NULL;
	}
	return is_whole;
}

/* An empty string says as much as none; so does a mask beside a map, which check() has let pass. */
static void
settle_texts(struct spdk_app_opts *opts)
{
	for (size_t i = 0; i < TEXTS_COUNT; i++) {
		const char *text = get_pointer(opts, text_offsets[i]);

		if (text != NULL && text[0] == '\0') {
			set_pointer(opts, text_offsets[i], NULL);
		}
	}
}

static void
settle_cores(struct spdk_app_opts *opts)
{
	if (opts->lcore_map != NULL) {
		opts->reactor_mask = NULL;
	} else if (opts->reactor_mask == NULL) {
		opts->reactor_mask = APP_OPTS_DEFAULT_MASK;
	}
}

int
app_opts_copy(const struct spdk_app_opts *user, struct spdk_app_opts **out_opts)
{
	size_t size = app_opts_known_size(user, "spdk_app_start");
	struct spdk_app_opts *opts;
	int rc;

	if (size == 0) {
		return -EINVAL;
	}
	opts = malloc(sizeof(*opts));
	if (opts == NULL) {
		return -ENOMEM;
	}
	app_opts_defaults(opts);
	memcpy(opts, user, size);
	opts->opts_size = sizeof(*opts);
	settle_texts(opts);
	rc = check(opts);
	if (rc != 0) {
		free(opts);
		return rc;
	}
	settle_cores(opts);
	if (!own_pointers(opts)) {
		app_opts_free(opts);
		return -ENOMEM;
	}
	*out_opts = opts;
	return 0;
}

void
app_opts_free(struct spdk_app_opts *opts)
{
	if (opts == NULL) {
		return;
	}
	for (size_t i = 0; i < TEXTS_COUNT; i++) {
		free(get_pointer(opts, text_offsets[i]));
	}
	free(opts->pci_blocked);
	free(opts->pci_allowed);
	free(opts->json_data);
	spdk_strarray_free((char **)opts->rpc_allowlist);
	free(opts);
}

bool
app_opts_rpc_addr_is_explicit(const struct spdk_app_opts *user)
{
	bool has_field = user->opts_size >=
			 offsetof(struct spdk_app_opts, rpc_addr) + sizeof(user->rpc_addr);

	if (!has_field || user->rpc_addr == NULL || user->rpc_addr[0] == '\0') {
		return false;
	}
	return app_args_gave_rpc_addr(user->rpc_addr) ||
	       strcmp(user->rpc_addr, g_default_rpc_addr) != 0;
}

bool
app_opts_mask_is_explicit(const struct spdk_app_opts *user)
{
	bool has_map = user->opts_size >= offsetof(struct spdk_app_opts, lcore_map) +
						  sizeof(user->lcore_map) &&
		       user->lcore_map != NULL && user->lcore_map[0] != '\0';

	if (has_map) {
		return true;
	}
	if (user->reactor_mask == NULL || user->reactor_mask[0] == '\0') {
		return false;
	}
	return app_args_gave_mask(user->reactor_mask) ||
	       strcmp(user->reactor_mask, APP_OPTS_DEFAULT_MASK) != 0;
}

void
app_opts_to_env(const struct spdk_app_opts *opts, struct spdk_env_opts *out_env_opts)
{
	memset(out_env_opts, 0, sizeof(*out_env_opts));
	out_env_opts->opts_size = sizeof(*out_env_opts);
	spdk_env_opts_init(out_env_opts);
	out_env_opts->name = opts->name;
	out_env_opts->core_mask = opts->reactor_mask;
	out_env_opts->lcore_map = opts->lcore_map;
	out_env_opts->shm_id = opts->shm_id;
	out_env_opts->mem_channel = opts->mem_channel;
	out_env_opts->main_core = opts->main_core;
	out_env_opts->mem_size = opts->mem_size;
	out_env_opts->no_pci = opts->no_pci;
	out_env_opts->hugepage_single_segments = opts->hugepage_single_segments;
	out_env_opts->unlink_hugepage = opts->unlink_hugepage;
	out_env_opts->no_huge = opts->no_huge;
	out_env_opts->num_pci_addr = opts->num_pci_addr;
	out_env_opts->hugedir = opts->hugedir;
	out_env_opts->pci_blocked = opts->pci_blocked;
	out_env_opts->pci_allowed = opts->pci_allowed;
	out_env_opts->iova_mode = opts->iova_mode;
	out_env_opts->base_virtaddr = opts->base_virtaddr;
	out_env_opts->env_context = opts->env_context;
	out_env_opts->vf_token = opts->vf_token;
	out_env_opts->enforce_numa = opts->enforce_numa;
}
