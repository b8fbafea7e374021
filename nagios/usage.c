/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "nagios/options.h"

enum { COLUMNS = 80, HELP_COLUMN = 26 };

static void pad(struct sae_buf *buf, size_t count)
{
    sae_buf_printf(buf, "%*s", (int)count, "");
}

/* Appends `text` from column `at` on, in lines indented by `indent`; '\n' in the text
 * breaks a line. Ends with a newline. */
static void wrap(struct sae_buf *buf, const char *text, size_t at, size_t indent)
{
    bool fresh = true; /* nothing of the text on this line yet */

    while (*text != '\0') {
        size_t len = strcspn(text, " \n");

        if (!fresh && at + 1 + len > COLUMNS) {
            sae_buf_puts(buf, "\n");
            at = 0;
            fresh = true;
        }
        if (at < indent && len > 0) {
            pad(buf, indent - at);
            at = indent;
        }
        if (!fresh && len > 0) {
            sae_buf_puts(buf, " ");
            at++;
        }
        sae_buf_add(buf, text, len);
        at += len;
        fresh = fresh && len == 0;
        text += len;
        if (*text == '\n') {
            sae_buf_puts(buf, "\n");
            at = 0;
            fresh = true;
        }
        text += *text == '\0' ? 0 : 1;
    }
    sae_buf_puts(buf, "\n");
}

static void option_help(struct sae_buf *buf, const struct sae_option *option)
{
    char left[160];
    size_t at;
    int len;

    if (option->letter != '\0') {
        len = snprintf(left, sizeof(left), "  -%c, --%s", option->letter, option->name);
    } else {
        len = snprintf(left, sizeof(left), "      --%s", option->name);
    }
    if (option->arg != NULL && (size_t)len < sizeof(left)) {
        snprintf(left + len, sizeof(left) - (size_t)len, "=%s", option->arg);
    }
    sae_buf_puts(buf, left);
    at = strlen(left);
    if (at + 2 > HELP_COLUMN) {
        sae_buf_puts(buf, "\n");
        at = 0;
    }
    wrap(buf, option->help, at, HELP_COLUMN);
}

void sae_options_usage(struct sae_buf *buf, const struct sae_options *options,
                       const char *synopsis, const char *about)
{
    static const struct sae_option extra_opts = {
        .name = "extra-opts",
        .arg = "[SECTION][@FILE]",
        .help = "read options from an ini file; the command line replaces them"};
    char usage[64];

    snprintf(usage, sizeof(usage), "Usage: %s ", options->program);
    sae_buf_puts(buf, usage);
    wrap(buf, synopsis, strlen(usage), strlen(usage));
    if (about != NULL) {
        sae_buf_puts(buf, "\n");
        wrap(buf, about, 0, 0);
    }
    sae_buf_puts(buf, "\nOptions:\n");
    for (size_t i = 0; i < options->count; i++) {
        if (options->table[i].help != NULL) {
            option_help(buf, &options->table[i]);
        }
    }
    if (options->extra_opts) {
        option_help(buf, &extra_opts);
    }
}
