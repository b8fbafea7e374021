/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/history_private.h"

static const char absent[] = "absent";

enum {
    KEY = 256, /* "object/of/name (N)" */
    COPY = 16  /* " (N)" */
};
_Static_assert(3 * (SAE_SHOWN + 1) + COPY <= KEY, "a key that holds its three words");

/* One setting on its way through a read. */
struct entry {
    char key[KEY];    /* as stored */
    char copy[COPY];  /* " (2)": the second one of this name */
    const struct sae_setting *setting;
};

/* A read of one object. */
struct reading {
    struct sae_history *h;
    const char *object;
    bool tenant; /* its keys are the bare names */
    bool first;
    int64_t seen, said;
};

struct held {
    bool found;
    char value[SAE_SHOWN + 1];   /* as last read */
    char settled[SAE_SHOWN + 1]; /* as two reads in a row agreed */
};

/* What the change table calls one setting. */
struct label {
    char object[2 * (SAE_SHOWN + 1)];
    char property[SAE_SHOWN + COPY];
};

static enum sae_status load_setting(struct sae_history *h, const char *key,
                                    struct held *ret_held, struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "SELECT value, settled FROM setting WHERE name = ?1", err);
    enum sae_status status;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, key);
    status = sae_db_step(h, st, &ret_held->found, err);
    if (status == SAE_OK && ret_held->found) {
        sae_text_fit(ret_held->value, sizeof(ret_held->value), sae_db_text(st, 0));
        sae_text_fit(ret_held->settled, sizeof(ret_held->settled), sae_db_text(st, 1));
    }
    sqlite3_reset(st);
    return status;
}

static enum sae_status save_setting(struct sae_history *h, const char *key,
                                    const char *value, const char *settled,
                                    struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "INSERT OR REPLACE INTO setting(name, value, settled) VALUES(?1, ?2, ?3)", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, key);
    sae_db_bind(st, 2, value);
    sae_db_bind(st, 3, settled);
    return sae_db_run(h, st, err);
}

/* The words of a key: "name", or "object/of/name"; a name holds no '/'. */
static void label_of(const struct reading *r, const char *key, struct label *ret_label)
{
    const char *of = r->tenant ? "" : key + strlen(r->object) + 1;
    const char *slash = r->tenant ? NULL : strrchr(of, '/');

    snprintf(ret_label->object, sizeof(ret_label->object), "%s%s%.*s", r->object,
             slash == NULL || slash == of ? "" : " ",
             slash == NULL ? 0 : (int)(slash - of), of);
    snprintf(ret_label->property, sizeof(ret_label->property), "%s",
             slash == NULL ? key : slash + 1);
}

static enum sae_status add_change(const struct reading *r, int64_t said,
                                  const struct label *label, const char *before,
                                  const char *after, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        r->h, "INSERT INTO change(seen, said, mailbox, object, property, before, after,"
              " confirmed) VALUES(?1, ?2, 0, ?3, ?4, ?5, ?6, 0)",
        err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, r->seen);
    sqlite3_bind_int64(st, 2, said);
    sae_db_bind(st, 3, label->object);
    sae_db_bind(st, 4, label->property);
    sae_db_bind(st, 5, before);
    sae_db_bind(st, 6, after);
    return sae_db_run(r->h, st, err);
}

/* The change that waits for a second read: keep it, or take it back. */
static enum sae_status settle_change(const struct reading *r, const struct label *label,
                                     bool agreed, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        r->h, agreed ? "UPDATE change SET confirmed = 1 WHERE mailbox = 0 AND object = ?1"
                       " AND property = ?2 AND confirmed = 0"
                     : "DELETE FROM change WHERE mailbox = 0 AND object = ?1"
                       " AND property = ?2 AND confirmed = 0",
        err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, label->object);
    sae_db_bind(st, 2, label->property);
    return sae_db_run(r->h, st, err);
}

static enum sae_status read_one(const struct reading *r, int64_t said, const char *key,
                                const char *value, struct sae_err *err)
{
    struct held held = {0};
    enum sae_status status = load_setting(r->h, key, &held, err);
    struct label label;
    bool pending;

    if (status != SAE_OK) {
        return status;
    }
    label_of(r, key, &label);
    if (!held.found) {
        if (r->first) {
            return save_setting(r->h, key, value, value, err);
        }
        sae_text_fit(held.value, sizeof(held.value), absent);
        sae_text_fit(held.settled, sizeof(held.settled), absent);
    }
    pending = strcmp(held.value, held.settled) != 0;
    if (pending) {
        status = settle_change(r, &label, strcmp(value, held.value) == 0, err);
        if (status == SAE_OK && strcmp(value, held.value) == 0) {
            return save_setting(r->h, key, value, value, err);
        }
    }
    if (status == SAE_OK && strcmp(value, held.settled) != 0) {
        status = add_change(r, said, &label, held.settled, value, err);
    }
    return status == SAE_OK ? save_setting(r->h, key, value, held.settled, err) : status;
}

/* ---- one read ----------------------------------------------------------------------- */

static int by_name_and_value(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order != 0 ? order : strcmp(x->setting->value, y->setting->value);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/* Gives each setting its key, each a different one, and sorts by it. */
static void name_entries(const struct reading *r, const struct sae_setting *settings,
                         size_t count, struct entry *entries)
{
    unsigned same = 1;

    for (size_t i = 0; i < count; i++) {
        const struct sae_setting *setting = entries[i].setting = &settings[i];

        snprintf(entries[i].key, KEY, "%s%s%s%s%s", r->tenant ? "" : r->object,
                 r->tenant ? "" : "/", r->tenant ? "" : setting->of, r->tenant ? "" : "/",
                 setting->name);
    }
    qsort(entries, count, sizeof(*entries), by_name_and_value);
    for (size_t i = 1; i < count; i++) {
        same = strcmp(entries[i].key, entries[i - 1].key) == 0 ? same + 1 : 1;
        if (same > 1) {
            snprintf(entries[i].copy, COPY, " (%u)", same);
        }
    }
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(entries[i].key);

        snprintf(entries[i].key + len, KEY - len, "%s", entries[i].copy);
    }
    qsort(entries, count, sizeof(*entries), by_key);
}

/* The first key of the object after `key`, which it replaces; "" after the last. */
static enum sae_status next_key(const struct reading *r, char key[KEY], struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        r->h, r->tenant ? "SELECT min(name) FROM setting WHERE name > ?1"
                          " AND instr(name, '/') = 0"
                        : "SELECT min(name) FROM setting WHERE name > ?1"
                          " AND substr(name, 1, length(?2) + 1) = ?2 || '/'",
        err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, key);
    if (!r->tenant) {
        sae_db_bind(st, 2, r->object);
    }
    status = sae_db_step(r->h, st, &row, err);
    if (status == SAE_OK) {
        sae_text_fit(key, KEY, row ? sae_db_text(st, 0) : "");
    }
    sqlite3_reset(st);
    return status;
}

/* What was watched before and is not in this read any more. */
static enum sae_status read_vanished(const struct reading *r, const struct entry *entries,
                                     size_t count, struct sae_err *err)
{
    struct entry at = {.key = ""};
    enum sae_status status = next_key(r, at.key, err);

    while (status == SAE_OK && at.key[0] != '\0') {
        if (count == 0 || bsearch(&at, entries, count, sizeof(at), by_key) == NULL) {
            status = read_one(r, 0, at.key, absent, err);
        }
        if (status == SAE_OK) {
            status = next_key(r, at.key, err);
        }
    }
    return status;
}

enum sae_status sae_history_settings_read(struct sae_history *h, const char *object,
                                          int64_t seen, int64_t said,
                                          const struct sae_setting *settings, size_t count,
                                          struct sae_err *err)
{
    struct reading r = {.h = h, .object = object, .seen = seen, .said = said};
    struct entry *entries;
    enum sae_status status;
    int64_t known = 0;
    char mark[KEY];

    if (count > SAE_SETTINGS_MOST) {
        return sae_fail(err, SAE_E_LIMIT, "%s: more than %d settings to watch", object,
                        SAE_SETTINGS_MOST);
    }
    entries = calloc(count + 1, sizeof(*entries));
    if (entries == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    r.tenant = strcmp(object, "tenant") == 0;
    snprintf(mark, sizeof(mark), "settings_read%s%s", r.tenant ? "" : " ",
             r.tenant ? "" : object);
    name_entries(&r, settings, count, entries);
    status = sae_history_number(h, mark, &known, err);
    r.first = known == 0;
    for (size_t i = 0; i < count && status == SAE_OK; i++) {
        status = read_one(&r, said, entries[i].key, entries[i].setting->value, err);
    }
    r.first = false;
    if (status == SAE_OK) {
        status = read_vanished(&r, entries, count, err);
    }
    free(entries);
    return status == SAE_OK ? sae_history_remember(h, mark, 1, err) : status;
}

enum sae_status sae_history_settings_pending(struct sae_history *h, bool *ret_pending,
                                             struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "SELECT 1 FROM setting WHERE value <> settled LIMIT 1", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    status = sae_db_step(h, st, &row, err);
    sqlite3_reset(st);
    if (status == SAE_OK) {
        *ret_pending = row;
    }
    return status;
}

enum sae_status sae_history_setting(struct sae_history *h, const char *name,
                                    char ret_value[SAE_SHOWN + 1], struct sae_err *err)
{
    struct held held = {0};
    enum sae_status status = load_setting(h, name, &held, err);

    if (status == SAE_OK) {
        memcpy(ret_value, held.value, sizeof(held.value));
    }
    return status;
}
