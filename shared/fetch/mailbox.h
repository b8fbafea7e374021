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

/* Notes that `box` has a name that only mailboxes have. */
void sae_mailbox_list_note(struct sae_mailbox_list *list, const struct sae_mailbox *box);

/* SAE_E_FORMAT if there are no rows, if they are something else than mailboxes, or if none
 * has the flag; `advice` says what to do about the latter. */
enum sae_status sae_mailbox_list_check(const struct sae_mailbox_list *list,
                                       const char *advice,
                                       struct sae_err *err) SAE_MUST_CHECK;

#endif
