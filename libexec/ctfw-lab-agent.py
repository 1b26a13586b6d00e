#!/usr/bin/env python3
"""The kernel lab's agent: one process that owns the namespaces of one lab, driven by JSON lines.

    ctfw-lab-agent.py serve                        standard input: one request a line; standard output: one answer a line
    ctfw-lab-agent.py enter PID FD MOUNTS UTS USERNS CMD ...  runs CMD in a namespace that the agent PID holds as its descriptor FD

The namespaces have no names: they exist as long as the agent holds their descriptors, so nothing of a lab outlives it,
however it ends. It ends when standard input ends, unless it was told to `detach`.

Every request is `{"id": N, "op": OP, ...}` and has one answer: `{"id": N, "ok": true, "result": ...}` or
`{"id": N, "ok": false, "error": TEXT}`. Before the first request the agent says `{"event": "ready", "protocol": 1, "pid": PID}`
(PID as seen from outside) or `{"event": "refused", "message": TEXT}`. Addresses are text, sysctl names are paths below
/proc/sys ("net/ipv4/ip_forward").

    build              {namespaces, links, macvlans}: makes the network; the types are WireNamespace, WireLink and WireMacvlan in src/lab/agent-protocol.ts
                       -> {"descriptors": {NAMESPACE: FD}, "places": {NAMESPACE: [FD of mounts, FD of hostname]}}
    move               {namespace, nic, bridge, addresses, routes, pauseMs}: a bridge takes a NIC over -> null
    probe              {probes: [WireProbe], quietMs, limitMs} -> {"results": [WireResult]}, in the order of the probes
    listen             {protocol: "tcp"|"udp", ports}: accepts connections to these ports in every namespace -> null
    exec               {namespace, command, input, timeoutMs} -> {"status", "stdout", "stderr", "timedOut"}
    sysctl             {namespace, values: [[PATH, VALUE, OPTIONAL]]} -> null
    flush-connections  {namespace}: forgets every conntrack entry -> null
    detach             {}: from now on the end of standard input is no longer the end of the lab -> null

Python 3.8 or newer, standard library only, Linux.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from ctfw_lab.agent import main  # noqa: E402  (the path has to be set first)

sys.exit(main(sys.argv[1:]))
