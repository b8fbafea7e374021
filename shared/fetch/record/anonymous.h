/* SPDX-License-Identifier: MIT */
/* Values of a tenant replaced by words that say what they are: guid-1, user-3@example,
 * 198.18.0.4, 2001:db8::2, host-1.example, text-7; the same value by the same word as long
 * as the struct lives. Meant for recordings that go into public bug reports, so a string is
 * replaced unless it is proven harmless, never kept unless it is proven dangerous.
 *
 * Kept are: dates and times, numbers of at most 7 digits (but for coordinates and network
 * numbers; longer ones where a time or code stands), true, false, null and "", two-letter countries where a country stands, names of properties and types,
 * error codes, cmdlets that read, and the words of a fixed list that matter for reading a
 * body (client apps, states, "Bearer", "Unlimited"). Whatever looks like a token or stands
 * in a member for secrets becomes token-1. Of errors in words those of a vocabulary are
 * kept, but not what is quoted, numbered, or otherwise could be a name.
 *
 * Output is ASCII. Not safe for use by several threads at once. */
#ifndef SAE_ANONYMOUS_H
#define SAE_ANONYMOUS_H

#include <stddef.h>

#include "base/buf.h"

enum {
    SAE_ANONYMOUS_VALUES = 200000, /* different values; further ones are TYPE-more */
    SAE_ANONYMOUS_HOSTS = 8,       /* base urls */
    SAE_ANONYMOUS_NESTED = 6       /* JSON in a string in JSON, URL in a URL */
};

struct sae_anonymous;

/* NULL: out of memory. */
struct sae_anonymous *sae_anonymous_new(void) SAE_MUST_CHECK;
void sae_anonymous_free(struct sae_anonymous *anon);

/* The host of `base_url` ("https://host" or with ":port") becomes SERVICE.example, without a
 * dot in it too. Those
 * beyond SAE_ANONYMOUS_HOSTS are treated as any other host. */
void sae_anonymous_host(struct sae_anonymous *anon, const char *service,
                        const char *base_url);

/* Where two services share a host and port, this one is meant from now on. */
void sae_anonymous_service(struct sae_anonymous *anon, const char *service);

/* Each appends what replaces `text` to `out`, whose status says whether it fitted. */
void sae_anonymous_url(struct sae_anonymous *anon, const char *text, size_t len,
                       struct sae_buf *out);
void sae_anonymous_prose(struct sae_anonymous *anon, const char *text, size_t len,
                         struct sae_buf *out);
/* A string that stands in the member `name`, "" for none. */
void sae_anonymous_value(struct sae_anonymous *anon, const char *name, const char *text,
                         size_t len, struct sae_buf *out);

/* Appends a whole JSON document with every value replaced. Its spoiled strings end in \u0000
 * again unless they were only too long; members whose names are longer than 128 bytes or
 * spoiled are left out. Fails as sae_scan_feed() and sae_buf_status() do, and then what was
 * appended is no document. */
enum sae_status sae_anonymous_json(struct sae_anonymous *anon, const char *data, size_t len,
                                   struct sae_buf *out, struct sae_err *err) SAE_MUST_CHECK;

/* Appends `text` as a JSON string with its quotes. */
void sae_anonymous_quote(struct sae_buf *out, const char *text, size_t len);

#endif
