/* SPDX-License-Identifier: MIT */
/* The cases are in vectors/date.tsv: column, text (in braces, so that blanks show),
 * answer, and the instant in RFC 3339 where there is one. \N stands for U+202F, \t for a
 * tab. */
#include <check.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fetch/date.h"

static const char *const columns[] = {
    [SAE_DATE_PLAIN] = "plain",
    [SAE_DATE_UTC] = "utc",
    [SAE_DATE_ANALYTICS] = "analytics",
};

static const char *const answers[] = {
    [SAE_DATE_OK] = "ok",
    [SAE_DATE_EMPTY] = "empty",
    [SAE_DATE_BAD] = "bad",
    [SAE_DATE_AMBIGUOUS] = "ambiguous",
};

static unsigned index_of(const char *const *words, unsigned count, const char *word)
{
    unsigned i = 0;

    while (i < count && strcmp(words[i], word) != 0) {
        i++;
    }
    ck_assert_msg(i < count, "unknown word %s", word);
    return i;
}

/* The text between the braces with its escapes, in memory of exactly its size. */
static char *text_of(const char *field, size_t *ret_len)
{
    size_t len = strlen(field), out = 0;
    char *text = malloc(len + 1);

    ck_assert_ptr_nonnull(text);
    ck_assert(len >= 2 && field[0] == '{' && field[len - 1] == '}');
    for (size_t i = 1; i < len - 1; i++) {
        if (field[i] == '\\' && field[i + 1] == 'N') {
            memcpy(text + out, "\xe2\x80\xaf", 3);
            out += 3;
            i++;
        } else if (field[i] == '\\' && field[i + 1] == 't') {
            text[out++] = '\t';
            i++;
        } else {
            text[out++] = field[i];
        }
    }
    *ret_len = out;
    return realloc(text, out == 0 ? 1 : out);
}

static void try_line(char *line, unsigned number)
{
    char *save = NULL;
    const char *column = strtok_r(line, "\t", &save),
               *field = strtok_r(NULL, "\t", &save);
    const char *answer = strtok_r(NULL, "\t", &save),
               *instant = strtok_r(NULL, "\t", &save);
    const int64_t untouched = -77;
    int64_t time = untouched, wanted = untouched;
    enum sae_date_answer got;
    size_t len;
    char *text;

    ck_assert_msg(answer != NULL, "line %u: fields missing", number);
    text = text_of(field, &len);
    got = sae_foreign_time(text, len, (enum sae_date_column)index_of(columns, 3, column),
                           &time);
    free(text);
    ck_assert_msg(got == (enum sae_date_answer)index_of(answers, 4, answer),
                  "line %u: %s is %s in a %s column", number, field, answers[got],
                  column);
    ck_assert_msg((got == SAE_DATE_OK) == (instant != NULL), "line %u: instant", number);
    if (instant != NULL) {
        ck_assert(sae_time_parse(instant, strlen(instant), &wanted));
    }
    ck_assert_msg(time == wanted, "line %u: %s is %" PRId64 ", wanted %" PRId64, number,
                  field, time, wanted);
}

START_TEST(every_date_of_the_vectors_has_its_answer)
{
    FILE *file = fopen(SAE_TEST_DIR "/vectors/date.tsv", "r");
    char line[512];
    unsigned number = 0, tried = 0;

    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        number++;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '#' && line[0] != '\0') {
            try_line(line, number);
            tried++;
        }
    }
    fclose(file);
    ck_assert_uint_gt(tried, 80);
}
END_TEST

START_TEST(no_prefix_of_a_date_is_another_instant)
{
    static const char *const whole[] = {
        "2026-11-22T08:14:07.4471523+02:00",
        "4/28/2021, 2:08:45.221 PM",
        "/Date(1795335331123)/",
    };
    const char *text = whole[_i];

    for (size_t len = 0; len < strlen(text); len++) {
        char *copy = malloc(len == 0 ? 1 : len);
        int64_t time;

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, text, len);
        ck_assert_int_ne(sae_foreign_time(copy, len, SAE_DATE_PLAIN, &time), SAE_DATE_OK);
        free(copy);
    }
}
END_TEST

START_TEST(a_nul_byte_makes_no_date)
{
    int64_t time;

    ck_assert_int_eq(
        sae_foreign_time("2026-11-22T08:14:07Z\0", 21, SAE_DATE_PLAIN, &time),
        SAE_DATE_BAD);
    ck_assert_int_eq(sae_foreign_time("\0", 1, SAE_DATE_UTC, &time), SAE_DATE_BAD);
    ck_assert_int_eq(sae_foreign_time("4\0/28/2021", 10, SAE_DATE_ANALYTICS, &time),
                     SAE_DATE_BAD);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("date");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, every_date_of_the_vectors_has_its_answer);
    tcase_add_loop_test(tcase, no_prefix_of_a_date_is_another_instant, 0, 3);
    tcase_add_test(tcase, a_nul_byte_makes_no_date);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
