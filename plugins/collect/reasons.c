/* SPDX-License-Identifier: MIT */
#include "plugins/collect/reasons.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The last name of the path that starts at `path`, and where the path ends. */
static const char *last_name(const char *path, const char **ret_end)
{
    const char *end = path + strcspn(path, " :,");
    const char *name = end;

    while (name > path && name[-1] != '/') {
        name--;
    }
    *ret_end = end;
    return name < end ? name : path;
}

/* "Get-TransportConfig: " */
static size_t cmdlet_length(const char *text)
{
    size_t len = strcspn(text, " :");

    return strncmp(text, "Get-", 4) == 0 && strncmp(text + len, ": ", 2) == 0 ? len + 2 : 0;
}

char *sae_reason_short(char text[SAE_REASON + 1], const char *reason)
{
    bool word_starts = true;
    size_t at = 0;

    while (*reason != '\0' && at < SAE_REASON) {
        const char *end = reason + 1;

        if (word_starts) {
            reason += cmdlet_length(reason);
            end = reason + 1;
        }
        if (word_starts && *reason == '/') {
            reason = last_name(reason, &end);
        }
        while (reason < end && at < SAE_REASON) {
            text[at++] = *reason++;
        }
        word_starts = at > 0 && text[at - 1] == ' ';
    }
    text[at] = '\0';
    if (*reason != '\0') {
        memcpy(text + SAE_REASON - 2, "..", 3);
    }
    return text;
}

void sae_reasons_add(struct sae_reasons *reasons, const char *tenant, const char *reason)
{
    size_t len = strlen(reasons->line);
    char text[SAE_REASON + 1];
    char entry[SAE_REASON + 80];
    int more;

    more = snprintf(entry, sizeof(entry), "%s%.64s (%s)", reasons->count == 0 ? "" : ", ",
                    tenant, sae_reason_short(text, reason));
    /* in order: behind one that did not fit none is named */
    if (reasons->named == reasons->count && len + (size_t)more <= SAE_REASONS_LINE) {
        memcpy(reasons->line + len, entry, (size_t)more + 1);
        reasons->named++;
    }
    reasons->count++;
}

const char *sae_reasons_text(struct sae_reasons *reasons)
{
    size_t len = strlen(reasons->line);

    if (reasons->named < reasons->count) {
        snprintf(reasons->line + len, sizeof(reasons->line) - len, " and %zu more",
                 reasons->count - reasons->named);
        reasons->named = reasons->count;
    }
    return reasons->line;
}
