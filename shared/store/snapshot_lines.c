/* SPDX-License-Identifier: MIT */
#include "store/snapshot_lines.h"

#include "base/clock.h"

void sae_snapshot_put_time(cJSON *object, const char *name, int64_t time)
{
    cJSON_AddNumberToObject(object, name, (double)(time / SAE_SECOND));
}

cJSON *sae_snapshot_put_finding(cJSON *list, const struct sae_finding *f)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(list, item);
    cJSON_AddStringToObject(item, "id", f->id);
    cJSON_AddStringToObject(item, "metric", f->metric);
    cJSON_AddStringToObject(item, "class", f->kind);
    cJSON_AddStringToObject(item, "who", f->who);
    cJSON_AddStringToObject(item, "from", f->from);
    cJSON_AddStringToObject(item, "country", f->country);
    cJSON_AddNumberToObject(item, "count", f->count);
    sae_snapshot_put_time(item, "since", f->since);
    sae_snapshot_put_time(item, "until", f->until);
    cJSON_AddStringToObject(item, "text", f->text);
    cJSON_AddStringToObject(item, "runbook", f->runbook);
    return item;
}

void sae_snapshot_put_sender(cJSON *list, const struct sae_sender_line *line)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(list, item);
    cJSON_AddStringToObject(item, "id", line->id);
    cJSON_AddStringToObject(item, "user", line->user);
    cJSON_AddStringToObject(item, "mailbox", line->mailbox);
    sae_snapshot_put_time(item, "first", line->first);
    sae_snapshot_put_time(item, "last", line->last);
    cJSON_AddNumberToObject(item, "count", line->count);
    cJSON_AddNumberToObject(item, "days", line->days);
    cJSON_AddNumberToObject(item, "gap", line->gap);
    cJSON_AddBoolToObject(item, "listed", line->listed);
    cJSON_AddStringToObject(item, "decision", line->decision);
    cJSON_AddBoolToObject(item, "new", line->is_new);
    cJSON_AddBoolToObject(item, "silent", line->silent);
    cJSON_AddStringToObject(item, "countries", line->countries);
}
