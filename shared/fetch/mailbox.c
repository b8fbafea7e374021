/* SPDX-License-Identifier: MIT */
#include "fetch/mailbox.h"

#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/text.h"
#include "fetch/date.h"
#include "fetch/signin.h"

enum field { GUID, OBJECT_ID, PRIMARY, ADDRESSES, UPN, FLAG, CHANGED, LIVE, NAME = LIVE };

/* Get-CASMailbox and Get-EXOCasMailbox, as JSON and as CSV; the LIVE ones first. */
const struct sae_rows_name sae_mailbox_names[] = {
    {"guid", GUID, SAE_ROWS_BOTH, 0},
    {"externaldirectoryobjectid", OBJECT_ID, SAE_ROWS_BOTH, 0},
    {"primarysmtpaddress", PRIMARY, SAE_ROWS_BOTH, 0},
    {"emailaddresses", ADDRESSES, SAE_ROWS_BOTH, 0},
    {"userprincipalname", UPN, SAE_ROWS_BOTH, 0},
    {"smtpclientauthenticationdisabled", FLAG, SAE_ROWS_BOTH, 0},
    {"whenchangedutc", CHANGED, SAE_ROWS_BOTH, SAE_DATE_UTC},

    {"primarysmtpaddress/address", PRIMARY, SAE_ROWS_JSON, 0},
    {"identity", NAME, SAE_ROWS_BOTH, 0},
    {"name", NAME, SAE_ROWS_BOTH, 0},
    {"displayname", NAME, SAE_ROWS_BOTH, 0},
};
const size_t sae_mailbox_name_count =
    sizeof(sae_mailbox_names) / sizeof(sae_mailbox_names[0]);
const size_t sae_mailbox_live_count = LIVE;
const uint32_t sae_mailbox_flag_field = 1U << FLAG;

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && strncasecmp(text, word, len) == 0;
}

static enum sae_flag read_flag(const struct sae_cell *cell)
{
    switch (cell->kind) {
    case SAE_CELL_NULL:
        return SAE_FLAG_INHERIT;
    case SAE_CELL_TRUE:
        return SAE_FLAG_DISABLED;
    case SAE_CELL_FALSE:
        return SAE_FLAG_ENABLED;
    case SAE_CELL_TEXT:
        if (cell->len == 0) {
            return SAE_FLAG_INHERIT;
        }
        if (is_word(cell->text, cell->len, "true")) {
            return SAE_FLAG_DISABLED;
        }
        return is_word(cell->text, cell->len, "false") ? SAE_FLAG_ENABLED
                                                       : SAE_FLAG_UNKNOWN;
    default:
        return SAE_FLAG_UNKNOWN;
    }
}

/* Lower case as it is; a name that cannot be kept (too long, not UTF-8) is shown safe. */
static void read_name(const struct sae_cell *cell, char dst[SAE_NAME + 1])
{
    bool text = cell->kind == SAE_CELL_TEXT;

    if (text && !cell->spoiled && sae_text_copy(dst, SAE_NAME + 1, cell->text, cell->len)) {
        sae_text_lower(dst, cell->len);
    } else {
        sae_text_safe(dst, SAE_NAME + 1, cell->text, text ? cell->len : 0);
    }
}

static bool separates(char c)
{
    switch (c) {
    case ' ':
    case ',':
    case ';':
    case '\n':
    case '\r':
    case '\t':
    case '{':
    case '}':
        return true;
    default:
        return false;
    }
}

/* What was seen in a word: of addresses, only those of SMTP have no prefix. */
struct seen {
    bool at;  /* a sign of an address */
    bool odd; /* a colon or a NUL */
};

static const char *word_end(const char *at, const char *end, struct seen *seen)
{
    for (; at < end && !separates(*at); at++) {
        seen->at = seen->at || *at == '@';
        seen->odd = seen->odd || *at == ':' || *at == '\0';
    }
    return at;
}

static bool begins_with_smtp(const char *at, const char *end)
{
    return end - at > 5 && (at[0] | 32) == 's' && (at[1] | 32) == 'm' &&
           (at[2] | 32) == 't' && (at[3] | 32) == 'p' && at[4] == ':';
}

static void add_address(struct sae_buf *names, const char *word, size_t len)
{
    size_t from = names->len;

    sae_buf_add(names, word, len);
    sae_buf_add(names, "\n", 1);
    if (sae_buf_status(names) == SAE_OK) {
        sae_text_lower(names->data + from, len);
    }
}

/* "SMTP:a@b smtp:c@d", separated by blanks, commas, semicolons or lines; other kinds of
 * address (SIP, X500) have a prefix of their own and are none. The primary one is among them
 * and is not kept twice. */
static void read_addresses(const struct sae_cell *cell, const char *primary,
                           struct sae_buf *names)
{
    bool text = cell->kind == SAE_CELL_TEXT || cell->kind == SAE_CELL_LIST;
    const char *at = cell->text;
    const char *end = text ? at + cell->len : at;
    size_t primary_len = strlen(primary);

    while (at < end) {
        const char *word = begins_with_smtp(at, end) ? at + 5 : at;
        struct seen seen = {.at = false};
        size_t len;

        at = word_end(word, end, &seen);
        len = (size_t)(at - word);
        if (seen.at && !seen.odd && len <= SAE_NAME &&
            !(len == primary_len && strncasecmp(word, primary, len) == 0)) {
            add_address(names, word, len);
        }
        at += at < end ? 1 : 0;
    }
}

enum sae_status sae_mailbox_read(const struct sae_rows_row *row, struct sae_buf *names,
                                 struct sae_mailbox *box, struct sae_err *err)
{
    const struct sae_cell *cell = row->cell;

    if (row->ragged) {
        return sae_fail(err, SAE_E_FORMAT, "line %zu has not as many cells as the header",
                        row->line);
    }
    sae_guid_read(cell[GUID].text, cell[GUID].kind == SAE_CELL_TEXT ? cell[GUID].len : 0,
                  box->guid);
    sae_guid_read(cell[OBJECT_ID].text,
                  cell[OBJECT_ID].kind == SAE_CELL_TEXT ? cell[OBJECT_ID].len : 0,
                  box->object_id);
    box->flag = read_flag(&cell[FLAG]);
    read_name(&cell[PRIMARY], box->address);
    sae_buf_clear(names);
    read_addresses(&cell[ADDRESSES], box->address, names);
    read_addresses(&cell[UPN], box->address, names);
    if (sae_buf_status(names) != SAE_OK) {
        return sae_fail(err, sae_buf_status(names), "row %llu has too many addresses",
                        (unsigned long long)row->number);
    }
    if (box->address[0] == '\0') {
        read_name(cell[UPN].kind == SAE_CELL_TEXT ? &cell[UPN] : &cell[NAME], box->address);
    }
    if (box->address[0] == '\0' && box->guid[0] == '\0' && box->object_id[0] == '\0') {
        return sae_fail(err, SAE_E_FORMAT,
                        "row %llu names no mailbox: PrimarySmtpAddress, Guid and "
                        "ExternalDirectoryObjectId are all missing",
                        (unsigned long long)row->number);
    }
    box->changed = 0;
    if (cell[CHANGED].kind == SAE_CELL_TEXT &&
        sae_foreign_time(cell[CHANGED].text, cell[CHANGED].len, SAE_DATE_UTC,
                         &box->changed) != SAE_DATE_OK) {
        box->changed = 0;
    }
    if (box->address[0] == '\0') {
        memcpy(box->address, box->guid[0] != '\0' ? box->guid : box->object_id, SAE_GUID + 1);
    }
    box->names = sae_buf_text(names);
    return SAE_OK;
}

uint64_t sae_mailbox_digest(const struct sae_rows_row *row)
{
    uint64_t digest = 1; /* of an empty row it is not 0 */

    for (int field = 0; field <= NAME; field++) {
        const struct sae_cell *cell = &row->cell[field];
        uint64_t kind = (uint64_t)cell->kind << 1 | cell->spoiled;

        if (field != CHANGED) {
            digest = sae_hash_on(digest, cell->hash ^ (cell->len << 8 | kind), cell->text,
                                 cell->len);
        }
    }
    return digest;
}

/* ---- lists -------------------------------------------------------------------------- */

void sae_mailbox_reader_init(struct sae_mailbox_reader *reader,
                             const struct sae_mailbox_sink *sink)
{
    *reader = (struct sae_mailbox_reader){.sink = sink};
    sae_buf_init(&reader->names, SAE_ROWS_ROW);
}

void sae_mailbox_reader_done(struct sae_mailbox_reader *reader)
{
    sae_buf_done(&reader->names);
}

/* A name that only mailboxes have. */
static bool is_named(const struct sae_mailbox *box)
{
    return box->object_id[0] != '\0' || box->names[0] != '\0' ||
           strchr(box->address, '@') != NULL;
}

/* Most rows of a list are those that were read the last time, and mailboxes: only lists of
 * mailboxes are known. */
enum sae_status sae_mailbox_take(void *arg, const struct sae_rows_row *row,
                                 struct sae_err *err)
{
    struct sae_mailbox_reader *reader = arg;
    const struct sae_mailbox_sink *sink = reader->sink;
    uint64_t digest = sae_mailbox_digest(row);
    enum sae_status status;

    if (!row->ragged && sink->known != NULL && sink->known(sink->arg, digest)) {
        reader->list.named = true;
        return SAE_OK;
    }
    status = sae_mailbox_read(row, &reader->names, &reader->box, err);
    if (status != SAE_OK) {
        return status;
    }
    reader->box.row = digest;
    reader->list.named = reader->list.named || is_named(&reader->box);
    return sink->add(sink->arg, &reader->box, err);
}

enum sae_status sae_mailbox_list_check(const struct sae_mailbox_list *list,
                                       const char *advice, struct sae_err *err)
{
    if (list->rows == 0) {
        return sae_fail(err, SAE_E_FORMAT, "no mailboxes in it");
    }
    /* A transport configuration has a Guid, a name and the same property. */
    if (!list->named) {
        return sae_fail(err, SAE_E_FORMAT,
                        "not a list of mailboxes: no PrimarySmtpAddress and no "
                        "ExternalDirectoryObjectId in it");
    }
    if ((list->fields & sae_mailbox_flag_field) == 0) {
        return sae_fail(err, SAE_E_FORMAT, "no SmtpClientAuthenticationDisabled in it: %s",
                        advice);
    }
    return SAE_OK;
}
