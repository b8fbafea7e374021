/* SPDX-License-Identifier: MIT */
/* The part of the script that is the same in every plan: ASCII, a line each. */
#ifndef SAE_REPORT_PLAN_BODY_H
#define SAE_REPORT_PLAN_BODY_H

#include <stddef.h>

extern const char *const sae_plan_body[];
extern const size_t sae_plan_body_count;

#endif
