/* SPDX-License-Identifier: MIT */
/* Any bytes as a snapshot, as they are and with the right checksum behind them. What is
 * accepted is of this tenant and not from the future, its values are numbers of their
 * kind, and no text of it is dangerous. Nothing else is ever written to the result. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "store/snapshot.h"

#define NOW (INT64_C(1795334047) * SAE_SECOND)

static void need(int truth)
{
    if (!truth) {
        abort();
    }
}

static void need_safe(const char *text, size_t size)
{
    need(memchr(text, '\0', size) != NULL);
    for (; *text != '\0'; text++) {
        need(*text >= ' ' && *text <= '~' && strchr("|<>&'\"[]{}$%;`\\", *text) == NULL);
    }
}

static void check(const struct sae_snapshot *snap)
{
    need(strcmp(snap->tenant, "contoso") == 0);
    need(snap->time > 0 && snap->time <= NOW + SAE_MINUTE);
    need_safe(snap->note, sizeof(snap->note));
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        need_safe(snap->parts[p].source, sizeof(snap->parts[p].source));
        need_safe(snap->parts[p].code, sizeof(snap->parts[p].code));
        need_safe(snap->parts[p].text, sizeof(snap->parts[p].text));
        need(snap->parts[p].time <= snap->time + SAE_MINUTE);
    }
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        double value = snap->values.value[m];

        need(isfinite(value) && value >= 0);
        need(sae_metrics[m].kind != SAE_KIND_COUNT || !(value > floor(value)));
        need_safe(snap->values.why[m], SAE_WHY);
    }
    need(snap->finding_count <= SAE_LIST_FINDINGS);
    need(snap->exposed_count <= SAE_LIST_EXPOSED);
    need(snap->sender_count <= SAE_LIST_SENDERS);
    need(snap->attacker_count <= SAE_LIST_ATTACKERS);
    for (size_t i = 0; i < snap->finding_count; i++) {
        need_safe(snap->findings[i].who, sizeof(snap->findings[i].who));
        need_safe(snap->findings[i].text, sizeof(snap->findings[i].text));
    }
    for (size_t i = 0; i < snap->sender_count; i++) {
        need_safe(snap->senders[i].user, sizeof(snap->senders[i].user));
    }
}

static void parse(const char *data, size_t len)
{
    static struct sae_snapshot snap, untouched;
    struct sae_err err = {0};

    memset(&snap, 0x5a, sizeof(snap));
    memset(&untouched, 0x5a, sizeof(untouched));
    if (sae_snapshot_parse(data, len, "contoso", NOW, &snap, &err) == SAE_OK) {
        check(&snap);
    } else {
        need(err.text[0] != '\0');
        need_safe(err.text, sizeof(err.text));
        need(memcmp(&snap, &untouched, sizeof(snap)) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *sealed = malloc(size + 32);

    need(sealed != NULL);
    parse((const char *)data, size);
    memcpy(sealed, data, size);
    /* The input without its last brace, or without the checksum that it has. */
    if (size > 19 && memcmp(sealed + size - 19, ",\"crc\":\"", 8) == 0) {
        size -= 19;
    } else if (size > 0 && sealed[size - 1] == '}') {
        size--;
    }
    snprintf(sealed + size, 32, ",\"crc\":\"%08x\"}", (unsigned)sae_crc32(sealed, size));
    parse(sealed, size + 19);
    free(sealed);
    return 0;
}
