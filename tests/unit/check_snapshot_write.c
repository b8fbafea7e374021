/* SPDX-License-Identifier: MIT */
/* How the snapshot is published: modes, owner, size, what is left behind. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sample_snapshot.h"

static struct sae_snapshot *sample, *result;
static struct sae_err err;

static void open_sample(void)
{
    scratch_open();
    sample = sample_snapshot();
    result = calloc(1, sizeof(*result));
}

static void close_sample(void)
{
    free(sample);
    free(result);
    scratch_close();
}

static const struct {
    mode_t folder, file;
} modes[] = {{0700, 0600}, {0750, 0640}, {0755, 0644}, {0710, 0600},
             {0705, 0604}, {0771, 0640}, {02750, 0640}};

START_TEST(a_snapshot_is_as_readable_as_its_folder)
{
    const char *folder = scratch_path("modes"),
               *path = scratch_path("modes/contoso.json");
    mode_t mask = umask(_i % 2 == 0 ? 0077 : 0);
    struct stat st, above;

    mkdir(folder, 0755);
    ck_assert_int_eq(chmod(folder, modes[_i].folder), 0);
    if (is_root()) {
        ck_assert_int_eq(chown(folder, (uid_t)-1, 4), 0);
        ck_assert_int_eq(chmod(folder, modes[_i].folder), 0);
    }
    ck_assert_msg(sae_snapshot_write(path, sample, &err) == SAE_OK, "%s", err.text);
    umask(mask);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(stat(folder, &above), 0);
    ck_assert_msg((st.st_mode & 07777) == modes[_i].file, "folder %04o: file %04o",
                  (unsigned)modes[_i].folder, (unsigned)st.st_mode & 07777);
    ck_assert(st.st_gid == above.st_gid);
    ck_assert(st.st_uid == above.st_uid);
}
END_TEST

START_TEST(a_run_by_root_leaves_the_file_to_the_owner_of_the_folder)
{
    const char *folder = scratch_path("owned"),
               *path = scratch_path("owned/contoso.json");
    struct stat st;

    if (!is_root()) {
        return;
    }
    mkdir(folder, 0750);
    ck_assert_int_eq(chown(folder, NOBODY, NOBODY), 0);
    ck_assert_int_eq(sae_snapshot_write(path, sample, &err), SAE_OK);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert(st.st_uid == NOBODY && st.st_gid == NOBODY && (st.st_mode & 07777) == 0640);
    become(NOBODY); /* who can then replace it */
    ck_assert_int_eq(sae_snapshot_write(path, sample, &err), SAE_OK);
    become(0);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert(st.st_uid == NOBODY && st.st_gid == NOBODY && (st.st_mode & 07777) == 0640);
}
END_TEST

/* Not root, and not in the folder's group: readable to the owner alone, not to our group.
 */
START_TEST(a_group_that_cannot_be_given_gets_nothing)
{
    const char *folder = scratch_path("alien"),
               *path = scratch_path("alien/contoso.json");
    struct stat st;

    if (!is_root()) {
        return;
    }
    mkdir(folder, 0750);
    ck_assert_int_eq(chown(folder, NOBODY, 4), 0);
    become(NOBODY);
    ck_assert_int_eq(sae_snapshot_write(path, sample, &err), SAE_OK);
    become(0);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(a_left_over_is_replaced)
{
    const char *path = scratch_path("contoso.json"),
               *left = scratch_path("contoso.json.new");
    struct stat st;

    scratch_text("contoso.json.new", "half a snapsh");
    scratch_text("contoso.json", "an old one");
    ck_assert_int_eq(sae_snapshot_write(path, sample, &err), SAE_OK);
    ck_assert_int_ne(stat(left, &st), 0);
    ck_assert_int_eq(sae_snapshot_read(path, "contoso", NOW, result, &err), SAE_OK);
}
END_TEST

START_TEST(a_link_in_place_of_the_left_over_is_not_followed)
{
    const char *path = scratch_path("contoso.json"),
               *left = scratch_path("contoso.json.new");
    const char *victim = scratch_text("victim", "precious");
    size_t len;
    char *kept;

    ck_assert_int_eq(symlink(victim, left), 0);
    ck_assert_int_eq(sae_snapshot_write(path, sample, &err), SAE_OK);
    kept = scratch_read(scratch_path("victim"), &len);
    ck_assert_str_eq(kept, "precious");
    free(kept);
}
END_TEST

START_TEST(where_it_cannot_be_published_the_old_one_stays)
{
    const char *folder = scratch_path("locked"),
               *path = scratch_path("locked/contoso.json");
    struct stat st;

    mkdir(folder, 0755);
    ck_assert_int_eq(sae_snapshot_write(path, sample, &err), SAE_OK);
    ck_assert_int_eq(chmod(folder, 0757), 0);
    ck_assert_int_eq(sae_snapshot_write(path, sample, &err), SAE_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "mode 0757: others can write there"));
    ck_assert_int_eq(chmod(folder, 0755), 0);
    if (is_root()) {
        become(NOBODY);
        ck_assert_int_eq(sae_snapshot_write(path, sample, &err), SAE_E_DENIED);
        become(0);
    }
    ck_assert_int_eq(mkdir(scratch_path("locked/contoso.json.new"), 0755), 0);
    ck_assert_int_ne(sae_snapshot_write(path, sample, &err), SAE_OK);
    ck_assert_int_eq(sae_snapshot_read(path, "contoso", NOW, result, &err), SAE_OK);
    ck_assert_int_eq(
        sae_snapshot_write(scratch_path("absent/contoso.json"), sample, &err),
        SAE_E_MISSING);
    ck_assert_int_ne(stat(scratch_path("absent"), &st), 0);
}
END_TEST

static void fill(char *text, size_t size)
{
    memset(text, 'm', size - 1);
    text[size - 1] = '\0';
}

static void fill_lists(struct sae_snapshot *snap)
{
    snap->finding_count = SAE_LIST_FINDINGS;
    snap->exposed_count = SAE_LIST_EXPOSED;
    snap->sender_count = SAE_LIST_SENDERS;
    snap->attacker_count = SAE_LIST_ATTACKERS;
    for (int i = 0; i < SAE_LIST_FINDINGS; i++) {
        struct sae_finding *f = &snap->findings[i];

        fill(f->id, sizeof(f->id));
        fill(f->metric, sizeof(f->metric));
        fill(f->kind, sizeof(f->kind));
        fill(f->who, sizeof(f->who));
        fill(f->from, sizeof(f->from));
        fill(f->country, sizeof(f->country));
        fill(f->text, sizeof(f->text));
        fill(f->runbook, sizeof(f->runbook));
        f->count = UINT32_MAX;
        f->since = f->until = NOW;
        f->accepted = true;
        fill(snap->exposed[i].mailbox, sizeof(snap->exposed[i].mailbox));
        fill(snap->exposed[i].why, sizeof(snap->exposed[i].why));
        fill(snap->exposed[i].used, sizeof(snap->exposed[i].used));
        fill(snap->attackers[i].from, sizeof(snap->attackers[i].from));
        fill(snap->attackers[i].country, sizeof(snap->attackers[i].country));
        snap->attackers[i].failed = snap->attackers[i].users = UINT32_MAX;
    }
    for (int i = 0; i < SAE_LIST_SENDERS; i++) {
        struct sae_sender_line *s = &snap->senders[i];

        fill(s->id, sizeof(s->id));
        fill(s->user, sizeof(s->user));
        fill(s->mailbox, sizeof(s->mailbox));
        fill(s->decision, sizeof(s->decision));
        fill(s->countries, sizeof(s->countries));
        s->first = s->last = NOW;
        s->count = s->days = UINT32_MAX;
        s->gap = 99999;
    }
}

START_TEST(the_largest_snapshot_fits_and_says_what_it_left_out)
{
    struct sae_snapshot *full = sample_snapshot();
    size_t length;
    char *text;

    for (int p = 0; p < SAE_PART_COUNT; p++) {
        full->parts[p].ok = false;
        fill(full->parts[p].source, sizeof(full->parts[p].source));
        fill(full->parts[p].code, sizeof(full->parts[p].code));
        fill(full->parts[p].text, sizeof(full->parts[p].text));
    }
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        fill(full->values.why[m], SAE_WHY);
        sae_values_set_proven(&full->values, (enum sae_metric)m,
                              sae_metrics[m].kind == SAE_KIND_BOOL ? 1 : 123456789,
                              false);
    }
    fill(full->note, sizeof(full->note));
    fill_lists(full);
    text = published(full, &length);
    ck_assert_uint_le(length, SAE_SNAPSHOT_BYTES);
    ck_assert_uint_gt(length, SAE_SNAPSHOT_BYTES / 2);
    ck_assert_msg(parse(text, length, result, &err) == SAE_OK, "%s", err.text);
    ck_assert_uint_eq(result->finding_count, SAE_LIST_FINDINGS);
    ck_assert_uint_eq(result->exposed_count, SAE_LIST_EXPOSED);
    ck_assert_uint_eq(result->attacker_count, SAE_LIST_ATTACKERS);
    ck_assert_uint_gt(result->sender_count, 0);
    ck_assert_uint_eq(result->sender_count + result->sender_more,
                      full->sender_count + full->sender_more);
    free(text);
    free(full);
}
END_TEST

START_TEST(a_value_that_is_no_number_is_not_published_as_one)
{
    struct sae_snapshot *odd = sample_snapshot();
    size_t length;
    char *text;

    odd->values.value[SAE_M_FAIL_PER_HOUR] = 0.0 / (double)(odd->note[0] == 0);
    text = published(odd, &length);
    ck_assert_int_eq(parse(text, length, result, &err), SAE_E_FORMAT);
    free(text);
    free(odd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot_write");
    TCase *tests = tcase_create("write");
    SRunner *runner;
    int failed;

    tcase_add_unchecked_fixture(tests, open_sample, close_sample);
    tcase_add_loop_test(tests, a_snapshot_is_as_readable_as_its_folder, 0,
                        (int)(sizeof(modes) / sizeof(modes[0])));
    tcase_add_test(tests, a_run_by_root_leaves_the_file_to_the_owner_of_the_folder);
    tcase_add_test(tests, a_group_that_cannot_be_given_gets_nothing);
    tcase_add_test(tests, a_left_over_is_replaced);
    tcase_add_test(tests, a_link_in_place_of_the_left_over_is_not_followed);
    tcase_add_test(tests, where_it_cannot_be_published_the_old_one_stays);
    tcase_add_test(tests, the_largest_snapshot_fits_and_says_what_it_left_out);
    tcase_add_test(tests, a_value_that_is_no_number_is_not_published_as_one);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
