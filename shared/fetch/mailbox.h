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

/* The bit of sae_rows_facts.fields that says the list has SmtpClientAuthenticationDisabled;
 * a list without it is an error, never "all inherit". */
extern const uint32_t sae_mailbox_flag_field;

/* `names` holds the further addresses and lives as long as *ret_box is used. SAE_E_FORMAT,
 * naming the row, for one that names no mailbox or does not fit its header. */
enum sae_status sae_mailbox_read(const struct sae_rows_row *row, struct sae_buf *names,
                                 struct sae_mailbox *ret_box,
                                 struct sae_err *err) SAE_MUST_CHECK;

#endif
