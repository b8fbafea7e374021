/* SPDX-License-Identifier: MIT */
/* Snapshots with a right checksum and wrong content: refused with a reason, and never
 * taken for something that they do not say. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "sample_snapshot.h"

static struct sae_snapshot *sample, *result, *honest;
static struct sae_err err;
static cJSON *document; /* of the sample, without checksum */

static void open_sample(void)
{
    size_t length;
    char *text;

    scratch_open();
    sample = sample_snapshot();
    result = calloc(1, sizeof(*result));
    honest = calloc(1, sizeof(*honest));
    text = published(sample, &length);
    ck_assert_int_eq(parse(text, length, honest, &err), SAE_OK);
    document = cJSON_Parse(text);
    cJSON_DeleteItemFromObjectCaseSensitive(document, "crc");
    free(text);
}

static void close_sample(void)
{
    cJSON_Delete(document);
    free(sample);
    free(result);
    free(honest);
    scratch_close();
}

static enum sae_status parse_tree(const cJSON *root)
{
    char *body = cJSON_PrintUnformatted(root), *text = sealed(body);
    enum sae_status status;

    memset(result, 0, sizeof(*result));
    memset(&err, 0, sizeof(err));
    status = parse(text, strlen(text), result, &err);
    free(body);
    free(text);
    return status;
}

/* The container of the last member of a path such as "findings.0.count". */
static cJSON *walk(cJSON *root, const char *path, const char **ret_last)
{
    const char *dot;

    while ((dot = strchr(path, '.')) != NULL) {
        char name[40];

        snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
        root = cJSON_IsArray(root) ? cJSON_GetArrayItem(root, (int)strtol(name, NULL, 10))
                                   : cJSON_GetObjectItemCaseSensitive(root, name);
        ck_assert_msg(root != NULL, "no %s in the sample", name);
        path = dot + 1;
    }
    *ret_last = path;
    return root;
}

/* Parses the sample with the member at `path` written as `raw`. */
static enum sae_status parse_with(const char *path, const char *raw)
{
    cJSON *root = cJSON_Duplicate(document, 1), *object;
    enum sae_status status;
    const char *name;

    object = walk(root, path, &name);
    if (cJSON_IsArray(object)) {
        cJSON_ReplaceItemInArray(object, (int)strtol(name, NULL, 10),
                                 cJSON_CreateRaw(raw));
    } else {
        cJSON_DeleteItemFromObjectCaseSensitive(object, name);
        cJSON_AddItemToObject(object, name, cJSON_CreateRaw(raw));
    }
    status = parse_tree(root);
    cJSON_Delete(root);
    return status;
}

START_TEST(the_sample_itself_is_accepted)
{
    ck_assert_msg(parse_tree(document) == SAE_OK, "%s", err.text);
    ck_assert_int_eq(memcmp(result, honest, sizeof(*result)), 0);
}
END_TEST

START_TEST(a_snapshot_of_somebody_else_is_refused)
{
    char name[80];

    ck_assert_int_eq(parse_with("tenant", "\"fabrikam\""), SAE_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "another tenant"));
    ck_assert_int_eq(parse_with("tenant", "\"Contoso\""), SAE_E_FORMAT);
    ck_assert_int_eq(parse_with("tenant", "\"contoso2\""), SAE_E_FORMAT);
    ck_assert_int_eq(parse_with("tenant", "\"\""), SAE_E_FORMAT);
    /* A name that is cut to ours is not ours. */
    memset(name, 'a', 66);
    snprintf(name + 65, 2, "b");
    cJSON_ReplaceItemInObjectCaseSensitive(document, "tenant", cJSON_CreateString(name));
    name[64] = '\0';
    {
        char *body = cJSON_PrintUnformatted(document), *text = sealed(body);

        ck_assert_int_eq(sae_snapshot_parse(text, strlen(text), name, NOW, result, &err),
                         SAE_E_FORMAT);
        free(body);
        free(text);
    }
    cJSON_ReplaceItemInObjectCaseSensitive(document, "tenant",
                                           cJSON_CreateString("contoso"));
}
END_TEST

static const struct {
    const char *path, *raw;
    enum sae_status status;
    const char *words;
} wrong[] = {
    {"version", "2", SAE_E_FORMAT, "version 2, this program reads version 1"},
    {"version", "0", SAE_E_FORMAT, "version 0"},
    {"version", "1.5", SAE_E_FORMAT, "no version"},
    {"version", "-1", SAE_E_FORMAT, "no version"},
    {"version", "1e300", SAE_E_FORMAT, "no version"},
    {"time", "1795334106", SAE_OK, ""}, /* 59 s ahead */
    {"time", "1795334107", SAE_OK, ""}, /* 60 s */
    {"time", "1795334108", SAE_E_STALE, "from the future"},
    {"time", "253402300799", SAE_E_STALE, "from the future"},
    {"time", "253402300800", SAE_E_FORMAT, "no time"},
    {"time", "9223372036854775807", SAE_E_FORMAT, "no time"},
    {"time", "1e18", SAE_E_FORMAT, "no time"},
    {"time", "0", SAE_E_FORMAT, "no time"},
    {"time", "-1", SAE_E_FORMAT, "no time"},
    {"time", "1795334047.5", SAE_E_FORMAT, "no time"},
    {"time", "NaN", SAE_E_FORMAT, "damaged"},
    {"parts.tenant.time", "-1", SAE_E_FORMAT, "part tenant"},
    {"parts.signins.time", "1e17", SAE_E_FORMAT, "part signins"},
    {"parts.policy.attempt", "1795334108", SAE_E_FORMAT, "younger than the snapshot"},
    {"parts.mailboxes.time", "1795334108", SAE_E_FORMAT, "younger than the snapshot"},
    {"parts.mailboxes.time", "1795334107", SAE_OK, ""},
    {"metrics.mbx_enabled", "-1", SAE_E_FORMAT, "a metric is no number"},
    {"metrics.fail_per_hour", "-0.001", SAE_E_FORMAT, "a metric is no number"},
    {"metrics.fail_events", "1e15", SAE_OK, ""},
    {"metrics.fail_events", "1.1e15", SAE_E_FORMAT, "a metric is no number"},
    {"metrics.fail_events", "1e400", SAE_E_FORMAT, "damaged"},
    {"metrics.fail_events", "0.5", SAE_E_FORMAT, "a metric is no number"},
    {"metrics.fail_events", "NaN", SAE_E_FORMAT, "damaged"},
    {"metrics.fail_events", "Infinity", SAE_E_FORMAT, "damaged"},
    {"metrics.fail_events", "nan", SAE_E_FORMAT, "damaged"},
    {"metrics.fail_events", "0x10", SAE_E_FORMAT, "damaged"},
    {"metrics.fail_events", "012", SAE_E_FORMAT, "damaged"},
    {"metrics.fail_events", "+1", SAE_E_FORMAT, "damaged"},
    {"metrics.fail_events", "\"12\"", SAE_E_FORMAT, "a metric is no number"},
    {"metrics.fail_events", "0,\"fail_events\":12", SAE_E_FORMAT, "twice"},
    {"metrics.tenant_enabled", "2", SAE_E_FORMAT, "a metric is no number"},
    {"metrics.tenant_enabled", "0.5", SAE_E_FORMAT, "a metric is no number"},
    {"metrics.of_tomorrow", "7.5", SAE_OK, ""},
    {"metrics.of_tomorrow", "\"x\"", SAE_E_FORMAT, "a metric is no number"},
    {"metrics.mbx_all", "6", SAE_E_FORMAT, "the mailboxes do not add up"},
    {"metrics.mbx_all", "4", SAE_E_FORMAT, "the mailboxes do not add up"},
    {"metrics.mbx_unknown", "1", SAE_E_FORMAT, "the mailboxes do not add up"},
    {"metrics.mbx_exposed", "0", SAE_E_FORMAT, "the exposed mailboxes do not add up"},
    {"metrics.mbx_exposed", "6", SAE_E_FORMAT, "the exposed mailboxes do not add up"},
    {"metrics.mbx_exposed", "1", SAE_OK, ""},
    {"metrics.mbx_exposed", "5", SAE_OK, ""},
    {"at_least.0", "\"mbx_enabled\"", SAE_E_FORMAT, "the mailboxes do not add up"},
    {"at_least.0", "7", SAE_E_FORMAT, "a lower bound has no name"},
    {"findings.0.count", "-1", SAE_E_FORMAT, "a list"},
    {"findings.0.count", "4294967296", SAE_E_FORMAT, "a list"},
    {"findings.0.since", "1e300", SAE_E_FORMAT, "a list"},
    {"findings.0", "7", SAE_E_FORMAT, "a list"},
    {"lists.senders.0.gap", "-2", SAE_E_FORMAT, "a list"},
    {"lists.senders.0.gap", "100001", SAE_E_FORMAT, "a list"},
    {"lists.senders.0.gap", "0.5", SAE_E_FORMAT, "a list"},
    {"lists.more.senders", "-1", SAE_E_FORMAT, "the length of a list"},
    {"lists.more.senders", "1e300", SAE_E_FORMAT, "the length of a list"},
    {"more_findings", "null", SAE_E_FORMAT, "the length of a list"},
    {"note", "\"\\u0000\"", SAE_E_FORMAT, "damaged"},
    {"note", "\"\xff\"", SAE_E_FORMAT, "damaged"},
    {"note", "\"a\nb\"", SAE_E_FORMAT, "damaged"},
    {"note", "\"\\ud800\"", SAE_E_FORMAT, "damaged"},
    {"future", "{\"a\":[1]}", SAE_OK, ""},
};

START_TEST(a_wrong_value_is_refused_with_its_reason)
{
    enum sae_status status = parse_with(wrong[_i].path, wrong[_i].raw);

    ck_assert_msg(status == wrong[_i].status && strstr(err.text, wrong[_i].words) != NULL,
                  "%s = %s: status %s, %s", wrong[_i].path, wrong[_i].raw,
                  sae_status_name(status), err.text);
}
END_TEST

/* Calls `visit` for each value of the document with its container and name. */
static void each_value(const cJSON *root, char *path, size_t at,
                       void (*visit)(const char *path, const cJSON *item))
{
    const cJSON *item;
    int index = 0;

    cJSON_ArrayForEach(item, root)
    {
        int len = item->string != NULL ? sprintf(path + at, "%s", item->string)
                                       : sprintf(path + at, "%d", index);

        index++;
        visit(path, item);
        sprintf(path + at + len, ".");
        each_value(item, path, at + (size_t)len + 1, visit);
        path[at] = '\0';
    }
}

static int kind_of(const cJSON *item)
{
    return cJSON_IsBool(item) ? cJSON_True : item->type & 0xff;
}

static int visited;

static void replace_each_way(const char *path, const cJSON *item)
{
    static const struct {
        const char *raw;
        int kind;
    } values[] = {{"null", cJSON_NULL},     {"true", cJSON_True}, {"7", cJSON_Number},
                  {"\"x\"", cJSON_String},  {"[]", cJSON_Array},  {"{}", cJSON_Object},
                  {"[null]", cJSON_Array},  {"-1", cJSON_Number}, {"1e999", cJSON_Number},
                  {"[[[{}]]]", cJSON_Array}};

    visited++;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        enum sae_status status = parse_with(path, values[i].raw);

        ck_assert_msg(status != SAE_OK || kind_of(item) == values[i].kind,
                      "accepted: %s = %s", path, values[i].raw);
        ck_assert_msg(status == SAE_OK || err.text[0] != '\0', "%s", path);
    }
}

START_TEST(no_member_may_be_of_another_type)
{
    char path[256];

    visited = 0;
    each_value(document, path, 0, replace_each_way);
    ck_assert_int_gt(visited, 100);
}
END_TEST

static bool may_be_absent(const char *path)
{
    const char *last = strrchr(path, '.');

    last = last == NULL ? path : last + 1;
    return (last[0] >= '0' && last[0] <= '9') || strcmp(last, "accepted") == 0 ||
           strcmp(path, "parts.signins.error") == 0 || strncmp(path, "why.", 4) == 0 ||
           strncmp(path, "metrics.", 8) == 0;
}

static void remove_it(const char *path, const cJSON *item)
{
    cJSON *root = cJSON_Duplicate(document, 1);
    const char *name;
    cJSON *object = walk(root, path, &name);
    enum sae_status status;

    (void)item;
    if (cJSON_IsObject(object)) {
        cJSON_DeleteItemFromObjectCaseSensitive(object, name);
        status = parse_tree(root);
        ck_assert_msg(status != SAE_OK || may_be_absent(path), "accepted without %s",
                      path);
    }
    cJSON_Delete(root);
}

START_TEST(no_member_may_be_missing)
{
    char path[256];

    each_value(document, path, 0, remove_it);
}
END_TEST

START_TEST(an_absent_metric_is_absent_and_not_zero)
{
    cJSON *root = cJSON_Duplicate(document, 1);
    cJSON *metrics = cJSON_GetObjectItemCaseSensitive(root, "metrics");

    cJSON_DeleteItemFromObjectCaseSensitive(metrics, "fail_events");
    cJSON_DeleteItemFromObjectCaseSensitive(metrics, "mbx_exposed");
    ck_assert_int_eq(parse_tree(root), SAE_OK);
    ck_assert_int_eq(result->values.certainty[SAE_M_FAIL_EVENTS], SAE_ABSENT);
    ck_assert_int_eq(result->values.certainty[SAE_M_MBX_EXPOSED], SAE_ABSENT);
    cJSON_Delete(root);
}
END_TEST

static const struct {
    const char *path;
    int most;
} lists[] = {{"findings", SAE_LIST_FINDINGS},
             {"lists.exposed", SAE_LIST_EXPOSED},
             {"lists.senders", SAE_LIST_SENDERS},
             {"lists.attackers", SAE_LIST_ATTACKERS}};

START_TEST(a_list_has_a_limit)
{
    cJSON *root = cJSON_Duplicate(document, 1), *list;
    const char *name;

    list = walk(root, lists[_i].path, &name);
    list = cJSON_GetObjectItemCaseSensitive(list, name);
    while (cJSON_GetArraySize(list) < lists[_i].most) {
        cJSON_AddItemToArray(list, cJSON_Duplicate(cJSON_GetArrayItem(list, 0), 1));
    }
    ck_assert_msg(parse_tree(root) == SAE_OK, "%s", err.text);
    cJSON_AddItemToArray(list, cJSON_Duplicate(cJSON_GetArrayItem(list, 0), 1));
    ck_assert_int_eq(parse_tree(root), SAE_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "a list"));
    cJSON_Delete(root);
}
END_TEST

/* What reaches a reader is safe even if the snapshot's text is not. */
START_TEST(no_dangerous_byte_comes_out)
{
    static const char bad[] =
        "\"|<script>$(id)`id` & 'x' ; {a} [b] %s \\\\ \\\" \\n \\u001b[31m \\u202e\"";
    static const char *const paths[] = {"note",
                                        "parts.signins.error.text",
                                        "parts.tenant.source",
                                        "why.mbx_unused",
                                        "findings.0.who",
                                        "findings.0.text",
                                        "lists.exposed.0.mailbox",
                                        "lists.senders.0.user",
                                        "lists.attackers.0.from"};
    const char *const texts[] = {result->note,
                                 result->parts[SAE_PART_SIGNINS].text,
                                 result->parts[SAE_PART_TENANT].source,
                                 result->values.why[SAE_M_MBX_UNUSED],
                                 result->findings[0].who,
                                 result->findings[0].text,
                                 result->exposed[0].mailbox,
                                 result->senders[0].user,
                                 result->attackers[0].from};

    ck_assert_int_eq(parse_with(paths[_i], bad), SAE_OK);
    ck_assert_str_ne(texts[_i], "");
    for (const char *at = texts[_i]; *at != '\0'; at++) {
        ck_assert_msg(*at >= ' ' && *at <= '~' &&
                          strchr("|<>&'\"[]{}$%;`\\", *at) == NULL,
                      "%s: %s", paths[_i], texts[_i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot_hostile");
    TCase *tests = tcase_create("hostile");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, open_sample, close_sample);
    tcase_add_test(tests, the_sample_itself_is_accepted);
    tcase_add_test(tests, a_snapshot_of_somebody_else_is_refused);
    tcase_add_loop_test(tests, a_wrong_value_is_refused_with_its_reason, 0,
                        (int)(sizeof(wrong) / sizeof(wrong[0])));
    tcase_add_test(tests, no_member_may_be_of_another_type);
    tcase_add_test(tests, no_member_may_be_missing);
    tcase_add_test(tests, an_absent_metric_is_absent_and_not_zero);
    tcase_add_loop_test(tests, a_list_has_a_limit, 0, 4);
    tcase_add_loop_test(tests, no_dangerous_byte_comes_out, 0, 9);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
