/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names: of devices and their aliases, all in one tree, so that a name belongs to one device.
 *
 * A name is in the tree from the registration of its device until the last descriptor of the device
 * is closed. The tree has copies, whatever the module does with its string.
 */
#include "device.h"
#include "spdk/log.h"

RB_HEAD(name_tree, spdk_bdev_name);

static struct name_tree g_names = RB_INITIALIZER(&g_names);

static int
compare_names(struct spdk_bdev_name *a, struct spdk_bdev_name *b)
{
	return strcmp(a->name, b->name);
}

RB_GENERATE_STATIC(name_tree, spdk_bdev_name, node, compare_names)

int
bdev_name_add(struct spdk_bdev_name *node, struct spdk_bdev *bdev, const char *name)
{
	struct spdk_bdev_name *other;

	node->name = strdup(name);
	node->bdev = bdev;
	if (node->name == NULL) {
		return -ENOMEM;
	}
	bdev_lock();
	other = RB_INSERT(name_tree, &g_names, node);
	bdev_unlock();
	if (other != NULL) {
		free(node->name);
		node->name = NULL;
		return -EEXIST;
	}
	return 0;
}

void
bdev_name_remove_locked(struct spdk_bdev_name *node)
{
	(void)RB_REMOVE(name_tree, &g_names, node);
	free(node->name);
	node->name = NULL;
}

static struct spdk_bdev_name *
find(const char *name)
{
	struct spdk_bdev_name key = {.name = (char *)(uintptr_t)name};

	return RB_FIND(name_tree, &g_names, &key);
}

struct spdk_bdev *
bdev_find_locked(const char *name)
{
	struct spdk_bdev_name *node = find(name);

	return node != NULL ? node->bdev : NULL;
}

struct spdk_bdev *
spdk_bdev_get_by_name(const char *bdev_name)
{
	struct spdk_bdev *bdev;

	if (bdev_name == NULL) {
		return NULL;
	}
	bdev_lock();
	bdev = bdev_find_locked(bdev_name);
	bdev_unlock();
	return bdev;
}

/* ---- Aliases ---- */

int
bdev_alias_add_unchecked(struct spdk_bdev *bdev, const char *alias)
{
	struct spdk_bdev_alias *added = calloc(1, sizeof(*added));
	int rc;

	if (added == NULL) {
		return -ENOMEM;
	}
	rc = bdev_name_add(&added->alias, bdev, alias);
	if (rc != 0) {
		free(added);
		return rc;
	}
	bdev_lock();
	TAILQ_INSERT_TAIL(&bdev->aliases, added, tailq);
	bdev_unlock();
	return 0;
}

int
spdk_bdev_alias_add(struct spdk_bdev *bdev, const char *alias)
{
	int rc;

	if (alias == NULL || alias[0] == '\0') {
		SPDK_ERRLOG("An alias of bdev %s must not be empty.\n", bdev->name);
		return -EINVAL;
	}
	if (bdev->internal.status != SPDK_BDEV_STATUS_READY) {
		SPDK_ERRLOG("Bdev %s cannot get the alias %s: it is not registered.\n", bdev->name,
			    alias);
		return -ENODEV;
	}
	rc = bdev_alias_add_unchecked(bdev, alias);
	if (rc == 0) {
		bdev_open_async_wake(alias);
	}
	return rc;
}

static void
remove_alias_locked(struct spdk_bdev *bdev, struct spdk_bdev_alias *alias)
{
	TAILQ_REMOVE(&bdev->aliases, alias, tailq);
	bdev_name_remove_locked(&alias->alias);
	free(alias);
}

int
spdk_bdev_alias_del(struct spdk_bdev *bdev, const char *alias)
{
	struct spdk_bdev_alias *found;

	bdev_lock();
	TAILQ_FOREACH (found, &bdev->aliases, tailq) {
		if (strcmp(found->alias.name, alias) == 0) {
			remove_alias_locked(bdev, found);
			break;
		}
	}
	bdev_unlock();
	return found != NULL ? 0 : -ENOENT;
}

void
bdev_aliases_remove_locked(struct spdk_bdev *bdev)
{
	struct spdk_bdev_alias *alias;

	while ((alias = TAILQ_FIRST(&bdev->aliases)) != NULL) {
		remove_alias_locked(bdev, alias);
	}
}

void
spdk_bdev_alias_del_all(struct spdk_bdev *bdev)
{
	bdev_lock();
	bdev_aliases_remove_locked(bdev);
	bdev_unlock();
}

const struct spdk_bdev_aliases_list *
spdk_bdev_get_aliases(const struct spdk_bdev *bdev)
{
	return &bdev->aliases;
}
