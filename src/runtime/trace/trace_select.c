/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of the option -e, which says what to trace. The grammar is in runtime/trace.h. All of it
 * is read before anything is switched on.
 */
#include "runtime/trace/trace_internal.h"
#include "spdk/string.h"

struct selection {
	uint64_t tpoints[SPDK_TRACE_MAX_GROUP_ID];
};

/* Hexadecimal, with "0x" or without; it begins with a digit, unlike names. False: it is no number,
 * or none that fits, or 0. */
static bool
parse_mask(const char *text, uint64_t *out_mask)
{
	char *end;

	if (!isdigit((unsigned char)text[0])) {
		return false;
	}
	errno = 0;
	*out_mask = strtoull(text, &end, 16);
	return errno == 0 && *end == '\0' && *out_mask != 0;
}

static int
parse_groups(const char *text, uint64_t *out_groups)
{
	bool is_mask = strncasecmp(text, "0x", 2) == 0;

	if (!is_mask) {
		*out_groups = spdk_trace_create_tpoint_group_mask(text);
		return *out_groups != 0 ? 0 : -EINVAL;
	}
	if (!parse_mask(text, out_groups) || *out_groups >> SPDK_TRACE_MAX_GROUP_ID != 0) {
		SPDK_ERRLOG("'%s' is no mask of groups of tracepoints, which has bits 0 to %u\n",
			    text, SPDK_TRACE_MAX_GROUP_ID - 1);
		return -EINVAL;
	}
	return 0;
}

/* Names, which this cuts apart. */
static int
parse_names(uint32_t group_id, char *text, uint64_t *out_tpoints)
{
	uint64_t bit;
	char *name;

	*out_tpoints = 0;
	while ((name = strsep(&text, "+")) != NULL) {
		bit = spdk_trace_create_tpoint_mask(group_id, name);
		if (bit == 0) {
			return -EINVAL;
		}
		*out_tpoints |= bit;
	}
	return 0;
}

static int
parse_part(char *part, struct selection *selection)
{
	char *tpoints_text = part, *group_text = strsep(&tpoints_text, ":");
	uint64_t groups, tpoints = UINT64_MAX;
	uint32_t group_id;
	int rc;

	rc = parse_groups(group_text, &groups);
	if (rc != 0) {
		return rc;
	}
	if (tpoints_text != NULL && (groups & (groups - 1)) != 0) {
		SPDK_ERRLOG("'%s:%s': tracepoints can be given for one group only; '%s' is "
			    "several\n",
			    group_text, tpoints_text, group_text);
		return -EINVAL;
	}
	if (tpoints_text != NULL && !parse_mask(tpoints_text, &tpoints)) {
		group_id = (uint32_t)__builtin_ctzll(groups);
		rc = parse_names(group_id, tpoints_text, &tpoints);
		if (rc != 0) {
			return rc;
		}
	}
	for (group_id = 0; group_id < SPDK_TRACE_MAX_GROUP_ID; group_id++) {
		if (groups >> group_id & 1) {
			selection->tpoints[group_id] |= tpoints;
		}
	}
	return 0;
}

int
trace_select(const char *groups)
{
	struct selection selection = {{0}};
	char *copy, *rest, *part;
	int rc = 0;

	if (!trace_is_on()) {
		SPDK_ERRLOG("'%s' cannot be traced: there are no trace entries. Ask for some by "
			    "--num-trace-entries.\n",
			    groups);
		return -ENODEV;
	}
	copy = strdup(groups);
	if (copy == NULL) {
		SPDK_ERRLOG("'%s' is not traced: out of memory\n", groups);
		return -ENOMEM;
	}
	rest = copy;
	while (rc == 0 && (part = strsep(&rest, ",")) != NULL) {
		rc = parse_part(part, &selection);
	}
	free(copy);
	for (uint32_t i = 0; i < SPDK_TRACE_MAX_GROUP_ID && rc == 0; i++) {
		if (selection.tpoints[i] != 0) {
			spdk_trace_set_tpoints(i, selection.tpoints[i]);
		}
	}
	return rc;
}
