/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <math.h> /* isfinite(), which needs no libm */
#include <stdlib.h>

#include "base/hash.h"
#include "base/scan.h"
#include "base/scan_private.h"

/* Up to here comparing all pairs is faster than sorting. */
enum { FEW_NAMES = 24, FIRST_CAP = 256 };

/* The hashes of the member names of all open objects lie on one stack; an object is
 * checked when it ends. Two names with the same hash (nobody will see that by chance)
 * refuse the document, which is the safe side. */
struct gate {
    size_t nodes;
    unsigned depth;
    size_t from[SAE_SCAN_DEPTH]; /* where the names of that container begin */
    bool nomem;
    size_t count;
    size_t cap;
    uint64_t *names;
};

static bool gate_member(void *arg, const char *name, size_t len)
{
    struct gate *gate = arg;

    if (gate->count == gate->cap) {
        size_t cap = gate->cap == 0 ? FIRST_CAP : gate->cap * 2;
        uint64_t *names = realloc(gate->names, cap * sizeof(*names));

        if (names == NULL) {
            gate->nomem = true; /* said by gate_value(), which comes next */
            return true;
        }
        gate->names = names;
        gate->cap = cap;
    }
    gate->names[gate->count++] = sae_hash64(name, len);
    return true;
}

static enum sae_status gate_value(void *arg, const struct sae_scan_value *value,
                                  struct sae_err *err)
{
    struct gate *gate = arg;

    if (gate->nomem) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    if (gate->depth == 0 && value->kind != SAE_SCAN_OBJECT) {
        return sae_fail(err, SAE_E_FORMAT, "the document is not an object");
    }
    if (++gate->nodes > SAE_JSON_NODES) {
        return sae_fail(err, SAE_E_LIMIT, "more than %d values", SAE_JSON_NODES);
    }
    if (value->kind == SAE_SCAN_STRING && value->spoiled) {
        return sae_fail(err, SAE_E_FORMAT,
                        "a string has NUL, half a surrogate pair or over %d bytes",
                        SAE_SCAN_TEXT);
    }
    if (value->kind == SAE_SCAN_OBJECT || value->kind == SAE_SCAN_ARRAY) {
        gate->from[gate->depth++] = gate->count;
    }
    return SAE_OK;
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static bool has_twins(uint64_t *hashes, size_t count)
{
    if (count <= FEW_NAMES) {
        for (size_t i = 1; i < count; i++) {
            for (size_t k = 0; k < i; k++) {
                if (hashes[i] == hashes[k]) {
                    return true;
                }
            }
        }
        return false;
    }
    qsort(hashes, count, sizeof(*hashes), compare_hashes);
    for (size_t i = 1; i < count; i++) {
        if (hashes[i] == hashes[i - 1]) {
            return true;
        }
    }
    return false;
}

static enum sae_status gate_end(void *arg, struct sae_err *err)
{
    struct gate *gate = arg;
    size_t from = gate->from[--gate->depth];
    size_t count = gate->count - from;

    gate->count = from;
    if (count > 1 && has_twins(gate->names + from, count)) {
        return sae_fail(err, SAE_E_FORMAT, "a member name occurs twice in one object");
    }
    return SAE_OK;
}

static enum sae_status pass_gate(const char *data, size_t len, struct sae_err *err)
{
    static const struct sae_scan_handler handler = {gate_member, gate_value, gate_end};
    struct gate gate = {0};
    struct sae_scan *scan = sae_scan_new(&handler, &gate, false);
    enum sae_status status;

    if (scan == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    sae_scan_refuse_hidden_names(scan);
    status = sae_scan_feed(scan, data, len, err);
    if (status == SAE_OK) {
        status = sae_scan_finish(scan, err);
    }
    sae_scan_free(scan);
    free(gate.names);
    return status;
}

enum sae_status sae_json_parse(const char *data, size_t len, size_t max, cJSON **ret_root,
                               struct sae_err *err)
{
    enum sae_status status;
    cJSON *root;

    if (len > max) {
        return sae_fail(err, SAE_E_LIMIT, "a document of more than %zu bytes", max);
    }
    status = pass_gate(data, len, err);
    if (status != SAE_OK) {
        return status;
    }
    /* cJSON accepts more than the gate, so only memory can be missing now. */
    root = cJSON_ParseWithLengthOpts(data, len, NULL, 0);
    if (root == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    *ret_root = root;
    return SAE_OK;
}

static enum sae_json_answer find(const cJSON *object, const char *name,
                                 const cJSON **ret_item)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (item == NULL) {
        return SAE_JSON_MISSING;
    }
    *ret_item = item;
    return cJSON_IsNull(item) ? SAE_JSON_NULL : SAE_JSON_OK;
}

enum sae_json_answer sae_json_string(const cJSON *object, const char *name,
                                     const char **ret_text)
{
    const cJSON *item;
    enum sae_json_answer answer = find(object, name, &item);

    if (answer != SAE_JSON_OK) {
        return answer;
    }
    if (!cJSON_IsString(item)) {
        return SAE_JSON_TYPE;
    }
    *ret_text = item->valuestring;
    return SAE_JSON_OK;
}

enum sae_json_answer sae_json_bool(const cJSON *object, const char *name, bool *ret_value)
{
    const cJSON *item;
    enum sae_json_answer answer = find(object, name, &item);

    if (answer != SAE_JSON_OK) {
        return answer;
    }
    if (!cJSON_IsBool(item)) {
        return SAE_JSON_TYPE;
    }
    *ret_value = cJSON_IsTrue(item) != 0;
    return SAE_JSON_OK;
}

enum sae_json_answer sae_json_number(const cJSON *object, const char *name, double min,
                                     double max, double *ret_value)
{
    const cJSON *item;
    enum sae_json_answer answer = find(object, name, &item);

    if (answer != SAE_JSON_OK) {
        return answer;
    }
    if (!cJSON_IsNumber(item)) {
        return SAE_JSON_TYPE;
    }
    /* 1e999 arrives as infinity. */
    if (!isfinite(item->valuedouble) || item->valuedouble < min ||
        item->valuedouble > max) {
        return SAE_JSON_RANGE;
    }
    *ret_value = item->valuedouble;
    return SAE_JSON_OK;
}

enum sae_json_answer sae_json_int(const cJSON *object, const char *name, int64_t min,
                                  int64_t max, int64_t *ret_value)
{
    /* 2^53 itself may have been 2^53 + 1 in the document, hence RFC 7493 section 2.2. */
    const double safe = 9007199254740991.0;
    int64_t whole;
    double value;
    enum sae_json_answer answer = sae_json_number(object, name, -safe, safe, &value);

    if (answer != SAE_JSON_OK) {
        return answer;
    }
    whole = (int64_t)value;
    if ((double)whole < value || (double)whole > value) {
        return SAE_JSON_TYPE;
    }
    if (whole < min || whole > max) {
        return SAE_JSON_RANGE;
    }
    *ret_value = whole;
    return SAE_JSON_OK;
}

enum sae_json_answer sae_json_object(const cJSON *object, const char *name,
                                     const cJSON **ret_object)
{
    const cJSON *item;
    enum sae_json_answer answer = find(object, name, &item);

    if (answer != SAE_JSON_OK) {
        return answer;
    }
    if (!cJSON_IsObject(item)) {
        return SAE_JSON_TYPE;
    }
    *ret_object = item;
    return SAE_JSON_OK;
}

enum sae_json_answer sae_json_array(const cJSON *object, const char *name,
                                    const cJSON **ret_array)
{
    const cJSON *item;
    enum sae_json_answer answer = find(object, name, &item);

    if (answer != SAE_JSON_OK) {
        return answer;
    }
    if (!cJSON_IsArray(item)) {
        return SAE_JSON_TYPE;
    }
    *ret_array = item;
    return SAE_JSON_OK;
}
