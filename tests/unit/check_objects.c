/* SPDX-License-Identifier: MIT */
/* The definitions for Nagios and NRPE, with the programs' own source: there is no library of
 * it. */
#include "plugins/report/objects/objects.c"
#include "plugins/report/objects/nagios.c"
#include "plugins/report/objects/nrpe.c"
#include "plugins/report/table.c"

#include <check.h>

void sae_objects_icinga2(const struct sae_query *query, FILE *out)
{
    (void)query;
    (void)out;
}

void sae_objects_collectd(const struct sae_query *query, FILE *out)
{
    (void)query;
    (void)out;
}

static struct sae_tenant tenants[] = {{.name = "contoso"}, {.name = "fabrikam"}};
static const struct sae_config config = {.tenants = tenants, .count = 2};

/* What is written for `system`, to be freed; NULL if nothing may be. */
static char *written(const char *system, const char *config_file, const struct sae_tenant *one)
{
    char *text = NULL;
    size_t size = 0;
    struct sae_table table = {.out = open_memstream(&text, &size)};
    struct sae_query query = {.config = &config,
                              .config_file = config_file,
                              .tenant = one,
                              .system = system,
                              .table = &table};
    struct sae_err err;
    enum sae_status status = sae_report_objects(&query, &err);

    ck_assert_int_eq(fclose(table.out), 0);
    if (status != SAE_OK) {
        ck_assert_uint_eq(size, 0);
        ck_assert_ptr_nonnull(strstr(err.text, "move or link the file"));
        free(text);
        return NULL;
    }
    return text;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;

    while ((text = strstr(text, what)) != NULL) {
        n++;
        text += strlen(what);
    }
    return n;
}

START_TEST(the_usual_configuration_is_not_named)
{
    char *nagios = written("nagios", NULL, NULL), *nrpe = written("nrpe", NULL, NULL);

    ck_assert_ptr_null(strstr(nagios, "_SMTP_AUTH_CONFIG"));
    ck_assert_ptr_null(strstr(nrpe, "--config"));
    ck_assert_ptr_null(strstr(nagios, "--config"));
    free(nagios);
    free(nrpe);
}
END_TEST

START_TEST(without_a_tenant_nothing_is_written)
{
    static const struct sae_config empty = {0};
    struct sae_table table = {0};
    struct sae_query query = {.config = &empty, .system = "nagios", .table = &table};
    struct sae_err err;

    ck_assert_int_eq(sae_report_objects(&query, &err), SAE_E_CONFIG);
}
END_TEST

START_TEST(every_tenant_has_every_service)
{
    char *nagios = written("nagios", NULL, NULL), *nrpe = written("nrpe", NULL, NULL);

    for (int i = 0; i < SAE_SERVICES; i++) {
        for (size_t t = 0; t < config.count; t++) {
            char check[2048], line[4096];

            snprintf(check, sizeof(check), " %s!%s\n", sae_services[i].program, tenants[t].name);
            ck_assert_uint_eq(count(nagios, check), 1);
            snprintf(line, sizeof(line), "command[%s@%s]=" SAE_PLUGIN_DIR "/%s --tenant '%s' -v\n",
                     sae_services[i].program, tenants[t].name, sae_services[i].program,
                     tenants[t].name);
            ck_assert_uint_eq(count(nrpe, line), 1);
        }
    }
    ck_assert_uint_eq(count(nagios, "define servicedependency"), config.count);
    free(nagios);
    free(nrpe);
}
END_TEST

START_TEST(a_service_is_called_as_its_group_and_program)
{
    int attacks = 0, health = 0;

    for (int i = 0; i < SAE_SERVICES; i++) {
        ck_assert_str_eq(sae_services[i].name, sae_group_names[i]);
        ck_assert_int_eq(strncmp(sae_services[i].program, "check_smtp_auth_", 16), 0);
        ck_assert_str_eq(sae_services[i].program + 16, sae_services[i].name);
        attacks += sae_services[i].is_attack;
        health += sae_services[i].is_health;
    }
    ck_assert_int_eq(attacks, 1);
    ck_assert_int_eq(health, 1);
    ck_assert(sae_services[SAE_GROUP_HEALTH].is_health);
    ck_assert(sae_services[SAE_GROUP_SIGNINS].is_attack);
}
END_TEST

START_TEST(one_tenant_comes_without_the_line_of_all)
{
    char *nagios = written("nagios", NULL, &tenants[1]), *nrpe = written("nrpe", NULL, &tenants[1]);

    ck_assert_ptr_null(strstr(nagios, "contoso"));
    ck_assert_ptr_null(strstr(nagios, "check_smtp_auth_all"));
    ck_assert_ptr_null(strstr(nrpe, "--all"));
    ck_assert_uint_eq(count(nrpe, "@fabrikam]"), SAE_SERVICES + 1);
    free(nagios);
    free(nrpe);
}
END_TEST

START_TEST(a_relative_path_becomes_a_full_one)
{
    char *text = written("nrpe", "x/../smtp-auth.conf", NULL);
    char *folder = getcwd(NULL, 0), expected[4096];

    /* Only where the folder itself is one that can be written down. */
    if (text != NULL) {
        snprintf(expected, sizeof(expected), " --config '%s/x/../smtp-auth.conf' ", folder);
        ck_assert_uint_eq(count(text, expected), 2 * (SAE_SERVICES + 1) + 1);
    }
    free(folder);
    free(text);
}
END_TEST

START_TEST(a_path_that_would_mean_something_else_is_refused)
{
    static const char *const paths[] = {"/a b",  "/a'b", "/a;b", "/a!b",  "/a$b",   "/a`b", "/a\"b",
                                        "/a\nb", "/a#b", "/a|b", "/a\\b", "/\xc3\xa4", "/a,b", "/a]b"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        ck_assert_ptr_null(written("nagios", paths[i], NULL));
        ck_assert_ptr_null(written("nrpe", paths[i], NULL));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("objects");
    TCase *tests = tcase_create("objects");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, the_usual_configuration_is_not_named);
    tcase_add_test(tests, without_a_tenant_nothing_is_written);
    tcase_add_test(tests, every_tenant_has_every_service);
    tcase_add_test(tests, a_service_is_called_as_its_group_and_program);
    tcase_add_test(tests, one_tenant_comes_without_the_line_of_all);
    tcase_add_test(tests, a_relative_path_becomes_a_full_one);
    tcase_add_test(tests, a_path_that_would_mean_something_else_is_refused);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
