/* SPDX-License-Identifier: MIT */
#include "fetch/graph/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "fetch/link.h"
#include "fetch/signin.h"

/* Slow answers take minutes; Graph itself gives up after five. */
#define PATIENCE (100 * SAE_SECOND)

enum sae_status sae_graph_page_init(struct sae_graph_page *page,
                                    struct sae_client *client, int64_t latest,
                                    struct sae_err *err)
{
    *page = (struct sae_graph_page){.client = client, .latest = latest};
    sae_buf_init(&page->next, SAE_HTTP_URL);
    page->rows = malloc(SAE_GRAPH_ROWS * sizeof(*page->rows));
    return page->rows == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory") : SAE_OK;
}

void sae_graph_page_done(struct sae_graph_page *page)
{
    sae_buf_done(&page->next);
    free(page->rows);
}

bool sae_graph_says(const struct sae_refusal *refusal, long status, const char *words)
{
    char text[sizeof(refusal->text) + 2];
    size_t len = 0;

    if (status != 0 && refusal->status != status) {
        return false;
    }
    text[len++] = ' ';
    for (const char *c = refusal->text; *c != '\0' && len < sizeof(text) - 2; c++) {
        bool plain = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
                     (*c >= 'A' && *c <= 'Z');

        text[len++] = plain ? *c : ' ';
    }
    text[len++] = ' ';
    text[len] = '\0';
    sae_text_lower(text, len);
    return strstr(text, words) != NULL;
}

static enum sae_status begin_page(void *arg, struct sae_err *err)
{
    struct sae_graph_page *page = arg;

    (void)err;
    page->count = 0;
    page->records = page->unparsed = 0;
    page->oldest = page->newest = 0;
    return SAE_OK;
}

static enum sae_status take_signin(struct sae_graph_page *page,
                                   enum sae_signin_answer answer,
                                   const struct sae_signin *signin, struct sae_err *err)
{
    if (signin->time > page->latest) {
        return sae_fail(
            err, SAE_E_STALE,
            "row %llu of the sign-in log is from the future: check the clock of "
            "this machine",
            (unsigned long long)page->records);
    }
    page->oldest = page->newest == 0 || signin->time < page->oldest ? signin->time
                                                                    : page->oldest;
    page->newest = signin->time > page->newest ? signin->time : page->newest;
    if (answer == SAE_SIGNIN_SMTP) {
        if (page->count == SAE_GRAPH_ROWS) {
            return sae_fail(err, SAE_E_LIMIT,
                            "a page of the sign-in log has more than %d rows",
                            SAE_GRAPH_ROWS);
        }
        page->rows[page->count++] = *signin;
    }
    return SAE_OK;
}

static enum sae_status take_row(void *arg, const struct sae_rows_row *row,
                                struct sae_err *err)
{
    struct sae_graph_page *page = arg;
    struct sae_signin_tenants tenants;
    struct sae_signin signin;
    enum sae_signin_answer answer = sae_signin_read(row, &signin, &tenants);

    page->records++;
    if (answer == SAE_SIGNIN_BLANK) { /* the filter let it pass, so it may well be ours */
        answer = page->any_client ? SAE_SIGNIN_OTHER : SAE_SIGNIN_UNPARSED;
    }
    switch (answer) {
    case SAE_SIGNIN_AMBIGUOUS:
        return sae_fail(
            err, SAE_E_FORMAT,
            "row %llu of the sign-in log has a date that could mean two different "
            "times",
            (unsigned long long)page->records);
    case SAE_SIGNIN_SMTP:
    case SAE_SIGNIN_OTHER:
        return take_signin(page, answer, &signin, err);
    default:
        page->unparsed++;
        return SAE_OK;
    }
}

/* A few rows may be odd; when many are, the format is not what we think it is. */
static enum sae_status check_rows(const struct sae_graph_page *page,
                                  const struct sae_rows_facts *facts, struct sae_err *err)
{
    if (facts->csv || facts->roots != 1 || facts->links + facts->last_pages != 1) {
        return sae_fail(
            err, SAE_E_FORMAT,
            "the answer of Graph is no page of a sign-in log: it has no value list");
    }
    if (facts->rows > 0 && (facts->fields & sae_signin_needed) != sae_signin_needed) {
        return sae_fail(
            err, SAE_E_FORMAT,
            "not a sign-in log as we know it: id, time, error code or client app "
            "is missing in all rows of a page");
    }
    if (page->all_unparsed > 0 &&
        (page->all_unparsed == page->all_records ||
         (page->all_records >= 100 && page->all_unparsed * 100 > page->all_records))) {
        return sae_fail(
            err, SAE_E_FORMAT,
            "not a sign-in log as we know it: %llu of %llu rows have no readable "
            "id, time, code or client app",
            (unsigned long long)page->all_unparsed,
            (unsigned long long)page->all_records);
    }
    return SAE_OK;
}

static enum sae_status check_link(struct sae_graph_page *page,
                                  const struct sae_page *answer, struct sae_err *err)
{
    const struct sae_tenant *tenant = sae_client_tenant(page->client);

    sae_buf_clear(&page->next);
    page->more = answer->linked;
    if (!answer->linked) {
        return SAE_OK;
    }
    return sae_link_check(sae_buf_text(&answer->link),
                          sae_cloud_url(tenant, SAE_SERVICE_GRAPH),
                          "/v1.0/auditLogs/signIns", false, &page->next, err);
}

/* Sources: the reference, "Sign-ins" 2.2. */
static enum sae_status refusal_in_words(const struct sae_refusal *refusal,
                                        enum sae_status status, struct sae_err *err)
{
    static const char not_premium[] =
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

    if (strcmp(refusal->code, not_premium) == 0 ||
        strcmp(refusal->code, "AadPremiumLicenseRequired") == 0) {
        return sae_fail(
            err, SAE_E_UNLICENSED,
            "the tenant has no Entra ID P1 or P2 (or Directory.Read.All is "
            "missing): sign-ins cannot be read by Graph, export them from the "
            "portal instead");
    }
    if (refusal->status == 403) {
        return sae_fail(err, SAE_E_DENIED,
                        "Graph refuses the sign-in log: grant AuditLog.Read.All "
                        "(application) and admin consent, docs/app-registration.md%s%s",
                        refusal->code[0] != '\0' ? " - it said " : "", refusal->code);
    }
    if (refusal->status == 401) {
        return sae_fail(err, status,
                        "Graph refuses the token that the login service gave: check "
                        "AuditLog.Read.All (application) and admin consent, "
                        "docs/app-registration.md%s%s",
                        refusal->code[0] != '\0' ? " - it said " : "", refusal->code);
    }
    return status;
}

enum sae_status sae_graph_page_ask(struct sae_graph_page *page, const char *url,
                                   struct sae_err *err)
{
    static const char *const headers[] = {"Accept: application/json", NULL};
    const struct sae_ask ask = {.service = SAE_SERVICE_GRAPH,
                                .url = url,
                                .headers = headers,
                                .patience = PATIENCE,
                                .slowly = true};
    const struct sae_page_reader reader = {.names = sae_signin_names,
                                           .name_count = sae_signin_name_count,
                                           .begin = begin_page,
                                           .take = take_row,
                                           .arg = page};
    struct sae_page answer = {0};
    enum sae_status status;

    page->refusal = (struct sae_refusal){0};
    status = sae_client_page(page->client, &ask, &reader, &answer, &page->refusal, err);
    if (status != SAE_OK) {
        status = refusal_in_words(&page->refusal, status, err);
    } else {
        page->all_records += page->records;
        page->all_unparsed += page->unparsed;
        status = check_rows(page, &answer.facts, err);
    }
    if (status == SAE_OK) {
        status = check_link(page, &answer, err);
    }
    sae_buf_done(&answer.link);
    return status;
}
