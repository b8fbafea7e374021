/* SPDX-License-Identifier: MIT */
/* The lower-case words that may stay in an error: whatever is none of them could be a user,
 * a tenant or a host. */
#ifndef SAE_VOCABULARY_H
#define SAE_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>

enum { SAE_VOCABULARY_WORD = 24 }; /* no word is longer */

extern const char *const sae_vocabulary[]; /* sorted as strcmp() does */
extern const size_t sae_vocabulary_count;

/* The word itself, "word's", or several joined by "-"; with either apostrophe. */
bool sae_vocabulary_knows(const char *text, size_t len);

#endif
