"""Sends probes and notes every sign of them anywhere in the lab; what the signs mean is judged by the one who asked."""
import errno
import os
import random
import socket
import struct

from . import packets
from .namespace import IP_TRANSPARENT, close_with_reset

IPV6_TRANSPARENT = 75
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ, TCP_INFO = 19, 20, 21, 11
REPAIR_OFF_WITHOUT_PROBE, SEND_QUEUE, ESTABLISHED = -1, 2, 1
SOURCE_PORTS = range(20000, 60000)
TURN_EVERY = 16


class Pending:
    """One probe that is under way."""

    def __init__(self, probe, number, namespace):
        self.probe, self.number, self.namespace = probe, number, namespace
        self.signs = []
        self.error = None
        self.connected = False
        self.connection = None
        self.source = self.source_port = None
        self.delivered = self.answered = False


class Prober:
    def __init__(self, namespaces, loop):
        self.namespaces, self.loop = namespaces, loop
        self.next_number = random.getrandbits(16) << 16
        self.next_port = random.choice(SOURCE_PORTS)
        self.pending = {}
        self.unanswered = 0
        self.routes = {}
        self.watched, self.listened = set(), set()

    # ---- asking

    def run(self, probes, quiet, limit):
        """The signs of a batch of probes, in order."""
        batch = [self._prepare(probe) for probe in probes]
        self.pending = {one.number: one for one in batch}
        self.unanswered = len(batch)
        self.routes = {}
        for place, one in enumerate(batch):
            try:
                self._send(one)
            except OSError as error:
                one.error = errno.errorcode.get(error.errno, "%s" % error.errno)
            if place % TURN_EVERY == TURN_EVERY - 1:
                self.loop.turn(0)
        self.loop.settle(quiet, limit, lambda: self.unanswered == 0)
        for one in batch:
            self._finish(one)
        self.pending = {}
        return [_result(one) for one in batch]

    def _prepare(self, probe):
        namespace = self.namespaces[probe["namespace"]]
        self.next_number = (self.next_number + 16) & 0xFFFFFFFF or 16
        one = Pending(probe, self.next_number, namespace)
        if probe["protocol"] in (packets.TCP, packets.UDP, packets.SCTP):
            one.source_port = probe.get("sourcePort") or self._fresh_port()
        if probe["protocol"] not in (packets.TCP, packets.UDP, packets.ICMP, packets.ICMPV6):
            self._watch_everywhere(probe["protocol"])
        if probe["mode"] == "socket" and probe["protocol"] in (packets.TCP, packets.UDP):
            self.listen_everywhere("tcp" if probe["protocol"] == packets.TCP else "udp", probe["destinationPort"])
        return one

    def _watch_everywhere(self, protocol):
        if protocol in self.watched:
            return
        self.watched.add(protocol)
        for namespace in self.namespaces.values():
            for family in (socket.AF_INET, socket.AF_INET6):
                namespace.watch_protocol(self.loop, self.seen, family, protocol)

    def listen_everywhere(self, protocol, port):
        """Accepts connections ("tcp") or datagrams ("udp") to a port in every namespace."""
        if (protocol, port) in self.listened:
            return
        self.listened.add((protocol, port))
        for namespace in self.namespaces.values():
            namespace.listen(self.loop, protocol, port)

    def _fresh_port(self):
        self.next_port += 1
        if self.next_port not in SOURCE_PORTS:
            self.next_port = SOURCE_PORTS.start
        return self.next_port

    def _send(self, one):
        probe = one.probe
        if probe["mode"] == "socket" and probe["protocol"] in (packets.TCP, packets.UDP):
            self._send_by_socket(one)
            return
        one.source = probe.get("source") or self._source_for(one.namespace, probe["destination"])
        source, destination = _bytes(one.source), _bytes(probe["destination"])
        body = packets.transport({**probe, "sourcePort": one.source_port}, one.number, source, destination)
        data = packets.packet(source, destination, probe["protocol"], body, probe.get("ttl", 64))
        frame = probe.get("frame")
        if frame is None:
            one.namespace.send(destination, data)
        else:
            one.namespace.send_frame(frame["interface"], frame["destinationMac"], frame["sourceMac"], data)

    def _source_for(self, namespace, destination):
        key = (namespace.name, destination)
        if key not in self.routes:
            self.routes[key] = namespace.netlink.source_for(destination)
        chosen = self.routes[key]
        if chosen is None:
            raise OSError(errno.EADDRNOTAVAIL, "no source address for %s" % destination)
        return chosen

    def _send_by_socket(self, one):
        probe = one.probe
        six = ":" in probe["destination"]
        stream = probe["protocol"] == packets.TCP
        kind = (socket.SOCK_STREAM if stream else socket.SOCK_DGRAM) | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
        with one.namespace:
            connection = socket.socket(socket.AF_INET6 if six else socket.AF_INET, kind)
        one.connection = connection
        level, transparent = (socket.IPPROTO_IPV6, IPV6_TRANSPARENT) if six else (socket.IPPROTO_IP, IP_TRANSPARENT)
        if probe.get("source"):
            connection.setsockopt(level, transparent, 1)  # a sender on a wire may have addresses that its kernel does not hold
        if probe.get("ttl"):
            connection.setsockopt(level, socket.IPV6_UNICAST_HOPS if six else socket.IP_TTL, probe["ttl"])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.bind((probe.get("source") or ("::" if six else "0.0.0.0"), one.source_port))
        where = (probe["destination"], probe["destinationPort"])
        if stream:
            _choose_first_sequence(connection, one.number)
            number = connection.connect_ex(where)
            if number not in (0, errno.EINPROGRESS):
                raise OSError(number, os.strerror(number))
            one.source = connection.getsockname()[0]
        else:
            connection.connect(where)
            one.source = connection.getsockname()[0]
            connection.send(packets.payload(one.number))

    def _finish(self, one):
        connection = one.connection
        if connection is None:
            return
        if one.error is None:
            number = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number:
                one.error = errno.errorcode.get(number, "%d" % number)
            elif connection.type == socket.SOCK_STREAM:
                one.connected = connection.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 8)[0] == ESTABLISHED
        close_with_reset(connection)

    # ---- seeing

    def seen(self, namespace, packet, interface):
        """Called for every packet that any namespace delivers: notes it when it belongs to a probe, and answers requests."""
        for number in packet.numbers:
            one = self.pending.get(number & ~15)
            if one is not None:
                break
        else:
            return
        role = _role(one, packet)
        one.signs.append(_sign(role, namespace, packet, interface))
        if role == "request":
            self._answer(one, namespace, packet)
        before = one.delivered and one.answered
        one.delivered |= role == "request"
        one.answered |= role == "answer" and namespace is one.namespace
        self.unanswered -= one.delivered and one.answered and not before

    def _answer(self, one, namespace, packet):
        """What the kernel does not answer by itself: datagrams, SCTP and protocols without ports."""
        source, destination, ports = packet.destination, packet.source, (packet.destination_port, packet.source_port)
        if packet.protocol == packets.UDP:
            body = packets.udp(one.number, source, destination, *ports, answer=True)
        elif packet.protocol == packets.SCTP:
            body = packets.sctp(one.number, *ports, answer=True)
        elif packet.protocol in (packets.TCP, packets.ICMP, packets.ICMPV6):
            return
        else:
            body = packets.other(one.number, answer=True)
        try:
            namespace.send(destination, packets.packet(source, destination, packet.protocol, body, 64))
        except OSError:
            pass  # no way back: the missing answer says so


def _choose_first_sequence(connection, number):
    """Makes the connection start with the probe's number, so that its packets can be told from all others."""
    connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, SEND_QUEUE)
    connection.setsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ, struct.pack("=I", number))
    connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_OFF_WITHOUT_PROBE)


def _role(one, packet):
    """`request`: the probe itself; `error`: an ICMP error about it; `answer`: anything else that carries its number."""
    if packet.inner is not None:
        return "error"
    if packet.protocol != one.probe["protocol"]:
        return "answer"
    if packet.protocol == packets.TCP:
        expected = one.probe.get("tcpFlags", packets.SYN)
        flags = packet.flags if one.probe["mode"] == "crafted" else (packet.flags or 0) & 0x3F
        return "request" if packet.numbers[0] == one.number and flags == expected else "answer"
    if packet.protocol in (packets.ICMP, packets.ICMPV6):
        return "request" if packet.type == one.probe["type"] else "answer"
    return "answer" if packet.answer else "request"


def _sign(role, namespace, packet, interface):
    sign = {
        "role": role,
        "namespace": namespace.name,
        "interface": interface,
        "protocol": packet.protocol,
        "source": packets.text(packet.source),
        "destination": packets.text(packet.destination),
        "ttl": packet.ttl,
    }
    for name, value in (
        ("sourcePort", packet.source_port),
        ("destinationPort", packet.destination_port),
        ("tcpFlags", packet.flags),
        ("type", packet.type),
        ("code", packet.code),
    ):
        if value is not None:
            sign[name] = value
    if packet.inner is not None:
        sign["about"] = _inner(packet.inner)
    return sign


def _inner(packet):
    about = {"source": packets.text(packet.source), "destination": packets.text(packet.destination)}
    if packet.source_port is not None:
        about.update(sourcePort=packet.source_port, destinationPort=packet.destination_port)
    return about


def _result(one):
    result = {"signs": one.signs, "connected": one.connected}
    for name, value in (("source", one.source), ("sourcePort", one.source_port), ("error", one.error)):
        if value is not None:
            result[name] = value
    return result


def _bytes(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
