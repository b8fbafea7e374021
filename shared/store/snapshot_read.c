/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "store/snapshot.h"

#define MOST_COUNT 1e15
#define MOST_SECONDS INT64_C(253402300799) /* end of year 9999 */

/* Our own words and safe foreign text alike: printable, harmless, short. */
static enum sae_json_answer take_text(const cJSON *object, const char *name, char *dst,
                                      size_t cap)
{
    const char *text;
    enum sae_json_answer answer = sae_json_string(object, name, &text);

    if (answer == SAE_JSON_OK) {
        sae_text_fit(dst, cap, text);
        sae_text_message(dst);
    }
    return answer;
}

/* What we write always, so what is missing is damage. */
static bool has_text(const cJSON *object, const char *name, char *dst, size_t cap)
{
    return take_text(object, name, dst, cap) == SAE_JSON_OK;
}

static enum sae_status damaged(struct sae_err *err, const char *what)
{
    return sae_fail(err, SAE_E_FORMAT, "snapshot is damaged: %s", what);
}

static bool take_time(const cJSON *object, const char *name, int64_t *ret_time)
{
    int64_t seconds;

    if (sae_json_int(object, name, 0, MOST_SECONDS, &seconds) != SAE_JSON_OK) {
        return false;
    }
    *ret_time = seconds * SAE_SECOND;
    return true;
}

static enum sae_status check_crc(const char *data, size_t len, struct sae_err *err)
{
    static const char member[] = ",\"crc\":\"";
    const size_t tail = sizeof(member) - 1 + 8 + 2; /* ,"crc":"01234567"} */
    char want[9];

    if (len <= tail || memcmp(data + len - tail, member, sizeof(member) - 1) != 0) {
        return damaged(err, "it does not end with its checksum");
    }
    snprintf(want, sizeof(want), "%08x", (unsigned)sae_crc32(data, len - tail));
    if (memcmp(want, data + len - 10, 8) != 0) {
        return damaged(err, "its checksum is wrong");
    }
    return SAE_OK;
}

static enum sae_status read_part(const cJSON *parts, enum sae_part part,
                                 struct sae_part_state *state, struct sae_err *err)
{
    const cJSON *object, *error;
    char what[64];

    snprintf(what, sizeof(what), "part %s", sae_part_name(part));
    if (sae_json_object(parts, sae_part_name(part), &object) != SAE_JSON_OK ||
        !has_text(object, "source", state->source, sizeof(state->source)) ||
        !take_time(object, "time", &state->time) ||
        !take_time(object, "attempt", &state->attempt) ||
        sae_json_bool(object, "ok", &state->ok) != SAE_JSON_OK) {
        return damaged(err, what);
    }
    switch (sae_json_object(object, "error", &error)) {
    case SAE_JSON_MISSING:
        return SAE_OK;
    case SAE_JSON_OK:
        if (has_text(error, "code", state->code, sizeof(state->code)) &&
            has_text(error, "text", state->text, sizeof(state->text))) {
            return SAE_OK;
        }
        return damaged(err, what);
    default:
        return damaged(err, what);
    }
}

static bool is_value(const cJSON *item, enum sae_metric metric)
{
    const double n = item->valuedouble;

    if (!cJSON_IsNumber(item) || !isfinite(n) || n < 0 || n > MOST_COUNT) {
        return false;
    }
    if (metric == SAE_METRIC_COUNT) {
        return true; /* of a newer collector */
    }
    switch (sae_metrics[metric].kind) {
    case SAE_KIND_BOOL:
        return n == 0 || n == 1;
    case SAE_KIND_COUNT:
        return n == (double)(int64_t)n;
    default:
        return true;
    }
}

static enum sae_status read_metrics(const cJSON *root, struct sae_values *values,
                                    struct sae_err *err)
{
    const cJSON *object, *list, *item;

    if (sae_json_object(root, "metrics", &object) != SAE_JSON_OK ||
        sae_json_array(root, "at_least", &list) != SAE_JSON_OK) {
        return damaged(err, "no metrics");
    }
    cJSON_ArrayForEach(item, object)
    {
        enum sae_metric metric = sae_metric_find(item->string);

        if (!is_value(item, metric)) {
            return damaged(err, "a metric is no number of its kind");
        }
        if (metric != SAE_METRIC_COUNT) {
            sae_values_set(values, metric, item->valuedouble);
        }
    }
    cJSON_ArrayForEach(item, list)
    {
        enum sae_metric metric;

        /* Passed over, a lower bound would be taken for exact. */
        if (!cJSON_IsString(item)) {
            return damaged(err, "a lower bound has no name");
        }
        metric = sae_metric_find(item->valuestring);
        if (metric != SAE_METRIC_COUNT && values->certainty[metric] == SAE_EXACT) {
            values->certainty[metric] = SAE_AT_LEAST;
        }
    }
    return SAE_OK;
}

static enum sae_status read_whys(const cJSON *root, struct sae_values *values,
                                 struct sae_err *err)
{
    const cJSON *object, *item;

    if (sae_json_object(root, "why", &object) != SAE_JSON_OK) {
        return damaged(err, "no reasons");
    }
    cJSON_ArrayForEach(item, object)
    {
        enum sae_metric metric = sae_metric_find(item->string);

        if (!cJSON_IsString(item)) {
            return damaged(err, "a reason is no text");
        }
        if (metric != SAE_METRIC_COUNT) {
            sae_values_why(values, metric, item->valuestring);
            sae_text_message(values->why[metric]);
        }
    }
    return SAE_OK;
}

static bool take_count(const cJSON *object, const char *name, uint32_t *ret_count)
{
    int64_t value;

    if (sae_json_int(object, name, 0, UINT32_MAX, &value) != SAE_JSON_OK) {
        return false;
    }
    *ret_count = (uint32_t)value;
    return true;
}

static bool read_finding(const cJSON *item, struct sae_finding *finding)
{
    enum sae_json_answer accepted = sae_json_bool(item, "accepted", &finding->accepted);

    return (accepted == SAE_JSON_OK || accepted == SAE_JSON_MISSING) &&
           has_text(item, "id", finding->id, sizeof(finding->id)) &&
           has_text(item, "metric", finding->metric, sizeof(finding->metric)) &&
           has_text(item, "class", finding->kind, sizeof(finding->kind)) &&
           has_text(item, "who", finding->who, sizeof(finding->who)) &&
           has_text(item, "from", finding->from, sizeof(finding->from)) &&
           has_text(item, "country", finding->country, sizeof(finding->country)) &&
           take_count(item, "count", &finding->count) &&
           take_time(item, "since", &finding->since) &&
           take_time(item, "until", &finding->until) &&
           has_text(item, "text", finding->text, sizeof(finding->text)) &&
           has_text(item, "runbook", finding->runbook, sizeof(finding->runbook));
}

static bool read_exposed(const cJSON *item, struct sae_exposed_line *line)
{
    return has_text(item, "mailbox", line->mailbox, sizeof(line->mailbox)) &&
           has_text(item, "why", line->why, sizeof(line->why)) &&
           has_text(item, "used", line->used, sizeof(line->used));
}

static bool read_sender(const cJSON *item, struct sae_sender_line *line)
{
    int64_t gap;

    if (sae_json_int(item, "gap", -1, 100000, &gap) != SAE_JSON_OK) {
        return false;
    }
    line->gap = (int32_t)gap;
    return has_text(item, "id", line->id, sizeof(line->id)) &&
           has_text(item, "user", line->user, sizeof(line->user)) &&
           has_text(item, "mailbox", line->mailbox, sizeof(line->mailbox)) &&
           take_time(item, "first", &line->first) &&
           take_time(item, "last", &line->last) &&
           take_count(item, "count", &line->count) &&
           take_count(item, "days", &line->days) &&
           has_text(item, "decision", line->decision, sizeof(line->decision)) &&
           has_text(item, "countries", line->countries, sizeof(line->countries)) &&
           sae_json_bool(item, "listed", &line->listed) == SAE_JSON_OK &&
           sae_json_bool(item, "silent", &line->silent) == SAE_JSON_OK &&
           sae_json_bool(item, "new", &line->is_new) == SAE_JSON_OK;
}

static bool read_attacker(const cJSON *item, struct sae_attacker_line *line)
{
    return has_text(item, "from", line->from, sizeof(line->from)) &&
           has_text(item, "country", line->country, sizeof(line->country)) &&
           take_count(item, "failed", &line->failed) &&
           take_count(item, "users", &line->users);
}

#define READ_LIST(array, most, reader, lines, count)                                     \
    do {                                                                                 \
        const cJSON *item_;                                                              \
                                                                                         \
        cJSON_ArrayForEach(item_, array)                                                 \
        {                                                                                \
            if ((count) == (most) || !cJSON_IsObject(item_) ||                           \
                !reader(item_, &(lines)[count])) {                                       \
                return damaged(err, "a list");                                           \
            }                                                                            \
            (count)++;                                                                   \
        }                                                                                \
    } while (0)

static bool take_more(const cJSON *object, const char *name, size_t *ret_more)
{
    uint32_t more;

    if (!take_count(object, name, &more)) {
        return false;
    }
    *ret_more = more;
    return true;
}

static enum sae_status read_lists(const cJSON *root, struct sae_snapshot *snap,
                                  struct sae_err *err)
{
    const cJSON *lists, *findings, *exposed, *senders, *attackers, *more;

    if (sae_json_array(root, "findings", &findings) != SAE_JSON_OK ||
        sae_json_object(root, "lists", &lists) != SAE_JSON_OK ||
        sae_json_array(lists, "exposed", &exposed) != SAE_JSON_OK ||
        sae_json_array(lists, "senders", &senders) != SAE_JSON_OK ||
        sae_json_array(lists, "attackers", &attackers) != SAE_JSON_OK ||
        sae_json_object(lists, "more", &more) != SAE_JSON_OK) {
        return damaged(err, "a list is missing");
    }
    READ_LIST(findings, SAE_LIST_FINDINGS, read_finding, snap->findings,
              snap->finding_count);
    READ_LIST(exposed, SAE_LIST_EXPOSED, read_exposed, snap->exposed,
              snap->exposed_count);
    READ_LIST(senders, SAE_LIST_SENDERS, read_sender, snap->senders, snap->sender_count);
    READ_LIST(attackers, SAE_LIST_ATTACKERS, read_attacker, snap->attackers,
              snap->attacker_count);
    if (!take_more(root, "more_findings", &snap->finding_more) ||
        !take_more(more, "exposed", &snap->exposed_more) ||
        !take_more(more, "senders", &snap->sender_more) ||
        !take_more(more, "attackers", &snap->attacker_more)) {
        return damaged(err, "the length of a list");
    }
    return SAE_OK;
}

static bool is_exact(const struct sae_values *v, enum sae_metric m)
{
    return v->certainty[m] == SAE_EXACT;
}

/* What must hold in any honest snapshot, so that a wrong one is not judged. */
static enum sae_status check_invariants(const struct sae_snapshot *snap,
                                        struct sae_err *err)
{
    const struct sae_values *v = &snap->values;
    const double *n = v->value;

    if (is_exact(v, SAE_M_MBX_ALL)) {
        if (!is_exact(v, SAE_M_MBX_ENABLED) || !is_exact(v, SAE_M_MBX_DISABLED) ||
            !is_exact(v, SAE_M_MBX_INHERIT) || !is_exact(v, SAE_M_MBX_UNKNOWN) ||
            n[SAE_M_MBX_ENABLED] + n[SAE_M_MBX_DISABLED] + n[SAE_M_MBX_INHERIT] +
                    n[SAE_M_MBX_UNKNOWN] !=
                n[SAE_M_MBX_ALL]) {
            return damaged(err, "the mailboxes do not add up");
        }
        if (is_exact(v, SAE_M_MBX_EXPOSED) &&
            (n[SAE_M_MBX_EXPOSED] < n[SAE_M_MBX_ENABLED] + n[SAE_M_MBX_UNKNOWN] ||
             n[SAE_M_MBX_EXPOSED] > n[SAE_M_MBX_ALL])) {
            return damaged(err, "the exposed mailboxes do not add up");
        }
    }
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        if (snap->parts[p].time > snap->time + SAE_MINUTE ||
            snap->parts[p].attempt > snap->time + SAE_MINUTE) {
            return damaged(err, "a part is younger than the snapshot");
        }
        if (!snap->parts[p].ok && is_exact(v, SAE_M_COLLECT_OK) && n[SAE_M_COLLECT_OK] != 0) {
            return damaged(err, "a part failed, but the collection is said to be complete");
        }
    }
    return SAE_OK;
}

static enum sae_status read_root(const cJSON *root, const char *tenant, int64_t now,
                                 struct sae_snapshot *snap, struct sae_err *err)
{
    enum sae_status status = SAE_OK;
    const cJSON *parts;
    const char *name;
    int64_t version;

    if (sae_json_int(root, "version", 0, 1000000, &version) != SAE_JSON_OK) {
        return damaged(err, "no version");
    }
    if (version != 1) {
        return sae_fail(
            err, SAE_E_FORMAT,
            "snapshot has version %d, this program reads version 1: install the "
            "same version of the collector and the checks",
            (int)version);
    }
    if (sae_json_string(root, "tenant", &name) != SAE_JSON_OK ||
        strcmp(name, tenant) != 0) {
        return damaged(err, "it belongs to another tenant");
    }
    snprintf(snap->tenant, sizeof(snap->tenant), "%s", tenant);
    if (!take_time(root, "time", &snap->time) || snap->time == 0) {
        return damaged(err, "no time");
    }
    if (snap->time > now + SAE_MINUTE) {
        return sae_fail(err, SAE_E_STALE,
                        "snapshot is from the future: check the clocks of this machine");
    }
    if (!has_text(root, "note", snap->note, sizeof(snap->note))) {
        return damaged(err, "no note");
    }
    if (sae_json_object(root, "parts", &parts) != SAE_JSON_OK) {
        return damaged(err, "no parts");
    }
    for (int p = 0; p < SAE_PART_COUNT && status == SAE_OK; p++) {
        status = read_part(parts, (enum sae_part)p, &snap->parts[p], err);
    }
    if (status == SAE_OK) {
        status = read_metrics(root, &snap->values, err);
    }
    if (status == SAE_OK) {
        status = read_whys(root, &snap->values, err);
    }
    if (status == SAE_OK) {
        status = read_lists(root, snap, err);
    }
    return status == SAE_OK ? check_invariants(snap, err) : status;
}

enum sae_status sae_snapshot_parse(const char *data, size_t len, const char *tenant,
                                   int64_t now, struct sae_snapshot *ret_snapshot,
                                   struct sae_err *err)
{
    struct sae_snapshot *snap;
    enum sae_status status;
    cJSON *root = NULL;

    status = check_crc(data, len, err);
    if (status != SAE_OK) {
        return status;
    }
    status = sae_json_parse(data, len, SAE_SNAPSHOT_BYTES, &root, err);
    if (status != SAE_OK) {
        return sae_fail_in(err, status, "snapshot is damaged");
    }
    snap = calloc(1, sizeof(*snap));
    if (snap == NULL) {
        status = sae_fail(err, SAE_E_NOMEM, "out of memory");
    } else {
        status = read_root(root, tenant, now, snap, err);
        if (status == SAE_OK) {
            *ret_snapshot = *snap;
        }
    }
    free(snap);
    cJSON_Delete(root);
    return status;
}

/* Who may read the snapshot, for the one who may not; other refusals say why themselves.
 */
static enum sae_status denied(const char *path, struct sae_err *err)
{
    const struct group *group = NULL;
    struct stat st;
    char *folder;

    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0 || errno != EACCES) {
        return SAE_E_DENIED;
    }
    folder = strdup(path);
    if (folder != NULL && strrchr(folder, '/') != NULL) {
        *strrchr(folder, '/') = '\0';
        if (stat(folder, &st) == 0) {
            group = getgrgid(st.st_gid);
        }
    }
    free(folder);
    return sae_fail(
        err, SAE_E_DENIED,
        "may not read %s: make the user that runs this check a member of group "
        "%s",
        path, group == NULL ? "smtp-auth" : group->gr_name);
}

enum sae_status sae_snapshot_read(const char *path, const char *tenant, int64_t now,
                                  struct sae_snapshot *ret_snapshot, struct sae_err *err)
{
    struct sae_buf buf;
    enum sae_status status;

    sae_buf_init(&buf, SAE_SNAPSHOT_BYTES);
    status = sae_file_load(path, &buf, NULL, err);
    if (status == SAE_OK) {
        status = sae_snapshot_parse(buf.data, buf.len, tenant, now, ret_snapshot, err);
    } else if (status == SAE_E_MISSING) {
        sae_fail(err, status, "no snapshot yet: run smtp_auth_collect --tenant %s",
                 tenant);
    } else if (status == SAE_E_DENIED) {
        status = denied(path, err);
    } else if (status == SAE_E_LIMIT) {
        status = damaged(err, "it is larger than any snapshot");
    }
    sae_buf_done(&buf);
    return status;
}
