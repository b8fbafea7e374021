/* SPDX-License-Identifier: MIT */
/* Which value got which word. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "base/hash.h"
#include "base/text.h"
#include "fetch/record/anonymous_private.h"

enum {
    VALUE = 160,          /* a longer one is known by its hash and length */
    FIRST_SLOTS = 1024,   /* a power of two */
    IPV4_WORDS = 0x1fffe, /* 198.18.0.0/15 is for benchmarks (RFC 2544) */
    IPV6_WORDS = 0xfffe
};

struct sae_anonymous *sae_anonymous_new(void)
{
    struct sae_anonymous *anon = calloc(1, sizeof(*anon));

    if (anon == NULL) {
        return NULL;
    }
    sae_buf_init(&anon->values, (size_t)SAE_ANONYMOUS_VALUES * (VALUE + 1));
    anon->slot = calloc(FIRST_SLOTS, sizeof(anon->slot[0]));
    anon->cap = FIRST_SLOTS;
    if (anon->slot == NULL) {
        free(anon);
        return NULL;
    }
    return anon;
}

void sae_anonymous_free(struct sae_anonymous *anon)
{
    if (anon != NULL) {
        sae_buf_done(&anon->values);
        free(anon->slot);
        free(anon);
    }
}

/* The slot with that value, or the free one where it belongs. */
static struct sae_word_slot *slot_for(const struct sae_anonymous *anon,
                                      struct sae_word_slot *slots, size_t cap,
                                      uint64_t hash, const char *value, size_t len)
{
    size_t i = (size_t)hash & (cap - 1);

    while (slots[i].number != 0 &&
           (slots[i].hash != hash || slots[i].len != len ||
            memcmp(anon->values.data + slots[i].at, value, len) != 0)) {
        i = (i + 1) & (cap - 1);
    }
    return &slots[i];
}

static bool grow(struct sae_anonymous *anon)
{
    size_t cap = anon->cap * 2;
    struct sae_word_slot *slots = calloc(cap, sizeof(slots[0]));

    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < anon->cap; i++) {
        const struct sae_word_slot *old = &anon->slot[i];

        if (old->number != 0) {
            *slot_for(anon, slots, cap, old->hash, anon->values.data + old->at,
                      old->len) = *old;
        }
    }
    free(anon->slot);
    anon->slot = slots;
    anon->cap = cap;
    return true;
}

static uint32_t add(struct sae_anonymous *anon, uint64_t hash, const char *value,
                    size_t len)
{
    uint32_t *given = &anon->given[(unsigned char)value[0]];
    struct sae_word_slot *slot;
    size_t at = anon->values.len;

    if (anon->count == SAE_ANONYMOUS_VALUES ||
        (anon->count * 2 >= anon->cap && !grow(anon))) {
        return 0;
    }
    sae_buf_add(&anon->values, value, len);
    if (sae_buf_status(&anon->values) != SAE_OK) {
        return 0;
    }
    slot = slot_for(anon, anon->slot, anon->cap, hash, value, len);
    *slot = (struct sae_word_slot){
        .hash = hash, .at = at, .len = len, .number = ++*given};
    anon->count++;
    return slot->number;
}

static bool case_matters(enum sae_word kind)
{
    return kind == SAE_WORD_TEXT || kind == SAE_WORD_SKIP || kind == SAE_WORD_NAME;
}

/* 0: there are too many values already. */
static uint32_t number_of(struct sae_anonymous *anon, enum sae_word kind,
                          const char *text, size_t len)
{
    uint64_t long_value[2] = {0, len};
    char value[1 + VALUE];
    uint64_t hash;
    const struct sae_word_slot *slot;

    if (len > VALUE) {
        long_value[0] = sae_hash64(text, len);
        text = (const char *)long_value;
        len = sizeof(long_value);
    }
    value[0] = (char)kind;
    if (len > 0) {
        memcpy(value + 1, text, len);
    }
    if (!case_matters(kind)) {
        sae_text_lower(value + 1, len);
    }
    hash = sae_hash64(value, 1 + len);
    slot = slot_for(anon, anon->slot, anon->cap, hash, value, 1 + len);
    return slot->number != 0 ? slot->number : add(anon, hash, value, 1 + len);
}

void sae_word_put(struct sae_anonymous *anon, enum sae_word kind, const char *text,
                  size_t len, struct sae_buf *out)
{
    static const struct {
        const char *before, *behind;
    } words[SAE_WORD_COUNT] = {
        [SAE_WORD_GUID] = {"guid-", ""},     [SAE_WORD_USER] = {"user-", "@example"},
        [SAE_WORD_HOST] = {"host-", ".example"}, [SAE_WORD_REGION] = {"region-", ""},
        [SAE_WORD_SKIP] = {"skip-", ""},     [SAE_WORD_NAME] = {"name-", ""},
        [SAE_WORD_NUMBER] = {"number-", ""}, [SAE_WORD_TEXT] = {"text-", ""},
    };
    uint32_t number = number_of(anon, kind, text, len);

    if (kind == SAE_WORD_IPV4) {
        number = number == 0 || number > IPV4_WORDS ? IPV4_WORDS + 1 : number;
        sae_buf_printf(out, "198.%u.%u.%u", 18 + (number >> 16), number >> 8 & 255,
                       number & 255);
    } else if (kind == SAE_WORD_IPV6) {
        number = number == 0 || number > IPV6_WORDS ? IPV6_WORDS + 1 : number;
        sae_buf_printf(out, "2001:db8::%x", number);
    } else if (number == 0) {
        sae_buf_printf(out, "%smore%s", words[kind].before, words[kind].behind);
    } else {
        sae_buf_printf(out, "%s%u%s", words[kind].before, number, words[kind].behind);
    }
}

void sae_anonymous_host(struct sae_anonymous *anon, const char *service,
                        const char *base_url)
{
    struct sae_anonymous_host host = {0};
    const char *at = strstr(base_url, "://");
    size_t len;

    if (at == NULL || anon->host_count == SAE_ANONYMOUS_HOSTS) {
        return;
    }
    at += 3;
    len = *at == '[' ? strcspn(at, "]/?#") + 1 : strcspn(at, ":/?#");
    if (len > strlen(at) || !sae_text_copy(host.host, sizeof(host.host), at, len)) {
        return;
    }
    sae_text_lower(host.host, len);
    sae_text_fit(host.service, sizeof(host.service), service);
    sae_text_fit(host.port, sizeof(host.port), "443");
    if (strncasecmp(base_url, "http://", 7) == 0) {
        sae_text_fit(host.port, sizeof(host.port), "80");
    }
    if (at[len] == ':') {
        size_t digits = strspn(at + len + 1, SAE_DIGITS);

        (void)sae_text_copy(host.port, sizeof(host.port), at + len + 1, digits);
    }
    anon->host[anon->host_count++] = host;
}

void sae_anonymous_service(struct sae_anonymous *anon, const char *service)
{
    sae_text_fit(anon->service, sizeof(anon->service), service);
}

static bool ends_in(const char *text, size_t len, const char *end)
{
    size_t n = strlen(end);

    return len > n + 1 && text[len - n - 1] == '.' &&
           strncasecmp(text + len - n, end, n) == 0;
}

/* How well a configured host fits: the host, the port, the service that is meant. */
static unsigned fit_of(const struct sae_anonymous *anon,
                       const struct sae_anonymous_host *known, const char *host,
                       size_t len, const char *port)
{
    bool same = strlen(known->host) == len && strncasecmp(known->host, host, len) == 0;

    if (!same && !ends_in(host, len, known->host)) {
        return 0;
    }
    return (same ? 8U : 1U) + (port[0] == '\0' || strcmp(port, known->port) == 0 ? 4U : 0) +
           (strcmp(known->service, anon->service) == 0 ? 2U : 0);
}

void sae_word_host(struct sae_anonymous *anon, const char *host, size_t len,
                   const char *port, struct sae_buf *out)
{
    const struct sae_anonymous_host *best = NULL;
    unsigned best_fit = 0;

    for (size_t i = 0; i < anon->host_count; i++) {
        unsigned fit = fit_of(anon, &anon->host[i], host, len, port);

        if (fit > best_fit) {
            best_fit = fit;
            best = &anon->host[i];
        }
    }
    if (best == NULL) {
        sae_word_put(anon, SAE_WORD_HOST, host, len, out);
    } else {
        if (strlen(best->host) != len) {
            sae_word_put(anon, SAE_WORD_REGION, host, len, out);
            sae_buf_puts(out, ".");
        }
        sae_buf_printf(out, "%s.example", best->service);
    }
    if (port[0] != '\0' && (best == NULL || strcmp(port, best->port) != 0)) {
        sae_buf_printf(out, ":%s", port);
    }
}

static bool is_configured(const struct sae_anonymous *anon, const char *text, size_t len)
{
    for (size_t i = 0; i < anon->host_count; i++) {
        const char *host = anon->host[i].host;

        if (len > 0 && strlen(host) == len && strncasecmp(host, text, len) == 0) {
            return memchr(text, '.', len) == NULL && sae_address_read(text, len).len == 0;
        }
    }
    return false;
}

bool sae_word_known_host(struct sae_anonymous *anon, const char *text, size_t len,
                         struct sae_buf *out)
{
    const char *colon = len == 0 ? NULL : memchr(text, ':', len);
    size_t host_len = colon == NULL ? len : (size_t)(colon - text);
    char port[6] = "";

    if (!is_configured(anon, text, host_len)) {
        return false;
    }
    if (colon != NULL) {
        if (!sae_shape_digits(colon + 1, len - host_len - 1, sizeof(port) - 1)) {
            return false;
        }
        memcpy(port, colon + 1, len - host_len - 1);
    }
    sae_word_host(anon, text, host_len, port, out);
    return true;
}
