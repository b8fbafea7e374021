/* SPDX-License-Identifier: MIT */
/* A word that names somebody is put anywhere into any input: it must be in no output, a
 * document must come out as a document, and the same input must come out the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/scan.h"
#include "fetch/record/anonymous.h"

/* A byte for the form, two for where the name goes, then the input. Digits in it, because
 * plain words may stay in an error. */
#define NAME "Zyx90125wv"

enum { HEAD = 3, MOST = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth) {
        abort();
    }
}

static bool take_member(void *arg, const char *name, size_t len)
{
    (void)arg;
    (void)name;
    (void)len;
    return true;
}

static enum sae_status take_value(void *arg, const struct sae_scan_value *value,
                                  struct sae_err *err)
{
    (void)arg;
    (void)value;
    (void)err;
    return SAE_OK;
}

static enum sae_status take_end(void *arg, struct sae_err *err)
{
    (void)arg;
    (void)err;
    return SAE_OK;
}

static bool is_document(const char *text, size_t len)
{
    static const struct sae_scan_handler handler = {take_member, take_value, take_end};
    struct sae_scan *scan = sae_scan_new(&handler, NULL, false);
    bool is;

    require(scan != NULL);
    is = sae_scan_feed(scan, text, len, NULL) == SAE_OK &&
         sae_scan_finish(scan, NULL) == SAE_OK;
    sae_scan_free(scan);
    return is;
}

static bool holds_name(const char *text, size_t len)
{
    for (size_t i = 0; i + sizeof(NAME) - 1 <= len; i++) {
        if (strncasecmp(text + i, NAME, sizeof(NAME) - 1) == 0) {
            return true;
        }
    }
    return false;
}

/* Replaces the input in the form that is asked for; the output is allocated. */
static char *replace(unsigned form, const char *text, size_t len, size_t *ret_len)
{
    struct sae_anonymous *anon = sae_anonymous_new();
    struct sae_buf out;
    char *taken;

    require(anon != NULL);
    sae_anonymous_host(anon, "graph", "https://graph.example:8443");
    sae_buf_init(&out, 1 << 24);
    if (form == 0) {
        sae_anonymous_url(anon, text, len, &out);
    } else if (form == 1) {
        sae_anonymous_prose(anon, text, len, &out);
    } else if (form == 2) {
        sae_anonymous_value(anon, "displayName", text, len, &out);
    } else if (form == 3) {
        sae_anonymous_value(anon, "code", text, len, &out);
    } else if (sae_anonymous_json(anon, text, len, &out, NULL) == SAE_OK) {
        require(is_document(text, len));
        require(is_document(out.data, out.len));
    } else {
        require(!is_document(text, len));
        sae_buf_clear(&out);
    }
    require(sae_buf_status(&out) == SAE_OK);
    *ret_len = out.len;
    sae_buf_add(&out, "", 0);
    taken = sae_buf_take(&out);
    sae_buf_done(&out);
    sae_anonymous_free(anon);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text, *first, *second;
    size_t len, at, first_len, second_len;

    if (size < HEAD || size > MOST) {
        return 0;
    }
    len = size - HEAD;
    at = ((size_t)data[1] << 8 | data[2]) % (len + 1);
    text = malloc(len + sizeof(NAME));
    require(text != NULL);
    memcpy(text, data + HEAD, at);
    memcpy(text + at, NAME, sizeof(NAME) - 1);
    memcpy(text + at + sizeof(NAME) - 1, data + HEAD + at, len - at);
    len += sizeof(NAME) - 1;
    first = replace(data[0] % 8, text, len, &first_len);
    second = replace(data[0] % 8, text, len, &second_len);
    require(first != NULL && second != NULL);
    require(first_len == second_len && memcmp(first, second, first_len) == 0);
    require(!holds_name(first, first_len));
    for (size_t i = 0; i < first_len; i++) {
        require((unsigned char)first[i] < 0x80);
    }
    free(first);
    free(second);
    free(text);
    return 0;
}
