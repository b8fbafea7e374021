/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "check/check.h"

enum {
    REASON = 150, /* bytes of why a part failed */
    BRIEF_REASON = 120,
    CREDENTIAL_ENDS = 30 /* days */
};

void sae_check_cut(char *text, size_t cap, const char *from)
{
    size_t end = cap < 2 ? 0 : cap - 2, word;

    if (snprintf(text, cap, "%s", from) < (int)cap || cap < 2) {
        return;
    }
    for (word = end; word > end / 2 && from[word] != ' '; word--) {
    }
    end = from[word] == ' ' && word > 0 ? word : end;
    while (end > 0 && (from[end - 1] == ' ' || from[end - 1] == ',')) {
        end--;
    }
    memcpy(text + end, "~", 2);
}

static void put_cut(struct sae_buf *buf, const char *from, size_t most)
{
    char text[REASON + 1];

    sae_check_cut(text, most + 1, from);
    sae_buf_puts(buf, text);
}

static bool has(const struct sae_view *view, enum sae_metric metric)
{
    return view->values.certainty[metric] != SAE_ABSENT;
}

static double get(const struct sae_view *view, enum sae_metric metric)
{
    return has(view, metric) ? view->values.value[metric] : 0;
}

/* "431 senders", "1 sender", "at least 431 senders": a plural in "s" loses it behind 1. */
static void put(struct sae_buf *buf, const struct sae_view *view, enum sae_metric metric,
                const char *what)
{
    char number[SAE_PERF_NUMBER];

    size_t word = strcspn(what, " ");
    bool one = view->values.value[metric] == 1 && word > 0 && what[word - 1] == 's';

    (void)sae_perf_number(number, sizeof(number), view->values.value[metric]);
    sae_buf_printf(buf, "%s%s %.*s%s",
                   view->values.certainty[metric] == SAE_AT_LEAST ? "at least " : "", number,
                   (int)(one ? word - 1 : word), what, what + word);
}

/* The same, after ", ", only if there is something to say. */
static void put_some(struct sae_buf *buf, const struct sae_view *view, enum sae_metric metric,
                     const char *what)
{
    if (get(view, metric) > 0) {
        sae_buf_puts(buf, ", ");
        put(buf, view, metric, what);
    }
}

/* A detail of a number that was said before; so no "at least". */
static void put_either(struct sae_buf *buf, const struct sae_view *view,
                       enum sae_metric metric, const char *before, const char *one,
                       const char *many)
{
    sae_buf_printf(buf, "%s%.0f %s", before, get(view, metric),
                   get(view, metric) == 1 ? one : many);
}

static void say_tenant(struct sae_buf *buf, const struct sae_view *view)
{
    bool on = get(view, SAE_M_TENANT_ENABLED) > 0;

    if (!has(view, SAE_M_TENANT_ENABLED)) {
        sae_buf_puts(buf, "tenant switch not known");
        return;
    }
    sae_buf_puts(buf, on ? "tenant switch allows SMTP AUTH" : "tenant switch is off");
    if (get(view, SAE_M_TENANT_OPENED) > 0) {
        sae_buf_puts(buf, ", opened within 24 h: find out who did it and close it again");
    } else if (get(view, SAE_M_TENANT_CLOSED) > 0) {
        sae_buf_puts(buf, ", closed within 24 h: watch the senders that only inherit");
    } else if (on) {
        sae_buf_puts(buf, ": enable the senders that stay by name, then close it "
                          "(Set-TransportConfig -SmtpClientAuthenticationDisabled)");
    }
    put_some(buf, view, SAE_M_CONFIG_CHANGES, "settings changed within 7 d");
}

static void say_mailboxes(struct sae_buf *buf, const struct sae_view *view)
{
    if (!has(view, SAE_M_MBX_ALL) || !has(view, SAE_M_MBX_EXPOSED)) {
        sae_buf_puts(buf, "exposed mailboxes not known");
        return;
    }
    put(buf, view, SAE_M_MBX_EXPOSED, "exposed of");
    sae_buf_puts(buf, " ");
    put(buf, view, SAE_M_MBX_ALL, "mailboxes");
    if (get(view, SAE_M_MBX_EXPOSED) > 0) {
        sae_buf_printf(buf, " (%.0f enabled by name, %.0f inherit%s)",
                       get(view, SAE_M_MBX_ENABLED),
                       get(view, SAE_M_MBX_EXPOSED) - get(view, SAE_M_MBX_ENABLED) -
                           get(view, SAE_M_MBX_UNKNOWN),
                       get(view, SAE_M_MBX_UNKNOWN) > 0 ? ", some of unknown setting" : "");
    }
    put_some(buf, view, SAE_M_MBX_NEW, "newly enabled by name within 24 h: ask who did it");
    put_some(buf, view, SAE_M_MBX_UNLISTED, "not on the allow list");
    put_some(buf, view, SAE_M_MBX_EXPIRED, "expired on the allow list");
    put_some(buf, view, SAE_M_MBX_EXPIRING, "expiring on the allow list");
    put_some(buf, view, SAE_M_MBX_UNUSED, "unused: disable those first");
    if (get(view, SAE_M_MBX_EXPOSED) > 0 && !has(view, SAE_M_MBX_UNUSED) &&
        view->values.why[SAE_M_MBX_UNUSED][0] != '\0') {
        sae_buf_printf(buf, ", use not known: %s", view->values.why[SAE_M_MBX_UNUSED]);
    }
}

static const char *without_log(const struct sae_view *view, const char *off,
                               const char *not_known)
{
    const struct sae_part_state *part = &view->snap->parts[SAE_PART_SIGNINS];

    if (!sae_part_is_off(part)) {
        return not_known;
    }
    return strcmp(part->source, "off") == 0
               ? off
               : "the tenant has no licence for the sign-in log (Entra ID P1), nothing is "
                 "judged: export it from the portal";
}

/* What is found comes first, with its next step: of the group, and as bad as the group is. */
static bool say_findings(struct sae_buf *buf, const struct sae_view *view,
                         const struct sae_limits *limits, enum sae_group group,
                         enum sae_state state)
{
    size_t told = 0;

    if (state != SAE_STATE_WARNING && state != SAE_STATE_CRITICAL) {
        return false;
    }
    for (size_t i = 0; i < view->snap->finding_count; i++) {
        const struct sae_finding *finding = &view->snap->findings[i];
        enum sae_metric metric = sae_metric_find(finding->metric);
        struct sae_judgement judgement;

        if (finding->accepted || metric == SAE_METRIC_COUNT ||
            sae_metrics[metric].group != group) {
            continue;
        }
        sae_judge(view, limits, metric, &judgement);
        if (judgement.state == state && told++ == 0) {
            sae_buf_puts(buf, finding->text);
        }
    }
    if (told > 1) {
        sae_buf_printf(buf, " (and %s%zu more)", /* the snapshot holds the most urgent */
                       view->snap->finding_more > 0 ? "at least " : "", told - 1);
    }
    sae_buf_puts(buf, told > 0 ? ", " : "");
    return told > 0;
}

static void say_signins(struct sae_buf *buf, const struct sae_view *view,
                        const struct sae_limits *limits, enum sae_state state)
{
    bool told;

    if (!has(view, SAE_M_FAIL_PER_HOUR)) {
        sae_buf_puts(buf, without_log(view, "sign-ins are off, nothing is judged",
                                      "failed sign-ins not known"));
        return;
    }
    told = say_findings(buf, view, limits, SAE_GROUP_SIGNINS, state);
    put(buf, view, SAE_M_FAIL_PER_HOUR, "failures per hour");
    if (get(view, SAE_M_FAIL_EVENTS) == 0 && has(view, SAE_M_TENANT_ENABLED) &&
        get(view, SAE_M_TENANT_ENABLED) == 0) {
        sae_buf_puts(buf, " (no longer visible here: the tenant switch is off)");
    }
    if (get(view, SAE_M_FAIL_EVENTS) > 0) {
        put_either(buf, view, SAE_M_FAIL_USERS, " (", "user", "users");
        put_either(buf, view, SAE_M_FAIL_IPS, ", ", "address", "addresses");
        put_either(buf, view, SAE_M_FAIL_COUNTRIES, ", ", "country", "countries");
        sae_buf_puts(buf, ")");
    }
    put_some(buf, view, SAE_M_FAIL_INFRA, "because of an agent outage");
    sae_buf_puts(buf, ", ");
    put(buf, view, SAE_M_OK_EVENTS, "sign-ins succeeded, as far as the log shows");
    if (get(view, SAE_M_DATA_AGE) >= 7200) {
        sae_buf_printf(buf, " as of %.0f h ago", get(view, SAE_M_DATA_AGE) / 3600 - 0.5);
    }
    if (!told && (state == SAE_STATE_WARNING || state == SAE_STATE_CRITICAL)) {
        sae_buf_puts(buf, ": see who and from where with -v");
    }
}

static void say_senders(struct sae_buf *buf, const struct sae_view *view)
{
    if (!has(view, SAE_M_SENDERS_ALL)) {
        sae_buf_puts(buf, without_log(view, "sign-ins are off, senders are not known",
                                      "senders not known"));
        return;
    }
    put(buf, view, SAE_M_SENDERS_ALL, "senders");
    put_some(buf, view, SAE_M_SENDERS_NEW, "new");
    put_some(buf, view, SAE_M_SENDERS_SILENT, "silent");
    put_some(buf, view, SAE_M_SENDERS_UNMATCHED, "without a mailbox");
    put_some(buf, view, SAE_M_SENDERS_UNLISTED, "not on the allow list");
    put_some(buf, view, SAE_M_SENDERS_UNDECIDED, "undecided");
    if (has(view, SAE_M_RETIREMENT_LEFT)) {
        sae_buf_puts(buf, ", ");
        put(buf, view, SAE_M_RETIREMENT_LEFT, "days to the retirement");
    }
    if (get(view, SAE_M_SENDERS_UNDECIDED) > 0) {
        sae_buf_puts(buf, ": decide for each, start with smtp_auth_report allow-list");
    }
}

static void say_how_old(struct sae_buf *buf, const struct sae_view *view,
                        enum sae_metric metric, const char *what)
{
    char age[24] = "under 2 min";

    if (get(view, metric) >= 120) {
        sae_say_age(age, sizeof(age), (int64_t)get(view, metric) * SAE_SECOND);
    }
    if (has(view, metric)) {
        sae_buf_printf(buf, ", %s %s old", what, age);
    }
}

static bool is_stale(const struct sae_view *view, const struct sae_limits *limits)
{
    struct sae_judgement data, posture;

    sae_judge(view, limits, SAE_M_DATA_AGE, &data);
    sae_judge(view, limits, SAE_M_POSTURE_AGE, &posture);
    return data.state != SAE_STATE_OK || posture.state != SAE_STATE_OK;
}

static bool any_failed(const struct sae_view *view)
{
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        if (!view->snap->parts[p].ok) {
            return true;
        }
    }
    return false;
}

/* Whether say_health() has words for the metric when it is not OK. */
static bool has_words(const struct sae_view *view, enum sae_metric metric)
{
    switch (metric) {
    case SAE_M_DATA_AGE:
    case SAE_M_POSTURE_AGE:
        return true;
    case SAE_M_COLLECT_OK:
        return any_failed(view);
    case SAE_M_CREDENTIAL_LEFT:
        return get(view, metric) <= CREDENTIAL_ENDS;
    case SAE_M_ROWS_UNPARSED:
        return get(view, metric) > 0;
    default:
        return false;
    }
}

static const char *next_step(enum sae_metric metric)
{
    return metric == SAE_M_LOG_LAG           ? "look for newer sign-ins in the portal"
           : metric == SAE_M_CREDENTIAL_LEFT ? "renew it"
                                             : "see smtp_auth_report runs";
}

/* What is not OK and has no words of its own comes first. */
static void say_unworded(struct sae_buf *buf, const struct sae_view *view,
                         const struct sae_limits *limits)
{
    struct sae_judgement j;

    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        enum sae_metric metric = (enum sae_metric)m;

        if (sae_metrics[metric].group != SAE_GROUP_HEALTH || has_words(view, metric)) {
            continue;
        }
        sae_judge(view, limits, metric, &j);
        if (j.state == SAE_STATE_WARNING || j.state == SAE_STATE_CRITICAL) {
            sae_buf_printf(buf, "%s (%s), ", j.text, next_step(metric));
        }
    }
}

static void say_failed_parts(struct sae_buf *buf, const struct sae_view *view)
{
    const char *comma = "";

    for (int p = 0; p < SAE_PART_COUNT; p++) {
        const struct sae_part_state *part = &view->snap->parts[p];

        if (!part->ok) {
            sae_buf_printf(buf, "%s%s: last try failed: ", comma,
                           sae_part_name((enum sae_part)p));
            put_cut(buf, part->text, REASON);
            comma = ", ";
        }
    }
}

static void say_health(struct sae_buf *buf, const struct sae_view *view,
                       const struct sae_limits *limits)
{
    bool failed = any_failed(view), live = sae_tenant_is_live(view->tenant);

    say_unworded(buf, view, limits);
    say_failed_parts(buf, view);
    if (!failed) {
        sae_buf_puts(buf, "all parts read");
    }
    if (strcmp(view->snap->parts[SAE_PART_SIGNINS].source, "unlicensed") == 0) {
        sae_buf_puts(buf, ", but sign-ins are not licensed (Entra ID P1)");
    }
    if (has(view, SAE_M_CREDENTIAL_LEFT) &&
        get(view, SAE_M_CREDENTIAL_LEFT) <= CREDENTIAL_ENDS) {
        sae_buf_puts(buf, ", ");
        put(buf, view, SAE_M_CREDENTIAL_LEFT, "days to the end of the credential: renew it");
    }
    say_how_old(buf, view, SAE_M_DATA_AGE, "sign-ins");
    say_how_old(buf, view, SAE_M_POSTURE_AGE, "mailboxes");
    if (failed) {
        sae_buf_puts(buf, ": mend that and collect again");
    } else if (is_stale(view, limits)) {
        sae_buf_puts(buf, live ? ": is the collector running?"
                               : ": export again, is the collector running?");
    }
    put_some(buf, view, SAE_M_ROWS_UNPARSED,
             live ? "rows unreadable: record a run with --record and report it"
                  : "rows unreadable: export again, as JSON");
}

/* Numbers that stand though the last try failed say so. */
static void say_failed_try(struct sae_buf *buf, const struct sae_view *view,
                           enum sae_group group)
{
    unsigned parts = 0;

    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        parts |= sae_metrics[m].group == group ? sae_metrics[m].parts : 0;
    }
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        const struct sae_part_state *part = &view->snap->parts[p];

        if ((parts & 1U << p) != 0 && !part->ok) {
            sae_buf_printf(buf, ", last try of %s failed: ", sae_part_name((enum sae_part)p));
            put_cut(buf, part->text, BRIEF_REASON);
        }
    }
}

void sae_headline(const struct sae_view *view, const struct sae_limits *limits,
                  enum sae_group group, enum sae_state state, char *text, size_t cap)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 4096);
    switch (group) {
    case SAE_GROUP_TENANT:
        say_tenant(&buf, view);
        break;
    case SAE_GROUP_MAILBOXES:
        say_mailboxes(&buf, view);
        break;
    case SAE_GROUP_SIGNINS:
        say_signins(&buf, view, limits, state);
        break;
    case SAE_GROUP_SENDERS:
        say_senders(&buf, view);
        break;
    default:
        say_health(&buf, view, limits);
        break;
    }
    if (group != SAE_GROUP_HEALTH) {
        say_failed_try(&buf, view, group);
    }
    if (view->snap->note[0] != '\0' &&
        (group == SAE_GROUP_MAILBOXES || group == SAE_GROUP_SENDERS ||
         group == SAE_GROUP_HEALTH)) {
        sae_buf_printf(&buf, ", list not understood: %s", view->snap->note);
    }
    sae_check_cut(text, cap, sae_buf_text(&buf));
    sae_buf_done(&buf);
}
