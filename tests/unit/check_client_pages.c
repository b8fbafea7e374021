/* SPDX-License-Identifier: MIT */
/* A page counts only if its envelope ended; rows of a try that broke off are forgotten.
 */
#include "client_test.h"

enum { ID };

static const struct sae_rows_name names[] = {{"id", ID, SAE_ROWS_JSON, 0}};

static struct sae_page page;
static struct sae_buf rows; /* ids that were delivered since the last begin */
static int begun;
static enum sae_status begin_says, take_says;

static enum sae_status begin_try(void *arg, struct sae_err *err)
{
    ck_assert_ptr_eq(arg, &rows);
    sae_buf_clear(&rows);
    begun++;
    return begin_says == SAE_OK ? SAE_OK : sae_fail(err, begin_says, "no room");
}

static enum sae_status take_row(void *arg, const struct sae_rows_row *row,
                                struct sae_err *err)
{
    ck_assert_ptr_eq(arg, &rows);
    sae_buf_add(&rows, row->cell[ID].text, row->cell[ID].len);
    return take_says == SAE_OK ? SAE_OK : sae_fail(err, take_says, "the disk is full");
}

static enum sae_status ask(void)
{
    const struct sae_ask ask_it = graph_ask(false);
    const struct sae_page_reader reader = {.names = names,
                                           .name_count = COUNT(names),
                                           .begin = begin_try,
                                           .take = take_row,
                                           .arg = &rows};

    sae_buf_done(&page.link);
    why = (struct sae_err){0};
    return sae_client_page(client, &ask_it, &reader, &page, &refusal, &why);
}

static void begin(void)
{
    client_begin();
    page = (struct sae_page){0};
    sae_buf_init(&rows, 4096);
    begun = 0;
    begin_says = take_says = SAE_OK;
}

static void end(void)
{
    sae_buf_done(&rows);
    sae_buf_done(&page.link);
    client_end();
}

static void then_body(const char *body)
{
    then_answer((struct scripted){.status = 200, .body = body});
}

static void holds(const char *ids, const char *link)
{
    ck_assert_str_eq(sae_buf_text(&rows), ids);
    ck_assert_uint_eq(page.facts.rows, strlen(ids));
    ck_assert_str_eq(sae_buf_text(&page.link), link);
}

#define GOOD "{\"value\":[{\"id\":\"x\"},{\"id\":\"y\"}]}"

/* ---- what counts --------------------------------------------------------------------
 */

START_TEST(a_page_brings_its_rows)
{
    then_body(GOOD);
    went_well(ask());
    holds("xy", "");
    ck_assert(!page.linked);
    ck_assert(!page.more);
    ck_assert_int_eq(begun, 1);
    ck_assert_int_eq(refusal.status, 0);
}
END_TEST

START_TEST(an_empty_page_is_a_page)
{
    then_body("\r\n \t{\"value\":[]}\r\n");
    went_well(ask());
    holds("", "");
}
END_TEST

static const struct {
    const char *body, *link;
    bool linked, more;
} says[] = {
    {"{\"value\":[],\"@odata.nextLink\":\"https://a/?b=%20c\"}", "https://a/?b=%20c",
     true, false},
    {"{\"@odata.nextLink\":\"u\",\"value\":[]}", "u", true, false},
    {"{\"@odata.nextLink\":\"\",\"value\":[]}", "", true, false},
    {"{\"@odata.nextLink\":null,\"value\":[]}", "", false, false},
    {"{\"@adminapi.warnings\":[\"use ResultSize\"],\"value\":[]}", "", false, true},
    {"{\"@adminapi.warnings\":[\"other\"],\"value\":[]}", "", false, false},
};

START_TEST(what_a_page_says_of_the_next_one_is_handed_on)
{
    then_body(says[_i].body);
    went_well(ask());
    holds("", says[_i].link);
    ck_assert_int_eq(page.linked, says[_i].linked);
    ck_assert_int_eq(page.more, says[_i].more);
}
END_TEST

START_TEST(a_link_of_a_try_that_failed_is_no_link)
{
    then_body("{\"@odata.nextLink\":\"u\",\"value\":[{\"id\":\"a\"}]");
    then_body(GOOD);
    went_well(ask());
    holds("xy", "");
    ck_assert(!page.linked);
}
END_TEST

/* ---- tried again --------------------------------------------------------------------
 */

static const struct {
    struct scripted answer;
    enum sae_status status;
    const char *words;
} passing[] = {
    {{.fails = SAE_E_NETWORK,
      .body =
          "{\"value\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"},{\"id\":\"d\"}]}"},
     SAE_E_NETWORK,
     "cannot connect to host"},
    {{.status = 200, .body = "{\"value\":[{\"id\":\"a\"},{\"id\":\"b\"}"},
     SAE_E_FORMAT,
     "answer of graph: "},
    {{.status = 200, .body = "{\"value\":[{\"id\":\"a\"}]"},
     SAE_E_FORMAT,
     "answer of graph: "},
    {{.status = 200, .body = ""}, SAE_E_FORMAT, "graph answers with nothing"},
    {{.status = 200, .body = " \r\n"}, SAE_E_FORMAT, "graph answers with nothing"},
    {{.status = 200, .body = "{}"},
     SAE_E_FORMAT,
     "the answer of graph has no list of values"},
    {{.status = 200, .body = "{\"id\":\"a\"}"},
     SAE_E_FORMAT,
     "the answer of graph has no list of values"},
    {{.status = 200, .body = "{\"value\":null}"},
     SAE_E_FORMAT,
     "the answer of graph has no list of values"},
    {{.status = 200,
      .body = "{\"value\":[{\"id\":\"a\"}]}\n{\"value\":[{\"id\":\"b\"}]}"},
     SAE_E_FORMAT,
     "the answer of graph has no list of values"},
    {{.status = 200, .body = "{\"value\":[]}\n{\"id\":\"a\"}"},
     SAE_E_FORMAT,
     "the answer of graph has no list of values"},
    {{.status = 503}, SAE_E_SERVICE, "graph answers HTTP 503"},
};

START_TEST(what_may_pass_is_tried_twice_more)
{
    then_times(3, passing[_i].answer);
    failed(ask(), passing[_i].status, passing[_i].words);
    ck_assert_int_eq(begun, 3);
    ck_assert_int_eq(pauses, 2);
    waited_about(0, 2);
    waited_about(1, 4);
}
END_TEST

START_TEST(rows_of_a_try_that_failed_are_forgotten)
{
    then_times(2, passing[_i].answer);
    then_body(GOOD);
    went_well(ask());
    holds("xy", "");
    ck_assert_int_eq(begun, 3);
}
END_TEST

START_TEST(a_try_that_asks_for_another_token_begins_too)
{
    then_answer((struct scripted){.status = 401});
    then_answer((struct scripted)BUSY(7));
    then_body(GOOD);
    went_well(ask());
    ck_assert_int_eq(begun, 3);
    ck_assert_int_eq(paused[1], 7 * SAE_SECOND);
}
END_TEST

/* ---- final --------------------------------------------------------------------------
 */

#define PROXY "graph answers with something else than JSON: is a proxy in between?"

static const struct {
    const char *body, *words;
} no_pages[] = {
    {"<html>blocked</html>", PROXY},
    {"\r\n<html>", PROXY},
    {"[{\"id\":\"a\"}]", PROXY},
    {"id\na\n", PROXY},
    {"\xef\xbb\xbf{\"value\":[]}", PROXY},
    {"{\"value\":[{\"id\":\"a\"}]}x", "answer of graph: "},
    {"{\"value\":[{\"id\":\"a\"}]}{\"value\":[]}", "answer of graph: "},
    {"{\"value\":[{\"id\":\"\xff\"}]}", "answer of graph: "},
    {"{\"value\":[{\"id\":\"a\"}]]", "answer of graph: "},
    {"{\"value\":[{\"id\":\"a\",\"id\":\"b\"}]}", "answer of graph: row 1 has id twice"},
    {"{\"value\":[],\"value\":[]}", "answer of graph: two lists of rows"},
    {"{\"value\":[7]}", "answer of graph: row 1 is not an object"},
    {"{\"value\":[],\"@odata.nextLink\":7}",
     "answer of graph: the link to the next page"},
    {"{\"value\":[{\"id\":\"a\"}],\"error\":{\"code\":\"x\"}}", "answer of graph: "},
    {"{\"error\":{\"code\":\"x\"},\"value\":[]}", "is an error, not data"},
    {"{\"@odata.error\":{}}", "is an error, not data"},
    {"{\"value\":[{\"id\":\"a\"}],\"@adminapi.errors\":[\"x\"]}", "has errors inside"},
};

START_TEST(what_is_no_page_is_final_at_once)
{
    then_body(no_pages[_i].body);
    failed(ask(), SAE_E_FORMAT, no_pages[_i].words);
    ck_assert_ptr_nonnull(strstr(why.text, "graph"));
    ck_assert_int_eq(pauses, 0);
    ck_assert_int_eq(refusal.status, 0);
    ck_assert_uint_eq(page.facts.rows, 0);
    ck_assert_str_eq(sae_buf_text(&page.link), "");
}
END_TEST

START_TEST(a_later_try_is_looked_at_like_the_first)
{
    then_body("{\"value\":[");
    then_body("<html>");
    failed(ask(), SAE_E_FORMAT, PROXY);
    then_body("{\"value\":[");
    then_times(2, (struct scripted){.status = 200, .body = ""});
    failed(ask(), SAE_E_FORMAT, "graph answers with nothing");
}
END_TEST

START_TEST(a_refusal_says_what_the_service_says)
{
    then_answer((struct scripted){
        .status = 403,
        .body = "{\"error\":{\"code\":\"Denied\",\"message\":\"no role\"}}"});
    failed(ask(), SAE_E_DENIED, "graph answers HTTP 403: no role");
    ck_assert_int_eq(refusal.status, 403);
    ck_assert_str_eq(refusal.code, "Denied");
    ck_assert_int_eq(begun, 1);
}
END_TEST

START_TEST(trouble_of_whoever_takes_the_rows_is_final)
{
    take_says = SAE_E_IO;
    then_body(GOOD);
    failed(ask(), SAE_E_IO, "the disk is full");
    begin_says = SAE_E_NOMEM;
    failed(ask(), SAE_E_NOMEM, "no room");
    ck_assert_int_eq(sent, 1); /* not asked for what there is no room for */
    ck_assert_int_eq(pauses, 0);
}
END_TEST

START_TEST(a_page_may_be_as_large_as_a_tenant)
{
    then_body(GOOD);
    went_well(ask());
    ck_assert_uint_eq(sent_most, UINT64_C(4) << 30);
}
END_TEST

static Suite *pages_suite(void)
{
    Suite *suite = suite_create("client pages");
    TCase *tc = tcase_create("pages");

    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, a_page_brings_its_rows);
    tcase_add_test(tc, an_empty_page_is_a_page);
    tcase_add_loop_test(tc, what_a_page_says_of_the_next_one_is_handed_on, 0,
                        COUNT(says));
    tcase_add_test(tc, a_link_of_a_try_that_failed_is_no_link);
    tcase_add_loop_test(tc, what_may_pass_is_tried_twice_more, 0, COUNT(passing));
    tcase_add_loop_test(tc, rows_of_a_try_that_failed_are_forgotten, 0, COUNT(passing));
    tcase_add_test(tc, a_try_that_asks_for_another_token_begins_too);
    tcase_add_loop_test(tc, what_is_no_page_is_final_at_once, 0, COUNT(no_pages));
    tcase_add_test(tc, a_later_try_is_looked_at_like_the_first);
    tcase_add_test(tc, a_refusal_says_what_the_service_says);
    tcase_add_test(tc, trouble_of_whoever_takes_the_rows_is_final);
    tcase_add_test(tc, a_page_may_be_as_large_as_a_tenant);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(pages_suite());
}
