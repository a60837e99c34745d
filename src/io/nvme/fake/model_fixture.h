/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A model of what the driver must do, for random runs over a fake: each request completes once,
 * with a status that there is a reason for, and what is read is what was written.
 *
 * What is known of a block
 *   Each write of a block has an id of its own, of which its content is made. A block has the ids
 *   that its content may be of: one, unless a write of it has failed or was aborted, which leaves
 *   both what was there and what was to be written. Reading it tells which. While a write is under
 *   way its blocks are nobody else's, and while blocks are read they are not written.
 *
 * model_blocks_fixture.c knows blocks; model_io_fixture.c I/O; model_fixture.c controllers, queue
 * pairs, faults and what happens to them; driver_model_test.c runs seeds.
 */
#ifndef SPINDLE_NVME_MODEL_FIXTURE_H
#define SPINDLE_NVME_MODEL_FIXTURE_H

#include "io/nvme/fake/driver_fixture.h"
#include "spdk/env.h"
#include "spdk/util.h"

#define MODEL_IDS_MAX     6
#define MODEL_QPAIRS_MAX  4
#define MODEL_IOS_MAX     40
#define MODEL_PIECES_MAX  48
#define MODEL_NAMESPACES  3
#define MODEL_IO_SIZE_MAX (64 * 1024)
/* Room for pieces with gaps between them. */
#define MODEL_AREA_SIZE (3 * MODEL_IO_SIZE_MAX)
#define MODEL_ID_ZEROS  0
#define MODEL_ID_BAD    UINT64_MAX

struct model_block {
	uint64_t ids[MODEL_IDS_MAX];
	uint8_t count;
	uint8_t readers;
	bool is_written;
	/* More than can be kept: it may be anything. */
	bool is_any;
};

struct model_ns {
	uint32_t nsid;
	struct fake_ns_opts opts;
	struct model_block *blocks;
	/* Of a block as the driver has it: with metadata, where they are extended. */
	uint32_t stride;
};

enum model_io_kind {
	MODEL_READ,
	MODEL_WRITE,
	MODEL_WRITE_ZEROES,
	MODEL_DEALLOCATE,
	MODEL_COMPARE,
	MODEL_FLUSH,
	MODEL_VERIFY,
	MODEL_UNCORRECTABLE,
	MODEL_COPY,
	MODEL_FUSED_COMPARE,
	MODEL_FUSED_WRITE,
	MODEL_BEYOND_END,
	MODEL_IO_KINDS,
};

struct model;

struct model_io {
	struct model *model;
	bool is_under_way;
	/* Its callback has run: before it is looked at. */
	bool is_done;
	struct spdk_nvme_cpl cpl;
	enum model_io_kind kind;
	struct model_ns *ns;
	uint32_t qpair;
	uint64_t lba;
	uint32_t count;
	/* A compare that must find a difference. */
	bool differs;
	/* Of a copy. */
	uint64_t source;
	/* Of the second of a fused pair: the first finds one. */
	bool first_differs;
	/* Of the blocks that it writes. */
	uint64_t ids[MODEL_IO_SIZE_MAX / 512];

	uint8_t *area;
	uint8_t *md;
	uint8_t *linear;
	struct iovec iov[MODEL_PIECES_MAX];
	uint32_t iov_count;
	uint32_t iov_at;
	uint32_t iov_offset;
	uint64_t submitted_us;
};

struct model_admin {
	struct model *model;
	bool is_under_way;
	bool is_done;
	struct spdk_nvme_cpl cpl;
	uint8_t data[4096];
};

#define MODEL_ADMINS_MAX 8

struct model {
	uint64_t seed;
	uint64_t random;
	struct driver_host host;
	struct fake_opts opts;
	/* Faults are planted. */
	bool has_faults;
	/* Something has happened that explains an aborted command. */
	bool is_broken;
	bool is_removed;
	struct model_ns ns[MODEL_NAMESPACES];
	uint32_t ns_count;
	struct spdk_nvme_qpair *qpairs[MODEL_QPAIRS_MAX];
	uint32_t qpair_max;
	struct model_io ios[MODEL_IOS_MAX];
	struct model_admin admins[MODEL_ADMINS_MAX];
	uint64_t next_id;
	/* A controller that lets commands hang needs a reset. */
	bool wants_reset;
	/* For the report. */
	uint64_t done[MODEL_IO_KINDS];
	uint64_t succeeded[MODEL_IO_KINDS];
	uint32_t resets;
	uint32_t timeouts;
	uint32_t aborts;
	uint32_t frees;
};

/* All print the seed before they fail. */
#define model_fail(model, ...)                                        \
	do {                                                          \
		fprintf(stderr, "seed %" PRIu64 ": ", (model)->seed); \
		fprintf(stderr, __VA_ARGS__);                         \
		fprintf(stderr, "\n");                                \
		model_abort();                                        \
	} while (0)
void model_abort(void) __attribute__((noreturn));

uint32_t model_random(struct model *model, uint32_t below);
bool model_chance(struct model *model, uint32_t percent);

/* model_blocks_fixture.c */
void model_ns_init(struct model_ns *ns, uint32_t nsid, const struct fake_ns_opts *opts);
void model_ns_fini(struct model_ns *ns);
bool model_is_free_to_read(const struct model_ns *ns, uint64_t lba, uint32_t count);
bool model_is_free_to_write(const struct model_ns *ns, uint64_t lba, uint32_t count);
/* Each block is one thing for certain, and can be read. */
bool model_is_certain(const struct model_ns *ns, uint64_t lba, uint32_t count);
void model_fill(const struct model_ns *ns, uint64_t id, uint8_t *data, uint8_t *md);
/* Whether the content may be; then it is known which it is. */
bool model_matches(struct model_ns *ns, uint64_t lba, const uint8_t *data, const uint8_t *md);
/* What the write makes of it. */
void model_set(struct model_ns *ns, uint64_t lba, uint64_t id);
void model_may_be(struct model_ns *ns, uint64_t lba, uint64_t id);
bool model_may_be_bad(const struct model_ns *ns, uint64_t lba, uint32_t count);
bool model_must_be_bad(const struct model_ns *ns, uint64_t lba, uint32_t count);

/* model_io_fixture.c: submits one at random. False: there was no room for it. */
bool model_io_submit(struct model *model);
/* Looks at what has been done. */
void model_io_check(struct model *model, struct model_io *io);
void model_io_done(void *arg, const struct spdk_nvme_cpl *cpl);
uint32_t model_io_under_way(const struct model *model);

/* model_payload_fixture.c: where the data of an I/O lie. */
void model_payload_make(struct model *model, struct model_io *io);
void model_payload_scatter(struct model_io *io);
void model_payload_gather(struct model_io *io);
void model_payload_reset(void *arg, uint32_t offset);
int model_payload_next(void *arg, void **address, uint32_t *length);

/* model_fixture.c */
struct model *model_create(uint64_t seed, bool has_faults);
void model_run(struct model *model, uint32_t rounds);
/* Ends all, looks at all blocks, and frees it. */
void model_finish(struct model *model);

#endif
