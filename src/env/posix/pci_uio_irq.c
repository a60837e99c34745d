/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The interrupt line of a device of uio_pci_generic.
 *
 * /dev/uioN becomes readable when the line was raised, and is read by 4 bytes; those who use
 * spdk/env.h read 8, as from an eventfd. So they get an eventfd, and the kernel itself signals it:
 * a poll of the uio file is submitted as asynchronous I/O (io_submit(2), IOCB_CMD_POLL) whose
 * completion does that. There is no OS thread between.
 *
 * A line goes round like this:
 *   WAITING  a poll is submitted, the line is open in the command register.
 *            -> RAISED  in the kernel, which closes the line and completes the poll
 *   RAISED   nothing comes any more, whatever the device does.
 *            -> WAITING  pci_uio_irq_rearm(); a line that is still up is raised at once
 *            -> RAISED   pci_uio_irq_rearm() of a device that is not there any more
 */
#include "env/posix/pci_kernel.h"
#include "env/posix/pci_own.h"
#include "spdk/log.h"

#ifndef IOCB_CMD_POLL
#define IOCB_CMD_POLL 5
#endif

static int
explain(const struct pci_own *own, const char *step, int rc)
{
	char text[PCI_ADDR_TEXT_SIZE];

	SPDK_ERRLOG("PCI device %s has no interrupt by uio: %s: %s. That needs Linux 4.18 with "
		    "asynchronous I/O that is not forbidden (seccomp) or used up "
		    "(/proc/sys/fs/aio-max-nr). Poll the device, or bind it to vfio-pci.\n",
		    pci_addr_text(&own->pci.addr, text), step, strerror(-rc));
	return rc;
}

/* Takes note of all lines that were raised before, and waits for the next one. */
static int
submit_poll(struct pci_own *own)
{
	struct iocb poll_request = {
		.aio_lio_opcode = IOCB_CMD_POLL,
		.aio_fildes = (uint32_t)own->fd,
		.aio_buf = POLLIN,
		.aio_flags = IOCB_FLAG_RESFD,
		.aio_resfd = (uint32_t)own->irqs.fds[0],
	};
	struct iocb *requests[] = {&poll_request};
	uint32_t raised_count;

	/* -EAGAIN: there were none. */
	(void)pci_kernel()->pread(own->fd, &raised_count, sizeof(raised_count), 0);
	return syscall(SYS_io_submit, own->irqs.aio, 1, requests) == 1 ? 0 : -errno;
}

/* Whether the poll that was submitted has been completed. */
static bool
is_raised(struct pci_own *own)
{
	struct timespec no_time = {0};
	struct io_event event;

	return syscall(SYS_io_getevents, own->irqs.aio, 0, 1, &event, &no_time) == 1;
}

/* The line of a device that was pulled out is raised for ever, and has nobody to be opened for. */
static bool
is_there(struct pci_own *own)
{
	uint16_t command;

	return own->way->config_read(&own->pci, &command, sizeof(command), PCI_COMMAND) == 0;
}

uint32_t
pci_uio_irq_count_max(struct pci_own *own)
{
	char driver[PCI_NAME_SIZE];
	uint8_t pin;

	if (pci_sysfs_driver(&own->pci, driver) != 0 || strcmp(driver, "uio_pci_generic") != 0 ||
	    pci_sysfs_config_read(&own->pci, &pin, sizeof(pin), PCI_INTERRUPT_PIN) != 0) {
		return 0;
	}
	return pin != 0 ? 1 : 0;
}

static int
check_count(struct pci_own *own, uint32_t count)
{
	char text[PCI_ADDR_TEXT_SIZE];

	pci_addr_text(&own->pci.addr, text);
	if (pci_uio_irq_count_max(own) == 0) {
		SPDK_ERRLOG("PCI device %s has no interrupt line that its driver of uio gives to "
			    "user space. Poll the device, or bind it to vfio-pci.\n",
			    text);
		return -ENOTSUP;
	}
	if (count > 1) {
		SPDK_ERRLOG(
			"PCI device %s has one interrupt by uio, not %u. Enable one, or bind it "
			"to vfio-pci, which has MSI-X.\n",
			text, count);
		return -ERANGE;
	}
	return 0;
}

int
pci_uio_irq_enable(struct pci_own *own, uint32_t count)
{
	int rc = check_count(own, count);

	if (rc == 0) {
		rc = pci_own_make_fds(own, count);
	}
	if (rc != 0) {
		return rc;
	}
	own->irqs.aio = 0;
	if (syscall(SYS_io_setup, 1, &own->irqs.aio) != 0) {
		rc = explain(own, "io_setup", -errno);
		goto free_fds;
	}
	rc = submit_poll(own);
	if (rc != 0) {
		explain(own, "io_submit", rc);
		goto destroy_aio;
	}
	rc = pci_own_change_command(own, 0, PCI_COMMAND_INTX_DISABLE);
	if (rc != 0) {
		goto destroy_aio;
	}
	own->irqs.is_line = true;
	return 0;

destroy_aio:
	(void)syscall(SYS_io_destroy, own->irqs.aio);
free_fds:
	pci_own_free_fds(own);
	return rc;
}

int
pci_uio_irq_disable(struct pci_own *own)
{
	int rc = is_there(own) ? pci_own_change_command(own, PCI_COMMAND_INTX_DISABLE, 0) : -ENODEV;

	/* Cancels the poll. */
	(void)syscall(SYS_io_destroy, own->irqs.aio);
	pci_own_free_fds(own);
	return rc;
}

int
pci_uio_irq_rearm(struct pci_own *own)
{
	int rc;

	if (!is_raised(own)) {
		return 0;
	}
	if (!is_there(own)) {
		return -ENODEV;
	}
	rc = submit_poll(own);
	return rc != 0 ? explain(own, "io_submit", rc) :
			 pci_own_change_command(own, 0, PCI_COMMAND_INTX_DISABLE);
}
