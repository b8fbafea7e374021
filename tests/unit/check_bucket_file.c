/* SPDX-License-Identifier: MIT */
/* The count that all processes share: in a file where that can be had, else each for
 * itself. Time passes only where a test lets it. */
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "bucket_test.h"

enum { NOBODY = 65534 };

/* ---- shared -------------------------------------------------------------------------
 */

START_TEST(the_sixth_request_waits_until_ten_seconds_are_over)
{
    while_paused = let_time_pass;
    for (int i = 0; i < 12; i++) {
        went_well(turn());
        ck_assert_int_eq(pauses, i < 5 ? 0 : i < 10 ? 1 : 2);
    }
    ck_assert_int_gt(paused[0], ABOUT_SPAN);
    ck_assert_int_le(paused[0], SAE_BUCKET_SPAN + SAE_SECOND);
    ck_assert_int_gt(paused[1], ABOUT_SPAN);
}
END_TEST

static int three_turns(void)
{
    struct sae_bucket other;

    sae_bucket_open(&other, &tenant);
    for (int i = 0; i < 3; i++) {
        if (sae_bucket_wait(&other, &the_http, NULL) != SAE_OK || pauses > 0) {
            return 1;
        }
    }
    return 0; /* the process ends without closing: what it asked still counts */
}

START_TEST(requests_of_another_process_count)
{
    ck_assert_int_eq(in_a_child(three_turns), 0);
    ck_assert_int_eq(turns(5), 2);
    ck_assert_int_eq(pauses, 1);
    ck_assert_int_gt(paused[0], ABOUT_SPAN);
}
END_TEST

static int gate[2];

static int one_turn(void)
{
    int got;

    sae_bucket_open(&bucket, &tenant); /* its own lock, not that of its parent */
    got = turns(1);
    (void)!write(gate[1], "", 1);
    return got;
}

START_TEST(who_counts_keeps_the_others_out)
{
    struct sae_bucket_state full;
    struct pollfd ready;
    pid_t child;
    int status;

    ck_assert_int_eq(pipe(gate), 0);
    ck_assert_int_eq(flock(bucket.fd, LOCK_EX), 0);
    child = fork();
    if (child == 0) {
        _exit(one_turn());
    }
    ready = (struct pollfd){.fd = gate[0], .events = POLLIN};
    ck_assert_int_eq(poll(&ready, 1, 200), 0); /* it waits for us */
    full.not_before = 0;
    for (int i = 0; i < SAE_BUCKET_REQUESTS; i++) {
        full.asked[i] = sae_clock_monotonic();
    }
    ck_assert_int_eq(pwrite(bucket.fd, &full, sizeof(full), 0), sizeof(full));
    ck_assert_int_eq(flock(bucket.fd, LOCK_UN), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    close(gate[0]);
    close(gate[1]);
}
END_TEST

static int as_many_as_it_gets(void)
{
    sae_bucket_open(&bucket, &tenant);
    return turns(4);
}

START_TEST(processes_that_ask_at_once_get_five_turns_together)
{
    enum { CHILDREN = 8 };
    pid_t child[CHILDREN];
    int got = 0, status;
    char byte;

    ck_assert_int_eq(pipe(gate), 0);
    for (int i = 0; i < CHILDREN; i++) {
        child[i] = fork();
        ck_assert_int_ge(child[i], 0);
        if (child[i] == 0) {
            close(gate[1]);
            (void)!read(gate[0], &byte, 1); /* until the gate is closed for all */
            _exit(as_many_as_it_gets());
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < CHILDREN; i++) {
        ck_assert_int_eq(waitpid(child[i], &status, 0), child[i]);
        ck_assert(WIFEXITED(status));
        got += WEXITSTATUS(status);
    }
    ck_assert_int_eq(got, SAE_BUCKET_REQUESTS);
}
END_TEST

START_TEST(the_limit_is_that_of_the_application_in_the_tenant)
{
    static const enum sae_key keys[] = {SAE_KEY_CLIENT_ID, SAE_KEY_TENANT_ID};
    struct sae_bucket mine = bucket;

    ck_assert_int_eq(turns(9), 5);
    snprintf(tenant.name, sizeof(tenant.name), "fabrikam"); /* the same by another name */
    sae_bucket_open(&bucket, &tenant);
    ck_assert_int_eq(turns(9), 0);
    sae_bucket_close(&bucket);
    set(keys[_i], "8d1f2c3b-0000-4000-8000-000000000009");
    sae_bucket_open(&bucket, &tenant);
    ck_assert_int_eq(turns(9), 5);
    sae_bucket_close(&mine);
}
END_TEST

START_TEST(the_file_is_private)
{
    struct stat st;

    ck_assert_int_eq(turns(1), 1);
    ck_assert_ptr_nonnull(bucket_file());
    ck_assert_int_eq(stat(bucket_file(), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(st.st_size, sizeof(struct sae_bucket_state));
}
END_TEST

START_TEST(a_file_that_is_spoiled_never_stops_us)
{
    char bytes[sizeof(struct sae_bucket_state)];
    static const int fill[] = {0, 0xff, 0x7f, 0x11};

    memset(bytes, fill[_i], sizeof(bytes));
    for (size_t len = sizeof(bytes) - 1; len <= sizeof(bytes); len++) {
        ck_assert_int_eq(ftruncate(bucket.fd, 0), 0);
        ck_assert_int_eq(pwrite(bucket.fd, bytes, len, 0), (ssize_t)len);
        memset(&bucket.own, 0, sizeof(bucket.own));
        ck_assert_int_eq(turns(9), 5);
    }
}
END_TEST

START_TEST(half_a_file_does_not_count)
{
    struct sae_bucket_state state = {.not_before = 0};

    for (int i = 0; i < SAE_BUCKET_REQUESTS; i++) {
        state.asked[i] = sae_clock_monotonic();
    }
    ck_assert_int_eq(pwrite(bucket.fd, &state, sizeof(state) - 1, 0),
                     (ssize_t)sizeof(state) - 1);
    ck_assert_int_eq(turns(9), 5);
}
END_TEST

/* ---- each for itself ----------------------------------------------------------------
 */

static void spoil_the_folder(int how)
{
    const char *file = bucket_file();

    switch (how) {
    case 0: /* there is none */
        folder_end();
        break;
    case 1: /* others can write there */
        ck_assert_int_eq(chmod(path_of("state/private"), 0777), 0);
        break;
    case 2: /* a link where the file should be */
        write_text("elsewhere", "x", noon());
        ck_assert_int_eq(unlink(file), 0);
        ck_assert_int_eq(symlink(path_of("elsewhere"), file), 0);
        break;
    default: /* a folder there */
        ck_assert_int_eq(unlink(file), 0);
        ck_assert_int_eq(mkdir(file, 0700), 0);
    }
}

START_TEST(without_a_file_a_process_counts_for_itself)
{
    struct stat st;

    sae_bucket_close(&bucket);
    spoil_the_folder(_i);
    sae_bucket_open(&bucket, &tenant);
    ck_assert_int_eq(bucket.fd, -1);
    ck_assert_int_eq(turns(9), 5);
    ck_assert_int_gt(paused[0], ABOUT_SPAN);
    while_paused = let_time_pass;
    went_well(turn());
    sae_bucket_block(&bucket, 40 * SAE_SECOND);
    pause_says = SAE_E_TIMEOUT;
    failed(turn(), SAE_E_TIMEOUT, "time limit reached");
    if (_i == 2) {
        ck_assert_int_eq(stat(path_of("elsewhere"), &st), 0);
        ck_assert_int_eq(st.st_size, 1); /* nothing went through the link */
    }
}
END_TEST

static int where_nothing_may_be_written(void)
{
    if (geteuid() == 0 && seteuid(NOBODY) != 0) {
        return 99;
    }
    sae_bucket_open(&bucket, &tenant);
    return bucket.fd >= 0 ? 98 : turns(9);
}

START_TEST(a_folder_that_may_not_be_written_stops_nobody)
{
    ck_assert_int_eq(unlink(bucket_file()), 0);
    ck_assert_int_eq(chmod(path_of("state/private"), 0500), 0);
    ck_assert_int_eq(in_a_child(where_nothing_may_be_written), 5);
    ck_assert_int_eq(chmod(path_of("state/private"), 0700), 0);
}
END_TEST

static int on_a_full_disk(void)
{
    const struct rlimit none = {0, 0};
    int got;

    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &none) != 0) {
        return 99;
    }
    sae_bucket_open(&bucket, &tenant);
    got = turns(9);
    if (bucket.fd >= 0) {
        return 98;
    }
    sae_bucket_open(&bucket, &tenant);
    return flock(bucket.fd, LOCK_EX | LOCK_NB) == 0 ? got : 97;
}

START_TEST(a_full_disk_stops_nobody)
{
    ck_assert_int_eq(in_a_child(on_a_full_disk), 5);
}
END_TEST

/* ---- told to be quiet ---------------------------------------------------------------
 */

static int asks_now(void)
{
    sae_bucket_open(&bucket, &tenant);
    left = 30 * SAE_MINUTE;
    return turn() == SAE_E_THROTTLED && pauses == 0 ? 0 : 1;
}

START_TEST(what_one_was_told_holds_for_all)
{
    sae_bucket_block(&bucket, SAE_HOUR);
    ck_assert_int_eq(in_a_child(asks_now), 0);
}
END_TEST

START_TEST(a_block_does_not_forget_who_asked)
{
    ck_assert_int_eq(in_a_child(three_turns), 0);
    sae_bucket_block(&bucket, 1); /* over at once */
    ck_assert_int_eq(turns(9), 2);
}
END_TEST

START_TEST(a_block_beyond_the_time_limit_is_an_error)
{
    left = 30 * SAE_MINUTE;
    sae_bucket_block(&bucket, SAE_HOUR);
    failed(turn(), SAE_E_THROTTLED, "graph asked to wait for another 35");
    failed(SAE_E_THROTTLED, SAE_E_THROTTLED, " s, longer than the time limit leaves");
    ck_assert_int_eq(pauses, 0);
}
END_TEST

START_TEST(a_block_within_the_time_limit_is_waited_for)
{
    sae_bucket_block(&bucket, 30 * SAE_MINUTE);
    while_paused = let_time_pass;
    went_well(turn());
    ck_assert_int_eq(pauses, 1);
    ck_assert_int_gt(paused[0], 30 * SAE_MINUTE - SAE_SECOND);
    ck_assert_int_le(paused[0], 30 * SAE_MINUTE);
}
END_TEST

static Suite *bucket_suite(void)
{
    Suite *suite = suite_create("bucket file");
    TCase *tc = tcase_create("bucket file");

    tcase_add_checked_fixture(tc, bucket_begin, bucket_end);
    tcase_add_test(tc, the_sixth_request_waits_until_ten_seconds_are_over);
    tcase_add_test(tc, requests_of_another_process_count);
    tcase_add_test(tc, who_counts_keeps_the_others_out);
    tcase_add_test(tc, processes_that_ask_at_once_get_five_turns_together);
    tcase_add_loop_test(tc, the_limit_is_that_of_the_application_in_the_tenant, 0, 2);
    tcase_add_test(tc, the_file_is_private);
    tcase_add_loop_test(tc, a_file_that_is_spoiled_never_stops_us, 0, 4);
    tcase_add_test(tc, half_a_file_does_not_count);
    tcase_add_loop_test(tc, without_a_file_a_process_counts_for_itself, 0, 4);
    tcase_add_test(tc, a_folder_that_may_not_be_written_stops_nobody);
    tcase_add_test(tc, a_full_disk_stops_nobody);
    tcase_add_test(tc, what_one_was_told_holds_for_all);
    tcase_add_test(tc, a_block_does_not_forget_who_asked);
    tcase_add_test(tc, a_block_beyond_the_time_limit_is_an_error);
    tcase_add_test(tc, a_block_within_the_time_limit_is_waited_for);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(bucket_suite());
}
