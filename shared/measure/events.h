/* SPDX-License-Identifier: MIT */
/* The sign-ins that detectors look at. Pure: rows in, in time order, what no detector could
 * miss is forgotten on the way.
 *
 * Kept are all rows from `from` on, and of older ones the first success of each user from each
 * address and in each country: whether a user was seen there before is all that is asked of
 * them. So memory is bounded by the attack, not by the month. */
#ifndef SAE_EVENTS_H
#define SAE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/intset.h"
#include "codes.h"

enum { SAE_EVENTS_MOST = 4000000 }; /* some 100 MB */

struct sae_event {
    int64_t time;     /* ticks */
    uint32_t user;    /* a number from 1 on that tells users apart */
    uint32_t address; /* likewise; 0: none */
    int32_t code;
    uint16_t country; /* two letters, the first one the higher byte; 0: not known */
    uint8_t kind;     /* enum sae_code_class */
    uint8_t password; /* enum sae_password */
};

/* Zero-initialise, then set `from` and `end`. */
struct sae_events {
    int64_t from; /* what is older only says who was seen where */
    int64_t end;  /* T; rows from there on are not taken */
    struct sae_event *at;
    size_t count, cap;
    struct sae_intset seen_at, seen_in; /* users and addresses, countries, before `from` */
    const uint32_t *net; /* by address: numbers that tell networks (/24, /64) apart, 0: none */
    size_t net_count;    /* addresses from there on have none */
};

/* Rows must come in time order (equal times in any order). SAE_E_NOMEM; SAE_E_LIMIT: there are
 * more rows than SAE_EVENTS_MOST, this one was not taken. */
enum sae_status sae_events_add(struct sae_events *events, const struct sae_event *event,
                               struct sae_err *err) SAE_MUST_CHECK;
void sae_events_done(struct sae_events *events);

static inline bool sae_event_failed(const struct sae_event *event)
{
    return event->kind != SAE_CODE_SUCCESS;
}

/* A failure that says something about users: an outage of our own agents does not. */
static inline bool sae_event_counts(const struct sae_event *event)
{
    return sae_event_failed(event) && event->kind != SAE_CODE_INFRA;
}

/* The first event at or after `time`. */
size_t sae_events_since(const struct sae_events *events, int64_t time);

#endif
