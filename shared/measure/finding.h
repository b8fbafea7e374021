/* SPDX-License-Identifier: MIT */
/* Findings: what happened or drifted, each with an id that is the same in every run, so that
 * it rings once, can be accepted by that id, and the next one rings again. */
#ifndef SAE_FINDING_H
#define SAE_FINDING_H

#include <stddef.h>
#include <stdint.h>

enum { SAE_FINDING_HEX = 12 };

/* METRIC-12 hex digits of SHA-256 over (tenant, metric, key); cap at least 48. */
char *sae_finding_id(char *id, size_t cap, const char *tenant, const char *metric,
                     const char *key);

/* The same 12 digits alone: a key for one sender that nobody chose. */
char *sae_sender_id(char *id, size_t cap, const char *tenant, const char *user);

/* How urgent a class is; smaller comes first. */
int sae_finding_urgency(const char *kind);

#endif
