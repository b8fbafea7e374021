/* SPDX-License-Identifier: MIT */
/* Shared by the parts of fetch/record/anonymous: which value got which word, what members mean, and
 * the shapes that values have. */
#ifndef SAE_ANONYMOUS_PRIVATE_H
#define SAE_ANONYMOUS_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "fetch/record/anonymous.h"

enum sae_word {
    SAE_WORD_GUID,
    SAE_WORD_USER,
    SAE_WORD_IPV4,
    SAE_WORD_IPV6,
    SAE_WORD_HOST,
    SAE_WORD_REGION, /* a host below one of the services' */
    SAE_WORD_SKIP,
    SAE_WORD_NAME,
    SAE_WORD_NUMBER,
    SAE_WORD_TEXT,
    SAE_WORD_COUNT
};

struct sae_word_slot {
    uint64_t hash;
    size_t at, len;  /* of the value in `values` */
    uint32_t number; /* 0: the slot is free */
};

struct sae_anonymous_host {
    char service[16];
    char host[254];
    char port[6];
};

struct sae_anonymous {
    struct sae_word_slot *slot;
    size_t cap, count;
    struct sae_buf values; /* each with its kind in front */
    uint32_t given[SAE_WORD_COUNT];
    struct sae_anonymous_host host[SAE_ANONYMOUS_HOSTS];
    size_t host_count;
    char service[16];
    unsigned nested;
};

/* Appends the word for a value of that kind. */
void sae_word_put(struct sae_anonymous *anon, enum sae_word kind, const char *text,
                  size_t len, struct sae_buf *out);

/* Appends what replaces a host; `port` "" for none said. */
void sae_word_host(struct sae_anonymous *anon, const char *host, size_t len,
                   const char *port, struct sae_buf *out);

/* A configured host whose name has no dot, maybe with a port: appends its service and is
 * true, or does nothing. */
bool sae_word_known_host(struct sae_anonymous *anon, const char *text, size_t len,
                         struct sae_buf *out);

/* What stands in a member. */
enum sae_rule {
    SAE_RULE_PLAIN,
    SAE_RULE_SECRET,
    SAE_RULE_PROSE,
    SAE_RULE_CODE,
    SAE_RULE_TYPE,
    SAE_RULE_CMDLET,
    SAE_RULE_COUNTRY,
    SAE_RULE_DIGITS,
    SAE_RULE_PLACE,  /* a number that tells where somebody is */
    SAE_RULE_NETWORK /* a number that tells who runs a network */
};

enum sae_rule sae_rule_of(const char *name);

/* Appends a member's name, or what replaces it. */
void sae_anonymous_name(struct sae_anonymous *anon, const char *name, size_t len,
                        struct sae_buf *out);

/* GUIDs, addresses, mail addresses, hosts, URLs, dates, tokens: appends what replaces one of
 * these and is true, or does nothing. */
bool sae_anonymous_shape(struct sae_anonymous *anon, const char *text, size_t len,
                         struct sae_buf *out);

/* Shapes (the whole text). */
bool sae_shape_of(const char *text, size_t len, const char *set); /* only such bytes */
bool sae_shape_date(const char *text, size_t len);
bool sae_shape_digits(const char *text, size_t len, size_t most);
bool sae_shape_identifier(const char *text, size_t len); /* letters, few digits, _ and $ */
bool sae_shape_type(const char *text, size_t len);       /* Microsoft.X.Y, System.X */
bool sae_shape_cmdlet(const char *text, size_t len);     /* Get-Xyz */

/* The text, without case, is one of `list` (ended by NULL). */
bool sae_listed(const char *const *list, const char *text, size_t len);

#define SAE_LOWER "abcdefghijklmnopqrstuvwxyz"
#define SAE_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SAE_DIGITS "0123456789"

#endif
