/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A build without OpenSSL (-Dopenssl=disabled, or it was not there): the module does not offer to
 * encrypt, so that nobody gets here with a task.
 */
#include "modules/accel/software/software_internal.h"
#include "spdk/log.h"

bool
software_has_crypto(void)
{
	return false;
}

bool
software_has_cipher(enum spdk_accel_cipher cipher, size_t key_size)
{
	return false;
}

int
software_key_init(struct spdk_accel_crypto_key *key)
{
	return -ENOTSUP;
}

void
software_key_deinit(struct spdk_accel_crypto_key *key)
{
}

struct software_ciphers *
software_ciphers_create(void)
{
	return NULL;
}

uint8_t *
software_ciphers_gathered(struct software_ciphers *ciphers)
{
	return NULL;
}

void
software_ciphers_destroy(struct software_ciphers *ciphers)
{
}

struct software_cipher *
software_cipher_get(struct software_ciphers *ciphers, const struct spdk_accel_crypto_key *key,
		    bool is_encrypt)
{
	return NULL;
}

int
software_cipher_run(struct software_cipher *cipher, const uint8_t *tweak, void *dst,
		    const void *src, size_t size)
{
	return -ENOTSUP;
}
