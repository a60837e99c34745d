/* SPDX-License-Identifier: BSD-3-Clause */
/* Reservations. */
#include "io/nvme/io.h"

int
spdk_nvme_ns_cmd_reservation_register(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				      struct spdk_nvme_reservation_register_data *payload,
				      bool ignore_key,
				      enum spdk_nvme_reservation_register_action action,
				      enum spdk_nvme_reservation_register_cptpl cptpl,
				      spdk_nvme_cmd_cb cb_fn, void *cb_arg)
{
	const struct nvme_request_copy copy = {
		.buffer = payload,
		.size = sizeof(*payload),
		.host_to_controller = true,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};
	struct nvme_request *req;

	if (payload == NULL) {
		return -EINVAL;
	}
	req = nvme_io_copied(ns, qpair, &copy, SPDK_NVME_OPC_RESERVATION_REGISTER);
	if (req == NULL) {
		return -ENOMEM;
	}
	req->cmd.cdw10_bits.resv_register.rrega = action;
	req->cmd.cdw10_bits.resv_register.iekey = ignore_key;
	req->cmd.cdw10_bits.resv_register.cptpl = cptpl;
	return nvme_qpair_submit(qpair, req);
}

int
spdk_nvme_ns_cmd_reservation_release(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				     struct spdk_nvme_reservation_key_data *payload,
				     bool ignore_key,
				     enum spdk_nvme_reservation_release_action action,
				     enum spdk_nvme_reservation_type type, spdk_nvme_cmd_cb cb_fn,
				     void *cb_arg)
{
	const struct nvme_request_copy copy = {
		.buffer = payload,
		.size = sizeof(*payload),
		.host_to_controller = true,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};
	struct nvme_request *req;

	if (payload == NULL) {
		return -EINVAL;
	}
	req = nvme_io_copied(ns, qpair, &copy, SPDK_NVME_OPC_RESERVATION_RELEASE);
	if (req == NULL) {
		return -ENOMEM;
	}
	req->cmd.cdw10_bits.resv_release.rrela = action;
	req->cmd.cdw10_bits.resv_release.iekey = ignore_key;
	req->cmd.cdw10_bits.resv_release.rtype = type;
	return nvme_qpair_submit(qpair, req);
}

int
spdk_nvme_ns_cmd_reservation_acquire(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				     struct spdk_nvme_reservation_acquire_data *payload,
				     bool ignore_key,
				     enum spdk_nvme_reservation_acquire_action action,
				     enum spdk_nvme_reservation_type type, spdk_nvme_cmd_cb cb_fn,
				     void *cb_arg)
{
	const struct nvme_request_copy copy = {
		.buffer = payload,
		.size = sizeof(*payload),
		.host_to_controller = true,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};
	struct nvme_request *req;

	if (payload == NULL) {
		return -EINVAL;
	}
	req = nvme_io_copied(ns, qpair, &copy, SPDK_NVME_OPC_RESERVATION_ACQUIRE);
	if (req == NULL) {
		return -ENOMEM;
	}
	req->cmd.cdw10_bits.resv_acquire.racqa = action;
	req->cmd.cdw10_bits.resv_acquire.iekey = ignore_key;
	req->cmd.cdw10_bits.resv_acquire.rtype = type;
	return nvme_qpair_submit(qpair, req);
}

int
spdk_nvme_ns_cmd_reservation_report(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair,
				    void *payload, uint32_t len, spdk_nvme_cmd_cb cb_fn,
				    void *cb_arg)
{
	const struct nvme_request_copy copy = {
		.buffer = payload,
		.size = len,
		.cb_fn = cb_fn,
		.cb_arg = cb_arg,
	};
	struct nvme_request *req;

	if (len == 0 || len % 4 != 0 || payload == NULL) {
		return -EINVAL;
	}
	req = nvme_io_copied(ns, qpair, &copy, SPDK_NVME_OPC_RESERVATION_REPORT);
	if (req == NULL) {
		return -ENOMEM;
	}
	req->cmd.cdw10 = spdk_nvme_bytes_to_numd(len);
	/* Host identifiers of 128 bits come in the long structures only. */
	req->cmd.cdw11_bits.resv_report.eds = ns->ctrlr->cdata.ctratt.bits.host_id_exhid_supported;
	return nvme_qpair_submit(qpair, req);
}
