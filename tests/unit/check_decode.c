/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "fetch/decode.h"

static enum sae_status collect(void *arg, const char *data, size_t len,
                               struct sae_err *err)
{
    struct sae_buf *out = arg;

    (void)err;
    sae_buf_add(out, data, len);
    return sae_buf_status(out);
}

static enum sae_status decode_in_pieces(const char *text, size_t len, size_t first,
                                        size_t step, struct sae_buf *out,
                                        struct sae_err *err)
{
    struct sae_decode dec = {0};
    enum sae_status status = SAE_OK;
    size_t at = 0, piece = first;

    sae_buf_init(out, 4 << 20);
    while (at < len && status == SAE_OK) {
        size_t take = piece < len - at ? piece : len - at;
        char *copy = malloc(take == 0 ? 1 : take);

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, text + at, take);
        status = sae_decode_feed(&dec, copy, take, collect, out, err);
        free(copy);
        at += take;
        piece = step;
    }
    return status == SAE_OK ? sae_decode_finish(&dec, collect, out, err) : status;
}

#define TEXT(s) s, sizeof(s) - 1

static const struct {
    const char *text;
    size_t len;
    const char *utf8;
    size_t utf8_len;
} good[] = {
    {TEXT(""), TEXT("")},
    {TEXT("a"), TEXT("a")},
    {TEXT("ab"), TEXT("ab")},
    {TEXT("abc\0d\xff"), TEXT("abc\0d\xff")},
    {TEXT("\xef\xbb\xbf"), TEXT("")},
    {TEXT("\xef\xbb\xbf{}"), TEXT("{}")},
    {TEXT("\xef\xbb\xbf\xef\xbb\xbfx"), TEXT("\xef\xbb\xbfx")},
    {TEXT("\xef"), TEXT("\xef")},
    {TEXT("\xef\xbb"), TEXT("\xef\xbb")},
    {TEXT("\xef\xbc\x81"), TEXT("\xef\xbc\x81")},
    {TEXT("\xef\xbb\xbc"), TEXT("\xef\xbb\xbc")},
    {TEXT("\xef\xbc\xbf"), TEXT("\xef\xbc\xbf")},
    {TEXT("\xff"), TEXT("\xff")},
    {TEXT("\xfe"), TEXT("\xfe")},
    {TEXT("\xfe\xfe x"), TEXT("\xfe\xfe x")},
    {TEXT("\xff\xfe"), TEXT("")},
    {TEXT("\xfe\xff"), TEXT("")},
    {TEXT("\xff\xfe{\0}\0"), TEXT("{}")},
    {TEXT("{\0}\0"), TEXT("{}")},
    {TEXT("\xfe\xff\0{\0}"), TEXT("{}")},
    {TEXT("\0{\0}"), TEXT("\0{\0}")}, /* big endian only by its mark */
    {TEXT("\xff\xfe\xe4\0\xac\x20\x3d\xd8\x00\xde.\0"),
     TEXT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80.")},
    {TEXT("\xfe\xff\0\xe4\x20\xac\xd8\x3d\xde\x00\0."),
     TEXT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80.")},
    {TEXT("\xff\xfe\x7f\0\x80\0\xff\x07\x00\x08\xff\xff"),
     TEXT("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf")},
    {TEXT("\xff\xfe\x00\xd8\x00\xdc\xff\xdb\xff\xdf"),
     TEXT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")},
    {TEXT("\xff\xfe"
          "a\0\x00\xdc"
          "b\0"),
     TEXT("a\xef\xbf\xbd"
          "b")},
    {TEXT("\xff\xfe"
          "a\0\x00\xd8"
          "b\0"),
     TEXT("a\xef\xbf\xbd"
          "b")},
    {TEXT("\xff\xfe\x00\xd8\x01\xd8\x00\xdc"), TEXT("\xef\xbf\xbd\xf0\x90\x90\x80")},
    {TEXT("\xff\xfe\x00\xd8\x01\xd8"), TEXT("\xef\xbf\xbd\xef\xbf\xbd")},
    {TEXT("a\0\0\0b\0"), TEXT("a\0b")},
};

START_TEST(bytes_become_utf8_whatever_the_pieces)
{
    size_t len = good[_i].len;

    for (size_t first = 0; first <= len; first++) {
        for (size_t step = 1; step <= len + 1; step++) {
            struct sae_buf out;
            struct sae_err err = {0};

            ck_assert_int_eq(
                decode_in_pieces(good[_i].text, len, first, step, &out, &err), SAE_OK);
            ck_assert_uint_eq(out.len, good[_i].utf8_len);
            ck_assert_mem_eq(sae_buf_text(&out), good[_i].utf8, out.len);
            sae_buf_done(&out);
        }
    }
}
END_TEST

static const struct {
    const char *text;
    size_t len;
} half[] = {
    {TEXT("\xff\xfe"
          "a")},
    {TEXT("a\0b\0c")},
    {TEXT("\xfe\xff\0a\0")},
    {TEXT("\xff\xfe\x00\xd8\x00")},
};

START_TEST(half_a_utf16_unit_at_the_end_is_an_error)
{
    for (size_t step = 1; step <= half[_i].len; step++) {
        struct sae_buf out;
        struct sae_err err = {0};

        ck_assert_int_eq(
            decode_in_pieces(half[_i].text, half[_i].len, step, step, &out, &err),
            SAE_E_FORMAT);
        ck_assert_int_eq(err.code, SAE_E_FORMAT);
        sae_buf_done(&out);
    }
}
END_TEST

START_TEST(a_long_text_survives_the_inner_buffer)
{
    enum { COUNT = 20000 };
    static char text[2 + 4 * COUNT];
    struct sae_buf out;

    memcpy(text, "\xff\xfe", 2);
    for (size_t i = 0; i < COUNT; i++) { /* U+1F600 */
        memcpy(text + 2 + 4 * i, "\x3d\xd8\x00\xde", 4);
    }
    for (size_t step = 4094; step < 4099; step++) {
        size_t wrong = 0;

        ck_assert_int_eq(decode_in_pieces(text, sizeof(text), step, step, &out, NULL),
                         SAE_OK);
        ck_assert_uint_eq(out.len, 4 * COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            wrong += memcmp(out.data + 4 * i, "\xf0\x9f\x98\x80", 4) != 0 ? 1U : 0U;
        }
        ck_assert_uint_eq(wrong, 0);
        sae_buf_done(&out);
    }
}
END_TEST

static enum sae_status refuse(void *arg, const char *data, size_t len,
                              struct sae_err *err)
{
    (void)arg;
    (void)data;
    (void)len;
    return sae_fail(err, SAE_E_LIMIT, "enough");
}

START_TEST(a_refusal_of_the_reader_is_passed_on)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {{TEXT("abc")},
                 {TEXT("a\0b\0")},
                 {TEXT("\xef\xbb\xbf"
                       "a")}};
    struct sae_decode dec = {0};
    struct sae_err err = {0};

    ck_assert_int_eq(
        sae_decode_feed(&dec, cases[_i].text, cases[_i].len, refuse, NULL, &err),
        SAE_E_LIMIT);
    ck_assert_str_eq(err.text, "enough");
}
END_TEST

START_TEST(a_refusal_at_the_end_is_passed_on)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {{TEXT("a")}, {TEXT("\xff\xfe\x00\xd8")}};
    struct sae_decode dec = {0};
    struct sae_err err = {0};

    ck_assert_int_eq(
        sae_decode_feed(&dec, cases[_i].text, cases[_i].len, refuse, NULL, &err), SAE_OK);
    ck_assert_int_eq(sae_decode_finish(&dec, refuse, NULL, &err), SAE_E_LIMIT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decode");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, bytes_become_utf8_whatever_the_pieces, 0,
                        (int)(sizeof(good) / sizeof(good[0])));
    tcase_add_loop_test(tcase, half_a_utf16_unit_at_the_end_is_an_error, 0,
                        (int)(sizeof(half) / sizeof(half[0])));
    tcase_add_test(tcase, a_long_text_survives_the_inner_buffer);
    tcase_add_loop_test(tcase, a_refusal_of_the_reader_is_passed_on, 0, 3);
    tcase_add_loop_test(tcase, a_refusal_at_the_end_is_passed_on, 0, 2);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
