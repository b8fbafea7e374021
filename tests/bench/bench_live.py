#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""bench_live.py COLLECT CONF CA URL FOLDER PAIRS NAME: pairs of smtp_auth_collect and curl, in
turn. Ratios are medians of the ratios of the pairs. For bench_live.sh."""
import os
import re
import statistics
import subprocess
import sys
import time


class Run:
    """One process with its children: wall and CPU seconds, peak memory, what it printed."""

    def __init__(self, argv):
        start = time.monotonic()
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.out = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss
        if process.returncode != 0:
            sys.exit("%s ended with %d: %s" % (argv[0], process.returncode, self.out))


def median(pairs, of):
    return statistics.median(of(ours, theirs) for ours, theirs in pairs)


def main():
    collect, conf, authority, url, folder, count, name = sys.argv[1:]
    names = sorted(os.listdir(folder))
    size = sum(os.path.getsize(os.path.join(folder, one)) for one in names)
    ours = [collect, "--config", conf, "--tenant", "bench", "--fresh"]
    theirs = ["curl", "-s", "-f", "--http2", "--cacert", authority,
              "%sp[0000-%s].json" % (url, names[-1][1:5]), "-o", "/dev/null"]
    first = Run(ours)
    Run(theirs)
    pairs = [(Run(ours), Run(theirs)) for _ in range(int(count))]
    found = {re.search(r"(\d+) mailboxes", run.out).group(1) for run, _ in pairs}
    print("%-11s %5.1f MB  wall %.3f : %.3f s = %.2f   CPU %.3f : %.3f s = %.2f   "
          "peak %.1f MiB   found %s   first run %.2f s wall, %.2f s CPU, %.1f MiB"
          % (name, size / 1e6, median(pairs, lambda a, b: a.wall),
             median(pairs, lambda a, b: b.wall), median(pairs, lambda a, b: a.wall / b.wall),
             median(pairs, lambda a, b: a.cpu), median(pairs, lambda a, b: b.cpu),
             median(pairs, lambda a, b: a.cpu / b.cpu),
             max(run.peak for run, _ in pairs) / 1024, " ".join(sorted(found)),
             first.wall, first.cpu, first.peak / 1024), flush=True)


main()
