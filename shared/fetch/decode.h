/* SPDX-License-Identifier: MIT */
/* Bytes of a file as UTF-8 without a byte order mark. UTF-8 passes unchanged (and is not
 * validated here); UTF-16, which PowerShell 5.1 writes by default, is converted: little
 * endian by its mark or by a zero second byte, big endian by its mark. A lone surrogate
 * becomes U+FFFD. Zero-initialised is the start. */
#ifndef SAE_DECODE_H
#define SAE_DECODE_H

#include <stddef.h>

#include "base/err.h"

enum sae_decode_form {
    SAE_DECODE_UNKNOWN = 0,
    SAE_DECODE_UTF8,
    SAE_DECODE_UTF16LE,
    SAE_DECODE_UTF16BE
};

struct sae_decode {
    enum sae_decode_form form;
    unsigned char held[4]; /* bytes that could not be decided or paired yet */
    size_t held_len;
};

typedef enum sae_status (*sae_decode_sink)(void *arg, const char *data, size_t len,
                                           struct sae_err *err);

/* Passes the next bytes on, in one or more pieces. */
enum sae_status sae_decode_feed(struct sae_decode *dec, const char *data, size_t len,
                                sae_decode_sink sink, void *arg,
                                struct sae_err *err) SAE_MUST_CHECK;

/* The input ended: passes on what was held; SAE_E_FORMAT on half a UTF-16 unit. */
enum sae_status sae_decode_finish(struct sae_decode *dec, sae_decode_sink sink, void *arg,
                                  struct sae_err *err) SAE_MUST_CHECK;

#endif
