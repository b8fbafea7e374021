/* SPDX-License-Identifier: MIT */
/* The collectd plugin smtp_auth: every metric of every tenant, from the published
 * snapshots. The only file that sees collectd's headers; see collectd-smtp_auth(5).
 *
 * Reading always succeeds in collectd's eyes: a read that fails would be repeated ever
 * more rarely (plugin.c, plugin_read_thread), and the series would vanish. What is wrong
 * is said by series instead: collect_ok, the ages, and "unproven". No thread, no lock:
 * collectd calls configuration, init, read and shutdown one at a time. */
#include <collectd/core/daemon/collectd.h>

#include <collectd/core/daemon/plugin.h>
#include <collectd/core/utils/common/common.h>

#include "base/clock.h"
#include "collectd/types.h"
#include "config/config.h"
#include "view.h"

#define ME "smtp_auth"
#define SAYS ME " plugin: "

/* What is wrong now, and was logged: once, until it is another thing or gone. */
struct complaint {
    char text[sizeof(((struct sae_err *)0)->text)];
};

/* What is remembered of a tenant from read to read. */
struct watched {
    char name[SAE_TENANT_NAME + 1];
    char host[DATA_MAX_NAME_LEN]; /* "": the daemon's own */
    bool seen;                    /* by the present read */
    enum sae_switch last_switch;
    struct sae_part_state
        parts[SAE_PART_COUNT]; /* of the last good snapshot: ages go on */
    struct complaint complaint;
};

static struct {
    char *path;  /* of the configuration, NULL: the usual one */
    bool chosen; /* tenants are those of Tenant blocks, not all that are configured */
    struct watched *tenants;
    size_t count;
    struct sae_config config; /* the last one that could be read */
    bool has_config;
    cdtime_t time; /* of the present read: all that belongs together has one time */
    struct complaint complaint;
    struct sae_snapshot snap; /* of the tenant being read */
    struct sae_view view;
} me;

static const char *config_path(void)
{
    return me.path == NULL ? SAE_DEFAULT_CONFIG : me.path;
}

/* ---- tenants -------------------------------------------------------------------------
 */

static struct watched *find_watched(const char *name)
{
    for (size_t i = 0; i < me.count; i++) {
        if (strcmp(me.tenants[i].name, name) == 0) {
            return &me.tenants[i];
        }
    }
    return NULL;
}

/* NULL: out of memory. */
static struct watched *add_watched(const char *name)
{
    struct watched *grown = realloc(me.tenants, (me.count + 1) * sizeof(*grown));

    if (grown == NULL) {
        ERROR(SAYS "%s: out of memory", name);
        return NULL;
    }
    me.tenants = grown;
    grown += me.count++;
    memset(grown, 0, sizeof(*grown));
    sstrncpy(grown->name, name, sizeof(grown->name));
    return grown;
}

/* Without Tenant blocks, those that are configured now are watched and no others. */
static void follow_config(void)
{
    size_t kept = 0;

    for (size_t i = 0; i < me.count; i++) {
        me.tenants[i].seen = false;
    }
    for (size_t i = 0; i < me.config.count; i++) {
        const char *name = me.config.tenants[i].name;
        struct watched *tenant = find_watched(name);

        if (tenant == NULL) {
            tenant = add_watched(name);
        }
        if (tenant != NULL) {
            tenant->seen = true;
        }
    }
    for (size_t i = 0; i < me.count; i++) {
        if (me.tenants[i].seen) {
            me.tenants[kept++] = me.tenants[i];
        } else {
            INFO(SAYS "%s is not configured any more", me.tenants[i].name);
        }
    }
    me.count = kept;
}

/* ---- words ---------------------------------------------------------------------------
 */

/* True if that was not said yet. */
static bool complain(struct complaint *complaint, const char *about,
                     const struct sae_err *err)
{
    if (strcmp(complaint->text, err->text) == 0) {
        return false;
    }
    sstrncpy(complaint->text, err->text, sizeof(complaint->text));
    ERROR(SAYS "%s: %s", about, err->text);
    return true;
}

/* True if there was something to complain about. */
static bool is_settled(struct complaint *complaint, const char *about)
{
    if (complaint->text[0] == '\0') {
        return false;
    }
    complaint->text[0] = '\0';
    NOTICE(SAYS "%s: readable again", about);
    return true;
}

static void notify(notification_t *note, const char *host, const char *instance)
{
    note->time = cdtime();
    sstrncpy(note->host, host[0] == '\0' ? hostname_g : host, sizeof(note->host));
    sstrncpy(note->plugin, ME, sizeof(note->plugin));
    sstrncpy(note->plugin_instance, instance, sizeof(note->plugin_instance));
    plugin_dispatch_notification(note);
    if (note->meta != NULL) {
        plugin_notification_meta_free(note->meta);
    }
}

static void notify_config(const struct sae_err *err)
{
    notification_t note = {.severity = err == NULL ? NOTIF_OKAY : NOTIF_FAILURE};

    ssnprintf(note.message, sizeof(note.message), "SMTP AUTH configuration: %s",
              err == NULL ? "readable again" : err->text);
    notify(&note, "", "");
}

/* The switch as it is now; told when it is not as it was, never when it was not known. */
static void note_switch(struct watched *tenant)
{
    const struct sae_values *values = &me.view.values;
    notification_t note = {.severity = NOTIF_OKAY};
    enum sae_switch now, before = tenant->last_switch;

    if (values->certainty[SAE_M_TENANT_ENABLED] != SAE_EXACT) {
        return;
    }
    now = values->value[SAE_M_TENANT_ENABLED] > 0 ? SAE_SWITCH_ON : SAE_SWITCH_OFF;
    tenant->last_switch = now;
    if (before == SAE_SWITCH_UNKNOWN || before == now) {
        return;
    }
    note.severity = now == SAE_SWITCH_ON ? NOTIF_FAILURE : NOTIF_OKAY;
    sstrncpy(note.type, sae_collectd_type(SAE_M_TENANT_ENABLED), sizeof(note.type));
    sstrncpy(note.type_instance, sae_metrics[SAE_M_TENANT_ENABLED].name,
             sizeof(note.type_instance));
    ssnprintf(note.message, sizeof(note.message), "SMTP AUTH tenant switch of %s %s",
              tenant->name,
              now == SAE_SWITCH_ON
                  ? "was opened: find out who did it, close it again"
                  : "was closed: see that no sender is left without a way");
    plugin_notification_meta_add_double(&note, "CurrentValue",
                                        values->value[SAE_M_TENANT_ENABLED]);
    notify(&note, tenant->host, tenant->name);
}

/* ---- numbers -------------------------------------------------------------------------
 */

static void dispatch(const struct watched *tenant, const char *type, const char *name,
                     double number)
{
    value_t value = {.gauge = number};
    value_list_t list = VALUE_LIST_INIT;

    list.values = &value;
    list.values_len = 1;
    list.time = me.time;
    sstrncpy(list.host, tenant->host, sizeof(list.host));
    sstrncpy(list.plugin, ME, sizeof(list.plugin));
    sstrncpy(list.plugin_instance, tenant->name, sizeof(list.plugin_instance));
    sstrncpy(list.type, type, sizeof(list.type));
    sstrncpy(list.type_instance, name, sizeof(list.type_instance));
    plugin_dispatch_values(&list);
}

/* What is not known is not dispatched; one number says how much of it is judged. */
static void dispatch_all(const struct watched *tenant)
{
    const struct sae_values *values = &me.view.values;

    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        enum sae_metric metric = (enum sae_metric)m;

        if (values->certainty[m] != SAE_ABSENT && isfinite(values->value[m])) {
            dispatch(tenant, sae_collectd_type(metric), sae_metrics[m].name,
                     values->value[m]);
        }
    }
    dispatch(tenant, "count", SAE_COLLECTD_UNPROVEN, (double)sae_view_unproven(&me.view));
    dispatch(tenant, "count", SAE_COLLECTD_NOTICES, (double)sae_view_notices(&me.view));
}

/* No number stands without a snapshot; the ages of the last good one go on growing. */
static void view_nothing(const struct watched *tenant,
                         const struct sae_tenant *configured, int64_t now)
{
    memset(&me.snap, 0, sizeof(me.snap));
    memcpy(me.snap.parts, tenant->parts, sizeof(me.snap.parts));
    sae_view_init(&me.view, configured, &me.snap, now, 0);
    sae_values_set(&me.view.values, SAE_M_COLLECT_OK, 0);
}

static enum sae_status view_tenant(const struct sae_tenant *configured, int64_t now,
                                   struct sae_err *err)
{
    if (configured == NULL) {
        return sae_fail(err, SAE_E_CONFIG, "no such tenant in %s", config_path());
    }
    return sae_view_read(&me.view, configured, now, 0, &me.snap, err);
}

/* `fault`: why the configuration cannot be read, NULL if it can. */
static void read_tenant(struct watched *tenant, const struct sae_err *fault)
{
    const struct sae_tenant *configured = sae_config_tenant(&me.config, tenant->name);
    int64_t now = sae_clock_now();
    struct sae_err err = {0};

    if (fault == NULL && view_tenant(configured, now, &err) == SAE_OK) {
        is_settled(&tenant->complaint, tenant->name);
        memcpy(tenant->parts, me.snap.parts, sizeof(tenant->parts));
        note_switch(tenant);
        dispatch_all(tenant);
        return;
    }
    if (fault == NULL) {
        complain(&tenant->complaint, tenant->name, &err);
    }
    if (me.has_config) {
        view_nothing(tenant, configured == NULL ? &me.config.drill : configured, now);
        dispatch_all(tenant);
    } else {
        dispatch(tenant, sae_collectd_type(SAE_M_COLLECT_OK),
                 sae_metrics[SAE_M_COLLECT_OK].name, 0);
        dispatch(tenant, "count", SAE_COLLECTD_UNPROVEN, SAE_METRIC_COUNT);
    }
}

/* Read anew each time, with all that it includes: 3 ms for 200 tenants, and no change of an
 * included file can be missed. */
static enum sae_status load_config(struct sae_err *err)
{
    struct sae_config config;
    enum sae_status status = sae_config_load(config_path(), &config, err);

    if (status != SAE_OK) {
        if (complain(&me.complaint, "configuration", err)) {
            notify_config(err);
        }
        return status;
    }
    if (is_settled(&me.complaint, "configuration")) {
        notify_config(NULL);
    }
    sae_config_done(&me.config);
    me.config = config;
    me.has_config = true;
    return SAE_OK;
}

static int read_all(void)
{
    struct sae_err err = {0};
    bool is_configured = load_config(&err) == SAE_OK;

    me.time = cdtime();
    if (is_configured && !me.chosen) {
        follow_config();
    }
    for (size_t i = 0; i < me.count; i++) {
        read_tenant(&me.tenants[i], is_configured ? NULL : &err);
    }
    return 0;
}

/* ---- configuration of the plugin -----------------------------------------------------
 */

static bool is_key(const oconfig_item_t *item, const char *key)
{
    return strcasecmp(item->key, key) == 0;
}

static int refuse(const oconfig_item_t *item, const char *where)
{
    ERROR(SAYS "option %s is not known in %s", item->key, where);
    return -1;
}

static bool is_tenant_name(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= SAE_TENANT_NAME && isalnum((unsigned char)name[0]) &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789._-") == len;
}

static int configure_tenant(const oconfig_item_t *block)
{
    char name[DATA_MAX_NAME_LEN];
    struct watched *tenant;

    if (cf_util_get_string_buffer(block, name, sizeof(name)) != 0 ||
        !is_tenant_name(name)) {
        ERROR(SAYS "Tenant needs the name of one, as in smtp-auth.conf");
        return -1;
    }
    if (find_watched(name) != NULL) {
        ERROR(SAYS "Tenant %s is there twice", name);
        return -1;
    }
    tenant = add_watched(name);
    if (tenant == NULL) {
        return -1;
    }
    me.chosen = true;
    for (int i = 0; i < block->children_num; i++) {
        oconfig_item_t *item = &block->children[i];

        if (!is_key(item, "Host")) {
            return refuse(item, "Tenant");
        }
        if (cf_util_get_string_buffer(item, tenant->host, sizeof(tenant->host)) != 0 ||
            tenant->host[0] == '\0') {
            ERROR(SAYS "Tenant %s: Host needs a name, or leave it out", name);
            return -1;
        }
    }
    return 0;
}

static int configure_path(const oconfig_item_t *item)
{
    char *path = NULL;

    if (cf_util_get_string(item, &path) != 0 || path[0] != '/') {
        ERROR(SAYS "Config needs the full path of smtp-auth.conf");
        free(path);
        return -1;
    }
    if (me.path != NULL && strcmp(me.path, path) != 0) {
        ERROR(SAYS "Config %s and Config %s: only one can be", me.path, path);
        free(path);
        return -1;
    }
    free(me.path);
    me.path = path;
    return 0;
}

/* Called for each block <Plugin smtp_auth>; several add up. */
static int configure(oconfig_item_t *block)
{
    for (int i = 0; i < block->children_num; i++) {
        oconfig_item_t *item = &block->children[i];
        int failed;

        if (is_key(item, "Config")) {
            failed = configure_path(item);
        } else if (is_key(item, "Tenant")) {
            failed = configure_tenant(item);
        } else {
            failed = refuse(item, "Plugin " ME);
        }
        if (failed != 0) {
            return failed;
        }
    }
    return 0;
}

/* ---- life ----------------------------------------------------------------------------
 */

static int start(void)
{
    return plugin_register_read(ME, read_all);
}

static int stop(void)
{
    plugin_unregister_complex_config(ME); /* the daemon would forget to */
    sae_config_done(&me.config);
    free(me.tenants);
    free(me.path);
    memset(&me, 0, sizeof(me));
    return 0;
}

__attribute__((visibility("default"))) void module_register(void)
{
    plugin_register_complex_config(ME, configure);
    plugin_register_init(ME, start);
    plugin_register_shutdown(ME, stop);
}
