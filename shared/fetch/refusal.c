/* SPDX-License-Identifier: MIT */
#include "fetch/refusal.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

static bool is_nul(const struct sae_buf *body)
{
    for (size_t i = 0; i < body->len; i++) {
        if (body->data[i] != '\0') {
            return false;
        }
    }
    return body->len > 0;
}

static void say(struct sae_refusal *refusal, const char *text)
{
    snprintf(refusal->text, sizeof(refusal->text), "%s", text);
    for (char *at = refusal->text; *at != '\0'; at++) {
        *at = *at == '\r' || *at == '\n' ? ' ' : *at;
    }
    sae_text_message(refusal->text);
}

/* A detail of Exchange is "ExNNNNNN|Dotted.Type|text", or JSON in a text. */
static void say_detail(struct sae_refusal *refusal, const char *text)
{
    const char *bar = strrchr(text, '|'), *message;
    cJSON *root = NULL;

    if (text[0] == '{' &&
        sae_json_parse(text, strlen(text), strlen(text), &root, NULL) == SAE_OK) {
        if (sae_json_string(root, "Message", &message) == SAE_JSON_OK) {
            say(refusal, message);
        }
        cJSON_Delete(root);
        return;
    }
    say(refusal, bar == NULL ? text : bar + 1);
}

/* From the vaguest to the most telling: the last one that is there stays. */
static void read_error(struct sae_refusal *refusal, const cJSON *error)
{
    const cJSON *details, *inner, *internal;
    const char *text;

    if (sae_json_string(error, "code", &text) == SAE_JSON_OK) {
        sae_text_safe(refusal->code, sizeof(refusal->code), text, strlen(text));
    }
    if (sae_json_string(error, "message", &text) == SAE_JSON_OK) {
        say(refusal, text);
    }
    if (sae_json_array(error, "details", &details) == SAE_JSON_OK &&
        cJSON_IsObject(details->child) &&
        sae_json_string(details->child, "message", &text) == SAE_JSON_OK) {
        say_detail(refusal, text);
    }
    if (sae_json_object(error, "innererror", &inner) == SAE_JSON_OK &&
        sae_json_object(inner, "internalexception", &internal) == SAE_JSON_OK &&
        sae_json_string(internal, "message", &text) == SAE_JSON_OK) {
        say(refusal, text);
    }
}

void sae_refusal_read(const struct sae_http_answer *answer, struct sae_refusal *ret_refusal)
{
    const struct sae_buf *body = &answer->body;
    struct sae_refusal refusal = {.status = answer->status,
                                  .nul = answer->garbled || is_nul(body)};
    const cJSON *error;
    cJSON *root = NULL;

    if (body->len > 0 && !refusal.nul &&
        sae_json_parse(body->data, body->len, SAE_HTTP_ERROR_BODY, &root, NULL) == SAE_OK) {
        if (sae_json_object(root, "error", &error) == SAE_JSON_OK) {
            read_error(&refusal, error);
        }
        cJSON_Delete(root);
    }
    *ret_refusal = refusal;
}
