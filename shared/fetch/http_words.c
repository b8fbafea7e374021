/* SPDX-License-Identifier: MIT */
#include "fetch/http_words.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { NAMED = SAE_SHOWN + 16 };

char *sae_http_name(char *name, size_t cap, const char *url)
{
    const char *at = strstr(url, "://");
    const char *end, *host;

    at = at == NULL ? url : at + 3;
    host = end = at + strcspn(at, "/?#");
    while (host > at && host[-1] != '@') {
        host--;
    }
    return sae_text_safe(name, cap, host, (size_t)(end - host));
}

char *sae_http_plain(char text[SAE_HTTP_SAID + 1], const char *said)
{
    size_t len = 0;

    while (*said != '\0' && len < SAE_HTTP_SAID) {
        if (strncmp(said, "n't", 3) == 0 && len + 4 <= SAE_HTTP_SAID) {
            memcpy(text + len, len > 0 && text[len - 1] == 'a' ? "nnot" : " not", 4);
            len += 4;
            said += 3;
        } else if (*said == '\'' || *said == '"') {
            said++;
        } else {
            text[len++] = *said++;
        }
    }
    text[len] = '\0';
    return text;
}

static const char *name_proxy(char text[NAMED], const struct sae_http_trouble *trouble)
{
    char name[SAE_SHOWN + 1];

    snprintf(text, NAMED, "the proxy %s", sae_http_name(name, sizeof(name), trouble->proxy));
    return text;
}

static enum sae_status say_late(const struct sae_http_trouble *trouble, struct sae_err *err)
{
    char proxy[NAMED];

    if (!trouble->nameless) {
        return sae_fail(err, SAE_E_NETWORK, "%s does not answer, or too slowly", trouble->host);
    }
    return sae_fail(err, SAE_E_NETWORK,
                    "the name of %s is not resolved in time: the name server does not answer",
                    trouble->proxy == NULL ? trouble->host : name_proxy(proxy, trouble));
}

static enum sae_status say_tls(const char *host, const char *said, CURLcode code,
                               struct sae_err *err)
{
    if (code == CURLE_SSL_CACERT_BADFILE) {
        return sae_fail(err, SAE_E_TLS, "cannot read the trusted certificates: check ca_file");
    }
    return sae_fail(err, SAE_E_TLS,
                    "the certificate or TLS of %s is not acceptable (%s): does a proxy look "
                    "into TLS? its CA belongs into ca_file",
                    host, said);
}

enum sae_status sae_http_say(const struct sae_http_trouble *trouble, CURLcode code,
                             struct sae_err *err)
{
    const char *host = trouble->host;
    char said[SAE_HTTP_SAID + 1], proxy[NAMED];

    sae_http_plain(said, trouble->said[0] == '\0' ? curl_easy_strerror(code) : trouble->said);
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return sae_fail(err, SAE_E_NETWORK,
                        "the name of %s cannot be resolved: check DNS and proxy", host);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return sae_fail(err, SAE_E_NETWORK,
                        "the name of %s cannot be resolved: check proxy and DNS",
                        trouble->proxy == NULL ? host : name_proxy(proxy, trouble));
    case CURLE_COULDNT_CONNECT:
        return sae_fail(err, SAE_E_NETWORK, "cannot connect to %s: %s", host, said);
    case CURLE_OPERATION_TIMEDOUT:
        return say_late(trouble, err);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return say_tls(host, said, code, err);
    case CURLE_BAD_CONTENT_ENCODING:
        return sae_fail(err, SAE_E_NETWORK, "the compressed answer of %s is damaged", host);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_WEIRD_SERVER_REPLY:
        return sae_fail(err, SAE_E_FORMAT, "%s does not speak HTTP: %s", host, said);
    case CURLE_OUT_OF_MEMORY:
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    default:
        return sae_fail(err, SAE_E_NETWORK, "the connection to %s broke: %s", host, said);
    }
}
