/* SPDX-License-Identifier: MIT */
#include "fetch/transport.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "fetch/date.h"

static const char property[] = "SmtpClientAuthenticationDisabled";

static bool has_word(const char *name, const char *word)
{
    return strcasestr(name, word) != NULL;
}

/* Nobody knows yet which setting Microsoft will flip at the end of December 2026, so every
 * one that could be it is watched. */
static bool is_watched(const char *name)
{
    return (has_word(name, "smtp") || has_word(name, "basic") || has_word(name, "legacy")) &&
           strchr(name, '@') == NULL;
}

static enum sae_status watch(struct sae_transport *out, const char *name, const char *value,
                             size_t len, struct sae_err *err)
{
    struct sae_setting *setting = &out->settings[out->count];

    for (size_t i = 0; i < out->count; i++) {
        if (strcasecmp(out->settings[i].name, name) == 0) {
            return sae_fail(err, SAE_E_FORMAT, "%s is there twice", name);
        }
    }
    if (out->count == SAE_SETTINGS) {
        return sae_fail(err, SAE_E_LIMIT, "more than %d settings to watch", SAE_SETTINGS);
    }
    sae_text_safe(setting->name, sizeof(setting->name), name, strlen(name));
    sae_text_safe(setting->value, sizeof(setting->value), value, len);
    if (strcasecmp(setting->value, "true") == 0 || strcasecmp(setting->value, "false") == 0) {
        sae_text_lower(setting->value, strlen(setting->value));
    }
    out->count++;
    if (strcasecmp(name, property) == 0) {
        if (strcmp(setting->value, "true") == 0) {
            out->smtp_auth = SAE_SWITCH_OFF;
        } else if (strcmp(setting->value, "false") == 0) {
            out->smtp_auth = SAE_SWITCH_ON;
        } else {
            return sae_fail(err, SAE_E_FORMAT, "%s is neither true nor false", property);
        }
    }
    return SAE_OK;
}

/* A mailbox has a property of the same name: its setting is not the tenant's. */
static enum sae_status check_name(const char *name, struct sae_err *err)
{
    static const char *const foreign[] = {"PrimarySmtpAddress", "EmailAddresses",
                                          "ImapEnabled", "MAPIEnabled"};

    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        if (strcasecmp(name, foreign[i]) == 0) {
            return sae_fail(err, SAE_E_FORMAT,
                            "it has %s: a mailbox, not the output of Get-TransportConfig",
                            foreign[i]);
        }
    }
    return SAE_OK;
}

static void read_changed(struct sae_transport *out, const char *name, const char *value,
                         size_t len)
{
    int64_t time;

    if (strcasecmp(name, "WhenChangedUTC") == 0 &&
        sae_foreign_time(value, len, SAE_DATE_UTC, &time) == SAE_DATE_OK) {
        out->changed = time;
    }
}

/* ---- JSON --------------------------------------------------------------------------- */

static enum sae_status read_member(struct sae_transport *out, const cJSON *member,
                                   struct sae_err *err)
{
    const char *value = "";
    char number[32];

    if (check_name(member->string, err) != SAE_OK) {
        return SAE_E_FORMAT;
    }
    if (cJSON_IsString(member)) {
        value = member->valuestring;
        read_changed(out, member->string, value, strlen(value));
    } else if (cJSON_IsBool(member)) {
        value = cJSON_IsTrue(member) ? "true" : "false";
    } else if (cJSON_IsNumber(member)) {
        snprintf(number, sizeof(number), "%.0f", member->valuedouble);
        value = number;
    } else if (!cJSON_IsNull(member)) {
        value = "list";
    }
    return is_watched(member->string)
               ? watch(out, member->string, value, strlen(value), err)
               : SAE_OK;
}

/* The one object inside lists and envelopes. */
static enum sae_status find_object(const cJSON *value, const cJSON **ret_object,
                                   struct sae_err *err)
{
    for (int depth = 0; depth < 4; depth++) {
        const cJSON *inner = NULL;

        if (cJSON_IsArray(value)) {
            if (cJSON_GetArraySize(value) != 1) {
                return sae_fail(err, SAE_E_FORMAT, "%d transport configurations, not one",
                                cJSON_GetArraySize(value));
            }
            value = value->child;
            continue;
        }
        if (!cJSON_IsObject(value)) {
            break;
        }
        if (cJSON_GetObjectItemCaseSensitive(value, "error") != NULL ||
            cJSON_GetObjectItemCaseSensitive(value, "@odata.error") != NULL) {
            return sae_fail(err, SAE_E_FORMAT,
                            "the service's answer is an error, not data");
        }
        inner = cJSON_GetObjectItemCaseSensitive(value, "value");
        if (inner == NULL) {
            *ret_object = value;
            return SAE_OK;
        }
        value = inner;
    }
    return sae_fail(err, SAE_E_FORMAT, "no object in it");
}

/* The gate takes one object; a list is as good, so the text is put into one. */
static enum sae_status read_json(const char *text, size_t len, struct sae_transport *out,
                                 struct sae_err *err)
{
    enum sae_status status;
    const cJSON *object = NULL, *member;
    cJSON *root = NULL;
    struct sae_buf wrapped;

    sae_buf_init(&wrapped, len + 32);
    sae_buf_puts(&wrapped, "{\"value\":");
    sae_buf_add(&wrapped, text, len);
    sae_buf_puts(&wrapped, "}");
    status = sae_buf_status(&wrapped);
    if (status == SAE_OK) {
        status = sae_json_parse(wrapped.data, wrapped.len, wrapped.len, &root, err);
    }
    if (status == SAE_OK) {
        status = find_object(cJSON_GetObjectItemCaseSensitive(root, "value"), &object, err);
    }
    cJSON_ArrayForEach(member, object)
    {
        if (status == SAE_OK) {
            status = read_member(out, member, err);
        }
    }
    cJSON_Delete(root);
    sae_buf_done(&wrapped);
    return status;
}

/* ---- Format-List -------------------------------------------------------------------- */

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* "Name    : value"; other lines continue a value and are none of ours. */
static enum sae_status read_line(const char *line, size_t len, struct sae_transport *out,
                                 struct sae_err *err)
{
    char name[SAE_SHOWN + 1];
    size_t n = 0, at;

    while (n < len && is_name_char(line[n])) {
        n++;
    }
    at = n;
    while (at < len && line[at] == ' ') {
        at++;
    }
    if (n == 0 || at == len || line[at] != ':' ||
        !sae_text_copy(name, sizeof(name), line, n)) {
        return SAE_OK;
    }
    for (at++; at < len && line[at] == ' '; at++) {
    }
    while (len > at && (line[len - 1] == ' ' || line[len - 1] == '\r')) {
        len--;
    }
    if (check_name(name, err) != SAE_OK) {
        return SAE_E_FORMAT;
    }
    read_changed(out, name, line + at, len - at);
    return is_watched(name) ? watch(out, name, line + at, len - at, err) : SAE_OK;
}

static enum sae_status read_list(const char *text, size_t len, struct sae_transport *out,
                                 struct sae_err *err)
{
    const char *at = text, *end = text + len;
    enum sae_status status = SAE_OK;

    while (at < end && status == SAE_OK) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline == NULL ? end : newline;

        status = read_line(at, (size_t)(stop - at), out, err);
        at = stop + 1;
    }
    return status;
}

enum sae_status sae_transport_read(const char *text, size_t len,
                                   struct sae_transport *ret_transport, struct sae_err *err)
{
    struct sae_transport out = {0};
    enum sae_status status;

    while (len > 0 && memchr(" \t\r\n", *text, 4) != NULL) {
        text++;
        len--;
    }
    if (len == 0) {
        return sae_fail(err, SAE_E_FORMAT, "empty");
    }
    status = *text == '{' || *text == '[' ? read_json(text, len, &out, err)
                                          : read_list(text, len, &out, err);
    if (status == SAE_OK && out.smtp_auth == SAE_SWITCH_UNKNOWN) {
        status = sae_fail(err, SAE_E_FORMAT,
                          "no %s in it: export the whole of Get-TransportConfig", property);
    }
    if (status == SAE_OK) {
        *ret_transport = out;
    }
    return status;
}
