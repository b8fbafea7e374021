/* SPDX-License-Identifier: MIT */
#include "fetch/credential.h"
#include "plugins/collect/command.h"

static enum sae_status check_tenant(const struct sae_tenant *tenant, struct sae_err *err)
{
    enum sae_credential kind;

    if (tenant->fault.code != SAE_OK) {
        return sae_fail(err, tenant->fault.code, "%s", tenant->fault.text);
    }
    if (!sae_tenant_is_live(tenant) || sae_credential_kind(tenant, &kind, err) == SAE_OK) {
        return SAE_OK;
    }
    return err->code;
}

void sae_command_check(const struct sae_config *config, const char *path,
                       struct sae_report *report)
{
    size_t wrong = 0;

    for (size_t i = 0; i < config->count; i++) {
        const struct sae_tenant *tenant = &config->tenants[i];
        struct sae_err err = {0};

        if (check_tenant(tenant, &err) == SAE_OK) {
            sae_report_add(report, SAE_STATE_OK, "%s: right", tenant->name);
            continue;
        }
        sae_report_add(report, SAE_STATE_UNKNOWN, "%s: %s", tenant->name, err.text);
        if (wrong++ == 0) {
            sae_report_headline(report, "%s", err.text); /* it names file and section */
        }
    }
    if (wrong == 0) {
        sae_report_add(report, SAE_STATE_OK, "%s is right, %zu tenant%s", path, config->count,
                       config->count == 1 ? "" : "s");
        sae_report_headline(report, "%s is right, %zu tenant%s", path, config->count,
                            config->count == 1 ? "" : "s");
    }
}
