/* SPDX-License-Identifier: MIT */
/* IP addresses and networks: read, compared and written in one canonical form. */
#ifndef SAE_ADDRESS_H
#define SAE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "facts.h"

enum { SAE_ADDRESS_TEXT = 48, SAE_NET_TEXT = 52 };

/* An address as logs write it: brackets and a port are dropped, IPv4 mapped into IPv6
 * becomes IPv4; len 0 if it is none. */
struct sae_address sae_address_read(const char *text, size_t len);

/* "" for none; cap at least SAE_ADDRESS_TEXT. Returns text. */
char *sae_address_text(char *text, size_t cap, const struct sae_address *address);

struct sae_net {
    struct sae_address address; /* bits beyond the prefix are zero */
    unsigned bits;
};

/* An address ("192.0.2.7") or a network ("192.0.2.0/24"); the whole text must match. */
bool sae_net_read(const char *text, size_t len, struct sae_net *ret_net);

/* The network of `bits` around an address. */
struct sae_net sae_net_around(const struct sae_address *address, unsigned bits);
bool sae_net_has(const struct sae_net *net, const struct sae_address *address);

/* "192.0.2.0/24"; cap at least SAE_NET_TEXT. Returns text. */
char *sae_net_text(char *text, size_t cap, const struct sae_net *net);

#endif
