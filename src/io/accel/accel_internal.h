/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the accel framework share.
 *
 *   accel           start and end              registry    modules, drivers, who does what
 *   channel         what a thread has          options     and the configuration
 *   task  submit    single operations          stats  key
 *   sequence        one task after the other   append      what it is made of
 *   elide           copies that need not be    buf         memory for what lies between
 *   bounce          data of memory domains
 *
 * A channel and all that was made with it - tasks, sequences, accel buffers - belong to its thread.
 * What g_accel has is written on the thread that starts the framework, while there is no channel.
 */
#ifndef SPINDLE_ACCEL_INTERNAL_H
#define SPINDLE_ACCEL_INTERNAL_H

#include "io/accel.h"
#include "io/accel/accel_pool.h"
#include "spdk/accel_module.h"
#include "spdk/likely.h"
#include "spdk/log.h"
#include "spdk/thread.h"
#include "spdk/util.h"

/* ---- Operations ---- */

/* What an operation does with the buffers that a task calls s and d. */
enum accel_access {
	ACCEL_READS_S = 1 << 0,
	ACCEL_WRITES_S = 1 << 1,
	ACCEL_READS_D = 1 << 2,
	ACCEL_WRITES_D = 1 << 3,
	/* Where it writes to may be changed by what follows in a sequence. */
	ACCEL_CAN_MOVE_D = 1 << 4,
	/* d may be the same memory as s. */
	ACCEL_IN_PLACE = 1 << 5,
};

struct accel_operation {
	const char *name;
	uint32_t access;
};
extern const struct accel_operation g_accel_operations[SPDK_ACCEL_OPC_LAST];

/* ---- Tasks ---- */

/* In reserved[0] of a task that is part of a sequence. */
enum accel_task_flag {
	ACCEL_TASK_SRC_BUF = 1 << 0,  /* src_domain_ctx is an accel buffer, and counted by it */
	ACCEL_TASK_DST_BUF = 1 << 1,  /* the same of dst_domain_ctx */
	ACCEL_TASK_ELIDED = 1 << 2,   /* another task does it */
	ACCEL_TASK_BOUNCE_S = 1 << 3, /* aux->bounce.s is in place of what the caller gave */
	ACCEL_TASK_BOUNCE_D = 1 << 4, /* the same of aux->bounce.d */
};

/* A task in memory. What its module wants behind it follows. */
struct accel_task_slot {
	union {
		struct accel_pool_item item; /* while it is free */
		struct spdk_accel_task_aux_data aux;
	};
	struct spdk_accel_task task __attribute__((aligned(SPDK_CACHE_LINE_SIZE)));
};

TAILQ_HEAD(accel_task_list, spdk_accel_task);

/* ---- Channels ---- */

/* Where a channel sends the tasks of one operation. */
struct accel_lane {
	int (*submit)(struct spdk_io_channel *ch, struct spdk_accel_task *task);
	struct spdk_io_channel *ch; /* NULL: nobody is assigned */
};

/* Buffers that one sequence at a time may have beside those of iobuf (accel_memory.c). */
#define ACCEL_RESERVED 4

struct accel_reserve {
	uint8_t *memory;
	size_t size;   /* of each */
	uint32_t free; /* as bits */
	bool is_serving;
	struct spdk_accel_sequence *owner; /* NULL: nobody's, and all are free */
};

/* Who waits for memory, and for how much. */
struct accel_wait {
	struct spdk_iobuf_entry entry;
	struct spdk_accel_sequence *seq;
	uint64_t length;
};

struct accel_io_channel {
	struct accel_lane lanes[SPDK_ACCEL_OPC_LAST];
	struct accel_pool tasks;     /* struct accel_task_slot */
	struct accel_pool sequences; /* struct spdk_accel_sequence */
	struct accel_pool bufs;      /* struct accel_buf */
	struct accel_stats stats;
	struct spdk_io_channel *driver_ch;
	struct spdk_iobuf_channel iobuf;
	struct accel_reserve reserve;
};

int accel_channel_create(void *io_device, void *ctx);
void accel_channel_destroy(void *io_device, void *ctx);

static inline struct accel_io_channel *
accel_channel_of(struct spdk_io_channel *ch)
{
	return spdk_io_channel_get_ctx(ch);
}

/* ---- The framework ---- */

enum accel_state {
	ACCEL_DOWN,
	ACCEL_STARTING,
	ACCEL_UP,
	ACCEL_ENDING, /* modules are asked to finish, one after the other */
};

/* Who does an operation. */
struct accel_assignment {
	struct spdk_accel_module_if *module; /* NULL: nobody */
	bool reaches_domains;
	char *wanted; /* the name that was asked for; NULL: by priority */
};

struct accel {
	enum accel_state state;
	struct accel_assignment assignments[SPDK_ACCEL_OPC_LAST];
	struct spdk_accel_driver *driver;
	struct spdk_memory_domain *domain; /* of accel buffers; there while there are channels */
	struct spdk_accel_opts opts;
	size_t module_ctx_size; /* the most that a module wants behind a task */
	spdk_accel_fini_cb fini_cb;
	void *fini_arg;
	/* Guards `gone`, and making `domain`. */
	pthread_mutex_t lock;
	struct accel_stats gone; /* of channels that are gone */
};
extern struct accel g_accel;

/* registry */
int accel_start_modules(void);
bool accel_stop_next_module(void); /* false: none is left */
int accel_assign_modules(void);
void accel_forget_assignments(void);

/* options */
void accel_write_options(struct spdk_json_write_ctx *w);

/* stats */
void accel_stats_add(struct accel_stats *to, const struct accel_stats *from);

/* key */
void accel_destroy_keys(void);

/* ---- Tasks, their life ---- */

/* A task with all of its flags and domains clear; NULL, and counted: none is left. */
struct spdk_accel_task *
accel_task_get_slow(struct accel_io_channel *ch, struct accel_task_slot *slot);

static inline struct spdk_accel_task *
accel_task_get(struct accel_io_channel *ch)
{
	struct accel_task_slot *slot = accel_pool_get(&ch->tasks);

	if (spdk_unlikely(slot == NULL || slot->task.aux == NULL)) {
		return accel_task_get_slow(ch, slot);
	}
	return &slot->task;
}

static inline void
accel_task_put(struct spdk_accel_task *task)
{
	accel_pool_put(&task->accel_ch->tasks,
		       SPDK_CONTAINEROF(task, struct accel_task_slot, task));
}

static inline uint64_t
accel_iovs_length(const struct iovec *iovs, size_t count)
{
	uint64_t length = 0;

	for (size_t i = 0; i < count; i++) {
		length += iovs[i].iov_len;
	}
	return length;
}

static inline void
accel_stats_count(struct accel_io_channel *ch, const struct spdk_accel_task *task, int status)
{
	struct spdk_accel_opcode_stats *stats = &ch->stats.operations[task->op_code];

	stats->executed++;
	stats->num_bytes += task->nbytes;
	if (spdk_unlikely(status != 0)) {
		stats->failed++;
	}
}

/* What may be asked of the module of an operation; 0 or an errno as in spdk/accel.h. */
int accel_check_crypto(enum spdk_accel_opcode opcode, const struct spdk_accel_crypto_key *key,
		       uint64_t src_length, uint64_t dst_length, uint32_t block_size);
int accel_check_compress(enum spdk_accel_comp_algo algo, uint32_t level);
int accel_check_decompress(enum spdk_accel_comp_algo algo);

/* ---- Sequences ---- */

enum accel_sequence_step {
	ACCEL_SEQUENCE_BUILDING, /* the caller's, who appends */
	ACCEL_SEQUENCE_NEXT,
	ACCEL_SEQUENCE_DRIVER,
	ACCEL_SEQUENCE_MEMORY,
	ACCEL_SEQUENCE_MOVE_IN,
	ACCEL_SEQUENCE_WORK,
	ACCEL_SEQUENCE_MOVE_OUT,
	ACCEL_SEQUENCE_DONE,
	ACCEL_SEQUENCE_END,
};

/* What has to be moved for the task at work. */
enum accel_move {
	ACCEL_MOVE_IN_S = 1 << 0,
	ACCEL_MOVE_IN_D = 1 << 1,
	ACCEL_MOVE_OUT_S = 1 << 2,
	ACCEL_MOVE_OUT_D = 1 << 3,
	/* Moving is all there is to do: from s, or to d, by the domain's own function. */
	ACCEL_MOVE_PULL = 1 << 4,
	ACCEL_MOVE_PUSH = 1 << 5,
};

struct spdk_accel_sequence {
	union {
		struct accel_pool_item item; /* while it is free */
		struct accel_io_channel *ch;
	};
	struct accel_task_list tasks;
	/* Done, or elided, and their callbacks are still to be called. */
	struct accel_task_list done;
	uint8_t step;  /* enum accel_sequence_step */
	uint8_t moves; /* enum accel_move */
	bool is_running;
	bool is_waiting;     /* for a module, a domain, a buffer */
	bool is_finishing;   /* spdk_accel_sequence_finish() is on the stack */
	bool is_past_driver; /* the driver has left the first task to us */
	bool has_copy;
	int status;
	spdk_accel_completion_cb cb_fn;
	void *cb_arg;
	/* While a bounce buffer is waited for: the place for it. */
	struct accel_wait wait;
	uint8_t awaited; /* enum accel_task_flag */
};

/* ---- accel_memory.c ---- */

int accel_memory_open(struct accel_io_channel *ch);
void accel_memory_close(struct accel_io_channel *ch);
/* NULL: `cb_fn` is called with `wait->entry` when there is some. */
void *accel_memory_get(struct spdk_accel_sequence *seq, uint64_t length, struct accel_wait *wait,
		       spdk_iobuf_get_cb cb_fn);
void accel_memory_put(struct accel_io_channel *ch, void *memory, uint64_t length);

/* What was waited for is there; not 0: it has failed. */
void accel_sequence_resume(struct spdk_accel_sequence *seq, int status);
void accel_sequence_task_done(struct spdk_accel_task *task, int status);

/* elide */
void accel_elide_copies(struct spdk_accel_sequence *seq);

/* One buffer of a task that is part of a sequence: its s, or its d. */
struct accel_side {
	struct iovec *iovs;
	uint32_t iovcnt;
	struct spdk_memory_domain *domain;
	void *domain_ctx;
};

static inline struct accel_side
accel_side_s(const struct spdk_accel_task *task)
{
	return (struct accel_side){task->s.iovs, task->s.iovcnt, task->src_domain,
				   task->src_domain_ctx};
}

static inline struct accel_side
accel_side_d(const struct spdk_accel_task *task)
{
	return (struct accel_side){task->d.iovs, task->d.iovcnt, task->dst_domain,
				   task->dst_domain_ctx};
}

static inline bool
accel_side_is_valid(const struct accel_side *side)
{
	return side->iovs != NULL && side->iovcnt != 0;
}

/* ---- Accel buffers ---- */

struct accel_buf {
	union {
		struct accel_pool_item item;     /* while it is free */
		struct spdk_accel_sequence *seq; /* NULL: in none (yet) */
	};
	struct accel_io_channel *ch;
	uint64_t address; /* what the caller has in place of a pointer */
	uint64_t length;
	void *memory;   /* NULL: there is none now */
	uint32_t users; /* tasks that are not done */
	bool is_put;    /* by the caller */
	struct accel_wait wait;
	spdk_accel_sequence_get_buf_cb cb_fn;
	void *cb_arg;
};

/* Makes g_accel.domain, unless it is there. 0 or -ENOMEM. */
int accel_make_domain(void);

/* Counts a user of a buffer, and takes one away. */
int accel_buf_use(struct accel_buf *buf, struct spdk_accel_sequence *seq,
		  const struct accel_side *side);
void accel_buf_unuse(struct accel_buf *buf);

/* The task counts on none of its accel buffers any more. */
void accel_task_unuse_bufs(struct spdk_accel_task *task);

/*
 * Puts memory behind the accel buffers of the first task. False: it is waited for, and
 * accel_sequence_resume() tells.
 */
bool accel_task_back_bufs(struct spdk_accel_sequence *seq, struct spdk_accel_task *task);

/* ---- Bounce buffers ---- */

/*
 * Finds out what of the first task must be moved, into seq->moves, and makes room for it. 0;
 * -EAGAIN: a buffer is waited for, and accel_sequence_resume() tells; -EFBIG: none is large enough.
 */
int accel_bounce_prepare(struct spdk_accel_sequence *seq, struct spdk_accel_task *task);

/* Begins one of seq->moves, and takes it out. 0: accel_sequence_resume() tells; or -errno. */
int accel_bounce_move(struct spdk_accel_sequence *seq, struct spdk_accel_task *task,
		      enum accel_move move);

/* Gives bounce buffers back. */
void accel_bounce_release(struct spdk_accel_task *task);

#endif
