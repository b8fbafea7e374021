/* SPDX-License-Identifier: MIT */
#include "fetch/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "fetch/record/anonymous.h"
#include "fetch/record/private.h"

enum { FILE_BYTES = 40 << 20, URL_BYTES = 1 << 18 };

struct sae_record {
    pthread_mutex_t lock; /* for all below */
    int folder_fd;
    char *folder;
    struct sae_anonymous *anon;
    unsigned number;
    struct sae_err failure; /* the first; code SAE_OK: none */
};

struct sae_recording {
    struct sae_record *record;
    char service[16];
    bool post;
    struct sae_buf url;     /* already replaced, as is the request */
    struct sae_buf request; /* "" for none */
    struct sae_headers headers;
    struct sae_buf body; /* as it came */
    uint64_t bytes;
    bool all_nul;
};

static bool is_empty(DIR *dir)
{
    const struct dirent *entry;
    bool empty = true;

    while (empty && (entry = readdir(dir)) != NULL) {
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    return empty;
}

bool sae_record_is_empty(const char *folder)
{
    DIR *dir = opendir(folder);
    bool empty = dir != NULL && is_empty(dir);

    if (dir != NULL) {
        closedir(dir);
    }
    return empty;
}

static enum sae_status check_empty(const char *folder, int fd, struct sae_err *err)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    bool empty;

    if (dir == NULL) {
        enum sae_status status = sae_file_fail(folder, "cannot list", err);

        if (copy >= 0) {
            close(copy);
        }
        return status;
    }
    empty = is_empty(dir);
    closedir(dir);
    if (!empty) {
        return sae_fail(err, SAE_E_CONFIG,
                        "%s: there are files in it, --record needs a new or an empty folder",
                        folder);
    }
    return SAE_OK;
}

static enum sae_status open_folder(const char *folder, int *ret_fd, struct sae_err *err)
{
    enum sae_status status;
    int fd;

    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return sae_file_fail(folder, "cannot create the folder for --record", err);
    }
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
        return sae_fail(err, SAE_E_CONFIG,
                        "%s: not a folder, --record needs a new or an empty folder", folder);
    }
    if (fd < 0) {
        return sae_file_fail(folder, "cannot open the folder for --record", err);
    }
    status = check_empty(folder, fd, err);
    if (status != SAE_OK) {
        close(fd);
        return status;
    }
    *ret_fd = fd;
    return SAE_OK;
}

enum sae_status sae_record_open(const char *folder, struct sae_record **ret_record,
                                struct sae_err *err)
{
    struct sae_record *record = calloc(1, sizeof(*record));
    enum sae_status status;

    if (record == NULL || pthread_mutex_init(&record->lock, NULL) != 0) {
        free(record);
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    record->folder_fd = -1;
    record->folder = strdup(folder);
    record->anon = sae_anonymous_new();
    status = record->folder == NULL || record->anon == NULL
                 ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                 : open_folder(folder, &record->folder_fd, err);
    if (status != SAE_OK) {
        sae_record_close(record);
        return status;
    }
    *ret_record = record;
    return SAE_OK;
}

void sae_record_close(struct sae_record *record)
{
    if (record == NULL) {
        return;
    }
    if (record->folder_fd >= 0) {
        close(record->folder_fd);
    }
    sae_anonymous_free(record->anon);
    free(record->folder);
    pthread_mutex_destroy(&record->lock);
    free(record);
}

void sae_record_host(struct sae_record *record, const char *service, const char *base_url)
{
    if (record != NULL) {
        pthread_mutex_lock(&record->lock);
        sae_anonymous_host(record->anon, service, base_url);
        pthread_mutex_unlock(&record->lock);
    }
}

enum sae_status sae_record_status(const struct sae_record *record, struct sae_err *err)
{
    struct sae_record *mine = (struct sae_record *)(uintptr_t)record; /* for the lock */
    enum sae_status status = SAE_OK;

    if (mine != NULL) {
        pthread_mutex_lock(&mine->lock);
        status = mine->failure.code;
        if (status != SAE_OK && err != NULL) {
            *err = mine->failure;
        }
        pthread_mutex_unlock(&mine->lock);
    }
    return status;
}

/* Locked. */
static void remember(struct sae_record *record, const struct sae_err *failure)
{
    if (record->failure.code == SAE_OK) {
        record->failure = *failure;
    }
}

static void remember_no_memory(struct sae_record *record)
{
    struct sae_err failure;

    (void)sae_fail(&failure, SAE_E_NOMEM, "%s: out of memory, an exchange was not recorded",
                   record->folder);
    remember(record, &failure);
}

static bool has_secret_request(const char *service)
{
    return strcmp(service, "exchange") != 0 && strcmp(service, "graph") != 0;
}

static const char *known_service(const char *service)
{
    static const char *const known[] = {"login", "identity", "exchange", "graph"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i], service) == 0) {
            return service;
        }
    }
    return "other";
}

static void replace_request(struct sae_recording *recording, const char *url,
                            const char *body, size_t body_len)
{
    struct sae_anonymous *anon = recording->record->anon;

    sae_anonymous_service(anon, recording->service);
    sae_anonymous_url(anon, url, strlen(url), &recording->url);
    if (body != NULL && !has_secret_request(recording->service) &&
        sae_anonymous_json(anon, body, body_len, &recording->request, NULL) != SAE_OK) {
        sae_buf_clear(&recording->request);
    }
}

struct sae_recording *sae_record_begin(struct sae_record *record, const char *service,
                                       const char *url, const char *body, size_t body_len)
{
    struct sae_recording *recording;

    if (record == NULL) {
        return NULL;
    }
    recording = calloc(1, sizeof(*recording));
    pthread_mutex_lock(&record->lock);
    if (recording == NULL) {
        remember_no_memory(record);
    } else {
        recording->record = record;
        recording->post = body != NULL;
        recording->all_nul = true;
        sae_text_fit(recording->service, sizeof(recording->service),
                     known_service(service));
        sae_buf_init(&recording->url, URL_BYTES);
        sae_buf_init(&recording->request, SAE_RECORD_BODY);
        sae_buf_init(&recording->body, SAE_RECORD_BODY);
        replace_request(recording, url, body, body_len);
    }
    pthread_mutex_unlock(&record->lock);
    return recording;
}

void sae_record_header(struct sae_recording *recording, const char *line, size_t len)
{
    if (recording != NULL) {
        sae_headers_take(&recording->headers, line, len);
    }
}

void sae_record_body(struct sae_recording *recording, const char *data, size_t len)
{
    if (recording == NULL) {
        return;
    }
    recording->bytes += len;
    for (size_t i = 0; recording->all_nul && i < len; i++) {
        recording->all_nul = data[i] == '\0';
    }
    if (len > SAE_RECORD_BODY - recording->body.len) {
        len = SAE_RECORD_BODY - recording->body.len;
    }
    sae_buf_add(&recording->body, data, len);
}

/* The first byte that is no white space; a byte order mark is none. */
static char first_byte(const struct sae_buf *body)
{
    const char *text = sae_buf_text(body);
    size_t at = strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    at += strspn(text + at, " \t\r\n");
    return text[at];
}

/* What kind of body it is, and in `ret_json` the body itself if it is JSON of our size. */
static const char *nature_of(const struct sae_recording *recording,
                             struct sae_buf *ret_json, const char **ret_note)
{
    const struct sae_buf *body = &recording->body;
    char first = first_byte(body);
    struct sae_err err = {0};
    enum sae_status status;

    if (recording->bytes == 0) {
        return "empty";
    }
    if (recording->all_nul) {
        return "nul";
    }
    if (first == '<') {
        return "html";
    }
    if (first != '{' && first != '[' && first != '"') {
        return "text";
    }
    if (recording->bytes > SAE_RECORD_BODY) {
        *ret_note = "body longer than 4 MiB, not recorded";
        return "json";
    }
    status = sae_anonymous_json(recording->record->anon, sae_buf_text(body), body->len,
                                ret_json, &err);
    if (status != SAE_OK) {
        bool ours = sae_buf_status(ret_json) != SAE_OK || status == SAE_E_NOMEM ||
                    sae_buf_status(body) != SAE_OK;

        sae_buf_clear(ret_json);
        *ret_note = ours ? "not recorded: too long once its values were replaced" : NULL;
        return ours ? "json" : "spoiled";
    }
    return "json";
}

static void put_text(struct sae_buf *out, const char *name, const char *text)
{
    sae_buf_printf(out, ",\n\"%s\":", name);
    sae_anonymous_quote(out, text, strlen(text));
}

static void put_json(struct sae_buf *out, const char *name, const struct sae_buf *json)
{
    sae_buf_printf(out, ",\n\"%s\":%s", name, json->len == 0 ? "null" : "");
    sae_buf_add(out, sae_buf_text(json), json->len);
}

static void put_outcome(const struct sae_recording *recording, const char *outcome,
                        struct sae_buf *out)
{
    struct sae_buf words;

    sae_buf_init(&words, 4096);
    sae_anonymous_prose(recording->record->anon, outcome, strlen(outcome), &words);
    put_text(out, "outcome", sae_buf_text(&words));
    sae_buf_done(&words);
}

/* Locked: words are given in the order of the exchanges. */
static void compose(const struct sae_recording *recording, long status, const char *outcome,
                    struct sae_buf *out)
{
    const char *note = NULL, *nature;
    struct sae_buf json;

    sae_buf_init(&json, FILE_BYTES);
    sae_anonymous_service(recording->record->anon, recording->service);
    nature = nature_of(recording, &json, &note);
    sae_buf_printf(out, "{\"version\":1,\"number\":%u", recording->record->number);
    put_text(out, "service", recording->service);
    put_text(out, "method", recording->post ? "POST" : "GET");
    put_text(out, "url", sae_buf_text(&recording->url));
    put_json(out, "request", &recording->request);
    sae_buf_printf(out, ",\n\"status\":%ld", status);
    sae_buf_puts(out, ",\n\"headers\":");
    sae_headers_put(&recording->headers, recording->record->anon, out);
    put_json(out, "body", &json);
    put_text(out, "nature", nature);
    sae_buf_printf(out, ",\n\"bytes\":%llu", (unsigned long long)recording->bytes);
    if (note != NULL) {
        put_text(out, "note", note);
    }
    put_outcome(recording, outcome, out);
    sae_buf_puts(out, "}\n");
    sae_buf_done(&json);
}

static bool write_all(int fd, const struct sae_buf *text)
{
    size_t done = 0;

    while (done < text->len) {
        ssize_t n = write(fd, text->data + done, text->len - done);

        if (n < 0 && errno != EINTR) {
            return false;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* A file that could not be written whole does not stay: what is in the folder is JSON. */
static enum sae_status write_file(const struct sae_record *record,
                                  const struct sae_buf *text, struct sae_err *err)
{
    enum sae_status status = SAE_OK;
    char name[24];
    int fd;

    snprintf(name, sizeof(name), "%04u.json", record->number);
    fd = openat(record->folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                0600);
    if (fd < 0) {
        (void)sae_file_fail(name, "cannot create", err);
        return sae_fail_in(err, err->code, "%s", record->folder);
    }
    if (!write_all(fd, text)) {
        status = sae_file_fail(name, "cannot write", err);
    }
    if (close(fd) != 0 && status == SAE_OK) {
        status = sae_file_fail(name, "cannot write", err);
    }
    if (status != SAE_OK) {
        unlinkat(record->folder_fd, name, 0);
        return sae_fail_in(err, status, "%s", record->folder);
    }
    return SAE_OK;
}

static void finish(struct sae_recording *recording, long status, const char *outcome)
{
    struct sae_record *record = recording->record;
    struct sae_err failure = {0};
    struct sae_buf text;

    if (record->number == SAE_RECORD_MOST) {
        (void)sae_fail(&failure, SAE_E_LIMIT,
                       "%s: %d exchanges are recorded, more are not, record a shorter run",
                       record->folder, SAE_RECORD_MOST);
        remember(record, &failure);
        return;
    }
    record->number++;
    sae_buf_init(&text, FILE_BYTES);
    compose(recording, status, outcome, &text);
    if (sae_buf_status(&text) != SAE_OK) {
        remember_no_memory(record);
    } else if (write_file(record, &text, &failure) != SAE_OK) {
        remember(record, &failure);
    }
    sae_buf_done(&text);
}

/* Before it is replaced a body may hold a token. */
static void wipe(struct sae_buf *buf)
{
    if (buf->data != NULL) {
        explicit_bzero(buf->data, buf->cap);
    }
    sae_buf_done(buf);
}

void sae_record_end(struct sae_recording *recording, long status, const char *outcome)
{
    if (recording == NULL) {
        return;
    }
    pthread_mutex_lock(&recording->record->lock);
    finish(recording, status, outcome);
    pthread_mutex_unlock(&recording->record->lock);
    wipe(&recording->body);
    sae_buf_done(&recording->url);
    sae_buf_done(&recording->request);
    sae_headers_done(&recording->headers);
    free(recording);
}
