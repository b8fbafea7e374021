/* SPDX-License-Identifier: MIT */
/* The plain data that flows from fetch through store to measure. Times are ticks
 * (base/clock.h), 0 for "not known". */
#ifndef SAE_FACTS_H
#define SAE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SAE_TENANT_NAME = 64,
    SAE_NAME = 320,   /* bytes of a mail address or user name that we keep as they are */
    SAE_GUID = 36,    /* 8-4-4-4-12, lower case */
    SAE_SHOWN = 64    /* bytes of safe text for showing */
};

/* A stretch of time, [from, to); empty if they are equal. */
struct sae_interval {
    int64_t from, to;
};

/* What a tenant's measurement is made of. */
enum sae_part {
    SAE_PART_TENANT,
    SAE_PART_MAILBOXES,
    SAE_PART_SIGNINS,
    SAE_PART_POLICY,
    SAE_PART_COUNT
};

/* SmtpClientAuthenticationDisabled of one mailbox. The name is a negation: false means that
 * the mailbox may use SMTP AUTH whatever the tenant says. */
enum sae_flag {
    SAE_FLAG_INHERIT,  /* null or blank: follows the tenant */
    SAE_FLAG_ENABLED,  /* false */
    SAE_FLAG_DISABLED, /* true */
    SAE_FLAG_UNKNOWN   /* anything else */
};

/* The tenant switch, said positively: SMTP AUTH is on, off, or we do not know. */
enum sae_switch { SAE_SWITCH_UNKNOWN, SAE_SWITCH_ON, SAE_SWITCH_OFF };

/* One mailbox as a source lists it. Empty strings where the source says nothing. */
struct sae_mailbox {
    char guid[SAE_GUID + 1];
    char object_id[SAE_GUID + 1]; /* ExternalDirectoryObjectId, the userId of sign-ins */
    char address[SAE_NAME + 1];   /* primary, lower case; a name where there is no address */
    const char *names;            /* further addresses, lower case, one a line; never NULL */
    enum sae_flag flag;
    int64_t changed; /* when the source says the object last changed */
    uint64_t row;    /* digest of what was read: the same again is the same mailbox */
};

/* A parsed IP address, canonical: IPv4 also where it came mapped into IPv6. */
struct sae_address {
    unsigned char len; /* 4, 16, or 0 for none */
    unsigned char bytes[16];
};

/* One SMTP AUTH sign-in (clientAppUsed "Authenticated SMTP" or "SMTP"). */
struct sae_signin {
    int64_t time;
    uint64_t id;   /* hash of the request id */
    int32_t code;  /* errorCode; 0 is success */
    char user[SAE_NAME + 1];   /* object id, else lower-case UPN, else '#' and a hash */
    char upn[SAE_NAME + 1];    /* lower case, as the log has it; "" if none or unusable */
    char shown[SAE_SHOWN + 1]; /* safe form of the name, for people */
    struct sae_address address;
    char country[3];           /* ISO 3166 alpha-2, or "" */
    char agent[SAE_SHOWN + 1]; /* safe */
};

/* A setting that is watched: because its name has smtp, basic or legacy in it, or because
 * it is a policy that can block a sign-in. */
struct sae_setting {
    char of[SAE_SHOWN + 1]; /* whose it is, where there are several: a policy's name; or "" */
    char name[SAE_SHOWN + 1];
    char value[SAE_SHOWN + 1]; /* "true", "false", "" for null, else safe text */
};

enum { SAE_SETTINGS = 64 };

/* The tenant's side of SMTP AUTH. */
struct sae_transport {
    enum sae_switch smtp_auth;
    int64_t changed; /* when the source says the settings last changed */
    struct sae_setting settings[SAE_SETTINGS];
    size_t count;
};

/* One change of posture, as the change table keeps it. */
struct sae_change {
    int64_t seen; /* time of the read that saw it */
    int64_t said; /* when the source says the object last changed, 0 if it does not */
    bool mailbox;              /* of a mailbox, not of the tenant's settings */
    char object[SAE_NAME + 1]; /* "tenant", "organization", a policy, a mailbox's address */
    char property[SAE_SHOWN + 1];
    char before[SAE_SHOWN + 1];
    char after[SAE_SHOWN + 1];
    bool confirmed; /* the read after agreed */
};

/* How a part's reading stands: its last try and its last complete read. */
struct sae_part_state {
    char source[SAE_SHOWN + 1]; /* "file", "exchange", "graph", "off", "unlicensed" */
    int64_t time;    /* what the last complete read is as old as; 0: never complete */
    int64_t attempt; /* start of the last try */
    bool ok;         /* the last try was complete */
    char code[16];   /* reason word of the last failure, "" if ok */
    char text[200];  /* the failure in words, safe */
};

/* True if nobody expects data of this part: it is off, or the tenant has no licence. */
bool sae_part_is_off(const struct sae_part_state *state);

/* The word for a part in snapshot and messages: "tenant", "mailboxes", "signins", "policy". */
const char *sae_part_name(enum sae_part part);

#endif
