/* SPDX-License-Identifier: MIT */
/* What a log of sign-ins proves: the interval that its rows span, or what the manifest
 * beside it says; and what takes the proof away. */
#include "fetch/files.h"
#include "logs.h"

#define OURS "8d1f2c3b-0000-4000-8000-000000000001"
#define OTHERS "8d1f2c3b-0000-4000-8000-000000000002"

static struct sae_budget budget;
static struct sae_files_env env;
static struct sae_files_proof proof;
static struct sae_err err;
static unsigned taken;

static void setup(void)
{
    folder_begin();
    budget = plenty();
    env = (struct sae_files_env){
        .budget = &budget, .now = noon(), .max_age = 36 * SAE_HOUR};
}

static enum sae_status take(void *arg, const struct sae_signin *signin,
                            struct sae_err *why)
{
    (void)arg;
    (void)signin;
    (void)why;
    taken++;
    return SAE_OK;
}

static enum sae_status read_log(const char *pattern)
{
    err = (struct sae_err){0};
    proof = (struct sae_files_proof){0};
    taken = 0;
    return sae_files_signins(path_of(pattern), &env, take, NULL, &proof, &err);
}

static void is_read(const char *pattern)
{
    enum sae_status status = read_log(pattern);

    ck_assert_msg(status == SAE_OK, "%s refused: %s", pattern, err.text);
}

static void is_refused(const char *pattern, enum sae_status want, const char *words)
{
    enum sae_status status = read_log(pattern);

    ck_assert_msg(status == want, "status %s, not %s: %s", sae_status_name(status),
                  sae_status_name(want), err.text);
    ck_assert_msg(strstr(err.text, words) != NULL, "'%s' does not say '%s'", err.text,
                  words);
}

static void write_log(const char *name, const struct log_row *rows, size_t count,
                      int64_t time)
{
    struct sae_buf buf;

    log_array(&buf, rows, count);
    write_buf(name, &buf, time);
}

/* ---- spans --------------------------------------------------------------------------
 */

START_TEST(rows_prove_what_they_span_up_to_the_age_of_the_file)
{
    const struct log_row rows[] = {
        {.id = "b", .time = noon() - 2 * SAE_HOUR, .upn = "a@x.example"},
        {.id = "c",
         .time = noon() - 31 * SAE_DAY,
         .upn = "a@x.example",
         .client = "Browser"},
        {.id = "a", .time = noon() - SAE_DAY, .upn = "a@x.example", .code = 50126},
    };

    write_log("log", rows, COUNT(rows), noon() - SAE_HOUR);
    is_read("log");
    ck_assert_int_eq(proof.time, noon() - SAE_HOUR);
    ck_assert_int_eq(proof.from, noon() - 31 * SAE_DAY);
    ck_assert_int_eq(proof.to, noon() - SAE_HOUR);
    ck_assert_int_eq(proof.newest, noon() - 2 * SAE_HOUR);
    ck_assert_uint_eq(proof.rows, 3);
    ck_assert_uint_eq(taken, 2);
    ck_assert(!proof.lower);
}
END_TEST

START_TEST(a_log_that_ends_long_before_its_file_proves_lower_bounds)
{
    const int64_t late = _i == 0 ? 0 : 1; /* one tick decides */
    const struct log_row rows[] = {
        {.id = "a", .time = noon() - 3 * SAE_DAY, .upn = "a@x.example"}};

    write_log("log", rows, 1, noon() - 3 * SAE_DAY + env.max_age + late);
    is_read("log");
    ck_assert_int_eq(proof.lower, late != 0);
    ck_assert_int_eq(proof.from, noon() - 3 * SAE_DAY);
    ck_assert_int_eq(proof.to, late != 0 ? noon() - 3 * SAE_DAY + 1 : proof.time);
}
END_TEST

START_TEST(an_empty_log_proves_nothing)
{
    static const char *const empty[] = {
        "[]\n", "{\"value\":[]}\n", "{\"records\":[]}\n",
        "Date (UTC),Request ID,Sign-in error code,Client app\n"};

    write_text("log", empty[_i], noon() - SAE_HOUR);
    is_read("log");
    ck_assert(proof.lower);
    ck_assert_int_eq(proof.from, proof.to);
    ck_assert_int_eq(proof.newest, 0);
    ck_assert_uint_eq(proof.rows, 0);
}
END_TEST

START_TEST(a_row_newer_than_its_file_is_within_the_proof)
{
    const struct log_row rows[] = {
        {.id = "a", .time = noon() - SAE_HOUR, .upn = "a@x.example"}};

    write_log("log", rows, 1, noon() - 2 * SAE_HOUR);
    is_read("log");
    ck_assert_int_eq(proof.to, noon() - SAE_HOUR + 1);
}
END_TEST

START_TEST(a_row_from_the_future_is_refused)
{
    const struct log_row rows[] = {{.id = "a",
                                    .time = noon() + 61 * SAE_SECOND,
                                    .upn = "a@x.example",
                                    .client = "POP"}};

    write_log("log", rows, 1, noon());
    is_refused("log", SAE_E_STALE, "row 1 is from the future");
}
END_TEST

START_TEST(a_table_of_something_else_is_no_sign_in_log)
{
    static const char *const odd[] = {
        "Request ID,Date (UTC),Client app\nr,2026-11-22T11:00:00Z,SMTP\n",
        "Request ID,Date (UTC),Sign-in error code\nr,2026-11-22T11:00:00Z,0\n",
        "Date (UTC),Sign-in error code,Client app\n2026-11-22T11:00:00Z,0,SMTP\n",
        "Request ID,Sign-in error code,Client app\nr,0,SMTP\n",
        "Request ID,Date (UTC),Client app\n",
        "[{\"PrimarySmtpAddress\":\"a@b.example\"}]\n"};

    write_text("log", odd[_i], noon() - SAE_HOUR);
    is_refused("log", SAE_E_FORMAT, "");
}
END_TEST

/* ---- rows that cannot be read -------------------------------------------------------
 */

static void write_with_one_odd(const char *name, int rows, const char *odd)
{
    struct sae_buf buf;

    sae_buf_init(&buf, LOG_MOST);
    sae_buf_puts(&buf, "Request ID,Date (UTC),Sign-in error code,Client app\n");
    for (int i = 1; i < rows; i++) {
        sae_buf_printf(&buf, "r%d,2026-11-22T11:00:00Z,50126,Authenticated SMTP\n", i);
    }
    sae_buf_puts(&buf, odd);
    write_buf(name, &buf, noon());
}

static const char *const unparsed[] = {
    ",2026-11-22T11:00:00Z,50126,Authenticated SMTP\n",
    "r,,50126,Authenticated SMTP\n",
    "r,yesterday,50126,Authenticated SMTP\n",
    "r,2026-02-30T11:00:00Z,50126,Authenticated SMTP\n",
    "r,2026-11-22T11:00:00Z,,Authenticated SMTP\n",
    "r,2026-11-22T11:00:00Z,bad,Authenticated SMTP\n",
    "r,2026-11-22T11:00:00Z,-1,Authenticated SMTP\n",
    "r,2026-11-22T11:00:00Z,50126,Authenticated SMTP,more\n",
    "r,2026-11-22T11:00:00Z,50126\n",
};

START_TEST(one_odd_row_in_a_hundred_is_counted)
{
    write_with_one_odd("log", 100, unparsed[_i]);
    is_read("log");
    ck_assert_uint_eq(proof.unparsed, 1);
    ck_assert_uint_eq(proof.rows, 100);
    ck_assert_uint_eq(taken, 99);
}
END_TEST

START_TEST(more_odd_rows_are_a_format_that_we_do_not_know)
{
    write_with_one_odd("log", 99, unparsed[_i]);
    is_refused("log", SAE_E_FORMAT, "1 of 99 rows have no readable id, time or code");
}
END_TEST

START_TEST(a_date_with_two_meanings_is_refused_with_its_row)
{
    static const char *const dates[] = {"3/12/2025 7:22:01 AM", "05/01/2024",
                                        "05.01.2024", "2026-11-22"};
    char row[128];

    snprintf(row, sizeof(row), "r,%s,50126,Authenticated SMTP\n", dates[_i]);
    write_with_one_odd("log", 300, row);
    is_refused("log", SAE_E_FORMAT, "row 300: its date could mean two different times");
    snprintf(row, sizeof(row), "r,%s,0,Browser\n", dates[_i]);
    write_with_one_odd("log", 300, row);
    is_refused("log", SAE_E_FORMAT, "row 300");
}
END_TEST

/* ---- tenants ------------------------------------------------------------------------
 */

START_TEST(rows_of_two_tenants_are_refused_even_if_ours_is_not_known)
{
    const struct log_row rows[] = {
        {.id = "a", .time = noon() - SAE_HOUR, .upn = "a@x.example", .tenant = OURS},
        {.id = "b", .time = noon() - SAE_HOUR, .upn = "a@x.example"},
        {.id = "c", .time = noon() - SAE_HOUR, .upn = "a@x.example", .tenant = OTHERS}};

    write_log("log", rows, 3, noon());
    is_refused("log", SAE_E_INCOMPLETE, "another tenant, " OTHERS);
    write_log("log", rows, 2, noon());
    is_read("log");
    write_log("log2", rows + 2, 1, noon());
    is_refused("log*", SAE_E_INCOMPLETE, "another tenant, " OTHERS);
}
END_TEST

START_TEST(a_users_sign_in_to_another_tenant_is_in_the_log_of_the_home_tenant)
{
    write_text("log", "[{\"id\":\"a\",\"createdDateTime\":\"2026-11-18T11:00:00Z\","
                      "\"clientAppUsed\":\"Browser\",\"status\":{\"errorCode\":0},"
                      "\"resourceTenantId\":\"" OTHERS "\",\"homeTenantId\":\"" OURS "\"},"
                      "{\"id\":\"b\",\"createdDateTime\":\"2026-11-18T11:00:01Z\","
                      "\"clientAppUsed\":\"Browser\",\"status\":{\"errorCode\":0},"
                      "\"resourceTenantId\":\"" OURS "\"}]",
               noon());
    is_read("log");
    env.tenant_id = OURS;
    is_read("log");
    env.tenant_id = "8d1f2c3b-0000-4000-8000-00000000000f";
    is_refused("log", SAE_E_INCOMPLETE, "another tenant");
}
END_TEST

START_TEST(rows_of_another_tenant_than_ours_are_refused)
{
    struct log_row row = {.id = "a",
                          .time = noon() - SAE_HOUR,
                          .upn = "a@x.example",
                          .client = "Browser",
                          .tenant = OTHERS};

    env.tenant_id = OURS;
    write_log("log", &row, 1, noon());
    is_refused("log", SAE_E_INCOMPLETE, "another tenant, " OTHERS);
    env.tenant_id = "8D1F2C3B-0000-4000-8000-000000000002";
    is_read("log");
}
END_TEST

/* ---- pages --------------------------------------------------------------------------
 */

#define PAGE(id, time, rest)                                                             \
    "{\"value\":[{\"id\":\"" id "\",\"createdDateTime\":\"" time                         \
    "\",\"clientAppUsed\":\"SMTP\",\"status\":{\"errorCode\":0}}]" rest "}\n"
#define LINK ",\"@odata.nextLink\":\"https://graph.example/next\""

START_TEST(pages_are_one_stream_if_one_of_them_is_the_last)
{
    write_text("page1.json", PAGE("a", "2026-11-22T11:00:00Z", LINK), noon() - 3);
    is_refused("page*.json", SAE_E_INCOMPLETE, "no last page");
    write_text("page2.json", PAGE("b", "2026-11-20T11:00:00Z", LINK), noon() - 2);
    is_refused("page*.json", SAE_E_INCOMPLETE, "no last page");
    write_text("page3.json", PAGE("c", "2026-11-18T11:00:00Z", ""), noon() - 1);
    is_read("page*.json");
    ck_assert_uint_eq(taken, 3);
    ck_assert_int_eq(proof.time, noon() - 1);
    ck_assert_int_eq(proof.from, instant("2026-11-18T11:00:00Z"));
    ck_assert_int_eq(proof.newest, instant("2026-11-22T11:00:00Z"));
}
END_TEST

START_TEST(pages_in_one_file_are_read_one_after_another)
{
    write_text("log",
               PAGE("a", "2026-11-22T11:00:00Z", LINK)
                   PAGE("b", "2026-11-20T11:00:00Z", ""),
               noon());
    is_read("log");
    ck_assert_uint_eq(taken, 2);
    write_text("log",
               PAGE("a", "2026-11-22T11:00:00Z", LINK)
                   PAGE("b", "2026-11-20T11:00:00Z", LINK),
               noon());
    is_refused("log", SAE_E_INCOMPLETE, "no last page");
    write_text("log", PAGE("a", "2026-11-22T11:00:00Z", ",\"@odata.nextLink\":null"),
               noon());
    is_read("log");
    write_text("log", PAGE("a", "2026-11-22T11:00:00Z", ",\"@odata.nextLink\":\"\""),
               noon());
    is_refused("log", SAE_E_INCOMPLETE, "no last page");
}
END_TEST

START_TEST(one_bad_file_of_a_glob_spoils_the_stream_and_is_named)
{
    write_text("page1.json", PAGE("a", "2026-11-22T11:00:00Z", ""), noon());
    write_text("page2.json", "{", noon());
    is_refused("page*.json", SAE_E_FORMAT, "page2.json");
    ck_assert_int_eq(mkdir(path_of("only"), 0755), 0);
    write_text("only/manifest.json", "{\"version\":1,\"rows\":{}}", noon());
    is_refused("only/*", SAE_E_MISSING, "no sign-in file");
}
END_TEST

/* ---- manifests ----------------------------------------------------------------------
 */

static const char two_rows[] = "[{\"id\":\"a\",\"createdDateTime\":\"2026-11-22T09:00:"
                               "00Z\",\"clientAppUsed\":\"SMTP\","
                               "\"status\":{\"errorCode\":0}},"
                               "{\"id\":\"b\",\"createdDateTime\":\"2026-11-21T09:00:"
                               "00Z\",\"clientAppUsed\":\"POP3\","
                               "\"status\":{\"errorCode\":0}}]\n";

static void write_manifest(const char *members)
{
    char text[1024];

    snprintf(text, sizeof(text), "{%s}\n", members);
    write_text("log.json", two_rows, noon() - 10 * SAE_DAY);
    write_text("manifest.json", text, noon());
}

#define SPAN                                                                             \
    "\"time\":\"2026-11-22T10:00:00Z\",\"from\":\"2026-10-22T10:00:00Z\","               \
    "\"to\":\"2026-11-22T10:00:00Z\","
#define ROWS "\"rows\":{\"log.json\":2}"

START_TEST(a_manifest_gives_age_and_coverage)
{
    env.tenant_id = OURS;
    write_manifest("\"version\":1,\"tenant\":\"" OURS "\"," SPAN ROWS);
    is_read("*.json");
    ck_assert_int_eq(proof.time, instant("2026-11-22T10:00:00Z"));
    ck_assert_int_eq(proof.from, instant("2026-10-22T10:00:00Z"));
    ck_assert_int_eq(proof.to, instant("2026-11-22T10:00:00Z"));
    ck_assert_int_eq(proof.newest, instant("2026-11-22T09:00:00Z"));
    ck_assert(!proof.lower);
}
END_TEST

START_TEST(a_manifest_without_an_interval_leaves_what_the_rows_span)
{
    write_manifest("\"version\":1,\"time\":\"2026-11-22T10:00:00Z\"," ROWS);
    is_read("log.json");
    ck_assert_int_eq(proof.time, instant("2026-11-22T10:00:00Z"));
    ck_assert_int_eq(proof.from, instant("2026-11-21T09:00:00Z"));
    ck_assert_int_eq(proof.to, instant("2026-11-22T10:00:00Z"));
}
END_TEST

START_TEST(coverage_never_reaches_beyond_the_export)
{
    write_manifest(
        "\"version\":1,\"time\":\"2026-11-22T10:00:00Z\","
        "\"from\":\"2026-10-22T10:00:00Z\",\"to\":\"2027-11-22T10:00:00Z\"," ROWS);
    is_read("log.json");
    ck_assert_int_eq(proof.to, instant("2026-11-22T10:00:00Z"));
}
END_TEST

START_TEST(a_manifest_proves_even_an_empty_log)
{
    write_manifest("\"version\":1," SPAN "\"rows\":{\"log.json\":0}");
    write_text("log.json", "[]\n", noon());
    is_read("log.json");
    ck_assert_int_eq(proof.from, instant("2026-10-22T10:00:00Z"));
    ck_assert(!proof.lower);
}
END_TEST

START_TEST(a_manifest_that_does_not_list_the_file_says_nothing)
{
    write_manifest("\"version\":1," SPAN "\"rows\":{\"other.json\":7}");
    is_read("log.json");
    ck_assert_int_eq(proof.time, noon() - 10 * SAE_DAY);
}
END_TEST

static const struct {
    const char *members;
    enum sae_status status;
    const char *words;
} manifests[] = {
    {"\"version\":1," SPAN "\"rows\":{\"log.json\":3}", SAE_E_INCOMPLETE,
     "2 rows, but its manifest says 3"},
    {"\"version\":1," SPAN "\"rows\":{\"log.json\":1}", SAE_E_INCOMPLETE,
     "2 rows, but its manifest says 1"},
    {"\"version\":1,\"tenant\":\"" OTHERS "\"," SPAN ROWS, SAE_E_INCOMPLETE,
     "another tenant"},
    {"\"version\":2," SPAN ROWS, SAE_E_FORMAT, "version 1"},
    {SPAN ROWS, SAE_E_FORMAT, "version 1"},
    {"\"version\":1," SPAN "\"rows\":[]", SAE_E_FORMAT, "version 1"},
    {"\"version\":1," SPAN "\"rows\":{\"log.json\":\"2\"}", SAE_E_FORMAT, "no count"},
    {"\"version\":1," SPAN "\"rows\":{\"log.json\":null}", SAE_E_FORMAT, "no count"},
    {"\"version\":1," SPAN "\"rows\":{\"log.json\":-1}", SAE_E_FORMAT, "no count"},
    {"\"version\":1," ROWS, SAE_E_FORMAT, "no time"},
    {"\"version\":1,\"time\":\"yesterday\"," ROWS, SAE_E_FORMAT, "no time"},
    {"\"version\":1,\"time\":\"2026-11-22T12:01:01Z\"," ROWS, SAE_E_STALE, "future"},
    {"\"version\":1,\"time\":\"2026-11-22T10:00:00Z\",\"from\":\"2026-11-22T09:00:00Z\","
     "\"to\":\"2026-11-21T09:00:00Z\"," ROWS,
     SAE_E_FORMAT, "ends before it begins"},
    {"\"version\":1,", SAE_E_FORMAT, "manifest.json"},
};

START_TEST(a_manifest_that_disagrees_or_is_malformed_spoils_the_file)
{
    env.tenant_id = OURS;
    write_manifest(manifests[_i].members);
    is_refused("log.json", manifests[_i].status, manifests[_i].words);
    ck_assert_ptr_nonnull(strstr(err.text, "log.json") == NULL
                              ? strstr(err.text, "manifest.json")
                              : err.text);
}
END_TEST

static Suite *proof_suite(void)
{
    Suite *suite = suite_create("proof");
    TCase *tc = tcase_create("proof");

    tcase_add_checked_fixture(tc, setup, folder_end);
    tcase_add_test(tc, rows_prove_what_they_span_up_to_the_age_of_the_file);
    tcase_add_loop_test(tc, a_log_that_ends_long_before_its_file_proves_lower_bounds, 0,
                        2);
    tcase_add_loop_test(tc, an_empty_log_proves_nothing, 0, 4);
    tcase_add_test(tc, a_row_newer_than_its_file_is_within_the_proof);
    tcase_add_test(tc, a_row_from_the_future_is_refused);
    tcase_add_loop_test(tc, a_table_of_something_else_is_no_sign_in_log, 0, 6);
    tcase_add_loop_test(tc, one_odd_row_in_a_hundred_is_counted, 0, COUNT(unparsed));
    tcase_add_loop_test(tc, more_odd_rows_are_a_format_that_we_do_not_know, 0,
                        COUNT(unparsed));
    tcase_add_loop_test(tc, a_date_with_two_meanings_is_refused_with_its_row, 0, 4);
    tcase_add_test(tc, rows_of_two_tenants_are_refused_even_if_ours_is_not_known);
    tcase_add_test(tc, a_users_sign_in_to_another_tenant_is_in_the_log_of_the_home_tenant);
    tcase_add_test(tc, rows_of_another_tenant_than_ours_are_refused);
    tcase_add_test(tc, pages_are_one_stream_if_one_of_them_is_the_last);
    tcase_add_test(tc, pages_in_one_file_are_read_one_after_another);
    tcase_add_test(tc, one_bad_file_of_a_glob_spoils_the_stream_and_is_named);
    tcase_add_test(tc, a_manifest_gives_age_and_coverage);
    tcase_add_test(tc, a_manifest_without_an_interval_leaves_what_the_rows_span);
    tcase_add_test(tc, coverage_never_reaches_beyond_the_export);
    tcase_add_test(tc, a_manifest_proves_even_an_empty_log);
    tcase_add_test(tc, a_manifest_that_does_not_list_the_file_says_nothing);
    tcase_add_loop_test(tc, a_manifest_that_disagrees_or_is_malformed_spoils_the_file, 0,
                        COUNT(manifests));
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(proof_suite());
}
