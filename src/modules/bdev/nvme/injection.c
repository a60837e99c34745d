/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors that I/O commands of a controller shall meet. Queue pairs come and go, by threads and by
 * resets, so each is told when it comes; err_count is for each of them.
 */
#include "bdev_nvme.h"
#include "nvme_device.h"
#include "nvme_link.h"

static struct nvme_injection *
find(struct nvme_dev *dev, uint8_t opc)
{
	struct nvme_injection *injection;

	TAILQ_FOREACH (injection, &dev->injections, link) {
		if (injection->opc == opc) {
			return injection;
		}
	}
	return NULL;
}

static int
add_to(struct nvme_link *link, const struct nvme_injection *injection)
{
	return spdk_nvme_qpair_add_cmd_error_injection(
		link->dev->ctrlr, link->qpair, injection->opc, injection->do_not_submit,
		injection->timeout_us, injection->count, injection->sct, injection->sc);
}

/* The list is changed by the app thread while links come on others. */
int
bdev_nvme_injections_apply(struct nvme_link *link)
{
	const struct nvme_injection *injection;
	int rc = 0;

	pthread_mutex_lock(&link->dev->injections_lock);
	TAILQ_FOREACH (injection, &link->dev->injections, link) {
		if (rc == 0) {
			rc = add_to(link, injection);
		}
	}
	pthread_mutex_unlock(&link->dev->injections_lock);
	return rc;
}

static void
visit_add(struct spdk_io_channel_iter *i)
{
	struct nvme_link *link = bdev_nvme_link_of(spdk_io_channel_iter_get_channel(i));
	const struct nvme_injection_round *round = spdk_io_channel_iter_get_ctx(i);
	int rc = 0;

	if (link->qpair != NULL) {
		rc = add_to(link, &round->injection);
	}
	spdk_for_each_channel_continue(i, rc);
}

static void
visit_remove(struct spdk_io_channel_iter *i)
{
	struct nvme_link *link = bdev_nvme_link_of(spdk_io_channel_iter_get_channel(i));
	const struct nvme_injection_round *round = spdk_io_channel_iter_get_ctx(i);

	if (link->qpair != NULL) {
		spdk_nvme_qpair_remove_cmd_error_injection(link->dev->ctrlr, link->qpair,
							   round->injection.opc);
	}
	spdk_for_each_channel_continue(i, 0);
}

static void
visited(struct spdk_io_channel_iter *i, int status)
{
	struct nvme_injection_round *round = spdk_io_channel_iter_get_ctx(i);

	round->fn(round->arg, status);
	free(round);
}

static int
keep(struct nvme_dev *dev, const struct nvme_injection *injection)
{
	struct nvme_injection *kept = find(dev, injection->opc);

	if (kept == NULL) {
		kept = calloc(1, sizeof(*kept));
		if (kept == NULL) {
			return -ENOMEM;
		}
		kept->opc = injection->opc;
		pthread_mutex_lock(&dev->injections_lock);
		TAILQ_INSERT_TAIL(&dev->injections, kept, link);
		pthread_mutex_unlock(&dev->injections_lock);
	}
	pthread_mutex_lock(&dev->injections_lock);
	kept->do_not_submit = injection->do_not_submit;
	kept->timeout_us = injection->timeout_us;
	kept->count = injection->count;
	kept->sct = injection->sct;
	kept->sc = injection->sc;
	pthread_mutex_unlock(&dev->injections_lock);
	return 0;
}

static void
forget(struct nvme_dev *dev, struct nvme_injection *injection)
{
	pthread_mutex_lock(&dev->injections_lock);
	TAILQ_REMOVE(&dev->injections, injection, link);
	pthread_mutex_unlock(&dev->injections_lock);
	free(injection);
}

int
bdev_nvme_injection_add(struct nvme_dev *dev, const struct nvme_injection *injection,
			nvme_done_fn fn, void *arg)
{
	struct nvme_injection_round *round = calloc(1, sizeof(*round));
	int rc;

	if (round == NULL) {
		return -ENOMEM;
	}
	rc = keep(dev, injection);
	if (rc != 0) {
		free(round);
		return rc;
	}
	*round = (struct nvme_injection_round){*injection, fn, arg};
	spdk_for_each_channel(dev, visit_add, round, visited);
	return 0;
}

int
bdev_nvme_injection_remove(struct nvme_dev *dev, uint8_t opc, nvme_done_fn fn, void *arg)
{
	struct nvme_injection *injection = find(dev, opc);
	struct nvme_injection_round *round;

	if (injection == NULL) {
		return -ENOENT;
	}
	round = calloc(1, sizeof(*round));
	if (round == NULL) {
		return -ENOMEM;
	}
	forget(dev, injection);
	*round = (struct nvme_injection_round){{.opc = opc}, fn, arg};
	spdk_for_each_channel(dev, visit_remove, round, visited);
	return 0;
}

void
bdev_nvme_injections_init(struct nvme_dev *dev)
{
	TAILQ_INIT(&dev->injections);
	(void)pthread_mutex_init(&dev->injections_lock,
				 NULL); /* It cannot fail without attributes. */
}

void
bdev_nvme_injections_fini(struct nvme_dev *dev)
{
	while (!TAILQ_EMPTY(&dev->injections)) {
		forget(dev, TAILQ_FIRST(&dev->injections));
	}
	(void)pthread_mutex_destroy(&dev->injections_lock); /* Nobody holds it. */
}
