/* SPDX-License-Identifier: MIT */
#include "nagios/report.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "nagios/process.h"
#include "nagios/report_private.h"

/* Formats one of our texts: made safe, and marked where it had to be cut. */
static void SAE_PRINTF(3, 0)
    format_text(char *text, size_t cap, const char *fmt, va_list ap)
{
    int len = vsnprintf(text, cap, fmt, ap);

    if (len < 0) {
        text[0] = '\0';
    }
    sae_text_message(text);
    if (len >= (int)cap) {
        memcpy(text + cap - 4, "...", 4);
    }
}

/* Makes room for one more element; the capacity doubles. */
static void *grow(void *list, size_t count, size_t *cap, size_t size,
                  enum sae_status *status)
{
    size_t wanted = *cap == 0 ? 16 : *cap * 2;
    void *more;

    if (count < *cap) {
        return list;
    }
    more = realloc(list, wanted * size);
    if (more == NULL) {
        *status = SAE_E_NOMEM;
        return list;
    }
    *cap = wanted;
    return more;
}

void sae_report_init(struct sae_report *report, const char *service)
{
    *report = (struct sae_report){.worst = SAE_STATE_OK};
    snprintf(report->service, sizeof(report->service), "%s", service);
    sae_text_message(report->service);
}

void sae_report_done(struct sae_report *report)
{
    for (size_t i = 0; i < report->item_count; i++) {
        free(report->items[i].text);
    }
    free(report->items);
    free(report->perf);
    *report = (struct sae_report){0};
}

void sae_report_headline(struct sae_report *report, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    format_text(report->headline, sizeof(report->headline), fmt, ap);
    va_end(ap);
}

static void keep_item(struct sae_report *report, enum sae_state state, bool below,
                      const char *text)
{
    char *copy;

    report->items = grow(report->items, report->item_count, &report->item_cap,
                         sizeof(*report->items), &report->status);
    copy = report->status == SAE_OK ? strdup(text) : NULL;
    if (copy == NULL) {
        report->status = SAE_E_NOMEM;
        return;
    }
    report->items[report->item_count++] =
        (struct sae_report_item){.state = state, .below = below, .text = copy};
}

static void SAE_PRINTF(4, 0) add_item(struct sae_report *report, enum sae_state state,
                                      bool below, const char *fmt, va_list ap)
{
    char text[SAE_REPORT_LINE];

    report->worst = sae_state_worse(report->worst, state);
    if (!below) {
        report->parent = 0;
    } else if (report->parent > 0) {
        enum sae_state *above = &report->items[report->parent - 1].state;

        *above = sae_state_worse(*above, state);
    }
    if (report->item_count == SAE_REPORT_ITEMS) {
        report->item_more++;
        return;
    }
    format_text(text, sizeof(text), fmt, ap);
    keep_item(report, state, below && report->parent > 0, text);
    if (report->parent == 0 && report->status == SAE_OK) {
        report->parent = report->item_count;
    }
}

void sae_report_add(struct sae_report *report, enum sae_state state, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    add_item(report, state, false, fmt, ap);
    va_end(ap);
}

void sae_report_add_below(struct sae_report *report, enum sae_state state,
                          const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    add_item(report, state, true, fmt, ap);
    va_end(ap);
}

void sae_report_perf(struct sae_report *report, const struct sae_perf *perf)
{
    struct sae_report_perf *kept;

    if (!sae_perf_is_valid(perf)) {
        return;
    }
    if (report->perf_count == SAE_REPORT_PERF) {
        report->status = SAE_E_LIMIT;
        return;
    }
    report->perf = grow(report->perf, report->perf_count, &report->perf_cap,
                        sizeof(*report->perf), &report->status);
    if (report->status != SAE_OK) {
        return;
    }
    kept = &report->perf[report->perf_count++];
    *kept = (struct sae_report_perf){.data = *perf, .item = report->item_count};
    snprintf(kept->label, sizeof(kept->label), "%s", perf->label);
    snprintf(kept->uom, sizeof(kept->uom), "%s", perf->uom == NULL ? "" : perf->uom);
    kept->data.warn = kept->data.crit = NULL;
    if (perf->warn != NULL) {
        kept->warn = *perf->warn;
        kept->has_warn = true;
    }
    if (perf->crit != NULL) {
        kept->crit = *perf->crit;
        kept->has_crit = true;
    }
}

struct sae_perf sae_report_perf_view(const struct sae_report_perf *kept)
{
    struct sae_perf view = kept->data;

    view.label = kept->label;
    view.uom = kept->uom;
    view.warn = kept->has_warn ? &kept->warn : NULL;
    view.crit = kept->has_crit ? &kept->crit : NULL;
    return view;
}

void sae_report_force(struct sae_report *report, enum sae_state state)
{
    report->forced = state;
    report->is_forced = true;
}

enum sae_state sae_report_state(const struct sae_report *report)
{
    if (report->status != SAE_OK) {
        return SAE_STATE_UNKNOWN;
    }
    if (report->is_forced) {
        return report->forced;
    }
    return report->item_count == 0 ? SAE_STATE_UNKNOWN : report->worst;
}

const char *sae_report_summary(const struct sae_report *report)
{
    if (report->headline[0] != '\0') {
        return report->headline;
    }
    for (size_t i = 0; i < report->item_count; i++) {
        if (report->items[i].state == report->worst) {
            return report->items[i].text;
        }
    }
    return "nothing was checked";
}

bool sae_format_parse(const char *text, enum sae_format *ret_format)
{
    bool json = strcmp(text, "json") == 0;

    if (!json && strcmp(text, "nagios") != 0) {
        return false;
    }
    *ret_format = json ? SAE_FORMAT_JSON : SAE_FORMAT_NAGIOS;
    return true;
}

void sae_report_render(const struct sae_report *report, int verbosity,
                       enum sae_format format, struct sae_buf *buf)
{
    if (format == SAE_FORMAT_JSON) {
        sae_report_render_json(report, buf);
    } else {
        sae_report_render_text(report, verbosity, buf);
    }
}

/* Needs no memory. The service is ours and holds nothing that JSON would escape: it
 * passed sae_text_message(). */
static void fixed_line(const struct sae_report *report, enum sae_format format,
                       char *text, size_t cap)
{
    static const char why[] = "out of memory or too much to say";

    if (format == SAE_FORMAT_JSON) {
        snprintf(text, cap,
                 "{\"state\":\"UNKNOWN\",\"exit\":3,\"summary\":\"%s\","
                 "\"checks\":[],\"perfdata\":[]}\n",
                 why);
    } else {
        snprintf(text, cap, "%s UNKNOWN - %s\n", report->service, why);
    }
}

int sae_report_finish(const struct sae_report *report, int verbosity,
                      enum sae_format format)
{
    enum { REPORT_BYTES = 8 * 1024 * 1024 };
    struct sae_buf buf;
    char fixed[160];
    int code = (int)sae_report_state(report);

    sae_buf_init(&buf, REPORT_BYTES);
    if (report->status == SAE_OK) {
        sae_report_render(report, verbosity, format, &buf);
    }
    if (report->status != SAE_OK || sae_buf_status(&buf) != SAE_OK) {
        code = SAE_STATE_UNKNOWN;
        fixed_line(report, format, fixed, sizeof(fixed));
        if (sae_write_all(STDOUT_FILENO, fixed, strlen(fixed), NULL) != SAE_OK) {
            code = SAE_STATE_UNKNOWN;
        }
    } else if (sae_write_all(STDOUT_FILENO, buf.data, buf.len, NULL) != SAE_OK) {
        code = SAE_STATE_UNKNOWN;
    }
    sae_buf_done(&buf);
    return code;
}
