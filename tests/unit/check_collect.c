/* SPDX-License-Identifier: MIT */
/* From files to numbers, through the whole collector: what is measured, what a failed try
 * leaves, what two runs agree on. */
#include <sys/file.h>

#include "tenant.h"

/* ---- the first numbers ----------------------------------------------------------------
 */

START_TEST(four_of_five_mailboxes_are_exposed_while_the_switch_is_open)
{
    collect_at(noon());
    is(SAE_M_TENANT_ENABLED, 1);
    is(SAE_M_MBX_EXPOSED, 4);
    is(SAE_M_MBX_ALL, 5);
    is(SAE_M_MBX_ENABLED, 1);
    is(SAE_M_MBX_DISABLED, 1);
    is(SAE_M_MBX_INHERIT, 3);
    is(SAE_M_MBX_UNKNOWN, 0);
    is(SAE_M_COLLECT_OK, 1);
    ck_assert_uint_eq(snap.exposed_count, 4);
    ck_assert_str_eq(snap.exposed[0].mailbox, "enabled@contoso.example");
    ck_assert_int_eq(snap.parts[SAE_PART_MAILBOXES].time, noon() - SAE_HOUR);
    ck_assert_int_eq(snap.parts[SAE_PART_MAILBOXES].attempt, noon());
}
END_TEST

START_TEST(one_is_exposed_while_the_switch_is_closed)
{
    write_switch("true", noon() - SAE_HOUR);
    collect_at(noon());
    is(SAE_M_TENANT_ENABLED, 0);
    is(SAE_M_MBX_EXPOSED, 1);
    is(SAE_M_MBX_ALL, 5);
}
END_TEST

START_TEST(an_unknown_switch_counts_as_open)
{
    write_text("transport.json", "{\"MaxSendSize\":\"Unlimited\"}", noon() - SAE_HOUR);
    collect_at(noon());
    is_absent(SAE_M_TENANT_ENABLED, "no SmtpClientAuthenticationDisabled");
    is(SAE_M_MBX_EXPOSED, 4);
    is(SAE_M_COLLECT_OK, 0);
    part_failed(SAE_PART_TENANT, "format", "transport.json");
}
END_TEST

START_TEST(a_month_of_log_proves_what_nobody_uses)
{
    collect_at(noon());
    is(SAE_M_MBX_UNUSED, 3);
    is(SAE_M_SENDERS_ALL, 1);
    is(SAE_M_LOG_COVERED, 31);
}
END_TEST

START_TEST(three_days_of_log_do_not)
{
    write_log("log.json", 3, noon() - SAE_HOUR);
    collect_at(noon());
    is_absent(SAE_M_MBX_UNUSED, "spans 3.0 d");
    is_at_least(SAE_M_SENDERS_ALL, 1, "spans 3.0 d");
    is_absent(SAE_M_SENDERS_NEW, "spans 3.0 of 14 days");
}
END_TEST

START_TEST(the_window_is_counted_by_its_definition)
{
    collect_at(noon());
    is(SAE_M_FAIL_EVENTS, 3);
    is(SAE_M_FAIL_PER_HOUR, 3);
    is(SAE_M_FAIL_USERS, 2);
    is(SAE_M_FAIL_IPS, 2);
    is(SAE_M_FAIL_COUNTRIES, 2);
    is(SAE_M_FAIL_INFRA, 1);
    is(SAE_M_OK_EVENTS, 0);
    is(SAE_M_LOG_LAG, 1);
    is(SAE_M_ROWS_UNPARSED, 0);
}
END_TEST

START_TEST(a_log_that_ends_before_its_file_gives_lower_bounds)
{
    touch("log.json", noon() + 36 * SAE_HOUR);
    collect_at(noon() + 40 * SAE_HOUR);
    is_at_least(SAE_M_FAIL_EVENTS, 0, "export all client apps");
    is_absent(SAE_M_MBX_UNUSED, "export all client apps");
}
END_TEST

START_TEST(a_row_that_cannot_be_read_takes_the_proof_away)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 1 << 20);
    sae_buf_puts(&buf, "Request ID,Date (UTC),Sign-in error code,Client app,Username\n");
    for (int i = 0; i < 200; i++) {
        sae_buf_printf(&buf, "r%d,2026-%s:%02dZ,50126,SMTP,a@contoso.example\n", i,
                       i < 100 ? "11-22T10:59" : "10-01T10:00", i % 60);
    }
    sae_buf_puts(&buf, "r,never,50126,SMTP,a@contoso.example\n");
    write_buf("log.json", &buf, noon() - SAE_HOUR);
    collect_at(noon());
    is(SAE_M_ROWS_UNPARSED, 1);
    is_at_least(SAE_M_FAIL_EVENTS, 100, "could not be read");
    is_absent(SAE_M_MBX_UNUSED, "could not be read");
    is(SAE_M_COLLECT_OK, 1);
}
END_TEST

/* ---- failed tries --------------------------------------------------------------------
 */

START_TEST(a_failed_try_keeps_the_numbers_and_adds_its_error)
{
    static const char *const files[] = {"transport.json", "boxes.csv", "log.json"};
    struct sae_values before;

    collect_at(noon());
    before = snap.values;
    ck_assert_int_eq(unlink(path_of(files[_i])), 0);
    collect_at(noon() + SAE_HOUR);
    part_failed((enum sae_part)_i, "missing", files[_i]);
    ck_assert_int_eq(snap.parts[_i].time, noon() - SAE_HOUR);
    ck_assert_int_eq(snap.parts[_i].attempt, noon() + SAE_HOUR);
    is(SAE_M_COLLECT_OK, 0);
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        if (m != SAE_M_COLLECT_OK) {
            ck_assert_msg(snap.values.certainty[m] == before.certainty[m] &&
                              snap.values.value[m] == before.value[m],
                          "%s changed", sae_metrics[m].name);
        }
    }
}
END_TEST

START_TEST(a_part_that_was_never_read_has_no_numbers)
{
    static const char *const files[] = {"transport.json", "boxes.csv", "log.json"};
    static const enum sae_metric metrics[] = {SAE_M_TENANT_ENABLED, SAE_M_MBX_ALL,
                                              SAE_M_FAIL_EVENTS};

    ck_assert_int_eq(unlink(path_of(files[_i])), 0);
    collect_at(noon());
    ck_assert_int_eq(snap.parts[_i].time, 0);
    is_absent(metrics[_i], files[_i]);
    is(SAE_M_COLLECT_OK, 0);
}
END_TEST

static void write_boxes(unsigned count, int64_t time)
{
    struct sae_buf buf;

    mailbox_csv(&buf, count);
    write_buf("boxes.csv", &buf, time);
}

START_TEST(a_list_that_shrank_is_believed_when_the_next_read_agrees)
{
    write_boxes(100, noon() - 5 * SAE_HOUR);
    collect_at(noon());
    write_boxes(90, noon() - 4 * SAE_HOUR);
    collect_at(noon());
    is(SAE_M_MBX_ALL, 90);
    write_boxes(79, noon() - 3 * SAE_HOUR);
    collect_at(noon());
    is(SAE_M_MBX_ALL, 90);
    part_failed(SAE_PART_MAILBOXES, "incomplete", "shrank from 90 to 79");
    ck_assert_int_eq(snap.parts[SAE_PART_MAILBOXES].time, noon() - 4 * SAE_HOUR);
    write_boxes(40, noon() - 2 * SAE_HOUR);
    collect_at(noon());
    part_failed(SAE_PART_MAILBOXES, "incomplete", "shrank from 90 to 40");
    write_boxes(41, noon() - SAE_HOUR);
    collect_at(noon());
    ck_assert(snap.parts[SAE_PART_MAILBOXES].ok);
    is(SAE_M_MBX_ALL, 41);
}
END_TEST

START_TEST(a_source_that_this_version_cannot_read_says_so)
{
    write_config("transport.json", "boxes.csv", "hunting");
    collect_at(noon());
    part_failed(SAE_PART_SIGNINS, "config", "source hunting: this version reads");
    is(SAE_M_COLLECT_OK, 0);
    is_absent(SAE_M_FAIL_EVENTS, "source hunting");
    is(SAE_M_MBX_ALL, 5);
}
END_TEST

/* Nothing is asked of any service: the configuration is looked at first. */
START_TEST(a_service_without_a_credential_says_what_is_missing)
{
    write_config("exchange", "exchange", "graph");
    collect_at(noon());
    part_failed(SAE_PART_TENANT, "config", "tenant_id");
    part_failed(SAE_PART_MAILBOXES, "config", "tenant_id");
    part_failed(SAE_PART_POLICY, "config", "tenant_id");
    part_failed(SAE_PART_SIGNINS, "config", "no credential");
    is(SAE_M_COLLECT_OK, 0);
    is_absent(SAE_M_MBX_ALL, "tenant_id");
    is_absent(SAE_M_POLICY_BLOCKS, "tenant_id");
    is_absent(SAE_M_CREDENTIAL_LEFT, "");
}
END_TEST

START_TEST(sign_ins_that_are_off_are_no_failure)
{
    write_config("transport.json", "boxes.csv", "off");
    collect_at(noon());
    is(SAE_M_COLLECT_OK, 1);
    ck_assert_str_eq(snap.parts[SAE_PART_SIGNINS].source, "off");
    is_absent(SAE_M_FAIL_EVENTS, "off");
    is_absent(SAE_M_SENDERS_ALL, "off");
    is_absent(SAE_M_MBX_UNUSED, "");
    is(SAE_M_MBX_EXPOSED, 4);
}
END_TEST

/* ---- streams -------------------------------------------------------------------------
 */

START_TEST(of_two_streams_both_must_be_complete)
{
    write_config("transport.json", "boxes.csv", "log.json,second.json");
    collect_at(noon());
    part_failed(SAE_PART_SIGNINS, "missing", "second.json");
    is_absent(SAE_M_FAIL_EVENTS, "second.json");
    write_text(
        "second.json",
        "[{\"id\":\"s\",\"createdDateTime\":\"2026-11-12T10:00:00Z\","
        "\"clientAppUsed\":\"SMTP\",\"userPrincipalName\":\"enabled@contoso.example\","
        "\"status\":{\"errorCode\":0}},"
        "{\"id\":\"s2\",\"createdDateTime\":\"2026-11-22T10:00:00Z\","
        "\"clientAppUsed\":\"POP\",\"status\":{\"errorCode\":0}}]\n",
        noon() - SAE_HOUR);
    collect_at(noon());
    ck_assert(snap.parts[SAE_PART_SIGNINS].ok);
    is(SAE_M_FAIL_EVENTS, 3);
    is_at_least(SAE_M_SENDERS_ALL, 2, "spans 10.0 d");
    is_absent(SAE_M_MBX_UNUSED, "spans 10.0 d");
}
END_TEST

START_TEST(numbers_do_not_depend_on_runs_or_on_the_order_of_files)
{
    struct sae_values want = {.value = {0}};

    for (int order = 0; order < 4; order++) {
        struct sae_buf buf;
        const struct log_row rows[] = {
            {.id = "old",
             .time = noon() - 300 * SAE_DAY,
             .upn = "enabled@contoso.example"},
            {.id = "mid", .time = noon() - 60 * SAE_DAY, .upn = "blank2@contoso.example"},
            {.id = "sent",
             .time = noon() - SAE_HOUR - SAE_DAY,
             .upn = "Blank1@contoso.example",
             .code = 50126}, /* another version of a success */
            {.id = "f9", .time = noon() - 2 * SAE_HOUR, .upn = "q@x.example", .code = 1}};

        folder_end();
        tenant_setup();
        write_config("transport.json", "boxes.csv", "log*.json");
        log_array(&buf, rows, COUNT(rows));
        write_buf(order == 1 ? "log0.json" : "log9.json", &buf, noon() - SAE_HOUR);
        if (order == 2) { /* the newer one alone at first */
            ck_assert_int_eq(rename(path_of("log9.json"), path_of("held")), 0);
            collect_at(noon());
            ck_assert_int_eq(rename(path_of("held"), path_of("log9.json")), 0);
        } else if (order == 3) { /* the older one alone at first */
            ck_assert_int_eq(rename(path_of("log.json"), path_of("held")), 0);
            collect_at(noon());
            ck_assert_int_eq(rename(path_of("held"), path_of("log.json")), 0);
        }
        for (int run = 0; run <= order; run++) {
            collect_at(noon());
        }
        if (order == 0) {
            want = snap.values;
            is(SAE_M_SENDERS_ALL, 1);
            ck_assert_uint_eq(snap.sender_count, 3);
        }
        for (int m = 0; m < SAE_METRIC_COUNT; m++) {
            ck_assert_msg(snap.values.certainty[m] == want.certainty[m] &&
                              snap.values.value[m] == want.value[m],
                          "order %d: %s is %g, not %g", order, sae_metrics[m].name,
                          snap.values.value[m], want.value[m]);
        }
        ck_assert_uint_eq(snap.sender_count, 3);
    }
}
END_TEST

/* ---- where it writes -----------------------------------------------------------------
 */

START_TEST(a_second_run_waits_and_is_told_since_when)
{
    int64_t begin = sae_clock_monotonic(), waited;
    int fd;

    collect_at(noon());
    fd = open(path_of("state/private/contoso.lock"), O_RDWR);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    begin = sae_clock_monotonic();
    ck_assert_int_eq(run_at(noon() + SAE_HOUR), SAE_E_BUSY);
    waited = sae_clock_monotonic() - begin;
    ck_assert_str_eq(why.text, "collection running since 2026-11-22T12:00:00Z");
    ck_assert_int_ge(waited, 2 * SAE_SECOND);
    ck_assert_int_lt(waited, 20 * SAE_SECOND);
    close(fd);
    collect_at(noon() + SAE_HOUR);
}
END_TEST

START_TEST(a_state_folder_that_others_can_write_is_refused)
{
    collect_at(noon());
    ck_assert_int_eq(chmod(path_of("state"), 0757), 0);
    ck_assert_int_eq(run_at(noon()), SAE_E_DENIED);
    ck_assert_ptr_nonnull(strstr(why.text, "0757"));
    ck_assert_int_eq(chmod(path_of("state"), 0750), 0);
    ck_assert_int_eq(chmod(path_of("state/private"), 0710), 0);
    ck_assert_int_eq(run_at(noon()), SAE_E_DENIED);
    ck_assert_ptr_nonnull(strstr(why.text, "0710"));
}
END_TEST

START_TEST(a_state_folder_that_cannot_be_made_is_named)
{
    if (geteuid() == 0) {
        ck_assert_int_eq(seteuid(65534), 0);
    } else {
        ck_assert_int_eq(chmod(folder, 0555), 0);
    }
    ck_assert_int_eq(run_at(noon()), SAE_E_DENIED);
    ck_assert_ptr_nonnull(strstr(why.text, "/state"));
    if (getuid() == 0) {
        ck_assert_int_eq(seteuid(0), 0);
    }
    ck_assert_int_eq(chmod(folder, 0755), 0);
}
END_TEST

START_TEST(what_was_returned_is_what_was_published)
{
    struct sae_snapshot *read = calloc(1, sizeof(*read));

    ck_assert_ptr_nonnull(read);
    collect_at(noon());
    ck_assert_msg(sae_snapshot_read(path_of("state/contoso.json"), "contoso", noon(),
                                    read, &why) == SAE_OK,
                  "%s", why.text);
    ck_assert_int_eq(read->time, noon());
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        ck_assert_msg(read->values.certainty[m] == snap.values.certainty[m] &&
                          read->values.value[m] == snap.values.value[m],
                      "%s differs", sae_metrics[m].name);
    }
    ck_assert_uint_eq(read->exposed_count, snap.exposed_count);
    ck_assert_uint_eq(read->sender_count, snap.sender_count);
    ck_assert_uint_eq(read->attacker_count, snap.attacker_count);
    free(read);
}
END_TEST

static Suite *collect_suite(void)
{
    Suite *suite = suite_create("collect");
    TCase *tc = tcase_create("collect");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, tenant_setup, folder_end);
    tcase_add_test(tc, four_of_five_mailboxes_are_exposed_while_the_switch_is_open);
    tcase_add_test(tc, one_is_exposed_while_the_switch_is_closed);
    tcase_add_test(tc, an_unknown_switch_counts_as_open);
    tcase_add_test(tc, a_month_of_log_proves_what_nobody_uses);
    tcase_add_test(tc, three_days_of_log_do_not);
    tcase_add_test(tc, the_window_is_counted_by_its_definition);
    tcase_add_test(tc, a_log_that_ends_before_its_file_gives_lower_bounds);
    tcase_add_test(tc, a_row_that_cannot_be_read_takes_the_proof_away);
    tcase_add_loop_test(tc, a_failed_try_keeps_the_numbers_and_adds_its_error, 0, 3);
    tcase_add_loop_test(tc, a_part_that_was_never_read_has_no_numbers, 0, 3);
    tcase_add_test(tc, a_list_that_shrank_is_believed_when_the_next_read_agrees);
    tcase_add_test(tc, a_source_that_this_version_cannot_read_says_so);
    tcase_add_test(tc, a_service_without_a_credential_says_what_is_missing);
    tcase_add_test(tc, sign_ins_that_are_off_are_no_failure);
    tcase_add_test(tc, of_two_streams_both_must_be_complete);
    tcase_add_test(tc, numbers_do_not_depend_on_runs_or_on_the_order_of_files);
    tcase_add_test(tc, a_second_run_waits_and_is_told_since_when);
    tcase_add_test(tc, a_state_folder_that_others_can_write_is_refused);
    tcase_add_test(tc, a_state_folder_that_cannot_be_made_is_named);
    tcase_add_test(tc, what_was_returned_is_what_was_published);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(collect_suite());
}
