/* SPDX-License-Identifier: MIT */
#include "collect/preflight.h"

#include <stdio.h>
#include <string.h>

#include "base/owner.h"
#include "base/text.h"
#include "fetch/client.h"
#include "fetch/credential.h"
#include "fetch/exchange.h"
#include "fetch/graph.h"
#include "fetch/policy.h"
#include "fetch/token.h"

/* At 5 requests in 10 s; a page holds 999 rows. */
#define PAGE_TIME (2 * SAE_SECOND)
enum { PAGE_ROWS = 999 };

struct flight {
    const struct sae_tenant *tenant;
    struct sae_client *client;
    int64_t now;
    struct sae_preflight *out;
    bool token[SAE_SERVICE_COUNT];
    uint64_t mailboxes;
    bool more_mailboxes;
    uint64_t rows;
    int64_t span;
    bool more_rows;
};

static void note(struct flight *f, const char *what, const char *group,
                 enum sae_preflight_answer answer, const char *text)
{
    struct sae_preflight_line *line = &f->out->line[f->out->count++];
    size_t len = strlen(what);

    /* Messages of Exchange begin with the cmdlet, which the line names already. */
    text += strncmp(text, what, len) == 0 && strncmp(text + len, ": ", 2) == 0 ? len + 2 : 0;
    *line = (struct sae_preflight_line){.what = what, .group = group, .answer = answer};
    sae_text_fit(line->text, sizeof(line->text), text);
    f->out->ready = f->out->ready && answer != SAE_PREFLIGHT_FAILS;
}

static void note_result(struct flight *f, const char *what, const char *group,
                        enum sae_status status, const struct sae_err *why, const char *works)
{
    note(f, what, group, status == SAE_OK ? SAE_PREFLIGHT_WORKS : SAE_PREFLIGHT_FAILS,
         status == SAE_OK ? works : why->text);
}

/* ---- the steps ---------------------------------------------------------------------- */

static bool try_credential(struct flight *f)
{
    char text[160], date[SAE_TIME_TEXT];
    enum sae_credential kind;
    struct sae_err why = {0};
    bool endless = false;
    int64_t day = 0, left;

    if (sae_credential_kind(f->tenant, &kind, &why) != SAE_OK) {
        note(f, "credential", "login", SAE_PREFLIGHT_FAILS, why.text);
        return false;
    }
    if (sae_credential_end(f->tenant, &day, &endless, &why) != SAE_OK) {
        bool unknown = kind == SAE_CREDENTIAL_SECRET && why.code == SAE_E_MISSING;

        note(f, "credential", "login",
             unknown ? SAE_PREFLIGHT_MISSING : SAE_PREFLIGHT_FAILS, why.text);
        return unknown;
    }
    left = day - sae_time_day(f->now);
    sae_date_format(date, sizeof(date), day);
    if (!endless && left < 0) {
        snprintf(text, sizeof(text),
                 "ended on %s, %lld days ago: renew it, and credential_expires if it is set",
                 date, -(long long)left);
        note(f, "credential", "login", SAE_PREFLIGHT_FAILS, text);
        return true; /* whether it is taken nevertheless, the login service knows */
    }
    snprintf(text, sizeof(text), "ends on %s, in %lld days", date, (long long)left);
    note(f, "credential", "login", SAE_PREFLIGHT_WORKS, endless ? "has no end" : text);
    return true;
}

static void try_token(struct flight *f, enum sae_service service, const char *what)
{
    struct sae_err why = {0};
    char text[320];
    enum sae_status status = sae_client_token(f->client, service, &why);

    snprintf(text, sizeof(text), "%s gives one for %s",
             sae_cloud_url(f->tenant, SAE_SERVICE_LOGIN),
             sae_cloud_audience(f->tenant, service));
    note_result(f, what, "login", status, &why, text);
    f->token[service] = status == SAE_OK;
}

static bool lacks_token(struct flight *f, enum sae_service service, const char *what,
                        const char *group)
{
    if (f->token[service]) {
        return false;
    }
    note(f, what, group, SAE_PREFLIGHT_UNASKED, "not tried: there is no token");
    return true;
}

static void try_transport(struct flight *f)
{
    static const char what[] = "Get-TransportConfig";
    struct sae_transport transport;
    struct sae_err why = {0};
    enum sae_status status;

    if (lacks_token(f, SAE_SERVICE_EXCHANGE, what, "switch")) {
        return;
    }
    status = sae_exchange_transport(f->client, &transport, &why);
    note_result(f, what, "switch", status, &why, "the tenant switch can be read");
}

static enum sae_status pass_over(void *arg, struct sae_err *err)
{
    (void)arg;
    (void)err;
    return SAE_OK;
}

static enum sae_status pass_box(void *arg, const struct sae_mailbox *box, struct sae_err *err)
{
    (void)box;
    return pass_over(arg, err);
}

static void try_mailboxes(struct flight *f)
{
    static const char what[] = "Get-CASMailbox";
    struct sae_mailbox_sink sink = {
        .begin = pass_over, .add = pass_box, .keep = pass_over, .rewind = pass_over};
    struct sae_err why = {0};
    enum sae_status status;
    char text[80];

    if (lacks_token(f, SAE_SERVICE_EXCHANGE, what, "mailboxes")) {
        return;
    }
    status = sae_exchange_mailboxes(f->client, &sink, true, &f->mailboxes,
                                    &f->more_mailboxes, &why);
    snprintf(text, sizeof(text), "%s%llu mailboxes can be read",
             f->more_mailboxes ? "more than " : "", (unsigned long long)f->mailboxes);
    note_result(f, what, "mailboxes", status, &why, text);
}

/* What the tenant may do without: as sae_policy_read(). */
static bool is_optional(const char *group, enum sae_status status)
{
    return strcmp(group, "access rules") == 0 &&
           (status == SAE_E_DENIED || status == SAE_E_UNLICENSED);
}

static void try_policy(struct flight *f, enum sae_service service, const char *what,
                       const char *group,
                       enum sae_status (*read)(struct sae_client *client,
                                               struct sae_policies *out,
                                               struct sae_err *err))
{
    struct sae_policies policies = {0};
    struct sae_err why = {0};
    enum sae_status status;

    if (lacks_token(f, service, what, group)) {
        return;
    }
    status = read(f->client, &policies, &why);
    if (is_optional(group, status)) {
        note(f, what, group, SAE_PREFLIGHT_MISSING, why.text);
    } else {
        note_result(f, what, group, status, &why, "can be read");
    }
    sae_policies_done(&policies);
}

static void try_signins(struct flight *f)
{
    static const char what[] = "sign-ins";
    struct sae_err why = {0};
    enum sae_status status;
    char text[80];

    if (lacks_token(f, SAE_SERVICE_GRAPH, what, "sign-ins")) {
        return;
    }
    status = sae_graph_probe(f->client, f->now, &f->rows, &f->span, &f->more_rows, &why);
    snprintf(text, sizeof(text), "the log can be read, %s%llu SMTP sign-ins in the last day",
             f->more_rows ? "more than " : "", (unsigned long long)f->rows);
    note_result(f, what, "sign-ins", status, &why, text);
}

/* ---- together ----------------------------------------------------------------------- */

static void estimate(struct flight *f)
{
    int64_t lookback = sae_tenant_ticks(f->tenant, SAE_KEY_LOOKBACK);
    double a_day = (double)f->rows, pages, minutes;
    char mailboxes[64] = "";

    if (f->more_rows && f->span > 0) {
        a_day = (double)f->rows * (double)SAE_DAY / (double)f->span;
    }
    pages = a_day * (double)lookback / (double)SAE_DAY / PAGE_ROWS + 8;
    minutes = pages * (double)PAGE_TIME / (double)SAE_MINUTE;
    if (f->mailboxes > 0) { /* there is none where they come from files */
        snprintf(mailboxes, sizeof(mailboxes), "%s%llu mailboxes, ",
                 f->more_mailboxes ? "more than " : "", (unsigned long long)f->mailboxes);
    }
    snprintf(f->out->estimate, sizeof(f->out->estimate),
             "first run: %sabout %.0f SMTP sign-ins a day, so %.0f days of log in about "
             "%.0f min, spread over runs of at most %s",
             mailboxes, a_day, (double)lookback / (double)SAE_DAY, minutes < 1 ? 1 : minutes,
             sae_tenant_text(f->tenant, SAE_KEY_TIME_LIMIT));
}

static bool uses_exchange(const struct sae_tenant *tenant)
{
    return sae_tenant_from_service(tenant, SAE_PART_TENANT) ||
           sae_tenant_from_service(tenant, SAE_PART_MAILBOXES);
}

static void try_all(struct flight *f)
{
    bool exchange = uses_exchange(f->tenant);
    bool policies = sae_tenant_from_service(f->tenant, SAE_PART_POLICY);
    bool graph = sae_tenant_from_service(f->tenant, SAE_PART_SIGNINS);

    if (!try_credential(f)) {
        return;
    }
    if (exchange) {
        try_token(f, SAE_SERVICE_EXCHANGE, "token for Exchange");
    }
    if (graph || policies) {
        try_token(f, SAE_SERVICE_GRAPH, "token for Graph");
    }
    if (sae_tenant_from_service(f->tenant, SAE_PART_TENANT)) {
        try_transport(f);
    }
    if (sae_tenant_from_service(f->tenant, SAE_PART_MAILBOXES)) {
        try_mailboxes(f);
    }
    if (policies) {
        try_policy(f, SAE_SERVICE_EXCHANGE, "Get-OrganizationConfig", "policies",
                   sae_policy_organization);
        try_policy(f, SAE_SERVICE_EXCHANGE, "Get-AuthenticationPolicy", "policies",
                   sae_policy_authentication);
    }
    if (graph) {
        try_signins(f);
    }
    if (policies) {
        try_policy(f, SAE_SERVICE_GRAPH, "security defaults", "access rules",
                   sae_policy_defaults);
        try_policy(f, SAE_SERVICE_GRAPH, "Conditional Access", "access rules",
                   sae_policy_conditional);
    }
    if (graph && f->out->ready) {
        estimate(f);
    }
}

enum sae_status sae_preflight(const struct sae_tenant *tenant,
                              const struct sae_budget *budget, int64_t now,
                              struct sae_record *record, struct sae_preflight *ret_preflight,
                              struct sae_err *err)
{
    struct sae_traffic traffic = {0};
    struct sae_client_setup setup = {
        .tenant = tenant, .budget = budget, .record = record, .traffic = &traffic};
    struct flight f = {.tenant = tenant, .now = now, .out = ret_preflight};
    enum sae_status status;

    *ret_preflight = (struct sae_preflight){.ready = true};
    if (tenant->fault.code != SAE_OK) {
        return sae_fail(err, tenant->fault.code, "%s", tenant->fault.text);
    }
    if (!sae_tenant_is_live(tenant)) {
        note(&f, "sources", "login", SAE_PREFLIGHT_WORKS,
             "all sources are files: nothing to ask a service for");
        return SAE_OK;
    }
    status = sae_owner_prepare(sae_tenant_text(tenant, SAE_KEY_STATE_DIR), err);
    if (status != SAE_OK) {
        return status;
    }
    sae_token_forget(tenant); /* a refusal that was mended a minute ago must not stand */
    f.client = sae_client_new(&setup);
    if (f.client == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    try_all(&f);
    sae_client_free(f.client);
    return SAE_OK;
}
