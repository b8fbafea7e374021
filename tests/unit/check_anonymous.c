/* SPDX-License-Identifier: MIT */
/* Values, errors in words and URLs: what may go into a public bug report. */
#include "replacing.h"

#define GUID_A "3d0f6c4e-7a55-4c1b-9e0d-0a1b2c3d4e5f"
#define GUID_B "6a0e0001-0000-4000-8000-000000000001"

static const struct {
    const char *text, *word;
} kinds[] = {
    {GUID_A, "guid-1"},
    {"{" GUID_A "}", "{guid-1}"},
    {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"},
    {"ann.rao@contoso.example", "user-1@example"},
    {"SMTP:scanner@contoso.example", "SMTP:user-1@example"},
    {"smtp:scanner@contoso.example", "smtp:user-1@example"},
    {"ann_x.com#EXT#@contoso.onmicrosoft.com", "user-1@example"},
    {"m\xc3\xbcller@contoso.example", "user-1@example"},
    {"203.0.113.200", "198.18.0.1"},
    {"203.0.113.5:51000", "198.18.0.1:1"},
    {"2001:db8:9::25", "2001:db8::1"},
    {"[2001:db8:9::25]:443", "[2001:db8::1]:1"},
    {"::ffff:203.0.113.9", "198.18.0.1"},
    {"contoso.onmicrosoft.com", "host-1.example"},
    {"outlook.office365.com", "exchange.example"},
    {"2026-11-22T08:14:07.4471523Z", "2026-11-22T08:14:07.4471523Z"},
    {"2022-09-21T08:07:47.0000000+00:00", "2022-09-21T08:07:47.0000000+00:00"},
    {"2026-11-22T08:15:30", "2026-11-22T08:15:30"},
    {"2026-11-22 08:15:30Z", "2026-11-22 08:15:30Z"},
    {"2026-11-22", "2026-11-22"},
    {"0001-01-01T00:00:00", "0001-01-01T00:00:00"},
    {"2026-11-32", "text-1"},
    {"2026-11-22 Ann", "text-1"},
    {"Authenticated SMTP", "Authenticated SMTP"},
    {"Outlook Anywhere (RPC over HTTP)", "Outlook Anywhere (RPC over HTTP)"},
    {"Mobile Apps and Desktop clients", "Mobile Apps and Desktop clients"},
    {"BAV2ROPC", "BAV2ROPC"},
    {"notApplied", "notApplied"},
    {"enabledForReportingButNotEnforced", "enabledForReportingButNotEnforced"},
    {"True", "True"},
    {"false", "false"},
    {"Unlimited", "Unlimited"},
    {"Bearer", "Bearer"},
    {"", ""},
    {"FI", "text-1"},
    {"Ann Rao", "text-1"},
    {"scanner", "text-1"},
    {"4930123456", "text-1"},
    {" FI", "text-1"},
    {"a@b c", "text-1"},
    {"@", "text-1"},
    {"{", "text-1"},
    {"[OK]", "text-1"},
    {"ldap://ann.contoso.example/x", "text-1"},
    {"https://", "text-1"},
    {"/o=Contoso/ou=Exchange Administrative Group/cn=Recipients/cn=ann", "text-1"},
    {"eyJ0eXAi.eyJhdWQi.c2ln", "token-1"},
    {"0.AXkAbcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMNOPQRSTUV", "token-1"},
};

START_TEST(a_value_becomes_a_word_for_what_it_is)
{
    ck_assert_str_eq(value(kinds[_i].text), kinds[_i].word);
}
END_TEST

static const struct {
    const char *name, *text, *word;
} members[] = {
    {"countryOrRegion", "FI", "FI"},
    {"countryOrRegion", "FIN", "text-1"},
    {"location", "vn", "vn"},
    {"code", "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
     "Authentication_RequestFromNonPremiumTenantOrB2CTenant"},
    {"code", "UnknownError", "UnknownError"},
    {"code", "-2133196797", "-2133196797"},
    {"code", "Ann Rao", "text-1"},
    {"error", "invalid_client", "invalid_client"},
    {"error", "ann@contoso.example", "user-1@example"},
    {"Guid@data.type", "System.Guid", "System.Guid"},
    {"Guid@odata.type", "#Guid", "#Guid"},
    {"Size@odata.type", "#Int16", "#Int16"},
    {"EmailAddresses@odata.type", "#Collection(String)", "#Collection(String)"},
    {"@odata.type", "#Exchange.GenericHashTable", "#Exchange.GenericHashTable"},
    {"Guid@data.type", "Ann Rao", "text-1"},
    {"type", "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
     "Microsoft.Exchange.Admin.OData.Core.ODataServiceException"},
    {"CmdletName", "Get-CASMailbox", "Get-CASMailbox"},
    {"CmdletName", "Set-CASMailbox", "text-1"},
    {"expires_in", "86399", "86399"},
    {"expires_on", "1795421730", "1795421730"},
    {"expires_on", "ann", "text-1"},
    {"access_token", "short", "token-1"},
    {"access_token", "", ""},
    {"client_secret", "true", "token-1"},
    {"Password", "2026-11-22", "token-1"},
    {"nextLink", "https://graph.microsoft.com/v1.0/users/ann@contoso.example",
     "https://graph.example/v1.0/users/user-1@example"},
};

START_TEST(where_a_value_stands_decides_whether_it_may_stay)
{
    ck_assert_str_eq(value_in(members[_i].name, members[_i].text), members[_i].word);
}
END_TEST

START_TEST(the_same_value_is_the_same_word_whatever_its_case_where_case_says_nothing)
{
    ck_assert_str_eq(value(GUID_A), "guid-1");
    ck_assert_str_eq(value(GUID_B), "guid-2");
    ck_assert_str_eq(value("3D0F6C4E-7A55-4C1B-9E0D-0A1B2C3D4E5F"), "guid-1");
    ck_assert_str_eq(value("Ann@Contoso.example"), "user-1@example");
    ck_assert_str_eq(value("SMTP:ann@contoso.EXAMPLE"), "SMTP:user-1@example");
    ck_assert_str_eq(value("2001:DB8:0:0::25"), "2001:db8::1");
    ck_assert_str_eq(value("2001:db8::25"), "2001:db8::1");
    ck_assert_str_eq(value("Ann"), "text-1");
    ck_assert_str_eq(value("ann"), "text-2");
    ck_assert_str_eq(url("https://graph.microsoft.com/beta/" GUID_B),
                     "https://graph.example/beta/guid-2");
    ck_assert_str_eq(prose("the object '" GUID_A "' of " GUID_B "."),
                     "the object 'guid-1' of guid-2.");
}
END_TEST

static const struct {
    const char *text, *words;
} errors[] = {
    {"Error validating credentials due to invalid username or password.", NULL},
    {"Access has been blocked by Conditional Access policies.", NULL},
    {"Neither tenant is B2C or tenant doesn't have premium license", NULL},
    {"Too Many Requests", NULL},
    {"Token not found: token is either invalid or expired", NULL},
    {"Invalid filter clause", NULL},
    {"Invalid Skip Token, skip token is null", NULL},
    {"Limit for Top query has been exceeded", NULL},
    {"Mehr mit '-ResultSize Unlimited'", "text-1 text-2 '-ResultSize Unlimited'"},
    {"application isn't assigned to any management roles", NULL},
    {"Expired or Invalid pagination request. Default Expiry time is 00:30:00", NULL},
    {"User is not allowed to call Get-CASMailbox", NULL},
    {"Error executing cmdlet", NULL},
    {"Calling principal does not have required MSGraph permissions AuditLog.Read.All", NULL},
    {"Something went wrong processing your query on the server.", NULL},
    {"Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|"
     "Object 'Ann Rao' not found.",
     "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|"
     "Object 'text-1' not found."},
    {"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: " GUID_A
     "\r\nCorrelation ID: " GUID_B "\r\nTimestamp: 2026-11-22 08:15:30Z",
     "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: guid-1"
     "\r\nCorrelation ID: guid-2\r\nTimestamp: 2026-11-22 08:15:30Z"},
    {"AADSTS700016: Application with identifier 'my printer' was not found in the directory "
     "\"Contoso Ltd\".",
     "AADSTS700016: Application with identifier 'text-1' was not found in the directory "
     "'text-2'."},
    {"The user ann@contoso.example from 203.0.113.7 (see https://contoso.sharepoint.com/x?u=ann).",
     "The user user-1@example from 198.18.0.1 (see https://host-1.example/text-1?name-1=text-2)."},
    {"couldn\xe2\x80\x99t find \xe2\x80\x9c" "Ann Rao\xe2\x80\x9d on 'AM6PR.prod.outlook.com'",
     "couldn't find 'text-1' on 'host-1.example'"},
    {"The mailbox of Ann Rao, number 12345, room 12, is full",
     "The mailbox of text-1 text-2, number number-1, room 12, is full"},
    {"Object 'O'Brien's printer' not found", "Object 'text-1' not found"},
    {"it says \"never ends and Ann", "it says 'text-1'"},
    {"role assigned to application " GUID_A " isn't supported in this scenario",
     "role assigned to application guid-1 isn't supported in this scenario"},
    {"CorrelationId:" GUID_A, "CorrelationId:guid-1"},
    {"in the contoso.onmicrosoft.com directory", "in the host-1.example directory"},
    {"caf\xc3\xa9 contoso-floor2 x\\y a/b /srv/ann Ann-Rao",
     "text-1 text-2 text-3 text-4 text-5 text-6"},
    {"secret eyJ0eXAi.eyJhdWQi.c2ln found", "secret token-1 found"},
    {"couldn\xe2\x80\x99t:7 it:is:a:Rao", "couldn't:7 it:is:a:text-1"},
    {"ab\x01\x7f" "cd", "text-1?text-2"},
    {"from 1.2.3.4, 8.8.8.8 or 1.1.1.1:25", "from 198.18.0.1, 198.18.0.2 or 198.18.0.3:1"},
    {"of 1.2.3.4- and 1-2-3-4 and 2::5", "of text-1 and text-2 and 2001:db8::1"},
    {"version 4.5.1, 10%, -1, 08:15:30Z", NULL},
    {"the user klaus of tenant fabrikam, alias=lisa on mailserver",
     "the user text-1 of tenant text-2, alias=text-3 on text-4"},
    {"lisa's mailbox isn\xe2\x80\x99t known, robert-admin's was", "text-1 mailbox isn't known, text-2 was"},
    {"the tenant's non-interactive sign-ins couldn't be read", NULL},
    {"the name of localhost cannot be resolved: check DNS and proxy",
     "the name of text-1 cannot be resolved: check DNS and proxy"},
};

START_TEST(of_an_error_the_words_stay_and_the_names_go)
{
    ck_assert_str_eq(prose(errors[_i].text),
                     errors[_i].words == NULL ? errors[_i].text : errors[_i].words);
}
END_TEST

static const struct {
    const char *text, *words;
} urls[] = {
    {"https://outlook.office365.com/adminapi/beta/" GUID_A "/InvokeCommand?%24select=Guid,"
     "PrimarySmtpAddress",
     "https://exchange.example/adminapi/beta/guid-1/InvokeCommand?%24select=Guid,"
     "PrimarySmtpAddress"},
    {"https://outlook.office365.com:443/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand"
     "?%24skiptoken=QUJDREVGRzEyMzQ1",
     "https://exchange.example/adminapi/beta/host-1.example/InvokeCommand?%24skiptoken=skip-1"},
    {"https://eurprd07.outlook.office365.com:446/adminapi/beta/x/InvokeCommand",
     "https://region-1.exchange.example:446/adminapi/beta/text-1/InvokeCommand"},
    {"https://outlook.office365.com.evil.example/x",
     "https://host-1.example/text-1"},
    {"https://evil.example:8443/v1.0", "https://host-1.example:8443/v1.0"},
    {"https://ann:pass@graph.microsoft.com/v1.0/", "https://token-1@graph.example/v1.0/"},
    {"https://outlook.office365.com/adminapi/beta/" GUID_A
     "/$metadata#Collection(Exchange.GenericHashTable)",
     "https://exchange.example/adminapi/beta/guid-1/$metadata"
     "#Collection(Exchange.GenericHashTable)"},
    {"https://graph.microsoft.com/v1.0/$metadata#auditLogs/signIns",
     "https://graph.example/v1.0/$metadata#auditLogs/signIns"},
    {"https://graph.microsoft.com/v1.0/$metadata#users('ann@contoso.example')/x",
     "https://graph.example/v1.0/$metadata#users('user-1@example')/text-1"},
    {"https://graph.microsoft.com/v1.0/auditLogs/signIns?$filter=createdDateTime%20ge%20"
     "2026-11-22T08:00:00Z%20and%20(clientAppUsed%20eq%20%27Authenticated%20SMTP%27%20or%20"
     "clientAppUsed%20eq%20'SMTP')&$top=500",
     "https://graph.example/v1.0/auditLogs/signIns?$filter=createdDateTime%20ge%20"
     "2026-11-22T08:00:00Z%20and%20(clientAppUsed%20eq%20'Authenticated%20SMTP'%20or%20"
     "clientAppUsed%20eq%20'SMTP')&$top=500"},
    {"https://graph.microsoft.com/v1.0/auditLogs/signins?$filter=clientAppUsed+eq+"
     "%27Authenticated+SMTP%27&$top=2&$skiptoken=5b1d0c6f_1",
     "https://graph.example/v1.0/auditLogs/signins?$filter=clientAppUsed%20eq%20"
     "'Authenticated%20SMTP'&$top=2&$skiptoken=skip-1"},
    {"https://graph.microsoft.com/v1.0/auditLogs/signIns?$filter=userPrincipalName eq "
     "'o''brien@contoso.example' and status/errorCode ne 0 and id eq " GUID_A
     " and signInEventTypes/any(t: t eq 'nonInteractiveUser')&me=ann&bare",
     "https://graph.example/v1.0/auditLogs/signIns?$filter=userPrincipalName%20eq%20"
     "'user-1@example'%20and%20status/errorCode%20ne%200%20and%20id%20eq%20guid-1"
     "%20and%20signInEventTypes/any(t:%20t%20eq%20'nonInteractiveUser')&name-1=text-1&name-2"},
    {"https://login.microsoftonline.com/" GUID_A "/oauth2/v2.0/token",
     "https://login.example/guid-1/oauth2/v2.0/token"},
    {"https://login.microsoftonline.com/error?code=7000215",
     "https://login.example/error?code=7000215"},
    {"http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
     "https%3A%2F%2Fgraph.microsoft.com&client_id=" GUID_A,
     "http://identity.example/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
     "https://graph.example&client_id=guid-1"},
    {"https://graph.microsoft.com/v1.0/auditLogs/signIns?$skiptoken=",
     "https://graph.example/v1.0/auditLogs/signIns?$skiptoken="},
    {"https://[2001:db8::7]:8443/x", "https://host-1.example:8443/text-1"},
    {"https:///x?&&=%zz#", "https://host-1.example/text-1?&&name-1=text-2#"},
    {"file:///etc/passwd", "text-1"},
    {"/v1.0/users/ann", "/v1.0/users/text-1"},
};

START_TEST(a_url_keeps_its_shape_and_loses_its_values)
{
    ck_assert_str_eq(url(urls[_i].text), urls[_i].words);
}
END_TEST

START_TEST(services_that_share_a_host_are_told_apart_by_port_or_by_who_asks)
{
    sae_anonymous_host(anon, "exchange", "https://127.0.0.1:8443");
    sae_anonymous_host(anon, "graph", "https://127.0.0.1:8444/");
    sae_anonymous_host(anon, "login", "https://127.0.0.1:8444");
    ck_assert_str_eq(url("https://127.0.0.1:8443/beta"), "https://exchange.example/beta");
    ck_assert_str_eq(url("https://127.0.0.1:8444/beta"), "https://graph.example/beta");
    sae_anonymous_service(anon, "login");
    ck_assert_str_eq(url("https://127.0.0.1:8444/beta"), "https://login.example/beta");
    ck_assert_str_eq(url("https://127.0.0.1:9/beta"), "https://login.example:9/beta");
}
END_TEST

static const struct {
    const char *text, *words;
} bare_hosts[] = {
    {"the name of fabrikamgw cannot be resolved: check DNS and proxy",
     "the name of exchange.example cannot be resolved: check DNS and proxy"},
    {"cannot connect to FabrikamGW:8443: Failed",
     "cannot connect to exchange.example: Failed"},
    {"cannot connect to fabrikamgw:9", "cannot connect to exchange.example:9"},
    {"no user 'fabrikamgw' on fabrikamgw:x", "no user 'exchange.example' on text-1"},
    {"the graph does not answer", "the graph.example does not answer"},
    {"from 10.1.2.3", "from 198.18.0.1"},
};

START_TEST(a_configured_host_without_a_dot_is_its_service)
{
    sae_anonymous_host(anon, "exchange", "https://fabrikamgw:8443");
    sae_anonymous_host(anon, "graph", "https://graph");
    sae_anonymous_host(anon, "login", "https://10.1.2.3");
    ck_assert_str_eq(prose(bare_hosts[_i].text), bare_hosts[_i].words);
}
END_TEST

START_TEST(hosts_beyond_the_limit_are_hosts_like_others)
{
    for (int i = 4; i < SAE_ANONYMOUS_HOSTS; i++) {
        sae_anonymous_host(anon, "graph", "https://graph.contoso.example");
    }
    sae_anonymous_host(anon, "graph", "https://late.contoso.example");
    ck_assert_str_eq(url("https://graph.contoso.example"), "https://graph.example");
    ck_assert_str_eq(url("https://late.contoso.example"), "https://host-1.example");
}
END_TEST

START_TEST(after_two_hundred_thousand_values_there_are_no_new_words)
{
    char text[64];

    if (getenv("SAE_VALGRIND") != NULL) {
        return; /* the same steps 200,000 times */
    }
    ck_assert_str_eq(value("the first"), "text-1");
    for (int i = 1; i < SAE_ANONYMOUS_VALUES; i++) {
        snprintf(text, sizeof(text), "value %d", i);
        (void)value(text);
    }
    ck_assert_str_eq(value("value 199999"), "text-200000");
    ck_assert_str_eq(value("one more"), "text-more");
    ck_assert_str_eq(value(GUID_A), "guid-more");
    ck_assert_str_eq(value("ann@contoso.example"), "user-more@example");
    ck_assert_str_eq(value("203.0.113.7"), "198.19.255.255");
    ck_assert_str_eq(value("2001:db8::7"), "2001:db8::ffff");
    ck_assert_str_eq(value("the first"), "text-1");
}
END_TEST

START_TEST(every_address_keeps_a_word_of_its_own)
{
    int count = getenv("SAE_VALGRIND") == NULL ? 70000 : 700;
    char text[64], last[64] = "";

    for (int i = 0; i < count; i++) {
        snprintf(text, sizeof(text), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        ck_assert_str_ne(value(text), last);
        snprintf(last, sizeof(last), "%s", sae_buf_text(&out));
    }
    ck_assert_str_eq(last, count == 70000 ? "198.19.17.112" : "198.18.2.188");
    ck_assert_str_eq(value("10.0.0.0"), "198.18.0.1");
}
END_TEST

START_TEST(long_values_that_differ_have_different_words)
{
    char text[1000];

    memset(text, ' ', sizeof(text));
    text[999] = '\0';
    text[0] = 'a';
    ck_assert_str_eq(value(text), "text-1");
    text[998] = 'b';
    ck_assert_str_eq(value(text), "text-2");
    text[998] = ' ';
    ck_assert_str_eq(value(text), "text-1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("anonymous");
    TCase *tcase = tcase_create("core");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, a_value_becomes_a_word_for_what_it_is, 0,
                        COUNT(kinds));
    tcase_add_loop_test(tcase, where_a_value_stands_decides_whether_it_may_stay, 0,
                        COUNT(members));
    tcase_add_test(
        tcase, the_same_value_is_the_same_word_whatever_its_case_where_case_says_nothing);
    tcase_add_loop_test(tcase, of_an_error_the_words_stay_and_the_names_go, 0,
                        COUNT(errors));
    tcase_add_loop_test(tcase, a_url_keeps_its_shape_and_loses_its_values, 0,
                        COUNT(urls));
    tcase_add_test(
        tcase, services_that_share_a_host_are_told_apart_by_port_or_by_who_asks);
    tcase_add_loop_test(tcase, a_configured_host_without_a_dot_is_its_service, 0,
                        COUNT(bare_hosts));
    tcase_add_test(tcase, hosts_beyond_the_limit_are_hosts_like_others);
    tcase_add_test(tcase, after_two_hundred_thousand_values_there_are_no_new_words);
    tcase_add_test(tcase, every_address_keeps_a_word_of_its_own);
    tcase_add_test(tcase, long_values_that_differ_have_different_words);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
