/* SPDX-License-Identifier: MIT */
/* A sink for mailboxes that writes down what happens to it. */
#ifndef SAE_TEST_MAILBOX_SINK_H
#define SAE_TEST_MAILBOX_SINK_H

#include <check.h>
#include <stdio.h>

#include "fetch/exchange.h"

static struct {
    char log[4096]; /* b(egin) r(ewind) a(dd) k(eep) =(known) */
    size_t logged;
    uint64_t added, kept;
    char last[SAE_NAME + 1];
    enum sae_flag flags[8];
    char names[512];
    int64_t changed;
    uint64_t row;
    bool knows; /* the row added last, when it comes again */
    char fails; /* the step that fails */
} sunk;

static inline enum sae_status step(char letter, struct sae_err *e)
{
    if (sunk.logged < sizeof(sunk.log) - 1) {
        sunk.log[sunk.logged++] = letter;
    }
    return sunk.fails == letter ? sae_fail(e, SAE_E_IO, "no room for %c", letter)
                                : SAE_OK;
}

static inline enum sae_status sink_begin(void *arg, struct sae_err *e)
{
    ck_assert_ptr_eq(arg, &sunk);
    sunk.added = sunk.kept = 0;
    return step('b', e);
}

/* The row that was added last comes again. */
static inline bool sink_known(void *arg, uint64_t digest)
{
    ck_assert_ptr_eq(arg, &sunk);
    if (!sunk.knows || sunk.added == 0 || digest != sunk.row) {
        return false;
    }
    sunk.added++;
    return step('=', NULL) == SAE_OK;
}

static inline enum sae_status sink_add(void *arg, const struct sae_mailbox *box,
                                       struct sae_err *e)
{
    ck_assert_ptr_eq(arg, &sunk);
    if (sunk.added < 8) {
        sunk.flags[sunk.added] = box->flag;
    }
    sunk.added++;
    sunk.changed = box->changed;
    sunk.row = box->row;
    snprintf(sunk.last, sizeof(sunk.last), "%s", box->address);
    snprintf(sunk.names, sizeof(sunk.names), "%s", box->names);
    return step('a', e);
}

static inline enum sae_status sink_keep(void *arg, struct sae_err *e)
{
    ck_assert_ptr_eq(arg, &sunk);
    sunk.kept = sunk.added;
    return step('k', e);
}

static inline enum sae_status sink_rewind(void *arg, struct sae_err *e)
{
    ck_assert_ptr_eq(arg, &sunk);
    sunk.added = sunk.kept;
    return step('r', e);
}

static const struct sae_mailbox_sink sink = {.begin = sink_begin,
                                             .known = sink_known,
                                             .add = sink_add,
                                             .keep = sink_keep,
                                             .rewind = sink_rewind,
                                             .arg = &sunk};

#endif
