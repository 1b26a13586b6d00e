"""A network namespace that the agent holds by a descriptor, with the sockets through which its packets are sent and seen."""
import ctypes
import fcntl
import os
import socket
import struct

from . import netlink, packets, system

IP_PKTINFO, IP_TRANSPARENT = 8, 19
IPV6_RECVPKTINFO, IPV6_PKTINFO, IPV6_RECVHOPLIMIT, IPV6_HOPLIMIT = 49, 50, 51, 52
ICMP6_FILTER, IPV6_HDRINCL = 1, 36
SO_RCVBUFFORCE = 33
SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17
RECEIVE_BUFFER = 8 << 20
COMMON = {socket.AF_INET: (packets.TCP, packets.UDP, packets.ICMP), socket.AF_INET6: (packets.TCP, packets.UDP, packets.ICMPV6)}


class Namespace:
    """`inside` switches the calling thread; `home` is the namespace to switch back to."""

    def __init__(self, name, home):
        self.name, self.home = name, home
        system.unshare(system.CLONE_NEWNET)
        self.descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.netlink = netlink.Netlink()
        self.place = None  # files and a hostname of its own
        self.held = []  # sockets that stay open as long as the namespace
        self.interface_names = {}
        self._senders = {}
        self._frames = None

    def __enter__(self):
        system.setns(self.descriptor, system.CLONE_NEWNET)
        return self

    def __exit__(self, *_):
        system.setns(self.home, system.CLONE_NEWNET)

    def set_sysctls(self, values):
        """[path, value, optional]: an optional one may be unknown to this kernel."""
        with self:
            for path, value, optional in values:
                try:
                    with open("/proc/sys/" + path, "w") as file:
                        file.write(value)
                except OSError as error:
                    if not optional:
                        raise OSError(error.errno, "sysctl %s in %s: %s" % (path, self.name, os.strerror(error.errno)))

    def interface_name(self, index):
        if index not in self.interface_names:
            self.interface_names = {number: name for number, name, _ in self.netlink.links()}
        return self.interface_names.get(index, "%d" % index)

    # ---- receiving

    def watch(self, loop, seen):
        """Sees every packet of the common protocols that is delivered here, after the input rules."""
        for family, protocols in COMMON.items():
            for protocol in protocols:
                self.watch_protocol(loop, seen, family, protocol)

    def watch_protocol(self, loop, seen, family, protocol):
        """`seen(namespace, Seen, interface)` is called for every packet of a protocol."""
        with self:
            receiver = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
        enlarge(receiver)
        if family == socket.AF_INET:
            receiver.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
            read = read_ipv4
        else:
            receiver.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
            receiver.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1)
            if protocol == packets.ICMPV6:
                receiver.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, _icmpv6_filter())
            read = read_ipv6
        self.held.append(receiver)

        def readable():
            for _ in range(256):
                try:
                    packet, index = read(receiver, protocol)
                except BlockingIOError:
                    return
                except OSError:
                    continue  # an error that an earlier answer of ours caused; the next call clears it
                if packet is not None:
                    seen(self, packet, self.interface_name(index))

        loop.add(receiver.fileno(), readable)

    # ---- sending

    def send(self, destination, data, scope_index=0):
        """An IP packet through this namespace's own routing and output rules; destination as bytes."""
        family = socket.AF_INET if len(destination) == 4 else socket.AF_INET6
        sender = self._senders.get(family)
        if sender is None:
            with self:
                sender = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, socket.IPPROTO_RAW)
            if family == socket.AF_INET6:
                sender.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
            else:
                sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            self._senders[family] = sender
        where = (packets.text(destination), 0)
        sender.sendto(data, where if family == socket.AF_INET else where + (0, scope_index))

    def send_frame(self, interface, destination_mac, source_mac, data):
        """An IP packet as a frame on one interface, past this namespace's routing."""
        if self._frames is None:
            with self:
                self._frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        kind = 0x0800 if data[0] >> 4 == 4 else 0x86DD
        header = netlink.mac_bytes(destination_mac) + netlink.mac_bytes(source_mac) + struct.pack("!H", kind)
        self._frames.sendto(header + data, (interface, 0))

    # ---- listening

    def listen(self, loop, protocol, port):
        """Takes connections to a port at every address; a port that something else already listens on is left to it."""
        with self:
            listener = _bound_listener(protocol, port)
        if listener is None:
            return
        self.held.append(listener)
        loop.add(listener.fileno(), lambda: _serve(loop, listener, protocol))


def checksums_in_full(namespace, interface):
    """The kernel fills in the checksums of what leaves by this interface itself, as for a NIC that cannot."""
    with namespace:
        control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    value = ctypes.create_string_buffer(struct.pack("=II", ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP8x", interface.encode(), ctypes.addressof(value))
    with control:
        fcntl.ioctl(control.fileno(), SIOCETHTOOL, request)


def enlarge(receiver):
    try:
        receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:  # without root: up to net.core.rmem_max
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def _bound_listener(protocol, port):
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    for family, everywhere in ((socket.AF_INET6, "::"), (socket.AF_INET, "0.0.0.0")):
        try:
            listener = socket.socket(family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        except OSError:
            continue  # a kernel without IPv6
        try:
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            if protocol == "tcp":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((everywhere, port))
            if protocol == "tcp":
                listener.listen(4096)
            return listener
        except OSError:
            listener.close()
            return None
    return None


def _serve(loop, listener, protocol):
    """Datagrams are dropped: the raw sockets have seen them. Connections stay until their other end closes them."""
    try:
        for _ in range(256):
            if protocol == "tcp":
                _keep(loop, listener.accept()[0])
            else:
                listener.recv(1)
    except OSError:
        return


def _keep(loop, connection):
    connection.setblocking(False)

    def readable():
        try:
            if connection.recv(65536):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        loop.remove(connection.fileno())
        connection.close()

    loop.add(connection.fileno(), readable)


def close_with_reset(connection):
    """Closes without lingering states."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _icmpv6_filter():
    """Lets errors, echo requests and echo replies through; a set bit blocks."""
    words = [0xFFFFFFFF] * 8
    for kind in (1, 2, 3, 4, 128, 129):
        words[kind >> 5] &= ~(1 << (kind & 31))
    return struct.pack("=8I", *words)


def read_ipv4(receiver, _protocol):
    data, ancillary, _, _ = receiver.recvmsg(65535, 128)
    index = 0
    for level, kind, value in ancillary:
        if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
            index = struct.unpack_from("=i", value)[0]
    return packets.read_packet(data), index


def read_ipv6(receiver, protocol):
    data, ancillary, _, sender = receiver.recvmsg(65535, 128)
    destination, index, ttl = b"", 0, 0
    for level, kind, value in ancillary:
        if level == socket.IPPROTO_IPV6 and kind == IPV6_PKTINFO:
            destination, index = value[:16], struct.unpack_from("=i", value, 16)[0]
        elif level == socket.IPPROTO_IPV6 and kind == IPV6_HOPLIMIT:
            ttl = struct.unpack("=i", value)[0]
    source = socket.inet_pton(socket.AF_INET6, sender[0].split("%")[0])
    return packets.read_transport(packets.Seen(protocol, source, destination, ttl), data), index
