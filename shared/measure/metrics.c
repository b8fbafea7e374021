/* SPDX-License-Identifier: MIT */
#include "measure/metrics.h"

#include <string.h>

#include "base/text.h"

enum {
    TENANT = 1 << SAE_PART_TENANT,
    MAILBOXES = 1 << SAE_PART_MAILBOXES,
    SIGNINS = 1 << SAE_PART_SIGNINS,
    POLICY = 1 << SAE_PART_POLICY,
    LIST = SAE_NEEDS_LIST,
    DETECTOR = SAE_NEEDS_DETECTOR
};

const char *const sae_group_names[SAE_GROUP_COUNT] = {
    [SAE_GROUP_TENANT] = "tenant",   [SAE_GROUP_MAILBOXES] = "mailboxes",
    [SAE_GROUP_SIGNINS] = "signins", [SAE_GROUP_SENDERS] = "senders",
    [SAE_GROUP_HEALTH] = "health",
};

/* Meaning and thresholds: the project's contract, design section "Metrics". */
const struct sae_metric_row sae_metrics[SAE_METRIC_COUNT] = {
    [SAE_M_TENANT_ENABLED] = {"tenant_enabled", SAE_GROUP_TENANT, SAE_KIND_BOOL, TENANT, 0,
                              "0", NULL, 0, 0,
                              "1 if the tenant switch allows SMTP AUTH, 0 if it does not"},
    [SAE_M_TENANT_OPENED] = {"tenant_opened", SAE_GROUP_TENANT, SAE_KIND_COUNT, TENANT, 0,
                             NULL, "0", 0, 0,
                             "times the tenant switch was opened within 24 h, confirmed by "
                             "the read after"},
    [SAE_M_TENANT_CLOSED] = {"tenant_closed", SAE_GROUP_TENANT, SAE_KIND_COUNT, TENANT, 0,
                             "0", NULL, 0, 0,
                             "times the tenant switch was closed within 24 h, confirmed by "
                             "the read after"},
    [SAE_M_POLICY_BLOCKS] = {"policy_blocks", SAE_GROUP_TENANT, SAE_KIND_COUNT, POLICY, 0,
                             NULL, NULL, 0, 0,
                             "authentication policies, security defaults and Conditional "
                             "Access rules that block legacy sign-in"},
    [SAE_M_CONFIG_CHANGES] = {"config_changes", SAE_GROUP_TENANT, SAE_KIND_COUNT, TENANT, 0,
                              "0", NULL, 0, 0,
                              "changes within 7 d of transport or organisation settings whose "
                              "name has smtp, basic or legacy in it, the switch included"},
    [SAE_M_MBX_EXPOSED] = {"mbx_exposed", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT,
                           MAILBOXES | TENANT, 0, "0", NULL, 0, 0,
                           "mailboxes that can use SMTP AUTH: enabled by name, or of unknown "
                           "setting, or inheriting unless the switch is known to be off"},
    [SAE_M_MBX_ALL] = {"mbx_all", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT, MAILBOXES, 0, NULL,
                       NULL, 0, 0, "mailboxes, each counted once"},
    [SAE_M_MBX_ENABLED] = {"mbx_enabled", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT, MAILBOXES, 0,
                           NULL, NULL, 0, 0, "mailboxes enabled by name (setting is false)"},
    [SAE_M_MBX_DISABLED] = {"mbx_disabled", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT, MAILBOXES,
                            0, NULL, NULL, 0, 0,
                            "mailboxes disabled by name (setting is true)"},
    [SAE_M_MBX_INHERIT] = {"mbx_inherit", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT, MAILBOXES, 0,
                           NULL, NULL, 0, 0,
                           "mailboxes that follow the tenant switch (setting is blank)"},
    [SAE_M_MBX_UNKNOWN] = {"mbx_unknown", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT, MAILBOXES, 0,
                           NULL, NULL, 0, 0,
                           "mailboxes with an unreadable setting, counted as exposed"},
    [SAE_M_MBX_UNUSED] = {"mbx_unused", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT,
                          MAILBOXES | TENANT | SIGNINS, 0, "0", NULL, 0, 0,
                          "exposed mailboxes without a successful SMTP sign-in in the "
                          "look-back, absent unless the log proves it"},
    [SAE_M_MBX_NEW] = {"mbx_new", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT, MAILBOXES, 0, NULL,
                       "0", 0, 0, "mailboxes newly enabled by name within 24 h"},
    [SAE_M_MBX_UNLISTED] = {"mbx_unlisted", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT,
                            MAILBOXES | TENANT, LIST, NULL, "0", 0, 0,
                            "exposed mailboxes that are not on the allow list"},
    [SAE_M_MBX_EXPIRED] = {"mbx_expired", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT,
                           MAILBOXES | TENANT, LIST, NULL, "0", 0, 0,
                           "exposed mailboxes whose entry on the allow list has expired"},
    [SAE_M_MBX_EXPIRING] = {"mbx_expiring", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT,
                            MAILBOXES | TENANT, LIST, "0", NULL, 0, 0,
                            "exposed mailboxes whose entry expires within 14 d"},
    [SAE_M_MBX_ATTACKED] = {"mbx_attacked", SAE_GROUP_MAILBOXES, SAE_KIND_COUNT,
                            MAILBOXES | TENANT | SIGNINS, 0, NULL, NULL, 0, 0,
                            "exposed mailboxes with a failed SMTP sign-in in 24 h, outages "
                            "and stale devices left out"},
    [SAE_M_FAIL_PER_HOUR] = {"fail_per_hour", SAE_GROUP_SIGNINS, SAE_KIND_RATE, SIGNINS, 0,
                             "60", "240", 0, 0, "failed SMTP sign-ins per hour"},
    [SAE_M_FAIL_EVENTS] = {"fail_events", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS, 0,
                           NULL, NULL, 0, 0, "failed SMTP sign-ins in the window"},
    [SAE_M_FAIL_USERS] = {"fail_users", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS, 0, NULL,
                          NULL, 0, 0, "users with a failed SMTP sign-in in the window"},
    [SAE_M_FAIL_IPS] = {"fail_ips", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS, 0, NULL,
                        NULL, 0, 0, "addresses with a failed SMTP sign-in in the window"},
    [SAE_M_FAIL_COUNTRIES] = {"fail_countries", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS,
                              0, NULL, NULL, 0, 0,
                              "countries with a failed SMTP sign-in in the window"},
    [SAE_M_OK_EVENTS] = {"ok_events", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS, 0, NULL,
                         NULL, 0, 0, "successful SMTP sign-ins in the window"},
    [SAE_M_FAIL_INFRA] = {"fail_infra", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS, 0, "0",
                          NULL, 0, 0,
                          "failures in the window because of a sign-in agent outage"},
    [SAE_M_FAIL_BURST] = {"fail_burst", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS, 0, NULL,
                          NULL, 0, 0, "most failed SMTP sign-ins in any 60 s of the window"},
    [SAE_M_LOCKOUTS] = {"lockouts", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS, DETECTOR, "2",
                        "9", 0, 0,
                        "most users locked out (or blocked as malicious, code 50053) in any "
                        "30 min of 24 h"},
    [SAE_M_BRUTE_USERS] = {"brute_users", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS,
                           DETECTOR, "0", NULL, 0, 0,
                           "users whose password is guessed at: 10 wrong ones in 10 min, or 30 "
                           "in 24 h"},
    [SAE_M_SPRAY_IPS] = {"spray_ips", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS, DETECTOR,
                         "0", NULL, 0, 0,
                         "addresses from which 5 users failed in any 20 min of 24 h"},
    [SAE_M_SPRAY_NETS] = {"spray_nets", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS, DETECTOR,
                          "0", NULL, 0, 0,
                          "networks (/24, /64) from three addresses of which 8 users failed in "
                          "any 60 min of 24 h"},
    [SAE_M_SPREAD_USERS] = {"spread_users", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS,
                            DETECTOR, NULL, "0", 0, 0,
                            "users tried once or twice each from 10 addresses in 3 countries "
                            "within 7 d"},
    [SAE_M_BREACH_USERS] = {"breach_users", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS, 0,
                            NULL, "0", 0, 0,
                            "users whose password somebody knows: it was right, or a success "
                            "followed failures, from a new address"},
    [SAE_M_FOREIGN_OK] = {"foreign_ok", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS,
                          SAE_NEEDS_COUNTRIES, NULL, "0", 0, 0,
                          "successes from a country that is neither listed nor learned, absent "
                          "if none is"},
    [SAE_M_STALE_DEVICES] = {"stale_devices", SAE_GROUP_SIGNINS, SAE_KIND_COUNT, SIGNINS,
                             DETECTOR, "0", NULL, 0, 0,
                             "users with an old password in one device that tries it at "
                             "regular times"},
    [SAE_M_SENDERS_UNDECIDED] = {"senders_undecided", SAE_GROUP_SENDERS, SAE_KIND_COUNT,
                                 SIGNINS, 0, "0", "0", 45, 14,
                                 "senders without a decision in the allow list"},
    [SAE_M_SENDERS_ALL] = {"senders_all", SAE_GROUP_SENDERS, SAE_KIND_COUNT, SIGNINS, 0,
                           NULL, NULL, 0, 0,
                           "users with a successful SMTP sign-in in the look-back"},
    [SAE_M_SENDERS_NEW] = {"senders_new", SAE_GROUP_SENDERS, SAE_KIND_COUNT, SIGNINS, 0, "0",
                           NULL, 0, 0,
                           "senders whose first success ever held is within 7 d, absent "
                           "until the history spans 14 d"},
    [SAE_M_SENDERS_UNLISTED] = {"senders_unlisted", SAE_GROUP_SENDERS, SAE_KIND_COUNT,
                                SIGNINS | MAILBOXES, LIST, "0", NULL, 0, 0,
                                "senders without a valid entry on the allow list"},
    [SAE_M_SENDERS_UNMATCHED] = {"senders_unmatched", SAE_GROUP_SENDERS, SAE_KIND_COUNT,
                                 SIGNINS | MAILBOXES, 0, "0", NULL, 0, 0,
                                 "senders for whom no mailbox was found"},
    [SAE_M_SENDERS_SILENT] = {"senders_silent", SAE_GROUP_SENDERS, SAE_KIND_COUNT, SIGNINS,
                              0, "0", NULL, 0, 0,
                              "registered senders that stopped: silent for over 14 d or 3 "
                              "times their usual gap"},
    [SAE_M_RETIREMENT_LEFT] = {"retirement_left", SAE_GROUP_SENDERS, SAE_KIND_DAYS, 0,
                               SAE_NEEDS_PHASE, NULL, NULL, 0, 0,
                               "days to the next phase of the retirement"},
    [SAE_M_DATA_AGE] = {"data_age", SAE_GROUP_HEALTH, SAE_KIND_SECONDS, 0, 0, "max_age",
                        "4 max_age", 0, 0, "age of the last complete read of sign-ins"},
    [SAE_M_POSTURE_AGE] = {"posture_age", SAE_GROUP_HEALTH, SAE_KIND_SECONDS, 0, 0,
                           "max_age", "4 max_age", 0, 0,
                           "age of the last complete read of switch and mailboxes"},
    [SAE_M_LOG_LAG] = {"log_lag", SAE_GROUP_HEALTH, SAE_KIND_SECONDS, SIGNINS, 0, "259200",
                       NULL, 0, 0,
                       "newest sign-in of any client app to the time of the read"},
    [SAE_M_LOG_COVERED] = {"log_covered", SAE_GROUP_HEALTH, SAE_KIND_DAYS, SIGNINS, 0, NULL,
                           NULL, 0, 0, "unbroken days of sign-in log held"},
    [SAE_M_COLLECT_OK] = {"collect_ok", SAE_GROUP_HEALTH, SAE_KIND_BOOL, 0, 0, "1:", NULL, 0,
                          0, "1 if the last try of every part was complete"},
    [SAE_M_ROWS_UNPARSED] = {"rows_unparsed", SAE_GROUP_HEALTH, SAE_KIND_COUNT, SIGNINS, 0, "0",
                             NULL, 0, 0,
                             "sign-ins of the last try without readable id, time or code"},
    [SAE_M_CREDENTIAL_LEFT] = {"credential_left", SAE_GROUP_HEALTH, SAE_KIND_DAYS, 0,
                               SAE_NEEDS_CREDENTIAL, "30:", "7:", 0, 0,
                               "days to the end of the credential"},
};

enum sae_metric sae_metric_find(const char *name)
{
    for (int i = 0; i < SAE_METRIC_COUNT; i++) {
        if (strcmp(sae_metrics[i].name, name) == 0) {
            return (enum sae_metric)i;
        }
    }
    return SAE_METRIC_COUNT;
}

void sae_values_set(struct sae_values *values, enum sae_metric metric, double value)
{
    values->value[metric] = value;
    values->certainty[metric] = SAE_EXACT;
}

void sae_values_set_proven(struct sae_values *values, enum sae_metric metric, double value,
                           bool proven)
{
    values->value[metric] = value;
    values->certainty[metric] = proven ? SAE_EXACT : SAE_AT_LEAST;
}

void sae_values_why(struct sae_values *values, enum sae_metric metric, const char *why)
{
    sae_text_fit(values->why[metric], SAE_WHY, why);
}

void sae_values_why_group(struct sae_values *values, enum sae_group group, const char *why)
{
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        if (sae_metrics[m].group == group && values->certainty[m] == SAE_ABSENT) {
            sae_values_why(values, (enum sae_metric)m, why);
        }
    }
}
