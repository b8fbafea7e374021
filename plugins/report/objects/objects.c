/* SPDX-License-Identifier: MIT */
#include "report/objects/objects.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The runbook: where the sections of the group begin. */
const struct sae_service sae_services[SAE_SERVICES] = {
    [SAE_GROUP_TENANT] = {.name = "tenant",
                          .program = "check_smtp_auth_tenant",
                          .runbook = "tenant_opened"},
    [SAE_GROUP_MAILBOXES] = {.name = "mailboxes",
                             .program = "check_smtp_auth_mailboxes",
                             .runbook = "mbx_exposed"},
    [SAE_GROUP_SIGNINS] = {.name = "signins",
                           .program = "check_smtp_auth_signins",
                           .runbook = "breach_users",
                           .is_attack = true},
    [SAE_GROUP_SENDERS] = {.name = "senders",
                           .program = "check_smtp_auth_senders",
                           .runbook = "senders_silent"},
    [SAE_GROUP_HEALTH] = {.name = "health",
                          .program = "check_smtp_auth_health",
                          .runbook = "when-the-monitor-is-blind-health",
                          .is_health = true},
};

const char sae_objects_systems[] = "nagios nrpe icinga2 collectd";

static const struct {
    const char *system;
    void (*write)(const struct sae_query *query, FILE *out);
} writers[] = {
    {"nagios", sae_objects_nagios},
    {"nrpe", sae_objects_nrpe},
    {"icinga2", sae_objects_icinga2},
    {"collectd", sae_objects_collectd},
};

const struct sae_tenant *sae_objects_tenant(const struct sae_query *query, size_t *next)
{
    size_t at = (*next)++;

    if (query->tenant != NULL) {
        return at == 0 ? query->tenant : NULL;
    }
    return at < query->config->count ? &query->config->tenants[at] : NULL;
}

void sae_objects_head(const struct sae_query *query, FILE *out, const char *begins,
                      const char *goes_on, const char *needs)
{
    fprintf(out, "%sWritten by: smtp_auth_report objects %s", begins, query->system);
    if (query->config_file != NULL) {
        fprintf(out, " --config %s", query->config_file);
    }
    if (query->tenant != NULL) {
        fprintf(out, " --tenant %s", query->tenant->name);
    }
    fprintf(out, "\n%sAfter a change of the configuration write it anew, do not edit it. %s\n",
            goes_on, needs);
}

/* The daemons that will use the path have another working directory. */
static enum sae_status find_config(const char *given, char **ret_path, struct sae_err *err)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789/._+@-";
    char *folder, *path = NULL;

    if (given == NULL) {
        *ret_path = NULL;
        return SAE_OK;
    }
    folder = given[0] == '/' ? strdup("") : getcwd(NULL, 0);
    if (folder == NULL ||
        asprintf(&path, "%s%s%s", folder, given[0] == '/' ? "" : "/", given) < 0) {
        free(folder);
        return sae_fail(err, SAE_E_IO, "the full path of %s cannot be found", given);
    }
    free(folder);
    if (path[strspn(path, plain)] != '\0') {
        sae_fail(err, SAE_E_USAGE,
                 "--config %s: the definitions can hold a path of letters, digits and "
                 "/ . _ + @ - only, move or link the file",
                 path);
        free(path);
        return SAE_E_USAGE;
    }
    *ret_path = path;
    return SAE_OK;
}

enum sae_status sae_report_objects(const struct sae_query *query, struct sae_err *err)
{
    struct sae_query absolute = *query;
    char *path = NULL;
    enum sae_status status = find_config(query->config_file, &path, err);

    if (status != SAE_OK) {
        return status;
    }
    if (query->config->count == 0) {
        free(path);
        return sae_fail(err, SAE_E_CONFIG,
                        "no tenant is configured: definitions without one would end the "
                        "monitoring of all");
    }
    absolute.config_file = path;
    for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        if (strcmp(writers[i].system, query->system) == 0) {
            writers[i].write(&absolute, query->table->out);
        }
    }
    free(path);
    return SAE_OK;
}
