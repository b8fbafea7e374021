/* SPDX-License-Identifier: MIT */
#include "fetch/token/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/owner.h"
#include "base/text.h"
#include "fetch/token/secret.h"

enum {
    FILE_MOST = 2 * SAE_TOKEN_BYTES + 2048, /* every byte of the token escaped */
    HEX = 16                                /* digits of a stamp */
};

static const char hex_digits[] = "0123456789abcdef";

#define MILLISECOND (SAE_SECOND / 1000)
#define TIME_MOST (INT64_C(253402300800) * 1000) /* the year 10000 */

bool sae_token_is(const char *text)
{
    size_t len = 0;

    while (text[len] > ' ' && text[len] < 0x7f && len <= SAE_TOKEN_BYTES) {
        len++;
    }
    return text[len] == '\0' && len > 0 && len <= SAE_TOKEN_BYTES;
}

char *sae_kept_path(const struct sae_tenant *tenant, enum sae_service service)
{
    char *path;

    if (asprintf(&path, "%s/private/%s.%s.token",
                 sae_tenant_text(tenant, SAE_KEY_STATE_DIR), tenant->name,
                 sae_service_name(service)) < 0) {
        return NULL;
    }
    return path;
}

/* ---- reading ------------------------------------------------------------------- */

/* Written by us, by root, or by whom the folder belongs to, and for nobody else. */
static bool is_trusted(const struct sae_secret *text, const char *path)
{
    struct sae_owner owner;
    bool ok = (text->mode & 0077) == 0;

    ok = sae_owner_of(path, &owner, NULL) == SAE_OK && ok &&
         (text->uid == geteuid() || text->uid == 0 || text->uid == owner.uid);
    sae_owner_done(&owner);
    return ok;
}

static bool load(const char *path, struct sae_secret *ret_text)
{
    struct stat st;

    *ret_text = (struct sae_secret){0};
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           sae_secret_load(path, FILE_MOST, ret_text, NULL) == SAE_OK &&
           is_trusted(ret_text, path);
}

static bool take_time(const cJSON *root, const char *name, int64_t *ret_time)
{
    int64_t ms;

    if (sae_json_int(root, name, 0, TIME_MOST, &ms) != SAE_JSON_OK) {
        return false;
    }
    *ret_time = ms * MILLISECOND;
    return true;
}

static bool take_hex(const char *text, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (size_t i = 0; i < HEX; i++) {
        const char *digit = text[i] == '\0' ? NULL : strchr(hex_digits, text[i]);

        if (digit == NULL) {
            return false;
        }
        value = value << 4 | (uint64_t)(digit - hex_digits);
    }
    *ret_value = value;
    return text[HEX] == '\0';
}

static bool take_refusal(const cJSON *root, struct sae_kept *kept)
{
    const char *text, *code, *stamp;

    if (sae_json_string(root, "refused", &text) != SAE_JSON_OK || text[0] == '\0' ||
        sae_json_string(root, "code", &code) != SAE_JSON_OK ||
        sae_json_int(root, "count", 1, SAE_TOKEN_REFUSALS, &kept->count) != SAE_JSON_OK ||
        sae_json_string(root, "files", &stamp) != SAE_JSON_OK ||
        !take_hex(stamp, &kept->stamp)) {
        return false;
    }
    kept->refusal.code = strcmp(code, sae_status_name(SAE_E_THROTTLED)) == 0
                             ? SAE_E_THROTTLED
                             : SAE_E_AUTH;
    sae_text_fit(kept->refusal.text, sizeof(kept->refusal.text), text);
    return true;
}

static bool take(const cJSON *root, const char *binding, int64_t now,
                 struct sae_kept *kept)
{
    const char *bound, *token;
    int64_t version;

    if (sae_json_int(root, "version", 1, 1, &version) != SAE_JSON_OK ||
        sae_json_string(root, "binding", &bound) != SAE_JSON_OK ||
        strcmp(bound, binding) != 0 || !take_time(root, "since", &kept->since) ||
        !take_time(root, "until", &kept->until) || kept->since > now ||
        kept->until < kept->since || kept->until - kept->since > SAE_TOKEN_LIFE) {
        return false;
    }
    if (sae_json_string(root, "token", &token) == SAE_JSON_OK) {
        return sae_token_is(token) &&
               sae_text_copy(kept->token, sizeof(kept->token), token, strlen(token));
    }
    return take_refusal(root, kept);
}

bool sae_kept_read(const char *path, const char *binding, int64_t now,
                   struct sae_kept *ret_kept)
{
    struct sae_kept *kept = calloc(1, sizeof(*kept));
    struct sae_secret text;
    cJSON *root = NULL;
    bool ok = load(path, &text);

    ok = ok && kept != NULL &&
         sae_json_parse(text.data, text.len, FILE_MOST, &root, NULL) == SAE_OK &&
         take(root, binding, now, kept);
    if (ok) {
        *ret_kept = *kept;
    }
    sae_secret_done(&text);
    sae_secret_forget(root);
    if (kept != NULL) {
        explicit_bzero(kept, sizeof(*kept));
        free(kept);
    }
    return ok;
}

/* ---- writing ------------------------------------------------------------------- */

static void put_text(struct sae_buf *out, const char *name, const char *text)
{
    sae_buf_printf(out, ",\"%s\":\"", name);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            sae_buf_puts(out, "\\");
        }
        sae_buf_add(out, text, 1);
    }
    sae_buf_puts(out, "\"");
}

static void render(const char *binding, const struct sae_kept *kept, struct sae_buf *out)
{
    sae_buf_printf(out, "{\"version\":1,\"since\":%" PRId64 ",\"until\":%" PRId64,
                   kept->since / MILLISECOND, kept->until / MILLISECOND);
    put_text(out, "binding", binding);
    if (kept->token[0] != '\0') {
        put_text(out, "token", kept->token);
    } else {
        sae_buf_printf(out, ",\"count\":%" PRId64 ",\"files\":\"%016" PRIx64 "\"",
                       kept->count, kept->stamp);
        put_text(out, "code", sae_status_name(kept->refusal.code));
        put_text(out, "refused", kept->refusal.text);
    }
    sae_buf_puts(out, "}\n");
}

static bool write_all(int fd, const struct sae_buf *text)
{
    size_t done = 0;

    while (done < text->len) {
        ssize_t n = write(fd, text->data + done, text->len - done);

        if (n < 0 && errno != EINTR) {
            return false;
        }
        done += n < 0 ? 0 : (size_t)n;
    }
    return fsync(fd) == 0;
}

/* Whole or not at all. The name of the new file is fixed, so that a killed writer leaves
 * at most one, which the next removes; it is never opened if it is there already, whoever
 * may have put it there. */
static bool replace(const char *path, const char *temp, const struct sae_buf *text)
{
    struct sae_owner owner;
    bool ok = sae_owner_of(path, &owner, NULL) == SAE_OK;
    int fd = -1;

    if (ok) {
        unlink(temp);
        fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        ok = fd >= 0 && sae_owner_apply(fd, temp, &owner, false, NULL) == SAE_OK &&
             write_all(fd, text);
    }
    if (fd >= 0) {
        ok = close(fd) == 0 && ok;
    }
    ok = ok && rename(temp, path) == 0 && sae_owner_sync(&owner, NULL) == SAE_OK;
    if (!ok && fd >= 0) {
        unlink(temp);
    }
    sae_owner_done(&owner);
    return ok;
}

static char *temp_of(const char *path)
{
    char *temp;

    return asprintf(&temp, "%s.tmp", path) < 0 ? NULL : temp;
}

bool sae_kept_write(const char *path, const char *binding, const struct sae_kept *kept)
{
    char *temp = temp_of(path);
    struct sae_buf text;
    bool ok;

    sae_secret_buf(&text, FILE_MOST);
    render(binding, kept, &text);
    ok = temp != NULL && sae_buf_status(&text) == SAE_OK && replace(path, temp, &text);
    sae_secret_buf_done(&text);
    free(temp);
    return ok;
}

void sae_kept_remove(const char *path)
{
    char *temp = temp_of(path);

    unlink(path);
    if (temp != NULL) {
        unlink(temp);
    }
    free(temp);
}
