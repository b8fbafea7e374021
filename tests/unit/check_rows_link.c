/* SPDX-License-Identifier: MIT */
/* What an envelope says beside its rows: a link to the next page, errors inside, a
 * warning that there is more; and cells that are longer than anybody needs. */
#include "fetch/rows.h"
#include "folder.h"

enum { ID, ERROR };

/* One of ours may be called like what an envelope has. */
static const struct sae_rows_name names[] = {{"id", ID, SAE_ROWS_JSON, 0},
                                             {"error", ERROR, SAE_ROWS_JSON, 0}};

static struct sae_rows_facts facts;
static struct sae_err err;
static char *link_text;
static struct sae_cell cells[4];
static size_t cell_count;

static enum sae_status take(void *arg, const struct sae_rows_row *row,
                            struct sae_err *why)
{
    (void)arg;
    (void)why;
    ck_assert_uint_lt(cell_count, 4);
    cells[cell_count] = row->cell[ID];
    cells[cell_count++].text = ""; /* borrowed for the call */
    return SAE_OK;
}

static enum sae_status read_text(const char *text, size_t step)
{
    struct sae_rows *rows = sae_rows_new(names, COUNT(names), take, NULL);
    size_t len = strlen(text);
    enum sae_status status = SAE_OK;

    ck_assert_ptr_nonnull(rows);
    err = (struct sae_err){0};
    facts = (struct sae_rows_facts){0};
    cell_count = 0;
    for (size_t at = 0; at < len && status == SAE_OK; at += step) {
        status = sae_rows_feed(rows, text + at, step < len - at ? step : len - at, &err);
    }
    if (status == SAE_OK) {
        status = sae_rows_finish(rows, &facts, &err);
    }
    free(link_text);
    link_text = strdup(sae_rows_link(rows));
    sae_rows_free(rows);
    return status;
}

static void reads(const char *text, size_t step)
{
    ck_assert_msg(read_text(text, step) == SAE_OK, "%s: %s", text, err.text);
}

static void end(void)
{
    free(link_text);
    link_text = NULL;
}

/* ---- the link -----------------------------------------------------------------------
 */

static const struct {
    const char *text, *link;
    bool linked;
} links[] = {
    {"{\"value\":[],\"@odata.nextLink\":\"https://a/b?c=%20\"}", "https://a/b?c=%20",
     true},
    {"{\"@odata.nextLink\":\"u\",\"value\":[{\"id\":1}]}", "u", true},
    {"{\"@ODATA.NEXTLINK\":\"U\",\"Value\":[]}", "U", true},
    {"{\"@odata.nextLink\":\"\\u0061\\/b\\u00e9\",\"value\":[]}", "a/b\xc3\xa9", true},
    {"{\"@odata.nextLink\":\"\",\"value\":[]}", "", true},
    {"{\"@odata.nextLink\":null,\"value\":[]}", "", false},
    {"{\"@odata.nextLink\":null,\"@odata.nextLink\":\"u\",\"value\":[]}", "u", true},
    {"{\"value\":[]}", "", false},
    {"{\"value\":[{\"@odata.nextLink\":\"of a row\"}]}", "", false},
    {"{\"x\":{\"@odata.nextLink\":\"deeper\"},\"value\":[]}", "", false},
    {"{\"value\":[],\"@odata.nextLink\":\"1\"}\n{\"value\":[],\"@odata.nextLink\":\"2\"}",
     "2", true},
    {"{\"value\":[],\"@odata.nextLink\":\"1\"}\n{\"value\":[]}", "", false},
};

START_TEST(the_link_is_taken_as_it_stands_wherever_it_stands)
{
    for (size_t step = 1; step <= strlen(links[_i].text); step++) {
        reads(links[_i].text, step);
        ck_assert_str_eq(link_text, links[_i].link);
        ck_assert_uint_eq(facts.last_pages, facts.roots - facts.links);
        if (facts.roots == 1) {
            ck_assert_uint_eq(facts.links, links[_i].linked ? 1 : 0);
        }
    }
}
END_TEST

START_TEST(a_link_without_a_list_is_not_a_page)
{
    reads("{\"@odata.nextLink\":\"u\",\"id\":1}", 5);
    ck_assert_uint_eq(facts.links + facts.last_pages, 0);
    ck_assert_uint_eq(facts.rows, 1);
}
END_TEST

static const struct {
    const char *text, *words;
} bad[] = {
    {"{\"value\":[],\"@odata.nextLink\":7}", "the link to the next page is not a text"},
    {"{\"value\":[],\"@odata.nextLink\":{}}", "the link to the next page is not a text"},
    {"{\"@odata.nextLink\":[\"u\"],\"value\":[]}",
     "the link to the next page is not a text"},
    {"{\"@odata.nextLink\":false,\"value\":[]}",
     "the link to the next page is not a text"},
    {"{\"@odata.nextLink\":\"u\",\"@odata.nextLink\":\"u\",\"value\":[]}",
     "two links to the next page"},
    {"{\"@odata.nextLink\":\"\",\"value\":[],\"@odata.NextLink\":\"u\"}",
     "two links to the next page"},
    {"{\"@odata.nextLink\":\"a\\u0000b\",\"value\":[]}",
     "the link to the next page is no link or over 16384 bytes"},
    {"{\"@odata.nextLink\":\"a\\ud800b\",\"value\":[]}",
     "the link to the next page is no link or over 16384 bytes"},
    {"{\"value\":[],\"@adminapi.errors\":[\"x\"]}", "errors inside"},
    {"{\"value\":[],\"@adminapi.errors\":[null]}", "errors inside"},
    {"{\"@adminapi.errors\":[{}],\"value\":[]}", "errors inside"},
    {"{\"@AdminApi.Errors\":[[]],\"value\":[]}", "errors inside"},
    {"{\"value\":[],\"@adminapi.errors\":{}}", "is an error, not data"},
    {"{\"value\":[],\"@adminapi.errors\":\"\"}", "is an error, not data"},
    {"{\"value\":[],\"@adminapi.errors\":false}", "is an error, not data"},
};

START_TEST(a_page_with_a_bad_link_or_errors_inside_is_refused)
{
    for (size_t step = 1; step <= strlen(bad[_i].text); step++) {
        ck_assert_msg(read_text(bad[_i].text, step) == SAE_E_FORMAT, "accepted: %s",
                      bad[_i].text);
        ck_assert_msg(strstr(err.text, bad[_i].words) != NULL, "'%s', not '%s'", err.text,
                      bad[_i].words);
    }
}
END_TEST

/* An object with a text of `len` bytes as its `member`. */
static char *with_text(const char *before, int len, char last, const char *behind)
{
    char *text = NULL;

    ck_assert_int_gt(asprintf(&text, "%s\"%0*d%c\"%s", before, len - 1, 0, last, behind),
                     0);
    return text;
}

START_TEST(a_link_has_a_limit)
{
    for (int len = SAE_ROWS_LINK - 1; len <= SAE_ROWS_LINK + 1; len++) {
        char *text = with_text("{\"@odata.nextLink\":", len, 'x', ",\"value\":[]}");
        enum sae_status status = read_text(text, 1000);

        if (len <= SAE_ROWS_LINK) {
            ck_assert_int_eq(status, SAE_OK);
            ck_assert_uint_eq(strlen(link_text), (size_t)len);
        } else {
            ck_assert_int_eq(status, SAE_E_FORMAT);
            ck_assert_ptr_nonnull(strstr(err.text, "over 16384 bytes"));
        }
        free(text);
    }
}
END_TEST

/* ---- errors and warnings ------------------------------------------------------------
 */

static const struct {
    const char *text;
    bool more;
} warnings[] = {
    {"{\"value\":[],\"@adminapi.errors\":[]}", false},
    {"{\"value\":[],\"@adminapi.errors\":null,\"@adminapi.warnings\":null}", false},
    {"{\"value\":[],\"@adminapi.warnings\":[]}", false},
    {"{\"value\":[],\"@adminapi.warnings\":[\"something else\",7,null]}", false},
    {"{\"value\":[],\"@adminapi.warnings\":[\"There are more results. Use "
     "ResultSize.\"]}",
     true},
    {"{\"@adminapi.warnings\":[\"x\",\"Es gibt mehr: -ResultSize\"],\"value\":[]}", true},
    {"{\"@AdminAPI.Warnings\":\"ResultSize\",\"value\":[]}", true},
    {"{\"@adminapi.warnings\":\"nothing of it\",\"value\":[]}", false},
    {"{\"@adminapi.warnings\":[\"The result size: ResultSet\"],\"value\":[]}", false},
    {"{\"value\":[{\"id\":1,\"error\":{\"code\":7}},{\"error\":\"x\"}]}", false},
    {"{\"@adminapi.warnings\":{\"x\":[\"ResultSize\"]},\"value\":[]}", false},
    {"{\"@adminapi.warnings\":[[\"ResultSize\"],{\"a\":{}}],\"value\":[]}", false},
    {"{\"value\":[{\"@adminapi.warnings\":[\"ResultSize\"],"
     "\"@adminapi.errors\":[\"x\"]}]}",
     false},
};

START_TEST(a_warning_about_the_size_says_that_there_is_more)
{
    for (size_t step = 1; step <= strlen(warnings[_i].text); step++) {
        reads(warnings[_i].text, step);
        ck_assert_int_eq(facts.more, warnings[_i].more);
        ck_assert_uint_eq(facts.last_pages, 1);
    }
}
END_TEST

/* ---- long cells ---------------------------------------------------------------------
 */

START_TEST(a_long_cell_is_spoiled_and_its_row_counts)
{
    static const int lengths[] = {SAE_ROWS_CELL - 1, SAE_ROWS_CELL, SAE_ROWS_CELL + 1,
                                  3 * SAE_ROWS_CELL, 5 * SAE_ROWS_CELL};
    char *text = with_text("{\"value\":[{\"id\":", lengths[_i], 'x', "},{\"id\":7}]}");
    bool fits = lengths[_i] <= SAE_ROWS_CELL;

    reads(text, 4099);
    ck_assert_uint_eq(facts.rows, 2);
    ck_assert_uint_eq(cell_count, 2);
    ck_assert_int_eq(cells[0].kind, SAE_CELL_TEXT);
    ck_assert_int_eq(cells[0].spoiled, !fits);
    ck_assert_uint_eq(cells[0].len, fits ? (size_t)lengths[_i] : SAE_ROWS_CELL);
    ck_assert_int_eq(cells[0].hash != 0, !fits);
    ck_assert_int_eq(cells[1].kind, SAE_CELL_NUMBER);
    ck_assert(!cells[1].spoiled);
    free(text);
}
END_TEST

static uint64_t hash_of(int len, char last, size_t step)
{
    char *text = with_text("{\"value\":[{\"id\":", len, last, "}]}");

    reads(text, step);
    ck_assert(cells[0].spoiled);
    free(text);
    return cells[0].hash;
}

START_TEST(long_cells_that_differ_behind_the_limit_differ)
{
    static const int lengths[] = {SAE_ROWS_CELL + 1, 5 * SAE_ROWS_CELL};
    uint64_t hash = hash_of(lengths[_i], 'x', 4099);

    ck_assert(hash_of(lengths[_i], 'y', 4099) != hash);
    ck_assert(hash_of(lengths[_i] + 1, 'x', 4099) != hash);
    ck_assert(hash_of(lengths[_i], 'x', 7) == hash);
}
END_TEST

static Suite *link_suite(void)
{
    Suite *suite = suite_create("rows link");
    TCase *tc = tcase_create("link");

    tcase_add_checked_fixture(tc, NULL, end);
    tcase_add_loop_test(tc, the_link_is_taken_as_it_stands_wherever_it_stands, 0,
                        COUNT(links));
    tcase_add_test(tc, a_link_without_a_list_is_not_a_page);
    tcase_add_loop_test(tc, a_page_with_a_bad_link_or_errors_inside_is_refused, 0,
                        COUNT(bad));
    tcase_add_test(tc, a_link_has_a_limit);
    tcase_add_loop_test(tc, a_warning_about_the_size_says_that_there_is_more, 0,
                        COUNT(warnings));
    tcase_add_loop_test(tc, a_long_cell_is_spoiled_and_its_row_counts, 0, 5);
    tcase_add_loop_test(tc, long_cells_that_differ_behind_the_limit_differ, 0, 2);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(link_suite());
}
