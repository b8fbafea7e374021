/* SPDX-License-Identifier: MIT */
/* From a log to attacks, through the whole collector: what the detectors' own tests and
 * the scripts do not reach. T is 11:00, when the log was written. */
#include "measure/finding.h"
#include "tenant.h"

enum { MOST = 2000 };

static struct log_row rows[MOST];
static char ids[MOST][16], names[MOST][64], addresses[MOST][64];
static size_t row_count;

static int64_t end(void)
{
    return noon() - SAE_HOUR;
}

/* One row `ago` ticks before T. */
static struct log_row *put(int64_t ago, const char *user, const char *address, int code)
{
    struct log_row *row = &rows[row_count];

    ck_assert_uint_lt(row_count, MOST);
    snprintf(ids[row_count], sizeof(ids[0]), "r%zu", row_count);
    snprintf(names[row_count], sizeof(names[0]), "%s@contoso.example", user);
    snprintf(addresses[row_count], sizeof(addresses[0]), "%s", address);
    *row = (struct log_row){.id = ids[row_count], .time = end() - ago, .code = code,
                            .upn = names[row_count], .address = addresses[row_count]};
    row_count++;
    return row;
}

static void put_number(int64_t ago, const char *user, int number, const char *address,
                       int code)
{
    char text[64];

    snprintf(text, sizeof(text), "%s%d", user, number);
    put(ago, text, address, code);
}

static void attacks_setup(void)
{
    tenant_setup();
    row_count = 0;
    put(31 * SAE_DAY, "reader", "192.0.2.1", 0)->client = "Browser";
    put(SAE_SECOND, "reader", "192.0.2.1", 0)->client = "Browser";
}

/* The configuration gets `lines`, the log all rows; then the collector runs. */
static void measure_with(const char *lines)
{
    struct sae_buf buf;

    snprintf(more_config, sizeof(more_config), "%s", lines);
    write_config("transport.json", "boxes.csv", "log.json");
    log_array(&buf, rows, row_count);
    write_buf("log.json", &buf, end());
    collect_at(noon());
}

static void measure(void)
{
    measure_with("");
}

static const struct sae_finding *found(enum sae_metric metric)
{
    const struct sae_finding *finding = finding_of(metric);

    ck_assert_msg(finding != NULL, "no finding of %s", sae_metrics[metric].name);
    return finding;
}

static void says(enum sae_metric metric, const char *words)
{
    ck_assert_msg(strstr(found(metric)->text, words) != NULL, "'%s', not '%s'",
                  found(metric)->text, words);
}

/* ---- who is expected where ------------------------------------------------------- */

static const struct {
    const char *countries; /* of the tenant, NULL: not set */
    const char *listed;    /* of the mailbox, NULL: no list */
    int foreign;           /* of FI, SE, DE; -1: not known */
} lists[] = {
    {NULL, NULL, -1},    {NULL, "", -1},          {"FI", NULL, 2},
    {"FI, SE", NULL, 1}, {"FI SE", NULL, 1},      {"DE,SE,FI", NULL, 0},
    {"FI,DE", NULL, 1},  {"IF, ES, ED", NULL, 3}, {NULL, "FI", 2},
    {NULL, "FI SE", 1},  {NULL, "SE  DE FI", 0},  {"FI", "SE", 1},
    {"FI", "", 2},       {"NO", "DE SE", 1},
};

START_TEST(a_country_is_expected_if_it_is_listed_for_the_mailbox_or_for_all)
{
    const char *all = lists[_i].countries;
    char config[128], csv[256];

    snprintf(config, sizeof(config), "%s%s%s%s",
             all == NULL ? "" : "countries = ", or_else(all, ""), all == NULL ? "" : "\n",
             lists[_i].listed == NULL ? "" : "allow_list = allow.csv\n");
    if (lists[_i].listed != NULL) {
        snprintf(csv, sizeof(csv),
                 "mailbox,owner,device,sources,countries,expires,decision,note\n"
                 "blank1@contoso.example,,,,%s,,,\nblank2@contoso.example,,,,XX,,,\n",
                 lists[_i].listed);
        write_text("allow.csv", csv, noon());
    }
    put(SAE_DAY, "blank1", "192.0.2.1", 0);
    put(2 * SAE_DAY, "blank1", "192.0.2.1", 0)->country = "SE";
    put(3 * SAE_DAY, "blank1", "192.0.2.1", 0)->country = "DE";
    put(3 * SAE_DAY, "blank1", "192.0.2.1", 0)->country = ""; /* not judged */
    measure_with(config);
    if (lists[_i].foreign < 0) {
        is_absent(SAE_M_FOREIGN_OK, "no country is listed");
    } else {
        is(SAE_M_FOREIGN_OK, lists[_i].foreign);
    }
}
END_TEST

/* By name where there is no mailbox; another user's list does not count. */
START_TEST(each_user_has_a_list_of_his_own)
{
    write_text("allow.csv",
               "mailbox,owner,device,sources,countries,expires,decision,note\n"
               "blank1@contoso.example,,,,FI,,,\nelse@contoso.example,,,,SE,,,\n",
               noon());
    for (int i = 0; i < 4; i++) {
        put((i + 1) * SAE_DAY, i % 2 == 0 ? "blank1" : "else", "192.0.2.1", 0)->country =
            i < 2 ? "FI" : "SE";
    }
    put(SAE_DAY, "blank3", "192.0.2.1", 0)->country = "NO"; /* nothing is known of him */
    measure_with("allow_list = allow.csv\n");
    is(SAE_M_FOREIGN_OK, 2);
}
END_TEST

START_TEST(an_entry_that_has_expired_expects_nobody_anywhere)
{
    char csv[] = "mailbox,owner,device,sources,countries,expires,decision,note\n"
                 "blank1@contoso.example,,,,VN,2026-11-22,,\n";

    put(SAE_DAY, "blank1", "192.0.2.1", 0)->country = "VN";
    for (int expired = 0; expired < 2; expired++) {
        strstr(csv, "-22,")[2] = expired ? '1' : '2';
        write_text("allow.csv", csv, noon());
        measure_with("allow_list = allow.csv\ncountries = FI\n");
        is(SAE_M_FOREIGN_OK, expired);
    }
}
END_TEST

/* ---- breaches -------------------------------------------------------------------- */

START_TEST(a_user_at_two_addresses_is_one_user_and_two_findings)
{
    put(2 * SAE_DAY, "ann", "203.0.113.1", 50076);
    put(3 * SAE_DAY, "ann", "2001:db8::1", 53003);
    put(3 * SAE_DAY, "bob", "203.0.113.1", 50055);
    measure();
    is(SAE_M_BREACH_USERS, 2);
    ck_assert_uint_eq(snap.finding_count, 3);
}
END_TEST

START_TEST(accepting_one_of_two_addresses_leaves_the_user_breached)
{
    char csv[256];

    put(2 * SAE_DAY, "ann", "203.0.113.1", 50076);
    put(3 * SAE_DAY, "ann", "203.0.113.2", 53003);
    measure();
    is(SAE_M_BREACH_USERS, 1);
    for (int accepted = 1; accepted <= 2; accepted++) {
        size_t len = (size_t)snprintf(csv, sizeof(csv), "finding,until,by,note\n");

        for (int i = 0; i < accepted; i++) {
            len += (size_t)snprintf(csv + len, sizeof(csv) - len, "%s,2026-11-22,ann,\n",
                                    snap.findings[i].id);
        }
        write_text("accept.csv", csv, noon());
        measure_with("accept = accept.csv\n");
        is(SAE_M_BREACH_USERS, accepted == 1 ? 1 : 0);
        ck_assert_uint_eq(snap.finding_count, 2);
        ck_assert(snap.findings[1].accepted);
        ck_assert_int_eq(snap.findings[0].accepted, accepted == 2);
    }
}
END_TEST

/* By ids that stay the same, for the list has no room for them. */
START_TEST(more_than_the_snapshot_holds_can_be_accepted)
{
    enum { USERS = 60 };
    char key[128], id[SAE_FINDING_ID];
    struct sae_buf csv;

    sae_buf_init(&csv, 65536);
    sae_buf_puts(&csv, "finding,until,by,note\n");
    for (int i = 0; i < USERS; i++) {
        put_number(2 * SAE_DAY + i * SAE_SECOND, "u", i, "203.0.113.1", 50076);
        snprintf(key, sizeof(key), "u%d@contoso.example 203.0.113.1", i);
        sae_finding_id(id, sizeof(id), "contoso", "breach_users", key);
        sae_buf_printf(&csv, "%s,2026-11-22,ann,\n", i < USERS / 2 ? "none" : id);
    }
    measure();
    is(SAE_M_BREACH_USERS, USERS);
    ck_assert_uint_eq(snap.finding_count + snap.finding_more, USERS);
    write_buf("accept.csv", &csv, noon());
    measure_with("accept = accept.csv\n");
    is(SAE_M_BREACH_USERS, USERS / 2);
    ck_assert_uint_eq(snap.finding_count + snap.finding_more, USERS);
}
END_TEST

/* `hold` decides how long an alarm stays, and how much log proves that there is none. */
START_TEST(a_breach_stays_as_long_as_it_is_held)
{
    put(7 * SAE_DAY, "ann", "203.0.113.1", 50076);
    put(7 * SAE_DAY + SAE_SECOND, "bob", "203.0.113.1", 50076);
    measure();
    is(SAE_M_BREACH_USERS, 1);
    says(SAE_M_BREACH_USERS, "right password for ann@contoso.example from FI, blocked");
    measure_with("hold = 8d\n");
    is(SAE_M_BREACH_USERS, 2);
    measure_with("hold = 30d\n");
    is(SAE_M_BREACH_USERS, 2);
    measure_with("hold = 31d\n");
    is_at_least(SAE_M_BREACH_USERS, 2, "not 32d");
    is_at_least(SAE_M_SPREAD_USERS, 0, "not 38d");
    is(SAE_M_BRUTE_USERS, 0);
}
END_TEST

START_TEST(a_success_after_failures_from_a_new_place_says_what_to_do)
{
    for (int i = 1; i <= 5; i++) {
        put(SAE_DAY + i * SAE_MINUTE, "ann", "198.51.100.1", 50126);
    }
    put(SAE_DAY, "ann", "203.0.113.1", 0)->country = "";
    measure();
    is(SAE_M_BREACH_USERS, 1);
    says(SAE_M_BREACH_USERS, "signed in as ann@contoso.example from 203.0.113.1 after");
    says(SAE_M_BREACH_USERS, "reset the password, revoke the sessions");
    ck_assert_str_eq(found(SAE_M_BREACH_USERS)->country, "");
    ck_assert_str_eq(found(SAE_M_BREACH_USERS)->from, "203.0.113.1");
}
END_TEST

START_TEST(a_place_that_is_not_known_is_said_to_be_unknown)
{
    put(SAE_DAY, "ann", "", 50076)->country = "";
    measure();
    is(SAE_M_BREACH_USERS, 1);
    says(SAE_M_BREACH_USERS, "for ann@contoso.example from an unknown place");
    ck_assert_str_eq(found(SAE_M_BREACH_USERS)->from, "");
}
END_TEST

/* ---- networks -------------------------------------------------------------------- */

static const struct {
    const char *before, *behind; /* the number in the addresses */
    int nets;
    const char *net;
} networks[] = {
    {"198.51.100.", "", 1, "198.51.100.0/24"},
    {"198.51.", ".7", 0, NULL},
    {"2001:db8:5:6:", "::25", 1, "2001:db8:5:6::/64"},
    {"2001:db8:5:", "::25", 0, NULL},
    /* What IPv4 looks like within IPv6 is IPv4. */
    {"::ffff:198.51.100.", "", 1, "198.51.100.0/24"},
};

START_TEST(a_network_is_a_24_or_a_64)
{
    char address[64];

    for (int i = 0; i < 8; i++) {
        snprintf(address, sizeof(address), "%s%d%s", networks[_i].before, 1 + i % 3,
                 networks[_i].behind);
        put_number((i + 1) * SAE_MINUTE + 2 * SAE_HOUR, "u", i, address, 50126);
    }
    measure();
    is(SAE_M_SPRAY_NETS, networks[_i].nets);
    is(SAE_M_SPRAY_IPS, 0);
    if (networks[_i].net != NULL) {
        ck_assert_str_eq(found(SAE_M_SPRAY_NETS)->who, networks[_i].net);
        says(SAE_M_SPRAY_NETS, "8 users tried from 3 addresses of ");
        says(SAE_M_SPRAY_NETS, networks[_i].net);
    }
}
END_TEST

/* ---- lockouts -------------------------------------------------------------------- */

static void put_lockouts(int64_t ago, int users)
{
    char address[32];

    for (int i = 0; i < users; i++) {
        snprintf(address, sizeof(address), "10.%d.0.1", i);
        put_number(ago + i * SAE_MINUTE, "u", i, address, 50053);
    }
}

START_TEST(lockouts_are_counted_below_their_number_and_found_from_it_on)
{
    put_lockouts(2 * SAE_HOUR, _i);
    measure();
    is(SAE_M_LOCKOUTS, _i);
    ck_assert_int_eq(finding_of(SAE_M_LOCKOUTS) != NULL, _i >= 2);
    if (_i >= 2) {
        says(SAE_M_LOCKOUTS, "users locked out at once, or their addresses are known");
    }
}
END_TEST

START_TEST(accepted_lockouts_are_none)
{
    char csv[128];

    put_lockouts(2 * SAE_HOUR, 4);
    measure();
    snprintf(csv, sizeof(csv), "finding,until,by,note\n%s,2026-11-22,ann,\n",
             found(SAE_M_LOCKOUTS)->id);
    write_text("accept.csv", csv, noon());
    measure_with("accept = accept.csv\n");
    is(SAE_M_LOCKOUTS, 0);
}
END_TEST

/* ---- bursts, and the tenant's own past ------------------------------------------- */

START_TEST(a_burst_is_any_60_seconds_of_the_window_or_of_the_settled_one)
{
    for (int i = 0; i < 8; i++) {
        put(_i * 5 * SAE_MINUTE + i * 10 * SAE_SECOND, "ann", "203.0.113.1", 80002);
    }
    measure();
    /* Six of them are within 60 s; the windows are the last 75 min (lag 15 min). */
    is(SAE_M_FAIL_BURST, _i < 15 ? 6 : _i == 15 ? 1 : 0);
}
END_TEST

static void put_week(int week, int failures)
{
    for (int i = 0; i < failures; i++) {
        put_number(week * 7 * SAE_DAY + i * SAE_MINUTE + SAE_SECOND, "u", i, "192.0.2.9",
                   50034);
    }
}

START_TEST(more_failures_than_ever_at_this_hour_are_a_finding)
{
    put_week(0, 31);
    put_week(2, 10);
    measure();
    is(SAE_M_FAIL_EVENTS, 31);
    says(SAE_M_FAIL_PER_HOUR, "31 failures, at most 10 at this hour in the weeks before");
}
END_TEST

START_TEST(the_past_is_compared_with_the_settled_hour_too)
{
    for (int i = 0; i < 40; i++) {
        put_number(70 * SAE_MINUTE - i * SAE_MINUTE, "u", i, "192.0.2.9", 50034);
    }
    measure();
    says(SAE_M_FAIL_PER_HOUR, "40 failures, at most 0 at this hour");
}
END_TEST

START_TEST(an_outage_is_no_unusual_hour)
{
    for (int i = 0; i < 50; i++) {
        put_number(i * SAE_MINUTE + SAE_SECOND, "u", i, "192.0.2.9",
                   i < 19 ? 50126 : 80002);
    }
    measure();
    is(SAE_M_FAIL_EVENTS, 50);
    ck_assert_ptr_null(finding_of(SAE_M_FAIL_PER_HOUR));
}
END_TEST

START_TEST(an_outage_of_another_week_is_no_yardstick)
{
    put_week(0, 31);
    for (int i = 0; i < 40; i++) {
        put_number(14 * SAE_DAY + i * SAE_MINUTE, "u", i, "192.0.2.9", 80002);
    }
    measure();
    says(SAE_M_FAIL_PER_HOUR, "31 failures, at most 0 at this hour");
}
END_TEST

START_TEST(as_many_as_in_another_week_are_none)
{
    put_week(0, 30);
    put_week(4, 10);
    measure();
    ck_assert_ptr_null(finding_of(SAE_M_FAIL_PER_HOUR));
}
END_TEST

/* A log of 10 days holds one week's hour, and one is no past. */
START_TEST(without_two_weeks_of_log_nothing_is_compared)
{
    rows[0].time = end() - 10 * SAE_DAY;
    put_week(0, 50);
    measure();
    ck_assert_ptr_null(finding_of(SAE_M_FAIL_PER_HOUR));
}
END_TEST

/* ---- attacked mailboxes, sources ------------------------------------------------- */

START_TEST(attacked_are_exposed_mailboxes_each_counted_once)
{
    put(SAE_DAY, "blank1", "203.0.113.1", 50126);
    put(SAE_DAY - SAE_SECOND, "blank1", "203.0.113.2", 50126)->upn =
        "BLANK1@contoso.example";
    put(SAE_HOUR, "enabled", "203.0.113.1", 999999);
    put(SAE_HOUR, "disabled", "203.0.113.1", 50126);
    put(SAE_HOUR, "nobody", "203.0.113.1", 50126);
    put(SAE_HOUR, "blank2", "203.0.113.1", 80001);
    put(SAE_DAY + SAE_SECOND, "blank3", "203.0.113.1", 50126);
    put(SAE_HOUR, "blank3", "203.0.113.1", 0);
    measure();
    is(SAE_M_MBX_ATTACKED, 2);
    write_switch("true", end());
    measure();
    is(SAE_M_MBX_ATTACKED, 1);
}
END_TEST

START_TEST(the_worst_sources_are_told_in_order_and_the_others_counted)
{
    char address[32];

    for (int i = 0; i < 40; i++) {
        for (int n = 0; n <= i / 2; n++) {
            snprintf(address, sizeof(address), "203.0.113.%d", _i == 0 ? i : 39 - i);
            put_number(2 * SAE_HOUR, "u", n, address, 50126);
        }
    }
    measure();
    ck_assert_uint_eq(snap.attacker_count, SAE_LIST_ATTACKERS);
    ck_assert_uint_eq(snap.attacker_more, 40 - SAE_LIST_ATTACKERS);
    /* Pairs with equal numbers come in the order of their addresses. */
    for (int i = 0; i < SAE_LIST_ATTACKERS; i++) {
        int pair = 19 - i / 2, place = _i == 0 ? 2 * pair + i % 2 : 38 - 2 * pair + i % 2;

        snprintf(address, sizeof(address), "203.0.113.%d", place);
        ck_assert_str_eq(snap.attackers[i].from, address);
        ck_assert_uint_eq(snap.attackers[i].failed, (unsigned)pair + 1);
        ck_assert_uint_eq(snap.attackers[i].users, (unsigned)pair + 1);
        ck_assert_str_eq(snap.attackers[i].country, "FI");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("attacks");
    TCase *tests = tcase_create("attacks");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, attacks_setup, folder_end);
    tcase_add_loop_test(
        tests, a_country_is_expected_if_it_is_listed_for_the_mailbox_or_for_all, 0,
        (int)COUNT(lists));
    tcase_add_test(tests, each_user_has_a_list_of_his_own);
    tcase_add_test(tests, an_entry_that_has_expired_expects_nobody_anywhere);
    tcase_add_test(tests, a_user_at_two_addresses_is_one_user_and_two_findings);
    tcase_add_test(tests, accepting_one_of_two_addresses_leaves_the_user_breached);
    tcase_add_test(tests, more_than_the_snapshot_holds_can_be_accepted);
    tcase_add_test(tests, a_breach_stays_as_long_as_it_is_held);
    tcase_add_test(tests, a_success_after_failures_from_a_new_place_says_what_to_do);
    tcase_add_test(tests, a_place_that_is_not_known_is_said_to_be_unknown);
    tcase_add_loop_test(tests, a_network_is_a_24_or_a_64, 0, (int)COUNT(networks));
    tcase_add_loop_test(
        tests, lockouts_are_counted_below_their_number_and_found_from_it_on, 0, 4);
    tcase_add_test(tests, accepted_lockouts_are_none);
    tcase_add_loop_test(
        tests, a_burst_is_any_60_seconds_of_the_window_or_of_the_settled_one, 0, 17);
    tcase_add_test(tests, more_failures_than_ever_at_this_hour_are_a_finding);
    tcase_add_test(tests, the_past_is_compared_with_the_settled_hour_too);
    tcase_add_test(tests, an_outage_is_no_unusual_hour);
    tcase_add_test(tests, an_outage_of_another_week_is_no_yardstick);
    tcase_add_test(tests, as_many_as_in_another_week_are_none);
    tcase_add_test(tests, without_two_weeks_of_log_nothing_is_compared);
    tcase_add_test(tests, attacked_are_exposed_mailboxes_each_counted_once);
    tcase_add_loop_test(tests, the_worst_sources_are_told_in_order_and_the_others_counted,
                        0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
