/* SPDX-License-Identifier: MIT */
#include "measure/exposure.h"

bool sae_is_exposed(enum sae_flag flag, enum sae_switch smtp_auth)
{
    switch (flag) {
    case SAE_FLAG_DISABLED:
        return false;
    case SAE_FLAG_INHERIT:
        return smtp_auth != SAE_SWITCH_OFF;
    default:
        return true;
    }
}

bool sae_exposure_add(struct sae_exposure *exposure, enum sae_flag flag, bool used,
                      enum sae_listed listed)
{
    exposure->by_flag[flag]++;
    if (!sae_is_exposed(flag, exposure->smtp_auth)) {
        return false;
    }
    exposure->exposed++;
    exposure->unused += used ? 0 : 1;
    exposure->unlisted += listed == SAE_LISTED_NO ? 1 : 0;
    exposure->expired += listed == SAE_LISTED_EXPIRED ? 1 : 0;
    exposure->expiring += listed == SAE_LISTED_EXPIRING ? 1 : 0;
    return true;
}

void sae_exposure_add_rest(struct sae_exposure *exposure, enum sae_flag flag, int64_t count)
{
    exposure->by_flag[flag] += count;
    if (sae_is_exposed(flag, exposure->smtp_auth)) {
        exposure->exposed += count;
        exposure->unused += count;
        exposure->unlisted += count;
    }
}

void sae_exposure_measure(const struct sae_exposure *exposure, const char *why_not_unused,
                          bool has_list, struct sae_values *values)
{
    const int64_t *by = exposure->by_flag;

    sae_values_set(values, SAE_M_MBX_EXPOSED, (double)exposure->exposed);
    sae_values_set(values, SAE_M_MBX_ENABLED, (double)by[SAE_FLAG_ENABLED]);
    sae_values_set(values, SAE_M_MBX_DISABLED, (double)by[SAE_FLAG_DISABLED]);
    sae_values_set(values, SAE_M_MBX_INHERIT, (double)by[SAE_FLAG_INHERIT]);
    sae_values_set(values, SAE_M_MBX_UNKNOWN, (double)by[SAE_FLAG_UNKNOWN]);
    sae_values_set(values, SAE_M_MBX_ALL,
                   (double)(by[SAE_FLAG_ENABLED] + by[SAE_FLAG_DISABLED] +
                            by[SAE_FLAG_INHERIT] + by[SAE_FLAG_UNKNOWN]));
    if (why_not_unused == NULL) {
        sae_values_set(values, SAE_M_MBX_UNUSED, (double)exposure->unused);
    } else {
        sae_values_why(values, SAE_M_MBX_UNUSED, why_not_unused);
    }
    if (has_list) {
        sae_values_set(values, SAE_M_MBX_UNLISTED, (double)exposure->unlisted);
        sae_values_set(values, SAE_M_MBX_EXPIRED, (double)exposure->expired);
        sae_values_set(values, SAE_M_MBX_EXPIRING, (double)exposure->expiring);
    }
}
