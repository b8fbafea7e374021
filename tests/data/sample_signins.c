/* SPDX-License-Identifier: MIT */
/* The sign-in log of the sample: a page of Microsoft Graph, newest first. It is made
 * minute by minute backwards, so that nothing but one minute is held. */
#include "sample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    NEWEST = 4,     /* minutes before now: no log is up to date */
    EXTRA = 5 * 60, /* minutes beyond the whole days */
    DAY = 24 * 60,
    EVENTS_A_MINUTE = 64, /* far more than are made */
    NOBODY = 0            /* the user of an account that does not exist */
};

struct place {
    const char *country, *city, *state;
    double latitude, longitude;
};

enum { FI, VN, BR, NL, US, ID, PLACES };

static const struct place places[PLACES] = {
    [FI] = {"FI", "Turku", "Varsinais-Suomi", 60.45, 22.27},
    [VN] = {"VN", "Hue", "Thua Thien-Hue", 16.46, 107.59},
    [BR] = {"BR", "Natal", "Rio Grande do Norte", -5.79, -35.21},
    [NL] = {"NL", "Zwolle", "Overijssel", 52.51, 6.09},
    [US] = {"US", "Boise", "Idaho", 43.61, -116.2},
    [ID] = {"ID", "Medan", "Sumatera Utara", 3.59, 98.67},
};

static const struct {
    int code;
    const char *reason;
} reasons[] = {
    {50126, "Error validating credentials due to invalid username or password."},
    {50053,
     "The account is locked, you've tried to sign in too many times with an incorrect "
     "user ID or password."},
    {50034,
     "The user account does not exist in the directory. To sign into this application, "
     "the account must be added to the directory."},
    {50076,
     "Due to a configuration change made by your administrator, or because you moved "
     "to a new location, you must use multi-factor authentication to access the "
     "resource."},
    {50140, "This error occurred due to 'Keep me signed in' interrupt when the user was "
            "signing-in."},
    {53003, "Access has been blocked by Conditional Access policies."},
};

static const char smtp_app[] = "Authenticated SMTP";

struct event {
    int64_t time;
    uint64_t number; /* unique: makes the identifiers */
    const char *app; /* clientAppUsed */
    int code;
    const struct place *place;
    struct text user_id, local, display, ip;
};

static const char *reason_of(int code)
{
    for (size_t i = 0; i < COUNT(reasons); i++) {
        if (reasons[i].code == code) {
            return reasons[i].reason;
        }
    }
    return "Other.";
}

static struct text copy(const char *text)
{
    struct text t;

    snprintf(t.at, sizeof(t.at), "%s", text);
    return t;
}

/* --- One row
 * ------------------------------------------------------------------------------ */

static void write_app(FILE *file, const struct event *e)
{
    static const char office[] = "00000002-0000-0ff1-ce00-000000000000";
    bool smtp = e->app == smtp_app;
    bool browser = strcmp(e->app, "Browser") == 0;

    fprintf(file,
            ",\"appId\":\"%s\",\"appDisplayName\":\"%s\",\"ipAddress\":\"%s\","
            "\"clientAppUsed\":\"%s\",\"userAgent\":\"%s\"",
            browser ? "89bee1f7-5e6e-4d8a-9f3d-ecd601259da7" : office,
            browser ? "Office365 Shell WCSS-Client" : "Office 365 Exchange Online",
            e->ip.at, e->app,
            smtp ? "BAV2ROPC" : "Mozilla/5.0 (Windows NT 10.0; Win64; x64)");
}

static void write_status(FILE *file, const struct event *e)
{
    if (e->code == 0) {
        fputs(",\"status\":{\"errorCode\":0,\"failureReason\":null,"
              "\"additionalDetails\":null}",
              file);
    } else {
        fprintf(file,
                ",\"status\":{\"errorCode\":%d,\"failureReason\":\"%s\","
                "\"additionalDetails\":null}",
                e->code, reason_of(e->code));
    }
}

/* The members in the order and with the fullness of a real v1.0 row. */
static void write_row(FILE *file, const struct sample *s, const struct event *e,
                      bool first)
{
    const char *risk = e->code == 0 ? "none" : "hidden";
    const char *access = e->code == 50076 || e->code == 53003 ? "failure" : "notApplied";

    fprintf(file,
            "%s{\"id\":\"%s\",\"createdDateTime\":\"%s\",\"userDisplayName\":\"%s\","
            "\"userPrincipalName\":\"%s@contoso.example\",\"userId\":\"%s\"",
            first ? "" : ",\n", guid(s, USE_ID, e->number).at, time_text(e->time).at,
            e->display.at, e->local.at, e->user_id.at);
    write_app(file, e);
    fprintf(
        file,
        ",\"correlationId\":\"%s\",\"conditionalAccessStatus\":\"%s\","
        "\"isInteractive\":true,\"riskDetail\":\"%s\",\"riskLevelAggregated\":\"%s\","
        "\"riskLevelDuringSignIn\":\"%s\",\"riskState\":\"none\",\"riskEventTypes\":[],"
        "\"riskEventTypes_v2\":[],\"resourceDisplayName\":\"Office 365 Exchange Online\","
        "\"resourceId\":\"00000002-0000-0ff1-ce00-000000000000\"",
        guid(s, USE_CORRELATION, e->number).at, access, risk, risk, risk);
    write_status(file, e);
    fprintf(file,
            ",\"deviceDetail\":{\"deviceId\":\"\",\"displayName\":\"\","
            "\"operatingSystem\":\"\",\"browser\":\"\",\"isCompliant\":false,"
            "\"isManaged\":false,\"trustType\":\"\"},\"location\":{\"city\":\"%s\","
            "\"state\":\"%s\",\"countryOrRegion\":\"%s\",\"geoCoordinates\":"
            "{\"altitude\":null,\"latitude\":%.2f,\"longitude\":%.2f}},"
            "\"appliedConditionalAccessPolicies\":[]}",
            e->place->city, e->place->state, e->place->country, e->place->latitude,
            e->place->longitude);
}

/* --- One minute
 * --------------------------------------------------------------------------- */

struct minute {
    const struct sample *s;
    unsigned ago; /* minutes before now */
    struct event events[EVENTS_A_MINUTE];
    size_t count;
};

static struct event *add(struct minute *m, const char *app, int code, int place)
{
    struct event *e = &m->events[m->count];
    uint64_t r;

    if (m->count == EVENTS_A_MINUTE) {
        fputs("make_sample: too many events in one minute\n", stderr);
        exit(EXIT_FAILURE);
    }
    e->number = (uint64_t)m->ago * EVENTS_A_MINUTE + m->count++;
    r = draw(m->s, USE_TIME, e->number);
    e->time = m->s->now - m->ago * 60 * TICKS - (int64_t)(r % (uint64_t)(60 * TICKS));
    e->app = app;
    e->code = code;
    e->place = &places[place];
    return e;
}

static void set_mailbox(struct event *e, const struct sample *s, uint64_t number)
{
    e->user_id = guid(s, USE_USER, number);
    e->local = local_part(s, number);
    e->display = display_name(s, number);
}

/* An account that is in no list of mailboxes. */
static void set_stranger(struct event *e, const struct sample *s, const char *local,
                         uint64_t id)
{
    e->user_id = id == NOBODY ? copy("00000000-0000-0000-0000-000000000000")
                              : guid(s, USE_USER, UINT64_MAX - id);
    e->local = copy(local);
    e->display = copy(local);
}

/* True if something that happens once in every period happens in this minute. */
static bool is_due(const struct minute *m, enum use use, uint64_t who, unsigned period,
                   unsigned phase, unsigned jitter)
{
    unsigned round = m->ago / period;
    uint64_t r = draw(m->s, use, who << 32 | round);

    return m->ago % period == phase + (jitter == 0 ? 0 : r % jitter);
}

static void add_senders(struct minute *m)
{
    for (unsigned i = 0; i < SENDERS; i++) {
        const struct sender *from = &senders[i];
        struct event *e;

        if ((from->first_day > 0 && m->ago > from->first_day * DAY) ||
            m->ago < from->last_day * DAY ||
            !is_due(m, USE_SENDER, i, from->period, from->phase, from->jitter)) {
            continue;
        }
        e = add(m, smtp_app, 0, FI);
        if (from->by_alias) {
            set_stranger(e, m->s, from->local, 1);
        } else {
            set_mailbox(e, m->s, i);
        }
        e->ip = copy(from->ip);
    }
}

/* People at work: they show up to which minute the log was read. */
static void add_others(struct minute *m)
{
    static const char *const apps[] = {"Browser", "Mobile Apps and Desktop clients",
                                       "Browser", "Mobile Apps and Desktop clients",
                                       "Browser", "Exchange ActiveSync"};
    uint64_t r = draw(m->s, USE_OTHER, m->ago);
    struct event *e;
    int code;

    if (m->ago % 6 != NEWEST) {
        return;
    }
    code = r >> 8 & 31 ? 0 : r >> 13 & 1 ? 50140 : 50126;
    e = add(m, apps[r % COUNT(apps)], code, FI);
    set_mailbox(e, m->s, SENDERS + (r >> 20) % (m->s->mailboxes - SENDERS));
    snprintf(e->ip.at, sizeof(e->ip.at), "198.51.100.%u", 100 + (unsigned)(r >> 16 & 63));
}

/* A device with an old password: one address, every half hour, for weeks. */
static void add_stale_device(struct minute *m)
{
    if (is_due(m, USE_STALE, 0, 30, 3, 3)) {
        struct event *e = add(m, smtp_app, 50126, FI);

        set_mailbox(e, m->s, STALE_USER);
        e->ip = copy("198.51.100.77");
    }
}

/* One address tries user after user, three rounds in the last two hours; one password is
 * right. */
static void add_spray(struct minute *m)
{
    static const unsigned starts[] = {14, 58, 90};
    static const char *const guessed[] = {"info", "scanner"}; /* not in the directory */

    for (unsigned user = 0; user < SPRAYED_USERS; user++) {
        uint64_t tries = 1 + draw(m->s, USE_SPRAY, user) % COUNT(starts);

        for (unsigned round = 0; round < tries; round++) {
            bool stranger = user == 3 || user == 12;
            int code = stranger                  ? 50034
                       : user == 5 && round == 0 ? 50076
                       : user == 9 || user == 11 ? 50053
                                                 : 50126;
            struct event *e;

            if (m->ago != starts[round] + 2 * user) {
                continue;
            }
            e = add(m, smtp_app, code, VN);
            if (stranger) {
                set_stranger(e, m->s, guessed[user == 12], NOBODY);
            } else {
                set_mailbox(e, m->s, SPRAYED_USER + user);
            }
            e->ip = copy("203.0.113.200");
        }
    }
}

/* The noise that every tenant has: single tries from anywhere. */
static void add_noise(struct minute *m)
{
    uint64_t r = draw(m->s, USE_NOISE, m->ago);
    struct event *e;

    if (!is_due(m, USE_NOISE, 1, 50, 0, 50)) {
        return;
    }
    e = add(m, smtp_app, (r & 7) == 0 ? 50053 : 50126,
            VN + (int)((r >> 8) % (PLACES - VN)));
    set_mailbox(e, m->s, SPRAYED_USER + (r >> 20) % (m->s->mailboxes - SPRAYED_USER));
    snprintf(e->ip.at, sizeof(e->ip.at), "198.18.%u.%u", (unsigned)(r >> 12 & 255),
             1 + (unsigned)(r >> 40) % 254);
}

static int compare_newest_first(const void *a, const void *b)
{
    int64_t x = ((const struct event *)a)->time, y = ((const struct event *)b)->time;

    return (x < y) - (x > y);
}

static FILE *begin(const struct sample *s)
{
    FILE *file = open_file(s, "signins.json");

    fputs("{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#auditLogs/"
          "signIns\",\"value\":[\n",
          file);
    return file;
}

static void end(FILE *file)
{
    fputs("\n]}\n", file);
    close_file(file, "signins.json");
}

void write_signins(const struct sample *s)
{
    unsigned last = (unsigned)s->days * DAY + EXTRA;
    FILE *file = begin(s);
    bool first = true;

    for (unsigned ago = NEWEST; ago <= last; ago++) {
        static struct minute m;

        m.s = s;
        m.ago = ago;
        m.count = 0;
        add_others(&m);
        add_senders(&m);
        add_stale_device(&m);
        add_spray(&m);
        add_noise(&m);
        qsort(m.events, m.count, sizeof(m.events[0]), compare_newest_first);
        for (size_t i = 0; i < m.count; i++) {
            write_row(file, s, &m.events[i], first);
            first = false;
        }
    }
    end(file);
}

/* --- Many rows
 * ---------------------------------------------------------------------------- */

/* A tenant under attack for a month: 7 of 10 rows are failures from some 20,000 addresses
 * on some 5,000 users, 1 is a success of a sender, 2 are other client apps. */
static void make_big_row(const struct sample *s, uint64_t number, struct event *e)
{
    uint64_t r = draw(s, USE_BIG, number), users = s->mailboxes - SENDERS;
    unsigned kind = (unsigned)(r % 10), address = (unsigned)(r >> 8) % 20000;

    users = users < 5000 ? users : 5000;
    e->number = number;
    e->app = kind < 8    ? smtp_app
             : kind == 8 ? "Browser"
                         : "Mobile Apps and Desktop clients";
    e->code = kind >= 7 ? 0 : (r >> 24 & 15) == 0 ? 50053 : 50126;
    e->place = &places[kind >= 7 ? FI : VN + (int)(address % (PLACES - VN))];
    if (kind == 7) {
        uint64_t sender = (r >> 32) % (SENDERS - 1); /* the last has no mailbox */

        set_mailbox(e, s, sender);
        e->ip = copy(senders[sender].ip);
        return;
    }
    set_mailbox(e, s, SENDERS + (r >> 32) % users);
    if (kind >= 8) {
        snprintf(e->ip.at, sizeof(e->ip.at), "198.51.100.%u", 100 + address % 64);
    } else if (address % 4 == 0) {
        snprintf(e->ip.at, sizeof(e->ip.at), "2001:db8:%x::%x", address / 256,
                 1 + address % 256);
    } else {
        snprintf(e->ip.at, sizeof(e->ip.at), "198.18.%u.%u", address / 250,
                 1 + address % 250);
    }
}

void write_big_signins(const struct sample *s)
{
    int64_t span = ((int64_t)s->days * DAY + EXTRA - NEWEST) * 60 * TICKS;
    int64_t newest = s->now - NEWEST * 60 * TICKS;
    FILE *file = begin(s);

    for (uint64_t i = 0; i < s->big; i++) {
        struct event e;

        make_big_row(s, i, &e);
        /* In two steps: the product would not fit. */
        e.time = newest - span / (int64_t)s->big * (int64_t)i -
                 (int64_t)(draw(s, USE_TIME, i) % (uint64_t)(span / (int64_t)s->big));
        write_row(file, s, &e, i == 0);
    }
    end(file);
}
