/* SPDX-License-Identifier: MIT */
/* From a row of any source to a mailbox: the one place that knows what Get-CASMailbox calls
 * its properties and how three states of a flag are written. */
#ifndef SAE_MAILBOX_H
#define SAE_MAILBOX_H

#include "base/buf.h"
#include "facts.h"
#include "fetch/rows.h"

extern const struct sae_rows_name sae_mailbox_names[];
extern const size_t sae_mailbox_name_count;
/* So many of them, the first, are read of a live row: what sae_exchange_list_select asks for,
 * and the name of the user, should the service send it. By what else a row is called, only an
 * export without addresses needs to be shown; whole live rows have three of those each. */
extern const size_t sae_mailbox_live_count;

/* The bit of sae_rows_facts.fields that says the list has SmtpClientAuthenticationDisabled;
 * a list without it is an error, never "all inherit". */
extern const uint32_t sae_mailbox_flag_field;

/* Of all that sae_mailbox_read() reads but the time of the change, which the service sets for
 * many reasons: rows with the same digest are the same mailbox. */
uint64_t sae_mailbox_digest(const struct sae_rows_row *row);

/* `names` holds the further addresses and lives as long as *ret_box is used. SAE_E_FORMAT,
 * naming the row, for one that names no mailbox or does not fit its header. */
enum sae_status sae_mailbox_read(const struct sae_rows_row *row, struct sae_buf *names,
                                 struct sae_mailbox *ret_box,
                                 struct sae_err *err) SAE_MUST_CHECK;

/* What the rows of a list showed, to judge whether it is one. Zero-initialised is empty. */
struct sae_mailbox_list {
    uint64_t rows;
    uint32_t fields; /* sae_rows_facts.fields of all bodies */
    bool named;      /* some row has a mail address or an object id */
};

/* Where the mailboxes of a list go. All but `known` are required. */
struct sae_mailbox_sink {
    enum sae_status (*begin)(void *arg, struct sae_err *err); /* the list starts (again) */
    /* True: the row with this digest is a mailbox of an earlier list, known there, and is
     * taken without being read. */
    bool (*known)(void *arg, uint64_t digest);
    enum sae_status (*add)(void *arg, const struct sae_mailbox *box, struct sae_err *err);
    enum sae_status (*keep)(void *arg, struct sae_err *err);   /* the page ended properly */
    enum sae_status (*rewind)(void *arg, struct sae_err *err); /* forget since `keep` */
    void *arg;
};

/* Takes the rows of a list to a sink. */
struct sae_mailbox_reader {
    const struct sae_mailbox_sink *sink;
    struct sae_mailbox_list list; /* what they showed; rows and fields are the caller's */
    struct sae_mailbox box;       /* being read; */
    struct sae_buf names;         /* what its names are kept in */
};
void sae_mailbox_reader_init(struct sae_mailbox_reader *reader,
                             const struct sae_mailbox_sink *sink);
void sae_mailbox_reader_done(struct sae_mailbox_reader *reader);
/* A sae_rows_taker; `arg` is the reader. */
enum sae_status sae_mailbox_take(void *arg, const struct sae_rows_row *row,
                                 struct sae_err *err) SAE_MUST_CHECK;

/* SAE_E_FORMAT if there are no rows, if they are something else than mailboxes, or if none
 * has the flag; `advice` says what to do about the latter. */
enum sae_status sae_mailbox_list_check(const struct sae_mailbox_list *list,
                                       const char *advice,
                                       struct sae_err *err) SAE_MUST_CHECK;

#endif
