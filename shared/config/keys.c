/* SPDX-License-Identifier: MIT */
#include "config/keys.h"

#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"

static bool any(const char *value)
{
    return value[0] != '\0';
}

static bool duration(const char *value)
{
    int64_t seconds;

    return sae_duration_parse(value, &seconds);
}

static bool guid(const char *value)
{
    static const char shape[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    size_t i;

    for (i = 0; shape[i] != '\0'; i++) {
        bool hex = value[i] != '\0' && strchr("0123456789abcdefABCDEF", value[i]) != NULL;

        if (shape[i] == 'h' ? !hex : value[i] != '-') {
            return false;
        }
    }
    return value[i] == '\0';
}

static bool identity(const char *value)
{
    return strcmp(value, "system") == 0 || guid(value);
}

static bool date(const char *value)
{
    int64_t day;

    return sae_date_parse(value, strlen(value), &day);
}

static bool cloud(const char *value)
{
    return strcmp(value, "worldwide") == 0 || strcmp(value, "gcc-high") == 0 ||
           strcmp(value, "dod") == 0 || strcmp(value, "china") == 0;
}

/* Scheme, host, port and nothing else: paths and scopes are ours. */
static bool base_url(const char *value, bool plain_allowed)
{
    struct sae_cursor cur = sae_cursor_text(value);
    const char *host;
    uint64_t port;

    if (!sae_cursor_word(&cur, "https://") &&
        (!plain_allowed || !sae_cursor_word(&cur, "http://"))) {
        return false;
    }
    host = cur.at;
    while (cur.at < cur.end && *cur.at != ':' && *cur.at != '\0' &&
           (strchr("0123456789.-", *cur.at) != NULL || (*cur.at >= 'a' && *cur.at <= 'z') ||
            (*cur.at >= 'A' && *cur.at <= 'Z'))) {
        cur.at++;
    }
    if (cur.at == host) {
        return false;
    }
    if (sae_cursor_char(&cur, ':') && (!sae_cursor_decimal(&cur, 65535, &port) || port == 0)) {
        return false;
    }
    return sae_cursor_at_end(&cur);
}

static bool https_url(const char *value)
{
    return base_url(value, false);
}

static bool plain_url(const char *value)
{
    return base_url(value, true);
}

/* ISO 3166 alpha-2 codes, separated by commas or blanks. */
static bool countries(const char *value)
{
    struct sae_cursor cur = sae_cursor_text(value);

    do {
        sae_cursor_blanks(&cur);
        for (int i = 0; i < 2; i++) {
            if (cur.at == cur.end || *cur.at < 'A' || *cur.at > 'Z') {
                return false;
            }
            cur.at++;
        }
        if (!sae_cursor_at_end(&cur) && *cur.at != ',' && *cur.at != ' ') {
            return false;
        }
        sae_cursor_blanks(&cur);
    } while (sae_cursor_char(&cur, ',') || !sae_cursor_at_end(&cur));
    return true;
}

/* "5/20m" or "off". */
static bool detector(const char *value)
{
    struct sae_cursor cur = sae_cursor_text(value);
    uint64_t count;
    int64_t seconds;

    if (strcmp(value, "off") == 0) {
        return true;
    }
    return sae_cursor_decimal(&cur, 1000000, &count) && count > 0 &&
           sae_cursor_char(&cur, '/') && sae_duration_parse(cur.at, &seconds);
}

bool sae_phase_next(const char **list, int64_t *ret_day, bool *ret_assumed)
{
    struct sae_cursor cur = sae_cursor_text(*list);
    const char *name;

    sae_cursor_blanks(&cur);
    name = cur.at;
    while (cur.at < cur.end && ((*cur.at >= 'a' && *cur.at <= 'z') || *cur.at == '_')) {
        cur.at++;
    }
    if (cur.at == name || !sae_cursor_char(&cur, ':') || cur.end - cur.at < 10 ||
        !sae_date_parse(cur.at, 10, ret_day)) {
        return false;
    }
    cur.at += 10;
    *ret_assumed = sae_cursor_char(&cur, '?');
    sae_cursor_blanks(&cur);
    if (!sae_cursor_at_end(&cur) && !sae_cursor_char(&cur, ',')) {
        return false;
    }
    *list = cur.at;
    return true;
}

static bool phases(const char *value)
{
    int64_t day;
    bool assumed;

    do {
        if (!sae_phase_next(&value, &day, &assumed)) {
            return false;
        }
    } while (*value != '\0');
    return true;
}

#define A_DURATION "a duration: a number and s, m, h or d, such as 90s, 20m, 36h, 30d"
#define A_GUID "a GUID such as 3d0f6c4e-7a55-4c1b-9e0d-0a1b2c3d4e5f"
#define A_URL "https://host or https://host:port, nothing behind it"
#define A_DETECTOR "NUMBER/DURATION such as 5/20m, or off"
#define A_FILE "a file"

const struct sae_key_row sae_keys[SAE_KEY_COUNT] = {
    [SAE_KEY_STATE_DIR] = {"state_dir", SAE_DEFAULT_STATE_DIR, "a folder", any, true, false},
    [SAE_KEY_TRANSPORT_CONFIG] =
        {"transport_config", "exchange", "exchange, or a file", any, true, true},
    [SAE_KEY_MAILBOXES] = {"mailboxes", "exchange", "exchange, or a file", any, true, true},
    [SAE_KEY_SIGNINS] = {"signins", "graph",
                         "graph, loganalytics, hunting, off, or files", any, true, true},
    [SAE_KEY_TENANT_ID] = {"tenant_id", NULL, A_GUID, guid, false, false},
    [SAE_KEY_CLIENT_ID] = {"client_id", NULL, A_GUID, guid, false, false},
    [SAE_KEY_CLIENT_SECRET_FILE] = {"client_secret_file", NULL, A_FILE, any, true, false},
    [SAE_KEY_CERTIFICATE_FILE] = {"certificate_file", NULL, A_FILE, any, true, false},
    [SAE_KEY_CERTIFICATE_KEY_FILE] = {"certificate_key_file", NULL, A_FILE, any, true, false},
    [SAE_KEY_FEDERATED_TOKEN_FILE] = {"federated_token_file", NULL, A_FILE, any, true, false},
    [SAE_KEY_MANAGED_IDENTITY] =
        {"managed_identity", NULL, "system, or a client id", identity, false, false},
    [SAE_KEY_CREDENTIAL_EXPIRES] =
        {"credential_expires", NULL, "a date YYYY-MM-DD", date, false, false},
    [SAE_KEY_CLOUD] = {"cloud", "worldwide", "worldwide, gcc-high, dod or china", cloud,
                       false, false},
    [SAE_KEY_LOGIN_URL] = {"login_url", NULL, A_URL, https_url, false, false},
    [SAE_KEY_GRAPH_URL] = {"graph_url", NULL, A_URL, https_url, false, false},
    [SAE_KEY_EXCHANGE_URL] = {"exchange_url", NULL, A_URL, https_url, false, false},
    [SAE_KEY_LOGANALYTICS_URL] = {"loganalytics_url", NULL, A_URL, https_url, false, false},
    [SAE_KEY_IDENTITY_URL] = {"identity_url", NULL, "http(s)://host or http(s)://host:port",
                              plain_url, false, false},
    [SAE_KEY_WORKSPACE_ID] = {"workspace_id", NULL, A_GUID, guid, false, false},
    [SAE_KEY_CA_FILE] = {"ca_file", NULL, A_FILE, any, true, false},
    [SAE_KEY_PROXY] = {"proxy", NULL, "http(s)://host:port", plain_url, false, false},
    [SAE_KEY_WINDOW] = {"window", "1h", A_DURATION, duration, false, false},
    [SAE_KEY_LOOKBACK] = {"lookback", "30d", A_DURATION, duration, false, false},
    [SAE_KEY_LAG] = {"lag", "15m", A_DURATION, duration, false, false},
    [SAE_KEY_OVERLAP] = {"overlap", "2h", A_DURATION, duration, false, false},
    [SAE_KEY_POSTURE_EVERY] = {"posture_every", "1h", A_DURATION, duration, false, false},
    [SAE_KEY_MAX_AGE] = {"max_age", NULL, A_DURATION, duration, false, false},
    [SAE_KEY_POSTURE_MAX_AGE] = {"posture_max_age", NULL, A_DURATION, duration, false, false},
    [SAE_KEY_KEEP_SENDERS] = {"keep_senders", "400d", A_DURATION, duration, false, false},
    [SAE_KEY_HOLD] = {"hold", "7d", A_DURATION, duration, false, false},
    [SAE_KEY_ALLOW_LIST] = {"allow_list", NULL, "a CSV file", any, true, false},
    [SAE_KEY_ACCEPT] = {"accept", NULL, "a CSV file", any, true, false},
    [SAE_KEY_SMTP_CLIENTS] = {"smtp_clients", NULL, "CSV files", any, true, false},
    [SAE_KEY_COUNTRIES] = {"countries", NULL, "ISO codes such as FI, SE", countries, false,
                           false},
    [SAE_KEY_TIME_LIMIT] = {"time_limit", "25m", A_DURATION, duration, false, false},
    [SAE_KEY_PHASES] = {"phases", "default_off:2026-12-31?",
                        "name:YYYY-MM-DD, a ? behind an assumed day", phases, false, false},
    [SAE_KEY_LOCKOUTS] = {"lockouts", "2/30m", A_DETECTOR, detector, false, false},
    [SAE_KEY_BRUTE_USERS] = {"brute_users", "10/10m", A_DETECTOR, detector, false, false},
    [SAE_KEY_SPRAY_IPS] = {"spray_ips", "5/20m", A_DETECTOR, detector, false, false},
    [SAE_KEY_SPRAY_NETS] = {"spray_nets", "8/60m", A_DETECTOR, detector, false, false},
    [SAE_KEY_SPREAD_USERS] = {"spread_users", "10/7d", A_DETECTOR, detector, false, false},
    [SAE_KEY_STALE_DEVICES] = {"stale_devices", "20/24h", A_DETECTOR, detector, false,
                               false},
};

enum sae_key sae_key_find(const char *name)
{
    for (int i = 0; i < SAE_KEY_COUNT; i++) {
        if (strcmp(sae_keys[i].name, name) == 0) {
            return (enum sae_key)i;
        }
    }
    return SAE_KEY_COUNT;
}

bool sae_key_is_service(enum sae_key key, const char *value)
{
    if (key == SAE_KEY_SIGNINS) {
        return strcmp(value, "graph") == 0 || strcmp(value, "loganalytics") == 0 ||
               strcmp(value, "hunting") == 0 || strcmp(value, "off") == 0;
    }
    return strcmp(value, "exchange") == 0;
}
