/* SPDX-License-Identifier: MIT */
/* The report of SMTP AUTH clients as rows: names of columns, protocols, what is refused. */
#include "fetch/smtp_clients.h"
#include "folder.h"

static struct sae_err failure;
static struct sae_smtp_client_row last;
static int rows;

static enum sae_status take(void *arg, const struct sae_smtp_client_row *row, struct sae_err *err)
{
    (void)arg;
    (void)err;
    last = *row;
    rows++;
    return SAE_OK;
}

static enum sae_status read_all(const char *pattern)
{
    const struct sae_budget forever = {.end = INT64_MAX};
    const struct sae_files_env env = {.budget = &forever, .now = sae_clock_now()};

    rows = 0;
    last = (struct sae_smtp_client_row){0};
    failure = (struct sae_err){0};
    return sae_files_smtp_clients(path_of(pattern), &env, take, NULL, &failure);
}

static int64_t days_ago(int64_t days)
{
    return sae_clock_now() - days * SAE_DAY - SAE_MINUTE;
}

static const struct {
    const char *text;
    const char *sender; /* NULL: refused */
    int64_t messages;
    unsigned auth;
    const char *says;
} files[] = {
    {"Sender address,Message count\na@x.example,1\n", "a@x.example", 1, 0, NULL},
    {"Message count;SENDER ADDRESS\n2;A@X.example\n", "a@x.example", 2, 0, NULL},
    {"Sender,Messages,Authentication Protocol\na@x,3,Basic\n", "a@x", 3, SAE_AUTH_BASIC, NULL},
    {"SenderAddress,MessageCount,AuthenticationProtocol\na@x,0,OAuth2\n", "a@x", 0,
     SAE_AUTH_OAUTH, NULL},
    {"Sender,Messages,Auth Protocol\na@x,4,\"Basic, OAuth\"\n", "a@x", 4,
     SAE_AUTH_BASIC | SAE_AUTH_OAUTH, NULL},
    {"Sender,Messages,Auth Protocol\na@x,1000000000000,none\n", "a@x", 1000000000000, 0, NULL},
    {"Sender,Messages\na@x,1000000000001\n", NULL, 0, 0, "line 2"},
    {"Sender,Messages\na@x,-1\n", NULL, 0, 0, "line 2"},
    {"Sender,Messages\na@x,\n", NULL, 0, 0, "line 2"},
    {"Sender,Messages\na@x\n", NULL, 0, 0, "line 2"},
    {"Sender,Messages\na@x,1\n,2\n", NULL, 0, 0, "line 3"},
    {"Sender,Messages\nnobody,1\n", NULL, 0, 0, "line 2"},
    {"Sender,Messages\n\xff@x,1\n", NULL, 0, 0, "line 2"},
    {"Sender,Number\na@x,1\n", NULL, 0, 0, "needs columns Sender address and Message count"},
    {"Number,Messages\na@x,1\n", NULL, 0, 0, "needs columns"},
    {"Who,How many\na@x,1\n", NULL, 0, 0, "needs columns"},
    {"[{\"sender\":\"a@x\",\"messages\":1}]\n", NULL, 0, 0, "needs columns"},
    {"Who,How many\n", NULL, 0, 0, "needs columns"},
};

START_TEST(a_report_is_understood_or_refused_with_what_was_expected)
{
    write_text("clients.csv", files[_i].text, days_ago(1));
    if (files[_i].sender != NULL) {
        ck_assert_msg(read_all("clients.csv") == SAE_OK, "%s", failure.text);
        ck_assert_int_eq(rows, 1);
        ck_assert_str_eq(last.sender, files[_i].sender);
        ck_assert_int_eq(last.messages, files[_i].messages);
        ck_assert_uint_eq(last.auth, files[_i].auth);
    } else {
        ck_assert_int_ne(read_all("clients.csv"), SAE_OK);
        ck_assert_msg(strstr(failure.text, files[_i].says) != NULL, "%s", failure.text);
        ck_assert_ptr_nonnull(strstr(failure.text, "clients.csv"));
    }
}
END_TEST

START_TEST(what_is_older_than_the_report_reaches_is_left_out)
{
    write_text("clients1.csv", "Sender,Messages\nold@x,1\n", days_ago(90));
    write_text("clients2.csv", "Sender,Messages\nnew@x,1\n", days_ago(89));
    ck_assert_int_eq(read_all("clients*.csv"), SAE_OK);
    ck_assert_int_eq(rows, 1);
    ck_assert_str_eq(last.sender, "new@x");
    write_text("clients2.csv", "Sender,Messages\nnew@x,1\n", days_ago(90));
    ck_assert_int_eq(read_all("clients*.csv"), SAE_E_STALE);
    ck_assert_int_eq(read_all("none*.csv"), SAE_E_MISSING);
}
END_TEST

START_TEST(a_report_without_rows_is_one)
{
    write_text("clients.csv", "Sender,Messages\n", days_ago(1));
    ck_assert_msg(read_all("clients.csv") == SAE_OK, "%s", failure.text);
    ck_assert_int_eq(rows, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clients");
    TCase *tests = tcase_create("clients");

    tcase_add_checked_fixture(tests, folder_begin, folder_end);
    tcase_add_loop_test(tests, a_report_is_understood_or_refused_with_what_was_expected, 0,
                        sizeof(files) / sizeof(files[0]));
    tcase_add_test(tests, what_is_older_than_the_report_reaches_is_left_out);
    tcase_add_test(tests, a_report_without_rows_is_one);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
