/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods about controllers as a whole: what there is, reset, on and off, health.
 */
#include "nvme_device.h"
#include "nvme_rpc.h"
#include "spdk/rpc.h"
#include "spdk/string.h"

/* Health tells temperatures in kelvin. */
#define KELVIN_ZERO_CELSIUS 273

/* ---- bdev_nvme_get_controllers ---- */

static void
write_controller(struct spdk_json_write_ctx *w, const struct nvme_dev *dev)
{
	int32_t numa_id = spdk_nvme_ctrlr_get_numa_id(dev->ctrlr);

	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "name", dev->name);
	spdk_json_write_named_array_begin(w, "ctrlrs");
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "state", bdev_nvme_state_name(dev));
	spdk_json_write_named_object_begin(w, "trid");
	bdev_nvme_write_trid(w, &dev->trid);
	spdk_json_write_object_end(w);
	spdk_json_write_named_uint16(w, "cntlid", spdk_nvme_ctrlr_get_id(dev->ctrlr));
	spdk_json_write_named_object_begin(w, "host");
	spdk_json_write_named_string(w, "nqn", dev->hostnqn);
	spdk_json_write_named_string(w, "addr", "");
	spdk_json_write_named_string(w, "svcid", "");
	spdk_json_write_object_end(w);
	if (numa_id != SPDK_ENV_NUMA_ID_ANY) {
		spdk_json_write_named_int32(w, "numa_id", numa_id);
	}
	spdk_json_write_object_end(w);
	spdk_json_write_array_end(w);
	spdk_json_write_object_end(w);
}

static void
get_controllers(struct spdk_jsonrpc_request *request, void *ctx)
{
	const struct nvme_name_params *params = ctx;
	struct spdk_json_write_ctx *w;
	struct nvme_dev *dev = NULL;

	if (params->name != NULL) {
		dev = nvme_rpc_find(request, params);
		if (dev == NULL) {
			return;
		}
	}
	w = spdk_jsonrpc_begin_result(request);
	spdk_json_write_array_begin(w);
	if (dev != NULL) {
		write_controller(w, dev);
	} else {
		for (dev = bdev_nvme_first(); dev != NULL; dev = bdev_nvme_next(dev)) {
			write_controller(w, dev);
		}
	}
	spdk_json_write_array_end(w);
	spdk_jsonrpc_end_result(request, w);
}

SPINDLE_RPC_REGISTER("bdev_nvme_get_controllers", get_controllers, SPDK_RPC_RUNTIME,
		     &g_nvme_any_name_params, "Lists NVMe controllers and the state of each")

/* ---- Reset, enable, disable ---- */

typedef int (*control_fn)(struct nvme_dev *dev, nvme_done_fn fn, void *arg);

static void
explain(const struct nvme_dev *dev, int rc, struct bdev_reason *reason)
{
	switch (rc) {
	case -ENODEV:
		(void)bdev_refuse(reason, rc, "controller %s is being detached", dev->name);
		break;
	case -EPERM:
		(void)bdev_refuse(reason, rc,
				  "controller %s is disabled; bdev_nvme_enable_controller brings "
				  "it back",
				  dev->name);
		break;
	case -EBUSY:
		(void)bdev_refuse(reason, rc,
				  "controller %s is being reset; try again when it is "
				  "over",
				  dev->name);
		break;
	default:
		break;
	}
}

static void
control(struct spdk_jsonrpc_request *request, const struct nvme_name_params *params, control_fn fn)
{
	struct nvme_dev *dev = nvme_rpc_find(request, params);
	struct bdev_reason reason = {""};
	int rc;

	if (dev == NULL) {
		return;
	}
	rc = fn(dev, bdev_answer_done, request);
	if (rc != 0) {
		explain(dev, rc, &reason);
		bdev_answer_refusal(request, rc, &reason);
	}
}

static void
reset_controller(struct spdk_jsonrpc_request *request, void *params)
{
	control(request, params, bdev_nvme_reset);
}

SPINDLE_RPC_REGISTER("bdev_nvme_reset_controller", reset_controller, SPDK_RPC_RUNTIME,
		     &g_nvme_name_cntlid_params,
		     "Resets an NVMe controller; I/O waits, and goes on after it")

static void
enable_controller(struct spdk_jsonrpc_request *request, void *params)
{
	control(request, params, bdev_nvme_enable);
}

SPINDLE_RPC_REGISTER("bdev_nvme_enable_controller", enable_controller, SPDK_RPC_RUNTIME,
		     &g_nvme_name_cntlid_params, "Brings a disabled NVMe controller back")

static void
disable_controller(struct spdk_jsonrpc_request *request, void *params)
{
	control(request, params, bdev_nvme_disable);
}

SPINDLE_RPC_REGISTER("bdev_nvme_disable_controller", disable_controller, SPDK_RPC_RUNTIME,
		     &g_nvme_name_cntlid_params,
		     "Stops an NVMe controller; I/O to it fails until it is enabled")

/* ---- bdev_nvme_get_controller_health_info ---- */

struct health_call {
	struct spdk_jsonrpc_request *request;
	struct spdk_nvme_ctrlr *ctrlr;
	struct spdk_nvme_transport_id trid;
	struct spdk_nvme_health_information_page *page;
};

/* Of 128 bits. */
static void
write_large(struct spdk_json_write_ctx *w, const char *key, const uint64_t *value)
{
	spdk_json_write_named_uint128(w, key, value[0], value[1]);
}

static void
write_sensors(struct spdk_json_write_ctx *w, const struct spdk_nvme_health_information_page *page)
{
	char key[64];
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(page->temp_sensor); i++) {
		if (page->temp_sensor[i] != 0) {
			(void)snprintf(key, sizeof(key), "temperature_sensor_%zu_celsius", i + 1);
			spdk_json_write_named_int32(w, key,
						    page->temp_sensor[i] - KELVIN_ZERO_CELSIUS);
		}
	}
}

static void
write_health(struct spdk_json_write_ctx *w, const struct health_call *call)
{
	const struct spdk_nvme_ctrlr_data *cdata = spdk_nvme_ctrlr_get_data(call->ctrlr);
	const struct spdk_nvme_health_information_page *page = call->page;

	spdk_json_write_object_begin(w);
	bdev_nvme_write_field(w, "model_number", cdata->mn, sizeof(cdata->mn));
	bdev_nvme_write_field(w, "serial_number", cdata->sn, sizeof(cdata->sn));
	bdev_nvme_write_field(w, "firmware_revision", cdata->fr, sizeof(cdata->fr));
	spdk_json_write_named_string(w, "traddr", call->trid.traddr);
	spdk_json_write_named_uint32(w, "critical_warning", page->critical_warning.raw);
	spdk_json_write_named_int32(w, "temperature_celsius",
				    page->temperature - KELVIN_ZERO_CELSIUS);
	spdk_json_write_named_uint32(w, "available_spare_percentage", page->available_spare);
	spdk_json_write_named_uint32(w, "available_spare_threshold_percentage",
				     page->available_spare_threshold);
	spdk_json_write_named_uint32(w, "percentage_used", page->percentage_used);
	write_large(w, "data_units_read", page->data_units_read);
	write_large(w, "data_units_written", page->data_units_written);
	write_large(w, "host_read_commands", page->host_read_commands);
	write_large(w, "host_write_commands", page->host_write_commands);
	write_large(w, "controller_busy_time", page->controller_busy_time);
	write_large(w, "power_cycles", page->power_cycles);
	write_large(w, "power_on_hours", page->power_on_hours);
	write_large(w, "unsafe_shutdowns", page->unsafe_shutdowns);
	write_large(w, "media_errors", page->media_errors);
	write_large(w, "num_err_log_entries", page->num_error_info_log_entries);
	spdk_json_write_named_uint32(w, "warning_temperature_time_minutes",
				     page->warning_temp_time);
	spdk_json_write_named_uint32(w, "critical_composite_temperature_time_minutes",
				     page->critical_temp_time);
	write_sensors(w, page);
	spdk_json_write_object_end(w);
}

static void
health_read(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct health_call *call = arg;
	struct spdk_json_write_ctx *w;
	struct bdev_reason reason = {""};

	if (spdk_nvme_cpl_is_error(cpl)) {
		(void)bdev_refuse(&reason, -EIO, "the controller does not tell its health: %s",
				  spdk_nvme_cpl_get_status_string(&cpl->status));
		bdev_answer_refusal(call->request, -EIO, &reason);
	} else {
		w = spdk_jsonrpc_begin_result(call->request);
		write_health(w, call);
		spdk_jsonrpc_end_result(call->request, w);
	}
	spdk_free(call->page);
	free(call);
}

static int
ask_health(struct spdk_jsonrpc_request *request, struct nvme_dev *dev)
{
	struct health_call *call = calloc(1, sizeof(*call));
	int rc = -ENOMEM;

	if (call == NULL) {
		return rc;
	}
	*call = (struct health_call){.request = request, .ctrlr = dev->ctrlr, .trid = dev->trid};
	call->page = spdk_zmalloc(sizeof(*call->page), 4096, NULL, SPDK_ENV_NUMA_ID_ANY,
				  SPDK_MALLOC_DMA);
	if (call->page != NULL) {
		rc = spdk_nvme_ctrlr_cmd_get_log_page(dev->ctrlr, SPDK_NVME_LOG_HEALTH_INFORMATION,
						      SPDK_NVME_GLOBAL_NS_TAG, call->page,
						      sizeof(*call->page), 0, health_read, call);
	}
	if (rc != 0) {
		spdk_free(call->page);
		free(call);
	}
	return rc;
}

static void
get_health(struct spdk_jsonrpc_request *request, void *ctx)
{
	struct nvme_dev *dev = nvme_rpc_find(request, ctx);
	int rc;

	if (dev == NULL) {
		return;
	}
	rc = ask_health(request, dev);
	if (rc != 0) {
		bdev_answer_refusal(request, rc, NULL);
	}
}

SPINDLE_RPC_REGISTER("bdev_nvme_get_controller_health_info", get_health, SPDK_RPC_RUNTIME,
		     &g_nvme_name_params, "Tells the health of an NVMe controller")
