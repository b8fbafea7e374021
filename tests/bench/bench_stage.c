/* SPDX-License-Identifier: MIT */
/* What staging a list of mailboxes costs: the first list, the same one again, and one in
 * which a single flag differs. Prints, never judges.
 *
 * bench_stage STATE_DIR [MAILBOXES] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/owner.h"
#include "store/history.h"

static struct sae_err failure;

static void must(enum sae_status status)
{
    if (status != SAE_OK) {
        fprintf(stderr, "bench_stage: %s\n", failure.text);
        exit(1);
    }
}

static double since(int64_t *start)
{
    int64_t now = sae_clock_monotonic();
    double ms = (double)(now - *start) / 10000.0;

    *start = now;
    return ms;
}

/* `h` NULL: only makes the row. */
static void add(struct sae_history *h, unsigned i, bool differs)
{
    struct sae_mailbox box = {.flag = i % 9 == 0 ? SAE_FLAG_DISABLED : SAE_FLAG_INHERIT};
    char names[512];

    box.flag = differs ? SAE_FLAG_ENABLED : box.flag;
    snprintf(box.guid, sizeof(box.guid), "%08x-1111-4222-8333-%012x", i * 2654435761U, i);
    snprintf(box.object_id, sizeof(box.object_id), "%08x-aaaa-4bbb-8ccc-%012x",
             i * 2246822519U, i);
    snprintf(box.address, sizeof(box.address), "firstname.lastname%u@contoso.example", i);
    snprintf(names, sizeof(names),
             "%s\nflastname%u@contoso.example\nfirstname.lastname%u@contoso.onmicrosoft."
             "example\nfirstname.lastname%u@fabrikam.example\n",
             box.address, i, i, i);
    box.names = names;
    box.row = sae_hash_on(i, box.flag, names, strlen(names));
    if (h != NULL && !sae_history_stage_known(h, box.row)) {
        must(sae_history_stage_add(h, &box, &failure));
    }
}

static void stage(struct sae_history *h, const char *what, unsigned count, unsigned odd)
{
    int64_t staged, held, start = sae_clock_monotonic();
    double made, added, counted;

    for (unsigned i = 0; i < count; i++) {
        add(NULL, i, i == odd);
    }
    made = since(&start);
    must(sae_history_stage_begin(h, &failure));
    for (unsigned i = 0; i < count; i++) {
        add(h, i, i == odd);
    }
    added = since(&start) - made;
    must(sae_history_begin(h, &failure));
    must(sae_history_stage_count(h, &staged, &held, &failure));
    counted = since(&start);
    must(sae_history_stage_commit(h, 1, &failure));
    must(sae_history_commit(h, &failure));
    printf("%-20s add %8.1f ms  count %8.1f ms  commit %8.1f ms\n", what, added, counted,
           since(&start));
}

int main(int argc, char **argv)
{
    unsigned count = argc < 3 ? 100000 : (unsigned)strtoul(argv[2], NULL, 10);
    struct sae_history *h = NULL;

    if (argc < 2) {
        fprintf(stderr, "usage: bench_stage STATE_DIR [MAILBOXES]\n");
        return 2;
    }
    must(sae_owner_prepare(argv[1], &failure));
    must(sae_history_open(argv[1], "bench", SAE_HISTORY_WRITE, &h, &failure));
    stage(h, "the first list", count, count);
    stage(h, "the same again", count, count);
    stage(h, "one flag differs", count, count / 2);
    stage(h, "the same again", count, count / 2);
    sae_history_close(h);
    return 0;
}
