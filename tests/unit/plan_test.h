/* SPDX-License-Identifier: MIT */
/* Plans of a tenant in a folder, with the programs' own source: there is no library of
 * it. */
#ifndef SAE_TEST_PLAN_H
#define SAE_TEST_PLAN_H

#include "plugins/report/plan/body.c"
#include "plugins/report/plan/close.c"
#include "plugins/report/plan/list.c"
#include "plugins/report/plan/path.c"
#include "plugins/report/plan/proof.c"
#include "plugins/report/plan/restore.c"
#include "plugins/report/plan/script.c"
#include "plugins/report/plan/text.c"
#include "plugins/report/plan/undo.c"

#include "tenant.h"

#define GUID(n) "6a0e1001-0000-4000-8000-0000000000" #n
#define HEAD "Guid,PrimarySmtpAddress,SmtpClientAuthenticationDisabled\r\n"
#define ROW(n, address, flag) GUID(n) "," address "," flag "\r\n"
#define ALLOW "mailbox,owner,device,sources,countries,expires,decision,note\r\n"

static const char boxes[] = HEAD
    ROW(01, "disabled@contoso.example", "True")
    ROW(02, "enabled@contoso.example", "False")
    ROW(03, "blank1@contoso.example", "")
    ROW(04, "blank2@contoso.example", "")
    ROW(05, "blank3@contoso.example", "");

static struct sae_buf script;

/* An hour-old world: every file is of an hour before `now`. */
static inline void renew(int64_t now)
{
    write_config("transport.json", "boxes.csv", "log.json");
    touch("transport.json", now - SAE_HOUR);
    touch("boxes.csv", now - SAE_HOUR);
    touch("log.json", now - SAE_HOUR);
}

static inline void setup(void)
{
    tenant_setup();
    sae_buf_init(&script, SAE_PLAN_TEXT);
    write_text("boxes.csv", boxes, noon() - SAE_HOUR);
}

static inline void teardown(void)
{
    sae_buf_done(&script);
    folder_end();
}

static inline enum sae_status plan_at(enum sae_plan_kind kind, int64_t now, int64_t day)
{
    struct sae_config config;
    struct sae_history *history = NULL;
    struct sae_plan plan;
    enum sae_status status;

    why = (struct sae_err){0};
    sae_buf_clear(&script);
    status = sae_config_load(path_of("smtp-auth.conf"), &config, &why);
    ck_assert_msg(status == SAE_OK, "%s", why.text);
    status =
        sae_history_open(path_of("state"), "contoso", SAE_HISTORY_READ, &history, &why);
    ck_assert_msg(status == SAE_OK, "%s", why.text);
    sae_plan_init(&plan, kind, sae_config_tenant(&config, "contoso"), now);
    plan.as_of = (day + 1) * SAE_DAY;
    status = sae_plan_make(&plan, history, &why);
    if (status == SAE_OK) {
        status = sae_plan_script(&plan, &script, &why);
    }
    sae_plan_done(&plan);
    sae_history_close(history);
    sae_config_done(&config);
    return status;
}

static inline void planned(enum sae_plan_kind kind, int64_t now, int64_t day)
{
    enum sae_status status = plan_at(kind, now, day);

    ck_assert_msg(status == SAE_OK, "%s", why.text);
}

static inline void refused(enum sae_status want, const char *words)
{
    enum sae_status status = plan_at(SAE_PLAN_CLOSE, noon(), 0);

    ck_assert_msg(status == want && strstr(why.text, words) != NULL, "%s: '%s', not '%s'",
                  sae_status_name(status), why.text, words);
    ck_assert_int_eq(strncmp(why.text, "no plan: ", 9), 0);
}

static inline void has(const char *words)
{
    ck_assert_msg(strstr(sae_buf_text(&script), words) != NULL, "no '%s' in:\n%.4000s",
                  words, sae_buf_text(&script));
}

static inline void has_not(const char *words)
{
    ck_assert_msg(strstr(sae_buf_text(&script), words) == NULL, "'%s' in:\n%.4000s",
                  words, sae_buf_text(&script));
}

#define BOX(n, was, want)                                                                \
    "@{ Guid = '" GUID(n) "'; Was = '" was "'; Want = '" want "' }\n"

/* True if the mailbox is changed before the switch. */
static inline bool before_switch(const char *box)
{
    const char *at = strstr(sae_buf_text(&script), box);

    ck_assert_msg(at != NULL, "no '%s' in:\n%.4000s", box, sae_buf_text(&script));
    return at < strstr(sae_buf_text(&script), "$last = @(");
}

#endif
