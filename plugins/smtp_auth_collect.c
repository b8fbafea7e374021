/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "nagios/options.h"
#include "nagios/process.h"
#include "nagios/report.h"

static const char service[] = "SMTP AUTH";

enum { OPT_TENANT, OPT_ALL, OPT_CONFIG, OPT_FRESH, OPT_CHECK_CONFIG, OPT_VERBOSE, OPT_FORMAT,
       OPT_HELP, OPT_VERSION };

static const struct sae_option options[] = {
    {"tenant", 0, true, OPT_TENANT, "NAME", "Collect this tenant; repeatable."},
    {"all", 0, false, OPT_ALL, NULL, "Collect every tenant of the configuration."},
    {"config", 0, false, OPT_CONFIG, "FILE",
     "The configuration (default " SAE_DEFAULT_CONFIG ")."},
    {"fresh", 0, false, OPT_FRESH, NULL,
     "Read everything now, whatever its age. Files are read at every run anyway."},
    {"check-config", 0, false, OPT_CHECK_CONFIG, NULL,
     "Only say whether the configuration is right."},
    {"verbose", 'v', true, OPT_VERBOSE, NULL, "One line for each part of each tenant."},
    {"format", 0, false, OPT_FORMAT, "nagios|json", "How to write the result."},
    {"help", 'h', false, OPT_HELP, NULL, "This text."},
    {"version", 'V', false, OPT_VERSION, NULL, "The version."},
};

enum { MOST_TENANTS = 1024 };

struct command {
    const char *tenants[MOST_TENANTS];
    size_t tenant_count;
    const char *config;
    bool all, check_config, help, version;
    int verbosity;
    enum sae_format format;
};

static volatile sig_atomic_t told_to_stop;

static void on_signal(int number)
{
    (void)number;
    told_to_stop = 1;
}

/* SIGTERM ends a run like its time limit does: what was read is kept and published. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

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
    case OPT_CHECK_CONFIG:
        cmd->check_config = true;
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
    case OPT_VERSION:
        cmd->version = true;
        break;
    default:
        break;
    }
    return SAE_OK;
}

/* ---- one tenant --------------------------------------------------------------------- */

static void describe_parts(struct sae_report *report, const struct sae_snapshot *snap)
{
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        const struct sae_part_state *part = &snap->parts[p];
        char time[SAE_TIME_TEXT];

        if (strcmp(part->source, "off") == 0) {
            sae_report_add_below(report, SAE_STATE_OK, "%s: off",
                                 sae_part_name((enum sae_part)p));
        } else if (part->ok) {
            sae_report_add_below(report, SAE_STATE_OK, "%s: complete, as of %s",
                                 sae_part_name((enum sae_part)p),
                                 sae_time_format(time, sizeof(time), part->time));
        } else {
            sae_report_add_below(report, SAE_STATE_UNKNOWN, "%s: %s",
                                 sae_part_name((enum sae_part)p), part->text);
        }
    }
}

static void first_failure(const struct sae_snapshot *snap, char *text, size_t cap)
{
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        if (!snap->parts[p].ok) {
            snprintf(text, cap, "%s: %s", sae_part_name((enum sae_part)p),
                     snap->parts[p].text);
            return;
        }
    }
}

static void describe_success(const struct sae_snapshot *snap, char *text, size_t cap)
{
    const struct sae_values *v = &snap->values;

    snprintf(text, cap, "%.0f mailbox%s, %.0f sender%s, %.1f days of sign-ins held",
             v->value[SAE_M_MBX_ALL], v->value[SAE_M_MBX_ALL] == 1 ? "" : "es",
             v->value[SAE_M_SENDERS_ALL], v->value[SAE_M_SENDERS_ALL] == 1 ? "" : "s",
             v->value[SAE_M_LOG_COVERED]);
}

/* True if every part is complete. */
static bool collect_tenant(const struct sae_tenant *tenant, struct sae_report *report,
                           char *text, size_t cap)
{
    struct sae_budget budget = {.stop = &told_to_stop};
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));
    struct sae_err err = {0};
    bool complete = false;

    budget.end = sae_clock_monotonic() + sae_tenant_ticks(tenant, SAE_KEY_TIME_LIMIT);
    if (snap == NULL) {
        (void)sae_fail(&err, SAE_E_NOMEM, "out of memory");
    } else if (sae_collect(tenant, &budget, sae_clock_now(), snap, &err) == SAE_OK) {
        complete = snap->values.value[SAE_M_COLLECT_OK] > 0;
        describe_success(snap, text, cap);
        if (!complete) {
            first_failure(snap, text, cap);
        }
    }
    if (err.code != SAE_OK) {
        snprintf(text, cap, "%s", err.text);
    }
    sae_report_add(report, complete ? SAE_STATE_OK : SAE_STATE_UNKNOWN, "%s: %s",
                   tenant->name, text);
    if (err.code == SAE_OK) {
        describe_parts(report, snap);
    }
    free(snap);
    return complete;
}

/* ---- all of them -------------------------------------------------------------------- */

struct tally {
    size_t complete, failed;
    char failures[400];
    char last[400];
};

static void collect_one(const struct sae_tenant *tenant, struct sae_report *report,
                        struct tally *tally)
{
    size_t len;

    if (collect_tenant(tenant, report, tally->last, sizeof(tally->last))) {
        tally->complete++;
        return;
    }
    tally->failed++;
    len = strlen(tally->failures);
    snprintf(tally->failures + len, sizeof(tally->failures) - len, "%s%s (%s)",
             len == 0 ? "" : ", ", tenant->name, tally->last);
}

static void summarise(struct sae_report *report, const struct tally *tally, const char *name,
                      double seconds)
{
    size_t all = tally->complete + tally->failed;

    sae_report_perf(report, &(struct sae_perf){
                                .label = "tenants", .value = (double)all, .has_min = true});
    sae_report_perf(report, &(struct sae_perf){.label = "tenants_failed",
                                               .value = (double)tally->failed,
                                               .has_min = true});
    sae_report_perf(report, &(struct sae_perf){
                                .label = "time", .value = seconds, .uom = "s", .has_min = true});
    if (all == 1) {
        sae_report_headline(report, "%s: %s%s", name,
                            tally->failed == 0 ? "complete, " : "not complete, ", tally->last);
    } else if (tally->failed == 0) {
        sae_report_headline(report, "%zu complete", tally->complete);
    } else {
        sae_report_headline(report, "%zu complete, %zu failed: %s", tally->complete,
                            tally->failed, tally->failures);
    }
}

static enum sae_status check_config(const struct sae_config *config, const char *path,
                                    struct sae_report *report)
{
    size_t wrong = 0;

    for (size_t i = 0; i < config->count; i++) {
        const struct sae_tenant *tenant = &config->tenants[i];

        if (tenant->fault.code != SAE_OK) {
            sae_report_add(report, SAE_STATE_UNKNOWN, "%s: %s", tenant->name,
                           tenant->fault.text);
            if (wrong++ == 0) {
                sae_report_headline(report, "%s", tenant->fault.text);
            }
        } else {
            sae_report_add(report, SAE_STATE_OK, "%s: right", tenant->name);
        }
    }
    if (wrong == 0) {
        sae_report_add(report, SAE_STATE_OK, "%s is right, %zu tenant%s", path, config->count,
                       config->count == 1 ? "" : "s");
        sae_report_headline(report, "%s is right, %zu tenant%s", path, config->count,
                            config->count == 1 ? "" : "s");
    }
    return SAE_OK;
}

static enum sae_status collect(const struct command *cmd, const struct sae_config *config,
                               struct sae_report *report, struct sae_err *err)
{
    int64_t start = sae_clock_monotonic();
    size_t count = cmd->all ? config->count : cmd->tenant_count;
    const struct sae_tenant *tenant = NULL;
    struct tally *tally;

    for (size_t i = 0; i < cmd->tenant_count; i++) {
        if (sae_config_tenant(config, cmd->tenants[i]) == NULL) {
            return sae_fail(err, SAE_E_CONFIG, "%s has no tenant %.64s", cmd->config,
                            cmd->tenants[i]);
        }
    }
    if (count == 0) {
        sae_report_add(report, SAE_STATE_OK, "%s names no tenant yet, nothing to do",
                       cmd->config);
        return SAE_OK;
    }
    tally = calloc(1, sizeof(*tally));
    if (tally == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        tenant = cmd->all ? &config->tenants[i] : sae_config_tenant(config, cmd->tenants[i]);
        collect_one(tenant, report, tally);
    }
    summarise(report, tally, tenant->name,
              (double)(sae_clock_monotonic() - start) / (double)SAE_SECOND);
    free(tally);
    return SAE_OK;
}

static enum sae_status run(const struct command *cmd, struct sae_report *report,
                           struct sae_err *err)
{
    struct sae_config config;
    enum sae_status status;

    if (cmd->check_config ? cmd->all || cmd->tenant_count > 0
                          : cmd->all == (cmd->tenant_count > 0)) {
        return sae_fail(err, SAE_E_USAGE,
                        "give one of --tenant NAME, --all and --check-config, see --help");
    }
    status = sae_config_load(cmd->config, &config, err);
    if (status != SAE_OK) {
        return status;
    }
    status = cmd->check_config ? check_config(&config, cmd->config, report)
                               : collect(cmd, &config, report, err);
    sae_config_done(&config);
    return status;
}

static void print_about(const struct sae_options *set, bool help)
{
    struct sae_buf buf;
    struct sae_err err;

    sae_buf_init(&buf, 65536);
    if (help) {
        sae_options_usage(&buf, set, "--tenant NAME... | --all | --check-config [OPTION...]",
                          "Reads the sources of tenants, keeps their history, and publishes "
                          "the snapshot that the checks read. The state says how the try "
                          "went: OK only if every part is complete, else UNKNOWN.");
    } else {
        sae_buf_printf(&buf, "smtp_auth_collect %s\n", SAE_VERSION);
    }
    (void)!sae_write_all(1, sae_buf_text(&buf), buf.len, &err);
    sae_buf_done(&buf);
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

    sae_plugin_start(service);
    catch_signals();
    sae_report_init(&report, service);
    if (cmd == NULL) {
        sae_report_headline(&report, "out of memory");
        return sae_report_finish(&report, 0, SAE_FORMAT_NAGIOS);
    }
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
        code = sae_report_finish(&report, cmd->verbosity, cmd->format);
    }
    sae_report_done(&report);
    sae_options_done(&set);
    free(cmd);
    return code;
}
