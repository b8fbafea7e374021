/* SPDX-License-Identifier: MIT */
#include "measure/window.h"

#include "base/clock.h"
#include "codes.h"

static enum sae_status count_row(struct sae_window_counts *counts,
                                 const struct sae_window_row *row, struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    if (row->code == 0) {
        counts->succeeded++;
        return SAE_OK;
    }
    counts->failed++;
    counts->infra += sae_code_find(row->code)->kind == SAE_CODE_INFRA ? 1 : 0;
    status = sae_intset_add(&counts->users, row->user);
    if (status == SAE_OK && row->address != 0) {
        status = sae_intset_add(&counts->addresses, row->address);
    }
    if (status == SAE_OK && row->country != 0) {
        status = sae_intset_add(&counts->countries, row->country);
    }
    return status == SAE_OK ? SAE_OK : sae_fail(err, status, "out of memory");
}

enum sae_status sae_window_add(struct sae_window *window, const struct sae_window_row *row,
                               struct sae_err *err)
{
    int64_t age = window->end - row->time; /* in (0, length] inside the newest window */
    enum sae_status status = SAE_OK;

    if (age > 0 && age <= window->length) {
        status = count_row(&window->newest, row, err);
    }
    age -= window->lag;
    if (status == SAE_OK && age > 0 && age <= window->length) {
        status = count_row(&window->settled, row, err);
    }
    return status;
}

static double larger(int64_t a, int64_t b)
{
    return (double)(a > b ? a : b);
}

static double larger_set(const struct sae_intset *a, const struct sae_intset *b)
{
    return larger((int64_t)sae_intset_count(a), (int64_t)sae_intset_count(b));
}

void sae_window_measure(const struct sae_window *window, const char *why_lower,
                        struct sae_values *values)
{
    const struct sae_window_counts *a = &window->newest, *b = &window->settled;
    const double failed = larger(a->failed, b->failed);
    const struct {
        enum sae_metric metric;
        double value;
    } counts[] = {
        {SAE_M_FAIL_PER_HOUR, failed * (double)SAE_HOUR / (double)window->length},
        {SAE_M_FAIL_EVENTS, failed},
        {SAE_M_FAIL_USERS, larger_set(&a->users, &b->users)},
        {SAE_M_FAIL_IPS, larger_set(&a->addresses, &b->addresses)},
        {SAE_M_FAIL_COUNTRIES, larger_set(&a->countries, &b->countries)},
        {SAE_M_OK_EVENTS, larger(a->succeeded, b->succeeded)},
        {SAE_M_FAIL_INFRA, larger(a->infra, b->infra)},
    };

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        sae_values_set_proven(values, counts[i].metric, counts[i].value, why_lower == NULL);
        if (why_lower != NULL) {
            sae_values_why(values, counts[i].metric, why_lower);
        }
    }
}

static void done(struct sae_window_counts *counts)
{
    sae_intset_done(&counts->users);
    sae_intset_done(&counts->addresses);
    sae_intset_done(&counts->countries);
}

void sae_window_done(struct sae_window *window)
{
    done(&window->newest);
    done(&window->settled);
}
