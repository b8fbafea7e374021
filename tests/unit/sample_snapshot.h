/* SPDX-License-Identifier: MIT */
/* A snapshot with something in every member, its text, and texts with a right checksum.
 */
#ifndef SAE_SAMPLE_SNAPSHOT_H
#define SAE_SAMPLE_SNAPSHOT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "scratch.h"
#include "store/snapshot.h"

#define NOW (INT64_C(1795334047) * SAE_SECOND) /* 2026-11-22 */

static inline void sample_parts(struct sae_snapshot *snap)
{
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        struct sae_part_state *part = &snap->parts[p];

        snprintf(part->source, sizeof(part->source), "%s", p == 3 ? "off" : "file");
        part->time = NOW - (p + 2) * SAE_MINUTE;
        part->attempt = NOW - (p + 1) * SAE_MINUTE;
        part->ok = p != SAE_PART_SIGNINS;
    }
    snprintf(snap->parts[SAE_PART_SIGNINS].code, 16, "%s", "incomplete");
    snprintf(snap->parts[SAE_PART_SIGNINS].text, 200, "%s", "signins.json: half a row");
}

static inline void sample_values(struct sae_values *values)
{
    static const struct {
        enum sae_metric metric;
        double value;
    } exact[] = {{SAE_M_TENANT_ENABLED, 1}, {SAE_M_MBX_ALL, 5},
                 {SAE_M_MBX_ENABLED, 1},    {SAE_M_MBX_DISABLED, 1},
                 {SAE_M_MBX_INHERIT, 3},    {SAE_M_MBX_UNKNOWN, 0},
                 {SAE_M_MBX_EXPOSED, 4},    {SAE_M_LOG_COVERED, 30.5}};

    for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++) {
        sae_values_set(values, exact[i].metric, exact[i].value);
    }
    sae_values_set_proven(values, SAE_M_FAIL_PER_HOUR, 12.25, false);
    sae_values_why(values, SAE_M_FAIL_PER_HOUR, "the log ends early");
    sae_values_set_proven(values, SAE_M_FAIL_EVENTS, 12, false);
    sae_values_why(values, SAE_M_MBX_UNUSED, "the log spans 3 of 30 days");
}

static inline void sample_finding(struct sae_snapshot *snap, const char *who,
                                  bool accepted)
{
    struct sae_finding *finding = &snap->findings[snap->finding_count++];

    snprintf(finding->id, sizeof(finding->id), "mbx_new-%012zx", snap->finding_count);
    snprintf(finding->metric, sizeof(finding->metric), "mbx_new");
    snprintf(finding->kind, sizeof(finding->kind), "compromise");
    snprintf(finding->who, sizeof(finding->who), "%s", who);
    snprintf(finding->from, sizeof(finding->from), "192.0.2.7");
    snprintf(finding->country, sizeof(finding->country), "FI");
    finding->count = 3;
    finding->since = NOW - SAE_HOUR;
    finding->until = NOW - SAE_MINUTE;
    snprintf(finding->text, sizeof(finding->text), "enabled by name: ask who did it");
    snprintf(finding->runbook, sizeof(finding->runbook), "newly-exposed");
    finding->accepted = accepted;
}

static inline void sample_lists(struct sae_snapshot *snap)
{
    struct sae_sender_line *sender = &snap->senders[0];
    struct sae_attacker_line *attacker = &snap->attackers[0];

    sample_finding(snap, "printer@example.com", false);
    sample_finding(snap, "scanner@example.com", true);
    snap->finding_more = 7;
    for (int i = 0; i < 2; i++) {
        struct sae_exposed_line *line = &snap->exposed[snap->exposed_count++];

        snprintf(line->mailbox, sizeof(line->mailbox), "box%d@example.com", i);
        snprintf(line->why, sizeof(line->why), "%s", i == 0 ? "enabled" : "inherit");
        snprintf(line->used, sizeof(line->used), "%s", i == 0 ? "yes" : "unknown");
    }
    snap->exposed_more = 2;
    *sender = (struct sae_sender_line){.first = NOW - 40 * SAE_DAY,
                                       .last = NOW - SAE_DAY,
                                       .count = 90,
                                       .days = 31,
                                       .gap = 3,
                                       .listed = true,
                                       .is_new = true};
    snprintf(sender->id, sizeof(sender->id), "0123456789ab");
    snprintf(sender->user, sizeof(sender->user), "printer@example.com");
    snprintf(sender->mailbox, sizeof(sender->mailbox), "printer@example.com");
    snprintf(sender->decision, sizeof(sender->decision), "relay");
    snprintf(sender->countries, sizeof(sender->countries), "FI SE");
    snap->sender_count = 1;
    snap->sender_more = 9;
    *attacker = (struct sae_attacker_line){.country = "NL", .failed = 400, .users = 17};
    snprintf(attacker->from, sizeof(attacker->from), "203.0.113.0/24");
    snap->attacker_count = 1;
    snap->attacker_more = 1;
}

static inline struct sae_snapshot *sample_snapshot(void)
{
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));

    ck_assert_ptr_nonnull(snap);
    snprintf(snap->tenant, sizeof(snap->tenant), "contoso");
    snprintf(snap->note, sizeof(snap->note), "allow.csv line 3: no mailbox");
    snap->time = NOW;
    sample_parts(snap);
    sample_values(&snap->values);
    sample_lists(snap);
    return snap;
}

/* The published bytes of `snap`; the caller frees them. */
static inline char *published(const struct sae_snapshot *snap, size_t *ret_len)
{
    struct sae_err err = {0};
    char *path = scratch_path("contoso.json");

    ck_assert_msg(sae_snapshot_write(path, snap, &err) == SAE_OK, "%s", err.text);
    return scratch_read(path, ret_len);
}

/* `body`, an object without checksum, with the right one. The caller frees it. */
static inline char *sealed(const char *body)
{
    size_t len = strlen(body) - 1;
    char *text = NULL;

    ck_assert_int_gt(asprintf(&text, "%.*s,\"crc\":\"%08x\"}", (int)len, body,
                              (unsigned)sae_crc32(body, len)),
                     0);
    return text;
}

static inline enum sae_status parse(const char *data, size_t len,
                                    struct sae_snapshot *ret_snap, struct sae_err *err)
{
    /* A copy of exactly that size, so that a read beyond it shows. */
    char *copy = malloc(len + (len == 0));
    enum sae_status status;

    ck_assert_ptr_nonnull(copy);
    if (len > 0) {
        memcpy(copy, data, len);
    }
    status = sae_snapshot_parse(copy, len, "contoso", NOW, ret_snap, err);
    free(copy);
    return status;
}

#endif
