/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests; request.h has their states and invariants. */
#include "io/nvme/request.h"

#include "io/nvme/command_text.h"
#include "io/nvme/ctrlr.h"
#include "spdk/env.h"
#include "spdk/likely.h"
#include "spdk/log.h"

/* Buffers that stand in for those of callers: a device takes them in pages. */
#define COPY_ALIGN 4096

int
nvme_requests_create(struct spdk_nvme_qpair *qpair, uint32_t count)
{
	if (posix_memalign((void **)&qpair->requests, SPDK_CACHE_LINE_SIZE,
			   count * sizeof(*qpair->requests)) != 0) {
		qpair->requests = NULL;
		return -ENOMEM;
	}
	memset(qpair->requests, 0, count * sizeof(*qpair->requests));
	qpair->request_count = count;
	STAILQ_INIT(&qpair->free_requests);
	for (uint32_t i = 0; i < count; i++) {
		qpair->requests[i].qpair = qpair;
		STAILQ_INSERT_TAIL(&qpair->free_requests, &qpair->requests[i], link);
	}
	return 0;
}

void
nvme_requests_destroy(struct spdk_nvme_qpair *qpair)
{
	assert(qpair->outstanding == 0);
	free(qpair->requests);
	qpair->requests = NULL;
	qpair->request_count = 0;
}

void
nvme_request_set_contiguous(struct nvme_request *req, void *buffer, uint32_t size, void *md,
			    uint32_t md_size)
{
	req->payload_kind = size == 0 ? NVME_PAYLOAD_NONE : NVME_PAYLOAD_CONTIGUOUS;
	req->payload = buffer;
	req->payload_size = size;
	req->md = md;
	req->md_size = md_size;
}

struct nvme_request *
nvme_request_get_copied(struct spdk_nvme_qpair *qpair, const struct nvme_request_copy *copy)
{
	struct nvme_request *req;
	void *buffer = NULL;

	if (copy->size > 0) {
		buffer = spdk_zmalloc(copy->size, COPY_ALIGN, NULL, SPDK_ENV_NUMA_ID_ANY,
				      SPDK_MALLOC_DMA);
		if (buffer == NULL) {
			return NULL;
		}
	}
	req = nvme_request_get(qpair, copy->cb_fn, copy->cb_arg);
	if (req == NULL) {
		spdk_free(buffer);
		return NULL;
	}
	if (buffer == NULL) {
		return req;
	}
	if (copy->host_to_controller) {
		memcpy(buffer, copy->buffer, copy->size);
	}
	nvme_request_set_contiguous(req, buffer, copy->size, NULL, 0);
	req->is_copied = true;
	req->user_buffer = copy->buffer;
	req->copies_back = !copy->host_to_controller || copy->is_bidirectional;
	return req;
}

void
nvme_request_make_parent(struct nvme_request *req)
{
	req->is_parent = true;
	req->children_left = 0;
	TAILQ_INIT(&req->children);
	memset(&req->parent_cpl, 0, sizeof(req->parent_cpl));
}

void
nvme_request_add_child(struct nvme_request *parent, struct nvme_request *child)
{
	if (!parent->is_parent) {
		nvme_request_make_parent(parent);
	}
	child->is_child = true;
	child->parent = parent;
	TAILQ_INSERT_TAIL(&parent->children, child, child_link);
	parent->children_left++;
}

/* What is with it besides the struct. */
static void
release(struct nvme_request *req)
{
	if (req->is_copied) {
		spdk_free(req->payload);
	}
}

void
nvme_request_free(struct nvme_request *req)
{
	struct nvme_request *child;

	if (req->is_parent) {
		while ((child = TAILQ_FIRST(&req->children)) != NULL) {
			TAILQ_REMOVE(&req->children, child, child_link);
			release(child);
			nvme_request_put(child);
		}
	}
	release(req);
	nvme_request_put(req);
}

/* The text of an error, for people; not for what is asked for in order to see whether it works. */
static void
log_error(struct nvme_request *req, const struct spdk_nvme_cpl *cpl)
{
	char command[NVME_COMMAND_TEXT_SIZE], completion[NVME_COMPLETION_TEXT_SIZE];
	struct spdk_nvme_qpair *qpair = req->qpair;

	if (req->is_quiet || qpair->ctrlr->opts.disable_error_logging ||
	    spdk_nvme_cpl_is_aborted_sq_deletion(cpl)) {
		return;
	}
	nvme_command_format(command, sizeof(command), qpair->id, &req->cmd);
	nvme_completion_format(completion, sizeof(completion), qpair->id, cpl, req->cmd.opc);
	SPDK_NOTICELOG("NVMe controller %s: %s: %s\n", nvme_ctrlr_name(qpair->ctrlr), command,
		       completion);
}

/* A child has ended; whoever is the last ends the parent. The first error counts. */
static void
complete_child(struct nvme_request *child, const struct spdk_nvme_cpl *cpl)
{
	struct nvme_request *parent = child->parent;
	struct spdk_nvme_cpl parent_cpl;

	if (spdk_nvme_cpl_is_error(cpl) && spdk_nvme_cpl_is_success(&parent->parent_cpl)) {
		parent->parent_cpl = *cpl;
	}
	TAILQ_REMOVE(&parent->children, child, child_link);
	release(child);
	nvme_request_put(child);
	assert(parent->children_left > 0);
	if (--parent->children_left == 0) {
		parent_cpl = parent->parent_cpl;
		nvme_request_put(parent);
		if (parent->cb_fn != NULL) {
			parent->cb_fn(parent->cb_arg, &parent_cpl);
		}
	}
}

/* The rarer ways to end. */
static void
complete_special(struct nvme_request *req, const struct spdk_nvme_cpl *cpl)
{
	spdk_nvme_cmd_cb cb_fn = req->cb_fn;
	void *cb_arg = req->cb_arg;

	if (req->is_child) {
		complete_child(req, cpl);
		return;
	}
	if (req->is_copied && req->copies_back && spdk_nvme_cpl_is_success(cpl)) {
		memcpy(req->user_buffer, req->payload, req->payload_size);
	}
	nvme_request_free(req);
	if (cb_fn != NULL) {
		cb_fn(cb_arg, cpl);
	}
}

void
nvme_request_complete(struct nvme_request *req, const struct spdk_nvme_cpl *cpl)
{
	spdk_nvme_cmd_cb cb_fn = req->cb_fn;
	void *cb_arg = req->cb_arg;

	if (spdk_unlikely(spdk_nvme_cpl_is_error(cpl))) {
		log_error(req, cpl);
	}
	if (spdk_unlikely(req->special != 0)) {
		complete_special(req, cpl);
		return;
	}
	nvme_request_put(req);
	if (cb_fn != NULL) {
		cb_fn(cb_arg, cpl);
	}
}

void
nvme_request_complete_with(struct nvme_request *req, uint32_t sct, uint32_t sc, bool dnr)
{
	struct spdk_nvme_cpl cpl = {
		.sqid = req->qpair->id,
		.cid = req->cmd.cid,
		.status = {.sct = sct, .sc = sc, .dnr = dnr},
	};

	nvme_request_complete(req, &cpl);
}
