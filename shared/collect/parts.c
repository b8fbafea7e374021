/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/run.h"
#include "fetch/files.h"

/* A list that lost more than this is believed when the next read agrees. */
enum { SHRINK_PERCENT = 10, SHRINK_ROWS = 10 };

static struct sae_files_env env_of(const struct sae_run *run)
{
    return (struct sae_files_env){
        .budget = run->budget,
        .now = run->now,
        .tenant_id = sae_tenant_text(run->tenant, SAE_KEY_TENANT_ID),
        .max_age = sae_tenant_max_age(run->tenant, SAE_PART_SIGNINS)};
}

/* ---- tenant switch ------------------------------------------------------------------ */

static enum sae_status read_tenant(struct sae_run *run, int64_t *ret_time,
                                   struct sae_err *err)
{
    struct sae_files_env env = env_of(run);
    struct sae_transport transport;
    struct sae_files_proof proof;
    enum sae_status status;

    status = sae_files_transport(sae_tenant_source(run->tenant, SAE_PART_TENANT), &env,
                                 &transport, &proof, err);
    if (status == SAE_OK) {
        status = sae_history_settings_read(run->history, proof.time, transport.changed,
                                           transport.settings, transport.count, err);
    }
    if (status == SAE_OK) {
        *ret_time = proof.time;
    }
    return status;
}

/* ---- mailboxes ---------------------------------------------------------------------- */

static enum sae_status stage(void *arg, const struct sae_mailbox *box, struct sae_err *err)
{
    struct sae_run *run = arg;

    return sae_history_stage_add(run->history, box, err);
}

static int64_t slack(int64_t count)
{
    int64_t part = count * SHRINK_PERCENT / 100;

    return part > SHRINK_ROWS ? part : SHRINK_ROWS;
}

/* `refused` receives the size of a list that shrank too much to be believed at once. */
static enum sae_status read_mailboxes(struct sae_run *run, int64_t *ret_time,
                                      int64_t *ret_refused, struct sae_err *err)
{
    struct sae_files_env env = env_of(run);
    int64_t staged = 0, held = 0, before = 0;
    struct sae_files_proof proof;
    enum sae_status status;

    status = sae_history_stage_begin(run->history, err);
    if (status == SAE_OK) {
        status = sae_files_mailboxes(sae_tenant_source(run->tenant, SAE_PART_MAILBOXES), &env,
                                     stage, run, &proof, err);
    }
    if (status == SAE_OK) {
        status = sae_history_stage_count(run->history, &staged, &held, err);
    }
    if (status == SAE_OK) {
        status = sae_history_number(run->history, "shrunk_to", &before, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    if (held - staged > slack(held) &&
        (before == 0 || llabs(staged - before) > slack(before))) {
        *ret_refused = staged;
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "the list shrank from %lld to %lld mailboxes: believed when the next "
                        "read agrees",
                        (long long)held, (long long)staged);
    }
    *ret_refused = 0;
    *ret_time = proof.time;
    return sae_history_stage_commit(run->history, proof.time, err);
}

/* ---- sign-ins ----------------------------------------------------------------------- */

static enum sae_status keep_signin(void *arg, const struct sae_signin *signin,
                                   struct sae_err *err)
{
    struct sae_run *run = arg;

    return sae_history_signin_add(run->history, signin, err);
}

/* One entry is one stream: its rows are kept only if all of it was read. */
static enum sae_status read_stream(struct sae_run *run, const char *entry,
                                   struct sae_stream *ret_stream, struct sae_err *err)
{
    struct sae_files_env env = env_of(run);
    struct sae_files_proof proof;
    enum sae_status status;

    status = sae_files_signins(entry, &env, keep_signin, run, &proof, err);
    if (status == SAE_OK) {
        status = sae_history_signins_flush(run->history, err);
    }
    if (status == SAE_OK) {
        *ret_stream = (struct sae_stream){.time = proof.time,
                                          .newest = proof.newest,
                                          .unparsed = (int64_t)proof.unparsed,
                                          .from = proof.from,
                                          .to = proof.to,
                                          .lower = proof.lower};
        status = sae_history_stream_save(run->history, entry, ret_stream, err);
    }
    return status;
}

/* All streams. The part is as old as the oldest; T is when the newest was written, so that a
 * window means the same however long after the export it is read. */
static enum sae_status read_signins(struct sae_run *run, int64_t *ret_time,
                                    struct sae_err *err)
{
    const char *list = sae_tenant_source(run->tenant, SAE_PART_SIGNINS);
    int64_t oldest = INT64_MAX, end = 0;
    enum sae_status status = SAE_OK;
    char entry[SAE_STREAM];

    while (status == SAE_OK && sae_stream_next(&list, entry)) {
        struct sae_stream stream;

        status = read_stream(run, entry, &stream, err);
        if (status == SAE_OK) {
            oldest = stream.time < oldest ? stream.time : oldest;
            end = stream.time > end ? stream.time : end;
            end = stream.newest >= end ? stream.newest + 1 : end;
        }
    }
    if (status == SAE_OK) {
        status = sae_history_remember(run->history, "signins_end", end, err);
    }
    if (status == SAE_OK) {
        *ret_time = oldest;
    }
    return status;
}

/* ---- all parts ---------------------------------------------------------------------- */

static enum sae_status read_part(struct sae_run *run, enum sae_part part, int64_t *ret_time,
                                 int64_t *ret_refused, struct sae_err *err)
{
    const char *source = sae_tenant_source(run->tenant, part);

    if (!sae_tenant_from_files(run->tenant, part)) {
        return sae_fail(err, SAE_E_CONFIG,
                        "source %s: this version reads files only, export them with "
                        "exports.ps1",
                        source);
    }
    switch (part) {
    case SAE_PART_TENANT:
        return read_tenant(run, ret_time, err);
    case SAE_PART_MAILBOXES:
        return read_mailboxes(run, ret_time, ret_refused, err);
    default:
        return read_signins(run, ret_time, err);
    }
}

static void write_down(struct sae_part_state *state, enum sae_status status,
                       const struct sae_err *why)
{
    state->ok = status == SAE_OK;
    state->code[0] = state->text[0] = '\0';
    if (status != SAE_OK) {
        snprintf(state->code, sizeof(state->code), "%s", sae_status_name(status));
        snprintf(state->text, sizeof(state->text), "%.*s", (int)sizeof(state->text) - 1,
                 why->text);
    }
}

/* A part is all or nothing: a failed try leaves the history as it was, but for the word that
 * it failed. */
static enum sae_status try_part(struct sae_run *run, enum sae_part part, struct sae_err *err)
{
    struct sae_part_state *state = &run->snap->parts[part];
    const char *source = sae_tenant_source(run->tenant, part);
    struct sae_err why = {0};
    int64_t time = 0, refused = 0;
    enum sae_status status, tried;

    status = sae_history_part_load(run->history, part, state, err);
    if (status != SAE_OK) {
        return status;
    }
    snprintf(state->source, sizeof(state->source), "%s",
             sae_tenant_from_files(run->tenant, part) ? "file" : source);
    if (strcmp(source, "off") == 0) {
        *state = (struct sae_part_state){.source = "off", .ok = true};
        return SAE_OK;
    }
    status = sae_history_begin(run->history, err);
    if (status != SAE_OK) {
        return status;
    }
    state->attempt = run->now;
    tried = read_part(run, part, &time, &refused, &why);
    if (tried != SAE_OK) {
        sae_history_signins_drop(run->history);
        sae_history_rollback(run->history);
        status = sae_history_begin(run->history, err);
    } else {
        state->time = time;
    }
    write_down(state, tried, &why);
    if (status == SAE_OK && part == SAE_PART_MAILBOXES) {
        status = sae_history_remember(run->history, "shrunk_to", refused, err);
    }
    if (status == SAE_OK) {
        status = sae_history_part_save(run->history, part, state, err);
    }
    return status == SAE_OK ? sae_history_commit(run->history, err) : status;
}

enum sae_status sae_run_parts(struct sae_run *run, struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    for (int p = 0; p < SAE_PART_COUNT && status == SAE_OK; p++) {
        status = try_part(run, (enum sae_part)p, err);
    }
    return status;
}
