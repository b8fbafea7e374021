/* SPDX-License-Identifier: MIT */
/* What stands in which member, and what may stay as it is. */
#include <string.h>
#include <strings.h>

#include "fetch/record/anonymous_private.h"

/* Without case: PowerShell and exports change it. */
static const struct {
    const char *name;
    enum sae_rule rule;
} rules[] = {
    {"access_token", SAE_RULE_SECRET},
    {"refresh_token", SAE_RULE_SECRET},
    {"id_token", SAE_RULE_SECRET},
    {"client_secret", SAE_RULE_SECRET},
    {"client_assertion", SAE_RULE_SECRET},
    {"assertion", SAE_RULE_SECRET},
    {"device_code", SAE_RULE_SECRET},
    {"user_code", SAE_RULE_SECRET},
    {"token", SAE_RULE_SECRET},
    {"secret", SAE_RULE_SECRET},
    {"secrettext", SAE_RULE_SECRET},
    {"password", SAE_RULE_SECRET},
    {"authorization", SAE_RULE_SECRET},
    {"message", SAE_RULE_PROSE},
    {"error_description", SAE_RULE_PROSE},
    {"failurereason", SAE_RULE_PROSE},
    {"additionaldetails", SAE_RULE_PROSE},
    {"resultdescription", SAE_RULE_PROSE},
    {"authenticationstepresultdetail", SAE_RULE_PROSE},
    {"@adminapi.warnings", SAE_RULE_PROSE},
    {"@adminapi.errors", SAE_RULE_PROSE},
    {"code", SAE_RULE_CODE},
    {"error", SAE_RULE_CODE},
    {"type", SAE_RULE_TYPE},
    {"typename", SAE_RULE_TYPE},
    {"@odata.type", SAE_RULE_TYPE},
    {"cmdletname", SAE_RULE_CMDLET},
    {"countryorregion", SAE_RULE_COUNTRY},
    {"country", SAE_RULE_COUNTRY},
    {"location", SAE_RULE_COUNTRY},
    {"usagelocation", SAE_RULE_COUNTRY},
    {"countrylettercode", SAE_RULE_COUNTRY},
    {"countriesandregions", SAE_RULE_COUNTRY},
    {"expires_in", SAE_RULE_DIGITS},
    {"ext_expires_in", SAE_RULE_DIGITS},
    {"expires_on", SAE_RULE_DIGITS},
    {"not_before", SAE_RULE_DIGITS},
    {"refresh_in", SAE_RULE_DIGITS},
    {"errorcode", SAE_RULE_DIGITS},
    {"error_codes", SAE_RULE_DIGITS},
    {"resulttype", SAE_RULE_DIGITS},
    {"latitude", SAE_RULE_PLACE},
    {"longitude", SAE_RULE_PLACE},
    {"altitude", SAE_RULE_PLACE},
    {"autonomoussystemnumber", SAE_RULE_NETWORK},
};

/* Values that matter for reading a body and say nothing about anybody. Client apps: the
 * project's reference, "Sign-ins" 1.4. Types of mailboxes: RecipientTypeDetails. The rest:
 * enumerations of signIn and conditionalAccessPolicy in Graph's metadata. */
static const char *const harmless[] = {
    "true", "false", "none", "all", "unknown", "unlimited", "bearer",
    "browser", "mobile apps and desktop clients", "authenticated smtp", "autodiscover",
    "exchange activesync", "exchange online powershell", "exchange web services", "imap4",
    "mapi over http", "offline address book", "outlook anywhere (rpc over http)",
    "outlook anywhere", "outlook service", "pop3", "reporting web services",
    "other clients", "imap", "pop", "smtp", "mapi",
    "bav2ropc", "cbainprod", "cbaintar",
    "success", "failure", "interrupted", "notapplied", "notenabled", "unknownfuturevalue",
    "enabled", "disabled", "enabledforreportingbutnotenforced",
    "reportonlysuccess", "reportonlyfailure", "reportonlynotapplied",
    "reportonlyinterrupted",
    "hidden", "low", "medium", "high", "minimal",
    "confirmedsafe", "remediated", "dismissed", "atrisk", "confirmedcompromised",
    "mobileappsanddesktopclients", "exchangeactivesync", "eassupported", "other",
    "block", "mfa", "compliantdevice", "domainjoineddevice", "approvedapplication",
    "compliantapplication", "passwordchange", "and", "or",
    "guestsorexternalusers", "office365", "allapps",
    "ropc", "oauth2", "devicecode", "wsfederation", "saml20",
    "singlefactorauthentication", "multifactorauthentication",
    "interactiveuser", "noninteractiveuser", "member", "guest",
    "signinlogs", "noninteractiveusersigninlogs", "sign-in activity",
    "usermailbox", "sharedmailbox", "roommailbox", "equipmentmailbox",
    "discoverymailbox", "schedulingmailbox", "legacymailbox", "linkedmailbox",
    "teammailbox", "monitoringmailbox", "groupmailbox",
    "transport settings", "resultsize", "-resultsize unlimited",
    NULL};

enum sae_rule sae_rule_of(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (strcasecmp(rules[i].name, name) == 0) {
            return rules[i].rule;
        }
    }
    if (len > 5 && strcasecmp(name + len - 5, ".type") == 0 && strchr(name, '@') != NULL) {
        return SAE_RULE_TYPE;
    }
    return SAE_RULE_PLAIN;
}

/* "SmtpClientAuthenticationDisabled", "@odata.nextLink", "Guid@data.type",
 * "adminapi.warnings@odata.type". */
static bool is_property(const char *name, size_t len)
{
    static const char *const odd[] = {"request-id", "client-request-id", "odata.error",
                                      "odata.nextlink", "odata.metadata", NULL};
    static const char *const spaces[] = {"odata", "data", "adminapi", "microsoft", NULL};
    const char *at = memchr(name, '@', len), *dot, *end = name + len;

    if (sae_listed(odd, name, len)) {
        return true;
    }
    if (at == NULL) {
        return sae_shape_identifier(name, len);
    }
    dot = memchr(at, '.', (size_t)(end - at));
    if (dot == NULL || !sae_listed(spaces, at + 1, (size_t)(dot - at - 1)) ||
        !sae_shape_identifier(dot + 1, (size_t)(end - dot - 1))) {
        return false;
    }
    if (at - name > 9 && strncasecmp(name, "adminapi.", 9) == 0) {
        name += 9;
    }
    return at == name || sae_shape_identifier(name, (size_t)(at - name));
}

void sae_anonymous_name(struct sae_anonymous *anon, const char *name, size_t len,
                        struct sae_buf *out)
{
    if (is_property(name, len)) {
        sae_buf_add(out, name, len);
    } else {
        sae_word_put(anon, SAE_WORD_NAME, name, len, out);
    }
}

/* "#Guid", "#Collection(String)", "System.Int32", "Microsoft.Exchange.X". */
static bool is_type(const char *text, size_t len)
{
    return sae_shape_type(text, len) ||
           (len > 1 && len < 100 && text[0] == '#' &&
            sae_shape_of(text + 1, len - 1, SAE_LOWER SAE_UPPER "._()163248"));
}

/* What may stay because of where it stands. */
static bool harmless_there(enum sae_rule rule, const char *text, size_t len)
{
    switch (rule) {
    case SAE_RULE_CODE: {
        size_t sign = len > 0 && text[0] == '-' ? 1 : 0;

        return sae_shape_identifier(text, len) ||
               sae_shape_digits(text + sign, len - sign, 10);
    }
    case SAE_RULE_TYPE:
        return is_type(text, len);
    case SAE_RULE_CMDLET:
        return sae_shape_cmdlet(text, len);
    case SAE_RULE_COUNTRY:
        return len == 2 && sae_shape_of(text, len, SAE_LOWER SAE_UPPER);
    case SAE_RULE_DIGITS:
        return sae_shape_digits(text, len, 10);
    default:
        return false;
    }
}

/* Some errors carry an error in JSON as their message. */
static bool document(struct sae_anonymous *anon, const char *text, size_t len,
                     struct sae_buf *out)
{
    struct sae_buf inner;
    bool is = false;

    if (len < 2 || (text[0] != '{' && text[0] != '[')) {
        return false;
    }
    sae_buf_init(&inner, out->max);
    if (sae_anonymous_json(anon, text, len, &inner, NULL) == SAE_OK) {
        sae_buf_add(out, sae_buf_text(&inner), inner.len);
        is = true;
    }
    sae_buf_done(&inner);
    return is;
}

static void by_rule(struct sae_anonymous *anon, enum sae_rule rule, const char *text,
                    size_t len, struct sae_buf *out)
{
    if (rule == SAE_RULE_SECRET) {
        sae_buf_puts(out, "token-1");
    } else if (sae_listed(harmless, text, len) || harmless_there(rule, text, len)) {
        sae_buf_add(out, text, len);
    } else if (!document(anon, text, len, out) &&
               !sae_anonymous_shape(anon, text, len, out)) {
        if (rule == SAE_RULE_PROSE) {
            sae_anonymous_prose(anon, text, len, out);
        } else {
            sae_word_put(anon, SAE_WORD_TEXT, text, len, out);
        }
    }
}

void sae_anonymous_value(struct sae_anonymous *anon, const char *name, const char *text,
                         size_t len, struct sae_buf *out)
{
    if (len == 0) {
        return;
    }
    if (anon->nested == SAE_ANONYMOUS_NESTED) {
        sae_word_put(anon, SAE_WORD_TEXT, text, len, out);
        return;
    }
    anon->nested++;
    by_rule(anon, sae_rule_of(name), text, len, out);
    anon->nested--;
}
