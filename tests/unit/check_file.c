/* SPDX-License-Identifier: MIT */
/* Opening what others wrote: regular files, whole, never more than the limit. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "scratch.h"

static struct sae_err err;

static enum sae_status load(const char *path, size_t max)
{
    struct sae_buf buf;
    enum sae_status status;

    memset(&err, 0, sizeof(err));
    sae_buf_init(&buf, max);
    status = sae_file_load(path, &buf, NULL, &err);
    sae_buf_done(&buf);
    if (status != SAE_OK) {
        ck_assert_int_eq(err.code, status);
        ck_assert_msg(strstr(err.text, path) != NULL, "names no path: %s", err.text);
    }
    return status;
}

static const size_t sizes[] = {0, 1, 127, 128, 16383, 16384, 16385, 100000};

START_TEST(a_file_is_read_whole_and_not_beyond_its_limit)
{
    size_t size = sizes[_i];
    char *data = malloc(size + 1), *path;
    struct sae_buf buf;
    struct stat st;

    for (size_t i = 0; i < size; i++) {
        data[i] = (char)(i * 31);
    }
    path = scratch_write("data", data, size);
    sae_buf_init(&buf, size);
    ck_assert_int_eq(sae_file_load(path, &buf, &st, &err), SAE_OK);
    ck_assert_uint_eq(buf.len, size);
    ck_assert_int_eq((int)st.st_size, (int)size);
    ck_assert(size == 0 || memcmp(buf.data, data, size) == 0);
    ck_assert_int_eq(buf.data[size], '\0');
    sae_buf_done(&buf);
    if (size > 0) {
        ck_assert_int_eq(load(path, size - 1), SAE_E_LIMIT);
        ck_assert_ptr_nonnull(strstr(err.text, "larger than"));
    }
    free(data);
}
END_TEST

START_TEST(what_is_missing_is_missing)
{
    ck_assert_int_eq(load(scratch_path("absent"), 10), SAE_E_MISSING);
    ck_assert_int_eq(load(scratch_path("absent/file"), 10), SAE_E_MISSING);
    scratch_text("plain", "x");
    ck_assert_int_eq(load(scratch_path("plain/file"), 10), SAE_E_MISSING);
    ck_assert_int_eq(symlink("nowhere", scratch_path("dangling")), 0);
    ck_assert_int_eq(load(scratch_path("dangling"), 10), SAE_E_MISSING);
}
END_TEST

/* A FIFO without a writer must not hang us. */
START_TEST(what_is_no_regular_file_is_refused)
{
    ck_assert_int_eq(mkfifo(scratch_path("fifo"), 0666), 0);
    ck_assert_int_eq(load(scratch_path("fifo"), 10), SAE_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));
    ck_assert_int_eq(load(scratch_dir, 10), SAE_E_DENIED);
    ck_assert_int_eq(load("/dev/zero", 10), SAE_E_DENIED);
    ck_assert_int_eq(load("/dev/null", 10), SAE_E_DENIED);
    ck_assert_int_eq(symlink("loop", scratch_path("loop")), 0);
    ck_assert_int_eq(load(scratch_path("loop"), 10), SAE_E_DENIED);
}
END_TEST

START_TEST(what_may_not_be_read_is_denied)
{
    char *path = scratch_text("private", "x");

    ck_assert_int_eq(chmod(path, 0), 0);
    if (is_root()) {
        become(NOBODY);
    }
    ck_assert_int_eq(load(path, 10), SAE_E_DENIED);
    if (is_root()) {
        become(0);
        ck_assert_int_eq(load(path, 10), SAE_OK);
    }
}
END_TEST

START_TEST(the_time_of_a_file_is_exact)
{
    struct timespec times[2] = {{0, 0}, {1795334047, 123456789}};
    char *path = scratch_text("dated", "x");
    struct stat st;

    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert(sae_file_mtime(&st) == 1795334047 * SAE_SECOND + 1234567);
}
END_TEST

static const struct {
    const char *from, *path, *joined;
} besides[] = {
    {"/etc/smtp-auth/smtp-auth.conf", "x.csv", "/etc/smtp-auth/x.csv"},
    {"/etc/smtp-auth/smtp-auth.conf", "/x.csv", "/x.csv"},
    {"/etc/smtp-auth/smtp-auth.conf", "../x.csv", "/etc/smtp-auth/../x.csv"},
    {"/smtp-auth.conf", "x.csv", "/x.csv"},
    {"smtp-auth.conf", "x.csv", "x.csv"},
    {"smtp-auth.conf", "/x.csv", "/x.csv"},
    {"./smtp-auth.conf", "d/x.csv", "./d/x.csv"},
    {"a/b", "c", "a/c"},
    {"a/b", "%s%n", "a/%s%n"},
    {"", "x", "x"},
};

START_TEST(a_relative_path_is_beside_the_file_that_names_it)
{
    char *joined = sae_file_beside(besides[_i].from, besides[_i].path);

    ck_assert_str_eq(joined, besides[_i].joined);
    free(joined);
}
END_TEST

static const struct {
    int error;
    enum sae_status status;
} errors[] = {{ENOENT, SAE_E_MISSING}, {ENOTDIR, SAE_E_MISSING}, {EACCES, SAE_E_DENIED},
              {EPERM, SAE_E_DENIED},   {EROFS, SAE_E_DENIED},    {ELOOP, SAE_E_DENIED},
              {ENOMEM, SAE_E_NOMEM},   {EIO, SAE_E_IO},          {ENOSPC, SAE_E_IO}};

START_TEST(the_reason_of_the_system_is_told)
{
    errno = errors[_i].error;
    ck_assert_int_eq(sae_file_fail("some/file", "cannot open", &err), errors[_i].status);
    ck_assert_ptr_nonnull(strstr(err.text, "some/file: cannot open: "));
    ck_assert_uint_gt(strlen(err.text), strlen("some/file: cannot open: ") + 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, scratch_open, scratch_close);
    tcase_add_loop_test(tests, a_file_is_read_whole_and_not_beyond_its_limit, 0,
                        (int)(sizeof(sizes) / sizeof(sizes[0])));
    tcase_add_test(tests, what_is_missing_is_missing);
    tcase_add_test(tests, what_is_no_regular_file_is_refused);
    tcase_add_test(tests, what_may_not_be_read_is_denied);
    tcase_add_test(tests, the_time_of_a_file_is_exact);
    tcase_add_loop_test(tests, a_relative_path_is_beside_the_file_that_names_it, 0,
                        (int)(sizeof(besides) / sizeof(besides[0])));
    tcase_add_loop_test(tests, the_reason_of_the_system_is_told, 0,
                        (int)(sizeof(errors) / sizeof(errors[0])));
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
