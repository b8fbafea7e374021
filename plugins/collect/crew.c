/* SPDX-License-Identifier: MIT */
#include "plugins/collect/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nagios/process.h"

#define MILLISECOND (SAE_SECOND / 1000)
#define GRACE (100 * MILLISECOND)  /* after the limit, until it is killed */
#define FUNERAL (50 * MILLISECOND) /* after that, until nobody waits for it any more */
#define STOP_TIME (5 * SAE_SECOND) /* to end in after SIGTERM */
#define RESERVE_MOST (10 * SAE_SECOND)
enum { RESERVE_PART = 10 }; /* of the limit, kept back from the budget for saving */

struct worker {
    pid_t pid; /* 0: nobody */
    size_t job;
    int fd; /* of its result, -1 after its end */
    char *result;
    size_t got;
    int64_t limit;
    int64_t deadline; /* monotonic; when it is killed, then when nobody waits any more */
    bool stopped;     /* the deadline is that of SIGTERM */
    bool killed;
    int status; /* of waitpid() */
};

struct state {
    const struct sae_crew *crew;
    struct worker *workers; /* at_once of them */
    struct pollfd *polled;
    char *results;
    size_t next, running;
    bool stopping;
    sigset_t outside; /* the signal mask in which signals arrive */
};

static volatile sig_atomic_t told_to_stop;

static void on_stop(int number)
{
    (void)number;
    told_to_stop = 1;
}

/* Its only work is that ppoll() returns. */
static void on_child(int number)
{
    (void)number;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* Signals arrive inside ppoll() and nowhere else, so that none is missed between looking and
 * waiting. */
static void take_signals(struct state *state)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGCHLD};
    sigset_t ours;

    sigprocmask(SIG_SETMASK, NULL, &state->outside);
    ours = state->outside;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaddset(&ours, signals[i]);
        sigdelset(&state->outside, signals[i]);
    }
    sigprocmask(SIG_SETMASK, &ours, NULL);
    handle(SIGTERM, on_stop);
    handle(SIGINT, on_stop);
    handle(SIGCHLD, on_child); /* also where our parent ignored it: children must wait */
}

static void give_signals_back(const struct state *state)
{
    handle(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, &state->outside, NULL);
}

/* ---- in the child ------------------------------------------------------------------- */

/* A crash is told by the parent, in its own line; the result is its only output. */
static void become_quiet(const struct state *state)
{
    static const int ours[] = {SIGCHLD, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        handle(ours[i], SIG_DFL);
    }
    if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0) {
        close(STDOUT_FILENO);
    }
    if (nowhere > STDERR_FILENO) {
        close(nowhere);
    }
    sigprocmask(SIG_SETMASK, &state->outside, NULL);
}

static int64_t reserve(int64_t limit)
{
    int64_t part = limit / RESERVE_PART;

    return part < RESERVE_MOST ? part : RESERVE_MOST;
}

static _Noreturn void be_child(const struct state *state, const struct worker *self,
                               int64_t start, int fd)
{
    const struct sae_crew *crew = state->crew;
    struct sae_budget budget = {.end = start + self->limit - reserve(self->limit),
                                .stop = &told_to_stop};

    for (size_t i = 0; i < crew->at_once; i++) {
        if (state->workers[i].pid != 0 && state->workers[i].fd >= 0) {
            close(state->workers[i].fd);
        }
    }
    become_quiet(state);
    crew->work(crew->arg, self->job, &budget, self->result);
    /* not exit(): what libraries do there could wait for their threads */
    _exit(sae_write_all(fd, self->result, crew->result_size, NULL) == SAE_OK ? 0 : 1);
}

/* ---- beginning ---------------------------------------------------------------------- */

static void tell(const struct state *state, size_t job, const void *result,
                 const char *trouble)
{
    state->crew->ended(state->crew->arg, job, result, trouble);
}

/* False if the system has no room for it. */
static bool start(struct state *state, struct worker *worker)
{
    pid_t parent = getpid();
    int64_t now;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    now = sae_clock_monotonic();
    worker->job = state->next;
    worker->got = 0;
    worker->limit = state->crew->limit(state->crew->arg, worker->job);
    memset(worker->result, 0, state->crew->result_size);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(1); /* it had died before we asked to die with it */
        }
        close(ends[0]);
        be_child(state, worker, now, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    worker->pid = pid;
    worker->fd = ends[0];
    worker->deadline = now + worker->limit + GRACE;
    worker->killed = worker->stopped = false;
    worker->status = 0;
    state->running++;
    state->next++;
    return true;
}

/* A job that cannot be started waits until another one ends; if there is none, it failed. */
static void start_more(struct state *state)
{
    char trouble[SAE_CREW_TROUBLE];

    for (size_t i = 0; i < state->crew->at_once && state->next < state->crew->jobs; i++) {
        if (state->workers[i].pid != 0 || start(state, &state->workers[i])) {
            continue;
        }
        if (state->running == 0) {
            snprintf(trouble, sizeof(trouble), "cannot start a process: %s",
                     strerror(errno));
            tell(state, state->next++, NULL, trouble);
        }
        return;
    }
}

/* ---- waiting ------------------------------------------------------------------------ */

static void wait_for_news(struct state *state)
{
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    int64_t first = INT64_MAX, left;
    struct timespec timeout;

    for (size_t i = 0; i < state->crew->at_once; i++) {
        const struct worker *worker = &state->workers[i];

        state->polled[i] = (struct pollfd){.fd = worker->pid == 0 ? -1 : worker->fd,
                                           .events = POLLIN};
        if (worker->pid != 0 && worker->deadline < first) {
            first = worker->deadline;
        }
    }
    if (state->running == 0) {
        return;
    }
    left = first - sae_clock_monotonic();
    left = left < 0 ? 0 : left;
    timeout = (struct timespec){.tv_sec = (time_t)(left / SAE_SECOND),
                                .tv_nsec = (long)(left % SAE_SECOND) * 100};
    if (ppoll(state->polled, (nfds_t)state->crew->at_once, &timeout, &state->outside) < 0 &&
        errno != EINTR) {
        nanosleep(&pause, NULL);
    }
}

/* ---- ending ------------------------------------------------------------------------- */

static void read_result(const struct sae_crew *crew, struct worker *worker)
{
    while (worker->fd >= 0) {
        ssize_t n = read(worker->fd, worker->result + worker->got,
                         crew->result_size - worker->got);

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        worker->got += n > 0 ? (size_t)n : 0;
        if (n <= 0 || worker->got == crew->result_size) {
            close(worker->fd);
            worker->fd = -1;
        }
    }
}

static void describe_kill(const struct worker *worker, char *text, size_t cap)
{
    if (worker->stopped) {
        snprintf(text, cap, "told to stop, did not end within %lld s, was killed",
                 (long long)(STOP_TIME / SAE_SECOND));
    } else {
        snprintf(text, cap,
                 "hung, killed at its time limit of %lld s: is there a name server, proxy or "
                 "disk that does not answer?",
                 (long long)(worker->limit / SAE_SECOND));
    }
}

static void describe_end(const struct worker *worker, char *text, size_t cap)
{
    if (worker->killed) {
        describe_kill(worker, text, cap);
    } else if (WIFSIGNALED(worker->status) && WTERMSIG(worker->status) == SIGKILL) {
        snprintf(text, cap, "killed by signal 9: is there enough memory?");
    } else if (WIFSIGNALED(worker->status)) {
        snprintf(text, cap, "ended by signal %d, please report it",
                 WTERMSIG(worker->status));
    } else {
        snprintf(text, cap, "ended with code %d and no result, please report it",
                 WEXITSTATUS(worker->status));
    }
}

/* What hung after its whole result was there has done its work. */
static bool result_stands(const struct sae_crew *crew, const struct worker *worker)
{
    return worker->got == crew->result_size &&
           (worker->killed || worker->status == 0);
}

static void finish(struct state *state, struct worker *worker)
{
    char trouble[SAE_CREW_TROUBLE];

    read_result(state->crew, worker);
    if (worker->fd >= 0) {
        close(worker->fd);
    }
    worker->pid = 0;
    state->running--;
    if (result_stands(state->crew, worker)) {
        tell(state, worker->job, worker->result, NULL);
    } else {
        describe_end(worker, trouble, sizeof(trouble));
        tell(state, worker->job, NULL, trouble);
    }
}

static void see_who_ended(struct state *state)
{
    for (size_t i = 0; i < state->crew->at_once; i++) {
        struct worker *worker = &state->workers[i];

        if (worker->pid == 0) {
            continue;
        }
        read_result(state->crew, worker);
        if (waitpid(worker->pid, &worker->status, WNOHANG) != 0) {
            finish(state, worker);
        }
    }
}

/* One that cannot even be killed, in a file system that hangs, is left to the system. */
static void keep_deadlines(struct state *state)
{
    int64_t now = sae_clock_monotonic();

    for (size_t i = 0; i < state->crew->at_once; i++) {
        struct worker *worker = &state->workers[i];

        if (worker->pid == 0 || now < worker->deadline) {
            continue;
        }
        if (worker->killed) {
            finish(state, worker);
        } else {
            kill(worker->pid, SIGKILL);
            worker->killed = true;
            worker->deadline = now + FUNERAL;
        }
    }
}

static void stop(struct state *state)
{
    int64_t end = sae_clock_monotonic() + STOP_TIME;

    state->stopping = true;
    for (size_t i = 0; i < state->crew->at_once; i++) {
        struct worker *worker = &state->workers[i];

        if (worker->pid == 0 || worker->killed) {
            continue;
        }
        kill(worker->pid, SIGTERM);
        if (end < worker->deadline) {
            worker->deadline = end;
            worker->stopped = true;
        }
    }
    while (state->next < state->crew->jobs) {
        tell(state, state->next++, NULL, "told to stop before its turn");
    }
}

static void run(struct state *state)
{
    while (state->next < state->crew->jobs || state->running > 0) {
        start_more(state);
        wait_for_news(state);
        see_who_ended(state);
        if (told_to_stop && !state->stopping) {
            stop(state);
        }
        keep_deadlines(state);
    }
}

enum sae_status sae_crew_run(const struct sae_crew *crew, struct sae_err *err)
{
    struct state state = {.crew = crew};
    enum sae_status status = SAE_OK;

    state.workers = calloc(crew->at_once, sizeof(*state.workers));
    state.polled = calloc(crew->at_once, sizeof(*state.polled));
    state.results = calloc(crew->at_once, crew->result_size);
    if (state.workers == NULL || state.polled == NULL || state.results == NULL) {
        status = sae_fail(err, SAE_E_NOMEM, "out of memory");
    } else {
        for (size_t i = 0; i < crew->at_once; i++) {
            state.workers[i].result = state.results + i * crew->result_size;
        }
        take_signals(&state);
        run(&state);
        give_signals_back(&state);
    }
    free(state.results);
    free(state.polled);
    free(state.workers);
    return status;
}
