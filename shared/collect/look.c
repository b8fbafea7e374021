/* SPDX-License-Identifier: MIT */
#include "collect/look.h"

#include <stdio.h>
#include <string.h>

#include "address.h"
#include "base/clock.h"

enum { RECENT_DAYS = 7 };

static void name_countries(struct sae_look *look)
{
    char *text = look->countries;

    text[0] = '\0';
    for (size_t i = 0; i < look->origin_count; i++) {
        char country[4] = {(char)(look->origins[i].country >> 8),
                           (char)(look->origins[i].country & 0xff)};
        size_t len = strlen(text);

        if (country[0] != '\0' && strstr(text, country) == NULL &&
            len + 4 < SAE_LOOK_COUNTRIES) {
            snprintf(text + len, SAE_LOOK_COUNTRIES - len, "%s%s", len == 0 ? "" : " ",
                     country);
        }
    }
}

static bool is_listed_source(const char *sources, const struct sae_address *address)
{
    while (*sources != '\0') {
        size_t len = strcspn(sources, " ");
        struct sae_net net;

        if (sae_net_read(sources, len, &net) && sae_net_has(&net, address)) {
            return true;
        }
        sources += len + strspn(sources + len, " ");
    }
    return false;
}

/* Origins come newest first. */
static bool is_elsewhere(const struct sae_look *look, int64_t end)
{
    const char *sources = look->entry == NULL ? "" : look->entry->cell[SAE_ALLOW_SOURCES];
    bool elsewhere = false;

    for (size_t i = 0; i < look->origin_count && sources[0] != '\0' && !elsewhere; i++) {
        const struct sae_origin *origin = &look->origins[i];

        elsewhere = origin->address.len != 0 && origin->last >= end - RECENT_DAYS * SAE_DAY &&
                    !is_listed_source(sources, &origin->address);
    }
    return elsewhere;
}

enum sae_status sae_look(struct sae_history *history, const struct sae_allow_index *allow,
                         const struct sae_sender *sender, int64_t today,
                         unsigned accepted, struct sae_senders *senders,
                         struct sae_look *ret_look, struct sae_err *err)
{
    struct sae_look *look = ret_look;
    int64_t days[SAE_SENDER_DAYS];
    enum sae_status status;

    status = sae_history_sender_days(history, sender->user, SAE_SENDER_DAYS, days,
                                     &look->day_count, err);
    if (status == SAE_OK) {
        status = sae_history_sender_origins(history, sender->user, SAE_LOOK_ORIGINS,
                                            look->origins, &look->origin_count, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    look->entry = sae_allow_of_sender(allow, sender);
    look->listed = look->entry != NULL && look->entry->expires >= today;
    look->decision = look->entry == NULL ? "" : look->entry->cell[SAE_ALLOW_DECISION];
    look->elsewhere = is_elsewhere(look, senders->end);
    name_countries(look);
    look->verdict =
        sae_senders_add(senders, &(struct sae_sender_facts){
                                     .first = sender->first,
                                     .last = sender->last,
                                     .count = sender->count,
                                     .days = days,
                                     .day_count = look->day_count,
                                     .matched = sender->mailbox != NULL,
                                     .inherits = sender->flag == SAE_FLAG_INHERIT,
                                     .listed = look->listed,
                                     .decided = look->decision[0] != '\0',
                                     .accepted = accepted,
                                 });
    return SAE_OK;
}
