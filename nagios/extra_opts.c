/* SPDX-License-Identifier: MIT */
#include "nagios/extra_opts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nagios/options.h"

/* lib/parse_ini.c of the Monitoring Plugins, and what it calls deprecated */
static const char *const default_files[] = {
    "/etc/monitoring-plugins/monitoring-plugins.ini",
    "/etc/monitoring-plugins.ini",
    "/etc/nagios/plugins.ini",
    "/etc/nagios-plugins.ini",
    "/usr/local/etc/monitoring-plugins/monitoring-plugins.ini",
    "/usr/local/etc/monitoring-plugins.ini",
    "/usr/local/etc/nagios/plugins.ini",
    "/usr/local/etc/nagios-plugins.ini",
};
static const char *const default_names[] = {"monitoring-plugins.ini", "plugins.ini",
                                            "nagios-plugins.ini"};

enum { FILES = sizeof(default_files) / sizeof(default_files[0]) };
enum { NAMES = sizeof(default_names) / sizeof(default_names[0]) };

static bool exists(const char *path)
{
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* Looks in each directory of a colon-separated list. */
static bool find_in_directories(const char *list, char *path, size_t cap)
{
    while (*list != '\0') {
        size_t len = strcspn(list, ":");

        for (size_t i = 0; len > 0 && i < NAMES; i++) {
            int need = snprintf(path, cap, "%.*s/%s", (int)len, list, default_names[i]);

            if (need > 0 && (size_t)need < cap && exists(path)) {
                return true;
            }
        }
        list += len + (list[len] == ':' ? 1 : 0);
    }
    return false;
}

static bool find_default(char *path, size_t cap)
{
    const char *file = secure_getenv("MP_CONFIG_FILE");
    const char *directories = secure_getenv("NAGIOS_CONFIG_PATH");

    if (file != NULL && file[0] != '\0') {
        int need = snprintf(path, cap, "%s", file);

        return need > 0 && (size_t)need < cap;
    }
    if (directories != NULL && find_in_directories(directories, path, cap)) {
        return true;
    }
    for (size_t i = 0; i < FILES; i++) {
        if (exists(default_files[i])) {
            snprintf(path, cap, "%s", default_files[i]);
            return true;
        }
    }
    return false;
}

static enum sae_status fail_errno(struct sae_err *err, const char *path)
{
    int cause = errno;
    enum sae_status status = cause == ENOENT || cause == ENOTDIR ? SAE_E_MISSING
                             : cause == EACCES                   ? SAE_E_DENIED
                                                                 : SAE_E_IO;

    return sae_fail(err, status, "%s: %s", path, strerror(cause));
}

/* Reads to the end, at most SAE_EXTRA_OPTS_BYTES. */
static enum sae_status read_text(int fd, const char *path, char *text,
                                 struct sae_err *err)
{
    size_t len = 0;
    ssize_t n;

    do {
        n = read(fd, text + len, (size_t)SAE_EXTRA_OPTS_BYTES + 1 - len);
        if (n < 0 && errno != EINTR) {
            return fail_errno(err, path);
        }
        len += n > 0 ? (size_t)n : 0;
    } while (n != 0 && len <= SAE_EXTRA_OPTS_BYTES);
    if (len > SAE_EXTRA_OPTS_BYTES) {
        return sae_fail(err, SAE_E_LIMIT, "%s: longer than %d bytes", path,
                        SAE_EXTRA_OPTS_BYTES);
    }
    if (memchr(text, '\0', len) != NULL) {
        return sae_fail(err, SAE_E_FORMAT, "%s: holds a NUL byte", path);
    }
    text[len] = '\0';
    return SAE_OK;
}

static enum sae_status read_file(const char *path, char **ret_text, struct sae_err *err)
{
    /* not blocking: somebody may name a FIFO */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    enum sae_status status;
    struct stat st;
    char *text;

    if (fd < 0) {
        return fail_errno(err, path);
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return sae_fail(err, SAE_E_DENIED, "%s: not a regular file", path);
    }
    text = malloc((size_t)SAE_EXTRA_OPTS_BYTES + 2);
    if (text == NULL) {
        close(fd);
        return sae_fail(err, SAE_E_NOMEM, "%s: out of memory", path);
    }
    status = read_text(fd, path, text, err);
    close(fd);
    if (status != SAE_OK) {
        free(text);
        return status;
    }
    *ret_text = text;
    return SAE_OK;
}

enum sae_status sae_extra_opts_read(const char *file, char *path, size_t cap,
                                    char **ret_text, struct sae_err *err)
{
    if (file == NULL) {
        if (!find_default(path, cap)) {
            return sae_fail(
                err, SAE_E_MISSING,
                "no plugin configuration file found, looked for %s and others",
                default_files[0]);
        }
    } else if (snprintf(path, cap, "%s", file) >= (int)cap) {
        return sae_fail(err, SAE_E_USAGE, "the name of the file is too long");
    }
    return read_file(path, ret_text, err);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char *trim(char *text)
{
    size_t len;

    while (is_blank(*text)) {
        text++;
    }
    len = strlen(text);
    while (len > 0 && is_blank(text[len - 1])) {
        text[--len] = '\0';
    }
    return text;
}

static enum sae_status bad_line(const struct sae_extra_walk *walk, struct sae_err *err,
                                const char *why)
{
    return sae_fail(err, SAE_E_FORMAT, "%s line %u: %s", walk->path, walk->number, why);
}

/* Cuts the next line off; *ret_line is NULL at the end. */
static enum sae_status take_line(struct sae_extra_walk *walk, char **ret_line,
                                 struct sae_err *err)
{
    char *line = walk->at;
    size_t len = strcspn(line, "\n");

    *ret_line = NULL;
    if (line[0] == '\0') {
        return SAE_OK;
    }
    walk->number++;
    if (len > SAE_EXTRA_OPTS_LINE) {
        return sae_fail(err, SAE_E_LIMIT, "%s line %u: longer than %d bytes", walk->path,
                        walk->number, SAE_EXTRA_OPTS_LINE);
    }
    walk->at = line + len + (line[len] == '\n' ? 1 : 0);
    line[len] = '\0';
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)line[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return bad_line(walk, err,
                            c == '\r'
                                ? "holds a carriage return, save it with Unix line ends"
                                : "holds a control character");
        }
    }
    *ret_line = trim(line);
    return SAE_OK;
}

static enum sae_status enter_section(struct sae_extra_walk *walk, char *line,
                                     struct sae_err *err)
{
    size_t len = strlen(line);

    if (line[len - 1] != ']') {
        return bad_line(walk, err,
                        "a section is (name) in square brackets, alone on its line");
    }
    line[len - 1] = '\0';
    walk->any = true;
    walk->inside = strcmp(trim(line + 1), walk->section) == 0;
    walk->found = walk->found || walk->inside;
    return SAE_OK;
}

static enum sae_status split_line(const struct sae_extra_walk *walk, char *line,
                                  struct sae_extra_line *ret_line, struct sae_err *err)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    char *equals = strchr(line, '=');
    char *key;

    if (equals != NULL) {
        *equals = '\0';
    }
    key = trim(line);
    if (key[0] == '\0' || key[strspn(key, allowed)] != '\0') {
        return bad_line(walk, err, "not a comment, a section, or key=value");
    }
    *ret_line = (struct sae_extra_line){.key = key,
                                        .value = equals == NULL ? NULL : trim(equals + 1),
                                        .number = walk->number};
    return SAE_OK;
}

enum sae_status sae_extra_opts_next(struct sae_extra_walk *walk,
                                    struct sae_extra_line *ret_line, struct sae_err *err)
{
    enum sae_status status;
    char *line;

    for (;;) {
        status = take_line(walk, &line, err);
        if (status != SAE_OK || line == NULL) {
            break;
        }
        if (line[0] == '[') {
            status = enter_section(walk, line, err);
        } else if (line[0] != '\0' && line[0] != '#' && line[0] != ';') {
            if (!walk->any) {
                return bad_line(walk, err, "stands before the first section");
            }
            if (walk->inside) {
                return split_line(walk, line, ret_line, err);
            }
        }
        if (status != SAE_OK) {
            break;
        }
    }
    if (status == SAE_OK && !walk->found) {
        return sae_fail(err, SAE_E_MISSING, "%s: no section %s", walk->path,
                        walk->section);
    }
    if (status == SAE_OK) {
        *ret_line = (struct sae_extra_line){0};
    }
    return status;
}
