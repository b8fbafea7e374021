/* SPDX-License-Identifier: MIT */
#include "fetch/cloud.h"

#include <string.h>

/* The machine's own identity service, the same address in every cloud. */
#define IDENTITY "http://169.254.169.254"

struct cloud {
    const char *name;
    const char *url[SAE_SERVICE_COUNT];
};

static const struct cloud clouds[] = {
    {"worldwide", /* GCC too */
     {[SAE_SERVICE_LOGIN] = "https://login.microsoftonline.com",
      [SAE_SERVICE_EXCHANGE] = "https://outlook.office365.com",
      [SAE_SERVICE_GRAPH] = "https://graph.microsoft.com",
      [SAE_SERVICE_IDENTITY] = IDENTITY}},
    {"gcc-high",
     {[SAE_SERVICE_LOGIN] = "https://login.microsoftonline.us",
      [SAE_SERVICE_EXCHANGE] = "https://outlook.office365.us",
      [SAE_SERVICE_GRAPH] = "https://graph.microsoft.us",
      [SAE_SERVICE_IDENTITY] = IDENTITY}},
    {"dod",
     {[SAE_SERVICE_LOGIN] = "https://login.microsoftonline.us",
      [SAE_SERVICE_EXCHANGE] = "https://outlook-dod.office365.us",
      [SAE_SERVICE_GRAPH] = "https://dod-graph.microsoft.us",
      [SAE_SERVICE_IDENTITY] = IDENTITY}},
    /* Microsoft's pages name outlook.office365.cn, its PowerShell partner.outlook.cn. */
    {"china",
     {[SAE_SERVICE_LOGIN] = "https://login.chinacloudapi.cn",
      [SAE_SERVICE_EXCHANGE] = "https://outlook.office365.cn",
      [SAE_SERVICE_GRAPH] = "https://microsoftgraph.chinacloudapi.cn",
      [SAE_SERVICE_IDENTITY] = IDENTITY}},
};

static const struct cloud *cloud_of(const struct sae_tenant *tenant)
{
    const char *name = sae_tenant_text(tenant, SAE_KEY_CLOUD);

    for (size_t i = 0; name != NULL && i < sizeof(clouds) / sizeof(clouds[0]); i++) {
        if (strcmp(name, clouds[i].name) == 0) {
            return &clouds[i];
        }
    }
    return &clouds[0];
}

const char *sae_service_name(enum sae_service service)
{
    static const char *const names[SAE_SERVICE_COUNT] = {
        [SAE_SERVICE_LOGIN] = "login",
        [SAE_SERVICE_EXCHANGE] = "exchange",
        [SAE_SERVICE_GRAPH] = "graph",
        [SAE_SERVICE_IDENTITY] = "identity",
    };

    return (unsigned)service < SAE_SERVICE_COUNT ? names[service] : "unknown";
}

const char *sae_cloud_url(const struct sae_tenant *tenant, enum sae_service service)
{
    static const enum sae_key keys[SAE_SERVICE_COUNT] = {
        [SAE_SERVICE_LOGIN] = SAE_KEY_LOGIN_URL,
        [SAE_SERVICE_EXCHANGE] = SAE_KEY_EXCHANGE_URL,
        [SAE_SERVICE_GRAPH] = SAE_KEY_GRAPH_URL,
        [SAE_SERVICE_IDENTITY] = SAE_KEY_IDENTITY_URL,
    };
    const char *own = sae_tenant_text(tenant, keys[service]);

    return own != NULL ? own : cloud_of(tenant)->url[service];
}

const char *sae_cloud_audience(const struct sae_tenant *tenant, enum sae_service service)
{
    return cloud_of(tenant)->url[service];
}
