/* SPDX-License-Identifier: MIT */
/* URLs: scheme, service, path and query stay recognisable, what they carry does not. */
#include <string.h>
#include <strings.h>

#include "fetch/record/anonymous_private.h"

/* Segments of paths that the services' own programmers chose. Another one is a value. */
static const char *const segments[] = {
    "adminapi", "beta", "v1.0", "v2.0", "InvokeCommand", "$batch", "$metadata", "$count",
    "CasMailbox", "Mailbox", "EXOModuleFile", "TransportConfig", "OrganizationConfig",
    "AuthenticationPolicy", "AcceptedDomain",
    "auditLogs", "signIns", "policies", "identitySecurityDefaultsEnforcementPolicy",
    "identity", "conditionalAccess", "namedLocations", "authenticationStrength",
    "organization", "users", "groups", "me", "domains", "subscribedSkus", "applications",
    "servicePrincipals", "directoryAudits", "security", "runHuntingQuery", "reports",
    "oauth2", "token", "authorize", "devicecode", "common", "organizations", "error",
    "metadata", "instance", "msi", "identityEndpoint", ".default", "workspaces", "query",
    NULL};

/* What a key of a query has as its value. */
enum part { SKIP, FILTER, NAMES, DIGITS, VALUE };

static const struct {
    const char *key;
    enum part part;
} keys[] = {
    {"$skiptoken", SKIP},  {"skiptoken", SKIP},   {"$deltatoken", SKIP},
    {"$filter", FILTER},   {"$select", NAMES},    {"$orderby", NAMES},
    {"$expand", NAMES},    {"PropertySet", NAMES}, {"$top", DIGITS},
    {"$skip", DIGITS},     {"$count", DIGITS},    {"code", DIGITS},
    {"isEncoded", DIGITS}, {"api-version", VALUE}, {"resource", VALUE},
    {"client_id", VALUE},  {"object_id", VALUE},  {"mi_res_id", VALUE},
    {"msi_res_id", VALUE}, {"scope", VALUE},      {"$search", VALUE},
};

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c);

    return at == NULL ? -1 : (int)(at - digits);
}

static void decode(const char *text, size_t len, bool plus, struct sae_buf *out)
{
    for (size_t i = 0; i < len; i++) {
        char c = plus && text[i] == '+' ? ' ' : text[i];

        if (c == '%' && i + 2 < len && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            c = (char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
            i += 2;
        }
        sae_buf_add(out, &c, 1);
    }
}

static void encode(const struct sae_buf *text, struct sae_buf *out)
{
    for (size_t i = 0; i < text->len; i++) {
        char c = text->data[i];

        if (c != '\0' &&
            strchr(SAE_LOWER SAE_UPPER SAE_DIGITS "-._~$,:@()'/", c) != NULL) {
            sae_buf_add(out, &c, 1);
        } else {
            sae_buf_printf(out, "%%%02X", (unsigned char)c);
        }
    }
}

/* Property names, "desc", "status/errorCode", "tolower": what stands bare in OData. */
static bool is_bare(const char *text, size_t len)
{
    const char *slash = memchr(text, '/', len);

    while (slash != NULL && sae_shape_identifier(text, (size_t)(slash - text))) {
        len -= (size_t)(slash + 1 - text);
        text = slash + 1;
        slash = memchr(text, '/', len);
    }
    return sae_shape_identifier(text, len);
}

static void put_bare(struct sae_anonymous *anon, const char *text, size_t len,
                     struct sae_buf *out)
{
    size_t colon = len > 1 && text[len - 1] == ':' ? 1 : 0; /* "any(t: ..)" */

    if (is_bare(text, len - colon) || sae_shape_digits(text, len, 10)) {
        sae_buf_add(out, text, len);
    } else {
        sae_anonymous_value(anon, "", text, len, out);
    }
}

/* A literal of a filter ends at the next quote; a quote in it is written twice. */
static size_t literal_len(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && (text[i] != '\'' || (i + 1 < len && text[i + 1] == '\''))) {
        i += text[i] == '\'' ? 2 : 1;
    }
    return i;
}

static size_t bare_len(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && text[i] != '\0' && strchr(" ()',", text[i]) == NULL) {
        i++;
    }
    return i;
}

/* $filter, $select and $orderby: names, operators and dates stay, literals are values. */
static void put_odata(struct sae_anonymous *anon, const char *text, size_t len,
                      struct sae_buf *out)
{
    size_t i = 0, n;

    while (i < len) {
        if (text[i] == '\'') {
            n = literal_len(text + i + 1, len - i - 1);
            sae_buf_puts(out, "'");
            sae_anonymous_value(anon, "", text + i + 1, n, out);
            sae_buf_puts(out, "'");
            i += n + 2;
        } else if ((n = bare_len(text + i, len - i)) > 0) {
            put_bare(anon, text + i, n, out);
            i += n;
        } else {
            sae_buf_add(out, text[i] == '\0' ? "?" : text + i, 1);
            i++;
        }
    }
}

static void put_part(struct sae_anonymous *anon, enum part part, const char *key,
                     const struct sae_buf *value, struct sae_buf *out)
{
    const char *text = sae_buf_text(value);

    if (value->len == 0) {
        return;
    }
    if (part == SKIP) {
        sae_word_put(anon, SAE_WORD_SKIP, text, value->len, out);
    } else if (part == FILTER || part == NAMES) {
        put_odata(anon, text, value->len, out);
    } else if (part == DIGITS && sae_shape_digits(text, value->len, 10)) {
        sae_buf_add(out, text, value->len);
    } else {
        sae_anonymous_value(anon, key, text, value->len, out);
    }
}

/* "key=value"; the key stays as it was written. */
static void put_pair(struct sae_anonymous *anon, const char *text, size_t len,
                     struct sae_buf *out)
{
    const char *equals = memchr(text, '=', len);
    size_t key_len = equals == NULL ? len : (size_t)(equals - text);
    struct sae_buf key, value, plain;
    enum part part = VALUE;
    bool known = false;

    sae_buf_init(&key, out->max);
    sae_buf_init(&value, out->max);
    sae_buf_init(&plain, out->max);
    decode(text, key_len, true, &key);
    for (size_t i = 0; !known && i < sizeof(keys) / sizeof(keys[0]); i++) {
        known = strlen(keys[i].key) == key.len &&
                strcasecmp(keys[i].key, sae_buf_text(&key)) == 0;
        part = known ? keys[i].part : VALUE;
    }
    if (known) {
        sae_buf_add(out, text, key_len);
    } else if (len > 0) {
        sae_word_put(anon, SAE_WORD_NAME, sae_buf_text(&key), key.len, out);
    }
    if (equals != NULL) {
        decode(equals + 1, len - key_len - 1, true, &value);
        put_part(anon, part, sae_buf_text(&key), &value, &plain);
        sae_buf_puts(out, "=");
        encode(&plain, out);
    }
    sae_buf_done(&plain);
    sae_buf_done(&value);
    sae_buf_done(&key);
}

static void put_query(struct sae_anonymous *anon, const char *text, size_t len,
                      struct sae_buf *out)
{
    const char *end = text + len, *next;

    sae_buf_puts(out, "?");
    while ((next = memchr(text, '&', (size_t)(end - text))) != NULL) {
        put_pair(anon, text, (size_t)(next - text), out);
        sae_buf_puts(out, "&");
        text = next + 1;
    }
    put_pair(anon, text, (size_t)(end - text), out);
}

/* "users('ann@contoso.example')" is a name with a value in it. */
static bool put_keyed(struct sae_anonymous *anon, const struct sae_buf *segment,
                      struct sae_buf *out)
{
    const char *text = sae_buf_text(segment);
    const char *open = strstr(text, "('");
    size_t n = open == NULL ? 0 : (size_t)(open - text);

    if (open == NULL || !sae_listed(segments, text, n) || segment->len < n + 4 ||
        memcmp(text + segment->len - 2, "')", 2) != 0) {
        return false;
    }
    sae_buf_add(out, text, n + 2);
    sae_anonymous_value(anon, "", text + n + 2, segment->len - n - 4, out);
    sae_buf_puts(out, "')");
    return true;
}

static void put_segment(struct sae_anonymous *anon, const char *text, size_t len,
                        struct sae_buf *out)
{
    struct sae_buf segment, plain;

    sae_buf_init(&segment, out->max);
    sae_buf_init(&plain, out->max);
    decode(text, len, false, &segment);
    if (sae_listed(segments, sae_buf_text(&segment), segment.len)) {
        sae_buf_add(out, text, len);
    } else {
        if (!put_keyed(anon, &segment, &plain)) {
            sae_anonymous_value(anon, "", sae_buf_text(&segment), segment.len, &plain);
        }
        encode(&plain, out);
    }
    sae_buf_done(&plain);
    sae_buf_done(&segment);
}

static void put_path(struct sae_anonymous *anon, const char *text, size_t len,
                     struct sae_buf *out)
{
    const char *end = text + len, *next;

    while ((next = memchr(text, '/', (size_t)(end - text))) != NULL) {
        put_segment(anon, text, (size_t)(next - text), out);
        sae_buf_puts(out, "/");
        text = next + 1;
    }
    put_segment(anon, text, (size_t)(end - text), out);
}

/* "#Collection(Exchange.GenericHashTable)", "#auditLogs/signIns", "#CasMailbox". */
static void put_fragment(struct sae_anonymous *anon, const char *text, size_t len,
                         struct sae_buf *out)
{
    static const char *const types[] = {
        "Collection(Exchange.GenericHashTable)",
        "microsoft.graph.security.huntingQueryResults",
        "identity/conditionalAccess/policies",
        "policies/identitySecurityDefaultsEnforcementPolicy/$entity",
        "identitySecurityDefaultsEnforcementPolicy/$entity",
        "conditionalAccess/policies",
        NULL};

    sae_buf_puts(out, "#");
    if (sae_listed(types, text, len)) {
        sae_buf_add(out, text, len);
    } else {
        put_path(anon, text, len, out);
    }
}

static void put_authority(struct sae_anonymous *anon, const char *text, size_t len,
                          struct sae_buf *out)
{
    const char *at = memrchr(text, '@', len), *colon;
    char port[6] = "";
    size_t digits;

    if (at != NULL) {
        sae_buf_puts(out, "token-1@"); /* a user, maybe with a password */
        len -= (size_t)(at + 1 - text);
        text = at + 1;
    }
    colon = memrchr(text, ':', len);
    if (colon != NULL && memchr(colon, ']', (size_t)(text + len - colon)) == NULL) {
        digits = (size_t)(text + len - colon) - 1;
        if (sae_shape_digits(colon + 1, digits, 5)) {
            memcpy(port, colon + 1, digits);
            len = (size_t)(colon - text);
        }
    }
    sae_word_host(anon, text, len, port, out);
}

static size_t until(const char *text, size_t len, const char *stops)
{
    size_t i = 0;

    while (i < len && (text[i] == '\0' || strchr(stops, text[i]) == NULL)) {
        i++;
    }
    return i;
}

void sae_anonymous_url(struct sae_anonymous *anon, const char *text, size_t len,
                       struct sae_buf *out)
{
    size_t scheme = len > 8 && strncasecmp(text, "https://", 8) == 0  ? 8
                    : len > 7 && strncasecmp(text, "http://", 7) == 0 ? 7
                                                                      : 0;
    size_t n;

    if (scheme == 0 && (len == 0 || text[0] != '/')) {
        sae_word_put(anon, SAE_WORD_TEXT, text, len, out);
        return;
    }
    sae_buf_add(out, text, scheme);
    text += scheme;
    len -= scheme;
    if (scheme != 0) {
        n = until(text, len, "/?#");
        put_authority(anon, text, n, out);
        text += n;
        len -= n;
    }
    n = until(text, len, "?#");
    put_path(anon, text, n, out);
    if (n < len && text[n] == '?') {
        text += n + 1;
        len -= n + 1;
        n = until(text, len, "#");
        put_query(anon, text, n, out);
    }
    if (n < len) {
        put_fragment(anon, text + n + 1, len - n - 1, out);
    }
}
