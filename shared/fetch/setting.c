/* SPDX-License-Identifier: MIT */
#include "fetch/setting.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/text.h"

enum { ENVELOPES = 4 }; /* lists and envelopes around an object */

bool sae_setting_watched(const char *name)
{
    return (strcasestr(name, "smtp") != NULL || strcasestr(name, "basic") != NULL ||
            strcasestr(name, "legacy") != NULL) &&
           strchr(name, '@') == NULL; /* an annotation of OData */
}

void sae_setting_text(const char *text, size_t len, char ret_value[SAE_SHOWN + 1])
{
    sae_text_safe(ret_value, SAE_SHOWN + 1, text, len);
    if (strcasecmp(ret_value, "true") == 0 || strcasecmp(ret_value, "false") == 0) {
        sae_text_lower(ret_value, strlen(ret_value));
    }
}

static enum sae_status write_list(const cJSON *list, char ret_value[SAE_SHOWN + 1],
                                  struct sae_err *err)
{
    const cJSON *item;
    uint64_t sum = 0;

    cJSON_ArrayForEach(item, list)
    {
        char *text = cJSON_PrintUnformatted(item);

        if (text == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        sum +=
            sae_hash64(text, strlen(text)) ^
            (item->string == NULL ? 0 : sae_hash64(item->string, strlen(item->string)));
        cJSON_free(text);
    }
    if (list->child == NULL) {
        snprintf(ret_value, SAE_SHOWN + 1, "list");
    } else {
        snprintf(ret_value, SAE_SHOWN + 1, "list-%08" PRIx32, (uint32_t)(sum >> 32));
    }
    return SAE_OK;
}

enum sae_status sae_setting_value(const cJSON *member, char ret_value[SAE_SHOWN + 1],
                                  struct sae_err *err)
{
    if (cJSON_IsString(member)) {
        sae_setting_text(member->valuestring, strlen(member->valuestring), ret_value);
    } else if (cJSON_IsBool(member)) {
        snprintf(ret_value, SAE_SHOWN + 1, "%s", cJSON_IsTrue(member) ? "true" : "false");
    } else if (cJSON_IsNumber(member)) {
        snprintf(ret_value, SAE_SHOWN + 1, "%.0f", member->valuedouble);
    } else if (cJSON_IsNull(member)) {
        ret_value[0] = '\0';
    } else {
        return write_list(member, ret_value, err);
    }
    return SAE_OK;
}

enum sae_status sae_setting_object(const cJSON *value, const char *what,
                                   const cJSON **ret_object, struct sae_err *err)
{
    for (int depth = 0; depth < ENVELOPES; depth++) {
        const cJSON *inner = NULL;

        if (cJSON_IsArray(value)) {
            if (cJSON_GetArraySize(value) != 1) {
                return sae_fail(err, SAE_E_FORMAT, "%d %s, not one",
                                cJSON_GetArraySize(value), what);
            }
            value = value->child;
            continue;
        }
        if (!cJSON_IsObject(value)) {
            break;
        }
        if (cJSON_GetObjectItemCaseSensitive(value, "error") != NULL ||
            cJSON_GetObjectItemCaseSensitive(value, "@odata.error") != NULL) {
            return sae_fail(err, SAE_E_FORMAT, "the answer is an error, not data");
        }
        inner = cJSON_GetObjectItemCaseSensitive(value, "value");
        if (inner == NULL) {
            *ret_object = value;
            return SAE_OK;
        }
        value = inner;
    }
    return sae_fail(err, SAE_E_FORMAT, "no object in it");
}
