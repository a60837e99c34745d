/* SPDX-License-Identifier: BSD-3-Clause */
/* The fake as a whole: it is made, stepped, asked and destroyed. */
#include "io/nvme/fake/fake_internal.h"

void
fake_opts_init(struct fake_opts *opts)
{
	*opts = (struct fake_opts){
		.seed = 1,
		.version = SPDK_NVME_VERSION(1, 4, 0),
		.queue_entries_max = 1024,
		.timeout = 4,
		.io_queues = 8,
		.ready_steps = 2,
		.mdts = 5,
		.aerl = 3,
		.acl = 3,
		.keep_alive_granularity = 1,
		.has_write_cache = true,
		.has_fused = true,
		.ns = {{.blocks = 8192, .block_size = 512}},
	};
}

static void
assert_opts(const struct fake_opts *opts)
{
	assert(opts->io_queues >= 1 && opts->io_queues <= FAKE_IO_QUEUES_MAX);
	assert(opts->vectors <= FAKE_VECTORS_MAX);
	assert(opts->queue_entries_max >= 2 && opts->queue_entries_max <= 65536);
	assert(opts->mps_min <= opts->mps_max);
	assert(opts->doorbell_stride <= 15);
}

/* Which memory the environment has told devices of: 1, and 0 is none. */
static int
memory_changed(void *ctx, struct spdk_mem_map *map, enum spdk_mem_map_notify_action action,
	       void *vaddr, size_t size)
{
	if (action == SPDK_MEM_MAP_NOTIFY_REGISTER) {
		return spdk_mem_map_set_translation(map, (uintptr_t)vaddr, size, 1);
	}
	return spdk_mem_map_clear_translation(map, (uintptr_t)vaddr, size);
}

static int
translations_are_one(uint64_t first, uint64_t second)
{
	return first == second;
}

static const struct spdk_mem_map_ops g_memory_ops = {
	.notify_cb = memory_changed,
	.are_contiguous = translations_are_one,
};

static bool
open_namespaces(struct fake *fake)
{
	for (uint32_t i = 0; i < FAKE_NAMESPACES_MAX; i++) {
		if (fake->opts.ns[i].blocks != 0 &&
		    fake_ns_open(fake, i + 1, &fake->opts.ns[i]) != 0) {
			return false;
		}
	}
	return true;
}

static size_t
bar_size(const struct fake_opts *opts)
{
	size_t stride = (size_t)SPDK_NVME_DOORBELL_REGISTER_SIZE << opts->doorbell_stride;
	size_t size = FAKE_DOORBELL_OFFSET + 2 * (opts->io_queues + 1) * stride;

	/* A bit more, as BARs are powers of two. */
	return spdk_align64pow2(spdk_max(size, 4 * FAKE_PAGE_SIZE));
}

static void
init(struct fake *fake, const struct fake_opts *opts)
{
	fake->opts = *opts;
	fake->random = opts->seed * 0x9e3779b97f4a7c15 + 1;
	TAILQ_INIT(&fake->pending);
	TAILQ_INIT(&fake->free_commands);
	TAILQ_INIT(&fake->event_requests);
	memcpy(fake->firmware[0], "1.0     ", sizeof(fake->firmware[0]));
	fake->firmware_active = 1;
	fake->health.temperature = 300;
	fake->health.available_spare = 100;
	fake->health.available_spare_threshold = 10;
	fake->health.power_cycles[0] = 1;
	fake_features_reset(fake);
	pthread_mutex_init(&fake->lock, NULL);
}

struct fake *
fake_create(const struct fake_opts *opts)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	if (fake == NULL) {
		return NULL;
	}
	assert_opts(opts);
	init(fake, opts);
	if (!open_namespaces(fake)) {
		goto close_namespaces;
	}
	fake->memory = spdk_mem_map_alloc(0, &g_memory_ops, fake);
	if (fake->memory == NULL) {
		goto close_namespaces;
	}
	fake->bar_size = bar_size(opts);
	fake->bar = fake_bar_create(fake->bar_size);
	if (fake->bar == NULL) {
		goto free_map;
	}
	fake->registers = fake_bar_registers(fake->bar);
	fake_registers_init(fake);
	if (fake_memory_open(fake) != 0 || fake_boot_open(fake) != 0 || fake_pci_hook(fake) != 0) {
		goto close_memory;
	}
	return fake;

close_memory:
	free(fake->boot);
	fake_memory_close(fake);
	fake_bar_destroy(fake->bar);
free_map:
	spdk_mem_map_free(&fake->memory);
close_namespaces:
	for (uint32_t i = 0; i < FAKE_NAMESPACES_MAX; i++) {
		fake_ns_close(&fake->ns[i]);
	}
	free(fake);
	return NULL;
}

static void
free_commands(struct fake *fake)
{
	struct fake_command *command, *next;

	TAILQ_FOREACH_SAFE (command, &fake->free_commands, link, next) {
		free(command);
	}
}

void
fake_destroy(struct fake *fake)
{
	if (fake == NULL) {
		return;
	}
	fake_stop(fake);
	fake_reset(fake);
	fake_pci_unhook(fake);
	free_commands(fake);
	for (uint32_t i = 0; i < FAKE_NAMESPACES_MAX; i++) {
		fake_ns_close(&fake->ns[i]);
	}
	spdk_mem_map_free(&fake->memory);
	fake_memory_close(fake);
	fake_bar_destroy(fake->bar);
	pthread_mutex_destroy(&fake->lock);
	free(fake->firmware_image);
	free(fake->boot);
	free(fake->bounce.bytes);
	free(fake->md_bounce.bytes);
	free(fake->segments.list);
	free(fake->md_segments.list);
	free(fake);
}

const char *
fake_address(const struct fake *fake)
{
	return fake->address;
}

struct spdk_pci_device *
fake_pci_device(struct fake *fake)
{
	return &fake->pci;
}

/* A host that is silent for longer than it promised is taken for dead. */
static void
step_keep_alive(struct fake *fake)
{
	uint64_t kato_ms = fake->features[SPDK_NVME_FEAT_KEEP_ALIVE_TIMER];
	uint64_t limit = kato_ms * spdk_get_ticks_hz() / 1000;

	if (kato_ms != 0 && !fake->is_fatal && !fake->is_shut_down &&
	    spdk_get_ticks() - fake->keep_alive_ticks > limit) {
		fake_violation(fake, FAKE_RULE_COMMAND, "no keep alive command for %" PRIu64 " ms",
			       kato_ms);
		fake->is_fatal = true;
		fake->csts.bits.cfs = 1;
		fake_set_csts(fake);
	}
}

static uint32_t
step(struct fake *fake)
{
	uint32_t done = 0;

	fake->step++;
	if (!fake->is_removed) {
		(void)fake_faults_at(fake, FAKE_AT_STEP); /* There is no move to be stopped. */
	}
	if (fake->is_removed && !fake->is_pulled) {
		fake_pull(fake);
		return 1;
	}
	done += fake_step_registers(fake);
	if (fake->state == FAKE_READY) {
		step_keep_alive(fake);
		done += fake_step_pending(fake);
		done += fake_step_doorbells(fake);
		fake_step_events(fake);
	}
	return done;
}

uint32_t
fake_step(struct fake *fake)
{
	uint32_t done;

	pthread_mutex_lock(&fake->lock);
	done = fake->opts.is_cheap && fake->state == FAKE_READY ? fake_step_cheap(fake) : 0;
	if (done == 0) {
		done = step(fake);
	}
	pthread_mutex_unlock(&fake->lock);
	return done;
}

void
fake_settle(struct fake *fake, uint32_t max)
{
	/* What is due later makes steps in which nothing happens. */
	uint32_t idle_max = fake->opts.ready_steps + fake->opts.shuffle_steps + 2, idle = 0;

	for (uint32_t i = 0; i < max && idle < idle_max; i++) {
		idle = fake_step(fake) == 0 ? idle + 1 : 0;
	}
}

void
fake_get_stats(struct fake *fake, struct fake_stats *out_stats)
{
	pthread_mutex_lock(&fake->lock);
	*out_stats = fake->stats;
	out_stats->steps = fake->step;
	out_stats->event_requests = fake->event_request_count;
	out_stats->pending = fake->pending_count - fake->event_request_count;
	pthread_mutex_unlock(&fake->lock);
}

struct spdk_nvme_cmd
fake_last_command(struct fake *fake, uint8_t opcode)
{
	struct spdk_nvme_cmd cmd;

	pthread_mutex_lock(&fake->lock);
	cmd = fake->last_commands[opcode];
	pthread_mutex_unlock(&fake->lock);
	return cmd;
}

void
fake_remove(struct fake *fake, bool unmaps)
{
	pthread_mutex_lock(&fake->lock);
	if (!fake->is_removed) {
		fake->is_removed = true;
		fake->pull_unmaps = unmaps;
		fake_pull(fake);
	}
	pthread_mutex_unlock(&fake->lock);
}

void
fake_announce_removal(struct fake *fake)
{
	fake->pci.internal.pending_removal = true;
}

void
fake_event(struct fake *fake, uint32_t result)
{
	pthread_mutex_lock(&fake->lock);
	fake_event_raise(fake, result);
	pthread_mutex_unlock(&fake->lock);
}
