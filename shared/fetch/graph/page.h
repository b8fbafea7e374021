/* SPDX-License-Identifier: MIT */
/* One page of Graph's sign-in log: asked for, looked through, its link checked, refusals
 * put into words. Shared by the readers of graph.c. */
#ifndef SAE_GRAPH_PAGE_H
#define SAE_GRAPH_PAGE_H

#include "facts.h"
#include "fetch/client.h"

enum {
    SAE_GRAPH_ROWS = 5000, /* SMTP sign-ins of one page; 1000 are what may be asked for */
    SAE_GRAPH_PAGES = 20000, /* of one slice */
    SAE_GRAPH_TOP = 999      /* two public clients cap there; 1000 was refused to one */
};

struct sae_graph_page {
    struct sae_client *client;
    int64_t latest;          /* a row after this is from the future */
    bool any_client;         /* asked for without a filter: most rows are none of ours */
    struct sae_signin *rows; /* SMTP sign-ins of the page */
    size_t count;
    uint64_t records;        /* rows of any client app */
    uint64_t unparsed;       /* rows without readable id, time, code or client app */
    int64_t oldest, newest;  /* of any client app, 0: none */
    uint64_t all_records, all_unparsed; /* of all pages so far */
    bool more;               /* `next` is to be asked for */
    struct sae_buf next;
    struct sae_refusal refusal;
};

enum sae_status sae_graph_page_init(struct sae_graph_page *page,
                                    struct sae_client *client, int64_t latest,
                                    struct sae_err *err) SAE_MUST_CHECK;
void sae_graph_page_done(struct sae_graph_page *page);

/* The page's fields hold the answer only if SAE_OK is returned, the refusal always. */
enum sae_status sae_graph_page_ask(struct sae_graph_page *page, const char *url,
                                   struct sae_err *err) SAE_MUST_CHECK;

/* True if the service refused with `status` (0: with any) and `words`, lower case with
 * blanks around each, in its message. */
bool sae_graph_says(const struct sae_refusal *refusal, long status, const char *words);

#endif
