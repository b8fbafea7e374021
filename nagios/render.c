/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "nagios/report_private.h"

static void perfdata(const struct sae_report *report, struct sae_buf *buf)
{
    struct sae_buf data;

    sae_buf_init(&data, (size_t)SAE_REPORT_PERF * 256);
    for (size_t i = 0; i < report->perf_count; i++) {
        struct sae_perf perf = sae_report_perf_view(&report->perf[i]);

        sae_perf_add(&data, &perf);
    }
    if (sae_buf_status(&data) != SAE_OK) {
        buf->status = data.status; /* rather no report than one without its data */
    } else if (data.len > 0) {
        sae_buf_puts(buf, "|");
        sae_buf_add(buf, data.data, data.len);
    }
    sae_buf_done(&data);
}

/* Returns the length of the text before the performance data. */
static size_t first_line(const struct sae_report *report, struct sae_buf *buf)
{
    char line[SAE_REPORT_LINE + 1];
    int len =
        snprintf(line, sizeof(line), "%s %s - %s", report->service,
                 sae_state_name(sae_report_state(report)), sae_report_summary(report));

    if (len > SAE_REPORT_LINE) {
        memcpy(line + SAE_REPORT_LINE - 3, "...", 4);
    }
    sae_buf_puts(buf, line);
    perfdata(report, buf);
    sae_buf_puts(buf, "\n");
    return strlen(line) + 1;
}

static void item_line(const struct sae_report_item *item, char *line, size_t cap)
{
    /* Icinga Web colours \_[STATE]; nobody else can write that, texts hold no \ and no [
     */
    snprintf(line, cap, "%s\\_[%s] - %s\n", item->below ? "  " : "",
             sae_state_name(item->state), item->text);
}

/* The items from number `from` on did not fit. Of those that were not kept nobody knows. */
static void say_rest(const struct sae_report *report, size_t from, struct sae_buf *buf)
{
    size_t bad = 0;

    for (size_t i = from; i < report->item_count; i++) {
        bad += report->items[i].state == SAE_STATE_OK ? 0 : 1;
    }
    sae_buf_printf(buf, "and %zu more", report->item_count - from + report->item_more);
    if (bad > 0) {
        sae_buf_printf(buf, ", %s%zu of them not OK", report->item_more > 0 ? "at least " : "",
                       bad);
    } else if (report->item_more == 0) {
        sae_buf_puts(buf, ", all OK");
    }
    sae_buf_puts(buf, "\n");
}

void sae_report_render_text(const struct sae_report *report, int verbosity,
                            struct sae_buf *buf)
{
    enum { ROOM_FOR_MORE = 80 }; /* say_rest() */
    char line[SAE_REPORT_LINE + 32];
    size_t used = first_line(report, buf);
    size_t i = 0;

    if (verbosity < 1) {
        return;
    }
    for (; i < report->item_count; i++) {
        bool last = i + 1 == report->item_count && report->item_more == 0;
        size_t len;

        item_line(&report->items[i], line, sizeof(line));
        len = strlen(line);
        if (used + len > SAE_REPORT_TEXT - (size_t)(last ? 0 : ROOM_FOR_MORE)) {
            break;
        }
        sae_buf_add(buf, line, len);
        used += len;
    }
    if (i < report->item_count || report->item_more > 0) {
        say_rest(report, i, buf);
    }
}

static void json_string(struct sae_buf *buf, const char *text)
{
    sae_buf_puts(buf, "\"");
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;

        if (c == '"' || c == '\\') {
            sae_buf_printf(buf, "\\%c", c);
        } else if (c < 0x20 || c > 0x7e) {
            sae_buf_printf(buf, "\\u%04x", c);
        } else {
            sae_buf_add(buf, p, 1);
        }
    }
    sae_buf_puts(buf, "\"");
}

static void json_number(struct sae_buf *buf, const char *name, bool given, double value)
{
    char text[SAE_PERF_NUMBER] = "";
    bool known = given && sae_perf_number(text, sizeof(text), value);

    sae_buf_printf(buf, ",\"%s\":%s", name, known ? text : "null");
}

static void json_range(struct sae_buf *buf, const char *name,
                       const struct sae_range *range)
{
    sae_buf_printf(buf, ",\"%s\":", name);
    if (range == NULL) {
        sae_buf_puts(buf, "null");
    } else {
        json_string(buf, range->text);
    }
}

static void json_perf(struct sae_buf *buf, const struct sae_perf *perf)
{
    sae_buf_puts(buf, "{\"label\":");
    json_string(buf, perf->label);
    json_number(buf, "value", true, perf->value);
    sae_buf_puts(buf, ",\"uom\":");
    json_string(buf, perf->uom);
    json_range(buf, "warn", perf->warn);
    json_range(buf, "crit", perf->crit);
    json_number(buf, "min", perf->has_min, perf->min);
    json_number(buf, "max", perf->has_max, perf->max);
    sae_buf_puts(buf, "}");
}

/* The data from `*at` on that were added while there were `item` items; 0 items is every
 * datum. They were added in that order, so one pass over all items is one pass over them.
 */
static void json_perf_list(const struct sae_report *report, size_t item, size_t *at,
                           struct sae_buf *buf)
{
    const char *comma = "";

    sae_buf_puts(buf, "\"perfdata\":[");
    for (; *at < report->perf_count && (item == 0 || report->perf[*at].item <= item);
         (*at)++) {
        struct sae_perf perf = sae_report_perf_view(&report->perf[*at]);

        if (item == 0 || report->perf[*at].item == item) {
            sae_buf_puts(buf, comma);
            json_perf(buf, &perf);
            comma = ",";
        }
    }
    sae_buf_puts(buf, "]");
}

/* Writes item i up to, not including, its closing bracket, without the items below it. */
static void json_item(const struct sae_report *report, size_t i, size_t *perf_at,
                      struct sae_buf *buf)
{
    const struct sae_report_item *item = &report->items[i];

    sae_buf_printf(buf, "{\"state\":\"%s\",\"output\":", sae_state_name(item->state));
    json_string(buf, item->text);
    sae_buf_puts(buf, ",");
    json_perf_list(report, i + 1, perf_at, buf);
    sae_buf_puts(buf, ",\"checks\":[");
}

static void json_items(const struct sae_report *report, struct sae_buf *buf)
{
    size_t perf_at = 0;

    sae_buf_puts(buf, "\"checks\":[");
    for (size_t i = 0; i < report->item_count;) {
        sae_buf_puts(buf, i == 0 ? "" : ",");
        json_item(report, i++, &perf_at, buf);
        for (size_t first = i; i < report->item_count && report->items[i].below; i++) {
            sae_buf_puts(buf, i == first ? "" : ",");
            json_item(report, i, &perf_at, buf);
            sae_buf_puts(buf, "]}");
        }
        sae_buf_puts(buf, "]}");
    }
    sae_buf_puts(buf, "]");
}

void sae_report_render_json(const struct sae_report *report, struct sae_buf *buf)
{
    enum sae_state state = sae_report_state(report);
    size_t perf_at = 0;

    sae_buf_printf(buf,
                   "{\"state\":\"%s\",\"exit\":%d,\"summary\":", sae_state_name(state),
                   (int)state);
    json_string(buf, sae_report_summary(report));
    sae_buf_puts(buf, ",");
    json_items(report, buf);
    if (report->item_more > 0) {
        sae_buf_printf(buf, ",\"more\":%zu", report->item_more);
    }
    sae_buf_puts(buf, ",");
    json_perf_list(report, 0, &perf_at, buf);
    sae_buf_puts(buf, "}\n");
}
