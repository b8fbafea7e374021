/* SPDX-License-Identifier: MIT */
/* Tokens against scripted services: common to the tests of asking and of keeping. */
#ifndef SAE_TEST_TOKEN_H
#define SAE_TEST_TOKEN_H

#include "base/json.h"
#include "fetch/token.h"
#include "login.h"
#include "scripted_http.h"

#define GRAPH SAE_SERVICE_GRAPH
#define EXCHANGE SAE_SERVICE_EXCHANGE
#define GRAPH_FILE "state/private/contoso.graph.token"
#define WRONG_SECRET                                                                     \
    "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid "      \
    "client "                                                                            \
    "secret provided.\\r\\nTrace ID: 5f0d2a11\",\"error_codes\":[7000215]}"

static struct sae_tokens *tokens;

/* A new run: nothing is remembered but what is on disk. */
static inline void new_run(void)
{
    sae_tokens_free(tokens);
    tokens = sae_tokens_new(&tenant, &the_http);
    ck_assert_ptr_nonnull(tokens);
}

static inline void token_begin(void)
{
    login_begin();
    http_begin();
    tokens = NULL;
    set(SAE_KEY_CLIENT_SECRET_FILE, private_file("secret", "s3cret\n", 0600));
    new_run();
}

static inline void token_end(void)
{
    ck_assert_int_eq(sent, scripted);
    sae_tokens_free(tokens);
    login_end();
}

/* An answer with a token that lives so many seconds. */
static inline void then_token(const char *token, const char *life)
{
    static char texts[8][256];
    static unsigned next;
    char *text = texts[next++ % 8];

    snprintf(text, sizeof(texts[0]),
             "{\"token_type\":\"Bearer\",\"expires_in\":%s,\"ext_expires_in\":3599,"
             "\"access_token\":\"%s\"}",
             life, token);
    then_answer((struct scripted){.status = 200, .body = text});
}

static inline enum sae_status get(enum sae_service service, const char **ret_token)
{
    why = (struct sae_err){0};
    return sae_token_get(tokens, service, ret_token, &why);
}

static inline void gives(enum sae_service service, const char *want)
{
    const char *token = NULL;

    went_well(get(service, &token));
    ck_assert_str_eq(token, want);
}

static inline void is_refused(enum sae_status want, const char *words)
{
    const char *token = NULL;

    failed(get(GRAPH, &token), want, words);
    ck_assert_ptr_null(token);
    ck_assert_ptr_null(strstr(why.text, "s3cret"));
}

static inline mode_t mode_of(const char *name)
{
    struct stat st;

    ck_assert_int_eq(lstat(path_of(name), &st), 0);
    return st.st_mode & 07777;
}

static inline void is_asked_anew(void)
{
    then_token("two", "3600");
    gives(GRAPH, "two");
}

/* What ends the validity of whatever is kept. */
static const struct {
    enum sae_key key;
    const char *value;
} changes[] = {
    {SAE_KEY_TENANT_ID, "8d1f2c3b-0000-4000-8000-000000000002"},
    {SAE_KEY_CLIENT_ID, "8d1f2c3b-0000-4000-8000-000000000003"},
    {SAE_KEY_CLOUD, "gcc-high"},
    {SAE_KEY_LOGIN_URL, "https://127.0.0.1:8443"},
};

/* Another value for a member of a kept file, NULL: none. */
static inline void tamper(const char *name, cJSON *value)
{
    char text[40000];
    FILE *file = fopen(path_of(GRAPH_FILE), "r");
    size_t len;
    cJSON *root;
    char *out;

    ck_assert_ptr_nonnull(file);
    len = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[len] = '\0';
    root = cJSON_Parse(text);
    ck_assert_ptr_nonnull(root);
    cJSON_DeleteItemFromObject(root, name);
    if (value != NULL) {
        cJSON_AddItemToObject(root, name, value);
    }
    out = cJSON_PrintUnformatted(root);
    write_text(GRAPH_FILE, out, noon());
    free(out);
    cJSON_Delete(root);
}

/* Moves what is kept into the past, by so many seconds. */
static inline void let_pass(int64_t seconds)
{
    static const char *const names[] = {"since", "until"};
    char text[40000];
    FILE *file = fopen(path_of(GRAPH_FILE), "r");
    cJSON *root;

    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    root = cJSON_Parse(text);
    for (int i = 0; i < 2; i++) {
        double ms = cJSON_GetObjectItem(root, names[i])->valuedouble;

        tamper(names[i], cJSON_CreateNumber(ms - (double)seconds * 1000));
    }
    cJSON_Delete(root);
    new_run();
}

#endif
