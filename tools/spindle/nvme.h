/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of `spindle nvme` share.
 *
 *   nvme                 which of its words was said
 *   nvme_options         the options of all of them but perf
 *   nvme_machine         which controllers the machine has, by what the kernel tells
 *   nvme_attach          taking one, and why that cannot be
 *   nvme_ask             asking it
 *   nvme_record          what is shown, as lines or as JSON
 *   nvme_list            all controllers
 *   nvme_identify        what one tells of itself: nvme_identify_ctrlr, nvme_identify_ns
 *   nvme_log             its log pages: nvme_log_page, nvme_command_name
 *   nvme_features        its features: nvme_feature
 *   nvme_format          making it empty
 *   nvme_perf            how fast it is: nvme_perf_options, nvme_perf_io
 *
 * A controller is taken for the time of the command, and reset for that: what was set and not saved
 * does not last.
 */
#ifndef SPINDLE_TOOL_NVME_H
#define SPINDLE_TOOL_NVME_H

#include "nvme_record.h"

#include "spdk/env.h"
#include "spdk/nvme.h"

/* ---- Options ---- */

struct nvme_options {
	/* "0000:00:04.0"; "" for list. */
	char address[32];
	/* What stands behind the address. */
	const char *word;
	/* 0: not given. */
	uint32_t nsid;
	bool is_json;
	bool is_raw;
	/* log */
	uint64_t size;
	uint64_t offset;
	/* features */
	int32_t fid;
	int32_t select;
	bool has_value;
	bool is_saved;
	uint32_t value;
	/* format */
	int32_t lbaf;
	int32_t pi;
	int32_t ses;
	bool md_is_extended;
	bool pi_is_first;
	/* format, features: the address again. */
	const char *destroy;
};

struct nvme_verb {
	const char *name;
	const char *summary;
	const char *arguments;
	/* Short letters and long numbers of the options that it takes besides --json and -h. */
	const int *options;
	/* Lines about them and about what it does. */
	const char *usage;
	/* Whether an address and a word may follow. */
	bool has_address;
	const char *word_name;
	int (*run)(const struct nvme_options *options);
};

/* Prints what is wrong, and returns STATUS_USAGE; *out_is_over: -h was asked for, and printed. */
int nvme_options_parse(const struct nvme_verb *verb, int argc, char **argv,
		       struct nvme_options *out_options, bool *out_is_over);
void nvme_verb_print_usage(const struct nvme_verb *verb, FILE *file);
/* Prints what a shell may offer for the last word. */
void nvme_verb_complete(const struct nvme_verb *verb, int count, char **words);
/* Offers those of the controllers of the machine. */
void nvme_offer_addresses(const char *beginning);
/* Of a value of an option, such as 0x1f. */
int nvme_parse_number(const char *name, const char *text, uint64_t most, uint64_t *out_value);
/* Of --nsid. */
int nvme_parse_nsid(const char *text, uint32_t *out_nsid);
/* "0000:00:04.0" of this or of "00:04.0"; prints what is wrong and returns STATUS_USAGE. */
int nvme_parse_address(const char *text, char *out_address, size_t size);
/*
 * Whether the device was named twice. If not, it prints what would be lost to stderr, and how to go
 * on, and returns STATUS_USAGE.
 */
int nvme_check_named_twice(const char *address, const char *destroy, const char *what);

extern const struct nvme_verb nvme_list_verb;
extern const struct nvme_verb nvme_identify_verb;
extern const struct nvme_verb nvme_log_verb;
extern const struct nvme_verb nvme_features_verb;
extern const struct nvme_verb nvme_format_verb;

/* Options with a long name only; apart from enum perf_long_option: perf has some of both. */
enum nvme_long_option {
	NVME_OPTION_JSON = 512,
	NVME_OPTION_NSID,
	NVME_OPTION_RAW,
	NVME_OPTION_SIZE,
	NVME_OPTION_OFFSET,
	NVME_OPTION_FID,
	NVME_OPTION_SELECT,
	NVME_OPTION_SET,
	NVME_OPTION_SAVE,
	NVME_OPTION_LBAF,
	NVME_OPTION_MS,
	NVME_OPTION_PI,
	NVME_OPTION_PIL,
	NVME_OPTION_SES,
	NVME_OPTION_DESTROY,
};

/* ---- The machine ---- */

enum nvme_state {
	/* This program may take it. */
	NVME_USABLE,
	/* The kernel's driver has it. */
	NVME_KERNEL,
	/* No driver has it, or one that is of no use here. */
	NVME_UNBOUND,
	/* It could be taken, by somebody with more rights. */
	NVME_NO_RIGHTS,
};

/* A namespace as the kernel's driver tells of it. */
struct nvme_block_device {
	char name[32];
	uint32_t nsid;
	uint32_t block_size;
	uint64_t size;
	/* UINT64_MAX: nobody knows. */
	uint64_t used;
	uint32_t md_size;
};

struct nvme_device {
	char address[32];
	/* "" where there is none. */
	char driver[32];
	enum nvme_state state;
	/* What is to be done before it can be used here; NULL: nothing. */
	char *advice;
	int32_t numa_node;
	/* NULL: not known. */
	char *model;
	char *serial;
	char *firmware;
	struct nvme_block_device *namespaces;
	size_t namespace_count;
};

struct nvme_machine {
	struct nvme_device *of;
	size_t count;
};

/* `root` stands before all paths: "" outside of tests. By address. */
void nvme_machine_read(struct nvme_machine *machine, const char *root);
void nvme_machine_fini(struct nvme_machine *machine);
/* NULL: there is no controller at this address. */
const struct nvme_device *
nvme_machine_find(const struct nvme_machine *machine, const char *address);

/* ---- Controllers ---- */

/* Prepares the environment. `cores` is a mask, or NULL. STATUS_OK or, explained, another. */
int nvme_env_open(const char *cores);
void nvme_env_close(void);
/* Takes the controller, or says on stderr why not; the environment is open. */
int nvme_attach(const char *address, struct spdk_nvme_ctrlr **out_ctrlr);
/* NULL is accepted. */
void nvme_detach(struct spdk_nvme_ctrlr *ctrlr);

/* An admin command that is waited for. */
struct nvme_question {
	struct spdk_nvme_ctrlr *ctrlr;
	/* For messages: "log page 0x02". */
	const char *what;
	struct spdk_nvme_cmd cmd;
	void *buffer;
	uint32_t size;
};
/*
 * Asks. STATUS_OK; or STATUS_REFUSED: the controller said no, which is printed unless `is_silent`,
 * or nothing in time. `out_cpl` is set if it answered. The buffer is the caller's again in any
 * case.
 */
int nvme_ask(const struct nvme_question *question, bool is_silent, struct spdk_nvme_cpl *out_cpl);
/* 4096 bytes. */
int nvme_ask_identify(struct spdk_nvme_ctrlr *ctrlr, uint8_t cns, uint32_t nsid, void *buffer);
/* The one of the options, or the first that is active; 0, and a message: there is none. */
uint32_t nvme_pick_namespace(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options);
/* "QEMU NVMe Ctrl, serial deadbeef, firmware 7.2.0"; the caller frees. */
char *nvme_describe(struct spdk_nvme_ctrlr *ctrlr);
/*
 * What the user must know before data are lost: which device it is, and of which namespaces; 0: of
 * all that are active. The caller frees.
 */
char *nvme_describe_loss(struct spdk_nvme_ctrlr *ctrlr, const char *address, uint32_t nsid);
/* Takes the controller of the options, calls `fn`, gives it back. */
int
nvme_with_controller(const struct nvme_options *options,
		     int (*fn)(struct spdk_nvme_ctrlr *ctrlr, const struct nvme_options *options));
/* Writes bytes to stdout as they are. */
int nvme_write_raw(const void *data, size_t size);

/* ---- What is told ---- */

/* Members of an object that has been begun. */
void nvme_ctrlr_data_write(struct nvme_record *record, const struct spdk_nvme_ctrlr_data *data);
void nvme_ns_data_write(struct nvme_record *record, const struct spdk_nvme_ns_data *data);
/* A list of struct spdk_nvme_ns_id_desc. */
void nvme_ns_descs_write(struct nvme_record *record, const uint8_t *list, size_t size);
/* Index of the format in use. */
uint32_t nvme_ns_format(const struct spdk_nvme_ns_data *data);
/* Entries of `lbaf` that count. */
uint32_t nvme_ns_format_count(const struct spdk_nvme_ns_data *data);
/* In bytes; 0: it makes no sense. */
uint64_t nvme_ns_block_size(const struct spdk_nvme_ns_data *data);

struct nvme_log_page {
	const char *name;
	uint8_t lid;
	/* 0: as many entries as the controller has. */
	uint32_t size;
	const char *title;
	/* `size` bytes at least. */
	void (*write)(struct nvme_record *record, const void *data, size_t size);
};
/* By index; NULL behind the last. */
const struct nvme_log_page *nvme_log_page_at(size_t index);
const struct nvme_log_page *nvme_log_page_of(uint8_t lid);
const struct nvme_log_page *nvme_log_page_find(const char *name);
/* Lines of hexadecimal; JSON has all in one. */
void nvme_dump_write(struct nvme_record *record, const void *data, size_t size);

#define NVME_FID_WRITE_PROTECTION 0x84

struct nvme_feature {
	uint8_t fid;
	/* Bytes of data; 0: the value is all. */
	uint16_t size;
	bool is_of_namespace;
	const char *name;
	const char *title;
	const struct nvme_bits *bits;
};
const struct nvme_feature *nvme_feature_at(size_t index);
const struct nvme_feature *nvme_feature_find(uint8_t fid);
void nvme_feature_write(struct nvme_record *record, uint8_t fid, uint32_t value, const void *data,
			size_t size);

const char *nvme_admin_command_name(uint8_t opc);
const char *nvme_io_command_name(uint8_t opc);

/* ---- perf ---- */

int nvme_perf_main(int argc, char **argv);
void nvme_perf_print_usage(FILE *file);
void nvme_perf_complete(int count, char **words);

#endif
