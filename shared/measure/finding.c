/* SPDX-License-Identifier: MIT */
#include "measure/finding.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

/* Each part ends in a zero byte, so that no two lists of parts read the same. A failure of
 * the library leaves zeros: the id is then useless for accepting, but nothing is lost. */
static void digest(const char *const *parts, size_t count,
                   char hex[SAE_FINDING_HEX + 1])
{
    unsigned char hash[EVP_MAX_MD_SIZE] = {0};
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1) {
        for (size_t i = 0; i < count; i++) {
            EVP_DigestUpdate(ctx, parts[i], strlen(parts[i]) + 1);
        }
        EVP_DigestFinal_ex(ctx, hash, NULL);
    }
    EVP_MD_CTX_free(ctx);
    for (int i = 0; i < SAE_FINDING_HEX / 2; i++) {
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    }
}

char *sae_finding_id(char *id, size_t cap, const char *tenant, const char *metric,
                     const char *key)
{
    const char *const parts[] = {tenant, metric, key};
    char hex[SAE_FINDING_HEX + 1];

    digest(parts, 3, hex);
    snprintf(id, cap, "%s-%s", metric, hex);
    return id;
}

char *sae_sender_id(char *id, size_t cap, const char *tenant, const char *user)
{
    const char *const parts[] = {tenant, "sender", user};
    char hex[SAE_FINDING_HEX + 1];

    digest(parts, 3, hex);
    snprintf(id, cap, "%s", hex);
    return id;
}

int sae_finding_urgency(const char *kind)
{
    static const char *const order[] = {"compromise", "attack", "change", "drift", "device"};
    int i = 0;

    while (i < 5 && strcmp(order[i], kind) != 0) {
        i++;
    }
    return i;
}
