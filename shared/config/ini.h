/* SPDX-License-Identifier: MIT */
/* The grammar of the configuration: "[name]", "key = value", full-line comments that start
 * with # or ;, empty lines, nothing else. No continuation, no inline comment, no indented
 * line, SAE_INI_LINE bytes a line. Own reader because the common ones hide empty and repeated
 * sections, cut long lines and fold indented keys into the value before. */
#ifndef SAE_INI_H
#define SAE_INI_H

#include <stddef.h>

#include "base/err.h"

enum {
    SAE_INI_LINE = 4096,     /* bytes */
    SAE_INI_FILE = 4 << 20,  /* bytes */
    SAE_INI_NAME = 64        /* bytes of a section's name */
};

struct sae_ini_line {
    const char *file;
    unsigned line;
    const char *section; /* "" before the first section */
    const char *key;     /* NULL: this line opens the section */
    const char *value;
    const char *fault; /* not NULL: what is wrong with this line; key and value are NULL */
};

/* Called for each line that says something, a faulty one included. Strings are borrowed. A
 * status other than SAE_OK ends the reading with that failure. */
typedef enum sae_status (*sae_ini_handler)(void *arg, const struct sae_ini_line *line,
                                           struct sae_err *err);

/* Reads a whole regular file. Fails where the file cannot be read or is larger than
 * SAE_INI_FILE. */
enum sae_status sae_ini_read(const char *path, sae_ini_handler handler, void *arg,
                             struct sae_err *err) SAE_MUST_CHECK;

#endif
