/* SPDX-License-Identifier: MIT */
/* A recording in a folder of its own, exchanges for it, and what must not be found in it. */
#ifndef SAE_TEST_RECORDING_H
#define SAE_TEST_RECORDING_H

#include <check.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/record.h"
#include "folder.h"
#include "strict_json.h"

#define TENANT "3d0f6c4e-7a55-4c1b-9e0d-0a1b2c3d4e5f"
#define EXCHANGE "https://outlook.office365.com/adminapi/beta/" TENANT "/InvokeCommand"
#define SIGNINS "https://graph.microsoft.com/v1.0/auditLogs/signIns?$top=2"
#define LOGIN "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/token"

enum { FILE_MOST = 1 << 25 };

static struct sae_record *record;
static struct sae_err err;
static char *text; /* of the file last read */
static cJSON *root;

static inline void setup(void)
{
    folder_begin();
    err = (struct sae_err){0};
    text = NULL;
    root = NULL;
    ck_assert_msg(sae_record_open(path_of("rec"), &record, &err) == SAE_OK, "%s", err.text);
    sae_record_host(record, "login", "https://login.microsoftonline.com");
    sae_record_host(record, "graph", "https://graph.microsoft.com");
    sae_record_host(record, "exchange", "https://outlook.office365.com");
}

static inline void teardown(void)
{
    sae_record_close(record);
    cJSON_Delete(root);
    free(text);
    folder_end();
}

/* Reads DIR/NNNN.json, which must be JSON, and returns it. */
static inline const char *file(unsigned number)
{
    char name[32];
    FILE *stream;
    size_t len;

    snprintf(name, sizeof(name), "rec/%04u.json", number);
    stream = fopen(path_of(name), "r");
    ck_assert_msg(stream != NULL, "no %s", name);
    free(text);
    text = malloc(FILE_MOST);
    ck_assert_ptr_nonnull(text);
    len = fread(text, 1, FILE_MOST - 1, stream);
    text[len] = '\0';
    fclose(stream);
    ck_assert_msg(strict_json(text, len), "no JSON: %s", text);
    cJSON_Delete(root);
    root = cJSON_Parse(text);
    ck_assert_ptr_nonnull(root);
    return text;
}

static inline const cJSON *member(const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, name);

    ck_assert_msg(item != NULL, "no %s in %s", name, text);
    return item;
}

static inline const char *word(const char *name)
{
    ck_assert_msg(cJSON_IsString(member(name)), "%s is no string", name);
    return member(name)->valuestring;
}

static inline const char *header(const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(member("headers"), name);

    return item == NULL ? "absent" : item->valuestring;
}

static inline void exchange_bytes(const char *service, const char *url, const char *request,
                           long status, const char *body, size_t len)
{
    struct sae_recording *recording = sae_record_begin(
        record, service, url, request, request == NULL ? 0 : strlen(request));

    ck_assert_ptr_nonnull(recording);
    sae_record_body(recording, body, len / 3);
    sae_record_body(recording, body + len / 3, len - len / 3);
    sae_record_end(recording, status, "ok");
    ck_assert_msg(sae_record_status(record, &err) == SAE_OK, "%s", err.text);
}

static inline void exchange(const char *service, const char *url, const char *request, long status,
                     const char *body)
{
    exchange_bytes(service, url, request, status, body, strlen(body));
}

static const char request_body[] =
    "{\"CmdletInput\":{\"CmdletName\":\"Get-CASMailbox\",\"Parameters\":"
    "{\"ResultSize\":\"Unlimited\",\"Identity\":\"" TENANT "\"}}}";

/* The project's reference, "Exchange" 12. */
static const char mailboxes[] =
    "{\"@odata.context\":\"https://outlook.office365.com/adminapi/beta/" TENANT
    "/$metadata#Collection(Exchange.GenericHashTable)\",\n"
    " \"@odata.nextLink\":\"" EXCHANGE "?%24skiptoken=QUJDREVGRzEyMzQ1\",\n"
    " \"adminapi.warnings@odata.type\":\"#Collection(String)\",\n"
    " \"@adminapi.warnings\":[\"There are more results; use the ResultSize parameter\"],\n"
    " \"value\":[\n"
    "  {\"PrimarySmtpAddress\":\"scanner@contoso.org\",\"ExternalDirectoryObjectId\":"
    "\"6a0e0001-0000-4000-8000-000000000001\",\"Guid@data.type\":\"System.Guid\","
    "\"Guid@odata.type\":\"#Guid\",\"Guid\":\"6a0e1001-0000-4000-8000-000000000001\","
    "\"EmailAddresses@odata.type\":\"#Collection(String)\",\"EmailAddresses\":"
    "[\"SMTP:scanner@contoso.org\",\"smtp:ann.rao@contoso.org\"],\"ImapEnabled\":false,"
    "\"DisplayName\":\"Scan Floor Two\",\"SmtpClientAuthenticationDisabled\":false},\n"
    "  {\"PrimarySmtpAddress\":\"ceo@contoso.org\",\"ExternalDirectoryObjectId\":"
    "\"6a0e0001-0000-4000-8000-000000000002\",\"SmtpClientAuthenticationDisabled\":true},\n"
    "  {\"PrimarySmtpAddress\":\"Ann.Rao@contoso.org\",\"ExternalDirectoryObjectId\":"
    "\"9a5d3f77-1111-4c1c-8d8d-000000000003\",\"SmtpClientAuthenticationDisabled\":null}]}";

/* The same, "Sign-ins" 8.1. */
static const char signins[] =
    "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#auditLogs/signIns\",\n"
    " \"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/auditLogs/signins?$filter="
    "clientAppUsed+eq+%27Authenticated+SMTP%27&$top=2&$skiptoken="
    "5b1d0c6f9f0e4f7e9a1b2c3d4e5f60718293a4b5c6d7e8f9011223344556677a\",\n \"value\":[\n"
    " {\"id\":\"0f6a1c52-7f3e-4a55-9b0d-3c1f5e0a1100\",\"createdDateTime\":"
    "\"2026-11-22T08:14:07.4471523Z\",\"userDisplayName\":\"Scan Floor Two\","
    "\"userPrincipalName\":\"scanner@contoso.org\",\"userId\":"
    "\"6a0e0001-0000-4000-8000-000000000001\",\"appId\":"
    "\"00000002-0000-0ff1-ce00-000000000000\",\"appDisplayName\":"
    "\"Office 365 Exchange Online\",\"ipAddress\":\"2001:db8:9::25\",\"clientAppUsed\":"
    "\"Authenticated SMTP\",\"userAgent\":\"BAV2ROPC\",\"conditionalAccessStatus\":"
    "\"notApplied\",\"isInteractive\":true,\"riskDetail\":\"hidden\",\"riskState\":\"none\","
    "\"riskEventTypes\":[],\"status\":{\"errorCode\":50126,\"failureReason\":"
    "\"Error validating credentials due to invalid username or password.\","
    "\"additionalDetails\":null},\"deviceDetail\":{\"deviceId\":\"\",\"displayName\":"
    "\"PRINTER-17\",\"isCompliant\":false},\"location\":{\"city\":null,\"state\":null,"
    "\"countryOrRegion\":null,\"geoCoordinates\":{\"altitude\":null,\"latitude\":null}}},\n"
    " {\"id\":\"5c8e2d31-2c0b-4f7b-8e07-77aa10b21100\",\"createdDateTime\":"
    "\"2026-11-22T08:14:05Z\",\"userDisplayName\":\"Ann Rao\",\"userPrincipalName\":"
    "\"ann.rao@contoso.org\",\"userId\":\"9a5d3f77-1111-4c1c-8d8d-000000000003\","
    "\"ipAddress\":\"198.51.100.77\",\"clientAppUsed\":\"Authenticated SMTP\","
    "\"conditionalAccessStatus\":\"failure\",\"status\":{\"errorCode\":53003,"
    "\"failureReason\":\"Access has been blocked by Conditional Access policies.\"},"
    "\"location\":{\"city\":\"Turku\",\"state\":\"Varsinais-Suomi\",\"countryOrRegion\":"
    "\"FI\",\"geoCoordinates\":{\"altitude\":null,\"latitude\":60.45,\"longitude\":22.27}}}]}";

static const char *const originals[] = {
    "3d0f6c4e", "0a1b2c3d4e5f", "6a0e0001", "6a0e1001", "9a5d3f77", "0f6a1c52", "5c8e2d31",
    "00000002-0000", "000000000001", "ce00-", "contoso", "scanner", "ceo@", "rao", "ann",
    "scan floor", "floor", "printer", "turku", "varsinais", "60.45", "22.27", "2001:db8:9",
    "198.51.100", "office365", "microsoftonline", "microsoft.com", "qujdrevg", "5b1d0c6f",
    "11223344556677", "eyj", "c2ln", "hunter", "5f0d2a11", "11111111", "office 365"};

static inline void assert_nothing_of(const char *const *list, int count)
{
    for (int i = 0; i < count; i++) {
        ck_assert_msg(strcasestr(text, list[i]) == NULL, "'%s' is in %s", list[i], text);
    }
}

#endif
