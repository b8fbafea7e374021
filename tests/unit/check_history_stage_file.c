/* SPDX-License-Identifier: MIT */
/* The file that a list of mailboxes is staged in, everything that can go wrong with it, and
 * another thread beside it. */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "stage.h"

/* The file without a name, found among what is open; -1: none. */
static int stage_fd(void)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;
    int found = -1;

    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL) {
        int fd = (int)strtol(entry->d_name, NULL, 10);
        char target[512], link[300];
        ssize_t len;

        snprintf(link, sizeof(link), "/proc/self/fd/%s", entry->d_name);
        len = readlink(link, target, sizeof(target) - 1);
        target[len < 0 ? 0 : len] = '\0';
        if (strstr(target, "/state/private/") != NULL && strstr(target, "deleted") != NULL) {
            found = fd;
        }
    }
    closedir(dir);
    return found;
}

/* ---- the file, and another thread ------------------------------------------------------- */

START_TEST(the_file_has_no_name_and_is_its_owners_alone)
{
    struct stat st;

    stage_begin();
    add_many(0, 10);
    ck_assert_int_eq(stage_fd(), -1);
    add_many(10, MANY);
    ck_assert_int_ge(stage_fd(), 0);
    ck_assert_int_eq(fstat(stage_fd(), &st), 0);
    ck_assert_uint_eq(st.st_nlink, 0);
    ck_assert_uint_eq(st.st_mode & 07777U, 0600);
    ck_assert_int_ge(st.st_size, 65536);
    stage_begin();
    ck_assert_int_eq(fstat(stage_fd(), &st), 0);
    ck_assert_int_eq(st.st_size, 0);
    history_reopen();
    ck_assert_int_eq(stage_fd(), -1);
}
END_TEST

static enum sae_status add_until_failure(void)
{
    struct sae_mailbox box = box_of("somebody@department.contoso.example", 0);
    enum sae_status status = SAE_OK;

    for (int i = 0; i < MANY && status == SAE_OK; i++) {
        status = try_add(box);
    }
    return status;
}

START_TEST(no_folder_for_the_file_is_an_error)
{
    stage_begin();
    ck_assert_int_eq(rename(path_of("state"), path_of("moved")), 0);
    ck_assert_int_eq(add_until_failure(), SAE_E_MISSING);
    ck_assert_ptr_nonnull(strstr(failure.text, "state/private: cannot create a file for the"
                                               " list of mailboxes: "));
}
END_TEST

START_TEST(a_file_that_cannot_grow_is_an_error)
{
    struct rlimit limit = {.rlim_cur = 100000, .rlim_max = RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = 100000;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    stage_begin();
    ck_assert_int_eq(add_until_failure(), SAE_E_IO);
    ck_assert_ptr_nonnull(
        strstr(failure.text, "cannot write the list of mailboxes: File too large"));
    limit.rlim_cur = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    stage_begin();
    add_many(0, MANY);
    ck_assert_int_eq(store(1), MANY);
}
END_TEST

static void count_fails(enum sae_status want, const char *words)
{
    int64_t staged, held;

    OK(sae_history_begin(history, &failure));
    ck_assert_int_eq(sae_history_stage_count(history, &staged, &held, &failure), want);
    ck_assert_msg(strstr(failure.text, words) != NULL, "%s", failure.text);
    sae_history_rollback(history);
}

/* Counted once, so that all of it is in the file. */
static void stage_many_in_file(void)
{
    int64_t staged, held;

    stage_begin();
    add_many(0, MANY);
    OK(sae_history_begin(history, &failure));
    OK(sae_history_stage_count(history, &staged, &held, &failure));
    sae_history_rollback(history);
}

START_TEST(a_file_that_became_shorter_is_an_error)
{
    stage_many_in_file();
    ck_assert_int_eq(ftruncate(stage_fd(), 100000), 0);
    count_fails(SAE_E_IO, "the list of mailboxes ended early when it was read again");
}
END_TEST

/* A head full of zeros; a flag that is another; a text that ends far outside. */
START_TEST(a_file_that_was_altered_is_an_error)
{
    struct stat st;

    stage_many_in_file();
    ck_assert_int_eq(fstat(stage_fd(), &st), 0);
    if (_i == 0) {
        ck_assert_int_eq(ftruncate(stage_fd(), 0), 0);
        ck_assert_int_eq(ftruncate(stage_fd(), st.st_size), 0);
    } else {
        ck_assert_int_eq(pwrite(stage_fd(), "\3", 1, _i == 1 ? 12 : 19), 1);
    }
    count_fails(SAE_E_IO, "is not what was written when it was read again");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_again_is_an_error)
{
    int fd, blind;

    stage_begin();
    add_many(0, MANY);
    add_many(0, MANY);
    fd = stage_fd();
    blind = open(path_of("blind"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(dup2(blind, fd), fd);
    close(blind);
    count_fails(SAE_E_IO, "cannot read the list of mailboxes again: Bad file descriptor");
}
END_TEST

static void *stage_elsewhere(void *arg)
{
    struct sae_mailbox box = box_of("a@x", SAE_FLAG_INHERIT);
    struct sae_err err;
    bool *good = arg;

    *good = sae_history_stage_begin(history, &err) == SAE_OK;
    for (int i = 0; i < MANY && *good; i++) {
        box.address[0] = (char)('a' + i % 26);
        box.row = row_of(&box);
        *good = sae_history_stage_add(history, &box, &err) == SAE_OK;
        if (i % 100 == 0 && *good) {
            *good = sae_history_stage_keep(history, &err) == SAE_OK;
        } else if (i % 130 == 0 && *good) {
            *good = sae_history_stage_rewind(history, &err) == SAE_OK;
        }
    }
    return NULL;
}

START_TEST(one_thread_stages_while_another_uses_the_history)
{
    bool good = false;
    pthread_t thread;
    char id[16];

    ck_assert_int_eq(pthread_create(&thread, NULL, stage_elsewhere, &good), 0);
    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof(id), "r%d", i);
        feed_one(signin_of(id, noon(), "u@x", 0));
        OK(sae_history_begin(history, &failure));
        sae_history_rollback(history);
    }
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert(good);
    ck_assert_int_eq(store(1), 26);
    history_says("SELECT count(*) FROM signin", "20\n");
}
END_TEST

static Suite *stage_file_suite(void)
{
    Suite *suite = suite_create("history_stage_file");
    TCase *tc = tcase_create("history_stage_file");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, history_setup, history_teardown);
    tcase_add_test(tc, the_file_has_no_name_and_is_its_owners_alone);
    tcase_add_test(tc, no_folder_for_the_file_is_an_error);
    tcase_add_test(tc, a_file_that_cannot_grow_is_an_error);
    tcase_add_test(tc, a_file_that_became_shorter_is_an_error);
    tcase_add_loop_test(tc, a_file_that_was_altered_is_an_error, 0, 3);
    tcase_add_test(tc, a_file_that_cannot_be_read_again_is_an_error);
    tcase_add_test(tc, one_thread_stages_while_another_uses_the_history);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(stage_file_suite());
}
