/* SPDX-License-Identifier: MIT */
/* Errors in words. A word stays if the vocabulary has it, or it is one of those that the
 * services begin sentences with; what is quoted or looks like anything else is a value. */
#include <string.h>
#include <strings.h>

#include "address.h"
#include "fetch/record/anonymous_private.h"
#include "fetch/record/vocabulary.h"

enum { LONG_WORD = 512, SMALL_NUMBER = 4, SEPARATORS = 2 /* in a number, but for times */ };

/* From the texts in the project's reference ("Exchange" 1.10 and 12, "Sign-ins" 2.2, 3 and 8)
 * and the services' published error codes. */
static const char *const words[] = {
    "A", "An", "Any", "The", "This", "That", "These", "There", "To", "For", "From", "In",
    "If", "It", "Its", "Is", "Are", "As", "At", "By", "On", "Or", "No", "Not", "Of", "Due",
    "Because", "When", "While", "With", "Your", "You", "Please", "Try", "Too", "Many",
    "Neither", "Either", "Can", "Cannot", "Could", "Unable", "Failed", "Failure", "Only",
    "Access", "Account", "Active", "Admin", "Administrator", "Application", "App", "Audit",
    "Authentication", "Authorization", "Authorized", "Azure", "Basic", "Bad", "Bearer",
    "Blocked", "Calling", "Cannot", "Client", "Cmdlet", "Command", "Conditional", "Contact",
    "Correlation", "CorrelationId", "Credential", "Credentials", "Default", "Denied",
    "Details", "Device", "Directory", "Ensure", "Entra", "Error", "Errors", "Exchange",
    "Exception", "Expired", "Expiry", "External", "Forbidden", "Found", "Gateway", "Graph",
    "ID", "IP", "ID's", "Insufficient", "Internal", "Invalid", "License", "MFA", "Make",
    "Management", "Message", "Microsoft", "Missing", "More", "Multi-Factor", "NOT", "Object",
    "Online", "Operation", "Organization", "PageSize", "Parameter", "Password", "Permission",
    "Permissions", "Policies", "Policy", "Powershell", "Principal", "Privileges", "Problem",
    "Property", "Read", "Request", "Requests", "Required", "Resource", "ResultSize",
    "Results", "Retry", "Retry-After", "Role", "Roles", "Security", "Send", "Server",
    "Service", "Session", "Sign-in", "Skip", "Something", "Syntax", "System", "Tenant",
    "Time", "Timeout", "Timestamp", "Token", "Trace", "Unauthorized", "Unexpected",
    "Unlimited", "Unknown", "Use", "User", "Username", "Users", "Value", "Verify", "Warning",
    "Be", "Current", "Limit", "Page", "Size", "Top", "Visit", "App-Only", "EXO", "AD",
    "-ResultSize", "B2C", "P1", "P2", "OAuth", "OAuth2", "SMTP", "AUTH", "HTTP", "HTTPS", "JSON", "URL",
    "AAD", "AADSTS", "API", "UTC", "TLS", "DNS", "MSGraph", "OData", "PowerShell", "ROPC",
    "sign-in", "sign-ins", "signed-in", "re-authenticate", "multi-factor", "on-premises",
    "on-premise", "pass-through", "non-premium", "pre-authenticated", "read-only",
    "invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "client_id",
    "client_secret", "client_assertion", "grant_type", "invalid_resource",
    "unauthorized_client",
    "$filter", "$select", "$top", "$skiptoken", "$orderby", "skiptoken",
    NULL};

/* Opening quotes, each with what closes it. */
static const struct {
    const char *open, *close;
} quotes[] = {
    {"\"", "\""},
    {"'", "'"},
    {"`", "`"},
    {"`", "'"},
    {"\xe2\x80\x98", "\xe2\x80\x99"},
    {"\xe2\x80\x9c", "\xe2\x80\x9d"},
    {"\xe2\x80\x9e", "\xe2\x80\x9c"},
    {"\xc2\xab", "\xc2\xbb"},
};

struct prose {
    struct sae_anonymous *anon;
    struct sae_buf *out;
    const char *at, *end;
    const char *begin;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool in_word(const struct prose *prose, const char *at)
{
    return at >= prose->begin && at < prose->end &&
           (is_letter(*at) || (*at >= '0' && *at <= '9') || (unsigned char)*at >= 0x80);
}

static bool begins(const struct prose *prose, const char *at, const char *with)
{
    size_t n = strlen(with);

    return (size_t)(prose->end - at) >= n && memcmp(at, with, n) == 0;
}

/* Length of an apostrophe between two letters, in ASCII or as printers write it. */
static size_t apostrophe(const struct prose *prose, const char *at)
{
    size_t n = *at == '\'' ? 1 : begins(prose, at, "\xe2\x80\x99") ? 3 : 0;

    return n > 0 && at > prose->begin && is_letter(at[-1]) && at + n < prose->end &&
                   is_letter(at[n])
               ? n
               : 0;
}

/* The closing quote is not in the middle of a word: 'O'Brien' is one name. */
static const char *closing(const struct prose *prose, const char *from, const char *close)
{
    size_t n = strlen(close);

    for (const char *at = from; at < prose->end; at++) {
        if (begins(prose, at, close) && !in_word(prose, at + n)) {
            return at;
        }
    }
    return NULL;
}

/* Without a closing quote all the rest is quoted. */
static bool take_quoted(struct prose *prose)
{
    for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
        if (begins(prose, prose->at, quotes[i].open)) {
            const char *from = prose->at + strlen(quotes[i].open);
            const char *end = closing(prose, from, quotes[i].close);

            if (end == NULL && i + 1 < sizeof(quotes) / sizeof(quotes[0]) &&
                strcmp(quotes[i].open, quotes[i + 1].open) == 0) {
                continue;
            }
            sae_buf_puts(prose->out, "'");
            sae_anonymous_value(prose->anon, "", from,
                                (size_t)((end == NULL ? prose->end : end) - from),
                                prose->out);
            sae_buf_puts(prose->out, "'");
            prose->at = end == NULL ? prose->end : end + strlen(quotes[i].close);
            return true;
        }
    }
    return false;
}

static bool separates(char c)
{
    return (unsigned char)c <= ' ' || strchr("|,;()[]{}<>", c) != NULL;
}

static bool is_quote(const struct prose *prose, const char *at)
{
    for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
        if (begins(prose, at, quotes[i].open) || begins(prose, at, quotes[i].close)) {
            return true;
        }
    }
    return false;
}

static const char *word_end(const struct prose *prose)
{
    const char *at = prose->at;

    while (at < prose->end && !separates(*at)) {
        size_t n = apostrophe(prose, at);

        if (n == 0 && is_quote(prose, at)) {
            break;
        }
        at += n == 0 ? 1 : n;
    }
    return at;
}

/* A URL ends where nothing that belongs to one follows. */
static const char *url_end(const struct prose *prose)
{
    const char *at = prose->at;

    while (at < prose->end && *at > ' ' && *at != 0x7f && strchr("\"<>|\\^`", *at) == NULL) {
        at++;
    }
    while (at > prose->at && strchr(".,;:!?)]}'", at[-1]) != NULL) {
        at--;
    }
    return at;
}

/* "00:30:00", "08:15:30Z". */
static bool is_time(const char *text, size_t len)
{
    return (len == 8 || (len == 9 && text[8] == 'Z')) && text[2] == ':' && text[5] == ':' &&
           sae_shape_digits(text, 2, 2) && sae_shape_digits(text + 3, 2, 2) &&
           sae_shape_digits(text + 6, 2, 2);
}

/* "1000", "4.5", "-1", "10%": too short to number anybody. "1.2.3.4" and "1::2" are not. */
static bool is_small_number(const char *text, size_t len)
{
    size_t digits = 0;

    if (!sae_shape_of(text, len, SAE_DIGITS ":.-%")) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        digits += strchr(SAE_DIGITS, text[i]) != NULL ? 1 : 0;
    }
    return digits > 0 && digits <= SMALL_NUMBER && len - digits <= SEPARATORS &&
           sae_address_read(text, len).len == 0;
}

/* "AADSTS700016", and Exchange's "Ex6F9304". */
static bool is_code(const char *text, size_t len)
{
    return (len > 6 && memcmp(text, "AADSTS", 6) == 0 &&
            sae_shape_digits(text + 6, len - 6, 10)) ||
           (len == 8 && memcmp(text, "Ex", 2) == 0 &&
            sae_shape_of(text + 2, 6, SAE_DIGITS "ABCDEF"));
}

/* "AuditLog.Read.All", "Exchange.ManageAsApp". */
static bool is_permission(const char *text, size_t len)
{
    const char *dot = memchr(text, '.', len);
    size_t rest = dot == NULL ? 0 : (size_t)(text + len - dot) - 1;

    if (dot == NULL || len >= 64 || !sae_shape_of(text, len, SAE_LOWER SAE_UPPER ".")) {
        return false;
    }
    return (rest > 5 && memcmp(dot + 1, "Read.", 5) == 0) ||
           (rest == 11 && memcmp(dot + 1, "ManageAsApp", 11) == 0);
}

static bool may_stay(const char *text, size_t len)
{
    bool wordless = true;

    for (size_t i = 0; i < len; i++) {
        wordless = wordless && !is_letter(text[i]) && (unsigned char)text[i] < 0x80 &&
                   strchr(SAE_DIGITS, text[i]) == NULL && (unsigned char)text[i] > ' ' &&
                   text[i] != 0x7f;
    }
    return wordless || sae_vocabulary_knows(text, len) || sae_listed(words, text, len) ||
           is_small_number(text, len) || is_time(text, len) || is_code(text, len) ||
           is_permission(text, len) || sae_shape_cmdlet(text, len) ||
           sae_shape_type(text, len);
}

/* What may stay is ASCII but for printed apostrophes (E2 80 99). */
static void put_kept(struct prose *prose, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x80) {
            sae_buf_add(prose->out, text + i, 1);
        } else if ((unsigned char)text[i] == 0xe2) {
            sae_buf_puts(prose->out, "'");
        }
    }
}

/* Of "ID:1234" and "code=x" the bytes of the first side and its sign, if that side may stay;
 * else 0. */
static size_t first_side(const char *text, size_t len)
{
    const char *sign = len > LONG_WORD ? NULL : memchr(text, ':', len);

    if (len <= LONG_WORD && sign == NULL) {
        sign = memchr(text, '=', len);
    }
    if (sign == NULL || sign == text || sign + 1 == text + len ||
        !may_stay(text, (size_t)(sign - text))) {
        return 0;
    }
    return (size_t)(sign - text) + 1;
}

static void put_value(struct prose *prose, const char *text, size_t len)
{
    bool number = sae_shape_of(text, len, SAE_DIGITS);

    sae_word_put(prose->anon, number ? SAE_WORD_NUMBER : SAE_WORD_TEXT, text, len,
                 prose->out);
}

static void put_word(struct prose *prose, const char *text, size_t len)
{
    while (len > 0 && !sae_word_known_host(prose->anon, text, len, prose->out)) {
        bool stays = may_stay(text, len);
        size_t side;

        if (!stays && sae_anonymous_shape(prose->anon, text, len, prose->out)) {
            return;
        }
        side = stays ? len : first_side(text, len);
        if (side == 0) {
            put_value(prose, text, len);
            return;
        }
        put_kept(prose, text, side);
        text += side;
        len -= side;
    }
}

static void take_word(struct prose *prose)
{
    const char *end = word_end(prose), *next;
    size_t len;

    if (begins(prose, prose->at, "https://") || begins(prose, prose->at, "http://")) {
        end = url_end(prose);
        sae_anonymous_url(prose->anon, prose->at, (size_t)(end - prose->at), prose->out);
        prose->at = end;
        return;
    }
    next = end;
    len = (size_t)(end - prose->at);
    while (len > 1 && strchr(".:!?", prose->at[len - 1]) != NULL) {
        len--;
    }
    put_word(prose, prose->at, len);
    sae_buf_add(prose->out, prose->at + len, (size_t)(next - prose->at) - len);
    prose->at = next;
}

void sae_anonymous_prose(struct sae_anonymous *anon, const char *text, size_t len,
                         struct sae_buf *out)
{
    struct prose prose = {
        .anon = anon, .out = out, .at = text, .end = text + len, .begin = text};

    while (prose.at < prose.end) {
        if (separates(*prose.at)) {
            bool plain = *prose.at >= ' ' || strchr("\r\n\t", *prose.at) != NULL;

            sae_buf_add(out, plain && *prose.at != '\0' ? prose.at : "?", 1);
            prose.at++;
        } else if (!take_quoted(&prose)) {
            const char *before = prose.at;

            take_word(&prose);
            if (prose.at == before) { /* a closing quote that nothing opened */
                sae_buf_puts(out, "'");
                prose.at++;
            }
        }
    }
}
