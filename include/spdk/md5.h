/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * The MD5 digest (RFC 1321), which iSCSI's CHAP asks for. It protects against nothing.
 */
#ifndef SPDK_MD5_H
#define SPDK_MD5_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of a digest. */
#define SPDK_MD5DIGEST_LEN 16

/** A digest in the making, between spdk_md5init() and spdk_md5final(). */
struct spdk_md5ctx {
	/** What has been hashed so far; NULL after spdk_md5final(). */
	void *md5ctx;
};

/**
 * Begins a digest.
 *
 * Owner: spdk_md5final() frees what this allocates.
 * Shape: what `*md5ctx` holds is overwritten.
 * Errors: -EINVAL: `md5ctx` is NULL; -ENOMEM.
 */
int spdk_md5init(struct spdk_md5ctx *md5ctx);

/**
 * Adds bytes, in as many calls as it takes.
 *
 * Shape: `data` may be NULL when `len` is 0.
 * Errors: -EINVAL: an argument is NULL, or the digest has ended.
 */
int spdk_md5update(struct spdk_md5ctx *md5ctx, const void *data, size_t len);

/**
 * Ends a digest and writes its SPDK_MD5DIGEST_LEN bytes to `md5`.
 *
 * Errors: -EINVAL: an argument is NULL, or the digest has ended. A digest in the making is freed
 * even when `md5` is NULL.
 */
int spdk_md5final(void *md5, struct spdk_md5ctx *md5ctx);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_MD5_H */
