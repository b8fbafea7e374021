/* SPDX-License-Identifier: MIT */
/* What a value is, seen from its form alone. */
#include <string.h>
#include <strings.h>

#include "address.h"
#include "base/clock.h"
#include "base/text.h"
#include "fetch/record/anonymous_private.h"

enum {
    TOKEN = 64,     /* so many characters of base64url without a blank are a token */
    IDENTIFIER = 64,
    TYPE = 200,
    ADDRESS = 320,  /* a mail address, RFC 5321 4.5.3.1 */
    FEW_DIGITS = 4  /* more of them in a row number somebody or something */
};

bool sae_listed(const char *const *list, const char *text, size_t len)
{
    for (; *list != NULL; list++) {
        if (strlen(*list) == len && strncasecmp(*list, text, len) == 0) {
            return true;
        }
    }
    return false;
}

bool sae_shape_of(const char *text, size_t len, const char *set)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\0' || strchr(set, text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

bool sae_shape_digits(const char *text, size_t len, size_t most)
{
    return len > 0 && len <= most && sae_shape_of(text, len, SAE_DIGITS);
}

static bool few_digits(const char *text, size_t len)
{
    size_t digits = 0;

    for (size_t i = 0; i < len; i++) {
        digits += text[i] >= '0' && text[i] <= '9' ? 1 : 0;
    }
    return digits <= FEW_DIGITS;
}

bool sae_shape_identifier(const char *text, size_t len)
{
    return len > 0 && len < IDENTIFIER && strchr(SAE_DIGITS, text[0]) == NULL &&
           sae_shape_of(text, len, SAE_LOWER SAE_UPPER SAE_DIGITS "_$") &&
           few_digits(text, len);
}

static bool begins(const char *text, size_t len, const char *with)
{
    size_t n = strlen(with);

    return len > n && strncasecmp(text, with, n) == 0;
}

bool sae_shape_type(const char *text, size_t len)
{
    return len < TYPE &&
           (begins(text, len, "Microsoft.") || begins(text, len, "System.")) &&
           sae_shape_of(text, len, SAE_LOWER SAE_UPPER SAE_DIGITS "._") &&
           few_digits(text, len);
}

bool sae_shape_cmdlet(const char *text, size_t len)
{
    return len < IDENTIFIER && begins(text, len, "Get-") &&
           sae_shape_of(text + 4, len - 4, SAE_LOWER SAE_UPPER);
}

/* RFC 3339, the same with a blank or without a zone (errors of Graph and of the login
 * service), and dates alone. .NET's empty date is the year 1, which we cannot count to. */
bool sae_shape_date(const char *text, size_t len)
{
    char copy[48];
    int64_t time;

    if (len < 10 || len > 36 || !sae_text_copy(copy, 37, text, len)) {
        return false;
    }
    if (strncmp(copy, "0001-", 5) == 0 || strncmp(copy, "1601-", 5) == 0) {
        memcpy(copy, "2001", 4);
    }
    if (len == 10) {
        memcpy(copy + 10, "T00:00:00Z", 11);
    } else if (copy[10] == ' ') {
        copy[10] = 'T';
    }
    if (len > 10 && strpbrk(copy + 11, "Zz+-") == NULL) {
        memcpy(copy + len, "Z", 2);
    }
    return sae_time_parse(copy, strlen(copy), &time);
}

static bool is_guid(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-' : strchr(SAE_DIGITS "abcdefABCDEF", text[i]) == NULL) {
            return false;
        }
    }
    return len == 36;
}

/* The zero GUID stands for nobody and is read as that. */
static bool guid(struct sae_anonymous *anon, const char *text, size_t len,
                 struct sae_buf *out)
{
    bool braces = len == 38 && text[0] == '{' && text[37] == '}';

    text += braces ? 1 : 0;
    len -= braces ? 2 : 0;
    if (len != 36 || memchr(text, '\0', len) != NULL || !is_guid(text, len)) {
        return false;
    }
    sae_buf_puts(out, braces ? "{" : "");
    if (sae_shape_of(text, len, "0-")) {
        sae_buf_add(out, text, len);
    } else {
        sae_word_put(anon, SAE_WORD_GUID, text, len, out);
    }
    sae_buf_puts(out, braces ? "}" : "");
    return true;
}

/* With brackets and a port if there were; every port is 1. */
static bool address(struct sae_anonymous *anon, const char *text, size_t len,
                    struct sae_buf *out)
{
    struct sae_address ip = sae_address_read(text, len);
    char canonical[SAE_ADDRESS_TEXT];
    const char *close, *colon;
    bool brackets, port;

    if (ip.len == 0) {
        return false;
    }
    close = memchr(text, ']', len);
    colon = memchr(text, ':', len);
    brackets = text[0] == '[' && close != NULL;
    port = brackets ? close + 1 < text + len
                    : colon != NULL && memrchr(text, ':', len) == colon;
    sae_address_text(canonical, sizeof(canonical), &ip);
    sae_buf_puts(out, brackets ? "[" : "");
    sae_word_put(anon, ip.len == 4 ? SAE_WORD_IPV4 : SAE_WORD_IPV6, canonical,
                 strlen(canonical), out);
    sae_buf_puts(out, brackets ? "]" : "");
    sae_buf_puts(out, port ? ":1" : "");
    return true;
}

/* A JWT, or what has the length and the alphabet of a token. */
static bool token(const char *text, size_t len, struct sae_buf *out)
{
    bool jwt = begins(text, len, "eyJ") && memchr(text, ' ', len) == NULL;

    if (!jwt && (len < TOKEN ||
                 !sae_shape_of(text, len, SAE_LOWER SAE_UPPER SAE_DIGITS "-_.~="))) {
        return false;
    }
    sae_buf_puts(out, "token-1");
    return true;
}

/* Names of users of other tenants have a # in them; what comes before the @ may be anything
 * but blanks. Exchange writes the kind of an address in front of it. */
static bool mail(struct sae_anonymous *anon, const char *text, size_t len,
                 struct sae_buf *out)
{
    static const char *const kinds[] = {"smtp", "sip", "eum", "spo", NULL};
    const char *at = memchr(text, '@', len);
    const char *colon = memchr(text, ':', len);

    if (len > ADDRESS || at == NULL || at == text || at + 1 == text + len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] <= ' ' || text[i] == '"' || text[i] == 0x7f) {
            return false;
        }
    }
    if (colon != NULL && colon + 1 < at &&
        sae_listed(kinds, text, (size_t)(colon - text))) {
        size_t n = (size_t)(colon + 1 - text);

        sae_buf_add(out, text, n);
        text += n;
        len -= n;
    }
    sae_word_put(anon, SAE_WORD_USER, text, len, out);
    return true;
}

/* At least two labels, the last one of letters. */
static bool host(struct sae_anonymous *anon, const char *text, size_t len,
                 struct sae_buf *out)
{
    const char *dot = memrchr(text, '.', len);
    size_t top = dot == NULL ? 0 : (size_t)(text + len - dot) - 1;

    if (len > 253 || top < 2 || dot == text || text[0] == '.' || text[0] == '-' ||
        !sae_shape_of(dot + 1, top, SAE_LOWER SAE_UPPER) ||
        !sae_shape_of(text, len, SAE_LOWER SAE_UPPER SAE_DIGITS "-.")) {
        return false;
    }
    sae_word_host(anon, text, len, "", out);
    return true;
}

static bool url(struct sae_anonymous *anon, const char *text, size_t len,
                struct sae_buf *out)
{
    size_t scheme = 0;

    while (scheme < len && text[scheme] != '\0' &&
           strchr(SAE_LOWER SAE_UPPER SAE_DIGITS "+.-", text[scheme]) != NULL) {
        scheme++;
    }
    if (scheme == 0 || len - scheme < 4 || memcmp(text + scheme, "://", 3) != 0 ||
        memchr(text, ' ', len) != NULL) {
        return false;
    }
    sae_anonymous_url(anon, text, len, out);
    return true;
}

bool sae_anonymous_shape(struct sae_anonymous *anon, const char *text, size_t len,
                         struct sae_buf *out)
{
    if (sae_shape_date(text, len)) {
        sae_buf_add(out, text, len);
        return true;
    }
    return guid(anon, text, len, out) || url(anon, text, len, out) ||
           token(text, len, out) || address(anon, text, len, out) ||
           sae_word_known_host(anon, text, len, out) ||
           mail(anon, text, len, out) || host(anon, text, len, out);
}
