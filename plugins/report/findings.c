/* SPDX-License-Identifier: MIT */
/* findings: what the snapshot holds of them, each with the line that accepts it. Needs
 * the snapshot only, so that whoever is on call can read it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "report/report.h"

enum { ACCEPT_DAYS = 14, LINE_TEXT = 160 };

/* finding,until,by,note: who accepts it, and why, only people know. */
static const char *accept_line(const struct sae_finding *finding, int64_t now,
                               char line[LINE_TEXT])
{
    char id[SAE_TEXT_SHOWN + 1], date[SAE_TIME_TEXT];

    snprintf(line, LINE_TEXT, "%s,%s,,",
             sae_text_safe(id, sizeof(id), finding->id, strlen(finding->id)),
             sae_date_format(date, sizeof(date), sae_time_day(now) + ACCEPT_DAYS));
    return line;
}

static const char *say_time(char text[SAE_TIME_TEXT], int64_t time)
{
    return time == 0 ? NULL : sae_time_format(text, SAE_TIME_TEXT, time);
}

static bool is_from(const struct sae_query *query, const struct sae_finding *finding)
{
    struct sae_net from;

    return !query->has_source ||
           (sae_net_read(finding->from, strlen(finding->from), &from) &&
            sae_net_has(&query->source, &from.address));
}

/* A finding that does not say when it was is as new as any. */
static bool is_wanted(const struct sae_query *query, const struct sae_finding *finding)
{
    const char *const names[] = {finding->who};
    int64_t newest = finding->until > finding->since ? finding->until : finding->since;
    bool state = query->state == NULL || strcmp(query->state, finding->kind) == 0 ||
                 strcmp(query->state, finding->accepted ? "accepted" : "open") == 0;

    return state && (newest == 0 || newest >= query->since) && is_from(query, finding) &&
           sae_query_wants(query, names, 1);
}

/* ---- as a table ---------------------------------------------------------------------
 */

static void put_finding(const struct sae_query *query, const struct sae_finding *finding)
{
    struct sae_table *table = query->table;
    char time[SAE_TIME_TEXT], line[LINE_TEXT];

    sae_table_cell(table, finding->id);
    sae_table_cell(table, finding->kind);
    sae_table_cell(table, finding->accepted ? "accepted" : "open");
    sae_table_cell(table, finding->who);
    sae_table_cell(table, finding->from[0] == '\0' ? NULL : finding->from);
    sae_table_cell(table, finding->country[0] == '\0' ? NULL : finding->country);
    sae_table_number(table, finding->count);
    sae_table_cell(table, say_time(time, finding->since));
    sae_table_cell(table, say_time(time, finding->until));
    sae_table_cell(table, finding->text);
    sae_table_cell(table, accept_line(finding, query->now, line));
}

/* A row that is no finding, so that whoever reads the table by program misses nothing. */
static void put_more(const struct sae_query *query, size_t more)
{
    struct sae_finding row = {.count = (uint32_t)more};

    for (int i = 0; i < 6; i++) {
        sae_table_cell(query->table, i == 1 ? "more" : NULL);
    }
    sae_table_number(query->table, row.count);
    sae_table_cell(query->table, NULL);
    sae_table_cell(query->table, NULL);
    sae_table_cell(
        query->table,
        "further findings that the snapshot has no room for: deal with these first");
    sae_table_cell(query->table, NULL);
}

/* ---- as text ------------------------------------------------------------------------
 */

/* One line of our own with text of others in it. */
static void print_line(FILE *out, char *line)
{
    sae_text_message(line);
    fprintf(out, "%s\n", line);
}

static void print_who(FILE *out, const struct sae_finding *finding)
{
    char line[512];
    size_t len = (size_t)snprintf(line, sizeof(line), "%s %s: %s", finding->id,
                                  finding->kind, finding->who);

    if (finding->from[0] != '\0') {
        len +=
            (size_t)snprintf(line + len, sizeof(line) - len, " from %s", finding->from);
    }
    if (finding->country[0] != '\0') {
        len +=
            (size_t)snprintf(line + len, sizeof(line) - len, " (%s)", finding->country);
    }
    snprintf(line + len, sizeof(line) - len, ", %" PRIu32 "%s", finding->count,
             finding->accepted ? ", ACCEPTED" : "");
    print_line(out, line);
}

static void print_times(FILE *out, const struct sae_finding *finding)
{
    char since[SAE_TIME_TEXT], until[SAE_TIME_TEXT];

    if (finding->since != 0 || finding->until != 0) {
        fprintf(out, "  since   %s, until %s\n",
                finding->since == 0 ? "-" : say_time(since, finding->since),
                finding->until == 0 ? "-" : say_time(until, finding->until));
    }
}

static void print_finding(const struct sae_query *query,
                          const struct sae_finding *finding)
{
    FILE *out = query->table->out;
    char line[512];

    print_who(out, finding);
    print_times(out, finding);
    snprintf(line, sizeof(line), "  meaning %s", finding->text);
    print_line(out, line);
    if (!finding->accepted) {
        char accept[LINE_TEXT];

        fprintf(out, "  accept  %s\n", accept_line(finding, query->now, accept));
    }
    fputs("\n", out);
}

/* No finding proves nothing where nothing could be read. */
static void print_faults(FILE *out, const struct sae_snapshot *snap)
{
    char line[512];

    for (int p = 0; p < SAE_PART_COUNT; p++) {
        const struct sae_part_state *part = &snap->parts[p];

        if (!part->ok && !sae_part_is_off(part)) {
            snprintf(line, sizeof(line), "The last try of %s failed: %s",
                     sae_part_name((enum sae_part)p), part->text);
            print_line(out, line);
        }
    }
    if (snap->note[0] != '\0') {
        snprintf(line, sizeof(line), "%s", snap->note);
        print_line(out, line);
    }
}

static void print_end(const struct sae_query *query, const struct sae_snapshot *snap,
                      size_t shown, bool open)
{
    const char *path = sae_tenant_text(query->tenant, SAE_KEY_ACCEPT);
    FILE *out = query->table->out;
    char time[SAE_TIME_TEXT];

    if (open && path != NULL) {
        fprintf(out,
                "To accept one, add its line to %s with your name after the date "
                "(header: finding,until,by,note).\n",
                path);
    } else if (open) {
        fputs("To accept one, name a file with accept = in the configuration and put its "
              "line "
              "there (header: finding,until,by,note).\n",
              out);
    }
    if (snap->finding_more > 0) {
        fprintf(out,
                "%zu further findings are not in the snapshot: deal with these first.\n",
                snap->finding_more);
    }
    fprintf(out, "%zu shown of %zu, as collected at %s.\n", shown,
            snap->finding_count + snap->finding_more,
            sae_time_format(time, sizeof(time), snap->time));
    print_faults(out, snap);
}

/* ---- both ---------------------------------------------------------------------------
 */

static void put_all(const struct sae_query *query, const struct sae_snapshot *snap)
{
    static const struct sae_table_column columns[] = {
        {"finding", 32, false}, {"class", 10, false}, {"state", 8, false},
        {"who", 32, false},     {"from", 24, false},  {"country", 7, false},
        {"count", 6, true},     {"since", 20, false}, {"until", 20, false},
        {"text", 64, false},    {"accept", 0, false}};
    bool text = query->table->format == SAE_TABLE_TEXT, open = false;
    size_t shown = 0;

    if (!text) {
        sae_table_head(query->table, columns, sizeof(columns) / sizeof(columns[0]));
    }
    for (size_t i = 0; i < snap->finding_count; i++) {
        const struct sae_finding *finding = &snap->findings[i];

        if (is_wanted(query, finding)) {
            (text ? print_finding : put_finding)(query, finding);
            open = open || !finding->accepted;
            shown++;
        }
    }
    if (text) {
        print_end(query, snap, shown, open);
    } else if (snap->finding_more > 0) {
        put_more(query, snap->finding_more);
    }
}

enum sae_status sae_report_findings(const struct sae_query *query, struct sae_err *err)
{
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));
    char *path = sae_tenant_snapshot_path(query->tenant);
    enum sae_status status =
        snap == NULL || path == NULL
            ? sae_fail(err, SAE_E_NOMEM, "out of memory")
            : sae_snapshot_read(path, query->tenant->name, query->now, snap, err);

    if (status == SAE_OK) {
        put_all(query, snap);
    }
    free(path);
    free(snap);
    return status;
}
