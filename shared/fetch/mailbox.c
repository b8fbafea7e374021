/* SPDX-License-Identifier: MIT */
#include "fetch/mailbox.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "fetch/date.h"
#include "fetch/signin.h"

enum field { GUID, OBJECT_ID, PRIMARY, ADDRESSES, UPN, NAME, FLAG, CHANGED };

/* Get-CASMailbox and Get-EXOCasMailbox, as JSON and as CSV. */
const struct sae_rows_name sae_mailbox_names[] = {
    {"guid", GUID, SAE_ROWS_BOTH, 0},
    {"externaldirectoryobjectid", OBJECT_ID, SAE_ROWS_BOTH, 0},
    {"primarysmtpaddress", PRIMARY, SAE_ROWS_BOTH, 0},
    {"primarysmtpaddress/address", PRIMARY, SAE_ROWS_JSON, 0},
    {"emailaddresses", ADDRESSES, SAE_ROWS_BOTH, 0},
    {"userprincipalname", UPN, SAE_ROWS_BOTH, 0},
    {"identity", NAME, SAE_ROWS_BOTH, 0},
    {"name", NAME, SAE_ROWS_BOTH, 0},
    {"displayname", NAME, SAE_ROWS_BOTH, 0},
    {"smtpclientauthenticationdisabled", FLAG, SAE_ROWS_BOTH, 0},
    {"whenchangedutc", CHANGED, SAE_ROWS_BOTH, SAE_DATE_UTC},
};
const size_t sae_mailbox_name_count =
    sizeof(sae_mailbox_names) / sizeof(sae_mailbox_names[0]);
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

/* "SMTP:a@b smtp:c@d", separated by blanks, commas, semicolons or lines; other kinds of
 * address (SIP, X500) have a prefix of their own and are none. */
static void read_addresses(const struct sae_cell *cell, struct sae_buf *names)
{
    bool text = cell->kind == SAE_CELL_TEXT || cell->kind == SAE_CELL_LIST;
    const char *at = cell->text;
    const char *end = text ? at + cell->len : at;

    while (at < end) {
        size_t len = 0;
        const char *word = at;

        while (at + len < end && !separates(at[len])) {
            len++;
        }
        at += len + 1;
        if (len > 5 && strncasecmp(word, "smtp:", 5) == 0) {
            word += 5;
            len -= 5;
        }
        if (len > 0 && len <= SAE_NAME && memchr(word, '@', len) != NULL &&
            memchr(word, ':', len) == NULL && memchr(word, '\0', len) == NULL) {
            sae_buf_add(names, word, len);
            sae_text_lower(names->data + names->len - len, len);
            sae_buf_puts(names, "\n");
        }
    }
}

enum sae_status sae_mailbox_read(const struct sae_rows_row *row, struct sae_buf *names,
                                 struct sae_mailbox *ret_box, struct sae_err *err)
{
    const struct sae_cell *cell = row->cell;
    struct sae_mailbox box = {.flag = read_flag(&cell[FLAG])};

    if (row->ragged) {
        return sae_fail(err, SAE_E_FORMAT, "line %zu has not as many cells as the header",
                        row->line);
    }
    sae_guid_read(cell[GUID].text, cell[GUID].kind == SAE_CELL_TEXT ? cell[GUID].len : 0,
                  box.guid);
    sae_guid_read(cell[OBJECT_ID].text,
                  cell[OBJECT_ID].kind == SAE_CELL_TEXT ? cell[OBJECT_ID].len : 0,
                  box.object_id);
    read_name(&cell[PRIMARY], box.address);
    sae_buf_clear(names);
    read_addresses(&cell[ADDRESSES], names);
    read_addresses(&cell[UPN], names);
    if (sae_buf_status(names) != SAE_OK) {
        return sae_fail(err, sae_buf_status(names), "row %llu has too many addresses",
                        (unsigned long long)row->number);
    }
    if (box.address[0] == '\0') {
        read_name(cell[UPN].kind == SAE_CELL_TEXT ? &cell[UPN] : &cell[NAME], box.address);
    }
    if (box.address[0] == '\0' && box.guid[0] == '\0' && box.object_id[0] == '\0') {
        return sae_fail(err, SAE_E_FORMAT,
                        "row %llu names no mailbox: PrimarySmtpAddress, Guid and "
                        "ExternalDirectoryObjectId are all missing",
                        (unsigned long long)row->number);
    }
    if (cell[CHANGED].kind == SAE_CELL_TEXT &&
        sae_foreign_time(cell[CHANGED].text, cell[CHANGED].len, SAE_DATE_UTC, &box.changed) !=
            SAE_DATE_OK) {
        box.changed = 0;
    }
    if (box.address[0] == '\0') {
        memcpy(box.address, box.guid[0] != '\0' ? box.guid : box.object_id, SAE_GUID + 1);
    }
    box.names = sae_buf_text(names);
    *ret_box = box;
    return SAE_OK;
}

void sae_mailbox_list_note(struct sae_mailbox_list *list, const struct sae_mailbox *box)
{
    list->named = list->named || box->object_id[0] != '\0' || box->names[0] != '\0' ||
                  strchr(box->address, '@') != NULL;
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
