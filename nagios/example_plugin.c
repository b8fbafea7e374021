/* SPDX-License-Identifier: MIT */
/* check_example: a complete plugin on nagios/plugin_api.h that judges a number from its
 * command line. A third party may start from it; the tests use it as a black box. */
#include <string.h>
#include <unistd.h>

#include "nagios/plugin_api.h"

#define SERVICE "EXAMPLE"

enum {
    OPT_VALUE,
    OPT_WARNING,
    OPT_CRITICAL,
    OPT_TIMEOUT,
    OPT_FORMAT,
    OPT_VERBOSE,
    OPT_HELP
};

static const struct sae_option table[] = {
    {"value", 0, false, OPT_VALUE, "NUMBER", "the number to judge"},
    {"warning", 'w', false, OPT_WARNING, "RANGE", "WARNING if it is outside of RANGE"},
    {"critical", 'c', false, OPT_CRITICAL, "RANGE", "CRITICAL if it is outside of RANGE"},
    {"timeout", 't', false, OPT_TIMEOUT, "SECONDS[:STATE]",
     "time limit and the state it ends in, 10:UNKNOWN unless given"},
    {"format", 0, false, OPT_FORMAT, "FORMAT", "nagios (default) or json"},
    {"verbose", 'v', true, OPT_VERBOSE, NULL, "say more"},
    {"help", 'h', false, OPT_HELP, NULL, "show this help"},
};

struct settings {
    double value;
    bool has_value, has_warn, has_crit, help;
    struct sae_range warn, crit;
    unsigned seconds;
    enum sae_state late;
    enum sae_format format;
    int verbosity;
};

static enum sae_status take(void *context, const struct sae_option *option,
                            const char *value, struct sae_err *err)
{
    struct settings *set = context;

    switch (option->id) {
    case OPT_VALUE:
        set->has_value = sae_decimal_parse(value, &set->value);
        return set->has_value ? SAE_OK : sae_fail(err, SAE_E_USAGE, "not a number");
    case OPT_WARNING:
        set->has_warn = true;
        return sae_range_parse(value, &set->warn, err);
    case OPT_CRITICAL:
        set->has_crit = true;
        return sae_range_parse(value, &set->crit, err);
    case OPT_TIMEOUT:
        return sae_timeout_parse(value, &set->seconds, &set->late, err);
    case OPT_FORMAT:
        return sae_format_parse(value, &set->format)
                   ? SAE_OK
                   : sae_fail(err, SAE_E_USAGE, "nagios or json");
    case OPT_VERBOSE:
        set->verbosity++;
        return SAE_OK;
    default:
        set->help = true;
        return SAE_OK;
    }
}

static void judge(struct sae_report *report, const struct settings *set)
{
    enum sae_state state = SAE_STATE_OK;
    char text[SAE_PERF_NUMBER];

    if (set->has_crit && sae_range_alerts(&set->crit, set->value)) {
        state = SAE_STATE_CRITICAL;
    } else if (set->has_warn && sae_range_alerts(&set->warn, set->value)) {
        state = SAE_STATE_WARNING;
    }
    sae_perf_number(text, sizeof(text), set->value);
    sae_report_add(report, state, "the value is %s", text);
    sae_report_perf(report,
                    &(struct sae_perf){.label = "value",
                                       .value = set->value,
                                       .warn = set->has_warn ? &set->warn : NULL,
                                       .crit = set->has_crit ? &set->crit : NULL});
}

static int show_help(const struct sae_options *options)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 8192);
    sae_options_usage(&buf, options, "--value NUMBER [OPTIONS]",
                      "Judges a number. An example of a plugin.");
    (void)!sae_write_all(STDOUT_FILENO, sae_buf_text(&buf), buf.len, NULL);
    sae_buf_done(&buf);
    return SAE_STATE_UNKNOWN;
}

int main(int argc, char **argv)
{
    struct sae_options options = {.program = "check_example",
                                  .table = table,
                                  .count = sizeof(table) / sizeof(table[0]),
                                  .extra_opts = true};
    struct settings set = {.seconds = 10, .late = SAE_STATE_UNKNOWN};
    struct sae_report report;
    struct sae_err err;
    int code;

    sae_plugin_start(SERVICE);
    sae_report_init(&report, SERVICE);
    if (sae_options_parse(&options, argc, argv, take, &set, &err) != SAE_OK ||
        sae_watchdog_start(set.seconds, set.late, SERVICE, &err) != SAE_OK) {
        sae_report_headline(&report, "%s, see --help", err.text);
    } else if (set.help) {
        sae_report_done(&report);
        sae_options_done(&options);
        return show_help(&options);
    } else if (!set.has_value) {
        sae_report_headline(&report, "option --value is missing, see --help");
    } else {
        judge(&report, &set);
    }
    code = sae_report_finish(&report, set.verbosity, set.format);
    sae_report_done(&report);
    sae_options_done(&options);
    return code;
}
