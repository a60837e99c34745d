/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of the accel framework, and the methods that lead to what is set. */
#include "io/accel/accel_internal.h"
#include "spdk/json.h"

int
accel_check_opts(const struct spdk_accel_opts *opts, char *reason, size_t size)
{
	if (opts->task_count == 0 || opts->sequence_count == 0 || opts->buf_count == 0) {
		snprintf(reason, size, "%s is 0: there must be at least 1",
			 opts->task_count == 0     ? "task_count" :
			 opts->sequence_count == 0 ? "sequence_count" :
						     "buf_count");
		return -EINVAL;
	}
	return 0;
}

int
spdk_accel_set_opts(const struct spdk_accel_opts *opts)
{
	struct spdk_accel_opts taken = g_accel.opts;
	char reason[ACCEL_REASON_SIZE];

	if (opts == NULL || opts->opts_size <= sizeof(opts->opts_size) ||
	    opts->opts_size > sizeof(*opts)) {
		SPDK_ERRLOG("spdk_accel_set_opts(): %s\n",
			    opts == NULL ? "opts is NULL" :
					   "opts_size is not that of struct spdk_accel_opts");
		return -EINVAL;
	}
	if (!accel_can_be_set_up()) {
		SPDK_ERRLOG("spdk_accel_set_opts(): the framework has started: set them before "
			    "that\n");
		return -EINVAL;
	}
	memcpy(&taken, opts, opts->opts_size);
	taken.opts_size = sizeof(taken);
	if (accel_check_opts(&taken, reason, sizeof(reason)) != 0) {
		SPDK_ERRLOG("spdk_accel_set_opts(): %s\n", reason);
		return -EINVAL;
	}
	g_accel.opts = taken;
	return 0;
}

void
spdk_accel_get_opts(struct spdk_accel_opts *opts, size_t opts_size)
{
	struct spdk_accel_opts now = g_accel.opts;

	if (opts == NULL || opts_size == 0) {
		SPDK_ERRLOG("spdk_accel_get_opts(): %s\n",
			    opts == NULL ? "opts is NULL" : "opts_size is 0");
		return;
	}
	now.opts_size = opts_size;
	memcpy(opts, &now, spdk_min(opts_size, sizeof(now)));
}

static void
begin_method(struct spdk_json_write_ctx *w, const char *method)
{
	spdk_json_write_object_begin(w);
	spdk_json_write_named_string(w, "method", method);
	spdk_json_write_named_object_begin(w, "params");
}

static void
end_method(struct spdk_json_write_ctx *w)
{
	spdk_json_write_object_end(w);
	spdk_json_write_object_end(w);
}

static void
write_key(const struct spdk_accel_crypto_key *key, void *arg)
{
	struct spdk_json_write_ctx *w = arg;

	begin_method(w, "accel_crypto_key_create");
	spdk_json_write_named_string(w, "name", key->param.key_name);
	spdk_json_write_named_string(w, "cipher", key->param.cipher);
	spdk_json_write_named_string(w, "key", key->param.hex_key);
	if (key->param.hex_key2 != NULL) {
		spdk_json_write_named_string(w, "key2", key->param.hex_key2);
	}
	if (key->param.tweak_mode != NULL) {
		spdk_json_write_named_string(w, "tweak_mode", key->param.tweak_mode);
	}
	end_method(w);
}

static void
write_opts(struct spdk_json_write_ctx *w)
{
	begin_method(w, "accel_set_options");
	spdk_json_write_named_uint32(w, "small_cache_size", g_accel.opts.small_cache_size);
	spdk_json_write_named_uint32(w, "large_cache_size", g_accel.opts.large_cache_size);
	spdk_json_write_named_uint32(w, "task_count", g_accel.opts.task_count);
	spdk_json_write_named_uint32(w, "sequence_count", g_accel.opts.sequence_count);
	spdk_json_write_named_uint32(w, "buf_count", g_accel.opts.buf_count);
	end_method(w);
}

void
spdk_accel_write_config_json(struct spdk_json_write_ctx *w)
{
	struct spdk_accel_module_if *module = NULL;

	write_opts(w);
	if (g_accel.driver != NULL) {
		begin_method(w, "accel_set_driver");
		spdk_json_write_named_string(w, "name", g_accel.driver->name);
		end_method(w);
	}
	while ((module = accel_next_module(module)) != NULL) {
		if (module->write_config_json != NULL && accel_module_is_used(module)) {
			module->write_config_json(w);
		}
	}
	for (int i = 0; i < SPDK_ACCEL_OPC_LAST; i++) {
		if (g_accel.assignments[i].wanted != NULL) {
			begin_method(w, "accel_assign_opc");
			spdk_json_write_named_string(w, "opname", g_accel_operations[i].name);
			spdk_json_write_named_string(w, "module", g_accel.assignments[i].wanted);
			end_method(w);
		}
	}
	accel_for_each_key(write_key, w);
}
