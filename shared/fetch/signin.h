/* SPDX-License-Identifier: MIT */
/* From a row of any source to a sign-in: the one place that knows what the fields are called
 * in Graph pages, diagnostic exports, portal downloads and Log Analytics tables. */
#ifndef SAE_SIGNIN_H
#define SAE_SIGNIN_H

#include "facts.h"
#include "fetch/rows.h"

extern const struct sae_rows_name sae_signin_names[];
extern const size_t sae_signin_name_count;

/* Bits of sae_rows_facts.fields without which a body is no sign-in log. */
extern const uint32_t sae_signin_needed;

enum sae_signin_answer {
    SAE_SIGNIN_SMTP,      /* *ret_signin is filled */
    SAE_SIGNIN_OTHER,     /* another client app: only ret_signin->time is filled */
    SAE_SIGNIN_BLANK,     /* the client app is null or "": likewise */
    SAE_SIGNIN_NOT,       /* a log record of another kind, to be passed over */
    SAE_SIGNIN_UNPARSED,  /* no readable id, time, code or client app */
    SAE_SIGNIN_AMBIGUOUS  /* its date could mean two instants */
};

/* The tenants in whose log a row can stand: the one that the record names, twice, or the
 * tenant of the resource and the home tenant of the user (a user's sign-ins to other tenants
 * are in the log of the home tenant too). Lower case, "" for none. */
struct sae_signin_tenants {
    char id[2][SAE_GUID + 1];
};

enum sae_signin_answer sae_signin_read(const struct sae_rows_row *row,
                                       struct sae_signin *ret_signin,
                                       struct sae_signin_tenants *ret_tenants);

/* A GUID in lower case, or "" if `text` is none or the zero GUID. */
void sae_guid_read(const char *text, size_t len, char ret_guid[SAE_GUID + 1]);

#endif
