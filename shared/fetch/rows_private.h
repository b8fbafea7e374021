/* SPDX-License-Identifier: MIT */
/* Shared by the JSON and the CSV half of fetch/rows. */
#ifndef SAE_ROWS_PRIVATE_H
#define SAE_ROWS_PRIVATE_H

#include "base/buf.h"
#include "base/csv.h"
#include "base/scan.h"
#include "fetch/rows.h"

enum { SAE_ROWS_PATH = 160 };

/* Tells letters apart, whatever their case. */
static inline unsigned sae_rows_letter(char c)
{
    return (unsigned char)c % SAE_SCAN_LETTERS;
}

/* A cell while its row is read: the text lies in the row's buffer, which may move. */
struct sae_slot_cell {
    enum sae_cell_kind kind;
    bool spoiled;
    uint64_t hash;
    size_t at, len;
};

/* What an open JSON container is to us. */
enum sae_rows_level { ROOT_OBJECT, ROW, INNER, LIST, TEXTS, WARNINGS, FAILED, IGNORED };

/* What a value that comes next is: SLOT and more is the index of one of our names. With the
 * bit ENTER, a name of ours goes on below this member. */
enum sae_rows_pending {
    NOTHING,
    ENVELOPE,
    LINK,
    WARNING,
    FAILURE,
    FAILURES,
    MEMBER,
    SLOT,
    ENTER = SAE_SCAN_ASK_AGAIN
};

/* Members of a root object that make it an envelope rather than a row. */
struct sae_rows_envelope {
    const char *name;
    enum sae_rows_pending pending;
};
extern const struct sae_rows_envelope sae_rows_envelope[];
extern const size_t sae_rows_envelope_count;

struct sae_rows {
    const struct sae_rows_name *names;
    size_t name_count;
    sae_rows_taker take;
    void *arg;
    struct sae_rows_facts facts;

    struct sae_scan *scan; /* one of these two once the form is known */
    struct sae_csv *csv;

    struct sae_slot_cell slot[SAE_ROWS_NAMES]; /* of the row being read, by name: */
    uint64_t present;                          /* bit 1 << index of each that it has */
    struct sae_rows_row row; /* the same, by field, as it is handed over */
    uint32_t given;          /* bit 1 << field of each that the last one had */
    struct sae_buf text;

    /* JSON */
    enum sae_rows_level level[SAE_SCAN_DEPTH + 1];
    size_t outside[SAE_SCAN_DEPTH + 1]; /* what path_len was outside this container */
    size_t depth;
    char path[SAE_ROWS_PATH]; /* "status/" while inside that member, not terminated */
    size_t path_len;
    size_t pending_len; /* with ENTER: length of the path with that member, in `path` */
    bool envelope;      /* the root object is an envelope */
    bool linked;        /* and has a link to a next page */
    struct sae_buf link;
    struct sae_scan_rows members; /* what a value that comes next is: `answer` */
    signed char first[SAE_SCAN_LETTERS]; /* the first name with that letter, */
    signed char next[SAE_ROWS_NAMES];    /* and what comes after it; -1: none */
    unsigned char name_len[SAE_ROWS_NAMES];

    /* CSV */
    int column[SAE_CSV_CELLS]; /* index of a name, -1: not ours */
    size_t columns;
};

extern const struct sae_scan_handler sae_rows_scan_handler;
enum sae_status sae_rows_take_line(void *arg, const struct sae_csv_cell *cells, size_t count,
                                   size_t line, struct sae_err *err);

_Static_assert(SAE_ROWS_NAMES <= 64 && SAE_ROWS_FIELDS <= 32, "a bit for each");

static inline bool sae_rows_has(const struct sae_rows *rows, int name)
{
    return (rows->present >> name & 1) != 0;
}

static inline void sae_rows_put(struct sae_rows *rows, int name,
                                const struct sae_slot_cell *slot)
{
    rows->slot[name] = *slot;
    rows->present |= UINT64_C(1) << name;
}

void sae_rows_begin_row(struct sae_rows *rows);
enum sae_status sae_rows_end_row(struct sae_rows *rows, bool ragged, size_t line,
                                 struct sae_err *err);

#endif
