/* SPDX-License-Identifier: MIT */
/* The answer to Get-TransportConfig: as JSON (an object, a list of one, the envelope of the
 * admin API) or as the text of Format-List. */
#ifndef SAE_TRANSPORT_H
#define SAE_TRANSPORT_H

#include "base/json.h"
#include "facts.h"

enum { SAE_TRANSPORT_BYTES = 1 << 20 };

/* SAE_E_FORMAT if SmtpClientAuthenticationDisabled is missing or neither true nor false: a
 * switch that was not read is never taken for one that is off. */
enum sae_status sae_transport_read(const char *text, size_t len,
                                   struct sae_transport *ret_transport,
                                   struct sae_err *err) SAE_MUST_CHECK;

/* The same from an answer that passed the gate of base/json already. */
enum sae_status sae_transport_read_json(const cJSON *root, struct sae_transport *ret_transport,
                                        struct sae_err *err) SAE_MUST_CHECK;

#endif
