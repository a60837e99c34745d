/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spdk_malloc() and its like: arguments are checked here, the heap does the work. Also the order in
 * which memory comes up and goes down: maps first, because every arena is entered into them.
 */
#include "env/posix/memory.h"

#include "env/posix/heap.h"
#include "env/posix/mem_map.h"
#include "env/posix/posix_internal.h"
#include "env/posix/vfio_dma.h"
#include "env/posix/vtophys.h"
#include "spdk/log.h"

int
memory_init(const struct spdk_env_opts *opts)
{
	int rc = vtophys_init(opts);

	if (rc != 0) {
		return rc;
	}
	rc = heap_init(opts);
	if (rc != 0) {
		vtophys_fini();
	}
	return rc;
}

void
memory_fini(void)
{
	struct heap_usage usage;
	size_t pool_count, zone_count, region_count, region_size;

	if (!heap_is_up()) {
		return;
	}
	heap_get_usage(&usage);
	pool_count = mempool_forget_all();
	zone_count = memzone_forget_all();
	if (usage.count > 0) {
		SPDK_WARNLOG(
			"spdk_env_fini() releases memory that is still allocated: %zu buffers, %zu "
			"bytes in all, among them %zu of memory pools and %zu memory zones.\n",
			usage.count, usage.size, pool_count, zone_count);
	}
	heap_fini();
	vfio_dma_fini();
	vtophys_fini();
	region_count = mem_register_forget_all(&region_size);
	if (region_count > 0) {
		SPDK_WARNLOG(
			"spdk_env_fini() forgets memory that is still registered: %zu regions, %zu "
			"bytes in all; spdk_mem_unregister() was not called for them.\n",
			region_count, region_size);
	}
}

bool
memory_check_up(const char *caller)
{
	if (!heap_is_up()) {
		SPDK_ERRLOG(
			"%s(): the environment is not up. Call spdk_env_init() or spdk_app_start() "
			"first; spdk_env_fini() ends it.\n",
			caller);
		return false;
	}
	return true;
}

bool
memory_check_name(const char *name, size_t space, const char *caller)
{
	if (name == NULL || name[0] == '\0') {
		SPDK_ERRLOG("%s(): a name is needed.\n", caller);
		return false;
	}
	if (strlen(name) >= space) {
		SPDK_ERRLOG("%s(): the name '%s' is longer than %zu characters.\n", caller, name,
			    space - 1);
		return false;
	}
	return true;
}

static bool
is_numa_id_valid(int numa_id)
{
	int32_t node;

	if (numa_id == SPDK_ENV_NUMA_ID_ANY) {
		return true;
	}
	SPDK_ENV_FOREACH_NUMA_ID(node)
	{
		if (node == numa_id) {
			return true;
		}
	}
	return false;
}

void *
memory_alloc(size_t size, size_t align, int numa_id, bool is_zeroed, const char *caller)
{
	bool is_zero;
	void *addr;

	if (size == 0) {
		SPDK_ERRLOG("%s(): 0 bytes were asked for.\n", caller);
		return NULL;
	}
	if ((align & (align - 1)) != 0) {
		SPDK_ERRLOG("%s(): the alignment %zu is no power of two.\n", caller, align);
		return NULL;
	}
	if (!is_numa_id_valid(numa_id)) {
		SPDK_ERRLOG("%s(): there is no NUMA node %d here. SPDK_ENV_NUMA_ID_ANY stands "
			    "for any.\n",
			    caller, numa_id);
		return NULL;
	}
	addr = heap_alloc(size, align < HEAP_GRAIN ? HEAP_GRAIN : align, numa_id, &is_zero, caller);
	if (addr != NULL && is_zeroed && !is_zero) {
		memset(addr, 0, size);
	}
	return addr;
}

void
memory_free(void *addr, const char *caller)
{
	if (addr != NULL) {
		/* A wrong address has been explained; there is no one to return an error to. */
		(void)heap_free(addr, caller);
	}
}

static bool
are_arguments_valid(const uint64_t *unused, uint32_t flags, const char *caller)
{
	if (unused != NULL) {
		SPDK_ERRLOG("%s(): no physical address is returned through the third argument "
			    "any more; pass NULL and ask spdk_vtophys().\n",
			    caller);
		return false;
	}
	if ((flags & (SPDK_MALLOC_DMA | SPDK_MALLOC_SHARE)) == 0) {
		SPDK_ERRLOG("%s(): flags 0x%x has neither SPDK_MALLOC_DMA nor SPDK_MALLOC_SHARE.\n",
			    caller, flags);
		return false;
	}
	return true;
}

void *
spdk_malloc(size_t size, size_t align, uint64_t *unused, int numa_id, uint32_t flags)
{
	return are_arguments_valid(unused, flags, __func__) ?
		       memory_alloc(size, align, numa_id, false, __func__) :
		       NULL;
}

void *
spdk_zmalloc(size_t size, size_t align, uint64_t *unused, int numa_id, uint32_t flags)
{
	return are_arguments_valid(unused, flags, __func__) ?
		       memory_alloc(size, align, numa_id, true, __func__) :
		       NULL;
}

/* Whether a buffer can stay where it is without holding on to more than twice what is asked for. */
static bool
is_still_good(void *buf, const struct heap_buffer *buffer, size_t size, size_t align)
{
	return size <= buffer->size && size >= buffer->size / 2 &&
	       (align == 0 || ((uintptr_t)buf & (align - 1)) == 0);
}

static void *
reallocate(void *buf, size_t size, size_t align, const char *caller)
{
	struct heap_buffer buffer;
	void *moved;

	if (buf == NULL) {
		return memory_alloc(size, align, SPDK_ENV_NUMA_ID_ANY, false, caller);
	}
	if (size == 0) {
		memory_free(buf, caller);
		return NULL;
	}
	if (heap_find(buf, &buffer, caller) != 0) {
		return NULL;
	}
	if ((align & (align - 1)) == 0 && is_still_good(buf, &buffer, size, align)) {
		return buf;
	}
	moved = memory_alloc(size, align, buffer.numa_id, false, caller);
	if (moved != NULL) {
		memcpy(moved, buf, size < buffer.size ? size : buffer.size);
		memory_free(buf, caller);
	}
	return moved;
}

void *
spdk_realloc(void *buf, size_t size, size_t align)
{
	return reallocate(buf, size, align, __func__);
}

void
spdk_free(void *buf)
{
	memory_free(buf, __func__);
}

void *
spdk_dma_malloc(size_t size, size_t align, uint64_t *unused)
{
	return are_arguments_valid(unused, SPDK_MALLOC_DMA, __func__) ?
		       memory_alloc(size, align, SPDK_ENV_NUMA_ID_ANY, false, __func__) :
		       NULL;
}

void *
spdk_dma_malloc_socket(size_t size, size_t align, uint64_t *unused, int numa_id)
{
	return are_arguments_valid(unused, SPDK_MALLOC_DMA, __func__) ?
		       memory_alloc(size, align, numa_id, false, __func__) :
		       NULL;
}

void *
spdk_dma_zmalloc(size_t size, size_t align, uint64_t *unused)
{
	return are_arguments_valid(unused, SPDK_MALLOC_DMA, __func__) ?
		       memory_alloc(size, align, SPDK_ENV_NUMA_ID_ANY, true, __func__) :
		       NULL;
}

void *
spdk_dma_zmalloc_socket(size_t size, size_t align, uint64_t *unused, int numa_id)
{
	return are_arguments_valid(unused, SPDK_MALLOC_DMA, __func__) ?
		       memory_alloc(size, align, numa_id, true, __func__) :
		       NULL;
}

void *
spdk_dma_realloc(void *buf, size_t size, size_t align, uint64_t *unused)
{
	return are_arguments_valid(unused, SPDK_MALLOC_DMA, __func__) ?
		       reallocate(buf, size, align, __func__) :
		       NULL;
}

void
spdk_dma_free(void *buf)
{
	memory_free(buf, __func__);
}

int
spdk_mem_get_fd_and_offset(void *vaddr, uint64_t *offset)
{
	uint64_t found;
	int fd, rc;

	if (!memory_check_up(__func__)) {
		return -EINVAL;
	}
	rc = heap_get_file(vaddr, &fd, &found);
	if (rc == -EINVAL) {
		SPDK_ERRLOG("%s(%p): not memory of spdk_malloc() and its like.\n", __func__, vaddr);
	}
	if (rc != 0) {
		return rc;
	}
	if (offset != NULL) {
		*offset = found;
	}
	return fd;
}
