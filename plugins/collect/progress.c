/* SPDX-License-Identifier: MIT */
#include "plugins/collect/progress.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "nagios/process.h"

#define EVERY (SAE_SECOND / 5)
enum { NAME_SHOWN = 24, NUMBER = 32 };

/* 48211 as "48,211", whatever the locale. */
static const char *thousands(char text[NUMBER], uint64_t number)
{
    char digits[NUMBER];
    int len = snprintf(digits, sizeof(digits), "%" PRIu64, number);
    size_t at = 0;

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            text[at++] = ',';
        }
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

/* Whole units below `most`; what is no number is 0. */
static unsigned whole(double value, double most)
{
    value = value < most ? value : most;
    return value > 0 ? (unsigned)value : 0;
}

static void describe_span(char *text, size_t cap, double done, double all)
{
    const char *unit = "days";

    if (all < 2) {
        unit = "hours";
        done *= 24;
        all *= 24;
    }
    snprintf(text, cap, "%u of %u %s", whole(done, all + 0.5), whole(all + 0.5, 1e6), unit);
}

static void describe_left(char *text, size_t cap, int64_t left)
{
    if (left < 0) {
        text[0] = '\0';
    } else if (left < SAE_MINUTE) {
        snprintf(text, cap, ", under a minute left");
    } else if (left < 2 * SAE_HOUR) {
        snprintf(text, cap, ", about %lld min left",
                 (long long)((left + SAE_MINUTE - 1) / SAE_MINUTE));
    } else {
        left = left < 999 * SAE_HOUR ? left : 999 * SAE_HOUR;
        snprintf(text, cap, ", about %lld h left",
                 (long long)((left + SAE_HOUR - 1) / SAE_HOUR));
    }
}

char *sae_progress_text(char text[SAE_PROGRESS_LINE + 1], const struct sae_progress *progress)
{
    char span[NUMBER], rows[NUMBER], left[NUMBER], all[2 * SAE_PROGRESS_LINE];

    describe_span(span, sizeof(span), progress->days_done, progress->days_all);
    describe_left(left, sizeof(left), progress->left);
    snprintf(all, sizeof(all), "%.*s sign-ins %s, %s rows%s", NAME_SHOWN, progress->tenant,
             span, thousands(rows, progress->rows), left);
    sae_text_fit(text, SAE_PROGRESS_LINE + 1, all);
    return text;
}

struct sae_progress_line sae_progress_start(void)
{
    return (struct sae_progress_line){.on = isatty(STDERR_FILENO) == 1};
}

/* Filled with blanks: a shorter text wipes out a longer one. */
static void write_line(const char *text)
{
    struct pollfd terminal = {.fd = STDERR_FILENO, .events = POLLOUT};
    char line[SAE_PROGRESS_LINE + 4];
    int len = snprintf(line, sizeof(line), "\r%-*.*s\r", SAE_PROGRESS_LINE, SAE_PROGRESS_LINE,
                       text);

    if (poll(&terminal, 1, 0) == 1 && (terminal.revents & POLLOUT) != 0) {
        (void)!sae_write_all(STDERR_FILENO, line, (size_t)len, NULL);
    }
}

void sae_progress_show(struct sae_progress_line *line, const char *text, int64_t now)
{
    if (line->on && now >= line->next) {
        line->next = now + EVERY;
        write_line(text);
    }
}

void sae_progress_erase(const struct sae_progress_line *line)
{
    if (line->on) {
        write_line("");
    }
}
