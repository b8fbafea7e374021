/* SPDX-License-Identifier: MIT */
/* --drill: made-up exports, read, kept, measured and published as real ones are, in a folder
 * of their own that is gone afterwards. All names and addresses are reserved for
 * documentation (RFC 2606, RFC 5737), the country is nobody's (ISO 3166, ZZ). */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/file.h"
#include "base/owner.h"
#include "collect.h"
#include "nagios/process.h"
#include "plugins/collect/command.h"

enum { USERS = 6, FILE_BYTES = 1024 * 1024, LOG_DAYS = 32, TIME_LIMIT = 60 };

#define OTHER_APP "Mobile Apps and Desktop clients"
#define SMTP_APP "Authenticated SMTP"

struct drill {
    const struct sae_tenant *named; /* as the checks know it */
    struct sae_tenant tenant;       /* a copy, whose folder and sources are below */
    char *folder, *state, *transport, *mailboxes, *signins, *published;
    int64_t now;
    struct sae_snapshot *snap;
};

/* ---- the exports -------------------------------------------------------------------- */

/* Written at `time`, as far as its reader can see. */
static enum sae_status write_export(const char *path, const struct sae_buf *text, int64_t time,
                                    struct sae_err *err)
{
    const struct timespec at = {.tv_sec = (time_t)(time / SAE_SECOND)};
    const struct timespec times[] = {at, at};
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    enum sae_status status = sae_buf_status(text);

    if (fd < 0) {
        return sae_file_fail(path, "cannot create", err);
    }
    if (status != SAE_OK) {
        status = sae_fail(err, status, "out of memory");
    } else {
        status = sae_write_all(fd, text->data, text->len, err);
    }
    if (status == SAE_OK && futimens(fd, times) != 0) {
        status = sae_file_fail(path, "cannot set the time of", err);
    }
    close(fd);
    return status;
}

static enum sae_status write_switch(const struct drill *drill, bool open, int64_t time,
                                    struct sae_err *err)
{
    struct sae_buf text;
    enum sae_status status;

    sae_buf_init(&text, FILE_BYTES);
    sae_buf_printf(&text, "{\"SmtpClientAuthenticationDisabled\":%s}\n",
                   open ? "false" : "true");
    status = write_export(drill->transport, &text, time, err);
    sae_buf_done(&text);
    return status;
}

static enum sae_status write_mailboxes(const struct drill *drill, struct sae_err *err)
{
    struct sae_buf text;
    enum sae_status status;

    sae_buf_init(&text, FILE_BYTES);
    sae_buf_puts(&text, "Guid,ExternalDirectoryObjectId,PrimarySmtpAddress,EmailAddresses,"
                        "SmtpClientAuthenticationDisabled\r\n");
    for (int user = 1; user <= USERS; user++) {
        sae_buf_printf(&text,
                       "00000000-0000-4000-8000-00000000010%d,"
                       "00000000-0000-4000-8000-00000000000%d,drill.user%d@example.org,"
                       "SMTP:drill.user%d@example.org,\r\n",
                       user, user, user, user);
    }
    status = write_export(drill->mailboxes, &text, drill->now, err);
    sae_buf_done(&text);
    return status;
}

/* One sign-in of user `user`; 0 is somebody who reads mail. */
static void add_row(struct sae_buf *text, int64_t time, int user, const char *app,
                    const char *address, int code)
{
    char at[SAE_TIME_TEXT];

    sae_buf_printf(text,
                   "%s{\"id\":\"%08" PRIx32 "-0000-4000-8000-00000000000%d\","
                   "\"createdDateTime\":\"%s\","
                   "\"userPrincipalName\":\"drill.user%d@example.org\","
                   "\"userId\":\"00000000-0000-4000-8000-00000000000%d\","
                   "\"ipAddress\":\"%s\",\"clientAppUsed\":\"%s\","
                   "\"userAgent\":\"drill\",\"status\":{\"errorCode\":%d},"
                   "\"location\":{\"countryOrRegion\":\"ZZ\"}}",
                   text->len == 0 ? "{\"value\":[\n" : ",\n", (uint32_t)(time / SAE_SECOND),
                   user, sae_time_format(at, sizeof(at), time), user, user, address, app, code);
}

/* Newest first, as services do. The breach and the spray are some minutes old, so that they
 * are within the settled window of every lag. */
static enum sae_status write_signins(const struct drill *drill, struct sae_err *err)
{
    int64_t attack = drill->now - 20 * SAE_MINUTE;
    struct sae_buf text;
    enum sae_status status;

    sae_buf_init(&text, FILE_BYTES);
    add_row(&text, drill->now - SAE_MINUTE, 0, OTHER_APP, "192.0.2.1", 0);
    add_row(&text, attack, 1, SMTP_APP, "192.0.2.99", 50076);
    for (int user = USERS; user >= 1; user--) {
        add_row(&text, attack - (USERS + 1 - user) * SAE_MINUTE, user, SMTP_APP, "192.0.2.66",
                50126);
    }
    for (int half = 1; half <= 2 * LOG_DAYS; half++) {
        add_row(&text, drill->now - half * 12 * SAE_HOUR, 0, OTHER_APP, "192.0.2.1", 0);
    }
    sae_buf_puts(&text, "\n]}\n");
    status = write_export(drill->signins, &text, drill->now, err);
    sae_buf_done(&text);
    return status;
}

/* ---- the folder --------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

/* Also what a drill left that was killed. */
static enum sae_status remove_folder(const struct drill *drill, struct sae_err *err)
{
    if (nftw(drill->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT) {
        return sae_file_fail(drill->folder, "cannot remove", err);
    }
    return SAE_OK;
}

static char *below(const char *folder, const char *name)
{
    char *path;

    return folder == NULL || asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static enum sae_status name_files(struct drill *drill, struct sae_err *err)
{
    const char *state_dir = sae_tenant_text(drill->named, SAE_KEY_STATE_DIR);

    drill->folder = below(state_dir, "private/drill.tmp");
    drill->state = below(drill->folder, "state");
    drill->transport = below(drill->folder, "transport.json");
    drill->mailboxes = below(drill->folder, "mailboxes.csv");
    drill->signins = below(drill->folder, "signins.json");
    drill->published = sae_tenant_snapshot_path(drill->named);
    drill->snap = calloc(1, sizeof(*drill->snap));
    if (drill->state == NULL || drill->transport == NULL || drill->mailboxes == NULL ||
        drill->signins == NULL || drill->published == NULL || drill->snap == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    drill->tenant = *drill->named;
    drill->tenant.value[SAE_KEY_STATE_DIR] = drill->state;
    drill->tenant.value[SAE_KEY_TRANSPORT_CONFIG] = drill->transport;
    drill->tenant.value[SAE_KEY_MAILBOXES] = drill->mailboxes;
    drill->tenant.value[SAE_KEY_SIGNINS] = drill->signins;
    drill->tenant.value[SAE_KEY_TENANT_ID] = NULL; /* of some real tenant */
    drill->tenant.value[SAE_KEY_ALLOW_LIST] = NULL;
    drill->tenant.value[SAE_KEY_ACCEPT] = NULL;
    drill->tenant.value[SAE_KEY_SMTP_CLIENTS] = NULL;
    return SAE_OK;
}

static enum sae_status make_folder(const struct drill *drill, struct sae_err *err)
{
    enum sae_status status =
        sae_owner_prepare(sae_tenant_text(drill->named, SAE_KEY_STATE_DIR), err);

    if (status == SAE_OK) {
        status = remove_folder(drill, err);
    }
    if (status == SAE_OK && mkdir(drill->folder, 0700) != 0) {
        status = sae_file_fail(drill->folder, "cannot create", err);
    }
    return status;
}

static void drill_done(struct drill *drill)
{
    free(drill->folder);
    free(drill->state);
    free(drill->transport);
    free(drill->mailboxes);
    free(drill->signins);
    free(drill->published);
    free(drill->snap);
}

/* ---- what is done ------------------------------------------------------------------- */

/* One run of the collector over what is there. */
static enum sae_status collect(struct drill *drill, struct sae_err *err)
{
    struct sae_budget budget = {.end = sae_clock_monotonic() + TIME_LIMIT * SAE_SECOND};
    struct sae_collect_setup setup = {
        .tenant = &drill->tenant, .budget = &budget, .now = drill->now};
    enum sae_status status = sae_collect(&setup, drill->snap, err);

    for (int p = 0; p < SAE_PART_COUNT && status == SAE_OK; p++) {
        if (!drill->snap->parts[p].ok) {
            status = sae_fail(err, SAE_E_INCOMPLETE, "%s: %s", sae_part_name((enum sae_part)p),
                              drill->snap->parts[p].text);
        }
    }
    return status;
}

/* The switch is closed, then open, and the third read confirms it. */
static enum sae_status play(struct drill *drill, struct sae_err *err)
{
    enum sae_status status = write_mailboxes(drill, err);

    if (status == SAE_OK) {
        status = write_signins(drill, err);
    }
    for (int read = 0; read < 3 && status == SAE_OK; read++) {
        status = write_switch(drill, read > 0, drill->now - (2 - read) * SAE_MINUTE, err);
        if (status == SAE_OK) {
            status = collect(drill, err);
        }
    }
    return status;
}

static void mark(struct sae_snapshot *snap)
{
    for (size_t i = 0; i < snap->finding_count; i++) {
        struct sae_finding *finding = &snap->findings[i];
        char text[SAE_FINDING_TEXT];

        snprintf(text, sizeof(text), "DRILL, not real: %.*s", SAE_FINDING_TEXT - 20,
                 finding->text);
        memcpy(finding->text, text, sizeof(text));
    }
}

/* A drill that does not show all three would teach the wrong thing. */
static enum sae_status check_shown(const struct sae_snapshot *snap, struct sae_err *err)
{
    static const enum sae_metric shown[] = {SAE_M_BREACH_USERS, SAE_M_SPRAY_IPS,
                                            SAE_M_TENANT_OPENED};

    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        if (!(snap->values.value[shown[i]] > 0)) {
            return sae_fail(err, SAE_E_CONFIG,
                            "the drill shows no %s: detectors of section defaults are off "
                            "or too coarse",
                            sae_metrics[shown[i]].name);
        }
    }
    return SAE_OK;
}

static enum sae_status begin(const struct sae_config *config, struct drill *drill,
                             struct sae_err *err)
{
    *drill = (struct drill){.named = sae_config_tenant(config, SAE_DRILL)};
    if (drill->named != &config->drill) {
        return sae_fail(err, SAE_E_CONFIG,
                        "the configuration has a tenant drill of its own: give it another "
                        "name, or leave the section out");
    }
    drill->now = sae_clock_now() / SAE_SECOND * SAE_SECOND;
    return name_files(drill, err);
}

enum sae_status sae_command_drill(const struct sae_config *config, struct sae_report *report,
                                  struct sae_err *err)
{
    struct drill drill;
    struct sae_err removal;
    enum sae_status status = begin(config, &drill, err), removed;

    if (status == SAE_OK) {
        status = make_folder(&drill, err);
    }
    if (status == SAE_OK) {
        status = play(&drill, err);
        removed = remove_folder(&drill, &removal);
        if (status == SAE_OK && removed != SAE_OK) {
            status = sae_fail(err, removed, "%s", removal.text);
        }
    }
    if (status == SAE_OK) {
        status = check_shown(drill.snap, err);
    }
    if (status == SAE_OK) {
        mark(drill.snap);
        status = sae_snapshot_write(drill.published, drill.snap, err);
    }
    if (status == SAE_OK) {
        sae_report_add(report, SAE_STATE_OK, "%s", drill.published);
        sae_report_headline(report,
                            "drill published: a breach, a spray and an opened tenant switch, "
                            "none of them real. End it with --drill-end");
    }
    drill_done(&drill);
    return status;
}

enum sae_status sae_command_drill_end(const struct sae_config *config,
                                      struct sae_report *report, struct sae_err *err)
{
    struct drill drill;
    enum sae_status status = begin(config, &drill, err);

    if (status == SAE_OK) {
        status = remove_folder(&drill, err);
    }
    if (status == SAE_OK && unlink(drill.published) != 0 && errno != ENOENT) {
        status = sae_file_fail(drill.published, "cannot remove", err);
    }
    if (status == SAE_OK) {
        sae_report_add(report, SAE_STATE_OK, "no %s", drill.published);
        sae_report_headline(report, "no drill any more: its checks are UNKNOWN from now on");
    }
    drill_done(&drill);
    return status;
}
