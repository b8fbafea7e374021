/* SPDX-License-Identifier: MIT */
/* Configurations good and bad, from vectors: what is wrong is told with its line, and
 * takes away the tenant that it belongs to and no other. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "config/config.h"
#include "config/keys.h"
#include "scratch.h"

static struct sae_config config;
static struct sae_err err;

static void write_files(void)
{
    scratch_open();
    mkdir(scratch_path("tenants.d"), 0755);
    mkdir(scratch_path("folder"), 0755);
    scratch_text("tenants.d/x.conf", "[x]\nwindow = 5h\nmailboxes = mbx.csv\n");
    scratch_text("tenants.d/y.conf", "[y]\n");
    scratch_text("tenants.d/y.conf.dpkg-old", "nonsense\n");
    scratch_text("broken.conf", "window = 1h\n");
    scratch_text("nested.conf", "include = tenants.d/*.conf\n");
    scratch_text("unclean.conf", "[u]\nnonsense = 1\n[v]\n");
}

static enum sae_status load(const char *text, size_t len)
{
    memset(&err, 0, sizeof(err));
    return sae_config_load(scratch_write("smtp-auth.conf", text, len), &config, &err);
}

static enum sae_status load_text(const char *text)
{
    return load(text, strlen(text));
}

static void check_healthy(char *names)
{
    char *save = NULL;

    for (char *name = strtok_r(names, " ", &save); name != NULL;
         name = strtok_r(NULL, " ", &save)) {
        const struct sae_tenant *tenant = sae_config_tenant(&config, name);

        ck_assert_msg(tenant != NULL, "no tenant %s", name);
        ck_assert_msg(tenant->fault.code == SAE_OK, "%s: %s", name, tenant->fault.text);
    }
}

static int bad_count, good_count;
static struct vector bad[VECTOR_ROWS], good[VECTOR_ROWS];

START_TEST(what_is_wrong_is_told_and_spares_the_others)
{
    struct vector *row = &bad[_i];
    const char *who = row->cell[1], *text = err.text;
    enum sae_status status = load(row->cell[0], row->len[0]);

    if (strcmp(who, "-") == 0) {
        ck_assert_msg(status != SAE_OK, "accepted: %s", row->cell[0]);
        ck_assert_uint_eq(config.count, 0);
    } else {
        const struct sae_tenant *tenant;

        ck_assert_msg(status == SAE_OK, "%s\n%s", row->cell[0], err.text);
        tenant = sae_config_tenant(&config, who);
        ck_assert_msg(tenant != NULL && tenant->fault.code == SAE_E_CONFIG,
                      "accepted: %s", row->cell[0]);
        text = tenant->fault.text;
    }
    ck_assert_msg(strstr(text, row->cell[2]) != NULL, "%s\nsays: %s", row->cell[0], text);
    ck_assert_msg(strstr(text, ".conf line ") != NULL ||
                      strstr(text, scratch_dir) != NULL,
                  "names no file: %s", text);
    check_healthy(row->cell[3]);
    sae_config_done(&config);
}
END_TEST

START_TEST(a_good_configuration_gives_its_values)
{
    struct vector *row = &good[_i];
    enum sae_key key = sae_key_find(row->cell[2]);
    const struct sae_tenant *tenant;
    char want[1024] = "", *out = want;

    for (const char *at = row->cell[3]; *at != '\0'; at++) {
        out += sprintf(out, *at == '@' ? "%s" : "%.1s", *at == '@' ? scratch_dir : at);
    }
    ck_assert_msg(load(row->cell[0], row->len[0]) == SAE_OK, "%s\n%s", row->cell[0],
                  err.text);
    tenant = sae_config_tenant(&config, row->cell[1]);
    ck_assert_msg(tenant != NULL, "no tenant: %s", row->cell[0]);
    ck_assert_msg(tenant->fault.code == SAE_OK, "%s\n%s", row->cell[0],
                  tenant->fault.text);
    ck_assert_int_ne(key, SAE_KEY_COUNT);
    if (strcmp(want, "-") == 0) {
        ck_assert_ptr_null(sae_tenant_text(tenant, key));
    } else {
        ck_assert_str_eq(sae_tenant_text(tenant, key), want);
    }
    sae_config_done(&config);
}
END_TEST

START_TEST(a_line_has_4096_bytes_and_no_more)
{
    char text[5000];
    int pad = snprintf(text, sizeof(text), "[a]\nallow_list = ");

    memset(text + pad, 'x', 4096 - 13);
    snprintf(text + pad + 4096 - 13, 64, "\r\nlag = 1m\n[b]\n");
    ck_assert_int_eq(load_text(text), SAE_OK);
    ck_assert_msg(config.tenants[0].fault.code == SAE_OK, "%s",
                  config.tenants[0].fault.text);
    ck_assert_str_eq(sae_tenant_text(&config.tenants[0], SAE_KEY_LAG), "1m");
    sae_config_done(&config);
    snprintf(text + pad + 4096 - 13, 64, "x\n[b]\n");
    ck_assert_int_eq(load_text(text), SAE_OK);
    ck_assert_ptr_nonnull(
        strstr(config.tenants[0].fault.text, "line 2: longer than 4096"));
    ck_assert_int_eq(config.tenants[1].fault.code, SAE_OK);
    sae_config_done(&config);
}
END_TEST

START_TEST(a_comment_of_any_length_is_still_a_line)
{
    char text[5000];

    memset(text, '#', 4097);
    snprintf(text + 4097, 64, "\n[a]\n");
    ck_assert_int_eq(load_text(text), SAE_E_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "line 1: longer than 4096 bytes"));
}
END_TEST

START_TEST(thousands_of_tenants_stay_in_order)
{
    enum { MANY = 2000 };
    char *text = malloc(MANY * 40), *at = text, name[32];

    for (int i = 0; i < MANY; i++) {
        at += sprintf(at, "[tenant-%d]\nwindow = %dm\n", i, i + 1);
    }
    ck_assert_msg(load_text(text) == SAE_OK, "%s", err.text);
    ck_assert_uint_eq(config.count, MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "tenant-%d", i);
        ck_assert_str_eq(config.tenants[i].name, name);
        ck_assert(sae_tenant_ticks(&config.tenants[i], SAE_KEY_WINDOW) ==
                  (i + 1) * SAE_MINUTE);
    }
    sae_config_done(&config);
    free(text);
}
END_TEST

START_TEST(there_is_a_most_of_tenants_and_of_bytes)
{
    enum { MANY = 10001, BYTES = (4 << 20) + 1 };
    char *text = malloc(BYTES + 1), *at = text;

    for (int i = 0; i < MANY; i++) {
        at += sprintf(at, "[t%d]\n", i);
    }
    ck_assert_int_eq(load_text(text), SAE_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "more than 10000 tenants"));
    memset(text, '\n', BYTES);
    ck_assert_int_eq(load(text, BYTES), SAE_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "larger than"));
    free(text);
}
END_TEST

START_TEST(a_tenant_knows_the_file_that_names_it)
{
    ck_assert_int_eq(load_text("include = tenants.d/*.conf\n[a]\n"), SAE_OK);
    ck_assert_uint_eq(config.count, 3);
    ck_assert_str_eq(config.tenants[0].file, scratch_path("tenants.d/x.conf"));
    ck_assert_str_eq(config.tenants[1].file, scratch_path("tenants.d/y.conf"));
    ck_assert_str_eq(config.tenants[2].file, scratch_path("smtp-auth.conf"));
    sae_config_done(&config);
}
END_TEST

START_TEST(a_missing_configuration_is_missing)
{
    ck_assert_int_eq(sae_config_load(scratch_path("absent.conf"), &config, &err),
                     SAE_E_MISSING);
    ck_assert_ptr_nonnull(strstr(err.text, "absent.conf"));
    ck_assert_int_eq(sae_config_load(scratch_path("folder"), &config, &err),
                     SAE_E_DENIED);
}
END_TEST

START_TEST(an_empty_configuration_has_no_tenant)
{
    ck_assert_int_eq(load_text(""), SAE_OK);
    ck_assert_uint_eq(config.count, 0);
    ck_assert_ptr_null(sae_config_tenant(&config, "a"));
    sae_config_done(&config);
    ck_assert_int_eq(load_text("[defaults]\nwindow = 1h\n"), SAE_OK);
    ck_assert_uint_eq(config.count, 0);
    ck_assert_ptr_null(sae_config_tenant(&config, "defaults"));
    sae_config_done(&config);
}
END_TEST

static const struct {
    const char *text;
    int64_t signins, mailboxes, tenant; /* hours */
} ages[] = {
    {"[a]\n", 1, 6, 6},
    {"[a]\nsignins = off\n", 1, 6, 6},
    {"[a]\nsignins = x.json\n", 36, 6, 6},
    {"[a]\nmailboxes = x.csv\n", 1, 36, 6},
    {"[a]\ntransport_config = x\nsignins = x\nmailboxes = x.csv\n", 36, 36, 36},
    {"[a]\nmax_age = 2h\n", 2, 6, 6},
    {"[a]\nmax_age = 2h\nsignins = x\n", 2, 6, 6},
    {"[a]\nposture_max_age = 3h\nmailboxes = x\nsignins = x\n", 36, 3, 3},
    {"[defaults]\nposture_max_age = 1d\nmax_age = 1d\n[a]\nmailboxes = x\n", 24, 24, 24},
};

START_TEST(data_may_be_as_old_as_its_source_is_slow)
{
    const struct sae_tenant *a;

    ck_assert_int_eq(load_text(ages[_i].text), SAE_OK);
    a = sae_config_tenant(&config, "a");
    ck_assert(sae_tenant_max_age(a, SAE_PART_SIGNINS) == ages[_i].signins * SAE_HOUR);
    ck_assert(sae_tenant_max_age(a, SAE_PART_MAILBOXES) == ages[_i].mailboxes * SAE_HOUR);
    ck_assert(sae_tenant_max_age(a, SAE_PART_TENANT) == ages[_i].tenant * SAE_HOUR);
    sae_config_done(&config);
}
END_TEST

START_TEST(a_tenant_of_files_and_what_is_off_needs_no_service)
{
    const struct sae_tenant *a;

    ck_assert_int_eq(
        load_text("[a]\ntransport_config = t\nmailboxes = m\nsignins = off\n"), SAE_OK);
    a = sae_config_tenant(&config, "a");
    ck_assert(!sae_tenant_is_live(a));
    ck_assert_str_eq(sae_tenant_source(a, SAE_PART_POLICY), "off");
    ck_assert(!sae_tenant_from_service(a, SAE_PART_POLICY));
    sae_config_done(&config);
}
END_TEST

START_TEST(a_source_is_a_service_or_files)
{
    const struct sae_tenant *a;
    char *path;

    ck_assert_int_eq(load_text("[a]\nstate_dir = /s\nsignins = x\n"), SAE_OK);
    a = sae_config_tenant(&config, "a");
    ck_assert(sae_tenant_from_files(a, SAE_PART_SIGNINS));
    ck_assert(!sae_tenant_from_files(a, SAE_PART_MAILBOXES));
    ck_assert(!sae_tenant_from_files(a, SAE_PART_TENANT));
    ck_assert(!sae_tenant_from_files(a, SAE_PART_POLICY));
    ck_assert_str_eq(sae_tenant_source(a, SAE_PART_SIGNINS), scratch_path("x"));
    ck_assert_str_eq(sae_tenant_source(a, SAE_PART_TENANT), "exchange");
    ck_assert_str_eq(sae_tenant_source(a, SAE_PART_POLICY), "exchange");
    ck_assert(sae_tenant_from_service(a, SAE_PART_POLICY));
    ck_assert(!sae_tenant_from_service(a, SAE_PART_SIGNINS));
    ck_assert(sae_tenant_is_live(a));
    path = sae_tenant_snapshot_path(a);
    ck_assert_str_eq(path, "/s/a.json");
    free(path);
    ck_assert(sae_tenant_ticks(a, SAE_KEY_LOOKBACK) == 30 * SAE_DAY);
    ck_assert(sae_tenant_ticks(a, SAE_KEY_MAX_AGE) == 0);
    sae_config_done(&config);
}
END_TEST

static const struct {
    const char *phases, *today, *next; /* NULL: none left */
    bool assumed;
} phases[] = {
    {"default_off:2026-12-31?", "2026-11-22", "2026-12-31", true},
    {"default_off:2026-12-31?", "2026-12-31", "2026-12-31", true},
    {"default_off:2026-12-31?", "2027-01-01", NULL, false},
    {"b:2027-09-01, a:2026-12-31?", "2026-11-22", "2026-12-31", true},
    {"b:2027-09-01, a:2026-12-31?", "2027-01-01", "2027-09-01", false},
    {"a:2026-12-31?,b:2027-09-01", "2027-01-01", "2027-09-01", false},
    {"a:2026-12-31?,b:2027-09-01", "2027-09-02", NULL, false},
};

START_TEST(the_next_phase_is_the_nearest_that_is_not_over)
{
    char text[128], next[SAE_TIME_TEXT];
    const struct sae_tenant *a;
    bool assumed = false, found;
    int64_t today, day;

    snprintf(text, sizeof(text), "[a]\nphases = %s\n", phases[_i].phases);
    ck_assert(sae_date_parse(phases[_i].today, 10, &today));
    ck_assert_int_eq(load_text(text), SAE_OK);
    a = sae_config_tenant(&config, "a");
    found = sae_tenant_next_phase(a, today, &day, &assumed);
    ck_assert(found == (phases[_i].next != NULL));
    if (found) {
        ck_assert_str_eq(sae_date_format(next, sizeof(next), day), phases[_i].next);
        ck_assert(assumed == phases[_i].assumed);
    }
    sae_config_done(&config);
}
END_TEST

START_TEST(every_key_has_a_row_with_a_valid_value_built_in)
{
    const struct sae_key_row *row = &sae_keys[_i];

    ck_assert_ptr_nonnull(row->name);
    ck_assert_int_eq(sae_key_find(row->name), _i);
    ck_assert_str_ne(row->want, "");
    ck_assert(row->builtin == NULL || row->valid(row->builtin));
    ck_assert(!row->valid(""));
    ck_assert(row->path || !row->or_word);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *tests = tcase_create("config");
    SRunner *runner;
    int failed;

    bad_count = vectors_load("config_bad", bad);
    good_count = vectors_load("config_good", good);
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, write_files, scratch_close);
    tcase_add_loop_test(tests, what_is_wrong_is_told_and_spares_the_others, 0, bad_count);
    tcase_add_loop_test(tests, a_good_configuration_gives_its_values, 0, good_count);
    tcase_add_test(tests, a_line_has_4096_bytes_and_no_more);
    tcase_add_test(tests, a_comment_of_any_length_is_still_a_line);
    tcase_add_test(tests, thousands_of_tenants_stay_in_order);
    tcase_add_test(tests, there_is_a_most_of_tenants_and_of_bytes);
    tcase_add_test(tests, a_tenant_knows_the_file_that_names_it);
    tcase_add_test(tests, a_missing_configuration_is_missing);
    tcase_add_test(tests, an_empty_configuration_has_no_tenant);
    tcase_add_loop_test(tests, data_may_be_as_old_as_its_source_is_slow, 0, COUNT(ages));
    tcase_add_test(tests, a_source_is_a_service_or_files);
    tcase_add_test(tests, a_tenant_of_files_and_what_is_off_needs_no_service);
    tcase_add_loop_test(tests, the_next_phase_is_the_nearest_that_is_not_over, 0,
                        COUNT(phases));
    tcase_add_loop_test(tests, every_key_has_a_row_with_a_valid_value_built_in, 0,
                        SAE_KEY_COUNT);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 && bad_count > 90 && good_count > 70 ? EXIT_SUCCESS : EXIT_FAILURE;
}
