/* SPDX-License-Identifier: MIT */
#include "fetch/transport.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "fetch/date.h"
#include "fetch/setting.h"

static const char property[] = "SmtpClientAuthenticationDisabled";

static enum sae_status watch(struct sae_transport *out, const char *name,
                             const char value[SAE_SHOWN + 1], struct sae_err *err)
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
    name = strcasecmp(name, property) == 0 ? property : name; /* whoever changed its case */
    sae_text_safe(setting->name, sizeof(setting->name), name, strlen(name));
    sae_text_fit(setting->value, sizeof(setting->value), value);
    out->count++;
    if (name == property) {
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
    char value[SAE_SHOWN + 1];
    enum sae_status status;

    if (check_name(member->string, err) != SAE_OK) {
        return SAE_E_FORMAT;
    }
    if (cJSON_IsString(member)) {
        read_changed(out, member->string, member->valuestring, strlen(member->valuestring));
    }
    if (!sae_setting_watched(member->string)) {
        return SAE_OK;
    }
    status = sae_setting_value(member, value, err);
    return status == SAE_OK ? watch(out, member->string, value, err) : status;
}

static enum sae_status read_tree(const cJSON *value, struct sae_transport *out,
                                 struct sae_err *err)
{
    const cJSON *object = NULL, *member;
    enum sae_status status = sae_setting_object(value, "transport configurations", &object, err);

    cJSON_ArrayForEach(member, object)
    {
        if (status == SAE_OK) {
            status = read_member(out, member, err);
        }
    }
    return status;
}

/* The gate takes one object; a list is as good, so the text is put into one. */
static enum sae_status read_json(const char *text, size_t len, struct sae_transport *out,
                                 struct sae_err *err)
{
    enum sae_status status;
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
        status = read_tree(cJSON_GetObjectItemCaseSensitive(root, "value"), out, err);
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
    char name[SAE_SHOWN + 1], value[SAE_SHOWN + 1];
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
    sae_setting_text(line + at, len - at, value);
    return sae_setting_watched(name) ? watch(out, name, value, err) : SAE_OK;
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

/* `advice`: what to do if the switch is not there. */
static enum sae_status check_switch(const struct sae_transport *out, const char *advice,
                                    struct sae_err *err)
{
    return out->smtp_auth == SAE_SWITCH_UNKNOWN
               ? sae_fail(err, SAE_E_FORMAT, "no %s in it: %s", property, advice)
               : SAE_OK;
}

enum sae_status sae_transport_read_json(const cJSON *root, struct sae_transport *ret_transport,
                                        struct sae_err *err)
{
    struct sae_transport out = {0};
    enum sae_status status = read_tree(root, &out, err);

    if (status == SAE_OK) {
        status = check_switch(&out, "may the role of the application not see it?", err);
    }
    if (status == SAE_OK) {
        *ret_transport = out;
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
    if (status == SAE_OK) {
        status = check_switch(&out, "export the whole of Get-TransportConfig", err);
    }
    if (status == SAE_OK) {
        *ret_transport = out;
    }
    return status;
}
