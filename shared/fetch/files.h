/* SPDX-License-Identifier: MIT */
/* What an administrator can export without any permission for us: files, recognised by their
 * content. Any size is read in bounded memory.
 *
 * A file is as old as its modification time, and the rows of a sign-in export prove only
 * what they span. A manifest.json beside the files that lists them
 * ({"version":1,"tenant","time","from","to","newest","rows":{NAME:count}}, written by
 * docs/exports.ps1) gives age, coverage and counts instead. */
#ifndef SAE_FILES_H
#define SAE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "facts.h"
#include "fetch/mailbox.h"

struct sae_files_env {
    const struct sae_budget *budget;
    int64_t now;
    const char *tenant_id; /* NULL: not configured; rows must then agree among themselves */
    int64_t max_age;       /* of sign-ins */
};

/* What reading proved. */
struct sae_files_proof {
    int64_t time;        /* the data is as old as this */
    int64_t from, to;    /* sign-ins: interval read completely, [from, to); equal: none */
    int64_t newest;      /* newest sign-in of any client app, 0: none */
    uint64_t rows;       /* of all kinds */
    uint64_t unparsed;   /* sign-ins without readable id, time or code */
    bool lower;          /* sign-ins end long before the file does: lower bounds only */
};

enum sae_status sae_files_transport(const char *path, const struct sae_files_env *env,
                                    struct sae_transport *ret_transport,
                                    struct sae_files_proof *ret_proof,
                                    struct sae_err *err) SAE_MUST_CHECK;

/* The sink begins before the first row and keeps after the last; it never rewinds. */
enum sae_status sae_files_mailboxes(const char *path, const struct sae_files_env *env,
                                    const struct sae_mailbox_sink *sink,
                                    struct sae_files_proof *ret_proof,
                                    struct sae_err *err) SAE_MUST_CHECK;

typedef enum sae_status (*sae_files_signin)(void *arg, const struct sae_signin *signin,
                                            struct sae_err *err);
/* `pattern` is one entry of `signins`: a path or a glob; its files are one stream. Rows are
 * delivered as they are read; they count only if the whole call succeeds. */
enum sae_status sae_files_signins(const char *pattern, const struct sae_files_env *env,
                                  sae_files_signin take, void *arg,
                                  struct sae_files_proof *ret_proof,
                                  struct sae_err *err) SAE_MUST_CHECK;

#endif
