/* SPDX-License-Identifier: MIT */
/* Stands in for fetch/http: answers what the test scripted, in turn, and remembers what
 * was asked. All functions of http.h are here, so that the linker takes none from the
 * library. */
#ifndef SAE_TEST_SCRIPTED_HTTP_H
#define SAE_TEST_SCRIPTED_HTTP_H

#include "fetch/http.h"
#include "folder.h"

struct scripted {
    enum sae_status fails; /* no answer: this instead */
    long status;
    int64_t retry_after; /* seconds; 0: not said */
    const char *type, *body;
};

enum { SCRIPTED = 32, SENT_TEXT = 70000 };

static struct scripted script[SCRIPTED];
static int scripted, sent;
static char sent_url[1024], sent_body[SENT_TEXT], sent_headers[512], sent_service[16];
static char sent_bearer[64];
static bool sent_local, sent_get;
static uint64_t sent_most;
static int64_t paused[SCRIPTED], left, patience;
static int pauses;
static enum sae_status pause_says;
static void (*while_paused)(int64_t ticks); /* for what must see time pass; may be NULL */
static struct sae_http_setup the_setup;     /* of the last sae_http_new() */

struct sae_http {
    int nothing;
};

static struct sae_http the_http;

static inline void http_begin(void)
{
    scripted = sent = pauses = 0;
    left = SAE_HOUR;
    pause_says = SAE_OK;
    while_paused = NULL;
}

static inline void then_answer(struct scripted answer)
{
    ck_assert_int_lt(scripted, SCRIPTED);
    script[scripted++] = answer;
}

struct sae_http *sae_http_new(const struct sae_http_setup *setup)
{
    the_setup = *setup;
    return &the_http;
}

void sae_http_free(struct sae_http *http)
{
    (void)http;
}

static inline void remember(const struct sae_http_request *request)
{
    snprintf(sent_url, sizeof(sent_url), "%s", request->url);
    snprintf(sent_body, sizeof(sent_body), "%.*s", (int)request->body_len,
             request->body == NULL ? "" : request->body);
    snprintf(sent_service, sizeof(sent_service), "%s", request->service);
    sent_headers[0] = '\0';
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        size_t len = strlen(sent_headers);

        snprintf(sent_headers + len, sizeof(sent_headers) - len, "%s\n",
                 request->headers[i]);
    }
    snprintf(sent_bearer, sizeof(sent_bearer), "%s",
             request->bearer == NULL ? "" : request->bearer);
    sent_most = request->most;
    sent_local = request->local;
    sent_get = request->body == NULL;
    patience = request->patience;
}

enum sae_status sae_http_send(struct sae_http *http,
                              const struct sae_http_request *request,
                              struct sae_http_answer *ret_answer, struct sae_err *err)
{
    const struct scripted *next = &script[sent];
    const char *body = next->body == NULL ? "" : next->body;
    size_t len = strlen(body), half = len / 2;
    enum sae_status status;

    ck_assert_ptr_eq(http, &the_http);
    ck_assert_msg(sent < scripted, "request %d was not expected: %s", sent + 1,
                  request->url);
    sent++;
    remember(request);
    *ret_answer = (struct sae_http_answer){.retry_after = -1};
    sae_buf_init(&ret_answer->body, SAE_HTTP_ERROR_BODY);
    if (next->fails != SAE_OK) { /* perhaps after the beginning of a body */
        ck_assert_int_eq(request->sink(request->arg, body, half, err), SAE_OK);
        return sae_fail(err, next->fails, "cannot connect to host");
    }
    ret_answer->status = next->status;
    ret_answer->retry_after =
        next->retry_after == 0 ? -1 : next->retry_after * SAE_SECOND;
    snprintf(ret_answer->type, sizeof(ret_answer->type), "%s",
             next->type == NULL ? "application/json" : next->type);
    if (next->status != 200) {
        sae_buf_puts(&ret_answer->body, body);
        return SAE_OK;
    }
    status = request->sink(request->arg, body, half, err);
    return status == SAE_OK ? request->sink(request->arg, body + half, len - half, err)
                            : status;
}

void sae_http_answer_done(struct sae_http_answer *answer)
{
    sae_buf_done(&answer->body);
}

enum sae_status sae_http_pause(struct sae_http *http, int64_t ticks, struct sae_err *err)
{
    (void)http;
    ck_assert_int_lt(pauses, SCRIPTED);
    paused[pauses++] = ticks;
    if (while_paused != NULL) {
        while_paused(ticks);
    }
    return pause_says == SAE_OK ? SAE_OK
                                : sae_fail(err, pause_says, "time limit reached");
}

int64_t sae_http_left(const struct sae_http *http)
{
    (void)http;
    return left;
}

#endif
