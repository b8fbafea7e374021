/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "base/intset.h"
#include "fetch/exchange_private.h"
#include "fetch/link.h"

struct list {
    struct sae_exchange_call call;
    const struct sae_mailbox_sink *sink;
    struct sae_intset seen;           /* hashes of the addresses asked for */
    uint64_t pages;                   /* that ended properly; */
    unsigned empty;                   /* the last ones of them without a mailbox */
    struct sae_mailbox_list kept;     /* what they showed */
    struct sae_mailbox_reader reader; /* and, as its list, the try that goes on */
};

static enum sae_status begin_try(void *arg, struct sae_err *err)
{
    struct list *list = arg;

    list->reader.list = (struct sae_mailbox_list){0};
    return list->sink->rewind(list->sink->arg, err);
}

static enum sae_status take_row(void *arg, const struct sae_rows_row *row,
                                struct sae_err *err)
{
    struct list *list = arg;

    return sae_mailbox_take(&list->reader, row, err);
}

static enum sae_status keep_page(struct list *list, const struct sae_page *page,
                                 struct sae_err *err)
{
    if (page->facts.csv) {
        return sae_fail(err, SAE_E_FORMAT, "the answer is a table, not JSON");
    }
    list->pages++;
    list->empty = page->facts.rows == 0 ? list->empty + 1 : 0;
    list->kept.rows += page->facts.rows;
    list->kept.fields |= page->facts.fields;
    list->kept.named = list->kept.named || list->reader.list.named;
    return list->sink->keep(list->sink->arg, err);
}

/* Remembers the address that comes next; one that was asked before never ends. */
static enum sae_status go_on(struct list *list, struct sae_err *err)
{
    size_t count = sae_intset_count(&list->seen);
    uint64_t hash = sae_hash64(sae_buf_text(&list->call.url), list->call.url.len);

    if (count == SAE_EXCHANGE_PAGES) {
        return sae_fail(err, SAE_E_LIMIT, "the list has more than %d pages",
                        SAE_EXCHANGE_PAGES);
    }
    if (list->empty == SAE_EXCHANGE_EMPTY) {
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "the service links from one page without mailboxes to the next, %d "
                        "times",
                        SAE_EXCHANGE_EMPTY);
    }
    if (sae_intset_add(&list->seen, (int64_t)hash) != SAE_OK) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    if (sae_intset_count(&list->seen) == count) {
        return sae_fail(err, SAE_E_FORMAT,
                        "the pages go in a circle: the service links to a page that was "
                        "read before");
    }
    return SAE_OK;
}

static enum sae_status follow(struct list *list, const struct sae_page *page,
                              struct sae_err *err)
{
    enum sae_status status;

    sae_buf_clear(&list->call.url);
    status = sae_link_check(sae_buf_text(&page->link), list->call.base, list->call.path,
                            true, &list->call.url, err);
    return status == SAE_OK ? go_on(list, err) : status;
}

/* Of the last page: a service that cuts a list does it where a page is full, and warns of it in
 * words that may be others than we know. */
static bool may_be_cut(const struct list *list, const struct sae_page *page)
{
    return page->more || (page->facts.warned && list->kept.rows > 0 &&
                          list->kept.rows % SAE_EXCHANGE_ROWS == 0);
}

/* The last page: there must be nothing behind it, and what came must be mailboxes. */
static enum sae_status check_list(const struct list *list, bool cut, struct sae_err *err)
{
    if (cut) {
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "the service warns that there are more results than it sent, and "
                        "gives no link to them: export the list to a file until it does");
    }
    if (list->kept.rows == 0) {
        return sae_fail(err, SAE_E_FORMAT,
                        "no mailboxes at all: may the role of the application not see "
                        "them? Assign Global Reader, or View-Only Recipients");
    }
    return sae_mailbox_list_check(&list->kept,
                                  "may the role of the application not see it? Assign "
                                  "Global Reader, or View-Only Recipients",
                                  err);
}

/* One page and what follows from it. *ret_end: the list is read. */
static enum sae_status read_page(struct list *list, bool first_page_only, bool *ret_end,
                                 bool *ret_more, bool *ret_lost, struct sae_err *err)
{
    const struct sae_page_reader reader = {.names = sae_mailbox_names,
                                           .name_count = sae_mailbox_live_count,
                                           .begin = begin_try,
                                           .take = take_row,
                                           .arg = list};
    const struct sae_ask ask = sae_exchange_call_ask(&list->call, sae_exchange_list_body);
    struct sae_page page = {0};
    struct sae_refusal refusal = {0};
    enum sae_status status =
        sae_client_page(list->call.client, &ask, &reader, &page, &refusal, err);

    if (status != SAE_OK) {
        *ret_lost = list->pages > 0 && sae_exchange_place_lost(status, &refusal);
        status = sae_exchange_explain(status, &refusal, err);
    } else {
        status = keep_page(list, &page, err);
    }
    if (status == SAE_OK) {
        *ret_more = page.linked || page.more;
        *ret_end = first_page_only || !page.linked;
        status = *ret_end ? check_list(list, !first_page_only && may_be_cut(list, &page), err)
                          : follow(list, &page, err);
    }
    sae_buf_done(&page.link);
    return status;
}

/* From the first page to the last one. */
static enum sae_status read_list(struct list *list, size_t anchor, bool first_page_only,
                                 bool *ret_more, bool *ret_lost, struct sae_err *err)
{
    enum sae_status status;
    bool end = false;

    list->pages = list->empty = 0;
    list->kept = (struct sae_mailbox_list){0};
    sae_intset_done(&list->seen);
    status = list->sink->begin(list->sink->arg, err);
    if (status == SAE_OK) {
        status =
            sae_exchange_call_first(&list->call, sae_exchange_list_select, anchor, err);
    }
    if (status == SAE_OK) {
        status = go_on(list, err);
    }
    while (status == SAE_OK && !end) {
        status = read_page(list, first_page_only, &end, ret_more, ret_lost, err);
    }
    return status;
}

/* A list whose place the service loses is read again from the start, once. */
static enum sae_status read_again(struct list *list, bool first_page_only, bool *ret_more,
                                  struct sae_err *err)
{
    enum sae_status status = SAE_OK;
    bool lost = true;

    for (size_t anchor = 0; anchor < SAE_EXCHANGE_ANCHORS && lost; anchor++) {
        lost = false;
        status = read_list(list, anchor, first_page_only, ret_more, &lost, err);
    }
    if (lost) {
        return sae_fail(
            err, SAE_E_INCOMPLETE,
            "the list ended early twice: the service lost its place after page "
            "%" PRIu64 ". The next run tries again, an export works meanwhile",
            list->pages);
    }
    return status;
}

static enum sae_status name_page(const struct list *list, enum sae_status status,
                                 struct sae_err *err)
{
    return list->pages == 0 ? sae_fail_in(err, status, "%s", sae_exchange_list_cmdlet)
                            : sae_fail_in(err, status, "%s, after page %" PRIu64,
                                          sae_exchange_list_cmdlet, list->pages);
}

enum sae_status sae_exchange_mailboxes(struct sae_client *client,
                                       const struct sae_mailbox_sink *sink,
                                       bool first_page_only, uint64_t *ret_rows,
                                       bool *ret_more, struct sae_err *err)
{
    struct list list = {.sink = sink};
    enum sae_status status = sae_exchange_call_init(&list.call, client, err);
    bool more = false;

    sae_mailbox_reader_init(&list.reader, sink);
    if (status == SAE_OK) {
        status = read_again(&list, first_page_only, &more, err);
    }
    sae_exchange_call_done(&list.call);
    sae_mailbox_reader_done(&list.reader);
    sae_intset_done(&list.seen);
    if (status != SAE_OK) {
        return name_page(&list, status, err);
    }
    *ret_rows = list.kept.rows;
    *ret_more = more;
    return SAE_OK;
}
