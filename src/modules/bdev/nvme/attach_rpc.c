/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods that bring controllers and take them away.
 */
#include "nvme_device.h"
#include "nvme_disk.h"
#include "nvme_rpc.h"
#include "spdk/rpc.h"
#include "spdk/string.h"

#define BDEVS_MAX_DEFAULT 128u
#define IO_QUEUES_MAX     (UINT16_MAX + 1u)

enum multipath_mode {
	MULTIPATH_MODE_FAILOVER,
	MULTIPATH_MODE_MULTIPATH,
	MULTIPATH_MODE_DISABLE,
};

/* ---- Addresses, which two methods have ---- */

struct address_params {
	char *trtype, *traddr, *adrfam, *trsvcid, *priority, *subnqn, *hostaddr, *hostsvcid;
};

struct text_field {
	const char *name;
	const char *text;
	char *target;
	size_t size;
};

static int
copy_fields(const struct text_field *fields, size_t count, struct bdev_reason *reason)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (fields[i].text == NULL) {
			continue;
		}
		if (strlen(fields[i].text) >= fields[i].size) {
			return bdev_refuse(reason, -EINVAL,
					   "%s is longer than the %zu characters there are",
					   fields[i].name, fields[i].size - 1);
		}
		(void)snprintf(fields[i].target, fields[i].size, "%s", fields[i].text);
	}
	return 0;
}

static int
parse_family(struct spdk_nvme_transport_id *trid, const char *adrfam, struct bdev_reason *reason)
{
	if (adrfam != NULL && spdk_nvme_transport_id_parse_adrfam(&trid->adrfam, adrfam) != 0) {
		return bdev_refuse(reason, -EINVAL, "adrfam '%s' is no family of addresses",
				   adrfam);
	}
	return 0;
}

/* The same address is written in one way: that of the driver. */
static int
normalize_pci(struct spdk_nvme_transport_id *trid, struct bdev_reason *reason)
{
	struct spdk_pci_addr pci;

	if (trid->trtype != SPDK_NVME_TRANSPORT_PCIE) {
		return 0;
	}
	if (spdk_pci_addr_parse(&pci, trid->traddr) != 0 ||
	    spdk_pci_addr_fmt(trid->traddr, sizeof(trid->traddr), &pci) != 0) {
		return bdev_refuse(reason, -EINVAL,
				   "traddr '%s' is no PCI address like 0000:01:00.0", trid->traddr);
	}
	return 0;
}

static int
parse_address(const struct address_params *params, struct spdk_nvme_transport_id *trid,
	      struct bdev_reason *reason)
{
	const struct text_field fields[] = {
		{"traddr", params->traddr, trid->traddr, sizeof(trid->traddr)},
		{"trsvcid", params->trsvcid, trid->trsvcid, sizeof(trid->trsvcid)},
		{"subnqn", params->subnqn, trid->subnqn, sizeof(trid->subnqn)},
	};
	long priority;
	int rc;

	memset(trid, 0, sizeof(*trid));
	if (spdk_nvme_transport_id_populate_trstring(trid, params->trtype) != 0 ||
	    spdk_nvme_transport_id_parse_trtype(&trid->trtype, params->trtype) != 0) {
		return bdev_refuse(reason, -EINVAL,
				   "trtype '%s' is no transport: PCIe is the one there is",
				   params->trtype);
	}
	rc = copy_fields(fields, SPDK_COUNTOF(fields), reason);
	if (rc == 0) {
		rc = parse_family(trid, params->adrfam, reason);
	}
	if (rc == 0 && params->priority != NULL) {
		priority = spdk_strtol(params->priority, 10);
		if (priority < 0 || priority > INT32_MAX) {
			return bdev_refuse(reason, -EINVAL, "priority '%s' is no number",
					   params->priority);
		}
		trid->priority = (int)priority;
	}
	return rc != 0 ? rc : normalize_pci(trid, reason);
}

/* ---- bdev_nvme_attach_controller ---- */

struct attach_params {
	struct address_params address;
	char *name, *hostnqn, *psk, *dhchap_key, *dhchap_ctrlr_key;
	bool prchk_reftag, prchk_guard, hdgst, ddgst, allow_unrecognized_csi;
	uint64_t fabrics_connect_timeout_us;
	int multipath;
	uint32_t num_io_queues, max_bdevs;
	int32_t ctrlr_loss_timeout_sec;
	uint32_t reconnect_delay_sec, fast_io_fail_timeout_sec;
	struct nvme_multipath_params multipath_opts;
	bool has_queues, has_loss, has_delay, has_fast, has_timeout;
	bool has_policy, has_selector, has_min_io;
};

#define FIELD(member) offsetof(struct attach_params, member)
#define STRING(key, member, required, text)                                           \
	{                                                                             \
		.name = (key), .kind = SPINDLE_RPC_STRING, .is_required = (required), \
		.offset = FIELD(member), .doc = (text)                                \
	}
#define SWITCH(key, member, text)                                                               \
	{                                                                                       \
		.name = (key), .kind = SPINDLE_RPC_BOOL, .offset = FIELD(member), .doc = (text) \
	}
#define NUMBER(key, what, member, given, text)                                      \
	{                                                                           \
		.name = (key), .kind = SPINDLE_RPC_##what, .offset = FIELD(member), \
		.given_offset = FIELD(given), .doc = (text)                         \
	}

static const struct spindle_rpc_choice modes[] = {
	{"failover", MULTIPATH_MODE_FAILOVER},
	{"multipath", MULTIPATH_MODE_MULTIPATH},
	{"disable", MULTIPATH_MODE_DISABLE},
	{NULL, 0},
};

static const struct spindle_rpc_param multipath_members[] = {
	{.name = "policy",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct nvme_multipath_params, policy),
	 .choices = g_nvme_policies,
	 .doc = "Which paths are used (default: as bdev_nvme_set_options says)"},
	{.name = "selector",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct nvme_multipath_params, selector),
	 .choices = g_nvme_selectors,
	 .doc = "How one of several is chosen (default: as bdev_nvme_set_options says)"},
	{.name = "min_io",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct nvme_multipath_params, min_io),
	 .doc = "I/Os by one path before the next is taken (default: as bdev_nvme_set_options "
		"says)"},
};

/* What is left out is not touched: these say so. */
static const struct nvme_multipath_params multipath_unset = {-1, -1, 0};

static const struct spindle_rpc_object multipath_params =
	SPINDLE_RPC_OBJECT_WITH(struct nvme_multipath_params, multipath_members, &multipath_unset);

static const struct spindle_rpc_param attach_members[] = {
	STRING("name", name, true, "Name of the controller, which those of its bdevs begin with"),
	STRING("trtype", address.trtype, true, "Transport: PCIe"),
	STRING("traddr", address.traddr, true, "Address, of PCIe: 0000:01:00.0"),
	STRING("adrfam", address.adrfam, false, "Family of the address, for fabrics"),
	STRING("trsvcid", address.trsvcid, false, "Service, for fabrics"),
	STRING("priority", address.priority, false, "Priority of the connection, for TCP"),
	STRING("subnqn", address.subnqn, false, "Name of the subsystem, for fabrics"),
	STRING("hostnqn", hostnqn, false, "Name of this host"),
	STRING("hostaddr", address.hostaddr, false, "Address of this host, for fabrics"),
	STRING("hostsvcid", address.hostsvcid, false, "Service of this host, for fabrics"),
	SWITCH("prchk_reftag", prchk_reftag, "Let reference tags be checked (default: false)"),
	SWITCH("prchk_guard", prchk_guard, "Let guards be checked (default: false)"),
	SWITCH("hdgst", hdgst, "Digests of headers, for TCP"),
	SWITCH("ddgst", ddgst, "Digests of data, for TCP"),
	NUMBER("fabrics_connect_timeout_us", UINT64, fabrics_connect_timeout_us, has_timeout,
	       "How long connecting may take, for fabrics, in us"),
	{.name = "multipath",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = FIELD(multipath),
	 .choices = modes,
	 .doc = "What a second path to the same subsystem is for (default: failover)"},
	NUMBER("num_io_queues", UINT32, num_io_queues, has_queues,
	       "I/O queues to ask for, 1 to 65536: one for each thread (default: 1024)"),
	NUMBER("ctrlr_loss_timeout_sec", INT32, ctrlr_loss_timeout_sec, has_loss,
	       "For how long a controller is tried that does not come back, in s; -1: for ever, 0: "
	       "not (default: as bdev_nvme_set_options says)"),
	NUMBER("reconnect_delay_sec", UINT32, reconnect_delay_sec, has_delay,
	       "Time between attempts, in s; 0: there are none (default: as "
	       "bdev_nvme_set_options says)"),
	NUMBER("fast_io_fail_timeout_sec", UINT32, fast_io_fail_timeout_sec, has_fast,
	       "How long I/O waits for it, in s; 0: until it comes or is given up (default: as "
	       "bdev_nvme_set_options says)"),
	STRING("psk", psk, false, "Name of a key, for TLS"),
	{.name = "max_bdevs",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = FIELD(max_bdevs),
	 .doc = "How many names are answered at most (default: 128)"},
	STRING("dhchap_key", dhchap_key, false, "Name of a key, for authentication"),
	STRING("dhchap_ctrlr_key", dhchap_ctrlr_key, false,
	       "Name of the controller's key, for authentication"),
	SWITCH("allow_unrecognized_csi", allow_unrecognized_csi,
	       "Namespaces of unknown command sets become bdevs for passthrough (default: false)"),
	{.name = "multipath_opts",
	 .kind = SPINDLE_RPC_OBJECT_OF,
	 .offset = FIELD(multipath_opts),
	 .members = &multipath_params,
	 .doc = "Options for several paths"},
};

static const struct attach_params attach_defaults = {
	.max_bdevs = BDEVS_MAX_DEFAULT,
	.multipath_opts = {-1, -1, 0},
};

static const struct spindle_rpc_object attach_params =
	SPINDLE_RPC_OBJECT_WITH(struct attach_params, attach_members, &attach_defaults);

struct attach_call {
	struct spdk_jsonrpc_request *request;
	char *name;
	uint32_t max_bdevs;
};

static void
answer_names(void *arg)
{
	struct attach_call *call = arg;
	struct nvme_dev *dev = bdev_nvme_find(call->name);
	struct spdk_json_write_ctx *w = spdk_jsonrpc_begin_result(call->request);
	const struct nvme_disk *disk;
	uint32_t count = 0;

	spdk_json_write_array_begin(w);
	if (dev != NULL) {
		TAILQ_FOREACH (disk, &dev->disks, link) {
			if (count++ < call->max_bdevs) {
				spdk_json_write_string(w, disk->bdev.name);
			}
		}
	}
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(call->request, w);
	free(call->name);
	free(call);
}

static void
attached(void *arg, struct nvme_dev *dev, int rc, const struct bdev_reason *reason)
{
	struct attach_call *call = arg;

	if (rc != 0) {
		bdev_answer_refusal(call->request, rc, reason);
		free(call->name);
		free(call);
		return;
	}
	/* What lies on its bdevs is found before the answer. */
	if (spdk_bdev_wait_for_examine(answer_names, call) != 0) {
		answer_names(call);
	}
}

/* Of an interface that is not there; what is given in vain is refused rather than ignored. */
static int
refuse_fabrics(const struct attach_params *params, struct bdev_reason *reason)
{
	const char *given = params->psk != NULL               ? "psk" :
			    params->dhchap_key != NULL        ? "dhchap_key" :
			    params->dhchap_ctrlr_key != NULL  ? "dhchap_ctrlr_key" :
			    params->address.hostaddr != NULL  ? "hostaddr" :
			    params->address.hostsvcid != NULL ? "hostsvcid" :
			    params->hdgst                     ? "hdgst" :
			    params->ddgst                     ? "ddgst" :
								NULL;

	if (given != NULL) {
		return bdev_refuse(reason, -EINVAL,
				   "%s is for controllers over a network, and this one is on PCIe",
				   given);
	}
	return 0;
}

static void
fill_bdev_opts(const struct attach_params *params, struct spdk_bdev_nvme_ctrlr_opts *opts)
{
	spdk_bdev_nvme_get_default_ctrlr_opts(opts);
	opts->prchk_flags = (params->prchk_reftag ? SPDK_NVME_IO_FLAGS_PRCHK_REFTAG : 0) |
			    (params->prchk_guard ? SPDK_NVME_IO_FLAGS_PRCHK_GUARD : 0);
	opts->allow_unrecognized_csi = params->allow_unrecognized_csi;
	opts->multipath = params->multipath == MULTIPATH_MODE_MULTIPATH;
	if (params->has_loss) {
		opts->ctrlr_loss_timeout_sec = params->ctrlr_loss_timeout_sec;
	}
	if (params->has_delay) {
		opts->reconnect_delay_sec = params->reconnect_delay_sec;
	}
	if (params->has_fast) {
		opts->fast_io_fail_timeout_sec = params->fast_io_fail_timeout_sec;
	}
	if (params->multipath_opts.policy >= 0) {
		opts->multipath_policy = (uint8_t)params->multipath_opts.policy;
	}
	if (params->multipath_opts.selector >= 0) {
		opts->multipath_selector = (uint8_t)params->multipath_opts.selector;
	}
	if (params->multipath_opts.min_io != 0) {
		opts->multipath_min_io = params->multipath_opts.min_io;
	}
}

static int
fill_spec(const struct attach_params *params, struct nvme_attach_spec *spec,
	  struct bdev_reason *reason)
{
	const struct text_field fields[] = {
		{"hostnqn", params->hostnqn, spec->drv_opts.hostnqn,
		 sizeof(spec->drv_opts.hostnqn)},
	};
	int rc = parse_address(&params->address, &spec->trid, reason);

	if (rc == 0 && spec->trid.trtype == SPDK_NVME_TRANSPORT_PCIE) {
		rc = refuse_fabrics(params, reason);
	}
	if (rc != 0) {
		return rc;
	}
	bdev_nvme_drv_opts_init(&spec->drv_opts);
	bdev_nvme_drv_opts_apply(&spec->drv_opts);
	if (params->has_queues) {
		if (params->num_io_queues == 0 || params->num_io_queues > IO_QUEUES_MAX) {
			return bdev_refuse(reason, -EINVAL,
					   "num_io_queues is %u, and must be 1 to %u",
					   params->num_io_queues, IO_QUEUES_MAX);
		}
		spec->drv_opts.num_io_queues = params->num_io_queues;
	}
	fill_bdev_opts(params, &spec->bdev_opts);
	spec->name = params->name;
	return copy_fields(fields, SPDK_COUNTOF(fields), reason);
}

static int
start_attach(struct spdk_jsonrpc_request *request, const struct attach_params *params,
	     struct bdev_reason *reason)
{
	struct nvme_attach_spec spec = {.name = NULL};
	struct attach_call *call;
	int rc = fill_spec(params, &spec, reason);

	if (rc != 0) {
		return rc;
	}
	call = calloc(1, sizeof(*call));
	if (call == NULL) {
		return -ENOMEM;
	}
	call->request = request;
	call->max_bdevs = params->max_bdevs;
	call->name = strdup(params->name);
	rc = call->name != NULL ? bdev_nvme_attach(&spec, reason, attached, call) : -ENOMEM;
	if (rc != 0) {
		free(call->name);
		free(call);
	}
	return rc;
}

static void
attach_controller(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct bdev_reason reason = {""};
	int rc = start_attach(request, ctx, &reason);

	if (rc != 0) {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_nvme_attach_controller", attach_controller, SPDK_RPC_RUNTIME,
		     &attach_params, "Attaches an NVMe controller: its namespaces become bdevs")

/* ---- bdev_nvme_detach_controller ---- */

struct detach_params {
	struct address_params address;
	char *name;
};

#undef FIELD
#define FIELD(member) offsetof(struct detach_params, member)

static const struct spindle_rpc_param detach_members[] = {
	STRING("name", name, true, "Name of the controller"),
	STRING("trtype", address.trtype, false, "Transport of the one that is meant"),
	STRING("traddr", address.traddr, false, "Address of the one that is meant"),
	STRING("adrfam", address.adrfam, false, "Family of that address"),
	STRING("trsvcid", address.trsvcid, false, "Service of the one that is meant"),
	STRING("subnqn", address.subnqn, false, "Subsystem of the one that is meant"),
	STRING("hostaddr", address.hostaddr, false, "Address of this host"),
	STRING("hostsvcid", address.hostsvcid, false, "Service of this host"),
};

static const struct spindle_rpc_object detach_params =
	SPINDLE_RPC_OBJECT(struct detach_params, detach_members);

/* What is given has to be that of the controller; what is not may be anything. */
static int
check_path(const struct nvme_dev *dev, const struct detach_params *params,
	   struct bdev_reason *reason)
{
	struct address_params address = params->address;
	char type[] = "PCIe", *traddr;
	struct spdk_nvme_transport_id trid;
	int rc;

	if (address.trtype == NULL && address.traddr == NULL && address.adrfam == NULL &&
	    address.trsvcid == NULL && address.subnqn == NULL) {
		return 0;
	}
	traddr = address.traddr;
	address.trtype = address.trtype != NULL ? address.trtype : type;
	if (traddr == NULL) {
		address.traddr = (char *)(uintptr_t)dev->trid.traddr;
	}
	rc = parse_address(&address, &trid, reason);
	if (rc == 0 && spdk_nvme_transport_id_compare(&trid, &dev->trid) != 0) {
		rc = bdev_refuse(reason, -ENODEV, "controller %s is at %s, and not there",
				 dev->name, dev->trid.traddr);
	}
	return rc;
}

static void
detach_controller(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct detach_params *params = ctx;
	const struct nvme_name_params named = {.name = params->name};
	struct nvme_dev *dev = nvme_rpc_find(request, &named);
	struct bdev_reason reason = {""};
	int rc;

	if (dev == NULL) {
		return;
	}
	rc = check_path(dev, params, &reason);
	if (rc == 0) {
		rc = spdk_bdev_nvme_delete(params->name, NULL, bdev_answer_done, request);
	}
	if (rc != 0) {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_nvme_detach_controller", detach_controller, SPDK_RPC_RUNTIME,
		     &detach_params, "Detaches an NVMe controller: its bdevs go")

/* ---- bdev_nvme_set_hotplug ---- */

struct hotplug_params {
	bool enable;
	uint64_t period_us;
};

static const struct spindle_rpc_param hotplug_members[] = {
	{.name = "enable",
	 .kind = SPINDLE_RPC_BOOL,
	 .is_required = true,
	 .offset = offsetof(struct hotplug_params, enable),
	 .doc = "Whether controllers that come are attached by themselves, as HotInNvme0 and so "
		"on"},
	{.name = "period_us",
	 .kind = SPINDLE_RPC_UINT64,
	 .offset = offsetof(struct hotplug_params, period_us),
	 .doc = "How often to look for controllers that come or go, in us, at most 10000000; 0: "
		"100000 (default: 0)"},
};

static const struct spindle_rpc_object hotplug_params =
	SPINDLE_RPC_OBJECT(struct hotplug_params, hotplug_members);

static void
set_hotplug(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct hotplug_params *params = ctx;
	struct bdev_reason reason = {""};
	int rc = bdev_nvme_hotplug_set(params->enable, params->period_us);

	if (rc == -EINVAL) {
		(void)bdev_refuse(&reason, rc, "period_us is %" PRIu64 "; 10000000 is the most",
				  params->period_us);
	}
	if (rc == 0) {
		spdk_jsonrpc_send_bool_response(request, true);
	} else {
		bdev_answer_refusal(request, rc, &reason);
	}
}

SPINDLE_RPC_REGISTER("bdev_nvme_set_hotplug", set_hotplug, SPDK_RPC_RUNTIME, &hotplug_params,
		     "Says whether NVMe controllers that come are attached by themselves")
