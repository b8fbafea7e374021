/* SPDX-License-Identifier: MIT */
/* What is said of an exchange that failed: who is to blame, in words without what a message
 * must not carry. */
#include "fetch/http_words.h"
#include "folder.h"

#define PROXY "http://user:pass@word@proxy.example:3128/x"

static const struct {
    CURLcode code;
    enum sae_status status;
    struct sae_http_trouble trouble;
    const char *text;
} words[] = {
    {CURLE_COULDNT_RESOLVE_HOST, SAE_E_NETWORK, {.proxy = PROXY, .said = ""},
     "the name of host.example cannot be resolved: check DNS and proxy"},
    {CURLE_COULDNT_RESOLVE_PROXY, SAE_E_NETWORK, {.proxy = PROXY, .said = ""},
     "the name of the proxy proxy.example:3128 cannot be resolved: check proxy and DNS"},
    {CURLE_OPERATION_TIMEDOUT, SAE_E_NETWORK, {.said = ""},
     "host.example does not answer, or too slowly"},
    {CURLE_OPERATION_TIMEDOUT, SAE_E_NETWORK, {.nameless = true, .said = "Resolving timed out"},
     "the name of host.example is not resolved in time: the name server does not answer"},
    {CURLE_OPERATION_TIMEDOUT, SAE_E_NETWORK,
     {.nameless = true, .proxy = PROXY, .said = ""},
     "the name of the proxy proxy.example:3128 is not resolved in time: the name server does "
     "not answer"},
    {CURLE_COULDNT_CONNECT, SAE_E_NETWORK,
     {.said = "Failed to connect to h port 1 after 0 ms: Couldn't connect to server"},
     "cannot connect to host.example: Failed to connect to h port 1 after 0 ms: Could not "
     "connect to server"},
    {CURLE_RECV_ERROR, SAE_E_NETWORK, {.said = "We can't and don't: 'x' isn't \"y\""},
     "the connection to host.example broke: We cannot and do not: x is not y"},
    {CURLE_RECV_ERROR, SAE_E_NETWORK, {.said = ""},
     "the connection to host.example broke: Failure when receiving data from the peer"},
    {CURLE_PEER_FAILED_VERIFICATION, SAE_E_TLS, {.said = "host name 'a.example' isn't it"},
     "the certificate or TLS of host.example is not acceptable (host name a.example is not it): "
     "does a proxy look into TLS? its CA belongs into ca_file"},
    {CURLE_WEIRD_SERVER_REPLY, SAE_E_FORMAT, {.said = "Weird server reply"},
     "host.example does not speak HTTP: Weird server reply"},
};

START_TEST(the_one_to_blame_is_named)
{
    struct sae_http_trouble trouble = words[_i].trouble;
    struct sae_err err = {0};

    trouble.host = "host.example";
    ck_assert_int_eq(sae_http_say(&trouble, words[_i].code, &err), words[_i].status);
    ck_assert_str_eq(err.text, words[_i].text);
}
END_TEST

START_TEST(words_of_any_length_stay_within_bounds)
{
    char said[300] = "", kept[SAE_HTTP_SAID + 8];

    for (size_t before = 0; before < 4; before++) {
        memset(said, 'x', before);
        for (size_t len = before; len + 3 < sizeof(said); len += 3) {
            memcpy(said + len, "n't", 4);
            ck_assert_uint_le(strlen(sae_http_plain(kept, said)), SAE_HTTP_SAID);
        }
    }
    memset(said, 'x', sizeof(said) - 1);
    ck_assert_uint_eq(strlen(sae_http_plain(kept, said)), SAE_HTTP_SAID);
}
END_TEST

static const char *const names[][2] = {
    {"https://login.example/tenant/x@y", "login.example"},
    {"https://localhost:8443", "localhost:8443"},
    {"http://user:secret@proxy:3128", "proxy:3128"},
    {"user:a@b@proxy?x", "proxy"},
    {"https://[2001:db8::1]:443/", "?2001:db8::1?:443"},
    {"", ""},
};

START_TEST(a_host_is_named_without_user_and_path)
{
    char name[SAE_SHOWN + 1];

    ck_assert_str_eq(sae_http_name(name, sizeof(name), names[_i][0]), names[_i][1]);
}
END_TEST

static Suite *words_suite(void)
{
    Suite *suite = suite_create("http_words");
    TCase *tc = tcase_create("http_words");

    tcase_add_loop_test(tc, the_one_to_blame_is_named, 0, COUNT(words));
    tcase_add_test(tc, words_of_any_length_stay_within_bounds);
    tcase_add_loop_test(tc, a_host_is_named_without_user_and_path, 0, COUNT(names));
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(words_suite());
}
