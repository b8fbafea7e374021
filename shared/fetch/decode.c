/* SPDX-License-Identifier: MIT */
#include "fetch/decode.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { REPLACEMENT = 0xfffd, PIECE = 4096, UTF8_MOST = 4 };

/* UTF-8 on its way to the sink. */
struct piece {
    char data[PIECE];
    size_t len;
    sae_decode_sink sink;
    void *arg;
    struct sae_err *err;
};

static enum sae_status flush(struct piece *out)
{
    size_t len = out->len;

    out->len = 0;
    return len == 0 ? SAE_OK : out->sink(out->arg, out->data, len, out->err);
}

static enum sae_status put(struct piece *out, uint32_t c)
{
    char *to = out->data + out->len;

    if (c < 0x80) {
        to[0] = (char)c;
        out->len += 1;
    } else if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        out->len += 2;
    } else if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        out->len += 3;
    } else {
        to[0] = (char)(0xf0 | c >> 18);
        to[1] = (char)(0x80 | (c >> 12 & 0x3f));
        to[2] = (char)(0x80 | (c >> 6 & 0x3f));
        to[3] = (char)(0x80 | (c & 0x3f));
        out->len += 4;
    }
    return out->len > PIECE - UTF8_MOST ? flush(out) : SAE_OK;
}

static uint32_t unit_at(const struct sae_decode *dec, size_t at)
{
    uint32_t a = dec->held[at], b = dec->held[at + 1];

    return dec->form == SAE_DECODE_UTF16LE ? b << 8 | a : a << 8 | b;
}

static bool is_high(uint32_t unit)
{
    return (unit & 0xfc00) == 0xd800;
}

static bool is_low(uint32_t unit)
{
    return (unit & 0xfc00) == 0xdc00;
}

/* The bytes held are whole units: passes on what they say, keeps a high surrogate that
 * still waits for its partner. */
static enum sae_status take_units(struct sae_decode *dec, struct piece *out)
{
    uint32_t unit = unit_at(dec, 0);

    if (dec->held_len == 4) {
        uint32_t second = unit_at(dec, 2);
        enum sae_status status;

        if (is_low(second)) {
            dec->held_len = 0;
            return put(out, 0x10000 + ((unit & 0x3ff) << 10 | (second & 0x3ff)));
        }
        memmove(dec->held, dec->held + 2, 2);
        dec->held_len = 2;
        unit = second;
        status = put(out, REPLACEMENT);
        if (status != SAE_OK) {
            return status;
        }
    }
    if (is_high(unit)) {
        return SAE_OK;
    }
    dec->held_len = 0;
    return put(out, is_low(unit) ? REPLACEMENT : unit);
}

static enum sae_status take_bytes(struct sae_decode *dec, const char *data, size_t len,
                                  struct piece *out)
{
    for (size_t i = 0; i < len; i++) {
        enum sae_status status = SAE_OK;

        dec->held[dec->held_len++] = (unsigned char)data[i];
        if (dec->held_len % 2 == 0) {
            status = take_units(dec, out);
        }
        if (status != SAE_OK) {
            return status;
        }
    }
    return flush(out);
}

/* Decides the form from the bytes held, if they suffice. The mark of byte order is
 * dropped. */
static void decide(struct sae_decode *dec)
{
    static const unsigned char mark8[3] = {0xef, 0xbb, 0xbf};
    const unsigned char *held = dec->held;
    size_t len = dec->held_len, mark = 0;

    if (len < 2) {
        return;
    }
    if (held[0] == 0xff && held[1] == 0xfe) {
        dec->form = SAE_DECODE_UTF16LE;
        mark = 2;
    } else if (held[0] == 0xfe && held[1] == 0xff) {
        dec->form = SAE_DECODE_UTF16BE;
        mark = 2;
    } else if (held[1] == 0) {
        dec->form = SAE_DECODE_UTF16LE;
    } else if (memcmp(held, mark8, 2) != 0) {
        dec->form = SAE_DECODE_UTF8;
    } else if (len == 3) {
        dec->form = SAE_DECODE_UTF8;
        mark = held[2] == mark8[2] ? 3 : 0;
    }
    memmove(dec->held, dec->held + mark, len - mark);
    dec->held_len = len - mark;
}

/* Hands over what was held while the form was unknown. */
static enum sae_status begin(struct sae_decode *dec, struct piece *out)
{
    size_t len = dec->held_len;
    char held[sizeof(dec->held)];

    memcpy(held, dec->held, sizeof(held));
    dec->held_len = 0;
    if (len == 0) {
        return SAE_OK;
    }
    return dec->form == SAE_DECODE_UTF8 ? out->sink(out->arg, held, len, out->err)
                                        : take_bytes(dec, held, len, out);
}

enum sae_status sae_decode_feed(struct sae_decode *dec, const char *data, size_t len,
                                sae_decode_sink sink, void *arg, struct sae_err *err)
{
    struct piece out = {.sink = sink, .arg = arg, .err = err};
    size_t at = 0;

    while (dec->form == SAE_DECODE_UNKNOWN && at < len) {
        dec->held[dec->held_len++] = (unsigned char)data[at++];
        decide(dec);
        if (dec->form != SAE_DECODE_UNKNOWN) {
            enum sae_status status = begin(dec, &out);

            if (status != SAE_OK) {
                return status;
            }
        }
    }
    if (at == len) {
        return SAE_OK;
    }
    return dec->form == SAE_DECODE_UTF8 ? sink(arg, data + at, len - at, err)
                                        : take_bytes(dec, data + at, len - at, &out);
}

enum sae_status sae_decode_finish(struct sae_decode *dec, sae_decode_sink sink, void *arg,
                                  struct sae_err *err)
{
    struct piece out = {.sink = sink, .arg = arg, .err = err};

    if (dec->form == SAE_DECODE_UNKNOWN) {
        dec->form = SAE_DECODE_UTF8;
        return begin(dec, &out);
    }
    if (dec->held_len % 2 != 0) {
        return sae_fail(err, SAE_E_FORMAT, "UTF-16 text ends inside a character");
    }
    if (dec->held_len == 2) {
        enum sae_status status = put(&out, REPLACEMENT);

        dec->held_len = 0;
        return status == SAE_OK ? flush(&out) : status;
    }
    return SAE_OK;
}
