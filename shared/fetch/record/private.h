/* SPDX-License-Identifier: MIT */
/* Headers of an answer, those that may be recorded. */
#ifndef SAE_RECORD_PRIVATE_H
#define SAE_RECORD_PRIVATE_H

#include "base/buf.h"
#include "fetch/record/anonymous.h"
#include "fetch/record.h"

struct sae_header {
    char name[48]; /* lower case */
    char *value;   /* as it came; allocated */
};

/* Zero-initialised is empty. */
struct sae_headers {
    struct sae_header header[SAE_RECORD_HEADERS];
    size_t count;
};

/* Keeps the line if it is a header that may be recorded, the first of its name. */
void sae_headers_take(struct sae_headers *headers, const char *line, size_t len);

/* Appends a JSON object, its values replaced. */
void sae_headers_put(const struct sae_headers *headers, struct sae_anonymous *anon,
                     struct sae_buf *out);

void sae_headers_done(struct sae_headers *headers);

#endif
