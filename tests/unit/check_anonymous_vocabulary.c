/* SPDX-License-Identifier: MIT */
/* The words that may stay in a recording, and what must not pass as one. */
#include "fetch/record/vocabulary.h"
#include "folder.h"

static bool knows(const char *text)
{
    return sae_vocabulary_knows(text, strlen(text));
}

START_TEST(every_word_is_lower_case_and_after_the_one_before)
{
    ck_assert_uint_gt(sae_vocabulary_count, 1500);
    for (size_t i = 0; i < sae_vocabulary_count; i++) {
        const char *word = sae_vocabulary[i];

        ck_assert_msg(strspn(word, "abcdefghijklmnopqrstuvwxyz'") == strlen(word), "%s", word);
        ck_assert_msg(word[0] != '\'' && word[0] != '\0', "%s", word);
        ck_assert_msg(strlen(word) <= SAE_VOCABULARY_WORD, "%s", word);
        ck_assert_msg(i == 0 || strcmp(sae_vocabulary[i - 1], word) < 0, "%s", word);
        ck_assert_msg(knows(word), "%s", word);
    }
}
END_TEST

static const char *const known[] = {
    "a",       "tenant",   "tenant's",  "tenant\xe2\x80\x99s", "doesn't",
    "zero",    "non-interactive", "couldn\xe2\x80\x99t", "user-tenant's"};

START_TEST(words_their_owners_and_words_joined_are_known)
{
    ck_assert_msg(knows(known[_i]), "%s", known[_i]);
}
END_TEST

static const char *const unknown[] = {
    "",          "-",           "klaus",    "fabrikam", "mailserver", "lisa",    "localhost",
    "Tenant",    "tenant-",     "-tenant",  "user--a",  "klaus-user", "user-klaus",
    "klaus's",   "'s",          "tenant'x", "tenant\xe2\x80",
    "will",      "may",         "grant",    "per",      "peer",       "max",     "mark",
    "reading",   "target",      "meta",     "contoso",  "robert",     "doesn",
    "tenanttenanttenanttenanttenant"};

START_TEST(names_places_companies_and_pieces_are_not)
{
    ck_assert_msg(!knows(unknown[_i]), "%s", unknown[_i]);
}
END_TEST

START_TEST(a_zero_byte_ends_no_word)
{
    ck_assert(!sae_vocabulary_knows("user\0klaus", 10));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("anonymous vocabulary");
    TCase *tcase = tcase_create("core");

    tcase_add_test(tcase, every_word_is_lower_case_and_after_the_one_before);
    tcase_add_loop_test(tcase, words_their_owners_and_words_joined_are_known, 0,
                        COUNT(known));
    tcase_add_loop_test(tcase, names_places_companies_and_pieces_are_not, 0,
                        COUNT(unknown));
    tcase_add_test(tcase, a_zero_byte_ends_no_word);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
