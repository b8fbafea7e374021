/* SPDX-License-Identifier: MIT */
#include "collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/owner.h"
#include "collect/run.h"

#define LOCK_WAIT (2 * SAE_SECOND)

static void since_when(int fd, char *text, size_t cap)
{
    ssize_t n = pread(fd, text, cap - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
}

static enum sae_status take_lock(int fd, int64_t now, struct sae_err *err)
{
    const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
    int64_t end = sae_clock_monotonic() + LOCK_WAIT;
    char text[SAE_TIME_TEXT + 1];

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (sae_clock_monotonic() >= end) {
            since_when(fd, text, sizeof(text));
            return sae_fail(err, SAE_E_BUSY, "collection running since %s", text);
        }
        nanosleep(&pause, NULL);
    }
    sae_time_format(text, sizeof(text), now);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, strlen(text), 0) < 0) {
        return sae_fail(err, SAE_E_IO, "cannot write the lock: %s", strerror(errno));
    }
    return SAE_OK;
}

/* One run at a time for a tenant; the lock goes with the process, however it ends. */
static enum sae_status lock(const struct sae_tenant *tenant, int64_t now, int *ret_fd,
                            struct sae_err *err)
{
    struct sae_owner owner = {0};
    enum sae_status status;
    char *path = NULL;
    int fd = -1;

    if (asprintf(&path, "%s/private/%s.lock", sae_tenant_text(tenant, SAE_KEY_STATE_DIR),
                 tenant->name) < 0) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    status = sae_owner_of(path, &owner, err);
    fd = status == SAE_OK ? open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    if (status == SAE_OK && fd < 0) {
        status = sae_file_fail(path, "cannot open", err);
    }
    if (status == SAE_OK && geteuid() == 0) {
        status = sae_owner_apply(fd, path, &owner, false, err);
    }
    if (status == SAE_OK) {
        status = take_lock(fd, now, err);
    }
    if (status == SAE_OK) {
        *ret_fd = fd;
    } else if (fd >= 0) {
        close(fd);
    }
    sae_owner_done(&owner);
    free(path);
    return status;
}

/* A list that cannot be understood takes away only what needs it, and says so. */
static void read_lists(struct sae_run *run)
{
    const char *allow = sae_tenant_text(run->tenant, SAE_KEY_ALLOW_LIST);
    const char *accept = sae_tenant_text(run->tenant, SAE_KEY_ACCEPT);
    struct sae_err fault = {0};

    if (accept != NULL) {
        (void)!sae_accept_read(accept, &run->accept, &fault);
    }
    if (allow != NULL) {
        run->has_allow =
            sae_allowlist_read(allow, &run->allow_list, &run->allow_fault) == SAE_OK;
        fault = run->has_allow ? fault : run->allow_fault;
    }
    snprintf(run->snap->note, sizeof(run->snap->note), "%.*s",
             (int)sizeof(run->snap->note) - 1, fault.code == SAE_OK ? "" : fault.text);
}

/* Once a day is enough: rows stay a little longer than they must. */
static enum sae_status prune(struct sae_run *run, struct sae_err *err)
{
    int64_t keep = sae_tenant_ticks(run->tenant, SAE_KEY_LOOKBACK);
    int64_t senders = sae_tenant_ticks(run->tenant, SAE_KEY_KEEP_SENDERS);
    int64_t end = 0, horizon = 0;
    enum sae_status status = sae_history_number(run->history, "signins_end", &end, err);

    keep = keep > 35 * SAE_DAY ? keep : 35 * SAE_DAY;
    if (status == SAE_OK) {
        status = sae_history_number(run->history, "horizon", &horizon, err);
    }
    if (status != SAE_OK || end - keep < horizon + SAE_DAY) {
        return status;
    }
    status = sae_history_begin(run->history, err);
    if (status == SAE_OK) {
        status = sae_history_prune(run->history, end - keep, end - senders, err);
    }
    return status == SAE_OK ? sae_history_commit(run->history, err) : status;
}

/* How the run went, for `smtp_auth_report runs`. */
static enum sae_status note_run(struct sae_run *run, int64_t began, struct sae_err *err)
{
    const struct sae_traffic *t = run->traffic;
    struct sae_run_line line = {.time = run->now,
                                .ms = (sae_clock_monotonic() - began) / (SAE_SECOND / 1000),
                                .requests = t[0].requests + t[1].requests,
                                .throttled = t[0].throttled + t[1].throttled,
                                .ok = true};
    enum sae_status status;

    sae_history_counts(run->history, &line.rows, &line.late);
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        const struct sae_part_state *part = &run->snap->parts[p];

        if (!part->ok && line.ok) {
            snprintf(line.error, sizeof(line.error), "%s: %.150s",
                     sae_part_name((enum sae_part)p), part->text);
            line.ok = false;
        }
    }
    status = sae_history_begin(run->history, err);
    if (status == SAE_OK) {
        status = sae_history_run_add(run->history, &line, err);
    }
    return status == SAE_OK ? sae_history_commit(run->history, err) : status;
}

static enum sae_status run_locked(struct sae_run *run, struct sae_err *err)
{
    int64_t began = sae_clock_monotonic();
    enum sae_status status;
    char *path = NULL;

    status = sae_history_open(sae_tenant_text(run->tenant, SAE_KEY_STATE_DIR),
                              run->tenant->name, SAE_HISTORY_WRITE, &run->history, err);
    if (status == SAE_OK) {
        read_lists(run);
        status = sae_run_parts(run, err);
    }
    if (status == SAE_OK) {
        status = prune(run, err);
    }
    if (status == SAE_OK) {
        status = sae_run_measure(run, err);
    }
    if (status == SAE_OK) {
        status = note_run(run, began, err);
    }
    if (status == SAE_OK) {
        path = sae_tenant_snapshot_path(run->tenant);
        status = path == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                              : sae_snapshot_write(path, run->snap, err);
    }
    free(path);
    sae_allow_index_done(&run->allow);
    sae_allowlist_done(&run->allow_list);
    sae_accept_done(&run->accept);
    sae_history_close(run->history);
    return status;
}

enum sae_status sae_collect(const struct sae_collect_setup *setup,
                            struct sae_snapshot *ret_snapshot, struct sae_err *err)
{
    const struct sae_tenant *tenant = setup->tenant;
    struct sae_run run = {.setup = setup,
                          .tenant = tenant,
                          .budget = setup->budget,
                          .now = setup->now,
                          .lock = PTHREAD_MUTEX_INITIALIZER};
    enum sae_status status;
    int fd = -1;

    if (tenant->fault.code != SAE_OK) {
        return sae_fail(err, tenant->fault.code, "%s", tenant->fault.text);
    }
    status = sae_owner_prepare(sae_tenant_text(tenant, SAE_KEY_STATE_DIR), err);
    if (status == SAE_OK) {
        status = lock(tenant, setup->now, &fd, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    *ret_snapshot = (struct sae_snapshot){.time = setup->now};
    snprintf(ret_snapshot->tenant, sizeof(ret_snapshot->tenant), "%s", tenant->name);
    run.snap = ret_snapshot;
    status = run_locked(&run, err);
    close(fd);
    return status;
}
