/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory domains: a list of them, and calls that go to what their makers have set.
 *
 * The lock guards the list only. A domain that is in use does not change, so moving data takes no
 * lock. The system domain is never created nor destroyed, and is at the head of the list.
 */
#include "spdk/dma.h"
#include "spdk/likely.h"
#include "spdk/log.h"
#include "spdk/util.h"

struct spdk_memory_domain {
	/* NULL: none was set. */
	spdk_memory_domain_pull_data_cb pull;
	spdk_memory_domain_push_data_cb push;
	spdk_memory_domain_transfer_data_cb transfer;
	spdk_memory_domain_translate_memory_cb translate;
	spdk_memory_domain_invalidate_data_cb invalidate;
	spdk_memory_domain_memzero_cb memzero;
	enum spdk_dma_device_type type;
	struct spdk_memory_domain_ctx *ctx; /* NULL, or behind it what it points to */
	char *id;
	TAILQ_ENTRY(spdk_memory_domain) link;
};

static int
copy_now(struct iovec *src, uint32_t src_count, struct iovec *dst, uint32_t dst_count)
{
	size_t length = 0;

	for (uint32_t i = 0; i < src_count; i++) {
		length += src[i].iov_len;
	}
	return spdk_iovmove(src, src_count, dst, dst_count) == length ? 0 : -EINVAL;
}

static int
system_pull(struct spdk_memory_domain *domain, void *domain_ctx, struct iovec *src,
	    uint32_t src_count, struct iovec *dst, uint32_t dst_count,
	    spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	int rc = copy_now(src, src_count, dst, dst_count);

	if (rc == 0) {
		cb_fn(cb_arg, 0);
	}
	return rc;
}

static int
system_push(struct spdk_memory_domain *domain, void *domain_ctx, struct iovec *dst,
	    uint32_t dst_count, struct iovec *src, uint32_t src_count,
	    spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	return system_pull(domain, domain_ctx, src, src_count, dst, dst_count, cb_fn, cb_arg);
}

static int
system_memzero(struct spdk_memory_domain *domain, void *domain_ctx, struct iovec *iovs,
	       uint32_t count, spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	spdk_iov_memset(iovs, (int)count, 0);
	cb_fn(cb_arg, 0);
	return 0;
}

static int
system_translate(struct spdk_memory_domain *domain, void *domain_ctx,
		 struct spdk_memory_domain *dst_domain,
		 struct spdk_memory_domain_translation_ctx *dst_domain_ctx, void *addr, size_t len,
		 struct spdk_memory_domain_translation_result *result)
{
	if (dst_domain != domain) {
		return -ENOTSUP;
	}
	result->iov_count = 1;
	result->iov.iov_base = addr;
	result->iov.iov_len = len;
	result->iovs = NULL;
	result->dst_domain = dst_domain;
	return 0;
}

static char g_system_id[] = "system";
static struct spdk_memory_domain g_system_domain = {
	.pull = system_pull,
	.push = system_push,
	.translate = system_translate,
	.memzero = system_memzero,
	.type = SPDK_DMA_DEVICE_TYPE_DMA,
	.id = g_system_id,
};

TAILQ_HEAD(domain_list, spdk_memory_domain);
/* Empty until somebody asks, which a constructor may. */
static struct domain_list g_domains;
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;

/* g_lock is held. */
static struct domain_list *
domains(void)
{
	if (g_domains.tqh_last == NULL) {
		TAILQ_INIT(&g_domains);
		TAILQ_INSERT_HEAD(&g_domains, &g_system_domain, link);
	}
	return &g_domains;
}

static int
copy_ctx(const struct spdk_memory_domain_ctx *from, struct spdk_memory_domain_ctx **out_ctx)
{
	struct spdk_memory_domain_ctx taken = {.size = sizeof(taken)};
	struct spdk_memory_domain_ctx *ctx;
	void *bytes;

	if (from->size == 0) {
		SPDK_ERRLOG("spdk_memory_domain_create(): the size of the context is 0: set it to "
			    "sizeof(struct spdk_memory_domain_ctx)\n");
		return -EINVAL;
	}
	/* A caller that was compiled with fewer fields has not the last ones. */
	memcpy(&taken, from, spdk_min(from->size, sizeof(taken)));
	taken.size = sizeof(taken);
	if (taken.user_ctx == NULL && taken.user_ctx_size != 0) {
		SPDK_ERRLOG("spdk_memory_domain_create(): user_ctx is NULL and has %zu bytes\n",
			    taken.user_ctx_size);
		return -EINVAL;
	}
	ctx = malloc(sizeof(*ctx) + taken.user_ctx_size);
	if (ctx == NULL) {
		return -ENOMEM;
	}
	*ctx = taken;
	if (taken.user_ctx_size != 0) {
		bytes = ctx + 1;
		memcpy(bytes, taken.user_ctx, taken.user_ctx_size);
		ctx->user_ctx = bytes;
	}
	*out_ctx = ctx;
	return 0;
}

int
spdk_memory_domain_create(struct spdk_memory_domain **out_domain, enum spdk_dma_device_type type,
			  struct spdk_memory_domain_ctx *ctx, const char *id)
{
	struct spdk_memory_domain *domain;
	int rc;

	if (out_domain == NULL) {
		SPDK_ERRLOG("spdk_memory_domain_create(): no place for the domain\n");
		return -EINVAL;
	}
	domain = calloc(1, sizeof(*domain));
	if (domain == NULL) {
		return -ENOMEM;
	}
	domain->type = type;
	if (ctx != NULL) {
		rc = copy_ctx(ctx, &domain->ctx);
		if (rc != 0) {
			goto free_domain;
		}
	}
	if (id != NULL) {
		domain->id = strdup(id);
		if (domain->id == NULL) {
			rc = -ENOMEM;
			goto free_ctx;
		}
	}
	pthread_mutex_lock(&g_lock);
	TAILQ_INSERT_TAIL(domains(), domain, link);
	pthread_mutex_unlock(&g_lock);
	*out_domain = domain;
	return 0;

free_ctx:
	free(domain->ctx);
free_domain:
	free(domain);
	return rc;
}

void
spdk_memory_domain_destroy(struct spdk_memory_domain *domain)
{
	if (domain == NULL) {
		return;
	}
	if (domain == &g_system_domain) {
		SPDK_ERRLOG("spdk_memory_domain_destroy(): the system domain is not to be "
			    "destroyed; it belongs to the library\n");
		return;
	}
	pthread_mutex_lock(&g_lock);
	TAILQ_REMOVE(domains(), domain, link);
	pthread_mutex_unlock(&g_lock);
	free(domain->ctx);
	free(domain->id);
	free(domain);
}

void
spdk_memory_domain_set_translation(struct spdk_memory_domain *domain,
				   spdk_memory_domain_translate_memory_cb translate_cb)
{
	domain->translate = translate_cb;
}

void
spdk_memory_domain_set_invalidate(struct spdk_memory_domain *domain,
				  spdk_memory_domain_invalidate_data_cb invalidate_cb)
{
	domain->invalidate = invalidate_cb;
}

void
spdk_memory_domain_set_pull(struct spdk_memory_domain *domain,
			    spdk_memory_domain_pull_data_cb pull_cb)
{
	domain->pull = pull_cb;
}

void
spdk_memory_domain_set_push(struct spdk_memory_domain *domain,
			    spdk_memory_domain_push_data_cb push_cb)
{
	domain->push = push_cb;
}

void
spdk_memory_domain_set_data_transfer(struct spdk_memory_domain *domain,
				     spdk_memory_domain_transfer_data_cb transfer_cb)
{
	domain->transfer = transfer_cb;
}

void
spdk_memory_domain_set_memzero(struct spdk_memory_domain *domain,
			       spdk_memory_domain_memzero_cb memzero_cb)
{
	domain->memzero = memzero_cb;
}

struct spdk_memory_domain_ctx *
spdk_memory_domain_get_context(struct spdk_memory_domain *domain)
{
	return domain->ctx;
}

void *
spdk_memory_domain_get_user_context(struct spdk_memory_domain *domain, size_t *ctx_size)
{
	if (domain->ctx == NULL) {
		*ctx_size = 0;
		return NULL;
	}
	*ctx_size = domain->ctx->user_ctx_size;
	return domain->ctx->user_ctx;
}

enum spdk_dma_device_type
spdk_memory_domain_get_dma_device_type(struct spdk_memory_domain *domain)
{
	return domain->type;
}

const char *
spdk_memory_domain_get_dma_device_id(struct spdk_memory_domain *domain)
{
	return domain->id;
}

int
spdk_memory_domain_pull_data(struct spdk_memory_domain *src_domain, void *src_domain_ctx,
			     struct iovec *src_iov, uint32_t src_iov_cnt, struct iovec *dst_iov,
			     uint32_t dst_iov_cnt, spdk_memory_domain_data_cpl_cb cpl_cb,
			     void *cpl_cb_arg)
{
	if (spdk_unlikely(src_domain->pull == NULL)) {
		return -ENOTSUP;
	}
	return src_domain->pull(src_domain, src_domain_ctx, src_iov, src_iov_cnt, dst_iov,
				dst_iov_cnt, cpl_cb, cpl_cb_arg);
}

int
spdk_memory_domain_push_data(struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
			     struct iovec *dst_iov, uint32_t dst_iovcnt, struct iovec *src_iov,
			     uint32_t src_iovcnt, spdk_memory_domain_data_cpl_cb cpl_cb,
			     void *cpl_cb_arg)
{
	if (spdk_unlikely(dst_domain->push == NULL)) {
		return -ENOTSUP;
	}
	return dst_domain->push(dst_domain, dst_domain_ctx, dst_iov, dst_iovcnt, src_iov,
				src_iovcnt, cpl_cb, cpl_cb_arg);
}

int
spdk_memory_domain_transfer_data(struct spdk_memory_domain *dst_domain, void *dst_domain_ctx,
				 struct iovec *dst_iov, uint32_t dst_iovcnt,
				 struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				 struct iovec *src_iov, uint32_t src_iovcnt,
				 struct spdk_memory_domain_translation_result *src_translation,
				 spdk_memory_domain_data_cpl_cb cpl_cb, void *cpl_cb_arg)
{
	if (spdk_unlikely(dst_domain->transfer == NULL)) {
		return -ENOTSUP;
	}
	return dst_domain->transfer(dst_domain, dst_domain_ctx, dst_iov, dst_iovcnt, src_domain,
				    src_domain_ctx, src_iov, src_iovcnt, src_translation, cpl_cb,
				    cpl_cb_arg);
}

int
spdk_memory_domain_translate_data(struct spdk_memory_domain *src_domain, void *src_domain_ctx,
				  struct spdk_memory_domain *dst_domain,
				  struct spdk_memory_domain_translation_ctx *dst_domain_ctx,
				  void *addr, size_t len,
				  struct spdk_memory_domain_translation_result *result)
{
	if (spdk_unlikely(src_domain->translate == NULL)) {
		return -ENOTSUP;
	}
	return src_domain->translate(src_domain, src_domain_ctx, dst_domain, dst_domain_ctx, addr,
				     len, result);
}

void
spdk_memory_domain_invalidate_data(struct spdk_memory_domain *domain, void *domain_ctx,
				   struct iovec *iov, uint32_t iovcnt)
{
	if (domain->invalidate != NULL) {
		domain->invalidate(domain, domain_ctx, iov, iovcnt);
	}
}

int
spdk_memory_domain_memzero(struct spdk_memory_domain *domain, void *domain_ctx, struct iovec *iov,
			   uint32_t iovcnt, spdk_memory_domain_data_cpl_cb cpl_cb, void *cpl_cb_arg)
{
	if (spdk_unlikely(domain->memzero == NULL)) {
		return -ENOTSUP;
	}
	return domain->memzero(domain, domain_ctx, iov, iovcnt, cpl_cb, cpl_cb_arg);
}

static bool
has_id(const struct spdk_memory_domain *domain, const char *id)
{
	return id == NULL || (domain->id != NULL && strcmp(domain->id, id) == 0);
}

/* g_lock is held. */
static struct spdk_memory_domain *
first_with_id(struct spdk_memory_domain *domain, const char *id)
{
	while (domain != NULL && !has_id(domain, id)) {
		domain = TAILQ_NEXT(domain, link);
	}
	return domain;
}

struct spdk_memory_domain *
spdk_memory_domain_get_first(const char *id)
{
	struct spdk_memory_domain *domain;

	pthread_mutex_lock(&g_lock);
	domain = first_with_id(TAILQ_FIRST(domains()), id);
	pthread_mutex_unlock(&g_lock);
	return domain;
}

struct spdk_memory_domain *
spdk_memory_domain_get_next(struct spdk_memory_domain *prev, const char *id)
{
	struct spdk_memory_domain *domain;

	if (prev == NULL) {
		return NULL;
	}
	pthread_mutex_lock(&g_lock);
	domain = first_with_id(TAILQ_NEXT(prev, link), id);
	pthread_mutex_unlock(&g_lock);
	return domain;
}

struct spdk_memory_domain *
spdk_memory_domain_get_system_domain(void)
{
	return &g_system_domain;
}

const char *
spdk_dma_device_type_get_name(enum spdk_dma_device_type type)
{
	switch (type) {
	case SPDK_DMA_DEVICE_TYPE_RDMA:
		return "rdma";
	case SPDK_DMA_DEVICE_TYPE_DMA:
		return "dma";
	case SPDK_DMA_DEVICE_TYPE_ACCEL:
		return "accel";
	default:
		break;
	}
	if (type >= SPDK_DMA_DEVICE_VENDOR_SPECIFIC_TYPE_START &&
	    type <= SPDK_DMA_DEVICE_VENDOR_SPECIFIC_TYPE_END) {
		return "vendor_specific";
	}
	return "unknown";
}
