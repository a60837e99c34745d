/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * How a controller is to be set up. A part of spdk/nvme.h.
 */
#ifndef SPDK_NVME_CONTROLLER_OPTIONS_H
#define SPDK_NVME_CONTROLLER_OPTIONS_H

#include "spdk/stdinc.h"

#include "spdk/keyring.h"
#include "spdk/nvme/handle.h"
#include "spdk/nvmf_spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Options of a controller. A probe_cb gets them with defaults and may change them; for
 * spdk_nvme_connect(), fill them with spdk_nvme_ctrlr_get_default_ctrlr_opts(). What came of them
 * is what spdk_nvme_ctrlr_get_opts() tells.
 *
 * Owner: copied when the controller is attached; keys get a reference of their own.
 * Units: where a field says 'over fabrics' or names a transport, it has no effect on PCIe.
 */
struct spdk_nvme_ctrlr_opts {
	/**
	 * I/O queue pairs to ask for, which is how many can be allocated. The controller may
	 * grant fewer. Default: 1024. 0: none.
	 */
	uint32_t num_io_queues;
	/**
	 * Put submission queues into the controller's memory buffer, where it has one that takes
	 * them. Default: false; there is little to win where the buffer is slow to write.
	 */
	bool use_cmb_sqs;
	/**
	 * Detaching does not shut the controller down, which keeps what others do with it alive,
	 * but may cost it a recovery.
	 */
	bool no_shn_notification;
	/**
	 * The controller interrupts when commands are through, so that a program may sleep: see
	 * spdk_nvme_qpair_get_fd(). PCIe: needs VFIO with MSI-X, or uio with one line for all
	 * queues. Where there are none the controller is polled, which a message says, and this
	 * is false in spdk_nvme_ctrlr_get_opts().
	 */
	bool enable_interrupts;
	uint8_t reserved7;
	/**
	 * How the controller shares itself among queues. One that it does not have becomes round
	 * robin.
	 */
	enum spdk_nvme_cc_ams arb_mechanism;
	/** Commands of one queue that it takes at a time: a power of 2, 0 to 7; 7: no limit. */
	uint8_t arbitration_burst;
	/** Commands of each priority in a round, less one. Weighted round robin only. */
	uint8_t low_priority_weight;
	uint8_t medium_priority_weight;
	uint8_t high_priority_weight;
	/**
	 * The controller gives the host up after so long without a sign of life. Such signs are
	 * sent by spdk_nvme_ctrlr_process_admin_completions(), which must be called often enough.
	 * Default: 10000. 0: never; a controller without Keep Alive gets none.
	 */
	uint32_t keep_alive_timeout_ms;
	/**
	 * How often a command is sent again that failed with a status that allows it. Default: 4.
	 */
	uint8_t transport_retry_count;
	uint8_t reserved21[3];
	/**
	 * Entries of each I/O queue, unless a queue pair says otherwise. Default: 256. At least
	 * 2, at most what the controller has (CAP.MQES).
	 */
	uint32_t io_queue_size;
	/**
	 * The host's name. Empty, the default: one that is made of extended_host_id. Over
	 * fabrics.
	 */
	char hostnqn[SPDK_NVMF_NQN_MAX_LEN + 1];
	/**
	 * Requests of each I/O queue pair: I/Os under way or waiting for room in the queue. An
	 * I/O that is split takes one for each part, and one more. Default: 512. At least
	 * io_queue_size is of use.
	 */
	uint32_t io_queue_requests;
	/** The host's end of connections, as struct spdk_nvme_host_id. Empty: any. Over fabrics. */
	char src_addr[SPDK_NVMF_TRADDR_MAX_LEN + 1];
	char src_svcid[SPDK_NVMF_TRSVCID_MAX_LEN + 1];
	/** The host's identifier, for controllers that take short ones. All zeros: none. */
	uint8_t host_id[8];
	/**
	 * The host's identifier, a UUID. Default: made once a process. Reservations are held by
	 * it.
	 */
	uint8_t extended_host_id[16];
	uint8_t reserved570[2];
	/**
	 * Command sets to enable. Default: all that the controller has; that of NVM where it
	 * cannot tell. One that it does not have fails the attachment.
	 */
	enum spdk_nvme_cc_css command_set;
	/**
	 * Of each admin command of the driver itself. Default: 120000. 0: never, which waits for
	 * ever for a controller that hangs.
	 */
	uint32_t admin_timeout_ms;
	/** Checksums of headers (TCP). */
	bool header_digest;
	/** Checksums of data (TCP). */
	bool data_digest;
	/**
	 * No line in the log for a command that fails. Default: false; there is one for each,
	 * with its meaning.
	 */
	bool disable_error_logging;
	/**
	 * How long a peer may take to acknowledge: 0: the default; 1 to 31. RDMA: until it is
	 * sent anew, 4.096 us times 2 to this power. TCP: until the connection is given up, 1 ms
	 * times 2 to this power.
	 */
	uint8_t transport_ack_timeout;
	/**
	 * Entries of the admin queue. Default: 32. 16 to 4096: fewer would have no room beside the
	 * requests for events; others are changed to the nearest, explained.
	 */
	uint16_t admin_queue_size;
	uint8_t reserved586[6];
	/**
	 * sizeof(struct spdk_nvme_ctrlr_opts) as the caller was compiled; fields beyond keep
	 * their defaults.
	 */
	size_t opts_size;
	/** Of the Connect command. Over fabrics. */
	uint64_t fabrics_connect_timeout_us;
	/**
	 * The driver does not read the log page of ANA groups, so that it does not know their
	 * states. For programs that read it themselves.
	 */
	bool disable_read_ana_log_page;
	uint8_t reserved610[7];
	/**
	 * The driver does not read the list of changed namespaces when it is told of a change;
	 * then the program must, or the controller tells of no other. Other than 0: true.
	 */
	uint8_t disable_read_changed_ns_list_log_page;
	uint8_t reserved617[200];
	/** Type of service (RDMA). 0: none. */
	uint8_t transport_tos;
	/** Key for TLS (TCP). NULL: no TLS. */
	struct spdk_key *tls_psk;
	/**
	 * Keys by which the host and, unless NULL, the controller prove who they are. Over
	 * fabrics.
	 */
	struct spdk_key *dhchap_key;
	struct spdk_key *dhchap_ctrlr_key;
	/** Hashes that may be used for that: bit N is enum spdk_nvmf_dhchap_hash N. */
	uint32_t dhchap_digests;
	/** Groups that may be used for that: bit N is enum spdk_nvmf_dhchap_dhgroup N. */
	uint32_t dhchap_dhgroups;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ctrlr_opts) == 856, "Incorrect size");

/**
 * Fills opts with defaults.
 *
 * Shape: opts_size is sizeof(struct spdk_nvme_ctrlr_opts) as the caller was compiled; no more
 *   than that is written, and opts->opts_size is set to it.
 */
void spdk_nvme_ctrlr_get_default_ctrlr_opts(struct spdk_nvme_ctrlr_opts *opts, size_t opts_size);

/**
 * The options that are in effect, which may differ from those that were asked for: numbers are
 * what the controller granted.
 *
 * Owner: the controller. They do not change but in a reset.
 */
const struct spdk_nvme_ctrlr_opts *spdk_nvme_ctrlr_get_opts(struct spdk_nvme_ctrlr *ctrlr);

/** Keys for spdk_nvme_ctrlr_set_keys(). */
struct spdk_nvme_ctrlr_key_opts {
	/** sizeof(struct spdk_nvme_ctrlr_key_opts) as the caller was compiled. */
	size_t size;
	/** Of the host, and of the controller; NULL: none. */
	struct spdk_key *dhchap_key;
	struct spdk_key *dhchap_ctrlr_key;
};

/**
 * Changes the keys of in-band authentication for connections to come. Over fabrics.
 *
 * Owner: takes references of its own.
 * Errors: -ENOTSUP: the controller is not on fabrics; there is no transport for those yet.
 */
int spdk_nvme_ctrlr_set_keys(struct spdk_nvme_ctrlr *ctrlr, struct spdk_nvme_ctrlr_key_opts *opts);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_CONTROLLER_OPTIONS_H */
