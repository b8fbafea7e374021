/* SPDX-License-Identifier: MIT */
/* Who still sends with SMTP AUTH, and who stopped. Pure: senders in, one at a time, metrics
 * out. A sender is a user with a success; the registry outlives the rows. */
#ifndef SAE_SENDERS_H
#define SAE_SENDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/metrics.h"

enum {
    SAE_SENDER_GAPS = 3,   /* fewer and the usual gap is not known */
    SAE_SENDER_SILENT = 14 /* days, the longest silence that is let pass */
};

/* What the judgement of one sender needs. */
struct sae_sender_facts {
    int64_t first, last; /* successes ever held */
    int64_t count;       /* successes in the look-back */
    const int64_t *days; /* days with a success, ascending */
    size_t day_count;
    bool matched; /* a mailbox was found */
    bool inherits; /* and it follows the tenant switch */
    bool listed;  /* a valid entry on the allow list */
    bool decided; /* and a decision in it */
    unsigned accepted; /* drifts that somebody accepted: they do not count */
};

/* Bits of sae_sender_facts.accepted. */
enum { SAE_DRIFT_NEW = 1, SAE_DRIFT_SILENT = 2, SAE_DRIFT_UNMATCHED = 4 };

/* The log that the judgement rests on. */
struct sae_senders {
    int64_t end;        /* T */
    int64_t from, to;   /* newest unbroken interval of log held */
    int64_t closed;     /* when the tenant switch was closed, 0: it is not */
    int64_t all, fresh, unlisted, unmatched, undecided, silent;
    int64_t without_mailbox; /* unmatched, the accepted ones too */
    bool silence_unknown; /* some sender's silence reaches back beyond the log */
};

struct sae_sender_verdict {
    bool counts;  /* had a success in the look-back */
    bool is_new;  /* first success ever held within 7 d */
    bool refused; /* inherits, and last sent before the switch was closed */
    bool silent;  /* for another reason */
    int32_t gap;  /* usual gap in days, -1 not known */
};

/* 90th percentile (nearest rank) of whole days between days with a success; -1 with fewer
 * than SAE_SENDER_GAPS gaps. `days` ascending, without repeats, at most SAE_SENDER_DAYS. */
enum { SAE_SENDER_DAYS = 512 };
int32_t sae_sender_usual_gap(const int64_t *days, size_t count);

struct sae_sender_verdict sae_senders_add(struct sae_senders *senders,
                                          const struct sae_sender_facts *sender);

/* True if the history spans enough for "first success ever" to mean something. */
bool sae_senders_know_new(const struct sae_senders *senders);

/* Sets the metrics. `why_lower` is NULL if the log covers all of the look-back; `has_list`:
 * an allow list was read. */
void sae_senders_measure(const struct sae_senders *senders, const char *why_lower,
                         bool has_list, struct sae_values *values);

#endif
