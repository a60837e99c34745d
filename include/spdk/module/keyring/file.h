/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * \file
 * The keyring module `keyring_file`: keys that are in files.
 *
 * Thread: any OS thread.
 */
#ifndef SPDK_KEYRING_FILE_H
#define SPDK_KEYRING_FILE_H

#include "spdk/stdinc.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Adds the key that is in a file. The file is read whenever the key is asked for.
 *
 * Shape: path begins with '/'. The file is an ordinary one of this user, nobody else may read or
 *   write it (mode 0600), and it has at most 4096 bytes.
 * Errors: -EINVAL: an argument is NULL, or path does not begin with '/'; -ENOENT, -EACCES and
 * others: the file cannot be read; -EPERM: it is not as above; -EEXIST: there is a key of that
 * name; -ENOMEM. The log says what is wrong.
 */
int spdk_keyring_file_add_key(const char *name, const char *path);

/**
 * Removes such a key; the file stays.
 *
 * Errors: -ENOKEY: there is none of that name; -EINVAL: it is another module's.
 */
int spdk_keyring_file_remove_key(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* SPDK_KEYRING_FILE_H */
