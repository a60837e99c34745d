/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the accel framework shows to the layers above beyond spdk/accel.h: for its methods and for
 * the configuration that is saved.
 */
#ifndef SPINDLE_IO_ACCEL_H
#define SPINDLE_IO_ACCEL_H

#include "spdk/accel_module.h"

/* What has happened on one channel, or on all there have been. */
struct accel_stats {
	struct spdk_accel_opcode_stats operations[SPDK_ACCEL_OPC_LAST];
	uint64_t sequence_executed;
	uint64_t sequence_failed;
	/* How often there was none left, and whoever asked had to wait or to try again. */
	struct {
		uint64_t task;
		uint64_t sequence;
		uint64_t iobuf;
		uint64_t bufdesc;
	} retry;
};

typedef void (*accel_stats_cb)(const struct accel_stats *stats, void *arg);

/*
 * Gathers the counts of all channels, also of those that are gone. Callback: once, later, on this
 * SPDK thread. -ENODEV: the framework is not started. -ENOMEM. The callback never runs then.
 */
int accel_get_stats(accel_stats_cb cb_fn, void *cb_arg);

/* The modules in the order of their priority, lowest first; `prev` NULL: the first. */
struct spdk_accel_module_if *accel_next_module(struct spdk_accel_module_if *prev);

/* Whether a module was left out of this start, having nothing to work with. */
bool accel_module_is_used(const struct spdk_accel_module_if *module);

/* The names of drivers as they came; `prev` NULL: the first. */
const char *accel_next_driver(const char *prev);

/* Whether spdk_accel_set_driver() knows this name. NULL and "" are for none. */
bool accel_driver_exists(const char *name);

/* The operation of that name, or -ENOENT. */
int accel_opcode_by_name(const char *name);

/* Whether operations may be assigned and options set: the framework is down. */
bool accel_can_be_set_up(void);

/* 0, or -EINVAL with what is wrong with them in `reason`. */
#define ACCEL_REASON_SIZE 160
int accel_check_opts(const struct spdk_accel_opts *opts, char *reason, size_t size);

const char *accel_cipher_name(enum spdk_accel_cipher cipher);
const char *accel_tweak_mode_name(enum spdk_accel_crypto_tweak_mode mode);

/*
 * spdk_accel_crypto_key_create() with what is wrong, for whoever asked, in `reason`; nothing is
 * logged.
 */
int
accel_key_create(const struct spdk_accel_crypto_key_create_param *param, char *reason, size_t size);

/* Calls `fn` for each key, oldest first, with the keys locked: it must not make or destroy one. */
typedef void (*accel_key_fn)(const struct spdk_accel_crypto_key *key, void *arg);
void accel_for_each_key(accel_key_fn fn, void *arg);

#endif
