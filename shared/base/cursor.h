/* SPDX-License-Identifier: MIT */
/* Strict scanners over a piece of text. Each advances only on success and never reads past
 * the end; nothing skips blanks or accepts a sign unasked. */
#ifndef SAE_CURSOR_H
#define SAE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sae_cursor {
    const char *at;
    const char *end;
};

struct sae_cursor sae_cursor_text(const char *text);
struct sae_cursor sae_cursor_bytes(const char *data, size_t len);

bool sae_cursor_at_end(const struct sae_cursor *cur);

/* Takes the byte `c` if it is next. */
bool sae_cursor_char(struct sae_cursor *cur, char c);

/* Takes the word `word` (ASCII case ignored) if it is next. */
bool sae_cursor_word(struct sae_cursor *cur, const char *word);

/* Takes decimal digits, at least one, value at most `max`. */
bool sae_cursor_decimal(struct sae_cursor *cur, uint64_t max, uint64_t *ret_value);

/* Takes exactly `count` decimal digits. */
bool sae_cursor_digits(struct sae_cursor *cur, unsigned count, unsigned *ret_value);

/* Takes blanks and tabs, any number. */
void sae_cursor_blanks(struct sae_cursor *cur);

/* Whole text as one duration: a positive integer and one of s m h d ("90s", "30d"), at most
 * 4000 days. The result is in seconds. */
bool sae_duration_parse(const char *text, int64_t *ret_seconds);

/* Seconds in the shortest exact unit ("36h"); `text` holds at least 24 bytes. Returns text. */
char *sae_duration_format(char *text, size_t cap, int64_t seconds);

#endif
