/* SPDX-License-Identifier: MIT */
/* How fast a page of sign-ins is read: by the scanner that takes eight fields, by the
 * gate with a cJSON tree behind it, and by cJSON alone. Prints, never judges. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/scan.h"

enum { RECORDS = 1000, ROUNDS = 15, PIECE = 16384, PAGE_MAX = 16 << 20 };

static void add_details(struct sae_buf *page)
{
    sae_buf_puts(page, "\"appliedConditionalAccessPolicies\":[");
    for (unsigned k = 0; k < 4; k++) {
        sae_buf_printf(page,
                       "%s{\"id\":\"de7e60eb-ed89-4d73-8205-%012x\",\"displayName\":"
                       "\"Require multifactor authentication "
                       "%u\",\"enforcedGrantControls\":[\"Mfa\"],"
                       "\"enforcedSessionControls\":[],\"result\":\"notApplied\"}",
                       k == 0 ? "" : ",", k, k);
    }
    sae_buf_puts(
        page, "],\"authenticationContextClassReferences\":[],"
              "\"authenticationProcessingDetails\":"
              "[{\"key\":\"Legacy TLS (TLS 1.0, 1.1, "
              "3DES)\",\"value\":\"False\"},{\"key\":\"Oauth "
              "Scope Info\",\"value\":\"[\\\"SMTP.Send\\\",\\\"User.Read\\\"]\"}],"
              "\"networkLocationDetails\":[],\"authenticationDetails\":[{"
              "\"authenticationStepDateTime\":\"2026-11-01T00:00:00Z\","
              "\"authenticationMethod\":"
              "\"Password\",\"authenticationMethodDetail\":\"Password in the "
              "cloud\",\"succeeded\":"
              "true,\"authenticationStepResultDetail\":\"Correct password\","
              "\"authenticationStepRequirement\":\"Primary authentication\"}],"
              "\"authenticationRequirementPolicies\":[],\"sessionLifetimePolicies\":[],"
              "\"privateLinkDetails\":{\"policyId\":\"\",\"policyName\":\"\","
              "\"resourceId\":\"\","
              "\"policyTenantId\":\"\"},\"managedServiceIdentity\":{\"msiType\":\"none\","
              "\"associatedResourceId\":\"\",\"federatedTokenId\":\"\","
              "\"federatedTokenIssuer\":"
              "\"\"}}");
}

static void add_record(struct sae_buf *page, unsigned i)
{
    sae_buf_printf(
        page,
        "{\"id\":\"66ea54eb-6301-4ee5-be62-%012x\",\"createdDateTime\":"
        "\"2026-11-0%uT%02u:%02u:%02uZ\",\"userDisplayName\":\"Printer %u, Building %c\","
        "\"userPrincipalName\":\"printer%u@contoso.example\","
        "\"userId\":\"26be570a-ae82-4189-b4e2-%012x\",\"appId\":"
        "\"00000002-0000-0ff1-ce00-000000000000\",\"appDisplayName\":\"Office 365 "
        "Exchange "
        "Online\",\"ipAddress\":\"203.0.113.%u\",\"ipAddressFromResourceProvider\":null,"
        "\"clientAppUsed\":\"Authenticated SMTP\",\"userAgent\":\"BAV2ROPC\","
        "\"correlationId\":\"b5c5d3ad-4a1c-4b5e-a1d4-%012x\",",
        i, i % 9 + 1, i % 24, i % 60, i * 7 % 60, i, (int)('A' + i % 26), i % 40, i % 40,
        i % 250, i);
    sae_buf_printf(
        page,
        "\"conditionalAccessStatus\":\"notApplied\",\"isInteractive\":false,"
        "\"originalRequestId\":\"\",\"tokenIssuerName\":\"\",\"tokenIssuerType\":"
        "\"AzureAD\","
        "\"processingTimeInMilliseconds\":%u,\"riskDetail\":\"none\","
        "\"riskLevelAggregated\":\"none\",\"riskLevelDuringSignIn\":\"none\","
        "\"riskState\":\"none\",\"riskEventTypes\":[],\"riskEventTypes_v2\":[],"
        "\"resourceDisplayName\":\"Office 365 Exchange Online\",\"resourceId\":"
        "\"00000002-0000-0ff1-ce00-000000000000\",\"resourceTenantId\":"
        "\"5d6f2c1e-91c1-4f0e-8c7e-1b7a6c2d9e10\",\"homeTenantId\":"
        "\"5d6f2c1e-91c1-4f0e-8c7e-1b7a6c2d9e10\",\"authenticationMethodsUsed\":[],"
        "\"authenticationRequirement\":\"singleFactorAuthentication\","
        "\"signInIdentifier\":\"printer%u@contoso.example\",\"signInIdentifierType\":"
        "null,"
        "\"servicePrincipalName\":null,\"signInEventTypes\":[\"nonInteractiveUser\"],"
        "\"servicePrincipalId\":\"\",\"federatedCredentialId\":null,\"userType\":"
        "\"member\","
        "\"flaggedForReview\":false,\"isTenantRestricted\":false,"
        "\"autonomousSystemNumber\":%u,"
        "\"crossTenantAccessType\":\"none\",\"uniqueTokenIdentifier\":\"k3hD0%08xUuYQ\","
        "\"incomingTokenType\":\"none\",\"authenticationProtocol\":\"ropc\",",
        100 + i % 900, i % 40, 64496 + i % 15, i);
    sae_buf_printf(
        page,
        "\"status\":{\"errorCode\":%u,\"failureReason\":\"%s\",\"additionalDetails\":"
        "\"MFA requirement skipped due to the configured policy\"},\"deviceDetail\":"
        "{\"deviceId\":\"\",\"displayName\":\"\",\"operatingSystem\":\"\",\"browser\":"
        "\"\","
        "\"isCompliant\":false,\"isManaged\":false,\"trustType\":\"\"},\"location\":{"
        "\"city\":\"M\xc3\xbcnchen\",\"state\":\"Bayern\",\"countryOrRegion\":\"DE\","
        "\"geoCoordinates\":{\"altitude\":null,\"latitude\":48.1%u,\"longitude\":11.5%u}}"
        ",",
        i % 3 == 0 ? 50126U : 0U,
        i % 3 == 0 ? "Error validating credentials due to invalid username or password."
                   : "Other.",
        i, i);
    add_details(page);
}

static char *make_page(size_t *ret_len)
{
    struct sae_buf page;

    sae_buf_init(&page, PAGE_MAX);
    sae_buf_puts(&page, "{\"value\":[");
    for (unsigned i = 0; i < RECORDS; i++) {
        sae_buf_puts(&page, i == 0 ? "" : ",");
        add_record(&page, i);
    }
    sae_buf_puts(&page, "]}");
    *ret_len = page.len;
    return sae_buf_take(&page);
}

/* Lengths are compared first: a slow answer here would be measured. */
static bool want(void *arg, const char *name, size_t len)
{
    static const struct {
        size_t len;
        const char *name;
    } wanted[] = {{5, "value"},
                  {2, "id"},
                  {15, "createdDateTime"},
                  {17, "userPrincipalName"},
                  {6, "status"},
                  {9, "errorCode"},
                  {13, "clientAppUsed"},
                  {9, "ipAddress"},
                  {8, "location"},
                  {15, "countryOrRegion"}};

    (void)arg;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (wanted[i].len == len && memcmp(wanted[i].name, name, len) == 0) {
            return true;
        }
    }
    return false;
}

static enum sae_status count_value(void *arg, const struct sae_scan_value *value,
                                   struct sae_err *err)
{
    size_t *bytes = arg;

    (void)err;
    *bytes += value->len;
    return SAE_OK;
}

static enum sae_status ignore_end(void *arg, struct sae_err *err)
{
    (void)arg;
    (void)err;
    return SAE_OK;
}

static bool run_scanner(const char *page, size_t len, size_t piece)
{
    static const struct sae_scan_handler handler = {want, count_value, ignore_end};
    size_t bytes = 0;
    struct sae_scan *scan = sae_scan_new(&handler, &bytes, false);
    enum sae_status status = scan == NULL ? SAE_E_NOMEM : SAE_OK;

    for (size_t at = 0; at < len && status == SAE_OK; at += piece) {
        status =
            sae_scan_feed(scan, page + at, len - at < piece ? len - at : piece, NULL);
    }
    if (status == SAE_OK) {
        status = sae_scan_finish(scan, NULL);
    }
    sae_scan_free(scan);
    return status == SAE_OK && bytes > 0;
}

static bool scanner_pieces(const char *page, size_t len)
{
    return run_scanner(page, len, PIECE);
}

static bool scanner_small_pieces(const char *page, size_t len)
{
    return run_scanner(page, len, 7);
}

static bool gate_and_tree(const char *page, size_t len)
{
    cJSON *root = NULL;
    bool ok = sae_json_parse(page, len, PAGE_MAX, &root, NULL) == SAE_OK;

    cJSON_Delete(root);
    return ok;
}

static bool tree_only(const char *page, size_t len)
{
    cJSON *root = cJSON_ParseWithLengthOpts(page, len, NULL, 0);
    bool ok = root != NULL;

    cJSON_Delete(root);
    return ok;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Median seconds of CPU time, negative if the page was refused. */
static double measure(bool (*run)(const char *page, size_t len), const char *page,
                      size_t len)
{
    double took[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        double from = now();

        if (!run(page, len)) {
            return -1;
        }
        took[i] = now() - from;
    }
    qsort(took, ROUNDS, sizeof(took[0]), compare);
    return took[ROUNDS / 2];
}

int main(void)
{
    static const struct {
        const char *name;
        bool (*run)(const char *page, size_t len);
    } rows[] = {
        {"cJSON alone", tree_only},
        {"gate + cJSON", gate_and_tree},
        {"scanner, 16 KiB pieces", scanner_pieces},
        {"scanner, 7 byte pieces", scanner_small_pieces},
    };
    size_t len;
    char *page = make_page(&len);
    double base = 0;

    if (page == NULL) {
        fputs("no page\n", stderr);
        return EXIT_FAILURE;
    }
    printf("page: %d records, %zu bytes each; median of %d rounds\n", RECORDS,
           len / RECORDS, ROUNDS);
    printf("%-24s %10s %10s %8s\n", "", "ms/page", "MB/s", "ratio");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double took = measure(rows[i].run, page, len);

        if (took <= 0) {
            fprintf(stderr, "%s: page refused\n", rows[i].name);
            free(page);
            return EXIT_FAILURE;
        }
        base = i == 0 ? took : base;
        printf("%-24s %10.2f %10.0f %8.2f\n", rows[i].name, took * 1e3,
               (double)len / took / 1e6, base / took);
    }
    free(page);
    return EXIT_SUCCESS;
}
