/* SPDX-License-Identifier: MIT */
/* The ways back from a plan: rollback, and the posture of an earlier day. */
#include "plan_test.h"

/* ---- the ways back --------------------------------------------------------------------
 */

START_TEST(a_rollback_is_the_plan_backwards)
{
    collect_at(noon());
    planned(SAE_PLAN_ROLLBACK, noon(), 0);
    has("$switchWas = 'true'\n$switchWant = 'false'\n");
    ck_assert(before_switch(BOX(02, "null", "false")));
    ck_assert(!before_switch(BOX(03, "false", "null")));
    has("$validUntil = $null\n");
}
END_TEST

START_TEST(there_is_no_rollback_of_nothing)
{
    write_switch("true", noon() - SAE_HOUR);
    write_text("boxes.csv", HEAD ROW(03, "blank1@contoso.example", "False"),
               noon() - SAE_HOUR);
    collect_at(noon());
    ck_assert_int_eq(plan_at(SAE_PLAN_ROLLBACK, noon(), 0), SAE_E_INCOMPLETE);
    ck_assert_ptr_nonnull(strstr(why.text, "nothing to undo"));
    planned(SAE_PLAN_CLOSE, noon(), 0);
}
END_TEST

static int64_t day_of(const char *text)
{
    return sae_time_day(instant(text));
}

/* One read of everything at noon of a day, with what the tenant says then. */
static void live_day(int days, const char *smtp_auth, const char *list)
{
    int64_t now = noon() + days * SAE_DAY;

    write_switch(smtp_auth, now - SAE_HOUR);
    write_text("boxes.csv", list, now - SAE_HOUR);
    write_log("log.json", 31, now - SAE_HOUR);
    collect_at(now);
}

START_TEST(as_of_gives_the_posture_of_that_day)
{
    static const char later[] = HEAD
        ROW(01, "disabled@contoso.example", "")
        ROW(02, "enabled@contoso.example", "")
        ROW(03, "blank1@contoso.example", "False")
        ROW(04, "blank2@contoso.example", "")
        ROW(06, "new@contoso.example", "False");
    int64_t now = noon() + 5 * SAE_DAY;

    live_day(0, "false", boxes);
    live_day(1, "false", boxes);
    live_day(3, "true", later);
    live_day(4, "true", later);
    live_day(5, "true", later);
    planned(SAE_PLAN_AS_OF, now, day_of("2026-11-24T00:00:00Z"));
    has("as far as it was read, at the end of 2026-11-24 UTC.");
    has("$switchWas = 'true'\n$switchWant = 'false'\n");
    ck_assert(before_switch(BOX(02, "null", "false")));
    ck_assert(!before_switch(BOX(01, "null", "true")));
    ck_assert(!before_switch(BOX(03, "false", "null")));
    has("new@contoso.example: was not there then, left as it is");
    has("blank3@contoso.example: is gone, nothing to restore");
    has_not(GUID(04));
    has_not(GUID(06));
    has("$undone = @(\n)\n");

    planned(SAE_PLAN_AS_OF, now, day_of("2026-11-25T00:00:00Z")); /* after the changes */
    has("$switchWas = 'true'\n$switchWant = 'true'\n");
    has("$first = @(\n)\n");
    has("$last = @(\n)\n");
}
END_TEST

START_TEST(as_of_is_refused_where_the_history_does_not_reach)
{
    live_day(0, "false", boxes);
    live_day(1, "false", boxes);
    ck_assert_int_eq(
        plan_at(SAE_PLAN_AS_OF, noon() + SAE_DAY, day_of("2026-11-21T00:00:00Z")),
        SAE_E_INCOMPLETE);
    ck_assert_ptr_nonnull(strstr(why.text,
                                 "does not prove what the tenant switch was on "
                                 "2026-11-21: the first read that it can prove is of "
                                 "2026-11-22T"));
    planned(SAE_PLAN_AS_OF, noon() + SAE_DAY, day_of("2026-11-22T00:00:00Z"));
}
END_TEST

START_TEST(a_run_that_failed_to_read_the_mailboxes_proves_nothing)
{
    write_text("boxes.csv", "", noon());
    renew(noon());
    write_switch("false", noon() - SAE_HOUR);
    collect_at(noon());
    live_day(2, "false", boxes);
    ck_assert_int_eq(
        plan_at(SAE_PLAN_AS_OF, noon() + 2 * SAE_DAY, day_of("2026-11-23T00:00:00Z")),
        SAE_E_INCOMPLETE);
    ck_assert_ptr_nonnull(strstr(why.text, "does not prove what"));
}
END_TEST

START_TEST(as_of_leaves_alone_what_it_cannot_prove)
{
    static const char renamed[] = HEAD
        ROW(01, "disabled@contoso.example", "True")
        ROW(02, "other@contoso.example", "False")
        ROW(03, "blank1@contoso.example", "")
        ROW(04, "blank2@contoso.example", "")
        ROW(05, "blank3@contoso.example", "");
    static const char changed[] = HEAD
        ROW(01, "disabled@contoso.example", "True")
        ROW(02, "enabled@contoso.example", "True")
        ROW(03, "blank1@contoso.example", "")
        ROW(04, "blank2@contoso.example", "")
        ROW(05, "blank3@contoso.example", "");

    live_day(0, "false", boxes);
    live_day(1, "false", changed);
    live_day(2, "false", renamed);
    planned(SAE_PLAN_AS_OF, noon() + 2 * SAE_DAY, day_of("2026-11-22T00:00:00Z"));
    has("'enabled@contoso.example: no mailbox, or more than one, has this address today: "
        "look "
        "for it by hand");
    has("'other@contoso.example: some mailbox was renamed, and this may be it");
    has("$first = @(\n)\n");
    has("$last = @(\n)\n");
}
END_TEST

START_TEST(an_address_that_went_to_another_mailbox_restores_neither)
{
    static const char changed[] = HEAD
        ROW(02, "enabled@contoso.example", "True")
        ROW(03, "blank1@contoso.example", "");
    static const char swapped[] = HEAD
        ROW(02, "other@contoso.example", "True")
        ROW(03, "enabled@contoso.example", "");
    static const char begin[] = HEAD
        ROW(02, "enabled@contoso.example", "False")
        ROW(03, "blank1@contoso.example", "");

    live_day(0, "false", begin);
    live_day(1, "false", changed);
    live_day(2, "false", swapped);
    planned(SAE_PLAN_AS_OF, noon() + 2 * SAE_DAY, day_of("2026-11-22T00:00:00Z"));
    has("'enabled@contoso.example: its changes do not fit together");
    has("$first = @(\n)\n");
    has("$last = @(\n)\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan_back");
    TCase *tests = tcase_create("plan_back");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_rollback_is_the_plan_backwards);
    tcase_add_test(tests, there_is_no_rollback_of_nothing);
    tcase_add_test(tests, as_of_gives_the_posture_of_that_day);
    tcase_add_test(tests, as_of_is_refused_where_the_history_does_not_reach);
    tcase_add_test(tests, a_run_that_failed_to_read_the_mailboxes_proves_nothing);
    tcase_add_test(tests, as_of_leaves_alone_what_it_cannot_prove);
    tcase_add_test(tests, an_address_that_went_to_another_mailbox_restores_neither);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
