/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "nagios/options.h"
#include "nagios/process.h"
#include "plugins/collect/command.h"
#include "plugins/collect/environment.h"

static const char service[] = "SMTP AUTH";

enum { OPT_TENANT, OPT_ALL, OPT_CONFIG, OPT_FRESH, OPT_CHECK_CONFIG, OPT_PREFLIGHT, OPT_RECORD,
       OPT_DRILL, OPT_DRILL_END, OPT_VERBOSE, OPT_FORMAT, OPT_HELP, OPT_VERSION };

static const struct sae_option options[] = {
    {"tenant", 0, true, OPT_TENANT, "NAME", "Collect this tenant; repeatable."},
    {"all", 0, false, OPT_ALL, NULL, "Collect every tenant of the configuration."},
    {"config", 0, false, OPT_CONFIG, "FILE",
     "The configuration (default " SAE_DEFAULT_CONFIG ")."},
    {"fresh", 0, false, OPT_FRESH, NULL,
     "Read everything now, whatever its age. Files are read at every run anyway."},
    {"check-config", 0, false, OPT_CHECK_CONFIG, NULL,
     "Only say whether the configuration is right."},
    {"preflight", 0, false, OPT_PREFLIGHT, NULL,
     "Measure nothing: say which log-ins and permissions of the tenant work, and what is to "
     "be granted where. Of several tenants, a table."},
    {"record", 0, false, OPT_RECORD, "DIR",
     "Keep what services answer, without names, addresses and tokens, in this new or empty "
     "folder, for a bug report."},
    {"drill", 0, false, OPT_DRILL, NULL,
     "Publish a tenant called drill, with a breach, a spray and an opened switch that are not "
     "real, to try the alarms: check_smtp_auth --tenant drill."},
    {"drill-end", 0, false, OPT_DRILL_END, NULL, "Take that tenant away again."},
    {"verbose", 'v', true, OPT_VERBOSE, NULL, "One line for each part of each tenant."},
    {"format", 0, false, OPT_FORMAT, "nagios|json", "How to write the result."},
    {"help", 'h', false, OPT_HELP, NULL, "This text."},
    {"version", 'V', false, OPT_VERSION, NULL, "The version."},
};

enum { MOST_TENANTS = 1024, TABLE_BYTES = 8 * 1024 * 1024 };

struct command {
    const char *tenants[MOST_TENANTS];
    size_t tenant_count;
    const char *config, *record;
    bool all, fresh, check_config, preflight, drill, drill_end, help, version;
    int verbosity;
    enum sae_format format;
    struct sae_buf table; /* printed below the report */
};

static enum sae_status take_option(void *context, const struct sae_option *option,
                                   const char *value, struct sae_err *err)
{
    struct command *cmd = context;

    switch (option->id) {
    case OPT_TENANT:
        if (cmd->tenant_count == MOST_TENANTS) {
            return sae_fail(err, SAE_E_USAGE, "more than %d tenants", MOST_TENANTS);
        }
        cmd->tenants[cmd->tenant_count++] = value;
        break;
    case OPT_ALL:
        cmd->all = true;
        break;
    case OPT_CONFIG:
        cmd->config = value;
        break;
    case OPT_FRESH:
        cmd->fresh = true;
        break;
    case OPT_CHECK_CONFIG:
        cmd->check_config = true;
        break;
    case OPT_PREFLIGHT:
        cmd->preflight = true;
        break;
    case OPT_RECORD:
        cmd->record = value;
        break;
    case OPT_DRILL:
        cmd->drill = true;
        break;
    case OPT_DRILL_END:
        cmd->drill_end = true;
        break;
    case OPT_VERBOSE:
        cmd->verbosity++;
        break;
    case OPT_FORMAT:
        return sae_format_parse(value, &cmd->format)
                   ? SAE_OK
                   : sae_fail(err, SAE_E_USAGE, "%s is neither nagios nor json", value);
    case OPT_HELP:
        cmd->help = true;
        break;
    default:
        cmd->version = true;
        break;
    }
    return SAE_OK;
}

static enum sae_status check_options(const struct command *cmd, struct sae_err *err)
{
    bool named = cmd->tenant_count > 0;

    if (cmd->drill || cmd->drill_end) {
        return cmd->drill == cmd->drill_end || named || cmd->all || cmd->check_config ||
                       cmd->preflight || cmd->fresh || cmd->record != NULL
                   ? sae_fail(err, SAE_E_USAGE,
                              "--drill and --drill-end stand alone, but for --config")
                   : SAE_OK;
    }
    if (cmd->check_config ? cmd->all || named : cmd->all == named) {
        return sae_fail(err, SAE_E_USAGE,
                        "give one of --tenant NAME, --all, --check-config and --drill, see "
                        "--help");
    }
    if (cmd->check_config && (cmd->preflight || cmd->record != NULL)) {
        return sae_fail(err, SAE_E_USAGE,
                        "--check-config asks nobody: leave out --preflight and --record");
    }
    if (cmd->preflight && cmd->fresh) {
        return sae_fail(err, SAE_E_USAGE,
                        "--preflight always asks anew: leave out --fresh");
    }
    return SAE_OK;
}

static bool is_named(const struct command *cmd, const struct sae_tenant *tenant)
{
    for (size_t i = 0; i < cmd->tenant_count; i++) {
        if (strcmp(cmd->tenants[i], tenant->name) == 0) {
            return true;
        }
    }
    return cmd->all;
}

/* Those that are wanted, in the order of the configuration, each once. */
static enum sae_status choose(const struct command *cmd, const struct sae_config *config,
                              struct sae_command *ret_chosen, struct sae_err *err)
{
    for (size_t i = 0; i < cmd->tenant_count; i++) {
        const struct sae_tenant *tenant = sae_config_tenant(config, cmd->tenants[i]);

        if (tenant == &config->drill) {
            return sae_fail(err, SAE_E_USAGE,
                            "tenant drill has nothing to collect: make it with --drill");
        }
        if (tenant == NULL) {
            return sae_fail(err, SAE_E_CONFIG, "%s has no tenant %.64s", cmd->config,
                            cmd->tenants[i]);
        }
    }
    *ret_chosen = (struct sae_command){
        .all = cmd->all, .fresh = cmd->fresh, .record = cmd->record};
    ret_chosen->tenants = calloc(config->count + 1, sizeof(*ret_chosen->tenants));
    if (ret_chosen->tenants == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < config->count; i++) {
        if (is_named(cmd, &config->tenants[i])) {
            ret_chosen->tenants[ret_chosen->count++] = &config->tenants[i];
        }
    }
    return SAE_OK;
}

static enum sae_status run_tenants(struct command *cmd, const struct sae_config *config,
                                   struct sae_report *report, struct sae_err *err)
{
    struct sae_command chosen;
    enum sae_status status = choose(cmd, config, &chosen, err);

    if (status != SAE_OK) {
        return status;
    }
    if (chosen.count == 0) {
        sae_report_add(report, SAE_STATE_OK, "%s names no tenant yet, nothing to do",
                       cmd->config);
    } else if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        /* once, before there are children and threads */
        status = sae_fail(err, SAE_E_NOMEM, "libcurl cannot be used: out of memory?");
    } else {
        status = cmd->preflight
                     ? sae_command_preflight(&chosen, report, &cmd->table, err)
                     : sae_command_collect(&chosen, report, err);
        curl_global_cleanup();
    }
    free(chosen.tenants);
    return status;
}

static enum sae_status run(struct command *cmd, struct sae_report *report, struct sae_err *err)
{
    struct sae_config config;
    enum sae_status status = check_options(cmd, err);

    if (status == SAE_OK) {
        status = sae_config_load(cmd->config, &config, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    if (cmd->drill) {
        status = sae_command_drill(&config, report, err);
    } else if (cmd->drill_end) {
        status = sae_command_drill_end(&config, report, err);
    } else if (cmd->check_config) {
        sae_command_check(&config, cmd->config, report);
    } else {
        status = run_tenants(cmd, &config, report, err);
    }
    sae_config_done(&config);
    return status;
}

static void print_about(const struct sae_options *set, bool help)
{
    struct sae_buf buf;
    struct sae_err err;

    sae_buf_init(&buf, 65536);
    if (help) {
        sae_options_usage(&buf, set, "--tenant NAME... | --all | --check-config | --drill [OPTION...]",
                          "Reads the sources of tenants, keeps their history, and publishes "
                          "the snapshot that the checks read. The state says how the try "
                          "went: OK only if every part is complete, else UNKNOWN.");
    } else {
        sae_buf_printf(&buf, "smtp_auth_collect %s\n", SAE_VERSION);
    }
    (void)!sae_write_all(1, sae_buf_text(&buf), buf.len, &err);
    sae_buf_done(&buf);
}

/* Prints the report, and below it, for people, the table. */
static int finish(struct command *cmd, const struct sae_report *report)
{
    bool details = cmd->preflight && cmd->table.len == 0; /* the lines are the answer */
    int code = sae_report_finish(report, cmd->verbosity + (details ? 1 : 0), cmd->format);

    if (cmd->format == SAE_FORMAT_NAGIOS && cmd->table.len > 0 &&
        (sae_buf_status(&cmd->table) != SAE_OK ||
         sae_write_all(STDOUT_FILENO, cmd->table.data, cmd->table.len, NULL) != SAE_OK)) {
        code = SAE_STATE_UNKNOWN;
    }
    return code;
}

int main(int argc, char **argv)
{
    struct command *cmd = calloc(1, sizeof(*cmd));
    struct sae_options set = {.program = "smtp_auth_collect",
                              .table = options,
                              .count = sizeof(options) / sizeof(options[0]),
                              .extra_opts = true};
    struct sae_report report;
    struct sae_err err = {0};
    enum sae_status status;
    int code = SAE_STATE_UNKNOWN;

    sae_environment_clear();
    sae_plugin_start(service);
    sae_report_init(&report, service);
    if (cmd == NULL) {
        sae_report_headline(&report, "out of memory");
        return sae_report_finish(&report, 0, SAE_FORMAT_NAGIOS);
    }
    sae_buf_init(&cmd->table, TABLE_BYTES);
    cmd->config = SAE_DEFAULT_CONFIG;
    status = sae_options_parse(&set, argc, argv, take_option, cmd, &err);
    if (status == SAE_OK && (cmd->help || cmd->version)) {
        print_about(&set, cmd->help);
    } else {
        if (status == SAE_OK) {
            status = run(cmd, &report, &err);
        }
        if (status != SAE_OK) {
            sae_report_force(&report, SAE_STATE_UNKNOWN);
            sae_report_headline(&report, "%s", err.text);
        }
        code = finish(cmd, &report);
    }
    sae_report_done(&report);
    sae_options_done(&set);
    sae_buf_done(&cmd->table);
    free(cmd);
    return code;
}
