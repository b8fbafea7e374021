/* SPDX-License-Identifier: MIT */
#include "fetch/client.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/scan.h"
#include "base/text.h"
#include "fetch/bucket.h"
#include "fetch/record.h"
#include "fetch/token.h"

#define FIRST_PAUSE (2 * SAE_SECOND)   /* after a failure that may pass; doubles */
#define FIRST_WAIT (10 * SAE_SECOND)   /* 429 that does not say how long; doubles */

/* A whole tenant in one body: over a million mailboxes with all their members. */
#define PAGE_BYTES (UINT64_C(4) << 30)

enum { MOST_FAILURES = 2, MOST_WAITS = 8 };

struct sae_client {
    struct sae_client_setup setup;
    struct sae_http *http;
    struct sae_tokens *tokens;
    struct sae_bucket bucket;
};

static void name_hosts(const struct sae_client_setup *setup)
{
    for (int i = 0; i < SAE_SERVICE_COUNT; i++) {
        enum sae_service service = (enum sae_service)i;

        sae_record_host(setup->record, sae_service_name(service),
                        sae_cloud_url(setup->tenant, service));
    }
}

struct sae_client *sae_client_new(const struct sae_client_setup *setup)
{
    struct sae_client *client = calloc(1, sizeof(*client));
    struct sae_http_setup http = {.ca_file = sae_tenant_text(setup->tenant, SAE_KEY_CA_FILE),
                                  .proxy = sae_tenant_text(setup->tenant, SAE_KEY_PROXY),
                                  .budget = setup->budget,
                                  .record = setup->record,
                                  .traffic = setup->traffic};

    if (client == NULL) {
        return NULL;
    }
    client->setup = *setup;
    name_hosts(setup);
    sae_bucket_open(&client->bucket, setup->tenant);
    client->http = sae_http_new(&http);
    client->tokens =
        client->http == NULL ? NULL : sae_tokens_new(setup->tenant, client->http);
    if (client->tokens == NULL) {
        sae_client_free(client);
        return NULL;
    }
    return client;
}

void sae_client_free(struct sae_client *client)
{
    if (client != NULL) {
        sae_tokens_free(client->tokens);
        sae_http_free(client->http);
        sae_bucket_close(&client->bucket);
        free(client);
    }
}

const struct sae_tenant *sae_client_tenant(const struct sae_client *client)
{
    return client->setup.tenant;
}

int64_t sae_client_left(const struct sae_client *client)
{
    return sae_http_left(client->http);
}

bool sae_client_stopped(const struct sae_client *client)
{
    const struct sae_budget *budget = client->setup.budget;

    return budget->stop != NULL && *budget->stop != 0;
}

enum sae_status sae_client_token(struct sae_client *client, enum sae_service service,
                                 struct sae_err *err)
{
    const char *token;

    return sae_token_get(client->tokens, service, &token, err);
}

/* ---- one question, asked until it is answered --------------------------------------- */

/* What the asker does with an answer: `begin` before each try, `finish` after a 200 that
 * arrived whole. */
struct reader {
    enum sae_status (*begin)(void *arg, struct sae_err *err);
    sae_http_sink feed;
    enum sae_status (*finish)(void *arg, struct sae_err *err);
    void *arg;
    uint64_t most;
};

struct tries {
    int failures, waits;
    bool renewed; /* the token was */
};

enum verdict { DONE, FINAL, MAY_PASS, MUST_WAIT, NEW_TOKEN };

static const char *name_of(const struct sae_ask *ask)
{
    return sae_service_name(ask->service);
}

/* Words for a refusal that the asker may replace by better ones. */
static enum sae_status say_refusal(const struct sae_ask *ask,
                                   const struct sae_refusal *refusal, struct sae_err *err)
{
    const char *text = refusal->text[0] != '\0' ? refusal->text : refusal->code;
    enum sae_status code = refusal->status == 401   ? SAE_E_AUTH
                           : refusal->status == 403 ? SAE_E_DENIED
                           : refusal->status == 429 ? SAE_E_THROTTLED
                           : refusal->status >= 500 ? SAE_E_SERVICE
                                                    : SAE_E_FORMAT;

    if (refusal->status >= 300 && refusal->status < 400) {
        return sae_fail(err, code, "%s answers with a redirect (HTTP %ld), not followed",
                        name_of(ask), refusal->status);
    }
    return sae_fail(err, code, "%s answers HTTP %ld%s%.150s", name_of(ask), refusal->status,
                    text[0] == '\0' ? "" : ": ", text);
}

static enum verdict judge_answer(struct sae_client *client, const struct sae_ask *ask,
                                 const struct sae_http_answer *answer, struct tries *tries,
                                 struct sae_refusal *refusal, enum sae_status *ret_status,
                                 struct sae_err *err)
{
    bool asks_to_wait =
        answer->status == 429 || (answer->status == 503 && answer->retry_after >= 0);

    sae_refusal_read(answer, refusal);
    *ret_status = say_refusal(ask, refusal, err);
    if (answer->status == 401 && !tries->renewed) {
        sae_token_drop(client->tokens, ask->service);
        tries->renewed = true;
        return NEW_TOKEN;
    }
    if (asks_to_wait && ++tries->waits <= MOST_WAITS) {
        return MUST_WAIT;
    }
    if (asks_to_wait) {
        if (ask->slowly && answer->retry_after > 0) { /* the next run is not to ask at once */
            sae_bucket_block(&client->bucket, answer->retry_after);
        }
        return FINAL;
    }
    if (answer->status >= 500 && answer->status != 501) {
        return ++tries->failures <= MOST_FAILURES ? MAY_PASS : FINAL;
    }
    return FINAL;
}

/* One try: token, turn, request, body. */
static enum verdict try_once(struct sae_client *client, const struct sae_ask *ask,
                             const struct reader *reader, struct tries *tries,
                             struct sae_http_answer *answer, struct sae_refusal *refusal,
                             enum sae_status *ret_status, struct sae_err *err)
{
    struct sae_http_request request = {.service = name_of(ask),
                                       .url = ask->url,
                                       .body = ask->body,
                                       .body_len = ask->body_len,
                                       .headers = ask->headers,
                                       .patience = ask->patience,
                                       .most = reader->most,
                                       .sink = reader->feed,
                                       .arg = reader->arg};
    enum sae_status status =
        sae_token_get(client->tokens, ask->service, &request.bearer, err);

    if (status == SAE_OK && ask->slowly) {
        status = sae_bucket_wait(&client->bucket, client->http, err);
    }
    if (status == SAE_OK) {
        status = reader->begin(reader->arg, err);
    }
    if (status != SAE_OK) {
        *ret_status = status;
        return FINAL;
    }
    status = sae_http_send(client->http, &request, answer, err);
    if (status == SAE_OK && answer->status != 200) {
        return judge_answer(client, ask, answer, tries, refusal, ret_status, err);
    }
    *ret_status = status == SAE_OK ? reader->finish(reader->arg, err) : status;
    if (*ret_status == SAE_OK) {
        return DONE;
    }
    /* A body that ends early looks whole where nobody said how long it would be. */
    if (status == SAE_E_NETWORK || (status == SAE_OK && *ret_status == SAE_E_FORMAT)) {
        return ++tries->failures <= MOST_FAILURES ? MAY_PASS : FINAL;
    }
    return FINAL;
}

/* Up to a quarter more, so that many who failed together do not come back together. */
static int64_t jitter(int64_t ticks)
{
    return ticks + ticks / 4 * (sae_clock_monotonic() / 16 % 1024) / 1024;
}

/* How long to wait before the next try; what the service does not say is ours to choose,
 * within a third of what is left. */
static int64_t pause_of(struct sae_client *client, enum verdict verdict,
                        const struct tries *tries, const struct sae_http_answer *answer)
{
    int64_t most = sae_http_left(client->http) / 3, wait;

    if (verdict != MUST_WAIT && verdict != MAY_PASS) {
        return 0;
    }
    if (verdict == MUST_WAIT && answer->retry_after >= 0) {
        return answer->retry_after;
    }
    wait = verdict == MUST_WAIT ? jitter(FIRST_WAIT << (tries->waits - 1))
                                : jitter(FIRST_PAUSE << (tries->failures - 1));
    return wait < most ? wait : most;
}

/* Waits for the next try; *err holds why the last one failed. */
static enum sae_status wait_for_next(struct sae_client *client, const struct sae_ask *ask,
                                     enum verdict verdict, int64_t wait,
                                     struct sae_err *err)
{
    enum sae_status failed = err->code;
    struct sae_err late;

    if (ask->slowly && verdict == MUST_WAIT) {
        sae_bucket_block(&client->bucket, wait);
    }
    if (wait > sae_http_left(client->http)) {
        return sae_fail(err, SAE_E_THROTTLED,
                        "%s asks to wait %lld s, longer than the time limit leaves",
                        name_of(ask), (long long)(wait / SAE_SECOND));
    }
    if (sae_http_pause(client->http, wait, &late) == SAE_OK) {
        return SAE_OK;
    }
    (void)sae_fail_in(err, failed, "%s after", late.text);
    err->code = late.code;
    return late.code;
}

/* A try that could not even begin, because the time was over while it waited for its turn,
 * says nothing: the one before it does. */
static enum sae_status give_up(enum sae_status status, const struct sae_err *why,
                               const struct sae_err *before, struct sae_err *err)
{
    bool waited = status == SAE_E_TIMEOUT && strchr(why->text, ':') == NULL;

    return waited && before->code != SAE_OK
               ? sae_fail(err, status, "%s after: %s", why->text, before->text)
               : sae_fail(err, status, "%s", why->text);
}

static enum sae_status ask_service(struct sae_client *client, const struct sae_ask *ask,
                                   const struct reader *reader,
                                   struct sae_refusal *ret_refusal, struct sae_err *err)
{
    struct tries tries = {0};
    struct sae_err why = {0};
    enum sae_status status = SAE_OK;

    for (;;) {
        struct sae_http_answer answer = {.retry_after = -1};
        struct sae_err before = why;
        enum verdict verdict;
        int64_t wait;

        *ret_refusal = (struct sae_refusal){0};
        verdict = try_once(client, ask, reader, &tries, &answer, ret_refusal, &status, &why);
        wait = pause_of(client, verdict, &tries, &answer);
        sae_http_answer_done(&answer);
        if (verdict == DONE) {
            return SAE_OK;
        }
        if (verdict != FINAL) {
            status = wait_for_next(client, ask, verdict, wait, &why);
        }
        if (verdict == FINAL || status != SAE_OK) {
            return give_up(status, &why, &before, err);
        }
    }
}

/* ---- pages of rows ------------------------------------------------------------------ */

struct page_reader {
    const struct sae_page_reader *to;
    const struct sae_ask *ask;
    struct sae_rows *rows;
    bool begun; /* the first byte was seen */
    struct sae_page *page;
};

static enum sae_status begin_page(void *arg, struct sae_err *err)
{
    struct page_reader *reader = arg;

    sae_rows_free(reader->rows);
    reader->begun = false;
    reader->rows = sae_rows_new(reader->to->names, reader->to->name_count, reader->to->take,
                                reader->to->arg);
    if (reader->rows == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    return reader->to->begin(reader->to->arg, err);
}

static enum sae_status not_json(const struct sae_ask *ask, struct sae_err *err)
{
    return sae_fail(err, SAE_E_FORMAT,
                    "%s answers with something else than JSON: is a proxy in between?",
                    name_of(ask));
}

static enum sae_status feed_page(void *arg, const char *data, size_t len, struct sae_err *err)
{
    struct page_reader *reader = arg;
    size_t blanks = 0;
    enum sae_status status;

    while (!reader->begun && blanks < len && strchr(" \t\r\n", data[blanks]) != NULL &&
           data[blanks] != '\0') {
        blanks++;
    }
    if (!reader->begun && blanks < len) {
        if (data[blanks] != '{') {
            return not_json(reader->ask, err);
        }
        reader->begun = true;
    }
    status = sae_rows_feed(reader->rows, data, len, err);
    return status == SAE_OK ? SAE_OK
                            : sae_fail_in(err, status, "answer of %s", name_of(reader->ask));
}

static enum sae_status finish_page(void *arg, struct sae_err *err)
{
    struct page_reader *reader = arg;
    struct sae_rows_facts *facts = &reader->page->facts;
    const char *link;
    enum sae_status status;

    if (!reader->begun) {
        return sae_fail(err, SAE_E_FORMAT, "%s answers with nothing", name_of(reader->ask));
    }
    status = sae_rows_finish(reader->rows, facts, err);
    if (status != SAE_OK) {
        return sae_fail_in(err, status, "answer of %s", name_of(reader->ask));
    }
    if (facts->roots != 1 || facts->links + facts->last_pages != 1) {
        return sae_fail(err, SAE_E_FORMAT, "the answer of %s has no list of values",
                        name_of(reader->ask));
    }
    link = sae_rows_link(reader->rows);
    sae_buf_clear(&reader->page->link);
    sae_buf_puts(&reader->page->link, link);
    reader->page->linked = facts->links == 1;
    reader->page->more = facts->more;
    return sae_buf_status(&reader->page->link);
}

enum sae_status sae_client_page(struct sae_client *client, const struct sae_ask *ask,
                                const struct sae_page_reader *reader,
                                struct sae_page *ret_page, struct sae_refusal *ret_refusal,
                                struct sae_err *err)
{
    struct page_reader page = {.to = reader, .ask = ask, .page = ret_page};
    struct reader inner = {.begin = begin_page,
                           .feed = feed_page,
                           .finish = finish_page,
                           .arg = &page,
                           .most = PAGE_BYTES}; /* read as it comes, never held */
    enum sae_status status;

    *ret_page = (struct sae_page){0};
    sae_buf_init(&ret_page->link, SAE_ROWS_LINK);
    status = ask_service(client, ask, &inner, ret_refusal, err);
    sae_rows_free(page.rows);
    return status;
}

/* ---- small documents ---------------------------------------------------------------- */

struct document_reader {
    const struct sae_ask *ask;
    struct sae_buf body;
    cJSON *root;
};

static enum sae_status begin_document(void *arg, struct sae_err *err)
{
    struct document_reader *reader = arg;

    (void)err;
    sae_buf_clear(&reader->body);
    return SAE_OK;
}

static enum sae_status feed_document(void *arg, const char *data, size_t len,
                                     struct sae_err *err)
{
    struct document_reader *reader = arg;

    sae_buf_add(&reader->body, data, len);
    return sae_buf_status(&reader->body) == SAE_OK
               ? SAE_OK
               : sae_fail(err, sae_buf_status(&reader->body), "answer of %s: too large",
                          name_of(reader->ask));
}

static bool holds_error(const cJSON *root)
{
    const cJSON *errors = cJSON_GetObjectItemCaseSensitive(root, "@adminapi.errors");
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(root, "error");

    if (error == NULL) {
        error = cJSON_GetObjectItemCaseSensitive(root, "@odata.error");
    }
    return (error != NULL && !cJSON_IsNull(error)) ||
           (errors != NULL && !cJSON_IsNull(errors) &&
            (!cJSON_IsArray(errors) || errors->child != NULL));
}

static enum sae_status finish_document(void *arg, struct sae_err *err)
{
    struct document_reader *reader = arg;
    const char *text = sae_buf_text(&reader->body);
    enum sae_status status;

    if (text[strspn(text, " \t\r\n")] != '{') {
        return reader->body.len == 0
                   ? sae_fail(err, SAE_E_FORMAT, "%s answers with nothing",
                              name_of(reader->ask))
                   : not_json(reader->ask, err);
    }
    status = sae_json_parse(text, reader->body.len, reader->body.max, &reader->root, err);
    if (status != SAE_OK) {
        return sae_fail_in(err, status, "answer of %s", name_of(reader->ask));
    }
    if (holds_error(reader->root)) {
        cJSON_Delete(reader->root);
        reader->root = NULL;
        return sae_fail(err, SAE_E_FORMAT, "the answer of %s is an error, not data",
                        name_of(reader->ask));
    }
    return SAE_OK;
}

enum sae_status sae_client_json(struct sae_client *client, const struct sae_ask *ask,
                                size_t most, cJSON **ret_root,
                                struct sae_refusal *ret_refusal, struct sae_err *err)
{
    struct document_reader document = {.ask = ask};
    struct reader inner = {.begin = begin_document,
                           .feed = feed_document,
                           .finish = finish_document,
                           .arg = &document,
                           .most = most};
    enum sae_status status;

    sae_buf_init(&document.body, most);
    status = ask_service(client, ask, &inner, ret_refusal, err);
    sae_buf_done(&document.body);
    if (status == SAE_OK) {
        *ret_root = document.root;
    }
    return status;
}
