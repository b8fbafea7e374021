/* SPDX-License-Identifier: MIT */
/* Any bytes as a log of sign-ins and as a list of mailboxes: the first byte is the size
 * of the pieces. What is read, the status and the message must be the same as for one
 * piece. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "fetch/mailbox.h"
#include "fetch/signin.h"

struct seen {
    uint64_t hash;
    uint64_t rows;
    struct sae_buf names;
};

static void mix(struct seen *seen, const void *data, size_t len)
{
    uint64_t both[2] = {seen->hash, sae_hash64(data, len)};

    seen->hash = sae_hash64(both, sizeof(both));
}

static void mix_text(struct seen *seen, const char *text, size_t cap)
{
    if (memchr(text, '\0', cap) == NULL) {
        abort();
    }
    mix(seen, text, strlen(text));
}

static enum sae_status take_signin(void *arg, const struct sae_rows_row *row,
                                   struct sae_err *err)
{
    struct seen *seen = arg;
    struct sae_signin_tenants tenants;
    struct sae_signin signin;
    enum sae_signin_answer answer = sae_signin_read(row, &signin, &tenants);

    (void)err;
    if (row->number != ++seen->rows) {
        abort();
    }
    mix(seen, &answer, sizeof(answer));
    if (answer == SAE_SIGNIN_SMTP) {
        if (signin.user[0] == '\0' || signin.code < 0 || signin.time < 0) {
            abort();
        }
        mix(seen, &signin.time, sizeof(signin.time));
        mix(seen, &signin.id, sizeof(signin.id));
        mix_text(seen, signin.user, sizeof(signin.user));
        mix_text(seen, signin.upn, sizeof(signin.upn));
        mix_text(seen, signin.shown, sizeof(signin.shown));
        mix_text(seen, signin.agent, sizeof(signin.agent));
        mix_text(seen, signin.country, sizeof(signin.country));
        mix_text(seen, tenants.id[0], SAE_GUID);
        mix_text(seen, tenants.id[1], SAE_GUID);
        mix(seen, signin.address.bytes, signin.address.len);
    }
    return SAE_OK;
}

static enum sae_status take_mailbox(void *arg, const struct sae_rows_row *row,
                                    struct sae_err *err)
{
    struct seen *seen = arg;
    struct sae_mailbox box;
    enum sae_status status = sae_mailbox_read(row, &seen->names, &box, err);

    if (status == SAE_OK) {
        if (box.address[0] == '\0') {
            abort();
        }
        mix(seen, &box.flag, sizeof(box.flag));
        mix_text(seen, box.address, sizeof(box.address));
        mix_text(seen, box.guid, sizeof(box.guid));
        mix_text(seen, box.object_id, sizeof(box.object_id));
        mix(seen, box.names, strlen(box.names));
    }
    return status;
}

static enum sae_status read_rows(const char *data, size_t len, size_t step,
                                 bool mailboxes, struct seen *seen, struct sae_err *err)
{
    struct sae_rows *rows =
        mailboxes
            ? sae_rows_new(sae_mailbox_names, sae_mailbox_name_count, take_mailbox, seen)
            : sae_rows_new(sae_signin_names, sae_signin_name_count, take_signin, seen);
    struct sae_rows_facts facts = {0};
    enum sae_status status = SAE_OK;

    if (rows == NULL) {
        abort();
    }
    sae_buf_init(&seen->names, SAE_ROWS_ROW);
    for (size_t at = 0; at < len && status == SAE_OK; at += step) {
        status = sae_rows_feed(rows, data + at, step < len - at ? step : len - at, err);
    }
    if (status == SAE_OK) {
        status = sae_rows_finish(rows, &facts, err);
    }
    mix(seen, &facts.rows, sizeof(facts.rows));
    mix(seen, &facts.links, sizeof(facts.links));
    mix(seen, &facts.fields, sizeof(facts.fields));
    sae_buf_done(&seen->names);
    sae_rows_free(rows);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;

    if (size < 2) {
        return 0;
    }
    for (int kind = 0; kind < 2; kind++) {
        struct seen whole = {0}, pieces = {0};
        struct sae_err whole_err = {0}, pieces_err = {0};
        enum sae_status status =
            read_rows(text, size - 1, size, kind != 0, &whole, &whole_err);

        if (read_rows(text, size - 1, data[0] % 16U + 1U, kind != 0, &pieces,
                      &pieces_err) != status ||
            whole.hash != pieces.hash || strcmp(whole_err.text, pieces_err.text) != 0) {
            abort();
        }
    }
    return 0;
}
