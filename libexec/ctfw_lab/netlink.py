"""A small rtnetlink client: links, addresses, routes, rules and neighbours of the namespace in which it was opened."""
import errno
import os
import socket
import struct

NETLINK_ROUTE, NETLINK_NETFILTER = 0, 12
SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 270, 10, 11
ERROR, DONE = 2, 3
REQUEST, ACK, REPLACE, EXCL, CREATE, APPEND, DUMP = 1, 4, 0x100, 0x200, 0x400, 0x800, 0x300
NEWLINK, DELLINK, GETLINK, SETLINK, NEWADDR, DELADDR, NEWROUTE, GETROUTE, NEWNEIGH, NEWRULE, DELRULE = 16, 17, 18, 19, 20, 21, 24, 26, 28, 32, 33
TABLE_MAIN, TABLE_LOCAL = 254, 255
UNICAST, LOCAL = 1, 2
SCOPE_UNIVERSE, SCOPE_LINK, SCOPE_HOST = 0, 253, 254
ONLINK = 4
UP = 1
AF_BRIDGE = 7


def attribute(kind, data):
    if isinstance(data, int):
        data = struct.pack("=I", data)
    elif isinstance(data, str):
        data = data.encode() + b"\0"
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + b"\0" * (-size % 4)


def nested(kind, *attributes):
    return attribute(kind | 0x8000, b"".join(attributes))


def attributes(data):
    """The attributes in a piece of message, by number."""
    found = {}
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if size < 4:
            break
        found[kind & 0x3FFF] = data[4:size]
        data = data[(size + 3) & ~3:]
    return found


def packed(address):
    """(family, bytes) of an address text."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.inet_pton(family, address)


def unpacked(data):
    return socket.inet_ntop(socket.AF_INET6 if len(data) == 16 else socket.AF_INET, data)


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def _link_header(index=0, flags=0, change=0):
    return struct.pack("=BxHiII", 0, 0, index, flags, change)


class Message:
    """One request; `about` names it in errors."""

    def __init__(self, kind, flags, body, about):
        self.kind, self.flags, self.body, self.about = kind, flags, body, about


def bridge(name, index, mac, mtu):
    data = nested(2, attribute(5, 0), attribute(23, b"\0"))  # spanning tree off, no multicast snooping
    body = _link_header(index) + attribute(3, name) + attribute(1, mac_bytes(mac)) + attribute(4, mtu)
    return Message(NEWLINK, CREATE | EXCL, body + nested(18, attribute(1, "bridge"), data), "bridge %s" % name)


def veth(end, peer, peer_namespace, mtu):
    """A pair; each end is (name, index, mac). The peer appears in the namespace of the descriptor."""
    describe = lambda part: attribute(3, part[0]) + attribute(1, mac_bytes(part[2])) + attribute(4, mtu)
    other = _link_header(peer[1]) + describe(peer) + attribute(28, peer_namespace)
    body = _link_header(end[1]) + describe(end) + nested(18, attribute(1, "veth"), nested(2, attribute(1, other)))
    return Message(NEWLINK, CREATE | EXCL, body, "link %s - %s" % (end[0], peer[0]))


def macvlan(name, index, mac, mtu, parent_index, namespace):
    """A device on the NIC with this index, in the namespace of the descriptor; devices on one NIC reach each other (mode bridge)."""
    describe = attribute(3, name) + attribute(1, mac_bytes(mac)) + attribute(4, mtu) + attribute(5, parent_index) + attribute(28, namespace)
    body = _link_header(index) + describe + nested(18, attribute(1, "macvlan"), nested(2, attribute(1, 4)))
    return Message(NEWLINK, CREATE | EXCL, body, "macvlan %s" % name)


def bridge_port(index, bridge_index, hairpin):
    port = nested(18, attribute(4, "bridge"), nested(5, attribute(4, b"\1" if hairpin else b"\0")))
    return [
        Message(NEWLINK, 0, _link_header(index) + attribute(10, bridge_index), "bridge port %d" % index),
        Message(NEWLINK, 0, _link_header(index) + port, "options of bridge port %d" % index),
    ]


def filtering_bridge(name, index, mac, mtu, untagged=1):
    """A bridge that keeps VLANs apart; untagged frames, and those of its own interface, are in the VLAN `untagged`."""
    data = nested(2, attribute(5, 0), attribute(23, b"\0"), attribute(7, b"\1"), attribute(39, struct.pack("=H", untagged)))
    body = _link_header(index) + attribute(3, name) + attribute(1, mac_bytes(mac)) + attribute(4, mtu)
    return Message(NEWLINK, CREATE | EXCL, body + nested(18, attribute(1, "bridge"), data), "bridge %s that filters VLANs" % name)


def port_vlan(index, tag, untagged=False, delete=False):
    """A VLAN of a bridge port; `untagged`: its frames have no tag on the wire, and frames without tag belong to it."""
    info = struct.pack("=HH", (2 | 4) if untagged else 0, tag)
    body = struct.pack("=BxHiII", AF_BRIDGE, 0, index, 0, 0) + nested(26, attribute(2, info))
    return Message(DELLINK if delete else SETLINK, 0, body, "VLAN %d of bridge port %d" % (tag, index))


def no_link(index):
    return Message(DELLINK, 0, _link_header(index), "removal of link %d" % index)


def vxlan(name, index, mac, mtu, identifier, port, local):
    family, data = packed(local)
    kinds = attribute(4, data) if family == socket.AF_INET else attribute(17, data)
    options = nested(2, attribute(1, identifier), kinds, attribute(15, struct.pack("!H", port)), attribute(7, b"\1"))
    body = _link_header(index) + attribute(3, name) + attribute(1, mac_bytes(mac)) + attribute(4, mtu)
    return Message(NEWLINK, CREATE | EXCL, body + nested(18, attribute(1, "vxlan"), options), "tunnel %s" % name)


def tunnel_end(index, text):
    """Frames for no known neighbour go to this end of the tunnel (and to every other one)."""
    body = struct.pack("=BxHiHBB", AF_BRIDGE, 0, index, 0x80 | 0x40, 2, 0) + attribute(2, bytes(6)) + attribute(1, packed(text)[1])
    return Message(NEWNEIGH, CREATE | APPEND, body, "tunnel end %s" % text)


def link_up(index):
    return Message(NEWLINK, 0, _link_header(index, UP, UP), "up of link %d" % index)


def address(index, text, length):
    family, data = packed(text)
    body = struct.pack("=BBBBi", family, length, 0, 0, index) + attribute(2, data) + attribute(1, data)
    if family == socket.AF_INET6:
        body += attribute(8, 2)  # no duplicate address detection
    return Message(NEWADDR, CREATE | EXCL, body, "address %s/%d" % (text, length))


def no_address(index, text, length):
    family, data = packed(text)
    body = struct.pack("=BBBBi", family, length, 0, 0, index) + attribute(2, data) + attribute(1, data)
    return Message(DELADDR, 0, body, "removal of address %s/%d" % (text, length))


def route(destination, length, via=None, index=None, kind=UNICAST, table=TABLE_MAIN, onlink=False):
    family, data = packed(destination)
    scope = SCOPE_HOST if kind == LOCAL else SCOPE_LINK if via is None else SCOPE_UNIVERSE
    if family == socket.AF_INET6:
        scope = SCOPE_UNIVERSE
    body = struct.pack("=BBBBBBBBI", family, length, 0, 0, table, 4, scope, kind, ONLINK if onlink else 0)
    body += attribute(1, data)
    if via is not None:
        body += attribute(5, packed(via)[1])
    if index is not None:
        body += attribute(4, index)
    return Message(NEWROUTE, CREATE | REPLACE, body, "route %s/%d via %s" % (destination, length, via))


def rule(family, priority, table, arriving_on=None, destination=None, delete=False):
    """Packets that arrive on an interface ("lo": the namespace's own), or are for a destination (address, length), look into a table."""
    target, length = (b"", 0) if destination is None else (packed(destination[0])[1], destination[1])
    body = struct.pack("=BBBBBBBBI", family, length, 0, 0, table, 0, 0, 1, 0) + attribute(6, priority)
    if target:
        body += attribute(1, target)
    if arriving_on is not None:
        body += attribute(3, arriving_on)
    kind, flags = (DELRULE, 0) if delete else (NEWRULE, CREATE | EXCL)
    return Message(kind, flags, body, "routing rule %d" % priority)


def neighbour(index, text, mac):
    family, data = packed(text)
    body = struct.pack("=BxHiHBB", family, 0, index, 0x80, 0, 0) + attribute(1, data) + attribute(2, mac_bytes(mac))
    return Message(NEWNEIGH, CREATE | REPLACE, body, "neighbour %s" % text)


class Netlink:
    """A socket of the namespace that the calling thread is in when it is made."""

    def __init__(self, protocol=NETLINK_ROUTE):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        self.socket.bind((0, 0))
        self.socket.settimeout(10)
        self.sequence = 0
        for option in (NETLINK_CAP_ACK, NETLINK_EXT_ACK):
            self.socket.setsockopt(SOL_NETLINK, option, 1)

    def close(self):
        self.socket.close()

    def _send(self, messages, flags):
        sent = {}
        data = b""
        for message in messages:
            self.sequence += 1
            sent[self.sequence] = message
            size = 16 + len(message.body)
            data += struct.pack("=IHHII", size, message.kind, message.flags | REQUEST | flags, self.sequence, 0) + message.body
        self.socket.send(data)
        return sent

    def change(self, messages):
        """Sends requests in order and waits for the kernel's answer to each; the first refusal is raised as OSError."""
        messages = list(messages)
        failure = None
        for start in range(0, len(messages), 32):
            sent = self._send(messages[start:start + 32], ACK)
            while sent:
                for kind, sequence, body in self._received():
                    if kind != ERROR or sequence not in sent:
                        continue
                    message = sent.pop(sequence)
                    failure = failure or _failure(body, message.about)
            if failure:
                raise failure

    def query(self, message, dump=False):
        """The answers to one request: (kind, body) pairs."""
        sent = self._send([message], DUMP if dump else 0)
        answers = []
        while True:
            for kind, sequence, body in self._received():
                if sequence not in sent:
                    continue
                if kind == ERROR:
                    failure = _failure(body, message.about)
                    if failure:
                        raise failure
                    return answers
                if kind == DONE:
                    return answers
                answers.append((kind, body))
                if not dump:
                    return answers

    def _received(self):
        data = self.socket.recv(1 << 18)
        while len(data) >= 16:
            size, kind, _, sequence, _ = struct.unpack_from("=IHHII", data)
            yield kind, sequence, data[16:size]
            data = data[(size + 3) & ~3:]

    def links(self):
        """Every link: (index, name, operational state); states: 0 unknown, 6 up."""
        found = []
        for kind, body in self.query(Message(GETLINK, 0, _link_header(), "links"), dump=True):
            if kind == NEWLINK:
                parts = attributes(body[16:])
                name = parts.get(3, b"").rstrip(b"\0").decode()
                found.append((struct.unpack_from("=i", body, 4)[0], name, parts.get(16, b"\0")[0]))
        return found

    def links_by_name(self):
        return {name: index for index, name, _ in self.links()}

    def source_for(self, destination):
        """The source address that the kernel would choose for a destination, or None; OSError where no route leads there."""
        family, data = packed(destination)
        body = struct.pack("=BBBBBBBBI", family, len(data) * 8, 0, 0, 0, 0, 0, 0, 0) + attribute(1, data)
        for kind, answer in self.query(Message(GETROUTE, 0, body, "route to %s" % destination)):
            chosen = attributes(answer[12:]).get(7)
            if kind == NEWROUTE and chosen:
                return unpacked(chosen)
        return None


def _failure(body, about):
    number = -struct.unpack_from("=i", body)[0]
    if number == 0:
        return None
    text = attributes(body[20:]).get(1, b"").rstrip(b"\0").decode("utf8", "replace")
    return OSError(number, "%s: %s%s" % (about, os.strerror(number), " (%s)" % text if text else ""))


def flush_connections():
    """Forgets every conntrack entry of the current namespace; without conntrack there is nothing to forget."""
    client = Netlink(NETLINK_NETFILTER)
    try:
        client.change([Message((1 << 8) | 2, 0, struct.pack("=BBH", 0, 0, 0), "flush of connections")])
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EINVAL, errno.EOPNOTSUPP):
            raise
    finally:
        client.close()
