/* SPDX-License-Identifier: MIT */
/* A client (fetch/client.h) that answers what a test wrote down, in turn, and remembers
 * what it was asked. Rows go through the real fetch/rows. */
#ifndef SAE_TEST_SCRIPTED_CLIENT_H
#define SAE_TEST_SCRIPTED_CLIENT_H

#include "fetch/client.h"
#include "folder.h"

#define TENANT_ID "3d0f6c4e-7a55-4c1b-9e0d-0a1b2c3d4e5f"
#define EXCHANGE "https://outlook.example"
#define GRAPH "https://graph.example"

enum { ANSWERS = 128 };

struct answer {
    long status;          /* 0: none, else HTTP */
    const char *text;     /* the body, or the most telling message of a refusal */
    enum sae_status code; /* what the client makes of it */
    const char *broken;   /* what a try delivers that breaks off before; NULL: none */
    bool nul;
};

struct asked {
    enum sae_service service;
    char *url, *body, *headers; /* a header a line; body NULL: GET */
    int64_t patience;
    size_t most;
};

static struct {
    struct answer answers[ANSWERS];
    size_t count, next;
    struct asked asked[ANSWERS];
    size_t asked_count;
    char *(*make)(size_t number); /* instead of the answers: the body of the nth page */
    struct sae_tenant tenant;
} script;

static inline void script_begin(void)
{
    memset(&script, 0, sizeof(script));
    script.tenant.value[SAE_KEY_TENANT_ID] = TENANT_ID;
    script.tenant.value[SAE_KEY_EXCHANGE_URL] = EXCHANGE;
    script.tenant.value[SAE_KEY_GRAPH_URL] = GRAPH;
}

static inline void script_end(void)
{
    for (size_t i = 0; i < script.asked_count; i++) {
        free(script.asked[i].url);
        free(script.asked[i].body);
        free(script.asked[i].headers);
    }
    script.asked_count = 0;
}

/* The text must stay. */
static inline void answer_with(struct answer answer)
{
    ck_assert_uint_lt(script.count, ANSWERS);
    script.answers[script.count++] = answer;
}

static inline void answer_text(const char *text)
{
    answer_with((struct answer){.status = 200, .text = text});
}

static inline void answer_refusal(long status, enum sae_status code, const char *text)
{
    answer_with((struct answer){.status = status, .code = code, .text = text});
}

static inline struct sae_client *scripted(void)
{
    return (struct sae_client *)&script;
}

const struct sae_tenant *sae_client_tenant(const struct sae_client *client)
{
    ck_assert_ptr_eq(client, &script);
    return &script.tenant;
}

struct sae_client *sae_client_new(const struct sae_client_setup *setup)
{
    (void)setup;
    return scripted();
}

void sae_client_free(struct sae_client *client)
{
    (void)client;
}

int64_t sae_client_left(const struct sae_client *client)
{
    (void)client;
    return SAE_HOUR;
}

bool sae_client_stopped(const struct sae_client *client)
{
    (void)client;
    return false;
}

static inline void remember_ask(const struct sae_ask *ask, size_t most)
{
    struct asked *asked = &script.asked[script.asked_count];
    struct sae_buf headers;

    if (script.asked_count == ANSWERS) {
        return; /* of a long list the beginning is enough */
    }
    sae_buf_init(&headers, 1 << 16);
    for (const char *const *h = ask->headers; h != NULL && *h != NULL; h++) {
        sae_buf_puts(&headers, *h);
        sae_buf_puts(&headers, "\n");
    }
    *asked = (struct asked){.service = ask->service,
                            .url = strdup(ask->url),
                            .body = ask->body == NULL ? NULL
                                                      : strndup(ask->body, ask->body_len),
                            .headers = sae_buf_take(&headers),
                            .patience = ask->patience,
                            .most = most};
    script.asked_count++;
}

static inline enum sae_status refuse(const struct answer *answer,
                                     struct sae_refusal *ret_refusal, struct sae_err *err)
{
    *ret_refusal = (struct sae_refusal){.status = answer->status, .nul = answer->nul};
    snprintf(ret_refusal->text, sizeof(ret_refusal->text), "%s",
             answer->text == NULL ? "" : answer->text);
    return sae_fail(err, answer->code, "scripted failure %ld", answer->status);
}

static inline struct answer next_answer(void)
{
    ck_assert_msg(script.next < script.count, "asked once more than expected");
    return script.answers[script.next++];
}

static inline enum sae_status feed_try(const struct sae_page_reader *reader,
                                       const char *text, bool breaks,
                                       struct sae_page *page, struct sae_err *err)
{
    enum sae_status status = reader->begin(reader->arg, err);
    struct sae_rows *rows =
        sae_rows_new(reader->names, reader->name_count, reader->take, reader->arg);

    ck_assert_ptr_nonnull(rows);
    if (status == SAE_OK) {
        status = sae_rows_feed(rows, text, strlen(text), err);
    }
    if (status == SAE_OK && !breaks) {
        status = sae_rows_finish(rows, &page->facts, err);
    }
    if (status == SAE_OK && !breaks) {
        if (page->facts.roots != 1 || page->facts.links + page->facts.last_pages != 1) {
            status = sae_fail(err, SAE_E_FORMAT, "no list of values");
        }
        sae_buf_puts(&page->link, sae_rows_link(rows));
        page->linked = page->facts.links == 1;
        page->more = page->facts.more;
    }
    sae_rows_free(rows);
    return status;
}

enum sae_status sae_client_page(struct sae_client *client, const struct sae_ask *ask,
                                const struct sae_page_reader *reader,
                                struct sae_page *ret_page,
                                struct sae_refusal *ret_refusal, struct sae_err *err)
{
    static size_t made;
    struct answer answer = {.status = 200};
    enum sae_status status;
    char *text = NULL;

    ck_assert_ptr_eq(client, &script);
    made = script.asked_count == 0 ? 0 : made + 1;
    remember_ask(ask, 0);
    *ret_page = (struct sae_page){0};
    *ret_refusal = (struct sae_refusal){0};
    sae_buf_init(&ret_page->link, SAE_ROWS_LINK);
    if (script.make != NULL) {
        answer.text = text = script.make(made);
    } else {
        answer = next_answer();
    }
    if (answer.status != 200) {
        status = reader->begin(reader->arg, err);
        return status == SAE_OK ? refuse(&answer, ret_refusal, err) : status;
    }
    if (answer.broken != NULL) {
        status = feed_try(reader, answer.broken, true, ret_page, err);
        ck_assert_int_eq(status, SAE_OK);
    }
    status = feed_try(reader, answer.text, false, ret_page, err);
    free(text);
    return status;
}

enum sae_status sae_client_json(struct sae_client *client, const struct sae_ask *ask,
                                size_t most, cJSON **ret_root,
                                struct sae_refusal *ret_refusal, struct sae_err *err)
{
    struct answer answer = next_answer();

    ck_assert_ptr_eq(client, &script);
    remember_ask(ask, most);
    *ret_refusal = (struct sae_refusal){0};
    if (answer.status != 200) {
        return refuse(&answer, ret_refusal, err);
    }
    return sae_json_parse(answer.text, strlen(answer.text), most, ret_root, err);
}

/* ---- what every call of a cmdlet must carry ---------------------------------------- */

#define API_PATH "/adminapi/beta/" TENANT_ID "/InvokeCommand"
#define API EXCHANGE API_PATH
#define ANCHOR(form)                                                                     \
    "X-AnchorMailbox: " form                                                             \
    ":SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@" TENANT_ID

static inline bool has_header(size_t ask, const char *line)
{
    char wanted[256];

    snprintf(wanted, sizeof(wanted), "%s\n", line);
    return strstr(script.asked[ask].headers, wanted) != NULL;
}

static inline void headers_are_complete(size_t ask, const char *anchor)
{
    static const char *const always[] = {
        "Content-Type: application/json; charset=utf-8", "Accept: application/json",
        "Accept-Language: en", "Prefer: odata.maxpagesize=1000",
        "X-ResponseFormat: json"};
    const char *id = strstr(script.asked[ask].headers, "connection-id: ");

    for (int i = 0; i < COUNT(always); i++) {
        ck_assert_msg(has_header(ask, always[i]), "%s", always[i]);
    }
    ck_assert_msg(has_header(ask, anchor), "%s", script.asked[ask].headers);
    ck_assert_ptr_nonnull(id);
    ck_assert_uint_eq(strcspn(id, "\n"), strlen("connection-id: ") + SAE_GUID);
    ck_assert(id[strlen("connection-id: ") + 14] == '4');
}

#endif
