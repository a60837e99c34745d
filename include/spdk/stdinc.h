/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * The system headers that every other header here, and programs, count on.
 *
 * Programs include this one first and then use open(2), pthreads, getopt_long() and the like
 * without naming their headers, so the set below is part of the interface: it may grow, never
 * shrink.
 */
#ifndef SPDK_STDINC_H
#define SPDK_STDINC_H

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <getopt.h>
#include <glob.h>
#include <ifaddrs.h>
#include <libgen.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <regex.h>
#include <semaphore.h>
#include <signal.h>
#include <syslog.h>
#include <termios.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>

#if defined(__linux__) || defined(__FreeBSD__)
#include <aio.h>
#endif

#if defined(__linux__)
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/xattr.h>
#endif

#if defined(__FreeBSD__)
#include <sys/sysctl.h>
#endif

/* Not every system has this code; the value is the one Linux uses. */
#ifndef ENOKEY
#define ENOKEY 126
#endif

#endif /* SPDK_STDINC_H */
