/* SPDX-License-Identifier: MIT */
#include "base/scan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/scan_private.h"

enum state {
    AT_ROOT,        /* a root value may begin */
    AT_GAP,         /* after a root value of many: white space or the end */
    AT_END,         /* after the only root value: nothing but white space */
    AT_VALUE,       /* a value must begin */
    AT_FIRST_VALUE, /* after [ */
    AT_FIRST_NAME,  /* after { */
    AT_NAME,        /* after a comma in an object */
    AT_COLON,
    AT_NEXT, /* after a value in a container */
    IN_NAME,
    IN_STRING,
    IN_NUMBER,
    IN_LITERAL
};

struct sae_scan {
    struct sae_scan_handler handler;
    void *arg;
    struct sae_scan_rows *rows;
    bool many;
    bool refuse_hidden_names;
    enum state state;
    unsigned depth;     /* open containers */
    uint32_t is_object; /* bit depth - 1: that container is an object */
    unsigned skip;      /* 0, or the depth of the object whose member is being skipped */

    const unsigned char *piece; /* during a call of sae_scan_feed() */
    uint64_t before;            /* bytes before that piece */
    enum sae_status status;
    struct sae_err failure;

    uint64_t token; /* offset at which the number began */
    size_t number_len;
    char number[SAE_SCAN_DIGITS];
    const char *literal; /* what remains of it */
    enum sae_scan_kind literal_kind;
    struct sae_scan_string string;
    struct sae_scan_pattern pattern;
};

/* Step functions return the first byte not taken, or NULL after a failure. */
static const unsigned char *fail_at(struct sae_scan *scan, uint64_t offset,
                                    enum sae_status code, const char *wrong)
{
    scan->status = sae_fail(&scan->failure, code, "byte %" PRIu64 ": %s", offset, wrong);
    return NULL;
}

static const unsigned char *bad_byte(struct sae_scan *scan, const unsigned char *p,
                                     const char *wrong)
{
    return fail_at(scan, scan->before + (uint64_t)(p - scan->piece), SAE_E_FORMAT, wrong);
}

static bool accept_status(struct sae_scan *scan, enum sae_status status)
{
    if (status != SAE_OK) {
        scan->status = status;
        scan->failure.code = status;
    }
    return status == SAE_OK;
}

static bool deliver(struct sae_scan *scan, const struct sae_scan_value *value)
{
    return scan->skip != 0 ||
           accept_status(scan, scan->handler.value(scan->arg, value, &scan->failure));
}

static void value_done(struct sae_scan *scan)
{
    if (scan->skip == scan->depth) {
        scan->skip = 0;
    }
    scan->state = scan->depth > 0 ? AT_NEXT : scan->many ? AT_GAP : AT_END;
}

static bool in_object(const struct sae_scan *scan)
{
    return (scan->is_object >> (scan->depth - 1) & 1) != 0;
}

static const unsigned char *open_container(struct sae_scan *scan, const unsigned char *p)
{
    bool object = *p == '{';
    struct sae_scan_value value = {.kind = object ? SAE_SCAN_OBJECT : SAE_SCAN_ARRAY};
    uint32_t bit;

    if (scan->depth == SAE_SCAN_DEPTH) {
        return fail_at(scan, scan->before + (uint64_t)(p - scan->piece), SAE_E_LIMIT,
                       "nested deeper than 32 levels");
    }
    if (!deliver(scan, &value)) {
        return NULL;
    }
    bit = UINT32_C(1) << scan->depth++;
    scan->is_object = object ? scan->is_object | bit : scan->is_object & ~bit;
    scan->state = object ? AT_FIRST_NAME : AT_FIRST_VALUE;
    return p + 1;
}

static const unsigned char *close_container(struct sae_scan *scan, const unsigned char *p)
{
    if (scan->skip == 0 &&
        !accept_status(scan, scan->handler.end(scan->arg, &scan->failure))) {
        return NULL;
    }
    scan->depth--;
    value_done(scan);
    return p + 1;
}

static bool scalar_done(struct sae_scan *scan, const struct sae_scan_value *value)
{
    if (!deliver(scan, value)) {
        return false;
    }
    value_done(scan);
    return true;
}

static bool number_done(struct sae_scan *scan, const char *text, size_t len)
{
    struct sae_scan_value value = {.kind = SAE_SCAN_NUMBER, .text = text, .len = len};

    if (!sae_scan_is_number(text, len)) {
        fail_at(scan, scan->token, SAE_E_FORMAT, "a number against the grammar");
        return false;
    }
    return scalar_done(scan, &value);
}

/* The bytes that may belong to a number are collected first and judged together. */
static const unsigned char *take_number(struct sae_scan *scan, const unsigned char *p,
                                        const unsigned char *end)
{
    const unsigned char *from = p;
    size_t len;

    while (p < end && sae_scan_is_number_byte(*p)) {
        p++;
    }
    len = (size_t)(p - from);
    if (len > SAE_SCAN_DIGITS - scan->number_len) {
        return fail_at(scan, scan->token, SAE_E_LIMIT, "a number longer than 32 bytes");
    }
    memcpy(scan->number + scan->number_len, from, len);
    scan->number_len += len;
    if (p == end) {
        return p;
    }
    return number_done(scan, scan->number, scan->number_len) ? p : NULL;
}

static const unsigned char *begin_number(struct sae_scan *scan, const unsigned char *p,
                                         const unsigned char *end)
{
    scan->token = scan->before + (uint64_t)(p - scan->piece);
    scan->number_len = 0;
    scan->state = IN_NUMBER;
    return take_number(scan, p, end);
}

static const unsigned char *take_literal(struct sae_scan *scan, const unsigned char *p,
                                         const unsigned char *end)
{
    struct sae_scan_value value = {.kind = scan->literal_kind};

    while (p < end && *scan->literal != '\0') {
        if (*p != (unsigned char)*scan->literal) {
            return bad_byte(scan, p, "not true, false or null");
        }
        p++;
        scan->literal++;
    }
    if (*scan->literal != '\0') {
        return p;
    }
    return scalar_done(scan, &value) ? p : NULL;
}

static const unsigned char *begin_literal(struct sae_scan *scan, const unsigned char *p,
                                          const unsigned char *end, const char *literal,
                                          enum sae_scan_kind kind)
{
    scan->literal = literal;
    scan->literal_kind = kind;
    scan->state = IN_LITERAL;
    return take_literal(scan, p, end);
}

/* Without a name (NULL) nobody is asked. */
static bool name_done(struct sae_scan *scan, const char *name, size_t len)
{
    scan->state = AT_COLON;
    if (scan->skip == 0 &&
        (name == NULL || !scan->handler.member(scan->arg, name, len))) {
        scan->skip = scan->depth;
    }
    return true;
}

static bool hidden_name(struct sae_scan *scan, const unsigned char *p, bool too_long)
{
    if (scan->refuse_hidden_names) {
        fail_at(scan, scan->before + (uint64_t)(p - scan->piece) - 1,
                too_long ? SAE_E_LIMIT : SAE_E_FORMAT,
                too_long ? "a member name longer than 128 bytes"
                         : "a member name with NUL or half a surrogate pair");
        return false;
    }
    return name_done(scan, NULL, 0);
}

static const unsigned char *take_string(struct sae_scan *scan, const unsigned char *p,
                                        const unsigned char *end)
{
    struct sae_scan_string *string = &scan->string;
    enum sae_scan_string_result result;
    bool ok;

    p = sae_scan_string_run(string, p, end, &result);
    if (result == SAE_SCAN_STRING_MORE) {
        return p;
    }
    if (result == SAE_SCAN_STRING_BAD) {
        return bad_byte(scan, p, string->wrong);
    }
    if (scan->state == IN_STRING) {
        struct sae_scan_value value = {.kind = SAE_SCAN_STRING,
                                       .text = string->text,
                                       .len = string->len,
                                       .spoiled = string->spoiled,
                                       .hash = string->spoiled ? string->hash : 0};

        ok = scalar_done(scan, &value);
    } else if (string->spoiled) {
        ok = hidden_name(scan, p, string->cut);
    } else {
        ok = name_done(scan, string->text, string->len);
    }
    return ok ? p : NULL;
}

/* A plain string that lies in this piece, handed over where it is. */
static bool hand_over(struct sae_scan *scan, const unsigned char *text, size_t len,
                      enum state state)
{
    struct sae_scan_value value = {
        .kind = SAE_SCAN_STRING, .text = (const char *)text, .len = len};

    return state == IN_NAME ? name_done(scan, value.text, len) : scalar_done(scan, &value);
}

/* `p` is at the opening quote. A string that is not plain is decoded into the buffer. */
static const unsigned char *begin_string(struct sae_scan *scan, const unsigned char *p,
                                         const unsigned char *end, enum state state)
{
    const unsigned char *from = p + 1, *stop = sae_scan_plain_end(from, end);
    size_t limit = state == IN_NAME ? SAE_SCAN_KEY : SAE_SCAN_TEXT;
    size_t len = (size_t)(stop - from);

    if (stop < end && *stop == '"' && len <= limit) {
        return hand_over(scan, from, len, state) ? stop + 1 : NULL;
    }
    sae_scan_string_begin(&scan->string, scan->skip == 0, limit);
    scan->state = state;
    return from == end ? from : take_string(scan, from, end);
}

/* What was learned may contain an empty list, which the deepest level may not. */
static struct sae_scan_pass new_pass(struct sae_scan *scan)
{
    bool may_nest = scan->depth < SAE_SCAN_DEPTH, silent = scan->skip != 0;
    bool in_row = scan->rows != NULL && scan->rows->in_row && !silent && may_nest;

    return (struct sae_scan_pass){
        .handler = &scan->handler, .arg = scan->arg, .err = &scan->failure,
        .rows = scan->rows, .silent = silent, .may_nest = may_nest,
        .first = scan->state == AT_FIRST_NAME, .pattern = in_row ? &scan->pattern : NULL};
}

/* `p` is at the opening quote of an element. */
static const unsigned char *begin_texts(struct sae_scan *scan, const unsigned char *p,
                                        const unsigned char *end)
{
    struct sae_scan_pass pass = new_pass(scan);
    enum sae_scan_pass_stop stop;

    p = sae_scan_pass_texts(&pass, p, end, &stop);
    if (!accept_status(scan, pass.status)) {
        return NULL;
    }
    if (stop != SAE_SCAN_PASS_NEXT) {
        return begin_string(scan, p, end, IN_STRING);
    }
    scan->state = AT_NEXT;
    return p;
}

static const unsigned char *begin_value(struct sae_scan *scan, const unsigned char *p,
                                        const unsigned char *end)
{
    switch (*p) {
    case '"':
        return scan->depth > 0 && !in_object(scan) ? begin_texts(scan, p, end)
                                                   : begin_string(scan, p, end, IN_STRING);
    case '{':
    case '[':
        return open_container(scan, p);
    case 'n':
        return begin_literal(scan, p, end, "null", SAE_SCAN_NULL);
    case 'f':
        return begin_literal(scan, p, end, "false", SAE_SCAN_FALSE);
    case 't':
        return begin_literal(scan, p, end, "true", SAE_SCAN_TRUE);
    default:
        return *p == '-' || sae_scan_is_digit(*p)
                   ? begin_number(scan, p, end)
                   : bad_byte(scan, p, "no value begins with this byte");
    }
}

static const unsigned char *begin_name(struct sae_scan *scan, const unsigned char *p,
                                       const unsigned char *end)
{
    struct sae_scan_pass pass = new_pass(scan);
    enum sae_scan_pass_stop stop;

    if (*p != '"') {
        return bad_byte(scan, p, "a member name is missing");
    }
    p = sae_scan_pass_members(&pass, p, end, &stop);
    if (!accept_status(scan, pass.status)) {
        return NULL;
    }
    if (stop == SAE_SCAN_PASS_NAME) {
        return begin_string(scan, p, end, IN_NAME);
    }
    if (stop == SAE_SCAN_PASS_NEXT) {
        scan->state = AT_NEXT;
        return p;
    }
    if (stop == SAE_SCAN_PASS_UNWANTED && scan->skip == 0) {
        scan->skip = scan->depth;
    }
    scan->state = AT_VALUE;
    return sae_scan_is_space(*p) ? p : begin_value(scan, p, end);
}

static const unsigned char *after_value(struct sae_scan *scan, const unsigned char *p)
{
    bool object = in_object(scan);

    if (*p == ',') {
        scan->state = object ? AT_NAME : AT_VALUE;
        return p + 1;
    }
    if (*p == (object ? '}' : ']')) {
        return close_container(scan, p);
    }
    return bad_byte(scan, p, "a comma or the end of the container is missing");
}

/* Between tokens; `p` is not white space. */
static const unsigned char *next_token(struct sae_scan *scan, const unsigned char *p,
                                       const unsigned char *end)
{
    switch (scan->state) {
    case AT_NEXT:
        return after_value(scan, p);
    case AT_FIRST_NAME:
        return *p == '}' ? close_container(scan, p) : begin_name(scan, p, end);
    case AT_NAME:
        return begin_name(scan, p, end);
    case AT_COLON:
        if (*p != ':') {
            return bad_byte(scan, p, "a colon is missing");
        }
        scan->state = AT_VALUE;
        return p + 1;
    case AT_FIRST_VALUE:
        return *p == ']' ? close_container(scan, p) : begin_value(scan, p, end);
    case AT_GAP:
        return bad_byte(scan, p, "no white space after a value");
    case AT_END:
        return bad_byte(scan, p, "something follows the end of the document");
    default:
        return begin_value(scan, p, end);
    }
}

static const unsigned char *step(struct sae_scan *scan, const unsigned char *p,
                                 const unsigned char *end)
{
    switch (scan->state) {
    case IN_NAME:
    case IN_STRING:
        return take_string(scan, p, end);
    case IN_NUMBER:
        return take_number(scan, p, end);
    case IN_LITERAL:
        return take_literal(scan, p, end);
    default:
        break;
    }
    if (!sae_scan_is_space(*p)) {
        return next_token(scan, p, end);
    }
    if (scan->state == AT_GAP) {
        scan->state = AT_ROOT;
    }
    while (p < end && sae_scan_is_space(*p)) {
        p++;
    }
    return p;
}

struct sae_scan *sae_scan_new(const struct sae_scan_handler *handler, void *arg,
                              bool many)
{
    struct sae_scan *scan = calloc(1, sizeof(*scan));

    if (scan != NULL) {
        scan->handler = *handler;
        scan->arg = arg;
        scan->many = many;
        scan->state = AT_ROOT;
    }
    return scan;
}

void sae_scan_free(struct sae_scan *scan)
{
    free(scan);
}

void sae_scan_rows(struct sae_scan *scan, struct sae_scan_rows *rows)
{
    scan->rows = rows;
}

void sae_scan_refuse_hidden_names(struct sae_scan *scan)
{
    scan->refuse_hidden_names = true;
}

static enum sae_status report(const struct sae_scan *scan, struct sae_err *err)
{
    if (scan->status != SAE_OK && err != NULL) {
        *err = scan->failure;
    }
    return scan->status;
}

enum sae_status sae_scan_feed(struct sae_scan *scan, const char *data, size_t len,
                              struct sae_err *err)
{
    const unsigned char *p = (const unsigned char *)data;

    if (scan->status == SAE_OK && len > 0) {
        const unsigned char *end = p + len;

        scan->piece = p;
        while (p != NULL && p < end) {
            p = step(scan, p, end);
        }
        scan->before += len;
    }
    return report(scan, err);
}

enum sae_status sae_scan_finish(struct sae_scan *scan, struct sae_err *err)
{
    if (scan->status == SAE_OK && scan->state == IN_NUMBER && scan->depth == 0) {
        number_done(scan, scan->number, scan->number_len);
    }
    if (scan->status != SAE_OK) {
        return report(scan, err);
    }
    if (scan->state == AT_ROOT && !scan->many) {
        fail_at(scan, scan->before, SAE_E_FORMAT, "ends before a value began");
    } else if (scan->state != AT_ROOT && scan->state != AT_GAP && scan->state != AT_END) {
        fail_at(scan, scan->before, SAE_E_FORMAT, "ends in the middle");
    }
    return report(scan, err);
}
