/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "check/check.h"
#include "nagios/options.h"
#include "nagios/process.h"

static const char service[] = "SMTP AUTH";

enum {
    OPT_TENANT,
    OPT_ALL,
    OPT_CONFIG,
    OPT_WARNING,
    OPT_CRITICAL,
    OPT_MAX_AGE,
    OPT_TIMEOUT,
    OPT_VERBOSE,
    OPT_FORMAT,
    OPT_HELP,
    OPT_VERSION
};

static const struct sae_option options[] = {
    {"tenant", 0, false, OPT_TENANT, "NAME", "The tenant, as in the configuration."},
    {"config", 0, false, OPT_CONFIG, "FILE",
     "The configuration (default " SAE_DEFAULT_CONFIG ")."},
    {"warning", 'w', true, OPT_WARNING, "[METRIC=]RANGE",
     "Warn when the metric is outside the range; without a name the first metric below. "
     "The first -w or -c switches all built-in thresholds off."},
    {"critical", 'c', true, OPT_CRITICAL, "[METRIC=]RANGE", "Likewise, critical."},
    {"max-age", 0, false, OPT_MAX_AGE, "DURATION",
     "How old the data may be before the check is UNKNOWN (90s, 20m, 36h)."},
    {"timeout", 't', false, OPT_TIMEOUT, "SECONDS[:STATE]",
     "Give up after that time with that state (default 10:UNKNOWN; never OK)."},
    {"verbose", 'v', true, OPT_VERBOSE, NULL,
     "Show every metric and the first of each list; twice: more of them."},
    {"format", 0, false, OPT_FORMAT, "nagios|json", "How to write the result."},
    {"help", 'h', false, OPT_HELP, NULL, "This text."},
    {"version", 'V', false, OPT_VERSION, NULL, "The version."},
    /* Last: only some checks have it. */
    {"all", 0, false, OPT_ALL, NULL, "All tenants: the worst of them, one line each with -v."},
};
enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

struct command {
    const struct sae_check *check;
    const char *tenant, *config;
    struct sae_limits limits;
    int64_t max_age;
    unsigned timeout;
    enum sae_state timeout_state;
    int verbosity;
    enum sae_format format;
    bool all, help, version;
};

static enum sae_metric first_metric(const struct sae_check *check)
{
    int m = 0;

    while ((check->groups & 1U << sae_metrics[m].group) == 0) {
        m++;
    }
    return (enum sae_metric)m;
}

/* [METRIC=]RANGE */
static enum sae_status take_limit(struct command *cmd, const char *value, bool critical,
                                  struct sae_err *err)
{
    const char *equals = strchr(value, '=');
    enum sae_metric metric = first_metric(cmd->check);
    struct sae_range *range;
    char name[64];

    if (equals != NULL) {
        snprintf(name, sizeof(name), "%.*s", (int)(equals - value), value);
        metric = sae_metric_find(name);
        if (metric == SAE_METRIC_COUNT ||
            (cmd->check->groups & 1U << sae_metrics[metric].group) == 0) {
            return sae_fail(err, SAE_E_USAGE, "no metric %s here, see --help", name);
        }
        value = equals + 1;
    }
    range = critical ? &cmd->limits.crit[metric] : &cmd->limits.warn[metric];
    *(critical ? &cmd->limits.has_crit[metric] : &cmd->limits.has_warn[metric]) = true;
    cmd->limits.given = true;
    return sae_range_parse(value, range, err);
}

static enum sae_status take_option(void *context, const struct sae_option *option,
                                   const char *value, struct sae_err *err)
{
    struct command *cmd = context;
    int64_t seconds;

    switch (option->id) {
    case OPT_TENANT:
        cmd->tenant = value;
        return SAE_OK;
    case OPT_ALL:
        cmd->all = true;
        return SAE_OK;
    case OPT_CONFIG:
        cmd->config = value;
        return SAE_OK;
    case OPT_WARNING:
        return take_limit(cmd, value, false, err);
    case OPT_CRITICAL:
        return take_limit(cmd, value, true, err);
    case OPT_MAX_AGE:
        if (!sae_duration_parse(value, &seconds)) {
            return sae_fail(err, SAE_E_USAGE, "%s is not a duration such as 90s, 20m, 36h",
                            value);
        }
        cmd->max_age = seconds * SAE_SECOND;
        return SAE_OK;
    case OPT_TIMEOUT:
        return sae_timeout_parse(value, &cmd->timeout, &cmd->timeout_state, err);
    case OPT_VERBOSE:
        cmd->verbosity++;
        return SAE_OK;
    case OPT_FORMAT:
        return sae_format_parse(value, &cmd->format)
                   ? SAE_OK
                   : sae_fail(err, SAE_E_USAGE, "%s is neither nagios nor json", value);
    case OPT_HELP:
        cmd->help = true;
        return SAE_OK;
    default:
        cmd->version = true;
        return SAE_OK;
    }
}

/* ---- help --------------------------------------------------------------------------- */

static void describe_limit(struct sae_buf *buf, const char *sign, const char *range, int days)
{
    if (range != NULL) {
        sae_buf_printf(buf, " %s %s", sign, range);
        if (days != 0) {
            sae_buf_printf(buf, " (%d days before the retirement and less)", days);
        }
    }
}

static void describe_metrics(struct sae_buf *buf, const struct sae_check *check)
{
    sae_buf_puts(buf, "\nMetrics and built-in thresholds:\n");
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        const struct sae_metric_row *row = &sae_metrics[m];

        if ((check->groups & 1U << row->group) != 0) {
            sae_buf_printf(buf, "  %s\n      %s", row->name, row->help);
            if (row->warn != NULL || row->crit != NULL) {
                sae_buf_puts(buf, ";");
            }
            describe_limit(buf, "-w", row->warn, row->warn_days);
            describe_limit(buf, "-c", row->crit, row->crit_days);
            sae_buf_puts(buf, "\n");
        }
    }
    sae_buf_puts(buf,
                 "\nA metric that is not known is UNKNOWN if it has a threshold, unless its\n"
                 "source is off. A lower bound (at least N) proves a state only if every\n"
                 "larger value would. States rank OK, UNKNOWN, WARNING, CRITICAL.\n");
}

static int print(struct sae_buf *buf)
{
    struct sae_err err;

    if (sae_buf_status(buf) == SAE_OK) {
        (void)!sae_write_all(1, sae_buf_text(buf), buf->len, &err);
    }
    sae_buf_done(buf);
    return SAE_STATE_UNKNOWN;
}

static int print_help(const struct sae_check *check, const struct sae_options *set)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 65536);
    sae_options_usage(&buf, set,
                      check->all ? "--tenant NAME | --all [OPTION...]"
                                 : "--tenant NAME [OPTION...]",
                      check->about);
    describe_metrics(&buf, check);
    return print(&buf);
}

static int print_version(const struct sae_check *check)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 256);
    sae_buf_printf(&buf, "%s %s\n", check->program, SAE_VERSION);
    return print(&buf);
}

/* ---- one tenant --------------------------------------------------------------------- */

static int group_count(unsigned groups)
{
    int n = 0;

    for (int g = 0; g < SAE_GROUP_COUNT; g++) {
        n += (groups & 1U << g) != 0 ? 1 : 0;
    }
    return n;
}

/* Phrases of the groups that are as grave as the worst; all of them if nothing is wrong. */
static void join_phrases(const struct sae_check *check, const enum sae_state *states,
                         char texts[][512], enum sae_state worst, char *joined, size_t cap)
{
    /* Somebody who got in cannot wait, a mailbox that is open can. */
    static const enum sae_group order[SAE_GROUP_COUNT] = {
        SAE_GROUP_SIGNINS, SAE_GROUP_TENANT, SAE_GROUP_MAILBOXES, SAE_GROUP_SENDERS,
        SAE_GROUP_HEALTH};
    char one[514];
    size_t len = 0;

    joined[0] = '\0';
    for (int i = 0; i < SAE_GROUP_COUNT; i++) {
        enum sae_group g = worst == SAE_STATE_CRITICAL ? order[i] : (enum sae_group)i;

        if ((check->groups & 1U << g) != 0 && states[g] == worst && len + 1 < cap) {
            snprintf(one, sizeof(one), "%s%s", len == 0 ? "" : "; ", texts[g]);
            sae_check_cut(joined + len, cap - len, one);
            len += strlen(joined + len);
        }
    }
    for (char *p = joined; (p = strstr(p, "; ")) != NULL; p++) {
        *p = ','; /* Nagios would make a colon of it */
    }
}

static enum sae_state judge_tenant(const struct command *cmd, const struct sae_view *view,
                                   struct sae_report *report, char *text, size_t cap)
{
    bool many = group_count(cmd->check->groups) > 1;
    char texts[SAE_GROUP_COUNT][512];
    enum sae_state states[SAE_GROUP_COUNT], worst = SAE_STATE_OK;

    for (int g = 0; g < SAE_GROUP_COUNT; g++) {
        if ((cmd->check->groups & 1U << g) != 0) {
            states[g] = sae_report_group(report, view, &cmd->limits, (enum sae_group)g,
                                         many, cmd->verbosity, texts[g], sizeof(texts[g]));
            worst = sae_state_worse(worst, states[g]);
        }
    }
    join_phrases(cmd->check, states, texts, worst, text, cap);
    return worst;
}

/* Reads and judges; UNKNOWN with the reason where there is nothing to judge. */
static enum sae_state check_tenant(const struct command *cmd, const struct sae_tenant *tenant,
                                   int64_t now, struct sae_report *report, char *text,
                                   size_t cap)
{
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));
    struct sae_view *view = calloc(1, sizeof(*view));
    enum sae_state state = SAE_STATE_UNKNOWN;
    struct sae_err err = {0};

    if (snap == NULL || view == NULL) {
        (void)sae_fail(&err, SAE_E_NOMEM, "out of memory");
    } else if (sae_view_read(view, tenant, now, cmd->max_age, snap, &err) == SAE_OK) {
        state = judge_tenant(cmd, view, report, text, cap);
    }
    if (err.code != SAE_OK) {
        snprintf(text, cap, "%s", err.text);
        sae_report_add(report, state, "%s: %s", tenant->name, err.text);
    }
    free(view);
    free(snap);
    return state;
}

/* ---- all tenants -------------------------------------------------------------------- */

static void add_state_perf(struct sae_report *report, const int *counts)
{
    static const char *const labels[] = {"tenants_ok", "tenants_warning", "tenants_critical",
                                         "tenants_unknown"};
    int all = counts[0] + counts[1] + counts[2] + counts[3];

    sae_report_perf(report,
                    &(struct sae_perf){.label = "tenants", .value = all, .has_min = true});
    for (int s = 0; s < 4; s++) {
        sae_report_perf(report, &(struct sae_perf){.label = labels[s],
                                                   .value = counts[s],
                                                   .has_min = true,
                                                   .has_max = true,
                                                   .max = all});
    }
}

static void check_all(const struct command *cmd, const struct sae_config *config, int64_t now,
                      struct sae_report *report)
{
    enum sae_state worst = SAE_STATE_OK;
    const char *worst_name = "";
    char worst_text[400] = "";
    int counts[4] = {0};

    for (size_t i = 0; i < config->count; i++) {
        const struct sae_tenant *tenant = &config->tenants[i];
        struct sae_report single;
        enum sae_state state;
        char text[400];

        sae_report_init(&single, service);
        state = check_tenant(cmd, tenant, now, &single, text, sizeof(text));
        sae_report_done(&single);
        counts[state]++;
        sae_report_add(report, state, "%s: %s", tenant->name, text);
        if (i == 0 || sae_state_worse(worst, state) != worst) {
            worst = state;
            worst_name = tenant->name;
            snprintf(worst_text, sizeof(worst_text), "%s", text);
        }
    }
    add_state_perf(report, counts);
    sae_report_headline(report, "%zu tenant%s: %d critical, %d warning, %d unknown, %d ok%s%s%s%s",
                        config->count, config->count == 1 ? "" : "s", counts[SAE_STATE_CRITICAL], counts[SAE_STATE_WARNING],
                        counts[SAE_STATE_UNKNOWN], counts[SAE_STATE_OK],
                        worst == SAE_STATE_OK ? "" : ", worst ",
                        worst == SAE_STATE_OK ? "" : worst_name,
                        worst == SAE_STATE_OK ? "" : ": ",
                        worst == SAE_STATE_OK ? "" : worst_text);
}

/* ---- main --------------------------------------------------------------------------- */

static enum sae_status run(const struct command *cmd, struct sae_report *report,
                           struct sae_err *err)
{
    const struct sae_tenant *tenant;
    struct sae_config config;
    int64_t now = sae_clock_now();
    enum sae_state state;
    char text[512];
    enum sae_status status = sae_config_load(cmd->config, &config, err);

    if (status != SAE_OK) {
        return status;
    }
    tenant = cmd->tenant == NULL ? NULL : sae_config_tenant(&config, cmd->tenant);
    if (cmd->all && config.count == 0) {
        status = sae_fail(err, SAE_E_CONFIG, "%s names no tenant", cmd->config);
    } else if (cmd->all) {
        check_all(cmd, &config, now, report);
    } else if (tenant == NULL) {
        status = sae_fail(err, SAE_E_CONFIG, "%s has no tenant %.64s", cmd->config, cmd->tenant);
    } else {
        state = check_tenant(cmd, tenant, now, report, text, sizeof(text));
        sae_report_headline(report, "%s: %s", tenant->name, text);
        sae_report_force(report, state);
    }
    sae_config_done(&config);
    return status;
}

static enum sae_status check_command(const struct command *cmd, struct sae_err *err)
{
    if (cmd->tenant == NULL && !cmd->all) {
        return sae_fail(err, SAE_E_USAGE, "--tenant is missing, see --help");
    }
    if (cmd->tenant != NULL && cmd->all) {
        return sae_fail(err, SAE_E_USAGE, "--tenant and --all exclude each other");
    }
    return sae_watchdog_start(cmd->timeout, cmd->timeout_state, service, err);
}

int sae_check_main(const struct sae_check *check, int argc, char **argv)
{
    struct command cmd = {.check = check,
                          .config = SAE_DEFAULT_CONFIG,
                          .timeout = 10,
                          .timeout_state = SAE_STATE_UNKNOWN};
    struct sae_options set = {.program = check->program,
                              .table = options,
                              .count = check->all ? OPTIONS : OPTIONS - 1,
                              .extra_opts = true};
    struct sae_report report;
    struct sae_err err = {0};
    enum sae_status status;
    int code;

    sae_plugin_start(service);
    sae_check_arena();
    sae_report_init(&report, service);
    status = sae_options_parse(&set, argc, argv, take_option, &cmd, &err);
    if (status == SAE_OK && (cmd.help || cmd.version)) {
        code = cmd.help ? print_help(check, &set) : print_version(check);
    } else {
        if (status == SAE_OK) {
            status = check_command(&cmd, &err);
        }
        if (status == SAE_OK) {
            status = run(&cmd, &report, &err);
        }
        if (status != SAE_OK) {
            sae_report_force(&report, SAE_STATE_UNKNOWN);
            sae_report_headline(&report, "%s", err.text);
        }
        code = sae_report_finish(&report, cmd.verbosity, cmd.format);
    }
    sae_report_done(&report);
    sae_options_done(&set);
    return code;
}
