/* SPDX-License-Identifier: MIT */
/* Watched settings of several objects: each object's read is its own, and a change says
 * whose setting it is. */
#include "store.h"

enum { MOST_READ = 5 };

/* "of|name|value" each, NULL ends. */
struct reads {
    const char *settings[MOST_READ];
};

static void cut(char dst[SAE_SHOWN + 1], const char **at)
{
    size_t len = strcspn(*at, "|");

    ck_assert_uint_le(len, SAE_SHOWN);
    memcpy(dst, *at, len);
    dst[len] = '\0';
    *at += len + ((*at)[len] == '|' ? 1 : 0);
}

/* One read of `object`. */
static void read_object(const char *object, int64_t seen, const struct reads *reads)
{
    struct sae_setting settings[MOST_READ];
    size_t count = 0;

    while (count < MOST_READ && reads->settings[count] != NULL) {
        const char *at = reads->settings[count];

        cut(settings[count].of, &at);
        cut(settings[count].name, &at);
        cut(settings[count].value, &at);
        count++;
    }
    OK(sae_history_begin(history, &failure));
    OK(sae_history_settings_read(history, object, seen, 0, settings, count, &failure));
    OK(sae_history_commit(history, &failure));
}

#define READ(object, seen, ...) read_object(object, seen, &(struct reads){{__VA_ARGS__}})

static const char changes_sql[] =
    "SELECT seen, object || ': ' || property, before || '>' || after, confirmed FROM change"
    " ORDER BY seen, object, property";

START_TEST(a_setting_is_stored_under_its_object_and_its_policy)
{
    char value[SAE_SHOWN + 1];

    READ("tenant", 1, "|Smtp|a");
    READ("organization", 1, "|Smtp|b");
    READ("authentication policy", 1, "Block Basic/IMAP|Smtp|c");
    history_says("SELECT name, value FROM setting ORDER BY name",
                 "Smtp a\nauthentication policy/Block Basic/IMAP/Smtp c\n"
                 "organization//Smtp b\n");
    history_says(changes_sql, "");
    OK(sae_history_setting(history, "Smtp", value, &failure));
    ck_assert_str_eq(value, "a");
    OK(sae_history_setting(history, "organization//Smtp", value, &failure));
    ck_assert_str_eq(value, "b");
}
END_TEST

START_TEST(a_change_says_whose_setting_it_is)
{
    for (int i = 1; i <= 2; i++) {
        bool first = i == 1;

        READ("tenant", i, first ? "|Smtp|a" : "|Smtp|b");
        READ("organization", i, first ? "|Smtp|a" : "|Smtp|c");
        READ("authentication policy", i, "One|Smtp|a", first ? "A/B C|Smtp|a" : "A/B C|Smtp|d");
    }
    history_says(changes_sql, "2 authentication policy A/B C: Smtp a>d 0\n"
                              "2 organization: Smtp a>c 0\n2 tenant: Smtp a>b 0\n");
}
END_TEST

START_TEST(only_the_same_objects_settings_confirm_and_vanish)
{
    READ("tenant", 1, "|Smtp|a");
    READ("organization", 1, "|Smtp|a");
    READ("organizations", 1, "|Smtp|a");
    READ("organization", 2, "|Smtp|b");
    READ("tenant", 3, "|Smtp|a");
    READ("organizations", 3, "|Smtp|a");
    history_says(changes_sql, "2 organization: Smtp a>b 0\n");
    READ("tenant", 4, NULL);
    READ("organizations", 4, "|Smtp|b");
    history_says(changes_sql, "2 organization: Smtp a>b 0\n"
                              "4 organizations: Smtp a>b 0\n4 tenant: Smtp a>absent 0\n");
    READ("organization", 5, "|Smtp|b");
    history_says(changes_sql, "2 organization: Smtp a>b 1\n"
                              "4 organizations: Smtp a>b 0\n4 tenant: Smtp a>absent 0\n");
    READ("organizations", 6, "|Smtp|a");
    history_says(changes_sql, "2 organization: Smtp a>b 1\n4 tenant: Smtp a>absent 0\n");
}
END_TEST

START_TEST(the_first_read_of_each_object_gives_no_changes)
{
    READ("tenant", 1, "|Smtp|a");
    READ("conditional access", 2, "Rule|state|on");
    READ("conditional access", 3, "Rule|state|on", "New|state|on");
    history_says(changes_sql, "3 conditional access New: state absent>on 0\n");
    history_says("SELECT name, value FROM meta WHERE name LIKE 'settings%' ORDER BY name",
                 "settings_read 1\nsettings_read conditional access 1\n");
}
END_TEST

START_TEST(an_object_that_had_no_settings_at_first_has_changes_later)
{
    READ("conditional access", 1, NULL);
    READ("conditional access", 2, "Rule|state|on");
    READ("conditional access", 3, "Rule|state|on");
    history_says(changes_sql, "2 conditional access Rule: state absent>on 1\n");
}
END_TEST

START_TEST(two_policies_of_one_name_are_told_apart_whatever_their_order)
{
    READ("conditional access", 1, "Rule|state|on", "Rule|state|off", "Rule|state|on");
    history_says("SELECT name, value FROM setting ORDER BY name",
                 "conditional access/Rule/state off\nconditional access/Rule/state (2) on\n"
                 "conditional access/Rule/state (3) on\n");
    READ("conditional access", 2, "Rule|state|off", "Rule|state|on", "Rule|state|on");
    READ("conditional access", 3, "Rule|state|on", "Rule|state|on", "Rule|state|off");
    history_says(changes_sql, "");
    READ("conditional access", 4, "Rule|state|on", "Rule|state|on", "Rule|state|on");
    READ("conditional access", 5, "Rule|state|on", "Rule|state|on");
    history_says(changes_sql, "4 conditional access Rule: state off>on 1\n"
                              "5 conditional access Rule: state (3) on>absent 0\n");
}
END_TEST

START_TEST(names_of_the_greatest_length_are_kept_apart)
{
    struct sae_setting settings[2];

    memset(settings, 0, sizeof(settings));
    for (int i = 0; i < 2; i++) {
        memset(settings[i].of, 'p', SAE_SHOWN);
        memset(settings[i].name, 'n', SAE_SHOWN);
        memset(settings[i].value, 'a' + i, SAE_SHOWN);
    }
    for (int seen = 1; seen <= 2; seen++) {
        OK(sae_history_begin(history, &failure));
        OK(sae_history_settings_read(history, "authentication policy", seen, 0, settings,
                                     3 - (size_t)seen, &failure));
        OK(sae_history_commit(history, &failure));
    }
    history_says("SELECT count(*), length(name) FROM setting GROUP BY name ORDER BY name",
                 "1 151\n1 155\n");
    history_says("SELECT substr(object, 1, 23), length(object), substr(property, 63),"
                 " after FROM change",
                 "authentication policy p 86 nn (2) absent\n");
}
END_TEST

static enum sae_status read_many(size_t count, int64_t seen)
{
    struct sae_setting *settings = calloc(count, sizeof(*settings));
    enum sae_status status;

    ck_assert_ptr_nonnull(settings);
    for (size_t i = 0; i < count; i++) {
        snprintf(settings[i].of, sizeof(settings[i].of), "policy %zu", i * 7919 % count);
        snprintf(settings[i].name, sizeof(settings[i].name), "state");
        snprintf(settings[i].value, sizeof(settings[i].value), "on");
    }
    OK(sae_history_begin(history, &failure));
    status = sae_history_settings_read(history, "conditional access", seen, 0, settings,
                                       count, &failure);
    if (status == SAE_OK) {
        OK(sae_history_commit(history, &failure));
    } else {
        sae_history_rollback(history);
    }
    free(settings);
    return status;
}

START_TEST(thousands_of_settings_come_and_vanish_and_more_are_an_error)
{
    size_t most = getenv("SAE_VALGRIND") == NULL ? SAE_SETTINGS_MOST : 500;
    char want[64];

    OK(read_many(most, 1));
    OK(read_many(100, 2));
    OK(read_many(100, 3));
    snprintf(want, sizeof(want), "%zu %zu 2 absent\n", most - 100, most - 100);
    history_says("SELECT count(*), sum(confirmed), min(seen), max(after) FROM change", want);
    ck_assert_int_eq(read_many(SAE_SETTINGS_MOST + 1, 4), SAE_E_LIMIT);
    ck_assert_str_eq(failure.text, "conditional access: more than 4096 settings to watch");
}
END_TEST

static void pending_is(bool want)
{
    bool pending = !want;

    OK(sae_history_settings_pending(history, &pending, &failure));
    ck_assert(pending == want);
}

START_TEST(a_change_is_pending_until_the_next_read_of_its_object)
{
    pending_is(false);
    READ("tenant", 1, "|Smtp|a");
    READ("organization", 1, "|Smtp|a");
    pending_is(false);
    READ("organization", 2, "|Smtp|b");
    pending_is(true);
    READ("tenant", 3, "|Smtp|a");
    pending_is(true);
    READ("organization", 3, "|Smtp|b");
    pending_is(false);
    READ("organization", 4, NULL);
    pending_is(true);
    READ("organization", 5, "|Smtp|b");
    pending_is(false);
    READ("tenant", 6, "|Smtp|a", "|Basic|x");
    pending_is(true);
    READ("tenant", 7, "|Smtp|a", "|Basic|x");
    pending_is(false);
}
END_TEST

static enum sae_status see_change(void *arg, const struct sae_change *change,
                                  struct sae_err *err)
{
    struct sae_change *seen = arg;

    (void)err;
    *seen = *change;
    return SAE_OK;
}

START_TEST(a_change_comes_back_with_its_object)
{
    struct sae_change change = {.mailbox = true};

    READ("security defaults", 1, "|isEnabled|true");
    READ("security defaults", 2, "|isEnabled|false");
    OK(sae_history_each_change(history, -1, see_change, &change, &failure));
    ck_assert_str_eq(change.object, "security defaults");
    ck_assert_str_eq(change.property, "isEnabled");
    ck_assert_str_eq(change.before, "true");
    ck_assert_str_eq(change.after, "false");
    ck_assert(!change.mailbox);
    ck_assert(!change.confirmed);
}
END_TEST

static Suite *settings_suite(void)
{
    Suite *suite = suite_create("history_settings");
    TCase *tc = tcase_create("history_settings");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, history_setup, history_teardown);
    tcase_add_test(tc, a_setting_is_stored_under_its_object_and_its_policy);
    tcase_add_test(tc, a_change_says_whose_setting_it_is);
    tcase_add_test(tc, only_the_same_objects_settings_confirm_and_vanish);
    tcase_add_test(tc, the_first_read_of_each_object_gives_no_changes);
    tcase_add_test(tc, an_object_that_had_no_settings_at_first_has_changes_later);
    tcase_add_test(tc, two_policies_of_one_name_are_told_apart_whatever_their_order);
    tcase_add_test(tc, names_of_the_greatest_length_are_kept_apart);
    tcase_add_test(tc, thousands_of_settings_come_and_vanish_and_more_are_an_error);
    tcase_add_test(tc, a_change_is_pending_until_the_next_read_of_its_object);
    tcase_add_test(tc, a_change_comes_back_with_its_object);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(settings_suite());
}
