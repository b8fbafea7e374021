/* SPDX-License-Identifier: MIT */
/* The gate in front of cJSON: whatever it lets pass, cJSON parses, no object has a name
 * twice, and the getters agree with each other about every member. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth) {
        abort();
    }
}

/* Exactly one type fits, and the look-up finds this very item (so no name repeats). */
static void check_member(const cJSON *object, const cJSON *item)
{
    const char *name = item->string, *text = NULL;
    const cJSON *found = NULL;
    bool flag = false;
    int64_t whole = 0;
    double number = 0;
    unsigned fits = cJSON_IsNull(item) ? 1 : 0;

    require(cJSON_GetObjectItemCaseSensitive(object, name) == item);
    if (sae_json_string(object, name, &text) == SAE_JSON_OK) {
        require(text == item->valuestring);
        fits++;
    }
    if (sae_json_bool(object, name, &flag) == SAE_JSON_OK) {
        fits++;
    }
    if (sae_json_object(object, name, &found) == SAE_JSON_OK) {
        require(found == item);
        fits++;
    }
    if (sae_json_array(object, name, &found) == SAE_JSON_OK) {
        require(found == item);
        fits++;
    }
    switch (sae_json_number(object, name, -1e308, 1e308, &number)) {
    case SAE_JSON_OK:
        require(isfinite(number));
        fits++;
        break;
    case SAE_JSON_RANGE:
        fits++;
        break;
    default:
        break;
    }
    if (sae_json_int(object, name, -1000, INT64_MAX, &whole) == SAE_JSON_OK) {
        require(whole >= -1000 && whole <= INT64_C(1) << 53);
        require(sae_json_int(object, name, whole, whole, &whole) == SAE_JSON_OK);
    }
    require(fits == 1);
}

static void walk(const cJSON *item)
{
    for (const cJSON *child = item->child; child != NULL; child = child->next) {
        if (cJSON_IsObject(item)) {
            check_member(item, child);
        }
        walk(child);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sae_err err = {0};
    cJSON *root = NULL;
    enum sae_status status = sae_json_parse((const char *)data, size, 65536, &root, &err);

    /* Memory is never short here: this would be a document that only the gate accepts. */
    require(status != SAE_E_NOMEM);
    require((status == SAE_OK) == (root != NULL) &&
            (status == SAE_OK || err.text[0] != 0));
    if (root != NULL) {
        require(cJSON_IsObject(root));
        walk(root);
        cJSON_Delete(root);
    }
    return 0;
}
