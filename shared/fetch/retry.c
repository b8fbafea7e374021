/* SPDX-License-Identifier: MIT */
#include "fetch/retry.h"

#include <time.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/cursor.h"

int64_t sae_retry_after(const char *value, int64_t now)
{
    struct sae_cursor cur = sae_cursor_text(value);
    uint64_t seconds, fraction;
    int64_t wait;
    time_t date;

    if (sae_cursor_decimal(&cur, INT32_MAX, &seconds)) {
        wait = (int64_t)seconds * SAE_SECOND;
        if (sae_cursor_char(&cur, '.') &&
            sae_cursor_decimal(&cur, UINT64_MAX / 16, &fraction) && fraction > 0) {
            wait += SAE_SECOND;
        }
        if (!sae_cursor_at_end(&cur)) {
            return -1;
        }
    } else {
        date = curl_getdate(value, NULL);
        if (date <= 0) {
            return -1;
        }
        wait = (int64_t)date * SAE_SECOND - now;
    }
    wait = wait < SAE_SECOND ? SAE_SECOND : wait;
    return wait < SAE_DAY ? wait : SAE_DAY;
}
