/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "plugins/report/plan/plan.h"

/* Bytes of the well-formed character at `s`, which is not ASCII; 1 if there is none. */
static size_t length_of(const char *s)
{
    size_t left = strnlen(s, 4);

    for (size_t n = 2; n <= left; n++) {
        if (sae_text_is_utf8(s, n)) {
            return n;
        }
    }
    return 1;
}

static bool is_typographic_quote(const char *s, size_t len)
{
    return len == 3 && memcmp(s, "\xe2\x80", 2) == 0 && s[2] >= '\x98' && s[2] <= '\x9b';
}

void sae_plan_quote(struct sae_buf *out, const char *text)
{
    sae_buf_add(out, "'", 1);
    while (*text != '\0') {
        unsigned char c = (unsigned char)*text;
        size_t len = c < 0x80 ? 1 : length_of(text);

        if (c == '\'' || is_typographic_quote(text, len)) {
            sae_buf_add(out, "''", 2);
        } else if (c >= 0x20 && c < 0x7f) {
            sae_buf_add(out, text, 1);
        } else {
            sae_buf_add(out, "?", 1);
        }
        text += len;
    }
    sae_buf_add(out, "'", 1);
}

void sae_plan_comment(struct sae_buf *out, const char *indent, const char *text)
{
    char line[2 * SAE_PLAN_ABOUT];

    snprintf(line, sizeof(line), "%s", text);
    sae_text_message(line);
    sae_buf_printf(out, "%s# %s\n", indent, line);
}

bool sae_plan_is_guid(const char *text)
{
    static const char shape[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    size_t i;

    for (i = 0; shape[i] != '\0' && text[i] != '\0'; i++) {
        bool hex = strchr("0123456789abcdefABCDEF", text[i]) != NULL;

        if (shape[i] == 'h' ? !hex : text[i] != '-') {
            return false;
        }
    }
    return shape[i] == '\0' && text[i] == '\0';
}

const char *sae_plan_word(enum sae_flag flag)
{
    switch (flag) {
    case SAE_FLAG_ENABLED:
        return "false";
    case SAE_FLAG_DISABLED:
        return "true";
    default:
        return "null";
    }
}
