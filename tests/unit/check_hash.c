/* SPDX-License-Identifier: MIT */
/* Checksums against published values, and a hash that spreads. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *text;
    uint32_t crc;
} crcs[] = {
    {"", 0x00000000},
    {"a", 0xe8b7be43},
    {"abc", 0x352441c2},
    {"123456789", 0xcbf43926}, /* the check value of the catalogue of CRCs */
    {"The quick brown fox jumps over the lazy dog", 0x414fa339},
};

START_TEST(the_checksum_is_that_of_zlib)
{
    ck_assert_uint_eq(sae_crc32(crcs[_i].text, strlen(crcs[_i].text)), crcs[_i].crc);
}
END_TEST

START_TEST(the_checksum_takes_any_byte)
{
    unsigned char bytes[256];

    memset(bytes, 0, sizeof(bytes));
    ck_assert_uint_eq(sae_crc32(bytes, 32), 0x190a55ad);
    memset(bytes, 0xff, sizeof(bytes));
    ck_assert_uint_eq(sae_crc32(bytes, 32), 0xff6cab0b);
    for (int i = 0; i < 256; i++) {
        bytes[i] = (unsigned char)i;
    }
    ck_assert_uint_eq(sae_crc32(bytes, 256), 0x29058c73);
}
END_TEST

/* History databases keep these numbers: they may never change. */
START_TEST(the_hash_of_a_name_is_the_same_for_ever)
{
    uint64_t empty = sae_hash64("", 0), a = sae_hash64("a", 1);

    ck_assert_uint_eq(empty, UINT64_C(0xefd01f60ba992926));
    ck_assert_uint_eq(a, UINT64_C(0x82a2a958a9bece5b));
    ck_assert_uint_eq(sae_hash64("a\0b", 3), sae_hash64("a\0b", 3));
    ck_assert_uint_ne(sae_hash64("a\0b", 3), sae_hash64("a\0c", 3));
    ck_assert_uint_ne(sae_hash64("a\0", 2), a);
}
END_TEST

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

START_TEST(names_that_are_alike_have_different_hashes)
{
    size_t many = getenv("SAE_VALGRIND") == NULL ? 200000 : 20000;
    uint64_t *hashes = malloc(many * sizeof(*hashes));
    char name[40];

    for (size_t i = 0; i < many; i++) {
        int len = snprintf(name, sizeof(name), "user%zu@example.com", i);

        hashes[i] = sae_hash64(name, (size_t)len);
    }
    qsort(hashes, many, sizeof(*hashes), compare);
    for (size_t i = 1; i < many; i++) {
        ck_assert_uint_ne(hashes[i], hashes[i - 1]);
    }
    free(hashes);
}
END_TEST

START_TEST(every_bit_is_set_half_of_the_time)
{
    enum { MANY = 20000 };
    int set[64] = {0};

    for (uint32_t i = 0; i < MANY; i++) {
        uint64_t h = sae_hash64(&i, sizeof(i));

        for (int bit = 0; bit < 64; bit++) {
            set[bit] += (h >> bit) & 1 ? 1 : 0;
        }
    }
    for (int bit = 0; bit < 64; bit++) { /* eight standard deviations */
        ck_assert_msg(abs(set[bit] - MANY / 2) < 566, "bit %d: %d", bit, set[bit]);
    }
}
END_TEST

START_TEST(one_bit_of_the_input_changes_half_of_the_output)
{
    char text[] = "0b1d4e6f-8a9c-4d2e-b3f5-a6c7d8e9f012";
    uint64_t before = sae_hash64(text, sizeof(text) - 1);
    int changed = 0, trials = 0;

    for (size_t bit = 0; bit < 8 * (sizeof(text) - 1); bit++) {
        uint64_t x;

        text[bit / 8] = (char)(text[bit / 8] ^ (1 << (bit % 8)));
        x = before ^ sae_hash64(text, sizeof(text) - 1);
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << (bit % 8)));
        ck_assert_int_gt(__builtin_popcountll(x), 10);
        changed += __builtin_popcountll(x);
        trials++;
    }
    ck_assert_int_gt(changed, 30 * trials);
    ck_assert_int_lt(changed, 34 * trials);
}
END_TEST

/* Each of the bits, wherever it stands, and of the number and the hash so far. */
START_TEST(what_is_taken_into_a_hash_changes_it_wherever_it_stands)
{
    enum { LONGEST = 70 };
    uint64_t seen[LONGEST * 8 + 130];
    unsigned char text[LONGEST];

    for (size_t i = 0; i < LONGEST; i++) {
        text[i] = (unsigned char)(i * 37 + 1);
    }
    for (size_t len = 0; len <= LONGEST; len++) {
        unsigned char *copy = malloc(len + (len == 0)); /* so that reading on is seen */
        size_t count = 0;

        memcpy(copy, text, len);
        seen[count++] = sae_hash_on(5, len, text, len);
        ck_assert_uint_eq(sae_hash_on(5, len, copy, len), seen[0]);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            copy[bit / 8] = (unsigned char)(copy[bit / 8] ^ (1 << (bit % 8)));
            seen[count++] = sae_hash_on(5, len, copy, len);
            copy[bit / 8] = text[bit / 8];
        }
        for (unsigned bit = 0; bit < 64; bit++) {
            seen[count++] = sae_hash_on(5, len ^ UINT64_C(1) << bit, copy, len);
            seen[count++] = sae_hash_on(UINT64_C(5) ^ UINT64_C(1) << bit, len, copy, len);
        }
        qsort(seen, count, sizeof(*seen), compare);
        for (size_t i = 1; i < count; i++) {
            ck_assert_uint_ne(seen[i], seen[i - 1]);
        }
        free(copy);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hash");
    TCase *tests = tcase_create("hash");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, the_checksum_is_that_of_zlib, 0, COUNT(crcs));
    tcase_add_test(tests, the_checksum_takes_any_byte);
    tcase_add_test(tests, the_hash_of_a_name_is_the_same_for_ever);
    tcase_add_test(tests, names_that_are_alike_have_different_hashes);
    tcase_add_test(tests, every_bit_is_set_half_of_the_time);
    tcase_add_test(tests, one_bit_of_the_input_changes_half_of_the_output);
    tcase_add_test(tests, what_is_taken_into_a_hash_changes_it_wherever_it_stands);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
