/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Directives: what host and controller tell each other along with I/O.
 */
#ifndef SPDK_NVME_SPEC_DIRECTIVE_H
#define SPDK_NVME_SPEC_DIRECTIVE_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Directives. */
enum spdk_nvme_directive_type {
	/** Which directives there are. */
	SPDK_NVME_DIRECTIVE_TYPE_IDENTIFY = 0x0,
	/** Writes that belong together have a number. */
	SPDK_NVME_DIRECTIVE_TYPE_STREAMS = 0x1,
	/** Flexible data placement. */
	SPDK_NVME_DIRECTIVE_TYPE_DATA_PLACEMENT = 0x2,
};

/** What sending the directive identify does. */
enum spdk_nvme_identify_directive_send_operation {
	SPDK_NVME_IDENTIFY_DIRECTIVE_SEND_ENABLED = 0x1, /**< Switch a directive on or off. */
};

/** What receiving the directive identify reads. */
enum spdk_nvme_identify_directive_receive_operation {
	/** struct spdk_nvme_ns_identify_directive_param. */
	SPDK_NVME_IDENTIFY_DIRECTIVE_RECEIVE_RETURN_PARAM = 0x1,
};

/** Directives of a namespace, one bit each. */
struct spdk_nvme_ns_identify_directive_param {
	/** There. */
	struct {
		uint8_t identify : 1;
		uint8_t streams : 1;
		uint8_t data_pd : 1;
		uint8_t reserved1 : 5;
		uint8_t reserved2[31];
	} directives_supported;
	/** On. */
	struct {
		uint8_t identify : 1;
		uint8_t streams : 1;
		uint8_t data_pd : 1;
		uint8_t reserved1 : 5;
		uint8_t reserved2[31];
	} directives_enabled;
	/** What is on stays on over a reset. */
	struct {
		uint8_t identify : 1;
		uint8_t streams : 1;
		uint8_t data_pd : 1;
		uint8_t reserved1 : 5;
		uint8_t reserved2[31];
	} directives_persistence;
	uint32_t reserved[1000];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ns_identify_directive_param) == 4096,
		   "fixed by the specification");

/** What receiving the directive streams does. */
enum spdk_nvme_streams_directive_receive_operation {
	/** Read a struct spdk_nvme_ns_streams_data. */
	SPDK_NVME_STREAMS_DIRECTIVE_RECEIVE_RETURN_PARAM = 0x1,
	/** Read a struct spdk_nvme_ns_streams_status. */
	SPDK_NVME_STREAMS_DIRECTIVE_RECEIVE_GET_STATUS = 0x2,
	/** Get streams for the namespace alone. */
	SPDK_NVME_STREAMS_DIRECTIVE_RECEIVE_ALLOCATE_RESOURCE = 0x3,
};

/** What sending the directive streams does. */
enum spdk_nvme_streams_directive_send_operation {
	/** End a stream. */
	SPDK_NVME_STREAMS_DIRECTIVE_SEND_RELEASE_ID = 0x1,
	/** Give back the streams of the namespace. */
	SPDK_NVME_STREAMS_DIRECTIVE_SEND_RELEASE_RESOURCE = 0x2,
};

/** Streams of the subsystem, and of a namespace. */
struct spdk_nvme_ns_streams_data {
	uint16_t msl;  /**< Streams open at a time, at most. */
	uint16_t nssa; /**< Those of them that no namespace has for itself. */
	uint16_t nsso; /**< Those of them that are open. */
	struct {
		uint8_t ssid : 1; /**< A number means the same stream for all hosts. */
		uint8_t reserved : 7;
	} nssc;
	uint8_t reserved1[9];
	uint32_t sws; /**< Best size of writes, in logical blocks. */
	uint16_t sgs; /**< What is erased together, in units of `sws`. */
	uint16_t nsa; /**< Streams that the namespace has for itself. */
	uint16_t nso; /**< Streams of the namespace that are open. */
	uint8_t reserved2[6];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ns_streams_data) == 32, "fixed by the specification");

/** Open streams. */
struct spdk_nvme_ns_streams_status {
	uint16_t open_streams_count;
	uint16_t stream_id[65535];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_ns_streams_status) == 131072,
		   "fixed by the specification");

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_DIRECTIVE_H */
