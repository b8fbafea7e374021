/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "fetch/record/anonymous_private.h"
#include "fetch/record/private.h"

enum { AMOUNT = 12 }; /* a longer number, or one with several dots, is a value */

/* How a header's value is made safe. */
enum form { FORM_NONE, FORM_MEDIA, FORM_TIME, FORM_VALUE, FORM_URL };

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* All others, above all those about authorization and cookies, are never looked at. */
static enum form form_of(const char *name)
{
    static const struct {
        const char *name;
        enum form form;
    } forms[] = {
        {"content-type", FORM_MEDIA},       {"content-encoding", FORM_MEDIA},
        {"preference-applied", FORM_MEDIA}, {"retry-after", FORM_TIME},
        {"date", FORM_TIME},                {"request-id", FORM_VALUE},
        {"location", FORM_URL},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(forms[i].name, name) == 0) {
            return forms[i].form;
        }
    }
    if (begins(name, "rate-limit-") ||
        (begins(name, "x-ms-") && strstr(name, "throttle") != NULL)) {
        return FORM_TIME;
    }
    return FORM_NONE;
}

static bool is_known(const struct sae_headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++) {
        if (strcmp(headers->header[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void keep(struct sae_headers *headers, const char *name, const char *value,
                 size_t len)
{
    struct sae_header *header = &headers->header[headers->count];

    while (len > 0 && is_blank(value[0])) {
        value++;
        len--;
    }
    while (len > 0 && is_blank(value[len - 1])) {
        len--;
    }
    if (len > SAE_RECORD_VALUE || memchr(value, '\0', len) != NULL) {
        return;
    }
    header->value = strndup(value, len);
    if (header->value != NULL) {
        sae_text_fit(header->name, sizeof(header->name), name);
        headers->count++;
    }
}

void sae_headers_take(struct sae_headers *headers, const char *line, size_t len)
{
    const char *colon = len == 0 ? NULL : memchr(line, ':', len);
    char name[sizeof(headers->header[0].name)];

    if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
        sae_headers_done(headers);
        return;
    }
    if (colon == NULL || headers->count == SAE_RECORD_HEADERS ||
        !sae_text_copy(name, sizeof(name), line, (size_t)(colon - line))) {
        return;
    }
    sae_text_lower(name, strlen(name));
    if (form_of(name) != FORM_NONE &&
        sae_shape_of(name, strlen(name), SAE_LOWER SAE_DIGITS "-") &&
        !is_known(headers, name)) {
        keep(headers, name, colon + 1, (size_t)(line + len - colon) - 1);
    }
}

/* "application/json;odata.metadata=minimal;charset=utf-8", "gzip": known words only. */
static bool is_media(const char *value)
{
    static const char *const words[] = {
        "application", "json", "problem", "xml", "text", "html", "plain", "csv", "charset",
        "utf", "8", "16", "us", "ascii", "iso", "8859", "1", "15", "octet", "stream",
        "odata", "metadata", "minimal", "full", "none", "streaming", "true", "false",
        "ieee754compatible", "gzip", "x", "deflate", "br", "zstd", "compress", "identity",
        "maxpagesize", "continue", "on", "error", "www", "form", "urlencoded", "javascript",
        "jwt", "windows", "1252", "wait", "return", "representation", NULL};
    size_t n;

    while (*value != '\0') {
        n = strcspn(value, "/;=., -+\"");
        if (n > 0 && !sae_listed(words, value, n) && !sae_shape_digits(value, n, 4)) {
            return false;
        }
        value += n;
        value += *value == '\0' ? 0 : 1;
    }
    return true;
}

/* "Sun, 22 Nov 2026 08:15:30 GMT" (RFC 9110 5.6.7; old forms are values). */
static bool is_http_date(const char *value)
{
    static const char shape[] = "aaa, dd aaa dddd dd:dd:dd aaa";

    if (strlen(value) != sizeof(shape) - 1) {
        return false;
    }
    for (size_t i = 0; shape[i] != '\0'; i++) {
        const char *set = shape[i] == 'a'   ? SAE_LOWER SAE_UPPER
                          : shape[i] == 'd' ? SAE_DIGITS
                                            : NULL;

        if (set == NULL ? value[i] != shape[i] : strchr(set, value[i]) == NULL) {
            return false;
        }
    }
    return true;
}

/* "17", "2.5", "-1", "100%": a wait, a limit, a share. */
static bool is_amount(const char *value)
{
    size_t len = strlen(value);

    return strpbrk(value, SAE_DIGITS) != NULL && len <= AMOUNT &&
           sae_shape_of(value, len, SAE_DIGITS ".-%") &&
           strchr(value, '.') == strrchr(value, '.');
}

static void put_value(const struct sae_header *header, struct sae_anonymous *anon,
                      struct sae_buf *out)
{
    const char *value = header->value;
    size_t len = strlen(value);
    enum form form = form_of(header->name);

    if ((form == FORM_MEDIA && is_media(value)) ||
        (form == FORM_TIME && (is_amount(value) || is_http_date(value)))) {
        sae_buf_add(out, value, len);
    } else if (form == FORM_URL && len > 0) {
        sae_anonymous_url(anon, value, len, out);
    } else if (form == FORM_TIME) {
        sae_anonymous_value(anon, "message", value, len, out);
    } else {
        sae_anonymous_value(anon, "", value, len, out);
    }
}

void sae_headers_put(const struct sae_headers *headers, struct sae_anonymous *anon,
                     struct sae_buf *out)
{
    struct sae_buf value;

    sae_buf_init(&value, 1 << 16);
    sae_buf_puts(out, "{");
    for (size_t i = 0; i < headers->count; i++) {
        sae_buf_puts(out, i == 0 ? "" : ",");
        sae_anonymous_quote(out, headers->header[i].name, strlen(headers->header[i].name));
        sae_buf_puts(out, ":");
        put_value(&headers->header[i], anon, &value);
        sae_anonymous_quote(out, sae_buf_text(&value), value.len);
        sae_buf_clear(&value);
    }
    sae_buf_puts(out, "}");
    sae_buf_done(&value);
}

void sae_headers_done(struct sae_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        free(headers->header[i].value);
    }
    *headers = (struct sae_headers){0};
}
