/* SPDX-License-Identifier: MIT */
/* The published snapshot: one small JSON file per tenant, the only thing that checks,
 * Zabbix, collectd and dashboards read. Version 1.
 *
 * {"version":1,"tenant":..,"time":..,
 *  "parts":{"tenant":{"source","time","attempt","ok","error":{"code","text"}},..},
 *  "note":text,
 *  "metrics":{NAME:number,..},"at_least":[NAME,..],"why":{NAME:text,..},
 *  "findings":[..],"more_findings":N,
 *  "lists":{"exposed":[..],"senders":[..],"attackers":[..],"more":{NAME:N}},
 *  "crc":"8 hex"}
 *
 * Times are whole seconds since 1970, 0 for never. "crc" is the last member, the CRC-32 of
 * all bytes before its comma, and nothing follows the closing brace, so that every cut shows.
 * The writer replaces the file atomically; the reader treats it
 * as hostile: regular file, size, gate (base/scan), types, checksum, invariants, not from
 * the future. */
#ifndef SAE_SNAPSHOT_H
#define SAE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "facts.h"
#include "measure/metrics.h"

enum {
    SAE_SNAPSHOT_BYTES = 60000,
    SAE_LIST_EXPOSED = 25,
    SAE_LIST_SENDERS = 100,
    SAE_LIST_ATTACKERS = 25,
    SAE_LIST_FINDINGS = 25,
    SAE_FINDING_TEXT = 240,
    SAE_FINDING_ID = 48
};

/* Something that happened or drifted, with a name of its own, until someone accepts it. */
struct sae_finding {
    char id[SAE_FINDING_ID]; /* METRIC-12 hex digits */
    char metric[32];
    char kind[16]; /* class: compromise, attack, drift, change, device */
    char who[SAE_SHOWN + 1];
    char from[SAE_SHOWN + 1];
    char country[3];
    uint32_t count;
    int64_t since, until;
    char text[SAE_FINDING_TEXT]; /* what it means and what to do */
    char runbook[SAE_SHOWN];     /* section of the runbook */
    bool accepted;               /* out of all metrics, shown in detail only */
};

struct sae_exposed_line {
    char mailbox[SAE_SHOWN + 1];
    char why[16];  /* enabled, inherit, unknown */
    char used[16]; /* yes, no, unknown */
};

struct sae_sender_line {
    char id[16]; /* 12 hex digits, a key that no attacker chose */
    char user[SAE_SHOWN + 1];
    char mailbox[SAE_SHOWN + 1]; /* "" if none was found */
    int64_t first, last;
    uint32_t count; /* successes in the look-back */
    uint32_t days;  /* days with a success, ever held */
    int32_t gap;    /* usual gap in days, -1 not known yet */
    bool listed, silent, is_new;
    char decision[16];
    char countries[SAE_SHOWN + 1];
};

struct sae_attacker_line {
    char from[SAE_SHOWN + 1];
    char country[3];
    uint32_t failed, users; /* in the last 24 h */
};

struct sae_snapshot {
    char tenant[SAE_TENANT_NAME + 1];
    int64_t time; /* T of the run */
    struct sae_part_state parts[SAE_PART_COUNT];
    struct sae_values values;
    char note[200]; /* a list of the administrator that was not understood, else "" */
    struct sae_finding findings[SAE_LIST_FINDINGS];
    size_t finding_count, finding_more;
    struct sae_exposed_line exposed[SAE_LIST_EXPOSED];
    size_t exposed_count, exposed_more;
    struct sae_sender_line senders[SAE_LIST_SENDERS];
    size_t sender_count, sender_more;
    struct sae_attacker_line attackers[SAE_LIST_ATTACKERS];
    size_t attacker_count, attacker_more;
};

/* Reads and checks the snapshot of `tenant`. `now` bounds its time (60 s ahead at most).
 * Errors say what is wrong and, where a person can mend it, how. */
enum sae_status sae_snapshot_read(const char *path, const char *tenant, int64_t now,
                                  struct sae_snapshot *ret_snapshot,
                                  struct sae_err *err) SAE_MUST_CHECK;

/* Checks bytes that are said to be a snapshot; sae_snapshot_read() without the file. */
enum sae_status sae_snapshot_parse(const char *data, size_t len, const char *tenant,
                                   int64_t now, struct sae_snapshot *ret_snapshot,
                                   struct sae_err *err) SAE_MUST_CHECK;

/* Publishes: temporary file beside `path`, fsync, rename, fsync of the folder. The file gets
 * the mode 0600 | folder & 0044 and the folder's group, and its owner if we are root. */
enum sae_status sae_snapshot_write(const char *path, const struct sae_snapshot *snapshot,
                                   struct sae_err *err) SAE_MUST_CHECK;

#endif
