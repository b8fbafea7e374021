/* SPDX-License-Identifier: MIT */
/* A service that does what the script says, and who takes what is read from it. */
#ifndef SAE_TEST_GRAPH_SCRIPT_H
#define SAE_TEST_GRAPH_SCRIPT_H

#include "graph_stub.h"

#define HOST "https://graph.microsoft.com"
#define LINK HOST "/v1.0/auditLogs/signins?$filter=x&$skiptoken="
#define LIST(rows) "{\"@odata.context\":\"x\",\"value\":[" rows "]}"
#define LINKED(rows, token)                                                              \
    "{\"@odata.nextLink\":\"" LINK token "\",\"value\":[" rows "]}"
#define ROW(id, time, app)                                                               \
    "{\"id\":\"" id "\",\"createdDateTime\":\"" time                                     \
    "\",\"userPrincipalName\":\"a@b.example\","                                          \
    "\"clientAppUsed\":\"" app "\",\"status\":{\"errorCode\":50126}}"
#define GOOD ROW("1", "2026-11-22T11:30:00.1234567Z", "Authenticated SMTP")
#define ODD                                                                              \
    "{\"id\":\"\",\"createdDateTime\":\"2026-11-22T11:30:00Z\","                         \
    "\"clientAppUsed\":\"SMTP\",\"status\":{\"errorCode\":null}}"
#define TEN(row)                                                                         \
    row "," row "," row "," row "," row "," row "," row "," row "," row "," row

enum { URLS = 64 };

/* One answer after the other; then empty pages. */
struct step {
    const char *body;
    struct ending end;
};

static const struct step *script;
static unsigned script_len, script_at;
static struct step newest; /* the answer to the question for the newest row */
static char urls[URLS][1024];
static unsigned url_count;
static int64_t log_begin; /* what looks further back is refused */
static unsigned endless;  /* pages sent of a list that never ends; 0: it ends */

static struct sae_graph_wish wish;
static struct sae_graph_proof proof;
static struct sae_err err;
static unsigned rows_taken, pages_taken;
static struct sae_interval claims[URLS];
static unsigned claim_count;
static enum sae_status page_answer, claim_answer;
static int64_t progress_done, progress_all;

static inline int64_t from_of(const char *url)
{
    const char *ge = strstr(url, "%20ge%20");
    int64_t from = INT64_MAX;

    if (ge != NULL) {
        ck_assert(sae_time_parse(ge + 8, strcspn(ge + 8, "%"), &from));
    }
    return from;
}

static struct ending serve(const char *url, struct sae_buf *body)
{
    struct step step = {.body = LIST("")};

    if (strcmp(url, HOST "/v1.0/auditLogs/signIns?$top=1") == 0) {
        step = newest;
    } else if (endless > 0) {
        sae_buf_printf(body, "{\"@odata.nextLink\":\"" LINK "%u\",\"value\":[]}",
                       endless++);
        return step.end;
    } else {
        ck_assert_uint_lt(url_count, URLS);
        snprintf(urls[url_count++], sizeof(urls[0]), "%s", url);
        if (script_at < script_len) {
            step = script[script_at++];
        } else if (from_of(url) < log_begin) {
            step.end = (struct ending){SAE_E_FORMAT, 400, "BadRequest",
                                       "Invalid filter clause"};
        }
    }
    sae_buf_puts(body, step.body == NULL ? "" : step.body);
    return step.end;
}

static enum sae_status take_page(void *arg, const struct sae_signin *rows, size_t count,
                                 struct sae_err *fault)
{
    (void)arg;
    (void)fault;
    ck_assert_uint_gt(count, 0);
    ck_assert_ptr_nonnull(rows);
    rows_taken += (unsigned)count;
    pages_taken++;
    return page_answer;
}

static enum sae_status take_claim(void *arg, struct sae_interval slice,
                                  struct sae_err *fault)
{
    (void)arg;
    (void)fault;
    ck_assert_uint_lt(claim_count, URLS);
    claims[claim_count++] = slice;
    return claim_answer;
}

static void take_progress(void *arg, int64_t done, int64_t all, uint64_t rows)
{
    (void)arg;
    (void)rows;
    ck_assert_int_ge(done, progress_done);
    progress_done = done;
    progress_all = all;
}

static inline void begin(void)
{
    script = NULL;
    script_len = script_at = url_count = rows_taken = pages_taken = claim_count = 0;
    newest = (struct step){.body = LIST("")};
    page_answer = claim_answer = SAE_OK;
    progress_done = progress_all = log_begin = 0;
    endless = 0;
    told_to_stop = false;
    err = (struct sae_err){0};
    wish = first_wish(noon());
}

static inline enum sae_status read_log(const struct step *steps, unsigned count)
{
    const struct sae_graph_sink sink = {
        .page = take_page, .covered = take_claim, .progress = take_progress};

    script = steps;
    script_len = count;
    return sae_graph_signins(&client, &wish, &sink, &proof, &err);
}

#define READ(steps) read_log(steps, (unsigned)COUNT(steps))

static inline bool asked(unsigned at, const char *what)
{
    return at < url_count && strstr(urls[at], what) != NULL;
}

static inline bool says(const char *what)
{
    return strstr(err.text, what) != NULL;
}

#endif
