/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What there is to know of controllers and disks, for people, scripts and the next start.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_disk.h"
#include "spdk/env.h"
#include "spdk/string.h"

/* Room for any field of text that Identify has. */
#define TEXT_MAX 256

/*
 * Bytes of a device are as it likes, all ones where nobody has programmed it: a byte that is no
 * ASCII could be no JSON, with which all of the answer fails.
 */
void
bdev_nvme_write_field(struct spdk_json_write_ctx *w, const char *key, const void *field,
		      size_t size)
{
	char text[TEXT_MAX + 1], *trimmed, *at;

	(void)snprintf(text, sizeof(text), "%.*s", (int)spdk_min(size, TEXT_MAX),
		       (const char *)field);
	trimmed = spdk_str_trim(text);
	for (at = trimmed; *at != '\0'; at++) {
		if (*at < ' ' || *at > '~') {
			*at = '?';
		}
	}
	spdk_json_write_named_string(w, key, trimmed);
}

void
bdev_nvme_write_trid(struct spdk_json_write_ctx *w, const struct spdk_nvme_transport_id *trid)
{
	const char *name = spdk_nvme_transport_id_trtype_str(trid->trtype);
	const char *family = spdk_nvme_transport_id_adrfam_str(trid->adrfam);

	spdk_json_write_named_string(w, "trtype", name != NULL ? name : trid->trstring);
	if (trid->trtype != SPDK_NVME_TRANSPORT_PCIE && family != NULL) {
		spdk_json_write_named_string(w, "adrfam", family);
	}
	if (trid->traddr[0] != '\0') {
		spdk_json_write_named_string(w, "traddr", trid->traddr);
	}
	if (trid->trsvcid[0] != '\0') {
		spdk_json_write_named_string(w, "trsvcid", trid->trsvcid);
	}
	if (trid->subnqn[0] != '\0') {
		spdk_json_write_named_string(w, "subnqn", trid->subnqn);
	}
}

/* ---- A disk ---- */

static void
write_ctrlr_data(struct spdk_json_write_ctx *w, const struct spdk_nvme_ctrlr_data *cdata)
{
	char id[16];

	spdk_json_write_named_object_begin(w, "ctrlr_data");
	spdk_json_write_named_uint16(w, "cntlid", cdata->cntlid);
	(void)snprintf(id, sizeof(id), "0x%04x", cdata->vid);
	spdk_json_write_named_string(w, "vendor_id", id);
	bdev_nvme_write_field(w, "model_number", cdata->mn, sizeof(cdata->mn));
	bdev_nvme_write_field(w, "serial_number", cdata->sn, sizeof(cdata->sn));
	bdev_nvme_write_field(w, "firmware_revision", cdata->fr, sizeof(cdata->fr));
	if (cdata->subnqn[0] != '\0') {
		bdev_nvme_write_field(w, "subnqn", cdata->subnqn, sizeof(cdata->subnqn));
	}
	spdk_json_write_named_object_begin(w, "oacs");
	spdk_json_write_named_uint32(w, "security", cdata->oacs.ssrs);
	spdk_json_write_named_uint32(w, "format", cdata->oacs.fnvms);
	spdk_json_write_named_uint32(w, "firmware", cdata->oacs.fwds);
	spdk_json_write_named_uint32(w, "ns_manage", cdata->oacs.nms);
	spdk_json_write_object_end(w);
	spdk_json_write_named_bool(w, "multi_ctrlr", cdata->cmic.mctrs);
	spdk_json_write_named_bool(w, "ana_reporting", cdata->cmic.anars);
	spdk_json_write_object_end(w);
}

static void
write_version(struct spdk_json_write_ctx *w, struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_vs_register vs = spdk_nvme_ctrlr_get_regs_vs(ctrlr);

	spdk_json_write_named_object_begin(w, "vs");
	spdk_json_write_name(w, "nvme_version");
	if (vs.bits.ter != 0) {
		spdk_json_write_string_fmt(w, "%u.%u.%u", vs.bits.mjr, vs.bits.mnr, vs.bits.ter);
	} else {
		spdk_json_write_string_fmt(w, "%u.%u", vs.bits.mjr, vs.bits.mnr);
	}
	spdk_json_write_object_end(w);
}

static void
write_ns_data(struct spdk_json_write_ctx *w, const struct nvme_disk *disk)
{
	const struct spdk_nvme_ns_data *nsdata = spdk_nvme_ns_get_data(disk->ns);

	spdk_json_write_named_object_begin(w, "ns_data");
	spdk_json_write_named_uint32(w, "id", disk->nsid);
	spdk_json_write_named_bool(w, "can_share", nsdata->nmic.shrns);
	spdk_json_write_object_end(w);
}

static void
write_path(struct spdk_json_write_ctx *w, const struct nvme_disk *disk)
{
	const struct nvme_dev *dev = disk->dev;

	spdk_json_write_object_begin(w);
	if (dev->trid.trtype == SPDK_NVME_TRANSPORT_PCIE) {
		spdk_json_write_named_string(w, "pci_address", dev->trid.traddr);
	}
	spdk_json_write_named_object_begin(w, "trid");
	bdev_nvme_write_trid(w, &dev->trid);
	spdk_json_write_object_end(w);
	write_ctrlr_data(w, spdk_nvme_ctrlr_get_data(dev->ctrlr));
	write_version(w, dev->ctrlr);
	write_ns_data(w, disk);
	spdk_json_write_object_end(w);
}

int
bdev_nvme_dump_info_json(void *ctx, struct spdk_json_write_ctx *w)
{
	const struct nvme_disk *disk = ctx;

	spdk_json_write_named_array_begin(w, "nvme");
	write_path(w, disk);
	spdk_json_write_array_end(w);
	spdk_json_write_named_string(w, "mp_policy",
				     bdev_nvme_policy_name(disk->dev->opts.multipath_policy));
	if (disk->dev->opts.multipath_policy == SPDK_BDEV_NVME_MULTIPATH_POLICY_ACTIVE_ACTIVE) {
		spdk_json_write_named_string(
			w, "selector", bdev_nvme_selector_name(disk->dev->opts.multipath_selector));
		spdk_json_write_named_uint32(w, "rr_min_io", disk->dev->opts.multipath_min_io);
	}
	return 0;
}

/* ---- Configuration ---- */

static void
write_multipath(struct spdk_json_write_ctx *w, const struct spdk_bdev_nvme_ctrlr_opts *opts)
{
	spdk_json_write_named_object_begin(w, "multipath_opts");
	spdk_json_write_named_string(w, "policy", bdev_nvme_policy_name(opts->multipath_policy));
	spdk_json_write_named_string(w, "selector",
				     bdev_nvme_selector_name(opts->multipath_selector));
	spdk_json_write_named_uint32(w, "min_io", opts->multipath_min_io);
	spdk_json_write_object_end(w);
}

static void
write_attach(struct spdk_json_write_ctx *w, const struct nvme_dev *dev)
{
	const struct spdk_bdev_nvme_ctrlr_opts *opts = &dev->opts;
	struct spdk_nvme_ctrlr_opts defaults;

	bdev_nvme_drv_opts_init(&defaults);
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", "bdev_nvme_attach_controller");
	spdk_json_write_named_object_begin(w, "params");
	spdk_json_write_named_string(w, "name", dev->name);
	bdev_nvme_write_trid(w, &dev->trid);
	spdk_json_write_named_bool(w, "prchk_reftag",
				   (opts->prchk_flags & SPDK_NVME_IO_FLAGS_PRCHK_REFTAG) != 0);
	spdk_json_write_named_bool(w, "prchk_guard",
				   (opts->prchk_flags & SPDK_NVME_IO_FLAGS_PRCHK_GUARD) != 0);
	spdk_json_write_named_int32(w, "ctrlr_loss_timeout_sec", opts->ctrlr_loss_timeout_sec);
	spdk_json_write_named_uint32(w, "reconnect_delay_sec", opts->reconnect_delay_sec);
	spdk_json_write_named_uint32(w, "fast_io_fail_timeout_sec", opts->fast_io_fail_timeout_sec);
	if (dev->num_io_queues != defaults.num_io_queues) {
		spdk_json_write_named_uint32(w, "num_io_queues", dev->num_io_queues);
	}
	if (strcmp(dev->hostnqn, defaults.hostnqn) != 0) {
		spdk_json_write_named_string(w, "hostnqn", dev->hostnqn);
	}
	spdk_json_write_named_bool(w, "allow_unrecognized_csi", opts->allow_unrecognized_csi);
	write_multipath(w, opts);
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

int
bdev_nvme_config_json(struct spdk_json_write_ctx *w)
{
	struct nvme_dev *dev;

	bdev_nvme_opts_config_json(w);
	for (dev = bdev_nvme_first(); dev != NULL; dev = bdev_nvme_next(dev)) {
		/* Those of hot plug come by themselves. */
		if (!dev->is_hot && dev->state != NVME_DEV_LEAVING) {
			write_attach(w, dev);
		}
	}
	bdev_nvme_hotplug_config_json(w);
	return 0;
}
