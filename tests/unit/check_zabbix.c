/* SPDX-License-Identifier: MIT */
/* What Zabbix is told of a tenant. */
#include <check.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "sample_snapshot.h"
#include "zabbix/document.h"

static const char conf[] = "[defaults]\ncountries = FI\nmailboxes = m.csv\n"
                           "transport_config = t.json\nsignins = s.json\n"
                           "[contoso]\n[fabrikam]\nallow_list = a.csv\n";

static struct sae_config config;
static struct sae_snapshot *snap;
static struct sae_view view;
static struct sae_err err;
static cJSON *root;

static void open_sample(void)
{
    scratch_open();
    snap = sample_snapshot();
    ck_assert_msg(sae_config_load(scratch_write("smtp-auth.conf", conf, sizeof(conf) - 1),
                                  &config, &err) == SAE_OK,
                  "%s", err.text);
    root = NULL;
}

static void close_sample(void)
{
    cJSON_Delete(root);
    sae_config_done(&config);
    free(snap);
    scratch_close();
}

static const cJSON *parse_taken(char *text)
{
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_le(strlen(text), SAE_ZABBIX_BYTES);
    cJSON_Delete(root);
    root = cJSON_Parse(text);
    ck_assert_ptr_nonnull(root);
    free(text);
    return root;
}

static const cJSON *document(void)
{
    sae_view_init(&view, sae_config_tenant(&config, "contoso"), snap, NOW, 0);
    return parse_taken(sae_zabbix_document(&view));
}

static const cJSON *get(const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, name);

    ck_assert_msg(item != NULL, "no member %s", name);
    return item;
}

static double number(const char *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(get(object), name);

    ck_assert_msg(cJSON_IsNumber(item), "%s.%s is no number", object, name);
    return item->valuedouble;
}

static bool has(const char *list, const char *text)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, get(list))
    {
        if (strcmp(item->valuestring, text) == 0) {
            return true;
        }
    }
    return false;
}

static const char *finding_text(int i, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(get("findings"), i), name)
        ->valuestring;
}

/* ---- numbers ------------------------------------------------------------------------ */

START_TEST(a_document_has_every_metric_that_is_known_and_no_other)
{
    document();
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        const char *name = sae_metrics[m].name;
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(get("metrics"), name);

        ck_assert_msg((item != NULL) == (view.values.certainty[m] != SAE_ABSENT), "%s", name);
        if (item != NULL) {
            ck_assert_msg(item->valuedouble == view.values.value[m], "%s", name);
        }
    }
    ck_assert_str_eq(get("error")->valuestring, "");
    ck_assert_str_eq(get("tenant")->valuestring, "contoso");
}
END_TEST

START_TEST(a_large_whole_number_has_no_exponent)
{
    char *text;

    sae_values_set(&snap->values, SAE_M_OK_EVENTS, 1e15);
    sae_view_init(&view, sae_config_tenant(&config, "contoso"), snap, NOW, 0);
    text = sae_zabbix_document(&view);
    ck_assert_ptr_nonnull(strstr(text, "\"ok_events\":1000000000000000,"));
    free(text);
}
END_TEST

START_TEST(a_lower_bound_is_a_number_that_is_not_proven)
{
    document();
    ck_assert(has("at_least", "fail_per_hour"));
    ck_assert(has("unproven", "fail_per_hour"));
    ck_assert(number("metrics", "fail_per_hour") == 12.25);
    ck_assert(has("at_least", "fail_events"));
    ck_assert_msg(!has("unproven", "fail_events"), "it has no limit");
}
END_TEST

START_TEST(an_absent_metric_with_a_limit_is_not_proven_and_says_why)
{
    document();
    ck_assert(has("unproven", "mbx_unused"));
    ck_assert_ptr_nonnull(strstr(get("unproven_text")->valuestring,
                                 "mbx_unused: the log spans 3 of 30 days"));
    ck_assert_int_eq(get("unproven_count")->valueint, cJSON_GetArraySize(get("unproven")));
}
END_TEST

START_TEST(what_is_absent_by_choice_is_not_judged)
{
    document();
    ck_assert(has("unjudged", "mbx_unlisted"));
    ck_assert(!has("unproven", "mbx_unlisted"));
    ck_assert(!has("unjudged", "mbx_exposed"));
    ck_assert_msg(!has("unjudged", "mbx_all"), "it has no limit at all");
    sae_view_init(&view, sae_config_tenant(&config, "fabrikam"), snap, NOW, 0);
    parse_taken(sae_zabbix_document(&view));
    ck_assert(!has("unjudged", "mbx_unlisted"));
    ck_assert(has("unproven", "mbx_unlisted"));
}
END_TEST

/* ---- age ---------------------------------------------------------------------------- */

static void set_age(enum sae_part part, int64_t age)
{
    snap->parts[part].time = snap->parts[part].attempt = NOW - age;
}

START_TEST(an_age_at_its_limit_is_not_overdue)
{
    set_age(SAE_PART_SIGNINS, 36 * SAE_HOUR);
    document();
    ck_assert(number("overdue", "signins") == 0);
    set_age(SAE_PART_SIGNINS, 36 * SAE_HOUR + SAE_SECOND);
    document();
    ck_assert(number("overdue", "signins") > 1);
    ck_assert(number("overdue", "posture") == 0);
    ck_assert(number("overdue", "all") == 0);
}
END_TEST

START_TEST(where_everything_is_too_old_only_that_is_told)
{
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        set_age((enum sae_part)p, 72 * SAE_HOUR);
    }
    document();
    ck_assert(number("overdue", "all") == 2);
    ck_assert_int_eq(cJSON_GetArraySize(get("overdue")), 1);
    ck_assert(has("unproven", "mbx_exposed"));
    ck_assert_ptr_null(strstr(get("unproven_text")->valuestring, "mbx_exposed"));
}
END_TEST

START_TEST(old_sign_ins_do_not_explain_what_rests_on_mailboxes)
{
    set_age(SAE_PART_SIGNINS, 72 * SAE_HOUR);
    snap->values.certainty[SAE_M_MBX_EXPOSED] = SAE_ABSENT;
    document();
    ck_assert_ptr_nonnull(strstr(get("unproven_text")->valuestring, "mbx_exposed"));
    ck_assert_ptr_null(strstr(get("unproven_text")->valuestring, "breach_users"));
}
END_TEST

/* ---- lists -------------------------------------------------------------------------- */

START_TEST(an_accepted_finding_is_not_listed)
{
    document();
    ck_assert_int_eq(cJSON_GetArraySize(get("findings")), 1);
    ck_assert_str_eq(finding_text(0, "who"), "printer@example.com");
}
END_TEST

START_TEST(a_finding_is_as_grave_as_the_limit_that_its_metric_is_beyond)
{
    sae_values_set(&snap->values, SAE_M_MBX_NEW, 1);
    document();
    ck_assert_str_eq(finding_text(0, "level"), "critical");
    ck_assert_str_eq(finding_text(0, "part"), "posture");
    snprintf(snap->findings[0].metric, sizeof(snap->findings[0].metric), "lockouts");
    for (int n = 2; n <= 10; n += 4) {
        sae_values_set(&snap->values, SAE_M_LOCKOUTS, n);
        document();
        ck_assert_str_eq(finding_text(0, "level"),
                         n > 9 ? "critical" : n > 2 ? "warning" : "info");
    }
    ck_assert_str_eq(finding_text(0, "part"), "signins");
}
END_TEST

/* The longest texts in every place of every list. */
static void fill(const char *kind)
{
    snap->finding_count = SAE_LIST_FINDINGS;
    for (int i = 0; i < SAE_LIST_FINDINGS; i++) {
        struct sae_finding *f = &snap->findings[i];

        memset(f, 0, sizeof(*f));
        memset(f->text, 'x', sizeof(f->text) - 1);
        memset(f->who, 'x', sizeof(f->who) - 1);
        memset(f->from, 'x', sizeof(f->from) - 1);
        memset(f->runbook, 'x', sizeof(f->runbook) - 1);
        snprintf(f->id, sizeof(f->id), "brute_users-%012d", i);
        snprintf(f->metric, sizeof(f->metric), "brute_users");
        snprintf(f->kind, sizeof(f->kind), "%s", kind);
        f->since = f->until = NOW;
        f->count = UINT32_MAX;
    }
    snap->sender_count = SAE_LIST_SENDERS;
    for (int i = 0; i < SAE_LIST_SENDERS; i++) {
        struct sae_sender_line *s = &snap->senders[i];

        memset(s->user, 'x', sizeof(s->user) - 1);
        memset(s->mailbox, 'x', sizeof(s->mailbox) - 1);
        memset(s->countries, 'x', sizeof(s->countries) - 1);
        memset(s->decision, 'x', sizeof(s->decision) - 1);
        snprintf(s->id, sizeof(s->id), "%012d", i);
        s->first = s->last = NOW;
        s->count = s->days = UINT32_MAX;
    }
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        if (snap->values.certainty[m] == SAE_ABSENT) {
            sae_values_set_proven(&snap->values, (enum sae_metric)m, 0, false);
        }
        memset(snap->values.why[m], 'x', SAE_WHY - 1);
    }
}

START_TEST(the_fullest_snapshot_loses_senders_before_findings)
{
    fill("attack");
    document();
    ck_assert_int_eq(cJSON_GetArraySize(get("findings")), SAE_LIST_FINDINGS);
    ck_assert_int_lt(cJSON_GetArraySize(get("senders")), SAE_LIST_SENDERS);
    ck_assert(number("more", "senders") + cJSON_GetArraySize(get("senders")) ==
              SAE_LIST_SENDERS + 9);
}
END_TEST

static const struct {
    const char *kind;
    size_t more;
    bool accepted; /* the last one listed */
    const char *cut;
} cuts[] = {{"attack", 0, false, "none"},
            {"attack", 1, false, "others"},
            {"compromise", 1, false, "all"},
            {"compromise", 1, true, "none"}};

START_TEST(a_list_that_was_cut_says_what_it_still_proves)
{
    fill(cuts[_i].kind);
    snap->finding_more = cuts[_i].more;
    snap->findings[SAE_LIST_FINDINGS - 1].accepted = cuts[_i].accepted;
    document();
    ck_assert_str_eq(get("cut")->valuestring, cuts[_i].cut);
    ck_assert(number("more", "findings") == (double)cuts[_i].more);
}
END_TEST

/* ---- failure, discovery ------------------------------------------------------------- */

START_TEST(a_failure_has_an_error_and_nothing_that_could_harm)
{
    parse_taken(sae_zabbix_failure("a\"b\\\n<c>$(d)", "no \"x\"; {$Y}\n"));
    ck_assert_str_eq(get("tenant")->valuestring, "a?b???c???d?");
    ck_assert_ptr_null(strpbrk(get("error")->valuestring, "\"\\;{}$\n"));
    ck_assert_int_eq(cJSON_GetArraySize(root), 2);
    parse_taken(sae_zabbix_failure(NULL, ""));
    ck_assert_uint_gt(strlen(get("error")->valuestring), 0);
    ck_assert_int_eq(cJSON_GetArraySize(root), 1);
}
END_TEST

START_TEST(discovery_lists_every_tenant_with_its_configuration)
{
    const cJSON *data;

    parse_taken(sae_zabbix_discovery(&config, "/etc/a \"b\".conf"));
    data = get("data");
    ck_assert_int_eq(cJSON_GetArraySize(data), 2);
    ck_assert_int_eq(get("count")->valueint, 2);
    ck_assert_str_eq(cJSON_GetObjectItem(cJSON_GetArrayItem(data, 1), "{#TENANT}")->valuestring,
                     "fabrikam");
    ck_assert_str_eq(cJSON_GetObjectItem(cJSON_GetArrayItem(data, 1), "{#CONFIG}")->valuestring,
                     "/etc/a \"b\".conf");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("zabbix");
    TCase *tc = tcase_create("zabbix");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tc, open_sample, close_sample);
    tcase_add_test(tc, a_document_has_every_metric_that_is_known_and_no_other);
    tcase_add_test(tc, a_large_whole_number_has_no_exponent);
    tcase_add_test(tc, a_lower_bound_is_a_number_that_is_not_proven);
    tcase_add_test(tc, an_absent_metric_with_a_limit_is_not_proven_and_says_why);
    tcase_add_test(tc, what_is_absent_by_choice_is_not_judged);
    tcase_add_test(tc, an_age_at_its_limit_is_not_overdue);
    tcase_add_test(tc, where_everything_is_too_old_only_that_is_told);
    tcase_add_test(tc, old_sign_ins_do_not_explain_what_rests_on_mailboxes);
    tcase_add_test(tc, an_accepted_finding_is_not_listed);
    tcase_add_test(tc, a_finding_is_as_grave_as_the_limit_that_its_metric_is_beyond);
    tcase_add_test(tc, the_fullest_snapshot_loses_senders_before_findings);
    tcase_add_loop_test(tc, a_list_that_was_cut_says_what_it_still_proves, 0,
                        sizeof(cuts) / sizeof(cuts[0]));
    tcase_add_test(tc, a_failure_has_an_error_and_nothing_that_could_harm);
    tcase_add_test(tc, discovery_lists_every_tenant_with_its_configuration);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
