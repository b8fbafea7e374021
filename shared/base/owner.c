/* SPDX-License-Identifier: MIT */
#include "base/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static enum sae_status look_at(const char *folder, struct sae_owner *owner,
                               struct sae_err *err)
{
    struct stat st;

    if (stat(folder, &st) != 0) {
        return sae_file_fail(folder, "cannot look at", err);
    }
    if (!S_ISDIR(st.st_mode)) {
        return sae_fail(err, SAE_E_DENIED, "%s: not a folder", folder);
    }
    if ((st.st_mode & S_IWOTH) != 0) {
        return sae_fail(err, SAE_E_DENIED,
                        "%s has mode %04o: others can write there, refused (chmod o-w)",
                        folder, (unsigned)st.st_mode & 07777U);
    }
    owner->uid = st.st_uid;
    owner->gid = st.st_gid;
    owner->mode = st.st_mode;
    return SAE_OK;
}

enum sae_status sae_owner_of(const char *path, struct sae_owner *ret_owner,
                             struct sae_err *err)
{
    const char *slash = strrchr(path, '/');

    *ret_owner = (struct sae_owner){0};
    ret_owner->folder =
        slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (ret_owner->folder == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    return look_at(ret_owner->folder, ret_owner, err);
}

void sae_owner_done(struct sae_owner *owner)
{
    free(owner->folder);
    *owner = (struct sae_owner){0};
}

enum sae_status sae_owner_apply(int fd, const char *path, const struct sae_owner *owner,
                                bool published, struct sae_err *err)
{
    mode_t mode = 0600 | (published ? owner->mode & 0044 : 0);

    /* Not root: the group can be given only if we are in it; without it the file stays
     * readable to its owner alone. */
    if (fchown(fd, geteuid() == 0 ? owner->uid : (uid_t)-1, owner->gid) != 0) {
        if (geteuid() == 0) {
            return sae_file_fail(path, "cannot give away", err);
        }
        mode &= (mode_t)~0040;
    }
    return fchmod(fd, mode) == 0 ? SAE_OK : sae_file_fail(path, "cannot set mode", err);
}

enum sae_status sae_owner_sync(const struct sae_owner *owner, struct sae_err *err)
{
    int fd = open(owner->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum sae_status status = SAE_OK;

    if (fd < 0 || fsync(fd) != 0) {
        status = sae_file_fail(owner->folder, "cannot save", err);
    }
    if (fd >= 0) {
        close(fd);
    }
    return status;
}

static enum sae_status make_folder(const char *path, mode_t mode, struct sae_owner *owner,
                                   struct sae_err *err)
{
    if (mkdir(path, mode) != 0) {
        return errno == EEXIST ? SAE_OK : sae_file_fail(path, "cannot create", err);
    }
    if (chmod(path, mode) != 0) { /* whatever the umask is */
        return sae_file_fail(path, "cannot set mode", err);
    }
    if (geteuid() == 0 && owner->folder != NULL &&
        chown(path, owner->uid, owner->gid) != 0) {
        return sae_file_fail(path, "cannot give away", err);
    }
    return SAE_OK;
}

enum sae_status sae_owner_prepare(const char *state_dir, struct sae_err *err)
{
    struct sae_owner owner = {0}, inside = {0};
    enum sae_status status;
    char *path = NULL;

    if (asprintf(&path, "%s/private", state_dir) < 0) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    status = make_folder(state_dir, 0750, &owner, err);
    if (status == SAE_OK) {
        status = sae_owner_of(path, &owner, err);
    }
    if (status == SAE_OK) {
        status = make_folder(path, 0700, &owner, err);
    }
    if (status == SAE_OK) {
        status = look_at(path, &inside, err);
    }
    if (status == SAE_OK && (inside.mode & 0077) != 0) {
        status = sae_fail(err, SAE_E_DENIED,
                          "%s has mode %04o: nobody but its owner may enter (chmod 0700)", path,
                          (unsigned)inside.mode & 07777U);
    }
    sae_owner_done(&owner);
    free(path);
    return status;
}
