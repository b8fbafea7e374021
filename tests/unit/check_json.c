/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/scan.h"

#define DOC(text) text, sizeof(text) - 1
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

enum { MAX = 16 << 20 };

/* Parses a copy without terminator, so that reading past the end is seen. */
static enum sae_status parse(const char *doc, size_t len, cJSON **ret_root,
                             struct sae_err *err)
{
    char *copy = malloc(len == 0 ? 1 : len);
    enum sae_status status;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, doc, len);
    status = sae_json_parse(copy, len, MAX, ret_root, err);
    free(copy);
    return status;
}

static enum sae_status verdict(const char *doc, size_t len, struct sae_err *err)
{
    cJSON *root = NULL;
    enum sae_status status = parse(doc, len, &root, err);

    ck_assert((root != NULL) == (status == SAE_OK));
    cJSON_Delete(root);
    return status;
}

static const struct {
    const char *doc;
    size_t len;
} good[] = {
    {DOC("{}")},
    {DOC(" {\"a\":[1,2,{\"a\":{\"a\":null}}],\"b\":{\"a\":1}} \n")},
    {DOC("{\"A\":1,\"a\":2}")},
    {DOC("{\"a\":\"\\ud83d\\ude00 \xc3\xa9\"}")},
    {DOC("{\"\":1,\" \":2}")},
    {DOC("{\"n\":1e999}")},
    {DOC("{\"ab\":1,\"a\":{\"b\":1},\"b\":[{\"a\":1},{\"a\":1}]}")},
};

START_TEST(an_object_is_accepted)
{
    struct sae_err err = {0};

    ck_assert_msg(verdict(good[_i].doc, good[_i].len, &err) == SAE_OK, "%s", err.text);
}
END_TEST

static const struct {
    const char *doc;
    size_t len;
    const char *wrong; /* part of the message */
} bad[] = {
    {DOC(""), "ends before"},
    {DOC("[]"), "not an object"},
    {DOC("null"), "not an object"},
    {DOC("\"text\""), "not an object"},
    {DOC("{\"a\":1}garbage"), "follows the end"},
    {DOC("{\"a\":1}{\"a\":1}"), "follows the end"},
    {DOC("\xef\xbb\xbf{}"), "no value begins"},
    {DOC("{\"a\":01}"), "number"},
    {DOC("{\"a\":1.}"), "number"},
    {DOC("{\"a\":1"), "ends in the middle"},
    {DOC("{\"a\":\"x\\u0000y\"}"), "NUL"},
    {DOC("{\"a\":\"x\0y\"}"), "control byte"},
    {DOC("{\"a\":\"\\ud800\"}"), "half a surrogate"},
    {DOC("{\"a\":\"\xff\xfe\"}"), "UTF-8"},
    {DOC("{\"a\":\"\xc0\xaf\"}"), "UTF-8"},
    {DOC("{\"a\\u0000b\":1}"), "member name with NUL"},
    {DOC("{\"a\":[{\"\\udc00\":1}]}"), "member name with NUL"},
    {DOC("{\"a\":1,\"a\":2}"), "twice"},
    {DOC("{\"a\":1,\"b\":2,\"a\":{}}"), "twice"},
    {DOC("{\"a\":1,\"\\u0061\":2}"), "twice"},
    {DOC("{\"x\":[{\"b\":{\"a\":1},\"c\":0,\"b\":1}]}"), "twice"},
    {DOC("{\"\":1,\"\":1}"), "twice"},
    {DOC("{\"a\":{\"b\":1},\"b\":2,\"a\":3}"), "twice"},
};

START_TEST(what_cjson_would_let_pass_is_refused)
{
    struct sae_err err = {0};

    ck_assert_int_eq(verdict(bad[_i].doc, bad[_i].len, &err), SAE_E_FORMAT);
    ck_assert_msg(strstr(err.text, bad[_i].wrong) != NULL, "row %d: %s", _i, err.text);
}
END_TEST

/* {"m0":0,...} with the last name equal to member `twin` (none if out of range). */
static char *wide_object(unsigned members, unsigned twin, size_t *ret_len)
{
    struct sae_buf doc;

    sae_buf_init(&doc, MAX);
    for (unsigned i = 0; i < members; i++) {
        sae_buf_printf(&doc, "%c\"m%u\":0", i == 0 ? '{' : ',',
                       i + 1 == members && twin < members ? twin : i);
    }
    sae_buf_puts(&doc, "}");
    *ret_len = doc.len;
    return sae_buf_take(&doc);
}

START_TEST(a_repeated_name_is_found_among_any_number)
{
    static const unsigned sizes[] = {2, 23, 24, 25, 26, 255, 256, 257, 1000};
    unsigned n = sizes[_i];

    for (unsigned twin = 0; twin < n; twin += 1 + n / 20) {
        size_t len;
        char *doc = wide_object(n, twin == n - 1 ? n : twin, &len);

        ck_assert_ptr_nonnull(doc);
        ck_assert_int_eq(verdict(doc, len, NULL), twin == n - 1 ? SAE_OK : SAE_E_FORMAT);
        free(doc);
    }
}
END_TEST

START_TEST(the_number_of_values_is_limited)
{
    size_t len;
    char *doc = wide_object(SAE_JSON_NODES - 1, SAE_JSON_NODES, &len);
    struct sae_err err = {0};

    ck_assert_msg(verdict(doc, len, &err) == SAE_OK, "%s", err.text);
    free(doc);
    doc = wide_object(SAE_JSON_NODES, SAE_JSON_NODES, &len);
    ck_assert_int_eq(verdict(doc, len, &err), SAE_E_LIMIT);
    ck_assert_str_eq(err.text, "more than 200000 values");
    free(doc);
}
END_TEST

START_TEST(bytes_names_texts_and_depth_are_limited)
{
    char doc[SAE_SCAN_TEXT + 64], name[SAE_SCAN_KEY + 8];
    struct sae_err err = {0};
    cJSON *root = NULL;
    int len;

    ck_assert_int_eq(sae_json_parse(DOC("{\"a\":1}"), 6, &root, &err), SAE_E_LIMIT);
    ck_assert_ptr_null(root);
    ck_assert_int_eq(sae_json_parse(DOC("{\"a\":1}"), 7, &root, &err), SAE_OK);
    cJSON_Delete(root);
    for (int more = 0; more <= 1; more++) {
        snprintf(name, sizeof(name), "%0*d", SAE_SCAN_KEY + more, 0);
        len = snprintf(doc, sizeof(doc), "{\"%s\":1}", name);
        ck_assert_int_eq(verdict(doc, (size_t)len, NULL), more ? SAE_E_LIMIT : SAE_OK);
        len = snprintf(doc, sizeof(doc), "{\"a\":\"%0*d\"}", SAE_SCAN_TEXT + more, 0);
        ck_assert_int_eq(verdict(doc, (size_t)len, NULL), more ? SAE_E_FORMAT : SAE_OK);
        len = snprintf(doc, sizeof(doc), "{\"a\":%.*s%.*s}", SAE_SCAN_DEPTH - 1 + more,
                       "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", SAE_SCAN_DEPTH - 1 + more,
                       "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
        ck_assert_int_eq(verdict(doc, (size_t)len, NULL), more ? SAE_E_LIMIT : SAE_OK);
    }
}
END_TEST

static const char sample[] =
    "{\"s\":\"text\",\"t\":true,\"f\":false,\"z\":null,\"n\":42,\"neg\":-7,\"half\":1.5,"
    "\"one\":1.0,\"safe\":9007199254740991,\"unsafe\":9007199254740993,"
    "\"low\":-9007199254740991,\"lower\":-9007199254740993,\"inf\":1e999,\"ninf\":-1e999,"
    "\"tiny\":1e-999,\"o\":{\"in\":1},\"a\":[1],\"S\":\"other\"}";

static cJSON *tree;

static void setup(void)
{
    struct sae_err err = {0};

    ck_assert_msg(parse(DOC(sample), &tree, &err) == SAE_OK, "%s", err.text);
}

static void teardown(void)
{
    cJSON_Delete(tree);
    tree = NULL;
}

static const struct {
    const char *name;
    enum sae_json_answer string, boolean, whole, number, object, array;
} answers[] = {
#define OK SAE_JSON_OK
#define NO SAE_JSON_TYPE
#define NIL SAE_JSON_NULL
#define NONE SAE_JSON_MISSING
#define FAR SAE_JSON_RANGE
    {"s", OK, NO, NO, NO, NO, NO},
    {"t", NO, OK, NO, NO, NO, NO},
    {"f", NO, OK, NO, NO, NO, NO},
    {"z", NIL, NIL, NIL, NIL, NIL, NIL},
    {"n", NO, NO, OK, OK, NO, NO},
    {"half", NO, NO, NO, OK, NO, NO},
    {"one", NO, NO, OK, OK, NO, NO},
    {"unsafe", NO, NO, FAR, OK, NO, NO},
    {"lower", NO, NO, FAR, OK, NO, NO},
    {"inf", NO, NO, FAR, FAR, NO, NO},
    {"ninf", NO, NO, FAR, FAR, NO, NO},
    {"tiny", NO, NO, OK, OK, NO, NO},
    {"o", NO, NO, NO, NO, OK, NO},
    {"a", NO, NO, NO, NO, NO, OK},
    {"N", NONE, NONE, NONE, NONE, NONE, NONE},
    {"in", NONE, NONE, NONE, NONE, NONE, NONE},
#undef OK
#undef NO
#undef NIL
#undef NONE
#undef FAR
};

START_TEST(missing_null_type_and_range_are_four_answers)
{
    const char *name = answers[_i].name, *text = "untouched";
    bool flag = false;
    int64_t whole = 99;
    double number = 99;
    const cJSON *object = NULL, *array = NULL;

    ck_assert_int_eq(sae_json_string(tree, name, &text), answers[_i].string);
    ck_assert_int_eq(sae_json_bool(tree, name, &flag), answers[_i].boolean);
    ck_assert_int_eq(sae_json_int(tree, name, INT64_MIN, INT64_MAX, &whole),
                     answers[_i].whole);
    ck_assert_int_eq(sae_json_number(tree, name, -HUGE_VAL, HUGE_VAL, &number),
                     answers[_i].number);
    ck_assert_int_eq(sae_json_object(tree, name, &object), answers[_i].object);
    ck_assert_int_eq(sae_json_array(tree, name, &array), answers[_i].array);
    /* Outputs are written only with SAE_JSON_OK. */
    ck_assert((strcmp(text, "untouched") != 0) == (answers[_i].string == SAE_JSON_OK));
    ck_assert((whole != 99) == (answers[_i].whole == SAE_JSON_OK));
    ck_assert((number < 99 || number > 99) == (answers[_i].number == SAE_JSON_OK));
    ck_assert((object != NULL) == (answers[_i].object == SAE_JSON_OK));
    ck_assert((array != NULL) == (answers[_i].array == SAE_JSON_OK));
}
END_TEST

START_TEST(values_arrive_and_case_matters)
{
    const char *text = NULL;
    bool flag = true;
    int64_t whole = 0;
    double number = 0;
    const cJSON *object = NULL;

    ck_assert_int_eq(sae_json_string(tree, "s", &text), SAE_JSON_OK);
    ck_assert_str_eq(text, "text");
    ck_assert_int_eq(sae_json_string(tree, "S", &text), SAE_JSON_OK);
    ck_assert_str_eq(text, "other");
    ck_assert_int_eq(sae_json_bool(tree, "f", &flag), SAE_JSON_OK);
    ck_assert(!flag);
    ck_assert_int_eq(sae_json_bool(tree, "t", &flag), SAE_JSON_OK);
    ck_assert(flag);
    ck_assert_int_eq(sae_json_int(tree, "safe", 0, INT64_MAX, &whole), SAE_JSON_OK);
    ck_assert_int_eq(whole, INT64_C(9007199254740991));
    ck_assert_int_eq(sae_json_int(tree, "low", INT64_MIN, 0, &whole), SAE_JSON_OK);
    ck_assert_int_eq(whole, INT64_C(-9007199254740991));
    ck_assert_int_eq(sae_json_number(tree, "half", 1.5, 1.5, &number), SAE_JSON_OK);
    ck_assert_double_eq(number, 1.5);
    ck_assert_int_eq(sae_json_object(tree, "o", &object), SAE_JSON_OK);
    ck_assert_int_eq(sae_json_int(object, "in", 1, 1, &whole), SAE_JSON_OK);
}
END_TEST

START_TEST(range_includes_its_ends)
{
    int64_t whole = 0;
    double number = 0;

    ck_assert_int_eq(sae_json_int(tree, "n", 42, 42, &whole), SAE_JSON_OK);
    ck_assert_int_eq(sae_json_int(tree, "n", 43, 100, &whole), SAE_JSON_RANGE);
    ck_assert_int_eq(sae_json_int(tree, "n", 0, 41, &whole), SAE_JSON_RANGE);
    ck_assert_int_eq(sae_json_int(tree, "neg", 0, 41, &whole), SAE_JSON_RANGE);
    ck_assert_int_eq(sae_json_number(tree, "half", 1.6, 2, &number), SAE_JSON_RANGE);
    ck_assert_int_eq(sae_json_number(tree, "half", 0, 1.4, &number), SAE_JSON_RANGE);
}
END_TEST

START_TEST(nothing_and_arrays_have_no_members)
{
    const char *text;

    ck_assert_int_eq(sae_json_string(NULL, "a", &text), SAE_JSON_MISSING);
    ck_assert_int_eq(sae_json_string(cJSON_GetObjectItem(tree, "a"), "a", &text),
                     SAE_JSON_MISSING);
}
END_TEST

static Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *gate = tcase_create("gate"), *getters = tcase_create("getters");

    tcase_set_timeout(gate, 60);
    tcase_add_loop_test(gate, an_object_is_accepted, 0, COUNT(good));
    tcase_add_loop_test(gate, what_cjson_would_let_pass_is_refused, 0, COUNT(bad));
    tcase_add_loop_test(gate, a_repeated_name_is_found_among_any_number, 0, 9);
    tcase_add_test(gate, the_number_of_values_is_limited);
    tcase_add_test(gate, bytes_names_texts_and_depth_are_limited);
    suite_add_tcase(suite, gate);
    tcase_add_checked_fixture(getters, setup, teardown);
    tcase_add_loop_test(getters, missing_null_type_and_range_are_four_answers, 0,
                        COUNT(answers));
    tcase_add_test(getters, values_arrive_and_case_matters);
    tcase_add_test(getters, range_includes_its_ends);
    tcase_add_test(getters, nothing_and_arrays_have_no_members);
    suite_add_tcase(suite, getters);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(json_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
