/* SPDX-License-Identifier: MIT */
#include "nagios/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

enum { LAST_LINE = 160, CRASH_STACK = 32 * 1024 };

/* One line that a handler writes, prepared while all of libc may still be used. */
struct last_line {
    char text[LAST_LINE];
    size_t len;
    int code;
};

static struct last_line on_timeout, on_stop, on_crash;
static volatile sig_atomic_t output_begun;
static timer_t deadline;
static bool deadline_exists;
static char crash_stack[CRASH_STACK];

static void prepare(struct last_line *line, const char *service, enum sae_state state,
                    const char *what)
{
    int len;

    snprintf(line->text, sizeof(line->text), "%.32s %s - %s", service,
             sae_state_name(state), what);
    sae_text_message(line->text);
    len = (int)strlen(line->text);
    snprintf(line->text + len, sizeof(line->text) - (size_t)len, "\n");
    line->len = strlen(line->text);
    line->code = (int)state;
}

/* Async-signal-safe: write(2) and _exit(2) only. What cannot be written ends as UNKNOWN.
 */
static void end_with(const struct last_line *line)
{
    size_t at = 0;

    if (output_begun) {
        _exit(line->code);
    }
    while (at < line->len) {
        ssize_t n = write(STDOUT_FILENO, line->text + at, line->len - at);

        if (n <= 0 && !(n < 0 && errno == EINTR)) {
            _exit(SAE_STATE_UNKNOWN);
        }
        at += n > 0 ? (size_t)n : 0;
    }
    _exit(line->code);
}

static void handle_timeout(int signo)
{
    (void)signo;
    end_with(&on_timeout);
}

static void handle_stop(int signo)
{
    (void)signo;
    end_with(&on_stop);
}

static void handle_crash(int signo)
{
    (void)signo;
    end_with(&on_crash);
}

/* Only one handler ever runs: all others are blocked meanwhile, and it does not return.
 */
static void handle(int signo, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigfillset(&action.sa_mask);
    sigaction(signo, &action, NULL);
}

/* A descriptor that was closed would be given to the first file opened, and our output
 * would land in that file. Standard output gets a descriptor that cannot be written to,
 * so that the write fails as it would have failed before. */
static void open_missing_descriptors(void)
{
    static const int modes[3] = {O_RDONLY, O_RDONLY, O_WRONLY};

    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd] | O_NOCTTY) != fd) {
            _exit(SAE_STATE_UNKNOWN);
        }
    }
}

static void handle_crashes(void)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    stack_t stack = {.ss_sp = crash_stack, .ss_size = sizeof(crash_stack)};

    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        handle(crashes[i], handle_crash, SA_ONSTACK);
    }
}

void sae_plugin_start(const char *service)
{
    sigset_t ours;

    open_missing_descriptors();
    umask(077);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prepare(&on_stop, service, SAE_STATE_UNKNOWN, "told to stop");
    prepare(&on_crash, service, SAE_STATE_UNKNOWN,
            "internal error, please report it with the command line");
    handle(SIGPIPE, SIG_IGN, 0);
    handle(SIGTERM, handle_stop, 0);
    handle(SIGINT, handle_stop, 0);
    handle_crashes();
    /* a parent may have left us its signal mask, and with it no deadline */
    sigemptyset(&ours);
    sigaddset(&ours, SIGALRM);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigprocmask(SIG_UNBLOCK, &ours, NULL);
}

static void set_deadline(unsigned seconds)
{
    struct itimerspec when = {.it_value.tv_sec = (time_t)seconds};

    timer_settime(deadline, 0, &when, NULL);
}

enum sae_status sae_watchdog_start(unsigned seconds, enum sae_state state,
                                   const char *service, struct sae_err *err)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    char what[64];

    sae_watchdog_stop();
    snprintf(what, sizeof(what), "timed out after %u second%s", seconds,
             seconds == 1 ? "" : "s");
    prepare(&on_timeout, service, state, what);
    handle(SIGALRM, handle_timeout, 0);
    /* monotonic: a step of the wall clock neither shortens nor lengthens the limit */
    if (!deadline_exists && timer_create(CLOCK_MONOTONIC, &event, &deadline) != 0) {
        return sae_fail(err, SAE_E_IO, "no timer for the time limit: %s",
                        strerror(errno));
    }
    deadline_exists = true;
    set_deadline(seconds);
    return SAE_OK;
}

void sae_watchdog_stop(void)
{
    if (deadline_exists) {
        set_deadline(0);
    }
}

/* Somebody made the pipe non-blocking: wait, the watchdog is the limit. */
static bool may_go_on(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLOUT};

    if (errno == EINTR) {
        return true;
    }
    return errno == EAGAIN && (poll(&poller, 1, -1) >= 0 || errno == EINTR);
}

enum sae_status sae_write_all(int fd, const char *data, size_t len, struct sae_err *err)
{
    if (fd == STDOUT_FILENO) {
        output_begun = 1;
    }
    for (size_t at = 0; at < len;) {
        ssize_t n = write(fd, data + at, len - at);

        if (n > 0) {
            at += (size_t)n;
        } else if (n == 0 || !may_go_on(fd)) {
            return sae_fail(err, SAE_E_IO, "cannot write the output: %s",
                            n == 0 ? "nothing was taken" : strerror(errno));
        }
    }
    return SAE_OK;
}
