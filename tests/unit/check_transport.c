/* SPDX-License-Identifier: MIT */
/* The tenant switch: read, or an error; never taken for closed because it was not there.
 */
#include "fetch/transport.h"
#include "folder.h"

#define FLAG "\"SmtpClientAuthenticationDisabled\":"

static struct sae_transport got;
static struct sae_err err;

static enum sae_status read_text(const char *text)
{
    err = (struct sae_err){0};
    got = (struct sae_transport){0};
    return sae_transport_read(text, strlen(text), &got, &err);
}

static const char *value_of(const char *name)
{
    for (size_t i = 0; i < got.count; i++) {
        if (strcmp(got.settings[i].name, name) == 0) {
            return got.settings[i].value;
        }
    }
    return "not watched";
}

static const struct {
    const char *text;
    enum sae_switch smtp_auth;
} good[] = {
    {"{" FLAG "true}", SAE_SWITCH_OFF},
    {"{" FLAG "false}", SAE_SWITCH_ON},
    {"{" FLAG "\"True\"}", SAE_SWITCH_OFF},
    {"{" FLAG "\"false\"}", SAE_SWITCH_ON},
    {" \r\n[{" FLAG "false}]\n", SAE_SWITCH_ON},
    {"{\"value\":[{" FLAG "true}]}", SAE_SWITCH_OFF},
    {"{\"value\":{" FLAG "true}}", SAE_SWITCH_OFF},
    {"{\"smtpclientauthenticationdisabled\":true}", SAE_SWITCH_OFF},
    {"SmtpClientAuthenticationDisabled : False", SAE_SWITCH_ON},
    {"\n\nName : x\nSmtpClientAuthenticationDisabled : True\n", SAE_SWITCH_OFF},
    {"SmtpClientAuthenticationDisabled:True  \r\n", SAE_SWITCH_OFF},
    {" SmtpClientAuthenticationDisabled : True\n{}", SAE_SWITCH_OFF},
};

START_TEST(the_switch_is_read_in_every_shape)
{
    ck_assert_msg(read_text(good[_i].text) == SAE_OK, "%s", err.text);
    ck_assert_int_eq(got.smtp_auth, good[_i].smtp_auth);
}
END_TEST

static const char *const bad[] = {
    "",
    " \n",
    "{}",
    "[]",
    "[{}]",
    "[[[[[{" FLAG "true}]]]]]",
    "{\"MaxSendSize\":\"Unlimited\"}",
    "{\"PrimarySmtpAddress\":\"a@b.example\"," FLAG "true}",
    "ImapEnabled : True\nSmtpClientAuthenticationDisabled : True\n",
    "{" FLAG "null}",
    "{" FLAG "\"\"}",
    "{" FLAG "\"WAHR\"}",
    "{" FLAG "1}",
    "{" FLAG "[true]}",
    "{" FLAG "true," FLAG "true}",
    "{" FLAG "true,\"smtpClientAuthenticationDisabled\":false}",
    "[{" FLAG "true},{" FLAG "false}]",
    "[{" FLAG "true},{" FLAG "true}]",
    "{\"value\":[]}",
    "{\"value\":null}",
    "{\"value\":[{" FLAG "true}],\"error\":{\"code\":\"x\"}}",
    "{\"error\":{\"code\":\"Forbidden\"}}",
    "{\"@odata.error\":{\"code\":\"Forbidden\"},\"value\":[{" FLAG "true}]}",
    "{" FLAG "true",
    "{" FLAG "true}}",
    "{" FLAG "true} {" FLAG "true}",
    "{\"x\":{" FLAG "true}}",
    "true",
    "Name : x\n",
    "SmtpClientAuthenticationDisabled :\n",
    "SmtpClientAuthenticationDisabled\n",
    "SmtpClientAuthenticationDisabled : WAHR\n",
    "SmtpClientAuthenticationDisabled : True\nSmtpClientAuthenticationDisabled : True\n",
    "SmtpClientAuthenticationDisabled : True\nSmtpClientAuthenticationDisabled : False\n",
    "<html></html>",
};

START_TEST(a_switch_that_was_not_read_is_an_error)
{
    enum sae_status status = read_text(bad[_i]);

    ck_assert_msg(status == SAE_E_FORMAT, "'%s': %s, %s", bad[_i],
                  sae_status_name(status), err.text);
    ck_assert_str_ne(err.text, "");
    ck_assert_int_eq(got.smtp_auth, SAE_SWITCH_UNKNOWN);
}
END_TEST

START_TEST(exports_are_read_with_the_settings_to_watch)
{
    static const char *const names[] = {"transport_list.txt", "transport_envelope.json"};
    char *text = fixture(names[_i]);

    ck_assert_msg(read_text(text) == SAE_OK, "%s", err.text);
    ck_assert_int_eq(got.smtp_auth, SAE_SWITCH_OFF);
    ck_assert_int_eq(got.changed, instant("2026-10-02T06:11:09Z"));
    ck_assert_uint_eq(got.count, 4);
    ck_assert_str_eq(value_of("SmtpClientAuthenticationDisabled"), "true");
    ck_assert_str_eq(value_of("AllowLegacyTLSClients"), "");
    ck_assert_str_eq(value_of("LegacyArchiveJournalingDisabled"), "false");
    ck_assert_str_ne(value_of("InternalSMTPServers"), "not watched");
    ck_assert_str_eq(value_of("MaxSendSize"), "not watched");
    free(text);
}
END_TEST

START_TEST(carriage_returns_change_nothing)
{
    char *text = fixture("transport_list.txt");
    struct sae_buf buf;

    sae_buf_init(&buf, 1 << 16);
    for (const char *at = text; *at != '\0'; at++) {
        sae_buf_puts(&buf, *at == '\n' ? "\r" : "");
        sae_buf_add(&buf, at, 1);
    }
    ck_assert_int_eq(read_text(sae_buf_text(&buf)), SAE_OK);
    ck_assert_int_eq(got.smtp_auth, SAE_SWITCH_OFF);
    ck_assert_str_eq(value_of("AllowLegacyTLSClients"), "");
    ck_assert_uint_eq(got.count, 4);
    sae_buf_done(&buf);
    free(text);
}
END_TEST

START_TEST(what_could_be_the_new_switch_is_watched)
{
    ck_assert_int_eq(read_text("{" FLAG
                               "false,\"BasicAuthAllowed\":true,\"ALLOWLEGACY\":7,"
                               "\"NewSmtpThing\":\"<b>|x\",\"Smtp@odata.type\":\"#x\","
                               "\"BasicObject\":{},\"Other\":true}"),
                     SAE_OK);
    ck_assert_uint_eq(got.count, 5);
    ck_assert_str_eq(value_of("BasicAuthAllowed"), "true");
    ck_assert_str_eq(value_of("ALLOWLEGACY"), "7");
    ck_assert_str_eq(value_of("NewSmtpThing"), "?b??x");
    ck_assert_str_eq(value_of("BasicObject"), "list");
}
END_TEST

START_TEST(more_settings_than_can_be_watched_are_refused)
{
    struct sae_buf buf;

    for (int more = 0; more < 2; more++) {
        sae_buf_init(&buf, 1 << 16);
        sae_buf_puts(&buf, "{" FLAG "true");
        for (int i = 1; i < SAE_SETTINGS + more; i++) {
            sae_buf_printf(&buf, ",\"Smtp%d\":true", i);
        }
        sae_buf_puts(&buf, "}");
        ck_assert_int_eq(read_text(sae_buf_text(&buf)), more == 0 ? SAE_OK : SAE_E_LIMIT);
        sae_buf_done(&buf);
    }
}
END_TEST

static Suite *transport_suite(void)
{
    Suite *suite = suite_create("transport");
    TCase *tc = tcase_create("transport");

    tcase_add_loop_test(tc, the_switch_is_read_in_every_shape, 0, COUNT(good));
    tcase_add_loop_test(tc, a_switch_that_was_not_read_is_an_error, 0, COUNT(bad));
    tcase_add_loop_test(tc, exports_are_read_with_the_settings_to_watch, 0, 2);
    tcase_add_test(tc, carriage_returns_change_nothing);
    tcase_add_test(tc, what_could_be_the_new_switch_is_watched);
    tcase_add_test(tc, more_settings_than_can_be_watched_are_refused);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(transport_suite());
}
