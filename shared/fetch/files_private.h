/* SPDX-License-Identifier: MIT */
/* Shared by the readers of files: one file as a source of text and of rows. */
#ifndef SAE_FILES_PRIVATE_H
#define SAE_FILES_PRIVATE_H

#include <sys/stat.h>

#include "fetch/decode.h"
#include "fetch/files.h"
#include "fetch/manifest.h"
#include "fetch/rows.h"

struct sae_source {
    const char *path;
    const struct sae_files_env *env;
    sae_decode_sink sink;
    void *arg;
    size_t passed; /* bytes, decoded */
    char last;     /* the last of them */
    struct stat st;
    struct sae_manifest manifest;
};

/* Reads the file's rows. Fails if it changed meanwhile, is still being written, or does not
 * agree with its manifest. */
enum sae_status sae_source_rows(struct sae_source *src, const struct sae_rows_name *names,
                                size_t name_count, sae_rows_taker take, void *arg,
                                struct sae_rows_facts *ret_facts,
                                struct sae_err *err) SAE_MUST_CHECK;

/* What the file's data is as old as: its manifest's time, else its modification. */
int64_t sae_source_time(const struct sae_source *src);

bool sae_source_same_tenant(const struct sae_files_env *env, const char *tenant);

/* Puts the path in front of a failure that does not name it yet; returns `status`. */
enum sae_status sae_source_name(enum sae_status status, const char *path,
                                struct sae_err *err);

#endif
