/* SPDX-License-Identifier: MIT */
/* A tenant whose facts come from services: what is read when, and what a failure leaves. The
 * services are played here; fetching from real ones is tested elsewhere. */
#include "live_world.h"

/* ---- the tenant --------------------------------------------------------------------- */

static void live_setup(void)
{
    tenant_setup();
    snprintf(more_config, sizeof(more_config),
             "tenant_id = 3d0f6c4e-7a55-4c1b-9e0d-0a1b2c3d4e5f\n"
             "client_id = 3d0f6c4e-7a55-4c1b-9e0d-0a1b2c3d4e60\n"
             "client_secret_file = secret\ncredential_expires = 2027-01-01\n");
    write_config("exchange", "exchange", "graph");
    memset(&world, 0, sizeof(world));
    world.smtp_disabled = "false";
    world.boxes = 100;
    world.current = world.covers = true;
    world.failures = 3;
    world.default_policy = "";
}

static int64_t after(int64_t minutes)
{
    return noon() + minutes * SAE_MINUTE;
}

START_TEST(everything_is_read_at_first)
{
    world.blocks = 2;
    collect_at(noon());
    is(SAE_M_COLLECT_OK, 1);
    is(SAE_M_TENANT_ENABLED, 1);
    is(SAE_M_MBX_ALL, 100);
    is(SAE_M_MBX_EXPOSED, 100);
    is(SAE_M_POLICY_BLOCKS, 2);
    is(SAE_M_FAIL_EVENTS, 3);
    is(SAE_M_CREDENTIAL_LEFT, 40);
    ck_assert_str_eq(snap.parts[SAE_PART_SIGNINS].source, "graph");
    ck_assert_str_eq(snap.parts[SAE_PART_POLICY].source, "exchange");
    ck_assert_uint_eq(world.wish.held_count, 0);
    ck_assert_int_eq(world.wish.end, noon());
    ck_assert_int_eq(world.wish.begin, noon() - 30 * SAE_DAY);
}
END_TEST

START_TEST(posture_is_read_again_when_it_is_older_than_posture_every)
{
    collect_at(noon());
    collect_at(after(59));
    ck_assert_int_eq(world.asked[SAE_PART_TENANT], 1);
    ck_assert_int_eq(world.asked[SAE_PART_MAILBOXES], 1);
    ck_assert_int_eq(world.asked[SAE_PART_POLICY], 1);
    ck_assert_int_eq(world.asked[SAE_PART_SIGNINS], 2);
    ck_assert_int_eq(snap.parts[SAE_PART_MAILBOXES].time, noon());
    is(SAE_M_MBX_ALL, 100);
    collect_at(after(60));
    ck_assert_int_eq(world.asked[SAE_PART_MAILBOXES], 2);
    ck_assert_int_eq(snap.parts[SAE_PART_MAILBOXES].time, after(60));
}
END_TEST

START_TEST(posture_is_read_again_when_the_last_try_failed)
{
    world.mailboxes = SAE_E_SERVICE;
    collect_at(noon());
    part_failed(SAE_PART_MAILBOXES, "service", "the service says no");
    is(SAE_M_COLLECT_OK, 0);
    is_absent(SAE_M_MBX_ALL, "the service says no");
    world.mailboxes = SAE_OK;
    collect_at(after(5));
    ck_assert_int_eq(world.asked[SAE_PART_MAILBOXES], 2);
    ck_assert_int_eq(world.asked[SAE_PART_TENANT], 1);
    is(SAE_M_MBX_ALL, 100);
    is(SAE_M_COLLECT_OK, 1);
}
END_TEST

START_TEST(a_changed_switch_is_confirmed_by_the_next_run)
{
    collect_at(noon());
    world.smtp_disabled = "true";
    collect_at(after(60));
    is(SAE_M_TENANT_ENABLED, 0);
    is(SAE_M_TENANT_CLOSED, 0);
    collect_at(after(65));
    ck_assert_int_eq(world.asked[SAE_PART_TENANT], 3);
    ck_assert_int_eq(world.asked[SAE_PART_MAILBOXES], 2);
    is(SAE_M_TENANT_CLOSED, 1);
    is(SAE_M_MBX_EXPOSED, 0);
    collect_at(after(70));
    ck_assert_int_eq(world.asked[SAE_PART_TENANT], 3);
}
END_TEST

/* The list was read while the switch stood otherwise. */
START_TEST(a_changed_switch_has_the_mailboxes_read_again)
{
    world.transport = SAE_E_SERVICE;
    collect_at(noon());
    world.transport = SAE_OK;
    collect_at(after(5));
    ck_assert_int_eq(world.asked[SAE_PART_MAILBOXES], 1);
    world.transport = SAE_E_SERVICE;
    collect_at(after(65));
    ck_assert_int_eq(world.asked[SAE_PART_MAILBOXES], 2);
    world.transport = SAE_OK;
    world.smtp_disabled = "true";
    collect_at(after(70));
    ck_assert_int_eq(world.asked[SAE_PART_MAILBOXES], 3);
}
END_TEST

START_TEST(fresh_reads_everything_now)
{
    collect_at(noon());
    fresh_run = true;
    collect_at(after(5));
    ck_assert_int_eq(world.asked[SAE_PART_TENANT], 2);
    ck_assert_int_eq(world.asked[SAE_PART_MAILBOXES], 2);
    ck_assert_int_eq(world.asked[SAE_PART_POLICY], 2);
}
END_TEST

START_TEST(a_pause_longer_than_max_age_does_not_hide_the_present)
{
    collect_at(noon());
    ck_assert(world.wish.stale);
    collect_at(after(60));
    ck_assert(!world.wish.stale);
    collect_at(after(121));
    ck_assert(world.wish.stale);
}
END_TEST

START_TEST(a_failed_try_leaves_the_numbers_of_the_last_complete_one)
{
    collect_at(noon());
    world.transport = world.mailboxes = world.policy = SAE_E_DENIED;
    world.signins = SAE_E_SERVICE;
    world.current = world.covers = false;
    world.boxes = 7;
    world.failures = 1;
    collect_at(after(60));
    is(SAE_M_COLLECT_OK, 0);
    is(SAE_M_TENANT_ENABLED, 1);
    is(SAE_M_MBX_ALL, 100);
    is(SAE_M_FAIL_EVENTS, 3);
    is(SAE_M_POLICY_BLOCKS, 0);
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        ck_assert_int_eq(snap.parts[p].time, noon());
        ck_assert_int_eq(snap.parts[p].attempt, after(60));
        ck_assert(!snap.parts[p].ok);
    }
}
END_TEST

/* How many more there are, the read did not find out. */
START_TEST(late_rows_of_a_failed_try_make_the_numbers_lower_bounds)
{
    collect_at(noon());
    world.signins = SAE_E_SERVICE;
    world.current = world.covers = false;
    collect_at(after(60));
    is(SAE_M_FAIL_EVENTS, 3);
    world.late = 90 * SAE_MINUTE;
    collect_at(after(61));
    ck_assert_int_eq(snap.values.certainty[SAE_M_FAIL_EVENTS], SAE_AT_LEAST);
    ck_assert_double_eq(snap.values.value[SAE_M_FAIL_EVENTS], 6);
    ck_assert_msg(strstr(snap.values.why[SAE_M_FAIL_EVENTS], "turned up late") != NULL, "%s",
                  snap.values.why[SAE_M_FAIL_EVENTS]);
    world.signins = SAE_OK;
    world.current = world.covers = true;
    world.late = 0;
    collect_at(after(62));
    ck_assert_int_eq(snap.values.certainty[SAE_M_FAIL_EVENTS], SAE_EXACT);
}
END_TEST

START_TEST(the_present_stands_where_the_past_could_not_be_filled_in)
{
    world.signins = SAE_E_SERVICE;
    world.current = true;
    collect_at(noon());
    part_failed(SAE_PART_SIGNINS, "service", "the service says no");
    ck_assert_int_eq(snap.parts[SAE_PART_SIGNINS].time, noon());
    is(SAE_M_FAIL_EVENTS, 3);
    is(SAE_M_COLLECT_OK, 0);
}
END_TEST

START_TEST(a_refused_log_leaves_posture_measured)
{
    world.signins = SAE_E_DENIED;
    world.current = world.covers = false;
    world.failures = 0;
    collect_at(noon());
    part_failed(SAE_PART_SIGNINS, "denied", "the service says no");
    is(SAE_M_MBX_EXPOSED, 100);
    is(SAE_M_TENANT_ENABLED, 1);
    is_absent(SAE_M_FAIL_EVENTS, "the service says no");
    is_absent(SAE_M_MBX_UNUSED, "never read completely");
}
END_TEST

START_TEST(a_log_is_asked_for_from_where_it_is_held)
{
    collect_at(noon());
    collect_at(after(5));
    ck_assert_uint_eq(world.wish.held_count, 1);
    ck_assert_int_eq(world.held.from, noon() - 30 * SAE_DAY);
    ck_assert_int_eq(world.held.to, noon() - 15 * SAE_MINUTE);
}
END_TEST

START_TEST(no_licence_is_believed_at_the_third_refusal_a_day_after_the_first)
{
    world.signins = SAE_E_UNLICENSED;
    world.current = world.covers = false;
    world.failures = 0;
    for (int hour = 0; hour < 24; hour += 8) {
        collect_at(after(hour * 60));
        part_failed(SAE_PART_SIGNINS, "unlicensed", "the service says no");
        is(SAE_M_COLLECT_OK, 0);
    }
    collect_at(after(24 * 60));
    ck_assert(snap.parts[SAE_PART_SIGNINS].ok);
    ck_assert_str_eq(snap.parts[SAE_PART_SIGNINS].source, "unlicensed");
    is(SAE_M_COLLECT_OK, 1);
    is_absent(SAE_M_FAIL_EVENTS, "no licence");
    world.signins = SAE_OK;
    world.current = world.covers = true;
    collect_at(after(25 * 60));
    ck_assert_str_eq(snap.parts[SAE_PART_SIGNINS].source, "graph");
    is(SAE_M_FAIL_EVENTS, 0);
}
END_TEST

START_TEST(two_refusals_a_day_apart_are_not_enough)
{
    world.signins = SAE_E_UNLICENSED;
    world.current = world.covers = false;
    collect_at(noon());
    collect_at(after(25 * 60));
    part_failed(SAE_PART_SIGNINS, "unlicensed", "the service says no");
}
END_TEST

START_TEST(another_answer_ends_the_count_of_refusals)
{
    world.signins = SAE_E_UNLICENSED;
    world.current = world.covers = false;
    collect_at(noon());
    collect_at(after(60));
    world.signins = SAE_E_SERVICE;
    collect_at(after(120));
    world.signins = SAE_E_UNLICENSED;
    collect_at(after(25 * 60));
    part_failed(SAE_PART_SIGNINS, "unlicensed", "the service says no");
}
END_TEST

START_TEST(rules_that_were_not_readable_make_the_blocks_a_lower_bound)
{
    world.blocks = 1;
    world.partial = true;
    collect_at(noon());
    is_at_least(SAE_M_POLICY_BLOCKS, 1, "Policy.Read.All");
    is(SAE_M_COLLECT_OK, 1);
}
END_TEST

START_TEST(a_changed_policy_is_no_changed_setting)
{
    collect_at(noon());
    world.default_policy = "Block_Basic";
    collect_at(after(60));
    collect_at(after(65));
    is(SAE_M_CONFIG_CHANGES, 0);
}
END_TEST

START_TEST(settings_that_were_never_read_leave_the_count_of_changes_open)
{
    world.policy = SAE_E_DENIED;
    collect_at(noon());
    is_at_least(SAE_M_CONFIG_CHANGES, 0, "never read");
    is_absent(SAE_M_POLICY_BLOCKS, "the service says no");
    world.policy = SAE_OK;
    collect_at(after(60));
    is(SAE_M_CONFIG_CHANGES, 0);
    world.policy = SAE_E_DENIED;
    collect_at(after(120));
    is(SAE_M_CONFIG_CHANGES, 0);
    collect_at(after(60 + 7 * 24 * 60));
    is_at_least(SAE_M_CONFIG_CHANGES, 0, "not read lately");
}
END_TEST

START_TEST(a_list_that_shrank_is_believed_at_the_next_run)
{
    collect_at(noon());
    world.boxes = 50;
    collect_at(after(60));
    part_failed(SAE_PART_MAILBOXES, "incomplete", "shrank from 100 to 50");
    is(SAE_M_MBX_ALL, 100);
    collect_at(after(65));
    is(SAE_M_MBX_ALL, 50);
}
END_TEST

static int seen_runs;

static enum sae_status see_run(void *arg, const struct sae_run_line *line,
                               struct sae_err *err)
{
    (void)arg;
    (void)err;
    seen_runs++;
    ck_assert_int_eq(line->ok, seen_runs == 1);
    ck_assert_int_eq(line->rows, 3);
    ck_assert_str_eq(line->error,
                     seen_runs == 1 ? "" : "mailboxes: the service says no");
    return SAE_OK;
}

START_TEST(each_run_is_noted)
{
    struct sae_history *history;
    struct sae_err err;

    collect_at(noon());
    world.mailboxes = SAE_E_SERVICE;
    collect_at(after(60));
    ck_assert_int_eq(
        sae_history_open(path_of("state"), "contoso", SAE_HISTORY_READ, &history, &err),
        SAE_OK);
    seen_runs = 0;
    ck_assert_int_eq(sae_history_each_run(history, 0, see_run, NULL, &err), SAE_OK);
    ck_assert_int_eq(seen_runs, 2);
    sae_history_close(history);
}
END_TEST

static Suite *live_suite(void)
{
    Suite *suite = suite_create("live");
    TCase *tc = tcase_create("live");

    tcase_add_checked_fixture(tc, live_setup, folder_end);
    tcase_add_test(tc, everything_is_read_at_first);
    tcase_add_test(tc, posture_is_read_again_when_it_is_older_than_posture_every);
    tcase_add_test(tc, posture_is_read_again_when_the_last_try_failed);
    tcase_add_test(tc, a_changed_switch_is_confirmed_by_the_next_run);
    tcase_add_test(tc, a_changed_switch_has_the_mailboxes_read_again);
    tcase_add_test(tc, fresh_reads_everything_now);
    tcase_add_test(tc, a_pause_longer_than_max_age_does_not_hide_the_present);
    tcase_add_test(tc, a_failed_try_leaves_the_numbers_of_the_last_complete_one);
    tcase_add_test(tc, late_rows_of_a_failed_try_make_the_numbers_lower_bounds);
    tcase_add_test(tc, the_present_stands_where_the_past_could_not_be_filled_in);
    tcase_add_test(tc, a_refused_log_leaves_posture_measured);
    tcase_add_test(tc, a_log_is_asked_for_from_where_it_is_held);
    tcase_add_test(tc, no_licence_is_believed_at_the_third_refusal_a_day_after_the_first);
    tcase_add_test(tc, two_refusals_a_day_apart_are_not_enough);
    tcase_add_test(tc, another_answer_ends_the_count_of_refusals);
    tcase_add_test(tc, rules_that_were_not_readable_make_the_blocks_a_lower_bound);
    tcase_add_test(tc, a_changed_policy_is_no_changed_setting);
    tcase_add_test(tc, settings_that_were_never_read_leave_the_count_of_changes_open);
    tcase_add_test(tc, a_list_that_shrank_is_believed_at_the_next_run);
    tcase_add_test(tc, each_run_is_noted);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(live_suite());
}
