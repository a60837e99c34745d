/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Initialisation of a controller, at first and in each reset. States, in order, with what limits
 * them: 'command' is opts.admin_timeout_ms, 'ready' is CAP.TO or CRTO. The next one is the one
 * below, unless an arrow says otherwise.
 *
 *   READ_REGISTERS      command    CAP and VS, and what we can do with them
 *   CONNECT_ADMIN       command    empty admin queues on our side
 *   CHECK_SHUTDOWN      10 s       the end of a shutdown that somebody before us has begun
 *   CHECK_ENABLED       command    looks at CC.EN and CSTS.RDY
 *                                  EN = 0 -> WAIT_DISABLED; RDY or CFS -> DISABLE
 *   WAIT_ENABLED        ready      EN = 1 and RDY = 0: EN may not change yet; then goes on anyway
 *   DISABLE             command    CC.EN = 0
 *   WAIT_DISABLED       ready      CSTS.RDY = 0
 *   ENABLE              command    addresses of the queues, CC with EN = 1
 *   WAIT_READY          ready      CSTS.RDY = 1; CFS is a failure
 *   IDENTIFY            command    the controller; what it says is checked
 *   AER                 command    which events to tell; requests for them
 *   KEEP_ALIVE          command    its timer
 *   NVM_CTRLR           command    limits of the NVM command set
 *   ZNS_CTRLR           command    those of zones
 *   KV_CTRLR            command    those of keys
 *   ZNS_EFFECTS         command    whether there is zone append
 *   QUEUES              command    how many I/O queues it gives
 *   ARBITRATION         command    weights, with weighted round robin
 *   HOST_ID             command    what the host calls itself
 *   HOST_MEMORY         command    memory that the controller prefers to have of the host
 *   SHADOW_DOORBELLS    command    memory that takes the place of doorbells
 *   LOG_PAGES           command    which there are
 *   INTEL_LOG_PAGES     command    the same for those of the vendor
 *   FEATURES            command    which there are
 *   ACTIVE_NS           command    the list of active namespaces, page by page; none -> ANA
 *   NS                  command    one namespace; it cannot be identified -> NS_NEXT
 *   NS_DESCRIPTORS      command    its identifiers
 *   NS_NVM              command    what the NVM command set has of it
 *   NS_ZNS, NS_KV       command    what those of zones and keys have of it
 *   NS_NEXT             command    computes what I/O needs of it; another one -> NS
 *   ANA                 command    states of the groups
 *   TRANSPORT           command    what the transport still has to do
 *   READY                          the controller can be used
 *   FAILED                         what is wrong has been logged, in one line
 *
 * When namespaces have changed, ACTIVE_NS to ANA run again, from READY to READY
 * (nvme_ns_refresh()).
 *
 * Invariants
 *   I1  A state begins once (`begin`) and is then looked at until it is over (`check`). While a
 *       command of it is under way, `check` does not run.
 *   I2  Every state that waits has a limit, so that initialisation ends; opts.admin_timeout_ms = 0
 *       takes away the limit of commands, by the application's wish.
 *   I3  All ones in CSTS mean a removed device at any state, CFS a failed one while commands run.
 *   I4  Nothing that a controller says is used as a length, a count or an index before it has been
 *       checked.
 */
#include "io/nvme/ctrlr_init.h"

#include "spdk/log.h"

/* So that one call ends, also when all states pass without waiting. */
#define STEPS_MAX 64
/* A shutdown that does not end within it never will. */
#define SHUTDOWN_MS 10000
/* CAP.TO and CRTO count in this; 0 is taken for one. */
#define READY_UNIT_MS 500

enum limit {
	LIMIT_COMMAND,
	LIMIT_READY,
	LIMIT_SHUTDOWN,
};

struct init_step {
	const char *doing;
	int (*begin)(struct spdk_nvme_ctrlr *ctrlr);
	/* NULL: `begin` does it all. */
	int (*check)(struct spdk_nvme_ctrlr *ctrlr);
	enum limit limit;
	enum nvme_init_state next;
};

static int
nothing(struct spdk_nvme_ctrlr *ctrlr)
{
	return INIT_STAY;
}

#define STEP(state, begin_fn, check_fn, limit_name, next_state, text) \
	[NVME_INIT_##state] = {                                       \
		.doing = (text),                                      \
		.begin = (begin_fn),                                  \
		.check = (check_fn),                                  \
		.limit = LIMIT_##limit_name,                          \
		.next = NVME_INIT_##next_state,                       \
	}

static const struct init_step g_steps[NVME_INIT_STATE_COUNT] = {
	STEP(READ_REGISTERS, nvme_init_read_registers, NULL, COMMAND, CONNECT_ADMIN,
	     "reading its registers"),
	STEP(CONNECT_ADMIN, nvme_init_connect_admin, nvme_init_connect_admin_check, COMMAND,
	     CHECK_SHUTDOWN, "connecting the admin queue"),
	STEP(CHECK_SHUTDOWN, nothing, nvme_init_check_shutdown, SHUTDOWN, CHECK_ENABLED,
	     "waiting for the end of an earlier shutdown"),
	STEP(CHECK_ENABLED, nvme_init_check_enabled, NULL, COMMAND, WAIT_ENABLED,
	     "looking at CC.EN"),
	STEP(WAIT_ENABLED, nothing, nvme_init_wait_enabled, READY, DISABLE,
	     "waiting for CSTS.RDY = 1 before it is disabled"),
	STEP(DISABLE, nvme_init_disable, NULL, COMMAND, WAIT_DISABLED, "setting CC.EN = 0"),
	STEP(WAIT_DISABLED, nothing, nvme_init_wait_disabled, READY, ENABLE,
	     "waiting for CSTS.RDY = 0"),
	STEP(ENABLE, nvme_init_enable, NULL, COMMAND, WAIT_READY, "setting CC.EN = 1"),
	STEP(WAIT_READY, nothing, nvme_init_wait_ready, READY, IDENTIFY,
	     "waiting for CSTS.RDY = 1"),
	STEP(IDENTIFY, nvme_init_identify_ctrlr, nvme_init_identify_ctrlr_check, COMMAND, AER,
	     "identifying the controller"),
	STEP(AER, nvme_init_aer, nvme_init_aer_check, COMMAND, KEEP_ALIVE,
	     "configuring asynchronous events"),
	STEP(KEEP_ALIVE, nvme_init_keep_alive, nvme_init_keep_alive_check, COMMAND, NVM_CTRLR,
	     "setting the keep alive timer"),
	STEP(NVM_CTRLR, nvme_init_nvm_ctrlr, nvme_init_nvm_ctrlr_check, COMMAND, ZNS_CTRLR,
	     "identifying its NVM command set"),
	STEP(ZNS_CTRLR, nvme_init_zns_ctrlr, nvme_init_zns_ctrlr_check, COMMAND, KV_CTRLR,
	     "identifying its zoned command set"),
	STEP(KV_CTRLR, nvme_init_kv_ctrlr, nvme_init_kv_ctrlr_check, COMMAND, ZNS_EFFECTS,
	     "identifying its key value command set"),
	STEP(ZNS_EFFECTS, nvme_init_zns_effects, nvme_init_zns_effects_check, COMMAND, QUEUES,
	     "reading the commands of its zoned command set"),
	STEP(QUEUES, nvme_init_queues, nvme_init_queues_check, COMMAND, ARBITRATION,
	     "setting the number of queues"),
	STEP(ARBITRATION, nvme_init_arbitration, nvme_init_arbitration_check, COMMAND, HOST_ID,
	     "setting arbitration"),
	STEP(HOST_ID, nvme_init_host_id, nvme_init_host_id_check, COMMAND, HOST_MEMORY,
	     "setting the host identifier"),
	STEP(HOST_MEMORY, nvme_init_host_memory, nvme_init_host_memory_check, COMMAND,
	     SHADOW_DOORBELLS, "giving it host memory"),
	STEP(SHADOW_DOORBELLS, nvme_init_shadow_doorbells, nvme_init_shadow_doorbells_check,
	     COMMAND, LOG_PAGES, "setting up shadow doorbells"),
	STEP(LOG_PAGES, nvme_init_log_pages, nvme_init_log_pages_check, COMMAND, INTEL_LOG_PAGES,
	     "reading which log pages it has"),
	STEP(INTEL_LOG_PAGES, nvme_init_intel_log_pages, nvme_init_intel_log_pages_check, COMMAND,
	     FEATURES, "reading which log pages of the vendor it has"),
	STEP(FEATURES, nvme_init_features, NULL, COMMAND, ACTIVE_NS, "listing its features"),
	STEP(ACTIVE_NS, nvme_init_active_ns, nvme_init_active_ns_check, COMMAND, NS,
	     "reading the list of active namespaces"),
	STEP(NS, nvme_init_ns, nvme_init_ns_check, COMMAND, NS_DESCRIPTORS,
	     "identifying a namespace"),
	STEP(NS_DESCRIPTORS, nvme_init_ns_descriptors, nvme_init_ns_descriptors_check, COMMAND,
	     NS_NVM, "reading the identifiers of a namespace"),
	STEP(NS_NVM, nvme_init_ns_nvm, nvme_init_ns_nvm_check, COMMAND, NS_ZNS,
	     "identifying a namespace for the NVM command set"),
	STEP(NS_ZNS, nvme_init_ns_zns, nvme_init_ns_zns_check, COMMAND, NS_KV,
	     "identifying a zoned namespace"),
	STEP(NS_KV, nvme_init_ns_kv, nvme_init_ns_kv_check, COMMAND, NS_NEXT,
	     "identifying a namespace of keys"),
	STEP(NS_NEXT, nvme_init_ns_next, NULL, COMMAND, ANA, "going to the next namespace"),
	STEP(ANA, nvme_init_ana, nvme_init_ana_check, COMMAND, TRANSPORT,
	     "reading the states of its ANA groups"),
	STEP(TRANSPORT, nvme_init_transport, NULL, COMMAND, READY, "finishing its transport"),
	STEP(READY, nothing, NULL, COMMAND, READY, "ready"),
	STEP(FAILED, nothing, NULL, COMMAND, FAILED, "failed"),
};

static uint64_t
limit_ms(const struct spdk_nvme_ctrlr *ctrlr, enum limit limit)
{
	switch (limit) {
	case LIMIT_READY:
		return (uint64_t)ctrlr->ready_units * READY_UNIT_MS;
	case LIMIT_SHUTDOWN:
		return SHUTDOWN_MS;
	case LIMIT_COMMAND:
		break;
	}
	return ctrlr->opts.admin_timeout_ms;
}

static void
enter(struct spdk_nvme_ctrlr *ctrlr, enum nvme_init_state state)
{
	struct nvme_init *init = &ctrlr->init;
	uint64_t now = spdk_get_ticks();

	init->state = state;
	init->next_state = NVME_INIT_NONE;
	init->has_begun = false;
	init->deadline = nvme_deadline_ms(limit_ms(ctrlr, g_steps[state].limit));
	if (init->sleep_until > now && init->deadline != NVME_INIT_NEVER) {
		init->deadline += init->sleep_until - now;
	}
}

int
nvme_init_goto(struct spdk_nvme_ctrlr *ctrlr, enum nvme_init_state state)
{
	ctrlr->init.next_state = state;
	return INIT_NEXT;
}

int
nvme_init_fail(struct spdk_nvme_ctrlr *ctrlr, int rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ctrlr->init.cause, sizeof(ctrlr->init.cause), format, args);
	va_end(args);
	return rc;
}

int
nvme_init_fail_command(struct spdk_nvme_ctrlr *ctrlr)
{
	const struct spdk_nvme_status *status = &ctrlr->init.cpl.status;

	return nvme_init_fail(ctrlr, -EIO, "%s (sct 0x%x, sc 0x%x)",
			      spdk_nvme_cpl_get_status_string(status), status->sct, status->sc);
}

static void
command_done(void *arg, const struct spdk_nvme_cpl *cpl)
{
	struct spdk_nvme_ctrlr *ctrlr = arg;

	ctrlr->init.cpl = *cpl;
	ctrlr->init.is_command_pending = false;
}

int
nvme_init_submit(struct spdk_nvme_ctrlr *ctrlr, struct nvme_admin_command *command)
{
	int rc;

	command->cb_fn = command_done;
	command->cb_arg = ctrlr;
	command->is_quiet = true;
	ctrlr->init.is_command_pending = true;
	rc = nvme_admin_submit(ctrlr, command);
	if (rc != 0) {
		ctrlr->init.is_command_pending = false;
		return nvme_init_fail(ctrlr, rc, "the command could not be submitted: %s",
				      spdk_strerror(-rc));
	}
	return INIT_STAY;
}

int
nvme_init_set_feature(struct spdk_nvme_ctrlr *ctrlr, uint8_t feature, uint32_t cdw11)
{
	struct nvme_admin_command command = {0};

	command.cmd.opc = SPDK_NVME_OPC_SET_FEATURES;
	command.cmd.cdw10_bits.set_features.fid = feature;
	command.cmd.cdw11 = cdw11;
	return nvme_init_submit(ctrlr, &command);
}

int
nvme_init_identify(struct spdk_nvme_ctrlr *ctrlr, uint8_t cns, uint32_t nsid, uint8_t csi)
{
	struct nvme_admin_command command;

	memset(ctrlr->init.buffer, 0, sizeof(ctrlr->init.buffer));
	nvme_admin_build_identify(&command, cns, nsid, csi, ctrlr->init.buffer);
	return nvme_init_submit(ctrlr, &command);
}

void
nvme_init_build_log_page(struct spdk_nvme_ctrlr *ctrlr, struct nvme_admin_command *command,
			 uint8_t log_page, uint32_t nsid, uint32_t size)
{
	assert(size <= sizeof(ctrlr->init.buffer));
	memset(ctrlr->init.buffer, 0, sizeof(ctrlr->init.buffer));
	nvme_admin_build_log_page(command, log_page, nsid, ctrlr->init.buffer, size);
}

int
nvme_init_keep_copy(struct spdk_nvme_ctrlr *ctrlr, void *out_copy)
{
	void **copy = out_copy;

	if (*copy == NULL) {
		*copy = malloc(sizeof(ctrlr->init.buffer));
	}
	if (*copy == NULL) {
		return -ENOMEM;
	}
	memcpy(*copy, ctrlr->init.buffer, sizeof(ctrlr->init.buffer));
	return INIT_NEXT;
}

void
nvme_init_sleep(struct spdk_nvme_ctrlr *ctrlr, uint64_t ms)
{
	ctrlr->init.sleep_until = spdk_get_ticks() + ms * spdk_get_ticks_hz() / 1000;
}

void
nvme_ctrlr_begin_init(struct spdk_nvme_ctrlr *ctrlr)
{
	ctrlr->init.rc = 0;
	ctrlr->init.cause[0] = '\0';
	ctrlr->init.is_command_pending = false;
	ctrlr->init.sleep_until = 0;
	ctrlr->init.is_refresh = false;
	/* Until CAP has been read. */
	ctrlr->ready_units = 1;
	enter(ctrlr, NVME_INIT_READ_REGISTERS);
}

bool
nvme_ctrlr_is_ready(const struct spdk_nvme_ctrlr *ctrlr)
{
	/* Also while namespaces are read anew. */
	return ctrlr->init.state == NVME_INIT_READY || ctrlr->init.is_refresh;
}

/* The one message about a failure. */
static int
fail(struct spdk_nvme_ctrlr *ctrlr, int rc)
{
	const char *cause = ctrlr->init.cause[0] != '\0' ? ctrlr->init.cause : spdk_strerror(-rc);

	SPDK_ERRLOG("NVMe controller %s: %s failed while %s: %s.\n", nvme_ctrlr_name(ctrlr),
		    ctrlr->init.is_refresh ? "reading its namespaces anew" : "initialisation",
		    g_steps[ctrlr->init.state].doing, cause);
	ctrlr->init.rc = rc;
	enter(ctrlr, NVME_INIT_FAILED);
	return rc;
}

/* I3. */
static int
look_at_device(struct spdk_nvme_ctrlr *ctrlr)
{
	union spdk_nvme_csts_register csts = {.raw = 0};
	int rc = 0;

	if (ctrlr->pci_device != NULL && spdk_pci_device_is_removed(ctrlr->pci_device)) {
		nvme_ctrlr_mark_removed(ctrlr);
	}
	if (!ctrlr->is_removed) {
		rc = nvme_ctrlr_read_csts(ctrlr, &csts);
	}
	if (ctrlr->is_removed) {
		return nvme_init_fail(ctrlr, -ENXIO, "the device has been removed");
	}
	if (rc == 0 && csts.bits.cfs && ctrlr->init.is_command_pending) {
		return nvme_init_fail(ctrlr, -EIO,
				      "the controller reports a fatal error (CSTS.CFS)");
	}
	return rc;
}

/* 1: it is over, 0: it waits. */
static int
poll_command(struct spdk_nvme_ctrlr *ctrlr)
{
	int32_t rc;

	if (!ctrlr->init.is_command_pending) {
		return 1;
	}
	rc = spdk_nvme_qpair_process_completions(ctrlr->adminq, 0);
	if (rc < 0) {
		return nvme_init_fail(ctrlr, rc, "the admin queue has failed: %s",
				      spdk_strerror(-rc));
	}
	return ctrlr->init.is_command_pending ? 0 : 1;
}

/* INIT_NEXT: the state is over. */
static int
step(struct spdk_nvme_ctrlr *ctrlr)
{
	const struct init_step *current = &g_steps[ctrlr->init.state];
	int rc;

	if (!ctrlr->init.has_begun) {
		ctrlr->init.has_begun = true;
		rc = current->begin(ctrlr);
		if (rc != INIT_STAY) {
			return rc;
		}
	}
	rc = poll_command(ctrlr);
	if (rc == 1) {
		rc = current->check != NULL ? current->check(ctrlr) : INIT_NEXT;
	}
	if (rc == INIT_STAY && spdk_get_ticks() >= ctrlr->init.deadline) {
		if (ctrlr->init.state == NVME_INIT_WAIT_ENABLED) {
			/* Clearing EN is the one thing that may help it. */
			return INIT_NEXT;
		}
		rc = nvme_init_fail(ctrlr, -ETIMEDOUT, "nothing happened within %" PRIu64 " ms",
				    limit_ms(ctrlr, current->limit));
	}
	return rc;
}

static enum nvme_init_state
next_of(const struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->init.next_state != NVME_INIT_NONE) {
		return ctrlr->init.next_state;
	}
	if (ctrlr->init.is_refresh && ctrlr->init.state == NVME_INIT_ANA) {
		return NVME_INIT_READY;
	}
	return g_steps[ctrlr->init.state].next;
}

static int
process(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	if (ctrlr->init.state == NVME_INIT_FAILED) {
		return ctrlr->init.rc;
	}
	for (int i = 0; i < STEPS_MAX && ctrlr->init.state != NVME_INIT_READY; i++) {
		if (spdk_get_ticks() < ctrlr->init.sleep_until) {
			return 0;
		}
		rc = look_at_device(ctrlr);
		if (rc == 0) {
			rc = step(ctrlr);
		}
		if (rc < 0) {
			return fail(ctrlr, rc);
		}
		if (rc == INIT_STAY) {
			return 0;
		}
		enter(ctrlr, next_of(ctrlr));
	}
	return 0;
}

/*
 * The last states once more, for namespaces that have changed. With the lock, of which the states
 * belong to one thread at a time: -EAGAIN: another one is at them.
 */
static int
begin_refresh(struct spdk_nvme_ctrlr *ctrlr)
{
	if (ctrlr->init.is_refresh) {
		return -EAGAIN;
	}
	if (!nvme_ctrlr_is_ready(ctrlr) || ctrlr->is_failed) {
		/* A reset reads them all, too. */
		return -ENXIO;
	}
	ctrlr->init.is_refresh = true;
	ctrlr->init.cause[0] = '\0';
	enter(ctrlr, NVME_INIT_ACTIVE_NS);
	return 0;
}

/* With the lock. -EAGAIN: it goes on. */
static int
poll_refresh(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc = process(ctrlr);

	if (rc == 0 && ctrlr->init.state != NVME_INIT_READY) {
		return -EAGAIN;
	}
	ctrlr->init.is_refresh = false;
	if (rc != 0 && ctrlr->init.is_command_pending) {
		nvme_ctrlr_fail(ctrlr);
		nvme_ctrlr_disconnect_admin(ctrlr);
	} else if (rc != 0) {
		enter(ctrlr, NVME_INIT_READY);
	}
	return rc;
}

/* Calls it with the lock, until it has an answer; others may take the lock in between. */
static int
repeat(struct spdk_nvme_ctrlr *ctrlr, int (*fn)(struct spdk_nvme_ctrlr *ctrlr))
{
	struct nvme_rest rest = {0};
	int rc;

	for (;; nvme_rest(&rest)) {
		nvme_ctrlr_lock(ctrlr);
		rc = fn(ctrlr);
		nvme_ctrlr_unlock(ctrlr);
		if (rc != -EAGAIN) {
			return rc;
		}
	}
}

int
nvme_ns_refresh(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc = repeat(ctrlr, begin_refresh);

	return rc != 0 ? rc : repeat(ctrlr, poll_refresh);
}

int
nvme_ctrlr_process_init(struct spdk_nvme_ctrlr *ctrlr)
{
	int rc;

	nvme_ctrlr_lock(ctrlr);
	rc = process(ctrlr);
	nvme_ctrlr_unlock(ctrlr);
	return rc;
}
