/* SPDX-License-Identifier: MIT */
/* A client whose answers the test decides: their JSON takes the way of all JSON, through
 * fetch/rows, in pieces, and now and then twice, as after a broken connection. */
#ifndef SAE_TEST_GRAPH_STUB_H
#define SAE_TEST_GRAPH_STUB_H

#include "fetch/client.h"
#include "fetch/graph.h"
#include "folder.h"

struct sae_client {
    struct sae_tenant tenant;
};

static struct sae_client client;
static unsigned requests;

/* How a request ends; with SAE_OK the body is what `serve` wrote. */
struct ending {
    enum sae_status status;
    long http;
    const char *code, *text;
};

static struct ending serve(const char *url, struct sae_buf *body);

struct sae_client *sae_client_new(const struct sae_client_setup *setup)
{
    (void)setup;
    return NULL;
}

void sae_client_free(struct sae_client *one)
{
    (void)one;
}

const struct sae_tenant *sae_client_tenant(const struct sae_client *one)
{
    return &one->tenant;
}

int64_t sae_client_left(const struct sae_client *one)
{
    (void)one;
    return SAE_HOUR;
}

static bool told_to_stop;

bool sae_client_stopped(const struct sae_client *one)
{
    (void)one;
    return told_to_stop;
}

enum sae_status sae_client_json(struct sae_client *one, const struct sae_ask *ask,
                                size_t most, cJSON **ret_root,
                                struct sae_refusal *ret_refusal, struct sae_err *err)
{
    (void)one;
    (void)ask;
    (void)most;
    (void)ret_root;
    (void)ret_refusal;
    return sae_fail(err, SAE_E_USAGE, "not asked for here");
}

/* Feeds the first `len` bytes of the body. */
static inline enum sae_status feed_body(const struct sae_page_reader *reader,
                                        const struct sae_buf *body, size_t len,
                                        struct sae_page *page, struct sae_err *err)
{
    struct sae_rows *rows =
        sae_rows_new(reader->names, reader->name_count, reader->take, reader->arg);
    enum sae_status status = reader->begin(reader->arg, err);
    const size_t piece = 16384 - 7;

    ck_assert_ptr_nonnull(rows);
    for (size_t at = 0; at < len && status == SAE_OK; at += piece) {
        status = sae_rows_feed(rows, body->data + at, len - at < piece ? len - at : piece,
                               err);
    }
    if (status == SAE_OK && len == body->len) {
        status = sae_rows_finish(rows, &page->facts, err);
        page->linked = page->facts.links > 0;
        sae_buf_clear(&page->link);
        sae_buf_puts(&page->link, sae_rows_link(rows));
    }
    sae_rows_free(rows);
    return status;
}

enum sae_status sae_client_page(struct sae_client *one, const struct sae_ask *ask,
                                const struct sae_page_reader *reader,
                                struct sae_page *ret_page,
                                struct sae_refusal *ret_refusal, struct sae_err *err)
{
    enum sae_status status = SAE_OK;
    struct sae_buf body;
    struct ending end;

    if (one != &client || ask->service != SAE_SERVICE_GRAPH || !ask->slowly ||
        ask->body != NULL || ask->patience <= 0) {
        ck_abort_msg("not as Graph's reports should be asked");
    }
    *ret_page = (struct sae_page){0};
    *ret_refusal = (struct sae_refusal){0};
    sae_buf_init(&ret_page->link, SAE_ROWS_LINK);
    sae_buf_init(&body, 64 << 20);
    end = serve(ask->url, &body);
    requests++;
    if (end.status == SAE_OK && body.len > 0 && requests % 3 == 0) {
        status = feed_body(reader, &body, body.len / 2, ret_page, err);
    }
    if (end.status != SAE_OK) {
        ret_refusal->status = end.http;
        snprintf(ret_refusal->code, sizeof(ret_refusal->code), "%s",
                 end.code == NULL ? "" : end.code);
        snprintf(ret_refusal->text, sizeof(ret_refusal->text), "%s",
                 end.text == NULL ? "" : end.text);
        status = sae_fail(err, end.status, "as scripted: %s",
                          end.text == NULL ? "" : end.text);
    } else if (status == SAE_OK) {
        status = feed_body(reader, &body, body.len, ret_page, err);
    }
    sae_buf_done(&body);
    return status;
}

/* One sign-in as Graph writes it, with the precision that it has. */
static inline void graph_row(struct sae_buf *buf, unsigned number, int64_t time,
                             const char *app)
{
    char text[SAE_TIME_TEXT];

    sae_time_format(text, sizeof(text), time);
    text[strlen(text) - 1] = '\0';
    sae_buf_printf(
        buf,
        "{\"id\":\"id-%u\",\"createdDateTime\":\"%s.%07uZ\",\"userPrincipalName\":"
        "\"%u@contoso.example\",\"userId\":null,\"ipAddress\":\"192.0.2.10\","
        "\"clientAppUsed\":\"%s\",\"status\":{\"errorCode\":50126,"
        "\"failureReason\":\"x\"},\"location\":{\"countryOrRegion\":\"FI\"}}",
        number, text, (unsigned)(time % SAE_SECOND), number, app);
}

static inline struct sae_graph_wish first_wish(int64_t now)
{
    return (struct sae_graph_wish){.end = now,
                                   .begin = now - 30 * SAE_DAY,
                                   .current = 75 * SAE_MINUTE,
                                   .lag = 15 * SAE_MINUTE,
                                   .overlap = 2 * SAE_HOUR};
}

#endif
