/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "collect/part.h"
#include "fetch/exchange.h"

/* A list that lost more than this is believed when the next read agrees. */
enum { SHRINK_PERCENT = 10, SHRINK_ROWS = 10 };

/* ---- tenant switch ------------------------------------------------------------------ */

enum sae_status sae_fetch_tenant(struct sae_try *try, struct sae_err *err)
{
    enum sae_status status = sae_exchange_transport(try->client, &try->transport, err);

    try->time = status == SAE_OK ? try->run->now : 0;
    return status;
}

enum sae_status sae_store_tenant(struct sae_try *try, struct sae_err *err)
{
    struct sae_run *run = try->run;
    struct sae_files_env env = sae_run_files(run);
    struct sae_files_proof proof;
    enum sae_status status = SAE_OK;

    if (try->client == NULL) {
        status = sae_files_transport(sae_tenant_source(run->tenant, SAE_PART_TENANT), &env,
                                     &try->transport, &proof, err);
        try->time = status == SAE_OK ? proof.time : 0;
    }
    return status == SAE_OK ? sae_history_settings_read(
                                  run->history, "tenant", try->time, try->transport.changed,
                                  try->transport.settings, try->transport.count, err)
                            : status;
}

/* ---- mailboxes ---------------------------------------------------------------------- */

static enum sae_status begin_list(void *arg, struct sae_err *err)
{
    struct sae_run *run = arg;

    return sae_history_stage_begin(run->history, err);
}

static bool is_known(void *arg, uint64_t digest)
{
    struct sae_run *run = arg;

    return sae_history_stage_known(run->history, digest);
}

static enum sae_status add_mailbox(void *arg, const struct sae_mailbox *box,
                                   struct sae_err *err)
{
    struct sae_run *run = arg;

    return sae_history_stage_add(run->history, box, err);
}

static enum sae_status keep_page(void *arg, struct sae_err *err)
{
    struct sae_run *run = arg;

    return sae_history_stage_keep(run->history, err);
}

static enum sae_status forget_page(void *arg, struct sae_err *err)
{
    struct sae_run *run = arg;

    return sae_history_stage_rewind(run->history, err);
}

static struct sae_mailbox_sink stage(struct sae_run *run)
{
    return (struct sae_mailbox_sink){.begin = begin_list,
                                     .known = is_known,
                                     .add = add_mailbox,
                                     .keep = keep_page,
                                     .rewind = forget_page,
                                     .arg = run};
}

enum sae_status sae_fetch_mailboxes(struct sae_try *try, struct sae_err *err)
{
    struct sae_mailbox_sink sink = stage(try->run);
    uint64_t rows;
    bool more;
    enum sae_status status =
        sae_exchange_mailboxes(try->client, &sink, false, &rows, &more, err);

    try->time = status == SAE_OK ? try->run->now : 0;
    return status;
}

static int64_t slack(int64_t count)
{
    int64_t part = count * SHRINK_PERCENT / 100;

    return part > SHRINK_ROWS ? part : SHRINK_ROWS;
}

static enum sae_status stage_files(struct sae_try *try, struct sae_err *err)
{
    struct sae_run *run = try->run;
    struct sae_files_env env = sae_run_files(run);
    struct sae_mailbox_sink sink = stage(run);
    struct sae_files_proof proof;
    enum sae_status status = sae_files_mailboxes(
        sae_tenant_source(run->tenant, SAE_PART_MAILBOXES), &env, &sink, &proof, err);

    if (status == SAE_OK) {
        try->time = proof.time;
    }
    return status;
}

enum sae_status sae_store_mailboxes(struct sae_try *try, struct sae_err *err)
{
    struct sae_history *history = try->run->history;
    int64_t staged = 0, held = 0, before = 0;
    enum sae_status status = try->client == NULL ? stage_files(try, err) : SAE_OK;

    if (status == SAE_OK) {
        status = sae_history_stage_count(history, &staged, &held, err);
    }
    if (status == SAE_OK) {
        status = sae_history_number(history, "shrunk_to", &before, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    if (held - staged > slack(held) &&
        (before == 0 || llabs(staged - before) > slack(before))) {
        try->refused = staged;
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "the list shrank from %lld to %lld mailboxes: believed when the next "
                        "read agrees",
                        (long long)held, (long long)staged);
    }
    return sae_history_stage_commit(history, try->time, err);
}

/* ---- policies ----------------------------------------------------------------------- */

enum sae_status sae_fetch_policy(struct sae_try *try, struct sae_err *err)
{
    enum sae_status status = sae_policy_read(try->client, &try->policies, err);

    try->time = status == SAE_OK ? try->run->now : 0;
    return status;
}

enum sae_status sae_store_policy(struct sae_try *try, struct sae_err *err)
{
    struct sae_history *history = try->run->history;
    enum sae_status status = SAE_OK;

    for (size_t i = 0; i < try->policies.set_count && status == SAE_OK; i++) {
        const struct sae_policy_set *set = &try->policies.set[i];

        status = sae_history_settings_read(history, set->object, try->time, 0, set->settings,
                                           set->count, err);
    }
    if (status == SAE_OK) {
        status =
            sae_history_remember(history, SAE_NUMBER_BLOCKS, try->policies.blocks, err);
    }
    return status == SAE_OK ? sae_history_remember(history, SAE_NUMBER_BLOCKS_PARTIAL,
                                                   try->policies.partial ? 1 : 0, err)
                            : status;
}
