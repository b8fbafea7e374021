/* SPDX-License-Identifier: MIT */
/* Which credential a tenant has, secrets and federated tokens out of files, and their
 * end. Certificates: check_assertion.c. */
#include "fetch/credential.h"
#include "login.h"

#define URL "https://login.example/x/oauth2/v2.0/token"

static struct sae_buf form;

static void begin(void)
{
    login_begin();
    sae_buf_init(&form, 65536);
}

static void end(void)
{
    sae_buf_done(&form);
    login_end();
}

static enum sae_status add(enum sae_credential kind)
{
    return sae_credential_add(&tenant, kind, URL, noon(), &form, &why);
}

static const struct {
    enum sae_key key;
    const char *name;
} kinds[] = {
    [SAE_CREDENTIAL_SECRET] = {SAE_KEY_CLIENT_SECRET_FILE, "client_secret_file"},
    [SAE_CREDENTIAL_CERTIFICATE] = {SAE_KEY_CERTIFICATE_FILE, "certificate_file"},
    [SAE_CREDENTIAL_FEDERATED] = {SAE_KEY_FEDERATED_TOKEN_FILE, "federated_token_file"},
    [SAE_CREDENTIAL_IDENTITY] = {SAE_KEY_MANAGED_IDENTITY, "managed_identity"},
};

/* ---- which one ----------------------------------------------------------------- */

START_TEST(one_credential_is_the_one)
{
    enum sae_credential kind = SAE_CREDENTIAL_SECRET;

    set(kinds[_i].key, "system");
    went_well(sae_credential_kind(&tenant, &kind, &why));
    ck_assert_int_eq(kind, _i);
}
END_TEST

START_TEST(no_credential_names_the_keys_to_add)
{
    enum sae_credential kind = SAE_CREDENTIAL_SECRET;
    enum sae_status status = sae_credential_kind(&tenant, &kind, &why);

    failed(status, SAE_E_CONFIG, "smtp-auth.conf, section contoso: no credential: add");
    for (int i = 0; i < COUNT(kinds); i++) {
        failed(status, SAE_E_CONFIG, kinds[i].name);
    }
}
END_TEST

START_TEST(two_credentials_name_the_keys_to_remove)
{
    enum sae_credential kind = SAE_CREDENTIAL_SECRET;

    for (int other = 0; other < COUNT(kinds); other++) {
        if (other != _i) {
            enum sae_status status;

            set(kinds[_i].key, "system");
            set(kinds[other].key, "system");
            status = sae_credential_kind(&tenant, &kind, &why);
            failed(status, SAE_E_CONFIG, kinds[_i].name);
            failed(status, SAE_E_CONFIG, kinds[other].name);
            failed(status, SAE_E_CONFIG, "are both set: remove one of them");
            set(kinds[other].key, NULL);
        }
    }
}
END_TEST

START_TEST(a_key_file_needs_a_certificate)
{
    enum sae_credential kind = SAE_CREDENTIAL_SECRET;

    set(SAE_KEY_CERTIFICATE_KEY_FILE, "key.pem");
    set(SAE_KEY_CLIENT_SECRET_FILE, "secret");
    failed(sae_credential_kind(&tenant, &kind, &why), SAE_E_CONFIG,
           "certificate_key_file without certificate_file");
}
END_TEST

START_TEST(the_ids_that_are_needed_are_named)
{
    enum sae_credential kind = SAE_CREDENTIAL_SECRET;

    set(kinds[_i].key, "system");
    set(SAE_KEY_CLIENT_ID, NULL);
    if (_i == SAE_CREDENTIAL_IDENTITY) {
        went_well(sae_credential_kind(&tenant, &kind, &why));
    } else {
        failed(sae_credential_kind(&tenant, &kind, &why), SAE_E_CONFIG,
               "client_id is missing: add it");
    }
    set(SAE_KEY_TENANT_ID, NULL);
    failed(sae_credential_kind(&tenant, &kind, &why), SAE_E_CONFIG,
           "tenant_id is missing: add it");
}
END_TEST

/* ---- client secrets ------------------------------------------------------------ */

static enum sae_status add_secret(const char *text, mode_t mode)
{
    set(SAE_KEY_CLIENT_SECRET_FILE, private_file("secret", text, mode));
    return add(SAE_CREDENTIAL_SECRET);
}

START_TEST(a_secret_is_sent_encoded_without_its_line_end)
{
    static const char *const texts[] = {"a8~Q.x_-&=+/%1", "a8~Q.x_-&=+/%1\n",
                                        "a8~Q.x_-&=+/%1\r\n", " a8~Q.x_-&=+/%1\n\n"};

    went_well(add_secret(texts[_i], 0600));
    ck_assert_str_eq(sae_buf_text(&form), "&client_secret=a8~Q.x_-%26%3D%2B%2F%251");
}
END_TEST

START_TEST(a_secret_that_others_may_touch_is_refused)
{
    static const mode_t modes[] = {0640, 0604, 0660, 0620, 0610, 0601, 0602, 0644, 0777};
    char mode[32];

    snprintf(mode, sizeof(mode), "secret has mode %04o", (unsigned)modes[_i]);
    failed(add_secret("s3cret", modes[_i]), SAE_E_DENIED, mode);
    failed(SAE_E_DENIED, SAE_E_DENIED, "chmod 0600");
    failed(SAE_E_DENIED, SAE_E_DENIED, "client_secret_file");
    ck_assert_ptr_null(strstr(why.text, "s3cret"));
    ck_assert_ptr_null(strstr(sae_buf_text(&form), "s3cret"));
}
END_TEST

START_TEST(a_secret_that_only_its_owner_may_read_is_taken)
{
    went_well(add_secret("s3cret", 0400));
}
END_TEST

START_TEST(an_empty_secret_is_refused)
{
    static const char *const texts[] = {"", "\n", " \r\n"};

    failed(add_secret(texts[_i], 0600), SAE_E_FORMAT,
           "secret is empty: put the client secret into it");
}
END_TEST

START_TEST(what_is_no_secret_is_refused_without_showing_it)
{
    static const char *const texts[] = {"client_secret = s3cret\n", "s3cret\nanother\n",
                                        "\xef\xbb\xbfs3cret\n", "s3cret\x01",
                                        "s3cr\xc3\xa9t"};

    failed(add_secret(texts[_i], 0600), SAE_E_FORMAT,
           "a byte that no client secret has: the file must hold nothing else");
    ck_assert_ptr_null(strstr(why.text, "s3cr"));
}
END_TEST

START_TEST(a_secret_with_nul_bytes_is_refused)
{
    write_bytes("secret", "s3c\0ret", 7, noon());
    ck_assert_int_eq(chmod(path_of("secret"), 0600), 0);
    set(SAE_KEY_CLIENT_SECRET_FILE, path_of("secret"));
    failed(add(SAE_CREDENTIAL_SECRET), SAE_E_FORMAT, "a byte that no client secret has");
}
END_TEST

START_TEST(a_secret_has_at_most_4096_bytes)
{
    char text[4098];

    memset(text, 'x', sizeof(text));
    text[4096] = '\0';
    went_well(add_secret(text, 0600));
    text[4096] = 'x';
    text[4097] = '\0';
    failed(add_secret(text, 0600), SAE_E_LIMIT, "larger than 4096 bytes");
}
END_TEST

START_TEST(what_is_no_file_is_named)
{
    set(SAE_KEY_CLIENT_SECRET_FILE, path_of("nothing"));
    failed(add(SAE_CREDENTIAL_SECRET), SAE_E_MISSING, "nothing: cannot open");
    set(SAE_KEY_CLIENT_SECRET_FILE, folder);
    failed(add(SAE_CREDENTIAL_SECRET), SAE_E_DENIED, "not a regular file");
    ck_assert_int_eq(mkfifo(path_of("fifo"), 0600), 0);
    set(SAE_KEY_CLIENT_SECRET_FILE, path_of("fifo"));
    failed(add(SAE_CREDENTIAL_SECRET), SAE_E_DENIED, "not a regular file");
}
END_TEST

START_TEST(a_request_that_is_too_small_is_said)
{
    sae_buf_done(&form);
    sae_buf_init(&form, 20);
    failed(add_secret("0123456789", 0600), SAE_E_LIMIT, "does not fit a request");
}
END_TEST

/* ---- federated tokens ---------------------------------------------------------- */

static enum sae_status add_federated(const char *text)
{
    sae_buf_clear(&form);
    set(SAE_KEY_FEDERATED_TOKEN_FILE, private_file("token", text, 0644));
    return add(SAE_CREDENTIAL_FEDERATED);
}

START_TEST(a_federated_token_is_read_anew_whatever_its_mode)
{
    static const char type[] =
        "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-"
        "assertion-type%3Ajwt-bearer&client_assertion=";
    char want[256];

    for (int i = 0; i < 2; i++) {
        went_well(add_federated(i == 0 ? "\n eyJh.eyJp.c2ln \r\n" : "new.one.here"));
        snprintf(want, sizeof(want), "%s%s", type,
                 i == 0 ? "eyJh.eyJp.c2ln" : "new.one.here");
        ck_assert_str_eq(sae_buf_text(&form), want);
    }
}
END_TEST

START_TEST(a_federated_token_that_is_none_is_refused)
{
    char text[16386];

    failed(add_federated(" \n"), SAE_E_FORMAT, "token is empty: put the federated token");
    failed(add_federated("s3 cret"), SAE_E_FORMAT, "a byte that no federated token has");
    memset(text, 'x', sizeof(text));
    text[16384] = '\0';
    went_well(add_federated(text));
    text[16384] = 'x';
    text[16385] = '\0';
    failed(add_federated(text), SAE_E_LIMIT, "larger than 16384 bytes");
    failed(SAE_E_LIMIT, SAE_E_LIMIT, "federated_token_file");
}
END_TEST

/* ---- the end ------------------------------------------------------------------- */

START_TEST(what_the_administrator_writes_about_the_end_wins)
{
    int64_t day = -1, want = sae_time_day(instant("2027-03-01T00:00:00Z"));
    bool endless = true;

    set(kinds[_i].key, "system");
    set(SAE_KEY_CREDENTIAL_EXPIRES, "2027-03-01");
    went_well(sae_credential_end(&tenant, &day, &endless, &why));
    ck_assert_int_eq(day, want);
    ck_assert(!endless);
}
END_TEST

START_TEST(the_end_of_a_secret_must_be_written_down)
{
    int64_t day = -1;
    bool endless = false;

    set(SAE_KEY_CLIENT_SECRET_FILE, "secret");
    failed(sae_credential_end(&tenant, &day, &endless, &why), SAE_E_MISSING,
           "the end of a client secret cannot be read: write credential_expires = "
           "YYYY-MM-DD");
    ck_assert_int_eq(day, -1);
    ck_assert(!endless);
}
END_TEST

START_TEST(an_end_that_is_no_date_is_refused)
{
    int64_t day = -1;
    bool endless = false;

    set(SAE_KEY_CLIENT_SECRET_FILE, "secret");
    set(SAE_KEY_CREDENTIAL_EXPIRES, "2027-02-30");
    failed(sae_credential_end(&tenant, &day, &endless, &why), SAE_E_CONFIG,
           "credential_expires is not a date");
}
END_TEST

START_TEST(federated_tokens_and_identities_have_no_end)
{
    int64_t day = -1;
    bool endless = false;

    set(_i == 0 ? SAE_KEY_FEDERATED_TOKEN_FILE : SAE_KEY_MANAGED_IDENTITY, "system");
    went_well(sae_credential_end(&tenant, &day, &endless, &why));
    ck_assert(endless);
}
END_TEST

START_TEST(without_a_credential_there_is_no_end)
{
    int64_t day = -1;
    bool endless = false;

    failed(sae_credential_end(&tenant, &day, &endless, &why), SAE_E_CONFIG,
           "no credential");
}
END_TEST

static Suite *credential_suite(void)
{
    Suite *suite = suite_create("credential");
    TCase *tc = tcase_create("credential");

    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_loop_test(tc, one_credential_is_the_one, 0, COUNT(kinds));
    tcase_add_test(tc, no_credential_names_the_keys_to_add);
    tcase_add_loop_test(tc, two_credentials_name_the_keys_to_remove, 0, COUNT(kinds));
    tcase_add_test(tc, a_key_file_needs_a_certificate);
    tcase_add_loop_test(tc, the_ids_that_are_needed_are_named, 0, COUNT(kinds));
    tcase_add_loop_test(tc, a_secret_is_sent_encoded_without_its_line_end, 0, 4);
    tcase_add_loop_test(tc, a_secret_that_others_may_touch_is_refused, 0, 9);
    tcase_add_test(tc, a_secret_that_only_its_owner_may_read_is_taken);
    tcase_add_loop_test(tc, an_empty_secret_is_refused, 0, 3);
    tcase_add_loop_test(tc, what_is_no_secret_is_refused_without_showing_it, 0, 5);
    tcase_add_test(tc, a_secret_with_nul_bytes_is_refused);
    tcase_add_test(tc, a_secret_has_at_most_4096_bytes);
    tcase_add_test(tc, what_is_no_file_is_named);
    tcase_add_test(tc, a_request_that_is_too_small_is_said);
    tcase_add_test(tc, a_federated_token_is_read_anew_whatever_its_mode);
    tcase_add_test(tc, a_federated_token_that_is_none_is_refused);
    tcase_add_loop_test(tc, what_the_administrator_writes_about_the_end_wins, 0,
                        COUNT(kinds));
    tcase_add_test(tc, the_end_of_a_secret_must_be_written_down);
    tcase_add_test(tc, an_end_that_is_no_date_is_refused);
    tcase_add_loop_test(tc, federated_tokens_and_identities_have_no_end, 0, 2);
    tcase_add_test(tc, without_a_credential_there_is_no_end);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(credential_suite());
}
