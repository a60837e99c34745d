/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taking a controller from user space.
 *
 * Whoever cannot take one is told why: what the kernel says about the device is looked at before it
 * is touched.
 */
#include "nvme.h"

#include "spdk/log.h"

int
nvme_env_open(const char *cores)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};

	spdk_env_opts_init(&opts);
	opts.name = "spindle_nvme";
	if (cores != NULL) {
		opts.core_mask = cores;
	}
	/* What the library finds wrong with a device is for the user. */
	spdk_log_set_print_level(SPDK_LOG_ERROR);
	if (spdk_env_init(&opts) != 0) {
		usage_error("the environment cannot be set up; what is above says why");
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}

void
nvme_env_close(void)
{
	spdk_env_fini();
}

/* Whether it is worth trying; if not, it says why not and what to do. */
static int
check_usable(const char *address)
{
	struct nvme_machine machine;
	const struct nvme_device *device;
	int rc = STATUS_REFUSED;

	nvme_machine_read(&machine, "");
	device = nvme_machine_find(&machine, address);
	if (device == NULL) {
		usage_error("there is no NVMe controller at %s; spindle nvme list has all",
			    address);
	} else if (device->state == NVME_KERNEL) {
		usage_error("%s belongs to the kernel's driver; %s", address, device->advice);
	} else if (device->state == NVME_UNBOUND) {
		usage_error("%s: %s%s; %s", address,
			    device->driver[0] != '\0' ? "its driver is " : "it has no driver",
			    device->driver, device->advice);
	} else if (device->state == NVME_NO_RIGHTS) {
		usage_error("%s cannot be used: %s", address, device->advice);
	} else {
		rc = STATUS_OK;
	}
	nvme_machine_fini(&machine);
	return rc;
}

int
nvme_attach(const char *address, struct spdk_nvme_ctrlr **out_ctrlr)
{
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
	int rc = check_usable(address);

	if (rc != STATUS_OK) {
		return rc;
	}
	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	snprintf(trid.traddr, sizeof(trid.traddr), "%s", address);
	*out_ctrlr = spdk_nvme_connect(&trid, NULL, 0);
	if (*out_ctrlr == NULL) {
		usage_error("%s cannot be taken; what is above says why", address);
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}

void
nvme_detach(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr != NULL) {
		(void)spdk_nvme_detach(ctrlr); /* the program is about to end */
	}
}

int
nvme_with_controller(const struct nvme_options *options,
		     int (*fn)(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options))
{
	struct spdk_nvme_ctrlr *ctrlr = NULL;
	int rc = nvme_env_open(NULL);

	if (rc != STATUS_OK) {
		return rc;
	}
	rc = nvme_attach(options->address, &ctrlr);
	if (rc == STATUS_OK) {
		rc = fn(ctrlr, options);
	}
	nvme_detach(ctrlr);
	nvme_env_close();
	return rc;
}
