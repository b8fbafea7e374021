/* SPDX-License-Identifier: MIT */
#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"

struct sae_address sae_address_read(const char *text, size_t len)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct sae_address address = {0};
    char copy[64], *end;

    if (!sae_text_copy(copy, sizeof(copy), text, len)) {
        return address;
    }
    if (copy[0] == '[' && (end = strchr(copy, ']')) != NULL) {
        *end = '\0';
        memmove(copy, copy + 1, strlen(copy));
    } else if ((end = strchr(copy, ':')) != NULL && strchr(end + 1, ':') == NULL) {
        *end = '\0'; /* one colon: IPv4 and a port */
    }
    if (inet_pton(AF_INET, copy, address.bytes) == 1) {
        address.len = 4;
    } else if (inet_pton(AF_INET6, copy, address.bytes) == 1) {
        address.len = 16;
        if (memcmp(address.bytes, mapped, sizeof(mapped)) == 0) {
            memmove(address.bytes, address.bytes + 12, 4);
            memset(address.bytes + 4, 0, 12);
            address.len = 4;
        }
    }
    return address;
}

char *sae_address_text(char *text, size_t cap, const struct sae_address *address)
{
    text[0] = '\0';
    if (address->len != 0) {
        (void)inet_ntop(address->len == 4 ? AF_INET : AF_INET6, address->bytes, text,
                        (socklen_t)cap);
    }
    return text;
}

bool sae_net_read(const char *text, size_t len, struct sae_net *ret_net)
{
    const char *slash = len == 0 ? NULL : memchr(text, '/', len);
    size_t n = slash == NULL ? len : (size_t)(slash - text);
    struct sae_address address;
    char copy[SAE_ADDRESS_TEXT];
    uint64_t bits;

    /* No port and no brackets here, so not sae_address_read() but what it accepts bare. */
    if (!sae_text_copy(copy, sizeof(copy), text, n) || strchr(copy, '[') != NULL) {
        return false;
    }
    address = sae_address_read(copy, n);
    if (address.len == 0 || (address.len == 4 && strchr(copy, ':') != NULL)) {
        return false;
    }
    bits = address.len * 8U;
    if (slash != NULL) {
        struct sae_cursor cur = sae_cursor_bytes(slash + 1, len - n - 1);

        if (!sae_cursor_decimal(&cur, bits, &bits) || !sae_cursor_at_end(&cur)) {
            return false;
        }
    }
    *ret_net = sae_net_around(&address, (unsigned)bits);
    return true;
}

struct sae_net sae_net_around(const struct sae_address *address, unsigned bits)
{
    struct sae_net net = {.address = *address, .bits = bits};

    for (unsigned i = 0; i < address->len; i++) {
        unsigned kept = bits > i * 8 ? bits - i * 8 : 0;

        if (kept < 8) {
            net.address.bytes[i] &= (unsigned char)(0xff00U >> kept);
        }
    }
    return net;
}

bool sae_net_has(const struct sae_net *net, const struct sae_address *address)
{
    struct sae_net other;

    if (address->len != net->address.len) {
        return false;
    }
    other = sae_net_around(address, net->bits);
    return memcmp(other.address.bytes, net->address.bytes, address->len) == 0;
}

char *sae_net_text(char *text, size_t cap, const struct sae_net *net)
{
    char address[SAE_ADDRESS_TEXT];

    snprintf(text, cap, "%s/%u", sae_address_text(address, sizeof(address), &net->address),
             net->bits);
    return text;
}
