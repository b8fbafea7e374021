/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/csv.h"

enum { SHOWN_MOST = 8 << 20 };

/* Rows as text: "line:[cell][cell]\n", NUL shown as 0x01. */
static enum sae_status show_row(void *arg, const struct sae_csv_cell *cells, size_t count,
                                size_t line, struct sae_err *err)
{
    struct sae_buf *out = arg;

    (void)err;
    sae_buf_printf(out, "%zu:", line);
    for (size_t i = 0; i < count; i++) {
        sae_buf_puts(out, "[");
        for (size_t at = 0; at < cells[i].len; at++) {
            sae_buf_add(out, cells[i].text[at] == '\0' ? "\1" : cells[i].text + at, 1);
        }
        sae_buf_puts(out, "]");
    }
    sae_buf_puts(out, "\n");
    return SAE_OK;
}

/* Reads `len` bytes in pieces: the first of `first` bytes, the others of `step`. */
static enum sae_status read_in_pieces(const char *text, size_t len, size_t first,
                                      size_t step, struct sae_buf *out,
                                      struct sae_err *err)
{
    struct sae_csv *csv = sae_csv_new(show_row, out);
    enum sae_status status = SAE_OK;
    size_t at = 0, piece = first;

    ck_assert_ptr_nonnull(csv);
    sae_buf_init(out, SHOWN_MOST);
    while (at < len && status == SAE_OK) {
        /* A copy of its own, so that a read behind the piece is found. */
        size_t take = piece < len - at ? piece : len - at;
        char *copy = malloc(take == 0 ? 1 : take);

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, text + at, take);
        status = sae_csv_feed(csv, copy, take, err);
        free(copy);
        at += take;
        piece = step;
    }
    if (status == SAE_OK) {
        status = sae_csv_finish(csv, err);
    }
    sae_csv_free(csv);
    return status;
}

#define TEXT(s) s, sizeof(s) - 1

static const struct {
    const char *text;
    size_t len;
    const char *rows;
} good[] = {
    {TEXT(""), ""},
    {TEXT("\n\r\n \t\r\n"), ""},
    {TEXT("a"), "1:[a]\n"},
    {TEXT("a,b\n1,2"), "1:[a][b]\n2:[1][2]\n"},
    {TEXT("a,b\r\n1,2\r\n"), "1:[a][b]\n2:[1][2]\n"},
    {TEXT("a,b\r1,2\r\r3,4\r"), "1:[a][b]\n2:[1][2]\n4:[3][4]\n"},
    {TEXT("a,b\n1,2,\n3\n"), "1:[a][b]\n2:[1][2][]\n3:[3]\n"},
    {TEXT("a,b\n,\n"), "1:[a][b]\n2:[][]\n"},
    {TEXT("a\n\"\"\nx\n"), "1:[a]\n2:[]\n3:[x]\n"},
    {TEXT("a;b,c;d\n1;2,3;4\n"), "1:[a][b,c][d]\n2:[1][2,3][4]\n"},
    {TEXT("\"a;b;c\",d\n1;2,3\n"), "1:[a;b;c][d]\n2:[1;2][3]\n"},
    {TEXT("a\tb, c\td\n1\t\t3\n\t\t\n"), "1:[a][b, c][d]\n2:[1][][3]\n3:[][][]\n"},
    {TEXT(" a\tb \tc \n 1 \t 2\t3\n"), "1:[a][b][c]\n2:[1][2][3]\n"},
    {TEXT("a , b\n 1\t, 2 \n\" 1 \",\" 2 \"\n"), "1:[a][b]\n2:[1][2]\n3:[ 1 ][ 2 ]\n"},
    {TEXT("#TYPE System.Object\r\n\"a\",\"b\"\r\n\"1\",\"\"\r\n"), "2:[a][b]\n3:[1][]\n"},
    {TEXT("#TYPE it's \"odd\r\na,b\r\n1,2\r\n"), "2:[a][b]\n3:[1][2]\n"},
    {TEXT("#TYPE \"odd\na,b\n1;2;3;4,5\n"), "2:[a][b]\n3:[1;2;3;4][5]\n"},
    {TEXT("#TYPE x\r\ra\r1\r"), "3:[a]\n4:[1]\n"},
    {TEXT("#TYPE x\r \na\n1\n"), "3:[a]\n4:[1]\n"},
    {TEXT("#type x"), ""},
    {TEXT("#TYP\n1\n"), "1:[#TYP]\n2:[1]\n"},
    {TEXT("sep=,\na;b\n1;2\n"), "2:[a][b]\n3:[1][2]\n"},
    {TEXT("SEP=;\r\n\r\n\r\na,b\r\n1,2\r\n"), "4:[a][b]\n5:[1][2]\n"},
    {TEXT("a\nsep=1\n#TYPE x\n"), "1:[a]\n2:[sep=1]\n3:[#TYPE x]\n"},
    {TEXT("a,b\n\"x\r\ny\n\nz\",2\n3,4\n"), "1:[a][b]\n2:[x\r\ny\n\nz][2]\n6:[3][4]\n"},
    {TEXT("a,b\n1,\"x\n\"\n\n\"y\r\",\"\n\"\n5,6\n"),
     "1:[a][b]\n2:[1][x\n]\n5:[y\r][\n]\n8:[5][6]\n"},
    {TEXT("\n\"a\nb\",c\r\n1,2\n"), "2:[a\nb][c]\n4:[1][2]\n"},
    {TEXT("\"a\"\"b\",\"\"\"\",c\n\"{\"\"x\"\":1}\",\"\"\"\"\"\",2\n"),
     "1:[a\"b][\"][c]\n2:[{\"x\":1}][\"\"][2]\n"},
    {TEXT("\"a\" ,b\n\"1\"  ,2\n"), "1:[a][b]\n2:[1][2]\n"},
    {TEXT("a,b\n\0,\"\0x\0\"\n"), "1:[a][b]\n2:[\1][\1x\1]\n"},
    {TEXT("n\xc3\xa4me,b\n\xff\xfe,\xe2\x82\xac\n"),
     "1:[n\xc3\xa4me][b]\n2:[\xff\xfe][\xe2\x82\xac]\n"},
    {TEXT("a,b\n\"1\",\"2\""), "1:[a][b]\n2:[1][2]\n"},
    {TEXT("a,b\n\"1\",\"2\" "), "1:[a][b]\n2:[1][2]\n"},
    {TEXT("a,b\n1,"), "1:[a][b]\n2:[1][]\n"},
    {TEXT("\n#TYPE x\n1\n"), "2:[#TYPE x]\n3:[1]\n"},
    {TEXT("a,b;c\n1,2;3\n"), "1:[a][b;c]\n2:[1][2;3]\n"},
    {TEXT("a\n1,2\n"), "1:[a]\n2:[1][2]\n"},
    {TEXT("\"a,\nb\";c;d\n1;2;3,4\n"), "1:[a,\nb][c][d]\n3:[1][2][3,4]\n"},
};

START_TEST(a_table_is_read_as_rows_whatever_the_pieces)
{
    const char *text = good[_i].text;
    size_t len = good[_i].len;

    for (size_t first = 0; first <= len; first++) {
        for (size_t step = 1; step <= len + 1; step = step < 3 ? step + 1 : step + len) {
            struct sae_buf rows;
            struct sae_err err = {0};

            ck_assert_msg(read_in_pieces(text, len, first, step, &rows, &err) == SAE_OK,
                          "%s: %s", text, err.text);
            ck_assert_str_eq(sae_buf_text(&rows), good[_i].rows);
            sae_buf_done(&rows);
        }
    }
}
END_TEST

static const struct {
    const char *text;
    const char *says;
} bad[] = {
    {"a,b\n1,x\"y\n", "line 2: a quote"},
    {"a,b\n1,2\n\"x\"y,2\n", "line 3: a quote"},
    {"a,b\n\"x\n\ny\" z,2\n", "line 4: a quote"},
    {"a,b\n\"x\n\ny\" z,2\n", "row starts on line 2"},
    {"a,b\n\"x\" \"y\",2\n", "line 2: a quote"},
    {"a,b\r\n\r\n1,\"x\r\n2,3\r\n", "line 5: the input ends inside quotes"},
    {"a,b\r\n\r\n1,\"x\r\n2,3\r\n", "row starts on line 3"},
    {"a,b\n1,\"", "line 2: the input ends inside quotes"},
    {"\"a,b\n1,2\n", "line 3: the input ends inside quotes"},
    {"a\"b,c\n1,2\n", "line 1: a quote"},
    {"#TYPE x\n\na\"\"b,c\n1,2\n", "line 3: a quote"},
};

START_TEST(a_wrong_quote_is_an_error_that_names_its_line)
{
    size_t len = strlen(bad[_i].text);

    for (size_t step = 1; step <= len; step++) {
        struct sae_buf rows;
        struct sae_err err = {0};

        ck_assert_int_eq(read_in_pieces(bad[_i].text, len, step, step, &rows, &err),
                         SAE_E_FORMAT);
        ck_assert_int_eq(err.code, SAE_E_FORMAT);
        ck_assert_msg(strstr(err.text, bad[_i].says) != NULL, "%s", err.text);
        sae_buf_done(&rows);
    }
}
END_TEST

/* "a,b\n" and one row of two cells with `len` bytes together. */
static char *wide_row(size_t len, size_t *ret_len)
{
    char *text = malloc(len + 16);

    ck_assert_ptr_nonnull(text);
    memcpy(text, "a,b\n\"", 5);
    memset(text + 5, 'x', len);
    memcpy(text + 5 + len / 2, "\",\"", 3);
    memset(text + 8 + len / 2, 'y', len - len / 2);
    memcpy(text + 8 + len, "\"\n", 2);
    *ret_len = len + 10;
    return text;
}

START_TEST(a_row_may_have_its_limit_of_bytes_and_not_one_more)
{
    static const struct {
        size_t more;
        enum sae_status status;
    } cases[] = {{0, SAE_OK}, {1, SAE_E_LIMIT}, {SAE_CSV_ROW, SAE_E_LIMIT}};
    struct sae_buf rows;
    struct sae_err err = {0};
    size_t len;
    char *text = wide_row(SAE_CSV_ROW + cases[_i].more, &len);

    ck_assert_int_eq(read_in_pieces(text, len, 5, 65536, &rows, &err), cases[_i].status);
    if (cases[_i].status != SAE_OK) {
        ck_assert_ptr_nonnull(strstr(err.text, "line 2: the row"));
    }
    sae_buf_done(&rows);
    free(text);
}
END_TEST

START_TEST(an_open_quote_cannot_take_all_memory)
{
    static const char *const starts[] = {"a,b\n1,\"", "\"a", "a,b\n1,\"x\"", "a,b\n1,"};
    size_t len = 3 * SAE_CSV_ROW, start = strlen(starts[_i]);
    char *text = malloc(len);
    struct sae_buf rows;
    struct sae_err err = {0};

    ck_assert_ptr_nonnull(text);
    memset(text, _i < 2 ? '\n' : ' ', len); /* blanks may belong to the cell, or not */
    memcpy(text, starts[_i], start);
    text[len - 1] = 'z';
    ck_assert_int_eq(read_in_pieces(text, len, 100, 4096, &rows, &err),
                     _i == 3 ? SAE_OK : SAE_E_LIMIT);
    sae_buf_done(&rows);
    free(text);
}
END_TEST

START_TEST(a_single_cell_may_fill_the_row)
{
    size_t len = 2 + SAE_CSV_ROW + 1;
    char *text = malloc(len);
    struct sae_buf rows;
    struct sae_err err = {0};

    ck_assert_ptr_nonnull(text);
    memset(text, 'x', len);
    text[1] = '\n';
    text[len - 1] = '\n';
    ck_assert_int_eq(read_in_pieces(text, len, len, 1, &rows, &err), SAE_OK);
    ck_assert_uint_eq(rows.len, strlen("1:[x]\n2:[]\n") + SAE_CSV_ROW);
    sae_buf_done(&rows);
    free(text);
}
END_TEST

START_TEST(columns_are_limited)
{
    char text[SAE_CSV_CELLS + 8];
    struct sae_buf rows;
    struct sae_err err = {0};

    memset(text, ',', sizeof(text));
    text[SAE_CSV_CELLS - 1] = '\n';
    ck_assert_int_eq(read_in_pieces(text, SAE_CSV_CELLS, 9, 9, &rows, &err), SAE_OK);
    sae_buf_done(&rows);
    text[SAE_CSV_CELLS - 1] = ',';
    text[SAE_CSV_CELLS] = '\n';
    ck_assert_int_eq(read_in_pieces(text, SAE_CSV_CELLS + 1, 9, 9, &rows, &err),
                     SAE_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "line 1: more than 512 columns"));
    sae_buf_done(&rows);
}
END_TEST

static enum sae_status refuse_third(void *arg, const struct sae_csv_cell *cells,
                                    size_t count, size_t line, struct sae_err *err)
{
    (void)cells;
    (void)count;
    ++*(int *)arg;
    return line == 3 ? sae_fail(err, SAE_E_STALE, "line %zu displeases", line) : SAE_OK;
}

START_TEST(a_refused_row_ends_the_reading_for_good)
{
    int calls = 0;
    struct sae_csv *csv = sae_csv_new(refuse_third, &calls);
    struct sae_err err = {0};

    ck_assert_ptr_nonnull(csv);
    ck_assert_int_eq(sae_csv_feed(csv, "a\n1\n2\n3\n4\n", 10, &err), SAE_E_STALE);
    ck_assert_str_eq(err.text, "line 3 displeases");
    ck_assert_int_eq(calls, 3);
    ck_assert_int_eq(sae_csv_feed(csv, "5\n", 2, &err), SAE_E_STALE);
    ck_assert_int_eq(sae_csv_finish(csv, NULL), SAE_E_STALE);
    ck_assert_int_eq(calls, 3);
    sae_csv_free(csv);
    sae_csv_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, a_table_is_read_as_rows_whatever_the_pieces, 0,
                        (int)(sizeof(good) / sizeof(good[0])));
    tcase_add_loop_test(tcase, a_wrong_quote_is_an_error_that_names_its_line, 0,
                        (int)(sizeof(bad) / sizeof(bad[0])));
    tcase_add_loop_test(tcase, a_row_may_have_its_limit_of_bytes_and_not_one_more, 0, 3);
    tcase_add_loop_test(tcase, an_open_quote_cannot_take_all_memory, 0, 4);
    tcase_add_test(tcase, a_single_cell_may_fill_the_row);
    tcase_add_test(tcase, columns_are_limited);
    tcase_add_test(tcase, a_refused_row_ends_the_reading_for_good);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
