/* SPDX-License-Identifier: MIT */
/* Sign-in logs and mailbox lists made to measure, as an administrator would export them.
 */
#ifndef SAE_TEST_LOGS_H
#define SAE_TEST_LOGS_H

#include "base/buf.h"
#include "folder.h"

enum { LOG_MOST = 16 << 20 };

struct log_row {
    const char *id;
    int64_t time;
    const char *upn;
    int code;
    const char *client;  /* NULL: Authenticated SMTP */
    const char *address; /* NULL: 192.0.2.10 */
    const char *user_id; /* NULL: none */
    const char *tenant;  /* NULL: none */
    const char *country; /* NULL: FI */
};

static inline const char *or_else(const char *text, const char *otherwise)
{
    return text == NULL ? otherwise : text;
}

/* One sign-in as Graph writes it. */
static inline void log_json(struct sae_buf *buf, const struct log_row *row)
{
    char time[SAE_TIME_TEXT];

    sae_buf_printf(
        buf,
        "{\"id\":\"%s\",\"createdDateTime\":\"%s\",\"userPrincipalName\":\"%s\","
        "\"userId\":\"%s\",\"ipAddress\":\"%s\",\"clientAppUsed\":\"%s\","
        "\"status\":{\"errorCode\":%d},\"location\":{\"countryOrRegion\":\"%s\"}",
        row->id, sae_time_format(time, sizeof(time), row->time), row->upn,
        or_else(row->user_id, ""), or_else(row->address, "192.0.2.10"),
        or_else(row->client, "Authenticated SMTP"), row->code,
        or_else(row->country, "FI"));
    if (row->tenant != NULL) {
        sae_buf_printf(buf, ",\"resourceTenantId\":\"%s\"", row->tenant);
    }
    sae_buf_puts(buf, "}\n");
}

/* An array of sign-ins. */
static inline void log_array(struct sae_buf *buf, const struct log_row *rows,
                             size_t count)
{
    sae_buf_init(buf, LOG_MOST);
    sae_buf_puts(buf, "[\n");
    for (size_t i = 0; i < count; i++) {
        sae_buf_puts(buf, i == 0 ? "" : ",");
        log_json(buf, &rows[i]);
    }
    sae_buf_puts(buf, "]\n");
}

/* Get-CASMailbox | Export-Csv with `count` mailboxes that inherit. */
static inline void mailbox_csv(struct sae_buf *buf, unsigned count)
{
    sae_buf_init(buf, LOG_MOST);
    sae_buf_puts(buf, "\"PrimarySmtpAddress\",\"SmtpClientAuthenticationDisabled\"\r\n");
    for (unsigned i = 0; i < count; i++) {
        sae_buf_printf(buf, "\"box%04u@contoso.example\",\"\"\r\n", i);
    }
}

#endif
