/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hello_nvme: writes a greeting to the namespaces of an NVMe controller and reads it back, by the
 * driver alone: no block devices, no framework.
 *
 *   hello_nvme                                     shows the controllers, and writes nothing
 *   hello_nvme -r 'trtype:PCIe traddr:0000:00:04.0'  overwrites the first block of each namespace
 *
 * It shows the whole life of a user of the driver: environment, probe, attach, queue pair, memory
 * that a device can reach, commands, polling for what they became, and the way back.
 */
#include "spdk/env.h"
#include "spdk/nvme.h"
#include "spdk/nvme_zns.h"
#include "spdk/stdinc.h"
#include "spdk/string.h"

#define CONTROLLERS_MAX 64

static struct spdk_nvme_ctrlr *g_ctrlrs[CONTROLLERS_MAX];
static size_t g_ctrlr_count;

/* ---- Finding controllers ---- */

/* The driver asks about each controller that it finds and that user space may have. */
static bool
want(void *ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr_opts *opts)
{
	return g_ctrlr_count < CONTROLLERS_MAX;
}

/* It is ours now, and ready. */
static void
attached(void *ctx, const struct spdk_nvme_transport_id *trid, struct spdk_nvme_ctrlr *ctrlr,
	 const struct spdk_nvme_ctrlr_opts *opts)
{
	const struct spdk_nvme_ctrlr_data *data = spdk_nvme_ctrlr_get_data(ctrlr);

	printf("%s: %.*s, serial %.*s\n", trid->traddr, SPDK_NVME_CTRLR_MN_LEN,
	       (const char *)data->mn, SPDK_NVME_CTRLR_SN_LEN, (const char *)data->sn);
	g_ctrlrs[g_ctrlr_count++] = ctrlr;
}

/* ---- A queue pair, and one command at a time ---- */

struct hello {
	struct spdk_nvme_ns *ns;
	/* Each thread that does I/O has one of its own, and shares nothing. */
	struct spdk_nvme_qpair *qpair;
	char *buf;
	/* Of the command that is under way. It lives as long as the queue pair: also a command that
	 * is aborted comes back. */
	const char *what;
	bool is_done;
	bool has_failed;
};

/* Runs within spdk_nvme_qpair_process_completions(), on the thread that calls it. */
static void
command_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct hello *hello = arg;

	hello->is_done = true;
	hello->has_failed = spdk_nvme_cpl_is_error(cpl);
	if (hello->has_failed) {
		fprintf(stderr, "%s failed: %s\n", hello->what,
			spdk_nvme_cpl_get_status_string(&cpl->status));
	}
}

/* `rc` is what the function that submitted the command has returned. 0 or -errno. */
static int
wait_for(struct hello *hello, const char *what, int rc)
{
	hello->what = what;
	while (rc >= 0 && !hello->is_done) {
		rc = spdk_nvme_qpair_process_completions(hello->qpair, 0);
	}
	if (rc < 0) {
		fprintf(stderr, "%s: %s\n", what, spdk_strerror(-rc));
		return rc;
	}
	hello->is_done = false;
	return hello->has_failed ? -EIO : 0;
}

/* The first block of a zoned namespace can be written only after its zone was reset. */
static int
reset_zone(struct hello *hello)
{
	if (spdk_nvme_ns_get_csi(hello->ns) != SPDK_NVME_CSI_ZNS) {
		return 0;
	}
	return wait_for(
		hello, "Resetting the first zone",
		spdk_nvme_zns_reset_zone(hello->ns, hello->qpair, 0, false, command_done, hello));
}

static int
write_block(struct hello *hello)
{
	return wait_for(hello, "Writing",
			spdk_nvme_ns_cmd_write(hello->ns, hello->qpair, hello->buf, 0, 1,
					       command_done, hello, 0));
}

static int
read_block(struct hello *hello)
{
	return wait_for(hello, "Reading",
			spdk_nvme_ns_cmd_read(hello->ns, hello->qpair, hello->buf, 0, 1,
					      command_done, hello, 0));
}

static int
greet(struct hello *hello)
{
	uint32_t size = spdk_nvme_ns_get_extended_sector_size(hello->ns);
	char greeting[64];
	int rc;

	snprintf(greeting, sizeof(greeting), "Hello, namespace %u!",
		 spdk_nvme_ns_get_id(hello->ns));
	snprintf(hello->buf, size, "%s", greeting);
	rc = reset_zone(hello);
	if (rc == 0) {
		rc = write_block(hello);
	}
	if (rc == 0) {
		memset(hello->buf, 0, size);
		rc = read_block(hello);
	}
	if (rc == 0 && memcmp(hello->buf, greeting, strlen(greeting) + 1) != 0) {
		fprintf(stderr, "Written was '%s', but read back was something else.\n", greeting);
		rc = -EIO;
	}
	if (rc == 0) {
		printf("  read back: %s\n", hello->buf);
	}
	return rc;
}

/* ---- A controller ---- */

static int
overwrite(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_ns *ns)
{
	uint32_t size = spdk_nvme_ns_get_extended_sector_size(ns);
	struct hello hello = {.ns = ns};
	int rc = -ENOMEM;

	/* Memory that the controller can reach; other memory would be refused. */
	hello.buf = spdk_zmalloc(size, 4096, NULL, SPDK_ENV_NUMA_ID_ANY, SPDK_MALLOC_DMA);
	hello.qpair = spdk_nvme_ctrlr_alloc_io_qpair(ctrlr, NULL, 0);
	if (hello.buf == NULL || hello.qpair == NULL) {
		fprintf(stderr, "There is no %s for us.\n",
			hello.buf == NULL ? "memory" : "queue pair");
	} else {
		rc = greet(&hello);
	}
	if (hello.qpair != NULL) {
		/* Brings back what is under way, if anything is. */
		spdk_nvme_ctrlr_free_io_qpair(hello.qpair);
	}
	spdk_free(hello.buf);
	return rc;
}

static int
use_namespace(struct spdk_nvme_ctrlr *ctrlr, uint32_t nsid, bool may_write)
{
	struct spdk_nvme_ns *ns = spdk_nvme_ctrlr_get_ns(ctrlr, nsid);

	printf("  namespace %u: %" PRIu64 " blocks of %u bytes\n", nsid,
	       spdk_nvme_ns_get_num_sectors(ns), spdk_nvme_ns_get_sector_size(ns));
	if (!may_write) {
		return 0;
	}
	if (spdk_nvme_ns_get_md_size(ns) > 0) {
		printf("  left alone: its blocks have metadata\n");
		return 0;
	}
	printf("  overwriting its first block\n");
	return overwrite(ctrlr, ns);
}

static int
use_controller(struct spdk_nvme_ctrlr *ctrlr, bool may_write)
{
	uint32_t nsid;
	int rc = 0;

	printf("%s:\n", spdk_nvme_ctrlr_get_transport_id(ctrlr)->traddr);
	for (nsid = spdk_nvme_ctrlr_get_first_active_ns(ctrlr); nsid != 0 && rc == 0;
	     nsid = spdk_nvme_ctrlr_get_next_active_ns(ctrlr, nsid)) {
		rc = use_namespace(ctrlr, nsid, may_write);
	}
	return rc;
}

static void
explain_absence(const struct spdk_nvme_transport_id *trid)
{
	fprintf(stderr,
		"There is no NVMe controller%s%s that user space may use.\n"
		"'spindle nvme list' shows all that there are, and what keeps each from being\n"
		"used; 'scripts/setup.sh config ADDRESS' takes one from the kernel's driver.\n",
		trid->traddr[0] != '\0' ? " at " : "", trid->traddr);
}

/* All controllers, or the one that was named: only that is written to. */
static int
run(const struct spdk_nvme_transport_id *trid)
{
	struct spdk_nvme_detach_ctx *detach = NULL;
	bool may_write = trid->traddr[0] != '\0';
	int rc = spdk_nvme_probe(trid, NULL, want, attached, NULL);
	size_t i;

	if (g_ctrlr_count == 0) {
		explain_absence(trid);
		return rc != 0 ? rc : -ENODEV;
	}
	for (i = 0; i < g_ctrlr_count && rc == 0; i++) {
		rc = use_controller(g_ctrlrs[i], may_write);
	}
	if (rc == 0 && !may_write) {
		printf("Nothing was written: name a controller with -r for that.\n");
	}
	/* All at once: a controller that shuts down may take a second. */
	for (i = 0; i < g_ctrlr_count; i++) {
		spdk_nvme_detach_async(g_ctrlrs[i], &detach);
	}
	if (detach != NULL) {
		spdk_nvme_detach_poll(detach);
	}
	return rc;
}

static void
print_usage(FILE *file)
{
	fprintf(file,
		"usage: hello_nvme [-h] [-r 'trtype:PCIe traddr:ADDRESS']\n"
		"\n"
		"Shows the NVMe controllers that user space may use. With -r only that one, and\n"
		"the first block of each of its namespaces is overwritten with a greeting that is\n"
		"read back.\n"
		"\n"
		"  -r TRID  the controller, as 'trtype:PCIe traddr:0000:00:04.0'\n"
		"  -h       this text\n");
}

int
main(int argc, char **argv)
{
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	int option, rc;

	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	while ((option = getopt(argc, argv, "hr:")) != -1) {
		if (option == 'h') {
			print_usage(stdout);
			return 0;
		}
		if (option != 'r' || spdk_nvme_transport_id_parse(&trid, optarg) != 0 ||
		    trid.traddr[0] == '\0') {
			print_usage(stderr);
			return 2;
		}
	}
	if (optind < argc) {
		print_usage(stderr);
		return 2;
	}
	spdk_env_opts_init(&opts);
	opts.name = "hello_nvme";
	if (spdk_env_init(&opts) != 0) {
		return 1;
	}
	rc = run(&trid);
	spdk_env_fini();
	return rc != 0;
}
