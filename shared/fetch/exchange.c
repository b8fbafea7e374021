/* SPDX-License-Identifier: MIT */
#include "fetch/exchange_private.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "fetch/transport.h"

/* ---- what is assumed about the service (the project's reference, "Exchange") ------- */

/* 1.1: beta is the service's own segment; v1.0 answers 405. */
static const char path_form[] = "/adminapi/beta/%s/InvokeCommand";

/* 1.2: an object, never null, where there are no parameters. */
static const char small_body[] =
    "{\"CmdletInput\":{\"CmdletName\":\"%s\",\"Parameters\":{}}}";

/* 1.7: without ResultSize the cmdlet stops at 1000. The same bytes go to every page. */
const char sae_exchange_list_cmdlet[] = "Get-CASMailbox";
const char sae_exchange_list_body[] =
    "{\"CmdletInput\":{\"CmdletName\":\"Get-CASMailbox\","
    "\"Parameters\":{\"ResultSize\":\"Unlimited\"}}}";

/* 1.8, 2: names in the case of the service. UserPrincipalName is not asked for: the
 * service describes a CAS mailbox without one, and whether an unknown name is ignored or
 * refused, nobody knows; sign-ins find their mailbox by ExternalDirectoryObjectId. The
 * link to the next page goes as it stands: should it lack the list, rows come whole,
 * which does no harm. */
const char sae_exchange_list_select[] =
    "?$select=PrimarySmtpAddress,ExternalDirectoryObjectId,Guid,EmailAddresses,"
    "WhenChangedUTC,SmtpClientAuthenticationDisabled";

/* 1.3: who asks for an application. The place in a list belongs to a server that this
 * names: the same on every page. Where the first one loses the place, the other is tried.
 */
static const char anchor_form[] =
    "X-AnchorMailbox: %s:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@%s";
static const char *const anchors[SAE_EXCHANGE_ANCHORS] = {"APP", "UPN"};

/* 1.3, 1.6: 1000 is the largest page. Without X-ResponseFormat nothing was seen to
 * change, but the service knows another format, too. Messages come in English if they
 * can. */
static const char *const fixed_headers[] = {
    "Content-Type: application/json; charset=utf-8", "Accept: application/json",
    "Accept-Language: en", "Prefer: odata.maxpagesize=1000", "X-ResponseFormat: json"};
enum { FIXED_HEADERS = sizeof(fixed_headers) / sizeof(fixed_headers[0]) };

/* 10: the service itself gives up after 15 minutes. */
#define PATIENCE (16 * SAE_MINUTE)

/* 1.6: a 400 with one of these means that the place in the list is lost. */
enum { LOST_STATUS = 400 };
static const char *const lost_words[] = {"pagination", "skiptoken", "expired"};
enum { LOST_WORDS = sizeof(lost_words) / sizeof(lost_words[0]) };

/* 1.10: the role is of a kind that does not count here, whatever the status. */
static const char *const role_words[] = {"supported in this scenario",
                                         "assigned to any management role"};
enum { ROLE_WORDS = sizeof(role_words) / sizeof(role_words[0]) };

/* 1.6: in the warning that an answer is not all, in any language. */
static const char more_word[] = "ResultSize";

enum { SMALL_ANSWER = SAE_TRANSPORT_BYTES };

/* ---- one call ---------------------------------------------------------------------- */

/* Only for people who look into both logs; so a weak one would do as well. */
static void name_connection(char *header, size_t cap)
{
    unsigned char id[16] = {0};

    if (getrandom(id, sizeof(id), GRND_NONBLOCK) != (ssize_t)sizeof(id)) {
        memset(id, 0, sizeof(id));
    }
    id[6] = (unsigned char)((id[6] & 0x0f) | 0x40); /* RFC 9562: version 4 */
    id[8] = (unsigned char)((id[8] & 0x3f) | 0x80);
    snprintf(header, cap,
             "connection-id: %02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x",
             id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10],
             id[11], id[12], id[13], id[14], id[15]);
}

void sae_exchange_call_done(struct sae_exchange_call *call)
{
    sae_buf_done(&call->url);
}

enum sae_status sae_exchange_call_init(struct sae_exchange_call *call,
                                       struct sae_client *client, struct sae_err *err)
{
    const struct sae_tenant *tenant = sae_client_tenant(client);
    const char *id = sae_tenant_text(tenant, SAE_KEY_TENANT_ID);
    size_t n = 0;

    _Static_assert(FIXED_HEADERS + 3 <= SAE_EXCHANGE_HEADERS,
                   "two of our own and the end");
    *call = (struct sae_exchange_call){.client = client, .tenant_id = id};
    sae_buf_init(&call->url, SAE_HTTP_URL);
    if (id == NULL) {
        return sae_fail(err, SAE_E_CONFIG, "tenant_id is not set: Exchange needs it");
    }
    call->base = sae_cloud_url(tenant, SAE_SERVICE_EXCHANGE);
    snprintf(call->path, sizeof(call->path), path_form, id);
    name_connection(call->connection, sizeof(call->connection));
    for (; n < FIXED_HEADERS; n++) {
        call->headers[n] = fixed_headers[n];
    }
    call->headers[n++] = call->anchor;
    call->headers[n] = call->connection;
    return SAE_OK;
}

enum sae_status sae_exchange_call_first(struct sae_exchange_call *call, const char *query,
                                        size_t anchor, struct sae_err *err)
{
    snprintf(call->anchor, sizeof(call->anchor), anchor_form, anchors[anchor],
             call->tenant_id);
    sae_buf_clear(&call->url);
    sae_buf_puts(&call->url, call->base);
    sae_buf_puts(&call->url, call->path);
    sae_buf_puts(&call->url, query);
    return sae_buf_status(&call->url) == SAE_OK
               ? SAE_OK
               : sae_fail(err, sae_buf_status(&call->url), "the address is too long");
}

struct sae_ask sae_exchange_call_ask(const struct sae_exchange_call *call,
                                     const char *body)
{
    return (struct sae_ask){.service = SAE_SERVICE_EXCHANGE,
                            .url = sae_buf_text(&call->url),
                            .body = body,
                            .body_len = strlen(body),
                            .headers = call->headers,
                            .patience = PATIENCE};
}

/* ---- refusals in plain words ------------------------------------------------------- */

static bool has_word(const char *text, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasestr(text, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static enum sae_status tell(struct sae_err *err, enum sae_status status, const char *text,
                            const struct sae_refusal *refusal)
{
    return refusal->text[0] == '\0'
               ? sae_fail(err, status, "%s", text)
               : sae_fail(err, status, "%s (Exchange: %.120s)", text, refusal->text);
}

enum sae_status sae_exchange_explain(enum sae_status status,
                                     const struct sae_refusal *refusal,
                                     struct sae_err *err)
{
    /* A try after the refusal may have ended for another reason. */
    if (status == SAE_E_TIMEOUT || status == SAE_E_THROTTLED || status == SAE_E_NETWORK) {
        return status;
    }
    if (refusal->status >= 400 && has_word(refusal->text, role_words, ROLE_WORDS)) {
        return tell(
            err, SAE_E_DENIED,
            "Exchange accepts none of the roles of the application: assign Global "
            "Reader, or register it with New-ServicePrincipal and give it View-Only "
            "Recipients and View-Only Configuration",
            refusal);
    }
    switch (refusal->status) {
    case 401:
        return tell(
            err, SAE_E_AUTH,
            "Exchange does not accept the application: grant Exchange.ManageAsApp "
            "(application) and admin consent, docs/app-registration.md",
            refusal);
    case 403:
        return tell(
            err, SAE_E_DENIED,
            "the application has no Exchange role: assign Global Reader, or a role "
            "group with View-Only Recipients and View-Only Configuration",
            refusal);
    case 301:
    case 302:
    case 307:
    case 308:
        return sae_fail(err, SAE_E_FORMAT,
                        "Exchange redirects (HTTP %ld), which is not followed: set "
                        "exchange_url to the host that serves this tenant",
                        refusal->status);
    default:
        break;
    }
    if (status == SAE_E_FORMAT && refusal->status >= 400 && refusal->text[0] != '\0') {
        return sae_fail(err, status, "Exchange refuses (HTTP %ld): %s", refusal->status,
                        refusal->text);
    }
    return status;
}

bool sae_exchange_place_lost(enum sae_status status, const struct sae_refusal *refusal)
{
    return status == SAE_E_FORMAT && refusal->status == LOST_STATUS &&
           has_word(refusal->text, lost_words, LOST_WORDS);
}

/* ---- small answers ----------------------------------------------------------------- */

/* An answer that must be all in one piece: no link, no warning that there is more. */
static enum sae_status check_whole(const cJSON *root, struct sae_err *err)
{
    const cJSON *link = cJSON_GetObjectItem(root, "@odata.nextLink"), *warning;

    if (link != NULL && !cJSON_IsNull(link)) {
        return sae_fail(err, SAE_E_INCOMPLETE, "the answer is one page of a longer one");
    }
    cJSON_ArrayForEach(warning, cJSON_GetObjectItem(root, "@adminapi.warnings"))
    {
        if (cJSON_IsString(warning) && strstr(warning->valuestring, more_word) != NULL) {
            return sae_fail(err, SAE_E_INCOMPLETE, "the service says that there is more");
        }
    }
    return SAE_OK;
}

static enum sae_status ask_small(struct sae_exchange_call *call, const char *cmdlet,
                                 cJSON **ret_root, struct sae_err *err)
{
    struct sae_refusal refusal = {0};
    struct sae_ask ask;
    enum sae_status status;
    cJSON *root = NULL;
    char body[160];

    snprintf(body, sizeof(body), small_body, cmdlet);
    status = sae_exchange_call_first(call, "", 0, err);
    if (status != SAE_OK) {
        return status;
    }
    ask = sae_exchange_call_ask(call, body);
    status = sae_client_json(call->client, &ask, SMALL_ANSWER, &root, &refusal, err);
    if (status != SAE_OK) {
        return sae_exchange_explain(status, &refusal, err);
    }
    status = check_whole(root, err);
    if (status == SAE_OK) {
        *ret_root = root;
    } else {
        cJSON_Delete(root);
    }
    return status;
}

enum sae_status sae_exchange_cmdlet(struct sae_client *client, const char *cmdlet,
                                    cJSON **ret_root, struct sae_err *err)
{
    struct sae_exchange_call call;
    enum sae_status status = sae_exchange_call_init(&call, client, err);

    if (status == SAE_OK) {
        status = ask_small(&call, cmdlet, ret_root, err);
    }
    sae_exchange_call_done(&call);
    return status == SAE_OK ? SAE_OK : sae_fail_in(err, status, "%s", cmdlet);
}

enum sae_status sae_exchange_transport(struct sae_client *client,
                                       struct sae_transport *ret_transport,
                                       struct sae_err *err)
{
    static const char cmdlet[] = "Get-TransportConfig";
    cJSON *root = NULL;
    enum sae_status status = sae_exchange_cmdlet(client, cmdlet, &root, err);

    if (status != SAE_OK) {
        return status;
    }
    status = sae_transport_read_json(root, ret_transport, err);
    cJSON_Delete(root);
    return status == SAE_OK ? SAE_OK : sae_fail_in(err, status, "%s", cmdlet);
}
