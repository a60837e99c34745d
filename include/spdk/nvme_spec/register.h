/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * The registers of an NVMe controller, as they lie in its BAR, or as properties of one that is
 * reached over a fabric.
 *
 * Each register is a union of its number, `raw`, and its fields, `bits`. Read the register once
 * into a copy and take the fields from there: each access to a field of mapped memory is a read of
 * its own.
 */
#ifndef SPDK_NVME_SPEC_REGISTER_H
#define SPDK_NVME_SPEC_REGISTER_H

#include "spdk/assert.h"
#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of a doorbell. Those of one controller are this, shifted left by CAP.DSTRD, apart. */
#define SPDK_NVME_DOORBELL_REGISTER_SIZE 4

/** CAP, what the controller is capable of. */
union spdk_nvme_cap_register {
	uint64_t raw;
	struct {
		/** Entries an I/O queue may have, less one. */
		uint32_t mqes : 16;
		/** I/O queues must lie in one piece of memory. */
		uint32_t cqr : 1;
		/** A set of enum spdk_nvme_cap_ams. */
		uint32_t ams : 2;
		uint32_t reserved1 : 5;
		/** How long CSTS.RDY may take to follow CC.EN, in units of 500 ms. */
		uint32_t to : 8;
		/** Doorbells are 4 << this bytes apart. */
		uint32_t dstrd : 4;
		/** It has NSSR. */
		uint32_t nssrs : 1;
		/** A set of SPDK_NVME_CAP_CSS_*. */
		uint32_t css : 8;
		/** It has boot partitions. */
		uint32_t bps : 1;
		uint32_t reserved2 : 2;
		/** Smallest page of host memory, 4096 << this bytes. */
		uint32_t mpsmin : 4;
		/** Largest page of host memory, 4096 << this bytes. */
		uint32_t mpsmax : 4;
		/** It has a persistent memory region. */
		uint32_t pmrs : 1;
		/** It has a controller memory buffer, and the registers for it. */
		uint32_t cmbs : 1;
		/** It has NSSD. */
		uint32_t nsss : 1;
		/** It can become ready when its media are, see CRTO. */
		uint32_t crwms : 1;
		/** It can become ready before its media are, see CC.CRIME. */
		uint32_t crims : 1;
		uint32_t reserved3 : 3;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cap_register) == 8, "fixed by the specification");

/** CC.CSS, the I/O command sets in use. */
enum spdk_nvme_cc_css {
	SPDK_NVME_CC_CSS_NVM = 0x0,  /**< Only the NVM command set. */
	SPDK_NVME_CC_CSS_IOCS = 0x6, /**< Those of an I/O command set profile. */
	SPDK_NVME_CC_CSS_NOIO = 0x7, /**< None, only admin commands. */
};

/* Bits of CAP.CSS: those values of CC.CSS that the controller accepts. */
#define SPDK_NVME_CAP_CSS_NVM  (1u << SPDK_NVME_CC_CSS_NVM)
#define SPDK_NVME_CAP_CSS_IOCS (1u << SPDK_NVME_CC_CSS_IOCS)
#define SPDK_NVME_CAP_CSS_NOIO (1u << SPDK_NVME_CC_CSS_NOIO)

/** CAP.AMS, arbitration beyond plain round robin, which every controller has. */
enum spdk_nvme_cap_ams {
	SPDK_NVME_CAP_AMS_WRR = 0x1, /**< Weighted round robin, with an urgent class before it. */
	SPDK_NVME_CAP_AMS_VS = 0x2,  /**< The vendor's own. */
};

/** CC.AMS, the arbitration in use. */
enum spdk_nvme_cc_ams {
	SPDK_NVME_CC_AMS_RR = 0x0,  /**< Round robin. */
	SPDK_NVME_CC_AMS_WRR = 0x1, /**< Weighted round robin, with an urgent class before it. */
	SPDK_NVME_CC_AMS_VS = 0x7,  /**< The vendor's own. */
};

/** CC, how the host configures the controller. */
union spdk_nvme_cc_register {
	uint32_t raw;
	struct {
		/** Set to start it, clear to reset it; CSTS.RDY follows. */
		uint32_t en : 1;
		uint32_t reserved1 : 3;
		/** enum spdk_nvme_cc_css. */
		uint32_t css : 3;
		/** Page of host memory, 4096 << this bytes. */
		uint32_t mps : 4;
		/** enum spdk_nvme_cc_ams. */
		uint32_t ams : 3;
		/** enum spdk_nvme_shn_value. */
		uint32_t shn : 2;
		/** Entry of an I/O submission queue, 1 << this bytes. */
		uint32_t iosqes : 4;
		/** Entry of an I/O completion queue, 1 << this bytes. */
		uint32_t iocqes : 4;
		/** Become ready without waiting for the media. */
		uint32_t crime : 1;
		uint32_t reserved2 : 7;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cc_register) == 4, "fixed by the specification");

/** CC.SHN, notice of a shutdown. 0 is none. */
enum spdk_nvme_shn_value {
	SPDK_NVME_SHN_NORMAL = 0x1, /**< Wait for CSTS.SHST before the power goes. */
	SPDK_NVME_SHN_ABRUPT = 0x2, /**< The power goes soon. */
};

/** CSTS, the state of the controller. */
union spdk_nvme_csts_register {
	uint32_t raw;
	struct {
		uint32_t rdy : 1;   /**< It executes commands. */
		uint32_t cfs : 1;   /**< A fatal error: only a reset helps. */
		uint32_t shst : 2;  /**< enum spdk_nvme_shst_value. */
		uint32_t nssro : 1; /**< The subsystem was reset; write 1 to clear. */
		uint32_t pp : 1;    /**< It has paused, and will go on. */
		uint32_t reserved1 : 26;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_csts_register) == 4, "fixed by the specification");

/** CSTS.SHST, how far a shutdown is. */
enum spdk_nvme_shst_value {
	SPDK_NVME_SHST_NORMAL = 0x0,    /**< None was asked for. */
	SPDK_NVME_SHST_OCCURRING = 0x1, /**< At it. */
	SPDK_NVME_SHST_COMPLETE = 0x2,  /**< The power may go. */
};

/** AQA, lengths of the admin queues. */
union spdk_nvme_aqa_register {
	uint32_t raw;
	struct {
		uint32_t asqs : 12; /**< Entries of the submission queue, less one. */
		uint32_t reserved1 : 4;
		uint32_t acqs : 12; /**< Entries of the completion queue, less one. */
		uint32_t reserved2 : 4;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_aqa_register) == 4, "fixed by the specification");

/** VS, the version of the specification that the controller follows. */
union spdk_nvme_vs_register {
	uint32_t raw;
	struct {
		uint32_t ter : 8;  /**< Tertiary. */
		uint32_t mnr : 8;  /**< Minor. */
		uint32_t mjr : 16; /**< Major. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_vs_register) == 4, "fixed by the specification");

/** A version as VS has it in `raw`, so that versions compare as numbers. */
#define SPDK_NVME_VERSION(mjr, mnr, ter) \
	(((uint32_t)(mjr) << 16) | ((uint32_t)(mnr) << 8) | (uint32_t)(ter))

/** CMBLOC, where the controller memory buffer is. */
union spdk_nvme_cmbloc_register {
	uint32_t raw;
	struct {
		uint32_t bir : 3; /**< Number of the BAR. */
		uint32_t reserved1 : 9;
		uint32_t ofst : 20; /**< Offset into it, in units of CMBSZ.SZU. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cmbloc_register) == 4, "fixed by the specification");

/** CMBSZ, size of the controller memory buffer and what it may hold. */
union spdk_nvme_cmbsz_register {
	uint32_t raw;
	struct {
		uint32_t sqs : 1;   /**< Submission queues. */
		uint32_t cqs : 1;   /**< Completion queues. */
		uint32_t lists : 1; /**< PRP lists and segments of SGLs. */
		uint32_t rds : 1;   /**< Data and metadata going to the host. */
		uint32_t wds : 1;   /**< Data and metadata coming from the host. */
		uint32_t reserved1 : 3;
		uint32_t szu : 4; /**< The unit is 4096 << (4 * this) bytes. */
		uint32_t sz : 20; /**< Size, in that unit. 0: there is no buffer. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cmbsz_register) == 4, "fixed by the specification");

/** CMBMSC, addresses by which the controller itself knows its memory buffer. */
union spdk_nvme_cmbmsc_register {
	uint64_t raw;
	struct {
		/** CMBLOC and CMBSZ tell the truth; else they read as 0. */
		uint64_t cre : 1;
		/** The addresses from `cba` on mean the buffer. */
		uint64_t cmse : 1;
		uint64_t reserved : 10;
		/** Base address, in units of 4096 bytes. */
		uint64_t cba : 52;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cmbmsc_register) == 8, "fixed by the specification");

/** CMBSTS, the state of the controller memory buffer. */
union spdk_nvme_cmbsts_register {
	uint32_t raw;
	struct {
		uint32_t cbai : 1; /**< CMBMSC.CBA cannot be used. */
		uint32_t reserved : 31;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cmbsts_register) == 4, "fixed by the specification");

/** CMBEBS, how much the controller memory buffer takes in at full speed. */
union spdk_nvme_cmbebs_register {
	uint32_t raw;
	struct {
		uint32_t cmbszu : 4; /**< The unit is 1 << (10 * this) bytes. */
		uint32_t cmbrbb : 1; /**< A read may return before earlier writes are through. */
		uint32_t reserved : 3;
		uint32_t cmbwbz : 24; /**< Size, in that unit. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cmbebs_register) == 4, "fixed by the specification");

/** CMBSWTP, how fast the controller memory buffer is written for long. */
union spdk_nvme_cmbswtp_register {
	uint32_t raw;
	struct {
		uint32_t cmbswtu : 4; /**< The unit is 1 << (10 * this) bytes in a second. */
		uint32_t reserved : 4;
		uint32_t cmbswtv : 24; /**< Speed, in that unit. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_cmbswtp_register) == 4, "fixed by the specification");

/** CRTO, how long getting ready may take, in units of 500 ms. */
union spdk_nvme_crto_register {
	uint32_t raw;
	struct {
		uint32_t crwmt : 16; /**< With the media. */
		uint32_t crimt : 16; /**< Without waiting for the media. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_crto_register) == 4, "fixed by the specification");

/** PMRCAP, what the persistent memory region is capable of. */
union spdk_nvme_pmrcap_register {
	uint32_t raw;
	struct {
		uint32_t reserved1 : 3;
		/** It may hold data going to the host. */
		uint32_t rds : 1;
		/** It may hold data coming from the host. */
		uint32_t wds : 1;
		/** Number of the BAR. */
		uint32_t bir : 3;
		/** Unit of `pmrto`. 0: 500 ms; 1: minutes. */
		uint32_t pmrtu : 2;
		/** What makes writes last. Bit 0: any read; bit 1: a read of PMRSTS. */
		uint32_t pmrwbm : 4;
		uint32_t reserved2 : 2;
		/** How long switching on or off may take. */
		uint32_t pmrto : 8;
		/** It has PMRMSCL and PMRMSCU. */
		uint32_t cmss : 1;
		uint32_t reserved3 : 7;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_pmrcap_register) == 4, "fixed by the specification");

/** PMRCTL, switches the persistent memory region. */
union spdk_nvme_pmrctl_register {
	uint32_t raw;
	struct {
		uint32_t en : 1; /**< On. */
		uint32_t reserved : 31;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_pmrctl_register) == 4, "fixed by the specification");

/** PMRSTS, the state of the persistent memory region. */
union spdk_nvme_pmrsts_register {
	uint32_t raw;
	struct {
		/** Not 0: writes since the last read of this may be lost. */
		uint32_t err : 8;
		/** Not to be used yet, or no longer. */
		uint32_t nrdy : 1;
		/** 0: good; 1: not restored; 2: read only; 3: unreliable. */
		uint32_t hsts : 3;
		/** The base address in PMRMSC cannot be used. */
		uint32_t cbai : 1;
		uint32_t reserved : 19;
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_pmrsts_register) == 4, "fixed by the specification");

/** PMREBS, how much the persistent memory region takes in at full speed. */
union spdk_nvme_pmrebs_register {
	uint32_t raw;
	struct {
		uint32_t pmrszu : 4; /**< The unit is 1 << (10 * this) bytes. */
		uint32_t rbb : 1;    /**< A read may return before earlier writes are through. */
		uint32_t reserved : 3;
		uint32_t pmrwbz : 24; /**< Size, in that unit. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_pmrebs_register) == 4, "fixed by the specification");

/** PMRSWTP, how fast the persistent memory region is written for long. */
union spdk_nvme_pmrswtp_register {
	uint32_t raw;
	struct {
		uint32_t pmrswtu : 4; /**< The unit is 1 << (10 * this) bytes in a second. */
		uint32_t reserved : 4;
		uint32_t pmrswtv : 24; /**< Speed, in that unit. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_pmrswtp_register) == 4, "fixed by the specification");

/**
 * PMRMSCL, addresses by which the controller itself knows the persistent memory region; lower half.
 */
union spdk_nvme_pmrmscl_register {
	uint32_t raw;
	struct {
		uint32_t reserved1 : 1;
		uint32_t cmse : 1; /**< The addresses from the base on mean the region. */
		uint32_t reserved2 : 10;
		uint32_t cba : 20; /**< Base address, bits 31:12. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_pmrmscl_register) == 4, "fixed by the specification");

/** BPINFO, the boot partitions and the reading of them. */
union spdk_nvme_bpinfo_register {
	uint32_t raw;
	struct {
		uint32_t bpsz : 15; /**< Size of each, in units of 128 KiB. */
		uint32_t reserved1 : 9;
		uint32_t brs : 2; /**< enum spdk_nvme_brs_value. */
		uint32_t reserved2 : 5;
		uint32_t abpid : 1; /**< Number of the active one. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_bpinfo_register) == 4, "fixed by the specification");

/** BPINFO.BRS, how far a read of a boot partition is. */
enum spdk_nvme_brs_value {
	SPDK_NVME_BRS_NO_READ = 0x0,          /**< None was asked for. */
	SPDK_NVME_BRS_READ_IN_PROGRESS = 0x1, /**< At it. */
	SPDK_NVME_BRS_READ_SUCCESS = 0x2,     /**< The data are there. */
	SPDK_NVME_BRS_READ_ERROR = 0x3,       /**< It failed. */
};

/** BPRSEL, starts reading a boot partition. */
union spdk_nvme_bprsel_register {
	uint32_t raw;
	struct {
		uint32_t bprsz : 10; /**< How much, in units of 4 KiB. */
		uint32_t bprof : 20; /**< From where on, in units of 4 KiB. */
		uint32_t reserved : 1;
		uint32_t bpid : 1; /**< Number of the boot partition. */
	} bits;
};
SPDK_STATIC_ASSERT(sizeof(union spdk_nvme_bprsel_register) == 4, "fixed by the specification");

/** Written to NSSR to reset the NVM subsystem: 'NVMe' in letters. */
#define SPDK_NVME_NSSR_VALUE 0x4E564D65

/** All registers. Those of the persistent memory region begin at 0xe00, the doorbells at 0x1000. */
struct spdk_nvme_registers {
	union spdk_nvme_cap_register cap;
	union spdk_nvme_vs_register vs;
	/** Interrupts to mask, one bit each. Not with MSI-X. */
	uint32_t intms;
	/** Interrupts to unmask, one bit each. Not with MSI-X. */
	uint32_t intmc;
	union spdk_nvme_cc_register cc;
	uint32_t reserved1;
	union spdk_nvme_csts_register csts;
	/** Resets the NVM subsystem. */
	uint32_t nssr;
	union spdk_nvme_aqa_register aqa;
	/** Address of the admin submission queue. */
	uint64_t asq;
	/** Address of the admin completion queue. */
	uint64_t acq;
	union spdk_nvme_cmbloc_register cmbloc;
	union spdk_nvme_cmbsz_register cmbsz;
	union spdk_nvme_bpinfo_register bpinfo;
	union spdk_nvme_bprsel_register bprsel;
	/** Address to which boot partitions are read, a multiple of 4096. */
	uint64_t bpmbl;
	union spdk_nvme_cmbmsc_register cmbmsc;
	union spdk_nvme_cmbsts_register cmbsts;
	union spdk_nvme_cmbebs_register cmbebs;
	union spdk_nvme_cmbswtp_register cmbswtp;
	/** Shuts the NVM subsystem down. */
	uint32_t nssd;
	union spdk_nvme_crto_register crto;
	uint32_t reserved2[0x365];
	union spdk_nvme_pmrcap_register pmrcap;
	union spdk_nvme_pmrctl_register pmrctl;
	union spdk_nvme_pmrsts_register pmrsts;
	union spdk_nvme_pmrebs_register pmrebs;
	union spdk_nvme_pmrswtp_register pmrswtp;
	union spdk_nvme_pmrmscl_register pmrmscl;
	/** Upper half of PMRMSCL. */
	uint32_t pmrmscu;
	uint32_t reserved3[0x79];
	/** Queue 0's; where those of others are depends on CAP.DSTRD. */
	struct {
		uint32_t sq_tdbl; /**< Tail of the submission queue. */
		uint32_t cq_hdbl; /**< Head of the completion queue. */
	} doorbell[1];
};
SPDK_STATIC_ASSERT(sizeof(struct spdk_nvme_registers) == 4104, "fixed by the specification");

SPDK_STATIC_ASSERT(offsetof(struct spdk_nvme_registers, vs) == 0x08, "VS");
SPDK_STATIC_ASSERT(offsetof(struct spdk_nvme_registers, cc) == 0x14, "CC");
SPDK_STATIC_ASSERT(offsetof(struct spdk_nvme_registers, csts) == 0x1c, "CSTS");
SPDK_STATIC_ASSERT(offsetof(struct spdk_nvme_registers, aqa) == 0x24, "AQA");
SPDK_STATIC_ASSERT(offsetof(struct spdk_nvme_registers, cmbloc) == 0x38, "CMBLOC");
SPDK_STATIC_ASSERT(offsetof(struct spdk_nvme_registers, bpinfo) == 0x40, "BPINFO");
SPDK_STATIC_ASSERT(offsetof(struct spdk_nvme_registers, cmbmsc) == 0x50, "CMBMSC");
SPDK_STATIC_ASSERT(offsetof(struct spdk_nvme_registers, crto) == 0x68, "CRTO");
SPDK_STATIC_ASSERT(offsetof(struct spdk_nvme_registers, pmrcap) == 0xe00, "PMRCAP");
SPDK_STATIC_ASSERT(offsetof(struct spdk_nvme_registers, pmrmscu) == 0xe18, "PMRMSCU");
SPDK_STATIC_ASSERT(offsetof(struct spdk_nvme_registers, doorbell) == 0x1000, "doorbells");

#ifdef __cplusplus
}
#endif

#endif /* SPDK_NVME_SPEC_REGISTER_H */
