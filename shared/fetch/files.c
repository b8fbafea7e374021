/* SPDX-License-Identifier: MIT */
#include "fetch/files.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "fetch/decode.h"
#include "fetch/mailbox.h"
#include "fetch/manifest.h"
#include "fetch/signin.h"
#include "fetch/transport.h"

enum { CHUNK = 65536, DEFAULT_RESULT_SIZE = 1000 };

/* ---- one file, whatever is in it ---------------------------------------------------- */

struct source {
    const char *path;
    const struct sae_files_env *env;
    sae_decode_sink sink;
    void *arg;
    size_t passed; /* bytes, decoded */
    char last;     /* the last of them */
    struct stat st;
    struct sae_manifest manifest;
};

static enum sae_status pass_on(void *arg, const char *data, size_t len, struct sae_err *err)
{
    struct source *src = arg;

    if (len > 0) {
        src->last = data[len - 1];
        src->passed += len;
    }
    return src->sink(src->arg, data, len, err);
}

static enum sae_status pump(struct source *src, int fd, struct sae_err *err)
{
    struct sae_decode decode = {0};
    enum sae_status status = SAE_OK;
    char *chunk = malloc(CHUNK);

    if (chunk == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    while (status == SAE_OK) {
        ssize_t n = read(fd, chunk, CHUNK);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            status = sae_file_fail(src->path, "cannot read", err);
        } else if (n == 0) {
            status = sae_decode_finish(&decode, pass_on, src, err);
            break;
        } else {
            status = sae_budget_check(src->env->budget, err);
            if (status == SAE_OK) {
                status = sae_decode_feed(&decode, chunk, (size_t)n, pass_on, src, err);
            }
        }
    }
    free(chunk);
    return status;
}

static enum sae_status check_times(const struct source *src, struct sae_err *err)
{
    if (sae_file_mtime(&src->st) > src->env->now + SAE_MINUTE ||
        (src->manifest.listed && src->manifest.time > src->env->now + SAE_MINUTE)) {
        return sae_fail(err, SAE_E_STALE,
                        "its time lies in the future: check the clocks of this machine and "
                        "of the one that exports");
    }
    return SAE_OK;
}

static bool same_tenant(const struct sae_files_env *env, const char *tenant)
{
    return env->tenant_id == NULL || tenant[0] == '\0' ||
           strcasecmp(env->tenant_id, tenant) == 0;
}

/* Passes the file's text on. Fails also if the file changed meanwhile. */
static enum sae_status read_source(struct source *src, struct sae_err *err)
{
    enum sae_status status;
    struct stat after;
    int fd;

    status = sae_manifest_read(src->path, &src->manifest, err);
    if (status == SAE_OK && src->manifest.listed &&
        !same_tenant(src->env, src->manifest.tenant)) {
        return sae_fail(err, SAE_E_INCOMPLETE, "%s: its manifest names another tenant",
                        src->path);
    }
    if (status == SAE_OK) {
        status = sae_file_open(src->path, &fd, &src->st, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    status = check_times(src, err);
    if (status == SAE_OK) {
        status = pump(src, fd, err);
    }
    if (status == SAE_OK && (fstat(fd, &after) != 0 || after.st_size != src->st.st_size ||
                             sae_file_mtime(&after) != sae_file_mtime(&src->st))) {
        status = sae_fail(err, SAE_E_INCOMPLETE, "it changed while it was read");
    }
    close(fd);
    return status;
}

static int64_t age_of(const struct source *src)
{
    return src->manifest.listed ? src->manifest.time : sae_file_mtime(&src->st);
}

/* ---- tables of rows ----------------------------------------------------------------- */

static enum sae_status feed_rows(void *arg, const char *data, size_t len, struct sae_err *err)
{
    return sae_rows_feed(arg, data, len, err);
}

/* A half-written file of lines looks like a shorter one: its last line has no end yet. */
static enum sae_status check_last_line(const struct source *src,
                                       const struct sae_rows_facts *facts,
                                       struct sae_err *err)
{
    if ((facts->csv || facts->roots > 1) && src->last != '\n' &&
        src->env->now - sae_file_mtime(&src->st) < SAE_MINUTE) {
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "its last line has no end and it was written just now: still being "
                        "written?");
    }
    if (src->manifest.listed && src->manifest.rows != facts->rows) {
        return sae_fail(err, SAE_E_INCOMPLETE, "%llu rows, but its manifest says %llu",
                        (unsigned long long)facts->rows,
                        (unsigned long long)src->manifest.rows);
    }
    return SAE_OK;
}

static enum sae_status read_rows(struct source *src, const struct sae_rows_name *names,
                                 size_t name_count, sae_rows_taker take, void *arg,
                                 struct sae_rows_facts *ret_facts, struct sae_err *err)
{
    struct sae_rows *rows = sae_rows_new(names, name_count, take, arg);
    enum sae_status status;

    if (rows == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    src->sink = feed_rows;
    src->arg = rows;
    status = read_source(src, err);
    /* An empty file is a log without rows only if its manifest says so. */
    if (status == SAE_OK && src->passed == 0 && src->manifest.listed &&
        src->manifest.rows == 0) {
        *ret_facts = (struct sae_rows_facts){0};
    } else if (status == SAE_OK) {
        status = sae_rows_finish(rows, ret_facts, err);
    }
    if (status == SAE_OK) {
        status = check_last_line(src, ret_facts, err);
    }
    sae_rows_free(rows);
    return status;
}

static enum sae_status name_file(enum sae_status status, const char *path,
                                 struct sae_err *err)
{
    /* Messages about opening name the path themselves. */
    if (status == SAE_OK || status == SAE_E_TIMEOUT ||
        (err != NULL && strstr(err->text, path) != NULL)) {
        return status;
    }
    return sae_fail_in(err, status, "%s", path);
}

/* ---- tenant switch ------------------------------------------------------------------ */

static enum sae_status keep_text(void *arg, const char *data, size_t len, struct sae_err *err)
{
    struct sae_buf *buf = arg;

    sae_buf_add(buf, data, len);
    return sae_buf_status(buf) == SAE_OK
               ? SAE_OK
               : sae_fail(err, SAE_E_LIMIT, "too large for a transport configuration");
}

enum sae_status sae_files_transport(const char *path, const struct sae_files_env *env,
                                    struct sae_transport *ret_transport,
                                    struct sae_files_proof *ret_proof, struct sae_err *err)
{
    struct source src = {.path = path, .env = env, .sink = keep_text};
    enum sae_status status;
    struct sae_buf buf;

    sae_buf_init(&buf, SAE_TRANSPORT_BYTES);
    src.arg = &buf;
    status = read_source(&src, err);
    if (status == SAE_OK) {
        status = sae_transport_read(sae_buf_text(&buf), buf.len, ret_transport, err);
    }
    sae_buf_done(&buf);
    if (status == SAE_OK) {
        *ret_proof = (struct sae_files_proof){.time = age_of(&src), .rows = 1};
    }
    return name_file(status, path, err);
}

/* ---- mailboxes ---------------------------------------------------------------------- */

struct mailbox_reader {
    sae_files_mailbox take;
    void *arg;
    struct sae_buf names;
};

static enum sae_status take_mailbox(void *arg, const struct sae_rows_row *row,
                                    struct sae_err *err)
{
    struct mailbox_reader *reader = arg;
    struct sae_mailbox box;
    enum sae_status status = sae_mailbox_read(row, &reader->names, &box, err);

    return status == SAE_OK ? reader->take(reader->arg, &box, err) : status;
}

static enum sae_status check_mailboxes(const struct source *src,
                                       const struct sae_rows_facts *facts,
                                       struct sae_err *err)
{
    if (facts->rows == 0) {
        return sae_fail(err, SAE_E_FORMAT, "no mailboxes in it");
    }
    if ((facts->fields & sae_mailbox_flag_field) == 0) {
        return sae_fail(err, SAE_E_FORMAT,
                        "no SmtpClientAuthenticationDisabled in it: export that property "
                        "too (Get-EXOCasMailbox needs it in -Properties)");
    }
    if (facts->links > 0 && facts->last_pages == 0) {
        return sae_fail(err, SAE_E_INCOMPLETE, "it is one page of a longer list");
    }
    if (facts->rows == DEFAULT_RESULT_SIZE && !src->manifest.listed) {
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "exactly 1000 rows, where the cmdlet cuts by default: export with "
                        "-ResultSize Unlimited");
    }
    return SAE_OK;
}

enum sae_status sae_files_mailboxes(const char *path, const struct sae_files_env *env,
                                    sae_files_mailbox take, void *arg,
                                    struct sae_files_proof *ret_proof, struct sae_err *err)
{
    struct source src = {.path = path, .env = env};
    struct mailbox_reader reader = {.take = take, .arg = arg};
    struct sae_rows_facts facts;
    enum sae_status status;

    sae_buf_init(&reader.names, SAE_ROWS_ROW);
    status = read_rows(&src, sae_mailbox_names, sae_mailbox_name_count, take_mailbox, &reader,
                       &facts, err);
    sae_buf_done(&reader.names);
    if (status == SAE_OK) {
        status = check_mailboxes(&src, &facts, err);
    }
    if (status == SAE_OK) {
        *ret_proof = (struct sae_files_proof){.time = age_of(&src), .rows = facts.rows};
    }
    return name_file(status, path, err);
}

/* ---- sign-ins ----------------------------------------------------------------------- */

struct signin_reader {
    const struct sae_files_env *env;
    sae_files_signin take;
    void *arg;
    char tenant[SAE_GUID + 1]; /* of the rows so far */
    int64_t oldest, newest;
    int64_t newest_said; /* by a manifest, of any client app */
    uint64_t records; /* sign-ins of any client app */
    uint64_t unparsed;
    uint64_t links, last_pages;
};

static enum sae_status check_tenant(struct signin_reader *reader, const char *tenant,
                                    struct sae_err *err)
{
    if (tenant[0] == '\0') {
        return SAE_OK;
    }
    if (reader->tenant[0] == '\0') {
        memcpy(reader->tenant, tenant, sizeof(reader->tenant));
    }
    if (!same_tenant(reader->env, tenant) || strcmp(reader->tenant, tenant) != 0) {
        return sae_fail(err, SAE_E_INCOMPLETE, "a sign-in of another tenant, %s, in it",
                        tenant);
    }
    return SAE_OK;
}

static enum sae_status take_record(void *arg, const struct sae_rows_row *row,
                                   struct sae_err *err)
{
    struct signin_reader *reader = arg;
    char tenant[SAE_GUID + 1];
    struct sae_signin signin;
    enum sae_signin_answer answer = sae_signin_read(row, &signin, tenant);
    enum sae_status status;

    if (answer == SAE_SIGNIN_NOT) {
        return SAE_OK;
    }
    if (answer == SAE_SIGNIN_AMBIGUOUS) {
        return sae_fail(err, SAE_E_FORMAT,
                        "row %llu: its date could mean two different times; export dates as "
                        "2026-11-22T08:14:07Z",
                        (unsigned long long)row->number);
    }
    reader->records++;
    status = check_tenant(reader, tenant, err);
    if (status != SAE_OK) {
        return status;
    }
    if (answer == SAE_SIGNIN_UNPARSED) {
        reader->unparsed++;
        return SAE_OK;
    }
    if (signin.time > reader->env->now + SAE_MINUTE) {
        return sae_fail(err, SAE_E_STALE, "row %llu is from the future",
                        (unsigned long long)row->number);
    }
    reader->oldest = reader->newest == 0 || signin.time < reader->oldest ? signin.time
                                                                         : reader->oldest;
    reader->newest = signin.time > reader->newest ? signin.time : reader->newest;
    return answer == SAE_SIGNIN_SMTP ? reader->take(reader->arg, &signin, err) : SAE_OK;
}

static enum sae_status check_fields(const struct sae_rows_facts *facts, struct sae_err *err)
{
    if ((facts->rows > 0 || facts->csv) &&
        (facts->fields & sae_signin_needed) != sae_signin_needed) {
        return sae_fail(err, SAE_E_FORMAT,
                        "not a sign-in log: id, time, error code or client app is missing");
    }
    return SAE_OK;
}

static enum sae_status check_stream(const struct signin_reader *reader, struct sae_err *err)
{
    if (reader->links > 0 && reader->last_pages == 0) {
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "a page with a link to the next one, but no last page");
    }
    /* A few rows may be odd; when many are, the format is not what we think it is. */
    if (reader->unparsed > 0 && reader->unparsed * 100 > reader->records) {
        return sae_fail(err, SAE_E_FORMAT,
                        "%llu of %llu rows have no readable id, time or code",
                        (unsigned long long)reader->unparsed,
                        (unsigned long long)reader->records);
    }
    return SAE_OK;
}

/* Without a manifest the rows prove the interval that they span. They may end a little
 * before the file does: in a quiet hour nobody signs in. */
static void prove_span(const struct signin_reader *reader, struct sae_files_proof *proof)
{
    proof->from = proof->to = 0;
    if (reader->newest == 0) {
        proof->lower = true;
        return;
    }
    proof->from = reader->oldest;
    proof->to = reader->newest + 1;
    if (reader->newest >= proof->time - reader->env->max_age) {
        proof->to = proof->time > proof->to ? proof->time : proof->to;
    } else {
        proof->lower = true;
    }
}

static enum sae_status read_stream(const glob_t *found, struct signin_reader *reader,
                                   struct sae_files_proof *ret_proof, struct sae_err *err)
{
    struct sae_files_proof proof = {0};
    bool all_listed = true;
    enum sae_status status = SAE_OK;

    for (size_t i = 0; i < found->gl_pathc && status == SAE_OK; i++) {
        struct source src = {.path = found->gl_pathv[i], .env = reader->env};
        const char *slash = strrchr(src.path, '/');
        struct sae_rows_facts facts;
        int64_t age;

        if (strcmp(slash == NULL ? src.path : slash + 1, "manifest.json") == 0) {
            continue;
        }
        status = read_rows(&src, sae_signin_names, sae_signin_name_count, take_record, reader,
                           &facts, err);
        if (status == SAE_OK) {
            status = check_fields(&facts, err);
        }
        if (status != SAE_OK) {
            return name_file(status, src.path, err);
        }
        age = age_of(&src);
        proof.time = age > proof.time ? age : proof.time;
        proof.rows += facts.rows;
        reader->links += facts.links;
        reader->last_pages += facts.last_pages;
        all_listed = all_listed && src.manifest.listed;
        proof.from = src.manifest.from;
        proof.to = src.manifest.to;
        reader->newest_said = src.manifest.newest > reader->newest_said
                                  ? src.manifest.newest
                                  : reader->newest_said;
    }
    if (proof.time == 0) {
        return sae_fail(err, SAE_E_MISSING, "no sign-in file but a manifest");
    }
    if (!all_listed || proof.to == proof.from) {
        prove_span(reader, &proof);
    }
    proof.newest =
        reader->newest_said > reader->newest ? reader->newest_said : reader->newest;
    proof.unparsed = reader->unparsed;
    *ret_proof = proof;
    return status;
}

enum sae_status sae_files_signins(const char *pattern, const struct sae_files_env *env,
                                  sae_files_signin take, void *arg,
                                  struct sae_files_proof *ret_proof, struct sae_err *err)
{
    struct signin_reader reader = {.env = env, .take = take, .arg = arg};
    enum sae_status status;
    glob_t found;

    switch (glob(pattern, GLOB_ERR, NULL, &found)) {
    case 0:
        break;
    case GLOB_NOMATCH:
        return sae_fail(err, SAE_E_MISSING, "%s: no such file", pattern);
    case GLOB_NOSPACE:
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    default:
        return sae_fail(err, SAE_E_DENIED, "%s: cannot read the folder", pattern);
    }
    status = read_stream(&found, &reader, ret_proof, err);
    if (status == SAE_OK) {
        status = check_stream(&reader, err);
        status = status == SAE_OK ? SAE_OK : name_file(status, pattern, err);
    }
    globfree(&found);
    return status;
}
