/* SPDX-License-Identifier: MIT */
/* A JSON document with its values replaced, written as the scanner reads it: what only
 * spoils a string must not lose the whole recording. */
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"
#include "base/text.h"
#include "fetch/record/anonymous_private.h"

enum { SHORT_NUMBER = 7 };

struct level {
    bool object;
    bool begun; /* something stands in it already */
    char name[SAE_SCAN_KEY + 1]; /* of the member being read; an array has that of its own */
};

struct writer {
    struct sae_anonymous *anon;
    struct sae_buf *out;
    struct sae_buf scratch;
    size_t depth;
    struct level level[SAE_SCAN_DEPTH + 1]; /* [0] is around the document */
};

void sae_anonymous_quote(struct sae_buf *out, const char *text, size_t len)
{
    sae_buf_puts(out, "\"");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\') {
            sae_buf_puts(out, "\\");
            sae_buf_add(out, text + i, 1);
        } else if (c < ' ' || c > '~') {
            sae_buf_printf(out, "\\u%04x", c);
        } else {
            sae_buf_add(out, text + i, 1);
        }
    }
    sae_buf_puts(out, "\"");
}

static void put_scratch(struct writer *writer)
{
    sae_anonymous_quote(writer->out, sae_buf_text(&writer->scratch), writer->scratch.len);
    if (sae_buf_status(&writer->scratch) != SAE_OK && writer->out->status == SAE_OK) {
        writer->out->status = writer->scratch.status;
    }
    sae_buf_clear(&writer->scratch);
}

static bool on_member(void *arg, const char *name, size_t len)
{
    struct writer *writer = arg;
    struct level *level = &writer->level[writer->depth];

    sae_buf_puts(writer->out, level->begun ? "," : "");
    level->begun = true;
    (void)sae_text_copy(level->name, sizeof(level->name), name, len);
    sae_anonymous_name(writer->anon, name, len, &writer->scratch);
    put_scratch(writer);
    sae_buf_puts(writer->out, ":");
    return true;
}

static void put_string(struct writer *writer, const struct sae_scan_value *value)
{
    const char *name = writer->level[writer->depth].name;

    if (!value->spoiled) {
        sae_anonymous_value(writer->anon, name, value->text, value->len,
                            &writer->scratch);
    } else if (sae_rule_of(name) == SAE_RULE_SECRET) {
        sae_buf_puts(&writer->scratch, "token-1");
    } else {
        sae_word_put(writer->anon, SAE_WORD_TEXT, (const char *)&value->hash,
                     sizeof(value->hash), &writer->scratch);
        /* Who replays it shall meet a spoiled string too, unless it was too long only. */
        if (value->len < SAE_SCAN_TEXT - 4) {
            sae_buf_add(&writer->scratch, "", 1);
        }
    }
    put_scratch(writer);
}

/* More digits number somebody: an address, a telephone, an employee. */
static bool is_short(const char *text, size_t len)
{
    size_t digits = 0;

    for (size_t i = 0; i < len; i++) {
        digits += text[i] >= '0' && text[i] <= '9' ? 1 : 0;
    }
    return digits <= SHORT_NUMBER;
}

static bool is_time_or_code(const char *text, size_t len)
{
    size_t sign = len > 0 && text[0] == '-' ? 1 : 0;

    return sae_shape_digits(text + sign, len - sign, 10);
}

static void put_number(struct writer *writer, const struct sae_scan_value *value)
{
    enum sae_rule rule = sae_rule_of(writer->level[writer->depth].name);
    bool may_be_long = rule == SAE_RULE_DIGITS || rule == SAE_RULE_CODE;

    if (rule == SAE_RULE_SECRET) {
        sae_buf_puts(writer->out, "\"token-1\"");
    } else if (rule == SAE_RULE_NETWORK) {
        sae_buf_puts(writer->out, "64500"); /* for documentation, RFC 5398 */
    } else if (rule != SAE_RULE_PLACE &&
               (is_short(value->text, value->len) ||
                (may_be_long && is_time_or_code(value->text, value->len)))) {
        sae_buf_add(writer->out, value->text, value->len);
    } else {
        sae_buf_puts(writer->out, "0");
    }
}

static void open_level(struct writer *writer, bool object)
{
    const struct level *outer = &writer->level[writer->depth];
    struct level *inner = &writer->level[++writer->depth];

    sae_buf_puts(writer->out, object ? "{" : "[");
    inner->object = object;
    inner->begun = false;
    sae_text_fit(inner->name, sizeof(inner->name), object ? "" : outer->name);
}

static enum sae_status on_value(void *arg, const struct sae_scan_value *value,
                                struct sae_err *err)
{
    static const char *const words[] = {
        [SAE_SCAN_NULL] = "null", [SAE_SCAN_FALSE] = "false", [SAE_SCAN_TRUE] = "true"};
    struct writer *writer = arg;
    struct level *level = &writer->level[writer->depth];

    if (!level->object) {
        sae_buf_puts(writer->out, level->begun ? "," : "");
        level->begun = true;
    }
    switch (value->kind) {
    case SAE_SCAN_OBJECT:
    case SAE_SCAN_ARRAY:
        open_level(writer, value->kind == SAE_SCAN_OBJECT);
        break;
    case SAE_SCAN_STRING:
        put_string(writer, value);
        break;
    case SAE_SCAN_NUMBER:
        put_number(writer, value);
        break;
    default:
        sae_buf_puts(writer->out, words[value->kind]);
    }
    if (sae_buf_status(writer->out) != SAE_OK) {
        return sae_fail(err, writer->out->status, "too long once replaced");
    }
    return SAE_OK;
}

static enum sae_status on_end(void *arg, struct sae_err *err)
{
    struct writer *writer = arg;

    (void)err;
    sae_buf_puts(writer->out, writer->level[writer->depth].object ? "}" : "]");
    writer->depth--;
    return SAE_OK;
}

enum sae_status sae_anonymous_json(struct sae_anonymous *anon, const char *data, size_t len,
                                   struct sae_buf *out, struct sae_err *err)
{
    static const struct sae_scan_handler handler = {
        .member = on_member, .value = on_value, .end = on_end};
    struct writer *writer = calloc(1, sizeof(*writer));
    struct sae_scan *scan = sae_scan_new(&handler, writer, false);
    enum sae_status status;

    if (writer == NULL || scan == NULL) {
        status = sae_fail(err, SAE_E_NOMEM, "out of memory");
    } else {
        writer->anon = anon;
        writer->out = out;
        sae_buf_init(&writer->scratch, out->max);
        status = sae_scan_feed(scan, data, len, err);
        if (status == SAE_OK) {
            status = sae_scan_finish(scan, err);
        }
        if (status == SAE_OK && sae_buf_status(out) != SAE_OK) {
            status = sae_fail(err, out->status, "too long once replaced");
        }
        sae_buf_done(&writer->scratch);
    }
    sae_scan_free(scan);
    free(writer);
    return status;
}
