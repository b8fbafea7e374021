/* SPDX-License-Identifier: MIT */
/* The ini files of --extra-opts, for nagios/options.c only. The line reader works in
 * place on a text that the caller owns; what it returns points into that text. */
#ifndef SAE_EXTRA_OPTS_H
#define SAE_EXTRA_OPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Splits "[section][@file]" and reads the file: the named one, else the first that the
 * search order of the Monitoring Plugins finds. `*ret_text` is the caller's to free,
 * NUL-terminated; `path` (cap bytes) becomes the name of the file read. */
enum sae_status sae_extra_opts_read(const char *file, char *path, size_t cap,
                                    char **ret_text, struct sae_err *err) SAE_MUST_CHECK;

struct sae_extra_line {
    char *key;
    char *value; /* NULL for a key without '=' */
    unsigned number;
};

/* A walk over one section. `at` starts at the text. */
struct sae_extra_walk {
    char *at;
    const char *section;
    const char *path; /* for messages */
    unsigned number;
    bool inside, any, found;
};

/* Steps to the next line of the section. SAE_OK with ret_line->key NULL at the end; an
 * error for a line that is neither blank, comment ('#', ';'), [section] nor key[=value],
 * anywhere in the file, and at the end if the section was not there. */
enum sae_status sae_extra_opts_next(struct sae_extra_walk *walk,
                                    struct sae_extra_line *ret_line,
                                    struct sae_err *err) SAE_MUST_CHECK;

#endif
