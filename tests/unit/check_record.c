/* SPDX-License-Identifier: MIT */
/* What was recorded: nothing of the tenant in it, all that a replay needs. */
#include "recording.h"

START_TEST(an_exchange_page_can_be_replayed_and_names_nobody)
{
    const cJSON *rows, *row, *body;

    exchange("exchange", EXCHANGE "?%24select=Guid,PrimarySmtpAddress", request_body, 200,
             mailboxes);
    file(1);
    assert_nothing_of(originals, COUNT(originals));
    ck_assert_int_eq(member("version")->valueint, 1);
    ck_assert_int_eq(member("number")->valueint, 1);
    ck_assert_str_eq(word("service"), "exchange");
    ck_assert_str_eq(word("method"), "POST");
    ck_assert_str_eq(word("url"), "https://exchange.example/adminapi/beta/guid-1/InvokeCommand"
                                  "?%24select=Guid,PrimarySmtpAddress");
    ck_assert_str_eq(word("nature"), "json");
    ck_assert_str_eq(word("outcome"), "ok");
    ck_assert_int_eq(member("status")->valueint, 200);
    ck_assert_int_eq(member("bytes")->valueint, (int)sizeof(mailboxes) - 1);
    ck_assert_ptr_nonnull(
        strstr(text, "\"request\":{\"CmdletInput\":{\"CmdletName\":\"Get-CASMailbox\","
                     "\"Parameters\":{\"ResultSize\":\"Unlimited\",\"Identity\":"
                     "\"guid-1\"}}}"));
    body = member("body");
    ck_assert_str_eq(cJSON_GetObjectItem(body, "@odata.nextLink")->valuestring,
                     "https://exchange.example/adminapi/beta/guid-1/InvokeCommand"
                     "?%24skiptoken=skip-1");
    rows = cJSON_GetObjectItem(body, "value");
    ck_assert_int_eq(cJSON_GetArraySize(rows), 3);
    row = cJSON_GetArrayItem(rows, 0);
    ck_assert(cJSON_IsFalse(cJSON_GetObjectItem(row, "SmtpClientAuthenticationDisabled")));
    ck_assert_str_eq(cJSON_GetObjectItem(row, "Guid@odata.type")->valuestring, "#Guid");
    ck_assert_str_eq(
        cJSON_GetArrayItem(cJSON_GetObjectItem(row, "EmailAddresses"), 0)->valuestring,
        "SMTP:user-1@example");
    ck_assert_str_eq(cJSON_GetObjectItem(row, "PrimarySmtpAddress")->valuestring,
                     "user-1@example");
    row = cJSON_GetArrayItem(rows, 1);
    ck_assert(cJSON_IsTrue(cJSON_GetObjectItem(row, "SmtpClientAuthenticationDisabled")));
    row = cJSON_GetArrayItem(rows, 2);
    ck_assert(cJSON_IsNull(cJSON_GetObjectItem(row, "SmtpClientAuthenticationDisabled")));
}
END_TEST

START_TEST(a_graph_page_keeps_what_is_measured_and_names_nobody)
{
    static const char *const kept[] = {
        "\"createdDateTime\":\"2026-11-22T08:14:07.4471523Z\"",
        "\"clientAppUsed\":\"Authenticated SMTP\"", "\"errorCode\":50126",
        "\"errorCode\":53003", "\"countryOrRegion\":\"FI\"", "\"countryOrRegion\":null",
        "\"failureReason\":\"Access has been blocked by Conditional Access policies.\"",
        "\"conditionalAccessStatus\":\"failure\"", "\"userAgent\":\"BAV2ROPC\"",
        "\"isInteractive\":true", "\"ipAddress\":\"2001:db8::1\"",
        "\"ipAddress\":\"198.18.0.1\"", "\"deviceId\":\"\"",
        "https://graph.example/v1.0/auditLogs/signins?$filter=clientAppUsed%20eq%20",
        "?$filter=clientAppUsed%20eq%20'Authenticated%20SMTP'&$top=2&$skiptoken=skip-1"};

    exchange("graph", SIGNINS, NULL, 200, signins);
    file(1);
    assert_nothing_of(originals, COUNT(originals));
    ck_assert_str_eq(word("method"), "GET");
    ck_assert(cJSON_IsNull(member("request")));
    for (int i = 0; i < COUNT(kept); i++) {
        ck_assert_msg(strstr(text, kept[i]) != NULL, "no %s in %s", kept[i], text);
    }
}
END_TEST

START_TEST(one_value_is_one_word_in_all_files)
{
    const cJSON *row;

    exchange("exchange", EXCHANGE, request_body, 200, mailboxes);
    exchange("graph", SIGNINS, NULL, 200, signins);
    file(2);
    row = cJSON_GetArrayItem(cJSON_GetObjectItem(member("body"), "value"), 0);
    ck_assert_str_eq(cJSON_GetObjectItem(row, "userPrincipalName")->valuestring,
                     "user-1@example");
    ck_assert_str_eq(cJSON_GetObjectItem(row, "userId")->valuestring, "guid-2");
    ck_assert_str_eq(cJSON_GetObjectItem(row, "userDisplayName")->valuestring, "text-1");
    row = cJSON_GetArrayItem(cJSON_GetObjectItem(member("body"), "value"), 1);
    ck_assert_str_eq(cJSON_GetObjectItem(row, "userPrincipalName")->valuestring,
                     "user-2@example");
    file(1);
    row = cJSON_GetArrayItem(cJSON_GetObjectItem(member("body"), "value"), 0);
    ck_assert_str_eq(cJSON_GetObjectItem(row, "ExternalDirectoryObjectId")->valuestring,
                     "guid-2");
    row = cJSON_GetArrayItem(cJSON_GetObjectItem(member("body"), "value"), 2);
    ck_assert_str_eq(cJSON_GetObjectItem(row, "PrimarySmtpAddress")->valuestring,
                     "user-2@example");
}
END_TEST

START_TEST(no_token_and_no_form_is_written)
{
    static const char form[] = "client_id=" TENANT "&client_secret=hunter2&scope=x";
    static const char *const answers[] = {
        "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"ext_expires_in\":3599,"
        "\"access_token\":\"eyJ0eXAi.eyJhdWQi.c2ln\"}",
        "{\"access_token\":\"hunter2\",\"refresh_token\":\"\",\"expires_in\":\"86399\","
        "\"expires_on\":\"1795421730\",\"not_before\":\"1795335331\",\"resource\":"
        "\"https://graph.microsoft.com\",\"token_type\":\"Bearer\"}"};

    exchange("login", LOGIN, form, 200, answers[0]);
    exchange("identity", "http://169.254.169.254/metadata/identity/oauth2/token", "hunter2=1",
             200, answers[1]);
    exchange("something else", "https://contoso.org/hunter2", "{\"hunter2\":1}", 200, "{}");
    exchange("graph", SIGNINS, "hunter2", 200, "{}");
    file(1);
    assert_nothing_of(originals, COUNT(originals));
    ck_assert_str_eq(word("method"), "POST");
    ck_assert(cJSON_IsNull(member("request")));
    ck_assert_str_eq(word("url"), "https://login.example/guid-1/oauth2/v2.0/token");
    ck_assert_ptr_nonnull(strstr(text, "{\"token_type\":\"Bearer\",\"expires_in\":3599,"
                                       "\"ext_expires_in\":3599,\"access_token\":"
                                       "\"token-1\"}"));
    file(2);
    assert_nothing_of(originals, COUNT(originals));
    ck_assert(cJSON_IsNull(member("request")));
    ck_assert_ptr_nonnull(strstr(text, "{\"access_token\":\"token-1\",\"refresh_token\":\"\","
                                       "\"expires_in\":\"86399\",\"expires_on\":"
                                       "\"1795421730\",\"not_before\":\"1795335331\","
                                       "\"resource\":\"https://graph.example\","
                                       "\"token_type\":\"Bearer\"}"));
    file(3);
    assert_nothing_of(originals, COUNT(originals));
    ck_assert_str_eq(word("service"), "other");
    file(4);
    assert_nothing_of(originals, COUNT(originals));
}
END_TEST

/* The project's reference, "Exchange" 12 and "Sign-ins" 8.2 and 8.3; NULL: as it came. */
static const struct {
    long status;
    const char *body, *replaced;
} errors[] = {
    {403,
     "{\"error\":{\"code\":\"Authentication_RequestFromNonPremiumTenantOrB2CTenant\","
     "\"message\":\"Neither tenant is B2C or tenant doesn't have premium license\","
     "\"innerError\":{\"date\":\"2026-11-22T08:15:30\",\"request-id\":"
     "\"11111111-2222-4333-8444-555555555555\",\"client-request-id\":"
     "\"11111111-2222-4333-8444-555555555555\"}}}",
     "{\"error\":{\"code\":\"Authentication_RequestFromNonPremiumTenantOrB2CTenant\","
     "\"message\":\"Neither tenant is B2C or tenant doesn't have premium license\","
     "\"innerError\":{\"date\":\"2026-11-22T08:15:30\",\"request-id\":\"guid-1\","
     "\"client-request-id\":\"guid-1\"}}}"},
    {429, "{\"error\":{\"code\":\"UnknownError\",\"message\":\"Too Many Requests\"}}", NULL},
    {400,
     "{\"error\":{\"code\":\"\",\"message\":"
     "\"Token not found: token is either invalid or expired\"}}",
     NULL},
    {400, "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Invalid filter clause\"}}", NULL},
    {400,
     "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Invalid Operation\",\"details\":"
     "[{\"code\":\"Client\",\"target\":\"\",\"message\":"
     "\"|Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException|"
     "Parameter 'Ann Rao' text here\"}],\"innererror\":{\"message\":\"Invalid Operation\","
     "\"type\":\"Microsoft.Exchange.Admin.OData.Core.ODataServiceException\",\"stacktrace\":"
     "\"   at Contoso.Rao()\",\"internalexception\":{\"message\":\"Expired or Invalid "
     "pagination request. Default Expiry time is 00:30:00\",\"type\":\"System.Exception\","
     "\"stacktrace\":\"\"}},\"adminapi.warnings@odata.type\":\"#Collection(String)\","
     "\"@adminapi.warnings\":[]}}",
     "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Invalid Operation\",\"details\":"
     "[{\"code\":\"Client\",\"target\":\"\",\"message\":"
     "\"|Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException|"
     "Parameter 'text-1' text here\"}],\"innererror\":{\"message\":\"Invalid Operation\","
     "\"type\":\"Microsoft.Exchange.Admin.OData.Core.ODataServiceException\",\"stacktrace\":"
     "\"text-2\",\"internalexception\":{\"message\":\"Expired or Invalid "
     "pagination request. Default Expiry time is 00:30:00\",\"type\":\"System.Exception\","
     "\"stacktrace\":\"\"}},\"adminapi.warnings@odata.type\":\"#Collection(String)\","
     "\"@adminapi.warnings\":[]}}"},
    {404,
     "{\"error\":{\"code\":\"NotFound\",\"message\":\"Error executing cmdlet\",\"details\":"
     "[{\"code\":\"Context\",\"target\":\"\",\"message\":\"{\\\"Message\\\":\\\"Object "
     "'ceo@contoso.org' not found.\\\",\\\"TypeName\\\":\\\"Microsoft.Exchange.X\\\","
     "\\\"StackTrace\\\":null,\\\"InnerError\\\":null}\"}]}}",
     "{\"error\":{\"code\":\"NotFound\",\"message\":\"Error executing cmdlet\",\"details\":"
     "[{\"code\":\"Context\",\"target\":\"\",\"message\":\"{\\\"Message\\\":\\\"Object "
     "'user-1@example' not found.\\\",\\\"TypeName\\\":\\\"Microsoft.Exchange.X\\\","
     "\\\"StackTrace\\\":null,\\\"InnerError\\\":null}\"}]}}"},
    {401,
     "{\"error\":{\"code\":\"Unauthorized\",\"message\":"
     "\"User is not allowed to call Get-CASMailbox\",\"innererror\":{\"message\":\"...\","
     "\"type\":\"Microsoft.Exchange.Admin.OData.Core.ODataServiceException\"}}}",
     NULL},
    {401,
     "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client "
     "secret provided.\\r\\nTrace ID: 5f0d2a11-0000-4000-8000-0000000000aa\\r\\nCorrelation "
     "ID: 5f0d2a11-0000-4000-8000-0000000000bb\\r\\nTimestamp: 2026-11-22 08:15:30Z\","
     "\"error_codes\":[7000215],\"timestamp\":\"2026-11-22 08:15:30Z\",\"trace_id\":"
     "\"5f0d2a11-0000-4000-8000-0000000000aa\",\"error_uri\":"
     "\"https://login.microsoftonline.com/error?code=7000215\"}",
     "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client "
     "secret provided.\\u000d\\u000aTrace ID: guid-1\\u000d\\u000aCorrelation "
     "ID: guid-2\\u000d\\u000aTimestamp: 2026-11-22 08:15:30Z\","
     "\"error_codes\":[7000215],\"timestamp\":\"2026-11-22 08:15:30Z\",\"trace_id\":"
     "\"guid-1\",\"error_uri\":\"https://login.example/error?code=7000215\"}"},
    {500,
     "{\"statusCode\":500,\"message\":\"An unexpected error occured while fetching the AAD "
     "Token.\",\"correlationId\":\"5f0d2a11-0000-4000-8000-0000000000cc\"}",
     "{\"statusCode\":500,\"message\":\"An unexpected error occured while fetching the AAD "
     "Token.\",\"correlationId\":\"guid-1\"}"},
};

START_TEST(errors_keep_their_code_and_words)
{
    const char *want = errors[_i].replaced == NULL ? errors[_i].body : errors[_i].replaced;

    exchange("graph", "https://graph.microsoft.com/v1.0/auditLogs/signIns", NULL,
             errors[_i].status, errors[_i].body);
    file(1);
    ck_assert_msg(strstr(text, want) != NULL, "not %s but %s", want, text);
    ck_assert_int_eq(member("status")->valueint, (int)errors[_i].status);
    assert_nothing_of(originals, COUNT(originals));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *tcase = tcase_create("core");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, an_exchange_page_can_be_replayed_and_names_nobody);
    tcase_add_test(tcase, a_graph_page_keeps_what_is_measured_and_names_nobody);
    tcase_add_test(tcase, one_value_is_one_word_in_all_files);
    tcase_add_test(tcase, no_token_and_no_form_is_written);
    tcase_add_loop_test(tcase, errors_keep_their_code_and_words, 0,
                        COUNT(errors));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
