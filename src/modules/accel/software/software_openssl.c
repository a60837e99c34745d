/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AES by OpenSSL's libcrypto, which is loaded when the first key is made: a program that makes none
 * does not pay the millisecond that loading it costs.
 *
 * A channel has a cipher context for each kind of key and direction it has used. It remembers whose
 * key it holds, by a number that no other key ever has, and takes another when it must: so that no
 * context, and no memory, is needed for each pair of channel and key.
 */
#include "modules/accel/software/software_internal.h"
#include "spdk/likely.h"
#include "spdk/log.h"
#include "spdk/util.h"

#include <dlfcn.h>
#include <link.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <stdatomic.h>

#define TEXT_OF(x)  #x
#define VALUE_OF(x) TEXT_OF(x)
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
#define LIBRARY_NAME "libcrypto.so." VALUE_OF(OPENSSL_VERSION_MAJOR)
#else
#define LIBRARY_NAME "libcrypto.so.1.1"
#endif

#define KEY_SIZE_MAX 64

/* A linker may find no libdl for a static program. */
extern __typeof__(dlopen) dlopen __attribute__((weak));
extern __typeof__(dlsym) dlsym __attribute__((weak));

enum kind {
	KIND_CBC_128,
	KIND_CBC_192,
	KIND_CBC_256,
	KIND_XTS_128,
	KIND_XTS_256,
	KIND_COUNT,
};

static const struct {
	const char *name;
	enum spdk_accel_cipher cipher;
	size_t key_size;
} g_kinds[KIND_COUNT] = {
	[KIND_CBC_128] = {"EVP_aes_128_cbc", SPDK_ACCEL_CIPHER_AES_CBC, 16},
	[KIND_CBC_192] = {"EVP_aes_192_cbc", SPDK_ACCEL_CIPHER_AES_CBC, 24},
	[KIND_CBC_256] = {"EVP_aes_256_cbc", SPDK_ACCEL_CIPHER_AES_CBC, 32},
	[KIND_XTS_128] = {"EVP_aes_128_xts", SPDK_ACCEL_CIPHER_AES_XTS,
			  SPDK_ACCEL_AES_XTS_128_KEY_SIZE},
	[KIND_XTS_256] = {"EVP_aes_256_xts", SPDK_ACCEL_CIPHER_AES_XTS,
			  SPDK_ACCEL_AES_XTS_256_KEY_SIZE},
};

static struct {
	bool is_loaded;
	__typeof__(EVP_CIPHER_CTX_new) *ctx_new;
	__typeof__(EVP_CIPHER_CTX_free) *ctx_free;
	__typeof__(EVP_CIPHER_CTX_set_padding) *set_padding;
	__typeof__(EVP_CipherInit_ex) *init;
	__typeof__(EVP_CipherUpdate) *update;
	__typeof__(EVP_aes_128_xts) *kinds[KIND_COUNT];
} g_openssl;
/* Taken to load it. */
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;

/* The private part of a key. */
struct software_key {
	uint64_t number;
	enum kind kind;
	uint8_t bytes[KEY_SIZE_MAX]; /* both keys, one after the other */
};

struct software_cipher {
	EVP_CIPHER_CTX *ctx;
	uint64_t key_number; /* 0: none */
};

struct software_ciphers {
	struct software_cipher cipher[KIND_COUNT][2];
	uint8_t gathered[SOFTWARE_GATHERED_MAX];
};

/* ---- The library ---- */

static int
look_for_interpreter(struct dl_phdr_info *info, size_t size, void *arg)
{
	bool *has_interpreter = arg;

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		*has_interpreter |= info->dlpi_phdr[i].p_type == PT_INTERP;
	}
	return 1; /* The first is the program. */
}

static bool
load_function(void *handle, const char *name, void *out_function)
{
	void *function = dlsym(handle, name);

	memcpy(out_function, &function, sizeof(function));
	return function != NULL;
}

static bool
load_functions(void *handle)
{
	bool is_good =
		load_function(handle, "EVP_CIPHER_CTX_new", &g_openssl.ctx_new) &&
		load_function(handle, "EVP_CIPHER_CTX_free", &g_openssl.ctx_free) &&
		load_function(handle, "EVP_CIPHER_CTX_set_padding", &g_openssl.set_padding) &&
		load_function(handle, "EVP_CipherInit_ex", &g_openssl.init) &&
		load_function(handle, "EVP_CipherUpdate", &g_openssl.update);

	for (int i = 0; i < KIND_COUNT && is_good; i++) {
		is_good = load_function(handle, g_kinds[i].name, &g_openssl.kinds[i]);
	}
	return is_good;
}

/* g_lock is held. It stays loaded: its threads' data could not be taken away. */
static int
load(void)
{
	bool has_interpreter = false;
	void *handle;

	(void)dl_iterate_phdr(look_for_interpreter, &has_interpreter);
	if (!has_interpreter || dlopen == NULL || dlsym == NULL) {
		SPDK_ERRLOG("accel: encryption needs " LIBRARY_NAME ", which a static program "
			    "cannot load: link it dynamically\n");
		return -ENOTSUP;
	}
	handle = dlopen(LIBRARY_NAME, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL || !load_functions(handle)) {
		SPDK_ERRLOG("accel: encryption needs " LIBRARY_NAME ": %s (Debian package "
			    "libssl3)\n",
			    handle == NULL ? "it is not there" : "it lacks a function");
		return -ENOTSUP;
	}
	g_openssl.is_loaded = true;
	return 0;
}

/* ---- Keys ---- */

bool
software_has_crypto(void)
{
	return true;
}

static int
kind_of(enum spdk_accel_cipher cipher, size_t key_size)
{
	for (int i = 0; i < KIND_COUNT; i++) {
		if (g_kinds[i].cipher == cipher && g_kinds[i].key_size == key_size) {
			return i;
		}
	}
	return -ENOTSUP;
}

bool
software_has_cipher(enum spdk_accel_cipher cipher, size_t key_size)
{
	return kind_of(cipher, key_size) >= 0;
}

int
software_key_init(struct spdk_accel_crypto_key *key)
{
	static _Atomic uint64_t last_number;
	int kind = kind_of(key->cipher, key->key_size);
	struct software_key *own;
	int rc = 0;

	if (kind < 0) {
		return kind;
	}
	pthread_mutex_lock(&g_lock);
	if (!g_openssl.is_loaded) {
		rc = load();
	}
	pthread_mutex_unlock(&g_lock);
	if (rc != 0) {
		return rc;
	}
	own = calloc(1, sizeof(*own));
	if (own == NULL) {
		return -ENOMEM;
	}
	own->number = atomic_fetch_add_explicit(&last_number, 1, memory_order_relaxed) + 1;
	own->kind = kind;
	memcpy(own->bytes, key->key, key->key_size);
	if (key->cipher == SPDK_ACCEL_CIPHER_AES_XTS) {
		memcpy(own->bytes + key->key_size, key->key2, key->key2_size);
	}
	key->priv = own;
	return 0;
}

void
software_key_deinit(struct spdk_accel_crypto_key *key)
{
	explicit_bzero(key->priv, sizeof(struct software_key));
	free(key->priv);
	key->priv = NULL;
}

/* ---- Ciphers of a channel ---- */

struct software_ciphers *
software_ciphers_create(void)
{
	return calloc(1, sizeof(struct software_ciphers));
}

uint8_t *
software_ciphers_gathered(struct software_ciphers *ciphers)
{
	return ciphers->gathered;
}

void
software_ciphers_destroy(struct software_ciphers *ciphers)
{
	if (ciphers == NULL) {
		return;
	}
	for (int i = 0; i < KIND_COUNT; i++) {
		/* It wipes the key, and accepts NULL. */
		g_openssl.ctx_free(ciphers->cipher[i][false].ctx);
		g_openssl.ctx_free(ciphers->cipher[i][true].ctx);
	}
	/* There may be plain text in it. */
	explicit_bzero(ciphers->gathered, sizeof(ciphers->gathered));
	free(ciphers);
}

static bool
make_ctx(struct software_cipher *cipher, enum kind kind, bool is_encrypt)
{
	EVP_CIPHER_CTX *ctx = g_openssl.ctx_new();

	if (ctx == NULL) {
		return false;
	}
	if (g_openssl.init(ctx, g_openssl.kinds[kind](), NULL, NULL, NULL, is_encrypt) != 1 ||
	    g_openssl.set_padding(ctx, 0) != 1) {
		g_openssl.ctx_free(ctx);
		return false;
	}
	cipher->ctx = ctx;
	return true;
}

struct software_cipher *
software_cipher_get(struct software_ciphers *ciphers, const struct spdk_accel_crypto_key *key,
		    bool is_encrypt)
{
	const struct software_key *own = key->priv;
	struct software_cipher *cipher = &ciphers->cipher[own->kind][is_encrypt];

	if (spdk_likely(cipher->key_number == own->number)) {
		return cipher;
	}
	if (cipher->ctx == NULL && !make_ctx(cipher, own->kind, is_encrypt)) {
		return NULL;
	}
	cipher->key_number = 0;
	if (g_openssl.init(cipher->ctx, NULL, NULL, own->bytes, NULL, -1) != 1) {
		return NULL;
	}
	cipher->key_number = own->number;
	return cipher;
}

int
software_cipher_run(struct software_cipher *cipher, const uint8_t *tweak, void *dst,
		    const void *src, size_t size)
{
	int written = 0;

	if (spdk_unlikely(size > INT_MAX ||
			  g_openssl.init(cipher->ctx, NULL, NULL, NULL, tweak, -1) != 1 ||
			  g_openssl.update(cipher->ctx, dst, &written, src, (int)size) != 1 ||
			  (size_t)written != size)) {
		return -EIO;
	}
	return 0;
}
