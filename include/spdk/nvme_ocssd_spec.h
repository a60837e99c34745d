/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What goes over the wire to an open-channel SSD, as the Open-Channel SSD specification 2.0 lays it
 * down. What spdk/nvme_spec.h says of numbers and names holds here.
 *
 * An address is made of fields, most significant first: group, parallel unit (PU), chunk, logical
 * block. The device tells how many bits each has.
 */
#ifndef SPDK_NVME_OCSSD_SPEC_H
#define SPDK_NVME_OCSSD_SPEC_H

#include "spdk/stdinc.h"

#include "spdk/assert.h"
#include "spdk/nvme_spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The most addresses that one vector command takes. */
#define SPDK_NVME_OCSSD_MAX_LBAL_ENTRIES 64

/** How many bits of an address each of its fields has. */
struct spdk_ocssd_dev_lba_fmt {
	uint8_t grp_len; /**< Group. */
	uint8_t pu_len;  /**< Parallel unit. */
	uint8_t chk_len; /**< Chunk. */
	uint8_t lbk_len; /**< Logical block within its chunk. */
	uint8_t reserved[4];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_ocssd_dev_lba_fmt) == 8, "fixed by the specification");

/** What the device is made of: answers SPDK_OCSSD_OPC_GEOMETRY. */
struct spdk_ocssd_geometry_data {
	uint8_t mjr; /**< Version of the specification. */
	uint8_t mnr; /**< Its second part. */
	uint8_t reserved1[6];
	struct spdk_ocssd_dev_lba_fmt lbaf;
	struct {
		uint32_t vec_chk_cpy : 1; /**< It has SPDK_OCSSD_OPC_VECTOR_COPY. */
		uint32_t multi_reset : 1; /**< A free chunk may be reset again. */
		uint32_t reserved : 30;
	} mccap;
	uint8_t reserved2[12];
	/** How far a chunk's wear may be from the average before a notification tells. */
	uint8_t wit;
	uint8_t reserved3[31];
	uint16_t num_grp; /**< Groups. */
	uint16_t num_pu;  /**< Parallel units of a group. */
	uint32_t num_chk; /**< Chunks of a parallel unit. */
	uint32_t clba;    /**< Logical blocks of a chunk. */
	uint8_t reserved4[52];
	uint32_t ws_min;    /**< The least to write at once, in logical blocks. */
	uint32_t ws_opt;    /**< The best to write at once, in logical blocks. */
	uint32_t mw_cunits; /**< Blocks that must be written behind one that is to be read. */
	uint32_t maxoc;     /**< Chunks that may be open at once. 0: no limit. */
	uint32_t maxocpu;   /**< Those of one parallel unit. 0: no limit. */
	uint8_t reserved5[44];
	/* Times in nanoseconds. */
	uint32_t trdt;  /**< To read, typically. */
	uint32_t trdm;  /**< To read, at most. */
	uint32_t twrt;  /**< To write, typically. */
	uint32_t twrm;  /**< To write, at most. */
	uint32_t tcrst; /**< To reset a chunk, typically. */
	uint32_t tcrsm; /**< To reset a chunk, at most. */
	uint8_t reserved6[40];
	uint8_t reserved7[3071 - 255];
	uint8_t vs[4095 - 3071]; /**< The vendor's own. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_ocssd_geometry_data) == 4096, "fixed by the specification");

/** A chunk: entry of SPDK_OCSSD_LOG_CHUNK_INFO, and what a reset answers. */
struct spdk_ocssd_chunk_information_entry {
	/** State: one of these bits. */
	struct {
		uint8_t free : 1;
		uint8_t closed : 1;
		uint8_t open : 1;
		uint8_t offline : 1;
		uint8_t reserved : 4;
	} cs;
	/** Type. */
	struct {
		uint8_t seq_write : 1; /**< Is written from its start on. */
		uint8_t rnd_write : 1; /**< Is written anywhere. */
		uint8_t reserved1 : 2;
		uint8_t size_deviate : 1; /**< Has another size than the geometry says. */
		uint8_t reserved2 : 3;
	} ct;
	uint8_t wli; /**< Wear, 0 (new) to 255. */
	uint8_t reserved[5];
	uint64_t slba; /**< Its first block. */
	uint64_t cnlb; /**< Its blocks. */
	uint64_t wp;   /**< Write pointer: the block to write next. */
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_ocssd_chunk_information_entry) == 32,
		   "fixed by the specification");

/** What has happened to a place: entry of SPDK_OCSSD_LOG_CHUNK_NOTIFICATION. */
struct spdk_ocssd_chunk_notification_entry {
	uint64_t nc;   /**< Number of the notification, from 1 on. */
	uint64_t lba;  /**< The place. */
	uint32_t nsid; /**< The namespace. */
	/** What it is now. */
	struct {
		uint8_t error_rate_low : 1;
		uint8_t error_rate_medium : 1;
		uint8_t error_rate_high : 1;
		uint8_t unrecoverable : 1; /**< Cannot be read any more. */
		uint8_t refreshed : 1;     /**< The device has written it anew. */
		uint8_t rsvd : 3;
		uint8_t wit_exceeded : 1; /**< Wear is farther from the average than `wit`. */
		uint8_t rsvd2 : 7;
	} state;
	/** How much of it, from `lba` on. */
	struct {
		uint8_t lblk : 1;  /**< Logical blocks, `nlb` of them. */
		uint8_t chunk : 1; /**< The chunk. */
		uint8_t pu : 1;    /**< The parallel unit, with all its chunks. */
		uint8_t rsvd : 5;
	} mask;
	uint8_t rsvd[9];
	/** Blocks, less one, all of one chunk. Of no meaning without `mask.lblk`. */
	uint16_t nlb;
	uint8_t rsvd2[30];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_ocssd_chunk_notification_entry) == 64,
		   "fixed by the specification");

/** The completion of a vector command. */
struct spdk_ocssd_vector_cpl {
	uint64_t lba_status; /**< A bit for each address: it has failed. */
	uint16_t sqhd;       /**< Head of the submission queue. */
	uint16_t sqid;       /**< The submission queue. */
	uint16_t cid;        /**< The command. */
	struct spdk_nvme_status status;
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_ocssd_vector_cpl) == 16, "fixed by the specification");

/** Admin commands. */
enum spdk_ocssd_admin_opcode {
	SPDK_OCSSD_OPC_GEOMETRY = 0xE2,
};

/** I/O commands: on a list of addresses. */
enum spdk_ocssd_io_opcode {
	SPDK_OCSSD_OPC_VECTOR_RESET = 0x90,
	SPDK_OCSSD_OPC_VECTOR_WRITE = 0x91,
	SPDK_OCSSD_OPC_VECTOR_READ = 0x92,
	SPDK_OCSSD_OPC_VECTOR_COPY = 0x93,
};

/** Log pages. */
enum spdk_ocssd_log_page {
	SPDK_OCSSD_LOG_CHUNK_INFO = 0xCA,
	SPDK_OCSSD_LOG_CHUNK_NOTIFICATION = 0xD0,
};

/** Features. */
enum spdk_ocssd_feat {
	SPDK_OCSSD_FEAT_MEDIA_FEEDBACK = 0xCA,
};

/** Codes of the type SPDK_NVME_SCT_MEDIA_ERROR, besides those that all devices have. */
enum spdk_ocssd_media_error_status_code {
	/** The chunk is offline, or the reset has made it so. */
	SPDK_OCSSD_SC_OFFLINE_CHUNK = 0xC0,
	/** The chunk is free or open. */
	SPDK_OCSSD_SC_INVALID_RESET = 0xC1,
	/** What was written is lost; the chunk is open. Go on with the next unit. */
	SPDK_OCSSD_SC_WRITE_FAIL_WRITE_NEXT_UNIT = 0xF0,
	/** The chunk is closed. It can be read up to its write pointer. */
	SPDK_OCSSD_SC_WRITE_FAIL_CHUNK_EARLY_CLOSE = 0xF1,
	/** Not at the write pointer, or the chunk is closed or offline. */
	SPDK_OCSSD_SC_OUT_OF_ORDER_WRITE = 0xF2,
	/** It was read, and should be written elsewhere soon. */
	SPDK_OCSSD_SC_READ_HIGH_ECC = 0xD0,
};

/** For a vector command: the device shall not try hard. */
#define SPDK_OCSSD_IO_FLAGS_LIMITED_RETRY (1U << 31)

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_OCSSD_SPEC_H */
