/* SPDX-License-Identifier: MIT */
/* Nagios 4. Commands and templates are in nagios/objects/, for people to change. */
#include "report/objects/objects.h"

static const char *template_of(const struct sae_service *service)
{
    return service->is_attack   ? "smtp-auth-attack"
           : service->is_health ? "smtp-auth-health"
                                : "smtp-auth-service";
}

static void put(FILE *out, const char *directive, const char *value)
{
    fprintf(out, "    %-20s %s\n", directive, value);
}

static void put_config(FILE *out, const struct sae_query *query)
{
    if (query->config_file != NULL) {
        put(out, "_SMTP_AUTH_CONFIG", query->config_file);
    }
}

static void write_host(FILE *out, const char *tenant)
{
    fputs("\ndefine host {\n", out);
    put(out, "use", "smtp-auth-tenant");
    put(out, "host_name", tenant);
    fprintf(out, "    %-20s Microsoft 365 tenant %s\n}\n", "alias", tenant);
}

static void write_service(FILE *out, const struct sae_query *query, const char *tenant,
                          const struct sae_service *service)
{
    fputs("\ndefine service {\n", out);
    put(out, "use", template_of(service));
    put(out, "host_name", tenant);
    fprintf(out, "    %-20s SMTP AUTH %s\n", "service_description", service->name);
    fprintf(out, "    %-20s %s!%s\n", "check_command", service->program, tenant);
    fprintf(out, "    %-20s " SAE_RUNBOOK_URL "#%s\n", "notes_url", service->runbook);
    put_config(out, query);
    fputs("}\n", out);
}

/* The services that are health or that are not, as a list of Nagios. */
static void write_names(FILE *out, bool health)
{
    const char *separator = "";

    for (int i = 0; i < SAE_SERVICES; i++) {
        if (sae_services[i].is_health == health) {
            fprintf(out, "%sSMTP AUTH %s", separator, sae_services[i].name);
            separator = ", ";
        }
    }
    fputs("\n", out);
}

static void write_dependency(FILE *out, const char *tenant)
{
    fputs("\ndefine servicedependency {\n", out);
    fprintf(out, "    %-30s %s\n", "use", "smtp-auth-dependency");
    fprintf(out, "    %-30s %s\n", "host_name", tenant);
    fprintf(out, "    %-30s ", "service_description");
    write_names(out, true);
    fprintf(out, "    %-30s %s\n", "dependent_host_name", tenant);
    fprintf(out, "    %-30s ", "dependent_service_description");
    write_names(out, false);
    fputs("}\n", out);
}

/* No tenant has a blank in its name. */
static void write_overview(FILE *out, const struct sae_query *query)
{
    fputs("\ndefine host {\n", out);
    put(out, "use", "smtp-auth-tenant");
    put(out, "host_name", "SMTP AUTH");
    put(out, "alias", "All Microsoft 365 tenants watched for SMTP AUTH");
    fputs("}\n\ndefine service {\n", out);
    put(out, "use", "smtp-auth-overview");
    put(out, "host_name", "SMTP AUTH");
    put(out, "service_description", "SMTP AUTH all tenants");
    put(out, "check_command", "check_smtp_auth_all");
    put(out, "notes_url", SAE_RUNBOOK_URL);
    put_config(out, query);
    fputs("}\n", out);
}

void sae_objects_nagios(const struct sae_query *query, FILE *out)
{
    const struct sae_tenant *tenant;
    size_t next = 0;

    sae_objects_head(query, out, "# ", "# ",
                     "Needs smtp_auth_templates.cfg\n# and smtp_auth.cfg or "
                     "smtp_auth_nrpe.cfg.");
    while ((tenant = sae_objects_tenant(query, &next)) != NULL) {
        write_host(out, tenant->name);
        for (int i = 0; i < SAE_SERVICES; i++) {
            write_service(out, query, tenant->name, &sae_services[i]);
        }
        write_dependency(out, tenant->name);
    }
    if (query->tenant == NULL) {
        write_overview(out, query);
    }
}
