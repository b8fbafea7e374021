/* SPDX-License-Identifier: MIT */
/* A strict, table-driven reader of command lines.
 *
 * Accepted: --name value, --name=value, -w value, -wvalue, -vv, -- (end of the options).
 * No abbreviations. Unknown options, missing arguments, arguments given to a flag, stray
 * words and repeated options are errors that name the option. A separate argument that
 * looks like a long option counts as missing; --name=--value passes it.
 *
 * --extra-opts=[section][@file] (Monitoring Plugins) reads options from an ini file as if
 * they stood in front of the command line; an option given on the command line,
 * repeatable or not, replaces all of the same name from files. */
#ifndef SAE_OPTIONS_H
#define SAE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "nagios/state.h"

enum {
    SAE_EXTRA_OPTS_FILES = 8,          /* --extra-opts on one command line */
    SAE_EXTRA_OPTS_LINE = 4096,        /* bytes of a line, newline not counted */
    SAE_EXTRA_OPTS_BYTES = 256 * 1024, /* bytes of a file */
    SAE_TIMEOUT_MAX = 86400            /* seconds */
};

struct sae_option {
    const char *name; /* without the dashes */
    char letter;      /* 0 if there is none */
    bool repeatable;
    int id;           /* for the caller's switch */
    const char *arg;  /* placeholder of the argument ("RANGE"), NULL for a flag */
    const char *help; /* one sentence or more; NULL hides the option from the help */
};

/* One set of options. The caller fills all but `texts`, calls sae_options_done() at the
 * end, and keeps the values it was given only until then. */
struct sae_options {
    const char *program; /* also the default section of --extra-opts */
    const struct sae_option *table;
    size_t count;
    bool words;      /* words that are no options are passed on */
    bool extra_opts; /* --extra-opts is understood; it is not in the table */
    char *texts[SAE_EXTRA_OPTS_FILES]; /* private: what was read */
};

/* Called once for each option that counts, those of files first, then in the order given.
 * `option` is NULL for a word that is no option, `value` is NULL for a flag. Anything but
 * SAE_OK ends the parsing and becomes its result; the name of the option is put in front
 * of the text. */
typedef enum sae_status sae_option_taker(void *context, const struct sae_option *option,
                                         const char *value, struct sae_err *err);

/* SAE_E_USAGE for everything wrong with the command line; SAE_E_MISSING, _DENIED, _IO,
 * _FORMAT, _LIMIT for a file of --extra-opts. Nothing was taken yet when the error is the
 * parser's own. argv[0] is skipped. A second call frees what the first one read. */
enum sae_status sae_options_parse(struct sae_options *options, int argc,
                                  char *const *argv, sae_option_taker *take,
                                  void *context, struct sae_err *err) SAE_MUST_CHECK;

void sae_options_done(struct sae_options *options);

/* Appends "Usage: PROGRAM SYNOPSIS", `about`, and the options with their help, wrapped at
 * 80 columns. `about` is one or more paragraphs separated by "\n\n", or NULL. */
void sae_options_usage(struct sae_buf *buf, const struct sae_options *options,
                       const char *synopsis, const char *about);

/* Reads SECONDS[:STATE] (syntax of check_nrpe -t): 1 to SAE_TIMEOUT_MAX, STATE as in
 * sae_state_parse(), UNKNOWN if omitted, never OK. */
enum sae_status sae_timeout_parse(const char *text, unsigned *ret_seconds,
                                  enum sae_state *ret_state,
                                  struct sae_err *err) SAE_MUST_CHECK;

#endif
