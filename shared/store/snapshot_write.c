/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/owner.h"
#include "store/snapshot_lines.h"

static void put_part(cJSON *parts, enum sae_part part, const struct sae_part_state *state)
{
    cJSON *object = cJSON_AddObjectToObject(parts, sae_part_name(part));

    cJSON_AddStringToObject(object, "source", state->source);
    sae_snapshot_put_time(object, "time", state->time);
    sae_snapshot_put_time(object, "attempt", state->attempt);
    cJSON_AddBoolToObject(object, "ok", state->ok);
    if (!state->ok && state->code[0] != '\0') {
        cJSON *error = cJSON_AddObjectToObject(object, "error");

        cJSON_AddStringToObject(error, "code", state->code);
        cJSON_AddStringToObject(error, "text", state->text);
    }
}

static void put_metrics(cJSON *root, const struct sae_values *values)
{
    cJSON *metrics = cJSON_AddObjectToObject(root, "metrics");
    cJSON *at_least = cJSON_AddArrayToObject(root, "at_least");
    cJSON *why = cJSON_AddObjectToObject(root, "why");

    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        const char *name = sae_metrics[m].name;

        if (values->certainty[m] != SAE_ABSENT) {
            cJSON_AddNumberToObject(metrics, name, values->value[m]);
        }
        if (values->certainty[m] == SAE_AT_LEAST) {
            cJSON_AddItemToArray(at_least, cJSON_CreateString(name));
        }
        if (values->certainty[m] != SAE_EXACT && values->why[m][0] != '\0') {
            cJSON_AddStringToObject(why, name, values->why[m]);
        }
    }
}

static void put_exposed(cJSON *list, const struct sae_exposed_line *line)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(list, item);
    cJSON_AddStringToObject(item, "mailbox", line->mailbox);
    cJSON_AddStringToObject(item, "why", line->why);
    cJSON_AddStringToObject(item, "used", line->used);
}

static void put_attacker(cJSON *list, const struct sae_attacker_line *line)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(list, item);
    cJSON_AddStringToObject(item, "from", line->from);
    cJSON_AddStringToObject(item, "country", line->country);
    cJSON_AddNumberToObject(item, "failed", line->failed);
    cJSON_AddNumberToObject(item, "users", line->users);
}

static void put_lists(cJSON *root, const struct sae_snapshot *snap)
{
    cJSON *findings = cJSON_AddArrayToObject(root, "findings");
    cJSON *lists, *exposed, *senders, *attackers, *more;

    for (size_t i = 0; i < snap->finding_count; i++) {
        cJSON *item = sae_snapshot_put_finding(findings, &snap->findings[i]);

        if (snap->findings[i].accepted) {
            cJSON_AddTrueToObject(item, "accepted");
        }
    }
    cJSON_AddNumberToObject(root, "more_findings", (double)snap->finding_more);
    lists = cJSON_AddObjectToObject(root, "lists");
    exposed = cJSON_AddArrayToObject(lists, "exposed");
    for (size_t i = 0; i < snap->exposed_count; i++) {
        put_exposed(exposed, &snap->exposed[i]);
    }
    senders = cJSON_AddArrayToObject(lists, "senders");
    for (size_t i = 0; i < snap->sender_count; i++) {
        sae_snapshot_put_sender(senders, &snap->senders[i]);
    }
    attackers = cJSON_AddArrayToObject(lists, "attackers");
    for (size_t i = 0; i < snap->attacker_count; i++) {
        put_attacker(attackers, &snap->attackers[i]);
    }
    more = cJSON_AddObjectToObject(lists, "more");
    cJSON_AddNumberToObject(more, "exposed", (double)snap->exposed_more);
    cJSON_AddNumberToObject(more, "senders", (double)snap->sender_more);
    cJSON_AddNumberToObject(more, "attackers", (double)snap->attacker_more);
}

/* The text with its checksum. Allocation failures inside cJSON leave members out, which the
 * reader would notice; the length check here notices first. */
static char *render(const struct sae_snapshot *snap)
{
    cJSON *root = cJSON_CreateObject();
    char *body, *text = NULL;
    cJSON *parts;

    cJSON_AddNumberToObject(root, "version", 1);
    cJSON_AddStringToObject(root, "tenant", snap->tenant);
    sae_snapshot_put_time(root, "time", snap->time);
    parts = cJSON_AddObjectToObject(root, "parts");
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        put_part(parts, (enum sae_part)p, &snap->parts[p]);
    }
    cJSON_AddStringToObject(root, "note", snap->note);
    put_metrics(root, &snap->values);
    put_lists(root, snap);
    body = root == NULL ? NULL : cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    if (body != NULL) {
        size_t len = strlen(body) - 1; /* without the closing brace */

        if (asprintf(&text, "%.*s,\"crc\":\"%08x\"}", (int)len, body,
                     (unsigned)sae_crc32(body, len)) < 0) {
            text = NULL;
        }
        free(body);
    }
    return text;
}

/* Drops the least urgent samples until the text fits. */
static enum sae_status render_to_fit(const struct sae_snapshot *snapshot, char **ret_text,
                                     struct sae_err *err)
{
    struct sae_snapshot *snap = malloc(sizeof(*snap));
    enum sae_status status = SAE_OK;
    char *text = NULL;

    if (snap != NULL) {
        *snap = *snapshot;
    }
    while (snap != NULL) {
        text = render(snap);
        if (text == NULL || strlen(text) <= SAE_SNAPSHOT_BYTES || snap->sender_count == 0) {
            break;
        }
        free(text);
        text = NULL;
        snap->sender_more += snap->sender_count - snap->sender_count / 2;
        snap->sender_count /= 2;
    }
    free(snap);
    if (text == NULL) {
        status = sae_fail(err, SAE_E_NOMEM, "out of memory");
    } else if (strlen(text) > SAE_SNAPSHOT_BYTES) {
        free(text);
        status = sae_fail(err, SAE_E_LIMIT, "snapshot larger than %d bytes",
                          SAE_SNAPSHOT_BYTES);
    } else {
        *ret_text = text;
    }
    return status;
}

static enum sae_status write_out(int fd, const char *path, const char *text,
                                 struct sae_err *err)
{
    size_t len = strlen(text), done = 0;

    while (done < len) {
        ssize_t n = write(fd, text + done, len - done);

        if (n < 0) {
            return sae_file_fail(path, "cannot write", err);
        }
        done += (size_t)n;
    }
    return fsync(fd) == 0 ? SAE_OK : sae_file_fail(path, "cannot save", err);
}

enum sae_status sae_snapshot_write(const char *path, const struct sae_snapshot *snapshot,
                                   struct sae_err *err)
{
    char *text = NULL, *temp = NULL;
    enum sae_status status = render_to_fit(snapshot, &text, err);
    struct sae_owner owner;
    int fd = -1;

    if (status != SAE_OK) {
        return status;
    }
    if (asprintf(&temp, "%s.new", path) < 0) {
        free(text);
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    status = sae_owner_of(path, &owner, err);
    if (status == SAE_OK) {
        /* The name is fixed and ours under the tenant's lock; a left-over is replaced. */
        unlink(temp);
        fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        status = fd < 0 ? sae_file_fail(temp, "cannot create", err)
                        : sae_owner_apply(fd, temp, &owner, true, err);
    }
    if (status == SAE_OK) {
        status = write_out(fd, temp, text, err);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (status == SAE_OK && rename(temp, path) != 0) {
        status = sae_file_fail(path, "cannot replace", err);
    }
    if (status == SAE_OK) {
        status = sae_owner_sync(&owner, err);
    } else if (fd >= 0) {
        unlink(temp);
    }
    sae_owner_done(&owner);
    free(temp);
    free(text);
    return status;
}
