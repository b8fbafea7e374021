/* SPDX-License-Identifier: MIT */
/* Retry-After in all its forms. */
#include "fetch/retry.h"
#include "folder.h"

#define NONE INT64_C(-1)

static const struct {
    const char *value;
    int64_t wait; /* ticks */
} forms[] = {
    {"17", 17 * SAE_SECOND},
    {"0", SAE_SECOND}, /* at once is too soon */
    {"2.5", 3 * SAE_SECOND},
    {"2.0", 2 * SAE_SECOND},
    {"2.", 2 * SAE_SECOND},
    {"86400", SAE_DAY},
    {"1000000000", SAE_DAY},
    {"Sun, 22 Nov 2026 12:00:30 GMT", 30 * SAE_SECOND},
    {"Sun, 22 Nov 2026 11:00:00 GMT", SAE_SECOND}, /* it is over */
    {"Sun, 22 Nov 2099 11:00:00 GMT", SAE_DAY},
    {"", NONE},
    {"soon", NONE},
    {"-5", NONE},
    {"5 minutes", NONE},
    {"5;6", NONE},
    {"99999999999999999999", NONE},
};

START_TEST(every_form_is_a_wait_or_says_nothing)
{
    ck_assert_msg(sae_retry_after(forms[_i].value, noon()) == forms[_i].wait, "%s: %lld",
                  forms[_i].value, (long long)sae_retry_after(forms[_i].value, noon()));
}
END_TEST

static Suite *retry_suite(void)
{
    Suite *suite = suite_create("retry");
    TCase *tc = tcase_create("retry");

    tcase_add_loop_test(tc, every_form_is_a_wait_or_says_nothing, 0, COUNT(forms));
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(retry_suite());
}
