/* SPDX-License-Identifier: MIT */
/* Whose the files of the state folder are. Programs run under any user, root included: as
 * root, every new file gets the folder's owner, so that a run by hand never locks the
 * service out. */
#ifndef SAE_OWNER_H
#define SAE_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

struct sae_owner {
    char *folder;
    uid_t uid;
    gid_t gid;
    mode_t mode;
};

/* Looks at the folder that holds `path`. Refuses one that others can write. Valid for
 * sae_owner_done() whatever it returns. */
enum sae_status sae_owner_of(const char *path, struct sae_owner *ret_owner,
                             struct sae_err *err) SAE_MUST_CHECK;
void sae_owner_done(struct sae_owner *owner);

/* Gives the open file its owner and group. `published`: mode 0600 | folder & 0044, else
 * 0600. */
enum sae_status sae_owner_apply(int fd, const char *path, const struct sae_owner *owner,
                                bool published, struct sae_err *err) SAE_MUST_CHECK;

/* Makes a rename in the folder durable. */
enum sae_status sae_owner_sync(const struct sae_owner *owner,
                               struct sae_err *err) SAE_MUST_CHECK;

/* Makes sure that the state folder (created 0750 if its parent exists) and `private` below
 * it (0700) exist and are safe. */
enum sae_status sae_owner_prepare(const char *state_dir, struct sae_err *err) SAE_MUST_CHECK;

#endif
