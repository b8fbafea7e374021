/* SPDX-License-Identifier: MIT */
/* One try of one part. What a service sends is fetched first, while the other half of the run
 * may use the history; then everything is stored in one transaction. Files are read inside
 * it. */
#ifndef SAE_PART_H
#define SAE_PART_H

#include "collect/run.h"
#include "fetch/client.h"
#include "fetch/files.h"
#include "fetch/graph.h"
#include "fetch/policy.h"

struct sae_try {
    struct sae_run *run;
    struct sae_client *client; /* NULL: from files */
    int64_t time;    /* what was read is as old as this; 0: nothing to store */
    int64_t refused; /* mailboxes: size of a list that shrank too much to be believed */
    struct sae_transport transport;
    struct sae_policies policies;
    struct sae_graph_proof proof;
};

/* Fails: no sign-ins are read from there. */
enum sae_status sae_source_unread(const char *source, struct sae_err *err);

typedef enum sae_status (*sae_step)(struct sae_try *try, struct sae_err *err);

/* posture.c. Without the history's lock. */
enum sae_status sae_fetch_tenant(struct sae_try *try, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_fetch_mailboxes(struct sae_try *try, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_fetch_policy(struct sae_try *try, struct sae_err *err) SAE_MUST_CHECK;
/* With the lock, in a transaction; sets try->time where files say it. */
enum sae_status sae_store_tenant(struct sae_try *try, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_store_mailboxes(struct sae_try *try, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_store_policy(struct sae_try *try, struct sae_err *err) SAE_MUST_CHECK;

/* signins.c, likewise. Fetching keeps rows and coverage page by page; where it fails after
 * the present was read, try->time is set all the same. */
enum sae_status sae_fetch_signins(struct sae_try *try, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_store_signins(struct sae_try *try, struct sae_err *err) SAE_MUST_CHECK;

/* What readers of files need to know. */
struct sae_files_env sae_run_files(const struct sae_run *run);

#endif
