/* SPDX-License-Identifier: MIT */
/* Findings of attacks: what they are called, and what they tell whoever is woken by them. */
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "collect/attack.h"

/* The names behind a hit's numbers. */
struct names {
    struct sae_user user;
    char place[SAE_NET_TEXT]; /* address or network, "" if none */
    char country[3];
};

typedef void (*teller)(const struct sae_hit *hit, const struct names *names, char *text,
                       size_t cap);

static const char *many(uint32_t n)
{
    return n == 1 ? "" : "s";
}

static const char *from(const struct names *names)
{
    return names->country[0] != '\0' ? names->country
           : names->place[0] != '\0' ? names->place
                                     : "an unknown place";
}

static void tell_breach(const struct sae_hit *hit, const struct names *names, char *text,
                        size_t cap)
{
    if (hit->entered) {
        snprintf(text, cap,
                 "signed in as %s from %s after failures, never seen there before: reset the "
                 "password, revoke the sessions, look for new rules and forwarding",
                 names->user.shown, from(names));
        return;
    }
    snprintf(text, cap, "right password for %s from %s, blocked (%s): reset it",
             names->user.shown, from(names), sae_code_find(hit->code)->text);
}

static void tell_foreign(const struct sae_hit *hit, const struct names *names, char *text,
                         size_t cap)
{
    snprintf(text, cap,
             "%u sign-in%s of %s succeeded from %s, where it is not expected: ask the owner, "
             "else reset the password",
             hit->events, many(hit->events), names->user.shown, from(names));
}

static void tell_spread(const struct sae_hit *hit, const struct names *names, char *text,
                        size_t cap)
{
    snprintf(text, cap,
             "%u failures for %s, one or two each from %u addresses in %u countries: a botnet "
             "tries this account, close SMTP AUTH for it or give it a long new password",
             hit->events, names->user.shown, hit->addresses, hit->countries);
}

static void tell_brute(const struct sae_hit *hit, const struct names *names, char *text,
                       size_t cap)
{
    snprintf(text, cap,
             "%u wrong passwords or lockouts for %s from %u address%s: does the account need "
             "SMTP AUTH? If not, disable it for this mailbox",
             hit->events, names->user.shown, hit->addresses, hit->addresses == 1 ? "" : "es");
}

static void tell_spray(const struct sae_hit *hit, const struct names *names, char *text,
                       size_t cap)
{
    snprintf(text, cap,
             "%u users tried from %s, %u failures: see who with smtp_auth_report signins "
             "--source %s",
             hit->users, names->place, hit->events, names->place);
}

static void tell_spray_net(const struct sae_hit *hit, const struct names *names, char *text,
                           size_t cap)
{
    snprintf(text, cap,
             "%u users tried from %u addresses of %s, %u failures: see who with "
             "smtp_auth_report signins --source %s",
             hit->users, hit->addresses, names->place, hit->events, names->place);
}

static void tell_lockouts(const struct sae_hit *hit, const struct names *names, char *text,
                          size_t cap)
{
    (void)names;
    snprintf(text, cap,
             "%u users locked out at once, or their addresses are known as malicious (code "
             "50053 means either): see attacks, tell the service desk",
             hit->users);
}

static void tell_stale(const struct sae_hit *hit, const struct names *names, char *text,
                       size_t cap)
{
    snprintf(text, cap,
             "stale device: %u wrong passwords for %s at regular times, all from %s: give the "
             "device there the new password",
             hit->events, names->user.shown, names->place);
}

static void tell_unusual(const struct sae_hit *hit, const struct names *names, char *text,
                         size_t cap)
{
    (void)names;
    snprintf(text, cap,
             "%u failures, at most %u at this hour in the weeks before: an attack, or a "
             "password that many devices share has changed? see smtp_auth_report attacks",
             hit->events, hit->users);
}

static const struct {
    enum sae_metric metric;
    const char *kind;
    teller tell;
} kinds[] = {
    {SAE_M_BREACH_USERS, "compromise", tell_breach},
    {SAE_M_FOREIGN_OK, "compromise", tell_foreign},
    {SAE_M_SPREAD_USERS, "compromise", tell_spread},
    {SAE_M_BRUTE_USERS, "attack", tell_brute},
    {SAE_M_SPRAY_IPS, "attack", tell_spray},
    {SAE_M_SPRAY_NETS, "attack", tell_spray_net},
    {SAE_M_LOCKOUTS, "attack", tell_lockouts},
    {SAE_M_STALE_DEVICES, "device", tell_stale},
    {SAE_M_FAIL_PER_HOUR, "attack", tell_unusual},
};

static void say_net(const struct sae_address *address, char *text, size_t cap)
{
    struct sae_net net = sae_net_around(address, address->len == 4 ? 24 : 64);

    sae_net_text(text, cap, &net);
}

static enum sae_status look_up(struct sae_run *run, const struct sae_hit *hit,
                               struct names *names, struct sae_err *err)
{
    uint32_t place = hit->net != 0 ? hit->net : hit->address;
    struct sae_address address = {0};
    enum sae_status status = SAE_OK;

    *names = (struct names){
        .country = {(char)(hit->where >> 8), (char)(hit->where & 0xff), '\0'}};
    if (hit->user != 0) {
        status = sae_history_user(run->history, hit->user, &names->user, err);
    }
    if (status == SAE_OK && place != 0) {
        status = sae_history_address(run->history, place, &address, err);
    }
    if (status == SAE_OK && address.len != 0 && hit->net != 0) {
        say_net(&address, names->place, sizeof(names->place));
    } else if (status == SAE_OK && address.len != 0) {
        sae_address_text(names->place, sizeof(names->place), &address);
    }
    return status;
}

/* What makes it this finding and no other: the same in every run, however many rows it has by
 * then. What has neither user nor place is the day's. */
static void make_key(const struct sae_hit *hit, const struct names *names, char *key,
                     size_t cap)
{
    char day[SAE_TIME_TEXT];

    if (hit->user == 0 && names->place[0] == '\0') {
        snprintf(key, cap, "%.10s", sae_time_format(day, sizeof(day), hit->since));
        return;
    }
    snprintf(key, cap, "%s%s%s", names->user.key,
             hit->user != 0 && (names->place[0] != '\0' || hit->country != 0) ? " " : "",
             hit->country != 0 ? names->country : names->place);
}

enum sae_status sae_attack_find(struct sae_run *run, enum sae_metric metric,
                                const struct sae_hit *hit, bool *ret_counts,
                                struct sae_err *err)
{
    char key[SAE_NAME + SAE_NET_TEXT + 8];
    struct sae_finding finding;
    struct names names;
    enum sae_status status;
    size_t i = 0;

    while (kinds[i].metric != metric) {
        i++;
    }
    finding = sae_run_finding(metric, kinds[i].kind, "");
    finding.count = hit->events;
    finding.since = hit->since;
    finding.until = hit->until;
    *ret_counts = true;
    if (sae_run_overflows(run, &finding)) {
        return SAE_OK;
    }
    status = look_up(run, hit, &names, err);
    if (status != SAE_OK) {
        return status;
    }
    snprintf(finding.who, sizeof(finding.who), "%s",
             hit->user != 0             ? names.user.shown
             : names.place[0] != '\0' ? names.place
                                       : run->tenant->name);
    snprintf(finding.from, sizeof(finding.from), "%s", names.place);
    if (hit->user != 0 || names.place[0] != '\0') {
        snprintf(finding.country, sizeof(finding.country), "%s", names.country);
    }
    kinds[i].tell(hit, &names, finding.text, sizeof(finding.text));
    make_key(hit, &names, key, sizeof(key));
    *ret_counts = sae_run_find(run, &finding, key);
    return SAE_OK;
}
