/* SPDX-License-Identifier: MIT */
/* The manifest beside exported files: when they were made, what time they cover, how many
 * rows each has. */
#ifndef SAE_MANIFEST_H
#define SAE_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "facts.h"

struct sae_manifest {
    bool listed; /* there is a manifest and it lists the file */
    char tenant[SAE_GUID + 1]; /* "" if it names none */
    int64_t time;
    int64_t from, to; /* equal: the export holds no log */
    int64_t newest;   /* newest sign-in of any client app, 0: not said */
    uint64_t rows;
};

/* What the manifest in the folder of `path` says about that file. No manifest, or one that
 * does not list the file: SAE_OK with `listed` false. */
enum sae_status sae_manifest_read(const char *path, struct sae_manifest *ret_manifest,
                                  struct sae_err *err) SAE_MUST_CHECK;

#endif
