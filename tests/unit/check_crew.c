/* SPDX-License-Identifier: MIT */
/* Jobs in children: every one ends in exactly one result or one reason, in time, whatever the
 * others do. What children do is counted in memory that they share. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* no library: the programs' own source */
#include "plugins/collect/crew.c"

enum { JOBS = 40, BIG = 300 * 1024 };

enum deed { WORK, HANG, CRASH, LEAVE, LINGER, WAIT, TELL_PARENT, PRINT, EARLY };

struct shared {
    atomic_int now, most;
    atomic_int order[JOBS];
    atomic_int begun;
};

struct test {
    enum deed deed[JOBS];
    int64_t limit;
    struct shared *shared;
    int answers[JOBS]; /* how often each job ended */
    int results[JOBS];
    char trouble[JOBS][SAE_CREW_TROUBLE];
};

static struct test test;

static void setup(void)
{
    memset(&test, 0, sizeof(test));
    test.limit = 20 * SAE_SECOND;
    test.shared = mmap(NULL, sizeof(*test.shared), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(test.shared, MAP_FAILED);
    told_to_stop = 0;
}

static void teardown(void)
{
    munmap(test.shared, sizeof(*test.shared));
}

static void nap(long milliseconds)
{
    const struct timespec span = {.tv_sec = milliseconds / 1000,
                                  .tv_nsec = milliseconds % 1000 * 1000000};

    nanosleep(&span, NULL);
}

static _Noreturn void hang(void)
{
    for (;;) {
        nap(1000);
    }
}

static int64_t limit_of(void *arg, size_t job)
{
    (void)arg;
    return test.deed[job] == HANG || test.deed[job] == LINGER || test.deed[job] == EARLY
               ? test.limit
               : 30 * SAE_SECOND;
}

static void count_in(size_t job)
{
    int now = atomic_fetch_add(&test.shared->now, 1) + 1;
    int most = atomic_load(&test.shared->most);

    atomic_store(&test.shared->order[atomic_fetch_add(&test.shared->begun, 1)], (int)job);
    while (now > most && !atomic_compare_exchange_weak(&test.shared->most, &most, now)) {
    }
}

static int wait_for_budget(const struct sae_budget *budget)
{
    while (sae_budget_check(budget, NULL) == SAE_OK) {
        nap(5);
    }
    return *budget->stop ? 1000 : 2000;
}

static void work(void *arg, size_t job, const struct sae_budget *budget, void *ret_result)
{
    int result = (int)job + 1;

    (void)arg;
    count_in(job);
    switch (test.deed[job]) {
    case HANG:
        hang();
    case CRASH:
        raise(SIGSEGV);
        break;
    case LEAVE:
        _exit(7);
    case WAIT:
    case EARLY:
        result = wait_for_budget(budget);
        break;
    case TELL_PARENT:
        nap(100);
        kill(getppid(), SIGTERM);
        result = wait_for_budget(budget);
        break;
    case PRINT:
        (void)!write(STDOUT_FILENO, "noise", 5);
        break;
    default:
        nap(10);
    }
    memcpy(ret_result, &result, sizeof(result));
    atomic_fetch_sub(&test.shared->now, 1);
}

static void ended(void *arg, size_t job, const void *result, const char *trouble)
{
    (void)arg;
    ck_assert_uint_lt(job, JOBS);
    test.answers[job]++;
    if (result != NULL) {
        ck_assert_ptr_null(trouble);
        memcpy(&test.results[job], result, sizeof(int));
    } else {
        snprintf(test.trouble[job], SAE_CREW_TROUBLE, "%s", trouble);
    }
}

/* `milliseconds`, and what a busy machine adds. */
static int64_t at_most(int64_t milliseconds)
{
    return milliseconds + (getenv("SAE_VALGRIND") == NULL ? 200 : 5000);
}

static struct sae_crew crew_of(size_t jobs)
{
    return (struct sae_crew){.jobs = jobs,
                             .at_once = 8,
                             .result_size = sizeof(int),
                             .limit = limit_of,
                             .work = work,
                             .ended = ended};
}

/* One that was killed may still be ending. */
static void expect_no_child(void)
{
    pid_t left = 0;

    for (int tries = 0; tries < 200 && left != -1; tries++) {
        left = waitpid(-1, NULL, WNOHANG);
        nap(left == 0 ? 10 : 0);
    }
    ck_assert_int_eq(left, -1);
}

/* Runs them and returns how long it took, in milliseconds. */
static int64_t run_crew(const struct sae_crew *crew)
{
    int64_t start = sae_clock_monotonic();
    struct sae_err err = {0};

    ck_assert_int_eq(sae_crew_run(crew, &err), SAE_OK);
    for (size_t i = 0; i < crew->jobs; i++) {
        ck_assert_int_eq(test.answers[i], 1);
    }
    start = (sae_clock_monotonic() - start) / MILLISECOND;
    expect_no_child();
    return start;
}

static int64_t run_jobs(size_t jobs)
{
    struct sae_crew crew = crew_of(jobs);

    return run_crew(&crew);
}

START_TEST(every_job_gives_its_own_result)
{
    run_jobs(JOBS);
    for (int i = 0; i < JOBS; i++) {
        ck_assert_int_eq(test.results[i], i + 1);
        ck_assert_str_eq(test.trouble[i], "");
    }
}
END_TEST

START_TEST(no_job_is_no_work)
{
    ck_assert_int_lt(run_jobs(0), 1000);
}
END_TEST

START_TEST(as_many_as_are_allowed_work_at_a_time_and_no_more)
{
    run_jobs(JOBS);
    ck_assert_int_le(atomic_load(&test.shared->most), 8);
    ck_assert_int_ge(atomic_load(&test.shared->most), 2);
}
END_TEST

START_TEST(jobs_begin_in_their_order)
{
    struct sae_crew crew = crew_of(JOBS);

    crew.at_once = 1;
    run_crew(&crew);
    for (int i = 0; i < JOBS; i++) {
        ck_assert_int_eq(atomic_load(&test.shared->order[i]), i);
    }
    ck_assert_int_eq(atomic_load(&test.shared->most), 1);
}
END_TEST

START_TEST(one_that_hangs_is_killed_at_its_limit_and_fails_nobody_else)
{
    int64_t took;

    test.deed[3] = HANG;
    test.limit = 1 * SAE_SECOND;
    took = run_jobs(20);
    ck_assert_int_ge(took, 1000);
    ck_assert_int_le(took, at_most(1200));
    ck_assert_str_eq(test.trouble[3], "hung, killed at its time limit of 1 s: is there a name "
                                      "server, proxy or disk that does not answer?");
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(test.results[i], i == 3 ? 0 : i + 1);
    }
}
END_TEST

START_TEST(all_that_hang_at_once_are_killed_at_once)
{
    for (int i = 0; i < 8; i++) {
        test.deed[i] = HANG;
    }
    test.limit = SAE_SECOND / 2;
    ck_assert_int_le(run_jobs(9), at_most(700));
    ck_assert_int_eq(test.results[8], 9);
}
END_TEST

START_TEST(a_budget_ends_before_the_limit_so_that_what_is_there_can_be_saved)
{
    int64_t took;

    test.deed[0] = EARLY;
    test.limit = 1 * SAE_SECOND;
    took = run_jobs(1);
    ck_assert_int_eq(test.results[0], 2000);
    ck_assert_int_ge(took, 850);
    ck_assert_int_lt(took, at_most(800)); /* before the limit */
}
END_TEST

START_TEST(what_is_kept_back_for_saving_is_a_tenth_and_ten_seconds_at_most)
{
    ck_assert_int_eq(reserve(2 * SAE_SECOND), SAE_SECOND / 5);
    ck_assert_int_eq(reserve(100 * SAE_SECOND), 10 * SAE_SECOND);
    ck_assert_int_eq(reserve(25 * SAE_MINUTE), 10 * SAE_SECOND);
}
END_TEST

START_TEST(one_that_crashes_is_told_in_words)
{
    test.deed[0] = CRASH;
    test.deed[1] = LEAVE;
    run_jobs(3);
    ck_assert_str_eq(test.trouble[0], "ended by signal 11, please report it");
    ck_assert_str_eq(test.trouble[1], "ended with code 7 and no result, please report it");
    ck_assert_int_eq(test.results[2], 3);
}
END_TEST

static void work_much(void *arg, size_t job, const struct sae_budget *budget, void *ret_result)
{
    (void)arg;
    (void)budget;
    memset(ret_result, (int)job + 1, BIG);
}

static void ended_much(void *arg, size_t job, const void *result, const char *trouble)
{
    const unsigned char *bytes = result;
    size_t wrong = 0;

    (void)arg;
    (void)trouble;
    ck_assert_ptr_nonnull(result);
    for (size_t i = 0; i < BIG; i++) {
        wrong += bytes[i] != job + 1;
    }
    ck_assert_uint_eq(wrong, 0);
    test.answers[job]++;
}

START_TEST(a_result_larger_than_a_pipe_arrives_whole)
{
    struct sae_crew crew = crew_of(12);

    crew.result_size = BIG;
    crew.work = work_much;
    crew.ended = ended_much;
    run_crew(&crew);
}
END_TEST

/* A child that gives its result and then does not end: what libraries do at the end hangs. */
static void work_then_hang(void *arg, size_t job, const struct sae_budget *budget,
                           void *ret_result)
{
    int result = (int)job + 1;

    (void)arg;
    (void)budget;
    (void)ret_result;
    for (int fd = 3; fd < 64; fd++) {
        if (fcntl(fd, F_GETFD) == FD_CLOEXEC) {
            (void)!write(fd, &result, sizeof(result));
        }
    }
    hang();
}

START_TEST(a_whole_result_stands_though_its_process_hangs_afterwards)
{
    struct sae_crew crew = crew_of(1);

    test.deed[0] = LINGER;
    test.limit = SAE_SECOND / 2;
    crew.work = work_then_hang;
    ck_assert_int_le(run_crew(&crew), at_most(700));
    ck_assert_int_eq(test.results[0], 1);
}
END_TEST

START_TEST(sigterm_is_passed_on_and_nothing_new_begins)
{
    for (int i = 0; i < 8; i++) {
        test.deed[i] = WAIT;
    }
    test.deed[0] = TELL_PARENT;
    ck_assert_int_lt(run_jobs(20), at_most(2000));
    for (int i = 0; i < 8; i++) {
        ck_assert_int_eq(test.results[i], 1000);
    }
    for (int i = 8; i < 20; i++) {
        ck_assert_str_eq(test.trouble[i], "told to stop before its turn");
    }
    ck_assert_int_eq(atomic_load(&test.shared->begun), 8);
}
END_TEST

START_TEST(one_that_does_not_stop_is_killed_after_five_seconds)
{
    int64_t took;

    test.deed[0] = TELL_PARENT;
    test.deed[1] = HANG;
    took = run_jobs(2);
    ck_assert_int_ge(took, 5000);
    ck_assert_int_le(took, at_most(5300));
    ck_assert_int_eq(test.results[0], 1000);
    ck_assert_str_eq(test.trouble[1], "told to stop, did not end within 5 s, was killed");
}
END_TEST

START_TEST(a_limit_that_comes_before_the_five_seconds_holds)
{
    test.deed[0] = TELL_PARENT;
    test.deed[1] = HANG;
    test.limit = 1 * SAE_SECOND;
    ck_assert_int_le(run_jobs(2), at_most(1200));
    ck_assert(strncmp(test.trouble[1], "hung, killed at its time limit of 1 s", 37) == 0);
}
END_TEST

START_TEST(an_ignored_or_blocked_signal_that_was_inherited_changes_nothing)
{
    sigset_t all;

    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigprocmask(SIG_BLOCK, &all, NULL);
    signal(SIGCHLD, SIG_IGN);
    test.deed[1] = CRASH;
    ck_assert_int_lt(run_jobs(20), 5000);
    ck_assert_int_eq(test.results[19], 20);
    ck_assert_str_eq(test.trouble[1], "ended by signal 11, please report it");
}
END_TEST

START_TEST(what_a_job_prints_reaches_nobody)
{
    int kept = dup(STDOUT_FILENO);
    int ends[2];
    char text[8];

    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    dup2(ends[1], STDOUT_FILENO);
    test.deed[0] = PRINT;
    run_jobs(1);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], text, sizeof(text)), 0);
    close(ends[0]);
    ck_assert_int_eq(test.results[0], 1);
}
END_TEST

START_TEST(children_die_with_a_parent_that_is_killed)
{
    struct pollfd end;
    int life[2]; /* its writing end is open as long as one of them lives */
    pid_t parent;

    ck_assert_int_eq(pipe(life), 0);
    for (int i = 0; i < 3; i++) {
        test.deed[i] = HANG;
    }
    parent = fork();
    if (parent == 0) {
        struct sae_crew crew = crew_of(3);

        _exit(sae_crew_run(&crew, NULL) == SAE_OK ? 0 : 1);
    }
    close(life[1]);
    for (int tries = 0; tries < 500 && atomic_load(&test.shared->begun) < 3; tries++) {
        nap(10);
    }
    ck_assert_int_eq(atomic_load(&test.shared->begun), 3);
    end = (struct pollfd){.fd = life[0], .events = POLLIN};
    ck_assert_int_eq(poll(&end, 1, 0), 0);
    kill(parent, SIGKILL);
    ck_assert_int_eq(poll(&end, 1, 3000), 1);
    waitpid(parent, NULL, 0);
    close(life[0]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crew");
    TCase *tests = tcase_create("crew");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, every_job_gives_its_own_result);
    tcase_add_test(tests, no_job_is_no_work);
    tcase_add_test(tests, as_many_as_are_allowed_work_at_a_time_and_no_more);
    tcase_add_test(tests, jobs_begin_in_their_order);
    tcase_add_test(tests, one_that_hangs_is_killed_at_its_limit_and_fails_nobody_else);
    tcase_add_test(tests, all_that_hang_at_once_are_killed_at_once);
    tcase_add_test(tests, a_budget_ends_before_the_limit_so_that_what_is_there_can_be_saved);
    tcase_add_test(tests, what_is_kept_back_for_saving_is_a_tenth_and_ten_seconds_at_most);
    tcase_add_test(tests, one_that_crashes_is_told_in_words);
    tcase_add_test(tests, a_result_larger_than_a_pipe_arrives_whole);
    tcase_add_test(tests, a_whole_result_stands_though_its_process_hangs_afterwards);
    tcase_add_test(tests, sigterm_is_passed_on_and_nothing_new_begins);
    tcase_add_test(tests, one_that_does_not_stop_is_killed_after_five_seconds);
    tcase_add_test(tests, a_limit_that_comes_before_the_five_seconds_holds);
    tcase_add_test(tests, an_ignored_or_blocked_signal_that_was_inherited_changes_nothing);
    tcase_add_test(tests, what_a_job_prints_reaches_nobody);
    tcase_add_test(tests, children_die_with_a_parent_that_is_killed);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
