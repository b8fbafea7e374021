/* SPDX-License-Identifier: MIT */
/* The safe way to switch SMTP AUTH off, and back, as PowerShell that an administrator
 * reviews and runs. Nothing here writes to a tenant.
 *
 * A plan is made whole or refused with the reason and what to do about it. It is plain
 * data; plan_script.c turns it into text. */
#ifndef SAE_REPORT_PLAN_H
#define SAE_REPORT_PLAN_H

#include "base/buf.h"
#include "config/config.h"
#include "store/history.h"

/* Of the tenant and of each mailbox; the name is a negation. */
#define SAE_PLAN_PROPERTY "SmtpClientAuthenticationDisabled"

enum {
    SAE_PLAN_MAILBOXES = 100000, /* most that one script changes or keeps */
    SAE_PLAN_CHANGES = 1000000,  /* most changes that are undone to reach a date */
    SAE_PLAN_NOTES = 16 << 20,   /* bytes of comments */
    SAE_PLAN_TEXT = 64 << 20,    /* bytes of a script */
    SAE_PLAN_ABOUT = 256,        /* bytes of the comment on one mailbox */
    SAE_PLAN_DOMAIN = 253,
    SAE_PLAN_DAYS = 7 /* a plan that rests on the sign-ins is good for */
};

enum sae_plan_kind {
    SAE_PLAN_CLOSE,    /* switch off, keep it for those who need it */
    SAE_PLAN_ROLLBACK, /* undo what that would change */
    SAE_PLAN_AS_OF     /* the posture of an earlier day */
};

/* One mailbox: what its flag was when the plan was made, and what it is to be. */
struct sae_plan_box {
    char guid[SAE_GUID + 1];
    char shown[SAE_SHOWN + 1]; /* its address, safe */
    enum sae_flag was, want;
    char about[SAE_PLAN_ABOUT]; /* for people, safe */
};

struct sae_plan_list {
    struct sae_plan_box *box;
    size_t count, room;
};

struct sae_plan {
    enum sae_plan_kind kind;
    const struct sae_tenant *tenant;
    char domain[SAE_PLAN_DOMAIN + 1]; /* one that only this tenant can have */
    int64_t now;
    int64_t switch_time, mailboxes_time; /* what the posture is of */
    int64_t log_end;                     /* 0: the plan does not rest on the log */
    int64_t as_of;                       /* end of that day, exclusive */
    enum sae_switch was, want;
    struct sae_plan_list first; /* to be enabled by name, before the switch is touched */
    struct sae_plan_list last;  /* after the switch */
    struct sae_buf notes;       /* comments, one a line, safe */
    struct sae_buf undone; /* what the script cannot do and says at its end, likewise */
};

void sae_plan_init(struct sae_plan *plan, enum sae_plan_kind kind,
                   const struct sae_tenant *tenant, int64_t now);
void sae_plan_done(struct sae_plan *plan);

enum sae_status sae_plan_add(struct sae_plan_list *list, const struct sae_plan_box *box,
                             struct sae_err *err) SAE_MUST_CHECK;
/* In the order of their addresses, as people look for them. */
void sae_plan_sort(struct sae_plan_list *list);

/* Every plan: the posture is complete and fresh, the switch is known and settled, and
 * some domain tells the tenant. */
enum sae_status sae_plan_posture(struct sae_plan *plan, struct sae_history *history,
                                 struct sae_err *err) SAE_MUST_CHECK;
/* Plans about who uses SMTP AUTH: the log proves the whole look-back, up to now. */
enum sae_status sae_plan_log(struct sae_plan *plan, struct sae_history *history,
                             struct sae_err *err) SAE_MUST_CHECK;

/* Who stays, and who loses a setting that nobody uses. */
enum sae_status sae_plan_close(struct sae_plan *plan, struct sae_history *history,
                               struct sae_err *err) SAE_MUST_CHECK;
/* Turns a plan to close into the way back from it. */
enum sae_status sae_plan_turn(struct sae_plan *plan, struct sae_err *err) SAE_MUST_CHECK;
/* What differs between now and the end of the day before plan->as_of. */
enum sae_status sae_plan_restore(struct sae_plan *plan, struct sae_history *history,
                                 struct sae_err *err) SAE_MUST_CHECK;

/* All of the above, as the kind of the plan wants it. */
enum sae_status sae_plan_make(struct sae_plan *plan, struct sae_history *history,
                              struct sae_err *err) SAE_MUST_CHECK;

/* The script. Fails if it grew beyond SAE_PLAN_TEXT. */
enum sae_status sae_plan_script(const struct sae_plan *plan, struct sae_buf *out,
                                struct sae_err *err) SAE_MUST_CHECK;

/* ---- text ---------------------------------------------------------------------------
 */

/* A PowerShell string in single quotes that holds `text` and can be nothing else.
 * PowerShell takes U+2018 to U+201B as single quotes, too, and Windows PowerShell reads a
 * file without a mark in the code page of the machine, where bytes of any other character
 * may become one: so what is written is ASCII. All five quotes become a doubled ', every
 * other character that is not printable ASCII becomes '?'. */
void sae_plan_quote(struct sae_buf *out, const char *text);

/* A comment of one line that cannot end early. */
void sae_plan_comment(struct sae_buf *out, const char *indent, const char *text);

/* True for 8-4-4-4-12 hex digits. */
bool sae_plan_is_guid(const char *text);

/* "true", "false" or "null", as PowerShell says it. */
const char *sae_plan_word(enum sae_flag flag);

#endif
