/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "plugins/collect/command.h"

enum { FOLDER = 4200 };

void sae_command_record_path(const struct sae_command *cmd, const struct sae_tenant *tenant,
                             char *text, size_t cap)
{
    if (cmd->count == 1) {
        snprintf(text, cap, "%s", cmd->record);
    } else {
        snprintf(text, cap, "%s/%s", cmd->record, tenant->name);
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
    sae_command_record_path(cmd, tenant, folder, sizeof(folder));
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
