/* SPDX-License-Identifier: MIT */
/* What the two halves of make_sample share: make_sample.c writes the posture, the lists
 * and the configuration, sample_signins.c the sign-in log. */
#ifndef SAE_SAMPLE_H
#define SAE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TICKS                                                                            \
    INT64_C(10000000) /* 100 ns, the precision of Microsoft's logs, per second */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
    STALE_USER = 20,   /* mailbox numbers */
    SPRAYED_USER = 30, /* the first of them */
    SPRAYED_USERS = 14,
    SENDERS = 9,
    MAILBOXES_LEAST = 64
};

struct sample {
    const char *dir;
    uint64_t mailboxes, days, seed, big;
    int64_t now; /* ticks */
};

/* What a number is used for: each use draws its own sequence from the seed. */
enum use {
    USE_ID = 1,
    USE_CORRELATION,
    USE_USER,
    USE_MAILBOX,
    USE_FLAG,
    USE_NAME,
    USE_SENDER,
    USE_OTHER,
    USE_STALE,
    USE_SPRAY,
    USE_NOISE,
    USE_BIG,
    USE_TIME
};

struct text {
    char at[96];
};

/* Each sends every `period` minutes, at minute `phase` of it and up to `jitter` later,
 * from `first_day` days ago (0: always) until `last_day` days ago. */
struct sender {
    const char *local, *display, *ip, *flag;
    unsigned period, phase, jitter, first_day, last_day;
    bool by_alias; /* signs in with another name of its mailbox */
};

extern const struct sender senders[SENDERS];

uint64_t draw(const struct sample *s, enum use use, uint64_t number);
struct text guid(const struct sample *s, enum use use, uint64_t number);

/* Of a mailbox: the part of the address before the @, and the name shown. */
struct text local_part(const struct sample *s, uint64_t number);
struct text display_name(const struct sample *s, uint64_t number);

/* "2026-11-22T08:14:07.4471523Z" */
struct text time_text(int64_t ticks);

/* One file of the sample is open at a time; a failure ends the program. */
FILE *open_file(const struct sample *s, const char *name);
void close_file(FILE *file, const char *name);

void write_signins(const struct sample *s);
void write_big_signins(const struct sample *s);

#endif
