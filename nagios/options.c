/* SPDX-License-Identifier: MIT */
#include "nagios/options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "nagios/extra_opts.h"

/* Where an option was given; what comes later in this order replaces what comes earlier.
 */
enum { RANK_COMMAND_LINE = SAE_EXTRA_OPTS_FILES, RANKS };

struct given {
    const struct sae_option *option; /* NULL for a word */
    const char *value;
    unsigned rank;
};

struct parser {
    struct sae_options *options;
    struct given *list;
    size_t count, cap;
    unsigned *seen; /* for each option of the table, a bit for each rank */
    size_t files;
    struct sae_err *err;
};

/* An option as it was written, for messages. */
struct spelling {
    const char *dashes, *name;
    int len;
};

static const struct sae_option *find_long(const struct sae_options *options,
                                          const char *name, size_t len)
{
    for (size_t i = 0; i < options->count; i++) {
        const char *known = options->table[i].name;

        if (strncmp(known, name, len) == 0 && known[len] == '\0') {
            return &options->table[i];
        }
    }
    return NULL;
}

static const struct sae_option *find_letter(const struct sae_options *options,
                                            char letter)
{
    for (size_t i = 0; i < options->count; i++) {
        if (letter != '\0' && options->table[i].letter == letter) {
            return &options->table[i];
        }
    }
    return NULL;
}

static enum sae_status fail_option(const struct parser *parser, struct spelling spelling,
                                   const char *what)
{
    return sae_fail(parser->err, SAE_E_USAGE, "option %s%.*s %s", spelling.dashes,
                    spelling.len, spelling.name, what);
}

static enum sae_status add(struct parser *parser, const struct given *given)
{
    if (given->option != NULL) {
        unsigned *seen = &parser->seen[given->option - parser->options->table];

        if ((*seen & 1U << given->rank) != 0 && !given->option->repeatable) {
            return sae_fail(parser->err, SAE_E_USAGE, "option --%s is given twice",
                            given->option->name);
        }
        *seen |= 1U << given->rank;
    }
    if (parser->count == parser->cap) {
        size_t cap = parser->cap == 0 ? 32 : parser->cap * 2;
        struct given *list = realloc(parser->list, cap * sizeof(*list));

        if (list == NULL) {
            return sae_fail(parser->err, SAE_E_NOMEM, "out of memory");
        }
        parser->list = list;
        parser->cap = cap;
    }
    parser->list[parser->count++] = *given;
    return SAE_OK;
}

/* One line of a file: a key of one letter is a short option, as in the Monitoring
 * Plugins, which also write a flag as "key=". */
static enum sae_status add_line(struct parser *parser, const struct sae_extra_line *line,
                                unsigned rank)
{
    const struct sae_options *options = parser->options;
    struct spelling spelling = {"", line->key, (int)strlen(line->key)};
    const struct sae_option *option =
        spelling.len == 1 ? find_letter(options, line->key[0])
                          : find_long(options, line->key, strlen(line->key));
    const char *value = line->value;

    if (option == NULL) {
        return fail_option(parser, spelling, "is unknown");
    }
    if (option->arg == NULL && value != NULL && value[0] != '\0') {
        return fail_option(parser, spelling, "takes no argument");
    }
    if (option->arg != NULL && value == NULL) {
        return fail_option(parser, spelling, "needs an argument");
    }
    return add(parser, &(struct given){option, option->arg == NULL ? NULL : value, rank});
}

static enum sae_status walk_section(struct parser *parser, struct sae_extra_walk *walk,
                                    unsigned rank)
{
    for (;;) {
        struct sae_extra_line line;
        enum sae_status status = sae_extra_opts_next(walk, &line, parser->err);

        if (status != SAE_OK || line.key == NULL) {
            return status;
        }
        status = add_line(parser, &line, rank);
        if (status != SAE_OK) {
            return sae_fail_in(parser->err, status, "%s line %u", walk->path,
                               line.number);
        }
    }
}

/* `locator` is [section][@file], or NULL. */
static enum sae_status read_extra_opts(struct parser *parser, const char *locator)
{
    const char *at = locator == NULL ? NULL : strchr(locator, '@');
    size_t len = locator == NULL ? 0
                 : at == NULL    ? strlen(locator)
                                 : (size_t)(at - locator);
    unsigned rank = (unsigned)parser->files;
    char section[256], path[PATH_MAX] = "";
    struct sae_extra_walk walk = {.section = section, .path = path};
    enum sae_status status;

    if (parser->files == SAE_EXTRA_OPTS_FILES || len >= sizeof(section)) {
        return sae_fail(parser->err, SAE_E_LIMIT, "%s",
                        len >= sizeof(section) ? "the name of the section is too long"
                                               : "given too often");
    }
    snprintf(section, sizeof(section), "%.*s", (int)len, len > 0 ? locator : "");
    if (len == 0) {
        snprintf(section, sizeof(section), "%s", parser->options->program);
    }
    status = sae_extra_opts_read(at == NULL ? NULL : at + 1, path, sizeof(path),
                                 &parser->options->texts[parser->files], parser->err);
    if (status != SAE_OK) {
        return status;
    }
    walk.at = parser->options->texts[parser->files++];
    return walk_section(parser, &walk, rank);
}

/* The argument that follows, or NULL. What looks like a long option is more likely a
 * forgotten argument than a value; "-5" may well be a value. */
static const char *next_argument(char *const *argv, int argc, int *i)
{
    const char *next = *i + 1 < argc ? argv[*i + 1] : NULL;

    if (next == NULL || (strncmp(next, "--", 2) == 0 && next[2] != '\0')) {
        return NULL;
    }
    (*i)++;
    return next;
}

static enum sae_status parse_long(struct parser *parser, char *const *argv, int argc,
                                  int *i)
{
    const char *name = argv[*i] + 2;
    size_t len = strcspn(name, "=");
    struct spelling spelling = {"--", name, (int)(len < 64 ? len : 64)};
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    const struct sae_option *option = find_long(parser->options, name, len);

    if (parser->options->extra_opts && len == strlen("extra-opts") &&
        strncmp(name, "extra-opts", len) == 0) {
        enum sae_status status = read_extra_opts(parser, value);

        return status == SAE_OK ? SAE_OK
                                : sae_fail_in(parser->err, status, "option --extra-opts");
    }
    if (option == NULL) {
        return fail_option(parser, spelling, "is unknown");
    }
    if (option->arg == NULL && value != NULL) {
        return fail_option(parser, spelling, "takes no argument");
    }
    if (option->arg != NULL && value == NULL) {
        value = next_argument(argv, argc, i);
        if (value == NULL) {
            return fail_option(parser, spelling, "needs an argument");
        }
    }
    return add(parser, &(struct given){option, value, RANK_COMMAND_LINE});
}

static enum sae_status parse_letters(struct parser *parser, char *const *argv, int argc,
                                     int *i)
{
    for (const char *p = argv[*i] + 1; *p != '\0'; p++) {
        const struct sae_option *option = find_letter(parser->options, *p);
        struct given given = {option, NULL, RANK_COMMAND_LINE};
        struct spelling spelling = {"-", p, 1};
        enum sae_status status;

        if (option == NULL) {
            return fail_option(parser, spelling, "is unknown");
        }
        if (option->arg != NULL) {
            given.value = p[1] != '\0' ? p + 1 : next_argument(argv, argc, i);
            return given.value == NULL
                       ? fail_option(parser, spelling, "needs an argument")
                       : add(parser, &given);
        }
        status = add(parser, &given);
        if (status != SAE_OK) {
            return status;
        }
    }
    return SAE_OK;
}

static enum sae_status parse_all(struct parser *parser, int argc, char *const *argv)
{
    enum sae_status status = SAE_OK;
    bool only_words = false;

    for (int i = 1; i < argc && status == SAE_OK; i++) {
        const char *arg = argv[i];

        if (only_words || arg[0] != '-' || arg[1] == '\0') {
            status = parser->options->words
                         ? add(parser, &(struct given){NULL, arg, RANK_COMMAND_LINE})
                         : sae_fail(parser->err, SAE_E_USAGE,
                                    "argument %.64s is not expected", arg);
        } else if (strcmp(arg, "--") == 0) {
            only_words = true;
        } else if (arg[1] == '-') {
            status = parse_long(parser, argv, argc, &i);
        } else {
            status = parse_letters(parser, argv, argc, &i);
        }
    }
    return status;
}

/* True if no later rank gave the same option. */
static bool counts(const struct parser *parser, const struct given *given)
{
    return given->option == NULL ||
           parser->seen[given->option - parser->options->table] >> given->rank == 1;
}

static enum sae_status take_all(const struct parser *parser, sae_option_taker *take,
                                void *context)
{
    for (unsigned rank = 0; rank < RANKS; rank++) {
        for (size_t i = 0; i < parser->count; i++) {
            const struct given *given = &parser->list[i];
            enum sae_status status;

            if (given->rank != rank || !counts(parser, given)) {
                continue;
            }
            status = take(context, given->option, given->value, parser->err);
            if (status != SAE_OK) {
                return given->option == NULL
                           ? status
                           : sae_fail_in(parser->err, status, "option --%s",
                                         given->option->name);
            }
        }
    }
    return SAE_OK;
}

enum sae_status sae_options_parse(struct sae_options *options, int argc,
                                  char *const *argv, sae_option_taker *take,
                                  void *context, struct sae_err *err)
{
    struct parser parser = {.options = options, .err = err};
    enum sae_status status;

    if (err != NULL) {
        *err = (struct sae_err){0};
    }
    sae_options_done(options);
    parser.seen = calloc(options->count + 1, sizeof(*parser.seen));
    if (parser.seen == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    status = parse_all(&parser, argc, argv);
    if (status == SAE_OK) {
        status = take_all(&parser, take, context);
    }
    free(parser.seen);
    free(parser.list);
    return status;
}

void sae_options_done(struct sae_options *options)
{
    for (size_t i = 0; i < SAE_EXTRA_OPTS_FILES; i++) {
        free(options->texts[i]);
        options->texts[i] = NULL;
    }
}

enum sae_status sae_timeout_parse(const char *text, unsigned *ret_seconds,
                                  enum sae_state *ret_state, struct sae_err *err)
{
    struct sae_cursor cur = sae_cursor_text(text);
    enum sae_state state = SAE_STATE_UNKNOWN;
    uint64_t seconds;

    if (!sae_cursor_decimal(&cur, SAE_TIMEOUT_MAX, &seconds) || seconds == 0) {
        return sae_fail(err, SAE_E_USAGE, "%.40s is not SECONDS(:STATE), 1 to %d seconds",
                        text, SAE_TIMEOUT_MAX);
    }
    if (!sae_cursor_at_end(&cur) &&
        (!sae_cursor_char(&cur, ':') || !sae_state_parse(cur.at, &state))) {
        return sae_fail(
            err, SAE_E_USAGE,
            "%.40s is not SECONDS(:STATE), STATE is WARNING, CRITICAL or UNKNOWN", text);
    }
    if (state == SAE_STATE_OK) {
        return sae_fail(err, SAE_E_USAGE, "a time limit never ends as OK");
    }
    *ret_seconds = (unsigned)seconds;
    *ret_state = state;
    return SAE_OK;
}
