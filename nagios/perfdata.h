/* SPDX-License-Identifier: MIT */
/* Performance data, label=value[uom];warn;crit;min;max, in the subset that Nagios, Icinga
 * 2 and their graphers all read: no exponent, no U, no quote inside a label. */
#ifndef SAE_PERFDATA_H
#define SAE_PERFDATA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "nagios/range.h"

enum {
    SAE_PERF_LABEL = 64, /* most bytes of a label */
    SAE_PERF_NUMBER = 24 /* bytes that hold any number written by sae_perf_number() */
};

struct sae_perf {
    const char *label;
    double value;
    const char *uom; /* "" or NULL for a count; "s" "ms" "us" "%" "B" "c" ... */
    const struct sae_range *warn; /* NULL if there is none */
    const struct sae_range *crit;
    bool has_min, has_max;
    double min, max;
};

/* True if sae_perf_add() would append the datum: a finite value below 10^15, a label of
 * printable ASCII without = ' | " and the like and without "::" (Icinga 2 splits there),
 * a unit of at most 3 letters or '%'. */
bool sae_perf_is_valid(const struct sae_perf *perf);

/* Appends the datum, after a blank if the buffer is not empty; empty fields at the end
 * are dropped, a label with blanks is quoted, a limit that is no number is left empty.
 * False, and nothing appended, if the datum is not valid: what is unknown is left out,
 * never written as U or 0. */
bool sae_perf_add(struct sae_buf *buf, const struct sae_perf *perf);

/* Writes `value` as a decimal number: whole numbers without a point, others with at most
 * 3 decimals and no zero at the end. False if it is not finite or not below 10^15; then
 * text is "". cap is at least SAE_PERF_NUMBER. */
bool sae_perf_number(char *text, size_t cap, double value);

#endif
