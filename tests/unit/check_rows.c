/* SPDX-License-Identifier: MIT */
/* Rows out of every shape of JSON and out of tables; and the same rows whatever the
 * pieces. */
#include "fetch/rows.h"
#include "folder.h"

enum field { ID, CODE, DEEP, LIST };

static const struct sae_rows_name names[] = {
    {"id", ID, SAE_ROWS_BOTH, 1},        {"props/id", ID, SAE_ROWS_JSON, 2},
    {"request id", ID, SAE_ROWS_CSV, 3}, {"status/code", CODE, SAE_ROWS_JSON, 0},
    {"code", CODE, SAE_ROWS_CSV, 0},     {"a/b/c", DEEP, SAE_ROWS_JSON, 0},
    {"a/b", DEEP, SAE_ROWS_JSON, 0},     {"mails", LIST, SAE_ROWS_BOTH, 0},
};

/* Rows as text: "1 id=x code=y", in which - is null, {} an object, !h a spoiled text. */
static enum sae_status show(void *arg, const struct sae_rows_row *row,
                            struct sae_err *err)
{
    static const char *const fields[] = {"id", "code", "deep", "list"};
    struct sae_buf *out = arg;

    (void)err;
    sae_buf_printf(out, "%llu%s", (unsigned long long)row->number,
                   row->ragged ? " ragged" : "");
    for (int f = 0; f < 4; f++) {
        const struct sae_cell *cell = &row->cell[f];

        ck_assert_ptr_nonnull(cell->text);
        if (cell->kind == SAE_CELL_ABSENT) {
            continue;
        }
        sae_buf_printf(out, " %s=", fields[f]);
        switch (cell->kind) {
        case SAE_CELL_NULL:
            sae_buf_puts(out, "-");
            break;
        case SAE_CELL_OTHER:
            sae_buf_puts(out, "{}");
            break;
        case SAE_CELL_TRUE:
            sae_buf_puts(out, "T");
            break;
        case SAE_CELL_FALSE:
            sae_buf_puts(out, "F");
            break;
        default:
            sae_buf_puts(out, cell->spoiled ? "!" : "");
            for (size_t i = 0; i < cell->len; i++) {
                sae_buf_add(out, cell->text[i] == '\n' ? "," : cell->text + i, 1);
            }
        }
    }
    sae_buf_puts(out, "\n");
    return SAE_OK;
}

static struct sae_rows_facts facts;
static struct sae_err err;

static enum sae_status read_pieces(const char *text, size_t len, size_t step,
                                   struct sae_buf *out)
{
    struct sae_rows *rows =
        sae_rows_new(names, sizeof(names) / sizeof(names[0]), show, out);
    enum sae_status status = SAE_OK;

    ck_assert_ptr_nonnull(rows);
    err = (struct sae_err){0};
    facts = (struct sae_rows_facts){0};
    sae_buf_init(out, 8 << 20);
    for (size_t at = 0; at < len && status == SAE_OK; at += step) {
        size_t n = step < len - at ? step : len - at;
        char *copy = malloc(n); /* of its own, so that a read behind it is found */

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, text + at, n);
        status = sae_rows_feed(rows, copy, n, &err);
        free(copy);
    }
    if (status == SAE_OK) {
        status = sae_rows_finish(rows, &facts, &err);
    }
    sae_rows_free(rows);
    return status;
}

static const struct {
    const char *text, *rows;
    unsigned roots, links, last_pages;
} good[] = {
    {"[]", "", 1, 0, 0},
    {" \n[{\"id\":\"x\"}]\n", "1 id=x\n", 1, 0, 0},
    {"[{\"id\":\"x\"},{\"ID\":\"y\"},{}]", "1 id=x\n2 id=y\n3\n", 1, 0, 0},
    {"{\"id\":\"x\"}", "1 id=x\n", 1, 0, 0},
    {"{\"id\":\"x\"}\n{\"id\":\"y\"}\r\n", "1 id=x\n2 id=y\n", 2, 0, 0},
    {"{\"value\":[{\"id\":\"x\"}]}", "1 id=x\n", 1, 0, 1},
    {"{\"Value\":[{\"id\":\"x\"}],\"Count\":1}", "1 id=x\n", 1, 0, 1},
    {"{\"value\":{\"id\":\"x\"}}", "1 id=x\n", 1, 0, 1},
    {"{\"records\":[{\"id\":\"x\"}]}", "1 id=x\n", 1, 0, 1},
    {"{\"id\":\"outer\",\"value\":[{\"id\":\"x\"}]}", "1 id=x\n", 1, 0, 1},
    {"{\"value\":[{\"id\":\"x\"}],\"@odata.nextLink\":\"u\"}\n{\"value\":[{\"id\":\"y\"}]"
     "}",
     "1 id=x\n2 id=y\n", 2, 1, 1},
    {"{\"@odata.nextLink\":null,\"value\":[]}", "", 1, 0, 1},
    {"{\"error\":null,\"value\":[]}", "", 1, 0, 1},
    {"[{\"props\":{\"id\":\"x\"}}]", "1 id=x\n", 1, 0, 0},
    {"[{\"props\":{\"id\":\"inner\"},\"id\":\"outer\"}]", "1 id=outer\n", 1, 0, 0},
    {"[{\"STATUS\":{\"Code\":7,\"x\":{\"code\":8}}}]", "1 code=7\n", 1, 0, 0},
    {"[{\"status\":\"x\",\"code\":9}]", "1\n", 1, 0, 0},
    {"[{\"x\":{\"id\":\"no\"},\"status\":{\"id\":\"no\"}}]", "1\n", 1, 0, 0},
    {"[{\"a\":{\"b\":{\"c\":1}}}]", "1 deep=1\n", 1, 0, 0},
    {"[{\"a\":{\"b\":5}}]", "1 deep=5\n", 1, 0, 0},
    {"[{\"id\":null,\"status\":{\"code\":true},\"a\":{\"b\":false}}]",
     "1 id=- code=T deep=F\n", 1, 0, 0},
    {"[{\"id\":{\"id\":\"no\"}}]", "1 id={}\n", 1, 0, 0},
    {"[{\"mails\":[\"a\",\"b\",7,null,[\"c\"],{\"id\":\"d\"},\"e\\u0000\",\"f\"]}]",
     "1 list=a,b,f\n", 1, 0, 0},
    {"[{\"mails\":[]}]", "1 list=\n", 1, 0, 0},
    {"[{\"x\":[{\"id\":1},[{\"id\":2}]],\"id\":3}]", "1 id=3\n", 1, 0, 0},
    {"[{\"x\":1,\"x\":2,\"id\":3}]", "1 id=3\n", 1, 0, 0},
    {"[{\"id\":\"a\\u0000b\"}]", "1 id=!a?b\n", 1, 0, 0},
    {"[{\"\":{\"id\":1},\"i\":2,\"idx\":3,\"props/id\":4}]", "1\n", 1, 0, 0},
    /* What a name is to us is kept; the next rows spell it otherwise, or it is another. */
    {"{\"value\":[{\"id\":1,\"mails\":[\"a\"],\"ix\":3},{\"Id\":4,\"Mails\":[\"b\"],\"IX\":6},"
     "{\"iD\":7,\"status\":{\"id\":8,\"code\":9}},{\"id\":{\"id\":10}},{\"id\":11,\"code\":12}]}",
     "1 id=1 list=a\n2 id=4 list=b\n3 id=7 code=9\n4 id={}\n5 id=11\n", 1, 0, 1},
};

START_TEST(rows_are_found_in_every_shape_whatever_the_pieces)
{
    size_t len = strlen(good[_i].text);

    for (size_t step = 1; step <= len; step++) {
        struct sae_buf out;

        ck_assert_msg(read_pieces(good[_i].text, len, step, &out) == SAE_OK, "%s: %s",
                      good[_i].text, err.text);
        ck_assert_str_eq(sae_buf_text(&out), good[_i].rows);
        ck_assert_uint_eq(facts.roots, good[_i].roots);
        ck_assert_uint_eq(facts.links, good[_i].links);
        ck_assert_uint_eq(facts.last_pages, good[_i].last_pages);
        ck_assert(!facts.csv);
        sae_buf_done(&out);
    }
}
END_TEST

static const struct {
    const char *text, *rows;
} tables[] = {
    {"id,code\nx,7\n", "1 id=x code=7\n"},
    {"Request  ID ,  CODE\nx,\n", "1 id=x code=-\n"},
    {"\"Request ID \";\"Code\"\r\n\"a;b\";\"\"\r\n", "1 id=a;b code=-\n"},
    {"id,other,id\nfirst,x,second\n", "1 id=first\n"},
    {"Request ID,id\nsecond,first\n", "1 id=first\n"},
    {"status/code,id\n7,x\n", "1 id=x\n"},
    {"id,code\nx\n", "1 ragged id=x\n"},
    {"id,code\nx,7,8\ny,9\n", "1 ragged id=x code=7\n2 id=y code=9\n"},
    {"id\tcode\nx\t7\n", "1 id=x code=7\n"},
    {"id,code\n\xff,7\n", "1 id=!\xff code=7\n"},
    {"id,mails\nx,\"a\nb\"\n", "1 id=x list=a,b\n"},
    {"id,code\n", ""},
};

START_TEST(tables_are_read_like_objects)
{
    size_t len = strlen(tables[_i].text);

    for (size_t step = 1; step <= len; step++) {
        struct sae_buf out;

        ck_assert_msg(read_pieces(tables[_i].text, len, step, &out) == SAE_OK, "%s",
                      err.text);
        ck_assert_str_eq(sae_buf_text(&out), tables[_i].rows);
        ck_assert(facts.csv);
        ck_assert_uint_ne(facts.fields & 1U << ID, 0);
        sae_buf_done(&out);
    }
}
END_TEST

static const struct {
    const char *text, *words;
} bad[] = {
    {"", "empty"},
    {" \r\n\t", "empty"},
    {"[{\"id\":1,\"id\":1}]", "row 1 has id twice"},
    {"[{},{\"id\":1,\"ID\":2}]", "row 2 has id twice"},
    {"[{\"status\":{\"code\":1},\"Status\":{\"code\":2}}]", "status/code twice"},
    {"{\"error\":{\"code\":\"x\"}}", "an error, not data"},
    {"{\"Error\":\"x\"}", "an error, not data"},
    {"{\"value\":[],\"@odata.error\":{}}", "an error, not data"},
    {"{\"value\":[{\"id\":1}],\"error\":{}}", "an error, not data"},
    {"{\"value\":[],\"value\":[]}", "two lists"},
    {"{\"value\":[],\"records\":[]}", "two lists"},
    {"{\"value\":[],\"@odata.nextLink\":7}", "not a text"},
    {"[\"x\"]", "row 1 is not an object"},
    {"[{},null]", "row 2 is not an object"},
    {"[[{}]]", "row 1 is not an object"},
    {"{\"value\":[7]}", "row 1 is not an object"},
    {"[]7", "no white space"},
    {"{\"id\":1}{\"id\":2}", "no white space"},
    {"[]\n7", "neither an object"},
    {"[{]", ""},
    {"[{\"id\":1}", ""},
    {"{\"value\":[{\"id\":1}]", ""},
    {"[{\"id\":\"\xff\"}]", ""},
    {"17", "names columns we know"},
    {"other,columns\n1,2\n", "names columns we know"},
    {"id,code\n\"x", ""},
};

START_TEST(what_is_no_rows_is_refused_in_any_pieces)
{
    size_t len = strlen(bad[_i].text);

    for (size_t step = 1; step <= len + 1; step++) {
        struct sae_buf out;

        ck_assert_msg(read_pieces(bad[_i].text, len, step, &out) == SAE_E_FORMAT,
                      "accepted, step %zu: %s", step, bad[_i].text);
        ck_assert_msg(strstr(err.text, bad[_i].words) != NULL, "'%s', not '%s'", err.text,
                      bad[_i].words);
        sae_buf_done(&out);
    }
}
END_TEST

static enum sae_status read_buf(struct sae_buf *text)
{
    struct sae_buf out;
    enum sae_status status = read_pieces(sae_buf_text(text), text->len, 4099, &out);

    sae_buf_done(&out);
    sae_buf_done(text);
    return status;
}

START_TEST(nesting_is_bounded)
{
    for (int depth = 30; depth <= 33; depth++) { /* inside [{"x": .. }] */
        struct sae_buf text;

        sae_buf_init(&text, 1 << 16);
        sae_buf_puts(&text, "[{\"mails\":");
        for (int i = 0; i < depth; i++) {
            sae_buf_puts(&text, "[");
        }
        for (int i = 0; i < depth; i++) {
            sae_buf_puts(&text, "]");
        }
        sae_buf_puts(&text, "}]");
        ck_assert_int_eq(read_buf(&text) == SAE_OK, depth == 30);
    }
}
END_TEST

START_TEST(a_row_is_bounded)
{
    for (int count = 15; count <= 17; count++) {
        struct sae_buf text;

        sae_buf_init(&text, 1 << 20);
        sae_buf_puts(&text, "[{\"mails\":[");
        for (int i = 0; i < count; i++) {
            sae_buf_printf(&text, "%s\"%04000d\"", i == 0 ? "" : ",", i);
        }
        sae_buf_puts(&text, "]}]");
        ck_assert_int_eq(read_buf(&text),
                         count * 4001 - 1 <= SAE_ROWS_ROW ? SAE_OK : SAE_E_LIMIT);
    }
}
END_TEST

static enum sae_status refuse(void *arg, const struct sae_rows_row *row,
                              struct sae_err *why)
{
    (void)arg;
    (void)row;
    return sae_fail(why, SAE_E_TIMEOUT, "enough");
}

START_TEST(a_failure_of_the_taker_ends_the_reading)
{
    static const char *const texts[] = {"[{\"id\":1},{\"id\":2}]", "id\n1\n2\n"};
    struct sae_rows *rows =
        sae_rows_new(names, sizeof(names) / sizeof(names[0]), refuse, NULL);
    enum sae_status status = sae_rows_feed(rows, texts[_i], strlen(texts[_i]), &err);

    if (status == SAE_OK) {
        status = sae_rows_finish(rows, &facts, &err);
    }
    ck_assert_int_eq(status, SAE_E_TIMEOUT);
    ck_assert_ptr_nonnull(strstr(err.text, "enough"));
    sae_rows_free(rows);
}
END_TEST

static Suite *rows_suite(void)
{
    Suite *suite = suite_create("rows");
    TCase *tc = tcase_create("rows");

    tcase_add_loop_test(tc, rows_are_found_in_every_shape_whatever_the_pieces, 0,
                        COUNT(good));
    tcase_add_loop_test(tc, tables_are_read_like_objects, 0, COUNT(tables));
    tcase_add_loop_test(tc, what_is_no_rows_is_refused_in_any_pieces, 0, COUNT(bad));
    tcase_add_test(tc, nesting_is_bounded);
    tcase_add_test(tc, a_row_is_bounded);
    tcase_add_loop_test(tc, a_failure_of_the_taker_ends_the_reading, 0, 2);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(rows_suite());
}
