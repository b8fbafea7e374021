# SPDX-License-Identifier: MIT
"""Makes every trigger of a tenant's host fire and clear, by snapshots with chosen numbers.

    zabbix_walk.py HOST TENANT CONFIG SNAPSHOT

Wants ZABBIX_URL, SAE_SRC and SAE_BIN. Prints each step, and WRONG where Zabbix does not do as the
template promises; the last line counts. The trigger for silence is tried elsewhere: it takes time.
"""
import os
import subprocess
import sys
import time

import world
from zabbix_api import Zabbix

WAIT = 60  # seconds for Zabbix to agree
HOST, TENANT, CONFIG, SNAPSHOT = sys.argv[1:]
DAY = 86400
UNTRIED = {"SMTP AUTH: no answer"}


def table():
    with open(os.path.join(os.environ["SAE_SRC"], "tests/vectors/metrics.tsv")) as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line[0] != "#"]
    return {name: (warn, crit) for name, _, warn, crit in rows}


def bound(limit):
    """The number itself, and what is just beyond it."""
    number = int(limit.rstrip(":"))
    return number, number - 1 if limit.endswith(":") else number + 1


def calm_numbers():
    """Every metric is known, and none beyond its limit."""
    calm = {}
    for name, (warn, crit) in table().items():
        limit = warn if warn != "-" else crit
        calm[name] = 0 if limit == "-" else 100 if limit == "30:" else bound(limit)[0] if "age" not in limit else None
    calm.update(mbx_all=17, mbx_enabled=0, mbx_disabled=16, mbx_inherit=1, mbx_unknown=0, retirement_left=40)
    return {name: value for name, value in calm.items() if value is not None}


def beyond(level, calm):
    numbers = dict(calm)
    for name, limits in table().items():
        limit = limits[level]
        if limit != "-" and "age" not in limit:
            numbers[name] = bound(limit)[1]
    if level == 1:
        numbers["retirement_left"] = 10
    return numbers


class Walk:
    def __init__(self):
        self.api = Zabbix()
        self.good = world.load(SNAPSHOT)
        self.wrong = 0
        self.fired, self.cleared = set(), set()
        self.before = set()

    def publish(self, numbers, ages=(0, 0), note="", part_ok=True):
        """Ages in seconds: of the sign-ins, of the posture."""
        root = world.json.loads(world.json.dumps(self.good))
        now = int(time.time())
        root["time"] = now
        for name, part in root["parts"].items():
            part["time"] = part["attempt"] = now - ages[0 if name == "signins" else 1]
            if numbers.get("collect_ok") == 0 and name == "tenant":
                part.update(ok=False, error={"code": "io", "text": "tried on purpose"})
        root.update(metrics=numbers, at_least=[], why={}, note=note)
        world.replace(SNAPSHOT, root)

    def check(self):
        return subprocess.run([os.environ["SAE_BIN"] + "/check_smtp_auth", "--config", CONFIG, "--tenant", TENANT],
                              stdout=subprocess.DEVNULL).returncode

    def raised(self):
        return {t["description"] for t in self.api.triggers(HOST) if t["value"] == "1"}

    def expect(self, step, names, only=False, shown=None):
        """Waits until these triggers are raised, and no others if `only`; what the page of problems shows of them is
        as bad as the check says."""
        until = time.time() + WAIT
        while True:
            raised, state, check = self.raised(), self.api.state(HOST), self.check()
            problems = self.api.shown(HOST) if shown is not None else []
            ok = names <= raised and (not only or raised == names) and state == check and \
                (shown is None or len(problems) == shown)
            if ok or time.time() > until:
                break
            time.sleep(.3)
        self.fired |= raised - self.before
        self.cleared |= self.before - raised
        self.before = raised
        if ok:
            print("%-44s %3d triggers raised, state %d" % (step, len(raised), state))
            return
        self.wrong += 1
        print("WRONG: %s: state %d, the check says %d; missing: %s; too much: %s; shown: %s" %
              (step, state, check, sorted(names - raised), sorted(raised - names) if only else "", problems))

    def expect_values(self):
        until = time.time() + WAIT
        while True:
            items = [item["key_"] for item in self.api.items(HOST) if item["lastclock"] == "0" or item["state"] == "1"]
            if not items or time.time() > until:
                break
            time.sleep(.3)
        print("every item has a value" if not items else "WRONG: items without a value: %s" % items)
        self.wrong += len(items)

    def summary(self):
        every = {t["description"] for t in self.api.triggers(HOST) if "finding" not in t["description"]} - UNTRIED
        for what, seen in (("fired", self.fired), ("cleared", self.cleared)):
            never = every - seen
            if never:
                self.wrong += 1
                print("WRONG: never %s: %s" % (what, sorted(never)))
        print("%d of %d triggers fired and %d cleared, %d steps wrong" %
              (len(every & self.fired), len(every), len(every & self.cleared), self.wrong))
        return 1 if self.wrong else 0


def limit_triggers(level):
    words = "limit" if level == 0 else "critical limit"
    return {"SMTP AUTH: %s beyond its %s" % (name, words)
            for name, limits in table().items() if limits[level] != "-" and "age" not in limits[level]}


def main():
    walk = Walk()
    calm = calm_numbers()
    limit = 36 * 3600  # exported files
    walk.publish(calm)
    walk.expect("all numbers known, none beyond its limit", set(), only=True)
    walk.expect_values()
    walk.publish(beyond(0, calm))
    walk.expect("all beyond the limit", limit_triggers(0))
    walk.publish(beyond(1, calm))
    walk.expect("all beyond the critical limit", limit_triggers(1))
    walk.publish(calm)
    walk.expect("calm again", set(), only=True)
    for what, ages in (("sign-ins", (1, 0)), ("switch and mailboxes", (0, 1)), ("all data", (1, 1))):
        for times, words in ((1, "too old"), (4, "far too old")):
            late = times * limit + 60
            walk.publish(calm, ages=(ages[0] * late, ages[1] * late))
            walk.expect("%s %s" % (what, words), {"SMTP AUTH: %s %s" % (what, words)}, shown=1)
        walk.publish(calm)
        walk.expect("calm again", set(), only=True)
    walk.publish({name: n for name, n in calm.items() if name not in ("mbx_exposed", "breach_users")})
    walk.expect("two numbers not known", {"SMTP AUTH: numbers not known"}, only=True)
    walk.publish(calm, note="allow.csv line 3: tried on purpose")
    walk.expect("a notice", {"SMTP AUTH: notice"}, only=True)
    os.rename(SNAPSHOT, SNAPSHOT + ".away")
    walk.expect("no snapshot", {"SMTP AUTH: error"}, shown=1)
    os.rename(SNAPSHOT + ".away", SNAPSHOT)
    walk.publish(calm)
    walk.expect("calm again", set(), only=True)
    walk.publish(dict(calm, breach_users=1))
    walk.expect("one number beyond its limit", {"SMTP AUTH: breach_users beyond its critical limit"}, only=True)
    walk.publish({name: n for name, n in calm.items() if name != "breach_users"}, ages=(limit + 60, limit + 60))
    walk.expect("then nothing is known any more", {"SMTP AUTH: breach_users beyond its critical limit",
                                                   "SMTP AUTH: all data too old"}, shown=1)
    walk.publish(calm)
    walk.expect("calm again", set(), only=True)
    return walk.summary()


if __name__ == "__main__":
    sys.exit(main())
