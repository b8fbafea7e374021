/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum sae_status sae_fail(struct sae_err *err, enum sae_status code, const char *fmt, ...)
{
    if (err != NULL) {
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(err->text, sizeof(err->text), fmt, ap);
        va_end(ap);
        sae_text_message(err->text);
        err->code = code;
    }
    return code;
}

enum sae_status sae_fail_in(struct sae_err *err, enum sae_status code, const char *fmt, ...)
{
    if (err != NULL) {
        char before[sizeof(err->text)];
        size_t len;
        va_list ap;

        memcpy(before, err->text, sizeof(before));
        va_start(ap, fmt);
        vsnprintf(err->text, sizeof(err->text), fmt, ap);
        va_end(ap);
        len = strlen(err->text);
        snprintf(err->text + len, sizeof(err->text) - len, ": %s", before);
        sae_text_message(err->text);
        err->code = code;
    }
    return code;
}

const char *sae_status_name(enum sae_status code)
{
    static const char *const names[SAE_STATUS_COUNT] = {
        [SAE_OK] = "ok",
        [SAE_E_USAGE] = "usage",
        [SAE_E_CONFIG] = "config",
        [SAE_E_MISSING] = "missing",
        [SAE_E_DENIED] = "denied",
        [SAE_E_IO] = "io",
        [SAE_E_FORMAT] = "format",
        [SAE_E_INCOMPLETE] = "incomplete",
        [SAE_E_LIMIT] = "limit",
        [SAE_E_STALE] = "stale",
        [SAE_E_BUSY] = "busy",
        [SAE_E_TIMEOUT] = "timeout",
        [SAE_E_NETWORK] = "network",
        [SAE_E_TLS] = "tls",
        [SAE_E_AUTH] = "auth",
        [SAE_E_THROTTLED] = "throttled",
        [SAE_E_SERVICE] = "service",
        [SAE_E_UNLICENSED] = "unlicensed",
        [SAE_E_NOMEM] = "memory",
    };

    return (unsigned)code < SAE_STATUS_COUNT ? names[code] : "unknown";
}
