/* SPDX-License-Identifier: MIT */
/* HTTPS as we speak it: TLS 1.2 or newer, always verified; no redirects; no proxy, netrc or
 * anything else from the environment; bounded answers; gzip; HTTP/2 and connections that are
 * used again. One struct sae_http serves one thread. curl_global_init() is the program's.
 *
 * The budget holds even where libcurl's own timeouts do not, such as in a name server that
 * never answers. The status of an answer is looked at before anything else: some services
 * declare an error body gzip and send NUL bytes. */
#ifndef SAE_HTTP_H
#define SAE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

enum {
    SAE_HTTP_ERROR_BODY = 65536, /* bytes kept of an answer that is not 200 */
    SAE_HTTP_URL = 20000
};

struct sae_http;
struct sae_record; /* fetch/record.h */

/* What went over the wire in a run; threads add to counts of their own. */
struct sae_traffic {
    int64_t requests;
    int64_t throttled; /* answers 429, and 503 that ask to wait */
    int64_t bytes;     /* of bodies, decoded */
};

struct sae_http_setup {
    const char *ca_file; /* NULL: the system's */
    const char *proxy;   /* NULL: none */
    const struct sae_budget *budget;
    struct sae_record *record; /* NULL: nothing is recorded */
    struct sae_traffic *traffic;
};

typedef enum sae_status (*sae_http_sink)(void *arg, const char *data, size_t len,
                                         struct sae_err *err);

struct sae_http_request {
    const char *service; /* "login", "exchange", "graph", "identity": for messages */
    const char *url;
    const char *body; /* NULL: GET; else POST, sent with body_len bytes */
    size_t body_len;
    const char *const *headers; /* "Name: value", ended by NULL; may be NULL */
    const char *bearer;         /* token; NULL: none */
    bool local;       /* the machine's own identity service: http allowed, never by proxy */
    int64_t patience; /* ticks; at most this long, and never beyond the budget */
    uint64_t most;    /* bytes of a 200's body, decoded; more is SAE_E_LIMIT */
    sae_http_sink sink; /* takes the body of a 200 as it arrives */
    void *arg;
};

struct sae_http_answer {
    long status;         /* 0: none */
    int64_t retry_after; /* ticks to wait, at least 0; -1: not said */
    char type[64];       /* media type, lower case, safe */
    bool garbled;        /* the body of an answer that is not 200 is no text: NUL bytes */
    struct sae_buf body; /* of an answer that is not 200: its beginning */
};

/* NULL: out of memory. The strings of `setup` must stay valid. */
struct sae_http *sae_http_new(const struct sae_http_setup *setup) SAE_MUST_CHECK;
void sae_http_free(struct sae_http *http);

/* Sends and waits. SAE_OK if an answer of any status arrived whole; the caller owns
 * ret_answer->body (sae_http_answer_done, valid whatever is returned). Otherwise
 * SAE_E_NETWORK, SAE_E_TLS, SAE_E_TIMEOUT (the budget; or SAE_E_NETWORK if only `patience`
 * ended), SAE_E_LIMIT, SAE_E_FORMAT (no HTTP), SAE_E_STALE (our clock is wrong by more than
 * 5 min), or what the sink returned. Messages name the host. */
enum sae_status sae_http_send(struct sae_http *http, const struct sae_http_request *request,
                              struct sae_http_answer *ret_answer,
                              struct sae_err *err) SAE_MUST_CHECK;
void sae_http_answer_done(struct sae_http_answer *answer);

/* Waits, as far as the budget goes. */
enum sae_status sae_http_pause(struct sae_http *http, int64_t ticks,
                               struct sae_err *err) SAE_MUST_CHECK;

/* Ticks that the budget still allows, at least 0. */
int64_t sae_http_left(const struct sae_http *http);

#endif
