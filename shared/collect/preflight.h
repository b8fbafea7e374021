/* SPDX-License-Identifier: MIT */
/* First contact with a tenant: does every host, credential and permission work, and if not,
 * what is to be granted and where? Measures nothing and stores nothing but tokens. Files
 * that are named as sources are opened, not read. */
#ifndef SAE_PREFLIGHT_H
#define SAE_PREFLIGHT_H

#include "base/clock.h"
#include "config/config.h"
#include "fetch/record.h"

enum sae_preflight_answer {
    SAE_PREFLIGHT_WORKS,
    SAE_PREFLIGHT_FAILS,   /* a configured part cannot work */
    SAE_PREFLIGHT_MISSING, /* optional; the measurement says less without it */
    SAE_PREFLIGHT_UNASKED, /* nobody knows: not asked, or told to wait */
    SAE_PREFLIGHT_OFF      /* by configuration */
};

/* The longest that it takes, whoever is silent. A question has a patience of its own, and who
 * let one end is not asked again. */
#define SAE_PREFLIGHT_LIMIT (90 * SAE_SECOND)

enum { SAE_PREFLIGHT_LINES = 12 };

struct sae_preflight_line {
    const char *what;  /* "token for Exchange", "Get-CASMailbox", "sign-ins", .. */
    const char *group; /* column of the table of many tenants: "login", "switch",
                          "mailboxes", "policies", "sign-ins", "access rules" */
    enum sae_preflight_answer answer;
    char text[320];    /* what was seen; if it does not work: why, and what to grant where */
};

struct sae_preflight {
    struct sae_preflight_line line[SAE_PREFLIGHT_LINES];
    size_t count;
    bool ready;         /* every configured part is known to work */
    char estimate[200]; /* what the first run will take, "" if it cannot be said */
};

/* Fails only for reasons of our own (memory, the state folder); else the lines tell. */
enum sae_status sae_preflight(const struct sae_tenant *tenant,
                              const struct sae_budget *budget, int64_t now,
                              struct sae_record *record, struct sae_preflight *ret_preflight,
                              struct sae_err *err) SAE_MUST_CHECK;

#endif
