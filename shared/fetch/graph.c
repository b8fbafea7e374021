/* SPDX-License-Identifier: MIT */
/* What is assumed about the service, none of it checked against a live tenant: the
 * literals "Authenticated SMTP" and "SMTP", `or` between them, `lt` beside `ge` on
 * createdDateTime, the texts that tell a lost place, a refused $top and a refused filter
 * from other errors, and that a filter which looks further back than the log is refused
 * with 400. Sources: the reference, "Sign-ins" 1.1, 1.2, 2.2, 2.4, 2.5. */
#include "fetch/graph.h"

#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/intset.h"
#include "fetch/graph/page.h"
#include "fetch/graph/slices.h"

enum {
    LEAST_TOP = 100,
    REREADS = 2,  /* of a slice whose place was lost, before and after it is halved */
    LIGHTENED = 3 /* times that too heavy a slice is made lighter */
};

/* How the log is asked for. */
struct question {
    const char *base;
    unsigned top;
    bool inclusive; /* the service does not know `lt`: `le`, and a few rows twice */
};

struct reading {
    const struct sae_graph_wish *wish;
    const struct sae_graph_sink *sink;
    struct sae_graph_proof *proof;
    struct sae_graph_page page;
    struct sae_slices slices;
    struct question question;
    int64_t wanted;   /* ticks, when it began */
    bool worked;      /* some slice was read */
    bool awaited;     /* the newest row of the log is one of ours and has to come again: */
    struct sae_signin newest;
    bool missed; /* it did not */
    unsigned lost; /* since the last slice that worked: times that the place was lost */
    unsigned lighter; /* and times that it was made lighter */
    struct sae_err trouble; /* the last that was got over, or not */
};

/* One try to read a slice. */
struct attempt {
    struct sae_interval slice;
    unsigned pages;
    uint64_t last_rows; /* of the last page */
    uint64_t unparsed;
    int64_t oldest;     /* row so far that is in the slice, else the slice's end */
    struct sae_intset links;
    bool crowded; /* given up: too many rows */
    bool looped;  /* a link came twice */
    bool ours;    /* it failed on our side */
};

/* Bounds are rounded outwards to whole seconds: what comes twice is the same row. */
static void write_url(const struct question *question, struct sae_interval slice,
                      struct sae_buf *url)
{
    char from[SAE_TIME_TEXT], to[SAE_TIME_TEXT];

    sae_time_format(from, sizeof(from), slice.from);
    sae_time_format(to, sizeof(to), slice.to + SAE_SECOND - 1);
    sae_buf_clear(url);
    sae_buf_printf(
        url,
        "%s/v1.0/auditLogs/signIns?$filter=createdDateTime%%20ge%%20%s%%20and%%20"
        "createdDateTime%%20%s%%20%s%%20and%%20(clientAppUsed%%20eq%%20"
        "%%27Authenticated%%20SMTP%%27%%20or%%20clientAppUsed%%20eq%%20%%27SMTP"
        "%%27)&$top=%u",
        question->base, from, question->inclusive ? "le" : "lt", to, question->top);
}

static struct question first_question(struct sae_client *client)
{
    return (struct question){
        .base = sae_cloud_url(sae_client_tenant(client), SAE_SERVICE_GRAPH),
        .top = SAE_GRAPH_TOP};
}

/* ---- when the service refuses ------------------------------------------------------ */

/* The service wants smaller pages. */
static bool lower_top(struct question *question, const struct sae_refusal *refusal)
{
    if (question->top == LEAST_TOP ||
        (!sae_graph_says(refusal, 400, " top ") &&
         !sae_graph_says(refusal, 400, " page size ") &&
         !sae_graph_says(refusal, 400, " pagesize "))) {
        return false;
    }
    question->top = question->top > 500 ? 500 : LEAST_TOP;
    return true;
}

static bool refuses_filter(const struct sae_refusal *refusal)
{
    return sae_graph_says(refusal, 400, " invalid filter clause ");
}

static bool has_lost_place(const struct reading *reading, const struct attempt *attempt)
{
    const struct sae_refusal *refusal = &reading->page.refusal;

    return attempt->looped || sae_graph_says(refusal, 0, " token not found ") ||
           sae_graph_says(refusal, 0, " skip token ") ||
           sae_graph_says(refusal, 0, " skiptoken ");
}

/* Tokens live for some minutes only: fewer pages may help. */
static enum sae_status find_place(struct reading *reading, const struct attempt *attempt,
                                  struct sae_err *err)
{
    reading->lost++;
    if (reading->lost > 2 * REREADS + 1 ||
        (reading->lost == REREADS + 1 &&
         !sae_slices_halve(&reading->slices, attempt->slice))) {
        return sae_fail(
            err, SAE_E_INCOMPLETE,
            "%s %u times while the sign-in log was read, the next run tries again",
            attempt->looped ? "the pages went in a circle" : "the service lost its place",
            reading->lost);
    }
    return SAE_OK;
}

/* Too slow, or too many bytes: smaller pages of a shorter slice. */
static bool lighten(struct reading *reading, const struct attempt *attempt,
                    enum sae_status status)
{
    unsigned top = reading->question.top;
    bool shorter;

    if ((status != SAE_E_SERVICE && status != SAE_E_NETWORK && status != SAE_E_LIMIT) ||
        reading->lighter == LIGHTENED) {
        return false;
    }
    reading->lighter++;
    reading->question.top = top / 2 > LEAST_TOP ? top / 2 : LEAST_TOP;
    shorter = sae_slices_halve(&reading->slices, attempt->slice);
    return shorter || reading->question.top < top;
}

/* SAE_OK if something was changed that makes it worth while to go on. */
static enum sae_status recover(struct reading *reading, const struct attempt *attempt,
                               enum sae_status status, struct sae_err *err)
{
    const struct sae_refusal *refusal = &reading->page.refusal;

    if (attempt->ours) {
        return status;
    }
    if (has_lost_place(reading, attempt)) {
        return find_place(reading, attempt, err);
    }
    if (lower_top(&reading->question, refusal)) {
        return SAE_OK;
    }
    if (refuses_filter(refusal) && !reading->worked && !reading->question.inclusive) {
        reading->question.inclusive = true;
        return SAE_OK;
    }
    if (refuses_filter(refusal) && reading->worked &&
        sae_slices_refuse(&reading->slices, attempt->slice)) {
        return SAE_OK;
    }
    return lighten(reading, attempt, status) ? SAE_OK : status;
}

/* ---- a slice ----------------------------------------------------------------------- */

static enum sae_status deliver(struct reading *reading, struct attempt *attempt,
                               struct sae_err *err)
{
    const struct sae_graph_page *page = &reading->page;
    const struct sae_graph_sink *sink = reading->sink;
    int64_t oldest =
        page->oldest < attempt->slice.from ? attempt->slice.from : page->oldest;
    enum sae_status status = SAE_OK;

    attempt->pages++;
    attempt->last_rows = page->records;
    attempt->unparsed += page->unparsed;
    attempt->oldest =
        page->newest != 0 && oldest < attempt->oldest ? oldest : attempt->oldest;
    if (page->newest > reading->proof->newest) {
        reading->proof->newest = page->newest;
    }
    for (size_t i = 0; i < page->count && reading->awaited; i++) {
        reading->awaited = page->rows[i].id != reading->newest.id;
    }
    if (page->count > 0) {
        status = sink->page(sink->arg, page->rows, page->count, err);
    }
    if (status != SAE_OK) {
        attempt->ours = true;
        return status;
    }
    reading->proof->rows += page->count;
    if (sink->progress != NULL) {
        int64_t left =
            sae_slices_left(&reading->slices) - attempt->slice.to + attempt->oldest;

        sink->progress(sink->arg, reading->wanted - left, reading->wanted,
                       reading->proof->rows);
    }
    return SAE_OK;
}

/* Newest first, as the service sends: what is left of the slice costs as much as its part
 * of time. Beyond half way it is cheaper to go on than to begin again. */
static bool is_crowded(const struct attempt *attempt)
{
    const unsigned most = 4 * SAE_SLICE_PAGES;
    int64_t done = attempt->slice.to - attempt->oldest;

    return attempt->pages >= most && !sae_slices_is_shortest(attempt->slice) &&
           (attempt->pages >= 2 * most || done < attempt->oldest - attempt->slice.from);
}

static enum sae_status check_next(const struct sae_graph_page *page,
                                  struct attempt *attempt, struct sae_err *err)
{
    size_t before = sae_intset_count(&attempt->links);
    uint64_t hash = sae_hash64(page->next.data, page->next.len);

    if (attempt->pages >= SAE_GRAPH_PAGES) {
        attempt->ours = true;
        return sae_fail(err, SAE_E_LIMIT, "more than %d pages of sign-ins in one slice",
                        SAE_GRAPH_PAGES);
    }
    if (sae_intset_add(&attempt->links, (int64_t)hash) != SAE_OK) {
        attempt->ours = true;
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    if (sae_intset_count(&attempt->links) == before) {
        attempt->looped = true;
        return sae_fail(err, SAE_E_INCOMPLETE, "a link to the next page came twice");
    }
    return SAE_OK;
}

static enum sae_status read_pages(struct reading *reading, struct attempt *attempt,
                                  struct sae_err *err)
{
    struct sae_graph_page *page = &reading->page;
    enum sae_status status;
    struct sae_buf url;

    sae_buf_init(&url, SAE_HTTP_URL);
    write_url(&reading->question, attempt->slice, &url);
    do {
        status = sae_buf_status(&url);
        if (status == SAE_OK) {
            status = sae_graph_page_ask(page, sae_buf_text(&url), err);
        }
        if (status == SAE_OK) {
            status = deliver(reading, attempt, err);
        }
        if (status == SAE_OK && page->more) {
            status = check_next(page, attempt, err);
            attempt->crowded = status == SAE_OK && is_crowded(attempt);
            sae_buf_clear(&url);
            sae_buf_add(&url, sae_buf_text(&page->next), page->next.len);
        }
    } while (status == SAE_OK && page->more && !attempt->crowded);
    sae_buf_done(&url);
    return status;
}

static enum sae_status finish_slice(struct reading *reading,
                                    const struct attempt *attempt, struct sae_err *err)
{
    const struct sae_graph_sink *sink = reading->sink;
    struct sae_interval claim;

    reading->worked = true;
    reading->lost = reading->lighter = 0;
    reading->proof->unparsed += attempt->unparsed;
    reading->missed = reading->missed ||
                      (reading->awaited && reading->newest.time >= attempt->slice.from &&
                       reading->newest.time < attempt->slice.to);
    if (!sae_slices_read(&reading->slices, attempt->slice, attempt->pages,
                         attempt->last_rows, reading->question.top, &claim)) {
        return SAE_OK;
    }
    return sink->covered(sink->arg, claim, err);
}

/* Reads the slice, or changes what stood in the way. */
static enum sae_status read_slice(struct reading *reading, struct sae_interval slice,
                                  struct sae_err *err)
{
    struct attempt attempt = {.slice = slice, .oldest = slice.to};
    enum sae_status status = read_pages(reading, &attempt, err);

    sae_intset_done(&attempt.links);
    if (status == SAE_OK && attempt.crowded) {
        (void)sae_slices_crowded(&reading->slices, slice, attempt.oldest, attempt.pages);
        return SAE_OK;
    }
    if (status == SAE_OK) {
        return finish_slice(reading, &attempt, err);
    }
    if (status != SAE_E_TIMEOUT) {
        reading->trouble = *err;
    }
    status = recover(reading, &attempt, status, err);
    if (status != SAE_OK) {
        reading->proof->unparsed += attempt.unparsed;
    }
    return status;
}

/* ---- the log ----------------------------------------------------------------------- */

/* The cheapest question, so it comes first: permission, licence, and whether the log
 * lives at all. It may be too much for the service, which then has to scan: no reason to
 * fail. */
static enum sae_status ask_newest(struct reading *reading, struct sae_err *err)
{
    struct sae_graph_page *page = &reading->page;
    int64_t latest = page->latest;
    enum sae_status status;
    struct sae_buf url;

    sae_buf_init(&url, SAE_HTTP_URL);
    sae_buf_printf(&url, "%s/v1.0/auditLogs/signIns?$top=1", reading->question.base);
    page->latest = INT64_MAX; /* T is when the run began, and sign-ins go on */
    page->any_client = true;
    status = sae_graph_page_ask(page, sae_buf_text(&url), err);
    page->any_client = false;
    page->latest = latest;
    page->all_records = page->all_unparsed = 0;
    sae_buf_done(&url);
    switch (status) {
    case SAE_OK:
        reading->proof->newest = page->newest;
        if (page->count == 1) {
            reading->newest = page->rows[0];
            reading->awaited = true;
        }
        return SAE_OK;
    case SAE_E_SERVICE:
    case SAE_E_NETWORK:
    case SAE_E_FORMAT:
    case SAE_E_LIMIT:
        return SAE_OK;
    default:
        return status;
    }
}

/* A row that the log has and the filter did not bring: there may be more of them. */
static enum sae_status add_awaited(struct reading *reading, struct sae_err *err)
{
    reading->proof->unparsed++;
    return reading->sink->page(reading->sink->arg, &reading->newest, 1, err);
}

static enum sae_status read_log(struct reading *reading, struct sae_err *err)
{
    struct sae_interval slice;
    enum sae_status status = ask_newest(reading, err);

    while (status == SAE_OK && sae_slices_next(&reading->slices, &slice)) {
        status = read_slice(reading, slice, err);
    }
    if (status == SAE_OK && reading->missed) {
        status = add_awaited(reading, err);
    }
    reading->proof->all = status == SAE_OK;
    reading->proof->current = status == SAE_OK || sae_slices_current(&reading->slices);
    if (reading->proof->newest > reading->wish->end) {
        reading->proof->newest = reading->wish->end;
    }
    if (status == SAE_E_TIMEOUT && reading->proof->current &&
        !sae_client_stopped(reading->page.client)) {
        return SAE_OK;
    }
    return status;
}

/* What the time was spent on stays in the words. */
static enum sae_status say_timeout(const struct reading *reading, struct sae_err *err)
{
    bool told = sae_client_stopped(reading->page.client);
    bool bare = strcmp(err->text, "time limit reached") == 0;
    char why[sizeof(err->text)];

    memcpy(why, bare && reading->trouble.code != SAE_OK ? reading->trouble.text : err->text,
           sizeof(why));
    return sae_fail(err, SAE_E_TIMEOUT, "%s after %llu rows of the sign-in log (%.200s)",
                    told ? "told to stop" : "time limit reached",
                    (unsigned long long)reading->proof->rows, why);
}

enum sae_status sae_graph_signins(struct sae_client *client,
                                  const struct sae_graph_wish *wish,
                                  const struct sae_graph_sink *sink,
                                  struct sae_graph_proof *ret_proof, struct sae_err *err)
{
    struct reading reading = {.wish = wish,
                              .sink = sink,
                              .proof = ret_proof,
                              .question = first_question(client)};
    struct sae_err fault = {0};
    enum sae_status status;

    *ret_proof = (struct sae_graph_proof){0};
    sae_slices_begin(&reading.slices, wish);
    reading.wanted = sae_slices_left(&reading.slices);
    status = sae_graph_page_init(&reading.page, client, wish->end + SAE_MINUTE, &fault);
    if (status == SAE_OK) {
        status = read_log(&reading, &fault);
    }
    if (status == SAE_E_TIMEOUT) {
        status = say_timeout(&reading, &fault);
    }
    sae_graph_page_done(&reading.page);
    if (status != SAE_OK && err != NULL) {
        *err = fault;
    }
    return status;
}

enum sae_status sae_graph_probe(struct sae_client *client, int64_t now,
                                uint64_t *ret_rows, int64_t *ret_span, bool *ret_more,
                                struct sae_err *err)
{
    const struct sae_interval day = {.from = now - SAE_DAY, .to = now};
    struct question question = first_question(client);
    struct sae_graph_page page;
    enum sae_status status;
    struct sae_buf url;
    bool again;

    sae_buf_init(&url, SAE_HTTP_URL);
    status = sae_graph_page_init(&page, client, now + SAE_MINUTE, err);
    do {
        again = false;
        write_url(&question, day, &url);
        if (status == SAE_OK) {
            status = sae_graph_page_ask(&page, sae_buf_text(&url), err);
        }
        if (status != SAE_OK && lower_top(&question, &page.refusal)) {
            again = true;
        } else if (status != SAE_OK && refuses_filter(&page.refusal) &&
                   !question.inclusive) {
            again = question.inclusive = true;
        }
        status = again ? SAE_OK : status;
    } while (again);
    if (status == SAE_OK) {
        *ret_rows = page.count;
        *ret_span = page.newest - page.oldest;
        *ret_more = page.more;
    }
    sae_buf_done(&url);
    sae_graph_page_done(&page);
    return status;
}
