/* SPDX-License-Identifier: MIT */
/* Documents: structure stays, names and values go, odd strings spoil only themselves. */
#include "replacing.h"

#define GUID_A "3d0f6c4e-7a55-4c1b-9e0d-0a1b2c3d4e5f"

START_TEST(structure_and_what_is_no_string_survive)
{
    ck_assert_str_eq(
        json(" {\"value\" : [ {\"A\":true,\"B\":false,\"C\":null,\"D\":-1.5e3,\"E\":[],"
             "\"F\":{}} , 7 , \"Ann\" ] }"),
        "{\"value\":[{\"A\":true,\"B\":false,\"C\":null,\"D\":-1.5e3,\"E\":[],"
        "\"F\":{}},7,\"text-1\"]}");
    ck_assert_str_eq(json("[[1,[2]],[{\"a\":[{\"b\":1},{\"b\":2}]}]]"),
                     "[[1,[2]],[{\"a\":[{\"b\":1},{\"b\":2}]}]]");
    ck_assert_str_eq(json("\"\""), "\"\"");
}
END_TEST

START_TEST(elements_of_a_list_are_what_the_list_is_called)
{
    ck_assert_str_eq(json("{\"@adminapi.warnings\":[\"Use the ResultSize parameter\",7],"
                          "\"Names\":[\"Use the ResultSize parameter\"],"
                          "\"access_token\":[[\"x\"],17]}"),
                     "{\"@adminapi.warnings\":[\"Use the ResultSize parameter\",7],"
                     "\"Names\":[\"text-1\"],"
                     "\"access_token\":[[\"token-1\"],\"token-1\"]}");
}
END_TEST

START_TEST(numbers_that_tell_a_place_or_a_network_go)
{
    ck_assert_str_eq(json("{\"latitude\":60.45,\"longitude\":22.27,\"altitude\":null,"
                          "\"autonomousSystemNumber\":65536,\"errorCode\":50126}"),
                     "{\"latitude\":0,\"longitude\":0,\"altitude\":null,"
                     "\"autonomousSystemNumber\":64500,\"errorCode\":50126}");
}
END_TEST

START_TEST(a_long_number_stays_only_where_times_and_codes_stand)
{
    ck_assert_str_eq(json("{\"ip\":3405803847,\"phone\":[4930123456,-12345678],\"no\":1234567,"
                          "\"lat\":60.4518126,\"big\":1e12345678,\"expires_on\":1795421730,"
                          "\"errorCode\":50076000,\"error_codes\":[7000215,70002150],"
                          "\"code\":-2133196797,\"not_before\":493012345678,"
                          "\"errorcode\":1.2345678,\"share\":0.8}"),
                     "{\"ip\":0,\"phone\":[0,0],\"no\":1234567,"
                     "\"lat\":0,\"big\":0,\"expires_on\":1795421730,"
                     "\"errorCode\":50076000,\"error_codes\":[7000215,70002150],"
                     "\"code\":-2133196797,\"not_before\":0,"
                     "\"errorcode\":0,\"share\":0.8}");
}
END_TEST

static const char *const kept_names[] = {
    "SmtpClientAuthenticationDisabled", "@odata.nextLink", "@odata.context",
    "adminapi.warnings@odata.type", "@adminapi.warnings", "Guid@data.type",
    "Guid@odata.type", "riskEventTypes_v2", "request-id", "client-request-id",
};

START_TEST(names_of_properties_stay_and_others_go)
{
    static const char *const replaced[] = {
        "ann@contoso.example", "contoso.example", GUID_A, "Ann Rao", "", "203.0.113.7",
        "tel4930123456", "microsoft@graph.x", "caf\xc3\xa9", "Ann@odata.Rao/x", "\\\"x", "1st",
        "x123456789012345678901234567890123456789012345678901234567890123",
    };
    char text[256], want[256];

    for (int i = 0; i < COUNT(kept_names); i++) {
        snprintf(text, sizeof(text), "{\"%s\":1}", kept_names[i]);
        ck_assert_str_eq(json(text), text);
    }
    for (int i = 0; i < COUNT(replaced); i++) {
        snprintf(text, sizeof(text), "{\"%s\":1}", replaced[i]);
        snprintf(want, sizeof(want), "{\"name-%d\":1}", i + 1);
        ck_assert_str_eq(json(text), want);
    }
}
END_TEST

START_TEST(an_error_in_json_in_a_message_is_replaced_as_json)
{
    ck_assert_str_eq(
        json("{\"message\":\"{\\\"Message\\\":\\\"Object 'x y' not found.\\\",\\\"TypeName\\\":"
             "\\\"Microsoft.Exchange.X\\\",\\\"StackTrace\\\":null}\"}"),
        "{\"message\":\"{\\\"Message\\\":\\\"Object 'text-1' not found.\\\",\\\"TypeName\\\":"
        "\\\"Microsoft.Exchange.X\\\",\\\"StackTrace\\\":null}\"}");
}
END_TEST

START_TEST(json_in_json_in_json_ends_at_a_limit)
{
    static char text[1 << 16], quoted[1 << 16];
    struct sae_buf nest;

    snprintf(text, sizeof(text), "[\"Ann Rao\"]");
    for (int i = 0; i < 8; i++) {
        sae_buf_init(&nest, sizeof(text) - 1);
        sae_buf_puts(&nest, "[");
        sae_anonymous_quote(&nest, text, strlen(text));
        sae_buf_puts(&nest, "]");
        snprintf(quoted, sizeof(quoted), "%s", sae_buf_text(&nest));
        memcpy(text, quoted, sizeof(text));
        sae_buf_done(&nest);
    }
    ck_assert_ptr_null(strstr(json(text), "Ann"));
    ck_assert_ptr_nonnull(strstr(sae_buf_text(&out), "text-1"));
}
END_TEST

START_TEST(a_spoiled_string_spoils_only_itself)
{
    char *text = calloc(1, 40000);
    size_t len;

    ck_assert_str_eq(json("{\"a\":\"Ann\\u0000Rao\",\"b\":\"\\ud800\",\"a\":\"Ann\\u0000Rao\","
                          "\"access_token\":\"x\\u0000\",\"c\":true}"),
                     "{\"a\":\"text-1\\u0000\",\"b\":\"text-2\\u0000\","
                     "\"a\":\"text-1\\u0000\",\"access_token\":\"token-1\",\"c\":true}");
    len = (size_t)snprintf(text, 40000, "{\"displayName\":\"");
    memset(text + len, 'y', 20000);
    snprintf(text + len + 20000, 100, "\",\"c\":true}");
    ck_assert_str_eq(json(text), "{\"displayName\":\"text-3\",\"c\":true}");
    free(text);
}
END_TEST

START_TEST(a_name_too_long_to_be_one_is_left_out_with_its_value)
{
    char text[400];

    snprintf(text, sizeof(text), "{\"a\":1,\"%0200d\":\"Ann\",\"b\\u0000\":2,\"c\":3}", 7);
    ck_assert_str_eq(json(text), "{\"a\":1,\"c\":3}");
}
END_TEST

static const char *const broken[] = {"",      "{",       "{\"a\":1",   "[1,]",     "{\"a\":\"b",
                                     "nul", "{} {}", "[\"\xff\"]", "{\"a\":tru"};

START_TEST(what_is_no_json_is_an_error)
{
    sae_buf_clear(&out);
    ck_assert_int_eq(sae_anonymous_json(anon, broken[_i], strlen(broken[_i]), &out, NULL),
                     SAE_E_FORMAT);
}
END_TEST

START_TEST(output_that_does_not_fit_is_an_error)
{
    struct sae_buf small;
    struct sae_err err = {0};

    sae_buf_init(&small, 20);
    ck_assert_int_eq(sae_anonymous_json(anon, "[\"a\",\"b\",\"c\"]", 13, &small, &err),
                     SAE_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "too long once replaced"));
    sae_buf_done(&small);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("anonymous json");
    TCase *tcase = tcase_create("core");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, structure_and_what_is_no_string_survive);
    tcase_add_test(tcase, elements_of_a_list_are_what_the_list_is_called);
    tcase_add_test(tcase, numbers_that_tell_a_place_or_a_network_go);
    tcase_add_test(tcase, a_long_number_stays_only_where_times_and_codes_stand);
    tcase_add_test(tcase, names_of_properties_stay_and_others_go);
    tcase_add_test(tcase, an_error_in_json_in_a_message_is_replaced_as_json);
    tcase_add_test(tcase, json_in_json_in_json_ends_at_a_limit);
    tcase_add_test(tcase, a_spoiled_string_spoils_only_itself);
    tcase_add_test(tcase, a_name_too_long_to_be_one_is_left_out_with_its_value);
    tcase_add_loop_test(tcase, what_is_no_json_is_an_error, 0,
                        COUNT(broken));
    tcase_add_test(tcase, output_that_does_not_fit_is_an_error);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
