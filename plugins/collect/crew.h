/* SPDX-License-Identifier: MIT */
/* Jobs in child processes of their own, a few at a time, each with its own time limit. One
 * that hangs, crashes or is slow delays and fails nobody else. The children are forks: a job
 * sees the memory of its parent as it was at its start, and gives back one result.
 *
 * Children die with their parent, however that ends. SIGTERM and SIGINT are passed on, and
 * the budget of every job then says so; jobs not begun are not begun any more.
 *
 * Static data: the flag that the signal handler sets. For a program's only thread. */
#ifndef SAE_CREW_H
#define SAE_CREW_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

enum { SAE_CREW_TROUBLE = 200 }; /* bytes of what went wrong, in words */

struct sae_crew {
    size_t jobs;
    size_t at_once;     /* children at a time, at least 1 */
    size_t result_size; /* bytes, without pointers into a child's memory */
    void *arg;

    /* The time, in ticks, that a job may take, its end as a process included. The budget that
     * the job sees ends a little earlier, so that it can still save what it has. */
    int64_t (*limit)(void *arg, size_t job);

    /* Runs in the child. *ret_result is zeroed before. Nothing reaches standard output. */
    void (*work)(void *arg, size_t job, const struct sae_budget *budget, void *ret_result);

    /* Runs in the parent, once for each job, in the order in which they end. `result` is NULL
     * if there is none, and then `trouble` says why; else `trouble` is NULL. */
    void (*ended)(void *arg, size_t job, const void *result, const char *trouble);
};

/* Returns when every job has ended. Fails only for want of memory, before any job. */
enum sae_status sae_crew_run(const struct sae_crew *crew, struct sae_err *err) SAE_MUST_CHECK;

#endif
