/* SPDX-License-Identifier: MIT */
/* The Exchange admin API: what is asked, when an answer is no answer, what to grant. */
#include "fetch/exchange.h"
#include "scripted_client.h"

#define LINK(url) "\"@odata.nextLink\":\"" url "\","
#define FLAG "\"SmtpClientAuthenticationDisabled\":"
#define MAILBOX(name, flag)                                                              \
    "{\"PrimarySmtpAddress\":\"" name "@b.example\"," FLAG flag "}"
#define WARNED "\"@adminapi.warnings\":[\"Use the ResultSize parameter for more.\"],"
#define ONE_BOX "{\"value\":[" MAILBOX("a", "true") "]}"

static struct sae_err err;

static void begin(void)
{
    err = (struct sae_err){0};
    script_begin();
}

/* ---- the transport configuration --------------------------------------------------- */

START_TEST(the_switch_is_asked_for_and_read)
{
    struct sae_transport got = {0};

    answer_text(
        "{\"@odata.context\":\"x\",\"adminapi.warnings@odata.type\":\"#C\","
        "\"@adminapi.warnings\":[],\"value\":[{" FLAG "false,"
        "\"AllowLegacyTLSClients\":null,\"InternalSMTPServers@odata.type\":\"#C\","
        "\"InternalSMTPServers\":[\"192.0.2.1\"],"
        "\"WhenChangedUTC\":\"2026-10-02T06:11:09.0000000+00:00\"}]}");
    ck_assert_msg(sae_exchange_transport(scripted(), &got, &err) == SAE_OK, "%s",
                  err.text);
    ck_assert_int_eq(got.smtp_auth, SAE_SWITCH_ON);
    ck_assert_int_eq(got.changed, instant("2026-10-02T06:11:09Z"));
    ck_assert_uint_eq(got.count, 3);
    ck_assert_uint_eq(script.asked_count, 1);
    ck_assert_int_eq(script.asked[0].service, SAE_SERVICE_EXCHANGE);
    ck_assert_str_eq(script.asked[0].url, API);
    ck_assert_str_eq(
        script.asked[0].body,
        "{\"CmdletInput\":{\"CmdletName\":\"Get-TransportConfig\",\"Parameters\":{}}}");
    ck_assert_int_eq(script.asked[0].patience, 16 * SAE_MINUTE);
    ck_assert_uint_eq(script.asked[0].most, 1 << 20);
    headers_are_complete(0, ANCHOR("APP"));
}
END_TEST

START_TEST(a_change_inside_a_list_shows_and_its_order_does_not)
{
    static const char *const lists[] = {"[\"a\",\"b\"]", "[\"b\",\"a\"]",
                                        "[\"a\",\"c\"]", "[]",
                                        "{\"a\":1}",     "{\"b\":1}"};
    char value[COUNT(lists)][SAE_SHOWN + 1], text[256];

    for (int i = 0; i < COUNT(lists); i++) {
        struct sae_transport got = {0};

        snprintf(text, sizeof(text), "{\"value\":[{" FLAG "true,\"SmtpHosts\":%s}]}",
                 lists[i]);
        answer_text(text);
        ck_assert_int_eq(sae_exchange_transport(scripted(), &got, &err), SAE_OK);
        memcpy(value[i], got.settings[1].value, sizeof(value[i]));
    }
    ck_assert_str_eq(value[0], value[1]);
    ck_assert_str_ne(value[0], value[2]);
    ck_assert_str_eq(value[3], "list");
    ck_assert_str_ne(value[4], value[5]);
    ck_assert_int_eq(strncmp(value[0], "list-", 5), 0);
}
END_TEST

static const struct {
    const char *text;
    enum sae_status status;
    const char *says;
} no_switch[] = {
    {"{\"value\":[]}", SAE_E_FORMAT, "0 transport configurations, not one"},
    {"{\"value\":null}", SAE_E_FORMAT, "no object in it"},
    {"{\"@odata.context\":\"x\"}", SAE_E_FORMAT, "no SmtpClientAuthenticationDisabled"},
    {"{\"value\":[{}]}", SAE_E_FORMAT, "may the role of the application not see it?"},
    {"{\"value\":[{\"Name\":\"x\"}]}", SAE_E_FORMAT,
     "no SmtpClientAuthenticationDisabled"},
    {"{\"value\":[{" FLAG "null}]}", SAE_E_FORMAT, "neither true nor false"},
    {"{\"value\":[{" FLAG "true},{" FLAG "true}]}", SAE_E_FORMAT, "2 transport"},
    {ONE_BOX, SAE_E_FORMAT, "a mailbox, not the output of Get-TransportConfig"},
    {"{\"error\":{},\"value\":[{" FLAG "true}]}", SAE_E_FORMAT, "the answer is an error"},
    {"{" LINK(API "?x") "\"value\":[{" FLAG "true}]}", SAE_E_INCOMPLETE, "one page of"},
    {"{" LINK("") "\"value\":[{" FLAG "true}]}", SAE_E_INCOMPLETE, "one page of"},
    {"{" WARNED "\"value\":[{" FLAG "true}]}", SAE_E_INCOMPLETE,
     "says that there is more"},
};

START_TEST(an_answer_without_the_switch_is_an_error)
{
    struct sae_transport got = {0};
    enum sae_status status;

    answer_text(no_switch[_i].text);
    status = sae_exchange_transport(scripted(), &got, &err);
    ck_assert_msg(status == no_switch[_i].status, "%d %s: %s", _i,
                  sae_status_name(status), err.text);
    ck_assert_msg(strstr(err.text, no_switch[_i].says) != NULL, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(err.text, "Get-TransportConfig: "));
    ck_assert_int_eq(got.smtp_auth, SAE_SWITCH_UNKNOWN);
}
END_TEST

START_TEST(without_a_tenant_id_nothing_is_asked)
{
    struct sae_transport got = {0};

    script.tenant.value[SAE_KEY_TENANT_ID] = NULL;
    ck_assert_int_eq(sae_exchange_transport(scripted(), &got, &err), SAE_E_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "tenant_id is not set"));
    ck_assert_uint_eq(script.asked_count, 0);
}
END_TEST

/* ---- refusals ---------------------------------------------------------------------- */

static const struct {
    long http;
    enum sae_status code;
    const char *text;
    bool nul;
    enum sae_status status;
    const char *says;
} refusals[] = {
    {401, SAE_E_AUTH, "", false, SAE_E_AUTH,
     "Exchange does not accept the application: grant Exchange.ManageAsApp (application) "
     "and admin consent, docs/app-registration.md"},
    {401, SAE_E_AUTH, "User is not allowed to call it", false, SAE_E_AUTH,
     "docs/app-registration.md (Exchange: User is not allowed to call it)"},
    {403, SAE_E_DENIED, "", true, SAE_E_DENIED,
     "the application has no Exchange role: assign Global Reader, or a role group with "
     "View-Only Recipients and View-Only Configuration"},
    {403, SAE_E_DENIED, "User is not allowed to call it", false, SAE_E_DENIED,
     "View-Only Configuration (Exchange: User is not"},
    {400, SAE_E_FORMAT, "Parameter problem", false, SAE_E_FORMAT,
     "Exchange refuses (HTTP 400): Parameter problem"},
    {404, SAE_E_FORMAT, "Object x not found.", false, SAE_E_FORMAT,
     "Exchange refuses (HTTP 404): Object x not found."},
    {405, SAE_E_FORMAT, "", false, SAE_E_FORMAT, "scripted failure 405"},
    {302, SAE_E_FORMAT, "", false, SAE_E_FORMAT, "HTTP 302), which is not followed: set"},
    {400, SAE_E_FORMAT,
     "The role assigned to application x isn?t supported in this scenario", false,
     SAE_E_DENIED, "accepts none of the roles of the application: assign Global"},
    {403, SAE_E_DENIED, "The application isn?t assigned to any management roles.", false,
     SAE_E_DENIED, "accepts none of the roles of the application: assign Global"},
    {500, SAE_E_SERVICE, "The role isn?t supported in this scenario.", false,
     SAE_E_DENIED, "New-ServicePrincipal"},
    /* what happened after a refusal counts */
    {401, SAE_E_TIMEOUT, "", false, SAE_E_TIMEOUT, "scripted failure"},
    {429, SAE_E_THROTTLED, "too many", false, SAE_E_THROTTLED, "scripted failure"},
    {503, SAE_E_SERVICE, "", false, SAE_E_SERVICE, "scripted failure"},
    {0, SAE_E_NETWORK, "", false, SAE_E_NETWORK, "scripted failure"},
    {0, SAE_E_AUTH, "", false, SAE_E_AUTH, "scripted failure"},
};

START_TEST(a_refusal_says_what_to_grant)
{
    struct answer answer = {.status = refusals[_i].http,
                            .code = refusals[_i].code,
                            .text = refusals[_i].text,
                            .nul = refusals[_i].nul};
    struct sae_transport got = {0};

    answer_with(answer);
    ck_assert_int_eq(sae_exchange_transport(scripted(), &got, &err), refusals[_i].status);
    ck_assert_msg(strstr(err.text, refusals[_i].says) != NULL, "%s", err.text);
    ck_assert_int_eq(strncmp(err.text, "Get-TransportConfig: ", 21), 0);
}
END_TEST

static Suite *exchange_suite(void)
{
    Suite *suite = suite_create("exchange");
    TCase *tc = tcase_create("exchange");

    tcase_add_checked_fixture(tc, begin, script_end);
    tcase_add_test(tc, the_switch_is_asked_for_and_read);
    tcase_add_test(tc, a_change_inside_a_list_shows_and_its_order_does_not);
    tcase_add_loop_test(tc, an_answer_without_the_switch_is_an_error, 0,
                        COUNT(no_switch));
    tcase_add_test(tc, without_a_tenant_id_nothing_is_asked);
    tcase_add_loop_test(tc, a_refusal_says_what_to_grant, 0, COUNT(refusals));
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(exchange_suite());
}
