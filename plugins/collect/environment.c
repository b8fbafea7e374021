/* SPDX-License-Identifier: MIT */
#include "plugins/collect/environment.h"

#include <stddef.h>
#include <stdlib.h>

static const char *const variables[] = {
    /* libcurl: proxies, its settings, log-ins, certificates */
    "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
    "no_proxy", "NO_PROXY", "CURL_HOME", "CURL_CA_BUNDLE", "CURL_SSL_BACKEND", "NETRC",
    /* libcurl and OpenSSL: session keys written to a file */
    "SSLKEYLOGFILE", "QLOGDIR",
    /* OpenSSL: trust, settings, code that it loads */
    "SSL_CERT_FILE", "SSL_CERT_DIR", "CTLOG_FILE", "OPENSSL_CONF", "OPENSSL_CONF_INCLUDE",
    "OPENSSL_MODULES", "OPENSSL_ENGINES", "OPENSSL_TRACE",
    /* the resolver: other name servers' options, domains, names */
    "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES",
    /* SQLite: where temporary copies of the history go */
    "SQLITE_TMPDIR",
};

void sae_environment_clear(void)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        unsetenv(variables[i]);
    }
}
