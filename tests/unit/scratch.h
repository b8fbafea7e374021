/* SPDX-License-Identifier: MIT */
/* A folder of its own for the files of one test case, made and removed by an unchecked
 * fixture (scratch_open, scratch_close), and vector tables with escapes. */
#ifndef SAE_SCRATCH_H
#define SAE_SCRATCH_H

#include <check.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRATCH_PATH = 256, NOBODY = 65534 };

static char scratch_dir[SCRATCH_PATH / 2];

static inline void scratch_open(void)
{
    const char *base = getenv("TMPDIR");

    snprintf(scratch_dir, sizeof(scratch_dir), "%s/sae.XXXXXX",
             base == NULL ? "/tmp" : base);
    if (mkdtemp(scratch_dir) == NULL || chmod(scratch_dir, 0755) != 0) {
        perror(scratch_dir);
        exit(1);
    }
}

static inline int scratch_remove(const char *path, const struct stat *st, int type,
                                 struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void scratch_close(void)
{
    nftw(scratch_dir, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of `name` in the folder; valid for 15 more calls. */
static inline char *scratch_path(const char *name)
{
    static char paths[16][SCRATCH_PATH];
    static unsigned next;
    char *path = paths[next++ % 16];

    snprintf(path, SCRATCH_PATH, "%s/%s", scratch_dir, name);
    return path;
}

static inline char *scratch_write(const char *name, const void *data, size_t len)
{
    char *path = scratch_path(name);
    FILE *file = fopen(path, "w");

    ck_assert_msg(file != NULL, "cannot create %s", path);
    ck_assert_uint_eq(len == 0 ? 0 : fwrite(data, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

static inline char *scratch_text(const char *name, const char *text)
{
    return scratch_write(name, text, strlen(text));
}

/* The bytes of a file, terminated; the caller frees them. */
static inline char *scratch_read(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "r");
    size_t room = 1 << 20;
    char *data = malloc(room);

    ck_assert_msg(file != NULL && data != NULL, "cannot read %s", path);
    *ret_len = fread(data, 1, room - 1, file);
    data[*ret_len] = '\0';
    fclose(file);
    return data;
}

/* As root, goes on as somebody without rights and comes back. */
static inline bool is_root(void)
{
    return getuid() == 0;
}

static inline void become(uid_t uid)
{
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(setegid((gid_t)uid), 0);
    ck_assert_int_eq(seteuid(uid), 0);
}

/* Resolves \n \r \t \0 \e (empty) and \xHH in place; returns the length. */
static inline size_t unescape(char *text)
{
    char *out = text, *end;

    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '\\') {
            *out++ = *at;
            continue;
        }
        switch (*++at) {
        case 'n':
            *out++ = '\n';
            break;
        case 'r':
            *out++ = '\r';
            break;
        case 't':
            *out++ = '\t';
            break;
        case '0':
            *out++ = '\0';
            break;
        case 'e':
            break;
        case 'x': {
            char digits[3] = {at[1], at[2], '\0'};

            *out++ = (char)strtoul(digits, &end, 16);
            at += 2;
            break;
        }
        default:
            *out++ = *at;
        }
    }
    *out = '\0';
    return (size_t)(out - text);
}

enum { VECTOR_ROWS = 256, VECTOR_CELLS = 6, VECTOR_BYTES = 1 << 17 };

/* A row of a tab separated file; cells that are not there are "". */
struct vector {
    char *cell[VECTOR_CELLS];
    size_t len[VECTOR_CELLS];
};

/* Reads tests/vectors/NAME.tsv, at most twice in a run; returns the number of rows. */
static inline int vectors_load(const char *name, struct vector vectors[VECTOR_ROWS])
{
    static char texts[2][VECTOR_BYTES];
    static int tables;
    char *text = texts[tables++], path[SCRATCH_PATH];
    char *save = NULL;
    int count = 0;
    FILE *file;

    snprintf(path, sizeof(path), SAE_TEST_DIR "/vectors/%s.tsv", name);
    file = fopen(path, "r");
    if (tables > 2 || file == NULL ||
        fread(text, 1, VECTOR_BYTES - 1, file) == VECTOR_BYTES - 1) {
        perror(path);
        exit(1);
    }
    fclose(file);
    for (char *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char *next = line;

        if (line[0] == '#' || count == VECTOR_ROWS) {
            continue;
        }
        for (int c = 0; c < VECTOR_CELLS; c++) {
            char *cell = next == NULL ? line + strlen(line) : strsep(&next, "\t");

            vectors[count].cell[c] = cell;
            vectors[count].len[c] = unescape(cell);
        }
        count++;
    }
    return count;
}

#endif
