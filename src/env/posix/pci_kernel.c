/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The real kernel, see pci_kernel.h.
 */
#include "env/posix/pci_kernel.h"

#include "spdk/env.h"

#include <linux/netlink.h>
#include <sys/ioctl.h>

#define CAPABILITY_SYS_IPC_LOCK 14
#define STATUS_PATH             "/proc/self/status"

static int
kernel_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd >= 0 ? fd : -errno;
}

static void
kernel_close(int fd)
{
	close(fd);
}

static int
kernel_ioctl(int fd, unsigned long request, void *arg)
{
	int rc = ioctl(fd, request, arg);

	return rc >= 0 ? rc : -errno;
}

static int
kernel_map(void *addr, size_t size, int fd, uint64_t offset, void **out_addr)
{
	void *mapped = mmap(addr, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | (addr != NULL ? MAP_FIXED : 0), fd, (off_t)offset);

	if (mapped == MAP_FAILED) {
		return -errno;
	}
	*out_addr = mapped;
	return 0;
}

static ssize_t
kernel_pread(int fd, void *buf, size_t len, uint64_t offset)
{
	ssize_t done = pread(fd, buf, len, (off_t)offset);

	return done >= 0 ? done : -errno;
}

static ssize_t
kernel_pwrite(int fd, const void *buf, size_t len, uint64_t offset)
{
	ssize_t done = pwrite(fd, buf, len, (off_t)offset);

	return done >= 0 ? done : -errno;
}

static ssize_t
kernel_receive_event(int fd, char *message, size_t size)
{
	struct sockaddr_nl sender = {0};
	struct iovec part = {.iov_base = message, .iov_len = size};
	struct msghdr header = {
		.msg_name = &sender,
		.msg_namelen = sizeof(sender),
		.msg_iov = &part,
		.msg_iovlen = 1,
	};
	ssize_t len;

	len = recvmsg(fd, &header, MSG_DONTWAIT);
	if (len < 0) {
		return -errno;
	}
	if (header.msg_namelen != sizeof(sender) || sender.nl_family != AF_NETLINK ||
	    sender.nl_pid != 0 || (header.msg_flags & MSG_TRUNC)) {
		return 0;
	}
	return len;
}

/* The value of a line of /proc/self/status, or `otherwise`. */
static uint64_t
read_status(const char *format, uint64_t otherwise)
{
	FILE *file = fopen(STATUS_PATH, "re");
	char line[128];
	uint64_t value;

	if (file == NULL) {
		return otherwise;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, format, &value) == 1) {
			otherwise = value;
			break;
		}
	}
	fclose(file);
	return otherwise;
}

static size_t
kernel_locked_limit(void)
{
	uint64_t capabilities = read_status("CapEff: %" SCNx64, 0);
	struct rlimit limit;

	if ((capabilities >> CAPABILITY_SYS_IPC_LOCK & 1) != 0 ||
	    getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
		return SIZE_MAX;
	}
	return limit.rlim_cur;
}

static size_t
kernel_locked_size(void)
{
	return read_status("VmLck: %" SCNu64, 0) * 1024;
}

static bool
kernel_has_physical_memory(void)
{
	void *buf = spdk_dma_malloc(1, 0, NULL);
	bool is_known = buf != NULL && spdk_vtophys(buf, NULL) != SPDK_VTOPHYS_ERROR;

	spdk_dma_free(buf);
	return is_known;
}

static const struct pci_kernel g_real = {
	.open = kernel_open,
	.close = kernel_close,
	.ioctl = kernel_ioctl,
	.map = kernel_map,
	.pread = kernel_pread,
	.pwrite = kernel_pwrite,
	.receive_event = kernel_receive_event,
	.locked_limit = kernel_locked_limit,
	.locked_size = kernel_locked_size,
	.has_physical_memory = kernel_has_physical_memory,
};

static const struct pci_kernel *g_kernel = &g_real;

const struct pci_kernel *
pci_kernel(void)
{
	return g_kernel;
}

void
pci_kernel_set(const struct pci_kernel *kernel)
{
	g_kernel = kernel != NULL ? kernel : &g_real;
}
