/* SPDX-License-Identifier: MIT */
#include "fetch/token/aadsts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/json.h"

enum { BODY_MOST = 65536 };

#define CODE_MOST INT64_C(999999999)

/* What completes the words. */
enum tail {
    NOTHING,
    THE_FILE,  /* of the credential */
    THE_CLOCK, /* what it says */
    THE_CODE   /* where Microsoft explains it */
};

#define CONSENT                                                                          \
    "check client_id and tenant_id (both right: an administrator has to consent, see "   \
    "docs/app-registration.md)"
#define CLOUD "the tenant is in another national cloud: check the cloud key"
#define CLOCK                                                                            \
    "the assertion is not valid at this time: check the clock of this machine, it says "
#define UPLOAD ": upload it (without the key) to the application, it is in "
#define FEDERATION                                                                       \
    " of the token: compare with the federated credential of the application, token in "

static const struct row {
    int64_t code;
    enum tail tail;
    const char *words;
} rows[] = {
    /* With this meaning in the project's reference, "Sign-ins" 7.1. */
    {50196, NOTHING,
     "the service sees a loop of one request: tokens must be kept (is private/ of "
     "state_dir writable), and one machine only may collect with this application"},
    {53003, NOTHING,
     "a Conditional Access policy for workload identities blocks the application: "
     "exclude it, or allow the address of this machine"},
    {70011, NOTHING, "the scope is not valid: check the cloud key"},
    {90002, NOTHING, "no such tenant: check tenant_id, and the cloud key"},
    {500011, NOTHING,
     "the service that the token is for is not known in this tenant: check the cloud "
     "key, and whether the tenant has Exchange Online"},
    {500133, THE_CLOCK, CLOCK},
    {700016, NOTHING, "the application is not known in this tenant: " CONSENT},
    {700024, THE_CLOCK, CLOCK},
    {700027, THE_FILE,
     "the certificate is not registered for the application, or ended" UPLOAD},
    {700030, THE_FILE, "the subject of the certificate is not accepted" UPLOAD},
    {7000112, NOTHING,
     "the application is disabled in this tenant: enable its service principal"},
    {7000215, THE_FILE,
     "the client secret is wrong (or of another application, or its id was taken for "
     "its value): put the value into "},
    {7000222, THE_FILE,
     "the client secret has expired: create a new one and put its value into "},
    /* Known in general only, from Microsoft's public list of codes. */
    {50027, THE_FILE, "the token that proves who we are is malformed: check "},
    {70021, THE_FILE, "no federated credential fits the claims" FEDERATION},
    {70025, NOTHING,
     "the application has no federated credential: add one, see "
     "docs/app-registration.md"},
    {90033, NOTHING, "the service is out of order for a while, no setting is at fault"},
    {90038, NOTHING, CLOUD},
    {650052, NOTHING, "the tenant has no subscription for the service asked for"},
    {650057, NOTHING, "the application has no permission for the service: " CONSENT},
    {700021, NOTHING, "the assertion names another application: check client_id"},
    {700023, NOTHING,
     "the assertion is for another login host: check login_url and the cloud key"},
    {700211, THE_FILE, "no federated credential has the issuer" FEDERATION},
    {700212, THE_FILE, "no federated credential has the audience" FEDERATION},
    {700213, THE_FILE, "no federated credential has the subject" FEDERATION},
    {900382, NOTHING, CLOUD},
    {900439, NOTHING, CLOUD},
    {7000229, NOTHING, "the application is not known in this tenant: " CONSENT},
};

/* Text of the service word by word, as sae_text_safe() would not leave blanks. */
static void take_text(char text[SAE_TEXT_SHOWN + 1], const char *from)
{
    size_t len = strcspn(from, "\r\n");

    sae_text_safe(text, SAE_TEXT_SHOWN + 1, from, len);
    for (size_t i = 0; text[i] != '\0' && i < len; i++) {
        if ((unsigned char)from[i] >= 0x80) {
            return; /* from here on positions differ */
        }
        text[i] = from[i] == ' ' && text[i] == '?' ? ' ' : text[i];
    }
}

/* "AADSTS7000215: ..." */
static int64_t code_in(const char *description)
{
    struct sae_cursor cur = sae_cursor_text(description);
    uint64_t code;

    return sae_cursor_word(&cur, "AADSTS") && sae_cursor_decimal(&cur, CODE_MOST, &code)
               ? (int64_t)code
               : 0;
}

static int64_t first_code(const cJSON *root)
{
    const cJSON *codes;

    if (sae_json_array(root, "error_codes", &codes) == SAE_JSON_OK &&
        cJSON_IsNumber(codes->child) && codes->child->valuedouble >= 1 &&
        codes->child->valuedouble <= (double)CODE_MOST) {
        return (int64_t)codes->child->valuedouble;
    }
    return 0;
}

bool sae_aadsts_read(const char *body, size_t len, struct sae_aadsts *ret_refusal)
{
    struct sae_aadsts refusal = {0};
    const char *error = NULL, *description = "";
    cJSON *root;

    if (sae_json_parse(body, len, BODY_MOST, &root, NULL) != SAE_OK) {
        return false;
    }
    if (sae_json_string(root, "error", &error) == SAE_JSON_OK && error[0] != '\0') {
        sae_text_safe(refusal.error, sizeof(refusal.error), error, strlen(error));
        if (sae_json_string(root, "error_description", &description) == SAE_JSON_OK) {
            take_text(refusal.text, description);
        }
        refusal.code = first_code(root);
        refusal.code = refusal.code != 0 ? refusal.code : code_in(description);
        *ret_refusal = refusal;
    } else {
        error = NULL;
    }
    cJSON_Delete(root);
    return error != NULL;
}

static const struct row *row_of(int64_t code)
{
    static const struct row unknown = {0, THE_CODE, ""};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].code == code) {
            return &rows[i];
        }
    }
    return &unknown;
}

static const char *credential_file(const struct sae_tenant *tenant)
{
    static const enum sae_key keys[] = {SAE_KEY_CLIENT_SECRET_FILE,
                                        SAE_KEY_CERTIFICATE_FILE,
                                        SAE_KEY_FEDERATED_TOKEN_FILE};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (sae_tenant_text(tenant, keys[i]) != NULL) {
            return sae_tenant_text(tenant, keys[i]);
        }
    }
    return "the file of the credential";
}

static enum sae_status say_known(const struct sae_tenant *tenant,
                                 const struct sae_aadsts *refusal, const struct row *row,
                                 int64_t now, struct sae_err *err)
{
    char clock[SAE_TIME_TEXT];
    const char *tail = row->tail == THE_FILE ? credential_file(tenant)
                       : row->tail == THE_CLOCK
                           ? sae_time_format(clock, sizeof(clock), now)
                           : "";

    return sae_fail(err, SAE_E_AUTH, "login refused (AADSTS%" PRId64 "): %s%s",
                    refusal->code, row->words, tail);
}

enum sae_status sae_aadsts_fail(const struct sae_tenant *tenant,
                                const struct sae_aadsts *refusal, bool identity,
                                int64_t now, struct sae_err *err)
{
    const struct row *row = row_of(refusal->code);

    if (row->tail != THE_CODE) {
        return say_known(tenant, refusal, row, now, err);
    }
    if (refusal->code != 0) {
        return sae_fail(err, SAE_E_AUTH,
                        "login refused (AADSTS%" PRId64 "): %s, explained at "
                        "https://login.microsoftonline.com/error?code=%" PRId64,
                        refusal->code, refusal->error, refusal->code);
    }
    if (identity) {
        return sae_fail(
            err, SAE_E_AUTH,
            "no token from the identity service of this machine (%s: %s): is a "
            "managed identity assigned to it (of several, managed_identity "
            "names the client id)",
            refusal->error, refusal->text);
    }
    return sae_fail(
        err, SAE_E_AUTH,
        "login refused (%s) without a code: check tenant_id, client_id and the "
        "credential",
        refusal->error);
}
