/* SPDX-License-Identifier: MIT */
/* Certificates and what is signed with them, with keys that are made here. */
#include "base/json.h"
#include "fetch/credential.h"
#include "pem.h"

#define URL "https://login.example/x/oauth2/v2.0/token"

static EVP_PKEY *key, *other, *weak, *elliptic;
static struct sae_buf form;

static void make_keys(void)
{
    key = make_key(EVP_PKEY_RSA, 2048);
    other = make_key(EVP_PKEY_RSA, 2048);
    weak = make_key(EVP_PKEY_RSA, 1024);
    elliptic = make_key(EVP_PKEY_EC, NID_X9_62_prime256v1);
}

static void free_keys(void)
{
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    EVP_PKEY_free(weak);
    EVP_PKEY_free(elliptic);
}

/* A certificate with its key, in one file. */
static const char *pair(EVP_PKEY *what, mode_t mode)
{
    BIO *pem = BIO_new(BIO_s_mem());

    put_certificate(pem, what);
    put_key(pem, what);
    return save(pem, "pair.pem", mode);
}

static const char *certificate_only(EVP_PKEY *of, mode_t mode)
{
    BIO *pem = BIO_new(BIO_s_mem());

    put_certificate(pem, of);
    return save(pem, "certificate.pem", mode);
}

static const char *key_only(EVP_PKEY *what, mode_t mode)
{
    BIO *pem = BIO_new(BIO_s_mem());

    put_key(pem, what);
    return save(pem, "key.pem", mode);
}

static void begin(void)
{
    login_begin();
    sae_buf_init(&form, 65536);
}

static void end(void)
{
    ck_assert_uint_eq(ERR_peek_error(),
                      0); /* nothing is left for others to stumble over */
    sae_buf_done(&form);
    login_end();
}

static enum sae_status add(const char *certificate, const char *key_file)
{
    set(SAE_KEY_CERTIFICATE_FILE, certificate);
    set(SAE_KEY_CERTIFICATE_KEY_FILE, key_file);
    sae_buf_clear(&form);
    return sae_credential_add(&tenant, SAE_CREDENTIAL_CERTIFICATE, URL, noon(), &form,
                              &why);
}

/* ---- reading what was made ----------------------------------------------------- */

/* Decodes one part of the token with OpenSSL; returns its length. */
static size_t decode(const char *part, size_t len, unsigned char *out)
{
    char text[4096];
    size_t padded = (len + 3) / 4 * 4;

    ck_assert_uint_lt(padded, sizeof(text));
    for (size_t i = 0; i < padded; i++) {
        char c = i < len ? part[i] : '=';

        ck_assert_msg(i >= len || strchr("+/=", c) == NULL, "not base64url: %c", c);
        text[i] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    ck_assert_int_eq(EVP_DecodeBlock(out, (const unsigned char *)text, (int)padded),
                     (int)(padded / 4 * 3));
    return padded / 4 * 3 - (padded - len);
}

static cJSON *decode_json(const char *part, size_t len)
{
    unsigned char data[4096];
    size_t size = decode(part, len, data);
    cJSON *root = NULL;

    went_well(sae_json_parse((const char *)data, size, sizeof(data), &root, &why));
    return root;
}

static const char *text_of(const cJSON *root, const char *name)
{
    const char *text = "missing";

    (void)sae_json_string(root, name, &text);
    return text;
}

static int64_t number_of(const cJSON *root, const char *name)
{
    int64_t number = -1;

    (void)sae_json_int(root, name, 0, INT64_C(1) << 40, &number);
    return number;
}

static const char *token_in_form(void)
{
    const char *mark = "&client_assertion=";
    const char *at = strstr(sae_buf_text(&form), mark);

    ck_assert_ptr_nonnull(at);
    return at + strlen(mark);
}

static int verify(const char *token, size_t signed_len, const char *signature)
{
    unsigned char data[4096];
    size_t len = decode(signature, strlen(signature), data);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *with = NULL;
    int good;

    ck_assert_int_eq(EVP_DigestVerifyInit(context, &with, EVP_sha256(), NULL, key), 1);
    ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(with, RSA_PKCS1_PSS_PADDING), 1);
    ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(with, 32), 1);
    ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_mgf1_md(with, EVP_sha256()), 1);
    good = EVP_DigestVerify(context, data, len, (const unsigned char *)token, signed_len);
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

START_TEST(the_signature_is_ps256_of_header_and_claims)
{
    char *token;
    const char *dot;

    went_well(add(pair(key, 0600), NULL));
    ck_assert_ptr_nonnull(strstr(sae_buf_text(&form),
                                 "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                                 "client-assertion-type%3Ajwt-bearer&client_assertion="));
    token = strdup(token_in_form());
    dot = strrchr(token, '.');
    ck_assert_int_eq(verify(token, (size_t)(dot - token), dot + 1), 1);
    token[5] = token[5] == 'A' ? 'B' : 'A';
    ck_assert_int_eq(verify(token, (size_t)(dot - token), dot + 1), 0);
    free(token);
}
END_TEST

START_TEST(the_header_names_the_certificate)
{
    unsigned char print[32], want[EVP_MAX_MD_SIZE];
    X509 *certificate = make_certificate(key, noon() - SAE_DAY, noon() + 90 * SAE_DAY);
    const char *token;
    cJSON *header;

    went_well(add(pair(key, 0600), NULL));
    token = token_in_form();
    header = decode_json(token, strcspn(token, "."));
    ck_assert_str_eq(text_of(header, "alg"), "PS256");
    ck_assert_str_eq(text_of(header, "typ"), "JWT");
    ck_assert_uint_eq(strlen(text_of(header, "x5t#S256")), 43);
    ck_assert_uint_eq(decode(text_of(header, "x5t#S256"), 43, print), 32);
    ck_assert_int_eq(X509_digest(certificate, EVP_sha256(), want, NULL), 1);
    ck_assert_mem_eq(print, want, 32);
    ck_assert_int_eq(cJSON_GetArraySize(header), 3);
    X509_free(certificate);
    cJSON_Delete(header);
}
END_TEST

static cJSON *claims(void)
{
    const char *at;

    went_well(add(pair(key, 0600), NULL));
    at = strchr(token_in_form(), '.') + 1;
    return decode_json(at, strcspn(at, "."));
}

START_TEST(the_claims_are_for_this_endpoint_and_ten_minutes)
{
    int64_t now = noon() / SAE_SECOND;
    cJSON *root = claims(), *again = claims();

    ck_assert_str_eq(text_of(root, "aud"), URL);
    ck_assert_str_eq(text_of(root, "iss"), CLIENT_ID);
    ck_assert_str_eq(text_of(root, "sub"), CLIENT_ID);
    ck_assert_int_eq(number_of(root, "nbf"), now);
    ck_assert_int_eq(number_of(root, "iat"), now);
    ck_assert_int_eq(number_of(root, "exp"), now + 600);
    ck_assert_uint_eq(strlen(text_of(root, "jti")), 36);
    ck_assert_int_eq(text_of(root, "jti")[14], '4');
    ck_assert_str_ne(text_of(root, "jti"), text_of(again, "jti"));
    cJSON_Delete(root);
    cJSON_Delete(again);
}
END_TEST

/* ---- files --------------------------------------------------------------------- */

START_TEST(a_certificate_without_its_key_may_be_readable_to_all)
{
    went_well(add(certificate_only(key, 0644), key_only(key, 0600)));
}
END_TEST

START_TEST(a_key_that_others_may_touch_is_refused)
{
    failed(add(pair(key, 0640), NULL), SAE_E_DENIED, "pair.pem has mode 0640");
    failed(add(certificate_only(key, 0644), key_only(key, 0604)), SAE_E_DENIED,
           "key.pem has mode 0604: group or others may touch it, refused (chmod 0600)");
    /* A key lies open that is not even used. */
    failed(add(pair(key, 0644), key_only(key, 0600)), SAE_E_DENIED,
           "pair.pem has mode 0644");
}
END_TEST

START_TEST(a_key_before_its_certificate_is_found)
{
    BIO *pem = BIO_new(BIO_s_mem());

    put_key(pem, key);
    put_certificate(pem, key);
    went_well(add(save(pem, "pair.pem", 0600), NULL));
}
END_TEST

START_TEST(the_first_certificate_counts)
{
    BIO *pem = BIO_new(BIO_s_mem());

    put_certificate(pem, key);
    put_certificate(pem, other);
    put_key(pem, key);
    went_well(add(save(pem, "pair.pem", 0600), NULL));
    pem = BIO_new(BIO_s_mem());
    put_certificate(pem, other);
    put_certificate(pem, key);
    put_key(pem, key);
    failed(add(save(pem, "pair.pem", 0600), NULL), SAE_E_CONFIG,
           "does not belong to the first certificate in");
}
END_TEST

START_TEST(a_key_of_another_certificate_is_refused)
{
    failed(add(certificate_only(key, 0644), key_only(other, 0600)), SAE_E_CONFIG,
           "key.pem");
    failed(SAE_E_CONFIG, SAE_E_CONFIG, "certificate.pem");
}
END_TEST

START_TEST(only_rsa_keys_of_2048_bits_do)
{
    failed(add(pair(elliptic, 0600), NULL), SAE_E_CONFIG, "the key is not RSA");
    failed(add(pair(weak, 0600), NULL), SAE_E_CONFIG, "the key has 1024 bits");
}
END_TEST

START_TEST(an_encrypted_key_is_refused_without_asking_for_a_pass_phrase)
{
    static char phrase[] = "s3cret";
    BIO *pem = BIO_new(BIO_s_mem());

    put_certificate(pem, key);
    if (_i == 0) {
        ck_assert_int_eq(PEM_write_bio_PKCS8PrivateKey(pem, key, EVP_aes_128_cbc(),
                                                       phrase, 6, NULL, NULL),
                         1);
    } else {
        ck_assert_int_eq(PEM_write_bio_PrivateKey_traditional(pem, key, EVP_aes_128_cbc(),
                                                              (unsigned char *)phrase, 6,
                                                              NULL, NULL),
                         1);
    }
    failed(add(save(pem, "pair.pem", 0600), NULL), SAE_E_CONFIG,
           "the private key is encrypted, and nobody is there to type");
}
END_TEST

START_TEST(what_is_missing_in_a_file_is_said)
{
    char *big = malloc(65538);

    failed(add(certificate_only(key, 0644), NULL), SAE_E_FORMAT,
           "certificate.pem: no private key in PEM form");
    failed(add(certificate_only(key, 0600), certificate_only(key, 0600)), SAE_E_FORMAT,
           "no private key in PEM form");
    failed(add(key_only(key, 0600), NULL), SAE_E_FORMAT,
           "key.pem: no certificate in PEM form (out of a .pfx");
    failed(add(private_file("empty", "", 0600), NULL), SAE_E_FORMAT,
           "no certificate in PEM form");
    failed(add(path_of("nothing"), NULL), SAE_E_MISSING, "certificate_file: ");
    failed(add(certificate_only(key, 0644), path_of("nothing")), SAE_E_MISSING,
           "nothing: cannot open");
    memset(big, '\n', 65537);
    big[65537] = '\0';
    failed(add(private_file("big", big, 0600), NULL), SAE_E_LIMIT,
           "larger than 65536 bytes");
    free(big);
}
END_TEST

START_TEST(a_damaged_file_is_refused)
{
    char text[8192];
    FILE *file = fopen(pair(key, 0600), "r");
    size_t len = fread(text, 1, sizeof(text) - 1, file);

    fclose(file);
    for (size_t cut = 1; cut < len; cut += 97) {
        enum sae_status status;

        text[cut] ^= 1;
        write_bytes("bad.pem", text, len, noon());
        ck_assert_int_eq(chmod(path_of("bad.pem"), 0600), 0);
        status = add(path_of("bad.pem"), NULL);
        ck_assert_int_ne(status, SAE_E_NOMEM);
        text[cut] ^= 1;
        write_bytes("bad.pem", text, cut, noon());
        ck_assert_int_eq(chmod(path_of("bad.pem"), 0600), 0);
        /* A line end and dashes at the end are nothing to miss. */
        ck_assert(add(path_of("bad.pem"), NULL) != SAE_OK || cut + 30 > len);
    }
}
END_TEST

/* ---- validity ------------------------------------------------------------------ */

static enum sae_status add_valid(int64_t from, int64_t until)
{
    BIO *pem = BIO_new(BIO_s_mem());

    put_valid(pem, key, from, until);
    put_key(pem, key);
    return add(save(pem, "pair.pem", 0600), NULL);
}

START_TEST(a_certificate_outside_its_time_is_not_sent)
{
    went_well(add_valid(noon(), noon()));
    failed(
        add_valid(noon() - SAE_DAY, noon() - SAE_SECOND), SAE_E_AUTH,
        "pair.pem ended 2026-11-22T11:59:59Z (now 2026-11-22T12:00:00Z): make a new one");
    ck_assert_ptr_null(strchr(sae_buf_text(&form), '.'));
    failed(add_valid(noon() + SAE_SECOND, noon() + SAE_DAY), SAE_E_AUTH,
           "begins 2026-11-22T12:00:01Z, the clock of this machine says "
           "2026-11-22T12:00:00Z: check it");
}
END_TEST

static enum sae_status end_of(const char *path, int64_t *ret_day)
{
    bool endless = true;
    enum sae_status status;

    set(SAE_KEY_CERTIFICATE_FILE, path);
    status = sae_credential_end(&tenant, ret_day, &endless, &why);
    ck_assert(status != SAE_OK || !endless);
    return status;
}

START_TEST(the_end_is_that_of_the_first_certificate)
{
    int64_t last = instant("2027-05-06T23:59:59Z"), day = -1;
    BIO *pem = BIO_new(BIO_s_mem());

    put_valid(pem, key, noon(), last);
    put_valid(pem, other, noon(), last + 30 * SAE_DAY);
    went_well(end_of(save(pem, "certificate.pem", 0644), &day));
    ck_assert_int_eq(day, sae_time_day(last));
    pem = BIO_new(BIO_s_mem());
    put_valid(pem, key, noon(), instant("9999-12-31T23:59:59Z"));
    went_well(end_of(save(pem, "certificate.pem", 0644), &day));
    ck_assert_int_eq(day, sae_time_day(instant("9999-12-31T00:00:00Z")));
}
END_TEST

START_TEST(an_end_that_cannot_be_read_is_an_error)
{
    int64_t day = -1;

    failed(end_of(path_of("nothing"), &day), SAE_E_MISSING, "certificate_file: ");
    failed(end_of(pair(key, 0644), &day), SAE_E_DENIED, "pair.pem has mode 0644");
    failed(end_of(key_only(key, 0600), &day), SAE_E_FORMAT, "no certificate in PEM form");
    ck_assert_int_eq(day, -1);
}
END_TEST

static Suite *assertion_suite(void)
{
    Suite *suite = suite_create("assertion");
    TCase *tc = tcase_create("assertion");

    tcase_add_unchecked_fixture(tc, make_keys, free_keys);
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, the_signature_is_ps256_of_header_and_claims);
    tcase_add_test(tc, the_header_names_the_certificate);
    tcase_add_test(tc, the_claims_are_for_this_endpoint_and_ten_minutes);
    tcase_add_test(tc, a_certificate_without_its_key_may_be_readable_to_all);
    tcase_add_test(tc, a_key_that_others_may_touch_is_refused);
    tcase_add_test(tc, a_key_before_its_certificate_is_found);
    tcase_add_test(tc, the_first_certificate_counts);
    tcase_add_test(tc, a_key_of_another_certificate_is_refused);
    tcase_add_test(tc, only_rsa_keys_of_2048_bits_do);
    tcase_add_loop_test(tc, an_encrypted_key_is_refused_without_asking_for_a_pass_phrase,
                        0, 2);
    tcase_add_test(tc, what_is_missing_in_a_file_is_said);
    tcase_add_test(tc, a_damaged_file_is_refused);
    tcase_add_test(tc, a_certificate_outside_its_time_is_not_sent);
    tcase_add_test(tc, the_end_is_that_of_the_first_certificate);
    tcase_add_test(tc, an_end_that_cannot_be_read_is_an_error);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(assertion_suite());
}
