/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the fake needs of the machine: memory that is seen from two sides, and an OS thread.
 *
 * The BAR is a file in memory that is mapped once for the fake and once for each driver. They are
 * the same memory at different addresses, so that ThreadSanitizer takes accesses of the two sides
 * for what they are, those of a device and of a program, which it knows nothing about. And when the
 * file is cut, an access to the driver's mapping is a bus error, as after a surprise removal.
 */
#include "io/nvme/fake/fake_internal.h"

#include <sys/mman.h>

/* Rounds without work after which the thread rests a little. */
#define ROUNDS_BEFORE_REST 200
#define REST_NS            20000
#define BAR_ALIGN          ((uintptr_t)2 << 20)

struct fake_bar {
	int fd;
	size_t size;
	uint8_t *registers;
};

struct fake_thread {
	pthread_t id;
	atomic_bool stops;
};

struct fake_bar *
fake_bar_create(size_t size)
{
	struct fake_bar *bar = calloc(1, sizeof(*bar));

	if (bar == NULL) {
		return NULL;
	}
	bar->size = size;
	bar->fd = memfd_create("nvme_fake", MFD_CLOEXEC);
	if (bar->fd < 0 || ftruncate(bar->fd, (off_t)size) != 0) {
		goto close_file;
	}
	bar->registers = fake_bar_map(bar);
	if (bar->registers == NULL) {
		goto close_file;
	}
	return bar;

close_file:
	if (bar->fd >= 0) {
		close(bar->fd);
	}
	free(bar);
	return NULL;
}

void
fake_bar_destroy(struct fake_bar *bar)
{
	munmap(bar->registers, bar->size);
	close(bar->fd);
	free(bar);
}

uint8_t *
fake_bar_registers(struct fake_bar *bar)
{
	return bar->registers;
}

void *
fake_bar_map(struct fake_bar *bar)
{
	size_t spare = bar->size % BAR_ALIGN == 0 ? BAR_ALIGN : 0;
	char *room, *address;

	/* As the environment maps BARs: memory is registered in pieces of 2 MiB. */
	room = mmap(NULL, bar->size + spare, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED) {
		return NULL;
	}
	address = spare == 0 ? room : (char *)SPDK_ALIGN_CEIL((uintptr_t)room, BAR_ALIGN);
	if (mmap(address, bar->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, bar->fd, 0) ==
	    MAP_FAILED) {
		munmap(room, bar->size + spare);
		return NULL;
	}
	if (address > room) {
		munmap(room, (size_t)(address - room));
	}
	if (address < room + spare) {
		munmap(address + bar->size, (size_t)(room + spare - address));
	}
	return address;
}

void
fake_bar_unmap(struct fake_bar *bar, void *address)
{
	munmap(address, bar->size);
}

void
fake_bar_cut(struct fake_bar *bar)
{
	int rc = ftruncate(bar->fd, 0);

	assert(rc == 0);
	(void)rc; /* Without assertions. */
}

static void *
run(void *arg)
{
	struct fake *fake = arg;
	struct fake_thread *thread = fake->thread;
	const struct timespec rest = {.tv_nsec = REST_NS};
	uint32_t idle = 0;

	while (!atomic_load_explicit(&thread->stops, memory_order_acquire)) {
		if (fake_step(fake) != 0) {
			idle = 0;
		} else if (++idle >= ROUNDS_BEFORE_REST) {
			nanosleep(&rest, NULL);
		} else {
			sched_yield();
		}
	}
	return NULL;
}

void
fake_start(struct fake *fake)
{
	int rc;

	assert(fake->thread == NULL);
	fake->thread = calloc(1, sizeof(*fake->thread));
	if (fake->thread == NULL) {
		abort();
	}
	rc = pthread_create(&fake->thread->id, NULL, run, fake);
	if (rc != 0) {
		abort();
	}
}

void
fake_stop(struct fake *fake)
{
	if (fake->thread == NULL) {
		return;
	}
	atomic_store_explicit(&fake->thread->stops, true, memory_order_release);
	pthread_join(fake->thread->id, NULL);
	free(fake->thread);
	fake->thread = NULL;
}
