/* SPDX-License-Identifier: MIT */
#include "collect/preflight_files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "fetch/manifest.h"

/* An empty file is a log without rows only if its manifest says so. */
static bool may_be_empty(const char *path)
{
    struct sae_manifest manifest = {0};

    return sae_manifest_read(path, &manifest, NULL) == SAE_OK && manifest.listed &&
           manifest.rows == 0;
}

static enum sae_status look_at_file(const char *path, struct sae_err *err)
{
    struct stat st;
    int fd;
    enum sae_status status = sae_file_open(path, &fd, &st, err);

    if (status != SAE_OK) {
        return status;
    }
    close(fd);
    return st.st_size > 0 || may_be_empty(path)
               ? SAE_OK
               : sae_fail(err, SAE_E_FORMAT, "%s: is empty", path);
}

/* The files of one entry of `signins`, added to *count. */
static enum sae_status look_at_stream(const char *entry, size_t *count, struct sae_err *err)
{
    size_t before = *count;
    glob_t found;
    enum sae_status status = sae_file_glob(entry, &found, err);

    if (status != SAE_OK) {
        return status;
    }
    for (size_t i = 0; i < found.gl_pathc && status == SAE_OK; i++) {
        const char *path = found.gl_pathv[i], *slash = strrchr(path, '/');

        if (strcmp(slash == NULL ? path : slash + 1, "manifest.json") != 0) {
            status = look_at_file(path, err);
            (*count)++;
        }
    }
    globfree(&found);
    return status == SAE_OK && *count == before
               ? sae_fail(err, SAE_E_MISSING, "%s: no sign-in file but a manifest", entry)
               : status;
}

enum sae_status sae_look_at(const struct sae_tenant *tenant, enum sae_part part, char *works,
                            size_t cap, struct sae_err *err)
{
    const char *list = sae_tenant_source(tenant, part);
    enum sae_status status = SAE_OK;
    char entry[SAE_STREAM];
    size_t count = 0;

    if (part != SAE_PART_SIGNINS) {
        snprintf(works, cap, "%.200s can be opened and is not empty", list);
        return look_at_file(list, err);
    }
    while (status == SAE_OK && sae_stream_next(&list, entry)) {
        status = look_at_stream(entry, &count, err);
    }
    snprintf(works, cap, "%zu file%s can be opened", count, count == 1 ? "" : "s");
    return status;
}
