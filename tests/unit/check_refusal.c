/* SPDX-License-Identifier: MIT */
/* The most telling words of a refusal, whatever its body is. */
#include "fetch/refusal.h"
#include "folder.h"

static struct sae_refusal got;

static void read_body(long status, const char *body, size_t len)
{
    struct sae_http_answer answer = {.status = status};

    sae_buf_init(&answer.body, SAE_HTTP_ERROR_BODY);
    sae_buf_add(&answer.body, body, len);
    sae_refusal_read(&answer, &got);
    sae_buf_done(&answer.body);
}

static const struct {
    const char *body, *code, *text;
} bodies[] = {
    {"{\"error\":{\"code\":\"Forbidden\",\"message\":\"no\"}}", "Forbidden", "no"},
    {"{\"error\":{\"code\":\"\",\"message\":\"Token not found: token is either invalid or "
     "expired\"}}",
     "", "Token not found: token is either invalid or expired"},
    {"{\"error\":{\"code\":\"NotFound\",\"message\":\"Error executing cmdlet\",\"details\":"
     "[{\"code\":\"Client\",\"message\":\"Ex6F9304|A.B.NotFound|Object x not found.\"}]}}",
     "NotFound", "Object x not found."},
    {"{\"error\":{\"code\":\"NotFound\",\"message\":\"Error executing cmdlet\",\"details\":"
     "[{\"message\":\"{\\\"Message\\\":\\\"Object y not found.\\\",\\\"StackTrace\\\":null}"
     "\"}]}}",
     "NotFound", "Object y not found."},
    {"{\"error\":{\"code\":\"BadRequest\",\"message\":\"Invalid Operation\",\"details\":"
     "[{\"message\":\"|T|less\"}],\"innererror\":{\"internalexception\":{\"message\":"
     "\"more\"}}}}",
     "BadRequest", "more"},
    {"{\"error\":{\"code\":\"a|b\",\"message\":\"<b>$(id)\\r\\n[OK]\"}}", "a?b",
     "?b?" "?(id)  ?OK?"},
    {"{\"error\":\"text\"}", "", ""},
    {"{\"error\":{\"details\":[],\"innererror\":null}}", "", ""},
    {"{\"error\":{\"details\":[7]}}", "", ""},
    {"<html>Service Unavailable</html>", "", ""},
    {"{\"error\":{\"message\":\"cut", "", ""},
    {"", "", ""},
};

START_TEST(the_most_telling_message_is_found)
{
    read_body(400, bodies[_i].body, strlen(bodies[_i].body));
    ck_assert_int_eq(got.status, 400);
    ck_assert_str_eq(got.code, bodies[_i].code);
    ck_assert_str_eq(got.text, bodies[_i].text);
    ck_assert(!got.nul);
}
END_TEST

START_TEST(nul_bytes_are_told_from_an_empty_body)
{
    char nul[4096] = {0};

    read_body(403, nul, sizeof(nul));
    ck_assert(got.nul);
    read_body(403, "", 0);
    ck_assert(!got.nul);
    nul[4095] = 'x';
    read_body(403, nul, sizeof(nul));
    ck_assert(!got.nul);
}
END_TEST

static Suite *refusal_suite(void)
{
    Suite *suite = suite_create("refusal");
    TCase *tc = tcase_create("refusal");

    tcase_add_loop_test(tc, the_most_telling_message_is_found, 0, COUNT(bodies));
    tcase_add_test(tc, nul_bytes_are_told_from_an_empty_body);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(refusal_suite());
}
