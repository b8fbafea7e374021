/* SPDX-License-Identifier: MIT */
#include "config/accept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "config/table.h"

enum column { FINDING, UNTIL, BY, NOTE, COLUMNS };

static const char *const columns[COLUMNS] = {
    [FINDING] = "finding", [UNTIL] = "until", [BY] = "by", [NOTE] = "note"};

static enum sae_status take_row(void *arg, char *const *cells, struct sae_err *err)
{
    struct sae_accept *accept = arg;
    struct sae_accepted *more, entry;

    if (cells[FINDING][0] == '\0' || strlen(cells[FINDING]) >= sizeof(entry.id)) {
        return sae_fail(err, SAE_E_CONFIG, "finding must be an id such as "
                                           "mbx_new-0123456789ab");
    }
    if (!sae_date_parse(cells[UNTIL], strlen(cells[UNTIL]), &entry.until)) {
        return sae_fail(err, SAE_E_CONFIG, "until is %.20s, not a date YYYY-MM-DD",
                        cells[UNTIL]);
    }
    snprintf(entry.id, sizeof(entry.id), "%s", cells[FINDING]);
    if ((accept->count & (accept->count - 1)) == 0) { /* room doubles at powers of two */
        size_t room = accept->count == 0 ? 1 : accept->count * 2;

        more = realloc(accept->entry, room * sizeof(*more));
        if (more == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        accept->entry = more;
    }
    accept->entry[accept->count++] = entry;
    return SAE_OK;
}

enum sae_status sae_accept_read(const char *path, struct sae_accept *ret_accept,
                                struct sae_err *err)
{
    struct sae_accept accept = {0};
    enum sae_status status = sae_table_read(path, columns, COLUMNS, take_row, &accept, err);

    if (status != SAE_OK) {
        sae_accept_done(&accept);
        return status;
    }
    *ret_accept = accept;
    return SAE_OK;
}

void sae_accept_done(struct sae_accept *accept)
{
    free(accept->entry);
    *accept = (struct sae_accept){0};
}

bool sae_accept_covers(const struct sae_accept *accept, const char *id, int64_t day)
{
    for (size_t i = 0; i < accept->count; i++) {
        if (strcmp(accept->entry[i].id, id) == 0 && day <= accept->entry[i].until) {
            return true;
        }
    }
    return false;
}
