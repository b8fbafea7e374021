/* SPDX-License-Identifier: MIT */
/* How times, findings and senders are written in JSON: the same in the snapshot and in what
 * is made from it for others. Out of memory shows when the document is printed. */
#ifndef SAE_SNAPSHOT_LINES_H
#define SAE_SNAPSHOT_LINES_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "store/snapshot.h"

/* Whole seconds since 1970 of a time in ticks. */
void sae_snapshot_put_time(cJSON *object, const char *name, int64_t time);

/* Appends to the list; returns the new object, to add to it. */
cJSON *sae_snapshot_put_finding(cJSON *list, const struct sae_finding *f);
void sae_snapshot_put_sender(cJSON *list, const struct sae_sender_line *line);

#endif
