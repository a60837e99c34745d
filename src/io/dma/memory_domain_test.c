/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory domains: what they keep of their makers, where calls go, and who is on the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/failing_malloc.h"
#include "spdk/dma.h"
#include "spdk/log.h"

/* The last call that reached a function of the domain. */
static struct {
	void *domain;
	void *ctx;
	void *first;
	uint32_t first_count;
	void *second;
	uint32_t second_count;
	int done;
	int rc;
} g_seen;

static void
moved(void *arg, int rc)
{
	assert_ptr_equal(arg, &g_seen);
	g_seen.done++;
	g_seen.rc = rc;
}

static int
see(struct spdk_memory_domain *domain, void *ctx, struct iovec *first, uint32_t first_count,
    struct iovec *second, uint32_t second_count, spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	g_seen.domain = domain;
	g_seen.ctx = ctx;
	g_seen.first = first;
	g_seen.first_count = first_count;
	g_seen.second = second;
	g_seen.second_count = second_count;
	cb_fn(cb_arg, -5);
	return 0;
}

static int
see_transfer(struct spdk_memory_domain *dst_domain, void *dst_ctx, struct iovec *dst,
	     uint32_t dst_count, struct spdk_memory_domain *src_domain, void *src_ctx,
	     struct iovec *src, uint32_t src_count,
	     struct spdk_memory_domain_translation_result *translation,
	     spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	assert_ptr_equal(src_domain, spdk_memory_domain_get_system_domain());
	assert_ptr_equal(src_ctx, (void *)7);
	assert_null(translation);
	return see(dst_domain, dst_ctx, dst, dst_count, src, src_count, cb_fn, cb_arg);
}

static int
see_memzero(struct spdk_memory_domain *domain, void *ctx, struct iovec *iovs, uint32_t count,
	    spdk_memory_domain_data_cpl_cb cb_fn, void *cb_arg)
{
	return see(domain, ctx, iovs, count, NULL, 0, cb_fn, cb_arg);
}

static int
see_translate(struct spdk_memory_domain *src_domain, void *src_ctx,
	      struct spdk_memory_domain *dst_domain,
	      struct spdk_memory_domain_translation_ctx *dst_ctx, void *addr, size_t len,
	      struct spdk_memory_domain_translation_result *result)
{
	g_seen.domain = src_domain;
	g_seen.ctx = src_ctx;
	result->iov.iov_base = addr;
	result->iov.iov_len = len;
	return -ERANGE;
}

static void
see_invalidate(struct spdk_memory_domain *domain, void *ctx, struct iovec *iovs, uint32_t count)
{
	see(domain, ctx, iovs, count, NULL, 0, moved, &g_seen);
}

static struct spdk_memory_domain *
plain_domain(void)
{
	struct spdk_memory_domain *domain = NULL;

	assert_int_equal(spdk_memory_domain_create(&domain, SPDK_DMA_DEVICE_TYPE_RDMA, NULL, "x"),
			 0);
	memset(&g_seen, 0, sizeof(g_seen));
	return domain;
}

static void
a_domain_without_functions_says_so(void **state)
{
	struct spdk_memory_domain *domain = plain_domain();
	struct spdk_memory_domain_translation_result result = {.size = sizeof(result)};
	struct iovec iov = {0};

	assert_int_equal(
		spdk_memory_domain_pull_data(domain, NULL, &iov, 1, &iov, 1, moved, &g_seen),
		-ENOTSUP);
	assert_int_equal(
		spdk_memory_domain_push_data(domain, NULL, &iov, 1, &iov, 1, moved, &g_seen),
		-ENOTSUP);
	assert_int_equal(spdk_memory_domain_transfer_data(domain, NULL, &iov, 1, domain, NULL, &iov,
							  1, NULL, moved, &g_seen),
			 -ENOTSUP);
	assert_int_equal(spdk_memory_domain_memzero(domain, NULL, &iov, 1, moved, &g_seen),
			 -ENOTSUP);
	assert_int_equal(
		spdk_memory_domain_translate_data(domain, NULL, domain, NULL, &iov, 1, &result),
		-ENOTSUP);
	spdk_memory_domain_invalidate_data(domain, NULL, &iov, 1);
	assert_int_equal(g_seen.done, 0);
	spdk_memory_domain_destroy(domain);
}

static void
expect_seen(struct spdk_memory_domain *domain, struct iovec *first, struct iovec *second)
{
	assert_ptr_equal(g_seen.domain, domain);
	assert_ptr_equal(g_seen.ctx, (void *)9);
	assert_ptr_equal(g_seen.first, first);
	assert_int_equal(g_seen.first_count, 1);
	assert_ptr_equal(g_seen.second, second);
	assert_int_equal(g_seen.second_count, second != NULL ? 2 : 0);
	assert_int_equal(g_seen.done, 1);
	assert_int_equal(g_seen.rc, -5);
	memset(&g_seen, 0, sizeof(g_seen));
}

static void
calls_reach_what_was_set(void **state)
{
	struct spdk_memory_domain *system = spdk_memory_domain_get_system_domain();
	struct spdk_memory_domain *domain = plain_domain();
	struct iovec a[1] = {{0}}, b[2] = {{0}};

	spdk_memory_domain_set_pull(domain, see);
	assert_int_equal(
		spdk_memory_domain_pull_data(domain, (void *)9, a, 1, b, 2, moved, &g_seen), 0);
	expect_seen(domain, a, b);
	spdk_memory_domain_set_push(domain, see);
	assert_int_equal(
		spdk_memory_domain_push_data(domain, (void *)9, a, 1, b, 2, moved, &g_seen), 0);
	expect_seen(domain, a, b);
	spdk_memory_domain_set_data_transfer(domain, see_transfer);
	assert_int_equal(spdk_memory_domain_transfer_data(domain, (void *)9, a, 1, system,
							  (void *)7, b, 2, NULL, moved, &g_seen),
			 0);
	expect_seen(domain, a, b);
	spdk_memory_domain_set_memzero(domain, see_memzero);
	assert_int_equal(spdk_memory_domain_memzero(domain, (void *)9, a, 1, moved, &g_seen), 0);
	expect_seen(domain, a, NULL);
	spdk_memory_domain_set_invalidate(domain, see_invalidate);
	spdk_memory_domain_invalidate_data(domain, (void *)9, a, 1);
	expect_seen(domain, a, NULL);
	spdk_memory_domain_destroy(domain);
}

static void
a_translation_answers_for_its_source(void **state)
{
	struct spdk_memory_domain_translation_result result = {.size = sizeof(result)};
	struct spdk_memory_domain *domain = plain_domain();

	spdk_memory_domain_set_translation(domain, see_translate);
	assert_int_equal(spdk_memory_domain_translate_data(domain, (void *)9,
							   spdk_memory_domain_get_system_domain(),
							   NULL, (void *)0x1000, 12, &result),
			 -ERANGE);
	assert_ptr_equal(g_seen.domain, domain);
	assert_ptr_equal(g_seen.ctx, (void *)9);
	assert_ptr_equal(result.iov.iov_base, (void *)0x1000);
	assert_int_equal(result.iov.iov_len, 12);
	spdk_memory_domain_destroy(domain);
}

static void
bytes_of_the_maker_are_copied(void **state)
{
	struct spdk_memory_domain_rdma_ctx rdma = {.size = sizeof(rdma), .ibv_pd = (void *)0x55};
	struct spdk_memory_domain_ctx ctx = {
		.size = sizeof(ctx), .user_ctx = &rdma, .user_ctx_size = sizeof(rdma)};
	struct spdk_memory_domain_rdma_ctx *kept;
	struct spdk_memory_domain *domain;
	char id[] = "mlx5_0";
	size_t size = 0;

	assert_int_equal(spdk_memory_domain_create(&domain, SPDK_DMA_DEVICE_TYPE_RDMA, &ctx, id),
			 0);
	rdma.ibv_pd = NULL;
	id[0] = 'x';
	kept = spdk_memory_domain_get_user_context(domain, &size);
	assert_ptr_not_equal(kept, &rdma);
	assert_int_equal(size, sizeof(rdma));
	assert_ptr_equal(kept->ibv_pd, (void *)0x55);
	assert_ptr_equal(spdk_memory_domain_get_context(domain)->user_ctx, kept);
	assert_string_equal(spdk_memory_domain_get_dma_device_id(domain), "mlx5_0");
	assert_int_equal(spdk_memory_domain_get_dma_device_type(domain), SPDK_DMA_DEVICE_TYPE_RDMA);
	spdk_memory_domain_destroy(domain);
}

static void
a_pointer_without_a_size_stays_a_pointer(void **state)
{
	struct spdk_memory_domain_ctx ctx = {.size = sizeof(ctx), .user_ctx = (void *)0x77};
	struct spdk_memory_domain *domain;
	size_t size = 1;

	assert_int_equal(spdk_memory_domain_create(&domain, SPDK_DMA_DEVICE_TYPE_DMA, &ctx, NULL),
			 0);
	assert_ptr_equal(spdk_memory_domain_get_user_context(domain, &size), (void *)0x77);
	assert_int_equal(size, 0);
	assert_null(spdk_memory_domain_get_dma_device_id(domain));
	spdk_memory_domain_destroy(domain);
	domain = plain_domain();
	assert_null(spdk_memory_domain_get_context(domain));
	size = 1;
	assert_null(spdk_memory_domain_get_user_context(domain, &size));
	assert_int_equal(size, 0);
	spdk_memory_domain_destroy(domain);
}

/* A program that was compiled when the struct ended with user_ctx. */
static void
fields_beyond_the_size_are_not_read(void **state)
{
	struct spdk_memory_domain_ctx ctx = {
		.size = offsetof(struct spdk_memory_domain_ctx, user_ctx_size),
		.user_ctx = (void *)0x77,
		.user_ctx_size = 1 << 20};
	struct spdk_memory_domain *domain;
	size_t size = 1;

	assert_int_equal(spdk_memory_domain_create(&domain, SPDK_DMA_DEVICE_TYPE_DMA, &ctx, NULL),
			 0);
	assert_ptr_equal(spdk_memory_domain_get_user_context(domain, &size), (void *)0x77);
	assert_int_equal(size, 0);
	spdk_memory_domain_destroy(domain);
}

static void
what_makes_no_domain_is_refused(void **state)
{
	struct spdk_memory_domain_ctx ctx = {0};
	struct spdk_memory_domain *domain = (void *)0x1;

	assert_int_equal(spdk_memory_domain_create(NULL, SPDK_DMA_DEVICE_TYPE_DMA, NULL, NULL),
			 -EINVAL);
	assert_int_equal(spdk_memory_domain_create(&domain, SPDK_DMA_DEVICE_TYPE_DMA, &ctx, NULL),
			 -EINVAL);
	ctx.size = sizeof(ctx);
	ctx.user_ctx_size = 4;
	assert_int_equal(spdk_memory_domain_create(&domain, SPDK_DMA_DEVICE_TYPE_DMA, &ctx, NULL),
			 -EINVAL);
	assert_ptr_equal(domain, (void *)0x1);
	spdk_memory_domain_destroy(NULL);
	spdk_memory_domain_destroy(spdk_memory_domain_get_system_domain());
	assert_ptr_equal(spdk_memory_domain_get_first("system"),
			 spdk_memory_domain_get_system_domain());
}

static void
the_list_has_all_in_order_or_those_with_an_id(void **state)
{
	struct spdk_memory_domain *system = spdk_memory_domain_get_system_domain();
	struct spdk_memory_domain *a1, *b, *none, *a2;

	assert_int_equal(spdk_memory_domain_create(&a1, SPDK_DMA_DEVICE_TYPE_DMA, NULL, "a"), 0);
	assert_int_equal(spdk_memory_domain_create(&b, SPDK_DMA_DEVICE_TYPE_DMA, NULL, "b"), 0);
	assert_int_equal(spdk_memory_domain_create(&none, SPDK_DMA_DEVICE_TYPE_DMA, NULL, NULL), 0);
	assert_int_equal(spdk_memory_domain_create(&a2, SPDK_DMA_DEVICE_TYPE_DMA, NULL, "a"), 0);
	assert_ptr_equal(spdk_memory_domain_get_first(NULL), system);
	assert_ptr_equal(spdk_memory_domain_get_first("a"), a1);
	assert_ptr_equal(spdk_memory_domain_get_next(a1, "a"), a2);
	assert_null(spdk_memory_domain_get_next(a2, "a"));
	assert_ptr_equal(spdk_memory_domain_get_next(b, NULL), none);
	assert_ptr_equal(spdk_memory_domain_get_next(none, NULL), a2);
	assert_null(spdk_memory_domain_get_next(a2, NULL));
	assert_null(spdk_memory_domain_get_next(NULL, NULL));
	assert_null(spdk_memory_domain_get_first("c"));
	spdk_memory_domain_destroy(a1);
	assert_ptr_equal(spdk_memory_domain_get_first("a"), a2);
	spdk_memory_domain_destroy(b);
	spdk_memory_domain_destroy(none);
	spdk_memory_domain_destroy(a2);
}

static void
the_system_domain_is_ordinary_memory(void **state)
{
	struct spdk_memory_domain *system = spdk_memory_domain_get_system_domain();
	struct spdk_memory_domain_translation_result result = {.size = sizeof(result)};
	struct spdk_memory_domain *other = plain_domain();
	char from[] = "from", to[5] = "", left[6] = "-----";
	struct iovec src = {from, sizeof(from)}, dst = {to, sizeof(to)};
	struct iovec two[2] = {{left, 2}, {left + 3, 2}};

	assert_int_equal(
		spdk_memory_domain_pull_data(system, NULL, &src, 1, &dst, 1, moved, &g_seen), 0);
	assert_string_equal(to, "from");
	to[0] = 'F';
	assert_int_equal(
		spdk_memory_domain_push_data(system, NULL, &src, 1, &dst, 1, moved, &g_seen), 0);
	assert_string_equal(from, "From");
	assert_int_equal(g_seen.done, 2);
	assert_int_equal(g_seen.rc, 0);
	/* There is no room for all of it. */
	assert_int_equal(
		spdk_memory_domain_pull_data(system, NULL, &src, 1, two, 2, moved, &g_seen),
		-EINVAL);
	assert_int_equal(g_seen.done, 2);
	memcpy(left, "-----", 6);
	assert_int_equal(spdk_memory_domain_memzero(system, NULL, two, 2, moved, &g_seen), 0);
	assert_memory_equal(left, "\0\0-\0\0", 5);
	assert_int_equal(
		spdk_memory_domain_translate_data(system, NULL, system, NULL, to, 3, &result), 0);
	assert_int_equal(result.iov_count, 1);
	assert_ptr_equal(result.iov.iov_base, to);
	assert_int_equal(result.iov.iov_len, 3);
	assert_ptr_equal(result.dst_domain, system);
	assert_int_equal(
		spdk_memory_domain_translate_data(system, NULL, other, NULL, to, 3, &result),
		-ENOTSUP);
	assert_int_equal(spdk_memory_domain_get_dma_device_type(system), SPDK_DMA_DEVICE_TYPE_DMA);
	spdk_memory_domain_destroy(other);
}

static void
types_have_names(void **state)
{
	assert_string_equal(spdk_dma_device_type_get_name(SPDK_DMA_DEVICE_TYPE_RDMA), "rdma");
	assert_string_equal(spdk_dma_device_type_get_name(SPDK_DMA_DEVICE_TYPE_DMA), "dma");
	assert_string_equal(spdk_dma_device_type_get_name(SPDK_DMA_DEVICE_TYPE_ACCEL), "accel");
	assert_string_equal(spdk_dma_device_type_get_name(1000), "vendor_specific");
	assert_string_equal(spdk_dma_device_type_get_name(1999), "vendor_specific");
	assert_string_equal(spdk_dma_device_type_get_name(2000), "unknown");
	assert_string_equal(spdk_dma_device_type_get_name(3), "unknown");
}

static void
out_of_memory_leaves_no_domain_behind(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	struct spdk_memory_domain_ctx ctx = {
		.size = sizeof(ctx), .user_ctx = &ctx, .user_ctx_size = 1};
	struct spdk_memory_domain *domain = NULL;
	long live = t_live, failures = g_failures;
	int rc = -ENOMEM;

	for (long left = 0; rc != 0; left++) {
		t_allocations_left = left;
		rc = spdk_memory_domain_create(&domain, SPDK_DMA_DEVICE_TYPE_DMA, &ctx, "oom");
		t_allocations_left = -1;
		if (rc != 0) {
			assert_int_equal(rc, -ENOMEM);
			assert_null(domain);
			assert_null(spdk_memory_domain_get_first("oom"));
			assert_int_equal(t_live, live);
		}
	}
	assert_int_equal(g_failures - failures, 3);
	spdk_memory_domain_destroy(domain);
	assert_int_equal(t_live, live);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_without_functions_says_so),
		cmocka_unit_test(calls_reach_what_was_set),
		cmocka_unit_test(a_translation_answers_for_its_source),
		cmocka_unit_test(bytes_of_the_maker_are_copied),
		cmocka_unit_test(a_pointer_without_a_size_stays_a_pointer),
		cmocka_unit_test(fields_beyond_the_size_are_not_read),
		cmocka_unit_test(what_makes_no_domain_is_refused),
		cmocka_unit_test(the_list_has_all_in_order_or_those_with_an_id),
		cmocka_unit_test(the_system_domain_is_ordinary_memory),
		cmocka_unit_test(types_have_names),
		cmocka_unit_test(out_of_memory_leaves_no_domain_behind),
	};

	spdk_log_set_print_level(SPDK_LOG_DISABLED);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
