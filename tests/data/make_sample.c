/* SPDX-License-Identifier: MIT */
/* make_sample DIR [--mailboxes N] [--days N] [--seed N] [--big-signins N]
 *
 * Writes a sample tenant into DIR: the exports an administrator would make, an allow list
 * and a configuration. All times are relative to now, so that the sample never rots; all
 * else follows from the seed. Names, identifiers and addresses are invented (RFC 2606
 * domains, addresses of RFC 5737, RFC 3849 and RFC 2544). Needs nothing but libc.
 * Remove the state folder of an older sample first: the same sign-ins now have other
 * times. */
#include "sample.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* splitmix64 over the three numbers. */
uint64_t draw(const struct sample *s, enum use use, uint64_t number)
{
    uint64_t z = s->seed * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)use;

    for (int round = 0; round < 2; round++) {
        z += number + UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        z ^= z >> 31;
    }
    return z;
}

struct text guid(const struct sample *s, enum use use, uint64_t number)
{
    uint64_t a = draw(s, use, number), b = draw(s, use, ~number);
    struct text t;

    snprintf(t.at, sizeof(t.at), "%08x-%04x-4%03x-%04x-%012" PRIx64, (unsigned)(a >> 32),
             (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
             (unsigned)(0x8000 | (b >> 48 & 0x3fff)), b & UINT64_C(0xffffffffffff));
    return t;
}

/* --- Who is there -------------------------------------------------------------------- */

const struct sender senders[SENDERS] = {
    {"scan-floor1", "Scanner Floor 1", "198.51.100.21", "False", 180, 11, 120, 0, 0,
     false},
    {"scan-floor2", "Scanner Floor 2", "2001:db8:20::25", "", 300, 40, 200, 0, 0, false},
    {"erp", "ERP Invoices", "198.51.100.40", "False", 11, 5, 4, 0, 0, false},
    {"monitoring", "Monitoring Alerts", "203.0.113.10", "", 45, 7, 30, 0, 0, false},
    {"backup", "Backup Report", "198.51.100.41", "False", 1440, 300, 20, 0, 0, false},
    {"hr-letters", "HR Letters", "198.51.100.42", "False", 10080, 2900, 60, 0, 0, false},
    {"door-camera", "Door Camera", "198.51.100.60", "False", 1440, 500, 90, 0, 12, false},
    {"label-printer", "Label Printer", "203.0.113.31", "", 170, 20, 100, 3, 0, false},
    {"legacy-app", "Legacy Application", "198.51.100.90", "", 480, 50, 60, 0, 0, true},
};

static const char *const first_names[] = {"aino", "eino",  "helmi", "oiva",
                                          "saga", "toivo", "venla", "onni",
                                          "elli", "leo",   "ada",   "noel"};
static const char *const last_names[] = {
    "korhonen", "virtanen", "nieminen", "laine", "heikkinen", "koski", "jarvinen",
    "lehto",    "saari",    "salo",     "niemi", "rinne",     "lampi"};

static bool is_sender_mailbox(uint64_t number)
{
    return number < SENDERS && !senders[number].by_alias;
}

struct text local_part(const struct sample *s, uint64_t number)
{
    uint64_t r = draw(s, USE_NAME, number);
    struct text t;

    if (is_sender_mailbox(number)) {
        snprintf(t.at, sizeof(t.at), "%s", senders[number].local);
    } else {
        snprintf(t.at, sizeof(t.at), "%s.%s%" PRIu64, first_names[r % COUNT(first_names)],
                 last_names[r / 16 % COUNT(last_names)], number);
    }
    return t;
}

struct text display_name(const struct sample *s, uint64_t number)
{
    uint64_t r = draw(s, USE_NAME, number);
    const char *first = first_names[r % COUNT(first_names)];
    const char *last = last_names[r / 16 % COUNT(last_names)];
    struct text t;

    if (is_sender_mailbox(number)) {
        snprintf(t.at, sizeof(t.at), "%s", senders[number].display);
    } else {
        snprintf(t.at, sizeof(t.at), "%c%s %c%s", first[0] - 32, first + 1, last[0] - 32,
                 last + 1);
    }
    return t;
}

/* The cell SmtpClientAuthenticationDisabled: most mailboxes are closed. */
static const char *flag_of(const struct sample *s, uint64_t number)
{
    uint64_t r = draw(s, USE_FLAG, number) % 1000;

    if (is_sender_mailbox(number)) {
        return senders[number].flag;
    }
    if (number >= SPRAYED_USER && number < SPRAYED_USER + 6) {
        return ""; /* so that some of those attacked are exposed */
    }
    return r < 6 ? "False" : r < 70 ? "" : "True";
}

/* --- Files
 * -------------------------------------------------------------------------------- */

FILE *open_file(const struct sample *s, const char *name)
{
    static char buffer[1 << 20]; /* one file is open at a time */
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", s->dir, name);
    file = fopen(path, "w");
    if (file == NULL) {
        fprintf(stderr, "make_sample: %s: %s\n", path, strerror(errno));
        exit(EXIT_FAILURE);
    }
    setvbuf(file, buffer, _IOFBF, sizeof(buffer));
    return file;
}

void close_file(FILE *file, const char *name)
{
    bool failed = ferror(file) != 0;

    if (fclose(file) != 0 || failed) {
        fprintf(stderr, "make_sample: %s: cannot write\n", name);
        exit(EXIT_FAILURE);
    }
}

/* "2026-11-22T08:14:07.4471523Z" */
struct text time_text(int64_t ticks)
{
    time_t seconds = (time_t)(ticks / TICKS);
    struct tm tm = {0};
    struct text t;
    size_t len;

    gmtime_r(&seconds, &tm);
    len = strftime(t.at, sizeof(t.at), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(t.at + len, sizeof(t.at) - len, ".%07dZ", (int)(ticks % TICKS));
    return t;
}

/* "2026-11-22", so many days from now. */
static struct text date_text(const struct sample *s, int days)
{
    struct text t = time_text(s->now + days * 86400 * TICKS);

    t.at[10] = '\0';
    return t;
}

/* As Get-TransportConfig | ConvertTo-Json of Windows PowerShell 5.1 writes it. */
static void write_transport(const struct sample *s)
{
    int64_t changed = (s->now - 51 * 86400 * TICKS) / TICKS * 1000;
    FILE *file = open_file(s, "transport.json");

    fprintf(
        file,
        "{\r\n"
        "    \"AddressBookPolicyRoutingEnabled\":  false,\r\n"
        "    \"AllowLegacyTLSClients\":  null,\r\n"
        "    \"AnonymousSenderToRecipientRatePerHour\":  1800,\r\n"
        "    \"ClearCategories\":  true,\r\n"
        "    \"ConvertDisclaimerWrapperToEml\":  false,\r\n"
        "    \"DSNConversionMode\":  \"PreserveDSNBody\",\r\n"
        "    \"ExternalDelayDsnEnabled\":  true,\r\n"
        "    \"ExternalDsnDefaultLanguage\":  null,\r\n"
        "    \"ExternalPostmasterAddress\":  null,\r\n"
        "    \"HeaderPromotionModeSetting\":  \"NoCreate\",\r\n"
        "    \"InternalDelayDsnEnabled\":  true,\r\n"
        "    \"InternalSMTPServers\":  [\r\n\r\n                            ],\r\n"
        "    \"JournalingReportNdrTo\":  \"\\u003c\\u003e\",\r\n"
        "    \"MaxDumpsterTime\":  \"7.00:00:00\",\r\n"
        "    \"MaxReceiveSize\":  \"Unlimited\",\r\n"
        "    \"MaxRecipientEnvelopeLimit\":  \"Unlimited\",\r\n"
        "    \"MaxSendSize\":  \"Unlimited\",\r\n"
        "    \"MessageExpiration\":  \"1.00:00:00\",\r\n"
        "    \"ReplyAllStormProtectionEnabled\":  true,\r\n"
        "    \"Rfc2231EncodingEnabled\":  false,\r\n"
        "    \"SafetyNetHoldTime\":  \"2.00:00:00\",\r\n"
        "    \"SmtpClientAuthenticationDisabled\":  false,\r\n"
        "    \"TLSReceiveDomainSecureList\":  [\r\n\r\n                               "
        "    ],\r\n"
        "    \"VerifySecureSubmitEnabled\":  false,\r\n"
        "    \"Name\":  \"Transport Settings\",\r\n"
        "    \"Identity\":  \"Transport Settings\",\r\n"
        "    \"Guid\":  \"%s\",\r\n"
        "    \"WhenChangedUTC\":  \"\\/Date(%" PRId64 ")\\/\",\r\n"
        "    \"IsValid\":  true\r\n"
        "}\r\n",
        guid(s, USE_MAILBOX, UINT64_MAX).at, changed);
    close_file(file, "transport.json");
}

/* As Export-Csv of Windows PowerShell 5.1 writes it. */
static void write_mailboxes(const struct sample *s)
{
    FILE *file = open_file(s, "mailboxes.csv");

    fputs(
        "#TYPE Selected.System.Management.Automation.PSCustomObject\r\n"
        "\"Identity\",\"Name\",\"DisplayName\",\"PrimarySmtpAddress\",\"EmailAddresses\","
        "\"Guid\",\"ExternalDirectoryObjectId\",\"SmtpClientAuthenticationDisabled\","
        "\"ImapEnabled\",\"PopEnabled\"\r\n",
        file);
    for (uint64_t i = 0; i < s->mailboxes; i++) {
        struct text local = local_part(s, i), name = display_name(s, i);
        /* Now and then a cell that only a real CSV reader understands. */
        const char *nick = i % 97 == 13 ? ", \"\"the new one\"\"" : "";
        struct text alias = {""};

        if (i < SENDERS && senders[i].by_alias) {
            snprintf(alias.at, sizeof(alias.at), " smtp:%s@contoso.example",
                     senders[i].local);
        }

        fprintf(file,
                "\"%s\",\"%s\",\"%s%s\",\"%s@contoso.example\","
                "\"SMTP:%s@contoso.example smtp:%s@contoso.onmicrosoft.example%s\","
                "\"%s\",\"%s\",\"%s\",\"%s\",\"False\"\r\n",
                local.at, local.at, name.at, nick, local.at, local.at, local.at, alias.at,
                guid(s, USE_MAILBOX, i).at, guid(s, USE_USER, i).at, flag_of(s, i),
                i % 9 == 0 ? "True" : "False");
    }
    close_file(file, "mailboxes.csv");
}

static void write_allow_list(const struct sample *s)
{
    FILE *file = open_file(s, "allow_list.csv");

    fprintf(
        file,
        "mailbox,owner,device,sources,countries,expires,decision,note\n"
        "scan-floor1@contoso.example,Facilities,Scanner floor 1,198.51.100.21/32,FI,%s,"
        "hve,\"moves with the new scanner, ticket 1207\"\n"
        "scan-floor2@contoso.example,Facilities,Scanner floor 2,"
        "2001:db8:20::/64 198.51.100.0/24,FI,%s,,\n"
        "erp@contoso.example,Finance,ERP server,198.51.100.40/32,FI,%s,oauth,"
        "vendor update planned\n"
        "monitoring@contoso.example,IT,Monitoring server,203.0.113.10/32,FI,%s,relay,\n"
        "backup@contoso.example,IT,Backup server,198.51.100.41/32,FI,%s,,"
        "expires soon: decide\n"
        "hr-letters@contoso.example,HR,Letter service,198.51.100.42/32,FI,%s,keep,"
        "weekly\n"
        "door-camera@contoso.example,Facilities,Door camera,198.51.100.60/32,FI,%s,"
        "retire,\n",
        date_text(s, 200).at, date_text(s, 200).at, date_text(s, 120).at,
        date_text(s, 300).at, date_text(s, 9).at, date_text(s, 300).at,
        date_text(s, 90).at);
    close_file(file, "allow_list.csv");
}

static void write_config(const struct sample *s)
{
    FILE *file = open_file(s, "smtp-auth.conf");

    fputs(
        "# A sample tenant that is read from files: no credential, no network.\n"
        "# Relative paths are relative to this file.\n"
        "\n"
        "[defaults]\n"
        "# Snapshots, and below it the private history.\n"
        "state_dir = state\n"
        "\n"
        "[contoso]\n"
        "# Get-TransportConfig | ConvertTo-Json\n"
        "transport_config = transport.json\n"
        "# Get-CASMailbox -ResultSize Unlimited | Select-Object ... | Export-Csv\n"
        "mailboxes = mailboxes.csv\n"
        "# Sign-ins as Microsoft Graph gives them, of all client apps: the others prove\n"
        "# up to which minute the log was read.\n"
        "signins = signins.json\n"
        "# Who may send, until when, and what was decided about it.\n"
        "allow_list = allow_list.csv\n",
        file);
    close_file(file, "smtp-auth.conf");
}

static uint64_t parse_number(const char *option, const char *text, uint64_t least,
                             uint64_t most)
{
    char *end = NULL;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < least ||
        value > most) {
        fprintf(stderr, "make_sample: --%s: a number from %" PRIu64 " to %" PRIu64 "\n",
                option, least, most);
        exit(EXIT_FAILURE);
    }
    return value;
}

static bool parse_options(struct sample *s, int argc, char **argv)
{
    static const struct option options[] = {
        {"mailboxes", required_argument, NULL, 'm'},
        {"days", required_argument, NULL, 'd'},
        {"seed", required_argument, NULL, 's'},
        {"big-signins", required_argument, NULL, 'b'},
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'm') {
            s->mailboxes = parse_number("mailboxes", optarg, MAILBOXES_LEAST, 100000000);
        } else if (c == 'd') {
            s->days = parse_number("days", optarg, 1, 400);
        } else if (c == 's') {
            s->seed = parse_number("seed", optarg, 0, UINT64_MAX);
        } else if (c == 'b') {
            s->big = parse_number("big-signins", optarg, 1, 100000000);
        } else {
            return false;
        }
    }
    s->dir = argv[optind];
    return s->dir != NULL && argv[optind + 1] == NULL;
}

int main(int argc, char **argv)
{
    struct sample s = {.mailboxes = 800, .days = 31, .seed = 1};

    s.now = (int64_t)time(NULL) * TICKS;
    if (!parse_options(&s, argc, argv)) {
        fputs("usage: make_sample DIR [--mailboxes N] [--days N] [--seed N] "
              "[--big-signins N]\n",
              stderr);
        return EXIT_FAILURE;
    }
    if (mkdir(s.dir, 0755) != 0 && errno != EEXIST) {
        fprintf(stderr, "make_sample: %s: %s\n", s.dir, strerror(errno));
        return EXIT_FAILURE;
    }
    write_transport(&s);
    write_mailboxes(&s);
    if (s.big > 0) {
        write_big_signins(&s);
    } else {
        write_signins(&s);
    }
    write_allow_list(&s);
    write_config(&s);
    return EXIT_SUCCESS;
}
