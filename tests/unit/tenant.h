/* SPDX-License-Identifier: MIT */
/* A tenant in a folder: its configuration, its exports, and runs of the collector on it.
 */
#ifndef SAE_TEST_TENANT_H
#define SAE_TEST_TENANT_H

#include "collect.h"
#include "logs.h"

static struct sae_snapshot snap;
static struct sae_err why;
static char more_config[512]; /* further lines of the tenant's section */
static bool fresh_run;        /* posture is read however young it is */

static const char five_boxes[] = "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\r\n"
                                 "disabled@contoso.example,True\r\n"
                                 "enabled@contoso.example,False\r\n"
                                 "blank1@contoso.example,\r\n"
                                 "blank2@contoso.example,\r\n"
                                 "blank3@contoso.example,\r\n";

static inline void write_switch(const char *value, int64_t time)
{
    char text[128];

    snprintf(text, sizeof(text), "{\"SmtpClientAuthenticationDisabled\":%s}\n", value);
    write_text("transport.json", text, time);
}

/* A log of `days` days up to an hour before `time`: blank1 sends, three failures of two
 * users in the last hour, and other client apps at both ends. */
static inline void write_log(const char *name, int64_t days, int64_t time)
{
    const struct log_row rows[] = {
        {.id = "new",
         .time = time - SAE_MINUTE,
         .upn = "x@y.example",
         .client = "Browser"},
        {.id = "f1",
         .time = time - 59 * SAE_MINUTE,
         .upn = "blank2@x.example",
         .code = 50126},
        {.id = "f2",
         .time = time - 30 * SAE_MINUTE,
         .upn = "blank2@x.example",
         .code = 50053},
        {.id = "f3",
         .time = time - SAE_SECOND,
         .upn = "z@x.example",
         .code = 80001,
         .country = "SE",
         .address = "2001:db8::1"},
        {.id = "sent", .time = time - SAE_DAY, .upn = "Blank1@contoso.example"},
        {.id = "old",
         .time = time - days * SAE_DAY,
         .upn = "x@y.example",
         .client = "POP3"},
    };
    struct sae_buf buf;

    log_array(&buf, rows, COUNT(rows));
    write_buf(name, &buf, time);
}

static inline void write_config(const char *transport, const char *boxes, const char *log)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 4096);
    sae_buf_printf(&buf,
                   "[contoso]\nstate_dir = state\ntransport_config = %s\nmailboxes = %s\n"
                   "signins = %s\n%s",
                   transport, boxes, log, more_config);
    write_buf("smtp-auth.conf", &buf, noon());
}

/* One run at `now`, with the configuration as it stands. */
static inline enum sae_status run_at(int64_t now)
{
    struct sae_budget budget = plenty();
    struct sae_config config;
    const struct sae_tenant *tenant;
    enum sae_status status;

    why = (struct sae_err){0};
    status = sae_config_load(path_of("smtp-auth.conf"), &config, &why);
    ck_assert_msg(status == SAE_OK, "%s", why.text);
    tenant = sae_config_tenant(&config, "contoso");
    ck_assert_ptr_nonnull(tenant);
    status = sae_collect(&(struct sae_collect_setup){.tenant = tenant,
                                                     .budget = &budget,
                                                     .now = now,
                                                     .fresh = fresh_run},
                         &snap, &why);
    sae_config_done(&config);
    return status;
}

static inline void collect_at(int64_t now)
{
    enum sae_status status = run_at(now);

    ck_assert_msg(status == SAE_OK, "%s", why.text);
}

static inline void tenant_setup(void)
{
    folder_begin();
    more_config[0] = '\0';
    fresh_run = false;
    write_config("transport.json", "boxes.csv", "log.json");
    write_switch("false", noon() - SAE_HOUR);
    write_text("boxes.csv", five_boxes, noon() - SAE_HOUR);
    write_log("log.json", 31, noon() - SAE_HOUR);
}

static inline void is_as(enum sae_metric metric, enum sae_certainty certainty,
                         double want)
{
    const struct sae_values *v = &snap.values;

    ck_assert_msg(v->certainty[metric] == certainty && v->value[metric] == want,
                  "%s: %s %g, not %s %g (%s)", sae_metrics[metric].name,
                  v->certainty[metric] == SAE_EXACT      ? "exactly"
                  : v->certainty[metric] == SAE_AT_LEAST ? "at least"
                                                         : "absent",
                  v->value[metric], certainty == SAE_EXACT ? "exactly" : "at least", want,
                  v->why[metric]);
}

static inline void is(enum sae_metric metric, double want)
{
    is_as(metric, SAE_EXACT, want);
}

static inline void is_at_least(enum sae_metric metric, double want, const char *words)
{
    is_as(metric, SAE_AT_LEAST, want);
    ck_assert_msg(strstr(snap.values.why[metric], words) != NULL, "%s: '%s', not '%s'",
                  sae_metrics[metric].name, snap.values.why[metric], words);
}

static inline void is_absent(enum sae_metric metric, const char *words)
{
    ck_assert_msg(snap.values.certainty[metric] == SAE_ABSENT, "%s is there: %g",
                  sae_metrics[metric].name, snap.values.value[metric]);
    ck_assert_msg(strstr(snap.values.why[metric], words) != NULL, "%s: '%s', not '%s'",
                  sae_metrics[metric].name, snap.values.why[metric], words);
}

static inline void part_failed(enum sae_part part, const char *code, const char *words)
{
    const struct sae_part_state *state = &snap.parts[part];

    ck_assert_msg(!state->ok, "%s is complete", sae_part_name(part));
    ck_assert_str_eq(state->code, code);
    ck_assert_msg(strstr(state->text, words) != NULL, "'%s', not '%s'", state->text,
                  words);
}

/* The first finding of a metric, or NULL. */
static inline const struct sae_finding *finding_of(enum sae_metric metric)
{
    for (size_t i = 0; i < snap.finding_count; i++) {
        if (strcmp(snap.findings[i].metric, sae_metrics[metric].name) == 0) {
            return &snap.findings[i];
        }
    }
    return NULL;
}

#endif
