/* SPDX-License-Identifier: MIT */
/* What leaves the process: the result on stdout with its exit code, and the last line
 * when something else ends the process. Everything runs in children. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nagios/plugin_api.h"

static struct sae_report report;

static void setup(void)
{
    sae_report_init(&report, "SMTP AUTH");
}

static void teardown(void)
{
    sae_report_done(&report);
}

/* Runs `body` in a child with `fd` as stdout (-1: closed); returns its exit code. */
static int exit_code_with_stdout(int (*body)(void), int fd)
{
    int status = 0;
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        signal(SIGPIPE, SIG_IGN);
        if (fd < 0) {
            close(STDOUT_FILENO);
        } else {
            dup2(fd, STDOUT_FILENO);
            close(fd);
        }
        _exit(body());
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

static int finish(void)
{
    return sae_report_finish(&report, 1, SAE_FORMAT_NAGIOS);
}

static int finish_json(void)
{
    return sae_report_finish(&report, 1, SAE_FORMAT_JSON);
}

/* Runs `body` with a pipe as stdout and fills `text` with what it wrote. */
static int output_of(int (*body)(void), char *text, size_t cap)
{
    size_t len = 0;
    ssize_t n;
    int ends[2], code;

    ck_assert_int_eq(pipe(ends), 0);
    code = exit_code_with_stdout(body, ends[1]);
    close(ends[1]);
    while ((n = read(ends[0], text + len, cap - 1 - len)) > 0) {
        len += (size_t)n;
    }
    text[len] = '\0';
    close(ends[0]);
    return code;
}

START_TEST(the_exit_code_is_the_state)
{
    char text[256], expected[256];

    sae_report_force(&report, (enum sae_state)_i);
    sae_report_headline(&report, "text");
    ck_assert_int_eq(output_of(finish, text, sizeof(text)), _i);
    snprintf(expected, sizeof(expected), "SMTP AUTH %s - text\n",
             sae_state_name((enum sae_state)_i));
    ck_assert_str_eq(text, expected);
}
END_TEST

START_TEST(a_full_disk_is_unknown)
{
    int fd = open("/dev/full", O_WRONLY);

    ck_assert_int_ge(fd, 0);
    sae_report_add(&report, SAE_STATE_OK, "fine");
    ck_assert_int_eq(exit_code_with_stdout(finish, fd), 3);
    close(fd);
}
END_TEST

START_TEST(a_closed_stdout_is_unknown)
{
    sae_report_add(&report, SAE_STATE_OK, "fine");
    ck_assert_int_eq(exit_code_with_stdout(finish, -1), 3);
}
END_TEST

START_TEST(a_reader_that_went_away_is_unknown)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    close(ends[0]);
    sae_report_add(&report, SAE_STATE_OK, "fine");
    ck_assert_int_eq(exit_code_with_stdout(finish, ends[1]), 3);
    close(ends[1]);
}
END_TEST

START_TEST(a_pipe_that_does_not_block_gets_everything)
{
    enum { SIZE = 1 << 20 };
    static char text[SIZE];
    size_t len = 0;
    ssize_t n;
    int ends[2], status = 0;
    pid_t child;

    for (int i = 0; i < 3000; i++) {
        sae_report_add(&report, SAE_STATE_WARNING, "%0*d", 60, i);
    }
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        _exit(finish_json());
    }
    close(ends[1]);
    fcntl(ends[0], F_SETFL, 0);
    while ((n = read(ends[0], text + len, SIZE - len)) > 0) {
        len += (size_t)n;
        usleep(1000);
    }
    close(ends[0]);
    waitpid(child, &status, 0);
    ck_assert_int_eq(WEXITSTATUS(status), 1);
    ck_assert_uint_gt(len, 200000);
    ck_assert_int_eq(memcmp(text + len - 3, "]}\n", 3), 0);
}
END_TEST

START_TEST(a_failed_allocation_leaves_one_fixed_unknown_line)
{
    char text[256];

    sae_report_add(&report, SAE_STATE_OK, "fine");
    sae_report_force(&report, SAE_STATE_OK);
    report.status = SAE_E_NOMEM;
    ck_assert_int_eq(sae_report_state(&report), SAE_STATE_UNKNOWN);
    ck_assert_int_eq(output_of(finish, text, sizeof(text)), 3);
    ck_assert_str_eq(text, "SMTP AUTH UNKNOWN - out of memory or too much to say\n");
    ck_assert_int_eq(output_of(finish_json, text, sizeof(text)), 3);
    ck_assert_str_eq(text,
                     "{\"state\":\"UNKNOWN\",\"exit\":3,\"summary\":\"out of memory or "
                     "too much to say\",\"checks\":[],\"perfdata\":[]}\n");
}
END_TEST

static int wait_for_the_deadline(void)
{
    sigset_t all;

    sigfillset(&all); /* as a careless parent may leave it */
    sigprocmask(SIG_SETMASK, &all, NULL);
    sae_plugin_start("SMTP AUTH");
    if (sae_watchdog_start(3600, SAE_STATE_OK, "SMTP AUTH", NULL) != SAE_OK ||
        sae_watchdog_start(1, SAE_STATE_CRITICAL, "SMTP AUTH", NULL) != SAE_OK) {
        return 99;
    }
    for (;;) {
        pause();
    }
}

START_TEST(the_deadline_ends_in_one_line_and_its_state)
{
    char text[256];

    ck_assert_int_eq(output_of(wait_for_the_deadline, text, sizeof(text)), 2);
    ck_assert_str_eq(text, "SMTP AUTH CRITICAL - timed out after 1 second\n");
}
END_TEST

static int stop_the_watchdog(void)
{
    sae_plugin_start("SMTP AUTH");
    if (sae_watchdog_start(1, SAE_STATE_CRITICAL, "SMTP AUTH", NULL) != SAE_OK) {
        return 99;
    }
    sae_watchdog_stop();
    usleep(1300000);
    return 42;
}

START_TEST(a_watchdog_that_was_stopped_does_not_bark)
{
    char text[256];

    ck_assert_int_eq(output_of(stop_the_watchdog, text, sizeof(text)), 42);
    ck_assert_str_eq(text, "");
}
END_TEST

static int die_after_output(void)
{
    sae_plugin_start("SMTP AUTH");
    if (sae_write_all(STDOUT_FILENO, "SMTP AUTH OK - fine\n", 20, NULL) != SAE_OK) {
        return 99;
    }
    raise(SIGTERM);
    return 98;
}

START_TEST(a_result_is_never_followed_by_a_second_one)
{
    char text[256];

    ck_assert_int_eq(output_of(die_after_output, text, sizeof(text)), 3);
    ck_assert_str_eq(text, "SMTP AUTH OK - fine\n");
}
END_TEST

static const struct {
    int signo;
    const char *what;
} signals[] = {
    {SIGTERM, "told to stop"},   {SIGINT, "told to stop"},   {SIGSEGV, "internal error"},
    {SIGBUS, "internal error"},  {SIGFPE, "internal error"}, {SIGILL, "internal error"},
    {SIGABRT, "internal error"},
};

static int signal_to_raise;

static int raise_signal(void)
{
    sae_plugin_start("SMTP AUTH");
    raise(signal_to_raise);
    return 99;
}

START_TEST(a_signal_ends_in_a_line_and_unknown)
{
    char text[256], expected[256];

    signal_to_raise = signals[_i].signo;
    ck_assert_int_eq(output_of(raise_signal, text, sizeof(text)), 3);
    snprintf(expected, sizeof(expected), "SMTP AUTH UNKNOWN - %s", signals[_i].what);
    ck_assert_int_eq(strncmp(text, expected, strlen(expected)), 0);
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}
END_TEST

static int handle_signals_on_a_full_disk(void)
{
    sae_plugin_start("SMTP AUTH");
    if (sae_watchdog_start(1, SAE_STATE_WARNING, "SMTP AUTH", NULL) != SAE_OK) {
        return 99;
    }
    for (;;) {
        pause();
    }
}

START_TEST(a_last_line_that_cannot_be_written_is_unknown)
{
    int fd = open("/dev/full", O_WRONLY);

    ck_assert_int_eq(exit_code_with_stdout(handle_signals_on_a_full_disk, fd), 3);
    close(fd);
}
END_TEST

static int start_without_descriptors(void)
{
    struct stat st;

    for (int fd = 0; fd < 3; fd++) {
        close(fd);
    }
    sae_plugin_start("SMTP AUTH");
    for (int fd = 0; fd < 3; fd++) {
        if (fstat(fd, &st) != 0 || !S_ISCHR(st.st_mode)) {
            return 99;
        }
    }
    if (write(STDERR_FILENO, "x", 1) != 1 || write(STDOUT_FILENO, "x", 1) == 1) {
        return 98;
    }
    sae_report_force(&report, SAE_STATE_OK);
    return finish();
}

START_TEST(a_start_without_descriptors_opens_them_and_stays_unknown)
{
    ck_assert_int_eq(exit_code_with_stdout(start_without_descriptors, -1), 3);
}
END_TEST

static int look_at_the_process(void)
{
    signal(SIGPIPE, SIG_DFL);
    sae_plugin_start("SMTP AUTH");
    return (umask(0) == 077 ? 0 : 1) + (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 2) +
           (signal(SIGPIPE, SIG_DFL) == SIG_IGN ? 0 : 4);
}

START_TEST(a_plugin_starts_private_and_without_core_dumps)
{
    char text[16];

    ck_assert_int_eq(output_of(look_at_the_process, text, sizeof(text)), 0);
}
END_TEST

static int service_is_hostile(void)
{
    sae_plugin_start("A|b=1\nC[OK]%s");
    raise(SIGTERM);
    return 99;
}

START_TEST(a_hostile_service_name_is_made_safe_in_last_lines_too)
{
    char text[256];

    ck_assert_int_eq(output_of(service_is_hostile, text, sizeof(text)), 3);
    ck_assert_str_eq(text, "A?b=1?C?OK??s UNKNOWN - told to stop\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process");
    TCase *tests = tcase_create("process");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, the_exit_code_is_the_state, 0, 4);
    tcase_add_test(tests, a_full_disk_is_unknown);
    tcase_add_test(tests, a_closed_stdout_is_unknown);
    tcase_add_test(tests, a_reader_that_went_away_is_unknown);
    tcase_add_test(tests, a_pipe_that_does_not_block_gets_everything);
    tcase_add_test(tests, a_failed_allocation_leaves_one_fixed_unknown_line);
    tcase_add_test(tests, the_deadline_ends_in_one_line_and_its_state);
    tcase_add_test(tests, a_watchdog_that_was_stopped_does_not_bark);
    tcase_add_test(tests, a_result_is_never_followed_by_a_second_one);
    tcase_add_loop_test(tests, a_signal_ends_in_a_line_and_unknown, 0,
                        (int)(sizeof(signals) / sizeof(signals[0])));
    tcase_add_test(tests, a_last_line_that_cannot_be_written_is_unknown);
    tcase_add_test(tests, a_start_without_descriptors_opens_them_and_stays_unknown);
    tcase_add_test(tests, a_plugin_starts_private_and_without_core_dumps);
    tcase_add_test(tests, a_hostile_service_name_is_made_safe_in_last_lines_too);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
