/* SPDX-License-Identifier: MIT */
#include "zabbix/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/text.h"
#include "store/snapshot_lines.h"

#define MOST_WHOLE 1e17

enum { TEXT_MOST = 900 }; /* bytes of reasons in one line; "why" has all of them */

/* Whole numbers never as 1e+15, which Zabbix's unsigned items refuse. */
static void put_number(cJSON *object, const char *name, double value)
{
    char text[40];

    if (value >= -MOST_WHOLE && value <= MOST_WHOLE && value == (double)(int64_t)value) {
        snprintf(text, sizeof(text), "%.0f", value);
        cJSON_AddRawToObject(object, name, text);
    } else {
        cJSON_AddNumberToObject(object, name, value);
    }
}

/* ---- limits ------------------------------------------------------------------------- */

/* A limit that is an upper bound, as a number. */
static bool upper_limit(const struct sae_view *view, enum sae_metric metric, bool critical,
                        uint64_t *ret_limit)
{
    char range[SAE_THRESHOLD];
    struct sae_cursor cursor;

    if (!sae_view_threshold(view, metric, critical, range)) {
        return false;
    }
    cursor = sae_cursor_text(range);
    return sae_cursor_decimal(&cursor, UINT64_MAX, ret_limit) && sae_cursor_at_end(&cursor);
}

static bool is_beyond(const struct sae_view *view, enum sae_metric metric, bool critical)
{
    uint64_t limit;

    return upper_limit(view, metric, critical, &limit) &&
           (view->values.certainty[metric] == SAE_ABSENT ||
            view->values.value[metric] > (double)limit);
}

/* A metric that is not known any more may be as bad as its limits can say. */
static const char *level_of(const struct sae_view *view, enum sae_metric metric)
{
    return metric == SAE_METRIC_COUNT       ? "warning"
           : is_beyond(view, metric, true)  ? "critical"
           : is_beyond(view, metric, false) ? "warning"
                                            : "info";
}

static bool is_unjudged(const struct sae_view *view, enum sae_metric metric)
{
    const struct sae_metric_row *row = &sae_metrics[metric];
    char range[SAE_THRESHOLD];

    return (row->warn != NULL || row->crit != NULL) &&
           !sae_view_threshold(view, metric, false, range) &&
           !sae_view_threshold(view, metric, true, range);
}

/* ---- numbers ------------------------------------------------------------------------ */

static void put_metrics(cJSON *root, const struct sae_view *view)
{
    cJSON *metrics = cJSON_AddObjectToObject(root, "metrics");
    cJSON *at_least = cJSON_AddArrayToObject(root, "at_least");
    cJSON *why = cJSON_AddObjectToObject(root, "why");
    const struct sae_values *values = &view->values;

    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        const char *name = sae_metrics[m].name;

        if (values->certainty[m] != SAE_ABSENT) {
            put_number(metrics, name, values->value[m]);
        }
        if (values->certainty[m] == SAE_AT_LEAST) {
            cJSON_AddItemToArray(at_least, cJSON_CreateString(name));
        }
        if (values->certainty[m] != SAE_EXACT && values->why[m][0] != '\0') {
            cJSON_AddStringToObject(why, name, values->why[m]);
        }
    }
}

static bool is_too_old(const struct sae_view *view, enum sae_part part)
{
    const struct sae_part_state *state = &view->snap->parts[part];

    return !sae_part_is_off(state) && state->time != 0 &&
           view->now - state->time > sae_view_max_age(view, part);
}

/* Old data is one problem, whatever it takes away. */
static bool is_explained(const struct sae_view *view, enum sae_metric metric)
{
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        if ((sae_metrics[metric].parts & 1U << p) != 0 &&
            is_too_old(view, (enum sae_part)p)) {
            return true;
        }
    }
    return false;
}

/* "mbx_unused: the log spans 3 of 30 days, ..", as much as fits. */
static void add_reason(struct sae_buf *text, const struct sae_view *view,
                       enum sae_metric metric)
{
    const char *why = view->values.why[metric];

    if (text->len + SAE_WHY + 64 < TEXT_MOST) {
        sae_buf_printf(text, "%s%s%s%s", text->len == 0 ? "" : ", ", sae_metrics[metric].name,
                       why[0] == '\0' ? "" : ": ", why);
    }
}

static void put_proof(cJSON *root, const struct sae_view *view)
{
    cJSON *unproven = cJSON_AddArrayToObject(root, "unproven");
    cJSON *unjudged = cJSON_AddArrayToObject(root, "unjudged");
    struct sae_buf text;

    sae_buf_init(&text, TEXT_MOST);
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        enum sae_metric metric = (enum sae_metric)m;

        if (!sae_view_is_proven(view, metric)) {
            cJSON_AddItemToArray(unproven, cJSON_CreateString(sae_metrics[m].name));
            if (!is_explained(view, metric)) {
                add_reason(&text, view, metric);
            }
        } else if (is_unjudged(view, metric)) {
            cJSON_AddItemToArray(unjudged, cJSON_CreateString(sae_metrics[m].name));
        }
    }
    cJSON_AddNumberToObject(root, "unproven_count", cJSON_GetArraySize(unproven));
    cJSON_AddStringToObject(root, "unproven_text", sae_buf_text(&text));
    sae_buf_done(&text);
}

/* How many times the allowed age; exactly 1 is allowed. */
static double ratio_of(const struct sae_view *view, enum sae_metric age)
{
    uint64_t limit;

    return view->values.certainty[age] != SAE_ABSENT &&
                   upper_limit(view, age, false, &limit) && limit > 0
               ? view->values.value[age] / (double)limit
               : 0;
}

static void put_overdue(cJSON *root, const struct sae_view *view)
{
    double signins = ratio_of(view, SAE_M_DATA_AGE);
    double posture = ratio_of(view, SAE_M_POSTURE_AGE);
    cJSON *overdue = cJSON_AddObjectToObject(root, "overdue");
    bool all = signins > 1 && posture > 1;

    put_number(overdue, "all", !all ? 0 : signins > posture ? signins : posture);
    if (!all) {
        put_number(overdue, "signins", signins > 1 ? signins : 0);
        put_number(overdue, "posture", posture > 1 ? posture : 0);
    }
}

static void put_notices(cJSON *root, const struct sae_view *view)
{
    cJSON *notices = cJSON_AddArrayToObject(root, "notices");
    const char *notice;

    for (size_t i = 0; (notice = sae_view_notice(view, i)) != NULL; i++) {
        cJSON_AddItemToArray(notices, cJSON_CreateString(notice));
    }
}

/* ---- lists -------------------------------------------------------------------------- */

static void put_finding(cJSON *list, const struct sae_view *view,
                        const struct sae_finding *f)
{
    enum sae_metric metric = sae_metric_find(f->metric);
    bool of_signins = metric == SAE_METRIC_COUNT ||
                      (sae_metrics[metric].parts & 1U << SAE_PART_SIGNINS) != 0;
    cJSON *item = sae_snapshot_put_finding(list, f);

    cJSON_AddStringToObject(item, "level", level_of(view, metric));
    cJSON_AddStringToObject(item, "part", of_signins ? "signins" : "posture");
}

/* At most so many of each list; the rest is counted. */
struct room {
    size_t findings, senders;
};

/* Findings are listed by urgency, those of class compromise first, accepted ones last. */
static const char *cut_of(const struct sae_snapshot *snap, size_t open, size_t listed)
{
    bool all_open = snap->finding_more == 0 || open < snap->finding_count;
    const char *last = listed == 0 ? "compromise" : snap->findings[listed - 1].kind;

    return all_open && listed == open         ? "none"
           : strcmp(last, "compromise") == 0 ? "all"
                                             : "others";
}

static void put_lists(cJSON *root, const struct sae_view *view, struct room room)
{
    cJSON *findings = cJSON_AddArrayToObject(root, "findings");
    cJSON *senders = cJSON_AddArrayToObject(root, "senders");
    cJSON *more = cJSON_AddObjectToObject(root, "more");
    const struct sae_snapshot *snap = view->snap;
    size_t sender_more = snap->sender_more, open = 0, listed = 0;

    for (size_t i = 0; i < snap->finding_count; i++) {
        if (snap->findings[i].accepted) {
            continue;
        }
        open++;
        if (listed < room.findings) {
            put_finding(findings, view, &snap->findings[i]);
            listed++;
        }
    }
    for (size_t i = 0; i < snap->sender_count; i++) {
        if (i < room.senders) {
            sae_snapshot_put_sender(senders, &snap->senders[i]);
        } else {
            sender_more++;
        }
    }
    cJSON_AddNumberToObject(more, "findings", (double)(snap->finding_more + open - listed));
    cJSON_AddNumberToObject(more, "senders", (double)sender_more);
    cJSON_AddStringToObject(root, "cut", cut_of(snap, open, listed));
}

/* ---- documents ---------------------------------------------------------------------- */

static char *print_and_delete(cJSON *root)
{
    char *text = root == NULL ? NULL : cJSON_PrintUnformatted(root);

    cJSON_Delete(root);
    return text;
}

static char *render(const struct sae_view *view, struct room room)
{
    cJSON *root = cJSON_CreateObject();

    cJSON_AddStringToObject(root, "tenant", view->tenant->name);
    cJSON_AddStringToObject(root, "error", "");
    sae_snapshot_put_time(root, "time", view->snap->time);
    put_metrics(root, view);
    put_proof(root, view);
    put_overdue(root, view);
    put_notices(root, view);
    put_lists(root, view, room);
    return print_and_delete(root);
}

char *sae_zabbix_document(const struct sae_view *view)
{
    struct room room = {.findings = SAE_LIST_FINDINGS, .senders = SAE_LIST_SENDERS};
    char *text = render(view, room);

    /* Senders go first: they can wait, a finding cannot. */
    while (text != NULL && strlen(text) > SAE_ZABBIX_BYTES &&
           (room.senders > 0 || room.findings > 0)) {
        if (room.senders > 0) {
            room.senders /= 2;
        } else {
            room.findings /= 2;
        }
        free(text);
        text = render(view, room);
    }
    return text;
}

char *sae_zabbix_failure(const char *tenant, const char *why)
{
    cJSON *root = cJSON_CreateObject();
    char name[SAE_TEXT_SHOWN + 1], text[sizeof(((struct sae_err *)0)->text)];

    sae_text_fit(text, sizeof(text), why[0] == '\0' ? "failed without a reason" : why);
    sae_text_message(text);
    if (tenant != NULL) {
        cJSON_AddStringToObject(root, "tenant",
                                sae_text_safe(name, sizeof(name), tenant, strlen(tenant)));
    }
    cJSON_AddStringToObject(root, "error", text);
    return print_and_delete(root);
}

char *sae_zabbix_discovery(const struct sae_config *config, const char *path)
{
    cJSON *root = cJSON_CreateObject(), *data;

    cJSON_AddStringToObject(root, "error", "");
    cJSON_AddNumberToObject(root, "count", (double)config->count);
    data = cJSON_AddArrayToObject(root, "data");
    for (size_t i = 0; i < config->count; i++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddItemToArray(data, item);
        cJSON_AddStringToObject(item, "{#TENANT}", config->tenants[i].name);
        cJSON_AddStringToObject(item, "{#CONFIG}", path);
    }
    return print_and_delete(root);
}
