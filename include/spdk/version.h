/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * Which version of the SPDK API these headers offer.
 *
 * The numbers are those of the SPDK release whose API is matched, because that is what programs
 * compare against; the text for people says whose implementation it is.
 */
#ifndef SPDK_VERSION_H
#define SPDK_VERSION_H

/** Year of the release, less 2000. */
#define SPDK_VERSION_MAJOR 26

/** Month of the release. */
#define SPDK_VERSION_MINOR 5

/** Maintenance release; 0 for the first of a year and month. */
#define SPDK_VERSION_PATCH 0

/** Text after the numbers, such as "-pre"; empty for a release. */
#define SPDK_VERSION_SUFFIX ""

/**
 * A version as one number that grows with it, for the preprocessor:
 * `#if SPDK_VERSION >= SPDK_VERSION_NUM(24, 1, 0)`.
 */
#define SPDK_VERSION_NUM(major, minor, patch) ((major)*10000 + (minor)*100 + (patch))

/** The version of these headers as SPDK_VERSION_NUM(). */
#define SPDK_VERSION SPDK_VERSION_NUM(SPDK_VERSION_MAJOR, SPDK_VERSION_MINOR, SPDK_VERSION_PATCH)

#define SPDK_VERSION_STRINGIFY_x(x) #x
#define SPDK_VERSION_STRINGIFY(x)   SPDK_VERSION_STRINGIFY_x(x)

#define SPDK_VERSION_MAJOR_STRING SPDK_VERSION_STRINGIFY(SPDK_VERSION_MAJOR)

/* Two digits, as in "26.05". */
#if SPDK_VERSION_MINOR >= 10
#define SPDK_VERSION_MINOR_STRING "." SPDK_VERSION_STRINGIFY(SPDK_VERSION_MINOR)
#else
#define SPDK_VERSION_MINOR_STRING ".0" SPDK_VERSION_STRINGIFY(SPDK_VERSION_MINOR)
#endif

#if SPDK_VERSION_PATCH == 0
#define SPDK_VERSION_PATCH_STRING ""
#else
#define SPDK_VERSION_PATCH_STRING "." SPDK_VERSION_STRINGIFY(SPDK_VERSION_PATCH)
#endif

#ifdef SPDK_GIT_COMMIT
#define SPDK_GIT_COMMIT_STRING      SPDK_VERSION_STRINGIFY(SPDK_GIT_COMMIT)
#define SPDK_GIT_COMMIT_STRING_SHA1 " git sha1 " SPDK_GIT_COMMIT_STRING
#else
#define SPDK_GIT_COMMIT_STRING      ""
#define SPDK_GIT_COMMIT_STRING_SHA1 ""
#endif

/** For people and logs: the implementation, and in brackets the API it matches. */
#define SPDK_VERSION_STRING                                                   \
	"Spindle (SPDK v" SPDK_VERSION_MAJOR_STRING SPDK_VERSION_MINOR_STRING \
		SPDK_VERSION_PATCH_STRING SPDK_VERSION_SUFFIX " API)" SPDK_GIT_COMMIT_STRING_SHA1

#endif /* SPDK_VERSION_H */
