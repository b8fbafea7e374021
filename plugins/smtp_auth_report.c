/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "nagios/options.h"
#include "nagios/process.h"
#include "report/objects/objects.h"
#include "report/report.h"

static const struct {
    const char *name;
    sae_report_command run;
    bool many; /* works for all tenants at once */
    enum sae_table_format format;
    const char *states;
    const char *help;
} commands[] = {
    {"metrics", sae_report_metrics, true, SAE_TABLE_TEXT, NULL,
     "every metric from the snapshot, also as OpenMetrics"},
    {"tenants", sae_report_tenants, true, SAE_TABLE_TEXT, NULL,
     "one line for each configured tenant"},
    {"mailboxes", sae_report_mailboxes, false, SAE_TABLE_TEXT,
     "enabled disabled inherit unknown exposed unused exposed-attacked exposed-used "
     "exposed-unused closed-but-used closed",
     "all mailboxes with their setting, one verdict, and what blocks them"},
    {"senders", sae_report_senders, false, SAE_TABLE_TEXT,
     "refused silent elsewhere gone new unmatched unlisted undecided decided reported",
     "everybody who ever sent with SMTP AUTH, as far as the history goes"},
    {"findings", sae_report_findings, false, SAE_TABLE_TEXT,
     "compromise attack drift change device open accepted",
     "what was found, what it means, the line that accepts it (from the snapshot)"},
    {"attacks", sae_report_attacks, false, SAE_TABLE_TEXT, NULL,
     "failures day by day (UTC), as far back as --since or the look-back"},
    {"signins", sae_report_signins, false, SAE_TABLE_TEXT,
     "success failed right bad_password no_user locked_or_bad_ip expired disabled mfa "
     "ca_block risk policy infra other",
     "every sign-in that is held: who, from where, the result in words"},
    {"changes", sae_report_changes, false, SAE_TABLE_TEXT, NULL,
     "what changed: tenant switch, watched settings, mailboxes"},
    {"allow-list", sae_report_allow_list, false, SAE_TABLE_CSV, NULL,
     "the allow list filled with what was observed, owner and decision blank"},
    {"runs", sae_report_runs, false, SAE_TABLE_TEXT, NULL,
     "what each run of the collector did and how long it took"},
    {"replay", sae_report_replay, false, SAE_TABLE_TEXT, NULL,
     "how often each detector would have rung, also with other rules (--set)"},
    {"plan", sae_report_plan, false, SAE_TABLE_TEXT, NULL,
     "the safe way to switch SMTP AUTH off, as PowerShell to review and run"},
    {"objects", sae_report_objects, true, SAE_TABLE_TEXT, NULL,
     "definitions of every tenant for nagios, nrpe, icinga2 or collectd"},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

enum { OPT_TENANT, OPT_CONFIG, OPT_STATE, OPT_MAILBOX, OPT_SOURCE, OPT_SINCE, OPT_FORMAT,
       OPT_OUTPUT, OPT_SET, OPT_ROLLBACK, OPT_AS_OF, OPT_HELP, OPT_VERSION };

static const struct sae_option options[] = {
    {"tenant", 0, false, OPT_TENANT, "NAME",
     "The tenant; not needed where there is only one, or for metrics, tenants and objects "
     "of all."},
    {"config", 0, false, OPT_CONFIG, "FILE",
     "The configuration (default " SAE_DEFAULT_CONFIG ")."},
    {"state", 0, false, OPT_STATE, "STATE", "Only rows in this state."},
    {"mailbox", 0, false, OPT_MAILBOX, "NAME", "Only this mailbox or user."},
    {"source", 0, false, OPT_SOURCE, "ADDRESS|NET",
     "Only senders, sign-ins and findings from there."},
    {"since", 0, false, OPT_SINCE, "DURATION|DATE",
     "Only what happened since (24h, 30d, 2026-11-22)."},
    {"format", 0, false, OPT_FORMAT, "FORMAT", "text, json, csv; metrics also openmetrics."},
    {"output", 0, false, OPT_OUTPUT, "FILE", "Write to this file, atomically."},
    {"set", 0, true, OPT_SET, "KEY=VALUE",
     "replay: as if the configuration said so (spray_ips=8/20m); repeatable."},
    {"rollback", 0, false, OPT_ROLLBACK, NULL, "plan: the way back from it."},
    {"as-of", 0, false, OPT_AS_OF, "DATE", "plan: back to the posture of that day (UTC)."},
    {"help", 'h', false, OPT_HELP, NULL, "This text."},
    {"version", 'V', false, OPT_VERSION, NULL, "The version."},
};

struct command {
    int which; /* -1: none yet */
    const char *tenant, *config, *output;
    bool has_format, help, version;
    enum sae_table_format format;
    struct sae_query query;
};

static enum sae_status take_since(struct command *cmd, const char *value, struct sae_err *err)
{
    int64_t seconds, day;

    if (sae_duration_parse(value, &seconds)) {
        cmd->query.since = cmd->query.now - seconds * SAE_SECOND;
    } else if (sae_date_parse(value, strlen(value), &day)) {
        cmd->query.since = day * SAE_DAY;
    } else {
        return sae_fail(err, SAE_E_USAGE, "%s is neither a duration (24h) nor a date", value);
    }
    return SAE_OK;
}

static enum sae_status take_word(struct command *cmd, const char *word, struct sae_err *err)
{
    if (cmd->which >= 0 && commands[cmd->which].run == sae_report_objects &&
        cmd->query.system == NULL) {
        cmd->query.system = word;
        return SAE_OK;
    }
    if (cmd->which >= 0) {
        return sae_fail(err, SAE_E_USAGE, "one command only, not also %s", word);
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, word) == 0) {
            cmd->which = i;
            return SAE_OK;
        }
    }
    return sae_fail(err, SAE_E_USAGE, "no command %s, see --help", word);
}

static enum sae_status take_option(void *context, const struct sae_option *option,
                                   const char *value, struct sae_err *err)
{
    struct command *cmd = context;

    switch (option == NULL ? -1 : option->id) {
    case -1:
        return take_word(cmd, value, err);
    case OPT_TENANT:
        cmd->tenant = value;
        break;
    case OPT_CONFIG:
        cmd->config = cmd->query.config_file = value;
        break;
    case OPT_STATE:
        cmd->query.state = value;
        break;
    case OPT_MAILBOX:
        cmd->query.mailbox = value;
        break;
    case OPT_SOURCE:
        cmd->query.has_source = sae_net_read(value, strlen(value), &cmd->query.source);
        return cmd->query.has_source
                   ? SAE_OK
                   : sae_fail(err, SAE_E_USAGE, "%s is no address and no network", value);
    case OPT_SINCE:
        return take_since(cmd, value, err);
    case OPT_FORMAT:
        cmd->has_format = sae_table_format_parse(value, &cmd->format);
        return cmd->has_format
                   ? SAE_OK
                   : sae_fail(err, SAE_E_USAGE,
                              "%s is none of text, json, csv, openmetrics", value);
    case OPT_OUTPUT:
        cmd->output = value;
        break;
    case OPT_SET:
        if (cmd->query.set_count == SAE_KEY_COUNT) {
            return sae_fail(err, SAE_E_USAGE, "more than %d times", SAE_KEY_COUNT);
        }
        cmd->query.set[cmd->query.set_count++] = value;
        break;
    case OPT_ROLLBACK:
        cmd->query.rollback = true;
        break;
    case OPT_AS_OF:
        cmd->query.has_as_of = sae_date_parse(value, strlen(value), &cmd->query.as_of);
        return cmd->query.has_as_of
                   ? SAE_OK
                   : sae_fail(err, SAE_E_USAGE, "--as-of %s is no date YYYY-MM-DD", value);
    case OPT_HELP:
        cmd->help = true;
        break;
    default:
        cmd->version = true;
        break;
    }
    return SAE_OK;
}

/* The words of --state, in lines of at most 80 columns. */
static void print_states(struct sae_buf *buf, const char *words)
{
    size_t column = 80;

    while (*words != '\0') {
        size_t len = strcspn(words, " ");

        if (column + len + 1 > 80) {
            sae_buf_puts(buf, column == 80 ? "              --state:"
                                           : "\n                     ");
            column = 22;
        }
        sae_buf_printf(buf, " %.*s", (int)len, words);
        column += len + 1;
        words += len + strspn(words + len, " ");
    }
    sae_buf_puts(buf, "\n");
}

static int print_about(const struct sae_options *set, bool help)
{
    struct sae_buf buf;
    struct sae_err err;
    enum sae_status status;

    sae_buf_init(&buf, 65536);
    if (help) {
        sae_options_usage(&buf, set, "COMMAND [OPTION...]",
                          "Lists of what the collector knows. All but metrics, tenants, "
                          "findings and objects read the private history: run them as the "
                          "collector's user.");
        sae_buf_puts(&buf, "\nCommands:\n");
        for (int i = 0; i < COMMANDS; i++) {
            sae_buf_printf(&buf, "  %-11s %s\n", commands[i].name, commands[i].help);
            if (commands[i].states != NULL) {
                print_states(&buf, commands[i].states);
            }
        }
    } else {
        sae_buf_printf(&buf, "smtp_auth_report %s\n", SAE_VERSION);
    }
    status = sae_write_all(1, sae_buf_text(&buf), buf.len, &err);
    sae_buf_done(&buf);
    return status == SAE_OK ? 0 : 3;
}

static bool is_one_of(const char *words, const char *word)
{
    size_t len = strlen(word);

    while (words != NULL && *words != '\0') {
        size_t n = strcspn(words, " ");

        if (n == len && memcmp(words, word, len) == 0) {
            return true;
        }
        words += n + (words[n] == ' ' ? 1 : 0);
    }
    return false;
}

static enum sae_status check_objects(const struct command *cmd, struct sae_err *err)
{
    if (cmd->query.system == NULL ||
        !is_one_of(sae_objects_systems, cmd->query.system)) {
        return sae_fail(err, SAE_E_USAGE, "objects is followed by one of %s, not by %.64s",
                        sae_objects_systems,
                        cmd->query.system == NULL ? "nothing" : cmd->query.system);
    }
    if (cmd->format != SAE_TABLE_TEXT) {
        return sae_fail(err, SAE_E_USAGE, "objects are written as text only");
    }
    return SAE_OK;
}

static enum sae_status check_command(struct command *cmd, struct sae_err *err)
{
    if (cmd->which < 0) {
        return sae_fail(err, SAE_E_USAGE, "a command is missing, see --help");
    }
    if (!cmd->has_format) {
        cmd->format = commands[cmd->which].format;
    }
    if (cmd->format == SAE_TABLE_OPENMETRICS &&
        commands[cmd->which].run != sae_report_metrics) {
        return sae_fail(err, SAE_E_USAGE, "--format openmetrics is for metrics only");
    }
    if ((cmd->query.rollback || cmd->query.has_as_of) &&
        commands[cmd->which].run != sae_report_plan) {
        return sae_fail(err, SAE_E_USAGE, "--rollback and --as-of are for plan only");
    }
    if (cmd->query.set_count > 0 && commands[cmd->which].run != sae_report_replay) {
        return sae_fail(err, SAE_E_USAGE, "--set is for replay only");
    }
    if (commands[cmd->which].run == sae_report_objects &&
        check_objects(cmd, err) != SAE_OK) {
        return SAE_E_USAGE;
    }
    if (cmd->query.state != NULL &&
        !is_one_of(commands[cmd->which].states, cmd->query.state)) {
        return sae_fail(err, SAE_E_USAGE, "--state %s: %s knows %s", cmd->query.state,
                        commands[cmd->which].name,
                        commands[cmd->which].states == NULL ? "none"
                                                            : commands[cmd->which].states);
    }
    return SAE_OK;
}

static enum sae_status choose_tenant(struct command *cmd, const struct sae_config *config,
                                     struct sae_err *err)
{
    cmd->query.config = config;
    if (cmd->tenant != NULL) {
        cmd->query.tenant = sae_config_tenant(config, cmd->tenant);
        if (cmd->query.tenant == NULL) {
            return sae_fail(err, SAE_E_CONFIG, "%s has no tenant %.64s", cmd->config,
                            cmd->tenant);
        }
    } else if (!commands[cmd->which].many) {
        if (config->count != 1) {
            return sae_fail(err, SAE_E_USAGE, "--tenant is missing, %zu are configured",
                            config->count);
        }
        cmd->query.tenant = &config->tenants[0];
    }
    if (cmd->query.tenant != NULL && cmd->query.tenant->fault.code != SAE_OK) {
        return sae_fail(err, SAE_E_CONFIG, "%s", cmd->query.tenant->fault.text);
    }
    return SAE_OK;
}

static enum sae_status run(struct command *cmd, struct sae_err *err)
{
    struct sae_config config;
    struct sae_table table;
    struct sae_err close_err;
    enum sae_status status = check_command(cmd, err), closed;

    if (status == SAE_OK) {
        status = sae_config_load(cmd->config, &config, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    status = choose_tenant(cmd, &config, err);
    if (status == SAE_OK) {
        cmd->query.table = &table;
        status = sae_table_open(&table, cmd->format, cmd->output, err);
        if (status == SAE_OK) {
            status = commands[cmd->which].run(&cmd->query, err);
        }
        closed = sae_table_close(&table, status == SAE_OK, &close_err);
        if (status == SAE_OK && closed != SAE_OK) {
            status = sae_fail(err, closed, "%s", close_err.text);
        }
    }
    sae_config_done(&config);
    return status;
}

int main(int argc, char **argv)
{
    struct command cmd = {.which = -1, .config = SAE_DEFAULT_CONFIG};
    struct sae_options set = {.program = "smtp_auth_report",
                              .table = options,
                              .count = sizeof(options) / sizeof(options[0]),
                              .words = true};
    struct sae_err err = {0};
    enum sae_status status;
    int code = 0;

    sae_plugin_start("SMTP AUTH");
    signal(SIGPIPE, SIG_DFL); /* "| head" ends a report without a word */
    cmd.query.now = sae_clock_now();
    status = sae_options_parse(&set, argc, argv, take_option, &cmd, &err);
    if (status == SAE_OK && (cmd.help || cmd.version)) {
        code = print_about(&set, cmd.help);
    } else {
        if (status == SAE_OK) {
            status = run(&cmd, &err);
        }
        if (status != SAE_OK) {
            fprintf(stderr, "smtp_auth_report: %s\n", err.text);
            code = 3;
        }
    }
    sae_options_done(&set);
    return code;
}
