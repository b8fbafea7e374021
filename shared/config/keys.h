/* SPDX-License-Identifier: MIT */
/* The keys of the configuration: name, built-in value and what a value must look like. One
 * row per key; everything else about keys follows from this table. */
#ifndef SAE_KEYS_H
#define SAE_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct sae_key_row {
    const char *name;
    const char *builtin; /* NULL: none */
    const char *want;    /* "a duration such as 90s, 20m, 36h, 30d" */
    bool (*valid)(const char *value);
    bool path;    /* relative paths are relative to the file that names them */
    bool or_word; /* path: a bare word of `words` is not a path */
};

extern const struct sae_key_row sae_keys[SAE_KEY_COUNT];

/* The key called `name`, or SAE_KEY_COUNT. */
enum sae_key sae_key_find(const char *name);

/* True if `value` names a service (or "off") for this source key, not files. */
bool sae_key_is_service(enum sae_key key, const char *value);

/* One "name:YYYY-MM-DD[?]" of a comma separated list; moves *list behind it. */
bool sae_phase_next(const char **list, int64_t *ret_day, bool *ret_assumed);

#endif
