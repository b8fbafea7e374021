/* SPDX-License-Identifier: MIT */
/* The counts of the newest window of sign-ins. Pure: rows in, metrics out.
 *
 * Each count is the larger of two windows, [T-window, T) and [T-lag-window, T-lag): the newest
 * rows of a live log arrive late, so they may add to an alarm but an OK rests on the settled
 * window. */
#ifndef SAE_WINDOW_H
#define SAE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/intset.h"
#include "measure/metrics.h"

/* One row as far as counting goes; `country` 0 and `address` 0 mean none. */
struct sae_window_row {
    int64_t time;
    int64_t user, address;
    int32_t country, code;
};

struct sae_window_counts {
    int64_t failed, succeeded, infra;
    struct sae_intset users, addresses, countries;
};

struct sae_window {
    int64_t end, lag, length; /* T and two spans, ticks */
    struct sae_window_counts newest, settled;
};

/* Zero-initialise, then set end, lag and length. */
enum sae_status sae_window_add(struct sae_window *window, const struct sae_window_row *row,
                               struct sae_err *err) SAE_MUST_CHECK;

/* Sets the metrics of the window, exact if `why_lower` is NULL, else lower bounds. */
void sae_window_measure(const struct sae_window *window, const char *why_lower,
                        struct sae_values *values);
void sae_window_done(struct sae_window *window);

#endif
