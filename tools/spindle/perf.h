/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of `spindle perf` share.
 *
 *   perf           the life of a run: threads, time, the end
 *   perf_options   the command line
 *   perf_job       what a job is, by keys and values
 *   perf_job_file  jobs from a file
 *   perf_plan      jobs on devices and cores: who works where
 *   perf_worker    the data path: one job on one device on one core
 *   perf_bdev      the way to block devices; nvme_perf has another
 *   perf_pattern   which blocks, how many, and what is done to them
 *   perf_verify    stamps in blocks, and passes that write and read them
 *   perf_counts    what has happened, and its latencies
 *   perf_histogram drawing latencies
 *   perf_report    tables for people
 *   perf_json      the same for programs
 *
 * A worker's state belongs to the thread of its core while it works, and to the app thread before
 * and after. Nothing is shared among workers but what does not change.
 */
#ifndef SPINDLE_TOOL_PERF_H
#define SPINDLE_TOOL_PERF_H

#include "device_source.h"
#include "perf_counts.h"
#include "perf_pattern.h"
#include "perf_verify.h"
#include "progress.h"
#include "spindle.h"

#include "spdk/bdev.h"
#include "spdk/cpuset.h"
#include "spdk/thread.h"

/* ---- Jobs ---- */

struct perf_workload {
	const char *name;
	enum perf_op op;
	bool is_random;
	/* Reads and writes. */
	bool is_mix;
	bool is_verify;
	/* What is on the device is lost. */
	bool is_destructive;
};

/* A number of bytes, or of whatever a bare number means where it stands. */
struct perf_amount {
	uint64_t value;
	bool is_bytes;
};

struct perf_job {
	char *name;
	/* Names, NULL behind the last; NULL: all devices there are. */
	char **devices;
	const struct perf_workload *workload;
	struct perf_sizes sizes;
	uint32_t depth;
	/* Of a mix of reads and writes; -1: not given, which is 50. */
	int32_t read_percent;
	/* Empty: all. */
	struct spdk_cpuset cores;
	/* Bare numbers are blocks. A length of 0: up to the end. */
	struct perf_amount offset;
	struct perf_amount length;
	/* Of I/Os, or bytes; 0: until time is up. */
	struct perf_amount number;
	uint64_t seed;
	/* Negative: not by Zipf. */
	double zipf_theta;
	/* In random order, each place once before any comes again. */
	bool is_each_once;
	/* I/Os a second; 0: as many as possible. */
	uint64_t rate;
	/* Pieces of memory that the data of an I/O is in. */
	uint32_t vectors;
	/* A flush after so many writes; 0: none. */
	uint32_t flush_every;
	/* Verify without writing. */
	bool only_verifies;
};

/* What holds where nothing was said. */
void perf_job_init(struct perf_job *job);
/* A copy with memory of its own. */
void perf_job_copy(struct perf_job *job, const struct perf_job *from);
void perf_job_fini(struct perf_job *job);
/* Whether there is such a key; else the nearest one, or NULL, is in *out_nearest. */
bool perf_job_has_key(const char *key, size_t length, const char **out_nearest);
/*
 * Sets a key that there is. Prints what is wrong with the value behind `where`, and returns
 * STATUS_USAGE.
 */
int perf_job_set(struct perf_job *job, const char *where, const char *key, const char *value);
/* Names by number, NULL behind the last. */
const char *perf_job_key(size_t index);
const char *perf_workload_name(size_t index);
/* Whether its values fit together; prints what does not, and returns STATUS_USAGE. */
int perf_job_check(const struct perf_job *job);
/* Whether data on the devices is lost. */
bool perf_job_is_destructive(const struct perf_job *job);

/* A key and its value from the command line. */
struct perf_setting {
	const char *option;
	const char *key;
	const char *value;
};

struct perf_jobs {
	struct perf_job *of;
	uint32_t count;
};

#define PERF_SETTINGS_MAX 64

/* ---- The command line ---- */

struct perf_path;

struct perf_options {
	/* What devices are; perf_bdev_path, unless a caller says otherwise. */
	const struct perf_path *path;
	struct device_sources sources;
	const char *config;
	const char *job_file;
	struct perf_setting settings[PERF_SETTINGS_MAX];
	uint32_t settings_count;
	const char *cores;
	/* Of each job on each device; 0: one, or one for each core. */
	uint32_t workers;
	const char *rpc_address;
	/* NULL: none; "-": standard output, and no report. */
	const char *json_output;
	/* Negative: not given. */
	double time_s;
	double ramp_s;
	enum progress_mode progress;
	bool is_on_every_core;
	bool keeps_going;
	bool only_verifies;
	bool draws_histogram;
	bool never_rests;
	bool ignores_core_locks;
};

/* Reads the command line. STATUS_OK; or another, with *out_is_over when nothing is wrong. */
int perf_options_parse(struct perf_options *options, int argc, char **argv, bool *out_is_over);

/*
 * Makes the jobs: those of the job file, or one. Settings of the command line take the place of
 * those in sections [global], and those of a job's own section go before them. Prints what is wrong
 * and returns STATUS_USAGE.
 */
int perf_jobs_load(struct perf_jobs *jobs, const struct perf_options *options);
/* A job more, which begins as a copy. */
struct perf_job *perf_jobs_add(struct perf_jobs *jobs, const struct perf_job *from);
void perf_jobs_fini(struct perf_jobs *jobs);

/* ---- A run ---- */

/* Why a worker, or a device, has ended. The later ones go before. */
enum perf_end {
	PERF_END_NOT_YET,
	PERF_END_FINISHED,
	PERF_END_INTERRUPTED,
	PERF_END_RESIZED,
	PERF_END_REMOVED,
	PERF_END_FAILED,
};

struct perf_run;

/* An open device. Of the app thread, but for what does not change. */
struct perf_device {
	struct perf_run *run;
	char *name;
	bool is_open;
	/* Of its path. */
	struct spdk_bdev_desc *desc;
	struct spdk_nvme_ns *ns;
	uint32_t block_size;
	uint64_t num_blocks;
	size_t align;
	/* Workers that have a channel. */
	uint32_t workers;
	TAILQ_ENTRY(perf_device) link;
};

/* The first failure of a worker. */
struct perf_failure {
	bool is_set;
	/* One line. */
	char text[512];
	enum perf_op op;
	uint64_t block;
	uint64_t blocks;
};

struct perf_worker;

/* One I/O, or room for one. */
struct perf_slot {
	struct perf_worker *worker;
	uint64_t started;
	struct perf_step step;
	uint8_t *buffer;
	struct iovec *vectors;
	/* How far a reader of `vectors` is. */
	uint32_t vector;
	uint32_t vector_offset;
	struct spdk_bdev_io_wait_entry wait;
	/* In worker->waiting. */
	STAILQ_ENTRY(perf_slot) waiting_link;
};

/* A thread on a core. */
struct perf_core {
	uint32_t number;
	struct spdk_thread *thread;
};

/* One job on one device on one core. */
struct perf_worker {
	/* What the data path reads, and what only it changes. */
	const struct perf_path *path;
	struct spdk_bdev_desc *desc;
	struct spdk_io_channel *channel;
	struct spdk_nvme_ns *ns;
	struct spdk_nvme_qpair *qpair;
	struct spdk_poller *qpair_poller;
	STAILQ_HEAD(, perf_slot) waiting;
	uint64_t left;
	uint64_t block_size;
	struct perf_pattern pattern;
	uint32_t in_flight;
	/* Slots without an I/O; a stack. */
	uint32_t idle_count;
	struct perf_slot **idle;
	uint64_t left_bytes;
	uint32_t writes_since_flush;
	bool is_aborted;
	/* Ends by itself, without a limit of time. */
	bool is_bounded;
	bool is_begun;
	bool is_over;
	struct perf_verify *verify;
	struct spdk_poller *rate_poller;
	/* A time, in which round of the thread it was read, and for how many I/Os it was used. */
	uint64_t clock;
	uint64_t clock_round;
	uint32_t clock_uses;
	struct perf_counts counts[PERF_KINDS];

	/* What is set before. */
	struct perf_run *run;
	const struct perf_job *job;
	struct perf_device *device;
	const struct perf_core *core;
	uint32_t depth;
	/* Blocks of the device that are its own. */
	uint64_t first_block;
	uint64_t num_blocks;
	/* Its share of what the job may do. */
	uint64_t rate;
	uint64_t seed;

	struct perf_slot *slots;
	struct iovec *vectors;
	uint8_t *buffers;
	uint64_t paced;
	uint64_t pace_ticks;
	/* From the beginning, or the end of the ramp, to the last I/O. */
	uint64_t start_ticks;
	uint64_t end_ticks;
	enum perf_end end;
	struct perf_failure failure;
	TAILQ_ENTRY(perf_worker) link;
};

/* How far workers are. */
struct perf_state {
	uint64_t ios;
	uint64_t bytes;
	uint64_t ticks;
};

struct perf_run {
	const struct perf_options *options;
	const struct perf_jobs *jobs;
	TAILQ_HEAD(, perf_device) devices;
	TAILQ_HEAD(perf_workers, perf_worker) workers;
	struct perf_core *cores;
	uint32_t cores_count;
	/* Of the plan: where the next worker goes. */
	uint32_t next_core;
	uint32_t working;
	/* Answers of workers that are waited for. */
	uint32_t awaited;
	struct spdk_poller *timer;
	struct spdk_poller *progress_poller;
	struct progress progress;
	uint64_t begin_ticks;
	uint64_t measure_ticks;
	uint64_t end_ticks;
	/* 0: nobody knows. */
	uint64_t ios_wanted;
	/* What the last line of progress was about. */
	struct perf_state shown;
	uint64_t shown_ticks;
	bool is_ramp;
	bool is_interrupted;
	/* A failure that has nothing to do with I/O. */
	int status;
};

/*
 * The way to devices. Those of a device run on the app thread, those of a worker or a slot on the
 * worker's.
 */
struct perf_path {
	/* Before and after all others. STATUS_OK, or another with a message. NULL: nothing to do.
	 */
	int (*begin)(const struct perf_run *run);
	void (*end)(void);
	/* Sets the size of the device, and whatever is its own. STATUS_OK, or another with a
	 * message. */
	int (*open)(struct perf_device *device, bool is_changed);
	void (*close)(struct perf_device *device);
	/* Blocks that writes are multiples of. */
	uint32_t (*write_unit)(const struct perf_device *device);
	bool (*takes)(const struct perf_device *device, enum perf_op op);
	/* Of one I/O; 0, or NULL: any number of them. */
	uint64_t (*blocks_max)(const struct perf_device *device, enum perf_op op);
	/* A device by its number among all; NULL behind the last. The caller frees the name. */
	char *(*name_of)(const struct perf_options *options, uint32_t index);
	/* 0 or -errno. */
	int (*open_worker)(struct perf_worker *worker);
	/* Accepts what was opened in part, or not at all. */
	void (*close_worker)(struct perf_worker *worker);
	/* 0: perf_slot_done() will be called; -EAGAIN: perf_slot_submit() will; or another -errno.
	 */
	int (*submit)(struct perf_slot *slot);
};

extern const struct perf_path perf_bdev_path;

/* From a path: an I/O has come back. `error` is NULL, or says what is wrong. */
void perf_slot_done(struct perf_slot *slot, const char *error);
/* From a path, later: what was -EAGAIN may be tried again. */
void perf_slot_submit(struct perf_slot *slot);
/* The data in pieces, as many as the job wants; they are in slot->vectors. */
int perf_slot_lay_out_vectors(struct perf_slot *slot);
/* Where a copy has its blocks from: half a range away, so that the two do not overlap. */
uint64_t perf_slot_copy_source(const struct perf_slot *slot);
/* From a path: nothing new is begun any more, for this reason. */
void perf_worker_fail(struct perf_worker *worker, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Runs what the options say, from the first look at them to the report; returns the exit status. */
int perf_run_options(struct perf_options *options);

/* Opens the devices and makes the workers. Prints what is wrong and returns STATUS_USAGE. */
int perf_plan_make(struct perf_run *run);
void perf_plan_free(struct perf_run *run);

/* In perf.c, on the app thread: what becomes of devices. */
void perf_run_event(enum spdk_bdev_event_type type, struct spdk_bdev *bdev, void *arg);
/* In perf.c, from a worker's thread, once: it has let go of the device. */
void perf_run_worker_ended(struct perf_worker *worker);

/* On the worker's thread. Gets what it needs; or it has failed, and its beginning is its end. */
void perf_worker_open(struct perf_worker *worker);
void perf_worker_begin(struct perf_worker *worker);
/* The ramp is over: counts begin anew. */
void perf_worker_measure(struct perf_worker *worker);
/* Nothing new is begun, for this reason; what is under way ends. */
void perf_worker_stop(struct perf_worker *worker, enum perf_end why);
/* Frees what perf_worker_open() got; the counts stay. */
void perf_worker_close(struct perf_worker *worker);
void perf_worker_free(struct perf_worker *worker);

/* Adds how far a worker is; on any thread. */
void perf_worker_look(const struct perf_worker *worker, struct perf_state *state);

/* ---- Results ---- */

const char *perf_end_name(enum perf_end end);
/* Prints tables to stdout. */
void perf_report(const struct perf_run *run);
/* Prints JSON. 0 or -errno. */
int perf_json_write(const struct perf_run *run, FILE *file);
/* The exit status. */
int perf_run_status(const struct perf_run *run);

/* Prints what the last of the words may become. */
int perf_complete(int count, char **words);
/* Names of the options, up to a NULL, as rpc_option_names has them. */
extern const char *const perf_option_names[];

#endif
