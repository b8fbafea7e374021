/* SPDX-License-Identifier: MIT */
#include "config/ini.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"

struct reader {
    sae_ini_handler handler;
    void *arg;
    struct sae_ini_line line;
    char section[SAE_INI_NAME + 1];
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '_' || c == '-';
}

static size_t name_length(const char *text)
{
    size_t n = 0;

    while (is_name_char(text[n])) {
        n++;
    }
    return n;
}

static enum sae_status tell(struct reader *r, const char *key, const char *value,
                            const char *fault, struct sae_err *err)
{
    r->line.key = key;
    r->line.value = value;
    r->line.fault = fault;
    return r->handler(r->arg, &r->line, err);
}

/* "[name]": the name starts with a letter or digit and is a tenant's, or "defaults". */
static enum sae_status read_section(struct reader *r, const char *text, struct sae_err *err)
{
    size_t n = name_length(text + 1);

    if (n == 0 || n > SAE_INI_NAME || text[1 + n] != ']' || text[2 + n] != '\0' ||
        strchr("._-", text[1]) != NULL) {
        return tell(r, NULL, NULL,
                    "a section is written [name], the name of at most 64 letters, "
                    "digits, dots, underscores and hyphens",
                    err);
    }
    memcpy(r->section, text + 1, n);
    r->section[n] = '\0';
    return tell(r, NULL, NULL, NULL, err);
}

static enum sae_status read_pair(struct reader *r, char *text, struct sae_err *err)
{
    size_t n = name_length(text);
    char *value = text + n;

    while (is_blank(*value)) {
        value++;
    }
    if (n == 0 || *value != '=') {
        return tell(r, NULL, NULL, "neither a section, a key = value, nor a comment", err);
    }
    value++;
    while (is_blank(*value)) {
        value++;
    }
    text[n] = '\0';
    if (*value == '\0') {
        return tell(r, NULL, NULL, "a key without a value", err);
    }
    return tell(r, text, value, NULL, err);
}

static enum sae_status read_line(struct reader *r, char *text, size_t len,
                                 struct sae_err *err)
{
    if (len > 0 && text[len - 1] == '\r') {
        len--;
    }
    if (len > SAE_INI_LINE) {
        return tell(r, NULL, NULL, "longer than 4096 bytes", err);
    }
    if (memchr(text, '\0', len) != NULL) {
        return tell(r, NULL, NULL, "holds a zero byte", err);
    }
    while (len > 0 && is_blank(text[len - 1])) {
        len--;
    }
    text[len] = '\0';
    if (len == 0 || text[0] == '#' || text[0] == ';') {
        return SAE_OK;
    }
    if (is_blank(text[0])) {
        return tell(r, NULL, NULL, "indented: a line is never continued", err);
    }
    return text[0] == '[' ? read_section(r, text, err) : read_pair(r, text, err);
}

static enum sae_status read_text(struct reader *r, char *text, size_t len,
                                 struct sae_err *err)
{
    char *at = text, *end = text + len;
    enum sae_status status = SAE_OK;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        at += 3;
    }
    while (at < end && status == SAE_OK) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        char *stop = newline == NULL ? end : newline;

        r->line.line++;
        status = read_line(r, at, (size_t)(stop - at), err);
        at = stop + 1;
    }
    return status;
}

enum sae_status sae_ini_read(const char *path, sae_ini_handler handler, void *arg,
                             struct sae_err *err)
{
    struct reader r = {.handler = handler, .arg = arg, .line = {.file = path}};
    struct sae_buf buf;
    enum sae_status status;

    r.line.section = r.section;
    sae_buf_init(&buf, SAE_INI_FILE);
    status = sae_file_load(path, &buf, NULL, err);
    if (status == SAE_OK) {
        status = read_text(&r, buf.data, buf.len, err);
    }
    sae_buf_done(&buf);
    return status;
}
