/* SPDX-License-Identifier: MIT */
/* Whether a link to the next page may be followed with our token. */
#ifndef SAE_LINK_H
#define SAE_LINK_H

#include <stdbool.h>

#include "base/buf.h"

/* `link` must be https without user or fragment, at the port of `base_url` ("https://host" or
 * with ":port"; 446, the port of Exchange's back ends, is read as 443), at the same host or,
 * if `regional`, one that ends in "." and it, and with `path` (ASCII case ignored). Appends
 * the URL to ask for to `ret_url`. SAE_E_FORMAT says what is wrong; the link is not shown. */
enum sae_status sae_link_check(const char *link, const char *base_url, const char *path,
                               bool regional, struct sae_buf *ret_url,
                               struct sae_err *err) SAE_MUST_CHECK;

#endif
