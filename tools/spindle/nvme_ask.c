/* SPDX-License-Identifier: BSD-3-Clause */
/* Asking a controller that has been taken, and what it is called. */
#include "nvme.h"
#include "size.h"

#include "spdk/string.h"

/* What a controller may take to answer an admin command; formatting may take much longer. */
#define ANSWER_TIMEOUT_S 60
#define POLL_PAUSE_US    20

/*
 * What the driver has of a command that is under way, which may be longer than anybody waits for
 * it: it is neither on the stack nor the caller's.
 */
struct answer {
	struct spdk_nvme_cpl cpl;
	bool is_there;
	/* Nobody waits any more: the callback frees it. */
	bool is_given_up;
	uint8_t data[];
};

static void
answered(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct answer *answer = arg;

	if (answer->is_given_up) {
		free(answer);
		return;
	}
	answer->cpl = *cpl;
	answer->is_there = true;
}

/* 0; -ETIMEDOUT; or what the driver says of a controller that has gone. */
static int
wait_for(struct spdk_nvme_ctrlr *ctrlr, const struct answer *answer)
{
	uint64_t end = spdk_get_ticks() + ANSWER_TIMEOUT_S * spdk_get_ticks_hz();
	int32_t rc = 0;

	while (!answer->is_there) {
		rc = spdk_nvme_ctrlr_process_admin_completions(ctrlr);
		if (answer->is_there) {
			break;
		}
		if (rc < 0) {
			return rc;
		}
		if (spdk_get_ticks() > end) {
			return -ETIMEDOUT;
		}
		spdk_delay_us(POLL_PAUSE_US);
	}
	return 0;
}

static const char *
name_of(struct spdk_nvme_ctrlr *ctrlr)
{
	return spdk_nvme_ctrlr_get_transport_id(ctrlr)->traddr;
}

/* 0, and the answer is there, for the caller to free; or -errno. */
static int
ask(const struct nvme_question *question, struct answer **out_answer)
{
	struct answer *answer = allocate(1, sizeof(*answer) + question->size);
	struct spdk_nvme_cmd cmd = question->cmd;
	int rc;

	if (question->size > 0) {
		memcpy(answer->data, question->buffer, question->size);
	}
	rc = spdk_nvme_ctrlr_cmd_admin_raw(question->ctrlr, &cmd, answer->data, question->size,
					   answered, answer);
	if (rc != 0) {
		free(answer);
		return rc;
	}
	rc = wait_for(question->ctrlr, answer);
	if (rc != 0) {
		answer->is_given_up = true;
		return rc;
	}
	*out_answer = answer;
	return 0;
}

int
nvme_ask(const struct nvme_question *question, bool is_silent, struct spdk_nvme_cpl *out_cpl)
{
	struct answer *answer = NULL;
	int rc = ask(question, &answer);

	if (rc != 0) {
		usage_error("%s: %s: %s", name_of(question->ctrlr), question->what,
			    rc == -ETIMEDOUT ? "no answer in time" : spdk_strerror(-rc));
		return STATUS_REFUSED;
	}
	*out_cpl = answer->cpl;
	if (question->size > 0 && spdk_nvme_cpl_is_success(out_cpl)) {
		memcpy(question->buffer, answer->data, question->size);
	}
	free(answer);
	if (spdk_nvme_cpl_is_error(out_cpl)) {
		if (!is_silent) {
			usage_error("%s: %s is refused: %s (status %u/0x%02x)",
				    name_of(question->ctrlr), question->what,
				    spdk_nvme_cpl_get_status_string(&out_cpl->status),
				    out_cpl->status.sct, out_cpl->status.sc);
		}
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}

int
nvme_ask_identify(struct spdk_nvme_ctrlr *ctrlr, uint8_t cns, uint32_t nsid, void *buffer)
{
	struct nvme_question question = {.ctrlr = ctrlr,
					 .what = "identify",
					 .buffer = buffer,
					 .size = SPDK_NVME_IDENTIFY_BUFLEN};
	struct spdk_nvme_cpl cpl;

	question.cmd.opc = SPDK_NVME_OPC_IDENTIFY;
	question.cmd.nsid = nsid;
	question.cmd.cdw10 = cns;
	return nvme_ask(&question, false, &cpl);
}

uint32_t
nvme_pick_namespace(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	uint32_t nsid = options->nsid;

	if (nsid == 0) {
		nsid = spdk_nvme_ctrlr_get_first_active_ns(ctrlr);
		if (nsid == 0) {
			usage_error("%s has no active namespace", options->address);
		}
	} else if (!spdk_nvme_ctrlr_is_active_ns(ctrlr, nsid)) {
		usage_error("%s has no active namespace %u; spindle nvme identify %s has those "
			    "there are",
			    options->address, nsid, options->address);
		nsid = 0;
	}
	return nsid;
}

char *
nvme_describe(struct spdk_nvme_ctrlr *ctrlr)
{
	const struct spdk_nvme_ctrlr_data *data = spdk_nvme_ctrlr_get_data(ctrlr);
	char *model = nvme_text(data->mn, sizeof(data->mn));
	char *serial = nvme_text(data->sn, sizeof(data->sn));
	char *firmware = nvme_text(data->fr, sizeof(data->fr));
	struct text text = {.bytes = NULL};

	text_printf(&text, "%s, serial %s, firmware %s", model, serial, firmware);
	free(model);
	free(serial);
	free(firmware);
	return text.bytes;
}

char *
nvme_describe_loss(struct spdk_nvme_ctrlr *ctrlr, const char *address, uint32_t nsid)
{
	char *name = nvme_describe(ctrlr);
	struct text text = {.bytes = NULL};
	const char *before = "";
	uint32_t each;

	text_printf(&text, "%s (%s) loses all data of", address, name);
	free(name);
	for (each = spdk_nvme_ctrlr_get_first_active_ns(ctrlr); each != 0;
	     each = spdk_nvme_ctrlr_get_next_active_ns(ctrlr, each)) {
		if (nsid == 0 || nsid == each) {
			uint64_t size = spdk_nvme_ns_get_size(spdk_nvme_ctrlr_get_ns(ctrlr, each));

			text_printf(&text, "%s namespace %u (%s)", before, each,
				    size_text(size).text);
			before = " and";
		}
	}
	return text.bytes;
}

int
nvme_write_raw(const void *data, size_t size)
{
	if (fwrite(data, 1, size, stdout) != size || fflush(stdout) != 0) {
		usage_error("cannot write to standard output: %s", strerror(errno));
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}
