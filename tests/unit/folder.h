/* SPDX-License-Identifier: MIT */
/* A folder of its own for each test, files in it with the wanted age, and the instants of
 * a world in which it is always 2026-11-22 noon. */
#ifndef SAE_TEST_FOLDER_H
#define SAE_TEST_FOLDER_H

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static char folder[64];

static inline int64_t instant(const char *text)
{
    int64_t time = 0;

    ck_assert_msg(sae_time_parse(text, strlen(text), &time), "no time: %s", text);
    return time;
}

static inline int64_t noon(void)
{
    return instant("2026-11-22T12:00:00Z");
}

/* A budget that lasts for every test. */
static inline struct sae_budget plenty(void)
{
    return (struct sae_budget){.end = sae_clock_monotonic() + 3600 * SAE_SECOND};
}

static inline void folder_begin(void)
{
    snprintf(folder, sizeof(folder), "%s/sae-check-XXXXXX", P_tmpdir);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, 0755), 0);
}

static inline int folder_remove(const char *path, const struct stat *st, int kind,
                                struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static inline void folder_end(void)
{
    (void)nftw(folder, folder_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path of a file in the folder; good for the next few calls. */
static inline const char *path_of(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

/* Gives a file its modification time. */
static inline void touch(const char *name, int64_t time)
{
    struct timespec times[2] = {
        {.tv_sec = time / SAE_SECOND, .tv_nsec = time % SAE_SECOND * 100}};

    times[1] = times[0];
    ck_assert_int_eq(utimensat(AT_FDCWD, path_of(name), times, 0), 0);
}

static inline void write_bytes(const char *name, const char *data, size_t len,
                               int64_t time)
{
    FILE *file = fopen(path_of(name), "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
    touch(name, time);
}

static inline void write_text(const char *name, const char *text, int64_t time)
{
    write_bytes(name, text, strlen(text), time);
}

/* Writes and empties `buf`. */
static inline void write_buf(const char *name, struct sae_buf *buf, int64_t time)
{
    ck_assert_int_eq(sae_buf_status(buf), SAE_OK);
    write_bytes(name, sae_buf_text(buf), buf->len, time);
    sae_buf_done(buf);
}

/* The same text as PowerShell 5.1 redirects it: UTF-16LE with its mark. ASCII only. */
static inline void write_utf16(const char *name, const char *text, int64_t time)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 1 << 20);
    sae_buf_add(&buf, "\xff\xfe", 2);
    for (; *text != '\0'; text++) {
        sae_buf_add(&buf, text, 1);
        sae_buf_add(&buf, "", 1);
    }
    write_buf(name, &buf, time);
}

/* A file of tests/data/exports, whole. The caller frees it. */
static inline char *fixture(const char *name)
{
    enum { MOST = 1 << 17 };
    char path[512];
    FILE *file;
    char *text;
    size_t len;

    snprintf(path, sizeof(path), SAE_TEST_DIR "/data/exports/%s", name);
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    text = calloc(1, MOST);
    ck_assert_ptr_nonnull(text);
    len = fread(text, 1, MOST - 1, file);
    ck_assert_uint_gt(len, 0);
    fclose(file);
    return text;
}

/* What ends every test program. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
