/* SPDX-License-Identifier: BSD-3-Clause */
/* spindle nvme features: what they are, and setting one. */
#include "nvme.h"

#include "spdk/util.h"

#define SELECT_SHIFT     8
#define SELECT_SUPPORTED 3
#define SAVE             (1u << 31)
/* The host identifier has 128 bits. */
#define EXTENDED_HOST_ID 1u
/* Values of write protection that cannot be taken back, or only by switching off. */
#define PROTECT_UNTIL_POWER_CYCLE 2
#define PROTECT_FOR_EVER          3

static const struct nvme_bits supported_bits[] = {
	{0, 1, "can be saved", NULL},
	{1, 1, "of a namespace", NULL},
	{2, 1, "can be set", NULL},
	{0, 0, NULL, NULL},
};

struct reading {
	uint8_t fid;
	uint16_t size;
	uint32_t nsid;
	uint32_t value;
	uint8_t *data;
};

/* Reads it; STATUS_REFUSED, silent if `is_silent`: the controller has it not. */
static int
get(struct spdk_nvme_ctrlr *ctrlr, int32_t select, bool is_silent, struct reading *reading)
{
	struct nvme_question question = {.ctrlr = ctrlr,
					 .what = "get feature",
					 .buffer = reading->data,
					 .size = reading->size};
	struct spdk_nvme_cpl cpl;
	int rc;

	question.cmd.opc = SPDK_NVME_OPC_GET_FEATURES;
	question.cmd.nsid = reading->nsid;
	question.cmd.cdw10 = reading->fid | (uint32_t)select << SELECT_SHIFT;
	question.cmd.cdw11 = reading->fid == SPDK_NVME_FEAT_HOST_IDENTIFIER ? EXTENDED_HOST_ID : 0;
	rc = nvme_ask(&question, is_silent, &cpl);
	if (rc == STATUS_OK) {
		reading->value = cpl.cdw0;
	}
	return rc;
}

static int
prepare(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options, uint8_t fid,
	struct reading *reading)
{
	const struct nvme_feature *feature = nvme_feature_find(fid);

	*reading = (struct reading){.fid = fid, .nsid = options->nsid};
	if (feature != NULL && feature->is_of_namespace && reading->nsid == 0) {
		reading->nsid = nvme_pick_namespace(ctrlr, options);
		if (reading->nsid == 0) {
			return STATUS_REFUSED;
		}
	}
	if (feature != NULL && feature->size > 0 && options->select != SELECT_SUPPORTED) {
		reading->size = feature->size;
		reading->data = allocate(1, feature->size);
	}
	return STATUS_OK;
}

static void
write_reading(struct nvme_record *record, const struct nvme_options *options,
	      const struct reading *reading)
{
	const struct nvme_feature *feature = nvme_feature_find(reading->fid);

	nvme_record_object(record, NULL, "feature 0x%02x %s", reading->fid,
			   feature != NULL ? feature->title : "");
	if (record->json != NULL && feature != NULL && feature->is_of_namespace) {
		nvme_record_number(record, "nsid", reading->nsid, NULL);
	}
	if (options->select == SELECT_SUPPORTED) {
		if (record->json != NULL) {
			nvme_record_number(record, "fid", reading->fid, NULL);
		}
		nvme_record_bits(record, "supported", reading->value, 8, supported_bits);
	} else {
		nvme_feature_write(record, reading->fid, reading->value, reading->data,
				   reading->size);
	}
	nvme_record_object_end(record);
}

/* All features that there are names for; those that the controller has not are left out. */
static int
show_all(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	const struct nvme_feature *feature;
	struct nvme_record record;
	struct reading reading;
	size_t i;

	nvme_record_init(&record, options->is_json);
	nvme_record_list(&record, NULL);
	for (i = 0; (feature = nvme_feature_at(i)) != NULL; i++) {
		if (feature->is_of_namespace && options->nsid == 0 &&
		    spdk_nvme_ctrlr_get_first_active_ns(ctrlr) == 0) {
			continue;
		}
		if (prepare(ctrlr, options, feature->fid, &reading) == STATUS_OK &&
		    get(ctrlr, options->select, true, &reading) == STATUS_OK) {
			write_reading(&record, options, &reading);
		}
		free(reading.data);
	}
	nvme_record_list_end(&record);
	return nvme_record_print(&record);
}

static int
show_one(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	struct nvme_record record;
	struct reading reading;
	int rc = prepare(ctrlr, options, (uint8_t)options->fid, &reading);

	if (rc == STATUS_OK) {
		rc = get(ctrlr, options->select, false, &reading);
	}
	if (rc == STATUS_OK) {
		nvme_record_init(&record, options->is_json);
		write_reading(&record, options, &reading);
		rc = nvme_record_print(&record);
	}
	free(reading.data);
	return rc;
}

static int
set(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	struct nvme_question question = {.ctrlr = ctrlr, .what = "set feature"};
	struct spdk_nvme_cpl cpl;
	struct reading reading;
	int rc = prepare(ctrlr, options, (uint8_t)options->fid, &reading);

	if (rc == STATUS_OK && reading.size > 0) {
		rc = usage_error("--set: the value of this feature is data, which cannot be set "
				 "here");
	}
	if (rc == STATUS_OK) {
		question.cmd.opc = SPDK_NVME_OPC_SET_FEATURES;
		question.cmd.nsid = reading.nsid;
		question.cmd.cdw10 = reading.fid | (options->is_saved ? SAVE : 0);
		question.cmd.cdw11 = options->value;
		rc = nvme_ask(&question, false, &cpl);
	}
	free(reading.data);
	if (rc == STATUS_OK && !options->is_saved) {
		fprintf(stderr,
			"spindle: %s is reset when this command ends, and what was not "
			"saved (--save) is as before then\n",
			options->address);
	}
	return rc == STATUS_OK ? show_one(ctrlr, options) : rc;
}

static int
features(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options)
{
	if (options->nsid != 0 && nvme_pick_namespace(ctrlr, options) == 0) {
		return STATUS_REFUSED;
	}
	if (options->has_value) {
		return set(ctrlr, options);
	}
	return options->fid >= 0 ? show_one(ctrlr, options) : show_all(ctrlr, options);
}

static int
run(const struct nvme_options *options)
{
	bool is_final = options->has_value && options->fid == NVME_FID_WRITE_PROTECTION &&
			options->value >= PROTECT_UNTIL_POWER_CYCLE;
	int rc = STATUS_OK;

	if (options->has_value && options->fid < 0) {
		return usage_error("--set: which feature? Give --fid");
	}
	if (options->has_value && options->select != 0) {
		return usage_error("--set and --select: only the current value can be set");
	}
	if (options->is_saved && !options->has_value) {
		return usage_error("--save: there is nothing to save without --set");
	}
	if (is_final) {
		rc = nvme_check_named_twice(options->address, options->destroy,
					    options->value == PROTECT_FOR_EVER ?
						    "the namespace could never be written again" :
						    "the namespace could not be written until it "
						    "is switched off");
	}
	return rc == STATUS_OK ? nvme_with_controller(options, features) : rc;
}

const struct nvme_verb nvme_features_verb = {
	.name = "features",
	.summary = "features of a controller, and setting one",
	.arguments = "ADDRESS",
	.options = (const int[]){NVME_OPTION_FID, NVME_OPTION_NSID, NVME_OPTION_SELECT,
				 NVME_OPTION_SET, NVME_OPTION_SAVE, NVME_OPTION_DESTROY, 0},
	.usage = "The features that the controller has, or one of them. The controller is reset\n"
		 "when the command begins and when it ends: what was set and not saved does not\n"
		 "last.\n"
		 "\n"
		 "  --fid N              only this feature\n"
		 "  --nsid N             of this namespace (the first)\n"
		 "  --select WHICH       current, default, saved or supported (current)\n"
		 "  --set VALUE          sets dword 11 of the feature, and reads it back\n"
		 "  --save               sets it for ever, where the controller can do that\n"
		 "  --yes-destroy ADDRESS  the address again: needed for write protection that\n"
		 "                       cannot be taken back\n",
	.has_address = true,
	.run = run,
};
