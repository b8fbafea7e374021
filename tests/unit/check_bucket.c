/* SPDX-License-Identifier: MIT */
/* At most 5 requests in any 10 s, whatever the rhythm in which they are wanted. */
#include "fetch/bucket.h"
#include "folder.h"

enum { REQUESTS = 400 };

/* When requests go out that are wanted at random times. */
static void send_all(unsigned seed, int64_t *sent)
{
    struct sae_bucket_state state = {0};
    int64_t now = 1000 * SAE_SECOND, wait;

    for (int i = 0; i < REQUESTS; i++) {
        seed = seed * 1103515245U + 12345U;
        now += (seed >> 16) % 5 == 0 ? SAE_SECOND * (seed >> 20 & 15) : SAE_SECOND / 100;
        while ((wait = sae_bucket_step(&state, now)) > 0) {
            ck_assert_int_le(wait, SAE_BUCKET_SPAN + SAE_SECOND);
            now += wait;
        }
        sent[i] = now;
    }
}

START_TEST(no_ten_seconds_hold_a_sixth_request)
{
    int64_t sent[REQUESTS];

    send_all((unsigned)_i, sent);
    for (int i = SAE_BUCKET_REQUESTS; i < REQUESTS; i++) {
        ck_assert_int_gt(sent[i] - sent[i - SAE_BUCKET_REQUESTS], SAE_BUCKET_SPAN);
    }
}
END_TEST

START_TEST(the_first_five_do_not_wait)
{
    struct sae_bucket_state state = {0};

    for (int i = 0; i < SAE_BUCKET_REQUESTS; i++) {
        ck_assert_int_eq(sae_bucket_step(&state, SAE_HOUR), 0);
    }
    ck_assert_int_gt(sae_bucket_step(&state, SAE_HOUR), 0);
}
END_TEST

START_TEST(what_was_noted_before_a_restart_does_not_count)
{
    struct sae_bucket_state state = {.not_before = 90 * SAE_DAY};

    for (int i = 0; i < SAE_BUCKET_REQUESTS; i++) {
        state.asked[i] = 90 * SAE_DAY + i;
    }
    ck_assert_int_eq(sae_bucket_step(&state, SAE_MINUTE), 0);
}
END_TEST

START_TEST(nothing_goes_out_before_the_time_that_the_service_named)
{
    struct sae_bucket_state state = {.not_before = SAE_HOUR + 30 * SAE_SECOND};

    ck_assert_int_eq(sae_bucket_step(&state, SAE_HOUR), 30 * SAE_SECOND);
    ck_assert_int_eq(sae_bucket_step(&state, SAE_HOUR + 30 * SAE_SECOND), 0);
}
END_TEST

static Suite *bucket_suite(void)
{
    Suite *suite = suite_create("bucket");
    TCase *tc = tcase_create("bucket");

    tcase_add_loop_test(tc, no_ten_seconds_hold_a_sixth_request, 1, 20);
    tcase_add_test(tc, the_first_five_do_not_wait);
    tcase_add_test(tc, what_was_noted_before_a_restart_does_not_count);
    tcase_add_test(tc, nothing_goes_out_before_the_time_that_the_service_named);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(bucket_suite());
}
