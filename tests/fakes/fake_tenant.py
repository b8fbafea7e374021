#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""Imitates what Microsoft 365 shows to a monitor of SMTP AUTH: login, Exchange admin API,
Graph, the identity service of an Azure machine, and a foreign host that must never be asked.

    fake_tenant.py --dir DIR                 DIR/ca by pki.sh, DIR/world.json (README.md)
    fake_tenant.py --dir DIR --replay DIR2   serves the recorded exchanges in DIR2 instead

Writes DIR/ports.json once all services listen, and DIR/requests.jsonl. Ends on SIGTERM.
"""
import sys

sys.dont_write_bytecode = True

import argparse  # noqa: E402  (after the flag, so that the tree stays clean)
import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

import faults  # noqa: E402
import wire  # noqa: E402
from exchange import Exchange  # noqa: E402
from graph import Graph  # noqa: E402
from login import Identity, Login  # noqa: E402
from replay import Replay  # noqa: E402
from tokens import Mint  # noqa: E402
from world import WorldFile  # noqa: E402

SERVICES = ("login", "exchange", "graph", "evil", "identity")


class Evil:
    """A host that nobody should ask. It answers well, so that asking is not found out by
    accident only."""

    def describe(self, request, _world):
        request.page = 1

    def answer(self, _request, _world):
        return wire.Reply(200, {"value": []})


class App:
    """What all listeners share."""

    def __init__(self, folder, replay):
        self.folder = folder
        self.log = wire.Log(folder + "/requests.jsonl")
        self.book = faults.FaultBook()
        self.world = WorldFile(folder + "/world.json", self.book.adopt)
        self.contexts = {}
        self.lock = threading.Lock()
        self.listeners = {name: wire.Listener(self, name, self.tls_for(name))
                          for name in SERVICES}
        self.ports = {name: listener.port for name, listener in self.listeners.items()}
        mint = Mint(folder)
        self.services = {"login": Login(mint, folder + "/ca"), "exchange": Exchange(mint),
                         "graph": Graph(mint), "identity": Identity(mint), "evil": Evil()}
        if replay:
            player = Replay(replay, self.ports)
            for name in ("login", "exchange", "graph", "identity"):
                self.services[name] = player

    def tls_for(self, service):
        """How to find the certificate for a connection; None is plain HTTP."""
        if service == "identity":
            return None

        def context():
            name = self.world.current().certificate(service)
            with self.lock:
                if name not in self.contexts:
                    self.contexts[name] = wire.tls_context(self.folder + "/ca", name)
                return self.contexts[name]
        return context

    def answer(self, request):
        """(reply, name of the fault that it met or None)"""
        world = self.world.current()
        service = self.services[request.service]
        service.describe(request, world)
        time.sleep(world.latency(request.service))
        fault = self.book.pick(request)
        if fault is None:
            return service.answer(request, world), None
        faults.pause(fault)
        reply = faults.instead(fault, request, self.ports)
        if reply is None:
            reply = service.answer(request, world)
            faults.change(fault, reply, request, self.ports)
        return reply, fault["fault"]

    def serve(self):
        for listener in self.listeners.values():
            threading.Thread(target=listener.serve_forever, daemon=True).start()
        path = self.folder + "/ports.json"
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.ports, file)
        os.replace(path + ".new", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", required=True)
    parser.add_argument("--replay")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    App(arguments.dir, arguments.replay).serve()
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
