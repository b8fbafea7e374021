/* SPDX-License-Identifier: MIT */
/* An exchange that failed, in words: who is to blame, and what to look at. */
#ifndef SAE_HTTP_WORDS_H
#define SAE_HTTP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

#include "base/err.h"
#include "facts.h"

enum { SAE_HTTP_SAID = 120 }; /* bytes of libcurl's own words that are quoted */

struct sae_http_trouble {
    const char *host;  /* safe */
    const char *proxy; /* as configured; NULL: none was used */
    const char *said;  /* by libcurl; "" if nothing */
    bool nameless;     /* the time ended before the name (of the proxy, if any) was resolved */
};

/* Fills `err`; returns SAE_E_NETWORK, SAE_E_TLS, SAE_E_FORMAT or SAE_E_NOMEM. */
enum sae_status sae_http_say(const struct sae_http_trouble *trouble, CURLcode code,
                             struct sae_err *err);

/* Host and port of `url`, safe, never the user and password before them. Returns `name`. */
char *sae_http_name(char *name, size_t cap, const char *url);

/* libcurl's words without apostrophes and quotes, which would reach the reader as question
 * marks: "Couldn't" is "Could not". Returns `text`. */
char *sae_http_plain(char text[SAE_HTTP_SAID + 1], const char *said);

#endif
