/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Attaching the driver to controllers, and detaching it. A part of spdk/nvme.h.
 *
 * Thread: any OS thread, one at a time, while no other uses the controllers that are concerned. A
 *   controller belongs to no thread; that of spdk_nvme_probe_async() polls, and gets the
 *   callbacks.
 * Errors: over fabrics, there is no transport yet: an identifier of one is refused with an
 *   explanation, -ENOTSUP or NULL.
 */
#ifndef SPDK_NVME_PROBE_H
#define SPDK_NVME_PROBE_H

#include "spdk/stdinc.h"

#include "spdk/env.h"
#include "spdk/nvme/controller_options.h"
#include "spdk/nvme/handle.h"
#include "spdk/nvme/transport_id.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A controller has been found: whether to attach to it.
 *
 * Shape: trid tells which. opts has defaults, which may be changed.
 * Callback: once for each that is not attached yet. False leaves it alone.
 */
typedef bool (*spdk_nvme_probe_cb)(void *cb_ctx, const struct spdk_nvme_transport_id *trid,
				   struct spdk_nvme_ctrlr_opts *opts);

/**
 * A controller is ready.
 *
 * Owner: ctrlr is the program's, until spdk_nvme_detach(). trid and opts last until the callback
 *   returns.
 * Shape: opts is what is in effect. cb_ctx is that of the probe; from spdk_nvme_connect_async(),
 *   it is the address of the options that were given.
 * Callback: once for each that was asked for and became ready.
 */
typedef void (*spdk_nvme_attach_cb)(void *cb_ctx, const struct spdk_nvme_transport_id *trid,
				    struct spdk_nvme_ctrlr *ctrlr,
				    const struct spdk_nvme_ctrlr_opts *opts);

/**
 * A controller that was asked for did not become ready; a message has said what was wrong.
 *
 * Errors: rc: -ETIMEDOUT: it took too long; -EACCES: another process has the device, or there is no
 *   right to use it; -ENODEV: there is none at the address that was asked for, or
 *   it is not given to user space, which is not logged then; others as the kernel gave them when it
 *   was opened; -ENXIO: it was pulled out; -EIO: it
 *   refused a command, or has failed; -EPROTO: it answers with what makes no sense; -EINVAL: it
 *   does not have what the options ask for; -ENOMEM.
 */
typedef void (*spdk_nvme_attach_fail_cb)(void *cb_ctx, const struct spdk_nvme_transport_id *trid,
					 int rc);

/**
 * A controller has been pulled out. It stays failed: I/O completes with an error. Detach it when
 * nobody uses it any more, in this callback too.
 *
 * Callback: once, from a probe or from spdk_nvme_scan_attached().
 */
typedef void (*spdk_nvme_remove_cb)(void *cb_ctx, struct spdk_nvme_ctrlr *ctrlr);

/** Whether a device that was plugged in is one for this program. */
typedef bool (*spdk_nvme_pcie_hotplug_filter_cb)(const struct spdk_pci_addr *addr);

/** Sets what is asked about devices that are plugged in. NULL, and at first: all are wanted. */
void spdk_nvme_pcie_set_hotplug_filter(spdk_nvme_pcie_hotplug_filter_cb filter_cb);

/**
 * Looks for controllers, asks probe_cb about each that is not attached, initialises those that
 * are wanted, all of them at the same time, and waits until they are ready or have failed.
 *
 * Shape: trid NULL, or of PCIe without traddr: all of the bus. With traddr: that device only.
 *   probe_cb NULL: all are wanted. attach_cb and remove_cb may be NULL.
 * Callback: all from within this call; remove_cb also from later ones, for those that it
 *   attached.
 * Errors: -EIO or another negative value: the probe could not begin, explained: the environment is
 *   not up, trid names what is not there, or the bus cannot be searched. Those that were wanted and
 *   did not become ready are told by attach_fail_cb of spdk_nvme_probe_ext() and the log, and are
 * no error here, since others may have. Source: initialisation is that of the NVM Express base
 * specification, 'Controller Initialization'.
 */
int spdk_nvme_probe(const struct spdk_nvme_transport_id *trid, void *cb_ctx,
		    spdk_nvme_probe_cb probe_cb, spdk_nvme_attach_cb attach_cb,
		    spdk_nvme_remove_cb remove_cb);

/** spdk_nvme_probe(), and attach_fail_cb for each that does not become ready. */
int spdk_nvme_probe_ext(const struct spdk_nvme_transport_id *trid, void *cb_ctx,
			spdk_nvme_probe_cb probe_cb, spdk_nvme_attach_cb attach_cb,
			spdk_nvme_attach_fail_cb attach_fail_cb, spdk_nvme_remove_cb remove_cb);

/**
 * Attaches to the controller at trid, and waits until it is ready. For several of them,
 * spdk_nvme_probe() takes less time, because they start together.
 *
 * Shape: opts NULL: defaults; opts_size is sizeof(struct spdk_nvme_ctrlr_opts) as the caller was
 *   compiled, or 0 with NULL.
 * Errors: NULL, explained. One that is attached already is returned again; detach it as often.
 */
struct spdk_nvme_ctrlr *
spdk_nvme_connect(const struct spdk_nvme_transport_id *trid,
		  const struct spdk_nvme_ctrlr_opts *opts, size_t opts_size);

/** Controllers on their way to being ready. */
struct spdk_nvme_probe_ctx;

/**
 * Begins spdk_nvme_connect(). Go on with spdk_nvme_probe_poll_async().
 *
 * Owner: opts is copied. The address, which cb_ctx of attach_cb has, may be one of a larger
 *   struct.
 * Callback: attach_cb at most once, from the polling calls.
 * Errors: NULL, explained.
 */
struct spdk_nvme_probe_ctx *
spdk_nvme_connect_async(const struct spdk_nvme_transport_id *trid,
			const struct spdk_nvme_ctrlr_opts *opts, spdk_nvme_attach_cb attach_cb);

/**
 * Begins spdk_nvme_probe(). probe_cb runs from within this call, attach_cb from the polling ones.
 *
 * Errors: NULL, explained.
 */
struct spdk_nvme_probe_ctx *
spdk_nvme_probe_async(const struct spdk_nvme_transport_id *trid, void *cb_ctx,
		      spdk_nvme_probe_cb probe_cb, spdk_nvme_attach_cb attach_cb,
		      spdk_nvme_remove_cb remove_cb);

/** Begins spdk_nvme_probe_ext(). */
struct spdk_nvme_probe_ctx *
spdk_nvme_probe_async_ext(const struct spdk_nvme_transport_id *trid, void *cb_ctx,
			  spdk_nvme_probe_cb probe_cb, spdk_nvme_attach_cb attach_cb,
			  spdk_nvme_attach_fail_cb attach_fail_cb, spdk_nvme_remove_cb remove_cb);

/**
 * One step of what spdk_nvme_probe_async() and its kin began. Never waits.
 *
 * Owner: frees probe_ctx when it does not return -EAGAIN.
 * Errors: -EAGAIN: it is not through yet: call again. Whether a controller failed is told by
 *   attach_fail_cb, or by attach_cb that did not run.
 */
int spdk_nvme_probe_poll_async(struct spdk_nvme_probe_ctx *probe_ctx);

/**
 * Detaches from a controller: shuts it down, unless its options say otherwise, and gives the
 * device back. Queue pairs that are left are freed, their I/O aborted. Waits for as long as the
 * controller needs, at most for its own shutdown time (RTD3E, 10 s if it tells none).
 *
 * Errors: -EINVAL: NULL; -EBUSY: from within a callback of this controller's commands, I/O or
 *   admin, or of its events, explained; -ENOMEM. What goes wrong with the device meanwhile is
 *   logged.
 */
int spdk_nvme_detach(struct spdk_nvme_ctrlr *ctrlr);

/** Controllers that are being shut down. */
struct spdk_nvme_detach_ctx;

/**
 * Begins to detach, so that several controllers shut down at the same time.
 *
 * Shape: *detach_ctx is NULL at first, and is then what the first call made of it.
 * Errors: -EINVAL: an argument is NULL; -EBUSY and -ENOMEM as above. One that was connected several
 * times is only counted down; without any other, *detach_ctx stays NULL.
 */
int spdk_nvme_detach_async(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_detach_ctx **detach_ctx);

/**
 * One step of that.
 *
 * Owner: frees detach_ctx when it returns 0.
 * Errors: -EAGAIN: call again; -EINVAL: NULL.
 */
int spdk_nvme_detach_poll_async(struct spdk_nvme_detach_ctx *detach_ctx);

/** Calls spdk_nvme_detach_poll_async() until it is through. NULL does nothing. */
void spdk_nvme_detach_poll(struct spdk_nvme_detach_ctx *detach_ctx);

/**
 * Looks only whether controllers that are attached have been pulled out, and tells their
 * remove_cb.
 *
 * Errors: -ENOTSUP: no such transport; -ENOMEM.
 */
int spdk_nvme_scan_attached(const struct spdk_nvme_transport_id *trid);

/** Sets another remove_cb and its context than those of the probe. NULL: none. */
void spdk_nvme_ctrlr_set_remove_cb(struct spdk_nvme_ctrlr *ctrlr, spdk_nvme_remove_cb remove_cb,
				   void *remove_ctx);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_PROBE_H */
