/* SPDX-License-Identifier: MIT */
/* Shared by the detectors. */
#ifndef SAE_DETECT_PRIVATE_H
#define SAE_DETECT_PRIVATE_H

#include "base/clock.h"
#include "facts.h"
#include "measure/detect.h"
#include "measure/groups.h"

/* Describes events of one group after another; zero-initialise. */
struct sae_account {
    struct sae_tally users, addresses, countries;
};
void sae_account_begin(struct sae_account *account, struct sae_hit *hit);
void sae_account_add(struct sae_account *account, struct sae_hit *hit,
                     const struct sae_event *event);
enum sae_status sae_account_status(const struct sae_account *account,
                                   struct sae_err *err) SAE_MUST_CHECK;
void sae_account_done(struct sae_account *account);

/* In the order that the header promises. */
int sae_hit_compare(const void *a, const void *b);
void sae_hits_sort(struct sae_hits *hits);

/* Describes all events of the group that `wanted` lets through and adds the hit. */
enum sae_status sae_hits_add_group(struct sae_hits *hits, struct sae_account *account,
                                   const struct sae_event_group *group, struct sae_hit hit,
                                   sae_event_filter wanted, const void *arg,
                                   struct sae_err *err) SAE_MUST_CHECK;

#endif
