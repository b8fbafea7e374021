/* SPDX-License-Identifier: MIT */
/* What files prove: which are refused, and how old and how wide the others are. What the
 * manifest and the span of a log say is in check_proof.c. */
#include <errno.h>

#include "fetch/files.h"
#include "logs.h"

#define FALSE_SWITCH "{\"SmtpClientAuthenticationDisabled\":false}"

enum kind { TRANSPORT, MAILBOXES, SIGNINS, KINDS };

static struct sae_budget budget;
static struct sae_files_env env;
static unsigned taken;
static char last_user[SAE_NAME + 1];

static void setup(void)
{
    folder_begin();
    budget = plenty();
    env = (struct sae_files_env){
        .budget = &budget, .now = noon(), .max_age = 36 * SAE_HOUR};
    taken = 0;
}

static enum sae_status take_box(void *arg, const struct sae_mailbox *box,
                                struct sae_err *err)
{
    (void)arg;
    (void)err;
    taken++;
    snprintf(last_user, sizeof(last_user), "%s", box->address);
    return SAE_OK;
}

static enum sae_status pass(void *arg, struct sae_err *err)
{
    (void)arg;
    (void)err;
    return SAE_OK;
}

static const struct sae_mailbox_sink boxes = {.begin = pass, .add = take_box, .keep = pass};

static enum sae_status refuse_box(void *arg, const struct sae_mailbox *box,
                                  struct sae_err *err)
{
    (void)arg;
    (void)box;
    return sae_fail(err, SAE_E_LIMIT, "enough");
}

static const struct sae_mailbox_sink refuses = {.begin = pass, .add = refuse_box, .keep = pass};

static enum sae_status take_signin(void *arg, const struct sae_signin *signin,
                                   struct sae_err *err)
{
    (void)arg;
    (void)err;
    taken++;
    snprintf(last_user, sizeof(last_user), "%s", signin->user);
    return SAE_OK;
}

/* Reads a file of the folder as one of the three kinds. */
static enum sae_status read_as(enum kind kind, const char *name,
                               struct sae_files_proof *proof, struct sae_err *err)
{
    const char *path = path_of(name);
    struct sae_transport transport;

    *err = (struct sae_err){0};
    *proof = (struct sae_files_proof){0};
    taken = 0;
    switch (kind) {
    case TRANSPORT:
        return sae_files_transport(path, &env, &transport, proof, err);
    case MAILBOXES:
        return sae_files_mailboxes(path, &env, &boxes, proof, err);
    default:
        return sae_files_signins(path, &env, take_signin, NULL, proof, err);
    }
}

static void is_read(enum kind kind, const char *name)
{
    struct sae_files_proof proof;
    struct sae_err err;
    enum sae_status status = read_as(kind, name, &proof, &err);

    ck_assert_msg(status == SAE_OK, "%s refused: %s", name, err.text);
}

static void is_refused(enum kind kind, const char *name, enum sae_status want,
                       const char *words)
{
    struct sae_files_proof proof;
    struct sae_err err;
    enum sae_status status = read_as(kind, name, &proof, &err);

    ck_assert_msg(status == want, "%s: status %s, not %s: %s", name,
                  sae_status_name(status), sae_status_name(want), err.text);
    ck_assert_msg(strstr(err.text, words) != NULL, "'%s' does not say '%s'", err.text,
                  words);
    if (want != SAE_E_TIMEOUT) {
        ck_assert_msg(strstr(err.text, name) != NULL, "'%s' does not name %s", err.text,
                      name);
    }
}

static const char *const good[KINDS] = {
    [TRANSPORT] = FALSE_SWITCH "\n",
    [MAILBOXES] = "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\n"
                  "a@contoso.example,False\n",
    [SIGNINS] = "Request ID,Date (UTC),Sign-in error code,Client app,Username\n"
                "r1,2026-11-22T11:59:00Z,50126,Authenticated SMTP,a@contoso.example\n"};

START_TEST(a_missing_file_is_named)
{
    is_refused((enum kind)_i, "absent.json", SAE_E_MISSING, "absent.json");
}
END_TEST

START_TEST(a_folder_is_no_export)
{
    ck_assert_int_eq(mkdir(path_of("folder"), 0755), 0);
    is_refused((enum kind)_i, "folder", SAE_E_DENIED, "not a regular file");
}
END_TEST

START_TEST(a_pipe_does_not_hang_the_reader)
{
    ck_assert_int_eq(mkfifo(path_of("pipe"), 0644), 0);
    is_refused((enum kind)_i, "pipe", SAE_E_DENIED, "not a regular file");
}
END_TEST

START_TEST(a_file_that_may_not_be_read_is_denied)
{
    write_text("secret", good[_i], noon());
    ck_assert_int_eq(chmod(path_of("secret"), 0), 0);
    if (geteuid() == 0) {
        ck_assert_int_eq(seteuid(65534), 0);
    }
    is_refused((enum kind)_i, "secret", SAE_E_DENIED, strerror(EACCES));
    if (getuid() == 0) {
        ck_assert_int_eq(seteuid(0), 0);
    }
}
END_TEST

START_TEST(an_empty_file_is_no_export)
{
    static const char *const empty[] = {"", "\n", " \t\r\n\r\n", "\xef\xbb\xbf",
                                        "\xff\xfe"};

    for (int i = 0; i < COUNT(empty); i++) {
        write_text("empty", empty[i], noon() - SAE_HOUR);
        is_refused((enum kind)_i, "empty", SAE_E_FORMAT, "empty");
    }
}
END_TEST

START_TEST(a_file_is_as_old_as_its_modification_time)
{
    struct sae_files_proof proof;
    struct sae_err err;

    write_text("old", good[_i], instant("2019-01-02T03:04:05.1234567Z"));
    ck_assert_int_eq(read_as((enum kind)_i, "old", &proof, &err), SAE_OK);
    ck_assert_int_eq(proof.time, instant("2019-01-02T03:04:05.1234567Z"));
    ck_assert_uint_eq(proof.rows, 1);
}
END_TEST

START_TEST(a_file_from_the_future_is_refused)
{
    write_text("future", good[_i], noon() + 61 * SAE_SECOND);
    is_refused((enum kind)_i, "future", SAE_E_STALE, "future");
    write_text("soon", good[_i], noon() + 59 * SAE_SECOND);
    is_read((enum kind)_i, "soon");
}
END_TEST

START_TEST(utf16_with_its_mark_reads_like_utf8)
{
    write_utf16("wide", good[_i], noon() - SAE_HOUR);
    is_read((enum kind)_i, "wide");
    if (_i != TRANSPORT) {
        ck_assert_uint_eq(taken, 1);
        ck_assert_str_eq(last_user, "a@contoso.example");
    }
    write_bytes("half", "\xff\xfe{", 3, noon() - SAE_HOUR);
    is_refused((enum kind)_i, "half", SAE_E_FORMAT, "");
}
END_TEST

START_TEST(a_spent_budget_or_a_signal_ends_the_reading)
{
    static volatile sig_atomic_t stop = 1;

    write_text("file", good[_i], noon() - SAE_HOUR);
    budget.end = 0;
    is_refused((enum kind)_i, "file", SAE_E_TIMEOUT, "time limit reached");
    budget = plenty();
    budget.stop = &stop;
    is_refused((enum kind)_i, "file", SAE_E_TIMEOUT, "told to stop");
    ck_assert_uint_eq(taken, 0);
}
END_TEST

START_TEST(a_failure_of_the_taker_ends_the_reading)
{
    struct sae_files_proof proof = {.rows = 77};
    struct sae_err err;

    write_text("file", good[MAILBOXES], noon() - SAE_HOUR);
    ck_assert_int_eq(
        sae_files_mailboxes(path_of("file"), &env, &refuses, &proof, &err),
        SAE_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "enough"));
    ck_assert_uint_eq(proof.rows, 77);
}
END_TEST

/* ---- half-written files -------------------------------------------------------------
 */

static const struct {
    enum kind kind;
    const char *text;
    bool fresh_is_refused;
} unended[] = {
    {MAILBOXES,
     "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\na@contoso.example,F", true},
    {MAILBOXES,
     "[{\"PrimarySmtpAddress\":\"a@b.example\","
     "\"SmtpClientAuthenticationDisabled\":null}]",
     false},
    {MAILBOXES,
     "{\"PrimarySmtpAddress\":\"a@b.example\",\"SmtpClientAuthenticationDisabled\":null}"
     "\n"
     "{\"PrimarySmtpAddress\":\"c@b.example\",\"SmtpClientAuthenticationDisabled\":null}",
     true},
    {SIGNINS,
     "Request ID,Date (UTC),Sign-in error code,Client app\n"
     "r1,2026-11-22T11:59:00Z,50126,Authenticated SMTP",
     true},
    {SIGNINS, "{\"value\":[]}", false},
    {TRANSPORT, FALSE_SWITCH, false},
};

START_TEST(a_line_without_end_is_believed_once_the_file_has_rested)
{
    write_text("file", unended[_i].text, noon() - 59 * SAE_SECOND);
    if (unended[_i].fresh_is_refused) {
        is_refused(unended[_i].kind, "file", SAE_E_INCOMPLETE, "last line has no end");
    } else {
        is_read(unended[_i].kind, "file");
    }
    touch("file", noon() - 60 * SAE_SECOND);
    is_read(unended[_i].kind, "file");
}
END_TEST

START_TEST(a_cut_body_is_refused_at_any_age)
{
    static const struct {
        enum kind kind;
        const char *text;
    } cut[] = {
        {TRANSPORT, "{\"SmtpClientAuthenticationDisabled\":fal"},
        {TRANSPORT, "{\"SmtpClientAuthenticationDisabled\":false"},
        {MAILBOXES, "[{\"PrimarySmtpAddress\":\"a@b.example\","
                    "\"SmtpClientAuthenticationDisabled\":null},"},
        {MAILBOXES, "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\n\"a@b.example"},
        {MAILBOXES, "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\na@b.example\n"},
        {SIGNINS, "{\"value\":[{\"id\":\"r1\""},
        {SIGNINS, "{\"value\":[]"},
    };

    for (int i = 0; i < COUNT(cut); i++) {
        write_text("file", cut[i].text, noon() - 100 * SAE_DAY);
        is_refused(cut[i].kind, "file", SAE_E_FORMAT, "");
    }
}
END_TEST

/* ---- mailboxes ----------------------------------------------------------------------
 */

START_TEST(no_mailboxes_are_no_proof_of_safety)
{
    static const char *const none[] = {
        "[]", "{\"value\":[]}\n", "{\"@adminapi.warnings\":[],\"value\":[]}\n",
        "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\n"};

    for (int i = 0; i < COUNT(none); i++) {
        write_text("file", none[i], noon() - SAE_HOUR);
        is_refused(MAILBOXES, "file", SAE_E_FORMAT, "no mailboxes");
    }
}
END_TEST

START_TEST(a_list_without_the_flag_never_means_inherit)
{
    static const char *const lists[] = {
        "PrimarySmtpAddress,ImapEnabled\na@contoso.example,True\n",
        "PrimarySmtpAddress\na@contoso.example\n",
        "[{\"PrimarySmtpAddress\":\"a@contoso.example\",\"ImapEnabled\":false}]\n",
        "{\"value\":[{\"PrimarySmtpAddress\":\"a@contoso.example\"}]}\n"};

    for (int i = 0; i < COUNT(lists); i++) {
        write_text("file", lists[i], noon() - SAE_HOUR);
        is_refused(MAILBOXES, "file", SAE_E_FORMAT,
                   "no SmtpClientAuthenticationDisabled");
    }
}
END_TEST

START_TEST(exactly_a_thousand_rows_are_what_the_cmdlet_cuts_at)
{
    static const unsigned counts[] = {999, 1000, 1001};
    struct sae_files_proof proof;
    struct sae_buf buf;
    struct sae_err err;

    mailbox_csv(&buf, counts[_i]);
    write_buf("boxes.csv", &buf, noon() - SAE_HOUR);
    if (counts[_i] == 1000) {
        is_refused(MAILBOXES, "boxes.csv", SAE_E_INCOMPLETE, "-ResultSize Unlimited");
        write_text("manifest.json",
                   "{\"version\":1,\"time\":\"2026-11-22T11:00:00Z\","
                   "\"rows\":{\"boxes.csv\":1000}}",
                   noon());
    }
    ck_assert_int_eq(read_as(MAILBOXES, "boxes.csv", &proof, &err), SAE_OK);
    ck_assert_uint_eq(proof.rows, counts[_i]);
    ck_assert_uint_eq(taken, counts[_i]);
}
END_TEST

START_TEST(one_page_of_a_longer_list_is_incomplete)
{
#define ROW                                                                              \
    "{\"PrimarySmtpAddress\":\"a@b.example\",\"SmtpClientAuthenticationDisabled\":null}"
    write_text("page",
               "{\"value\":[" ROW "],\"@odata.nextLink\":\"https://x.example/next\"}\n",
               noon() - SAE_HOUR);
    is_refused(MAILBOXES, "page", SAE_E_INCOMPLETE, "one page of a longer list");
    write_text("pages",
               "{\"value\":[" ROW "],\"@odata.nextLink\":\"https://x.example/next\"}\n"
               "{\"value\":[" ROW "]}\n",
               noon() - SAE_HOUR);
    is_read(MAILBOXES, "pages");
    ck_assert_uint_eq(taken, 2);
#undef ROW
}
END_TEST

START_TEST(semicolons_and_tabs_separate_as_well)
{
    static const char separators[] = ";\t,";
    char text[512];

    for (int i = 0; separators[i] != '\0'; i++) {
        char s = separators[i];

        snprintf(text, sizeof(text),
                 "PrimarySmtpAddress%cSmtpClientAuthenticationDisabled%cEmailAddresses\n"
                 "a@contoso.example%cTrue%c\"SMTP:a@contoso.example,b;c\"\n",
                 s, s, s, s);
        write_text("boxes", text, noon() - SAE_HOUR);
        is_read(MAILBOXES, "boxes");
        ck_assert_str_eq(last_user, "a@contoso.example");
        snprintf(text, sizeof(text),
                 "Request ID%cDate (UTC)%cSign-in error code%cClient app%cUsername\n"
                 "r1%c2026-11-22T11:00:00Z%c0%cSMTP%cB@contoso.example\n",
                 s, s, s, s, s, s, s, s);
        write_text("log", text, noon() - SAE_HOUR);
        is_read(SIGNINS, "log");
        ck_assert_str_eq(last_user, "b@contoso.example");
    }
}
END_TEST

START_TEST(an_answer_that_is_an_error_is_no_data)
{
    write_text("file", "{\"error\":{\"code\":\"Forbidden\",\"message\":\"no\"}}\n",
               noon() - SAE_HOUR);
    is_refused((enum kind)_i, "file", SAE_E_FORMAT, "error, not data");
}
END_TEST

START_TEST(what_is_neither_table_nor_json_is_refused)
{
    static const char *const odd[] = {"<html><body>Sign in</body></html>\n", "\"text\"\n",
                                      "17\n", "null\n", "Name : x\n"};

    for (int i = 0; i < COUNT(odd); i++) {
        write_text("file", odd[i], noon() - SAE_HOUR);
        is_refused((enum kind)_i, "file", SAE_E_FORMAT, "");
    }
    write_bytes("zeros", "\0\0\0\0\0\0\0\0", 8, noon() - SAE_HOUR);
    is_refused((enum kind)_i, "zeros", SAE_E_FORMAT, "");
}
END_TEST

static Suite *files_suite(void)
{
    Suite *suite = suite_create("files");
    TCase *tc = tcase_create("files");

    tcase_add_checked_fixture(tc, setup, folder_end);
    tcase_add_loop_test(tc, a_missing_file_is_named, 0, KINDS);
    tcase_add_loop_test(tc, a_folder_is_no_export, 0, KINDS);
    tcase_add_loop_test(tc, a_pipe_does_not_hang_the_reader, 0, KINDS);
    tcase_add_loop_test(tc, a_file_that_may_not_be_read_is_denied, 0, KINDS);
    tcase_add_loop_test(tc, an_empty_file_is_no_export, 0, KINDS);
    tcase_add_loop_test(tc, a_file_is_as_old_as_its_modification_time, 0, SIGNINS);
    tcase_add_loop_test(tc, a_file_from_the_future_is_refused, 0, KINDS);
    tcase_add_loop_test(tc, utf16_with_its_mark_reads_like_utf8, 0, KINDS);
    tcase_add_loop_test(tc, a_spent_budget_or_a_signal_ends_the_reading, 0, KINDS);
    tcase_add_test(tc, a_failure_of_the_taker_ends_the_reading);
    tcase_add_loop_test(tc, a_line_without_end_is_believed_once_the_file_has_rested, 0,
                        COUNT(unended));
    tcase_add_test(tc, a_cut_body_is_refused_at_any_age);
    tcase_add_test(tc, no_mailboxes_are_no_proof_of_safety);
    tcase_add_test(tc, a_list_without_the_flag_never_means_inherit);
    tcase_add_loop_test(tc, exactly_a_thousand_rows_are_what_the_cmdlet_cuts_at, 0, 3);
    tcase_add_test(tc, one_page_of_a_longer_list_is_incomplete);
    tcase_add_test(tc, semicolons_and_tabs_separate_as_well);
    tcase_add_loop_test(tc, an_answer_that_is_an_error_is_no_data, 0, KINDS);
    tcase_add_loop_test(tc, what_is_neither_table_nor_json_is_refused, 0, KINDS);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(files_suite());
}
