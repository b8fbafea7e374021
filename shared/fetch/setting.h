/* SPDX-License-Identifier: MIT */
/* Members of a configuration as settings to watch. Shared by the readers of the transport
 * configuration (files and Exchange), of the organisation and of policies. */
#ifndef SAE_SETTING_H
#define SAE_SETTING_H

#include "base/json.h"
#include "facts.h"

/* Nobody knows yet which setting Microsoft will flip at the end of December 2026, so every
 * one that has smtp, basic or legacy in its name is watched. */
bool sae_setting_watched(const char *name);

/* A value as change tables keep it: "true", "false", "" for null, a safe text; a list or an
 * object as "list", with a hash if there is something in it, so that a change inside shows.
 * The order of a list does not matter: services do not promise one. */
void sae_setting_text(const char *text, size_t len, char ret_value[SAE_SHOWN + 1]);
enum sae_status sae_setting_value(const cJSON *member, char ret_value[SAE_SHOWN + 1],
                                  struct sae_err *err) SAE_MUST_CHECK;

/* The one object inside lists and envelopes (`value`); `what` names such objects ("transport
 * configurations"). SAE_E_FORMAT if there is none, more than one, or an error instead. */
enum sae_status sae_setting_object(const cJSON *value, const char *what,
                                   const cJSON **ret_object,
                                   struct sae_err *err) SAE_MUST_CHECK;

#endif
