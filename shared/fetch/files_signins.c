/* SPDX-License-Identifier: MIT */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "fetch/files_private.h"
#include "fetch/signin.h"

struct signin_reader {
    const struct sae_files_env *env;
    sae_files_signin take;
    void *arg;
    struct sae_signin_tenants tenants; /* whose log the rows so far can all be */
    int64_t oldest, newest;    /* of this file, any client app; 0: no row */
    uint64_t records;          /* sign-ins of any client app */
    uint64_t unparsed;
    uint64_t links, last_pages;
};

static bool has_tenant(const struct sae_signin_tenants *tenants, const char *id)
{
    return id[0] != '\0' &&
           (strcmp(tenants->id[0], id) == 0 || strcmp(tenants->id[1], id) == 0);
}

static bool is_ours(const struct sae_files_env *env, const struct sae_signin_tenants *row)
{
    return env->tenant_id == NULL || strcasecmp(env->tenant_id, row->id[0]) == 0 ||
           strcasecmp(env->tenant_id, row->id[1]) == 0;
}

/* A row belongs into this log if one of its tenants is ours; while we do not know ours, if
 * one tenant remains that all rows have in common. */
static enum sae_status check_tenants(struct signin_reader *reader,
                                     const struct sae_signin_tenants *row,
                                     struct sae_err *err)
{
    struct sae_signin_tenants *held = &reader->tenants;
    bool none = row->id[0][0] == '\0' && row->id[1][0] == '\0';

    if (none) {
        return SAE_OK;
    }
    if (held->id[0][0] == '\0' && held->id[1][0] == '\0') {
        *held = *row;
    }
    for (int i = 0; i < 2; i++) {
        if (!has_tenant(row, held->id[i])) {
            held->id[i][0] = '\0';
        }
    }
    if ((held->id[0][0] == '\0' && held->id[1][0] == '\0') ||
        !is_ours(reader->env, row)) {
        return sae_fail(err, SAE_E_INCOMPLETE, "a sign-in of another tenant, %s, in it",
                        row->id[0][0] != '\0' ? row->id[0] : row->id[1]);
    }
    return SAE_OK;
}

static enum sae_status take_record(void *arg, const struct sae_rows_row *row,
                                   struct sae_err *err)
{
    struct signin_reader *reader = arg;
    struct sae_signin_tenants tenants;
    struct sae_signin signin;
    enum sae_signin_answer answer = sae_signin_read(row, &signin, &tenants);
    enum sae_status status;

    if (answer == SAE_SIGNIN_NOT) {
        return SAE_OK;
    }
    if (answer == SAE_SIGNIN_AMBIGUOUS) {
        return sae_fail(err, SAE_E_FORMAT,
                        "row %llu: its date could mean two different times, export dates as "
                        "2026-11-22T08:14:07Z",
                        (unsigned long long)row->number);
    }
    reader->records++;
    status = check_tenants(reader, &tenants, err);
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

/* ---- what the files of a stream prove together -------------------------------------- */

/* An interval of log that one file holds completely. */
struct span {
    int64_t from, to;
    bool exact; /* a manifest says so; else it is what the rows span */
};

struct spans {
    struct span *at;
    size_t count;
};

static enum sae_status add_span(struct spans *spans, const struct signin_reader *reader,
                                const struct sae_manifest *manifest, struct sae_err *err)
{
    struct span span = {.from = reader->oldest, .to = reader->newest + 1};
    struct span *more;

    if (manifest->listed && manifest->to > manifest->from) {
        span = (struct span){.from = manifest->from, .to = manifest->to, .exact = true};
    } else if (reader->newest == 0) {
        return SAE_OK;
    }
    more = realloc(spans->at, (spans->count + 1) * sizeof(*more));
    if (more == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    spans->at = more;
    spans->at[spans->count++] = span;
    return SAE_OK;
}

static int by_start(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    return x->from < y->from ? -1 : x->from > y->from;
}

/* The newest unbroken interval. Rows that span may leave a pause at their ends in which
 * nobody signed in, as long as data may be old; longer, and something is missing. */
static struct span join_spans(struct spans *spans, int64_t pause)
{
    struct span joined;

    qsort(spans->at, spans->count, sizeof(*spans->at), by_start);
    joined = spans->at[0];
    for (size_t i = 1; i < spans->count; i++) {
        const struct span *next = &spans->at[i];
        int64_t gap = joined.exact && next->exact ? 0 : pause;

        if (next->from > joined.to + gap) {
            joined = *next;
        } else if (next->to > joined.to) {
            joined.to = next->to;
            joined.exact = next->exact;
        }
    }
    return joined;
}

/* True if the files are the pages of one answer: nothing can be missing between them. */
static bool is_one_answer(const struct signin_reader *reader, const struct spans *spans)
{
    return reader->links > 0 && reader->last_pages == 1 && spans->count <= reader->links + 1;
}

static void prove(const struct signin_reader *reader, struct spans *spans,
                  struct sae_files_proof *proof)
{
    int64_t pause = reader->env->max_age;
    struct span held;

    if (spans->count == 0) {
        proof->lower = true;
        return;
    }
    held = join_spans(spans, is_one_answer(reader, spans) ? INT64_MAX / 2 : pause);
    proof->from = held.from;
    proof->to = held.to;
    if (!held.exact && held.to <= proof->time - pause) {
        proof->lower = true;
    } else if (!held.exact && held.to < proof->time) {
        proof->to = proof->time;
    }
}

static enum sae_status read_file(const char *path, struct signin_reader *reader,
                                 struct spans *spans, struct sae_files_proof *proof,
                                 struct sae_err *err)
{
    struct sae_source src = {.path = path, .env = reader->env};
    struct sae_rows_facts facts;
    enum sae_status status;
    int64_t time;

    reader->oldest = reader->newest = 0;
    status = sae_source_rows(&src, sae_signin_names, sae_signin_name_count, take_record,
                             reader, &facts, err);
    if (status == SAE_OK) {
        status = check_fields(&facts, err);
    }
    if (status == SAE_OK) {
        status = add_span(spans, reader, &src.manifest, err);
    }
    if (status != SAE_OK) {
        return sae_source_name(status, path, err);
    }
    time = sae_source_time(&src);
    proof->time = time > proof->time ? time : proof->time;
    proof->newest = reader->newest > proof->newest ? reader->newest : proof->newest;
    proof->newest =
        src.manifest.newest > proof->newest ? src.manifest.newest : proof->newest;
    proof->rows += facts.rows;
    reader->links += facts.links;
    reader->last_pages += facts.last_pages;
    return SAE_OK;
}

static bool is_manifest(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strcmp(slash == NULL ? path : slash + 1, "manifest.json") == 0;
}

static enum sae_status read_stream(const glob_t *found, struct signin_reader *reader,
                                   struct sae_files_proof *ret_proof, struct sae_err *err)
{
    struct sae_files_proof proof = {0};
    struct spans spans = {0};
    enum sae_status status = SAE_OK;

    for (size_t i = 0; i < found->gl_pathc && status == SAE_OK; i++) {
        if (!is_manifest(found->gl_pathv[i])) {
            status = read_file(found->gl_pathv[i], reader, &spans, &proof, err);
        }
    }
    if (status == SAE_OK && proof.time == 0) {
        status = sae_fail(err, SAE_E_MISSING, "no sign-in file but a manifest");
    }
    if (status == SAE_OK) {
        prove(reader, &spans, &proof);
        proof.unparsed = reader->unparsed;
        *ret_proof = proof;
    }
    free(spans.at);
    return status;
}

enum sae_status sae_files_signins(const char *pattern, const struct sae_files_env *env,
                                  sae_files_signin take, void *arg,
                                  struct sae_files_proof *ret_proof, struct sae_err *err)
{
    struct signin_reader reader = {.env = env, .take = take, .arg = arg};
    enum sae_status status;
    glob_t found;

    status = sae_file_glob(pattern, &found, err);
    if (status != SAE_OK) {
        return status;
    }
    status = read_stream(&found, &reader, ret_proof, err);
    if (status == SAE_OK) {
        status = check_stream(&reader, err);
        status = status == SAE_OK ? SAE_OK : sae_source_name(status, pattern, err);
    }
    globfree(&found);
    return status;
}
