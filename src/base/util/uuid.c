/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Universally unique identifiers, RFC 9562.
 *
 * libuuid is not used: what it would do for us is getrandom(2) and a SHA-1, and every program would
 * load it at its start; see docs/dependencies.md.
 */
#include "spdk/uuid.h"

#include <sys/random.h>

#include "base/util/sha1.h"
#include "spdk/log.h"
#include "spdk/string.h"

#define UUID_BYTES     16
#define VERSION_BYTE   6
#define VARIANT_BYTE   8
#define VERSION_RANDOM 4
#define VERSION_SHA1   5

/* Whether a hyphen stands in the text before this byte. */
static bool
follows_hyphen(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static int
parse_byte(const char *text, uint8_t *out_byte)
{
	char digits[3];

	if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1])) {
		return -EINVAL;
	}
	digits[0] = text[0];
	digits[1] = text[1];
	digits[2] = '\0';
	*out_byte = (uint8_t)strtoul(digits, NULL, 16);
	return 0;
}

int
spdk_uuid_parse(struct spdk_uuid *uuid, const char *uuid_str)
{
	struct spdk_uuid parsed;
	size_t i;

	if (uuid == NULL || uuid_str == NULL) {
		return -EINVAL;
	}
	for (i = 0; i < UUID_BYTES; i++) {
		/* No character is looked at that might lie behind the NUL: it matches nothing. */
		if (follows_hyphen(i) && *uuid_str++ != '-') {
			return -EINVAL;
		}
		if (parse_byte(uuid_str, &parsed.u.raw[i]) != 0) {
			return -EINVAL;
		}
		uuid_str += 2;
	}
	if (*uuid_str != '\0') {
		return -EINVAL;
	}
	*uuid = parsed;
	return 0;
}

int
spdk_uuid_fmt_lower(char *uuid_str, size_t uuid_str_size, const struct spdk_uuid *uuid)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	if (uuid_str == NULL || uuid == NULL || uuid_str_size < SPDK_UUID_STRING_LEN) {
		return -EINVAL;
	}
	for (i = 0; i < UUID_BYTES; i++) {
		if (follows_hyphen(i)) {
			*uuid_str++ = '-';
		}
		*uuid_str++ = digits[uuid->u.raw[i] >> 4];
		*uuid_str++ = digits[uuid->u.raw[i] & 0xf];
	}
	*uuid_str = '\0';
	return 0;
}

int
spdk_uuid_compare(const struct spdk_uuid *u1, const struct spdk_uuid *u2)
{
	return memcmp(u1->u.raw, u2->u.raw, sizeof(u1->u.raw));
}

static void
set_version(struct spdk_uuid *uuid, uint8_t version)
{
	uuid->u.raw[VERSION_BYTE] = (uint8_t)(version << 4 | (uuid->u.raw[VERSION_BYTE] & 0x0f));
	/* The variant of RFC 9562 has the bits 10. */
	uuid->u.raw[VARIANT_BYTE] = 0x80 | (uuid->u.raw[VARIANT_BYTE] & 0x3f);
}

void
spdk_uuid_generate(struct spdk_uuid *uuid)
{
	ssize_t rc;

	do {
		rc = getrandom(uuid->u.raw, sizeof(uuid->u.raw), 0);
	} while (rc < 0 && errno == EINTR);
	if (rc != (ssize_t)sizeof(uuid->u.raw)) {
		/* The caller cannot be told, and an identifier that others have too costs data. */
		SPDK_ERRLOG("no random bits for an identifier: getrandom(): %s; the kernel must "
			    "be Linux 3.17 or later and a sandbox must allow this call\n",
			    spdk_strerror(errno));
		abort();
	}
	set_version(uuid, VERSION_RANDOM);
}

int
spdk_uuid_generate_sha1(struct spdk_uuid *uuid, struct spdk_uuid *ns_uuid, const char *name,
			size_t len)
{
	uint8_t digest[SHA1_BYTES];
	struct block_hash hash;

	if (uuid == NULL || ns_uuid == NULL || (name == NULL && len != 0)) {
		return -EINVAL;
	}
	sha1_init(&hash);
	block_hash_update(&hash, ns_uuid->u.raw, sizeof(ns_uuid->u.raw));
	block_hash_update(&hash, name, len);
	sha1_finish(&hash, digest);
	memcpy(uuid->u.raw, digest, sizeof(uuid->u.raw));
	set_version(uuid, VERSION_SHA1);
	return 0;
}

void
spdk_uuid_copy(struct spdk_uuid *dst, const struct spdk_uuid *src)
{
	memmove(dst, src, sizeof(*dst));
}

bool
spdk_uuid_is_null(const struct spdk_uuid *uuid)
{
	static const struct spdk_uuid null_uuid;

	return spdk_uuid_compare(uuid, &null_uuid) == 0;
}

void
spdk_uuid_set_null(struct spdk_uuid *uuid)
{
	memset(uuid, 0, sizeof(*uuid));
}
