/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "check/check.h"

/* Room for the tree of the largest snapshot; pages that are not used cost nothing. */
enum { ARENA = 2 << 20, ALIGN = 16 };

static _Alignas(ALIGN) char arena[ARENA];
static size_t used, live;

static void *take(size_t size)
{
    size_t rounded = (size + ALIGN - 1) / ALIGN * ALIGN;

    if (rounded < size || rounded > ARENA - used) {
        return malloc(size);
    }
    used += rounded;
    live++;
    return arena + used - rounded;
}

static void give(void *pointer)
{
    char *p = pointer;

    if (p < arena || p >= arena + ARENA) {
        free(pointer);
    } else if (--live == 0) {
        used = 0; /* the whole tree is gone: the next snapshot starts over */
    }
}

void sae_check_arena(void)
{
    cJSON_Hooks hooks = {.malloc_fn = take, .free_fn = give};

    cJSON_InitHooks(&hooks);
}
