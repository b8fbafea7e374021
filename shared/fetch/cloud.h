/* SPDX-License-Identifier: MIT */
/* Where a tenant's services are. The `cloud` key names hosts and scopes; the url keys move
 * hosts only, scopes stay those of the cloud. Sources of the table: the project's reference,
 * "Exchange" 5 and "Sign-ins" 7.6; the Chinese Exchange host is not verified. */
#ifndef SAE_CLOUD_H
#define SAE_CLOUD_H

#include "config/config.h"

enum sae_service {
    SAE_SERVICE_LOGIN,
    SAE_SERVICE_EXCHANGE,
    SAE_SERVICE_GRAPH,
    SAE_SERVICE_IDENTITY, /* the machine's own (managed identity) */
    SAE_SERVICE_COUNT
};

/* "login", "exchange", "graph", "identity" */
const char *sae_service_name(enum sae_service service);

/* "https://host" or "https://host:port", no slash at the end. */
const char *sae_cloud_url(const struct sae_tenant *tenant, enum sae_service service);

/* What a token for SAE_SERVICE_EXCHANGE or SAE_SERVICE_GRAPH is for: "https://host". The
 * scope is this with "/.default" behind it. */
const char *sae_cloud_audience(const struct sae_tenant *tenant, enum sae_service service);

#endif
