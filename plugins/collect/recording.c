/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "plugins/collect/command.h"

enum { FOLDER = 4200 };

/* From 1, in the order of the configuration. */
static size_t number_of(const struct sae_command *cmd, const struct sae_tenant *tenant)
{
    size_t i = 0;

    while (i < cmd->count && cmd->tenants[i] != tenant) {
        i++;
    }
    return i + 1;
}

static void path_of(const struct sae_command *cmd, const struct sae_tenant *tenant, char *text,
                    size_t cap)
{
    if (cmd->count == 1) {
        snprintf(text, cap, "%s", cmd->record);
    } else {
        /* not by its name: the folder goes into a bug report */
        snprintf(text, cap, "%s/tenant-%zu", cmd->record, number_of(cmd, tenant));
    }
}

enum sae_status sae_command_record_open(const struct sae_command *cmd,
                                        struct sae_record **ret_record, struct sae_err *err)
{
    struct sae_record *record = NULL;
    enum sae_status status = SAE_OK;

    if (cmd->record != NULL) {
        status = sae_record_open(cmd->record, &record, err);
    }
    if (status == SAE_OK && cmd->count > 1 && record != NULL) {
        sae_record_close(record); /* the folder is there and empty; each child has its own */
        record = NULL;
    }
    if (status == SAE_OK) {
        *ret_record = record;
    }
    return status;
}

enum sae_status sae_command_record_of(const struct sae_command *cmd,
                                      const struct sae_tenant *tenant,
                                      struct sae_record *common,
                                      struct sae_record **ret_record, struct sae_err *err)
{
    char folder[FOLDER];

    if (cmd->record == NULL || cmd->count == 1) {
        *ret_record = common;
        return SAE_OK;
    }
    path_of(cmd, tenant, folder, sizeof(folder));
    return sae_record_open(folder, ret_record, err);
}

enum sae_status sae_command_record_done(struct sae_record *record, struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    if (record != NULL) {
        status = sae_record_status(record, err);
        sae_record_close(record);
    }
    return status;
}

enum sae_state sae_command_record_words(const struct sae_command *cmd,
                                        const struct sae_tenant *tenant, const char *why,
                                        char *text, size_t cap)
{
    bool live = sae_tenant_is_live(tenant);
    char folder[FOLDER];

    path_of(cmd, tenant, folder, sizeof(folder));
    if (!sae_record_is_empty(folder)) {
        snprintf(text, cap, "recorded in %s", folder);
        return SAE_STATE_OK;
    }
    snprintf(text, cap, "nothing recorded in %s: %s%s", folder,
             live ? "nothing was asked, " : "all sources are files", live ? why : "");
    return live ? SAE_STATE_UNKNOWN : SAE_STATE_OK;
}
