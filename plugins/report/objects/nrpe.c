/* SPDX-License-Identifier: MIT */
/* NRPE: one fixed command line for each check of each tenant, because NRPE should take no
 * arguments, and Debian's cannot. */
#include "report/objects/objects.h"

/* No tenant and no program has an @ in its name, so no two lines have the same. */
static void write_line(FILE *out, const struct sae_query *query, const char *program,
                       const char *tenant)
{
    fprintf(out, "command[%s%s%s]=" SAE_PLUGIN_DIR "/%s", program, tenant == NULL ? "" : "@",
            tenant == NULL ? "" : tenant, program);
    if (query->config_file != NULL) {
        fprintf(out, " --config '%s'", query->config_file);
    }
    if (tenant == NULL) {
        fputs(" --all -v\n", out);
    } else {
        fprintf(out, " --tenant '%s' -v\n", tenant);
    }
}

void sae_objects_nrpe(const struct sae_query *query, FILE *out)
{
    const struct sae_tenant *tenant;
    size_t next = 0;

    sae_objects_head(query, out, "# ", "# ", "The other side is\n# smtp_auth_nrpe.cfg.");
    while ((tenant = sae_objects_tenant(query, &next)) != NULL) {
        fputs("\n", out);
        for (int i = 0; i < SAE_SERVICES; i++) {
            write_line(out, query, sae_services[i].program, tenant->name);
        }
        write_line(out, query, "check_smtp_auth", tenant->name);
    }
    if (query->tenant == NULL) {
        fputs("\n", out);
        write_line(out, query, "check_smtp_auth", NULL);
    }
}
