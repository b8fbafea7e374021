/* SPDX-License-Identifier: MIT */
/* The configuration: which tenants there are, where their facts come from, what limits hold.
 * It holds no secret. A value is a tenant's own, else that of [defaults], else built in.
 *
 * An error in the file itself, before the first section or in [defaults] fails the whole
 * load; one inside a tenant's section is that tenant's alone (`fault`), so that one wrong
 * line never blinds the others. */
#ifndef SAE_CONFIG_H
#define SAE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "facts.h"

enum sae_key {
    SAE_KEY_STATE_DIR,
    SAE_KEY_TRANSPORT_CONFIG,
    SAE_KEY_MAILBOXES,
    SAE_KEY_SIGNINS,
    SAE_KEY_TENANT_ID,
    SAE_KEY_CLIENT_ID,
    SAE_KEY_CLIENT_SECRET_FILE,
    SAE_KEY_CERTIFICATE_FILE,
    SAE_KEY_CERTIFICATE_KEY_FILE,
    SAE_KEY_FEDERATED_TOKEN_FILE,
    SAE_KEY_MANAGED_IDENTITY,
    SAE_KEY_CREDENTIAL_EXPIRES,
    SAE_KEY_CLOUD,
    SAE_KEY_LOGIN_URL,
    SAE_KEY_GRAPH_URL,
    SAE_KEY_EXCHANGE_URL,
    SAE_KEY_LOGANALYTICS_URL,
    SAE_KEY_IDENTITY_URL,
    SAE_KEY_WORKSPACE_ID,
    SAE_KEY_CA_FILE,
    SAE_KEY_PROXY,
    SAE_KEY_WINDOW,
    SAE_KEY_LOOKBACK,
    SAE_KEY_LAG,
    SAE_KEY_OVERLAP,
    SAE_KEY_POSTURE_EVERY,
    SAE_KEY_MAX_AGE,
    SAE_KEY_POSTURE_MAX_AGE,
    SAE_KEY_KEEP_SENDERS,
    SAE_KEY_HOLD,
    SAE_KEY_ALLOW_LIST,
    SAE_KEY_ACCEPT,
    SAE_KEY_SMTP_CLIENTS,
    SAE_KEY_COUNTRIES,
    SAE_KEY_TIME_LIMIT,
    SAE_KEY_PHASES,
    SAE_KEY_LOCKOUTS,
    SAE_KEY_BRUTE_USERS,
    SAE_KEY_SPRAY_IPS,
    SAE_KEY_SPRAY_NETS,
    SAE_KEY_SPREAD_USERS,
    SAE_KEY_STALE_DEVICES,
    SAE_KEY_COUNT
};

struct sae_tenant {
    char name[SAE_TENANT_NAME + 1];
    char *file;           /* the configuration file that names it */
    struct sae_err fault; /* code not SAE_OK: this tenant's section is wrong */
    /* Checked values; NULL where nobody gave one and none is built in. Paths are absolute or
     * relative to the working directory like the path of the configuration itself. */
    char *value[SAE_KEY_COUNT];
};

/* The name of the tenant that smtp_auth_collect --drill makes up. */
#define SAE_DRILL "drill"

struct sae_config {
    struct sae_tenant *tenants; /* in the order of the file */
    size_t count;
    struct sae_tenant drill; /* not one of them: what [defaults] say for it */
};

/* Reads `path` and the files it includes. On success the caller owns *ret_config
 * (sae_config_done). */
enum sae_status sae_config_load(const char *path, struct sae_config *ret_config,
                                struct sae_err *err) SAE_MUST_CHECK;
void sae_config_done(struct sae_config *config);

/* NULL if there is no such tenant. `drill` is there where no section has that name, too. */
const struct sae_tenant *sae_config_tenant(const struct sae_config *config,
                                           const char *name);

const char *sae_tenant_text(const struct sae_tenant *tenant, enum sae_key key);

/* True if the detector key of that name ("spray_ips") is off. */
bool sae_tenant_detector_is_off(const struct sae_tenant *tenant, const char *name);

/* A duration key, in ticks. */
int64_t sae_tenant_ticks(const struct sae_tenant *tenant, enum sae_key key);

/* Where a part's facts come from: the configured value ("exchange", "graph", "off", a path).
 * Policies are read where the tenant switch is, if that is a service, else they are off. */
const char *sae_tenant_source(const struct sae_tenant *tenant, enum sae_part part);

enum { SAE_STREAM = 4200 };

/* The entries of `signins`, one after another: *list starts as the source's text, "" ends it.
 * A service is one entry. */
bool sae_stream_next(const char **list, char ret_entry[SAE_STREAM]);

/* True if that source is files rather than a service or off. */
bool sae_tenant_from_files(const struct sae_tenant *tenant, enum sae_part part);

/* True if that source is a service (neither files nor off). */
bool sae_tenant_from_service(const struct sae_tenant *tenant, enum sae_part part);

/* True if any part needs a credential. */
bool sae_tenant_is_live(const struct sae_tenant *tenant);

/* How old a part's data may be, in ticks: max_age for sign-ins, posture_max_age for the
 * others; built in 1h and 6h, 36h where the source is files. */
int64_t sae_tenant_max_age(const struct sae_tenant *tenant, enum sae_part part);

/* Where a tenant's published snapshot is. Allocated; NULL: out of memory. */
char *sae_tenant_snapshot_path(const struct sae_tenant *tenant) SAE_MUST_CHECK;

/* The next phase of the retirement on or after `day`; false if none is left. `ret_assumed`:
 * the day is our assumption. */
bool sae_tenant_next_phase(const struct sae_tenant *tenant, int64_t day, int64_t *ret_day,
                           bool *ret_assumed);

#endif
