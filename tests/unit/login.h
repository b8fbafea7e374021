/* SPDX-License-Identifier: MIT */
/* A tenant whose keys the test sets one by one, with its state folder, and files that
 * hold secrets. For tests of what proves to Microsoft who we are. */
#ifndef SAE_TEST_LOGIN_H
#define SAE_TEST_LOGIN_H

#include "base/owner.h"
#include "config/config.h"
#include "folder.h"

#define TENANT_ID "8d1f2c3b-0000-4000-8000-000000000001"
#define CLIENT_ID "3d0f6c4e-7a55-4c1b-9e0d-0a1b2c3d4e5f"

static struct sae_tenant tenant;
static struct sae_err why;

static inline void set(enum sae_key key, const char *value)
{
    free(tenant.value[key]);
    tenant.value[key] = value == NULL ? NULL : strdup(value);
}

static inline void login_begin(void)
{
    folder_begin();
    tenant = (struct sae_tenant){.name = "contoso"};
    tenant.file = strdup("smtp-auth.conf");
    why = (struct sae_err){0};
    set(SAE_KEY_STATE_DIR, path_of("state"));
    set(SAE_KEY_CLOUD, "worldwide");
    set(SAE_KEY_TENANT_ID, TENANT_ID);
    set(SAE_KEY_CLIENT_ID, CLIENT_ID);
    ck_assert_int_eq(sae_owner_prepare(path_of("state"), &why), SAE_OK);
}

static inline void login_end(void)
{
    for (int i = 0; i < SAE_KEY_COUNT; i++) {
        set((enum sae_key)i, NULL);
    }
    free(tenant.file);
    folder_end();
}

/* A file with a mode; returns its path. */
static inline const char *private_file(const char *name, const char *text, mode_t mode)
{
    const char *path = path_of(name);

    write_text(name, text, noon());
    ck_assert_int_eq(chmod(path, mode), 0);
    return path;
}

/* The last failure: its status, and words in its text. */
static inline void failed(enum sae_status status, enum sae_status want, const char *words)
{
    ck_assert_msg(status == want, "%s, not %s: %s", sae_status_name(status),
                  sae_status_name(want), why.text);
    ck_assert_msg(strstr(why.text, words) != NULL, "'%s', not '%s'", why.text, words);
}

static inline void went_well(enum sae_status status)
{
    ck_assert_msg(status == SAE_OK, "%s: %s", sae_status_name(status), why.text);
}

#endif
