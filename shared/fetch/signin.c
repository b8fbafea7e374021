/* SPDX-License-Identifier: MIT */
#include "fetch/signin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/text.h"
#include "fetch/date.h"

enum field {
    ID,
    TIME,
    CODE,
    RESULT, /* Success or Failure, where the portal leaves the code blank */
    USER_ID,
    UPN,
    ADDRESS,
    CLIENT,
    AGENT,
    COUNTRY,
    TENANT,
    RESOURCE_TENANT,
    HOME_TENANT,
    CATEGORY
};

/* Graph v1.0 and beta; the diagnostic export wraps the same object in `properties`; the
 * portal's CSV as recorded from 2025-12 downloads; Log Analytics adds [UTC] to dates.
 * Sources: the reference of the project, "Sign-ins" 1.3, 4.4, 5.1, 5.2. */
const struct sae_rows_name sae_signin_names[] = {
    {"id", ID, SAE_ROWS_BOTH, 0},
    {"properties/id", ID, SAE_ROWS_JSON, 0},
    {"request id", ID, SAE_ROWS_CSV, 0},
    {"createddatetime", TIME, SAE_ROWS_BOTH, SAE_DATE_PLAIN},
    {"properties/createddatetime", TIME, SAE_ROWS_JSON, SAE_DATE_PLAIN},
    {"date (utc)", TIME, SAE_ROWS_CSV, SAE_DATE_UTC},
    {"createddatetime [utc]", TIME, SAE_ROWS_CSV, SAE_DATE_ANALYTICS},
    {"timegenerated [utc]", TIME, SAE_ROWS_CSV, SAE_DATE_ANALYTICS},
    {"timegenerated", TIME, SAE_ROWS_CSV, SAE_DATE_PLAIN},
    {"date", TIME, SAE_ROWS_CSV, SAE_DATE_PLAIN},
    {"status/errorcode", CODE, SAE_ROWS_JSON, 0},
    {"properties/status/errorcode", CODE, SAE_ROWS_JSON, 0},
    {"sign-in error code", CODE, SAE_ROWS_CSV, 0},
    {"resulttype", CODE, SAE_ROWS_BOTH, 0},
    {"status", RESULT, SAE_ROWS_CSV, 0},
    {"userid", USER_ID, SAE_ROWS_BOTH, 0},
    {"properties/userid", USER_ID, SAE_ROWS_JSON, 0},
    {"user id", USER_ID, SAE_ROWS_CSV, 0},
    {"userprincipalname", UPN, SAE_ROWS_BOTH, 0},
    {"properties/userprincipalname", UPN, SAE_ROWS_JSON, 0},
    {"username", UPN, SAE_ROWS_CSV, 0},
    {"ipaddress", ADDRESS, SAE_ROWS_BOTH, 0},
    {"properties/ipaddress", ADDRESS, SAE_ROWS_JSON, 0},
    {"calleripaddress", ADDRESS, SAE_ROWS_JSON, 0},
    {"ip address", ADDRESS, SAE_ROWS_CSV, 0},
    {"clientappused", CLIENT, SAE_ROWS_BOTH, 0},
    {"properties/clientappused", CLIENT, SAE_ROWS_JSON, 0},
    {"client app", CLIENT, SAE_ROWS_CSV, 0},
    {"useragent", AGENT, SAE_ROWS_BOTH, 0},
    {"properties/useragent", AGENT, SAE_ROWS_JSON, 0},
    {"user agent", AGENT, SAE_ROWS_CSV, 0},
    {"location/countryorregion", COUNTRY, SAE_ROWS_JSON, 0},
    {"properties/location/countryorregion", COUNTRY, SAE_ROWS_JSON, 0},
    {"location", COUNTRY, SAE_ROWS_BOTH, 0},
    /* Not from CSV: in Log Analytics TenantId is the workspace. */
    {"tenantid", TENANT, SAE_ROWS_JSON, 0},
    {"aadtenantid", TENANT, SAE_ROWS_CSV, 0},
    {"resourcetenantid", RESOURCE_TENANT, SAE_ROWS_BOTH, 0},
    {"properties/resourcetenantid", RESOURCE_TENANT, SAE_ROWS_JSON, 0},
    {"resource tenant id", RESOURCE_TENANT, SAE_ROWS_CSV, 0},
    {"hometenantid", HOME_TENANT, SAE_ROWS_BOTH, 0},
    {"properties/hometenantid", HOME_TENANT, SAE_ROWS_JSON, 0},
    {"home tenant id", HOME_TENANT, SAE_ROWS_CSV, 0},
    {"category", CATEGORY, SAE_ROWS_BOTH, 0},
};
const size_t sae_signin_name_count = sizeof(sae_signin_names) / sizeof(sae_signin_names[0]);
const uint32_t sae_signin_needed = 1U << ID | 1U << TIME | 1U << CODE | 1U << CLIENT;

static bool is_text(const struct sae_cell *cell)
{
    return cell->kind == SAE_CELL_TEXT && cell->len > 0;
}

static bool equals(const struct sae_cell *cell, const char *word)
{
    return is_text(cell) && cell->len == strlen(word) &&
           strncasecmp(cell->text, word, cell->len) == 0;
}

static const uint64_t each = UINT64_C(0x0101010101010101);

/* Eight bytes at once, each in its lane (see sae_text_lower_word): an eighth bit is set
 * wherever a byte is not a hexadecimal digit in lower case. */
static uint64_t not_digits(uint64_t word)
{
    const uint64_t top = 0x80 * each;
    uint64_t seven = word & ~top;
    uint64_t digit = (seven + (0x80 - '0') * each) & ~(seven + (0x7f - '9') * each);
    uint64_t letter = (seven + (0x80 - 'a') * each) & ~(seven + (0x7f - 'f') * each);

    return (~(digit | letter) | word) & top;
}

/* 8-4-4-4-12 digits, not all of them zero, the lower case of which is written to `guid`. */
static bool is_guid(const char *text, char guid[SAE_GUID])
{
    static const char zero[] = "00000000-0000-0000-0000-000000000000";
    static const unsigned char words[] = {0, 8, 16, 24, SAE_GUID - sizeof(uint64_t)};
    uint64_t wrong = 0, other = 0;

    for (size_t i = 0; i < sizeof(words); i++) {
        uint64_t word, zeros, dashes;

        memcpy(&word, text + words[i], sizeof(word));
        memcpy(&zeros, zero + words[i], sizeof(zeros));
        word = sae_text_lower_word(word);
        memcpy(guid + words[i], &word, sizeof(word));
        dashes = ((zeros ^ '0' * each) & each) * 0xff; /* their lanes */
        other |= word ^ zeros;
        wrong |= ((word ^ zeros) & dashes) | (not_digits(word) & ~dashes);
    }
    return wrong == 0 && other != 0;
}

void sae_guid_read(const char *text, size_t len, char ret_guid[SAE_GUID + 1])
{
    if (len == SAE_GUID + 2 && text[0] == '{') {
        text++;
        len -= 2;
    }
    ret_guid[SAE_GUID] = '\0';
    if (len != SAE_GUID || !is_guid(text, ret_guid)) {
        ret_guid[0] = '\0';
    }
}

/* A number, or digits in a text ("50126" in exports). */
static bool read_code(const struct sae_rows_row *row, int32_t *ret_code)
{
    const struct sae_cell *cell = &row->cell[CODE];
    struct sae_cursor cur = sae_cursor_bytes(cell->text, cell->len);
    uint64_t value;

    if (cell->kind == SAE_CELL_NUMBER || is_text(cell)) {
        if (!sae_cursor_decimal(&cur, INT32_MAX, &value) || !sae_cursor_at_end(&cur)) {
            return false;
        }
        *ret_code = (int32_t)value;
        return true;
    }
    /* Portal rows of successes may leave the code blank; only the word proves success. */
    *ret_code = 0;
    return cell->kind == SAE_CELL_NULL && equals(&row->cell[RESULT], "Success");
}

static void read_guid(const struct sae_cell *cell, char ret_guid[SAE_GUID + 1])
{
    sae_guid_read(cell->text, is_text(cell) ? cell->len : 0, ret_guid);
}

/* User = object id, else lower-case UPN; an unusable name counts by its hash. */
static void read_user(const struct sae_rows_row *row, struct sae_signin *signin)
{
    const struct sae_cell *id = &row->cell[USER_ID], *upn = &row->cell[UPN];
    uint64_t hash;

    signin->upn[0] = signin->shown[0] = '\0';
    read_guid(id, signin->user);
    if (is_text(upn)) {
        sae_text_safe(signin->shown, sizeof(signin->shown), upn->text, upn->len);
        if (!upn->spoiled &&
            sae_text_copy(signin->upn, sizeof(signin->upn), upn->text, upn->len)) {
            sae_text_lower(signin->upn, upn->len);
        }
    }
    if (signin->user[0] != '\0') {
        return;
    }
    if (signin->upn[0] != '\0') {
        memcpy(signin->user, signin->upn, sizeof(signin->user));
        return;
    }
    hash = upn->spoiled ? upn->hash : sae_hash64(upn->text, is_text(upn) ? upn->len : 0);
    snprintf(signin->user, sizeof(signin->user), "#%016" PRIx64, hash);
}

/* ISO code from a field of its own, or the end of "City, State, CC". */
static void read_country(const struct sae_cell *cell, char ret_country[3])
{
    const char *text = cell->text;
    size_t len = is_text(cell) ? cell->len : 0;

    ret_country[0] = '\0';
    for (size_t i = len; i > 0; i--) {
        if (text[i - 1] == ',') {
            text += i;
            len -= i;
            break;
        }
    }
    while (len > 0 && *text == ' ') {
        text++;
        len--;
    }
    if (len == 2 && ((text[0] | 32) >= 'a' && (text[0] | 32) <= 'z') &&
        ((text[1] | 32) >= 'a' && (text[1] | 32) <= 'z')) {
        ret_country[0] = (char)(text[0] & ~32);
        ret_country[1] = (char)(text[1] & ~32);
        ret_country[2] = '\0';
    }
}

static bool is_smtp(const struct sae_cell *client)
{
    return equals(client, "Authenticated SMTP") || equals(client, "SMTP");
}

/* The diagnostic export mixes the sign-ins of users with audit logs and with sign-ins of
 * applications, which have no client app. */
static bool is_other_log(const struct sae_cell *category)
{
    return is_text(category) && !equals(category, "SignInLogs") &&
           !equals(category, "NonInteractiveUserSignInLogs");
}

static void read_tenants(const struct sae_rows_row *row, struct sae_signin_tenants *tenants)
{
    read_guid(&row->cell[TENANT], tenants->id[0]);
    if (tenants->id[0][0] != '\0') {
        memcpy(tenants->id[1], tenants->id[0], sizeof(tenants->id[1]));
        return;
    }
    read_guid(&row->cell[RESOURCE_TENANT], tenants->id[0]);
    read_guid(&row->cell[HOME_TENANT], tenants->id[1]);
}

enum sae_signin_answer sae_signin_read(const struct sae_rows_row *row,
                                       struct sae_signin *ret_signin,
                                       struct sae_signin_tenants *ret_tenants)
{
    const struct sae_cell *id = &row->cell[ID], *time = &row->cell[TIME];
    const struct sae_cell *address = &row->cell[ADDRESS], *agent = &row->cell[AGENT];
    const struct sae_cell *client = &row->cell[CLIENT];

    read_tenants(row, ret_tenants);
    if (is_other_log(&row->cell[CATEGORY])) {
        return SAE_SIGNIN_NOT;
    }
    switch (sae_foreign_time(time->text, is_text(time) ? time->len : 0,
                             (enum sae_date_column)time->hint, &ret_signin->time)) {
    case SAE_DATE_OK:
        break;
    case SAE_DATE_AMBIGUOUS:
        return SAE_SIGNIN_AMBIGUOUS;
    default:
        return SAE_SIGNIN_UNPARSED;
    }
    if (row->ragged) {
        return SAE_SIGNIN_UNPARSED;
    }
    if (client->kind == SAE_CELL_NULL || (client->kind == SAE_CELL_TEXT && client->len == 0)) {
        return SAE_SIGNIN_BLANK;
    }
    if (client->kind != SAE_CELL_TEXT) {
        return SAE_SIGNIN_UNPARSED;
    }
    if (!is_smtp(client)) {
        return SAE_SIGNIN_OTHER;
    }
    if (!is_text(id) || !read_code(row, &ret_signin->code)) {
        return SAE_SIGNIN_UNPARSED;
    }
    ret_signin->id = id->spoiled ? id->hash : sae_hash64(id->text, id->len);
    read_user(row, ret_signin);
    ret_signin->address = sae_address_read(address->text, is_text(address) ? address->len : 0);
    read_country(&row->cell[COUNTRY], ret_signin->country);
    sae_text_safe(ret_signin->agent, sizeof(ret_signin->agent), agent->text,
                  is_text(agent) ? agent->len : 0);
    return SAE_SIGNIN_SMTP;
}
