/* SPDX-License-Identifier: MIT */
#include "fetch/link.h"

#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "fetch/rows.h"

enum { HTTPS_PORT = 443, BACK_END_PORT = 446, LAST_PORT = 65535 };

/* "https://HOST[:PORT]" and what stands behind it. */
struct place {
    const char *host;
    size_t host_len;
    uint64_t port;
    const char *path; /* the rest of the URL */
    size_t path_len;  /* up to the query */
};

/* Whoever reads a URL differently from us would send the token elsewhere: so nothing in
 * it may be understood in two ways. */
static bool is_plain(const char *url)
{
    for (const char *at = url; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~' || *at == '\\') {
            return false;
        }
    }
    return true;
}

static bool read_port(struct sae_cursor *cur, uint64_t *ret_port)
{
    if (!sae_cursor_char(cur, ':')) {
        *ret_port = HTTPS_PORT;
        return true;
    }
    if (cur->at == cur->end || *cur->at == '0' ||
        !sae_cursor_decimal(cur, LAST_PORT, ret_port)) {
        return false;
    }
    *ret_port = *ret_port == BACK_END_PORT ? HTTPS_PORT : *ret_port;
    return true;
}

static enum sae_status read_place(const char *url, struct place *ret_place,
                                  struct sae_err *err)
{
    struct sae_cursor cur = sae_cursor_text(url);
    struct place place = {0};

    if (strncasecmp(url, "https://", strlen("https://")) != 0) {
        return sae_fail(err, SAE_E_FORMAT, "the link to the next page is not https");
    }
    cur.at += strlen("https://");
    place.host = cur.at;
    place.host_len = strcspn(place.host, ":/?#");
    if (memchr(place.host, '@', strcspn(place.host, "/?#")) != NULL) {
        return sae_fail(err, SAE_E_FORMAT, "the link to the next page names a user");
    }
    cur.at += place.host_len;
    if (!read_port(&cur, &place.port)) {
        return sae_fail(err, SAE_E_FORMAT,
                        "the link to the next page has no proper port");
    }
    place.path = cur.at;
    place.path_len = strcspn(cur.at, "?");
    *ret_place = place;
    return SAE_OK;
}

static bool is_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return a_len == b_len && strncasecmp(a, b, b_len) == 0;
}

/* "eur01.outlook.office365.com" below "outlook.office365.com": labels and dots, no empty
 * label. */
static bool is_below(const struct place *link, const struct place *base)
{
    size_t len = link->host_len - base->host_len;
    bool label = false;

    if (link->host_len <= base->host_len ||
        !is_same(link->host + len, base->host_len, base->host, base->host_len)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        char c = link->host[i];

        if (c == '.' && !label) {
            return false;
        }
        label = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                (c >= '0' && c <= '9') || c == '-';
        if (!label && c != '.') {
            return false;
        }
    }
    return !label; /* the last one is the dot */
}

static enum sae_status compare(const struct place *link, const struct place *base,
                               const char *path, bool regional, struct sae_err *err)
{
    if (!is_same(link->host, link->host_len, base->host, base->host_len) &&
        (!regional || !is_below(link, base))) {
        return sae_fail(err, SAE_E_FORMAT,
                        "the link to the next page leads to another host, which gets no "
                        "token from us");
    }
    if (link->port != base->port) {
        return sae_fail(err, SAE_E_FORMAT,
                        "the link to the next page leads to another port");
    }
    if (!is_same(link->path, link->path_len, path, strlen(path))) {
        return sae_fail(err, SAE_E_FORMAT,
                        "the link to the next page leads to another path");
    }
    return SAE_OK;
}

/* The link itself, but for a port of back ends, which cannot be reached from outside. */
static enum sae_status write_url(const struct place *link, const struct place *base,
                                 struct sae_buf *ret_url, struct sae_err *err)
{
    const char *port = base->host + base->host_len;

    sae_buf_puts(ret_url, "https://");
    sae_buf_add(ret_url, link->host, link->host_len);
    sae_buf_add(ret_url, port, (size_t)(base->path - port));
    sae_buf_puts(ret_url, link->path);
    if (sae_buf_status(ret_url) != SAE_OK) {
        return sae_fail(err, sae_buf_status(ret_url),
                        "the link to the next page is too long");
    }
    return SAE_OK;
}

enum sae_status sae_link_check(const char *link, const char *base_url, const char *path,
                               bool regional, struct sae_buf *ret_url,
                               struct sae_err *err)
{
    struct place there, base;
    enum sae_status status;

    if (link[0] == '\0') {
        return sae_fail(err, SAE_E_FORMAT, "the link to the next page is empty");
    }
    if (strnlen(link, SAE_ROWS_LINK + 1) > SAE_ROWS_LINK) {
        return sae_fail(err, SAE_E_FORMAT, "the link to the next page has over %d bytes",
                        SAE_ROWS_LINK);
    }
    if (!is_plain(link)) {
        return sae_fail(err, SAE_E_FORMAT,
                        "the link to the next page has characters that no URL has");
    }
    if (strchr(link, '#') != NULL) {
        return sae_fail(err, SAE_E_FORMAT, "the link to the next page has a fragment");
    }
    status = read_place(link, &there, err);
    if (status == SAE_OK) {
        status = read_place(base_url, &base, err);
    }
    if (status == SAE_OK) {
        status = compare(&there, &base, path, regional, err);
    }
    return status == SAE_OK ? write_url(&there, &base, ret_url, err) : status;
}
