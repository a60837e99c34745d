/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A model of an NVMe controller in user space, for tests and benchmarks: a PCI device that is
 * hooked into the environment, whose BAR is memory and whose side of the queues is played by
 * fake_step(). The driver needs no change to use it. Not part of the library.
 *
 * It is also a judge. What the driver does against the specification (a doorbell out of range, an
 * identifier that is in use, a malformed PRP list, a register written at the wrong time) is a
 * violation: it is printed and counted, and a test asks for the count at its end.
 *
 *   struct fake_opts opts;
 *
 *   fake_opts_init(&opts);
 *   struct fake *fake = fake_create(&opts);           (after spdk_env_init())
 *   fake_start(fake);                                 (an OS thread steps it; or call fake_step())
 *   ... spdk_nvme_connect() to fake_address(fake) ...
 *   fake_stop(fake);
 *   assert_int_equal(fake_violations(fake), 0);
 *   fake_destroy(fake);
 *
 * Thread: all functions may be called from any OS thread; one lock guards a fake.
 */
#ifndef SPINDLE_NVME_FAKE_H
#define SPINDLE_NVME_FAKE_H

#include "spdk/nvme_spec.h"
#include "spdk/stdinc.h"

#define FAKE_NAMESPACES_MAX 16
#define FAKE_IO_QUEUES_MAX  64
#define FAKE_VECTORS_MAX    (FAKE_IO_QUEUES_MAX + 1)
#define FAKE_VENDOR_ID      0x1b36
#define FAKE_DEVICE_ID      0x0f4e
#define FAKE_ANA_GROUP      100
#define FAKE_PLACEMENTS     4
/* Blocks that a reclaim unit has. */
#define FAKE_UNIT_BLOCKS 1024

struct fake;

struct fake_ns_opts {
	/* 0: there is no such namespace. */
	uint64_t blocks;
	uint32_t block_size;
	uint16_t md_size;
	/* Metadata follow the data of each block. */
	bool md_is_extended;
	/* enum spdk_nvme_pi_type; with 8 bytes, at the end of the metadata or at their head. */
	uint8_t pi_type;
	bool pi_is_at_head;
	/* It is there, but not attached to the controller. */
	bool is_detached;
	/* Zoned, if not 0; a power of two. */
	uint64_t zone_blocks;
	/* 0: the same as zone_blocks. */
	uint64_t zone_capacity;
	/* 0: no limit. */
	uint32_t zones_active_max;
	uint32_t zones_open_max;
	/* Of the extension of a zone's descriptor, in units of 64 bytes. */
	uint8_t zone_extension;
};

struct fake_opts {
	/* Of all that is random; the same seed and steps give the same run. */
	uint64_t seed;
	/* "0000:fa:00.0" and so on; NULL: one that no other fake has, of any process. */
	const char *address;
	uint32_t version;
	/* CAP. Entries of an I/O queue (not less one), TO in units of 500 ms. */
	uint32_t queue_entries_max;
	uint8_t timeout;
	uint8_t doorbell_stride;
	uint8_t mps_min;
	uint8_t mps_max;
	bool has_wrr;
	/* Set features grants no more. */
	uint32_t io_queues;
	/* Interrupts: 0 has none. */
	uint32_t vectors;
	/* Steps from CC.EN to CSTS.RDY, and from CC.SHN to CSTS.SHST. */
	uint32_t ready_steps;
	/* As Identify has it. */
	uint8_t mdts;
	/* As mdts, of Zone Append; 0: no limit of its own. */
	uint8_t zasl;
	uint8_t aerl;
	uint8_t acl;
	uint16_t keep_alive_granularity;
	/* FWUG, in units of 4 KiB: pieces of firmware that are others are refused. 0, FFh: any. */
	uint8_t firmware_granularity;
	/* Size of each of two boot partitions, in units of 128 KiB. 0: it has none. */
	uint16_t boot_partition_units;
	/* Commands that one step takes from a queue; 0: all. */
	uint32_t burst;
	/* Commands complete in random order, each after up to so many steps. 0: at once, in order.
	 */
	uint32_t shuffle_steps;
	bool has_sgl;
	bool has_shadow_doorbells;
	/* It wants to be rung when it had nothing to do; else shadows alone wake it. */
	bool shadow_sleeps;
	bool has_write_cache;
	bool has_fused;
	/* Each namespace is alone in an ANA group, FAKE_ANA_GROUP more than its id. */
	bool has_ana;
	/* NSSR. */
	bool has_subsystem_reset;
	/* Flexible data placement: FAKE_PLACEMENTS handles in each namespace. */
	bool has_placement;
	/* Memory of its own, for data: the controller memory buffer and the persistent region. */
	uint32_t cmb_mib;
	uint32_t pmr_mib;
	/*
	 * For measurements: nothing is judged, reads and writes move no data and keep none; faults
	 * are not looked for.
	 */
	bool is_cheap;
	/* Index 0 is namespace 1. */
	struct fake_ns_opts ns[FAKE_NAMESPACES_MAX];
};

/* One namespace of 8192 blocks of 512 bytes, and the usual rest. */
void fake_opts_init(struct fake_opts *opts);

/* NULL: no memory, or the address is taken. */
struct fake *fake_create(const struct fake_opts *opts);
/* Stops its OS thread. The driver has detached it. */
void fake_destroy(struct fake *fake);

/* For struct spdk_nvme_transport_id, and for messages. */
const char *fake_address(const struct fake *fake);
struct spdk_pci_device *fake_pci_device(struct fake *fake);

/* Looks at registers and doorbells and does what is due. Returns how many commands and registers it
 * dealt with. */
uint32_t fake_step(struct fake *fake);
/* Steps until nothing happens any more, at most `max` times. */
void fake_settle(struct fake *fake, uint32_t max);
/* Steps it in an OS thread of its own, from now until fake_stop(). */
void fake_start(struct fake *fake);
void fake_stop(struct fake *fake);

/* Violations. */
enum fake_rule {
	FAKE_RULE_REGISTER,
	FAKE_RULE_DOORBELL,
	FAKE_RULE_COMMAND_ID,
	FAKE_RULE_COMMAND,
	FAKE_RULE_POINTER,
	FAKE_RULE_MEMORY,
	FAKE_RULE_SHUTDOWN,
	FAKE_RULES,
};
uint32_t fake_violations(struct fake *fake);
/* The test breaks this rule on purpose: it is not counted. */
void fake_allow(struct fake *fake, enum fake_rule rule);
/* The last one, for comparisons in tests; "" when there was none. */
const char *fake_last_violation(struct fake *fake);
/* The test has seen what there was: the count is 0 again. */
void fake_forget_violations(struct fake *fake);

/*
 * Faults. A fault strikes at the command, or moment, that its `where` and `opcode` name: it lets
 * `skip` of them pass, strikes `count` times (0: always), each time with a chance of `rate` in
 * 65536 (0: certainly).
 */
enum fake_fault_kind {
	/* Of commands. The command is executed, unless it says otherwise. */
	FAKE_FAULT_NEVER,          /* No completion; not executed. */
	FAKE_FAULT_LOST,           /* No completion, though it has been executed. */
	FAKE_FAULT_LATE,           /* Completes after `steps` steps, and `us` microseconds. */
	FAKE_FAULT_STATUS,         /* Not executed; completes with `status`. */
	FAKE_FAULT_WRONG_PHASE,    /* The completion has the phase of the round before. */
	FAKE_FAULT_DUPLICATE,      /* The same completion twice. */
	FAKE_FAULT_UNKNOWN_CID,    /* A completion of `value` comes before its own. */
	FAKE_FAULT_CHANGED_CID,    /* Its completion has the identifier `value`. */
	FAKE_FAULT_WRONG_SQID,     /* Its completion names submission queue `value`. */
	FAKE_FAULT_WRONG_SQHD,     /* Its completion has `value` as head of the submission queue. */
	FAKE_FAULT_CQ_OVERRUN,     /* `value` completions more than there are commands, without
				      looking for room. */
	FAKE_FAULT_LOST_INTERRUPT, /* Its completion makes no interrupt. */
	FAKE_FAULT_DATA_GARBAGE,   /* What it transfers to the host is random. */
	FAKE_FAULT_DATA_ONES,      /* ... all ones. */
	FAKE_FAULT_DATA_ZEROS,     /* ... all zeros. */
	FAKE_FAULT_DATA_PATCH,     /* ... has `size` bytes of `value` at `offset`. */
	FAKE_FAULT_RESULT,         /* Dword 0 of the completion is `value`. */
	/* Of the controller, at any place. */
	FAKE_FAULT_REMOVE,             /* Registers read as ones, nothing completes. */
	FAKE_FAULT_UNMAP,              /* The same, and accesses to the BAR end in SIGBUS. */
	FAKE_FAULT_FATAL,              /* CSTS.CFS, nothing completes until a reset. */
	FAKE_FAULT_STOP,               /* It takes no commands any more, until a reset. */
	FAKE_FAULT_SPURIOUS_INTERRUPT, /* Vector `value`. */
	FAKE_FAULT_EVENT,              /* An asynchronous event with the result `value`. */
	FAKE_FAULT_EVENT_STORM,        /* The same at each request for events, `size` times. */
	FAKE_FAULT_SHADOW_LOST,        /* Shadow doorbells are not read any more. */
	FAKE_FAULT_STUCK,              /* The move is not made: CSTS stays as it is, see `where`. */
};

enum fake_fault_where {
	FAKE_AT_IO_COMMAND,
	FAKE_AT_ADMIN_COMMAND,
	/* CC.EN was set, was cleared; CC.SHN was set. */
	FAKE_AT_ENABLE,
	FAKE_AT_DISABLE,
	FAKE_AT_SHUTDOWN,
	/* A step, of those from now on. */
	FAKE_AT_STEP,
};

#define FAKE_ANY_OPCODE 0x100

struct fake_fault {
	enum fake_fault_kind kind;
	enum fake_fault_where where;
	/* Of FAKE_AT_IO_COMMAND and FAKE_AT_ADMIN_COMMAND. */
	uint16_t opcode;
	/* Only if dword 10 is this, under the mask: of Identify, `cns`; 0: any. */
	uint32_t cdw10;
	uint32_t cdw10_mask;
	uint32_t skip;
	uint32_t count;
	uint32_t rate;
	/* What the kinds need. */
	struct spdk_nvme_status status;
	uint64_t steps;
	uint64_t us;
	uint32_t value;
	uint32_t offset;
	uint32_t size;
};

/* Returns its number, for fake_fault_strikes(). */
uint32_t fake_plant(struct fake *fake, const struct fake_fault *fault);
/* How many times it has struck. */
uint32_t fake_fault_strikes(struct fake *fake, uint32_t number);
/* All faults are taken back; what is stuck, removed or lost stays so. */
void fake_clear_faults(struct fake *fake);
/* Commands that fell to FAKE_FAULT_NEVER, LOST or LATE complete now. */
void fake_release(struct fake *fake);
/* Pulls it out, as FAKE_FAULT_REMOVE or FAKE_FAULT_UNMAP does. */
void fake_remove(struct fake *fake, bool unmaps);
/* As the kernel's notice of a removal does: the environment knows that the device goes. */
void fake_announce_removal(struct fake *fake);
/* An asynchronous event; waits for a request if there is none. */
void fake_event(struct fake *fake, uint32_t result);
/* Removes, adds or changes the size of a namespace, with the notice. blocks 0: it goes. */
void fake_change_namespace(struct fake *fake, uint32_t nsid, uint64_t blocks);
/* Another host registers `key`, and takes a reservation; type 0: none. */
void fake_reserve(struct fake *fake, uint32_t nsid, uint64_t key, uint8_t type);
/* Another host has formatted it so, with the notice: its data are gone. */
void fake_format_namespace(struct fake *fake, uint32_t nsid, const struct fake_ns_opts *opts);
/* The zone that `lba` is in wears out, or whatever else brings it into this state. */
void fake_set_zone_state(struct fake *fake, uint32_t nsid, uint64_t lba,
			 enum spdk_nvme_zns_zone_state state);
/* The state of the ANA group of this namespace, with the notice. I/O goes on as before. */
void fake_set_ana_state(struct fake *fake, uint32_t nsid, enum spdk_nvme_ana_state state);

/* What was seen. */
struct fake_stats {
	uint64_t steps;
	uint64_t admin_commands;
	uint64_t io_commands;
	/* By opcode, all queues. */
	uint64_t admin_opcodes[256];
	uint64_t io_opcodes[256];
	uint64_t completions;
	uint64_t interrupts;
	/* Doorbells that were written, as far as a step saw. */
	uint64_t doorbells;
	uint64_t resets;
	uint64_t subsystem_resets;
	uint64_t shutdowns;
	uint64_t aborts;
	uint32_t io_submission_queues;
	uint32_t io_completion_queues;
	/* Requests for events that wait. */
	uint32_t event_requests;
	/* Commands that have been taken and not completed. */
	uint32_t pending;
};
void fake_get_stats(struct fake *fake, struct fake_stats *out_stats);
/* The last admin command with this opcode, as it arrived; zeros: there was none. */
struct spdk_nvme_cmd fake_last_command(struct fake *fake, uint8_t opcode);

/* Its own memory, as it sees it; NULL: there is none. */
uint8_t *fake_cmb(struct fake *fake);
uint8_t *fake_pmr(struct fake *fake);
/* What it has stored: for tests that look past the driver. NULL: there is no such namespace. */
uint8_t *fake_ns_data(struct fake *fake, uint32_t nsid);
uint8_t *fake_ns_metadata(struct fake *fake, uint32_t nsid);
/* The image of the last commit that took one, and its size; 0: there was none. */
uint32_t fake_firmware(struct fake *fake, const uint8_t **out_image);
uint8_t *fake_boot_partition(struct fake *fake, uint32_t id);

#endif
