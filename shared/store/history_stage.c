/* SPDX-License-Identifier: MIT */
/* Of a list that is staged, the rows with which the stored list begins, too, are counted and no
 * more (history_list.c). Those that follow are appended as records to a file without a name.
 * Only a list that differs gets into the database. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "store/history_private.h"

enum {
    STAGE_WRITE = 65536, /* bytes written at once: whole pages */
    STAGE_BUFFER = STAGE_WRITE + 4096,
    STAGE_RECORD = 4 << 20 /* most bytes of one mailbox with all its names */
};

enum { GUID, OBJECT_ID, ADDRESS, NAMES, TEXTS };

/* A record is a head and its texts, each with its NUL, filled up with zeros to whole words. */
struct head {
    int64_t said;
    uint64_t row;  /* digest */
    uint32_t size; /* of the record */
    uint32_t flag;
    uint32_t len[TEXTS];
};
enum { WORD = sizeof(uint64_t) };
_Static_assert(sizeof(struct head) == 40, "a head without gaps, of whole words");

/* ---- the file ----------------------------------------------------------------------- */

static enum sae_status fail(const struct sae_history *h, const char *what,
                            struct sae_err *err)
{
    return sae_file_fail(h->folder, what, err);
}

/* Beside the history: what is in it is as private. Some file systems know no files without a
 * name, so it may have one for a moment. */
static enum sae_status open_file(struct sae_history *h, struct sae_err *err)
{
    int fd = open(h->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char *path;

    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        if (asprintf(&path, "%s/stage.XXXXXX", h->folder) < 0) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0) {
            unlink(path);
        }
        free(path);
    }
    if (fd < 0) {
        return fail(h, "cannot create a file for the list of mailboxes", err);
    }
    h->stage.fd = fd;
    return SAE_OK;
}

/* The first `size` bytes of the buffer. */
static enum sae_status write_out(struct sae_history *h, size_t size, struct sae_err *err)
{
    struct sae_stage *s = &h->stage;
    size_t done = 0;

    if (size > 0 && s->fd < 0) {
        enum sae_status status = open_file(h, err);

        if (status != SAE_OK) {
            return status;
        }
    }
    while (done < size) {
        ssize_t n = pwrite(s->fd, s->buf + done, size - done, s->written + (off_t)done);

        if (n < 0 && errno != EINTR) {
            return fail(h, "cannot write the list of mailboxes", err);
        }
        done += n > 0 ? (size_t)n : 0;
    }
    s->written += (int64_t)size;
    s->len -= size;
    memmove(s->buf, s->buf + size, s->len);
    return SAE_OK;
}

/* Room for `size` more bytes in the buffer. */
static enum sae_status reserve(struct sae_history *h, size_t size, struct sae_err *err)
{
    struct sae_stage *s = &h->stage;
    enum sae_status status = SAE_OK;

    if (s->len + size > s->cap && s->len >= STAGE_WRITE) {
        status = write_out(h, s->len / STAGE_WRITE * STAGE_WRITE, err);
    }
    if (status == SAE_OK && s->len + size > s->cap) {
        size_t cap = s->len + size > STAGE_BUFFER ? s->len + size : STAGE_BUFFER;
        char *buf = realloc(s->buf, cap);

        if (buf == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        s->buf = buf;
        s->cap = cap;
    }
    return status;
}

void sae_stage_done(struct sae_stage *stage)
{
    if (stage->fd >= 0) {
        close(stage->fd);
    }
    sae_list_done(&stage->stored);
    sae_list_done(&stage->loaded);
    free(stage->buf);
    *stage = (struct sae_stage){.fd = -1};
}

/* ---- staging ------------------------------------------------------------------------ */

enum sae_status sae_history_stage_begin(struct sae_history *h, struct sae_err *err)
{
    struct sae_stage *s = &h->stage;

    if (s->fd >= 0 && ftruncate(s->fd, 0) != 0) {
        return fail(h, "cannot empty the list of mailboxes", err);
    }
    s->len = 0;
    s->written = 0;
    s->now = s->kept = (struct sae_stage_mark){0};
    s->same = false;
    return SAE_OK;
}

bool sae_history_stage_known(struct sae_history *h, uint64_t digest)
{
    const struct sae_list *stored = &h->stage.stored;
    struct sae_stage_mark *now = &h->stage.now;

    if (now->known < now->count || now->known == stored->count ||
        stored->row[now->known] != digest) {
        return false;
    }
    now->known++;
    now->count++;
    now->digest += digest;
    return true;
}

enum sae_status sae_history_stage_add(struct sae_history *h, const struct sae_mailbox *box,
                                      struct sae_err *err)
{
    const char *const texts[TEXTS] = {box->guid, box->object_id, box->address, box->names};
    struct head head = {
        .said = box->changed, .row = box->row, .flag = (uint32_t)box->flag};
    size_t len[TEXTS], size = sizeof(head);
    enum sae_status status;
    char *record, *at;

    for (int i = 0; i < TEXTS; i++) {
        len[i] = strlen(texts[i]);
        if (len[i] > STAGE_RECORD) {
            return sae_fail(err, SAE_E_LIMIT, "a mailbox has more than %d bytes of addresses",
                            (int)STAGE_RECORD);
        }
        head.len[i] = (uint32_t)len[i];
        size += len[i] + 1;
    }
    size = (size + WORD - 1) / WORD * WORD;
    head.size = (uint32_t)size;
    status = reserve(h, size, err);
    if (status != SAE_OK) {
        return status;
    }
    record = h->stage.buf + h->stage.len;
    memset(record + size - WORD, 0, WORD);
    memcpy(record, &head, sizeof(head));
    at = record + sizeof(head);
    for (int i = 0; i < TEXTS; i++) {
        memcpy(at, texts[i], len[i] + 1);
        at += len[i] + 1;
    }
    h->stage.len += size;
    h->stage.now.end += (int64_t)size;
    h->stage.now.count++;
    h->stage.now.digest += box->row;
    h->stage.now.check += sae_hash_on(0, size, record, size);
    return SAE_OK;
}

enum sae_status sae_history_stage_keep(struct sae_history *h, struct sae_err *err)
{
    (void)err;
    h->stage.kept = h->stage.now;
    return SAE_OK;
}

enum sae_status sae_history_stage_rewind(struct sae_history *h, struct sae_err *err)
{
    struct sae_stage *s = &h->stage;

    (void)err;
    if (s->kept.end < s->written) {
        s->written = s->kept.end;
    }
    s->len = (size_t)(s->kept.end - s->written);
    s->now = s->kept;
    return SAE_OK;
}

/* ---- into the database -------------------------------------------------------------- */

struct reader {
    struct sae_history *h;
    int64_t read;    /* bytes of the file that are in the buffer, or were */
    size_t pos, len; /* what is left of them: [pos, len) */
};

/* Makes sure that `size` bytes of the records are in the buffer. */
static enum sae_status need(struct reader *r, size_t size, struct sae_err *err)
{
    struct sae_stage *s = &r->h->stage;

    if (r->len - r->pos >= size) {
        return SAE_OK;
    }
    memmove(s->buf, s->buf + r->pos, r->len - r->pos);
    r->len -= r->pos;
    r->pos = 0;
    while (r->len < size) {
        int64_t left = s->written - r->read;
        size_t room = s->cap - r->len;
        size_t want = left < (int64_t)room ? (size_t)left : room;
        ssize_t n = want == 0 ? 0 : pread(s->fd, s->buf + r->len, want, r->read);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail(r->h, "cannot read the list of mailboxes again", err);
        }
        if (n == 0) {
            return sae_fail(err, SAE_E_IO,
                            "%s: the list of mailboxes ended early when it was read again",
                            r->h->folder);
        }
        r->len += (size_t)n;
        r->read += n;
    }
    return SAE_OK;
}

/* What a disk gives back is believed only if it is what was written. */
static enum sae_status fail_altered(const struct sae_history *h, struct sae_err *err)
{
    return sae_fail(err, SAE_E_IO,
                    "%s: the list of mailboxes is not what was written when it was read again",
                    h->folder);
}

/* The next record, in the buffer, with its head. */
static enum sae_status next_record(struct reader *r, struct head *ret_head,
                                   const char **ret_record, struct sae_err *err)
{
    enum sae_status status = need(r, sizeof(*ret_head), err);
    size_t size = sizeof(*ret_head);

    if (status != SAE_OK) {
        return status;
    }
    memcpy(ret_head, r->h->stage.buf + r->pos, sizeof(*ret_head));
    for (int i = 0; i < TEXTS; i++) {
        size += (size_t)ret_head->len[i] + 1;
    }
    if (ret_head->size != (size + WORD - 1) / WORD * WORD) {
        return fail_altered(r->h, err);
    }
    status = need(r, ret_head->size, err);
    *ret_record = r->h->stage.buf + r->pos;
    r->pos += status == SAE_OK ? ret_head->size : 0;
    return status;
}

static enum sae_status put_name(struct sae_history *h, const char *name, size_t len,
                                const char *key, struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "INSERT INTO stage_name(name, mailbox) VALUES(?1, ?2)", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_text(st, 1, name, (int)len, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, key, -1, SQLITE_STATIC);
    return sae_db_run(h, st, err);
}

static enum sae_status put_names(struct sae_history *h, const struct head *head,
                                 const char *const texts[TEXTS], const char *key,
                                 struct sae_err *err)
{
    const char *address = texts[ADDRESS], *name = texts[NAMES];
    enum sae_status status = put_name(h, address, head->len[ADDRESS], key, err);

    if (status == SAE_OK && head->len[OBJECT_ID] > 0) {
        status = put_name(h, texts[OBJECT_ID], head->len[OBJECT_ID], key, err);
    }
    while (status == SAE_OK && *name != '\0') {
        size_t len = strcspn(name, "\n");

        if (len != head->len[ADDRESS] || memcmp(name, address, len) != 0) {
            status = put_name(h, name, len, key, err);
        }
        name += len + (name[len] == '\n' ? 1 : 0);
    }
    return status;
}

static enum sae_status put_mailbox(struct sae_history *h, int64_t row,
                                   const struct head *head, const char *record,
                                   struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "INSERT INTO stage(key, address, flag, said, row) VALUES(?1, ?2, ?3, ?4, ?5)", err);
    const char *texts[TEXTS], *key, *at = record + sizeof(*head);
    enum sae_status status;

    if (st == NULL) {
        return SAE_E_IO;
    }
    for (int i = 0; i < TEXTS; i++) {
        texts[i] = at;
        at += head->len[i] + 1;
    }
    key = head->len[GUID] > 0        ? texts[GUID]
          : head->len[OBJECT_ID] > 0 ? texts[OBJECT_ID]
                                     : texts[ADDRESS];
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, texts[ADDRESS], -1, SQLITE_STATIC);
    sqlite3_bind_int(st, 3, (int)head->flag);
    sqlite3_bind_int64(st, 4, head->said);
    sqlite3_bind_int64(st, 5, row);
    status = sae_db_run(h, st, err);
    return status == SAE_OK ? put_names(h, head, texts, key, err) : status;
}

/* The rows that are known, out of the stored list. */
static enum sae_status put_known(struct sae_history *h, struct sae_err *err)
{
    int64_t known = h->stage.now.known;
    sqlite3_stmt *st = sae_db_prepare(
        h, "INSERT INTO stage SELECT key, address, flag, said, row FROM mailbox WHERE row < ?1",
        err);
    sqlite3_stmt *names = sae_db_prepare(
        h, "INSERT INTO stage_name SELECT n.name, n.mailbox FROM mailbox_name n"
           " CROSS JOIN mailbox m ON m.key = n.mailbox WHERE m.row < ?1",
        err);
    enum sae_status status;

    if (st == NULL || names == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, known);
    sqlite3_bind_int64(names, 1, known);
    status = sae_db_run(h, st, err);
    if (status == SAE_OK && sqlite3_changes64(h->db) != known) {
        return sae_fail(err, SAE_E_IO,
                        "history %s lost mailboxes that it held: move it away, the next run "
                        "begins a new one",
                        sqlite3_db_filename(h->db, "main"));
    }
    return status == SAE_OK ? sae_db_run(h, names, err) : status;
}

/* The others, from their records. */
static enum sae_status put_others(struct sae_history *h, struct reader *r, struct sae_err *err)
{
    enum sae_status status = SAE_OK;
    uint64_t check = 0;

    for (int64_t i = h->stage.now.known; i < h->stage.now.count && status == SAE_OK; i++) {
        const char *record = NULL;
        struct head head;

        status = next_record(r, &head, &record, err);
        if (status == SAE_OK) {
            check += sae_hash_on(0, head.size, record, head.size);
            h->stage.loaded.row[i] = head.row;
            status = put_mailbox(h, i, &head, record, err);
        }
    }
    return status == SAE_OK && check != h->stage.now.check ? fail_altered(h, err) : status;
}

/* Rows are appended as they come; ordering them once at the end is far cheaper than keeping
 * an index over a million random keys. */
enum sae_status sae_stage_load(struct sae_history *h, struct sae_err *err)
{
    struct reader r = {.h = h, .len = h->stage.len};
    enum sae_status status = sae_list_begin(&h->stage, err);

    if (status == SAE_OK && h->stage.written > 0) {
        status = write_out(h, h->stage.len, err);
        r.len = 0;
    }
    if (status == SAE_OK) {
        status = sae_db_exec(
            h,
            "DROP TABLE IF EXISTS temp.stage; DROP TABLE IF EXISTS temp.stage_name;"
            "CREATE TEMP TABLE stage(key TEXT, address TEXT, flag INTEGER, said INTEGER,"
            " row INTEGER);"
            "CREATE TEMP TABLE stage_name(name TEXT, mailbox TEXT);",
            err);
    }
    if (status == SAE_OK && h->stage.now.known > 0) {
        status = put_known(h, err);
    }
    return status == SAE_OK ? put_others(h, &r, err) : status;
}
