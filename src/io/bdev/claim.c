/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Claims: what a module says of a device that it builds on, so that nobody else writes to it.
 *
 *   claim_type              by                                 who else
 *   NONE                    -                                  everybody
 *   EXCL_WRITE              spdk_bdev_module_claim_bdev();     readers, and writers from before
 *                           kept in claim.v1
 *   READ_MANY_WRITE_ONE     one descriptor, the only writer    readers
 *   READ_MANY_WRITE_NONE    any number, none of them writes    readers
 *   READ_MANY_WRITE_SHARED  any number with the same key       readers
 *
 * C1  While claim_type is not NONE no descriptor can be opened for writing. One that makes a claim
 *     to write may write from then on.
 * C2  Claims of descriptors are in claim.v2.claims; the device is free again when the last of them
 *     is closed. What a descriptor claims ends with it; claim.v1 without one ends by
 *     spdk_bdev_module_release_bdev().
 */
#include "device.h"
#include "spdk/log.h"
#include "spdk/util.h"

const char *
spdk_bdev_claim_get_name(enum spdk_bdev_claim_type claim_type)
{
	switch (claim_type) {
	case SPDK_BDEV_CLAIM_NONE:
		return "not_claimed";
	case SPDK_BDEV_CLAIM_EXCL_WRITE:
		return "exclusive_write";
	case SPDK_BDEV_CLAIM_READ_MANY_WRITE_ONE:
		return "read_many_write_one";
	case SPDK_BDEV_CLAIM_READ_MANY_WRITE_NONE:
		return "read_many_write_none";
	case SPDK_BDEV_CLAIM_READ_MANY_WRITE_SHARED:
		return "read_many_write_shared";
	}
	return "invalid_claim";
}

/* ---- What there is ---- */

static const struct spdk_bdev_module_claim *
first_of_descs_locked(const struct spdk_bdev *bdev)
{
	if (bdev->internal.claim_type == SPDK_BDEV_CLAIM_NONE ||
	    bdev->internal.claim_type == SPDK_BDEV_CLAIM_EXCL_WRITE) {
		return NULL;
	}
	return TAILQ_FIRST(&bdev->internal.claim.v2.claims);
}

const char *
bdev_claim_text_locked(const struct spdk_bdev *bdev, char *text, size_t size)
{
	const char *type = spdk_bdev_claim_get_name(bdev->internal.claim_type);
	const struct spdk_bdev_module_claim *claim = first_of_descs_locked(bdev);

	if (bdev->internal.claim_type == SPDK_BDEV_CLAIM_NONE) {
		snprintf(text, size, "not claimed");
	} else if (claim == NULL) {
		snprintf(text, size, "claimed by module %s (%s)",
			 bdev->internal.claim.v1.module->name, type);
	} else if (claim->name[0] == '\0') {
		snprintf(text, size, "claimed by module %s (%s)", claim->module->name, type);
	} else {
		snprintf(text, size, "claimed by module %s for '%s' (%s)", claim->module->name,
			 claim->name, type);
	}
	return text;
}

bool
bdev_is_claimed_by_locked(const struct spdk_bdev *bdev, const struct spdk_bdev_module *module)
{
	const struct spdk_bdev_module_claim *claim = first_of_descs_locked(bdev);

	if (bdev->internal.claim_type == SPDK_BDEV_CLAIM_EXCL_WRITE) {
		return bdev->internal.claim.v1.module == module;
	}
	for (; claim != NULL; claim = TAILQ_NEXT(claim, link)) {
		if (claim->module == module) {
			return true;
		}
	}
	return false;
}

static int
explain_claimed(const struct spdk_bdev *bdev, const char *claim,
		const struct spdk_bdev_module *module)
{
	SPDK_ERRLOG("Module %s cannot claim bdev %s: it is %s.\n", module->name, bdev->name, claim);
	return -EPERM;
}

/* ---- Exclusive ---- */

static int
claim_exclusively(struct spdk_bdev *bdev, struct spdk_bdev_desc *desc,
		  struct spdk_bdev_module *module, bool ends_with_desc)
{
	char claim[BDEV_CLAIM_TEXT_SIZE];
	bool is_free;

	bdev_lock();
	is_free = bdev->internal.claim_type == SPDK_BDEV_CLAIM_NONE;
	if (is_free) {
		bdev->internal.claim_type = SPDK_BDEV_CLAIM_EXCL_WRITE;
		bdev->internal.claim.v1.module = module;
		if (desc != NULL) {
			desc->write = true;
			desc->has_exclusive_claim = ends_with_desc;
		}
	} else {
		bdev_claim_text_locked(bdev, claim, sizeof(claim));
	}
	bdev_unlock();
	return is_free ? 0 : explain_claimed(bdev, claim, module);
}

int
spdk_bdev_module_claim_bdev(struct spdk_bdev *bdev, struct spdk_bdev_desc *desc,
			    struct spdk_bdev_module *module)
{
	return claim_exclusively(bdev, desc, module, false);
}

static void
free_exclusive_locked(struct spdk_bdev *bdev)
{
	bdev->internal.claim_type = SPDK_BDEV_CLAIM_NONE;
	memset(&bdev->internal.claim, 0, sizeof(bdev->internal.claim));
}

void
spdk_bdev_module_release_bdev(struct spdk_bdev *bdev)
{
	char claim[BDEV_CLAIM_TEXT_SIZE];
	bool is_exclusive;

	bdev_lock();
	is_exclusive = bdev->internal.claim_type == SPDK_BDEV_CLAIM_EXCL_WRITE;
	if (is_exclusive) {
		free_exclusive_locked(bdev);
	} else {
		bdev_claim_text_locked(bdev, claim, sizeof(claim));
	}
	bdev_unlock();
	if (!is_exclusive) {
		SPDK_ERRLOG("spdk_bdev_module_release_bdev(): bdev %s is %s: only what "
			    "spdk_bdev_module_claim_bdev() claimed is released so, once; other "
			    "claims end when their descriptor is closed.\n",
			    bdev->name, claim);
	}
}

/* ---- By descriptors ---- */

void
spdk_bdev_claim_opts_init(struct spdk_bdev_claim_opts *opts, size_t size)
{
	if (opts == NULL || size == 0) {
		SPDK_ERRLOG("spdk_bdev_claim_opts_init(): there are no opts, or they have no "
			    "size.\n");
		return;
	}
	memset(opts, 0, size);
	opts->opts_size = size;
}

/* What is wrong with the opts for a claim of this type by this descriptor; NULL: nothing. */
static const char *
check_request(const struct spdk_bdev_desc *desc, enum spdk_bdev_claim_type type,
	      const struct spdk_bdev_claim_opts *opts)
{
	switch (type) {
	case SPDK_BDEV_CLAIM_READ_MANY_WRITE_ONE:
		return opts->shared_claim_key != 0 ? "a claim of one writer has no key" : NULL;
	case SPDK_BDEV_CLAIM_READ_MANY_WRITE_NONE:
		if (opts->shared_claim_key != 0) {
			return "a claim without writers has no key";
		}
		return desc->write ? "its descriptor is open for writing" : NULL;
	case SPDK_BDEV_CLAIM_READ_MANY_WRITE_SHARED:
		return opts->shared_claim_key == 0 ? "a shared claim needs a key" : NULL;
	default:
		return "there is no such type of claim";
	}
}

/* Copies what the caller knows of; what is wrong with it, NULL: nothing. */
static const char *
take_opts(const struct spdk_bdev_claim_opts *opts, struct spdk_bdev_claim_opts *out)
{
	memset(out, 0, sizeof(*out));
	if (opts == NULL) {
		return NULL;
	}
	if (opts->opts_size == 0) {
		return "its opts have size 0: call spdk_bdev_claim_opts_init()";
	}
	memcpy(out, opts, spdk_min(opts->opts_size, sizeof(*out)));
	if (memchr(out->name, '\0', sizeof(out->name)) == NULL) {
		return "its name has no end";
	}
	return NULL;
}

static bool
has_other_writer_locked(const struct spdk_bdev_desc *desc)
{
	struct spdk_bdev_desc *other;

	TAILQ_FOREACH (other, &desc->bdev->internal.open_descs, link) {
		if (other != desc && other->write) {
			return true;
		}
	}
	return false;
}

/* Whether the claims that there are allow one more; `desc` itself has none. */
static bool
suits_locked(const struct spdk_bdev *bdev, enum spdk_bdev_claim_type type,
	     const struct spdk_bdev_claim_opts *opts)
{
	if (bdev->internal.claim_type == SPDK_BDEV_CLAIM_NONE) {
		return true;
	}
	return bdev->internal.claim_type == type && type != SPDK_BDEV_CLAIM_READ_MANY_WRITE_ONE &&
	       bdev->internal.claim.v2.key == opts->shared_claim_key;
}

static void
add_locked(struct spdk_bdev_desc *desc, enum spdk_bdev_claim_type type,
	   struct spdk_bdev_module_claim *claim, uint64_t key)
{
	struct spdk_bdev *bdev = desc->bdev;

	if (bdev->internal.claim_type == SPDK_BDEV_CLAIM_NONE) {
		TAILQ_INIT(&bdev->internal.claim.v2.claims);
		bdev->internal.claim.v2.key = key;
		bdev->internal.claim_type = type;
	}
	TAILQ_INSERT_TAIL(&bdev->internal.claim.v2.claims, claim, link);
	claim->desc = desc;
	desc->claim = claim;
	if (type != SPDK_BDEV_CLAIM_READ_MANY_WRITE_NONE) {
		desc->write = true;
	}
}

static int
claim_by_desc(struct spdk_bdev_desc *desc, enum spdk_bdev_claim_type type,
	      const struct spdk_bdev_claim_opts *opts, struct spdk_bdev_module *module)
{
	struct spdk_bdev_module_claim *claim = calloc(1, sizeof(*claim));
	char obstacle[BDEV_CLAIM_TEXT_SIZE] = "";

	if (claim == NULL) {
		return -ENOMEM;
	}
	claim->module = module;
	memcpy(claim->name, opts->name, sizeof(claim->name));
	bdev_lock();
	if (desc->claim != NULL || !suits_locked(desc->bdev, type, opts)) {
		bdev_claim_text_locked(desc->bdev, obstacle, sizeof(obstacle));
	} else if (desc->bdev->internal.claim_type == SPDK_BDEV_CLAIM_NONE &&
		   has_other_writer_locked(desc)) {
		snprintf(obstacle, sizeof(obstacle), "open for writing elsewhere");
	} else {
		add_locked(desc, type, claim, opts->shared_claim_key);
	}
	bdev_unlock();
	if (obstacle[0] != '\0') {
		free(claim);
		return explain_claimed(desc->bdev, obstacle, module);
	}
	return 0;
}

int
spdk_bdev_module_claim_bdev_desc(struct spdk_bdev_desc *desc, enum spdk_bdev_claim_type type,
				 struct spdk_bdev_claim_opts *user_opts,
				 struct spdk_bdev_module *module)
{
	struct spdk_bdev_claim_opts opts;
	const char *fault;

	if (desc == NULL || module == NULL) {
		SPDK_ERRLOG("spdk_bdev_module_claim_bdev_desc(): there is no %s.\n",
			    desc == NULL ? "descriptor" : "module");
		return -EINVAL;
	}
	if (type == SPDK_BDEV_CLAIM_EXCL_WRITE) {
		return claim_exclusively(desc->bdev, desc, module, true);
	}
	fault = take_opts(user_opts, &opts);
	if (fault == NULL) {
		fault = check_request(desc, type, &opts);
	}
	if (fault != NULL) {
		SPDK_ERRLOG("Module %s cannot claim bdev %s (%s): %s.\n", module->name,
			    desc->bdev->name, spdk_bdev_claim_get_name(type), fault);
		return -EINVAL;
	}
	return claim_by_desc(desc, type, &opts, module);
}

void
bdev_claim_end_locked(struct spdk_bdev_desc *desc)
{
	struct spdk_bdev *bdev = desc->bdev;

	if (desc->has_exclusive_claim && bdev->internal.claim_type == SPDK_BDEV_CLAIM_EXCL_WRITE) {
		free_exclusive_locked(bdev);
	}
	if (desc->claim == NULL) {
		return;
	}
	TAILQ_REMOVE(&bdev->internal.claim.v2.claims, desc->claim, link);
	free(desc->claim);
	desc->claim = NULL;
	if (TAILQ_EMPTY(&bdev->internal.claim.v2.claims)) {
		bdev->internal.claim.v2.key = 0;
		bdev->internal.claim_type = SPDK_BDEV_CLAIM_NONE;
	}
}
