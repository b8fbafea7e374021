/* SPDX-License-Identifier: MIT */
#include "view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static const char *const part_words[SAE_PART_COUNT] = {
    [SAE_PART_TENANT] = "tenant switch",
    [SAE_PART_MAILBOXES] = "mailboxes",
    [SAE_PART_SIGNINS] = "sign-ins",
    [SAE_PART_POLICY] = "policies",
};

static bool is_off(const struct sae_view *view, enum sae_part part)
{
    return sae_part_is_off(&view->snap->parts[part]);
}

int64_t sae_view_max_age(const struct sae_view *view, enum sae_part part)
{
    return view->max_age != 0 ? view->max_age : sae_tenant_max_age(view->tenant, part);
}

static int64_t age_of(const struct sae_view *view, enum sae_part part)
{
    int64_t age = view->now - view->snap->parts[part].time;

    return age < 0 ? 0 : age;
}

char *sae_say_age(char *text, size_t cap, int64_t ticks)
{
    if (ticks >= 3 * SAE_DAY) {
        snprintf(text, cap, "%" PRId64 " d", ticks / SAE_DAY);
    } else if (ticks >= 2 * SAE_HOUR) {
        snprintf(text, cap, "%" PRId64 " h", ticks / SAE_HOUR);
    } else if (ticks >= 2 * SAE_MINUTE) {
        snprintf(text, cap, "%" PRId64 " min", ticks / SAE_MINUTE);
    } else {
        snprintf(text, cap, "%" PRId64 " s", ticks / SAE_SECOND);
    }
    return text;
}

/* The numbers of a stale part do not stand any more. */
static void drop_stale(struct sae_view *view, enum sae_part part)
{
    int64_t age = age_of(view, part), limit = sae_view_max_age(view, part);
    char why[SAE_WHY], is[24], may[24];

    if (view->snap->parts[part].time == 0 || age <= limit) {
        return;
    }
    snprintf(why, sizeof(why), "%s %s old, limit %s: %sis the collector running?",
             part_words[part], sae_say_age(is, sizeof(is), age),
             sae_say_age(may, sizeof(may), limit),
             sae_tenant_from_files(view->tenant, part) ? "export again, " : "");
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        if ((sae_metrics[m].parts & 1U << part) != 0) {
            view->values.certainty[m] = SAE_ABSENT;
            sae_values_why(&view->values, (enum sae_metric)m, why);
        }
    }
}

/* The posture part that is furthest beyond its limit. */
static enum sae_part posture_part(const struct sae_view *view)
{
    int64_t tenant = age_of(view, SAE_PART_TENANT) - sae_view_max_age(view, SAE_PART_TENANT);
    int64_t boxes =
        age_of(view, SAE_PART_MAILBOXES) - sae_view_max_age(view, SAE_PART_MAILBOXES);

    return tenant > boxes ? SAE_PART_TENANT : SAE_PART_MAILBOXES;
}

static void set_age(struct sae_view *view, enum sae_metric metric, enum sae_part part)
{
    const struct sae_part_state *state = &view->snap->parts[part];
    char why[SAE_WHY];

    view->values.certainty[metric] = SAE_ABSENT;
    if (is_off(view, part)) {
        return;
    }
    if (state->time == 0) {
        snprintf(why, sizeof(why), "%s never read completely: %.60s", part_words[part],
                 state->text);
        sae_values_why(&view->values, metric, why);
        return;
    }
    sae_values_set(&view->values, metric, (double)(age_of(view, part) / SAE_SECOND));
}

void sae_view_init(struct sae_view *view, const struct sae_tenant *tenant,
                   const struct sae_snapshot *snap, int64_t now, int64_t max_age)
{
    *view = (struct sae_view){.tenant = tenant,
                              .snap = snap,
                              .now = now,
                              .max_age = max_age,
                              .values = snap->values};
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        drop_stale(view, (enum sae_part)p);
    }
    set_age(view, SAE_M_DATA_AGE, SAE_PART_SIGNINS);
    set_age(view, SAE_M_POSTURE_AGE, posture_part(view));
}

/* ---- what is judged, and by which limit --------------------------------------------- */

static bool has_endless_credential(const struct sae_tenant *tenant)
{
    return sae_tenant_text(tenant, SAE_KEY_CREDENTIAL_EXPIRES) == NULL &&
           (sae_tenant_text(tenant, SAE_KEY_FEDERATED_TOKEN_FILE) != NULL ||
            sae_tenant_text(tenant, SAE_KEY_MANAGED_IDENTITY) != NULL);
}

/* A metric whose source or list is not there by choice is not judged. */
static bool is_unasked(const struct sae_view *view, enum sae_metric metric)
{
    const struct sae_metric_row *row = &sae_metrics[metric];

    for (int p = 0; p < SAE_PART_COUNT; p++) {
        if ((row->parts & 1U << p) != 0 && is_off(view, (enum sae_part)p)) {
            return true;
        }
    }
    if (metric == SAE_M_DATA_AGE && is_off(view, SAE_PART_SIGNINS)) {
        return true;
    }
    if ((row->needs & SAE_NEEDS_LIST) != 0 &&
        sae_tenant_text(view->tenant, SAE_KEY_ALLOW_LIST) == NULL) {
        return true;
    }
    if ((row->needs & SAE_NEEDS_CREDENTIAL) != 0) {
        return !sae_tenant_is_live(view->tenant) || has_endless_credential(view->tenant);
    }
    if ((row->needs & SAE_NEEDS_DETECTOR) != 0) {
        return sae_tenant_detector_is_off(view->tenant, row->name);
    }
    if ((row->needs & SAE_NEEDS_COUNTRIES) != 0) {
        return sae_tenant_text(view->tenant, SAE_KEY_COUNTRIES) == NULL;
    }
    return (row->needs & SAE_NEEDS_PHASE) != 0;
}

/* The limits of max_age are those of the part, in seconds. */
static void max_age_text(const struct sae_view *view, enum sae_metric metric, int times,
                         char ret_range[SAE_THRESHOLD])
{
    enum sae_part part =
        metric == SAE_M_POSTURE_AGE ? posture_part(view) : SAE_PART_SIGNINS;

    snprintf(ret_range, SAE_THRESHOLD, "%" PRId64,
             times * (sae_view_max_age(view, part) / SAE_SECOND));
}

bool sae_view_threshold(const struct sae_view *view, enum sae_metric metric, bool critical,
                        char ret_range[SAE_THRESHOLD])
{
    const struct sae_metric_row *row = &sae_metrics[metric];
    const struct sae_values *v = &view->values;
    const char *text = critical ? row->crit : row->warn;
    int days = critical ? row->crit_days : row->warn_days;

    if (text == NULL ||
        (v->certainty[metric] == SAE_ABSENT && is_unasked(view, metric)) ||
        (days != 0 && (v->certainty[SAE_M_RETIREMENT_LEFT] == SAE_ABSENT ||
                       v->value[SAE_M_RETIREMENT_LEFT] > days))) {
        return false;
    }
    if (strstr(text, "max_age") != NULL) {
        max_age_text(view, metric, text[0] == '4' ? 4 : 1, ret_range);
    } else {
        snprintf(ret_range, SAE_THRESHOLD, "%s", text);
    }
    return true;
}

bool sae_view_is_proven(const struct sae_view *view, enum sae_metric metric)
{
    char range[SAE_THRESHOLD];

    return view->values.certainty[metric] == SAE_EXACT ||
           (!sae_view_threshold(view, metric, false, range) &&
            !sae_view_threshold(view, metric, true, range));
}

const char *sae_view_notice(const struct sae_view *view, size_t number)
{
    const char *notices[2] = {0};
    size_t count = 0;

    if (view->snap->note[0] != '\0') {
        notices[count++] = view->snap->note;
    }
    if (strcmp(view->snap->parts[SAE_PART_SIGNINS].source, "unlicensed") == 0) {
        notices[count++] = "sign-ins are not measured: the tenant has no licence for the log "
                           "(Entra ID P1)";
    }
    return number < count ? notices[number] : NULL;
}

size_t sae_view_unproven(const struct sae_view *view)
{
    size_t count = 0;

    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        count += sae_view_is_proven(view, (enum sae_metric)m) ? 0 : 1;
    }
    return count;
}

size_t sae_view_notices(const struct sae_view *view)
{
    size_t count = 0;

    while (sae_view_notice(view, count) != NULL) {
        count++;
    }
    return count;
}

/* ---- reading ------------------------------------------------------------------------ */

enum sae_status sae_view_read(struct sae_view *view, const struct sae_tenant *tenant,
                              int64_t now, int64_t max_age, struct sae_snapshot *snap,
                              struct sae_err *err)
{
    enum sae_status status;
    char *path;

    if (tenant->fault.code != SAE_OK) {
        return sae_fail(err, tenant->fault.code, "%s", tenant->fault.text);
    }
    path = sae_tenant_snapshot_path(tenant);
    status = path == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                          : sae_snapshot_read(path, tenant->name, now, snap, err);
    free(path);
    if (status == SAE_OK) {
        sae_view_init(view, tenant, snap, now, max_age);
    }
    return status;
}
