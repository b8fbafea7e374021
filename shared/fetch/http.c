/* SPDX-License-Identifier: MIT */
#include "fetch/http.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <curl/curl.h>

#include "base/text.h"
#include "facts.h"
#include "fetch/http_words.h"
#include "fetch/record.h"
#include "fetch/retry.h"

#define MILLISECOND (SAE_SECOND / 1000)
#define CONNECT_MS 30000L
#define MOST_SKEW (5 * SAE_MINUTE)
#define NAME_PATIENCE SAE_SECOND /* a name server that had less is not blamed */

enum { SLICE_MS = 50 }; /* how late a signal or the end of the budget is noticed at most */

/* Those of OpenSSL in the order of browsers: to decrypt a large list is as much work as to read
 * it, and AES-128 is less. */
static const char ciphers[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

static const char hashed_certificates[] = "/etc/ssl/certs";

struct sae_http {
    struct sae_http_setup setup;
    CURLM *multi;
    CURL *easy; /* one for all hosts: connections and TLS set-up are shared */
    bool hashed; /* hashed_certificates can be used */
};

/* One exchange. */
struct exchange {
    struct sae_http *http;
    const struct sae_http_request *request;
    struct sae_http_answer *answer;
    struct sae_recording *recording;
    char host[SAE_SHOWN + 1];
    const char *proxy; /* NULL: none */
    int64_t begun;
    int64_t date; /* of the server, 0: not said */
    char retry_after[64];
    uint64_t bytes;
    enum sae_status sunk; /* what the sink or a limit said */
    struct sae_err *err;
    char words[CURL_ERROR_SIZE];
};

/* With the bundle libcurl parses 140 certificates for each host (20 ms); from the hashed
 * folder OpenSSL takes the one that it needs. */
static bool has_hashed_certificates(void)
{
    DIR *dir = opendir(hashed_certificates);
    bool found = false;
    struct dirent *entry;

    while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);

        found = len == 10 && strcmp(entry->d_name + 8, ".0") == 0;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return found;
}

struct sae_http *sae_http_new(const struct sae_http_setup *setup)
{
    struct sae_http *http = calloc(1, sizeof(*http));

    if (http == NULL) {
        return NULL;
    }
    http->setup = *setup;
    http->hashed = setup->ca_file == NULL && has_hashed_certificates();
    http->multi = curl_multi_init();
    http->easy = curl_easy_init();
    if (http->multi == NULL || http->easy == NULL) {
        sae_http_free(http);
        return NULL;
    }
    return http;
}

void sae_http_free(struct sae_http *http)
{
    if (http != NULL) {
        curl_easy_cleanup(http->easy);
        curl_multi_cleanup(http->multi);
        free(http);
    }
}

int64_t sae_http_left(const struct sae_http *http)
{
    int64_t left = http->setup.budget->end - sae_clock_monotonic();

    return left > 0 ? left : 0;
}

enum sae_status sae_http_pause(struct sae_http *http, int64_t ticks, struct sae_err *err)
{
    const struct timespec slice = {.tv_nsec = SLICE_MS * 1000000L};
    int64_t end = sae_clock_monotonic() + ticks;
    enum sae_status status;

    while ((status = sae_budget_check(http->setup.budget, err)) == SAE_OK &&
           sae_clock_monotonic() < end) {
        nanosleep(&slice, NULL);
    }
    return status;
}

/* ---- what arrives ------------------------------------------------------------------- */

static void read_type(struct exchange *x, const char *value, size_t len)
{
    size_t n = strcspn(value, ";");

    n = n < len ? n : len;
    sae_text_safe(x->answer->type, sizeof(x->answer->type), value, n);
    for (char *at = x->answer->type; *at != '\0'; at++) {
        *at = *at == '?' ? '/' : *at; /* the slash is not in the safe alphabet */
    }
    sae_text_lower(x->answer->type, strlen(x->answer->type));
}

/* The value of a header if `line` is that header: NUL-terminated, without blanks around. */
static bool header_value(const char *line, size_t len, const char *name, char *value,
                         size_t cap)
{
    size_t n = strlen(name);

    if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':') {
        return false;
    }
    line += n + 1;
    len -= n + 1;
    while (len > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        len--;
    }
    while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL) {
        len--;
    }
    return sae_text_copy(value, cap, line, len);
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
    struct exchange *x = arg;
    size_t len = size * count;
    char value[128];

    if (len > 5 && memcmp(line, "HTTP/", 5) == 0) { /* an interim answer went before */
        x->answer->type[0] = x->retry_after[0] = '\0';
    }
    if (header_value(line, len, "content-type", value, sizeof(value))) {
        read_type(x, value, strlen(value));
    } else if (header_value(line, len, "date", value, sizeof(value))) {
        time_t seconds = curl_getdate(value, NULL);

        x->date = seconds > 0 ? (int64_t)seconds * SAE_SECOND : 0;
    } else if (header_value(line, len, "retry-after", value, sizeof(value))) {
        sae_text_fit(x->retry_after, sizeof(x->retry_after), value);
    }
    sae_record_header(x->recording, line, len);
    return len;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
    struct exchange *x = arg;
    struct sae_buf *body = &x->answer->body;
    size_t len = size * count;
    long status = 0;

    curl_easy_getinfo(x->http->easy, CURLINFO_RESPONSE_CODE, &status);
    sae_record_body(x->recording, data, len);
    x->bytes += len;
    if (status != 200) {
        size_t room = body->max - body->len;

        x->answer->garbled = x->answer->garbled || (len > 0 && data[0] == '\0');
        sae_buf_add(body, data, len < room ? len : room);
        return x->bytes > x->request->most + SAE_HTTP_ERROR_BODY ? 0 : len;
    }
    /* A small body can unpack to so much that libcurl does not return for minutes. */
    x->sunk = sae_budget_check(x->http->setup.budget, x->err);
    if (x->sunk != SAE_OK) {
        return 0;
    }
    if (x->bytes > x->request->most) {
        x->sunk = sae_fail(x->err, SAE_E_LIMIT, "%s sends more than %llu bytes", x->host,
                           (unsigned long long)x->request->most);
    } else {
        x->sunk = x->request->sink(x->request->arg, data, len, x->err);
    }
    return x->sunk == SAE_OK ? len : 0;
}

/* ---- what is sent ------------------------------------------------------------------- */

static struct curl_slist *add_header(struct curl_slist *list, const char *line, bool *ok)
{
    struct curl_slist *more = curl_slist_append(list, line);

    *ok = *ok && more != NULL;
    return more == NULL ? list : more;
}

static struct curl_slist *make_headers(const struct sae_http_request *request, bool *ok)
{
    struct curl_slist *list = add_header(NULL, "Expect:", ok);
    char *bearer = NULL;

    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        list = add_header(list, request->headers[i], ok);
    }
    if (request->bearer != NULL) {
        if (asprintf(&bearer, "Authorization: Bearer %s", request->bearer) < 0) {
            *ok = false;
            return list;
        }
        list = add_header(list, bearer, ok);
        explicit_bzero(bearer, strlen(bearer));
        free(bearer);
    }
    return list;
}

static void free_headers(struct curl_slist *list)
{
    for (struct curl_slist *at = list; at != NULL; at = at->next) {
        explicit_bzero(at->data, strlen(at->data));
    }
    curl_slist_free_all(list);
}

static void set_trust(CURL *easy, const struct sae_http *http, bool local)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_TLS13_CIPHERS, ciphers);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (http->setup.ca_file != NULL) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, http->setup.ca_file);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    } else if (http->hashed) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        curl_easy_setopt(easy, CURLOPT_CAPATH, hashed_certificates);
    }
#if CURL_AT_LEAST_VERSION(7, 85, 0)
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, local ? "http,https" : "https");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
                     local ? (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS) : (long)CURLPROTO_HTTPS);
#endif
}

/* Everything that libcurl would otherwise take from somewhere else is said here. */
static void set_options(struct exchange *x, struct curl_slist *headers)
{
    const struct sae_http *http = x->http;
    const struct sae_http_request *request = x->request;
    CURL *easy = http->easy;

    curl_easy_reset(easy);
    set_trust(easy, http, request->local);
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_PROXY, x->proxy == NULL ? "" : x->proxy);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy, CURLOPT_COOKIEFILE, ""); /* kept in memory: Exchange's affinity */
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "smtp-auth/" SAE_VERSION);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->words);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
    /* The whole has its end in drive(): libcurl's own may come a millisecond early. */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
#if CURL_AT_LEAST_VERSION(7, 87, 0)
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* never wait for a name server */
#endif
    if (request->body != NULL) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
    }
}

/* ---- driving ------------------------------------------------------------------------ */

static bool is_nameless(const struct exchange *x)
{
    curl_off_t took = 0;

    curl_easy_getinfo(x->http->easy, CURLINFO_NAMELOOKUP_TIME_T, &took);
    return took == 0 && sae_clock_monotonic() - x->begun >= NAME_PATIENCE;
}

static enum sae_status say_failure(const struct exchange *x, CURLcode code,
                                   struct sae_err *err)
{
    struct sae_http_trouble trouble = {.host = x->host,
                                       .proxy = x->proxy,
                                       .said = x->words,
                                       .nameless = is_nameless(x)};

    return sae_http_say(&trouble, code, err);
}

/* The budget ended, as `err` says. */
static enum sae_status say_end(const struct exchange *x, enum sae_status status,
                               struct sae_err *err)
{
    if (sae_http_left(x->http) > 0 || !is_nameless(x)) {
        return sae_fail_in(err, status, "waiting for %s", x->host);
    }
    (void)say_failure(x, CURLE_OPERATION_TIMEDOUT, err);
    return status;
}

/* How long to poll, in milliseconds: not much beyond the end. */
static int slice_before(int64_t end)
{
    int64_t left = (end - sae_clock_monotonic()) / MILLISECOND + 1;

    return left < 1 ? 1 : left < SLICE_MS ? (int)left : SLICE_MS;
}

static enum sae_status drive(struct exchange *x, int64_t end, CURLcode *ret_code,
                             struct sae_err *err)
{
    enum sae_status status = SAE_OK;
    int running = 1, queued;
    CURLMsg *message;

    while (running > 0) {
        if (curl_multi_perform(x->http->multi, &running) != CURLM_OK) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        if (running == 0) {
            break;
        }
        status = sae_budget_check(x->http->setup.budget, err);
        if (status != SAE_OK) {
            return say_end(x, status, err);
        }
        if (sae_clock_monotonic() >= end) {
            *ret_code = CURLE_OPERATION_TIMEDOUT;
            return SAE_OK;
        }
        curl_multi_poll(x->http->multi, NULL, 0, slice_before(end), NULL);
    }
    while ((message = curl_multi_info_read(x->http->multi, &queued)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *ret_code = message->data.result;
        }
    }
    return status;
}

/* The status comes first: what went wrong with the body of a refusal does not matter. */
static enum sae_status judge(struct exchange *x, CURLcode code, struct sae_err *err)
{
    int64_t skew = x->date == 0 ? 0 : x->date - sae_clock_now();

    curl_easy_getinfo(x->http->easy, CURLINFO_RESPONSE_CODE, &x->answer->status);
    if (x->sunk != SAE_OK) {
        return x->sunk;
    }
    if (code != CURLE_OK && x->answer->status < 300) {
        return say_failure(x, code, err);
    }
    x->answer->garbled = x->answer->garbled || code == CURLE_BAD_CONTENT_ENCODING;
    if (skew > MOST_SKEW || skew < -MOST_SKEW) {
        return sae_fail(err, SAE_E_STALE,
                        "the clock of this machine differs by %lld s from that of %s: set it",
                        (long long)(llabs(skew) / SAE_SECOND), x->host);
    }
    x->answer->retry_after = sae_retry_after(
        x->retry_after, x->date != 0 ? x->date : sae_clock_now());
    return SAE_OK;
}

static enum sae_status transfer(struct exchange *x, struct sae_err *err)
{
    int64_t now = sae_clock_monotonic(), last = x->http->setup.budget->end;
    int64_t end = last - now < x->request->patience ? last : now + x->request->patience;
    CURLcode code = CURLE_OK;
    enum sae_status status;
    bool ok = true;
    struct curl_slist *headers = make_headers(x->request, &ok);

    if (!ok) {
        free_headers(headers);
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    set_options(x, headers);
    if (curl_multi_add_handle(x->http->multi, x->http->easy) != CURLM_OK) {
        free_headers(headers);
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    status = drive(x, end, &code, err);
    if (status == SAE_OK) {
        status = judge(x, code, err);
    }
    /* A patience that the budget had cut short is the budget's end, to the tick. */
    if (status == SAE_E_NETWORK && sae_http_left(x->http) == 0) {
        status = is_nameless(x) ? SAE_E_TIMEOUT
                                : sae_fail_in(err, SAE_E_TIMEOUT, "time limit reached");
    }
    curl_multi_remove_handle(x->http->multi, x->http->easy);
    free_headers(headers);
    return status;
}

enum sae_status sae_http_send(struct sae_http *http, const struct sae_http_request *request,
                              struct sae_http_answer *ret_answer, struct sae_err *err)
{
    struct sae_err why = {0};
    struct exchange x = {.http = http,
                         .request = request,
                         .answer = ret_answer,
                         .proxy = request->local ? NULL : http->setup.proxy,
                         .begun = sae_clock_monotonic(),
                         .err = &why};
    enum sae_status status;

    *ret_answer = (struct sae_http_answer){.retry_after = -1};
    sae_buf_init(&ret_answer->body, SAE_HTTP_ERROR_BODY);
    sae_http_name(x.host, sizeof(x.host), request->url);
    status = sae_budget_check(http->setup.budget, err);
    if (status != SAE_OK) {
        return status;
    }
    x.recording = sae_record_begin(http->setup.record, request->service, request->url,
                                   request->body, request->body_len);
    status = transfer(&x, &why);
    sae_record_end(x.recording, ret_answer->status, status == SAE_OK ? "ok" : why.text);
    http->setup.traffic->requests++;
    http->setup.traffic->bytes += (int64_t)x.bytes;
    if (ret_answer->status == 429 ||
        (ret_answer->status == 503 && ret_answer->retry_after >= 0)) {
        http->setup.traffic->throttled++;
    }
    if (status != SAE_OK) {
        (void)sae_fail(err, status, "%s", why.text);
    }
    return status;
}

void sae_http_answer_done(struct sae_http_answer *answer)
{
    sae_buf_done(&answer->body);
}
