/* SPDX-License-Identifier: MIT */
/* bench_check ROUNDS COMMAND ... --- COMMAND ...
 *
 * What one start of each command costs: they run in turn, so that what else the machine does
 * falls on all alike. Prints the median of wall and CPU time and the ratio to the first
 * command, best and worst of ten slices beside it. Output goes to /dev/null. */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

enum { MOST_COMMANDS = 16, MOST_ROUNDS = 100000, WARM_UP = 5 };

struct command {
    char **argv;
    double *wall, *cpu; /* microseconds, one for each round */
    long peak;          /* KiB */
    int code;
};

static double to_us(long seconds, long us)
{
    return (double)seconds * 1e6 + (double)us;
}

static double now_us(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return to_us(at.tv_sec, 0) + (double)at.tv_nsec / 1e3;
}

/* Runs the command once; round < 0: not kept. */
static void run_once(struct command *cmd, posix_spawn_file_actions_t *quiet, int round)
{
    double start = now_us();
    struct rusage usage;
    int status;
    pid_t pid;

    if (posix_spawn(&pid, cmd->argv[0], quiet, NULL, cmd->argv, environ) != 0 ||
        wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status)) {
        fprintf(stderr, "bench_check: %s does not run\n", cmd->argv[0]);
        exit(1);
    }
    if (round < 0) {
        return;
    }
    cmd->wall[round] = now_us() - start;
    cmd->cpu[round] = to_us(usage.ru_utime.tv_sec, usage.ru_utime.tv_usec) +
                      to_us(usage.ru_stime.tv_sec, usage.ru_stime.tv_usec);
    cmd->peak = usage.ru_maxrss > cmd->peak ? usage.ru_maxrss : cmd->peak;
    cmd->code = WEXITSTATUS(status);
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(const double *values, int count)
{
    double *sorted = malloc((size_t)count * sizeof(*sorted)), result;

    if (sorted == NULL) {
        exit(1);
    }
    memcpy(sorted, values, (size_t)count * sizeof(*sorted));
    qsort(sorted, (size_t)count, sizeof(*sorted), compare);
    result = sorted[count / 2];
    free(sorted);
    return result;
}

static void print(const struct command *first, const struct command *cmd, int rounds)
{
    double best = 1e9, worst = 0, wall = median(cmd->wall, rounds);
    const char *slash = strrchr(cmd->argv[0], '/');

    for (int slice = 0; slice < 10 && rounds >= 10; slice++) {
        int n = rounds / 10;
        double ratio = median(cmd->wall + slice * n, n) / median(first->wall + slice * n, n);

        best = ratio < best ? ratio : best;
        worst = ratio > worst ? ratio : worst;
    }
    printf("%-26s wall %6.0f us  CPU %6.0f us  %5ld KiB  exit %d  ratio %.2f [%.2f-%.2f]\n",
           slash == NULL ? cmd->argv[0] : slash + 1, wall, median(cmd->cpu, rounds), cmd->peak,
           cmd->code, wall / median(first->wall, rounds), best, worst);
}

static void make_quiet(posix_spawn_file_actions_t *quiet)
{
    posix_spawn_file_actions_init(quiet);
    for (int fd = 0; fd < 3; fd++) {
        posix_spawn_file_actions_addopen(quiet, fd, "/dev/null", O_RDWR, 0);
    }
}

int main(int argc, char **argv)
{
    struct command commands[MOST_COMMANDS] = {0};
    posix_spawn_file_actions_t quiet;
    int count = 0, rounds = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0;

    if (rounds < 1 || rounds > MOST_ROUNDS) {
        fprintf(stderr, "usage: bench_check ROUNDS COMMAND [--- COMMAND]...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        bool begins = i == 2 || argv[i - 1] == NULL;

        if (strcmp(argv[i], "---") == 0) {
            argv[i] = NULL;
        } else if (begins && count < MOST_COMMANDS) {
            commands[count++] = (struct command){
                .argv = &argv[i],
                .wall = calloc((size_t)rounds, sizeof(double)),
                .cpu = calloc((size_t)rounds, sizeof(double)),
            };
        }
    }
    make_quiet(&quiet);
    for (int round = -WARM_UP; round < rounds; round++) {
        for (int c = 0; c < count; c++) {
            run_once(&commands[c], &quiet, round);
        }
    }
    for (int c = 0; c < count; c++) {
        print(&commands[0], &commands[c], rounds);
    }
    for (int c = 0; c < count; c++) {
        free(commands[c].wall);
        free(commands[c].cpu);
    }
    posix_spawn_file_actions_destroy(&quiet);
    return 0;
}
