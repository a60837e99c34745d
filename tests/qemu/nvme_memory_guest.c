/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nvme_memory_guest ADDRESS PEER
 *
 * Memory of a real controller, its memory buffer (CMB) and its persistent region (PMR), as buffers
 * of its own commands and of those of another controller, and the buffer as a place of queues. For
 * the guest of check-qemu, see memory_test.py. It overwrites the first namespaces of both.
 */
#include "nvme_guest_io.h"

#define BYTES (256u << 10)

struct controller {
	struct spdk_nvme_ctrlr *ctrlr;
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;
	uint32_t count;
};

/* Memory of the host. */
static uint8_t *g_plain;
static uint8_t *g_expected;

static void
open_controller(struct controller *controller, const char *address, bool use_cmb_sqs)
{
	struct spdk_nvme_transport_id trid = {0};
	struct spdk_nvme_ctrlr_opts opts;

	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	snprintf(trid.traddr, sizeof(trid.traddr), "%s", address);
	spdk_nvme_ctrlr_get_default_ctrlr_opts(&opts, sizeof(opts));
	opts.use_cmb_sqs = use_cmb_sqs;
	controller->ctrlr = spdk_nvme_connect(&trid, &opts, sizeof(opts));
	check(controller->ctrlr != NULL, "no controller at %s", address);
	controller->ns = spdk_nvme_ctrlr_get_ns(controller->ctrlr, 1);
	controller->qpair = spdk_nvme_ctrlr_alloc_io_qpair(controller->ctrlr, NULL, 0);
	check(controller->qpair != NULL, "no queue pair");
	controller->count = BYTES / spdk_nvme_ns_get_sector_size(controller->ns);
}

static void
close_controller(struct controller *controller)
{
	check(spdk_nvme_ctrlr_free_io_qpair(controller->qpair) == 0, "freeing a queue pair");
	check(spdk_nvme_detach(controller->ctrlr) == 0, "detaching");
}

/* What is on its blocks, by memory of the host. */
static void
put(struct controller *controller, uint64_t seed)
{
	fill(g_expected, BYTES, seed);
	memcpy(g_plain, g_expected, BYTES);
	write_at(controller->ns, controller->qpair, g_plain, 0, controller->count);
}

static void
expect(struct controller *controller, const char *what)
{
	memset(g_plain, 0, BYTES);
	read_at(controller->ns, controller->qpair, g_plain, 0, controller->count);
	check(memcmp(g_plain, g_expected, BYTES) == 0, "%s is written wrong", what);
}

/* The program and the controller see the same, and blocks go there and come from there. */
static void
move(struct controller *controller, uint8_t *memory, const char *what, uint64_t seed)
{
	put(controller, seed);
	memset(memory, 0, BYTES);
	read_at(controller->ns, controller->qpair, memory, 0, controller->count);
	check(memcmp(memory, g_expected, BYTES) == 0, "%s is read wrong", what);
	fill(g_expected, BYTES, ~seed);
	memcpy(memory, g_expected, BYTES);
	write_at(controller->ns, controller->qpair, memory, 0, controller->count);
	expect(controller, what);
}

/* Both ends of it, by both controllers. */
static void
move_all(struct controller *owner, struct controller *peer, uint8_t *memory, size_t size)
{
	check(size >= 2 * BYTES, "memory of %zu bytes", size);
	move(owner, memory, "the first of it", 1);
	move(owner, memory + size - BYTES, "the last of it", 2);
	move(peer, memory, "the first of it by another controller", 3);
	move(peer, memory + size - BYTES, "the last of it by another controller", 4);
}

static void
use_cmb(struct controller *owner, struct controller *peer)
{
	size_t size = 0;
	uint8_t *memory;

	check(spdk_nvme_ctrlr_map_cmb(peer->ctrlr, &size) == NULL && size == 0,
	      "a buffer that is not there");
	for (int i = 0; i < 2; i++) {
		memory = spdk_nvme_ctrlr_map_cmb(owner->ctrlr, &size);
		check(memory != NULL, "the buffer is not mapped");
		move_all(owner, peer, memory, size);
		spdk_nvme_ctrlr_unmap_cmb(owner->ctrlr);
		check(spdk_vtophys(memory, NULL) == SPDK_VTOPHYS_ERROR,
		      "the buffer has an address when it is unmapped");
	}
	printf("buffer of %zu bytes\n", size);
}

static uint8_t *
map_pmr(struct controller *owner, size_t *out_size)
{
	uint8_t *memory;

	check(spdk_nvme_ctrlr_enable_pmr(owner->ctrlr) == 0, "the region is not switched on");
	memory = spdk_nvme_ctrlr_map_pmr(owner->ctrlr, out_size);
	check(memory != NULL, "the region is not mapped");
	check(*out_size == spdk_nvme_ctrlr_get_pmrsz(owner->ctrlr), "its size");
	return memory;
}

static void
unmap_pmr(struct controller *owner)
{
	check(spdk_nvme_ctrlr_unmap_pmr(owner->ctrlr) == 0, "the region is not unmapped");
	check(spdk_nvme_ctrlr_disable_pmr(owner->ctrlr) == 0, "the region is not switched off");
}

static void
use_pmr(struct controller *owner, struct controller *peer)
{
	size_t size = 0;
	uint8_t *memory;

	check(spdk_nvme_ctrlr_enable_pmr(peer->ctrlr) == -ENOTSUP, "a region that is not there");
	memory = map_pmr(owner, &size);
	move_all(owner, peer, memory, size);
	fill(memory + BYTES, BYTES, 5);
	unmap_pmr(owner);
	check(spdk_nvme_ctrlr_disable_pmr(owner->ctrlr) == -EINVAL, "switched off twice");
	memory = map_pmr(owner, &size);
	fill(g_expected, BYTES, 5);
	check(memcmp(memory + BYTES, g_expected, BYTES) == 0, "it does not persist");
	unmap_pmr(owner);
	printf("region of %zu bytes\n", size);
}

static void
use_cmb_for_queues(struct controller *owner)
{
	check(spdk_nvme_ctrlr_reserve_cmb(owner->ctrlr) == -EBUSY, "there are no queues there");
	put(owner, 6);
	expect(owner, "by a queue in the buffer");
	printf("queues in the buffer\n");
}

int
main(int argc, char **argv)
{
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	struct controller owner, peer;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3) {
		fprintf(stderr, "usage: %s ADDRESS PEER\n", argv[0]);
		return 2;
	}
	spdk_env_opts_init(&opts);
	opts.name = "nvme_memory_guest";
	check(spdk_env_init(&opts) == 0, "spdk_env_init()");
	g_plain = spdk_dma_malloc(BYTES, 4096, NULL);
	g_expected = malloc(BYTES);
	check(g_plain != NULL && g_expected != NULL, "no memory");
	open_controller(&owner, argv[1], false);
	open_controller(&peer, argv[2], false);
	use_cmb(&owner, &peer);
	use_pmr(&owner, &peer);
	close_controller(&peer);
	close_controller(&owner);
	open_controller(&owner, argv[1], true);
	use_cmb_for_queues(&owner);
	close_controller(&owner);
	free(g_expected);
	spdk_dma_free(g_plain);
	spdk_env_fini();
	printf("right\n");
	return 0;
}
