/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Encryption by the module `software`, against the vectors of IEEE 1619 (XTS) and NIST SP 800-38A;
 * how numbers of blocks become tweaks; and data in pieces against the same data in one.
 */
#include "base/failing_malloc.h"

#include "io/accel_fixture.h"
#include "modules/accel/software/software_internal.h"
#include "spdk/endian.h"
#include "spdk/hexlify.h"

#define SIZE 4096

static uint8_t g_plain[SIZE], g_cipher[SIZE], g_back[SIZE];

static int
set_up(void **state)
{
	(void)accel_set_up(state);
	for (int i = 0; i < SIZE; i++) {
		g_plain[i] = (uint8_t)i;
	}
	memset(g_cipher, 0, SIZE);
	memset(g_back, 0, SIZE);
	return 0;
}

static void
need_crypto(void)
{
	if (!software_has_crypto()) {
		skip();
	}
}

static struct spdk_accel_crypto_key *
make_key(const char *cipher, const char *key, const char *key2, const char *mode, const char *name)
{
	struct spdk_accel_crypto_key_create_param param = {
		(char *)(uintptr_t)cipher, (char *)(uintptr_t)key, (char *)(uintptr_t)key2,
		(char *)(uintptr_t)mode, (char *)(uintptr_t)name};

	if (spdk_accel_crypto_key_create(&param) != 0) {
		fail_msg("%s: %s", name, g_log_capture.text);
	}
	return spdk_accel_crypto_key_get(name);
}

static int
run(struct spdk_accel_crypto_key *key, bool is_encrypt, struct iovec *dst, uint32_t dst_count,
    struct iovec *src, uint32_t src_count, uint64_t number, uint32_t block_size)
{
	struct done done = {0};
	int rc = is_encrypt ? spdk_accel_submit_encrypt(g_ch, key, dst, dst_count, src, src_count,
							number, block_size, count_done, &done) :
			      spdk_accel_submit_decrypt(g_ch, key, dst, dst_count, src, src_count,
							number, block_size, count_done, &done);

	assert_int_equal(rc, 0);
	assert_int_equal(done.count, 0);
	poll_all();
	assert_int_equal(done.count, 1);
	return done.status;
}

static void
encrypt(struct spdk_accel_crypto_key *key, void *dst, const void *src, size_t size, uint64_t number,
	uint32_t block_size)
{
	struct iovec to = {dst, size}, from = {(void *)(uintptr_t)src, size};

	assert_int_equal(run(key, true, &to, 1, &from, 1, number, block_size), 0);
}

static void
decrypt(struct spdk_accel_crypto_key *key, void *dst, const void *src, size_t size, uint64_t number,
	uint32_t block_size)
{
	struct iovec to = {dst, size}, from = {(void *)(uintptr_t)src, size};

	assert_int_equal(run(key, false, &to, 1, &from, 1, number, block_size), 0);
}

static void
expect_hex(const uint8_t *bytes, const char *hex)
{
	char *text = spdk_hexlify((const char *)bytes, strlen(hex) / 2);

	assert_string_equal(text, hex);
	free(text);
}

static void
xts_is_that_of_ieee_1619(void **state)
{
	static const struct {
		const char *key, *key2;
		uint64_t number;
		uint32_t size;
		int fill; /* -1: 0, 1, 2... */
		const char *begins;
	} vectors[] = {
		/* 2, 3, 10 and 15, whose last block is not whole. */
		{"11111111111111111111111111111111", "22222222222222222222222222222222",
		 0x3333333333, 32, 0x44,
		 "c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0"},
		{"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0", "22222222222222222222222222222222",
		 0x3333333333, 32, 0x44,
		 "af85336b597afc1a900b2eb21ec949d292df4c047e0b21532186a5971a227a89"},
		{"2718281828459045235360287471352662497757247093699959574966967627",
		 "3141592653589793238462643383279502884197169399375105820974944592", 0xff, 512, -1,
		 "1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b"},
		{"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0", "bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0",
		 0x123456789a, 17, -1, "6c1625db4671522d3d7599601de7ca09ed"},
	};

	need_crypto();
	for (size_t i = 0; i < SPDK_COUNTOF(vectors); i++) {
		struct spdk_accel_crypto_key *key =
			make_key("AES_XTS", vectors[i].key, vectors[i].key2, NULL, "k");

		for (int j = 0; j < SIZE; j++) {
			g_plain[j] = (uint8_t)(vectors[i].fill < 0 ? j : vectors[i].fill);
		}
		encrypt(key, g_cipher, g_plain, vectors[i].size, vectors[i].number,
			vectors[i].size);
		expect_hex(g_cipher, vectors[i].begins);
		decrypt(key, g_back, g_cipher, vectors[i].size, vectors[i].number, vectors[i].size);
		assert_memory_equal(g_back, g_plain, vectors[i].size);
		assert_int_equal(spdk_accel_crypto_key_destroy(key), 0);
	}
}

/*
 * With a vector of zeros the first block is that of ECB, and the second as well if the first is
 * taken out of it beforehand: that is what ECB's vectors are good for here.
 */
static void
cbc_is_that_of_sp_800_38a(void **state)
{
	static const struct {
		const char *key, *first, *second;
	} vectors[] = {
		{"2b7e151628aed2a6abf7158809cf4f3c", "3ad77bb40d7a3660a89ecaf32466ef97",
		 "f5d3d58503b9699de785895a96fdbaaf"},
		{"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
		 "bd334f1d6e45f25ff712a214571fa5cc", "974104846d0ad3ad7734ecb3ecee4eef"},
		{"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
		 "f3eed1bdb5d2a03c064b5a7e3db181f8", "591ccb10d410ed26dc5ba74a31362870"},
	};
	char *plain =
		spdk_unhexlify("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");

	need_crypto();
	for (size_t i = 0; i < SPDK_COUNTOF(vectors); i++) {
		struct spdk_accel_crypto_key *key =
			make_key("AES_CBC", vectors[i].key, NULL, NULL, "k");
		char *first = spdk_unhexlify(vectors[i].first);

		memcpy(g_plain, plain, 32);
		for (int j = 0; j < 16; j++) {
			g_plain[16 + j] ^= (uint8_t)first[j];
		}
		encrypt(key, g_cipher, g_plain, 32, 0, 32);
		expect_hex(g_cipher, vectors[i].first);
		expect_hex(g_cipher + 16, vectors[i].second);
		decrypt(key, g_back, g_cipher, 32, 0, 32);
		assert_memory_equal(g_back, g_plain, 32);
		free(first);
		assert_int_equal(spdk_accel_crypto_key_destroy(key), 0);
	}
	free(plain);
}

#define KEY_1 "00112233445566778899aabbccddeeff"
#define KEY_2 "ffeeddccbbaa99887766554433221100"

/* One block of AES by itself, with the first or the second key. */
static void
ecb(const char *hex_key, uint8_t *dst, const uint8_t *src)
{
	struct spdk_accel_crypto_key *key = make_key("AES_CBC", hex_key, NULL, NULL, "ecb");

	encrypt(key, dst, src, 16, 0, 16);
	assert_int_equal(spdk_accel_crypto_key_destroy(key), 0);
}

/* XTS of one AES block: the plain text between two of the encrypted tweak. */
static void
expect_tweak(const char *mode, uint64_t number, uint32_t block_size, uint64_t low, uint64_t high)
{
	struct spdk_accel_crypto_key *key = make_key("AES_XTS", KEY_1, KEY_2, mode, "k");
	uint8_t tweak[16], mixed[16];

	encrypt(key, g_cipher, g_plain, block_size, number, block_size);
	to_le64(tweak, low);
	to_le64(tweak + 8, high);
	ecb(KEY_2, tweak, tweak);
	for (int i = 0; i < 16; i++) {
		mixed[i] = g_plain[i] ^ tweak[i];
	}
	ecb(KEY_1, mixed, mixed);
	for (int i = 0; i < 16; i++) {
		mixed[i] ^= tweak[i];
	}
	assert_memory_equal(g_cipher, mixed, 16);
	assert_int_equal(spdk_accel_crypto_key_destroy(key), 0);
}

static void
numbers_become_tweaks_as_the_mode_says(void **state)
{
	uint64_t number = 0x8123456789abcdef;

	need_crypto();
	expect_tweak(NULL, number, 16, number, 0);
	expect_tweak("SIMPLE_LBA", number, 512, number, 0);
	expect_tweak("JOIN_NEG_LBA_WITH_LBA", number, 16, number, ~number & 0x7fffffffffffffff);
	expect_tweak("INCR_512_FULL_LBA", number, 512, number, 0);
	/* Eight times the number is more than 64 bits. */
	expect_tweak("INCR_512_FULL_LBA", number, 4096, number << 3, number >> 61);
	expect_tweak("INCR_512_UPPER_LBA", 5, 4096, 0, 40);
}

static void
each_block_has_the_next_number(void **state)
{
	struct spdk_accel_crypto_key *simple, *small;
	uint8_t one_by_one[SIZE];

	need_crypto();
	simple = make_key("AES_XTS", KEY_1, KEY_2, NULL, "simple");
	small = make_key("AES_XTS", KEY_1, KEY_2, "INCR_512_FULL_LBA", "small");
	encrypt(simple, g_cipher, g_plain, SIZE, 100, 512);
	for (int i = 0; i < SIZE / 512; i++) {
		encrypt(simple, one_by_one + 512 * i, g_plain + 512 * i, 512, 100 + (uint64_t)i,
			512);
	}
	assert_memory_equal(g_cipher, one_by_one, SIZE);
	/* Units of 512 bytes, whatever a block is. */
	encrypt(small, g_back, g_plain, SIZE, 50, 1024);
	assert_memory_equal(g_back, one_by_one, SIZE);
}

/* Cuts bytes into pieces, some of them empty; returns how many. */
static uint32_t
cut(struct iovec *iovs, uint8_t *bytes, size_t size, uint64_t *seed)
{
	uint32_t count = 0;
	size_t done = 0;

	while (done < size) {
		size_t piece = spdk_rand_xorshift64(seed) % 700;

		piece = spdk_min(piece, size - done);
		if (count == 31) {
			piece = size - done;
		}
		iovs[count++] = (struct iovec){bytes + done, piece};
		done += piece;
	}
	return count;
}

static void
data_in_pieces_is_as_in_one(void **state)
{
	static const char *const modes[] = {"SIMPLE_LBA", "INCR_512_FULL_LBA"};
	struct spdk_accel_crypto_key *key;
	struct iovec src[32], dst[32];
	uint8_t expected[SIZE];
	uint64_t seed = 77;
	uint32_t from, to;

	need_crypto();
	for (int i = 0; i < 4; i++) {
		key = make_key(i < 2 ? "AES_XTS" : "AES_CBC", KEY_1, i < 2 ? KEY_2 : NULL,
			       modes[i % 2], "k");
		encrypt(key, expected, g_plain, SIZE, 3, 1024);
		for (int round = 0; round < 200; round++) {
			memset(g_cipher, 0, SIZE);
			from = cut(src, g_plain, SIZE, &seed);
			to = cut(dst, g_cipher, SIZE, &seed);
			assert_int_equal(run(key, true, dst, to, src, from, 3, 1024), 0);
			assert_memory_equal(g_cipher, expected, SIZE);
			/* And back, in place. */
			from = cut(src, g_cipher, SIZE, &seed);
			assert_int_equal(run(key, false, src, from, src, from, 3, 1024), 0);
			assert_memory_equal(g_cipher, g_plain, SIZE);
		}
		assert_int_equal(spdk_accel_crypto_key_destroy(key), 0);
	}
}

static void
keys_take_turns_and_a_new_one_is_not_taken_for_an_old(void **state)
{
	struct spdk_accel_crypto_key *a, *b;
	uint8_t of_a[512], of_b[512];

	need_crypto();
	a = make_key("AES_XTS", KEY_1, KEY_2, NULL, "a");
	b = make_key("AES_XTS", KEY_2, KEY_1, NULL, "b");
	encrypt(a, of_a, g_plain, 512, 0, 512);
	encrypt(b, of_b, g_plain, 512, 0, 512);
	assert_memory_not_equal(of_a, of_b, 512);
	for (int i = 0; i < 10; i++) {
		encrypt(a, g_cipher, g_plain, 512, 0, 512);
		assert_memory_equal(g_cipher, of_a, 512);
		encrypt(b, g_cipher, g_plain, 512, 0, 512);
		assert_memory_equal(g_cipher, of_b, 512);
	}
	/* What is made next is likely where the one before was. */
	for (int i = 0; i < 10; i++) {
		assert_int_equal(spdk_accel_crypto_key_destroy(a), 0);
		a = make_key("AES_XTS", i % 2 == 0 ? KEY_2 : KEY_1, i % 2 == 0 ? KEY_1 : KEY_2,
			     NULL, "a");
		encrypt(a, g_cipher, g_plain, 512, 0, 512);
		assert_memory_equal(g_cipher, i % 2 == 0 ? of_b : of_a, 512);
	}
}

static void
blocks_of_a_size_that_cannot_be_are_refused(void **state)
{
	struct spdk_accel_crypto_key *xts, *cbc, *small;
	struct iovec iov = {g_plain, 1040}, tiny = {g_plain, 8};

	need_crypto();
	xts = make_key("AES_XTS", KEY_1, KEY_2, NULL, "xts");
	cbc = make_key("AES_CBC", KEY_1, NULL, NULL, "cbc");
	small = make_key("AES_XTS", KEY_1, KEY_2, "INCR_512_UPPER_LBA", "small");
	assert_int_equal(run(xts, true, &tiny, 1, &tiny, 1, 0, 8), -EINVAL);
	assert_int_equal(run(cbc, true, &iov, 1, &iov, 1, 0, 520), -EINVAL);
	assert_int_equal(run(small, true, &iov, 1, &iov, 1, 0, 520), -EINVAL);
	assert_int_equal(run(xts, true, &iov, 1, &iov, 1, 0, 520), 0);
}

static void
a_large_block_is_encrypted_if_it_lies_in_one_piece(void **state)
{
	size_t size = 2 * SOFTWARE_GATHERED_MAX;
	uint8_t *plain, *cipher;
	struct spdk_accel_crypto_key *key;
	struct iovec whole, parts[2];

	need_crypto();
	plain = calloc(1, size);
	cipher = calloc(1, size);
	key = make_key("AES_XTS", KEY_1, KEY_2, NULL, "k");
	whole = (struct iovec){plain, size};
	parts[0] = (struct iovec){cipher, 16};
	parts[1] = (struct iovec){cipher + 16, size - 16};
	assert_int_equal(run(key, true, &whole, 1, &whole, 1, 0, (uint32_t)size), 0);
	assert_int_equal(run(key, true, parts, 2, &whole, 1, 0, (uint32_t)size), -EFBIG);
	assert_int_equal(run(key, false, &whole, 1, &whole, 1, 0, (uint32_t)size), 0);
	assert_int_equal(plain[0] | plain[size - 1], 0);
	free(plain);
	free(cipher);
}

static void
memory_is_taken_by_the_first_operation_only(void **state)
{
#ifdef HAS_OWN_ALLOCATOR
	skip();
#else
	struct spdk_accel_crypto_key *a, *b;
	struct iovec iov = {g_plain, SIZE};

	need_crypto();
	a = make_key("AES_XTS", KEY_1, KEY_2, NULL, "a");
	b = make_key("AES_XTS", KEY_2, KEY_1, NULL, "b");
	expect_status(spdk_accel_submit_copy(g_ch, g_back, g_plain, 1, count_done, ended), 0);
	t_allocations_left = 0;
	g_are_all_failing = true;
	assert_int_equal(run(a, true, &iov, 1, &iov, 1, 0, 512), -ENOMEM);
	t_allocations_left = -1;
	assert_int_equal(run(a, true, &iov, 1, &iov, 1, 0, 512), 0);
	t_allocations_left = 0;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(run(i % 2 == 0 ? b : a, true, &iov, 1, &iov, 1, 0, 512), 0);
	}
	t_allocations_left = -1;
	g_are_all_failing = false;
#endif
}

static void
without_the_library_it_is_said(void **state)
{
	struct spdk_accel_crypto_key_create_param param = {(char *)(uintptr_t) "AES_CBC",
							   (char *)(uintptr_t)KEY_1, NULL, NULL,
							   (char *)(uintptr_t) "k"};

	if (software_has_crypto()) {
		skip();
	}
	assert_int_equal(spdk_accel_crypto_key_create(&param), -ENOENT);
	assert_true(log_captured("OpenSSL", "libssl-dev", NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, accel_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(xts_is_that_of_ieee_1619),
		TEST(cbc_is_that_of_sp_800_38a),
		TEST(numbers_become_tweaks_as_the_mode_says),
		TEST(each_block_has_the_next_number),
		TEST(data_in_pieces_is_as_in_one),
		TEST(keys_take_turns_and_a_new_one_is_not_taken_for_an_old),
		TEST(blocks_of_a_size_that_cannot_be_are_refused),
		TEST(a_large_block_is_encrypted_if_it_lies_in_one_piece),
		TEST(memory_is_taken_by_the_first_operation_only),
		TEST(without_the_library_it_is_said),
	};

	return cmocka_run_group_tests(tests, accel_start_environment, accel_stop_environment);
}
