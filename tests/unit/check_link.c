/* SPDX-License-Identifier: MIT */
/* A link to the next page gets our token only if it leads to the same place. */
#include "fetch/link.h"
#include "fetch/rows.h"
#include "scratch.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))
#define PATH "/adminapi/beta/T/InvokeCommand"
#define START "https://outlook.example" PATH "?"

enum { BASE, WHERE, OF_PATH, LINK, ANSWER, URL };

static struct vector vectors[VECTOR_ROWS];
static int vector_count;
static struct sae_err err;
static struct sae_buf url;

static void begin(void)
{
    err = (struct sae_err){0};
    sae_buf_init(&url, 20000);
}

static void end(void)
{
    sae_buf_done(&url);
}

START_TEST(a_link_is_followed_only_to_the_same_place)
{
    char **cell = vectors[_i].cell, *link = cell[LINK];
    enum sae_status status;

    ck_assert_str_ne(cell[ANSWER], "");
    ck_assert(link[0] == '{' && link[strlen(link) - 1] == '}');
    link[strlen(link) - 1] = '\0';
    ck_assert_str_eq(cell[OF_PATH], "P");
    status = sae_link_check(link + 1, cell[BASE], PATH,
                            strcmp(cell[WHERE], "regional") == 0, &url, &err);
    if (strcmp(cell[ANSWER], "ok") == 0) {
        ck_assert_msg(status == SAE_OK, "%s: %s", link, err.text);
        ck_assert_str_eq(sae_buf_text(&url), cell[URL]);
    } else {
        ck_assert_msg(status == SAE_E_FORMAT, "%s: %s", link, sae_buf_text(&url));
        ck_assert_msg(strstr(err.text, cell[ANSWER]) != NULL, "%s: %s", link, err.text);
        ck_assert_ptr_null(strstr(err.text, "outlook")); /* the link is not shown */
        ck_assert_uint_eq(url.len, 0);
    }
}
END_TEST

static const struct {
    size_t len;
    enum sae_status status;
} sizes[] = {
    {SAE_ROWS_LINK, SAE_OK}, {SAE_ROWS_LINK + 1, SAE_E_FORMAT}, {65536, SAE_E_FORMAT}};

START_TEST(a_link_has_a_limit)
{
    char *link = malloc(sizes[_i].len + 1);

    ck_assert_ptr_nonnull(link);
    memset(link, 'x', sizes[_i].len);
    memcpy(link, START, strlen(START));
    link[sizes[_i].len] = '\0';
    ck_assert_int_eq(
        sae_link_check(link, "https://outlook.example", PATH, true, &url, &err),
        sizes[_i].status);
    if (sizes[_i].status == SAE_OK) {
        ck_assert_str_eq(sae_buf_text(&url), link);
    } else {
        ck_assert_ptr_nonnull(strstr(err.text, "over 16384 bytes"));
    }
    free(link);
}
END_TEST

START_TEST(a_url_that_does_not_fit_is_an_error)
{
    struct sae_buf tight;

    sae_buf_init(&tight, 20);
    ck_assert_int_eq(
        sae_link_check(START "x", "https://outlook.example", PATH, true, &tight, &err),
        SAE_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "too long"));
    sae_buf_done(&tight);
}
END_TEST

START_TEST(the_url_is_appended)
{
    sae_buf_puts(&url, ">");
    ck_assert_int_eq(
        sae_link_check(START "x", "https://outlook.example", PATH, true, &url, &err),
        SAE_OK);
    ck_assert_str_eq(sae_buf_text(&url), ">" START "x");
}
END_TEST

static Suite *link_suite(void)
{
    Suite *suite = suite_create("link");
    TCase *tc = tcase_create("link");

    vector_count = vectors_load("link", vectors);
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_loop_test(tc, a_link_is_followed_only_to_the_same_place, 0, vector_count);
    tcase_add_loop_test(tc, a_link_has_a_limit, 0, COUNT(sizes));
    tcase_add_test(tc, a_url_that_does_not_fit_is_an_error);
    tcase_add_test(tc, the_url_is_appended);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(link_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
