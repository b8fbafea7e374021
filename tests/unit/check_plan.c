/* SPDX-License-Identifier: MIT */
/* Plans from a tenant whose files change: who stays, and what is refused. */
#include "plan_test.h"

/* ---- who stays ------------------------------------------------------------------------
 */

START_TEST(senders_stay_by_name_and_unused_settings_go)
{
    collect_at(noon());
    planned(SAE_PLAN_CLOSE, noon(), 0);
    has("[CmdletBinding()]\nparam([switch]$Apply)\n");
    has("$tenantName = 'contoso'\n$tenantId = ''\n$domain = 'contoso.example'\n");
    has("$switchWas = 'false'\n$switchWant = 'true'\n");
    ck_assert(before_switch(BOX(03, "null", "false")));
    ck_assert(!before_switch(BOX(02, "false", "null")));
    has("# blank1@contoso.example: 1 sign-ins in the look-back, last 2026-11-21, path: "
        "relay");
    has("$validUntil = [datetime]::new(2026, 11, 29, 0, 0, 0, [DateTimeKind]::Utc)\n");
    has_not(GUID(01));
    has_not(GUID(04));
    has_not(GUID(05));
}
END_TEST

START_TEST(the_tenant_is_told_by_its_id_where_it_is_configured)
{
    snprintf(more_config, sizeof(more_config), "tenant_id = %s\n",
             "8D1F2C3B-0000-4000-8000-000000000001");
    renew(noon());
    collect_at(noon());
    planned(SAE_PLAN_CLOSE, noon(), 0);
    has("$tenantId = '8D1F2C3B-0000-4000-8000-000000000001'\n");
    has("$domain = 'contoso.example'\n");
}
END_TEST

START_TEST(the_allow_list_decides)
{
    write_text("allow.csv",
               ALLOW "blank1@contoso.example,,,,,,retire,\r\n"
                     "enabled@contoso.example,,,,,,keep,\r\n"
                     "blank2@contoso.example,,,,,,oauth,\r\n"
                     "blank3@contoso.example,,,,,2026-11-21,keep,\r\n"
                     "disabled@contoso.example,,,,,,keep,\r\n",
               noon());
    snprintf(more_config, sizeof(more_config), "allow_list = allow.csv\n");
    renew(noon());
    collect_at(noon());
    planned(SAE_PLAN_CLOSE, noon(), 0);
    ck_assert(before_switch(BOX(02, "false", "false")));
    ck_assert(before_switch(BOX(04, "null", "false")));
    has("# blank2@contoso.example: on the allow list, no sign-in known, path: OAuth, as");
    has("blank1@contoso.example: not kept, refused from step 2 on: path: retire");
    has("disabled@contoso.example: disabled by name already, not opened");
    has_not(GUID(03));
    has_not(GUID(05));
    has_not(GUID(01));
    ck_assert_ptr_nonnull(strstr(sae_buf_text(&script), "$last = @(\n)\n"));
}
END_TEST

START_TEST(a_retired_sender_loses_its_own_setting)
{
    write_text("allow.csv", ALLOW "enabled@contoso.example,,,,,,Retire,\r\n", noon());
    snprintf(more_config, sizeof(more_config), "allow_list = allow.csv\n");
    const struct log_row rows[] = {
        {.id = "a", .time = noon() - 2 * SAE_HOUR, .upn = "enabled@contoso.example"},
        {.id = "b",
         .time = noon() - 33 * SAE_DAY,
         .upn = "r@x.example",
         .client = "POP3"},
        {.id = "c",
         .time = noon() - 61 * SAE_MINUTE,
         .upn = "r@x.example",
         .client = "POP3"}};
    struct sae_buf buf;

    log_array(&buf, rows, COUNT(rows));
    write_buf("log.json", &buf, noon());
    renew(noon());
    collect_at(noon());
    planned(SAE_PLAN_CLOSE, noon(), 0);
    ck_assert(!before_switch(BOX(02, "false", "null")));
    has("# enabled@contoso.example: 1 sign-ins in the look-back, last 2026-11-22, path: "
        "retire");
}
END_TEST

START_TEST(a_mailbox_stays_if_one_of_its_users_does)
{
    const struct log_row rows[] = {
        {.id = "a", .time = noon() - 3 * SAE_HOUR, .upn = "blank1@contoso.example"},
        {.id = "b",
         .time = noon() - 2 * SAE_HOUR,
         .upn = "gone@contoso.example",
         .user_id = GUID(13)},
        {.id = "o",
         .time = noon() - 33 * SAE_DAY,
         .upn = "r@x.example",
         .client = "POP3"},
        {.id = "p",
         .time = noon() - 61 * SAE_MINUTE,
         .upn = "r@x.example",
         .client = "POP3"}};
    struct sae_buf buf;

    log_array(&buf, rows, COUNT(rows));
    write_buf("log.json", &buf, noon());
    write_text("boxes.csv",
               "Guid,ExternalDirectoryObjectId,PrimarySmtpAddress,"
               "SmtpClientAuthenticationDisabled\r\n" GUID(03) "," GUID(
                   13) ",blank1@contoso.example,\r\n",
               noon());
    write_text("allow.csv", ALLOW "gone@contoso.example,,,,,,retire,\r\n", noon());
    snprintf(more_config, sizeof(more_config), "allow_list = allow.csv\n");
    renew(noon());
    collect_at(noon());
    planned(SAE_PLAN_CLOSE, noon(), 0);
    ck_assert(before_switch(BOX(03, "null", "false")));
    has("# blank1@contoso.example: 1 sign-ins in the look-back, last 2026-11-22, path: "
        "relay,");
    has_not("refused from step 2");
}
END_TEST

/* Rows every `every` days, the first `first` days ago, for `days` days back. */
static size_t habit(struct log_row *rows, size_t n, char (*ids)[24], const char *user,
                    int first, int every, int days)
{
    for (int d = first; d <= days; d += every) {
        snprintf(ids[n], sizeof(ids[n]), "%.8s-%d", user, d);
        rows[n] = (struct log_row){
            .id = ids[n], .time = noon() - 2 * SAE_HOUR - d * SAE_DAY, .upn = user};
        n++;
    }
    return n;
}

START_TEST(weekly_and_quarterly_senders_are_not_disabled_without_proof)
{
    struct log_row rows[64];
    char ids[64][24];
    struct sae_buf buf;
    size_t n = habit(rows, 0, ids, "blank1@contoso.example", 3, 7, 100); /* weekly */

    n = habit(rows, n, ids, "blank2@contoso.example", 80, 91, 100);  /* quarterly */
    n = habit(rows, n, ids, "enabled@contoso.example", 80, 91, 100); /* likewise */
    for (int d = 0; d < 102; d += 4) {
        snprintf(ids[n], sizeof(ids[n]), "other-%d", d);
        rows[n] = (struct log_row){.id = ids[n],
                                   .time = noon() - 61 * SAE_MINUTE - d * SAE_DAY,
                                   .upn = "reader@x.example",
                                   .client = "Browser"};
        n++;
    }
    log_array(&buf, rows, n);
    write_buf("log.json", &buf, noon());
    renew(noon());
    collect_at(noon());
    planned(SAE_PLAN_CLOSE, noon(), 0);
    ck_assert(before_switch(BOX(03, "null", "false")));
    ck_assert(before_switch(BOX(04, "null", "false")));
    ck_assert(before_switch(BOX(02, "false", "false")));
    has("# blank2@contoso.example: 0 sign-ins in the look-back, last 2026-09-03, path: "
        "retire?");
    ck_assert_ptr_nonnull(strstr(sae_buf_text(&script), "$last = @(\n)\n"));
}
END_TEST

START_TEST(a_switch_that_is_off_already_opens_its_senders_by_name_and_says_so)
{
    write_switch("true", noon() - SAE_HOUR);
    collect_at(noon());
    planned(SAE_PLAN_CLOSE, noon(), 0);
    has("$switchWas = 'true'\n$switchWant = 'true'\n");
    ck_assert(before_switch(BOX(03, "null", "false")));
    has("blank1@contoso.example: closed by the tenant switch today, step 1 opens it");
}
END_TEST

START_TEST(a_mailbox_without_guid_that_nobody_needs_is_left_to_the_administrator)
{
    write_text(
        "boxes.csv",
        HEAD GUID(03) ",blank1@contoso.example,\r\n,enabled@contoso.example,False\r\n",
        noon());
    renew(noon());
    collect_at(noon());
    planned(SAE_PLAN_CLOSE, noon(), 0);
    has("$undone = @(\n    'enabled@contoso.example: enabled by name and not needed, but "
        "has no "
        "Guid");
    ck_assert_ptr_nonnull(strstr(sae_buf_text(&script), "$last = @(\n)\n"));
}
END_TEST

/* ---- refusals -------------------------------------------------------------------------
 */

START_TEST(without_a_read_there_is_no_plan)
{
    write_text("transport.json", "{}\n", noon() - SAE_HOUR);
    write_text("boxes.csv", "", noon() - SAE_HOUR);
    collect_at(noon());
    refused(SAE_E_INCOMPLETE, "the tenant switch was never read completely");
    write_switch("false", noon() - SAE_HOUR);
    collect_at(noon());
    refused(SAE_E_INCOMPLETE, "the mailboxes were never read completely");
}
END_TEST

START_TEST(an_old_posture_is_refused_at_the_limit)
{
    collect_at(noon());
    ck_assert_int_eq(plan_at(SAE_PLAN_CLOSE, noon() + 35 * SAE_HOUR, 0), SAE_OK);
    ck_assert_int_eq(plan_at(SAE_PLAN_CLOSE, noon() + 35 * SAE_HOUR + 1, 0), SAE_E_STALE);
    ck_assert_ptr_nonnull(
        strstr(why.text, "the data of the tenant switch are 36.0 h old, 36h at most: run "
                         "smtp_auth_collect --tenant contoso"));
    ck_assert_int_eq(plan_at(SAE_PLAN_CLOSE, noon() - 2 * SAE_HOUR, 0), SAE_E_STALE);
    ck_assert_ptr_nonnull(strstr(why.text, "from the future"));
}
END_TEST

START_TEST(old_mailboxes_and_old_sign_ins_are_refused)
{
    collect_at(noon());
    write_text("boxes.csv", "", noon());
    touch("transport.json", noon() + 36 * SAE_HOUR);
    (void)!run_at(noon() + 36 * SAE_HOUR);
    ck_assert_int_eq(plan_at(SAE_PLAN_CLOSE, noon() + 36 * SAE_HOUR, 0), SAE_E_STALE);
    ck_assert_ptr_nonnull(strstr(why.text, "the data of the mailboxes are"));
    write_text("boxes.csv", boxes, noon() + 36 * SAE_HOUR);
    (void)!run_at(noon() + 36 * SAE_HOUR);
    ck_assert_int_eq(plan_at(SAE_PLAN_CLOSE, noon() + 36 * SAE_HOUR, 0), SAE_E_STALE);
    ck_assert_ptr_nonnull(strstr(why.text, "the data of the sign-ins are"));
}
END_TEST

START_TEST(a_switch_that_changed_and_was_not_confirmed_is_refused)
{
    collect_at(noon() - SAE_MINUTE);
    write_switch("true", noon() - 2 * SAE_MINUTE);
    collect_at(noon());
    refused(SAE_E_INCOMPLETE, "no second read has confirmed it");
    collect_at(noon());
    planned(SAE_PLAN_CLOSE, noon(), 0);
}
END_TEST

START_TEST(a_log_that_does_not_prove_the_look_back_is_refused)
{
    write_log("log.json", 20, noon() - SAE_HOUR);
    collect_at(noon());
    refused(SAE_E_INCOMPLETE,
            "the log held spans 20.0 d, not 30d, so nobody knows who uses");
}
END_TEST

START_TEST(sign_ins_that_are_off_are_refused)
{
    write_config("transport.json", "boxes.csv", "off");
    collect_at(noon());
    refused(SAE_E_INCOMPLETE, "sign-ins are off");
}
END_TEST

START_TEST(a_sender_without_mailbox_is_refused_by_name)
{
    write_text("boxes.csv", HEAD ROW(02, "enabled@contoso.example", "False"),
               noon() - SAE_HOUR);
    collect_at(noon());
    refused(SAE_E_INCOMPLETE,
            "1 senders of the look-back match no mailbox and would be cut "
            "off: Blank1@contoso.example: find out whose they are");
}
END_TEST

START_TEST(an_allow_list_that_cannot_be_read_is_refused)
{
    snprintf(more_config, sizeof(more_config), "allow_list = allow.csv\n");
    renew(noon());
    collect_at(noon());
    refused(SAE_E_MISSING, "the allow list holds the decisions and cannot be read: ");
    write_text("allow.csv", ALLOW "x@y.example,,,,,,perhaps,\r\n", noon());
    refused(SAE_E_CONFIG, "decision is perhaps");
}
END_TEST

START_TEST(a_list_that_contradicts_itself_or_keeps_nobody_is_refused)
{
    snprintf(more_config, sizeof(more_config), "allow_list = allow.csv\n");
    write_text("allow.csv",
               ALLOW "blank1@contoso.example,,,,,,keep,\r\n" GUID(03) ",,,,,,retire,\r\n",
               noon());
    renew(noon());
    collect_at(noon());
    refused(SAE_E_CONFIG, "in the allow list are one mailbox with two decisions");
    write_text("allow.csv", ALLOW "gone@contoso.example,,,,,,keep,\r\n", noon());
    refused(SAE_E_CONFIG, "the allow list keeps gone@contoso.example, but no mailbox");
    write_text("allow.csv", ALLOW "gone@contoso.example,,,,,,,\r\n", noon());
    planned(SAE_PLAN_CLOSE, noon(), 0);
    has("gone@contoso.example: on the allow list, but no mailbox");
}
END_TEST

START_TEST(a_flag_that_is_not_understood_is_refused)
{
    write_text("boxes.csv",
               HEAD GUID(03) ",blank1@contoso.example,\r\n" GUID(
                   02) ",enabled@contoso.example,maybe\r\n",
               noon() - SAE_HOUR);
    collect_at(noon());
    refused(SAE_E_INCOMPLETE,
            "the flag of enabled@contoso.example is neither true, false nor");
}
END_TEST

START_TEST(a_sender_whose_mailbox_has_no_guid_is_refused)
{
    write_text("boxes.csv",
               HEAD
               ",blank1@contoso.example,\r\n" GUID(02) ",enabled@contoso.example,\r\n",
               noon() - SAE_HOUR);
    collect_at(noon());
    refused(SAE_E_INCOMPLETE, "blank1@contoso.example has no Guid");
}
END_TEST

START_TEST(mailboxes_without_a_domain_are_refused)
{
    write_text(
        "boxes.csv",
        "Guid,ExternalDirectoryObjectId,Name,SmtpClientAuthenticationDisabled\r\n" GUID(
            02) "," GUID(12) ",box,\r\n",
        noon() - SAE_HOUR);
    collect_at(noon());
    refused(SAE_E_INCOMPLETE, "no mailbox has an address whose domain could tell");
}
END_TEST

/* ---- the text -------------------------------------------------------------------------
 */

START_TEST(a_script_is_ascii_and_every_cmdlet_stops_at_an_error)
{
    char *line, *save = NULL, *text;
    int changes = 0;

    collect_at(noon());
    planned(SAE_PLAN_CLOSE, noon(), 0);
    text = strdup(sae_buf_text(&script));
    for (line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        for (const char *p = line; *p != '\0'; p++) {
            ck_assert_msg(*p >= 0x20 && *p < 0x7f, "%s", line);
        }
        if (strstr(line, "Set-CASMailbox -") != NULL ||
            strstr(line, "Set-TransportConfig -") != NULL) {
            changes++;
            ck_assert_msg(strstr(line, "-ErrorAction Stop") != NULL, "%s", line);
            ck_assert_msg((strstr(line, "-WhatIf") != NULL) !=
                              (strstr(line, "-Confirm:$false") != NULL),
                          "%s", line);
        }
    }
    ck_assert_int_eq(changes, 4);
    free(text);
}
END_TEST

/* ---- limits ---------------------------------------------------------------------------
 */

START_TEST(too_many_mailboxes_are_refused_and_not_cut)
{
    struct sae_plan_list list = {.count = SAE_PLAN_MAILBOXES};
    struct closing closing = {.enabled = SAE_PLAN_MAILBOXES};
    const struct sae_mailbox_row row = {.key = GUID(01), .address = "a@x.example"};
    const struct sae_plan_box box = {.guid = GUID(01)};

    ck_assert_int_eq(sae_plan_add(&list, &box, &why), SAE_E_LIMIT);
    ck_assert_ptr_nonnull(
        strstr(why.text, "no plan: more than 100000 mailboxes: decide"));
    ck_assert_int_eq(take_enabled(&closing, &row, &why), SAE_E_LIMIT);
    ck_assert_ptr_nonnull(
        strstr(why.text, "more than 100000 mailboxes are enabled by name"));
}
END_TEST

START_TEST(a_script_that_is_too_long_is_refused_and_not_cut)
{
    collect_at(noon());
    sae_buf_done(&script);
    sae_buf_init(&script, 1000);
    ck_assert_int_eq(plan_at(SAE_PLAN_CLOSE, noon(), 0), SAE_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(why.text, "no plan: its text is larger than"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *tests = tcase_create("plan");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, senders_stay_by_name_and_unused_settings_go);
    tcase_add_test(tests, the_tenant_is_told_by_its_id_where_it_is_configured);
    tcase_add_test(tests, the_allow_list_decides);
    tcase_add_test(tests, a_retired_sender_loses_its_own_setting);
    tcase_add_test(tests, a_mailbox_stays_if_one_of_its_users_does);
    tcase_add_test(tests, weekly_and_quarterly_senders_are_not_disabled_without_proof);
    tcase_add_test(tests,
                   a_switch_that_is_off_already_opens_its_senders_by_name_and_says_so);
    tcase_add_test(tests,
                   a_mailbox_without_guid_that_nobody_needs_is_left_to_the_administrator);
    tcase_add_test(tests, without_a_read_there_is_no_plan);
    tcase_add_test(tests, an_old_posture_is_refused_at_the_limit);
    tcase_add_test(tests, old_mailboxes_and_old_sign_ins_are_refused);
    tcase_add_test(tests, a_switch_that_changed_and_was_not_confirmed_is_refused);
    tcase_add_test(tests, a_log_that_does_not_prove_the_look_back_is_refused);
    tcase_add_test(tests, sign_ins_that_are_off_are_refused);
    tcase_add_test(tests, a_sender_without_mailbox_is_refused_by_name);
    tcase_add_test(tests, an_allow_list_that_cannot_be_read_is_refused);
    tcase_add_test(tests, a_list_that_contradicts_itself_or_keeps_nobody_is_refused);
    tcase_add_test(tests, a_flag_that_is_not_understood_is_refused);
    tcase_add_test(tests, a_sender_whose_mailbox_has_no_guid_is_refused);
    tcase_add_test(tests, mailboxes_without_a_domain_are_refused);
    tcase_add_test(tests, a_script_is_ascii_and_every_cmdlet_stops_at_an_error);
    tcase_add_test(tests, too_many_mailboxes_are_refused_and_not_cut);
    tcase_add_test(tests, a_script_that_is_too_long_is_refused_and_not_cut);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
