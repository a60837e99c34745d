/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arbitrary bytes as a configuration, with methods whose parameters are of every kind. Whatever
 * comes: what is refused is explained with a place, each entry has a place and a path, what was
 * found right can be decoded and what was found wrong cannot, and nothing is left afterwards.
 *
 * The first byte chooses: whether methods are restricted, and whether the text is a file.
 */
#include "control/init/config_internal.h"
#include "control/rpc.h"
#include "control/subsystem.h"
#include "spdk/log.h"
#include "spdk/util.h"

#include <sys/mman.h>

enum choice {
	CHOOSE_ALLOWLIST = 1,
	CHOOSE_FILE = 2,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool condition)
{
	if (!condition) {
		abort();
	}
}

struct inner {
	char *text;
	struct {
		uint8_t level;
		char *word;
	} deep;
};

struct all {
	bool flag;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	int32_t i32;
	char *text;
	struct spdk_uuid uuid;
	int color;
	struct inner inner;
	uint32_t numbers[3];
	size_t numbers_count;
	char *texts[3];
	size_t texts_count;
	struct inner inners[3];
	size_t inners_count;
	const struct spdk_json_val *value;
};

static const struct spindle_rpc_choice g_colors[] = {{"red", 1}, {"blue", 2}, {NULL, 0}};

#define DEEP(field) (offsetof(struct inner, deep.field) - offsetof(struct inner, deep))

static const struct spindle_rpc_param g_deep_members[] = {
	{.name = "l", .kind = SPINDLE_RPC_UINT8, .offset = DEEP(level), .doc = "Level"},
	{.name = "w", .kind = SPINDLE_RPC_STRING, .offset = DEEP(word), .doc = "Word"},
};
static const struct spindle_rpc_object g_deep = {
	.size = sizeof(((struct inner *)NULL)->deep),
	.members = g_deep_members,
	.members_count = SPDK_COUNTOF(g_deep_members),
};

static const struct spindle_rpc_param g_inner_members[] = {
	{.name = "t",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct inner, text),
	 .doc = "Text"},
	{.name = "d",
	 .kind = SPINDLE_RPC_OBJECT_OF,
	 .offset = offsetof(struct inner, deep),
	 .doc = "Deep",
	 .members = &g_deep},
};
static char g_word[] = "by default";
static const struct inner g_inner_defaults = {.deep = {.level = 1, .word = g_word}};
static const struct spindle_rpc_object g_inner =
	SPINDLE_RPC_OBJECT_WITH(struct inner, g_inner_members, &g_inner_defaults);

static const struct spindle_rpc_param g_number = {.name = "n", .kind = SPINDLE_RPC_UINT32};
static const struct spindle_rpc_param g_text = {.name = "t", .kind = SPINDLE_RPC_STRING};
static const struct spindle_rpc_param g_object = {
	.name = "o", .kind = SPINDLE_RPC_OBJECT_OF, .members = &g_inner};

#define PLAIN(member, field, kind_of)                                       \
	{                                                                   \
		.name = (member), .kind = SPINDLE_RPC_##kind_of,            \
		.offset = offsetof(struct all, field), .doc = "A " #kind_of \
	}
#define ARRAY(member, field, of)                                                        \
	{                                                                               \
		.name = (member), .kind = SPINDLE_RPC_ARRAY_OF,                         \
		.offset = offsetof(struct all, field), .doc = "Some", .element = &(of), \
		.stride = sizeof(((struct all *)NULL)->field[0]), .max = 3,             \
		.count_offset = offsetof(struct all, field##_count)                     \
	}

static const struct spindle_rpc_param g_members[] = {
	PLAIN("flag", flag, BOOL),
	PLAIN("u8", u8, UINT8),
	PLAIN("u16", u16, UINT16),
	PLAIN("u32", u32, UINT32),
	PLAIN("u64", u64, UINT64),
	PLAIN("i32", i32, INT32),
	PLAIN("t", text, STRING),
	PLAIN("uuid", uuid, UUID),
	{.name = "c",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct all, color),
	 .doc = "Color",
	 .choices = g_colors},
	{.name = "o",
	 .kind = SPINDLE_RPC_OBJECT_OF,
	 .offset = offsetof(struct all, inner),
	 .doc = "Object",
	 .members = &g_inner},
	ARRAY("ns", numbers, g_number),
	ARRAY("ts", texts, g_text),
	ARRAY("os", inners, g_object),
	PLAIN("v", value, VALUE),
};
static const struct spindle_rpc_object g_table = SPINDLE_RPC_OBJECT(struct all, g_members);

static char g_default_text[] = "text by default";
static const struct all g_defaults = {
	.text = g_default_text,
	.inner = {.text = g_default_text, .deep = {.word = g_default_text}},
	.numbers = {1, 2},
	.numbers_count = 2,
};
static const struct spindle_rpc_object g_table_with_defaults =
	SPINDLE_RPC_OBJECT_WITH(struct all, g_members, &g_defaults);

static void
never_called(struct spdk_jsonrpc_request *request, void *params)
{
	abort();
}

static void
never_called_plain(struct spdk_jsonrpc_request *request, const struct spdk_json_val *params)
{
	abort();
}

static struct spindle_rpc_method g_methods[] = {
	{.name = "all", .fn = never_called, .state_mask = 3, .params = &g_table, .summary = ""},
	{.name = "def",
	 .fn = never_called,
	 .state_mask = 3,
	 .params = &g_table_with_defaults,
	 .summary = ""},
	{.name = "none", .fn = never_called, .state_mask = 3, .summary = ""},
};

static struct spdk_subsystem g_subsystem = {.name = "s"};

static bool g_is_explained;
static size_t g_faults;

static void
take_message(int level, const char *file, const int line, const char *func, const char *format,
	     va_list args)
{
	char text[2048];

	vsnprintf(text, sizeof(text), format, args);
	g_is_explained |= level == SPDK_LOG_ERROR && strncmp(text, "fuzz:", 5) == 0;
	g_faults += level == SPDK_LOG_ERROR;
}

static void
register_methods(void)
{
	static bool is_done;

	if (is_done) {
		return;
	}
	is_done = true;
	for (size_t i = 0; i < SPDK_COUNTOF(g_methods); i++) {
		spindle_rpc_add_method(&g_methods[i]);
	}
	spdk_rpc_register_method("raw", never_called_plain, SPDK_RPC_STARTUP);
	spdk_rpc_register_alias_deprecated("all", "old");
	spdk_add_subsystem(&g_subsystem);
	spdk_log_open(take_message);
}

/* Decoding comes to the same as looking, and what is made can be freed. */
static void
decode(const struct config_entry *entry)
{
	const struct spindle_rpc_method *method;
	struct rpc_fault fault, seen;
	const char *called;
	struct all out;
	int rc, looked;

	method = rpc_find_value(entry->method, &called);
	if (method == NULL || method->params == NULL || method->params->size != sizeof(out)) {
		return;
	}
	looked = rpc_check_params(method, entry->params, &seen);
	rc = rpc_params_decode(method->params, entry->params, &out, &fault);
	check(rc == looked);
	if (rc != 0) {
		check(strcmp(fault.reason, seen.reason) == 0 && fault.value == seen.value);
		check(fault.reason[0] != '\0');
	}
	check(out.numbers_count <= 3 && out.texts_count <= 3 && out.inners_count <= 3);
	rpc_params_free(method->params, &out);
	check(strcmp(g_default_text, "text by default") == 0);
}

static void
walk(const struct config *config, size_t *out_entries)
{
	struct config_walk walk = {0};
	struct config_entry entry;
	char place[CONFIG_PLACE_SIZE];

	*out_entries = 0;
	while (config_walk_next(config, &walk, &entry)) {
		(*out_entries)++;
		check(*out_entries <= config->values_count);
		check(strncmp(config_place(config, entry.entry, place), "fuzz:", 5) == 0);
		check(strstr(place, "subsystems[") != NULL);
		check(entry.method->type == SPDK_JSON_VAL_STRING);
		decode(&entry);
	}
}

static int
read_as_file(const void *text, size_t size, struct config **out_config)
{
	int fd = memfd_create("config", MFD_CLOEXEC);
	char path[64];
	int rc;

	check(fd >= 0 && write(fd, text, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = config_read_file(path, out_config);
	/* It is explained by another name. */
	g_is_explained |= rc != 0 && g_faults > 0;
	close(fd);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *allowed[] = {"all", "none", NULL};
	struct config *config = NULL;
	uint8_t choice = size > 0 ? data[0] : 0;
	size_t entries;
	int rc;

	register_methods();
	if (size > 0) {
		data++;
		size--;
	}
	g_is_explained = false;
	g_faults = 0;
	spdk_rpc_set_allowlist(choice & CHOOSE_ALLOWLIST ? allowed : NULL);
	rc = config_read_text("fuzz", data, size, &config);
	check((rc == 0) == (config != NULL));
	check(rc == 0 || (rc == -EINVAL && g_is_explained && g_faults == 1));
	if (choice & CHOOSE_FILE) {
		struct config *other = NULL;

		check(read_as_file(data, size, &other) == rc);
		config_free(other);
	}
	if (config != NULL) {
		g_faults = 0;
		rc = config_check(config);
		check(rc == 0 ? g_faults == 0 : g_faults > 0);
		walk(config, &entries);
		check(entries >= spdk_min(g_faults, 20) || rc == 0);
	}
	config_free(config);
	spdk_rpc_set_allowlist(NULL);
	return 0;
}
