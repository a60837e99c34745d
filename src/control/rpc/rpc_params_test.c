/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parameters by tables: every kind, and every way in which a text can be wrong for it; what is
 * made is freed, whatever fails on the way.
 */
#include "base/failing_malloc.h"

#include "control/rpc_fixture.h"
#include "spdk/uuid.h"

#define IDS_MAX   3
#define NAMES_MAX 2
#define PATHS_MAX 2

enum color {
	RED = -1,
	BLUE = 5,
};

struct path {
	char *address;
	uint16_t port;
	struct {
		char *realm;
	} login;
};

struct all {
	bool flag;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	int32_t i32;
	char *name;
	struct spdk_uuid uuid;
	int color;
	struct path main;
	uint32_t ids[IDS_MAX];
	size_t ids_count;
	char *names[NAMES_MAX];
	size_t names_count;
	struct path paths[PATHS_MAX];
	size_t paths_count;
	const struct spdk_json_val *value;
};

static const struct spindle_rpc_choice g_colors[] = {{"red", RED}, {"blue", BLUE}, {NULL, 0}};

struct login {
	char *realm;
};

static const struct spindle_rpc_param g_login_members[] = {
	{.name = "realm", .kind = SPINDLE_RPC_STRING, .doc = "Realm"},
};
static const struct spindle_rpc_object g_login = SPINDLE_RPC_OBJECT(struct login, g_login_members);

static const struct spindle_rpc_param g_path_members[] = {
	{.name = "address",
	 .kind = SPINDLE_RPC_STRING,
	 .is_required = true,
	 .offset = offsetof(struct path, address),
	 .doc = "Address"},
	{.name = "port",
	 .kind = SPINDLE_RPC_UINT16,
	 .offset = offsetof(struct path, port),
	 .doc = "Port"},
	{.name = "login",
	 .kind = SPINDLE_RPC_OBJECT_OF,
	 .offset = offsetof(struct path, login),
	 .doc = "Login",
	 .members = &g_login},
};
static char g_realm[] = "realm of a path";
static const struct path g_path_defaults = {.port = 4420, .login.realm = g_realm};
static const struct spindle_rpc_object g_path =
	SPINDLE_RPC_OBJECT_WITH(struct path, g_path_members, &g_path_defaults);

static const struct spindle_rpc_param g_id = {.name = "id", .kind = SPINDLE_RPC_UINT32};
static const struct spindle_rpc_param g_name = {.name = "name", .kind = SPINDLE_RPC_STRING};
static const struct spindle_rpc_param g_a_path = {
	.name = "path", .kind = SPINDLE_RPC_OBJECT_OF, .members = &g_path};

#define PLAIN(field, kind_of)                                               \
	{                                                                   \
		.name = #field, .kind = SPINDLE_RPC_##kind_of,              \
		.offset = offsetof(struct all, field), .doc = "A " #kind_of \
	}
#define ARRAY(field, of, limit)                                                                 \
	{                                                                                       \
		.name = #field, .kind = SPINDLE_RPC_ARRAY_OF,                                   \
		.offset = offsetof(struct all, field), .doc = "Some " #field, .element = &(of), \
		.stride = sizeof(((struct all *)NULL)->field[0]), .max = (limit),               \
		.count_offset = offsetof(struct all, field##_count)                             \
	}

static const struct spindle_rpc_param g_members[] = {
	PLAIN(flag, BOOL),
	PLAIN(u8, UINT8),
	PLAIN(u16, UINT16),
	PLAIN(u32, UINT32),
	PLAIN(u64, UINT64),
	PLAIN(i32, INT32),
	PLAIN(name, STRING),
	PLAIN(uuid, UUID),
	{.name = "color",
	 .kind = SPINDLE_RPC_ENUM,
	 .offset = offsetof(struct all, color),
	 .doc = "Color",
	 .choices = g_colors},
	{.name = "main",
	 .kind = SPINDLE_RPC_OBJECT_OF,
	 .offset = offsetof(struct all, main),
	 .doc = "Main path",
	 .members = &g_path},
	ARRAY(ids, g_id, IDS_MAX),
	ARRAY(names, g_name, NAMES_MAX),
	ARRAY(paths, g_a_path, PATHS_MAX),
	PLAIN(value, VALUE),
};
static const struct spindle_rpc_object g_table = SPINDLE_RPC_OBJECT(struct all, g_members);

static char g_default_name[] = "by default";
static char g_default_address[] = "somewhere";
static char g_default_realm[] = "its realm";
static const struct all g_defaults = {
	.flag = true,
	.u32 = 77,
	.name = g_default_name,
	.color = BLUE,
	.main = {.address = g_default_address, .port = 1, .login.realm = g_default_realm},
	.ids = {7, 8},
	.ids_count = 2,
};
static const struct spindle_rpc_object g_table_with_defaults =
	SPINDLE_RPC_OBJECT_WITH(struct all, g_members, &g_defaults);

static struct all g_out;
static struct rpc_fault g_fault;

static int
decode(const struct spindle_rpc_object *table, const char *text)
{
	memset(&g_out, 0xee, sizeof(g_out));
	return rpc_params_decode(table, text != NULL ? parse_json(text) : NULL, &g_out, &g_fault);
}

/* All members, each with something. */
static const char g_whole[] =
	"{\"flag\":true,\"u8\":255,\"u16\":65535,\"u32\":4294967295,\"u64\":18446744073709551615,"
	"\"i32\":-2147483648,\"name\":\"a \\u00e9\",\"uuid\":"
	"\"01234567-89ab-cdef-0123-456789abcdef\","
	"\"color\":\"red\",\"main\":{\"address\":\"m\",\"port\":1,\"login\":{\"realm\":\"r\"}},"
	"\"ids\":[1,2,3],\"names\":[\"x\",\"y\"],\"paths\":[{\"address\":\"p0\"},{\"address\":"
	"\"p1\",\"port\":2,\"login\":{\"realm\":\"s\"}}],\"value\":{\"any\":[1]}}";

static void
every_kind_comes_to_its_place(void **state)
{
	char uuid[SPDK_UUID_STRING_LEN];

	assert_int_equal(decode(&g_table, g_whole), 0);
	assert_true(g_out.flag);
	assert_int_equal(g_out.u8, 255);
	assert_int_equal(g_out.u16, 65535);
	assert_int_equal(g_out.u32, UINT32_MAX);
	assert_true(g_out.u64 == UINT64_MAX);
	assert_true(g_out.i32 == INT32_MIN);
	assert_string_equal(g_out.name, "a \xc3\xa9");
	spdk_uuid_fmt_lower(uuid, sizeof(uuid), &g_out.uuid);
	assert_string_equal(uuid, "01234567-89ab-cdef-0123-456789abcdef");
	assert_int_equal(g_out.color, RED);
	assert_string_equal(g_out.main.address, "m");
	assert_int_equal(g_out.main.port, 1);
	assert_string_equal(g_out.main.login.realm, "r");
	assert_int_equal(g_out.ids_count, 3);
	assert_int_equal(g_out.ids[2], 3);
	assert_int_equal(g_out.names_count, 2);
	assert_string_equal(g_out.names[1], "y");
	assert_int_equal(g_out.paths_count, 2);
	assert_string_equal(g_out.paths[0].address, "p0");
	assert_int_equal(g_out.paths[0].port, 4420);
	assert_ptr_equal(g_out.paths[0].login.realm, g_realm);
	assert_string_equal(g_out.paths[1].login.realm, "s");
	assert_int_equal(g_out.value->type, SPDK_JSON_VAL_OBJECT_BEGIN);
	assert_true(spdk_json_strequal(g_out.value + 1, "any"));
	rpc_params_free(&g_table, &g_out);
	assert_null(g_out.name);
	assert_int_equal(g_out.paths_count, 0);
	/* Twice does no harm. */
	rpc_params_free(&g_table, &g_out);
}

static void
a_number_may_be_written_in_any_way(void **state)
{
	assert_int_equal(decode(&g_table, "{\"u32\":1e3,\"i32\":-5.0,\"u64\":100e-2}"), 0);
	assert_int_equal(g_out.u32, 1000);
	assert_int_equal(g_out.i32, -5);
	assert_int_equal(g_out.u64, 1);
}

static void
what_is_left_out_is_zero_or_the_default(void **state)
{
	static const char *const none[] = {NULL, "null", "{}"};

	for (size_t i = 0; i < SPDK_COUNTOF(none); i++) {
		assert_int_equal(decode(&g_table, none[i]), 0);
		assert_false(g_out.flag);
		assert_null(g_out.name);
		assert_int_equal(g_out.ids_count, 0);
		assert_null(g_out.value);
		/* An object within begins with defaults of its own. */
		assert_int_equal(g_out.main.port, 4420);
		assert_ptr_equal(g_out.main.login.realm, g_realm);
		rpc_params_free(&g_table, &g_out);
		assert_int_equal(decode(&g_table_with_defaults, none[i]), 0);
		assert_true(g_out.flag);
		assert_ptr_equal(g_out.name, g_default_name);
		assert_int_equal(g_out.color, BLUE);
		assert_ptr_equal(g_out.main.address, g_default_address);
		assert_int_equal(g_out.main.port, 1);
		assert_ptr_equal(g_out.main.login.realm, g_default_realm);
		assert_int_equal(g_out.ids_count, 2);
		assert_int_equal(g_out.ids[1], 8);
		/* Its literals are not freed: free() would say so. */
		rpc_params_free(&g_table_with_defaults, &g_out);
	}
}

static void
what_is_given_takes_the_place_of_the_default(void **state)
{
	assert_int_equal(decode(&g_table_with_defaults,
				"{\"name\":\"given\",\"ids\":[],\"main\":{\"address\":\"there\"}}"),
			 0);
	assert_string_equal(g_out.name, "given");
	assert_int_equal(g_out.ids_count, 0);
	assert_string_equal(g_out.main.address, "there");
	assert_int_equal(g_out.main.port, 1);
	assert_ptr_equal(g_out.main.login.realm, g_default_realm);
	assert_int_equal(g_out.u32, 77);
	rpc_params_free(&g_table_with_defaults, &g_out);
	assert_string_equal(g_default_name, "by default");
	assert_int_equal(decode(&g_table_with_defaults, "{\"ids\":[9]}"), 0);
	assert_int_equal(g_out.ids_count, 1);
	assert_int_equal(g_out.ids[0], 9);
	rpc_params_free(&g_table_with_defaults, &g_out);
}

#define UINT(max) "expected a whole number from 0 to " max ", found "
#define STRING    "expected a string, found "
#define ALL                                                                                       \
	"not known here; those that are: flag, u8, u16, u32, u64, i32, name, uuid, color, main, " \
	"ids, names, paths, value"

static const struct {
	const char *text;
	/* Where the fault is, as an index of the values. */
	int at;
	const char *missing;
	const char *reason;
} g_bad[] = {
	{"[]", 0, NULL, "expected an object, found an array"},
	{"\"x\"", 0, NULL, "expected an object, found \"x\""},
	{"{\"flag\":1}", 2, NULL, "expected true or false, found 1"},
	{"{\"flag\":null}", 2, NULL, "expected true or false, found null"},
	{"{\"u8\":256}", 2, NULL, UINT("255") "256"},
	{"{\"u16\":65536}", 2, NULL, UINT("65535") "65536"},
	{"{\"u32\":-1}", 2, NULL, UINT("4294967295") "-1"},
	{"{\"u32\":1.5}", 2, NULL, UINT("4294967295") "1.5"},
	{"{\"u32\":\"1\"}", 2, NULL, UINT("4294967295") "\"1\""},
	{"{\"u64\":18446744073709551616}", 2, NULL,
	 UINT("18446744073709551615") "18446744073709551616"},
	{"{\"i32\":2147483648}", 2, NULL,
	 "expected a whole number from -2147483648 to 2147483647, found 2147483648"},
	{"{\"name\":[]}", 2, NULL, STRING "an array"},
	{"{\"name\":\"a\\u0000b\"}", 2, NULL, "expected a string without \\u0000, found \"a?b\""},
	{"{\"uuid\":\"0123\"}", 2, NULL,
	 "expected a string like \"01234567-89ab-cdef-0123-456789abcdef\", found \"0123\""},
	{"{\"color\":\"green\"}", 2, NULL, "expected one of \"red\", \"blue\", found \"green\""},
	{"{\"color\":5}", 2, NULL, "expected one of \"red\", \"blue\", found 5"},
	{"{\"Name\":\"x\"}", 1, NULL, ALL},
	{"{\"u8\":1,\"u16\":1,\"u8\":1}", 5, NULL, "stands twice: leave one out"},
	{"{\"main\":7}", 2, NULL, "expected an object, found 7"},
	{"{\"main\":{\"port\":1}}", 2, "address", "required, and missing: Address (string)"},
	{"{\"main\":{\"address\":\"x\",\"prot\":1}}", 5, NULL,
	 "not known here; those that are: address, port, login"},
	{"{\"main\":{\"address\":\"x\",\"login\":{\"realm\":1}}}", 8, NULL, STRING "1"},
	{"{\"ids\":{}}", 2, NULL, "expected an array, found an object"},
	{"{\"ids\":[1,2,3,4]}", 2, NULL, "expected at most 3 elements, found 4"},
	{"{\"ids\":[1,true]}", 4, NULL, UINT("4294967295") "true"},
	{"{\"names\":[\"x\",1]}", 4, NULL, STRING "1"},
	{"{\"paths\":[{\"address\":\"x\"},{}]}", 7, "address",
	 "required, and missing: Address (string)"},
	{"{\"paths\":[{\"address\":\"x\",\"login\":{\"realm\":\"r\"}},{\"address\":\"y\","
	 "\"port\":65536}]}",
	 16, NULL, UINT("65535") "65536"},
	{"{\"name\":\"kept\",\"paths\":[{\"address\":\"x\"},2]}", 9, NULL,
	 "expected an object, found 2"},
};

/* Decoding and only looking come to the same; required is what defaults have as well. */
static void
what_is_wrong_is_said_with_its_place(void **state)
{
	const struct spdk_json_val *values;
	struct rpc_fault seen;

	for (size_t i = 0; i < SPDK_COUNTOF(g_bad); i++) {
		for (int with_defaults = 0; with_defaults < 2; with_defaults++) {
			const struct spindle_rpc_object *table =
				with_defaults ? &g_table_with_defaults : &g_table;

			assert_int_equal(decode(table, g_bad[i].text), -EINVAL);
			assert_string_equal(g_fault.reason, g_bad[i].reason);
			assert_int_equal(g_fault.value - g_json, g_bad[i].at);
			assert_true((g_fault.missing == NULL) == (g_bad[i].missing == NULL));
			seen = g_fault;
			values = parse_json(g_bad[i].text);
			assert_int_equal(rpc_params_decode(table, values, NULL, &g_fault), -EINVAL);
			assert_memory_equal(g_fault.reason, seen.reason, strlen(seen.reason) + 1);
			assert_ptr_equal(g_fault.value, seen.value);
			assert_ptr_equal(g_fault.missing, seen.missing);
		}
	}
	assert_int_equal(rpc_params_decode(&g_table, parse_json(g_whole), NULL, &g_fault), 0);
}

static void
what_is_required_is_missed_in_nothing_as_well(void **state)
{
	assert_int_equal(rpc_params_decode(&g_path, NULL, NULL, &g_fault), -EINVAL);
	assert_null(g_fault.value);
	assert_string_equal(g_fault.missing, "address");
	assert_int_equal(rpc_params_decode(&g_path, parse_json("null"), NULL, &g_fault), -EINVAL);
	assert_null(g_fault.value);
	assert_string_equal(g_fault.reason, "required, and missing: Address (string)");
}

static void
what_was_found_is_short_and_harmless(void **state)
{
	assert_int_equal(decode(&g_table, "{\"u8\":\"\\u001b[2J0123456789012345678901234567890123"
					  "456789012345678901234567890123456789\"}"),
			 -EINVAL);
	assert_string_equal(g_fault.reason,
			    UINT("255") "\"?[2J012345678901234567890123456789012345...\"");
}

struct marked {
	uint32_t number;
	bool has_number;
	bool flag;
	bool has_flag;
};

static const struct spindle_rpc_param g_marked_members[] = {
	{.name = "number",
	 .kind = SPINDLE_RPC_UINT32,
	 .offset = offsetof(struct marked, number),
	 .given_offset = offsetof(struct marked, has_number)},
	{.name = "flag",
	 .kind = SPINDLE_RPC_BOOL,
	 .offset = offsetof(struct marked, flag),
	 .given_offset = offsetof(struct marked, has_flag)},
};
static const struct spindle_rpc_object g_marked =
	SPINDLE_RPC_OBJECT(struct marked, g_marked_members);

static void
what_is_given_is_told_from_what_is_left_out(void **state)
{
	struct marked marked;

	assert_int_equal(
		rpc_params_decode(&g_marked, parse_json("{\"flag\":false}"), &marked, &g_fault), 0);
	assert_true(marked.has_flag && !marked.flag && !marked.has_number);
	assert_int_equal(rpc_params_decode(&g_marked, parse_json("{\"number\":4294967295}"),
					   &marked, &g_fault),
			 0);
	assert_true(marked.has_number && marked.number == UINT32_MAX && !marked.has_flag);
	/* Looking only changes nothing. */
	assert_int_equal(rpc_params_decode(&g_marked, parse_json("{\"number\":1}"), NULL, &g_fault),
			 0);
}

static void
a_handler_may_keep_a_string(void **state)
{
	char *name;

	assert_int_equal(decode(&g_table, g_whole), 0);
	name = g_out.name;
	g_out.name = NULL;
	rpc_params_free(&g_table, &g_out);
	assert_string_equal(name, "a \xc3\xa9");
	free(name);
}

static void
types_have_names(void **state)
{
	static const char *const names[] = {
		"boolean",
		"uint8",
		"uint16",
		"uint32",
		"uint64",
		"int32",
		"string",
		"uuid",
		"enum",
		"object",
		"array of uint32",
		"array of string",
		"array of object",
		"any",
	};
	char text[64];

	assert_int_equal(SPDK_COUNTOF(names), SPDK_COUNTOF(g_members));
	for (size_t i = 0; i < SPDK_COUNTOF(names); i++) {
		assert_string_equal(rpc_type_name(&g_members[i], text, sizeof(text)), names[i]);
	}
}

#ifndef HAS_OWN_ALLOCATOR
static void
sweep(const struct spindle_rpc_object *table)
{
	struct spdk_json_val *values = parse_json(g_whole);
	long live = t_live, nth;
	int rc;

	for (nth = 0; nth < 100; nth++) {
		g_failures = 0;
		t_allocations_left = nth;
		rc = rpc_params_decode(table, values, &g_out, &g_fault);
		t_allocations_left = -1;
		if (g_failures == 0) {
			break;
		}
		assert_int_equal(rc, -ENOMEM);
		assert_string_equal(g_fault.reason, "out of memory");
		assert_int_equal(t_live, live);
	}
	assert_int_equal(rc, 0);
	/* One for each string. */
	assert_int_equal(nth, 8);
	assert_int_equal(t_live, live + 8);
	rpc_params_free(table, &g_out);
	assert_int_equal(t_live, live);
	/* To look takes no memory. */
	t_allocations_left = 0;
	rc = rpc_params_decode(table, values, NULL, &g_fault);
	t_allocations_left = -1;
	assert_int_equal(rc, 0);
}
#endif

static void
a_failing_allocation_leaves_nothing_behind(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	sweep(&g_table);
	sweep(&g_table_with_defaults);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_comes_to_its_place),
		cmocka_unit_test(a_number_may_be_written_in_any_way),
		cmocka_unit_test(what_is_left_out_is_zero_or_the_default),
		cmocka_unit_test(what_is_given_is_told_from_what_is_left_out),
		cmocka_unit_test(what_is_given_takes_the_place_of_the_default),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(what_is_required_is_missed_in_nothing_as_well),
		cmocka_unit_test(what_was_found_is_short_and_harmless),
		cmocka_unit_test(a_handler_may_keep_a_string),
		cmocka_unit_test(types_have_names),
		cmocka_unit_test(a_failing_allocation_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
