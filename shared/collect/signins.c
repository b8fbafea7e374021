/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "collect/part.h"

static const char stream_name[] = "graph";

enum { MOST_HELD = 256 }; /* intervals of log; more are read again */

/* ---- from Graph --------------------------------------------------------------------- */

struct graph_log {
    struct sae_run *run;
    const struct sae_signin *rows; /* the page that is being kept */
    size_t count;
    struct sae_interval slice; /* the slice that is being claimed */
    struct sae_interval held;  /* the newest that was held before */
    int64_t end;               /* T of the last complete read, 0: none */
    int64_t began, done_then;  /* for progress: monotonic ticks, log read by then */
};

/* Stores a piece in a transaction of its own, while the other half of the run is busy with
 * the network. */
static enum sae_status keep(struct graph_log *log,
                            enum sae_status (*store)(struct graph_log *, struct sae_err *),
                            struct sae_err *err)
{
    struct sae_run *run = log->run;
    enum sae_status status;

    pthread_mutex_lock(&run->lock);
    status = sae_history_begin(run->history, err);
    if (status == SAE_OK) {
        status = store(log, err);
    }
    if (status == SAE_OK) {
        status = sae_history_commit(run->history, err);
    }
    if (status != SAE_OK) {
        sae_history_signins_drop(run->history);
        sae_history_rollback(run->history);
    }
    pthread_mutex_unlock(&run->lock);
    return status;
}

/* Late is what turns up where the log was read before, not what fills in the past. */
static bool is_late(const struct graph_log *log, const struct sae_signin *row)
{
    return row->time >= log->held.from && row->time < log->held.to;
}

/* The last complete read claims to have all rows of this time. */
static bool is_claimed(const struct graph_log *log, const struct sae_signin *row)
{
    return row->time >= log->held.from && row->time < log->end;
}

/* Of the page, the rows that should have been there before, or the others. */
static enum sae_status add_rows(struct graph_log *log, bool claimed, int64_t *ret_new,
                                struct sae_err *err)
{
    struct sae_history *history = log->run->history;
    enum sae_status status = SAE_OK;
    int64_t before, after, late;

    sae_history_counts(history, &before, &late);
    for (size_t i = 0; i < log->count && status == SAE_OK; i++) {
        if (is_claimed(log, &log->rows[i]) == claimed) {
            sae_history_count_late(history, is_late(log, &log->rows[i]) ? log->held.to : 0);
            status = sae_history_signin_add(history, &log->rows[i], err);
        }
    }
    status = status == SAE_OK ? sae_history_signins_flush(history, err) : status;
    sae_history_counts(history, &after, &late);
    *ret_new = after - before;
    return status;
}

/* Late rows raise the numbers of the last complete read, and until this one is complete nobody
 * knows how many more there are. */
static enum sae_status store_rows(struct graph_log *log, struct sae_err *err)
{
    int64_t missed, fresh;
    enum sae_status status = add_rows(log, true, &missed, err);

    if (status == SAE_OK && missed > 0) {
        status = sae_history_stream_doubt(log->run->history, stream_name, err);
    }
    return status == SAE_OK ? add_rows(log, false, &fresh, err) : status;
}

static enum sae_status keep_page(void *arg, const struct sae_signin *rows, size_t count,
                                 struct sae_err *err)
{
    struct graph_log *log = arg;

    log->rows = rows;
    log->count = count;
    return keep(log, store_rows, err);
}

static enum sae_status store_slice(struct graph_log *log, struct sae_err *err)
{
    return sae_history_cover(log->run->history, stream_name, log->slice.from, log->slice.to,
                             err);
}

static enum sae_status keep_slice(void *arg, struct sae_interval slice, struct sae_err *err)
{
    struct graph_log *log = arg;

    log->slice = slice;
    return keep(log, store_slice, err);
}

static void tell(void *arg, int64_t done, int64_t all, uint64_t rows)
{
    struct graph_log *log = arg;
    const struct sae_collect_setup *setup = log->run->setup;
    int64_t now = sae_clock_monotonic();
    struct sae_progress progress = {.tenant = log->run->tenant->name,
                                    .days_done = (double)done / (double)SAE_DAY,
                                    .days_all = (double)all / (double)SAE_DAY,
                                    .rows = rows,
                                    .left = -1};

    if (log->began == 0) {
        log->began = now;
        log->done_then = done;
    } else if (done > log->done_then) {
        progress.left = (int64_t)((double)(now - log->began) * (double)(all - done) /
                                  (double)(done - log->done_then));
    }
    if (setup->progress != NULL) {
        setup->progress(setup->arg, &progress);
    }
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What is held, and how far back anybody looks: who asks for use, and the detectors. *ret_end: T
 * of the last complete read. */
static enum sae_status make_wish(struct sae_run *run, struct sae_interval *held,
                                 struct sae_graph_wish *ret_wish, int64_t *ret_end,
                                 struct sae_err *err)
{
    const struct sae_tenant *tenant = run->tenant;
    int64_t lag = sae_tenant_ticks(tenant, SAE_KEY_LAG);
    enum sae_status status;

    *ret_wish = (struct sae_graph_wish){
        .end = run->now,
        .begin = smaller(run->now - sae_tenant_ticks(tenant, SAE_KEY_LOOKBACK),
                         sae_tenant_detects_from(tenant, run->now)),
        .current = lag + sae_tenant_ticks(tenant, SAE_KEY_WINDOW),
        .lag = lag,
        .overlap = sae_tenant_ticks(tenant, SAE_KEY_OVERLAP),
        .stale = run->now - run->snap->parts[SAE_PART_SIGNINS].time >
                 sae_tenant_max_age(tenant, SAE_PART_SIGNINS),
        .held = held};
    pthread_mutex_lock(&run->lock);
    status = sae_history_covered(run->history, stream_name, MOST_HELD, held,
                                 &ret_wish->held_count, err);
    if (status == SAE_OK) {
        status = sae_history_number(run->history, "signins_end", ret_end, err);
    }
    pthread_mutex_unlock(&run->lock);
    return status;
}

enum sae_status sae_fetch_signins(struct sae_try *try, struct sae_err *err)
{
    struct graph_log log = {.run = try->run};
    struct sae_graph_sink sink = {
        .page = keep_page, .covered = keep_slice, .progress = tell, .arg = &log};
    struct sae_interval held[MOST_HELD];
    struct sae_graph_wish wish;
    enum sae_status status = make_wish(try->run, held, &wish, &log.end, err);

    if (status != SAE_OK) {
        return status;
    }
    log.held = wish.held_count == 0 ? (struct sae_interval){0} : held[0];
    status = sae_graph_signins(try->client, &wish, &sink, &try->proof, err);
    /* Newest first: where the past could not be filled in, the present is known. */
    try->time = try->proof.current ? try->run->now : 0;
    return status;
}

static enum sae_status store_graph(struct sae_try *try, struct sae_err *err)
{
    struct sae_history *history = try->run->history;
    struct sae_stream stream = {.time = try->time,
                                .newest = try->proof.newest,
                                .unparsed = (int64_t)try->proof.unparsed};
    enum sae_status status = sae_history_stream_save(history, stream_name, &stream, err);

    return status == SAE_OK ? sae_history_remember(history, "signins_end", try->time, err)
                            : status;
}

/* ---- from files --------------------------------------------------------------------- */

static enum sae_status add_signin(void *arg, const struct sae_signin *signin,
                                  struct sae_err *err)
{
    struct sae_run *run = arg;

    return sae_history_signin_add(run->history, signin, err);
}

/* One entry is one stream: its rows are kept only if all of it was read. */
static enum sae_status read_stream(struct sae_run *run, const char *entry,
                                   struct sae_stream *ret_stream, struct sae_err *err)
{
    struct sae_files_env env = sae_run_files(run);
    struct sae_files_proof proof;
    enum sae_status status;

    status = sae_files_signins(entry, &env, add_signin, run, &proof, err);
    if (status == SAE_OK) {
        status = sae_history_signins_flush(run->history, err);
    }
    if (status == SAE_OK) {
        *ret_stream = (struct sae_stream){.time = proof.time,
                                          .newest = proof.newest,
                                          .unparsed = (int64_t)proof.unparsed,
                                          .from = proof.from,
                                          .to = proof.to,
                                          .lower = proof.lower};
        status = sae_history_stream_save(run->history, entry, ret_stream, err);
    }
    return status;
}

/* All streams. The part is as old as the oldest; T is when the newest was written, so that a
 * window means the same however long after the export it is read. */
static enum sae_status store_files(struct sae_try *try, struct sae_err *err)
{
    struct sae_run *run = try->run;
    const char *list = sae_tenant_source(run->tenant, SAE_PART_SIGNINS);
    int64_t oldest = INT64_MAX, end = 0;
    enum sae_status status = SAE_OK;
    char entry[SAE_STREAM];

    while (status == SAE_OK && sae_stream_next(&list, entry)) {
        struct sae_stream stream;

        status = read_stream(run, entry, &stream, err);
        if (status == SAE_OK) {
            oldest = stream.time < oldest ? stream.time : oldest;
            end = stream.time > end ? stream.time : end;
            end = stream.newest >= end ? stream.newest + 1 : end;
        }
    }
    if (status == SAE_OK) {
        status = sae_history_remember(run->history, "signins_end", end, err);
    }
    try->time = status == SAE_OK ? oldest : 0;
    return status;
}

enum sae_status sae_store_signins(struct sae_try *try, struct sae_err *err)
{
    return try->client == NULL ? store_files(try, err) : store_graph(try, err);
}
