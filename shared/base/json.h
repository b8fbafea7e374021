/* SPDX-License-Identifier: MIT */
/* Small JSON documents: the gate (base/scan) and then a cJSON tree, read through typed
 * getters. cJSON alone accepts trailing bytes, bad UTF-8 and control bytes, cuts strings at
 * \u0000 and keeps repeated names; behind the gate none of that arrives: a document with a
 * spoiled string or a member name that repeats in its object is refused here.
 *
 * Missing, null, wrong type and out of range are four different answers. */
#ifndef SAE_JSON_H
#define SAE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/err.h"

enum { SAE_JSON_NODES = 200000 }; /* values in one document */

enum sae_json_answer {
    SAE_JSON_OK,
    SAE_JSON_MISSING,
    SAE_JSON_NULL,
    SAE_JSON_TYPE,
    SAE_JSON_RANGE
};

/* Parses exactly one object of at most `max` bytes. On success the caller owns *ret_root
 * (cJSON_Delete). */
enum sae_status sae_json_parse(const char *data, size_t len, size_t max, cJSON **ret_root,
                               struct sae_err *err) SAE_MUST_CHECK;

/* The member `name` of `object` (case matters). Outputs are written only with SAE_JSON_OK;
 * strings are borrowed from the tree. */
enum sae_json_answer sae_json_string(const cJSON *object, const char *name,
                                     const char **ret_text);
enum sae_json_answer sae_json_bool(const cJSON *object, const char *name, bool *ret_value);
/* A whole number between min and max, both within +-2^53. */
enum sae_json_answer sae_json_int(const cJSON *object, const char *name, int64_t min,
                                  int64_t max, int64_t *ret_value);
/* A finite number between min and max. */
enum sae_json_answer sae_json_number(const cJSON *object, const char *name, double min,
                                     double max, double *ret_value);
enum sae_json_answer sae_json_object(const cJSON *object, const char *name,
                                     const cJSON **ret_object);
enum sae_json_answer sae_json_array(const cJSON *object, const char *name,
                                    const cJSON **ret_array);

#endif
