/* SPDX-License-Identifier: MIT */
/* The result of a check, and the only place where a check writes to stdout.
 *
 * A report has a headline (what, and the next step), a tree of items two levels deep,
 * each with its own state, and performance data. Every text that enters passes
 * sae_text_message(), so that nothing hostile leaves; the caller still passes foreign
 * text through sae_text_safe() before it quotes it. Texts, labels and ranges are copied.
 *
 * Appending never fails for the caller: out of memory is remembered, and the report then
 * becomes one fixed UNKNOWN line. */
#ifndef SAE_REPORT_H
#define SAE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "nagios/perfdata.h"
#include "nagios/state.h"

enum {
    SAE_REPORT_LINE = 512, /* most bytes of line 1 before the performance data */
    SAE_REPORT_TEXT =
        4096, /* most bytes of the whole text, performance data not counted */
    SAE_REPORT_ITEMS = 4096, /* items kept; more only count */
    SAE_REPORT_PERF = 1024   /* data kept; more spoil the report (UNKNOWN) */
};

enum sae_format { SAE_FORMAT_NAGIOS, SAE_FORMAT_JSON };

struct sae_report_item;
struct sae_report_perf;

struct sae_report {
    char service[32];
    char headline[SAE_REPORT_LINE];
    enum sae_state worst; /* of all items */
    enum sae_state forced;
    bool is_forced;
    enum sae_status status; /* of the allocations */
    struct sae_report_item *items;
    size_t item_count, item_cap, item_more;
    size_t parent; /* index + 1 of the top-level item that takes items below it */
    struct sae_report_perf *perf;
    size_t perf_count, perf_cap;
};

/* `service` is the prefix of line 1: "SMTP AUTH". Zero-initialised is valid for done. */
void sae_report_init(struct sae_report *report, const char *service);
void sae_report_done(struct sae_report *report);

/* Sets what line 1 says after the state. Without it, the text of the first of the worst
 * items stands there. */
void sae_report_headline(struct sae_report *report, const char *fmt, ...)
    SAE_PRINTF(2, 3);

/* Adds an item at the top level. */
void sae_report_add(struct sae_report *report, enum sae_state state, const char *fmt, ...)
    SAE_PRINTF(3, 4);

/* Adds an item below the top-level item added last, which becomes at least as grave. */
void sae_report_add_below(struct sae_report *report, enum sae_state state,
                          const char *fmt, ...) SAE_PRINTF(3, 4);

/* Adds a datum. It belongs to the item added last (of either level), or to the report
 * alone while there is none; this shows in JSON only. A datum that is not valid is left
 * out. */
void sae_report_perf(struct sae_report *report, const struct sae_perf *perf);

/* Fixes the state, whatever the items say. */
void sae_report_force(struct sae_report *report, enum sae_state state);

/* The forced state, else the worst of all items, else UNKNOWN: no item is no proof. Also
 * UNKNOWN, forced or not, after an allocation failed. */
enum sae_state sae_report_state(const struct sae_report *report);

/* "nagios" or "json", for an option --format. */
bool sae_format_parse(const char *text, enum sae_format *ret_format);

/* Appends the finished text with its final newline. Nagios: "SERVICE STATE -
 * text|perfdata", and with verbosity 1 or more the items as \_[STATE] lines, cut with
 * "and N more", and how many of those are not OK. JSON, one line whatever the verbosity:
 * {"state","exit","summary","checks":[{"state","output",
 * "perfdata","checks"}],"perfdata"}; the outer perfdata lists every datum, "more" says
 * how many items were not kept. The buffer's status says whether it fitted. */
void sae_report_render(const struct sae_report *report, int verbosity,
                       enum sae_format format, struct sae_buf *buf);

/* Renders and writes to stdout. Returns the exit code: that of the state, or 3 if the
 * text could not be made (then a fixed UNKNOWN line is written) or not be written
 * completely. */
int sae_report_finish(const struct sae_report *report, int verbosity,
                      enum sae_format format) SAE_MUST_CHECK;

#endif
