/* SPDX-License-Identifier: MIT */
/* What becomes of one value, one URL, one document. */
#ifndef SAE_TEST_REPLACING_H
#define SAE_TEST_REPLACING_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/record/anonymous.h"
#include "folder.h"
#include "strict_json.h"


static struct sae_anonymous *anon;
static struct sae_buf out;

static inline void setup(void)
{
    anon = sae_anonymous_new();
    ck_assert_ptr_nonnull(anon);
    sae_anonymous_host(anon, "login", "https://login.microsoftonline.com");
    sae_anonymous_host(anon, "graph", "https://graph.microsoft.com");
    sae_anonymous_host(anon, "exchange", "https://outlook.office365.com");
    sae_anonymous_host(anon, "identity", "http://169.254.169.254");
    sae_buf_init(&out, 1 << 24);
}

static inline void teardown(void)
{
    sae_buf_done(&out);
    sae_anonymous_free(anon);
}

static inline const char *value_in(const char *name, const char *text)
{
    sae_buf_clear(&out);
    sae_anonymous_value(anon, name, text, strlen(text), &out);
    ck_assert_int_eq(sae_buf_status(&out), SAE_OK);
    return sae_buf_text(&out);
}

static inline const char *value(const char *text)
{
    return value_in("DisplayName", text);
}

static inline const char *prose(const char *text)
{
    return value_in("message", text);
}

static inline const char *url(const char *text)
{
    sae_buf_clear(&out);
    sae_anonymous_url(anon, text, strlen(text), &out);
    return sae_buf_text(&out);
}

static inline const char *json_bytes(const char *text, size_t len)
{
    struct sae_err err = {0};

    sae_buf_clear(&out);
    ck_assert_msg(sae_anonymous_json(anon, text, len, &out, &err) == SAE_OK, "%s: %s", text,
                  err.text);
    ck_assert_msg(strict_json(sae_buf_text(&out), out.len), "no JSON: %s",
                  sae_buf_text(&out));
    return sae_buf_text(&out);
}

static inline const char *json(const char *text)
{
    return json_bytes(text, strlen(text));
}

#endif
