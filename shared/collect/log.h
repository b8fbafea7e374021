/* SPDX-License-Identifier: MIT */
/* The sign-in log that is held, all streams together: what can be proven with it. */
#ifndef SAE_LOG_H
#define SAE_LOG_H

#include "config/config.h"
#include "store/history.h"

struct sae_log {
    int64_t end;      /* T: the data was written then; 0: never read completely */
    int64_t from, to; /* newest unbroken interval that every stream covers */
    int64_t newest;   /* newest row of any client app */
    int64_t unparsed;
    bool lower; /* some stream proves less than it spans */
};

enum sae_status sae_log_load(const struct sae_tenant *tenant, struct sae_history *history,
                             struct sae_log *ret_log, struct sae_err *err) SAE_MUST_CHECK;

#endif
