/* SPDX-License-Identifier: MIT */
#include "collect/preflight.h"

#include <stdio.h>
#include <string.h>

#include "base/owner.h"
#include "base/text.h"
#include "collect/part.h"
#include "collect/preflight_files.h"
#include "fetch/client.h"
#include "fetch/credential.h"
#include "fetch/exchange.h"
#include "fetch/graph.h"
#include "fetch/policy.h"
#include "fetch/token.h"

/* At 5 requests in 10 s; a page holds 999 rows. */
#define PAGE_TIME (2 * SAE_SECOND)
enum { PAGE_ROWS = 999, TEXT = 320 };

/* For one question with all its tries; a page of 1000 mailboxes is the longest answer. Never
 * more than a third of the whole, so that one silent host leaves time for another. */
#define PATIENCE (20 * SAE_SECOND)
#define LIST_PATIENCE (30 * SAE_SECOND)
enum { PATIENCE_PART = 3 };

struct flight {
    const struct sae_tenant *tenant;
    struct sae_client *client;
    int64_t now;
    struct sae_preflight *out;
    struct sae_budget whole, budget; /* of all, of the question that is being asked */
    int64_t most, patience;          /* for any question, for this one */
    bool locked_out;                 /* no service can be asked anything */
    enum sae_service login;          /* who gives tokens: SAE_SERVICE_LOGIN is 0 */
    bool token[SAE_SERVICE_COUNT];
    const char *trouble[SAE_SERVICE_COUNT]; /* why it is not asked again, or NULL */
    bool worked[SAE_SERVICE_COUNT];
    bool denied[SAE_PREFLIGHT_LINES]; /* a cmdlet */
    uint64_t mailboxes;
    bool more_mailboxes;
    uint64_t rows;
    int64_t span;
    bool more_rows;
};

struct question {
    enum sae_service service;
    const char *what, *group;
    int64_t patience;
    /* `works`: what to say then, if anything was to be counted */
    enum sae_status (*ask)(struct flight *f, char *works, struct sae_err *err);
    enum sae_status (*policy)(struct sae_client *client, struct sae_policies *out,
                              struct sae_err *err);
};

static void note(struct flight *f, const struct question *q,
                 enum sae_preflight_answer answer, const char *text)
{
    struct sae_preflight_line *line = &f->out->line[f->out->count++];
    size_t len = strlen(q->what);

    /* Messages of Exchange begin with the cmdlet, which the line names already. */
    text += strncmp(text, q->what, len) == 0 && strncmp(text + len, ": ", 2) == 0 ? len + 2
                                                                                  : 0;
    *line = (struct sae_preflight_line){
        .what = q->what, .group = q->group, .answer = answer};
    sae_text_fit(line->text, sizeof(line->text), text);
    f->out->ready = f->out->ready && answer != SAE_PREFLIGHT_FAILS &&
                    answer != SAE_PREFLIGHT_UNASKED;
}

/* ---- questions ---------------------------------------------------------------------- */

static const char *const names[SAE_SERVICE_COUNT] = {
    [SAE_SERVICE_LOGIN] = "the login service",
    [SAE_SERVICE_EXCHANGE] = "Exchange",
    [SAE_SERVICE_GRAPH] = "Graph",
    [SAE_SERVICE_IDENTITY] = "the identity service of this machine"};

/* Notes why not, or begins the patience for the answer. */
static bool begins(struct flight *f, const struct question *q)
{
    const char *trouble = f->trouble[q->service];
    struct sae_err over = {0};
    char text[TEXT] = "";

    if (f->locked_out) {
        return false;
    }
    if (sae_budget_check(&f->whole, &over) != SAE_OK) {
        snprintf(text, sizeof(text), "not asked: %.200s", over.text);
    } else if (trouble != NULL) {
        snprintf(text, sizeof(text), "not asked: %s %s", names[q->service], trouble);
    } else if (q->service != f->login && !f->token[q->service]) {
        snprintf(text, sizeof(text), "not tried: there is no token");
    }
    if (text[0] != '\0') {
        note(f, q, SAE_PREFLIGHT_UNASKED, text);
        return false;
    }
    f->patience = q->patience < f->most ? q->patience : f->most;
    f->budget.end = sae_clock_monotonic() + f->patience;
    f->budget.end = f->budget.end < f->whole.end ? f->budget.end : f->whole.end;
    return true;
}

static void note_silence(struct flight *f, const struct question *q,
                         const struct sae_err *err)
{
    const char *before = strstr(err->text, " after: ");
    bool bad = before != NULL && strstr(before, " HTTP ") != NULL; /* it did answer */
    long long seconds = (f->patience + SAE_SECOND - 1) / SAE_SECOND;
    bool over = sae_budget_check(&f->whole, NULL) != SAE_OK;
    char text[TEXT];

    if (over) {
        snprintf(text, sizeof(text), "not known: %s did not answer before the end",
                 names[q->service]);
    } else if (bad) {
        snprintf(text, sizeof(text), "%.200s, and nothing better within %lld s",
                 before + strlen(" after: "), seconds);
    } else {
        snprintf(text, sizeof(text), "no answer from %.150s within %lld s: %s",
                 sae_cloud_url(f->tenant, q->service), seconds,
                 q->service == SAE_SERVICE_IDENTITY
                     ? "managed_identity works on machines in Azure only"
                 : f->worked[q->service] ? "ask again, collecting waits longer"
                                         : "check firewall and proxy");
    }
    note(f, q, over ? SAE_PREFLIGHT_UNASKED : SAE_PREFLIGHT_FAILS, text);
    f->trouble[q->service] = bad ? "fails" : "does not answer";
}

/* Neither works nor is to be mended. */
static void note_busy(struct flight *f, const struct question *q, struct sae_err *err)
{
    char *limit = strstr(err->text, ", longer than the time limit"), text[TEXT];

    if (limit != NULL) { /* it is our patience that ended */
        *limit = '\0';
    }
    snprintf(text, sizeof(text), "%.200s: not known, ask again in some minutes", err->text);
    note(f, q, SAE_PREFLIGHT_UNASKED, text);
    f->trouble[q->service] = "asks us to wait";
}

static void ends(struct flight *f, const struct question *q, enum sae_status status,
                 struct sae_err *err, const char *works)
{
    bool optional;

    if (status == SAE_E_TIMEOUT) {
        note_silence(f, q, err);
        return;
    }
    if (status == SAE_E_THROTTLED) {
        note_busy(f, q, err);
        return;
    }
    /* What the tenant may do without: as sae_policy_read(). */
    optional = strcmp(q->group, "access rules") == 0 &&
               (status == SAE_E_DENIED || status == SAE_E_UNLICENSED);
    f->worked[q->service] = f->worked[q->service] || status == SAE_OK;
    f->denied[f->out->count] = status == SAE_E_DENIED && q->service == SAE_SERVICE_EXCHANGE;
    note(f, q,
         status == SAE_OK ? SAE_PREFLIGHT_WORKS
         : optional       ? SAE_PREFLIGHT_MISSING
                          : SAE_PREFLIGHT_FAILS,
         status == SAE_OK ? works : err->text);
}

/* ---- the steps ---------------------------------------------------------------------- */

static bool try_credential(struct flight *f)
{
    static const struct question q = {.what = "credential", .group = "login"};
    char text[160], date[SAE_TIME_TEXT];
    enum sae_credential kind;
    struct sae_err why = {0};
    bool endless = false;
    int64_t day = 0, left;

    if (sae_credential_kind(f->tenant, &kind, &why) != SAE_OK) {
        note(f, &q, SAE_PREFLIGHT_FAILS, why.text);
        return false;
    }
    if (sae_credential_end(f->tenant, &day, &endless, &why) != SAE_OK) {
        bool unknown = kind == SAE_CREDENTIAL_SECRET && why.code == SAE_E_MISSING;

        note(f, &q, unknown ? SAE_PREFLIGHT_MISSING : SAE_PREFLIGHT_FAILS, why.text);
        return unknown;
    }
    left = day - sae_time_day(f->now);
    sae_date_format(date, sizeof(date), day);
    if (!endless && left < 0) {
        snprintf(text, sizeof(text),
                 "ended on %s, %lld days ago: renew it, and credential_expires if it is set",
                 date, -(long long)left);
        note(f, &q, SAE_PREFLIGHT_FAILS, text);
        return true; /* whether it is taken nevertheless, the login service knows */
    }
    snprintf(text, sizeof(text), "ends on %s, in %lld days", date, (long long)left);
    note(f, &q, SAE_PREFLIGHT_WORKS, endless ? "has no end" : text);
    return true;
}

static void try_token(struct flight *f, enum sae_service service, const char *what)
{
    const struct question q = {f->login, what, "login", PATIENCE, NULL, NULL};
    struct sae_err why = {0};
    enum sae_status status;
    char text[TEXT];

    if (!begins(f, &q)) {
        return;
    }
    status = sae_client_token(f->client, service, &why);
    snprintf(text, sizeof(text),
             f->login == SAE_SERVICE_IDENTITY
                 ? "the identity service of this machine, %s, gives one for %s"
                 : "%s gives one for %s",
             sae_cloud_url(f->tenant, f->login), sae_cloud_audience(f->tenant, service));
    ends(f, &q, status, &why, text);
    f->token[service] = status == SAE_OK;
}

static enum sae_status ask_transport(struct flight *f, char *works, struct sae_err *err)
{
    struct sae_transport transport;

    snprintf(works, TEXT, "the tenant switch can be read");
    return sae_exchange_transport(f->client, &transport, err);
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

static enum sae_status ask_mailboxes(struct flight *f, char *works, struct sae_err *err)
{
    struct sae_mailbox_sink sink = {
        .begin = pass_over, .add = pass_box, .keep = pass_over, .rewind = pass_over};
    enum sae_status status = sae_exchange_mailboxes(f->client, &sink, true, &f->mailboxes,
                                                    &f->more_mailboxes, err);

    snprintf(works, TEXT, "%s%llu mailboxes can be read",
             f->more_mailboxes ? "more than " : "", (unsigned long long)f->mailboxes);
    return status;
}

static enum sae_status ask_signins(struct flight *f, char *works, struct sae_err *err)
{
    enum sae_status status =
        sae_graph_probe(f->client, f->now, &f->rows, &f->span, &f->more_rows, err);

    snprintf(works, TEXT, "the log can be read, %s%llu SMTP sign-ins in the last day",
             f->more_rows ? "more than " : "", (unsigned long long)f->rows);
    return status;
}

/* In this order. */
enum { SWITCH, MAILBOXES, ORGANIZATION, AUTHENTICATION, SIGNINS, DEFAULTS, CONDITIONAL };

static const struct question questions[] = {
    [SWITCH] = {SAE_SERVICE_EXCHANGE, "Get-TransportConfig", "switch", PATIENCE,
                ask_transport, NULL},
    [MAILBOXES] = {SAE_SERVICE_EXCHANGE, "Get-CASMailbox", "mailboxes", LIST_PATIENCE,
                   ask_mailboxes, NULL},
    [ORGANIZATION] = {SAE_SERVICE_EXCHANGE, "Get-OrganizationConfig", "policies", PATIENCE,
                      NULL, sae_policy_organization},
    [AUTHENTICATION] = {SAE_SERVICE_EXCHANGE, "Get-AuthenticationPolicy", "policies",
                        PATIENCE, NULL, sae_policy_authentication},
    [SIGNINS] = {SAE_SERVICE_GRAPH, "sign-ins", "sign-ins", PATIENCE, ask_signins, NULL},
    [DEFAULTS] = {SAE_SERVICE_GRAPH, "security defaults", "access rules", PATIENCE, NULL,
                  sae_policy_defaults},
    [CONDITIONAL] = {SAE_SERVICE_GRAPH, "Conditional Access", "access rules", PATIENCE,
                     NULL, sae_policy_conditional},
};

static void ask(struct flight *f, int which)
{
    const struct question *q = &questions[which];
    struct sae_policies policies = {0};
    struct sae_err why = {0};
    char works[TEXT] = "can be read";

    if (begins(f, q)) {
        enum sae_status status = q->policy == NULL ? q->ask(f, works, &why)
                                                   : q->policy(f->client, &policies, &why);

        ends(f, q, status, &why, works);
        sae_policies_done(&policies);
    }
}

/* ---- each part from where it comes -------------------------------------------------- */

static bool uses_graph(const struct sae_tenant *tenant)
{
    return strcmp(sae_tenant_source(tenant, SAE_PART_SIGNINS), "graph") == 0;
}

static void look(struct flight *f, enum sae_part part, const char *what, const char *group)
{
    const struct question q = {.what = what, .group = group};
    struct sae_err why = {0};
    char works[TEXT];
    bool can = sae_look_at(f->tenant, part, works, sizeof(works), &why) == SAE_OK;

    note(f, &q, can ? SAE_PREFLIGHT_WORKS : SAE_PREFLIGHT_FAILS, can ? works : why.text);
}

static void try_posture(struct flight *f)
{
    if (sae_tenant_from_service(f->tenant, SAE_PART_TENANT)) {
        ask(f, SWITCH);
    } else {
        look(f, SAE_PART_TENANT, "tenant switch", questions[SWITCH].group);
    }
    if (sae_tenant_from_service(f->tenant, SAE_PART_MAILBOXES)) {
        ask(f, MAILBOXES);
    } else {
        look(f, SAE_PART_MAILBOXES, "mailboxes", questions[MAILBOXES].group);
    }
}

static void try_signins(struct flight *f)
{
    const struct question *q = &questions[SIGNINS];
    const char *source = sae_tenant_source(f->tenant, SAE_PART_SIGNINS);
    struct sae_err why = {0};

    if (uses_graph(f->tenant)) {
        ask(f, SIGNINS);
    } else if (sae_tenant_from_files(f->tenant, SAE_PART_SIGNINS)) {
        look(f, SAE_PART_SIGNINS, q->what, q->group);
    } else if (strcmp(source, "off") == 0) {
        note(f, q, SAE_PREFLIGHT_OFF, "off: no sign-ins are read");
    } else {
        (void)sae_source_unread(source, &why);
        note(f, q, SAE_PREFLIGHT_FAILS, why.text);
    }
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

static void log_in(struct flight *f)
{
    enum sae_credential kind;

    f->locked_out = !try_credential(f);
    if (sae_credential_kind(f->tenant, &kind, NULL) == SAE_OK &&
        kind == SAE_CREDENTIAL_IDENTITY) {
        f->login = SAE_SERVICE_IDENTITY;
    }
    if (uses_exchange(f->tenant)) {
        try_token(f, SAE_SERVICE_EXCHANGE, "token for Exchange");
    }
    if (uses_graph(f->tenant) || sae_tenant_from_service(f->tenant, SAE_PART_POLICY)) {
        try_token(f, SAE_SERVICE_GRAPH, "token for Graph");
    }
}

/* Exchange refuses what a role lacks as if there were none; another cmdlet that worked tells
 * one from the other. */
static void blame_roles(struct flight *f)
{
    for (size_t i = 0; i < f->out->count && f->worked[SAE_SERVICE_EXCHANGE]; i++) {
        struct sae_preflight_line *line = &f->out->line[i];
        bool recipients = strcmp(line->what, questions[MAILBOXES].what) == 0;
        const char *told = strstr(line->text, " (Exchange: ");
        char text[sizeof(line->text)];

        snprintf(text, sizeof(text),
                 "the Exchange roles of the application do not include this cmdlet: assign "
                 "View-Only %s, or Global Reader%s",
                 recipients ? "Recipients" : "Configuration", told == NULL ? "" : told);
        if (f->denied[i]) {
            memcpy(line->text, text, sizeof(text));
        }
    }
}

static void try_all(struct flight *f)
{
    static const struct question sources = {.what = "sources", .group = "login"};
    bool policies = sae_tenant_from_service(f->tenant, SAE_PART_POLICY);

    if (uses_exchange(f->tenant) || uses_graph(f->tenant)) {
        log_in(f);
    } else if (!sae_tenant_is_live(f->tenant)) {
        note(f, &sources, SAE_PREFLIGHT_WORKS, "none is a service: nothing to log in to");
    }
    try_posture(f);
    if (policies) {
        ask(f, ORGANIZATION);
        ask(f, AUTHENTICATION);
    }
    try_signins(f);
    if (policies) {
        ask(f, DEFAULTS);
        ask(f, CONDITIONAL);
    }
    blame_roles(f);
    if (uses_graph(f->tenant) && f->out->ready) {
        estimate(f);
    }
}

static void set_limits(struct flight *f, const struct sae_budget *budget)
{
    int64_t start = sae_clock_monotonic(), end = start + SAE_PREFLIGHT_LIMIT;

    f->whole = *budget;
    f->whole.end = budget->end < end ? budget->end : end;
    f->budget = f->whole;
    f->most = (f->whole.end - start) / PATIENCE_PART;
}

static enum sae_status open_client(struct flight *f, struct sae_record *record,
                                   struct sae_traffic *traffic, struct sae_err *err)
{
    struct sae_client_setup setup = {
        .tenant = f->tenant, .budget = &f->budget, .record = record, .traffic = traffic};
    enum sae_status status =
        sae_owner_prepare(sae_tenant_text(f->tenant, SAE_KEY_STATE_DIR), err);

    if (status != SAE_OK) {
        return status;
    }
    sae_token_forget(f->tenant); /* a refusal that was mended a minute ago must not stand */
    f->client = sae_client_new(&setup);
    return f->client == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory") : SAE_OK;
}

enum sae_status sae_preflight(const struct sae_tenant *tenant,
                              const struct sae_budget *budget, int64_t now,
                              struct sae_record *record, struct sae_preflight *ret_preflight,
                              struct sae_err *err)
{
    struct sae_traffic traffic = {0};
    struct flight f = {.tenant = tenant, .now = now, .out = ret_preflight};
    enum sae_status status = SAE_OK;

    *ret_preflight = (struct sae_preflight){.ready = true};
    if (tenant->fault.code != SAE_OK) {
        return sae_fail(err, tenant->fault.code, "%s", tenant->fault.text);
    }
    set_limits(&f, budget);
    if (uses_exchange(tenant) || uses_graph(tenant)) {
        status = open_client(&f, record, &traffic, err);
    }
    if (status == SAE_OK) {
        try_all(&f);
    }
    sae_client_free(f.client);
    return status;
}
