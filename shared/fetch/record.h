/* SPDX-License-Identifier: MIT */
/* --record DIR: every exchange as a file NNNN.json, with values replaced by what they are
 * (guid-1, user-3@example, 198.18.0.4, text-7), the same value by the same word everywhere,
 * and no token, so that the folder may be attached to a bug report. tests/fakes replays it. */
#ifndef SAE_RECORD_H
#define SAE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sae_record;

enum {
    SAE_RECORD_BODY = 4 << 20, /* bytes of a body kept; more is noted, not written */
    SAE_RECORD_HEADERS = 32,   /* of those that are written */
    SAE_RECORD_VALUE = 512,    /* bytes of one; a longer one is left out */
    SAE_RECORD_MOST = 99999    /* exchanges */
};

/* Creates the folder (0700; an existing one must be empty: SAE_E_CONFIG). Safe for use by
 * several threads. NULL as a record is allowed everywhere below and records nothing. */
enum sae_status sae_record_open(const char *folder, struct sae_record **ret_record,
                                struct sae_err *err) SAE_MUST_CHECK;
void sae_record_close(struct sae_record *record);

/* Before the first exchange: the host of `base_url` becomes SERVICE.example wherever it
 * stands. GUIDs need no such call, the tenant's is replaced like every other. */
void sae_record_host(struct sae_record *record, const char *service, const char *base_url);

/* One exchange, while it happens: begin, headers, body as it arrives (decoded), end. A
 * `body` that is NULL is a GET. Files are numbered in the order in which exchanges end. Of
 * requests to "login" and "identity" no body is kept. Never fails the run: trouble is
 * remembered and told by sae_record_status(). */
struct sae_recording; /* NULL where record is NULL */
struct sae_recording *sae_record_begin(struct sae_record *record, const char *service,
                                       const char *url, const char *body, size_t body_len);
void sae_record_body(struct sae_recording *recording, const char *data, size_t len);
/* A line as it came, "Name: value". A status line forgets the headers before it. */
void sae_record_header(struct sae_recording *recording, const char *line, size_t len);
/* `status` 0: no answer; `outcome`: "ok", or why it ended ("timed out", ..). Frees it. */
void sae_record_end(struct sae_recording *recording, long status, const char *outcome);

/* SAE_OK, or the first failure to write. */
enum sae_status sae_record_status(const struct sae_record *record,
                                  struct sae_err *err) SAE_MUST_CHECK;

/* Nothing was asked, or nothing written. False too if the folder cannot be listed. */
bool sae_record_is_empty(const char *folder);

#endif
