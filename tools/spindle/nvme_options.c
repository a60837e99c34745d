/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of spindle nvme, of which each of its words takes some. */
#include "nvme.h"
#include "size.h"

#include "spdk/util.h"

#include <getopt.h>

#define ADDRESS_ADVICE "spindle nvme list has the addresses of all"

static const struct option long_options[] = {
	{"json", no_argument, NULL, NVME_OPTION_JSON},
	{"help", no_argument, NULL, 'h'},
	{"nsid", required_argument, NULL, NVME_OPTION_NSID},
	{"raw", no_argument, NULL, NVME_OPTION_RAW},
	{"size", required_argument, NULL, NVME_OPTION_SIZE},
	{"offset", required_argument, NULL, NVME_OPTION_OFFSET},
	{"fid", required_argument, NULL, NVME_OPTION_FID},
	{"select", required_argument, NULL, NVME_OPTION_SELECT},
	{"set", required_argument, NULL, NVME_OPTION_SET},
	{"save", no_argument, NULL, NVME_OPTION_SAVE},
	{"lbaf", required_argument, NULL, NVME_OPTION_LBAF},
	{"ms", required_argument, NULL, NVME_OPTION_MS},
	{"pi", required_argument, NULL, NVME_OPTION_PI},
	{"pil", required_argument, NULL, NVME_OPTION_PIL},
	{"ses", required_argument, NULL, NVME_OPTION_SES},
	{"yes-destroy", required_argument, NULL, NVME_OPTION_DESTROY},
	{NULL, 0, NULL, 0},
};

/* Values of options that are words; the index is what they mean. */
static const char *const select_words[] = {"current", "default", "saved", "supported", NULL};
static const char *const place_words[] = {"apart", "extended", NULL};
static const char *const end_words[] = {"last", "first", NULL};
static const char *const erase_words[] = {"none", "user", "crypto", NULL};

int
nvme_parse_number(const char *name, const char *text, uint64_t most, uint64_t *out_value)
{
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0) {
		return usage_error("%s: '%s' is no number", name, text);
	}
	if (value > most) {
		return usage_error("%s: %s is too large: %" PRIu64 " at most", name, text, most);
	}
	*out_value = value;
	return STATUS_OK;
}

int
nvme_parse_nsid(const char *text, uint32_t *out_nsid)
{
	uint64_t number = 0;
	int rc = nvme_parse_number("--nsid", text, UINT32_MAX, &number);

	if (rc == STATUS_OK && number == 0) {
		return usage_error("--nsid: namespaces are counted from 1");
	}
	*out_nsid = (uint32_t)number;
	return rc;
}

static int
parse_word(const char *name, const char *text, const char *const *words, int32_t *out_index)
{
	struct text choice = {.bytes = NULL};
	int32_t i;

	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			*out_index = i;
			return STATUS_OK;
		}
	}
	for (i = 0; words[i] != NULL; i++) {
		text_printf(&choice, "%s%s", i > 0 ? ", " : "", words[i]);
	}
	usage_error("%s: '%s' is none of %s", name, text, choice.bytes);
	text_fini(&choice);
	return STATUS_USAGE;
}

int
nvme_parse_address(const char *text, char *out_address, size_t size)
{
	struct spdk_pci_addr address;

	if (spdk_pci_addr_parse(&address, text) != 0 ||
	    spdk_pci_addr_fmt(out_address, size, &address) != 0) {
		return usage_error(
			"'%s' is no address of a PCI device, such as 0000:00:04.0; " ADDRESS_ADVICE,
			text);
	}
	return STATUS_OK;
}

/* ---- One option ---- */

static const char *
name_of(int option)
{
	const struct option *entry = long_options;

	while (entry->name != NULL && entry->val != option) {
		entry++;
	}
	return entry->name;
}

static bool
verb_takes(const struct nvme_verb *verb, int option)
{
	size_t i;

	if (option == NVME_OPTION_JSON || option == 'h') {
		return true;
	}
	for (i = 0; verb->options[i] != 0; i++) {
		if (verb->options[i] == option) {
			return true;
		}
	}
	return false;
}

static int
parse_size_option(const char *name, const char *text, uint64_t *out_size)
{
	if (size_parse(text, out_size, NULL) != 0) {
		return usage_error("%s: '%s' is no size; give bytes, or 4k", name, text);
	}
	return STATUS_OK;
}

static int
parse_format_option(int option, struct nvme_options *options)
{
	uint64_t number = 0;
	int32_t index = 0;
	int rc;

	switch (option) {
	case NVME_OPTION_LBAF:
		rc = nvme_parse_number("--lbaf", optarg, 63, &number);
		options->lbaf = (int32_t)number;
		return rc;
	case NVME_OPTION_MS:
		rc = parse_word("--ms", optarg, place_words, &index);
		options->md_is_extended = index == 1;
		return rc;
	case NVME_OPTION_PI:
		rc = nvme_parse_number("--pi", optarg, 3, &number);
		options->pi = (int32_t)number;
		return rc;
	case NVME_OPTION_PIL:
		rc = parse_word("--pil", optarg, end_words, &index);
		options->pi_is_first = index == 1;
		return rc;
	default:
		assert(option == NVME_OPTION_SES);
		return parse_word("--ses", optarg, erase_words, &options->ses);
	}
}

static int
parse_feature_option(int option, struct nvme_options *options)
{
	uint64_t number = 0;
	int rc;

	switch (option) {
	case NVME_OPTION_FID:
		rc = nvme_parse_number("--fid", optarg, UINT8_MAX, &number);
		options->fid = (int32_t)number;
		return rc;
	case NVME_OPTION_SELECT:
		return parse_word("--select", optarg, select_words, &options->select);
	case NVME_OPTION_SET:
		rc = nvme_parse_number("--set", optarg, UINT32_MAX, &number);
		options->has_value = true;
		options->value = (uint32_t)number;
		return rc;
	case NVME_OPTION_SAVE:
		options->is_saved = true;
		return STATUS_OK;
	default:
		return parse_format_option(option, options);
	}
}

static int
parse_option(int option, struct nvme_options *options)
{
	switch (option) {
	case NVME_OPTION_JSON:
		options->is_json = true;
		return STATUS_OK;
	case NVME_OPTION_NSID:
		return nvme_parse_nsid(optarg, &options->nsid);
	case NVME_OPTION_RAW:
		options->is_raw = true;
		return STATUS_OK;
	case NVME_OPTION_SIZE:
		return parse_size_option("--size", optarg, &options->size);
	case NVME_OPTION_OFFSET:
		return parse_size_option("--offset", optarg, &options->offset);
	case NVME_OPTION_DESTROY:
		options->destroy = optarg;
		return STATUS_OK;
	default:
		return parse_feature_option(option, options);
	}
}

/* ---- All of them ---- */

static int
take_words(const struct nvme_verb *verb, int count, char **words, struct nvme_options *options)
{
	int rc = STATUS_OK;

	if (verb->has_address) {
		if (count == 0) {
			return usage_error("nvme %s: which controller? Give its address, such as "
					   "0000:00:04.0; " ADDRESS_ADVICE,
					   verb->name);
		}
		rc = nvme_parse_address(words[0], options->address, sizeof(options->address));
		count--;
		words++;
	}
	if (rc == STATUS_OK && count > 0 && verb->word_name != NULL) {
		options->word = words[0];
		count--;
		words++;
	}
	if (rc == STATUS_OK && count > 0) {
		return usage_error("nvme %s: '%s' is one word too many", verb->name, words[0]);
	}
	return rc;
}

int
nvme_options_parse(const struct nvme_verb *verb, int argc, char **argv,
		   struct nvme_options *out_options, bool *out_is_over)
{
	struct nvme_options options = {.fid = -1, .lbaf = -1};
	int option, rc = STATUS_OK;

	*out_is_over = false;
	while (rc == STATUS_OK &&
	       (option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (option == 'h') {
			nvme_verb_print_usage(verb, stdout);
			*out_is_over = true;
			return STATUS_OK;
		}
		if (option == '?') {
			fprintf(stderr, "spindle nvme %s -h tells what there is\n", verb->name);
			return STATUS_USAGE;
		}
		if (!verb_takes(verb, option)) {
			return usage_error("nvme %s has no --%s; spindle nvme %s -h tells what "
					   "there is",
					   verb->name, name_of(option), verb->name);
		}
		rc = parse_option(option, &options);
	}
	if (rc == STATUS_OK && options.is_json && options.is_raw) {
		rc = usage_error("--json and --raw: bytes are no JSON; give one of the two");
	}
	if (rc == STATUS_OK) {
		rc = take_words(verb, argc - optind, argv + optind, &options);
	}
	if (rc == STATUS_OK) {
		*out_options = options;
	}
	return rc;
}

void
nvme_verb_print_usage(const struct nvme_verb *verb, FILE *file)
{
	fprintf(file,
		"usage: spindle nvme %s [OPTION...]%s%s\n"
		"\n"
		"%s"
		"  --json               JSON\n"
		"  -h, --help           this text\n",
		verb->name, verb->arguments[0] != '\0' ? " " : "", verb->arguments, verb->usage);
}

int
nvme_check_named_twice(const char *address, const char *destroy, const char *what)
{
	char again[32];

	if (destroy == NULL) {
		fprintf(stderr,
			"spindle: %s\n"
			"Nothing was done. To go on, name the controller again: --yes-destroy %s\n",
			what, address);
		return STATUS_USAGE;
	}
	if (nvme_parse_address(destroy, again, sizeof(again)) != STATUS_OK) {
		return STATUS_USAGE;
	}
	if (strcmp(address, again) != 0) {
		return usage_error("--yes-destroy names %s, but the controller is %s; nothing was "
				   "done",
				   again, address);
	}
	return STATUS_OK;
}

/* ---- Completion ---- */

void
nvme_offer_addresses(const char *beginning)
{
	struct nvme_machine machine;
	size_t i;

	nvme_machine_read(&machine, "");
	for (i = 0; i < machine.count; i++) {
		offer(machine.of[i].address, beginning);
	}
	nvme_machine_fini(&machine);
}

static void
offer_options(const struct nvme_verb *verb, const char *beginning)
{
	const struct option *option;
	char name[32];

	offer("-h", beginning);
	for (option = long_options; option->name != NULL; option++) {
		if (verb == NULL || verb_takes(verb, option->val)) {
			snprintf(name, sizeof(name), "--%s%s", option->name,
				 option->has_arg == required_argument ? "=" : "");
			offer(name, beginning);
		}
	}
}

void
nvme_verb_complete(const struct nvme_verb *verb, int count, char **words)
{
	const char *word = count > 0 ? words[count - 1] : "", *before = "";
	const struct nvme_log_page *page;
	size_t i;

	if (word[0] == '-') {
		offer_options(verb, word);
		return;
	}
	if (verb == NULL || !verb->has_address) {
		return;
	}
	before = count > 1 ? words[count - 2] : "";
	if (count == 1 || strcmp(before, "--yes-destroy") == 0 || before[0] == '-') {
		nvme_offer_addresses(word);
	} else if (verb->word_name != NULL) {
		for (i = 0; (page = nvme_log_page_at(i)) != NULL; i++) {
			offer(page->name, word);
		}
	}
}
