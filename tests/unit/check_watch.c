/* SPDX-License-Identifier: MIT */
/* What the collector notices over time: changes of posture, senders that come and go, and
 * what the administrator's lists say about them. */
#include "tenant.h"

/* ---- the switch ----------------------------------------------------------------------
 */

static void read_switch(const char *value, int hour)
{
    write_switch(value, noon() + hour * SAE_HOUR);
    collect_at(noon() + hour * SAE_HOUR);
}

START_TEST(an_opened_switch_rings_once_it_is_confirmed)
{
    read_switch("true", 0);
    is(SAE_M_TENANT_OPENED, 0);
    read_switch("false", 1);
    is(SAE_M_TENANT_ENABLED, 1);
    is(SAE_M_TENANT_OPENED, 0);
    is(SAE_M_CONFIG_CHANGES, 0);
    read_switch("false", 2);
    is(SAE_M_TENANT_OPENED, 1);
    is(SAE_M_TENANT_CLOSED, 0);
    is(SAE_M_CONFIG_CHANGES, 1);
    ck_assert_ptr_nonnull(finding_of(SAE_M_TENANT_OPENED));
    read_switch("false", 24);
    is(SAE_M_TENANT_OPENED, 1);
    read_switch("false", 25);
    is(SAE_M_TENANT_OPENED, 0);
    is(SAE_M_CONFIG_CHANGES, 1);
    read_switch("false", 7 * 24 + 1);
    is(SAE_M_CONFIG_CHANGES, 0);
}
END_TEST

START_TEST(a_closed_switch_rings_as_well)
{
    read_switch("false", 0);
    read_switch("true", 1);
    is(SAE_M_TENANT_ENABLED, 0);
    is(SAE_M_TENANT_CLOSED, 0);
    read_switch("true", 2);
    is(SAE_M_TENANT_CLOSED, 1);
    is(SAE_M_TENANT_OPENED, 0);
}
END_TEST

START_TEST(a_replica_that_answered_with_the_old_value_is_no_change)
{
    read_switch("true", 0);
    read_switch("false", 1);
    read_switch("true", 2);
    read_switch("true", 3);
    is(SAE_M_TENANT_ENABLED, 0);
    is(SAE_M_TENANT_OPENED, 0);
    is(SAE_M_TENANT_CLOSED, 0);
    is(SAE_M_CONFIG_CHANGES, 0);
}
END_TEST

START_TEST(the_first_read_is_no_change)
{
    collect_at(noon());
    collect_at(noon());
    is(SAE_M_TENANT_OPENED, 0);
    is(SAE_M_CONFIG_CHANGES, 0);
    is(SAE_M_MBX_NEW, 0);
    ck_assert_ptr_null(finding_of(SAE_M_CONFIG_CHANGES));
    ck_assert_ptr_null(finding_of(SAE_M_MBX_NEW));
}
END_TEST

/* ---- mailboxes -----------------------------------------------------------------------
 */

static void read_boxes(const char *blank1, int hour)
{
    char text[512];

    snprintf(text, sizeof(text),
             "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\n"
             "disabled@contoso.example,True\nblank1@contoso.example,%s\n",
             blank1);
    write_text("boxes.csv", text, noon() + hour * SAE_HOUR);
    collect_at(noon() + hour * SAE_HOUR);
}

START_TEST(a_newly_enabled_mailbox_counts_for_a_day_and_is_a_finding_for_a_week)
{
    read_boxes("", 0);
    is(SAE_M_MBX_NEW, 0);
    read_boxes("False", 1);
    is(SAE_M_MBX_NEW, 1);
    ck_assert_ptr_nonnull(finding_of(SAE_M_MBX_NEW));
    ck_assert_str_eq(finding_of(SAE_M_MBX_NEW)->kind, "compromise");
    ck_assert_str_eq(finding_of(SAE_M_MBX_NEW)->who, "blank1@contoso.example");
    read_boxes("False", 24);
    is(SAE_M_MBX_NEW, 1);
    read_boxes("False", 25);
    is(SAE_M_MBX_NEW, 0);
    ck_assert_ptr_nonnull(finding_of(SAE_M_MBX_NEW));
    read_boxes("False", 7 * 24 + 1);
    ck_assert_ptr_null(finding_of(SAE_M_MBX_NEW));
}
END_TEST

START_TEST(closing_or_inheriting_is_not_newly_enabled)
{
    read_boxes("False", 0);
    read_boxes("True", 1);
    read_boxes("", 2);
    is(SAE_M_MBX_NEW, 0);
    read_boxes("False", 3);
    is(SAE_M_MBX_NEW, 1);
}
END_TEST

START_TEST(an_accepted_finding_leaves_the_metric_until_its_day_is_over)
{
    char text[256];

    snprintf(more_config, sizeof(more_config), "accept = accept.csv\n");
    write_config("transport.json", "boxes.csv", "log.json");
    write_text("accept.csv", "finding,until,by,note\n", noon());
    read_boxes("", 0);
    read_boxes("False", 1);
    is(SAE_M_MBX_NEW, 1);
    snprintf(text, sizeof(text), "finding,until,by,note\n%s,2026-11-22,ann,new scanner\n",
             finding_of(SAE_M_MBX_NEW)->id);
    write_text("accept.csv", text, noon());
    read_boxes("False", 2);
    is(SAE_M_MBX_NEW, 0);
    ck_assert(finding_of(SAE_M_MBX_NEW)->accepted);
    read_boxes("False", 11); /* 23:00 */
    is(SAE_M_MBX_NEW, 0);
    read_boxes("False", 12); /* midnight: another day */
    is(SAE_M_MBX_NEW, 1);
    ck_assert(!finding_of(SAE_M_MBX_NEW)->accepted);
}
END_TEST

/* ---- the allow list ------------------------------------------------------------------
 */

#define ALLOW "mailbox,owner,device,sources,countries,expires,decision,note\n"

static void write_allow(const char *rows)
{
    char text[1024];

    snprintf(text, sizeof(text), ALLOW "%s", rows);
    write_text("allow.csv", text, noon());
    snprintf(more_config, sizeof(more_config), "allow_list = allow.csv\n");
    write_config("transport.json", "boxes.csv", "log.json");
}

START_TEST(the_allow_list_tells_unlisted_expired_and_expiring)
{
    write_allow("ENABLED@contoso.example,,,,,2026-11-21,keep,\n"
                "blank1@contoso.example,,,,,2026-12-06,,\n"
                "blank2@contoso.example,,,,,2026-12-07,,\n"
                "disabled@contoso.example,,,,,2020-01-01,,\n");
    collect_at(noon());
    is(SAE_M_MBX_UNLISTED, 1);
    is(SAE_M_MBX_EXPIRED, 1);
    is(SAE_M_MBX_EXPIRING, 1);
    is(SAE_M_SENDERS_UNLISTED, 0);
    is(SAE_M_SENDERS_UNDECIDED, 1);
}
END_TEST

START_TEST(the_last_day_of_an_entry_counts)
{
    write_allow("enabled@contoso.example,,,,,2026-11-22,,\n"
                "blank1@contoso.example,,,,,,relay,\n");
    collect_at(noon());
    is(SAE_M_MBX_UNLISTED, 2);
    is(SAE_M_MBX_EXPIRED, 0);
    is(SAE_M_MBX_EXPIRING, 1);
    is(SAE_M_SENDERS_UNDECIDED, 0);
    collect_at(noon() + 12 * SAE_HOUR);
    is(SAE_M_MBX_EXPIRED, 1);
    is(SAE_M_MBX_EXPIRING, 0);
}
END_TEST

START_TEST(without_a_list_nothing_is_said_about_it)
{
    collect_at(noon());
    is_absent(SAE_M_MBX_UNLISTED, "");
    is_absent(SAE_M_MBX_EXPIRED, "");
    is_absent(SAE_M_SENDERS_UNLISTED, "");
    is(SAE_M_SENDERS_UNDECIDED, 1);
}
END_TEST

START_TEST(a_bad_list_takes_away_only_what_needs_it)
{
    write_allow("enabled@contoso.example,,,,,tomorrow,,\n");
    collect_at(noon());
    is_absent(SAE_M_MBX_UNLISTED, "allow.csv");
    is_absent(SAE_M_MBX_EXPIRED, "allow.csv");
    is_absent(SAE_M_MBX_EXPIRING, "allow.csv");
    is_absent(SAE_M_SENDERS_UNLISTED, "allow.csv");
    is(SAE_M_MBX_EXPOSED, 4);
    is(SAE_M_SENDERS_ALL, 1);
}
END_TEST

/* ---- senders
 * --------------------------------------------------------------------------------------
 */

/* Successes of one user on the given days before noon - 1 h, oldest first. */
static void add_successes(struct sae_buf *buf, const char *upn, const int *days,
                          int count)
{
    char id[64];

    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "%s-%d", upn, days[i]);
        sae_buf_puts(buf, ",");
        log_json(buf, &(struct log_row){.id = id,
                                        .time = noon() - 2 * SAE_HOUR - days[i] * SAE_DAY,
                                        .upn = upn});
    }
}

static void collect_senders(void)
{
    static const int weekly[] = {57, 50, 43, 36, 22}, fresh[] = {6}, edge[] = {8},
                     daily[] = {9, 8, 7, 6, 5, 4}, rare[] = {40, 39};
    struct sae_buf buf;

    sae_buf_init(&buf, LOG_MOST);
    sae_buf_puts(&buf, "[");
    log_json(&buf, &(struct log_row){.id = "o",
                                     .time = noon() - 60 * SAE_DAY,
                                     .upn = "x",
                                     .client = "Browser"});
    add_successes(&buf, "blank1@contoso.example", weekly, 5);  /* 22 d silent, limit 14 */
    add_successes(&buf, "blank2@contoso.example", fresh, 1);   /* new */
    add_successes(&buf, "enabled@contoso.example", edge, 1);   /* not new any more */
    add_successes(&buf, "stranger@contoso.example", daily, 6); /* limit 3 d, silent 4 d */
    add_successes(&buf, "blank3@contoso.example", rare, 2);    /* gap not known */
    sae_buf_puts(&buf, ",");
    log_json(&buf, &(struct log_row){.id = "n",
                                     .time = noon() - 2 * SAE_HOUR,
                                     .upn = "x",
                                     .client = "Browser"});
    sae_buf_puts(&buf, "]\n");
    write_buf("log.json", &buf, noon() - SAE_HOUR);
    collect_at(noon());
}

START_TEST(senders_are_new_silent_or_without_mailbox)
{
    collect_senders();
    is(SAE_M_SENDERS_ALL, 4);
    is(SAE_M_SENDERS_NEW, 1);
    is(SAE_M_SENDERS_UNMATCHED, 1);
    is(SAE_M_SENDERS_SILENT, 2);
    is(SAE_M_SENDERS_UNDECIDED, 4);
    is_absent(SAE_M_MBX_UNUSED, "match no mailbox");
    ck_assert_uint_eq(snap.sender_count, 5);
    ck_assert_str_eq(finding_of(SAE_M_SENDERS_NEW)->who, "blank2@contoso.example");
    ck_assert_str_eq(finding_of(SAE_M_SENDERS_UNMATCHED)->who,
                     "stranger@contoso.example");
}
END_TEST

START_TEST(a_silence_that_is_accepted_is_not_counted)
{
    char text[256];

    collect_senders();
    snprintf(text, sizeof(text), "finding,until,by,note\n%s,2026-12-31,ann,holiday\n",
             finding_of(SAE_M_SENDERS_SILENT)->id);
    write_text("accept.csv", text, noon());
    snprintf(more_config, sizeof(more_config), "accept = accept.csv\n");
    write_config("transport.json", "boxes.csv", "log.json");
    collect_at(noon());
    is(SAE_M_SENDERS_SILENT, 1);
}
END_TEST

START_TEST(new_and_unmatched_senders_can_be_accepted_too)
{
    static const enum sae_metric metrics[] = {SAE_M_SENDERS_NEW, SAE_M_SENDERS_UNMATCHED};
    char text[256];

    collect_senders();
    snprintf(text, sizeof(text), "finding,until,by,note\n%s,2026-12-31,ann,known\n",
             finding_of(metrics[_i])->id);
    write_text("accept.csv", text, noon());
    snprintf(more_config, sizeof(more_config), "accept = accept.csv\n");
    write_config("transport.json", "boxes.csv", "log.json");
    collect_at(noon());
    is(metrics[_i], 0);
}
END_TEST

START_TEST(what_is_inherited_and_attacked_is_listed)
{
    collect_at(noon());
    ck_assert_uint_eq(snap.attacker_count, 2);
    ck_assert_str_eq(snap.attackers[0].from, "192.0.2.10");
    ck_assert_uint_eq(snap.attackers[0].failed, 2);
    ck_assert_uint_eq(snap.attackers[0].users, 1);
    ck_assert_str_eq(snap.attackers[1].from, "2001:db8::1");
    ck_assert_uint_eq(snap.sender_count, 1);
    ck_assert_str_eq(snap.senders[0].mailbox, "blank1@contoso.example");
    ck_assert_str_eq(snap.senders[0].countries, "FI");
}
END_TEST

START_TEST(names_that_attackers_chose_are_counted_and_shown_safe)
{
    static const char *const names[] = {
        "[OK] <img src=x>|a=1;\\\\c$(id)", "a\\u0000b", "\\ud800", "", "%s%n", "=cmd()"};
    char id[32];
    struct sae_buf buf;

    sae_buf_init(&buf, LOG_MOST);
    sae_buf_puts(&buf, "[");
    for (int i = 0; i < COUNT(names); i++) {
        snprintf(id, sizeof(id), "id%d", i);
        sae_buf_puts(&buf, i == 0 ? "" : ",");
        log_json(&buf, &(struct log_row){.id = id,
                                         .time = noon() - 61 * SAE_MINUTE,
                                         .upn = names[i],
                                         .code = i == 0 ? 0 : 50126});
    }
    sae_buf_puts(&buf, "]\n");
    write_buf("log.json", &buf, noon() - SAE_HOUR);
    collect_at(noon());
    is_as(SAE_M_FAIL_USERS, SAE_AT_LEAST, snap.values.value[SAE_M_FAIL_USERS]);
    ck_assert(snap.values.value[SAE_M_FAIL_USERS] == COUNT(names) - 1);
    ck_assert_uint_eq(snap.sender_count, 1);
    ck_assert_uint_eq(strspn(snap.senders[0].user,
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789@._+:?~-"),
                      strlen(snap.senders[0].user));
}
END_TEST

static Suite *watch_suite(void)
{
    Suite *suite = suite_create("watch");
    TCase *tc = tcase_create("watch");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, tenant_setup, folder_end);
    tcase_add_test(tc, an_opened_switch_rings_once_it_is_confirmed);
    tcase_add_test(tc, a_closed_switch_rings_as_well);
    tcase_add_test(tc, a_replica_that_answered_with_the_old_value_is_no_change);
    tcase_add_test(tc, the_first_read_is_no_change);
    tcase_add_test(tc,
                   a_newly_enabled_mailbox_counts_for_a_day_and_is_a_finding_for_a_week);
    tcase_add_test(tc, closing_or_inheriting_is_not_newly_enabled);
    tcase_add_test(tc, an_accepted_finding_leaves_the_metric_until_its_day_is_over);
    tcase_add_test(tc, the_allow_list_tells_unlisted_expired_and_expiring);
    tcase_add_test(tc, the_last_day_of_an_entry_counts);
    tcase_add_test(tc, without_a_list_nothing_is_said_about_it);
    tcase_add_test(tc, a_bad_list_takes_away_only_what_needs_it);
    tcase_add_test(tc, senders_are_new_silent_or_without_mailbox);
    tcase_add_test(tc, a_silence_that_is_accepted_is_not_counted);
    tcase_add_loop_test(tc, new_and_unmatched_senders_can_be_accepted_too, 0, 2);
    tcase_add_test(tc, what_is_inherited_and_attacked_is_listed);
    tcase_add_test(tc, names_that_attackers_chose_are_counted_and_shown_safe);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(watch_suite());
}
