/* SPDX-License-Identifier: MIT */
#include "measure/senders.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

enum { NEW_DAYS = 7, NEW_NEEDS_DAYS = 14 };

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

int32_t sae_sender_usual_gap(const int64_t *days, size_t count)
{
    int64_t gaps[SAE_SENDER_DAYS];
    size_t n = count == 0 ? 0 : count - 1;

    if (n < SAE_SENDER_GAPS || count > SAE_SENDER_DAYS) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        gaps[i] = days[i + 1] - days[i];
    }
    qsort(gaps, n, sizeof(gaps[0]), by_value);
    return (int32_t)gaps[(9 * n + 9) / 10 - 1];
}

/* Silence in ticks that is let pass. */
static int64_t longest_pause(int32_t gap)
{
    int64_t limit = 3 * (int64_t)gap;

    return (limit > SAE_SENDER_SILENT ? SAE_SENDER_SILENT : limit) * SAE_DAY;
}

struct sae_sender_verdict sae_senders_add(struct sae_senders *senders,
                                          const struct sae_sender_facts *sender)
{
    struct sae_sender_verdict verdict = {
        .counts = sender->count > 0,
        .gap = sae_sender_usual_gap(sender->days, sender->day_count),
    };
    const bool quiet =
        verdict.gap >= 0 && senders->end - sender->last > longest_pause(verdict.gap);

    verdict.refused = sender->inherits && sender->last < senders->closed;
    verdict.is_new = sender->first >= senders->end - NEW_DAYS * SAE_DAY &&
                     sender->first < senders->end;
    if (verdict.counts) {
        senders->all++;
        senders->unlisted += sender->listed ? 0 : 1;
        senders->without_mailbox += sender->matched ? 0 : 1;
        senders->unmatched +=
            sender->matched || (sender->accepted & SAE_DRIFT_UNMATCHED) != 0 ? 0 : 1;
        senders->undecided += sender->decided ? 0 : 1;
    }
    senders->fresh += verdict.is_new && (sender->accepted & SAE_DRIFT_NEW) == 0 ? 1 : 0;
    /* Silence is proven only by log: back to the last success, or longer than is let pass. */
    verdict.silent = quiet && !verdict.refused && senders->to > senders->from &&
                     (sender->last >= senders->from ||
                      senders->end - senders->from > longest_pause(verdict.gap));
    if ((sender->accepted & SAE_DRIFT_SILENT) == 0) {
        senders->silent += verdict.silent ? 1 : 0;
        senders->silence_unknown |= quiet && !verdict.refused && !verdict.silent;
    }
    return verdict;
}

bool sae_senders_know_new(const struct sae_senders *senders)
{
    return senders->to - senders->from >= NEW_NEEDS_DAYS * SAE_DAY;
}

static void set(struct sae_values *values, enum sae_metric metric, int64_t count,
                const char *why_lower)
{
    sae_values_set_proven(values, metric, (double)count, why_lower == NULL);
    if (why_lower != NULL) {
        sae_values_why(values, metric, why_lower);
    }
}

void sae_senders_measure(const struct sae_senders *senders, const char *why_lower,
                         bool has_list, struct sae_values *values)
{
    int64_t held = senders->to - senders->from;
    char why[SAE_WHY];

    set(values, SAE_M_SENDERS_ALL, senders->all, why_lower);
    set(values, SAE_M_SENDERS_UNMATCHED, senders->unmatched, why_lower);
    set(values, SAE_M_SENDERS_UNDECIDED, senders->undecided, why_lower);
    if (has_list) {
        set(values, SAE_M_SENDERS_UNLISTED, senders->unlisted, why_lower);
    }
    set(values, SAE_M_SENDERS_SILENT, senders->silent,
        senders->silence_unknown || senders->to == senders->from
            ? "the log held does not reach back to some last success"
            : NULL);
    if (sae_senders_know_new(senders)) {
        sae_values_set(values, SAE_M_SENDERS_NEW, (double)senders->fresh);
    } else {
        snprintf(why, sizeof(why), "the log held spans %.1f of %d days",
                 (double)(held / SAE_HOUR) / 24.0, NEW_NEEDS_DAYS);
        sae_values_why(values, SAE_M_SENDERS_NEW, why);
    }
}
