/* SPDX-License-Identifier: MIT */
/* The only two ways in which text reaches a reader.
 *
 * Names, agents and places in sign-ins are chosen by attackers, and the systems downstream
 * (Nagios, Icinga Web, mail commands, shells) do not protect themselves. sae_text_safe() is
 * for such text; sae_text_message() is for whole messages of our own that may quote a path or
 * a piece of input. */
#ifndef SAE_TEXT_H
#define SAE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SAE_TEXT_SHOWN = 64 }; /* most bytes of foreign text that anybody is shown */

/* Writes `src` (any bytes, `len` of them, NUL counts as a byte) as at most
 * min(cap - 1, SAE_TEXT_SHOWN) characters of [A-Za-z0-9@._+:-]; every other byte becomes '?',
 * a multi-byte UTF-8 character becomes one '?', and '~' marks a cut. Returns dst. */
char *sae_text_safe(char *dst, size_t cap, const char *src, size_t len);

/* Replaces in place what our own messages must not carry: bytes outside printable ASCII and
 * | < > & ' " [ ] { } $ % ; ` \ each become '?'. */
void sae_text_message(char *text);

/* True if `len` bytes at `s` are well-formed UTF-8 without NUL (RFC 3629: no overlong forms,
 * no surrogates, nothing above U+10FFFF). */
bool sae_text_is_utf8(const char *s, size_t len);

/* ASCII-only lower case, in place: locale never matters. */
void sae_text_lower(char *s, size_t len);

/* The same of eight bytes at once, each in its lane: adding to seven bits carries into the
 * eighth from 'A' on, and once more from behind 'Z' on. Names of a large list pass here by the
 * million. */
static inline uint64_t sae_text_lower_word(uint64_t word)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t seven = word & (0x7f * each);
    uint64_t from_a = seven + (0x80 - 'A') * each, behind_z = seven + (0x7f - 'Z') * each;
    uint64_t upper = (from_a ^ behind_z) & ~word & (0x80 * each);

    return word | upper >> 2; /* 0x80 becomes 0x20 */
}

/* Copies as much of the string `src` as fits, always terminated. */
void sae_text_fit(char *dst, size_t cap, const char *src);

/* Copies `len` bytes as a NUL-terminated string; false (and an empty string) if it does not
 * fit or holds a NUL. */
bool sae_text_copy(char *dst, size_t cap, const char *src, size_t len);

#endif
