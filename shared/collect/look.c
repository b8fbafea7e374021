/* SPDX-License-Identifier: MIT */
#include "collect/look.h"

#include <stdio.h>
#include <string.h>

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
    name_countries(look);
    look->verdict =
        sae_senders_add(senders, &(struct sae_sender_facts){
                                     .first = sender->first,
                                     .last = sender->last,
                                     .count = sender->count,
                                     .days = days,
                                     .day_count = look->day_count,
                                     .matched = sender->mailbox != NULL,
                                     .listed = look->listed,
                                     .decided = look->decision[0] != '\0',
                                     .accepted = accepted,
                                 });
    return SAE_OK;
}
