/* SPDX-License-Identifier: MIT */
#include "nagios/perfdata.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool sae_perf_number(char *text, size_t cap, double value)
{
    const double limit = 1e15;
    double size = value < 0 ? -value : value;
    uint64_t whole;
    unsigned rest;
    int len;

    text[0] = '\0';
    if (!(size < limit)) { /* also for NaN */
        return false;
    }
    whole = (uint64_t)size;
    rest = (unsigned)((size - (double)whole) * 1000 + 0.5); /* the difference is exact */
    whole += rest / 1000;
    rest %= 1000;
    len = snprintf(text, cap, "%s%" PRIu64,
                   value < 0 && (whole > 0 || rest > 0) ? "-" : "", whole);
    if (rest > 0) {
        len += snprintf(text + len, cap - (size_t)len, ".%03u", rest);
        while (text[len - 1] == '0') {
            text[--len] = '\0';
        }
    }
    return true;
}

static bool label_is_valid(const char *label)
{
    size_t len = label == NULL ? 0 : strlen(label);
    char copy[SAE_PERF_LABEL + 1];

    if (!sae_text_copy(copy, sizeof(copy), label == NULL ? "" : label, len) || len == 0) {
        return false;
    }
    sae_text_message(copy);
    return strcmp(copy, label) == 0 && strchr(label, '=') == NULL &&
           strstr(label, "::") == NULL;
}

/* Icinga DB Web reads units of 1 to 3 letters or "%". */
static bool uom_is_valid(const char *uom)
{
    size_t len = uom == NULL ? 0 : strlen(uom);

    if (len == 0 || strcmp(uom, "%") == 0) {
        return true;
    }
    return len <= 3 && strspn(uom, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz") == len;
}

bool sae_perf_is_valid(const struct sae_perf *perf)
{
    char number[SAE_PERF_NUMBER];

    return label_is_valid(perf->label) && uom_is_valid(perf->uom) &&
           sae_perf_number(number, sizeof(number), perf->value);
}

bool sae_perf_add(struct sae_buf *buf, const struct sae_perf *perf)
{
    char value[SAE_PERF_NUMBER], min[SAE_PERF_NUMBER] = "", max[SAE_PERF_NUMBER] = "";
    const char *fields[4] = {"", "", min, max};
    const char *quote;
    size_t used = 4;

    if (!sae_perf_is_valid(perf)) {
        return false;
    }
    sae_perf_number(value, sizeof(value), perf->value);
    fields[0] = perf->warn == NULL ? "" : perf->warn->text;
    fields[1] = perf->crit == NULL ? "" : perf->crit->text;
    if (perf->has_min) {
        sae_perf_number(min, sizeof(min), perf->min);
    }
    if (perf->has_max) {
        sae_perf_number(max, sizeof(max), perf->max);
    }
    while (used > 0 && fields[used - 1][0] == '\0') {
        used--;
    }
    quote = strchr(perf->label, ' ') == NULL ? "" : "'";
    sae_buf_printf(buf, "%s%s%s%s=%s%s", buf->len > 0 ? " " : "", quote, perf->label,
                   quote, value, perf->uom == NULL ? "" : perf->uom);
    for (size_t i = 0; i < used; i++) {
        sae_buf_printf(buf, ";%s", fields[i]);
    }
    return true;
}
