/* SPDX-License-Identifier: MIT */
#include "fetch/files_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "fetch/decode.h"
#include "fetch/mailbox.h"
#include "fetch/transport.h"

enum { CHUNK = 65536, DEFAULT_RESULT_SIZE = 1000 };

/* ---- one file, whatever is in it ---------------------------------------------------- */

static enum sae_status pass_on(void *arg, const char *data, size_t len, struct sae_err *err)
{
    struct sae_source *src = arg;

    if (len > 0) {
        src->last = data[len - 1];
        src->passed += len;
    }
    return src->sink(src->arg, data, len, err);
}

static enum sae_status pump(struct sae_source *src, int fd, struct sae_err *err)
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

static enum sae_status check_times(const struct sae_source *src, struct sae_err *err)
{
    if (sae_file_mtime(&src->st) > src->env->now + SAE_MINUTE ||
        (src->manifest.listed && src->manifest.time > src->env->now + SAE_MINUTE)) {
        return sae_fail(err, SAE_E_STALE,
                        "its time lies in the future: check the clocks of this machine and "
                        "of the one that exports");
    }
    return SAE_OK;
}

bool sae_source_same_tenant(const struct sae_files_env *env, const char *tenant)
{
    return env->tenant_id == NULL || tenant[0] == '\0' ||
           strcasecmp(env->tenant_id, tenant) == 0;
}

/* Passes the file's text on. Fails also if the file changed meanwhile. */
static enum sae_status read_source(struct sae_source *src, struct sae_err *err)
{
    enum sae_status status;
    struct stat after;
    int fd;

    status = sae_manifest_read(src->path, &src->manifest, err);
    if (status == SAE_OK && src->manifest.listed &&
        !sae_source_same_tenant(src->env, src->manifest.tenant)) {
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

int64_t sae_source_time(const struct sae_source *src)
{
    return src->manifest.listed ? src->manifest.time : sae_file_mtime(&src->st);
}

/* ---- tables of rows ----------------------------------------------------------------- */

static enum sae_status feed_rows(void *arg, const char *data, size_t len, struct sae_err *err)
{
    return sae_rows_feed(arg, data, len, err);
}

/* A half-written file of lines looks like a shorter one: its last line has no end yet. */
static enum sae_status check_last_line(const struct sae_source *src,
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

enum sae_status sae_source_rows(struct sae_source *src, const struct sae_rows_name *names,
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

enum sae_status sae_source_name(enum sae_status status, const char *path,
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
    struct sae_source src = {.path = path, .env = env, .sink = keep_text};
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
        *ret_proof = (struct sae_files_proof){.time = sae_source_time(&src), .rows = 1};
    }
    return sae_source_name(status, path, err);
}

/* ---- mailboxes ---------------------------------------------------------------------- */

static enum sae_status check_mailboxes(const struct sae_source *src,
                                       struct sae_mailbox_list *list,
                                       const struct sae_rows_facts *facts,
                                       struct sae_err *err)
{
    enum sae_status status;

    list->rows = facts->rows;
    list->fields = facts->fields;
    status = sae_mailbox_list_check(
        list, "export that property too (Get-EXOCasMailbox needs it in -Properties)", err);
    if (status != SAE_OK) {
        return status;
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
                                    const struct sae_mailbox_sink *sink,
                                    struct sae_files_proof *ret_proof, struct sae_err *err)
{
    struct sae_source src = {.path = path, .env = env};
    struct sae_mailbox_reader reader;
    struct sae_rows_facts facts;
    enum sae_status status = sink->begin(sink->arg, err);

    if (status != SAE_OK) {
        return status;
    }
    sae_mailbox_reader_init(&reader, sink);
    status = sae_source_rows(&src, sae_mailbox_names, sae_mailbox_name_count,
                             sae_mailbox_take, &reader, &facts, err);
    sae_mailbox_reader_done(&reader);
    if (status == SAE_OK) {
        status = check_mailboxes(&src, &reader.list, &facts, err);
    }
    if (status == SAE_OK) {
        *ret_proof = (struct sae_files_proof){.time = sae_source_time(&src), .rows = facts.rows};
        status = sink->keep(sink->arg, err);
    }
    return sae_source_name(status, path, err);
}
