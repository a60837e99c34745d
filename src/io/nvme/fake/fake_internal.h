/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the fake share. All of it is guarded by fake->lock.
 *
 * States of the controller (fake_register.c)
 *   DISABLED    CC.EN is 0. Doorbells must rest.
 *   ENABLING    CC.EN was set; CSTS.RDY follows at fake->due_step.
 *   READY       commands are taken.
 *   DISABLING   CC.EN was cleared: queues and commands are gone; CSTS.RDY follows.
 * Beside them: is_shut_down (CSTS.SHST is not 0), is_fatal (CSTS.CFS), is_removed.
 *
 * A command
 *   fake_queue.c takes it from a submission queue; it is on fake->pending until its step has come
 *   (at once, by default). Then it is executed, and its completion posted as soon as the completion
 *   queue has room. Requests for events wait on fake->events instead; fused first halves in their
 *   queue for the second.
 */
#ifndef SPINDLE_NVME_FAKE_INTERNAL_H
#define SPINDLE_NVME_FAKE_INTERNAL_H

#include "io/nvme/fake/fake.h"
#include "spdk/env.h"
#include "spdk/queue.h"
#include "spdk/util.h"

#include <pthread.h>
#include <stdatomic.h>

#define FAKE_PAGE_SIZE       4096
#define FAKE_DOORBELL_OFFSET 0x1000
#define FAKE_CONFIG_SIZE     4096
#define FAKE_FAULTS_MAX      64
#define FAKE_EVENTS_MAX      64
#define FAKE_QUEUES_MAX      (FAKE_IO_QUEUES_MAX + 1)
#define FAKE_LOG_ENTRIES     16
#define FAKE_CHANGED_NS_MAX  FAKE_NAMESPACES_MAX
#define FAKE_NO_STATUS       0
#define FAKE_FIRMWARE_SLOTS  3
#define FAKE_CONTROLLER_ID   1
#define FAKE_BOOT_PARTITIONS 2
/* Deliberate: never complete. */
#define FAKE_STEP_NEVER UINT64_MAX

/* A status as one number: type, code. 0 is success. */
#define FAKE_SC(sct, sc)    ((uint16_t)((sct) << 8 | (sc)))
#define FAKE_GENERIC(name)  FAKE_SC(SPDK_NVME_SCT_GENERIC, SPDK_NVME_SC_##name)
#define FAKE_SPECIFIC(name) FAKE_SC(SPDK_NVME_SCT_COMMAND_SPECIFIC, SPDK_NVME_SC_##name)
#define FAKE_MEDIA(name)    FAKE_SC(SPDK_NVME_SCT_MEDIA_ERROR, SPDK_NVME_SC_##name)
/* Together with one of them: do not retry. */
#define FAKE_DNR 0x8000
/* ... or a delay before the next attempt, CRD. */
#define FAKE_CRD_SHIFT 11
#define FAKE_CRD(crd)  ((uint16_t)((crd) << FAKE_CRD_SHIFT))
/* Instead of one: no completion is to be posted now. */
#define FAKE_PENDING 0x7fff

struct fake_segment {
	uint8_t *address;
	uint32_t length;
};

struct fake_segments {
	struct fake_segment *list;
	uint32_t count;
	uint32_t capacity;
	uint64_t length;
};

struct fake_sq;

struct fake_command {
	struct spdk_nvme_cmd cmd;
	struct spdk_nvme_cpl cpl;
	struct fake *fake;
	struct fake_sq *sq;
	/* Head of its queue after it was taken. */
	uint16_t sqhd;
	/* Faults that it fell to; a set of 1 << enum fake_fault_kind. */
	uint32_t faults;
	struct fake_fault fault;
	uint64_t due_step;
	uint64_t due_ticks;
	/* Of the first half of a fused pair, from the second's execution. */
	uint16_t status;
	bool is_executed;
	/* The first half, when it is the second of a fused pair. */
	struct fake_command *first_half;
	TAILQ_ENTRY(fake_command) link;
};

TAILQ_HEAD(fake_commands, fake_command);

struct fake_cq {
	uint8_t *base;
	uint32_t size;
	uint32_t head;
	uint32_t tail;
	uint16_t id;
	uint16_t vector;
	uint16_t users;
	bool exists;
	bool phase;
	bool interrupts;
	/* The contract of head and tail was broken on purpose. */
	bool is_overrun;
	volatile uint32_t *doorbell;
	uint32_t last_doorbell;
};

struct fake_sq {
	uint8_t *base;
	uint32_t size;
	uint32_t head;
	uint32_t tail;
	/* What the host was told in completions. */
	uint32_t reported_head;
	uint16_t id;
	bool exists;
	struct fake_cq *cq;
	volatile uint32_t *doorbell;
	uint32_t last_doorbell;
	/* By identifier: in flight. */
	uint8_t *in_flight;
	struct fake_command *first_half;
	uint32_t outstanding;
};

/* Hosts that may share namespaces: the one of this controller, and one for which tests speak. */
enum fake_host {
	FAKE_HOST_OWN,
	FAKE_HOST_OTHER,
	FAKE_HOSTS,
};

struct fake_registrant {
	bool exists;
	uint64_t key;
};

struct fake_ns {
	uint32_t id;
	bool exists;
	bool is_attached;
	struct fake_ns_opts opts;
	uint8_t *data;
	uint8_t *md;
	/* Of each block. */
	uint8_t *block_state;
	uint8_t uuid[16];
	uint8_t nguid[16];
	uint64_t eui64;
	/* Reservations. Type 0: there is none. */
	struct fake_registrant registrants[FAKE_HOSTS];
	uint8_t reservation_type;
	enum fake_host reservation_holder;
	uint32_t reservation_generation;
	bool reservation_persists;
	/* Blocks that have been written to the reclaim unit of each handle. */
	uint64_t unit_blocks[FAKE_PLACEMENTS];
	/* Zones. */
	struct fake_zone *zones;
	uint32_t zone_count;
	/* Of the descriptors of all zones, one after the other. */
	uint8_t *zone_extensions;
	bool streams_enabled;
	enum spdk_nvme_ana_state ana_state;
};

#define FAKE_BLOCK_WRITTEN       0x1
#define FAKE_BLOCK_UNCORRECTABLE 0x2

enum fake_state {
	FAKE_DISABLED,
	FAKE_ENABLING,
	FAKE_READY,
	FAKE_DISABLING,
};

struct fake_planted {
	struct fake_fault fault;
	uint32_t number;
	uint32_t seen;
	uint32_t strikes;
	bool is_active;
};

/* Memory of the controller, which is a BAR as a whole. */
struct fake_memory {
	struct fake_bar *bar;
	size_t size;
	/* Where the driver has it; 0: not mapped. */
	uintptr_t mapped;
};

/* Memory that grows. */
struct fake_room {
	uint8_t *bytes;
	size_t size;
};

struct fake {
	pthread_mutex_t lock;
	struct fake_opts opts;
	uint64_t random;
	uint64_t step;
	char address[32];
	struct spdk_pci_device pci;
	uint8_t config[FAKE_CONFIG_SIZE];

	/* The BAR, seen from two sides: see fake_machine_fixture.c. */
	struct fake_bar *bar;
	uint8_t *registers;
	size_t bar_size;

	/* Memory of its own: fake_memory.c. */
	struct fake_memory cmb;
	struct fake_memory pmr;

	enum fake_state state;
	uint64_t due_step;
	uint64_t shutdown_step;
	union spdk_nvme_cap_register cap;
	union spdk_nvme_cc_register cc;
	union spdk_nvme_csts_register csts;
	uint32_t aqa;
	uint64_t asq;
	uint64_t acq;
	uint32_t interrupt_mask;
	bool is_shut_down;
	bool is_fatal;
	bool is_removed;
	/* What is_removed asks for has been done, see fake_pull(). */
	bool is_pulled;
	bool pull_unmaps;
	bool is_unmapped;
	bool is_stopped;
	bool ready_is_stuck;
	bool queues_are_set;

	struct fake_sq sq[FAKE_QUEUES_MAX];
	struct fake_cq cq[FAKE_QUEUES_MAX];
	uint32_t sq_granted;
	uint32_t cq_granted;
	struct fake_commands pending;
	uint32_t pending_count;
	struct fake_commands free_commands;

	/* Shadow doorbells (fake_queue.c). */
	uint32_t *shadow;
	uint32_t *event_index;
	bool shadow_is_lost;
	bool sleeps;

	/* Asynchronous events (fake_event.c). */
	struct fake_commands event_requests;
	uint32_t event_request_count;
	uint32_t events[FAKE_EVENTS_MAX];
	uint32_t event_count;
	/* Types that are masked until their log page has been read. */
	uint8_t masked_event_types;
	uint32_t changed_ns[FAKE_CHANGED_NS_MAX];
	uint32_t changed_ns_count;
	struct fake_fault storm;
	uint32_t storm_left;

	struct fake_ns ns[FAKE_NAMESPACES_MAX];
	struct fake_room bounce;
	struct fake_room md_bounce;
	struct fake_segments segments;
	struct fake_segments md_segments;
	/* Memory that devices may use, by the environment. */
	struct spdk_mem_map *memory;

	/* Features, log pages, firmware and so on: fake_feature.c, fake_log.c, fake_manage.c. */
	uint32_t features[256];
	uint8_t timestamp[8];
	uint64_t timestamp_ticks;
	uint8_t host_id[16];
	bool host_id_is_long;
	struct spdk_nvme_host_behavior host_behavior;
	uint8_t apst[256];
	uint8_t lba_range[4096];
	uint64_t keep_alive_ticks;
	struct spdk_nvme_error_information_entry errors[FAKE_LOG_ENTRIES];
	uint64_t error_count;
	struct spdk_nvme_health_information_page health;
	uint8_t firmware[FAKE_FIRMWARE_SLOTS][8];
	uint8_t firmware_active;
	uint8_t firmware_next;
	uint8_t *firmware_image;
	/* Of the image that is being downloaded, and of the one that was committed. */
	uint32_t firmware_size;
	uint32_t firmware_committed;
	/* A piece that was no multiple of the granularity was the last one. */
	bool firmware_is_whole;
	/* Boot partitions (fake_boot.c), one after the other. NULL: there are none. */
	uint8_t *boot;
	union spdk_nvme_bpinfo_register bpinfo;
	/* What is being read. */
	union spdk_nvme_bprsel_register boot_read;
	struct spdk_nvme_sanitize_status_log_page sanitize;
	uint8_t security[512];
	uint32_t security_size;

	/* Interrupts (fake_pci.c). */
	int vectors[FAKE_VECTORS_MAX];
	uint32_t vector_count;

	struct fake_planted faults[FAKE_FAULTS_MAX];
	uint32_t fault_count;
	uint32_t fault_numbers;

	uint32_t violations;
	uint32_t allowed_rules;
	char last_violation[256];
	struct fake_stats stats;
	/* By opcode: the last admin command. */
	struct spdk_nvme_cmd last_commands[256];

	/* fake_machine_fixture.c */
	struct fake_thread *thread;
};

/* fake_machine_fixture.c: the BAR's memory, and an OS thread. */
struct fake_bar *fake_bar_create(size_t size);
void fake_bar_destroy(struct fake_bar *bar);
/* The fake's own mapping of it, which is at a multiple of 2 MiB if the size is one. */
uint8_t *fake_bar_registers(struct fake_bar *bar);
/* A mapping for the driver, and back. */
void *fake_bar_map(struct fake_bar *bar);
void fake_bar_unmap(struct fake_bar *bar, void *address);
/* Accesses to any mapping end in SIGBUS from now on. */
void fake_bar_cut(struct fake_bar *bar);

/* fake_memory.c */
int fake_memory_open(struct fake *fake);
void fake_memory_close(struct fake *fake);
/* The memory that is this BAR; NULL: none is. */
struct fake_memory *fake_memory_of_bar(struct fake *fake, uint32_t bar);
void fake_step_memory(struct fake *fake);
/* Whether these are no addresses of its own memory, or the driver has told it of them. */
bool fake_memory_is_told(struct fake *fake, uint64_t address, uint64_t length);
/* Whether it has been told that these are all addresses of its memory buffer. */
bool fake_cmb_has(const struct fake *fake, uint64_t address, uint64_t length);

/* fake_pci.c */
int fake_pci_hook(struct fake *fake);
void fake_pci_unhook(struct fake *fake);
void fake_interrupt(struct fake *fake, uint16_t vector);

/* fake_register.c */
uint32_t fake_step_registers(struct fake *fake);
void fake_reset(struct fake *fake);
/* Once is_removed is set: commands go, and the registers. */
void fake_pull(struct fake *fake);
void fake_set_csts(struct fake *fake);
void fake_registers_init(struct fake *fake);

static inline uint32_t
fake_read_4(const struct fake *fake, uint32_t offset)
{
	return __atomic_load_n((uint32_t *)(fake->registers + offset), __ATOMIC_ACQUIRE);
}

static inline uint64_t
fake_read_8(const struct fake *fake, uint32_t offset)
{
	return __atomic_load_n((uint64_t *)(fake->registers + offset), __ATOMIC_ACQUIRE);
}

static inline void
fake_write_4(struct fake *fake, uint32_t offset, uint32_t value)
{
	__atomic_store_n((uint32_t *)(fake->registers + offset), value, __ATOMIC_RELEASE);
}

static inline void
fake_write_8(struct fake *fake, uint32_t offset, uint64_t value)
{
	__atomic_store_n((uint64_t *)(fake->registers + offset), value, __ATOMIC_RELEASE);
}

/* fake_queue.c */
struct fake_new_queue {
	uint16_t id;
	uint32_t size;
	uint64_t base;
	/* Of a submission queue. */
	uint16_t cqid;
	/* Of a completion queue. */
	uint16_t vector;
	bool interrupts;
};
int fake_cq_create(struct fake *fake, const struct fake_new_queue *queue);
int fake_sq_create(struct fake *fake, const struct fake_new_queue *queue);
void fake_sq_abort(struct fake *fake, struct fake_sq *sq);
void fake_sq_delete(struct fake *fake, struct fake_sq *sq);
void fake_cq_delete(struct fake *fake, struct fake_cq *cq);
/* Those that were rung while the controller was disabled have told it nothing. */
void fake_doorbells_reset(struct fake *fake);
uint32_t fake_step_doorbells(struct fake *fake);
uint32_t fake_step_pending(struct fake *fake);
/* With the status that fake_execute() returned, or a status of FAKE_*. */
void fake_complete(struct fake_command *command, uint16_t status);
void fake_command_free(struct fake_command *command);
/* Posts an entry without looking for room. */
void fake_post(struct fake_cq *cq, const struct spdk_nvme_cpl *cpl);
/* Dwords 10 and 11, where they are a block. */
static inline uint64_t
fake_lba_of(const struct fake_command *command)
{
	return (uint64_t)command->cmd.cdw11 << 32 | command->cmd.cdw10;
}
struct fake_command *fake_command_find(struct fake *fake, uint16_t sqid, uint16_t cid);

/* fake_cheap.c: reads and writes without anything. */
uint32_t fake_step_cheap(struct fake *fake);

/* fake_dma.c. The copies are a device's accesses, which sanitizers do not know of. */
void fake_dma_copy(void *dst, const void *src, size_t length);
uint64_t fake_dma_load_8(const void *src);
uint32_t fake_dma_load_4(const void *src);
/* In order with all accesses before and after it. */
void fake_dma_store_4(void *dst, uint32_t value);
/* Parse where a command's data or separate metadata are; a status. */
uint16_t fake_map_data(struct fake_command *command, uint64_t length);
uint16_t fake_map_metadata(struct fake_command *command, uint64_t length);
void fake_from_host(const struct fake_segments *segments, void *dst, size_t length);
/* With the faults of the command. */
void fake_to_host(struct fake_command *command, const struct fake_segments *segments,
		  const void *src, size_t length);
/* Both at once: maps, then copies as much as there is, the rest of `length` are zeros. */
uint16_t
fake_data_out(struct fake_command *command, const void *src, size_t src_length, uint64_t length);
uint16_t fake_data_in(struct fake_command *command, void *dst, uint64_t length);
bool fake_memory_is_known(struct fake *fake, const void *address, uint64_t length);
/* fake_sgl.c */
uint16_t fake_map_sgl(struct fake_command *command, const struct spdk_nvme_sgl_descriptor *first,
		      struct fake_segments *segments, uint64_t length);
uint16_t fake_segment_add(struct fake_command *command, struct fake_segments *segments,
			  uint64_t address, uint64_t length);
/* At least `size` bytes; NULL: no memory. */
uint8_t *fake_bounce(struct fake *fake, size_t size);
uint8_t *fake_md_bounce(struct fake *fake, size_t size);

/* Commands: each executes, transfers data and returns a status. */
uint16_t fake_execute_admin(struct fake_command *command);
uint16_t fake_identify(struct fake_command *command);
uint16_t fake_get_log_page(struct fake_command *command);
void fake_log_error(struct fake_command *command, uint16_t status);
uint16_t fake_set_features(struct fake_command *command);
uint16_t fake_get_features(struct fake_command *command);
void fake_features_reset(struct fake *fake);
uint16_t fake_execute_manage(struct fake_command *command);
/* What was downloaded and not committed. */
void fake_firmware_discard(struct fake *fake);
uint16_t fake_execute_nvm(struct fake_command *command);
uint16_t fake_execute_zns(struct fake_command *command, struct fake_ns *ns);
uint16_t fake_execute_reservation(struct fake_command *command, struct fake_ns *ns);
/* Whether another host's reservation keeps the command out. */
bool fake_reservation_forbids(const struct fake_ns *ns, uint8_t opcode);

/* fake_boot.c */
int fake_boot_open(struct fake *fake);
void fake_step_boot(struct fake *fake);
/* A commit for boot partitions. */
uint16_t fake_boot_commit(struct fake *fake, const struct spdk_nvme_fw_commit *commit);

/* fake_placement.c */
uint16_t fake_io_management_receive(struct fake_command *command, const struct fake_ns *ns);
uint16_t fake_io_management_send(struct fake_command *command, struct fake_ns *ns);
/* A write of so many blocks goes where its directive says. */
void fake_place(const struct fake_command *command, struct fake_ns *ns, uint32_t blocks);

/* fake_event.c */
uint16_t fake_event_request(struct fake_command *command);
void fake_event_raise(struct fake *fake, uint32_t result);
void fake_event_page_read(struct fake *fake, uint8_t page);
void fake_events_reset(struct fake *fake);
void fake_step_events(struct fake *fake);

/* fake_store.c */
int fake_ns_open(struct fake *fake, uint32_t nsid, const struct fake_ns_opts *opts);
void fake_ns_close(struct fake_ns *ns);
/* NULL: there is none, or it is not attached. */
struct fake_ns *fake_ns_find(struct fake *fake, uint32_t nsid);
bool fake_ns_is_zoned(const struct fake_ns *ns);
/*
 * Blocks become zeros, as after formatting, and metadata those of blocks that are not checked, or
 * zeros. `state` is that of the blocks.
 */
void fake_ns_clear(struct fake_ns *ns, uint64_t lba, uint64_t count, uint8_t state);
uint16_t
fake_ns_read(struct fake_command *command, struct fake_ns *ns, uint64_t lba, uint32_t count);
uint16_t
fake_ns_write(struct fake_command *command, struct fake_ns *ns, uint64_t lba, uint32_t count);
uint16_t fake_ns_write_zeroes(struct fake_command *command, struct fake_ns *ns, uint64_t lba,
			      uint32_t count);

uint16_t
fake_ns_compare(struct fake_command *command, struct fake_ns *ns, uint64_t lba, uint32_t count);

/* fake_zns.c */
int fake_zones_open(struct fake_ns *ns);
void fake_zones_close(struct fake_ns *ns);
/* Whether a write may go there; moves the write pointer when it does. */
uint16_t fake_zone_write(struct fake_ns *ns, uint64_t lba, uint32_t count);
uint16_t fake_zone_read(struct fake_ns *ns, uint64_t lba, uint32_t count);

/* fake_fault.c */
void fake_faults_of_command(struct fake_command *command);
/* Strikes what is planted there; true: the move is not to be made. */
bool fake_faults_at(struct fake *fake, enum fake_fault_where where);
uint32_t fake_random(struct fake *fake, uint32_t below);
void fake_random_fill(struct fake *fake, void *buffer, size_t length);

/* fake_judge.c */
void fake_violation(struct fake *fake, enum fake_rule rule, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Reserved fields of a command. */
void fake_judge_command(struct fake_command *command);
/* Whether it transfers no more than MDTS allows. */
bool fake_judge_length(struct fake_command *command, uint64_t length);

#endif
