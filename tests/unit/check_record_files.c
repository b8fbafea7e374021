/* SPDX-License-Identifier: MIT */
/* The folder of a recording: bodies of every kind, headers, numbers, modes, two threads. */
#include <pthread.h>

#include "recording.h"

static const struct {
    const char *body;
    size_t len;
    const char *nature;
} natures[] = {
    {"", 0, "empty"},
    {"\0\0\0\0\0", 5, "nul"},
    {"\0\0a", 3, "text"},
    {"<html><body>Ann Rao</body></html>", 33, "html"},
    {" \r\n<!DOCTYPE html>", 18, "html"},
    {"Service Unavailable, Ann Rao", 28, "text"},
    {"{\"a\":\"Ann Rao\"", 14, "spoiled"},
    {"{\"a\":\"Ann Rao\"} Ann", 19, "spoiled"},
    {"[1,2,", 5, "spoiled"},
    {"\xef\xbb\xbf{\"a\":\"Ann Rao\"}", 18, "spoiled"},
    {"{\"a\":\"Ann\xff\"}", 12, "spoiled"},
    {"{\"a\":\"Ann\\u0000\"}", 17, "json"},
    {"{}", 2, "json"},
};

START_TEST(a_body_that_is_no_json_is_named_and_not_kept)
{
    bool kept = strcmp(natures[_i].nature, "json") == 0;

    exchange_bytes("exchange", EXCHANGE, request_body, 503, natures[_i].body,
                   natures[_i].len);
    file(1);
    assert_nothing_of(originals, COUNT(originals));
    ck_assert_str_eq(word("nature"), natures[_i].nature);
    ck_assert_int_eq(member("bytes")->valueint, (int)natures[_i].len);
    ck_assert(cJSON_IsNull(member("body")) == !kept);
}
END_TEST

START_TEST(every_truncation_of_a_page_is_recorded_without_a_name)
{
    size_t len = sizeof(mailboxes) - 1;

    for (size_t n = 1; n < len; n += 97) {
        struct sae_recording *recording =
            sae_record_begin(record, "exchange", EXCHANGE, NULL, 0);

        sae_record_body(recording, mailboxes, n);
        sae_record_end(recording, 200, "the answer of outlook.office365.com ended early");
        file((unsigned)(n / 97 + 1));
        assert_nothing_of(originals, COUNT(originals));
        ck_assert_str_eq(word("nature"), "spoiled");
        ck_assert_str_eq(word("outcome"), "the answer of exchange.example ended early");
    }
}
END_TEST

/* A list of numbers of exactly `len` bytes. */
static char *long_body(size_t len)
{
    char *body = malloc(len);

    ck_assert_ptr_nonnull(body);
    memset(body, ' ', len);
    memcpy(body, "{\"a\":[1", 7);
    memcpy(body + len - 2, "]}", 2);
    return body;
}

START_TEST(a_body_longer_than_the_limit_is_noted)
{
    char *body = long_body(SAE_RECORD_BODY + 1);

    exchange_bytes("exchange", EXCHANGE, request_body, 200, body, SAE_RECORD_BODY);
    file(1);
    ck_assert(cJSON_IsNull(member("body")));
    ck_assert_str_eq(word("nature"), "spoiled"); /* its last byte is missing */
    exchange_bytes("exchange", EXCHANGE, request_body, 200, body, SAE_RECORD_BODY + 1);
    file(2);
    ck_assert_str_eq(word("nature"), "json");
    ck_assert_str_eq(word("note"), "body longer than 4 MiB, not recorded");
    ck_assert(cJSON_IsNull(member("body")));
    ck_assert_int_eq(member("bytes")->valueint, SAE_RECORD_BODY + 1);
    free(body);
    body = long_body(SAE_RECORD_BODY);
    exchange_bytes("exchange", EXCHANGE, request_body, 200, body, SAE_RECORD_BODY);
    file(3);
    ck_assert(cJSON_IsObject(member("body")));
    ck_assert_ptr_null(cJSON_GetObjectItem(root, "note"));
    free(body);
}
END_TEST

START_TEST(only_listed_headers_are_written_and_their_values_are_replaced)
{
    static const char *const lines[] = {
        "HTTP/1.1 100 Continue\r\n",
        "Retry-After: 99\r\n",
        "\r\n",
        "HTTP/2 429 \r\n",
        "Content-Type: application/json;odata.metadata=minimal;odata.streaming=true;"
        "IEEE754Compatible=false;charset=utf-8\r\n",
        "content-encoding: gzip\r\n",
        "Retry-After: 17\r\n",
        "Retry-After: 18\r\n",
        "Date: Sun, 22 Nov 2026 08:15:30 GMT\r\n",
        "Preference-Applied: odata.maxpagesize=1000\r\n",
        "Rate-Limit-Limit: 30000\r\n",
        "Rate-Limit-Reset: 2026-11-22T08:20:00.0000000Z\r\n",
        "x-ms-throttle-limit-percentage: 0.8\r\n",
        "x-ms-throttle-scope: Tenant_Application/ReadWrite/" TENANT "\r\n",
        "x-ms-resource-unit: 5\r\n",
        "request-id: 11111111-2222-4333-8444-555555555555\r\n",
        "Location: https://eurprd.outlook.office365.com:446/adminapi/beta/" TENANT "?x=ann\r\n",
        "Set-Cookie: ann=hunter2\r\n",
        "Authorization: Bearer eyJ0eXAi.eyJhdWQi.c2ln\r\n",
        "WWW-Authenticate: Bearer realm=\"hunter2\"\r\n",
        "X-FEServer: AM6PR07CA0001\r\n",
        "no colon\r\n",
        ": empty name\r\n",
        "",
    };
    struct sae_recording *recording =
        sae_record_begin(record, "exchange", EXCHANGE, request_body, 10);

    for (int i = 0; i < COUNT(lines); i++) {
        sae_record_header(recording, lines[i], strlen(lines[i]));
    }
    sae_record_end(recording, 429, "ok");
    file(1);
    assert_nothing_of(originals, COUNT(originals));
    ck_assert_ptr_null(strstr(text, "AM6PR"));
    ck_assert_str_eq(header("content-type"),
                     "application/json;odata.metadata=minimal;odata.streaming=true;"
                     "IEEE754Compatible=false;charset=utf-8");
    ck_assert_str_eq(header("content-encoding"), "gzip");
    ck_assert_str_eq(header("retry-after"), "17");
    ck_assert_str_eq(header("date"), "Sun, 22 Nov 2026 08:15:30 GMT");
    ck_assert_str_eq(header("preference-applied"), "odata.maxpagesize=1000");
    ck_assert_str_eq(header("rate-limit-limit"), "30000");
    ck_assert_str_eq(header("rate-limit-reset"), "2026-11-22T08:20:00.0000000Z");
    ck_assert_str_eq(header("x-ms-throttle-limit-percentage"), "0.8");
    ck_assert_str_eq(header("x-ms-throttle-scope"), "text-1");
    ck_assert_str_eq(header("request-id"), "guid-2");
    ck_assert_str_eq(header("location"),
                     "https://region-1.exchange.example:446/adminapi/beta/guid-1?name-1=text-2");
    ck_assert_int_eq(cJSON_GetArraySize(member("headers")), 11);
    ck_assert(cJSON_IsNull(member("request"))); /* it was cut, so it is no JSON */
}
END_TEST

START_TEST(odd_values_of_headers_are_replaced)
{
    static const char *const lines[] = {
        "content-type: text/ann; boundary=contoso", "retry-after: soon, Ann",
        "date: Sun, 22 Nov 2026 at contoso.org", "content-encoding: hunter2",
        "rate-limit-remaining: ceo@contoso.org", "request-id: contoso",
        "rate-limit-reset: 203.0.113.9", "rate-limit-used: 4930123456789"};
    char long_line[SAE_RECORD_VALUE + 40];
    struct sae_recording *recording = sae_record_begin(record, "graph", SIGNINS, NULL, 0);

    memset(long_line, '1', sizeof(long_line));
    memcpy(long_line, "rate-limit-x:", 13);
    sae_record_header(recording, long_line, sizeof(long_line));
    for (int i = 0; i < COUNT(lines); i++) {
        sae_record_header(recording, lines[i], strlen(lines[i]));
    }
    for (int i = 0; i < 100; i++) {
        char line[64];

        snprintf(line, sizeof(line), "rate-limit-%d: 1", i);
        sae_record_header(recording, line, strlen(line));
    }
    sae_record_end(recording, 200, "ok");
    file(1);
    assert_nothing_of(originals, COUNT(originals));
    ck_assert_str_eq(header("rate-limit-x"), "absent");
    ck_assert_str_eq(header("retry-after"), "soon, text-2");
    ck_assert_str_eq(header("rate-limit-reset"), "198.18.0.1");
    ck_assert_str_eq(header("rate-limit-used"), "number-1");
    ck_assert_str_eq(header("rate-limit-remaining"), "user-1@example");
    ck_assert_int_eq(cJSON_GetArraySize(member("headers")), SAE_RECORD_HEADERS);
}
END_TEST

START_TEST(a_folder_is_empty_until_an_exchange_ends)
{
    ck_assert(sae_record_is_empty(path_of("rec")));
    exchange("graph", SIGNINS, NULL, 200, "{}");
    ck_assert(!sae_record_is_empty(path_of("rec")));
    ck_assert(!sae_record_is_empty(path_of("not-there")));
}
END_TEST

START_TEST(files_are_numbered_as_exchanges_end)
{
    struct sae_recording *first = sae_record_begin(record, "graph", SIGNINS, NULL, 0);
    struct sae_recording *second =
        sae_record_begin(record, "exchange", EXCHANGE, request_body, 1);

    sae_record_end(second, 200, "ok");
    sae_record_end(first, 0, "timed out");
    file(1);
    ck_assert_str_eq(word("service"), "exchange");
    file(2);
    ck_assert_str_eq(word("service"), "graph");
    ck_assert_int_eq(member("number")->valueint, 2);
    ck_assert_int_eq(member("status")->valueint, 0);
    ck_assert_str_eq(word("nature"), "empty");
    ck_assert_str_eq(word("outcome"), "timed out");
}
END_TEST

START_TEST(folder_and_files_are_the_owners_alone)
{
    struct stat st;

    ck_assert_int_eq(stat(path_of("rec"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
    exchange("graph", SIGNINS, NULL, 200, "{}");
    ck_assert_int_eq(stat(path_of("rec/0001.json"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

static enum sae_status open_again(const char *name)
{
    struct sae_record *other = NULL;
    enum sae_status status;

    err = (struct sae_err){0};
    status = sae_record_open(path_of(name), &other, &err);
    ck_assert((status == SAE_OK) == (other != NULL));
    sae_record_close(other);
    return status;
}

START_TEST(an_empty_folder_will_do_another_one_will_not)
{
    ck_assert_int_eq(open_again("rec"), SAE_OK);
    exchange("graph", SIGNINS, NULL, 200, "{}");
    ck_assert_int_eq(open_again("rec"), SAE_E_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "there are files in it, --record needs a new or "
                                           "an empty folder"));
    ck_assert_int_eq(open_again("rec/0001.json"), SAE_E_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "not a folder, --record needs a new or an empty"));
    ck_assert_int_eq(symlink(path_of("rec"), path_of("link")), 0);
    ck_assert_int_eq(open_again("link"), SAE_E_CONFIG);
    ck_assert_int_eq(open_again("missing/rec"), SAE_E_MISSING);
    ck_assert_ptr_nonnull(strstr(err.text, "cannot create the folder for --record"));
}
END_TEST

START_TEST(the_first_failure_to_write_is_remembered)
{
    struct sae_recording *recording;

    write_text("rec/0001.json", "{}", noon());
    for (int i = 0; i < 2; i++) {
        recording = sae_record_begin(record, "graph", SIGNINS, NULL, 0);
        sae_record_end(recording, 200, "ok");
    }
    ck_assert_int_eq(sae_record_status(record, &err), SAE_E_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "rec: 0001.json: cannot create: File exists"));
    ck_assert_int_eq(sae_record_status(record, NULL), SAE_E_IO);
    file(2);
}
END_TEST

START_TEST(without_a_record_nothing_happens)
{
    struct sae_recording *recording = sae_record_begin(NULL, "graph", SIGNINS, NULL, 0);

    ck_assert_ptr_null(recording);
    sae_record_host(NULL, "graph", "https://graph.microsoft.com");
    sae_record_header(recording, "Date: x", 7);
    sae_record_body(recording, "x", 1);
    sae_record_end(recording, 200, "ok");
    ck_assert_int_eq(sae_record_status(NULL, &err), SAE_OK);
    sae_record_close(NULL);
}
END_TEST

enum { ROUNDS = 40 };

static void *record_many(void *arg)
{
    const char *service = arg;
    bool graph = strcmp(service, "graph") == 0;
    const char *body = graph ? signins : mailboxes;

    for (int i = 0; i < ROUNDS; i++) {
        struct sae_recording *recording = sae_record_begin(
            record, service, graph ? SIGNINS : EXCHANGE, graph ? NULL : request_body,
            graph ? 0 : strlen(request_body));

        sae_record_header(recording, "content-type: application/json", 30);
        sae_record_body(recording, body, strlen(body));
        sae_record_end(recording, 200, "ok");
        if (sae_record_status(record, NULL) != SAE_OK) {
            break;
        }
    }
    return NULL;
}

START_TEST(two_threads_record_at_once)
{
    static char exchange_name[] = "exchange", graph_name[] = "graph";
    pthread_t threads[2];
    unsigned graphs = 0;

    ck_assert_int_eq(pthread_create(&threads[0], NULL, record_many, exchange_name), 0);
    ck_assert_int_eq(pthread_create(&threads[1], NULL, record_many, graph_name), 0);
    ck_assert_int_eq(pthread_join(threads[0], NULL), 0);
    ck_assert_int_eq(pthread_join(threads[1], NULL), 0);
    ck_assert_int_eq(sae_record_status(record, NULL), SAE_OK);
    for (unsigned i = 1; i <= 2 * ROUNDS; i++) {
        file(i);
        ck_assert_uint_eq((unsigned)member("number")->valueint, i);
        ck_assert_str_eq(word("nature"), "json");
        graphs += strcmp(word("service"), "graph") == 0 ? 1 : 0;
        assert_nothing_of(originals, COUNT(originals));
    }
    ck_assert_uint_eq(graphs, ROUNDS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record files");
    TCase *tcase = tcase_create("core");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, a_body_that_is_no_json_is_named_and_not_kept, 0,
                        COUNT(natures));
    tcase_add_test(tcase, every_truncation_of_a_page_is_recorded_without_a_name);
    tcase_add_test(tcase, a_body_longer_than_the_limit_is_noted);
    tcase_add_test(tcase, only_listed_headers_are_written_and_their_values_are_replaced);
    tcase_add_test(tcase, odd_values_of_headers_are_replaced);
    tcase_add_test(tcase, a_folder_is_empty_until_an_exchange_ends);
    tcase_add_test(tcase, files_are_numbered_as_exchanges_end);
    tcase_add_test(tcase, folder_and_files_are_the_owners_alone);
    tcase_add_test(tcase, an_empty_folder_will_do_another_one_will_not);
    tcase_add_test(tcase, the_first_failure_to_write_is_remembered);
    tcase_add_test(tcase, without_a_record_nothing_happens);
    tcase_add_test(tcase, two_threads_record_at_once);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
