/* SPDX-License-Identifier: MIT */
/* Icinga 2: one host for each tenant. Services, dependencies and notifications come from the
 * apply rules of nagios/icinga2/services.conf. A tenant whose section is wrong is written,
 * too: its checks say so. */
#include "report/objects/objects.h"

static void write_host(const struct sae_query *query, const char *tenant, FILE *out)
{
    fprintf(out, "\nobject Host \"%s\" {\n\timport \"smtp_auth-host\"\n\n", tenant);
    fprintf(out, "\tdisplay_name = \"Microsoft 365 tenant %s\"\n", tenant);
    fprintf(out, "\tvars.smtp_auth_tenants[\"%s\"] = {", tenant);
    if (query->config_file != NULL) {
        fprintf(out, " smtp_auth_config = \"%s\" ", query->config_file);
    }
    fputs("}\n}\n", out);
}

void sae_objects_icinga2(const struct sae_query *query, FILE *out)
{
    const struct sae_tenant *tenant;
    size_t next = 0;

    sae_objects_head(query, out, "/* ", " * ",
                     "Needs commands.conf\n * and services.conf. */");
    while ((tenant = sae_objects_tenant(query, &next)) != NULL) {
        write_host(query, tenant->name, out);
    }
}
