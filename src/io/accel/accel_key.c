/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keys, which any thread may look for by their names. The lock guards the list; a key that was
 * found stays as it is until it is destroyed, which its users see to.
 *
 * A key's bytes are wiped before their memory is given back.
 */
#include "io/accel/accel_internal.h"
#include "spdk/hexlify.h"
#include "spdk/string.h"

TAILQ_HEAD(key_list, spdk_accel_crypto_key);

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static struct key_list g_keys = TAILQ_HEAD_INITIALIZER(g_keys);

static const char *const g_ciphers[] = {
	[SPDK_ACCEL_CIPHER_AES_CBC] = "AES_CBC",
	[SPDK_ACCEL_CIPHER_AES_XTS] = "AES_XTS",
};

static const char *const g_tweak_modes[] = {
	[SPDK_ACCEL_CRYPTO_TWEAK_MODE_SIMPLE_LBA] = "SIMPLE_LBA",
	[SPDK_ACCEL_CRYPTO_TWEAK_MODE_JOIN_NEG_LBA_WITH_LBA] = "JOIN_NEG_LBA_WITH_LBA",
	[SPDK_ACCEL_CRYPTO_TWEAK_MODE_INCR_512_FULL_LBA] = "INCR_512_FULL_LBA",
	[SPDK_ACCEL_CRYPTO_TWEAK_MODE_INCR_512_UPPER_LBA] = "INCR_512_UPPER_LBA",
};

/* Where an explanation goes. */
struct reason {
	char *text;
	size_t size;
};

static int __attribute__((format(printf, 3, 4)))
refuse(struct reason *reason, int rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason->text, reason->size, format, args);
	va_end(args);
	return rc;
}

const char *
accel_cipher_name(enum spdk_accel_cipher cipher)
{
	return g_ciphers[cipher];
}

const char *
accel_tweak_mode_name(enum spdk_accel_crypto_tweak_mode mode)
{
	return g_tweak_modes[mode];
}

static int
index_of(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0) {
			return (int)i;
		}
	}
	return -ENOENT;
}

static void
wipe(void *secret, size_t size)
{
	if (secret != NULL) {
		explicit_bzero(secret, size);
		free(secret);
	}
}

static void
wipe_text(char *text)
{
	wipe(text, text != NULL ? strlen(text) : 0);
}

static void
free_key(struct spdk_accel_crypto_key *key)
{
	wipe(key->key, key->key_size);
	wipe(key->key2, key->key2_size);
	wipe_text(key->param.hex_key);
	wipe_text(key->param.hex_key2);
	free(key->param.cipher);
	free(key->param.tweak_mode);
	free(key->param.key_name);
	free(key);
}

/* g_lock is held. */
static struct spdk_accel_crypto_key *
find(const char *name)
{
	struct spdk_accel_crypto_key *key;

	TAILQ_FOREACH (key, &g_keys, link) {
		if (strcmp(key->param.key_name, name) == 0) {
			return key;
		}
	}
	return NULL;
}

static int
copy_text(char **out_copy, const char *text)
{
	if (text == NULL) {
		return 0;
	}
	*out_copy = strdup(text);
	return *out_copy != NULL ? 0 : -ENOMEM;
}

static int
copy_param(struct spdk_accel_crypto_key *key,
	   const struct spdk_accel_crypto_key_create_param *param)
{
	int rc;

	rc = copy_text(&key->param.cipher, param->cipher);
	rc = rc != 0 ? rc : copy_text(&key->param.hex_key, param->hex_key);
	rc = rc != 0 ? rc : copy_text(&key->param.hex_key2, param->hex_key2);
	rc = rc != 0 ? rc : copy_text(&key->param.tweak_mode, param->tweak_mode);
	rc = rc != 0 ? rc : copy_text(&key->param.key_name, param->key_name);
	return rc;
}

static int
parse_hex(const char *hex, const char *what, char **out_bytes, size_t *out_size,
	  struct reason *reason)
{
	size_t length = strnlen(hex, SPDK_ACCEL_CRYPTO_KEY_MAX_HEX_LENGTH);

	if (length == 0 || length % 2 != 0 || length == SPDK_ACCEL_CRYPTO_KEY_MAX_HEX_LENGTH ||
	    strspn(hex, "0123456789abcdefABCDEF") != length) {
		return refuse(reason, -EINVAL,
			      "%s must have an even number of hexadecimal digits, at most %d", what,
			      SPDK_ACCEL_CRYPTO_KEY_MAX_HEX_LENGTH - 1);
	}
	*out_bytes = spdk_unhexlify(hex);
	if (*out_bytes == NULL) {
		return refuse(reason, -ENOMEM, "Out of memory");
	}
	*out_size = length / 2;
	return 0;
}

/* A copy without the time that depends on where they differ. */
static bool
is_same_secret(const char *left, const char *right, size_t size)
{
	volatile uint8_t difference = 0;

	for (size_t i = 0; i < size; i++) {
		difference |= (uint8_t)left[i] ^ (uint8_t)right[i];
	}
	return difference == 0;
}

static int
parse_keys(struct spdk_accel_crypto_key *key, struct reason *reason)
{
	bool is_xts = key->cipher == SPDK_ACCEL_CIPHER_AES_XTS;
	int rc;

	rc = parse_hex(key->param.hex_key, "key", &key->key, &key->key_size, reason);
	if (rc != 0) {
		return rc;
	}
	if (!is_xts) {
		return key->param.hex_key2 == NULL ?
			       0 :
			       refuse(reason, -EINVAL, "%s has one key, and key2 is given",
				      key->param.cipher);
	}
	if (key->param.hex_key2 == NULL) {
		return refuse(reason, -EINVAL, "%s needs two keys, and key2 is missing",
			      key->param.cipher);
	}
	rc = parse_hex(key->param.hex_key2, "key2", &key->key2, &key->key2_size, reason);
	if (rc != 0) {
		return rc;
	}
	if (key->key_size != key->key2_size) {
		return refuse(reason, -EINVAL,
			      "key has %zu bytes and key2 %zu: they must be of one "
			      "length",
			      key->key_size, key->key2_size);
	}
	if (is_same_secret(key->key, key->key2, key->key_size)) {
		return refuse(reason, -EINVAL, "key and key2 are the same, which is not secure");
	}
	return 0;
}

static int
parse(struct spdk_accel_crypto_key *key, struct reason *reason)
{
	int cipher = index_of(g_ciphers, SPDK_COUNTOF(g_ciphers), key->param.cipher);
	int mode = SPDK_ACCEL_CRYPTO_TWEAK_MODE_SIMPLE_LBA;

	if (cipher < 0) {
		return refuse(reason, -EINVAL,
			      "There is no cipher '%s': there are AES_CBC and AES_XTS",
			      key->param.cipher);
	}
	if (key->param.tweak_mode != NULL) {
		mode = index_of(g_tweak_modes, SPDK_COUNTOF(g_tweak_modes), key->param.tweak_mode);
	}
	if (mode < 0) {
		return refuse(reason, -EINVAL,
			      "There is no tweak mode '%s': there are SIMPLE_LBA, "
			      "JOIN_NEG_LBA_WITH_LBA, INCR_512_FULL_LBA and INCR_512_UPPER_LBA",
			      key->param.tweak_mode);
	}
	key->cipher = cipher;
	key->tweak_mode = mode;
	return parse_keys(key, reason);
}

static bool
has_tweak_mode(const struct spdk_accel_module_if *module, enum spdk_accel_crypto_tweak_mode mode)
{
	return module->crypto_supports_tweak_mode != NULL ?
		       module->crypto_supports_tweak_mode(mode) :
		       mode == SPDK_ACCEL_CRYPTO_TWEAK_MODE_SIMPLE_LBA;
}

static int
find_module(struct spdk_accel_module_if **out_module, struct reason *reason)
{
	struct spdk_accel_module_if *module = g_accel.assignments[SPDK_ACCEL_OPC_ENCRYPT].module;

	if (g_accel.state != ACCEL_UP) {
		return refuse(reason, -ENOENT, "The accel framework is not started");
	}
	if (module == NULL) {
		return refuse(reason, -ENOENT,
			      "No module can encrypt: libspindle was built without OpenSSL "
			      "(-Dopenssl=enabled, Debian package libssl-dev)");
	}
	if (module != g_accel.assignments[SPDK_ACCEL_OPC_DECRYPT].module) {
		return refuse(reason, -EINVAL,
			      "encrypt and decrypt are assigned to different modules");
	}
	if (module->crypto_key_init == NULL || module->crypto_supports_cipher == NULL) {
		return refuse(reason, -ENOTSUP, "The module '%s' has no keys", module->name);
	}
	*out_module = module;
	return 0;
}

/* Asks the module that will use it. */
static int
ready(struct spdk_accel_crypto_key *key, struct reason *reason)
{
	struct spdk_accel_module_if *module = NULL;
	int rc = find_module(&module, reason);

	if (rc != 0) {
		return rc;
	}
	if (!module->crypto_supports_cipher(key->cipher, key->key_size)) {
		return refuse(reason, -ENOTSUP, "The module '%s' has no %s with a key of %zu bytes",
			      module->name, key->param.cipher, key->key_size);
	}
	if (!has_tweak_mode(module, key->tweak_mode)) {
		return refuse(reason, -ENOTSUP, "The module '%s' has no tweak mode %s",
			      module->name, accel_tweak_mode_name(key->tweak_mode));
	}
	key->module_if = module;
	rc = module->crypto_key_init(key);
	if (rc != 0) {
		return refuse(reason, rc, "The module '%s' does not take the key: %s", module->name,
			      spdk_strerror(-rc));
	}
	return 0;
}

static void
unready(struct spdk_accel_crypto_key *key)
{
	if (key->module_if->crypto_key_deinit != NULL) {
		key->module_if->crypto_key_deinit(key);
	}
}

static int
add(struct spdk_accel_crypto_key *key, struct reason *reason)
{
	bool is_taken;

	pthread_mutex_lock(&g_lock);
	is_taken = find(key->param.key_name) != NULL;
	if (!is_taken) {
		TAILQ_INSERT_TAIL(&g_keys, key, link);
	}
	pthread_mutex_unlock(&g_lock);
	return is_taken ?
		       refuse(reason, -EEXIST, "There is a key '%s' already", key->param.key_name) :
		       0;
}

static int
check_param(const struct spdk_accel_crypto_key_create_param *param, struct reason *reason)
{
	const char *missing;

	if (param == NULL) {
		return refuse(reason, -EINVAL, "The parameters are NULL");
	}
	missing = param->cipher == NULL                                 ? "The cipher" :
		  param->hex_key == NULL                                ? "The key" :
		  param->key_name == NULL || param->key_name[0] == '\0' ? "The name of the key" :
									  NULL;
	return missing == NULL ? 0 : refuse(reason, -EINVAL, "%s is missing", missing);
}

int
accel_key_create(const struct spdk_accel_crypto_key_create_param *param, char *text, size_t size)
{
	struct reason reason = {text, size};
	struct spdk_accel_crypto_key *key;
	int rc;

	rc = check_param(param, &reason);
	if (rc != 0) {
		return rc;
	}
	key = calloc(1, sizeof(*key));
	if (key == NULL) {
		return refuse(&reason, -ENOMEM, "Out of memory");
	}
	rc = copy_param(key, param);
	if (rc != 0) {
		refuse(&reason, rc, "Out of memory");
		goto free_key;
	}
	rc = parse(key, &reason);
	if (rc != 0) {
		goto free_key;
	}
	rc = ready(key, &reason);
	if (rc != 0) {
		goto free_key;
	}
	rc = add(key, &reason);
	if (rc != 0) {
		goto unready;
	}
	return 0;

unready:
	unready(key);
free_key:
	free_key(key);
	return rc;
}

int
spdk_accel_crypto_key_create(const struct spdk_accel_crypto_key_create_param *param)
{
	char reason[ACCEL_REASON_SIZE] = "";
	int rc = accel_key_create(param, reason, sizeof(reason));

	if (rc != 0) {
		SPDK_ERRLOG("spdk_accel_crypto_key_create(): %s\n", reason);
	}
	return rc;
}

int
spdk_accel_crypto_key_destroy(struct spdk_accel_crypto_key *key)
{
	struct spdk_accel_crypto_key *other;

	if (key == NULL) {
		return -EINVAL;
	}
	pthread_mutex_lock(&g_lock);
	/* By address: what it points to may be gone. */
	TAILQ_FOREACH (other, &g_keys, link) {
		if (other == key) {
			TAILQ_REMOVE(&g_keys, key, link);
			break;
		}
	}
	pthread_mutex_unlock(&g_lock);
	if (other == NULL) {
		SPDK_ERRLOG("spdk_accel_crypto_key_destroy(): there is no such key (any more)\n");
		return -ENOENT;
	}
	unready(key);
	free_key(key);
	return 0;
}

struct spdk_accel_crypto_key *
spdk_accel_crypto_key_get(const char *name)
{
	struct spdk_accel_crypto_key *key;

	if (name == NULL) {
		return NULL;
	}
	pthread_mutex_lock(&g_lock);
	key = find(name);
	pthread_mutex_unlock(&g_lock);
	return key;
}

void
accel_for_each_key(accel_key_fn fn, void *arg)
{
	struct spdk_accel_crypto_key *key;

	pthread_mutex_lock(&g_lock);
	TAILQ_FOREACH (key, &g_keys, link) {
		fn(key, arg);
	}
	pthread_mutex_unlock(&g_lock);
}

void
accel_destroy_keys(void)
{
	struct spdk_accel_crypto_key *key;

	/* Nobody else is there any more. */
	while ((key = TAILQ_FIRST(&g_keys)) != NULL) {
		(void)spdk_accel_crypto_key_destroy(key); /* It is on the list. */
	}
}
