/* SPDX-License-Identifier: MIT */
/* The snapshot as bytes and as a file: what was written is read, what was damaged is not.
 */
#include <check.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sample_snapshot.h"

static struct sae_snapshot *sample, *result;
static struct sae_err err;
static char *text;
static size_t length;

static void open_sample(void)
{
    scratch_open();
    sample = sample_snapshot();
    result = calloc(1, sizeof(*result));
    text = published(sample, &length);
}

static void close_sample(void)
{
    free(sample);
    free(result);
    free(text);
    scratch_close();
}

static void same_lists(const struct sae_snapshot *a, const struct sae_snapshot *b)
{
    ck_assert_uint_eq(a->finding_count, b->finding_count);
    ck_assert_uint_eq(a->exposed_count, b->exposed_count);
    ck_assert_uint_eq(a->sender_count, b->sender_count);
    ck_assert_uint_eq(a->attacker_count, b->attacker_count);
    ck_assert_int_eq(memcmp(a->exposed, b->exposed, sizeof(a->exposed)), 0);
    ck_assert_int_eq(memcmp(a->attackers, b->attackers, sizeof(a->attackers)), 0);
    for (size_t i = 0; i < a->finding_count; i++) {
        const struct sae_finding *x = &a->findings[i], *y = &b->findings[i];

        ck_assert_str_eq(x->id, y->id);
        ck_assert_str_eq(x->metric, y->metric);
        ck_assert_str_eq(x->kind, y->kind);
        ck_assert_str_eq(x->who, y->who);
        ck_assert_str_eq(x->from, y->from);
        ck_assert_str_eq(x->country, y->country);
        ck_assert_str_eq(x->text, y->text);
        ck_assert_str_eq(x->runbook, y->runbook);
        ck_assert(x->count == y->count && x->since == y->since && x->until == y->until);
        ck_assert(x->accepted == y->accepted);
    }
    for (size_t i = 0; i < a->sender_count; i++) {
        const struct sae_sender_line *x = &a->senders[i], *y = &b->senders[i];

        ck_assert_str_eq(x->id, y->id);
        ck_assert_str_eq(x->user, y->user);
        ck_assert_str_eq(x->mailbox, y->mailbox);
        ck_assert_str_eq(x->decision, y->decision);
        ck_assert_str_eq(x->countries, y->countries);
        ck_assert(x->first == y->first && x->last == y->last && x->count == y->count);
        ck_assert(x->days == y->days && x->gap == y->gap && x->listed == y->listed);
        ck_assert(x->silent == y->silent && x->is_new == y->is_new);
    }
    ck_assert(a->finding_more == b->finding_more && a->exposed_more == b->exposed_more);
    ck_assert(a->sender_more == b->sender_more && a->attacker_more == b->attacker_more);
}

START_TEST(what_is_written_is_read)
{
    ck_assert_msg(sae_snapshot_read(scratch_path("contoso.json"), "contoso", NOW, result,
                                    &err) == SAE_OK,
                  "%s", err.text);
    ck_assert_str_eq(result->tenant, "contoso");
    ck_assert_str_eq(result->note, sample->note);
    ck_assert(result->time == NOW);
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        const struct sae_part_state *x = &sample->parts[p], *y = &result->parts[p];

        ck_assert_str_eq(x->source, y->source);
        ck_assert_str_eq(x->code, y->code);
        ck_assert_str_eq(x->text, y->text);
        ck_assert(x->time == y->time && x->attempt == y->attempt && x->ok == y->ok);
    }
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        ck_assert_msg(sample->values.certainty[m] == result->values.certainty[m] &&
                          !(sample->values.value[m] < result->values.value[m]) &&
                          !(sample->values.value[m] > result->values.value[m]),
                      "%s", sae_metrics[m].name);
        ck_assert_str_eq(sample->values.why[m], result->values.why[m]);
    }
    same_lists(sample, result);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    for (size_t len = 0; len < length; len++) {
        ck_assert_msg(parse(text, len, result, &err) == SAE_E_FORMAT,
                      "accepted at %zu of %zu bytes", len, length);
        ck_assert_ptr_nonnull(strstr(err.text, "snapshot is damaged"));
    }
    ck_assert_int_eq(parse(text, length, result, &err), SAE_OK);
}
END_TEST

START_TEST(nothing_may_follow_or_precede)
{
    static const char *const ends[] = {"\n", " ", "}", "{}", ","};
    char *longer = malloc(length + 8);

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        sprintf(longer, "%s%s", text, ends[i]);
        ck_assert_int_eq(parse(longer, strlen(longer), result, &err), SAE_E_FORMAT);
        sprintf(longer, "%s%s", ends[i], text);
        ck_assert_int_eq(parse(longer, strlen(longer), result, &err), SAE_E_FORMAT);
    }
    memcpy(longer, text, length + 1);
    ck_assert_int_eq(parse(longer, length + 1, result, &err), SAE_E_FORMAT);
    free(longer);
}
END_TEST

/* A CRC-32 finds every error of one bit, wherever it is. */
START_TEST(every_flipped_bit_is_refused)
{
    size_t step = getenv("SAE_VALGRIND") == NULL ? 1 : 41;
    char *copy = malloc(length);

    memcpy(copy, text, length);
    for (size_t bit = 0; bit < 8 * length; bit += step) {
        copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << (bit % 8)));
        ck_assert_msg(sae_snapshot_parse(copy, length, "contoso", NOW, result, &err) ==
                          SAE_E_FORMAT,
                      "accepted with bit %zu of byte %zu flipped", bit % 8, bit / 8);
        copy[bit / 8] = text[bit / 8];
    }
    ck_assert_int_eq(sae_snapshot_parse(copy, length, "contoso", NOW, result, &err),
                     SAE_OK);
    free(copy);
}
END_TEST

START_TEST(corruptions_of_several_bytes_are_refused)
{
    char *copy = malloc(length);

    srand(20261122);
    for (int round = 0; round < 2000; round++) {
        int bytes = 2 + rand() % 30;
        bool together = rand() % 2 == 0;
        size_t at = (size_t)rand() % length;

        memcpy(copy, text, length);
        for (int i = 0; i < bytes; i++) {
            copy[at] = (char)rand();
            at = together ? (at + 1) % length : (size_t)rand() % length;
        }
        ck_assert_msg(memcmp(copy, text, length) == 0 ||
                          parse(copy, length, result, &err) == SAE_E_FORMAT,
                      "accepted in round %d", round);
    }
    free(copy);
}
END_TEST

START_TEST(a_refused_snapshot_leaves_the_result_alone)
{
    memset(result, 0x5a, sizeof(*result));
    ck_assert_int_eq(parse(text, length - 1, result, &err), SAE_E_FORMAT);
    ck_assert_int_eq(result->tenant[0], 0x5a);
    ck_assert_int_eq(((char *)result)[sizeof(*result) - 1], 0x5a);
}
END_TEST

START_TEST(the_clock_may_be_a_minute_behind_the_snapshot)
{
    const char *path = scratch_path("contoso.json");

    ck_assert_int_eq(
        sae_snapshot_read(path, "contoso", NOW - 60 * SAE_SECOND, result, &err), SAE_OK);
    ck_assert_int_eq(
        sae_snapshot_read(path, "contoso", NOW - 60 * SAE_SECOND - 1, result, &err),
        SAE_E_STALE);
    ck_assert_ptr_nonnull(strstr(err.text, "from the future"));
    ck_assert_int_eq(
        sae_snapshot_read(path, "contoso", NOW + 400 * SAE_DAY, result, &err), SAE_OK);
}
END_TEST

static enum sae_status read_at(const char *path)
{
    memset(&err, 0, sizeof(err));
    return sae_snapshot_read(path, "contoso", NOW, result, &err);
}

START_TEST(a_missing_snapshot_names_the_command)
{
    ck_assert_int_eq(read_at(scratch_path("absent.json")), SAE_E_MISSING);
    ck_assert_str_eq(err.text, "no snapshot yet: run smtp_auth_collect --tenant contoso");
    ck_assert_int_eq(read_at(scratch_path("contoso.json/x.json")), SAE_E_MISSING);
}
END_TEST

START_TEST(what_is_no_regular_file_is_named_as_that)
{
    mkdir(scratch_path("folder.json"), 0755);
    mkfifo(scratch_path("fifo.json"), 0644);
    ck_assert_int_eq(symlink("/dev/zero", scratch_path("zero.json")), 0);
    ck_assert_int_eq(read_at(scratch_path("folder.json")), SAE_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "folder.json: not a regular file"));
    ck_assert_int_eq(read_at(scratch_path("fifo.json")), SAE_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "fifo.json: not a regular file"));
    ck_assert_int_eq(read_at(scratch_path("zero.json")), SAE_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "zero.json: not a regular file"));
    ck_assert_int_eq(symlink("loop.json", scratch_path("loop.json")), 0);
    ck_assert_int_eq(read_at(scratch_path("loop.json")), SAE_E_DENIED);
    ck_assert_ptr_null(strstr(err.text, "group"));
}
END_TEST

START_TEST(a_link_to_something_else_is_damaged)
{
    ck_assert_int_eq(symlink("/etc/passwd", scratch_path("link.json")), 0);
    ck_assert_int_eq(read_at(scratch_path("link.json")), SAE_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "does not end with its checksum"));
    ck_assert_ptr_null(strstr(err.text, "root"));
}
END_TEST

START_TEST(a_file_that_is_too_large_is_damaged)
{
    char *huge = malloc(SAE_SNAPSHOT_BYTES + 1);

    memset(huge, ' ', SAE_SNAPSHOT_BYTES + 1);
    ck_assert_int_eq(read_at(scratch_write("huge.json", huge, SAE_SNAPSHOT_BYTES + 1)),
                     SAE_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "larger than any snapshot"));
    ck_assert_int_eq(read_at(scratch_write("blank.json", huge, SAE_SNAPSHOT_BYTES)),
                     SAE_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "checksum"));
    free(huge);
}
END_TEST

START_TEST(who_may_not_read_is_told_which_group_to_join)
{
    struct group *group = getgrnam("adm");
    char *path;

    if (!is_root() || group == NULL) {
        return;
    }
    mkdir(scratch_path("state"), 0750);
    ck_assert_int_eq(chown(scratch_path("state"), 0, group->gr_gid), 0);
    path = scratch_write("state/contoso.json", text, length);
    become(NOBODY);
    ck_assert_int_eq(read_at(path), SAE_E_DENIED);
    become(0);
    ck_assert_ptr_nonnull(strstr(err.text, path));
    ck_assert_ptr_nonnull(strstr(err.text, "member of group adm"));
    ck_assert_int_eq(chmod(scratch_path("state"), 0755), 0);
    ck_assert_int_eq(chmod(path, 0640), 0);
    become(NOBODY);
    ck_assert_int_eq(read_at(path), SAE_E_DENIED);
    become(0);
    ck_assert_ptr_nonnull(strstr(err.text, "member of group adm"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot");
    TCase *tests = tcase_create("snapshot");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, open_sample, close_sample);
    tcase_add_test(tests, what_is_written_is_read);
    tcase_add_test(tests, every_truncation_is_refused);
    tcase_add_test(tests, nothing_may_follow_or_precede);
    tcase_add_test(tests, every_flipped_bit_is_refused);
    tcase_add_test(tests, corruptions_of_several_bytes_are_refused);
    tcase_add_test(tests, a_refused_snapshot_leaves_the_result_alone);
    tcase_add_test(tests, the_clock_may_be_a_minute_behind_the_snapshot);
    tcase_add_test(tests, a_missing_snapshot_names_the_command);
    tcase_add_test(tests, what_is_no_regular_file_is_named_as_that);
    tcase_add_test(tests, a_link_to_something_else_is_damaged);
    tcase_add_test(tests, a_file_that_is_too_large_is_damaged);
    tcase_add_test(tests, who_may_not_read_is_told_which_group_to_join);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
