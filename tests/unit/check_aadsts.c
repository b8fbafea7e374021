/* SPDX-License-Identifier: MIT */
/* Refusals of the login service in plain words, and nothing of its own text. */
#include "fetch/token/aadsts.h"
#include "login.h"
#include "scratch.h"

static struct vector vectors[VECTOR_ROWS];
static int vector_count;
static struct sae_aadsts got;

static bool read_text(const char *text)
{
    got = (struct sae_aadsts){0};
    return sae_aadsts_read(text, strlen(text), &got);
}

static void refuse(bool identity)
{
    enum sae_status status = sae_aadsts_fail(&tenant, &got, identity, noon(), &why);

    ck_assert_int_eq(status, SAE_E_AUTH);
}

START_TEST(each_code_leads_to_words_that_help)
{
    static const enum sae_key keys[] = {SAE_KEY_CLIENT_SECRET_FILE,
                                        SAE_KEY_CERTIFICATE_FILE,
                                        SAE_KEY_FEDERATED_TOKEN_FILE};
    static const char path[] = "/etc/smtp-auth/contoso.credential";
    char text[256], want[256], *place;

    set(keys[_i % 3], path);
    snprintf(text, sizeof(text), "{\"error\":\"invalid_client\",\"error_codes\":[%s]}",
             vectors[_i].cell[0]);
    ck_assert(read_text(text));
    refuse(false);
    snprintf(want, sizeof(want), "login refused (AADSTS%s): ", vectors[_i].cell[0]);
    ck_assert_msg(strncmp(why.text, want, strlen(want)) == 0, "%s", why.text);
    snprintf(want, sizeof(want), "%s", vectors[_i].cell[1]);
    place = strstr(want, "FILE");
    if (place != NULL) {
        snprintf(place, sizeof(want) - (size_t)(place - want), "%s", path);
    }
    place = strstr(want, "CLOCK");
    if (place != NULL) {
        snprintf(place, sizeof(want) - (size_t)(place - want), "2026-11-22T12:00:00Z");
    }
    failed(SAE_E_AUTH, SAE_E_AUTH, want);
    if (strstr(why.text, "error?code=") == NULL) {
        ck_assert_ptr_null(strchr(why.text, '?')); /* nothing had to be replaced */
    }
    ck_assert_uint_lt(strlen(why.text), sizeof(why.text) - 40);
}
END_TEST

START_TEST(the_code_is_taken_from_the_list_or_the_description)
{
    ck_assert(read_text("{\"error\":\"invalid_client\",\"error_description\":"
                        "\"AADSTS7000215: Invalid client secret provided.\\r\\nTrace ID: "
                        "5f0d2a11\",\"error_codes\":[7000222,1]}"));
    ck_assert_int_eq(got.code, 7000222);
    ck_assert_str_eq(got.error, "invalid_client");
    ck_assert(
        read_text("{\"error\":\"invalid_client\",\"error_description\":"
                  "\"AADSTS7000215: Invalid client secret.\\r\\nTrace ID: 5f0d2a11\"}"));
    ck_assert_int_eq(got.code, 7000215);
    ck_assert_str_eq(got.text, "AADSTS7000215: Invalid client secret.");
}
END_TEST

START_TEST(odd_codes_are_no_codes)
{
    static const char *const codes[] = {"[]",      "[null]", "[\"7000215\"]",
                                        "7000215", "[-1]",   "[0]",
                                        "[1e99]",  "null",   "{}"};
    char text[128];

    snprintf(text, sizeof(text), "{\"error\":\"invalid_client\",\"error_codes\":%s}",
             codes[_i]);
    ck_assert(read_text(text));
    ck_assert_int_eq(got.code, 0);
    refuse(false);
    failed(SAE_E_AUTH, SAE_E_AUTH,
           "login refused (invalid_client) without a code: check tenant_id, client_id");
}
END_TEST

START_TEST(what_is_no_error_object_is_not_read)
{
    static const char *const texts[] = {"",
                                        "<html>",
                                        "[]",
                                        "{}",
                                        "{\"error\":null}",
                                        "{\"error\":\"\"}",
                                        "{\"error\":{\"code\":\"x\"}}",
                                        "{\"error\":\"a\",\"error\":\"b\"}",
                                        "{\"error\":\"invalid_client\"",
                                        "{\"statusCode\":500,\"message\":\"x\"}"};

    ck_assert(!read_text(texts[_i]));
}
END_TEST

START_TEST(text_of_the_service_is_shown_safe_or_not_at_all)
{
    ck_assert(
        read_text("{\"error\":\"<b>|x\\n\",\"error_description\":\"s3cret $(id) | x\"}"));
    refuse(false);
    ck_assert_ptr_null(strpbrk(why.text, "<>|\n"));
    ck_assert_ptr_null(strstr(why.text, "s3cret"));
    ck_assert(read_text("{\"error\":\"x\",\"error_codes\":[135010],\"error_description\":"
                        "\"AADSTS135010: s3cret\"}"));
    refuse(false);
    ck_assert_ptr_null(strstr(why.text, "s3cret"));
}
END_TEST

START_TEST(the_identity_service_says_what_it_lacks)
{
    ck_assert(read_text("{\"error\":\"invalid_request\",\"error_description\":"
                        "\"Identity not found\"}"));
    refuse(true);
    failed(
        SAE_E_AUTH, SAE_E_AUTH,
        "no token from the identity service of this machine (invalid_request: Identity "
        "not found): is a managed identity assigned to it");
    ck_assert(read_text("{\"error\":\"x\",\"error_description\":\"a \xc3\xa9 b;c\"}"));
    refuse(true);
    failed(SAE_E_AUTH, SAE_E_AUTH, "(x: a ??b?c)");
}
END_TEST

static Suite *aadsts_suite(void)
{
    Suite *suite = suite_create("aadsts");
    TCase *tc = tcase_create("aadsts");

    vector_count = vectors_load("aadsts", vectors);
    tcase_add_checked_fixture(tc, login_begin, login_end);
    tcase_add_loop_test(tc, each_code_leads_to_words_that_help, 0, vector_count);
    tcase_add_test(tc, the_code_is_taken_from_the_list_or_the_description);
    tcase_add_loop_test(tc, odd_codes_are_no_codes, 0, 9);
    tcase_add_loop_test(tc, what_is_no_error_object_is_not_read, 0, 10);
    tcase_add_test(tc, text_of_the_service_is_shown_safe_or_not_at_all);
    tcase_add_test(tc, the_identity_service_says_what_it_lacks);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(aadsts_suite());
}
