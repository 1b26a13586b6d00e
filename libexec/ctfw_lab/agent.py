"""Reads requests, does them, answers: the protocol is described in ctfw-lab-agent.py."""
import json
import os
import resource
import sys
from collections import deque

from . import netlink, sandbox
from .build import build, move_steps
from .commands import Commands
from .loop import Loop
from .probes import Prober

PROTOCOL = 1


def main(arguments):
    if arguments[:1] == ["enter"] and len(arguments) >= 7:
        return sandbox.run_inside(arguments[1:])
    if arguments != ["serve"]:
        sys.stderr.write("usage: ctfw-lab-agent.py serve | enter PID FD MOUNTS UTS USERNS CMD...\n")
        return 2
    os.environ["PATH"] = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"  # where nft is, whatever the user's PATH says
    try:
        outside_pid, lifeline = sandbox.enter()
    except OSError as error:
        _say({"event": "refused", "message": str(error)})
        return 3
    return Agent(outside_pid, lifeline).run()


def _say(value):
    data = (json.dumps(value, separators=(",", ":")) + "\n").encode()
    while data:
        data = data[os.write(1, data):]


class Agent:
    def __init__(self, outside_pid, lifeline):
        self.outside_pid = outside_pid
        self.loop = Loop()
        self.commands = Commands(self.loop)
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.namespaces = {}
        self.indexes = None
        self.prober = Prober(self.namespaces, self.loop)
        self.waiting = deque()
        self.unread = b""
        self.ended = self.detached = False
        self.loop.add(0, self._read)
        self.loop.add(lifeline, self._end)

    def run(self):
        """Serves until the end of standard input; leaving releases every namespace."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        _raise_loopback()
        try:
            _say({"event": "ready", "protocol": PROTOCOL, "pid": self.outside_pid})
            while not self.ended:
                self.loop.turn(self.commands.next_deadline())
                self.commands.stop_late_ones()
                while self.waiting and not self.ended:
                    self._serve(self.waiting.popleft())
        except BrokenPipeError:
            pass  # nobody listens any more
        return 0

    def _end(self):
        self.ended = True

    def _read(self):
        data = os.read(0, 1 << 20)
        if not data:
            self.loop.remove(0)
            self.ended = not self.detached
            return
        *lines, self.unread = (self.unread + data).split(b"\n")
        self.waiting.extend(lines)

    def _serve(self, line):
        number = None
        try:
            request = json.loads(line)
            number = request["id"]
            OPERATIONS[request["op"]](self, request, self._answerer(number))
        except (OSError, KeyError, TypeError, ValueError) as error:
            text = str(error) if isinstance(error, OSError) else "%s: %s" % (type(error).__name__, error)
            _say({"id": number, "ok": False, "error": text})

    def _answerer(self, number):
        return lambda result: _say({"id": number, "ok": True, "result": result})

    # ---- operations

    def _build(self, request, answer):
        if self.namespaces:
            raise ValueError("this agent has built its lab")
        namespaces, self.indexes = build(request, self.home, self.loop, self.prober.seen)
        self.namespaces.update(namespaces)
        places = {name: namespace.place for name, namespace in self.namespaces.items() if namespace.place is not None}
        answer(
            {
                "descriptors": {name: namespace.descriptor for name, namespace in self.namespaces.items()},
                "places": {name: [place.mounts, place.hostname] for name, place in places.items()},
            }
        )

    def _move(self, request, answer):
        namespace = self.namespaces[request["namespace"]]
        for step in move_steps(namespace, request, self.indexes):
            namespace.netlink.change(step)
            self.loop.settle(request["pauseMs"] / 1000, request["pauseMs"] / 1000, lambda: False)
        answer(None)

    def _probe(self, request, answer):
        answer({"results": self.prober.run(request["probes"], request["quietMs"] / 1000, request["limitMs"] / 1000)})

    def _listen(self, request, answer):
        for port in request["ports"]:
            self.prober.listen_everywhere(request["protocol"], port)
        answer(None)

    def _exec(self, request, answer):
        self.commands.start(self.namespaces[request["namespace"]], request, answer)

    def _sysctl(self, request, answer):
        self.namespaces[request["namespace"]].set_sysctls(request["values"])
        answer(None)

    def _flush_connections(self, request, answer):
        with self.namespaces[request["namespace"]]:
            netlink.flush_connections()
        answer(None)

    def _detach(self, request, answer):
        self.detached = True
        answer(None)


OPERATIONS = {
    "build": Agent._build,
    "move": Agent._move,
    "probe": Agent._probe,
    "listen": Agent._listen,
    "exec": Agent._exec,
    "sysctl": Agent._sysctl,
    "flush-connections": Agent._flush_connections,
    "detach": Agent._detach,
}


def _raise_loopback():
    """The agent's own namespace needs its loopback for settling; see Loop."""
    client = netlink.Netlink()
    client.change([netlink.link_up(1)])
    client.close()
