/* SPDX-License-Identifier: MIT */
/* Any bytes as a configuration: loaded or refused with a harmless text; every value of a
 * tenant without fault is valid, and the getters work on it. Input with "include" is
 * passed over, so that no file of this machine is read. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "config/keys.h"

static void need(int truth)
{
    if (!truth) {
        abort();
    }
}

static void need_safe(const char *text)
{
    for (; *text != '\0'; text++) {
        need(*text >= ' ' && *text <= '~' && strchr("|<>&'\"[]{}$%;`\\", *text) == NULL);
    }
}

static void check_tenant(const struct sae_config *config, const struct sae_tenant *tenant)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    char *path = sae_tenant_snapshot_path(tenant);
    int64_t day;
    bool assumed;

    need(path != NULL && tenant->name[0] != '\0' && tenant->name[0] != '.');
    need(strspn(tenant->name, letters) == strlen(tenant->name));
    need(sae_config_tenant(config, tenant->name) == tenant);
    need_safe(tenant->fault.text);
    for (int k = 0; k < SAE_KEY_COUNT; k++) {
        need(tenant->value[k] == NULL || sae_keys[k].valid(tenant->value[k]));
        need(sae_keys[k].builtin == NULL || tenant->value[k] != NULL);
    }
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        need(sae_tenant_source(tenant, (enum sae_part)p) != NULL);
        need(sae_tenant_max_age(tenant, (enum sae_part)p) > 0);
    }
    need(sae_tenant_ticks(tenant, SAE_KEY_WINDOW) > 0);
    if (sae_tenant_next_phase(tenant, 20000, &day, &assumed)) {
        need(day >= 20000);
    }
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    static char path[64];
    struct sae_config config = {0};
    struct sae_err err = {0};

    if (file < 0) {
        file = memfd_create("config", MFD_CLOEXEC);
        need(file >= 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    }
    if (memmem(data, size, "include", 7) != NULL) {
        return 0;
    }
    need(ftruncate(file, 0) == 0);
    need(pwrite(file, data, size, 0) == (ssize_t)size);
    if (sae_config_load(path, &config, &err) == SAE_OK) {
        for (size_t i = 0; i < config.count; i++) {
            check_tenant(&config, &config.tenants[i]);
        }
    } else {
        need(err.text[0] != '\0' && config.count == 0);
        need_safe(err.text);
    }
    sae_config_done(&config);
    return 0;
}
