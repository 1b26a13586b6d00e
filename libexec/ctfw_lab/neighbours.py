"""Answers neighbour solicitations for every address on an outside wire: IPv6 has no counterpart to a local route that answers ARP."""
import ctypes
import socket
import struct

from . import netlink, packets

ETH_P_IPV6 = 0x86DD
SO_ATTACH_FILTER = 26
# ldb [20] (next header); jne 58; ldb [54] (ICMPv6 type); jne 135; accept; refuse
FILTER = ((0x30, 0, 0, 20), (0x15, 0, 3, 58), (0x30, 0, 0, 54), (0x15, 0, 1, 135), (6, 0, 0, 262144), (6, 0, 0, 0))


def answer_solicitations(namespace, loop, interface, mac, held):
    """Answers on one interface of a namespace, except for addresses (text) that the kernel itself holds."""
    own = {netlink.packed(address)[1] for address in held}
    source_mac = netlink.mac_bytes(mac)
    with namespace:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
    program = b"".join(struct.pack("=HBBI", *instruction) for instruction in FILTER)
    memory = ctypes.create_string_buffer(program)
    wire.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", len(FILTER), ctypes.addressof(memory)))
    wire.bind((interface, ETH_P_IPV6))

    def readable():
        for _ in range(64):
            try:
                frame, where = wire.recvfrom(2048)
            except OSError:
                return
            outgoing = where[2] == socket.PACKET_OUTGOING
            if not outgoing and len(frame) >= 78 and frame[62:78] not in own and frame[22:38] != bytes(16):
                wire.send(_advertisement(frame, source_mac))

    loop.add(wire.fileno(), readable)
    return wire


def _advertisement(frame, source_mac):
    asker, target = frame[22:38], frame[62:78]
    message = struct.pack("!BBHI", 136, 0, 0, 0x60000000) + target + b"\2\1" + source_mac
    message = packets.with_checksum(message, 2, target, asker, packets.ICMPV6)
    header = frame[6:12] + source_mac + struct.pack("!H", ETH_P_IPV6)
    return header + packets.packet(target, asker, packets.ICMPV6, message, 255)
