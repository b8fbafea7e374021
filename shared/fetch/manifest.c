/* SPDX-License-Identifier: MIT */
#include "fetch/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "fetch/signin.h"

enum { MOST_BYTES = 1 << 20 };

static bool take_time(const cJSON *root, const char *name, int64_t *ret_time)
{
    const char *text;

    return sae_json_string(root, name, &text) == SAE_JSON_OK &&
           sae_time_parse(text, strlen(text), ret_time);
}

static enum sae_status take(const cJSON *root, const char *path, const char *file,
                            struct sae_manifest *out, struct sae_err *err)
{
    const char *tenant = "";
    const cJSON *rows;
    int64_t version, count;

    if (sae_json_int(root, "version", 1, 1, &version) != SAE_JSON_OK ||
        sae_json_object(root, "rows", &rows) != SAE_JSON_OK) {
        return sae_fail(err, SAE_E_FORMAT, "%s: not a manifest of version 1", path);
    }
    switch (sae_json_int(rows, file, 0, INT64_C(1) << 40, &count)) {
    case SAE_JSON_OK:
        break;
    case SAE_JSON_MISSING:
        return SAE_OK;
    default:
        return sae_fail(err, SAE_E_FORMAT, "%s: no count of rows for %s", path, file);
    }
    if (!take_time(root, "time", &out->time)) {
        return sae_fail(err, SAE_E_FORMAT, "%s: no time of the export", path);
    }
    if (take_time(root, "from", &out->from) && take_time(root, "to", &out->to)) {
        out->to = out->to > out->time ? out->time : out->to;
    } else {
        out->from = out->to = 0;
    }
    if (!take_time(root, "newest", &out->newest) || out->newest > out->time) {
        out->newest = 0;
    }
    if (out->to < out->from) {
        return sae_fail(err, SAE_E_FORMAT, "%s: it ends before it begins", path);
    }
    if (sae_json_string(root, "tenant", &tenant) == SAE_JSON_OK) {
        sae_guid_read(tenant, strlen(tenant), out->tenant);
    }
    out->rows = (uint64_t)count;
    out->listed = true;
    return SAE_OK;
}

enum sae_status sae_manifest_read(const char *path, struct sae_manifest *ret_manifest,
                                  struct sae_err *err)
{
    const char *slash = strrchr(path, '/');
    char *beside = sae_file_beside(path, "manifest.json");
    struct sae_manifest out = {0};
    enum sae_status status;
    struct sae_buf buf;
    cJSON *root = NULL;

    if (beside == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    sae_buf_init(&buf, MOST_BYTES);
    status = sae_file_load(beside, &buf, NULL, err);
    if (status == SAE_E_MISSING) {
        status = SAE_OK;
    } else if (status == SAE_OK) {
        status = sae_json_parse(buf.data, buf.len, MOST_BYTES, &root, err);
        if (status != SAE_OK) {
            sae_fail_in(err, status, "%s", beside);
        } else {
            status = take(root, beside, slash == NULL ? path : slash + 1, &out, err);
        }
    }
    cJSON_Delete(root);
    sae_buf_done(&buf);
    free(beside);
    if (status == SAE_OK) {
        *ret_manifest = out;
    }
    return status;
}
