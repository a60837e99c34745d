/* SPDX-License-Identifier: BSD-3-Clause */
/* spindle dd: its options, and what of them does not go together. */
#include "dd.h"
#include "dd_config.h"
#include "rpc.h"
#include "size.h"

#include "spdk/util.h"

#include <getopt.h>

#define BLOCK_BYTES_DEFAULT (256 * 1024)
#define DEPTH_DEFAULT       8
#define DEPTH_MAX           1024
#define CALLS_MAX           64
/* Of all buffers together. */
#define BUFFER_BYTES_MAX (1ull << 30)
/* Of a file's offsets. */
#define BYTES_MAX ((uint64_t)INT64_MAX)

enum long_option {
	OPTION_INPUT_FILE = 256,
	OPTION_INPUT_BDEV,
	OPTION_OUTPUT_FILE,
	OPTION_OUTPUT_BDEV,
	OPTION_WITH,
	OPTION_BLOCK_SIZE,
	OPTION_COUNT,
	OPTION_SKIP,
	OPTION_SEEK,
	OPTION_DEPTH,
	OPTION_SPARSE,
	OPTION_KEEP,
	OPTION_NO_FLUSH,
	OPTION_VERIFY,
	OPTION_RESUME,
};

static const struct option long_options[] = {
	{"if", required_argument, NULL, OPTION_INPUT_FILE},
	{"ib", required_argument, NULL, OPTION_INPUT_BDEV},
	{"of", required_argument, NULL, OPTION_OUTPUT_FILE},
	{"ob", required_argument, NULL, OPTION_OUTPUT_BDEV},
	{"json", required_argument, NULL, 'c'},
	{"config", required_argument, NULL, 'c'},
	{"with", required_argument, NULL, OPTION_WITH},
	{"bs", required_argument, NULL, OPTION_BLOCK_SIZE},
	{"count", required_argument, NULL, OPTION_COUNT},
	{"skip", required_argument, NULL, OPTION_SKIP},
	{"seek", required_argument, NULL, OPTION_SEEK},
	{"qd", required_argument, NULL, OPTION_DEPTH},
	{"sparse", no_argument, NULL, OPTION_SPARSE},
	{"notrunc", no_argument, NULL, OPTION_KEEP},
	{"no-flush", no_argument, NULL, OPTION_NO_FLUSH},
	{"verify", no_argument, NULL, OPTION_VERIFY},
	{"resume", required_argument, NULL, OPTION_RESUME},
	{"cpumask", required_argument, NULL, 'm'},
	{"quiet", no_argument, NULL, 'q'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static void
print_usage(FILE *file)
{
	fprintf(file,
		"usage: spindle dd {--if FILE | --ib BDEV} {--of FILE | --ob BDEV} [OPTION...]\n"
		"\n"
		"      --if FILE         from a file; '-' is standard input\n"
		"      --ib BDEV         from a block device of the configuration\n"
		"      --of FILE         to a file, which is cut where the copy begins; '-' is\n"
		"                        standard output\n"
		"      --ob BDEV         to a block device of the configuration\n"
		"  -c, --json, --config FILE\n"
		"                        the configuration, which makes the block devices\n"
		"      --with CALL       makes one without a file: METHOD [KEY=VALUE...], as for\n"
		"                        spindle rpc; may be given several times\n"
		"      --bs SIZE         what is read and written at a time (256k); any size\n"
		"      --count N         copy so much, of --bs bytes each, or of bytes: 10B, 1M\n"
		"      --skip N          begin so far behind the beginning of the input\n"
		"      --seek N          begin so far behind the beginning of the output\n"
		"      --qd N            so many of --bs are under way at the same time (8)\n"
		"      --sparse          make holes, or zeroed blocks, of zeros; holes of the\n"
		"                        input are not read\n"
		"      --notrunc         the file of --of keeps what is not written over\n"
		"      --no-flush        do not wait until the copy is on the medium\n"
		"      --verify          read all of it again and compare, after the copy\n"
		"      --resume STATE    write down in a file how far the copy is, and go on from\n"
		"                        there if it tells so\n"
		"  -m, --cpumask MASK    the cores to run on (0x1)\n"
		"  -q, --quiet           no progress, and no word at the end\n"
		"  -h, --help            this text\n"
		"\n"
		"Sizes take k, M, G and T for 2^10 to 2^40. Nothing need be a multiple of the\n"
		"block size of a device: a block of which only a part is to be written is read,\n"
		"changed and written.\n"
		"\n"
		"examples:\n"
		"  spindle dd --if disk.img --ob Nvme0n1 -c nvme.json --sparse --verify\n"
		"  zcat disk.gz | spindle dd --if - --ob Nvme0n1 -c nvme.json\n"
		"  spindle dd --ib Nvme0n1 --of disk.img -c nvme.json --resume disk.state\n"
		"  spindle dd --if a.img --ob u --with 'bdev_uring_create name=u filename=b.img'\n"
		"\n"
		"exit status: 0 copied, 1 failed, 2 wrong usage, 130 interrupted\n");
}

/* A number of --bs, or of bytes where it has a unit; made bytes when --bs is known. */
struct amount {
	const char *name;
	const char *text;
	uint64_t value;
	bool is_bytes;
};

struct parser {
	struct dd_options options;
	struct amount count;
	struct amount skip;
	struct amount seek;
	char *calls[CALLS_MAX];
	int calls_count;
};

static int
parse_amount(struct amount *amount, const char *name, const char *text)
{
	amount->name = name;
	amount->text = text;
	if (size_parse(text, &amount->value, &amount->is_bytes) != 0) {
		return usage_error("%s: '%s' is no number of blocks (10) or bytes (10B, 10M)", name,
				   text);
	}
	return STATUS_OK;
}

static int
parse_block_size(struct dd_options *options, const char *text)
{
	uint64_t size = 0;

	if (size_parse(text, &size, NULL) != 0 || size == 0 || size > BYTES_MAX) {
		return usage_error("--bs: '%s' is no size: 1, 4k, 1M...", text);
	}
	options->block_size = size;
	return STATUS_OK;
}

static int
parse_depth(struct dd_options *options, const char *text)
{
	uint64_t depth = 0;

	if (size_parse(text, &depth, NULL) != 0 || depth == 0 || depth > DEPTH_MAX) {
		return usage_error("--qd: '%s' is no number from 1 to %d", text, DEPTH_MAX);
	}
	options->depth = (unsigned)depth;
	return STATUS_OK;
}

static int
add_call(struct parser *parser, char *call)
{
	if (parser->calls_count == CALLS_MAX) {
		return usage_error("--with can be given %d times; -c takes a file of any length",
				   CALLS_MAX);
	}
	parser->calls[parser->calls_count++] = call;
	return STATUS_OK;
}

/* Those with an argument that is more than a text. */
static int
parse_value(int option, struct parser *parser)
{
	switch (option) {
	case OPTION_WITH:
		return add_call(parser, optarg);
	case OPTION_BLOCK_SIZE:
		return parse_block_size(&parser->options, optarg);
	case OPTION_COUNT:
		return parse_amount(&parser->count, "--count", optarg);
	case OPTION_SKIP:
		return parse_amount(&parser->skip, "--skip", optarg);
	case OPTION_SEEK:
		return parse_amount(&parser->seek, "--seek", optarg);
	case OPTION_DEPTH:
		return parse_depth(&parser->options, optarg);
	default:
		fprintf(stderr, "spindle dd -h tells what there is\n");
		return STATUS_USAGE;
	}
}

/* Where the argument goes as it is, or NULL. */
static const char **
text_of(int option, struct dd_options *options)
{
	switch (option) {
	case OPTION_INPUT_FILE:
		return &options->input_file;
	case OPTION_INPUT_BDEV:
		return &options->input_bdev;
	case OPTION_OUTPUT_FILE:
		return &options->output_file;
	case OPTION_OUTPUT_BDEV:
		return &options->output_bdev;
	case OPTION_RESUME:
		return &options->state_file;
	case 'c':
		return &options->config_file;
	case 'm':
		return &options->core_mask;
	default:
		return NULL;
	}
}

/* One option, other than -h. */
static int
parse_option(int option, struct parser *parser)
{
	struct dd_options *options = &parser->options;
	const char **text = text_of(option, options);

	if (text != NULL) {
		*text = optarg;
		return STATUS_OK;
	}
	switch (option) {
	case OPTION_SPARSE:
		options->is_sparse = true;
		return STATUS_OK;
	case OPTION_KEEP:
		options->is_kept = true;
		return STATUS_OK;
	case OPTION_NO_FLUSH:
		options->is_flushed = false;
		return STATUS_OK;
	case OPTION_VERIFY:
		options->is_verified = true;
		return STATUS_OK;
	case 'q':
		options->is_quiet = true;
		return STATUS_OK;
	default:
		return parse_value(option, parser);
	}
}

static int
bytes_of(const struct amount *amount, uint64_t block_size, uint64_t *out_bytes)
{
	uint64_t unit = amount->is_bytes ? 1 : block_size;

	if (amount->text == NULL) {
		return STATUS_OK;
	}
	if (amount->value > BYTES_MAX / unit) {
		return usage_error("%s: %s%s is more than there can be", amount->name, amount->text,
				   amount->is_bytes ? "" : " times --bs");
	}
	*out_bytes = amount->value * unit;
	return STATUS_OK;
}

static int
check_ends(const struct dd_options *options)
{
	if ((options->input_file != NULL) + (options->input_bdev != NULL) != 1) {
		return usage_error("copy from where? --if FILE or --ib BDEV, one of them");
	}
	if ((options->output_file != NULL) + (options->output_bdev != NULL) != 1) {
		return usage_error("copy to where? --of FILE or --ob BDEV, one of them");
	}
	return STATUS_OK;
}

static int
check_usage(struct parser *parser, int words_count, char **words)
{
	struct dd_options *options = &parser->options;
	int rc;

	if (words_count > 0) {
		return usage_error("'%s' is no option; they are written --bs 4k or --bs=4k",
				   words[0]);
	}
	if (options->config_file != NULL && parser->calls_count > 0) {
		return usage_error("-c and --with exclude each other: put the call into the file");
	}
	if (spdk_min(options->block_size, DD_PIECE_BYTES_MAX) * options->depth > BUFFER_BYTES_MAX) {
		return usage_error("--qd: %u of %" PRIu64 " bytes are more than the 1 GiB that "
				   "buffers may take: a smaller --qd or --bs",
				   options->depth, options->block_size);
	}
	rc = check_ends(options);
	if (rc == STATUS_OK) {
		rc = bytes_of(&parser->count, options->block_size, &options->count);
	}
	if (rc == STATUS_OK) {
		rc = bytes_of(&parser->skip, options->block_size, &options->skip);
	}
	if (rc == STATUS_OK) {
		rc = bytes_of(&parser->seek, options->block_size, &options->seek);
	}
	if (rc == STATUS_OK) {
		rc = dd_config_from_calls(parser->calls_count, parser->calls,
					  &options->config_text);
	}
	return rc;
}

/* What a shell offers for a word that begins with '-'; for all else it has files. */
static int
complete(void)
{
	const struct option *option;

	printf("-c=\n-m=\n-q\n-h\n");
	for (option = long_options; option->name != NULL; option++) {
		printf("--%s%s\n", option->name, option->has_arg == required_argument ? "=" : "");
	}
	return STATUS_OK;
}

int
dd_main(int argc, char **argv)
{
	struct parser parser = {.options = {.block_size = BLOCK_BYTES_DEFAULT,
					    .depth = DEPTH_DEFAULT,
					    .count = DD_UNLIMITED,
					    .is_flushed = true}};
	int option, rc = STATUS_OK;

	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		return argv[argc - 1][0] == '-' && argc > 2 ? complete() : STATUS_OK;
	}
	while (rc == STATUS_OK &&
	       (option = getopt_long(argc, argv, "c:m:qh", long_options, NULL)) != -1) {
		if (option == 'h') {
			print_usage(stdout);
			return STATUS_OK;
		}
		rc = parse_option(option, &parser);
	}
	if (rc == STATUS_OK && argc == 1) {
		print_usage(stderr);
		return STATUS_USAGE;
	}
	if (rc == STATUS_OK) {
		rc = check_usage(&parser, argc - optind, argv + optind);
	}
	if (rc == STATUS_OK) {
		rc = dd_run(&parser.options);
	}
	free(parser.options.config_text);
	return rc;
}
