/* SPDX-License-Identifier: MIT */
/* How every fallible function of the core reports: a status to branch on, and a detail for
 * people in a caller-owned struct sae_err passed last (NULL where nobody will read it).
 * The text never holds control bytes or characters that a monitoring system, a shell or a
 * browser downstream could interpret: sae_fail() replaces them. */
#ifndef SAE_ERR_H
#define SAE_ERR_H

#define SAE_MUST_CHECK __attribute__((warn_unused_result))
#define SAE_PRINTF(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

enum sae_status {
    SAE_OK = 0,
    SAE_E_USAGE,      /* the command line is wrong */
    SAE_E_CONFIG,     /* the configuration or a list of the administrator is wrong */
    SAE_E_MISSING,    /* a file that is needed does not exist */
    SAE_E_DENIED,     /* we may not read or write it, or its mode is unsafe */
    SAE_E_IO,         /* the system failed to read or write */
    SAE_E_FORMAT,     /* the input is not what it should be */
    SAE_E_INCOMPLETE, /* the input is fine as far as it goes, but does not go far enough */
    SAE_E_LIMIT,      /* the input exceeds a named limit */
    SAE_E_STALE,      /* the data is too old, or from the future */
    SAE_E_BUSY,       /* somebody else is doing it right now */
    SAE_E_TIMEOUT,    /* the time budget ended, or we were told to stop */
    SAE_E_NETWORK,    /* a service could not be reached, or the connection broke */
    SAE_E_TLS,        /* its certificate or its TLS is not acceptable */
    SAE_E_AUTH,       /* no token: the credential is refused, missing or expired */
    SAE_E_THROTTLED,  /* the service asks us to wait longer than we may */
    SAE_E_SERVICE,    /* the service fails, now and after tries */
    SAE_E_UNLICENSED, /* the tenant has no licence for what was asked */
    SAE_E_NOMEM,
    SAE_STATUS_COUNT
};

struct sae_err {
    enum sae_status code;
    char text[320];
};

/* Fills `err` (may be NULL) and returns `code`, so that a failure is one statement. */
enum sae_status sae_fail(struct sae_err *err, enum sae_status code, const char *fmt, ...)
    SAE_PRINTF(3, 4);

/* Puts "text: " in front of what `err` already says, and returns `code`. */
enum sae_status sae_fail_in(struct sae_err *err, enum sae_status code, const char *fmt, ...)
    SAE_PRINTF(3, 4);

/* The stable word for a status ("format", "missing"), as published in the snapshot. */
const char *sae_status_name(enum sae_status code);

#endif
