/* SPDX-License-Identifier: MIT */
/* The one place that runs fetch -> store -> measure -> snapshot, for one tenant, once. */
#ifndef SAE_COLLECT_H
#define SAE_COLLECT_H

#include "base/clock.h"
#include "config/config.h"
#include "fetch/record.h"
#include "store/snapshot.h"

/* How far reading a long log is, for people who watch. */
struct sae_progress {
    const char *tenant;
    double days_done, days_all;
    uint64_t rows;
    int64_t left; /* ticks until it is done at this rate, -1: not known yet */
};

struct sae_collect_setup {
    const struct sae_tenant *tenant;
    const struct sae_budget *budget;
    int64_t now;
    bool fresh; /* read live posture however young it is */
    struct sae_record *record; /* NULL: nothing is recorded */
    void (*progress)(void *arg, const struct sae_progress *progress); /* may be NULL */
    void *arg;
};

/* Collects and publishes. SAE_OK if a snapshot was published, even where a part failed: its
 * parts[].ok say how the try went. On any other status nothing was published and the last
 * snapshot stands. A tenant with a fault is refused with it; one that is being collected
 * by someone else is SAE_E_BUSY after 2 s. */
enum sae_status sae_collect(const struct sae_collect_setup *setup,
                            struct sae_snapshot *ret_snapshot,
                            struct sae_err *err) SAE_MUST_CHECK;

#endif
