/* SPDX-License-Identifier: MIT */
/* Who is attacked, from where, and who got in. Each detector is a pure function of the events
 * and its rule: the same rows in any order of equal times give the same hits. Definitions are
 * the project's contract (design, section "Metrics").
 *
 * T is events->end, a day is [T-24h, T). A span of length S is any half-open [t, t+S) of
 * ticks: two events are in a common one if less than S lies between them. "Fails" is a failure
 * that counts (sae_event_counts): outages of pass-through agents are in no detector. */
#ifndef SAE_DETECT_H
#define SAE_DETECT_H

#include <stdbool.h>

#include "measure/events.h"

/* NUMBER/DURATION of the configuration. number 0: the detector is off. */
struct sae_rule {
    uint32_t number;
    int64_t span; /* ticks */
};

/* "5/20m" or "off", as the configuration has checked it; anything else is off. */
struct sae_rule sae_rule_read(const char *text);

/* One thing found. What a detector does not speak of is 0. */
struct sae_hit {
    uint32_t user, address, net;
    uint16_t country;
    int32_t code;     /* of them: the one of the highest rank (sae_code_rank) */
    uint32_t events;  /* rows that it rests on */
    uint32_t users, addresses, countries; /* distinct ones among them */
    int64_t since, until; /* the oldest and the newest of them */
    uint16_t where;       /* country of the newest (of several the highest number) */
    bool entered;         /* a success is among them */
};

/* Zero-initialised is empty. In ascending order of (user, address, net, country). */
struct sae_hits {
    struct sae_hit *at;
    size_t count, cap;
};
enum sae_status sae_hits_add(struct sae_hits *hits, const struct sae_hit *hit,
                             struct sae_err *err) SAE_MUST_CHECK;
void sae_hits_done(struct sae_hits *hits);

/* All functions: SAE_OK or SAE_E_NOMEM, hits are added to the empty *hits. A rule that is off
 * hits nothing. */

/* stale_devices: users with at least `number` bad passwords (class bad_password) in [T-span, T),
 * all of them from one address (not 0) from which no other user fails in that time, no 50053 of
 * theirs in that time, at regular gaps: of the sorted gaps between one and the next, m of them,
 * g[3(m-1)/4] - g[(m-1)/4] is at most half of g[(m-1)/2] (whole-number division), which is over
 * 0. Hit: user, address, the bad passwords. The rows of such a user from that address are left
 * out of brute_users, spread_users and mbx_attacked. */
enum sae_status sae_detect_stale(const struct sae_events *events, struct sae_rule rule,
                                 struct sae_hits *hits, struct sae_err *err) SAE_MUST_CHECK;

/* True if `hits` of the above have this user and address. */
bool sae_hits_stale(const struct sae_hits *hits, uint32_t user, uint32_t address);

/* brute_users: users with at least `number` bad passwords or 50053 (classes bad_password and
 * locked) in some span within the day, or 3 times as many in the day. Hit: user, and all such
 * rows of the day. */
enum sae_status sae_detect_brute(const struct sae_events *events, struct sae_rule rule,
                                 const struct sae_hits *stale, struct sae_hits *hits,
                                 struct sae_err *err) SAE_MUST_CHECK;

/* lockouts: the most distinct users with class locked in some span within the day. *ret_hit
 * describes all such rows of the first span that begins with one of them and has that many
 * users; all 0 if there is none. `number` is not asked. */
enum sae_status sae_detect_lockouts(const struct sae_events *events, struct sae_rule rule,
                                    struct sae_hit *ret_hit,
                                    struct sae_err *err) SAE_MUST_CHECK;

/* spray_ips: addresses (not 0) from which at least `number` users fail in some span within the
 * day, unless in the day more users succeed there than fail there and no failure there has a
 * password that is right (yes, probably). Hit: address, and all failures there in the day.
 * spray_nets: the same for nets (not 0), with at least 3 addresses failing in the same span. */
enum sae_status sae_detect_spray(const struct sae_events *events, struct sae_rule rule,
                                 struct sae_hits *hits, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_detect_spray_nets(const struct sae_events *events, struct sae_rule rule,
                                      struct sae_hits *hits,
                                      struct sae_err *err) SAE_MUST_CHECK;

/* spread_users: users for whom there is a span, ending ([t, t+span), t + span) in (T-hold, T],
 * in which at least `number` addresses (not 0) have at most 2 of their failures each, and the
 * failures of these addresses in it come from at least 3 countries (not 0). Hit: user, and the
 * failures of these addresses in the span that has most of them (of several such spans the one
 * with the smallest t). */
enum sae_status sae_detect_spread(const struct sae_events *events, struct sae_rule rule,
                                  int64_t hold, const struct sae_hits *stale,
                                  struct sae_hits *hits, struct sae_err *err) SAE_MUST_CHECK;
/* When that was so, with no device left out: the ends in (from, T] of such spans. Hit: user,
 * from the end `since` to the end `until`; ends at most `apart` from each other are one hit. */
enum sae_status sae_detect_spread_ends(const struct sae_events *events, struct sae_rule rule,
                                       int64_t from, int64_t apart, struct sae_hits *hits,
                                       struct sae_err *err) SAE_MUST_CHECK;

/* breach_users: in [T-hold, T) a failure that says the password was right (yes, probably), or a
 * success after at least 5 failures of that user in the 24 h before it ([t-24h, t)), from an
 * address from which the user had no success before (at an earlier tick; address 0 is never
 * known). Hit: user and address, all such rows; `code` is that of the first one (of equal times the
 * lowest). */
enum sae_status sae_detect_breach(const struct sae_events *events, int64_t hold,
                                  struct sae_hits *hits, struct sae_err *err) SAE_MUST_CHECK;
/* Each such row of [from, T) as a hit of its own, in no order: user, address, time, code. */
enum sae_status sae_detect_breach_rows(const struct sae_events *events, int64_t from,
                                       struct sae_hits *rows,
                                       struct sae_err *err) SAE_MUST_CHECK;

enum { SAE_LEARN_DAYS = 7 };

/* foreign_ok: successes in [T-hold, T) from a country that is not expected of the user. */
struct sae_expected {
    /* Is the country expected of the user? SAE_EXPECT_NOTHING: nothing is listed for them. */
    enum sae_expect { SAE_EXPECT_NOTHING, SAE_EXPECT_YES, SAE_EXPECT_NO } (*ask)(
        void *arg, uint32_t user, uint16_t country);
    void *arg;
};
/* Where `ask` says SAE_EXPECT_NOTHING, the countries (not 0) of the user's successes before
 * T-7d are expected; if there are none, nothing is expected and nothing is foreign. A success of
 * country 0 is not judged. Hit: user and country, all such successes. *ret_known: something is
 * listed or learned for some user with a success in [T-hold, T), so that the number means
 * something. */
enum sae_status sae_detect_foreign(const struct sae_events *events, int64_t hold,
                                   const struct sae_expected *expected, struct sae_hits *hits,
                                   bool *ret_known, struct sae_err *err) SAE_MUST_CHECK;

/* Addresses (not 0) with a failed row in the day, outages too: the failures there. */
enum sae_status sae_detect_sources(const struct sae_events *events, struct sae_hits *hits,
                                   struct sae_err *err) SAE_MUST_CHECK;

/* fail_burst: most failed rows (outages too) of [from, to) in any 60 s. */
uint32_t sae_detect_burst(const struct sae_events *events, int64_t from, int64_t to);

/* A comparison with the tenant's own past: true if `now` failures are at least 20 and over 3
 * times as many as in the worst of at least 2 weeks at the same hour. */
bool sae_detect_unusual(int64_t now, const int64_t *weeks, size_t count);

/* How far back the detectors look: `from` of the events that they need. */
int64_t sae_detect_from(int64_t end, int64_t hold, struct sae_rule spread,
                        struct sae_rule stale);

#endif
