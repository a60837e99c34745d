/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of spindle nvme perf: that of spindle perf, but for what devices are. */
#include "nvme_perf.h"
#include "perf_options.h"

#include "spdk/util.h"

#include <getopt.h>

#define QPAIRS_MAX 1024

static const char short_options[] = "fhm:n:o:q:t:w:CDM:P:R:";

static const struct option long_options[] = {
	{"cores", required_argument, NULL, 'm'},
	{"disable-cpumask-locks", no_argument, NULL, PERF_OPTION_CORE_LOCKS},
	{"each-once", no_argument, NULL, 'D'},
	{"every-core", no_argument, NULL, 'C'},
	{"flush", required_argument, NULL, PERF_OPTION_FLUSH},
	{"help", no_argument, NULL, 'h'},
	{"histogram", no_argument, NULL, PERF_OPTION_HISTOGRAM},
	{"json", no_argument, NULL, NVME_OPTION_JSON},
	{"json-output", required_argument, NULL, PERF_OPTION_JSON_OUTPUT},
	{"keep-going", no_argument, NULL, 'f'},
	{"length", required_argument, NULL, PERF_OPTION_LENGTH},
	{"no-progress", no_argument, NULL, PERF_OPTION_NO_PROGRESS},
	{"nsid", required_argument, NULL, NVME_OPTION_NSID},
	{"number", required_argument, NULL, 'n'},
	{"offset", required_argument, NULL, PERF_OPTION_OFFSET},
	{"progress", no_argument, NULL, PERF_OPTION_PROGRESS},
	{"qpairs", required_argument, NULL, 'P'},
	{"ramp", required_argument, NULL, 'R'},
	{"rate", required_argument, NULL, PERF_OPTION_RATE},
	{"seed", required_argument, NULL, PERF_OPTION_SEED},
	{"time", required_argument, NULL, 't'},
	{"vectors", required_argument, NULL, PERF_OPTION_VECTORS},
	{"verify-only", no_argument, NULL, PERF_OPTION_VERIFY_ONLY},
	{"yes-destroy", required_argument, NULL, NVME_OPTION_DESTROY},
	{"zipf", required_argument, NULL, PERF_OPTION_ZIPF},
	{NULL, 0, NULL, 0},
};

static const char usage_text[] =
	"usage: spindle nvme perf [OPTION...] ADDRESS\n"
	"\n"
	"Puts load on the namespaces of a controller through the driver alone, and tells\n"
	"how fast they are. Every workload but read, randread and flush destroys the data\n"
	"on them, and needs --yes-destroy.\n"
	"\n"
	"  --nsid N             only this namespace (all that are active)\n"
	"  -w WORKLOAD          read, write, rw: in order; randread, randwrite, randrw:\n"
	"                       anywhere; verify: write and read back; flush, unmap,\n"
	"                       write_zeroes, copy (randread)\n"
	"  -M PERCENT           of reads in rw and randrw (50)\n"
	"  -o SIZE              of an I/O; 4k/70,64k/30 is 70 % of 4k, 30 % of 64k (4k)\n"
	"  -q DEPTH             I/Os under way, on each queue pair (32)\n"
	"  -P, --qpairs N       queue pairs of each namespace, spread over the cores (1)\n"
	"  -t, --time SECONDS   how long (10; verify: one pass)\n"
	"  -n, --number NUMBER  instead, I/Os for each namespace; or bytes: 1G\n"
	"  -R, --ramp SECONDS   run so long before anything is counted (0)\n"
	"  -m, --cores MASK     cores to run on, 0x3 or [0,2-3] (0)\n"
	"  -C, --every-core     a queue pair on each core for each namespace\n"
	"  -D, --each-once      random order in which each place comes once a pass\n"
	"  --zipf THETA         some places more often: 0 none, 1.2 strongly\n"
	"  --rate IOPS          most I/Os a second, for each namespace\n"
	"  --seed NUMBER        the same seed makes the same I/Os\n"
	"  --offset AMOUNT      first block, or first byte with a unit (0)\n"
	"  --length AMOUNT      blocks, or bytes with a unit (to the end)\n"
	"  --vectors NUMBER     pieces of memory in an I/O (1)\n"
	"  --flush NUMBER       a flush after so many writes (0: none)\n"
	"  --verify-only        read back what a verify with the same --seed has written\n"
	"  -f, --keep-going     failed I/Os are counted, and do not end the job\n"
	"  --histogram          draw the latencies\n"
	"  --json-output FILE   for programs; '-' is standard output, instead of tables\n"
	"  --json               the same as --json-output -\n"
	"  --progress           a line each second, also where there is no terminal\n"
	"  --no-progress        none\n"
	"  --disable-cpumask-locks  cores that another application uses are shared\n"
	"  --yes-destroy ADDRESS  the address again: the data may be lost\n"
	"  -h, --help           this text\n";

void
nvme_perf_print_usage(FILE *file)
{
	fputs(usage_text, file);
}

static int
take_option(int option, struct nvme_perf_options *options)
{
	uint64_t number = 0;
	int rc;

	switch (option) {
	case 'P':
		rc = nvme_parse_number("-P", optarg, QPAIRS_MAX, &number);
		options->perf.workers = (uint32_t)number;
		return rc != STATUS_OK || number > 0 ? rc : usage_error("-P: 0 is no load");
	case NVME_OPTION_NSID:
		return nvme_parse_nsid(optarg, &options->nsid);
	case NVME_OPTION_JSON:
		options->perf.json_output = "-";
		return STATUS_OK;
	case NVME_OPTION_DESTROY:
		options->destroy = optarg;
		return STATUS_OK;
	default:
		rc = perf_options_take(&options->perf, option);
		if (rc == -ENOENT) {
			fprintf(stderr, "spindle nvme perf -h tells what there is\n");
			return STATUS_USAGE;
		}
		return rc;
	}
}

int
nvme_perf_options_parse(struct nvme_perf_options *options, int argc, char **argv, bool *out_is_over)
{
	int option, rc = STATUS_OK;

	*options = (struct nvme_perf_options){.perf = {.path = &nvme_perf_path, .time_s = -1}};
	*out_is_over = false;
	while (rc == STATUS_OK &&
	       (option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (option == 'h') {
			nvme_perf_print_usage(stdout);
			*out_is_over = true;
			return STATUS_OK;
		}
		rc = take_option(option, options);
	}
	if (rc != STATUS_OK) {
		return rc;
	}
	if (argc - optind != 1) {
		return argc == optind ? usage_error("nvme perf: which controller? Give its "
						    "address, such as 0000:00:04.0") :
					usage_error("nvme perf: '%s' is one word too many",
						    argv[optind + 1]);
	}
	if (options->perf.workers != 0 && options->perf.is_on_every_core) {
		return usage_error("-P and -C: only one of the two can say how many queue pairs "
				   "there are");
	}
	rc = nvme_parse_address(argv[optind], options->address, sizeof(options->address));
	return rc == STATUS_OK ? perf_options_check(&options->perf) : rc;
}

void
nvme_perf_complete(int count, char **words)
{
	const char *word = count > 0 ? words[count - 1] : "";
	const char *before = count > 1 ? words[count - 2] : "", *letter, *name;
	const struct option *option;
	char text[40];
	size_t i;

	if (strcmp(before, "-w") == 0) {
		for (i = 0; (name = perf_workload_name(i)) != NULL; i++) {
			offer(name, word);
		}
		return;
	}
	if (word[0] != '-') {
		nvme_offer_addresses(word);
		return;
	}
	for (letter = short_options; *letter != '\0'; letter++) {
		if (*letter != ':') {
			snprintf(text, sizeof(text), "-%c", *letter);
			offer(text, word);
		}
	}
	for (option = long_options; option->name != NULL; option++) {
		snprintf(text, sizeof(text), "--%s%s", option->name,
			 option->has_arg == required_argument ? "=" : "");
		offer(text, word);
	}
}
