/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/part.h"

static const struct {
    sae_step fetch, store;
} steps[SAE_PART_COUNT] = {
    [SAE_PART_TENANT] = {sae_fetch_tenant, sae_store_tenant},
    [SAE_PART_MAILBOXES] = {sae_fetch_mailboxes, sae_store_mailboxes},
    [SAE_PART_SIGNINS] = {sae_fetch_signins, sae_store_signins},
    [SAE_PART_POLICY] = {sae_fetch_policy, sae_store_policy},
};

/* Posture and sign-ins come from two services that do not wait for each other. */
struct half {
    struct sae_run *run;
    bool signins;
    struct sae_client *client; /* made when the first live part is tried */
    struct sae_traffic *traffic;
    enum sae_status status; /* of the history */
    struct sae_err err;
};

struct sae_files_env sae_run_files(const struct sae_run *run)
{
    return (struct sae_files_env){
        .budget = run->budget,
        .now = run->now,
        .tenant_id = sae_tenant_text(run->tenant, SAE_KEY_TENANT_ID),
        .max_age = sae_tenant_max_age(run->tenant, SAE_PART_SIGNINS)};
}

/* ---- is it due? --------------------------------------------------------------------- */

/* Live posture is read again when it is older than posture_every, when the last try failed,
 * and while a change of a setting waits for its confirming read. */
static bool is_due(const struct sae_run *run, enum sae_part part,
                   const struct sae_part_state *held, bool pending)
{
    int64_t every = sae_tenant_ticks(run->tenant, SAE_KEY_POSTURE_EVERY);

    return part == SAE_PART_SIGNINS || run->setup->fresh || pending || !held->ok ||
           sae_tenant_from_files(run->tenant, part) ||
           strcmp(held->source, sae_tenant_source(run->tenant, part)) != 0 ||
           held->attempt > run->now || run->now - held->attempt >= every;
}

/* ---- one part ----------------------------------------------------------------------- */

enum sae_status sae_source_unread(const char *source, struct sae_err *err)
{
    return sae_fail(err, SAE_E_CONFIG,
                    "source %.80s: this version reads sign-ins from graph or from files",
                    source);
}

static enum sae_status client_of(struct half *half, enum sae_part part,
                                 struct sae_client **ret_client, struct sae_err *err)
{
    const char *source = sae_tenant_source(half->run->tenant, part);
    struct sae_client_setup setup = {.tenant = half->run->tenant,
                                     .budget = half->run->budget,
                                     .record = half->run->setup->record,
                                     .traffic = half->traffic};

    if (strcmp(source, part == SAE_PART_SIGNINS ? "graph" : "exchange") != 0) {
        return sae_source_unread(source, err);
    }
    if (half->client == NULL) {
        half->client = sae_client_new(&setup);
    }
    *ret_client = half->client;
    return half->client == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory") : SAE_OK;
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

/* Once Microsoft refused licensed tenants too: a missing licence is believed at the third
 * refusal, a day after the first. */
static enum sae_status note_licence(struct sae_run *run, enum sae_status tried,
                                    struct sae_part_state *state, struct sae_err *err)
{
    int64_t refusals = 0, since = 0;
    enum sae_status status =
        sae_history_number(run->history, "licence_refusals", &refusals, err);

    if (status == SAE_OK) {
        status = sae_history_number(run->history, "licence_since", &since, err);
    }
    refusals = tried == SAE_E_UNLICENSED ? refusals + 1 : 0;
    since = refusals <= 1 ? run->now : since;
    if (refusals >= 3 && run->now - since >= SAE_DAY) {
        *state = (struct sae_part_state){
            .source = "unlicensed", .attempt = run->now, .ok = true};
    }
    if (status == SAE_OK) {
        status = sae_history_remember(run->history, "licence_refusals", refusals, err);
    }
    return status == SAE_OK
               ? sae_history_remember(run->history, "licence_since", since, err)
               : status;
}

/* All that a try changes, in one transaction: its facts if it has any, and how it went. A
 * failed try leaves the history as it was, but for the word that it failed. */
static enum sae_status conclude(struct sae_try *try, enum sae_part part,
                                enum sae_status tried, struct sae_err *why,
                                struct sae_err *err)
{
    struct sae_run *run = try->run;
    struct sae_part_state *state = &run->snap->parts[part];
    enum sae_status status = sae_history_begin(run->history, err), stored = SAE_OK;

    if (status != SAE_OK) {
        return status;
    }
    if (tried == SAE_OK || try->time != 0) {
        struct sae_err trouble = {0};

        stored = steps[part].store(try, &trouble);
        if (stored != SAE_OK) {
            tried = stored;
            *why = trouble;
            sae_history_signins_drop(run->history);
            sae_history_rollback(run->history);
            status = sae_history_begin(run->history, err);
        } else {
            state->time = try->time;
        }
    }
    write_down(state, tried, why);
    if (status == SAE_OK && part == SAE_PART_MAILBOXES) {
        status = sae_history_remember(run->history, "shrunk_to", try->refused, err);
    }
    if (status == SAE_OK && part == SAE_PART_SIGNINS) {
        status = note_licence(run, tried, state, err);
    }
    if (status == SAE_OK) {
        status = sae_history_part_save(run->history, part, state, err);
    }
    return status == SAE_OK ? sae_history_commit(run->history, err) : status;
}

/* What is known of the part; *ret_due says whether it is to be tried now. */
static enum sae_status look_up(struct sae_run *run, enum sae_part part, bool *ret_due,
                               struct sae_err *err)
{
    struct sae_part_state *state = &run->snap->parts[part];
    const char *source = sae_tenant_source(run->tenant, part);
    bool pending = false;
    enum sae_status status = sae_history_part_load(run->history, part, state, err);

    if (status == SAE_OK) {
        status = sae_history_settings_pending(run->history, &pending, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    *ret_due = is_due(run, part, state, pending);
    snprintf(state->source, sizeof(state->source), "%s",
             sae_tenant_from_files(run->tenant, part) ? "file" : source);
    if (strcmp(source, "off") == 0) {
        *state = (struct sae_part_state){.source = "off", .ok = true};
        *ret_due = false;
    }
    return SAE_OK;
}

static enum sae_status try_part(struct half *half, enum sae_part part, struct sae_err *err)
{
    struct sae_run *run = half->run;
    struct sae_try *try = calloc(1, sizeof(*try));
    struct sae_err why = {0};
    enum sae_status status, tried = SAE_OK;
    bool due = false;

    if (try == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    try->run = run;
    pthread_mutex_lock(&run->lock);
    status = look_up(run, part, &due, err);
    pthread_mutex_unlock(&run->lock);
    if (status == SAE_OK && due) {
        run->snap->parts[part].attempt = run->now;
        if (sae_tenant_from_service(run->tenant, part)) {
            tried = client_of(half, part, &try->client, &why);
            if (tried == SAE_OK) {
                tried = steps[part].fetch(try, &why);
            }
        }
        pthread_mutex_lock(&run->lock);
        status = conclude(try, part, tried, &why, err);
        pthread_mutex_unlock(&run->lock);
    }
    sae_policies_done(&try->policies);
    free(try);
    return status;
}

/* ---- all parts ---------------------------------------------------------------------- */

static void *run_half(void *arg)
{
    struct half *half = arg;

    half->status = SAE_OK;
    for (int p = 0; p < SAE_PART_COUNT && half->status == SAE_OK; p++) {
        if ((p == SAE_PART_SIGNINS) == half->signins) {
            half->status = try_part(half, (enum sae_part)p, &half->err);
        }
    }
    sae_client_free(half->client);
    half->client = NULL;
    return NULL;
}

enum sae_status sae_run_parts(struct sae_run *run, struct sae_err *err)
{
    struct half posture = {.run = run, .traffic = &run->traffic[0]};
    struct half signins = {.run = run, .traffic = &run->traffic[1], .signins = true};
    bool side_by_side = sae_tenant_from_service(run->tenant, SAE_PART_SIGNINS) &&
                        (sae_tenant_from_service(run->tenant, SAE_PART_TENANT) ||
                         sae_tenant_from_service(run->tenant, SAE_PART_MAILBOXES));
    const struct half *failed;
    pthread_t thread;

    side_by_side =
        side_by_side && pthread_create(&thread, NULL, run_half, &posture) == 0;
    if (!side_by_side) {
        (void)run_half(&posture);
    }
    (void)run_half(&signins);
    if (side_by_side) {
        pthread_join(thread, NULL);
    }
    failed = posture.status != SAE_OK ? &posture : &signins;
    return failed->status == SAE_OK ? SAE_OK
                                    : sae_fail(err, failed->status, "%s", failed->err.text);
}
