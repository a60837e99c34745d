/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nvme_guest ADDRESS CHECK[@NSID]...
 *
 * What the tools cannot ask of the NVMe driver, on a real controller and by its public functions
 * alone; for the guest of check-qemu, see io_test.py. It overwrites namespaces: the first one, that
 * of NSID, or with `metadata` all that have any. Ends with 0 when all was right, and 2, after a
 * line that begins with WRONG, when something was not.
 *
 *   queues    1, 2, 7, 32 queue pairs at a time, as many as the controller grants; each does I/O
 *   exhaust   as many as it grants, and one more, which is refused
 *   pages     every way in which a transfer can begin, cross and end at pages
 *   vectors   scattered payloads
 *   metadata  separate and interleaved, with and without protection information
 *
 * What is written in one shape is read in another one: a transfer whose pieces are swapped both
 * ways would not be seen otherwise.
 */
#include "nvme_guest_io.h"

#include "spdk/dif.h"
#include "spdk/env.h"
#include "spdk/stdinc.h"

#define PAGE         4096u
#define QUEUES_MAX   32
#define QUEUES_LIMIT 256
#define QUEUE_IOS    4
#define BYTES_MAX    (4u << 20)
/* Around a buffer, to see that nothing is written there. */
#define FENCE      64u
#define FENCE_BYTE 0xa5
#define PIECES_MAX 4096
#define MD_BLOCKS  20u
#define PRCHK                                                               \
	(SPDK_NVME_IO_FLAGS_PRCHK_GUARD | SPDK_NVME_IO_FLAGS_PRCHK_REFTAG | \
	 SPDK_NVME_IO_FLAGS_PRCHK_APPTAG)
#define APP_TAG 0x3c5a

static struct spdk_nvme_ctrlr *g_ctrlr;
/* Buffers that devices reach: one in shapes, one plain; and what ought to be there. */
static uint8_t *g_shaped;
static uint8_t *g_plain;
static uint8_t *g_expected;

/* ---- Commands ---- */

/* In transfers of a page or a sector, from the start of a page. */
static void
move_plain(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint32_t count, bool is_write)
{
	uint32_t sector = spdk_nvme_ns_get_sector_size(ns), step = PAGE / sector, lba;

	for (lba = 0; lba < count; lba += step) {
		step = count - lba < PAGE / sector ? 1 : PAGE / sector;
		(is_write ? write_at : read_at)(ns, qpair, g_plain + (size_t)lba * sector, lba,
						step);
	}
}

static struct spdk_nvme_qpair *
new_qpair(void)
{
	struct spdk_nvme_qpair *qpair = spdk_nvme_ctrlr_alloc_io_qpair(g_ctrlr, NULL, 0);

	check(qpair != NULL, "no queue pair");
	return qpair;
}

/* ---- Data ---- */

static void
same(const void *buf, size_t size, const char *what, uint32_t offset)
{
	const uint8_t *bytes = buf;
	size_t i;

	if (memcmp(buf, g_expected, size) == 0) {
		return;
	}
	for (i = 0; bytes[i] == g_expected[i]; i++) {
	}
	check(false, "%s: %zu bytes at offset %u differ from byte %zu on", what, size, offset, i);
}

static void
put_fences(uint8_t *buf, size_t size)
{
	memset(buf - FENCE, FENCE_BYTE, FENCE);
	memset(buf + size, FENCE_BYTE, FENCE);
}

static void
check_fences(const uint8_t *buf, size_t size)
{
	uint32_t i;

	for (i = 0; i < FENCE; i++) {
		check(buf[size + i] == FENCE_BYTE, "%zu bytes: written behind the buffer", size);
		check(buf[(ptrdiff_t)i - (ptrdiff_t)FENCE] == FENCE_BYTE,
		      "%zu bytes: written before the buffer", size);
	}
}

/* ---- Queue pairs ---- */

static void
use_queues(struct spdk_nvme_ns *ns, uint32_t count)
{
	uint32_t sector = spdk_nvme_ns_get_sector_size(ns), i, total = count * QUEUE_IOS;
	struct io ios[QUEUES_MAX * QUEUE_IOS];
	struct spdk_nvme_qpair *qpairs[QUEUES_MAX];
	int rc;

	for (i = 0; i < count; i++) {
		qpairs[i] = new_qpair();
	}
	fill(g_expected, (size_t)total * sector, count);
	memcpy(g_shaped, g_expected, (size_t)total * sector);
	memset(ios, 0, sizeof(ios));
	/* All are under way together; what one has written another one reads. */
	for (i = 0; i < total; i++) {
		rc = spdk_nvme_ns_cmd_write(ns, qpairs[i % count], g_shaped + (size_t)i * sector, i,
					    1, io_done, &ios[i], 0);
		check(rc == 0, "a write on queue pair %u is refused: %d", i % count, rc);
	}
	for (i = 0; i < total; i++) {
		finish(qpairs[i % count], &ios[i], 0, "a write");
	}
	memset(ios, 0, sizeof(ios));
	memset(g_plain, 0, (size_t)total * sector);
	for (i = 0; i < total; i++) {
		rc = spdk_nvme_ns_cmd_read(ns, qpairs[(i + 1) % count],
					   g_plain + (size_t)i * sector, i, 1, io_done, &ios[i], 0);
		check(rc == 0, "a read on queue pair %u is refused: %d", (i + 1) % count, rc);
	}
	for (i = 0; i < total; i++) {
		finish(qpairs[(i + 1) % count], &ios[i], 0, "a read");
	}
	same(g_plain, (size_t)total * sector, "queue pairs", 0);
	for (i = 0; i < count; i++) {
		check(spdk_nvme_ctrlr_free_io_qpair(qpairs[i]) == 0, "freeing a queue pair");
	}
	printf("%u queue pairs\n", count);
}

static void
check_queues(struct spdk_nvme_ns *ns)
{
	static const uint32_t counts[] = {1, 2, 7, QUEUES_MAX, 1};
	uint32_t granted = spdk_nvme_ctrlr_get_opts(g_ctrlr)->num_io_queues;
	size_t i;

	check(granted >= QUEUES_MAX, "the controller grants %u queues only", granted);
	for (i = 0; i < SPDK_COUNTOF(counts); i++) {
		use_queues(ns, counts[i]);
	}
}

static void
check_exhaust(struct spdk_nvme_ns *ns)
{
	struct spdk_nvme_qpair *qpairs[QUEUES_LIMIT], *one;
	uint32_t granted = spdk_nvme_ctrlr_get_opts(g_ctrlr)->num_io_queues, i;

	check(granted < QUEUES_LIMIT, "the controller grants %u queues", granted);
	for (i = 0; i < granted; i++) {
		qpairs[i] = new_qpair();
	}
	one = spdk_nvme_ctrlr_alloc_io_qpair(g_ctrlr, NULL, 0);
	check(one == NULL, "a queue pair more than the %u that it grants", granted);
	/* The refusal has harmed nobody, and what is given back can be had again. */
	for (i = 0; i < granted; i++) {
		read_at(ns, qpairs[i], g_plain, i, 1);
	}
	check(spdk_nvme_ctrlr_free_io_qpair(qpairs[0]) == 0, "freeing a queue pair");
	qpairs[0] = new_qpair();
	read_at(ns, qpairs[0], g_plain, 0, 1);
	for (i = 0; i < granted; i++) {
		check(spdk_nvme_ctrlr_free_io_qpair(qpairs[i]) == 0, "freeing a queue pair");
	}
	printf("%u queue pairs granted, one more refused\n", granted);
}

/* ---- Pages ---- */

static void
use_range(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint32_t offset, uint32_t size)
{
	uint32_t count = size / spdk_nvme_ns_get_sector_size(ns);
	uint8_t *buf = g_shaped + PAGE + offset;

	fill(g_expected, size, (uint64_t)size << 12 | offset);
	memcpy(buf, g_expected, size);
	write_at(ns, qpair, buf, 0, count);
	memset(g_plain, 0, size);
	move_plain(ns, qpair, count, false);
	same(g_plain, size, "written from pages", offset);

	fill(g_expected, size, (uint64_t)size << 12 | offset | 1ull << 63);
	memcpy(g_plain, g_expected, size);
	move_plain(ns, qpair, count, true);
	memset(buf, 0, size);
	put_fences(buf, size);
	read_at(ns, qpair, buf, 0, count);
	same(buf, size, "read into pages", offset);
	check_fences(buf, size);
}

static void
check_pages(struct spdk_nvme_ns *ns)
{
	static const uint32_t offsets[] = {0, 4, 512, PAGE - 512, PAGE - 4};
	uint32_t sector = spdk_nvme_ns_get_sector_size(ns);
	uint32_t most = spdk_nvme_ns_get_max_io_xfer_size(ns);
	struct spdk_nvme_qpair *qpair = new_qpair();
	size_t i, j;

	for (i = 0; i < SPDK_COUNTOF(offsets); i++) {
		uint32_t first = PAGE - offsets[i];
		/* The last ones fill the longest list, and are one sector too long for a command.
		 */
		const uint32_t sizes[] = {
			sector,
			first,
			first + PAGE,
			PAGE,
			2 * PAGE,
			2 * PAGE + sector,
			first + 2 * PAGE,
			16 * PAGE + sector,
			most,
			most + sector,
		};

		for (j = 0; j < SPDK_COUNTOF(sizes); j++) {
			uint32_t size = sizes[j] / sector * sector;

			check(size + 3 * PAGE <= BYTES_MAX, "transfers of %u bytes", size);
			if (size > 0) {
				use_range(ns, qpair, offsets[i], size);
			}
		}
	}
	spdk_nvme_ctrlr_free_io_qpair(qpair);
	printf("pages, transfers up to %u bytes\n", most);
}

/* ---- Scattered payloads ---- */

struct scattered {
	struct iovec pieces[PIECES_MAX];
	uint32_t count;
	uint32_t next;
	uint32_t skip;
	struct io io;
};

static struct scattered g_scattered;

static void
reset_sgl(void *arg, uint32_t offset)
{
	struct scattered *scattered = &g_scattered;

	scattered->next = 0;
	while (offset >= scattered->pieces[scattered->next].iov_len) {
		offset -= (uint32_t)scattered->pieces[scattered->next++].iov_len;
	}
	scattered->skip = offset;
}

static int
next_sge(void *arg, void **address, uint32_t *length)
{
	struct scattered *scattered = &g_scattered;
	const struct iovec *piece = &scattered->pieces[scattered->next];

	if (scattered->next >= scattered->count) {
		return -EINVAL;
	}
	*address = (uint8_t *)piece->iov_base + scattered->skip;
	*length = (uint32_t)piece->iov_len - scattered->skip;
	scattered->skip = 0;
	scattered->next++;
	return 0;
}

/* Pieces of odd lengths at odd addresses, in the order of their addresses turned round. */
static void
scatter(uint32_t size, uint32_t kind)
{
	static const uint32_t odd[] = {1, 3, 508, 4096, 7, 513, 8191, 96, 2, 1021};
	static const uint32_t even[] = {512, 4096, 1536, 12288, 1024};
	uint8_t *end = g_shaped + BYTES_MAX;
	uint32_t length, i = 0;

	while (size > 0) {
		length = kind == 0 ? even[i % SPDK_COUNTOF(even)] :
				     odd[(i + kind) % SPDK_COUNTOF(odd)];
		length = spdk_min(length, size);
		check(i < PIECES_MAX, "too many pieces");
		end -= kind == 0 ? SPDK_ALIGN_CEIL(length, PAGE) : length + 1;
		check(end >= g_shaped, "no room for pieces");
		g_scattered.pieces[i++] = (struct iovec){end, length};
		size -= length;
	}
	g_scattered.count = i;
	memset(&g_scattered.io, 0, sizeof(g_scattered.io));
}

static void
copy_pieces(bool out)
{
	uint8_t *expected = g_expected;
	uint32_t i;

	for (i = 0; i < g_scattered.count; i++) {
		const struct iovec *piece = &g_scattered.pieces[i];

		if (out) {
			memcpy(piece->iov_base, expected, piece->iov_len);
		} else {
			check(memcmp(piece->iov_base, expected, piece->iov_len) == 0,
			      "piece %u of %zu bytes is read wrong", i, piece->iov_len);
		}
		expected += piece->iov_len;
	}
}

static void
use_pieces(struct spdk_nvme_ns *ns, struct spdk_nvme_qpair *qpair, uint32_t size, uint32_t kind)
{
	uint32_t count = size / spdk_nvme_ns_get_sector_size(ns);
	struct io *io = &g_scattered.io;
	int rc;

	fill(g_expected, size, (uint64_t)size << 8 | kind);
	scatter(size, kind);
	copy_pieces(true);
	rc = spdk_nvme_ns_cmd_writev(ns, qpair, 0, count, io_done, io, 0, reset_sgl, next_sge);
	finish(qpair, io, rc, "a scattered write");
	memset(g_plain, 0, size);
	move_plain(ns, qpair, count, false);
	same(g_plain, size, "written from pieces", kind);

	fill(g_expected, size, (uint64_t)size << 8 | kind | 1ull << 63);
	memcpy(g_plain, g_expected, size);
	move_plain(ns, qpair, count, true);
	memset(g_shaped, FENCE_BYTE, BYTES_MAX);
	scatter(size, kind);
	rc = spdk_nvme_ns_cmd_readv(ns, qpair, 0, count, io_done, io, 0, reset_sgl, next_sge);
	finish(qpair, io, rc, "a scattered read");
	copy_pieces(false);
}

static void
check_vectors(struct spdk_nvme_ns *ns)
{
	uint32_t sector = spdk_nvme_ns_get_sector_size(ns);
	uint32_t most = spdk_nvme_ns_get_max_io_xfer_size(ns);
	const uint32_t sizes[] = {sector, PAGE, 2 * PAGE + sector, 64 * 1024, most + sector};
	struct spdk_nvme_qpair *qpair = new_qpair();
	uint32_t kind;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(sizes); i++) {
		for (kind = 0; kind < 4; kind++) {
			use_pieces(ns, qpair, sizes[i] / sector * sector, kind);
		}
	}
	spdk_nvme_ctrlr_free_io_qpair(qpair);
	printf("scattered payloads up to %u bytes\n", most + sector);
}

/* ---- Metadata ---- */

struct layout {
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;
	struct spdk_dif_ctx dif;
	struct iovec data;
	struct iovec md;
	bool is_interleaved;
	bool has_pi;
};

static void
layout_init(struct layout *layout, struct spdk_nvme_ns *ns)
{
	struct spdk_dif_ctx_init_ext_opts opts = {.size = sizeof(opts),
						  .dif_pi_format = SPDK_DIF_PI_FORMAT_16};
	uint32_t sector = spdk_nvme_ns_get_sector_size(ns), md_size = spdk_nvme_ns_get_md_size(ns);
	int rc;

	layout->ns = ns;
	layout->qpair = new_qpair();
	layout->is_interleaved = spdk_nvme_ns_supports_extended_lba(ns);
	layout->has_pi = spdk_nvme_ns_get_pi_type(ns) != SPDK_NVME_FMT_NVM_PROTECTION_DISABLE;
	check(spdk_nvme_ns_get_extended_sector_size(ns) ==
		      sector + (layout->is_interleaved ? md_size : 0),
	      "the extended sector size");
	layout->data = (struct iovec){
		g_shaped + PAGE + 4, (size_t)MD_BLOCKS * spdk_nvme_ns_get_extended_sector_size(ns)};
	layout->md = (struct iovec){g_plain + PAGE + 4, (size_t)MD_BLOCKS * md_size};
	if (layout->has_pi) {
		rc = spdk_dif_ctx_init(&layout->dif, spdk_nvme_ns_get_extended_sector_size(ns),
				       md_size, layout->is_interleaved, false, SPDK_DIF_TYPE1,
				       SPDK_DIF_FLAGS_GUARD_CHECK | SPDK_DIF_FLAGS_APPTAG_CHECK |
					       SPDK_DIF_FLAGS_REFTAG_CHECK,
				       7, 0xffff, APP_TAG, 0, 0, &opts);
		check(rc == 0, "spdk_dif_ctx_init(): %d", rc);
	}
}

/* The status with which it ends. All transfers begin at block 7. */
static uint16_t
move_md(struct layout *layout, bool is_write, uint32_t flags)
{
	void *md = layout->is_interleaved ? NULL : layout->md.iov_base;
	struct io io = {0};
	int rc;

	if (is_write) {
		rc = spdk_nvme_ns_cmd_write_with_md(layout->ns, layout->qpair,
						    layout->data.iov_base, md, 7, MD_BLOCKS,
						    io_done, &io, flags, 0xffff, APP_TAG);
	} else {
		rc = spdk_nvme_ns_cmd_read_with_md(layout->ns, layout->qpair, layout->data.iov_base,
						   md, 7, MD_BLOCKS, io_done, &io, flags, 0xffff,
						   APP_TAG);
	}
	check(rc == 0, "metadata: a command is refused: %d", rc);
	wait_io(layout->qpair, &io);
	return io.status;
}

static void
generate(struct layout *layout, uint64_t seed)
{
	int rc = 0;

	fill(layout->data.iov_base, layout->data.iov_len, seed);
	fill(layout->md.iov_base, layout->md.iov_len, seed + 1);
	if (layout->has_pi) {
		rc = layout->is_interleaved ?
			     spdk_dif_generate(&layout->data, 1, MD_BLOCKS, &layout->dif) :
			     spdk_dix_generate(&layout->data, 1, &layout->md, MD_BLOCKS,
					       &layout->dif);
	}
	check(rc == 0, "generating protection information: %d", rc);
	memcpy(g_expected, layout->data.iov_base, layout->data.iov_len);
	memcpy(g_expected + layout->data.iov_len, layout->md.iov_base, layout->md.iov_len);
}

static void
clear(struct layout *layout)
{
	memset(layout->data.iov_base, 0, layout->data.iov_len);
	memset(layout->md.iov_base, 0, layout->md.iov_len);
}

static void
round_trip(struct layout *layout, uint32_t flags)
{
	uint16_t status;

	generate(layout, 77 + flags);
	status = move_md(layout, true, flags);
	check(status == 0, "writing with metadata: status %x", status);
	clear(layout);
	put_fences(layout->data.iov_base, layout->data.iov_len);
	put_fences(layout->md.iov_base, layout->md.iov_len);
	status = move_md(layout, false, flags);
	check(status == 0, "reading with metadata: status %x", status);
	same(layout->data.iov_base, layout->data.iov_len, "data with metadata", 4);
	if (!layout->is_interleaved) {
		check(memcmp(layout->md.iov_base, g_expected + layout->data.iov_len,
			     layout->md.iov_len) == 0,
		      "separate metadata is read wrong");
	}
	check_fences(layout->data.iov_base, layout->data.iov_len);
	check_fences(layout->md.iov_base, layout->md.iov_len);
}

/* The controller checks, and makes, what we make and check. */
static void
use_protection(struct layout *layout)
{
	struct iovec *spoiled = layout->is_interleaved ? &layout->data : &layout->md;
	uint16_t status;
	int rc;

	round_trip(layout, PRCHK);
	generate(layout, 99);
	((uint8_t *)layout->data.iov_base)[layout->data.iov_len / 2] ^= 1;
	status = move_md(layout, true, PRCHK);
	check(status == (SPDK_NVME_SCT_MEDIA_ERROR << 8 | SPDK_NVME_SC_GUARD_CHECK_ERROR),
	      "a wrong guard is written with status %x", status);
	if (layout->is_interleaved) {
		return;
	}
	/* Separate metadata of 8 bytes is made by the controller with PRACT: it is not moved. */
	generate(layout, 111);
	memset(spoiled->iov_base, 0, spoiled->iov_len);
	status = move_md(layout, true, SPDK_NVME_IO_FLAGS_PRACT);
	check(status == 0, "PRACT: status %x", status);
	clear(layout);
	status = move_md(layout, false, PRCHK);
	check(status == 0, "reading what PRACT has made: status %x", status);
	same(layout->data.iov_base, layout->data.iov_len, "data with PRACT", 4);
	rc = spdk_dix_verify(&layout->data, 1, &layout->md, MD_BLOCKS, &layout->dif, NULL);
	check(rc == 0, "what the controller has made is not what we would: %d", rc);
}

static void
check_metadata(struct spdk_nvme_ns *first)
{
	uint32_t nsid, count = 0;

	for (nsid = spdk_nvme_ctrlr_get_first_active_ns(g_ctrlr); nsid != 0;
	     nsid = spdk_nvme_ctrlr_get_next_active_ns(g_ctrlr, nsid)) {
		struct spdk_nvme_ns *ns = spdk_nvme_ctrlr_get_ns(g_ctrlr, nsid);
		struct layout layout;

		if (spdk_nvme_ns_get_md_size(ns) == 0) {
			continue;
		}
		layout_init(&layout, ns);
		if (layout.has_pi) {
			use_protection(&layout);
		} else {
			round_trip(&layout, 0);
		}
		spdk_nvme_ctrlr_free_io_qpair(layout.qpair);
		printf("namespace %u: %u+%u, %s, %s\n", nsid, spdk_nvme_ns_get_sector_size(ns),
		       spdk_nvme_ns_get_md_size(ns),
		       layout.is_interleaved ? "interleaved" : "separate",
		       layout.has_pi ? "protected" : "not protected");
		count++;
	}
	check(count > 0, "there is no namespace with metadata");
}

/* ---- */

static const struct {
	const char *name;
	void (*run)(struct spdk_nvme_ns *ns);
} g_checks[] = {
	{"queues", check_queues},   {"exhaust", check_exhaust},   {"pages", check_pages},
	{"vectors", check_vectors}, {"metadata", check_metadata},
};

static void
run_check(const char *text)
{
	const char *at = strchr(text, '@');
	size_t length = at != NULL ? (size_t)(at - text) : strlen(text), i;
	uint32_t nsid = at != NULL ? (uint32_t)spdk_strtol(at + 1, 10) :
				     spdk_nvme_ctrlr_get_first_active_ns(g_ctrlr);
	struct spdk_nvme_ns *ns = spdk_nvme_ctrlr_get_ns(g_ctrlr, nsid);

	check(ns != NULL && spdk_nvme_ns_is_active(ns), "there is no namespace %u", nsid);
	for (i = 0; i < SPDK_COUNTOF(g_checks); i++) {
		if (strlen(g_checks[i].name) == length &&
		    strncmp(g_checks[i].name, text, length) == 0) {
			g_checks[i].run(ns);
			return;
		}
	}
	check(false, "there is no check '%s'", text);
}

int
main(int argc, char **argv)
{
	struct spdk_nvme_transport_id trid = {.trtype = SPDK_NVME_TRANSPORT_PCIE};
	struct spdk_env_opts opts = {.opts_size = sizeof(opts)};
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 3) {
		fprintf(stderr, "usage: %s ADDRESS CHECK...\n", argv[0]);
		return 2;
	}
	spdk_env_opts_init(&opts);
	opts.name = "nvme_guest";
	check(spdk_env_init(&opts) == 0, "spdk_env_init()");
	spdk_nvme_trid_populate_transport(&trid, SPDK_NVME_TRANSPORT_PCIE);
	snprintf(trid.traddr, sizeof(trid.traddr), "%s", argv[1]);
	g_ctrlr = spdk_nvme_connect(&trid, NULL, 0);
	check(g_ctrlr != NULL, "no controller at %s", argv[1]);
	g_shaped = spdk_dma_malloc(BYTES_MAX, PAGE, NULL);
	g_plain = spdk_dma_malloc(BYTES_MAX, PAGE, NULL);
	g_expected = malloc(BYTES_MAX);
	check(g_shaped != NULL && g_plain != NULL && g_expected != NULL, "no memory");
	for (i = 2; i < argc; i++) {
		run_check(argv[i]);
	}
	free(g_expected);
	spdk_dma_free(g_plain);
	spdk_dma_free(g_shaped);
	check(spdk_nvme_detach(g_ctrlr) == 0, "detaching");
	spdk_env_fini();
	printf("right\n");
	return 0;
}
