/* SPDX-License-Identifier: MIT */
/* Names of findings and senders: the same in every run, different for different things.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/finding.h"

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, SAE_FINDING_HEX + 1);
}

/* Accept lists hold these ids: they may never change. The digits are those of
 * printf 'contoso\0mbx_new\0printer@example.com\0' | sha256sum */
START_TEST(an_id_is_the_same_for_ever)
{
    char id[48];

    ck_assert_str_eq(
        sae_finding_id(id, sizeof(id), "contoso", "mbx_new", "printer@example.com"),
        "mbx_new-08f287410d73");
    ck_assert_str_eq(sae_sender_id(id, sizeof(id), "contoso", "printer@example.com"),
                     "7236893f0074");
}
END_TEST

START_TEST(every_part_and_its_bounds_matter)
{
    static const char *const parts[][3] = {
        {"contoso", "mbx_new", "key"}, {"contosp", "mbx_new", "key"},
        {"contoso", "mbx_old", "key"}, {"contoso", "mbx_new", "kez"},
        {"contosom", "bx_new", "key"}, {"contoso", "mbx_newk", "ey"},
        {"", "contosombx_new", "key"}, {"contoso", "mbx_new", ""},
        {"contoso", "mbx_new", "Key"}, {"contoso", "sender", "key"}};
    enum { COUNT = sizeof(parts) / sizeof(parts[0]) };
    char ids[COUNT][48], sender[16];

    for (int a = 0; a < COUNT; a++) {
        sae_finding_id(ids[a], sizeof(ids[a]), parts[a][0], parts[a][1], parts[a][2]);
        ck_assert_uint_eq(strlen(ids[a]), strlen(parts[a][1]) + 1 + SAE_FINDING_HEX);
        for (int b = 0; b < a; b++) {
            ck_assert_str_ne(strrchr(ids[a], '-'), strrchr(ids[b], '-'));
        }
    }
    sae_sender_id(sender, sizeof(sender), "contoso", "key");
    ck_assert_uint_eq(strspn(sender, "0123456789abcdef"), SAE_FINDING_HEX);
    sae_sender_id(sender, sizeof(sender), "fabrikam", "key");
    ck_assert_str_ne(sender, ids[9] + 7);
}
END_TEST

START_TEST(many_senders_have_ids_of_their_own)
{
    enum { MANY = 20000 };
    char(*ids)[SAE_FINDING_HEX + 1] = malloc(MANY * sizeof(*ids)), user[40];

    for (int i = 0; i < MANY; i++) {
        snprintf(user, sizeof(user), "user%d@example.com", i);
        sae_sender_id(ids[i], sizeof(ids[i]), "contoso", user);
    }
    qsort(ids, MANY, sizeof(*ids), compare);
    for (int i = 1; i < MANY; i++) {
        ck_assert_str_ne(ids[i], ids[i - 1]);
    }
    free(ids);
}
END_TEST

START_TEST(what_is_compromised_comes_first)
{
    static const char *const order[] = {"compromise", "attack", "change", "drift",
                                        "device"};

    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(sae_finding_urgency(order[i]), i);
        ck_assert_int_gt(sae_finding_urgency(""), sae_finding_urgency(order[i]));
        ck_assert_int_gt(sae_finding_urgency("x"), sae_finding_urgency(order[i]));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("finding");
    TCase *tests = tcase_create("finding");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, an_id_is_the_same_for_ever);
    tcase_add_test(tests, every_part_and_its_bounds_matter);
    tcase_add_test(tests, many_senders_have_ids_of_their_own);
    tcase_add_test(tests, what_is_compromised_comes_first);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
