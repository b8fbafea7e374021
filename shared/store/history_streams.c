/* SPDX-License-Identifier: MIT */
#include "store/history_private.h"

/* Joins with every held interval that it touches, so that intervals of one stream never
 * overlap. */
enum sae_status sae_history_cover(struct sae_history *h, const char *stream, int64_t from,
                                  int64_t to, struct sae_err *err)
{
    sqlite3_stmt *span = sae_db_prepare(
        h, "SELECT min(begins), max(ends) FROM covered WHERE stream = ?1 AND begins <= ?3"
           " AND ends >= ?2",
        err);
    sqlite3_stmt *drop = sae_db_prepare(
        h, "DELETE FROM covered WHERE stream = ?1 AND begins <= ?3 AND ends >= ?2", err);
    sqlite3_stmt *add = sae_db_prepare(
        h, "INSERT OR REPLACE INTO covered(stream, begins, ends) VALUES(?1, ?2, ?3)", err);
    enum sae_status status;
    bool row;

    if (span == NULL || drop == NULL || add == NULL) {
        return SAE_E_IO;
    }
    if (to <= from) {
        return SAE_OK;
    }
    sae_db_bind(span, 1, stream);
    sqlite3_bind_int64(span, 2, from);
    sqlite3_bind_int64(span, 3, to);
    sae_db_bind(drop, 1, stream);
    sqlite3_bind_int64(drop, 2, from);
    sqlite3_bind_int64(drop, 3, to);
    status = sae_db_step(h, span, &row, err);
    if (status == SAE_OK && row && sqlite3_column_type(span, 0) == SQLITE_INTEGER) {
        int64_t begins = sqlite3_column_int64(span, 0);
        int64_t ends = sqlite3_column_int64(span, 1);

        from = begins < from ? begins : from;
        to = ends > to ? ends : to;
    }
    sqlite3_reset(span);
    if (status == SAE_OK) {
        status = sae_db_run(h, drop, err);
    }
    if (status == SAE_OK) {
        sae_db_bind(add, 1, stream);
        sqlite3_bind_int64(add, 2, from);
        sqlite3_bind_int64(add, 3, to);
        status = sae_db_run(h, add, err);
    }
    return status;
}

enum sae_status sae_history_stream_save(struct sae_history *h, const char *name,
                                        const struct sae_stream *stream, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "INSERT OR REPLACE INTO stream(name, time, newest, unparsed, lower)"
           " VALUES(?1, ?2, ?3, ?4, ?5)",
        err);
    enum sae_status status;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, name);
    sqlite3_bind_int64(st, 2, stream->time);
    sqlite3_bind_int64(st, 3, stream->newest);
    sqlite3_bind_int64(st, 4, stream->unparsed);
    sqlite3_bind_int(st, 5, stream->lower ? 1 : 0);
    status = sae_db_run(h, st, err);
    return status == SAE_OK ? sae_history_cover(h, name, stream->from, stream->to, err)
                            : status;
}

enum sae_status sae_history_stream_doubt(struct sae_history *h, const char *name,
                                         struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "UPDATE stream SET lower = 1 WHERE name = ?1", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, name);
    return sae_db_run(h, st, err);
}

enum sae_status sae_history_stream_load(struct sae_history *h, const char *name,
                                        struct sae_stream *ret_stream, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT s.time, s.newest, s.unparsed, s.lower, c.begins, c.ends FROM stream s"
           " LEFT JOIN covered c ON c.stream = s.name WHERE s.name = ?1"
           " ORDER BY c.ends DESC LIMIT 1",
        err);
    struct sae_stream stream = {0};
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, name);
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK && row) {
        stream.time = sqlite3_column_int64(st, 0);
        stream.newest = sqlite3_column_int64(st, 1);
        stream.unparsed = sqlite3_column_int64(st, 2);
        stream.lower = sqlite3_column_int(st, 3) != 0;
        stream.from = sqlite3_column_int64(st, 4);
        stream.to = sqlite3_column_int64(st, 5);
    }
    sqlite3_reset(st);
    if (status == SAE_OK) {
        *ret_stream = stream;
    }
    return status;
}

enum sae_status sae_history_covered(struct sae_history *h, const char *stream, size_t most,
                                    struct sae_interval *ret, size_t *ret_count,
                                    struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT begins, ends FROM covered WHERE stream = ?1 ORDER BY ends DESC LIMIT ?2",
        err);
    enum sae_status status;
    size_t count = 0;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, stream);
    sqlite3_bind_int64(st, 2, (int64_t)most);
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        ret[count++] = (struct sae_interval){.from = sqlite3_column_int64(st, 0),
                                             .to = sqlite3_column_int64(st, 1)};
    }
    sqlite3_reset(st);
    if (status == SAE_OK) {
        *ret_count = count;
    }
    return status;
}
