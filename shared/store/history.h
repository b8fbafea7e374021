/* SPDX-License-Identifier: MIT */
/* The private history of one tenant (SQLite, state_dir/private/NAME.db, 0600): sign-in rows,
 * coverage, mailboxes, watched settings, changes, the sender registry.
 *
 * Everything here is a set: feeding the same facts twice, late or in another order leaves the
 * same contents. Sign-in rows are keyed by (second, hash of id): the same sign-in has seven
 * fractional digits in one export and none in another. Of two versions of one sign-in the
 * higher rank stays (success over right password over other failure, then the higher code).
 * The exception is the table of runs, which tells what the collector did.
 *
 * Writing happens between begin and commit. Only the collector writes; reports read.
 *
 * One thread at a time, but for staging: sae_history_stage_begin, _add, _keep and _rewind
 * touch neither the database nor anything else that the other functions use, so one thread
 * may stage while another uses the rest. */
#ifndef SAE_HISTORY_H
#define SAE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/tally.h"
#include "facts.h"

struct sae_history;

enum sae_history_mode { SAE_HISTORY_READ, SAE_HISTORY_WRITE };

/* Opens (and, to write, creates or brings up to date) the history. On success the caller owns
 * *ret_history. A reader refuses a history of an older version: the collector updates it. */
enum sae_status sae_history_open(const char *state_dir, const char *tenant,
                                 enum sae_history_mode mode,
                                 struct sae_history **ret_history,
                                 struct sae_err *err) SAE_MUST_CHECK;
void sae_history_close(struct sae_history *history);

enum sae_status sae_history_begin(struct sae_history *h, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_history_commit(struct sae_history *h, struct sae_err *err) SAE_MUST_CHECK;
void sae_history_rollback(struct sae_history *h);

/* ---- parts -------------------------------------------------------------------------- */

/* How a part stood after the last run; all zero if it was never tried. */
enum sae_status sae_history_part_load(struct sae_history *h, enum sae_part part,
                                      struct sae_part_state *ret_state,
                                      struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_history_part_save(struct sae_history *h, enum sae_part part,
                                      const struct sae_part_state *state,
                                      struct sae_err *err) SAE_MUST_CHECK;

/* A small number remembered between runs; 0 if never set. */
enum sae_status sae_history_number(struct sae_history *h, const char *name,
                                   int64_t *ret_value, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_history_remember(struct sae_history *h, const char *name, int64_t value,
                                     struct sae_err *err) SAE_MUST_CHECK;

/* ---- sign-ins ----------------------------------------------------------------------- */

/* Takes one row (rows are buffered and sorted; sae_history_signins_flush ends a batch). Of
 * rows from before the horizon of the last pruning only successes count, and only for the
 * registry of senders. */
enum sae_status sae_history_signin_add(struct sae_history *h, const struct sae_signin *row,
                                       struct sae_err *err) SAE_MUST_CHECK;
/* Stores what is buffered and brings the sender registry up to date. */
enum sae_status sae_history_signins_flush(struct sae_history *h,
                                          struct sae_err *err) SAE_MUST_CHECK;
/* Forgets what is buffered (before a rollback). */
void sae_history_signins_drop(struct sae_history *h);

/* Rows that are added from here on and are from before `before` count as late: found by
 * reading again what was covered before. 0: none. */
void sae_history_count_late(struct sae_history *h, int64_t before);
/* Rows that were not there before, since the history was opened, and the late ones of them;
 * what is rolled back does not count. */
void sae_history_counts(const struct sae_history *h, int64_t *ret_new, int64_t *ret_late);

/* What is known of one stream of sign-ins ("graph", or an entry of `signins`). */
struct sae_stream {
    int64_t time;     /* as old as its last complete read */
    int64_t newest;   /* newest row of any client app */
    int64_t unparsed; /* rows of that read without readable id, time or code */
    int64_t from, to; /* newest unbroken interval held, [from, to); from == to: none */
    bool lower;       /* that read proves less than it spans: only lower bounds */
};

/* Remembers a complete read and, if [from, to) is not empty, joins that with what was
 * covered before. */
enum sae_status sae_history_stream_save(struct sae_history *h, const char *name,
                                        const struct sae_stream *stream,
                                        struct sae_err *err) SAE_MUST_CHECK;
/* Rows came from where the last complete read claims to have them all: only lower bounds, until
 * the next one is saved. */
enum sae_status sae_history_stream_doubt(struct sae_history *h, const char *name,
                                         struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_history_stream_load(struct sae_history *h, const char *name,
                                        struct sae_stream *ret_stream,
                                        struct sae_err *err) SAE_MUST_CHECK;

/* Joins [from, to) with what the stream covers; an empty interval changes nothing. */
enum sae_status sae_history_cover(struct sae_history *h, const char *stream, int64_t from,
                                  int64_t to, struct sae_err *err) SAE_MUST_CHECK;
/* What the stream covers: its `most` newest intervals, newest first; no two of them touch. */
enum sae_status sae_history_covered(struct sae_history *h, const char *stream, size_t most,
                                    struct sae_interval *ret, size_t *ret_count,
                                    struct sae_err *err) SAE_MUST_CHECK;

/* A stored row: users and addresses as numbers that tell them apart. */
struct sae_row {
    int64_t time;
    int64_t user, address; /* address 0: none */
    int32_t country;              /* two letters, or 0 */
    int32_t code;
};

/* Rows of [from, to) in time order. A status other than SAE_OK ends the walk. */
typedef enum sae_status (*sae_row_taker)(void *arg, const struct sae_row *row,
                                         struct sae_err *err);
enum sae_status sae_history_each_row(struct sae_history *h, int64_t from, int64_t to,
                                     sae_row_taker take, void *arg,
                                     struct sae_err *err) SAE_MUST_CHECK;

/* Only the successes among them. */
enum sae_status sae_history_each_success(struct sae_history *h, int64_t from, int64_t to,
                                         sae_row_taker take, void *arg,
                                         struct sae_err *err) SAE_MUST_CHECK;

/* Who and where a row's numbers stand for; all empty for a number that is not known. */
struct sae_user {
    char key[SAE_NAME + 1]; /* object id, lower-case UPN, or '#' and a hash */
    char upn[SAE_NAME + 1];
    char shown[SAE_SHOWN + 1]; /* safe */
};
enum sae_status sae_history_user(struct sae_history *h, int64_t user,
                                 struct sae_user *ret_user,
                                 struct sae_err *err) SAE_MUST_CHECK;
/* The key of the user's mailbox, found as sae_history_match() does; "" if none is. */
enum sae_status sae_history_user_mailbox(struct sae_history *h, int64_t user,
                                         char ret_mailbox[SAE_NAME + 1],
                                         struct sae_err *err) SAE_MUST_CHECK;
/* The same for all users of whom rows are held and who have one. */
struct sae_match {
    int64_t user;
    const char *mailbox;
    enum sae_flag flag; /* of the mailbox */
};
typedef enum sae_status (*sae_match_taker)(void *arg, const struct sae_match *match,
                                           struct sae_err *err);
enum sae_status sae_history_each_match(struct sae_history *h, sae_match_taker take, void *arg,
                                       struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_history_address(struct sae_history *h, int64_t number,
                                    struct sae_address *ret_address,
                                    struct sae_err *err) SAE_MUST_CHECK;
typedef enum sae_status (*sae_address_taker)(void *arg, int64_t number,
                                             const struct sae_address *address,
                                             struct sae_err *err);
/* All addresses, in the order of their numbers. */
enum sae_status sae_history_each_address(struct sae_history *h, sae_address_taker take,
                                         void *arg, struct sae_err *err) SAE_MUST_CHECK;

/* One sign-in with all its names, for people. Texts are "" where there is none. */
struct sae_signin_line {
    int64_t time;
    const char *key;     /* of the user: object id, lower-case UPN, or '#' and a hash */
    const char *upn;
    const char *shown;   /* safe */
    const char *mailbox; /* key of the user's mailbox */
    const char *mail;    /* that mailbox's address */
    struct sae_address address;
    int32_t country;
    int32_t code;
    const char *agent; /* safe */
};
typedef enum sae_status (*sae_signin_taker)(void *arg, const struct sae_signin_line *line,
                                            struct sae_err *err);
/* Sign-ins of [from, to) in time order, every one of them. */
enum sae_status sae_history_each_signin(struct sae_history *h, int64_t from, int64_t to,
                                        sae_signin_taker take, void *arg,
                                        struct sae_err *err) SAE_MUST_CHECK;

/* Rows from before this time are not kept any more; 0: all are. */
int64_t sae_history_horizon(const struct sae_history *h);

/* Drops rows and runs before `rows_before` and senders whose last success is before
 * `senders_before`; the horizon never moves back. */
enum sae_status sae_history_prune(struct sae_history *h, int64_t rows_before,
                                  int64_t senders_before, struct sae_err *err) SAE_MUST_CHECK;

/* ---- senders ------------------------------------------------------------------------ */

/* One user that ever had a success, with what [from, to) holds of it. */
struct sae_sender {
    int64_t user;
    const char *key;     /* object id, lower-case UPN, or '#' and a hash */
    const char *upn;     /* "" if none */
    const char *shown;   /* safe */
    const char *mailbox; /* key of its mailbox, NULL if none was found */
    const char *address; /* that mailbox's address, NULL likewise */
    enum sae_flag flag;  /* and its flag; unknown likewise */
    int64_t first, last; /* of all successes ever held */
    int64_t count;       /* successes in [from, to) */
};
typedef enum sae_status (*sae_sender_taker)(void *arg, const struct sae_sender *sender,
                                            struct sae_err *err);
/* All senders, latest success first. */
enum sae_status sae_history_each_sender(struct sae_history *h, int64_t from, int64_t to,
                                        sae_sender_taker take, void *arg,
                                        struct sae_err *err) SAE_MUST_CHECK;

/* The same, of somebody who counted successes already: `successes` by user. */
enum sae_status sae_history_each_counted_sender(struct sae_history *h,
                                                const struct sae_tally *successes,
                                                sae_sender_taker take, void *arg,
                                                struct sae_err *err) SAE_MUST_CHECK;

/* The days (since 1970) on which a sender had a success, ascending, at most `most` newest. */
enum sae_status sae_history_sender_days(struct sae_history *h, int64_t user, size_t most,
                                        int64_t *ret_days, size_t *ret_count,
                                        struct sae_err *err) SAE_MUST_CHECK;

/* Where a sender's successes came from, newest first. */
struct sae_origin {
    struct sae_address address;
    int32_t country;
    int64_t last;
};
enum sae_status sae_history_sender_origins(struct sae_history *h, int64_t user, size_t most,
                                           struct sae_origin *ret_origins, size_t *ret_count,
                                           struct sae_err *err) SAE_MUST_CHECK;

/* The number of the agent of each user's newest success that is held, by user, and its text. */
enum sae_status sae_history_last_agents(struct sae_history *h, struct sae_tally *ret_agents,
                                        struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_history_agent(struct sae_history *h, int64_t number,
                                  char ret_agent[SAE_SHOWN + 1],
                                  struct sae_err *err) SAE_MUST_CHECK;

/* Finds each sender's mailbox anew: by object id, else by the only mailbox that has its UPN
 * among its addresses. */
enum sae_status sae_history_match(struct sae_history *h, struct sae_err *err) SAE_MUST_CHECK;

/* ---- mailboxes ---------------------------------------------------------------------- */

/* A new list is staged, in a file that has no name, and replaces the stored one only as a
 * whole. Begin forgets what was staged before. */
enum sae_status sae_history_stage_begin(struct sae_history *h,
                                        struct sae_err *err) SAE_MUST_CHECK;
/* True if the row with this digest follows in the stored list where the new one is like it from
 * its first row on: it is staged with that. False: it is to be added. */
bool sae_history_stage_known(struct sae_history *h, uint64_t digest);
enum sae_status sae_history_stage_add(struct sae_history *h, const struct sae_mailbox *box,
                                      struct sae_err *err) SAE_MUST_CHECK;
/* What was staged so far counts; rewind forgets what came since (nothing kept: since begin). */
enum sae_status sae_history_stage_keep(struct sae_history *h,
                                       struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_history_stage_rewind(struct sae_history *h,
                                         struct sae_err *err) SAE_MUST_CHECK;
/* Orders what was staged and counts it, duplicates once; *ret_held is the stored list's.
 * Within a transaction. */
enum sae_status sae_history_stage_count(struct sae_history *h, int64_t *ret_staged,
                                        int64_t *ret_held,
                                        struct sae_err *err) SAE_MUST_CHECK;
/* Replaces the list; every flag that differs becomes a change seen at `seen`, unless there
 * was no list before. */
enum sae_status sae_history_stage_commit(struct sae_history *h, int64_t seen,
                                         struct sae_err *err) SAE_MUST_CHECK;

struct sae_mailbox_row {
    const char *key;     /* Guid, else object id, else address */
    const char *address; /* primary, lower case */
    enum sae_flag flag;
    bool used; /* a matched user had a success in [from, to), or sae_history_note_use() */
};
typedef enum sae_status (*sae_mailbox_taker)(void *arg, const struct sae_mailbox_row *row,
                                             struct sae_err *err);
/* All mailboxes in the order of their keys. */
enum sae_status sae_history_each_mailbox(struct sae_history *h, int64_t from, int64_t to,
                                         sae_mailbox_taker take, void *arg,
                                         struct sae_err *err) SAE_MUST_CHECK;

/* From here on the mailbox counts as used, whatever the interval; until the history is closed
 * (it is told by a list that is read at each run). */
enum sae_status sae_history_note_use(struct sae_history *h, const char *mailbox,
                                     struct sae_err *err) SAE_MUST_CHECK;

/* How many mailboxes have each flag. */
enum sae_status sae_history_count_mailboxes(struct sae_history *h,
                                            int64_t ret_by_flag[SAE_FLAG_UNKNOWN + 1],
                                            struct sae_err *err) SAE_MUST_CHECK;

/* Only those that were used in [from, to), in the order of their keys. */
enum sae_status sae_history_each_used_mailbox(struct sae_history *h, int64_t from, int64_t to,
                                              sae_mailbox_taker take, void *arg,
                                              struct sae_err *err) SAE_MUST_CHECK;

/* Only the first ones, at most `most`: those that inherit, or those that are enabled by name
 * or of unknown flag. `used` is not looked up: false. */
enum sae_status sae_history_first_mailboxes(struct sae_history *h, bool inherit, size_t most,
                                            sae_mailbox_taker take, void *arg,
                                            struct sae_err *err) SAE_MUST_CHECK;

/* Only the one with this key, if it is there; `used` is false. */
enum sae_status sae_history_mailbox(struct sae_history *h, const char *key,
                                    sae_mailbox_taker take, void *arg,
                                    struct sae_err *err) SAE_MUST_CHECK;

/* The key of the only mailbox that has this name (address, alias, Guid or object id, any
 * case); "" if there is none or more than one. */
enum sae_status sae_history_find_mailbox(struct sae_history *h, const char *name,
                                         char ret_key[SAE_NAME + 1],
                                         struct sae_err *err) SAE_MUST_CHECK;

/* ---- settings and changes ----------------------------------------------------------- */

enum { SAE_SETTINGS_MOST = 4096 }; /* of one object in one read */

/* One complete read of the watched settings of `object`: "tenant", or another word that holds
 * no '/' ("organization", "authentication policy"), whose settings may belong to several (`of`).
 * What is not in the read has vanished; settings of other objects are not touched. A
 * difference becomes an unconfirmed change, unless it is the object's first read; the next read
 * confirms it or, if it disagrees, takes it back (replicas of the service may answer with the
 * old value for a while). A change's object is `object`, or `object` and `of`.
 *
 * Two settings of the same name (two policies may be called alike) are told apart by the order
 * of their values: the second one is called "NAME (2)". */
enum sae_status sae_history_settings_read(struct sae_history *h, const char *object,
                                          int64_t seen, int64_t said,
                                          const struct sae_setting *settings, size_t count,
                                          struct sae_err *err) SAE_MUST_CHECK;

/* True if a change waits for the read that confirms it or takes it back. */
enum sae_status sae_history_settings_pending(struct sae_history *h, bool *ret_pending,
                                             struct sae_err *err) SAE_MUST_CHECK;

/* The value last read; "" if never. `name` is a tenant's property, or "object/of/name". */
enum sae_status sae_history_setting(struct sae_history *h, const char *name,
                                    char ret_value[SAE_SHOWN + 1],
                                    struct sae_err *err) SAE_MUST_CHECK;

typedef enum sae_status (*sae_change_taker)(void *arg, const struct sae_change *change,
                                            struct sae_err *err);
/* Changes seen after `after`, oldest first. */
enum sae_status sae_history_each_change(struct sae_history *h, int64_t after,
                                        sae_change_taker take, void *arg,
                                        struct sae_err *err) SAE_MUST_CHECK;

/* When the switch of the tenant was seen to be closed, if that was its last confirmed change;
 * else 0. */
enum sae_status sae_history_switch_closed(struct sae_history *h, int64_t *ret_closed,
                                          struct sae_err *err) SAE_MUST_CHECK;

/* "true", "false", "" (inherits) or "?" as the change table says a mailbox's flag. */
const char *sae_flag_word(enum sae_flag flag);

/* ---- runs --------------------------------------------------------------------------- */

/* What one run of the collector did. */
struct sae_run_line {
    int64_t time; /* its beginning */
    int64_t ms;   /* how long it took */
    int64_t requests, throttled;
    int64_t rows, late; /* new sign-ins, as sae_history_counts() has them */
    bool ok;
    char error[200]; /* safe; "" if ok */
};

enum { SAE_RUNS_HELD = 65536 }; /* the newest ones; pruning usually leaves fewer */

enum sae_status sae_history_run_add(struct sae_history *h, const struct sae_run_line *run,
                                    struct sae_err *err) SAE_MUST_CHECK;

typedef enum sae_status (*sae_run_taker)(void *arg, const struct sae_run_line *run,
                                         struct sae_err *err);
/* Runs that began after `after`, oldest first. */
enum sae_status sae_history_each_run(struct sae_history *h, int64_t after,
                                     sae_run_taker take, void *arg,
                                     struct sae_err *err) SAE_MUST_CHECK;

#endif
