/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line of spindle perf. What is a property of a job is kept as key and value, as a job
 * file has them; the rest is here.
 */
#include "perf_options.h"
#include "size.h"

#include "spdk/util.h"

#include <getopt.h>

static const char short_options[] = "b:c:fhj:m:n:o:q:r:t:w:CDM:R:";

static const struct option long_options[] = {
	{"bdev", required_argument, NULL, 'b'},
	{"block-size", required_argument, NULL, PERF_OPTION_BLOCK_SIZE},
	{"config", required_argument, NULL, 'c'},
	{"cores", required_argument, NULL, 'm'},
	{"disable-cpumask-locks", no_argument, NULL, PERF_OPTION_CORE_LOCKS},
	{"each-once", no_argument, NULL, 'D'},
	{"engine", required_argument, NULL, PERF_OPTION_ENGINE},
	{"every-core", no_argument, NULL, 'C'},
	{"file", required_argument, NULL, PERF_OPTION_FILE},
	{"flush", required_argument, NULL, PERF_OPTION_FLUSH},
	{"help", no_argument, NULL, 'h'},
	{"histogram", no_argument, NULL, PERF_OPTION_HISTOGRAM},
	{"job-file", required_argument, NULL, 'j'},
	{"json", required_argument, NULL, 'c'},
	{"json-output", required_argument, NULL, PERF_OPTION_JSON_OUTPUT},
	{"keep-going", no_argument, NULL, 'f'},
	{"length", required_argument, NULL, PERF_OPTION_LENGTH},
	{"malloc", required_argument, NULL, PERF_OPTION_MALLOC},
	{"no-progress", no_argument, NULL, PERF_OPTION_NO_PROGRESS},
	{"null", required_argument, NULL, PERF_OPTION_NULL},
	{"number", required_argument, NULL, 'n'},
	{"offset", required_argument, NULL, PERF_OPTION_OFFSET},
	{"overwrite", no_argument, NULL, PERF_OPTION_OVERWRITE},
	{"poll", no_argument, NULL, PERF_OPTION_POLL},
	{"progress", no_argument, NULL, PERF_OPTION_PROGRESS},
	{"ramp", required_argument, NULL, 'R'},
	{"rate", required_argument, NULL, PERF_OPTION_RATE},
	{"seed", required_argument, NULL, PERF_OPTION_SEED},
	{"size", required_argument, NULL, PERF_OPTION_SIZE},
	{"time", required_argument, NULL, 't'},
	{"vectors", required_argument, NULL, PERF_OPTION_VECTORS},
	{"verify-only", no_argument, NULL, PERF_OPTION_VERIFY_ONLY},
	{"zipf", required_argument, NULL, PERF_OPTION_ZIPF},
	{NULL, 0, NULL, 0},
};

/* clang-format off */
const char *const perf_option_names[] = {
	"-b=", "--bdev=", "-c=", "--config=", "--json=", "--file=", "--size=", "--engine=",
	"--overwrite", "--malloc=", "--null=", "--block-size=", "-w=", "-M=", "-o=", "-q=", "-t=",
	"--time=", "-n=", "--number=", "-R=", "--ramp=", "-m=", "--cores=", "-C", "--every-core",
	"-D", "--each-once", "--zipf=", "--rate=", "--seed=", "--offset=", "--length=",
	"--vectors=", "--flush=", "--verify-only", "-f", "--keep-going", "-j=", "--job-file=",
	"--histogram", "--json-output=", "--progress", "--no-progress", "-r=", "--poll",
	"--disable-cpumask-locks", "-h", "--help",
	NULL,
};
/* clang-format on */

static const char usage_text[] =
	"usage: spindle perf [OPTION...]\n"
	"\n"
	"Puts load on block devices and tells how fast they are, and whether they keep\n"
	"what is written. Every workload but read, randread, flush and reset destroys\n"
	"the data on the devices it is used on.\n"
	"\n"
	"devices:\n"
	"  -c, --config FILE      a configuration that makes them; also --json\n"
	"  --json FILE            the same\n"
	"  -b, --bdev NAME,...    which of them; without it all, but only to read\n"
	"  --file PATH            a file or disk, which becomes File0, File1...\n"
	"  --size SIZE            makes the file if it is not there\n"
	"  --engine NAME          how files are read and written: uring or aio\n"
	"  --overwrite            files may lose the data that is in them\n"
	"  --malloc SIZE          memory, Malloc0, Malloc1...\n"
	"  --null SIZE            nothing at all, Null0, Null1...\n"
	"  --block-size SIZE      of files, memory and nothing (512, files: their own)\n"
	"\n"
	"load:\n"
	"  -w WORKLOAD            read, write, rw: in order; randread, randwrite, randrw:\n"
	"                         anywhere; verify: write and read back; flush, unmap,\n"
	"                         write_zeroes, copy, reset (randread)\n"
	"  -M PERCENT             of reads in rw and randrw (50)\n"
	"  -o SIZE                of an I/O; 4k/70,64k/30 is 70 % of 4k, 30 % of 64k (4k)\n"
	"  -q DEPTH               I/Os under way, on each device and core (32)\n"
	"  -t, --time SECONDS     how long (10; verify: one pass)\n"
	"  -n, --number NUMBER    instead, I/Os for each device; or bytes, with a unit: 1G\n"
	"  -R, --ramp SECONDS     run so long before anything is counted (0)\n"
	"  -m, --cores MASK       cores to run on, 0x3 or [0,2-3] (0)\n"
	"  -C, --every-core       every core on every device, instead of one core for each\n"
	"  -D, --each-once        random order in which each place comes once a pass\n"
	"  --zipf THETA           some places more often: 0 none, 1.2 strongly\n"
	"  --rate IOPS            most I/Os a second, for each device\n"
	"  --seed NUMBER          the same seed makes the same I/Os\n"
	"  --offset AMOUNT        first block, or first byte with a unit (0)\n"
	"  --length AMOUNT        blocks, or bytes with a unit (to the end)\n"
	"  --vectors NUMBER       pieces of memory in an I/O (1)\n"
	"  --flush NUMBER         a flush after so many writes (0: none)\n"
	"  --verify-only          read back what a verify with the same --seed has written\n"
	"  -f, --keep-going       failed I/Os are counted, and do not end the job\n"
	"  -j, --job-file FILE    several jobs at once; see below\n"
	"\n"
	"results:\n"
	"  --histogram            draw the latencies\n"
	"  --json-output FILE     for programs; '-' is standard output, instead of tables\n"
	"  --progress             a line each second, also where there is no terminal\n"
	"  --no-progress          none\n"
	"\n"
	"others:\n"
	"  -r ADDRESS             take RPCs there meanwhile (nowhere)\n"
	"  --poll                 cores never rest: less latency, and a CPU each\n"
	"  --disable-cpumask-locks  cores that another application uses are shared\n"
	"  -h, --help             this text\n"
	"\n"
	"A job file has a section [NAME] for each job, with lines KEY=VALUE: filename\n"
	"(devices, with ':' between them), rw, bs, iodepth, rwmixread, offset, length,\n"
	"number, cpumask, rate, zipf, each_once, vectors, flush, seed. [global] holds for\n"
	"the jobs behind it; options of the command line take the place of what it says.\n"
	"\n"
	"examples:\n"
	"  spindle perf --null 1G -t 3\n"
	"  spindle perf --file disk.img --size 1G -w randrw -M 70 -q 16 -t 30 --histogram\n"
	"  spindle perf --file disk.img --overwrite -w verify -o 64k --seed 1\n"
	"  spindle perf --file disk.img -w verify -o 64k --seed 1 --verify-only\n"
	"  spindle perf -c app.json -b Nvme0n1 -m 0x3 -C -w randread --json-output -\n"
	"\n"
	"exit status: 0 good, 1 an I/O failed or read back something else, 2 wrong usage\n";

/* Options that are a key of a job. */
static const struct {
	int option;
	const char *name;
	const char *key;
} settings[] = {
	{'b', "-b", "filename"},
	{'w', "-w", "rw"},
	{'M', "-M", "rwmixread"},
	{'o', "-o", "bs"},
	{'q', "-q", "iodepth"},
	{'n', "-n", "number"},
	{'D', "-D", "each_once"},
	{PERF_OPTION_ZIPF, "--zipf", "zipf"},
	{PERF_OPTION_RATE, "--rate", "rate"},
	{PERF_OPTION_SEED, "--seed", "seed"},
	{PERF_OPTION_OFFSET, "--offset", "offset"},
	{PERF_OPTION_LENGTH, "--length", "length"},
	{PERF_OPTION_VECTORS, "--vectors", "vectors"},
	{PERF_OPTION_FLUSH, "--flush", "flush"},
};

static int
add_setting(struct perf_options *options, size_t index, char *value)
{
	struct perf_setting *setting = &options->settings[options->settings_count];
	char *comma;

	if (options->settings_count == PERF_SETTINGS_MAX) {
		return usage_error("more than %d options", PERF_SETTINGS_MAX);
	}
	*setting = (struct perf_setting){settings[index].name, settings[index].key, value};
	if (settings[index].option == 'D') {
		setting->value = "1";
	} else if (settings[index].option == 'b') {
		while ((comma = strchr(value, ',')) != NULL) {
			*comma = ':';
		}
	}
	options->settings_count++;
	return STATUS_OK;
}

static int
parse_size_option(const char *name, const char *value, uint64_t *out_size)
{
	if (size_parse(value, out_size, NULL) != 0 || *out_size == 0) {
		return usage_error("%s: '%s' is no size; give bytes, or 4k, or 1G", name, value);
	}
	return STATUS_OK;
}

/* Options that say where there are devices. */
static int
parse_device_option(int option, struct perf_options *options)
{
	struct device_sources *sources = &options->sources;

	switch (option) {
	case 'c':
		options->config = optarg;
		return STATUS_OK;
	case PERF_OPTION_FILE:
		return device_sources_add(sources, DEVICE_FILE, optarg);
	case PERF_OPTION_MALLOC:
		return device_sources_add(sources, DEVICE_MALLOC, optarg);
	case PERF_OPTION_NULL:
		return device_sources_add(sources, DEVICE_NULL, optarg);
	case PERF_OPTION_ENGINE:
		return device_sources_set_engine(sources, optarg);
	case PERF_OPTION_SIZE:
		return parse_size_option("--size", optarg, &sources->file_size);
	case PERF_OPTION_BLOCK_SIZE:
		return parse_size_option("--block-size", optarg, &sources->block_size);
	case PERF_OPTION_OVERWRITE:
		sources->may_overwrite = true;
		return STATUS_OK;
	default:
		fprintf(stderr, "spindle perf -h tells what there is\n");
		return STATUS_USAGE;
	}
}

/* Options that are only there or not; false: it is none of them. */
static bool
parse_flag(int option, struct perf_options *options)
{
	bool *flag = option == 'C'                     ? &options->is_on_every_core :
		     option == 'f'                     ? &options->keeps_going :
		     option == PERF_OPTION_HISTOGRAM   ? &options->draws_histogram :
		     option == PERF_OPTION_POLL        ? &options->never_rests :
		     option == PERF_OPTION_VERIFY_ONLY ? &options->only_verifies :
		     option == PERF_OPTION_CORE_LOCKS  ? &options->ignores_core_locks :
							 NULL;

	if (flag != NULL) {
		*flag = true;
	} else if (option == PERF_OPTION_PROGRESS) {
		options->progress = PROGRESS_ON;
	} else if (option == PERF_OPTION_NO_PROGRESS) {
		options->progress = PROGRESS_OFF;
	} else {
		return false;
	}
	return true;
}

int
perf_options_take(struct perf_options *options, int option)
{
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(settings); i++) {
		if (option == settings[i].option) {
			return add_setting(options, i, optarg);
		}
	}
	if (parse_flag(option, options)) {
		return STATUS_OK;
	}
	switch (option) {
	case 't':
		return parse_seconds("-t", optarg, &options->time_s);
	case 'R':
		return parse_seconds("-R", optarg, &options->ramp_s);
	case 'm':
		options->cores = optarg;
		return STATUS_OK;
	case 'j':
		options->job_file = optarg;
		return STATUS_OK;
	case 'r':
		options->rpc_address = optarg;
		return STATUS_OK;
	case PERF_OPTION_JSON_OUTPUT:
		options->json_output = optarg;
		return STATUS_OK;
	default:
		return -ENOENT;
	}
}

/* One option, other than -h. */
static int
parse_option(int option, struct perf_options *options)
{
	int rc = perf_options_take(options, option);

	return rc == -ENOENT ? parse_device_option(option, options) : rc;
}

static bool
has_setting(const struct perf_options *options, const char *key)
{
	uint32_t i;

	for (i = 0; i < options->settings_count; i++) {
		if (strcmp(options->settings[i].key, key) == 0) {
			return true;
		}
	}
	return false;
}

int
perf_options_check(const struct perf_options *options)
{
	bool has_number = has_setting(options, "number");

	if (options->time_s >= 0 && has_number) {
		return usage_error("-t and -n: only one of the two can say when it ends");
	}
	if (options->time_s == 0) {
		return usage_error("-t: 0 seconds are nothing to do");
	}
	if (options->ramp_s > 0 && has_number) {
		return usage_error("-R counts nothing, and -n counts all; use -t");
	}
	if (options->only_verifies && options->job_file == NULL && !has_setting(options, "seed")) {
		return usage_error("--verify-only needs the --seed of the run that has written");
	}
	return STATUS_OK;
}

int
perf_options_parse(struct perf_options *options, int argc, char **argv, bool *out_is_over)
{
	int option, rc = STATUS_OK;

	*options = (struct perf_options){.path = &perf_bdev_path, .time_s = -1};
	*out_is_over = false;
	while (rc == STATUS_OK &&
	       (option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage_text, stdout);
			*out_is_over = true;
			return STATUS_OK;
		}
		rc = parse_option(option, options);
	}
	if (rc == STATUS_OK && optind < argc) {
		return usage_error("'%s' is one word too many; -b NAME names a device",
				   argv[optind]);
	}
	if (rc == STATUS_OK && options->config == NULL && options->sources.count == 0) {
		return usage_error("no devices; -c CONFIG, --file PATH, --malloc SIZE or --null "
				   "SIZE, and -h for more");
	}
	return rc == STATUS_OK ? perf_options_check(options) : rc;
}
