/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/file.h"
#include "config/ini.h"
#include "config/keys.h"

enum { MOST_TENANTS = 10000 };

struct loader {
    struct sae_config config;
    char *defaults[SAE_KEY_COUNT];
    bool saw_defaults;
    bool in_section;
    bool included; /* reading an included file: it may not include further */
    struct sae_tenant *tenant; /* whose section we are in; NULL: defaults, or none */
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* A tenant's section keeps its first fault; elsewhere a fault ends the load. */
static enum sae_status fault(struct loader *ld, const struct sae_ini_line *line,
                             const char *what, struct sae_err *err)
{
    struct sae_err found;

    sae_fail(&found, SAE_E_CONFIG, "%s line %u: %s", base_name(line->file), line->line, what);
    if (ld->tenant == NULL) {
        return sae_fail(err, SAE_E_CONFIG, "%s", found.text);
    }
    if (ld->tenant->fault.code == SAE_OK) {
        ld->tenant->fault = found;
    }
    return SAE_OK;
}

static struct sae_tenant *find_tenant(const struct sae_config *config, const char *name)
{
    for (size_t i = 0; i < config->count; i++) {
        if (strcmp(config->tenants[i].name, name) == 0) {
            return &config->tenants[i];
        }
    }
    return NULL;
}

static enum sae_status add_tenant(struct loader *ld, const struct sae_ini_line *line,
                                  struct sae_err *err)
{
    struct sae_config *config = &ld->config;
    struct sae_tenant *more;

    if (config->count == MOST_TENANTS) {
        return sae_fail(err, SAE_E_LIMIT, "%s: more than %d tenants", line->file,
                        MOST_TENANTS);
    }
    if ((config->count & (config->count - 1)) == 0) { /* room doubles at powers of two */
        size_t room = config->count == 0 ? 1 : config->count * 2;

        more = realloc(config->tenants, room * sizeof(*more));
        if (more == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        config->tenants = more;
    }
    ld->tenant = &config->tenants[config->count++];
    memset(ld->tenant, 0, sizeof(*ld->tenant));
    snprintf(ld->tenant->name, sizeof(ld->tenant->name), "%s", line->section);
    ld->tenant->file = strdup(line->file);
    return ld->tenant->file == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory") : SAE_OK;
}

static enum sae_status open_section(struct loader *ld, const struct sae_ini_line *line,
                                    struct sae_err *err)
{
    ld->in_section = true;
    if (strcmp(line->section, "defaults") == 0) {
        ld->tenant = NULL;
        if (ld->saw_defaults) {
            return fault(ld, line, "section defaults is there twice", err);
        }
        ld->saw_defaults = true;
        return SAE_OK;
    }
    ld->tenant = find_tenant(&ld->config, line->section);
    if (ld->tenant != NULL) {
        return fault(ld, line, "this tenant has a section already", err);
    }
    return add_tenant(ld, line, err);
}

/* Each entry of a comma separated list of files, beside the file that names them. */
static char *resolve_list(const char *from, const char *value)
{
    char *joined = strdup("");

    while (joined != NULL && *value != '\0') {
        size_t n = strcspn(value, ",");
        const char *start = value + strspn(value, " \t");
        size_t len = start < value + n ? (size_t)(value + n - start) : 0;
        char *one, *path = NULL, *next = NULL;

        while (len > 0 && (start[len - 1] == ' ' || start[len - 1] == '\t')) {
            len--;
        }
        one = strndup(start, len);
        path = one == NULL || len == 0 ? NULL : sae_file_beside(from, one);
        if (path == NULL ||
            asprintf(&next, "%s%s%s", joined, joined[0] == '\0' ? "" : ",", path) < 0) {
            next = NULL;
        }
        free(one);
        free(path);
        free(joined);
        joined = next;
        value += n + (value[n] == ',' ? 1 : 0);
    }
    return joined;
}

static char *resolve(const char *from, enum sae_key key, const char *value)
{
    if (!sae_keys[key].path ||
        (sae_keys[key].or_word && sae_key_is_service(key, value))) {
        return strdup(value);
    }
    return key == SAE_KEY_SIGNINS ? resolve_list(from, value) : sae_file_beside(from, value);
}

/* What was written into the wrong place may be a secret: a password stands before an @, and a
 * client secret has 34 characters or more, not only those of a GUID. */
static bool may_be_shown(const char *value)
{
    size_t len = strlen(value);

    return strchr(value, '@') == NULL &&
           (len < 30 || strspn(value, "0123456789abcdefABCDEF-{}") == len);
}

static enum sae_status set_value(struct loader *ld, const struct sae_ini_line *line,
                                 struct sae_err *err)
{
    enum sae_key key = sae_key_find(line->key);
    char **values = ld->tenant == NULL ? ld->defaults : ld->tenant->value;
    char what[256];

    if (key == SAE_KEY_COUNT) {
        snprintf(what, sizeof(what), "unknown key %.60s", line->key);
        return fault(ld, line, what, err);
    }
    if (values[key] != NULL) {
        snprintf(what, sizeof(what), "%s is there twice", line->key);
        return fault(ld, line, what, err);
    }
    if (!sae_keys[key].valid(line->value)) {
        bool shown = may_be_shown(line->value);

        snprintf(what, sizeof(what), "%s %s%.60s%smust be %s", line->key, shown ? "is " : "",
                 shown ? line->value : "", shown ? ", but " : "", sae_keys[key].want);
        return fault(ld, line, what, err);
    }
    values[key] = resolve(line->file, key, line->value);
    if (values[key] == NULL) {
        return fault(ld, line, "an empty entry in a list of files", err);
    }
    return SAE_OK;
}

static enum sae_status load_file(struct loader *ld, const char *path, struct sae_err *err);

static enum sae_status include(struct loader *ld, const struct sae_ini_line *line,
                               struct sae_err *err)
{
    char *pattern = sae_file_beside(line->file, line->value);
    enum sae_status status = SAE_OK;
    glob_t found;
    int rc;

    if (pattern == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    rc = glob(pattern, GLOB_ERR, NULL, &found);
    if (rc != 0 && rc != GLOB_NOMATCH) {
        status = sae_fail(err, SAE_E_CONFIG, "%s line %u: include: cannot read %s",
                          base_name(line->file), line->line, pattern);
    } else if (rc == GLOB_NOMATCH && strpbrk(pattern, "*?[") == NULL) {
        status = sae_fail(err, SAE_E_CONFIG, "%s line %u: include: no file %s",
                          base_name(line->file), line->line, pattern);
    }
    for (size_t i = 0; rc == 0 && i < found.gl_pathc && status == SAE_OK; i++) {
        struct loader inner = *ld;

        inner.included = true;
        inner.in_section = false;
        inner.tenant = NULL;
        status = load_file(&inner, found.gl_pathv[i], err);
        inner.included = ld->included;
        inner.in_section = false;
        inner.tenant = NULL;
        *ld = inner;
    }
    if (rc == 0) {
        globfree(&found);
    }
    free(pattern);
    return status;
}

static enum sae_status take_line(void *arg, const struct sae_ini_line *line,
                                 struct sae_err *err)
{
    struct loader *ld = arg;

    if (line->fault != NULL) {
        return fault(ld, line, line->fault, err);
    }
    if (line->key == NULL) {
        return open_section(ld, line, err);
    }
    if (strcmp(line->key, "include") == 0 && !ld->in_section) {
        return ld->included ? fault(ld, line, "an included file cannot include", err)
                            : include(ld, line, err);
    }
    if (!ld->in_section) {
        return fault(ld, line, "only include may stand before the first section", err);
    }
    return set_value(ld, line, err);
}

static enum sae_status load_file(struct loader *ld, const char *path, struct sae_err *err)
{
    return sae_ini_read(path, take_line, ld, err);
}

static void free_values(char **values)
{
    for (int i = 0; i < SAE_KEY_COUNT; i++) {
        free(values[i]);
    }
}

/* Where a tenant gave no value: that of [defaults], else the built-in one. */
static enum sae_status fill_in(const struct loader *ld, struct sae_tenant *tenant,
                               struct sae_err *err)
{
    for (int i = 0; i < SAE_KEY_COUNT; i++) {
        const char *value = ld->defaults[i] != NULL ? ld->defaults[i] : sae_keys[i].builtin;

        if (tenant->value[i] != NULL || value == NULL) {
            continue;
        }
        tenant->value[i] = strdup(value);
        if (tenant->value[i] == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
    }
    return SAE_OK;
}

static enum sae_status fill_all(struct loader *ld, const char *path, struct sae_err *err)
{
    struct sae_tenant *drill = &ld->config.drill;
    enum sae_status status;

    snprintf(drill->name, sizeof(drill->name), "%s", SAE_DRILL);
    drill->file = strdup(path);
    status = drill->file == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                                 : fill_in(ld, drill, err);
    for (size_t t = 0; t < ld->config.count && status == SAE_OK; t++) {
        status = fill_in(ld, &ld->config.tenants[t], err);
    }
    return status;
}

enum sae_status sae_config_load(const char *path, struct sae_config *ret_config,
                                struct sae_err *err)
{
    struct loader ld = {0};
    enum sae_status status = load_file(&ld, path, err);

    if (status == SAE_OK) {
        status = fill_all(&ld, path, err);
    }
    free_values(ld.defaults);
    if (status != SAE_OK) {
        sae_config_done(&ld.config);
        return status;
    }
    *ret_config = ld.config;
    return SAE_OK;
}

void sae_config_done(struct sae_config *config)
{
    for (size_t i = 0; i < config->count; i++) {
        free_values(config->tenants[i].value);
        free(config->tenants[i].file);
    }
    free(config->tenants);
    free_values(config->drill.value);
    free(config->drill.file);
    *config = (struct sae_config){0};
}

const struct sae_tenant *sae_config_tenant(const struct sae_config *config, const char *name)
{
    const struct sae_tenant *tenant = find_tenant(config, name);

    return tenant == NULL && name[0] != '\0' && strcmp(name, config->drill.name) == 0
               ? &config->drill
               : tenant;
}

const char *sae_tenant_text(const struct sae_tenant *tenant, enum sae_key key)
{
    return tenant->value[key];
}

bool sae_tenant_detector_is_off(const struct sae_tenant *tenant, const char *name)
{
    for (int key = SAE_KEY_LOCKOUTS; key < SAE_KEY_COUNT; key++) {
        if (strcmp(sae_keys[key].name, name) == 0) {
            return strcmp(tenant->value[key], "off") == 0;
        }
    }
    return false;
}

int64_t sae_tenant_ticks(const struct sae_tenant *tenant, enum sae_key key)
{
    int64_t seconds = 0;

    if (tenant->value[key] == NULL || !sae_duration_parse(tenant->value[key], &seconds)) {
        return 0;
    }
    return seconds * SAE_SECOND;
}

static enum sae_key source_key(enum sae_part part)
{
    switch (part) {
    case SAE_PART_TENANT:
        return SAE_KEY_TRANSPORT_CONFIG;
    case SAE_PART_MAILBOXES:
        return SAE_KEY_MAILBOXES;
    case SAE_PART_SIGNINS:
        return SAE_KEY_SIGNINS;
    default:
        return SAE_KEY_COUNT;
    }
}

const char *sae_tenant_source(const struct sae_tenant *tenant, enum sae_part part)
{
    enum sae_key key = source_key(part);

    if (part == SAE_PART_POLICY) { /* read from where the tenant switch is */
        return sae_tenant_from_service(tenant, SAE_PART_TENANT) ? "exchange" : "off";
    }
    return tenant->value[key];
}

bool sae_stream_next(const char **list, char ret_entry[SAE_STREAM])
{
    size_t len = strcspn(*list, ",");

    if (**list == '\0') {
        return false;
    }
    snprintf(ret_entry, SAE_STREAM, "%.*s", (int)len, *list);
    *list += len + ((*list)[len] == ',' ? 1 : 0);
    return true;
}

bool sae_tenant_from_files(const struct sae_tenant *tenant, enum sae_part part)
{
    enum sae_key key = source_key(part);

    return key != SAE_KEY_COUNT && !sae_key_is_service(key, tenant->value[key]);
}

bool sae_tenant_from_service(const struct sae_tenant *tenant, enum sae_part part)
{
    return !sae_tenant_from_files(tenant, part) &&
           strcmp(sae_tenant_source(tenant, part), "off") != 0;
}

bool sae_tenant_is_live(const struct sae_tenant *tenant)
{
    return sae_tenant_from_service(tenant, SAE_PART_TENANT) ||
           sae_tenant_from_service(tenant, SAE_PART_MAILBOXES) ||
           sae_tenant_from_service(tenant, SAE_PART_SIGNINS);
}

int64_t sae_tenant_max_age(const struct sae_tenant *tenant, enum sae_part part)
{
    enum sae_key key = part == SAE_PART_SIGNINS ? SAE_KEY_MAX_AGE : SAE_KEY_POSTURE_MAX_AGE;

    if (tenant->value[key] != NULL) {
        return sae_tenant_ticks(tenant, key);
    }
    if (sae_tenant_from_files(tenant, part)) {
        return 36 * SAE_HOUR;
    }
    return part == SAE_PART_SIGNINS ? SAE_HOUR : 6 * SAE_HOUR;
}

char *sae_tenant_snapshot_path(const struct sae_tenant *tenant)
{
    char *path;

    if (asprintf(&path, "%s/%s.json", tenant->value[SAE_KEY_STATE_DIR], tenant->name) < 0) {
        return NULL;
    }
    return path;
}

bool sae_tenant_next_phase(const struct sae_tenant *tenant, int64_t day, int64_t *ret_day,
                           bool *ret_assumed)
{
    const char *list = tenant->value[SAE_KEY_PHASES];
    bool found = false, assumed;
    int64_t phase;

    while (*list != '\0' && sae_phase_next(&list, &phase, &assumed)) {
        if (phase >= day && (!found || phase < *ret_day)) {
            *ret_day = phase;
            *ret_assumed = assumed;
            found = true;
        }
    }
    return found;
}
