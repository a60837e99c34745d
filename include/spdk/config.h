/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * What this build of the library has, as programs ask for it with `#ifdef SPDK_CONFIG_...`.
 *
 * A name that is not defined here means that the feature is absent. The facts do not depend on how
 * the library was configured, so this file is written by hand and installed as it is.
 */
#ifndef SPDK_CONFIG_H
#define SPDK_CONFIG_H

/** As many lcores as a struct spdk_cpuset can name; they may outnumber the CPUs of the machine. */
#define SPDK_CONFIG_MAX_LCORES 1024

/**
 * How many NUMA nodes buffers are kept apart for. Part of the layout of struct spdk_iobuf_channel;
 * 1 means that memory of every node is pooled together.
 */
#define SPDK_CONFIG_MAX_NUMA_NODES 1

/** Defined while a program that includes this header is itself compiled with -DDEBUG. */
#ifdef DEBUG
#define SPDK_CONFIG_DEBUG 1
#endif

/** Where the environment comes from, unquoted, as build systems of programs expect it. */
#define SPDK_CONFIG_ENV src / env / posix

#endif /* SPDK_CONFIG_H */
