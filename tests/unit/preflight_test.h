/* SPDX-License-Identifier: MIT */
/* First contact with services that were played. The client and the tokens are real, the
 * wire is not. */
#ifndef SAE_TEST_PREFLIGHT_H
#define SAE_TEST_PREFLIGHT_H

#include "collect/preflight.h"
#include "fetch/cloud.h"
#include "login.h"
#include "scripted_http.h"

/* What a live tenant is asked, in this order. */
enum step {
    TOKEN_EXCHANGE,
    TOKEN_GRAPH,
    TRANSPORT,
    MAILBOXES,
    ORGANIZATION,
    AUTHENTICATION,
    SIGNINS,
    DEFAULTS,
    CONDITIONAL,
    STEPS
};

#define TOKEN "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"t0ken\"}"
#define BOX                                                                              \
    "{\"PrimarySmtpAddress\":\"a@b.example\",\"SmtpClientAuthenticationDisabled\":null}"
#define SIGNIN(id, time)                                                                 \
    "{\"id\":\"" id "\",\"createdDateTime\":\"" time                                     \
    "\",\"status\":{\"errorCode\":0},\"clientAppUsed\":\"SMTP\","                        \
    "\"userPrincipalName\":\"a@b.example\"}"
#define TWO_SIGNINS                                                                      \
    "\"value\":[" SIGNIN("1", "2026-11-22T11:00:00Z") "," SIGNIN(                        \
        "2", "2026-11-22T10:00:00Z") "]}"
#define SAYS(code, text) "{\"error\":{\"code\":\"" code "\",\"message\":\"" text "\"}}"

static const char *const good[STEPS] = {
    [TOKEN_EXCHANGE] = TOKEN,
    [TOKEN_GRAPH] = TOKEN,
    [TRANSPORT] = "{\"value\":[{\"SmtpClientAuthenticationDisabled\":true}]}",
    [MAILBOXES] = "{\"value\":[" BOX "]}",
    [ORGANIZATION] = "{\"value\":[{\"DefaultAuthenticationPolicy\":null}]}",
    [AUTHENTICATION] = "{\"@odata.context\":\"x\",\"value\":[]}",
    [SIGNINS] = "{" TWO_SIGNINS,
    [DEFAULTS] = "{\"isEnabled\":true}",
    [CONDITIONAL] = "{\"value\":[]}",
};

/* The line of each step; the credential is line 0. */
static const struct {
    const char *what, *group, *works;
} lines[STEPS] = {
    [TOKEN_EXCHANGE] = {"token for Exchange", "login",
                        "https://login.microsoftonline.com gives one for "
                        "https://outlook.office365.com"},
    [TOKEN_GRAPH] = {"token for Graph", "login",
                     "https://login.microsoftonline.com gives one for "
                     "https://graph.microsoft.com"},
    [TRANSPORT] = {"Get-TransportConfig", "switch", "the tenant switch can be read"},
    [MAILBOXES] = {"Get-CASMailbox", "mailboxes", "1 mailboxes can be read"},
    [ORGANIZATION] = {"Get-OrganizationConfig", "policies", "can be read"},
    [AUTHENTICATION] = {"Get-AuthenticationPolicy", "policies", "can be read"},
    [SIGNINS] = {"sign-ins", "sign-ins",
                 "the log can be read, 2 SMTP sign-ins in the last day"},
    [DEFAULTS] = {"security defaults", "access rules", "can be read"},
    [CONDITIONAL] = {"Conditional Access", "access rules", "can be read"},
};

static struct sae_budget budget;
static struct sae_preflight got;

static inline void preflight_begin(void)
{
    login_begin();
    http_begin();
    budget = plenty();
    set(SAE_KEY_CLIENT_SECRET_FILE, private_file("secret", "s3cret\n", 0600));
    set(SAE_KEY_CREDENTIAL_EXPIRES, "2026-12-22");
    set(SAE_KEY_TRANSPORT_CONFIG, "exchange");
    set(SAE_KEY_MAILBOXES, "exchange");
    set(SAE_KEY_SIGNINS, "graph");
    set(SAE_KEY_LOOKBACK, "30d");
    set(SAE_KEY_TIME_LIMIT, "4m");
}

static inline void preflight_end(void)
{
    ck_assert_int_eq(sent, scripted);
    login_end();
}

static inline enum sae_status fly(void)
{
    enum sae_status status;

    why = (struct sae_err){0};
    status = sae_preflight(&tenant, &budget, noon(), NULL, &got, &why);
    for (size_t i = 0; i < got.count; i++) {
        ck_assert_ptr_null(strstr(got.line[i].text, "s3cret"));
        ck_assert_ptr_null(strstr(got.line[i].text, "t0ken"));
    }
    return status;
}

static inline void then_good(enum step first, enum step end_step)
{
    for (int i = (int)first; i < (int)end_step; i++) {
        then_answer((struct scripted){.status = 200, .body = good[i]});
    }
}

static const char *const answer_names[] = {"works", "fails", "missing", "unasked"};

static inline void says(size_t i, const char *what, enum sae_preflight_answer answer,
                        const char *words)
{
    const struct sae_preflight_line *line = &got.line[i];

    ck_assert_uint_lt(i, got.count);
    ck_assert_str_eq(line->what, what);
    ck_assert_msg(line->answer == answer, "%s: %s, not %s: %s", what,
                  answer_names[line->answer], answer_names[answer], line->text);
    ck_assert_msg(strstr(line->text, words) != NULL, "%s: '%s', not '%s'", what,
                  line->text, words);
}

static inline void step_says(enum step step, enum sae_preflight_answer answer,
                             const char *words)
{
    says((size_t)step + 1, lines[step].what, answer, words);
    ck_assert_str_eq(got.line[step + 1].group, lines[step].group);
}

static inline void step_works(enum step step)
{
    step_says(step, SAE_PREFLIGHT_WORKS, lines[step].works);
    ck_assert_str_eq(got.line[step + 1].text, lines[step].works);
}

#endif
