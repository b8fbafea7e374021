/* SPDX-License-Identifier: MIT */
/* One line on standard error for people who watch, written over and over; only where standard
 * error is a terminal. */
#ifndef SAE_PROGRESS_H
#define SAE_PROGRESS_H

#include <stdbool.h>

#include "collect.h"

enum { SAE_PROGRESS_LINE = 79 }; /* characters, so that it never wraps */

struct sae_progress_line {
    bool on;      /* standard error is a terminal */
    int64_t next; /* monotonic; not shown again before */
};

/* "contoso sign-ins 12 of 30 days, 48,211 rows, about 4 min left". Returns `text`. */
char *sae_progress_text(char text[SAE_PROGRESS_LINE + 1], const struct sae_progress *progress);

struct sae_progress_line sae_progress_start(void);

/* At most every 200 ms, and never waits for a terminal that is held still. `now` is monotonic. */
void sae_progress_show(struct sae_progress_line *line, const char *text, int64_t now);
void sae_progress_erase(const struct sae_progress_line *line);

#endif
