/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Modules and drivers that are there, and which of them does what.
 *
 * Both lists are as their constructors, which run in any order, have filled them; they are looked
 * through when the framework starts. A module is used from its module_init() on until it has been
 * asked to finish, which is done in the reverse order.
 */
#include "io/accel/accel_internal.h"
#include "spdk/string.h"

TAILQ_HEAD(module_list, spdk_accel_module_if);
TAILQ_HEAD(driver_list, spdk_accel_driver);

/* Sorted by priority, lowest first; equals as they came. */
static struct module_list g_modules = TAILQ_HEAD_INITIALIZER(g_modules);
static struct driver_list g_drivers = TAILQ_HEAD_INITIALIZER(g_drivers);

/* Those that were started, in that order. */
#define MODULES_MAX 64
static struct spdk_accel_module_if *g_started[MODULES_MAX];
static uint32_t g_started_count;

const struct accel_operation g_accel_operations[SPDK_ACCEL_OPC_LAST] = {
	[SPDK_ACCEL_OPC_COPY] = {"copy", ACCEL_READS_S | ACCEL_WRITES_D | ACCEL_CAN_MOVE_D},
	[SPDK_ACCEL_OPC_FILL] = {"fill", ACCEL_WRITES_D | ACCEL_CAN_MOVE_D},
	[SPDK_ACCEL_OPC_DUALCAST] = {"dualcast", ACCEL_READS_S | ACCEL_WRITES_D},
	[SPDK_ACCEL_OPC_COMPARE] = {"compare", ACCEL_READS_S | ACCEL_READS_D},
	[SPDK_ACCEL_OPC_CRC32C] = {"crc32c", ACCEL_READS_S},
	[SPDK_ACCEL_OPC_COPY_CRC32C] = {"copy_crc32c", ACCEL_READS_S | ACCEL_WRITES_D},
	[SPDK_ACCEL_OPC_COMPRESS] = {"compress", ACCEL_READS_S | ACCEL_WRITES_D},
	[SPDK_ACCEL_OPC_DECOMPRESS] = {"decompress",
				       ACCEL_READS_S | ACCEL_WRITES_D | ACCEL_CAN_MOVE_D},
	[SPDK_ACCEL_OPC_ENCRYPT] = {"encrypt", ACCEL_READS_S | ACCEL_WRITES_D | ACCEL_CAN_MOVE_D |
						       ACCEL_IN_PLACE},
	[SPDK_ACCEL_OPC_DECRYPT] = {"decrypt", ACCEL_READS_S | ACCEL_WRITES_D | ACCEL_CAN_MOVE_D |
						       ACCEL_IN_PLACE},
	[SPDK_ACCEL_OPC_XOR] = {"xor", ACCEL_READS_S | ACCEL_WRITES_D},
	[SPDK_ACCEL_OPC_DIF_VERIFY] = {"dif_verify", ACCEL_READS_S},
	[SPDK_ACCEL_OPC_DIF_VERIFY_COPY] = {"dif_verify_copy",
					    ACCEL_READS_S | ACCEL_WRITES_D | ACCEL_CAN_MOVE_D},
	[SPDK_ACCEL_OPC_DIF_GENERATE] = {"dif_generate", ACCEL_READS_S | ACCEL_WRITES_S},
	[SPDK_ACCEL_OPC_DIF_GENERATE_COPY] = {"dif_generate_copy",
					      ACCEL_READS_S | ACCEL_WRITES_D | ACCEL_CAN_MOVE_D},
	[SPDK_ACCEL_OPC_DIX_GENERATE] = {"dix_generate", ACCEL_READS_S | ACCEL_WRITES_D},
	[SPDK_ACCEL_OPC_DIX_VERIFY] = {"dix_verify", ACCEL_READS_S | ACCEL_READS_D},
};

static bool
is_opcode(enum spdk_accel_opcode opcode)
{
	return (unsigned int)opcode < SPDK_ACCEL_OPC_LAST;
}

const char *
spdk_accel_get_opcode_name(enum spdk_accel_opcode opcode)
{
	return is_opcode(opcode) ? g_accel_operations[opcode].name : NULL;
}

int
accel_opcode_by_name(const char *name)
{
	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		if (strcmp(g_accel_operations[i].name, name) == 0) {
			return i;
		}
	}
	return -ENOENT;
}

/* ---- What registers itself ---- */

void
spdk_accel_module_list_add(struct spdk_accel_module_if *accel_module)
{
	struct spdk_accel_module_if *other;

	TAILQ_FOREACH (other, &g_modules, tailq) {
		if (other == accel_module) {
			return;
		}
	}
	TAILQ_FOREACH (other, &g_modules, tailq) {
		if (other->priority > accel_module->priority) {
			TAILQ_INSERT_BEFORE(other, accel_module, tailq);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&g_modules, accel_module, tailq);
}

struct spdk_accel_module_if *
spdk_accel_get_module(const char *name)
{
	struct spdk_accel_module_if *module;

	TAILQ_FOREACH (module, &g_modules, tailq) {
		if (name != NULL && strcmp(module->name, name) == 0) {
			return module;
		}
	}
	return NULL;
}

struct spdk_accel_module_if *
accel_next_module(struct spdk_accel_module_if *prev)
{
	return prev == NULL ? TAILQ_FIRST(&g_modules) : TAILQ_NEXT(prev, tailq);
}

void
spdk_accel_driver_register(struct spdk_accel_driver *driver)
{
	struct spdk_accel_driver *other;

	TAILQ_FOREACH (other, &g_drivers, tailq) {
		if (other == driver) {
			return;
		}
	}
	TAILQ_INSERT_TAIL(&g_drivers, driver, tailq);
}

/* ---- Modules that start and stop ---- */

bool
accel_module_is_used(const struct spdk_accel_module_if *module)
{
	for (uint32_t i = 0; i < g_started_count; i++) {
		if (g_started[i] == module) {
			return true;
		}
	}
	return false;
}

static int
start_module(struct spdk_accel_module_if *module)
{
	int rc;

	if (spdk_accel_get_module(module->name) != module) {
		SPDK_ERRLOG("accel: there are two modules '%s': one must go\n", module->name);
		return -EINVAL;
	}
	if (g_started_count == MODULES_MAX) {
		SPDK_ERRLOG("accel: there are more than %d modules\n", MODULES_MAX);
		return -EINVAL;
	}
	rc = module->module_init();
	if (rc == -ENODEV) {
		SPDK_NOTICELOG("accel: the module '%s' has nothing to work with and is left out\n",
			       module->name);
		return 0;
	}
	if (rc != 0) {
		SPDK_ERRLOG("accel: the module '%s' did not start: %s\n", module->name,
			    spdk_strerror(-rc));
		return rc;
	}
	g_started[g_started_count++] = module;
	if (module->get_ctx_size != NULL) {
		g_accel.module_ctx_size = spdk_max(g_accel.module_ctx_size, module->get_ctx_size());
	}
	return 0;
}

int
accel_start_modules(void)
{
	struct spdk_accel_module_if *module;
	int rc;

	g_accel.module_ctx_size = 0;
	TAILQ_FOREACH (module, &g_modules, tailq) {
		rc = start_module(module);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

bool
accel_stop_next_module(void)
{
	while (g_started_count > 0) {
		struct spdk_accel_module_if *module = g_started[--g_started_count];

		if (module->module_fini != NULL) {
			module->module_fini(NULL);
			return true;
		}
	}
	return false;
}

/* ---- Assignments ---- */

static int
assign_wanted(enum spdk_accel_opcode opcode, struct accel_assignment *assignment)
{
	struct spdk_accel_module_if *module = spdk_accel_get_module(assignment->wanted);
	const char *operation = g_accel_operations[opcode].name;

	if (module == NULL || !accel_module_is_used(module)) {
		SPDK_ERRLOG("accel: '%s' is assigned to the module '%s', which %s: "
			    "accel_get_module_info tells those there are\n",
			    operation, assignment->wanted,
			    module == NULL ? "is not there" : "has nothing to work with");
		return -EINVAL;
	}
	if (!module->supports_opcode(opcode)) {
		SPDK_ERRLOG("accel: '%s' is assigned to the module '%s', which cannot do it\n",
			    operation, assignment->wanted);
		return -EINVAL;
	}
	assignment->module = module;
	return 0;
}

static void
assign_best(enum spdk_accel_opcode opcode, struct accel_assignment *assignment)
{
	/* They are in the order of their start, which is that of their priority. */
	for (uint32_t i = 0; i < g_started_count; i++) {
		if (g_started[i]->supports_opcode(opcode)) {
			assignment->module = g_started[i];
		}
	}
}

int
accel_assign_modules(void)
{
	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		struct accel_assignment *assignment = &g_accel.assignments[i];
		struct spdk_accel_module_if *module;
		int rc;

		if (assignment->wanted != NULL) {
			rc = assign_wanted(i, assignment);
			if (rc != 0) {
				return rc;
			}
		} else {
			assign_best(i, assignment);
		}
		module = assignment->module;
		assignment->reaches_domains = module != NULL &&
					      module->get_memory_domains != NULL &&
					      module->get_memory_domains(NULL, 0) > 0;
	}
	return 0;
}

void
accel_forget_assignments(void)
{
	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		free(g_accel.assignments[i].wanted);
		memset(&g_accel.assignments[i], 0, sizeof(g_accel.assignments[i]));
	}
}

bool
accel_can_be_set_up(void)
{
	return g_accel.state == ACCEL_DOWN;
}

int
spdk_accel_assign_opc(enum spdk_accel_opcode opcode, const char *name)
{
	char *copy;

	if (!is_opcode(opcode) || name == NULL || !accel_can_be_set_up()) {
		SPDK_ERRLOG("spdk_accel_assign_opc(): %s\n",
			    !is_opcode(opcode) ? "there is no such operation" :
			    name == NULL       ? "the name of the module is NULL" :
						 "the framework has started: assign before that");
		return -EINVAL;
	}
	copy = strdup(name);
	if (copy == NULL) {
		return -ENOMEM;
	}
	free(g_accel.assignments[opcode].wanted);
	g_accel.assignments[opcode].wanted = copy;
	return 0;
}

int
spdk_accel_get_opc_module_name(enum spdk_accel_opcode opcode, const char **module_name)
{
	if (!is_opcode(opcode) || module_name == NULL) {
		return -EINVAL;
	}
	if (g_accel.assignments[opcode].module == NULL) {
		return -ENOENT;
	}
	*module_name = g_accel.assignments[opcode].module->name;
	return 0;
}

int
spdk_accel_get_opc_memory_domains(enum spdk_accel_opcode opcode,
				  struct spdk_memory_domain **domains, int array_size)
{
	struct spdk_accel_module_if *module;

	if (!is_opcode(opcode)) {
		return -EINVAL;
	}
	module = g_accel.assignments[opcode].module;
	if (module == NULL) {
		return -ENOENT;
	}
	return module->get_memory_domains != NULL ?
		       module->get_memory_domains(domains, array_size) :
		       0;
}

uint8_t
spdk_accel_get_buf_align(enum spdk_accel_opcode opcode,
			 const struct spdk_accel_operation_exec_ctx *ctx)
{
	struct spdk_accel_opcode_info info = {0};
	struct spdk_accel_module_if *module;
	uint8_t align = 0;

	if (!is_opcode(opcode)) {
		return 0;
	}
	module = g_accel.assignments[opcode].module;
	if (module != NULL && module->get_operation_info != NULL &&
	    module->get_operation_info(opcode, ctx, &info) == 0) {
		align = info.required_alignment;
	}
	info.required_alignment = 0;
	if (g_accel.driver != NULL && g_accel.driver->get_operation_info != NULL &&
	    g_accel.driver->get_operation_info(opcode, ctx, &info) == 0) {
		align = spdk_max(align, info.required_alignment);
	}
	return align;
}

static struct spdk_accel_driver *
find_driver(const char *name)
{
	struct spdk_accel_driver *driver;

	TAILQ_FOREACH (driver, &g_drivers, tailq) {
		if (strcmp(driver->name, name) == 0) {
			break;
		}
	}
	return driver;
}

static bool
is_none(const char *driver_name)
{
	return driver_name == NULL || driver_name[0] == '\0';
}

bool
accel_driver_exists(const char *name)
{
	return is_none(name) || find_driver(name) != NULL;
}

const char *
accel_next_driver(const char *prev)
{
	struct spdk_accel_driver *driver =
		prev == NULL ? TAILQ_FIRST(&g_drivers) : TAILQ_NEXT(find_driver(prev), tailq);

	return driver != NULL ? driver->name : NULL;
}

int
spdk_accel_set_driver(const char *name)
{
	if (!accel_can_be_set_up()) {
		SPDK_ERRLOG("spdk_accel_set_driver(): the framework has started: choose before "
			    "that\n");
		return -EINVAL;
	}
	if (!accel_driver_exists(name)) {
		SPDK_ERRLOG("spdk_accel_set_driver(): there is no driver '%s'\n", name);
		return -ENOENT;
	}
	g_accel.driver = is_none(name) ? NULL : find_driver(name);
	return 0;
}

const char *
spdk_accel_get_driver_name(void)
{
	return g_accel.driver != NULL ? g_accel.driver->name : NULL;
}
