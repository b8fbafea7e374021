/* SPDX-License-Identifier: MIT */
/* Where the services are, in each cloud. */
#include "fetch/cloud.h"
#include "login.h"

static const struct {
    const char *cloud, *login, *exchange, *graph;
} clouds[] = {
    {"worldwide", "https://login.microsoftonline.com", "https://outlook.office365.com",
     "https://graph.microsoft.com"},
    {"gcc-high", "https://login.microsoftonline.us", "https://outlook.office365.us",
     "https://graph.microsoft.us"},
    {"dod", "https://login.microsoftonline.us", "https://outlook-dod.office365.us",
     "https://dod-graph.microsoft.us"},
    {"china", "https://login.chinacloudapi.cn", "https://outlook.office365.cn",
     "https://microsoftgraph.chinacloudapi.cn"},
};

START_TEST(each_cloud_has_its_hosts_and_scopes)
{
    set(SAE_KEY_CLOUD, clouds[_i].cloud);
    ck_assert_str_eq(sae_cloud_url(&tenant, SAE_SERVICE_LOGIN), clouds[_i].login);
    ck_assert_str_eq(sae_cloud_url(&tenant, SAE_SERVICE_EXCHANGE), clouds[_i].exchange);
    ck_assert_str_eq(sae_cloud_url(&tenant, SAE_SERVICE_GRAPH), clouds[_i].graph);
    ck_assert_str_eq(sae_cloud_audience(&tenant, SAE_SERVICE_EXCHANGE),
                     clouds[_i].exchange);
    ck_assert_str_eq(sae_cloud_audience(&tenant, SAE_SERVICE_GRAPH), clouds[_i].graph);
    ck_assert_str_eq(sae_cloud_url(&tenant, SAE_SERVICE_IDENTITY),
                     "http://169.254.169.254");
}
END_TEST

START_TEST(without_a_cloud_it_is_worldwide)
{
    set(SAE_KEY_CLOUD, NULL);
    ck_assert_str_eq(sae_cloud_url(&tenant, SAE_SERVICE_LOGIN), clouds[0].login);
}
END_TEST

START_TEST(url_keys_move_hosts_but_not_scopes)
{
    static const enum sae_key keys[SAE_SERVICE_COUNT] = {
        SAE_KEY_LOGIN_URL, SAE_KEY_EXCHANGE_URL, SAE_KEY_GRAPH_URL, SAE_KEY_IDENTITY_URL};

    for (int i = 0; i < SAE_SERVICE_COUNT; i++) {
        set(keys[i], "https://127.0.0.1:8443");
        for (int k = 0; k < SAE_SERVICE_COUNT; k++) {
            bool moved = strcmp(sae_cloud_url(&tenant, (enum sae_service)k),
                                "https://127.0.0.1:8443") == 0;

            ck_assert_int_eq(moved, i == k);
        }
        ck_assert_str_eq(sae_cloud_audience(&tenant, SAE_SERVICE_EXCHANGE),
                         clouds[0].exchange);
        ck_assert_str_eq(sae_cloud_audience(&tenant, SAE_SERVICE_GRAPH), clouds[0].graph);
        set(keys[i], NULL);
    }
}
END_TEST

START_TEST(services_have_names)
{
    static const char *const names[] = {"login", "exchange", "graph", "identity",
                                        "unknown"};

    for (int i = 0; i < COUNT(names); i++) {
        ck_assert_str_eq(sae_service_name((enum sae_service)i), names[i]);
    }
}
END_TEST

static Suite *cloud_suite(void)
{
    Suite *suite = suite_create("cloud");
    TCase *tc = tcase_create("cloud");

    tcase_add_checked_fixture(tc, login_begin, login_end);
    tcase_add_loop_test(tc, each_cloud_has_its_hosts_and_scopes, 0, COUNT(clouds));
    tcase_add_test(tc, without_a_cloud_it_is_worldwide);
    tcase_add_test(tc, url_keys_move_hosts_but_not_scopes);
    tcase_add_test(tc, services_have_names);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(cloud_suite());
}
