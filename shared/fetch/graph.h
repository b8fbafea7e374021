/* SPDX-License-Identifier: MIT */
/* SMTP AUTH sign-ins from Graph (GET /v1.0/auditLogs/signIns), in slices of time: newest
 * first, so that the present is known before the past is filled in; as long as what comes
 * back allows, so that a quiet tenant's month is a handful of requests and an attacked one's
 * is split. Rows are delivered page by page; a slice is covered only after its last page. */
#ifndef SAE_GRAPH_H
#define SAE_GRAPH_H

#include "facts.h"
#include "fetch/client.h"

struct sae_graph_wish {
    int64_t end;      /* T, when the run began: the log is asked for [.., T) */
    int64_t begin;    /* as far back as anybody wants to know */
    int64_t current;  /* what must be read for the present to be known: [T - current, T) */
    int64_t lag;      /* the newest part, which does not count as covered yet */
    int64_t overlap;  /* read again before the end of what is held */
    bool stale; /* what is held is older than anybody believes: the present counts as known
                   before the pause behind it is filled in */
    const struct sae_interval *held; /* already covered, newest first, not overlapping */
    size_t held_count;
};

struct sae_graph_sink {
    /* The SMTP sign-ins of a page that ended properly. */
    enum sae_status (*page)(void *arg, const struct sae_signin *rows, size_t count,
                            struct sae_err *err);
    /* [from, to) was read to its last page; `to` is at most T - lag. */
    enum sae_status (*covered)(void *arg, struct sae_interval slice, struct sae_err *err);
    /* For people: ticks of log read of ticks wanted, rows so far. May be NULL. */
    void (*progress)(void *arg, int64_t done, int64_t all, uint64_t rows);
    void *arg;
};

struct sae_graph_proof {
    bool current;      /* all of [T - current, T) is read and, unless `stale`, all since the
                          newest held end */
    bool all;          /* and all since `begin` */
    int64_t newest;    /* newest row of any client app, 0: none or not asked */
    uint64_t rows;     /* SMTP sign-ins delivered */
    uint64_t unparsed; /* rows without readable id, time, code or client app, and the newest row
                          of the log if it is an SMTP sign-in that the filter did not bring */
};

/* Fills *ret_proof whatever it returns. SAE_E_UNLICENSED: the tenant has no Entra ID P1.
 * SAE_E_DENIED: names the permission to grant. Failing in the past after the present was
 * read (`current`) is still a failure, but for SAE_E_TIMEOUT: time that ends while the past
 * is filled in is SAE_OK. */
enum sae_status sae_graph_signins(struct sae_client *client,
                                  const struct sae_graph_wish *wish,
                                  const struct sae_graph_sink *sink,
                                  struct sae_graph_proof *ret_proof,
                                  struct sae_err *err) SAE_MUST_CHECK;

/* For --preflight: asks for one page of the last day. *ret_rows and *ret_span (ticks that
 * they span, 0 if fewer than two) allow an estimate; *ret_more: there were further pages. */
enum sae_status sae_graph_probe(struct sae_client *client, int64_t now, uint64_t *ret_rows,
                                int64_t *ret_span, bool *ret_more,
                                struct sae_err *err) SAE_MUST_CHECK;

#endif
