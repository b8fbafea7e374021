/* SPDX-License-Identifier: MIT */
/* The list of mailboxes, read from a service that answers as the test says. */
#ifndef SAE_TEST_LIST_SCRIPT_H
#define SAE_TEST_LIST_SCRIPT_H

#include "mailbox_sink.h"
#include "scripted_client.h"

#define LINK(url) "\"@odata.nextLink\":\"" url "\","
#define FLAG "\"SmtpClientAuthenticationDisabled\":"
#define MAILBOX(name, flag)                                                              \
    "{\"PrimarySmtpAddress\":\"" name "@b.example\"," FLAG flag "}"
#define WARNED "\"@adminapi.warnings\":[\"Use the ResultSize parameter for more.\"],"
#define ONE_BOX "{\"value\":[" MAILBOX("a", "true") "]}"
#define BODY                                                                             \
    "{\"CmdletInput\":{\"CmdletName\":\"Get-CASMailbox\","                               \
    "\"Parameters\":{\"ResultSize\":\"Unlimited\"}}}"
#define SELECT                                                                           \
    "?$select=PrimarySmtpAddress,ExternalDirectoryObjectId,Guid,EmailAddresses,"         \
    "WhenChangedUTC,SmtpClientAuthenticationDisabled"

static struct sae_err err;

static uint64_t rows;
static bool more;

static inline enum sae_status read_boxes(bool first_page_only)
{
    rows = 77;
    more = false;
    return sae_exchange_mailboxes(scripted(), &sink, first_page_only, &rows, &more, &err);
}

static inline void boxes_are_read(uint64_t count)
{
    ck_assert_msg(read_boxes(false) == SAE_OK, "%s", err.text);
    ck_assert_uint_eq(rows, count);
    ck_assert_uint_eq(sunk.kept, count);
    ck_assert(!more);
    ck_assert_uint_eq(script.next, script.count);
}

static inline void boxes_fail(enum sae_status code, const char *text)
{
    enum sae_status status = read_boxes(false);

    ck_assert_msg(status == code, "%s: %s", sae_status_name(status), err.text);
    ck_assert_int_eq(err.code, code);
    ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(err.text, "Get-CASMailbox"));
    ck_assert_uint_eq(rows, 77);
    ck_assert_uint_eq(script.next, script.count);
}

static inline void begin(void)
{
    memset(&sunk, 0, sizeof(sunk));
    err = (struct sae_err){0};
    script_begin();
}

#endif
