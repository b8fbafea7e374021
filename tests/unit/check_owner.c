/* SPDX-License-Identifier: MIT */
/* Whose the files of the state folder are, and which folders are refused. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scratch.h"
#include "base/owner.h"

static struct sae_err err;

static struct stat look(const char *path)
{
    struct stat st;

    ck_assert_msg(stat(path, &st) == 0, "no %s", path);
    return st;
}

static char *folder(const char *name, mode_t mode)
{
    char *path = scratch_path(name);

    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
    return path;
}

START_TEST(a_state_folder_is_made_with_its_private_part)
{
    char *state = scratch_path("made"), *inside = scratch_path("made/private");
    mode_t mask = umask(022);

    ck_assert_msg(sae_owner_prepare(state, &err) == SAE_OK, "%s", err.text);
    umask(mask);
    ck_assert_int_eq(look(state).st_mode & 07777, 0750);
    ck_assert_int_eq(look(inside).st_mode & 07777, 0700);
    ck_assert_int_eq(sae_owner_prepare(state, &err), SAE_OK);
}
END_TEST

START_TEST(a_state_folder_without_a_parent_is_not_made)
{
    ck_assert_int_eq(sae_owner_prepare(scratch_path("no/parent"), &err), SAE_E_MISSING);
    ck_assert_ptr_nonnull(strstr(err.text, "no/parent"));
}
END_TEST

static const mode_t open_modes[] = {0757, 0777, 01777, 0702};

START_TEST(a_folder_that_others_can_write_is_refused_with_its_mode)
{
    char name[40], mode[16], *path;
    struct sae_owner owner;

    snprintf(name, sizeof(name), "open%d", _i);
    snprintf(mode, sizeof(mode), "%04o", (unsigned)open_modes[_i]);
    path = folder(name, open_modes[_i]);
    ck_assert_int_eq(sae_owner_prepare(path, &err), SAE_E_DENIED);
    ck_assert_msg(strstr(err.text, path) != NULL && strstr(err.text, mode) != NULL &&
                      strstr(err.text, "others can write there") != NULL,
                  "%s", err.text);
    snprintf(name, sizeof(name), "open%d/x", _i);
    ck_assert_int_eq(sae_owner_of(scratch_path(name), &owner, &err), SAE_E_DENIED);
    sae_owner_done(&owner);
    ck_assert_int_ne(access(scratch_path(strcat(name, "/../private")), F_OK), 0);
}
END_TEST

static const mode_t loose[] = {0750, 0710, 0701, 0704, 0770, 0755};

START_TEST(the_private_part_is_its_owners_alone)
{
    char name[32], mode[16], *path;

    snprintf(name, sizeof(name), "loose%d", _i);
    path = folder(name, 0750);
    snprintf(name, sizeof(name), "loose%d/private", _i);
    folder(name, loose[_i]);
    snprintf(mode, sizeof(mode), "mode %04o", (unsigned)loose[_i]);
    ck_assert_int_eq(sae_owner_prepare(path, &err), SAE_E_DENIED);
    ck_assert_msg(strstr(err.text, "private") != NULL && strstr(err.text, mode) != NULL,
                  "%s", err.text);
    ck_assert_int_eq(chmod(scratch_path(name), 0700), 0);
    ck_assert_int_eq(sae_owner_prepare(path, &err), SAE_OK);
}
END_TEST

START_TEST(a_file_in_place_of_a_folder_is_refused)
{
    char *path = folder("mixed", 0750);

    ck_assert_int_ne(sae_owner_prepare(scratch_text("mixed/file", ""), &err), SAE_OK);
    scratch_text("mixed/private", "");
    ck_assert_int_eq(sae_owner_prepare(path, &err), SAE_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "not a folder"));
}
END_TEST

START_TEST(the_folder_of_a_path_is_what_stands_before_its_last_slash)
{
    struct sae_owner owner;

    ck_assert_int_eq(sae_owner_of("file", &owner, &err), SAE_OK);
    ck_assert_str_eq(owner.folder, ".");
    sae_owner_done(&owner);
    ck_assert_int_eq(sae_owner_of("/file", &owner, &err), SAE_OK);
    ck_assert_str_eq(owner.folder, "/");
    sae_owner_done(&owner);
    ck_assert_int_eq(sae_owner_of(scratch_path("file"), &owner, &err), SAE_OK);
    ck_assert_str_eq(owner.folder, scratch_dir);
    ck_assert_int_eq(sae_owner_sync(&owner, &err), SAE_OK);
    sae_owner_done(&owner);
    ck_assert_int_eq(sae_owner_of(scratch_path("absent/file"), &owner, &err),
                     SAE_E_MISSING);
    sae_owner_done(&owner);
}
END_TEST

static struct stat made(const char *name, bool published)
{
    const char *path = scratch_path(name);
    struct sae_owner owner;
    int fd;

    ck_assert_int_eq(sae_owner_of(path, &owner, &err), SAE_OK);
    fd = open(path, O_CREAT | O_WRONLY, 0666);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(sae_owner_apply(fd, path, &owner, published, &err), SAE_OK);
    close(fd);
    sae_owner_done(&owner);
    return look(path);
}

START_TEST(what_is_not_published_is_private_whatever_the_folder)
{
    folder("wide", 0755);
    ck_assert_int_eq(made("wide/history", false).st_mode & 07777, 0600);
    ck_assert_int_eq(made("wide/snapshot", true).st_mode & 07777, 0644);
}
END_TEST

START_TEST(root_gives_new_files_to_the_owner_of_the_folder)
{
    struct stat st;

    if (!is_root()) {
        return;
    }
    ck_assert_int_eq(chown(folder("theirs", 0750), NOBODY, NOBODY), 0);
    ck_assert_int_eq(sae_owner_prepare(scratch_path("theirs"), &err), SAE_OK);
    st = look(scratch_path("theirs/private"));
    ck_assert(st.st_uid == NOBODY && st.st_gid == NOBODY && (st.st_mode & 07777) == 0700);
    st = made("theirs/private/history.db", false);
    ck_assert(st.st_uid == NOBODY && st.st_gid == NOBODY && (st.st_mode & 07777) == 0600);
    st = made("theirs/contoso.json", true);
    ck_assert(st.st_uid == NOBODY && st.st_gid == NOBODY && (st.st_mode & 07777) == 0640);
}
END_TEST

START_TEST(who_may_not_write_is_told)
{
    if (!is_root()) {
        return;
    }
    folder("ours", 0755);
    become(NOBODY);
    ck_assert_int_eq(sae_owner_prepare(scratch_path("ours"), &err), SAE_E_DENIED);
    become(0);
    ck_assert_ptr_nonnull(strstr(err.text, "ours/private: cannot create"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("owner");
    TCase *tests = tcase_create("owner");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, scratch_open, scratch_close);
    tcase_add_test(tests, a_state_folder_is_made_with_its_private_part);
    tcase_add_test(tests, a_state_folder_without_a_parent_is_not_made);
    tcase_add_loop_test(tests, a_folder_that_others_can_write_is_refused_with_its_mode, 0,
                        (int)(sizeof(open_modes) / sizeof(open_modes[0])));
    tcase_add_loop_test(tests, the_private_part_is_its_owners_alone, 0,
                        (int)(sizeof(loose) / sizeof(loose[0])));
    tcase_add_test(tests, a_file_in_place_of_a_folder_is_refused);
    tcase_add_test(tests, the_folder_of_a_path_is_what_stands_before_its_last_slash);
    tcase_add_test(tests, what_is_not_published_is_private_whatever_the_folder);
    tcase_add_test(tests, root_gives_new_files_to_the_owner_of_the_folder);
    tcase_add_test(tests, who_may_not_write_is_told);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
