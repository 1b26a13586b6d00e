"""Builds probe packets and answers to them, and reads what arrives; every packet carries the number of its probe.

A number is a multiple of 16. TCP carries it as sequence number (answers acknowledge it plus one; the acknowledgement field of a
probe holds it plus eight, which a reset of it repeats), SCTP as initiate tag, everything else in the payload behind MARK.
"""
import socket
import struct

ICMP, TCP, UDP, ICMPV6, SCTP = 1, 6, 17, 58, 132
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MARK = b"ctfw"
ANSWER = 1
ECHO = {8: 0, 128: 129}
ERRORS = {ICMP: (3, 4, 5, 11, 12), ICMPV6: (1, 2, 3, 4)}


def checksum(data):
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def _pseudo_header(source, destination, protocol, size):
    if len(source) == 4:
        return source + destination + struct.pack("!BBH", 0, protocol, size)
    return source + destination + struct.pack("!IHBB", size, 0, 0, protocol)


def _crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_CRC32C = _crc32c_table()


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = (value >> 8) ^ _CRC32C[(value ^ byte) & 255]
    return value ^ 0xFFFFFFFF


def payload(number, answer=False):
    return MARK + struct.pack("!IB", number, ANSWER if answer else 0)


def with_checksum(segment, offset, source, destination, protocol):
    value = checksum(_pseudo_header(source, destination, protocol, len(segment)) + segment)
    if protocol == UDP and value == 0:
        value = 0xFFFF
    return segment[:offset] + struct.pack("!H", value) + segment[offset + 2:]


def tcp(number, source, destination, source_port, destination_port, flags):
    acknowledged = number + 8 if flags & ACK else 0
    segment = struct.pack("!HHIIBBHHH", source_port, destination_port, number, acknowledged, 5 << 4, flags, 64240, 0, 0)
    return with_checksum(segment, 16, source, destination, TCP)


def udp(number, source, destination, source_port, destination_port, answer=False):
    body = payload(number, answer)
    segment = struct.pack("!HHHH", source_port, destination_port, 8 + len(body), 0) + body
    return with_checksum(segment, 6, source, destination, UDP)


def icmp(number, source, destination, protocol, kind, code):
    # An identifier of its own for each probe: conntrack would take two with one identifier for one connection.
    message = struct.pack("!BBHHH", kind, code, 0, (number >> 4) & 0xFFFF, number & 0xFFFF) + payload(number)
    if protocol == ICMPV6:
        return with_checksum(message, 2, source, destination, ICMPV6)
    return message[:2] + struct.pack("!H", checksum(message)) + message[4:]


def sctp(number, source_port, destination_port, answer=False):
    """An INIT chunk, or the INIT ACK that answers it."""
    chunk = struct.pack("!BBHIIHHI", 2 if answer else 1, 0, 20, number, 65536, 1, 1, number)
    if answer:  # the state cookie that an INIT ACK must carry
        chunk = chunk[:2] + struct.pack("!H", 28) + chunk[4:] + struct.pack("!HHI", 7, 8, number)
    segment = struct.pack("!HHII", source_port, destination_port, number if answer else 0, 0) + chunk
    return segment[:8] + struct.pack("<I", crc32c(segment)) + segment[12:]


def other(number, answer=False):
    """A packet of a protocol without ports: four zero octets, so that it is a well-formed GRE packet, and the mark."""
    return b"\0\0\0\0" + payload(number, answer)


def transport(probe, number, source, destination):
    """The transport part of a probe's packet; source and destination as bytes."""
    protocol = probe["protocol"]
    ports = (probe.get("sourcePort", 0), probe.get("destinationPort", 0))
    if protocol == TCP:
        return tcp(number, source, destination, *ports, flags=probe.get("tcpFlags", SYN))
    if protocol == UDP:
        return udp(number, source, destination, *ports)
    if protocol == SCTP:
        return sctp(number, *ports)
    if protocol in (ICMP, ICMPV6):
        return icmp(number, source, destination, protocol, probe["type"], probe.get("code", 0))
    return other(number)


def packet(source, destination, protocol, body, ttl):
    """The whole IP packet."""
    if len(source) == 4:
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0x4000, ttl, protocol, 0) + source + destination
        return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + body
    return struct.pack("!IHBB", 6 << 28, len(body), protocol, ttl) + source + destination + body


class Seen:
    """What a received packet says: its ports, the probe numbers that it may carry, and what else a verdict needs."""

    __slots__ = ("protocol", "source", "destination", "ttl", "source_port", "destination_port", "numbers", "answer",
                 "flags", "type", "code", "inner")

    def __init__(self, protocol, source, destination, ttl):
        self.protocol, self.source, self.destination, self.ttl = protocol, source, destination, ttl
        self.source_port = self.destination_port = None
        self.numbers = ()
        self.answer = False
        self.flags = self.type = self.code = self.inner = None


def read_packet(data):
    """Reads an IP packet (also the start of one that an ICMP error quotes); None when it is none."""
    if len(data) < 20:
        return None
    if data[0] >> 4 == 4:
        seen = Seen(data[9], data[12:16], data[16:20], data[8])
        return read_transport(seen, data[(data[0] & 15) * 4:])
    if len(data) < 40:
        return None
    return read_transport(Seen(data[6], data[8:24], data[24:40], data[7]), data[40:])


def read_transport(seen, data):
    """Fills in the transport part; truncated parts leave fields unset."""
    protocol = seen.protocol
    if protocol in (TCP, UDP, SCTP) and len(data) >= 4:
        seen.source_port, seen.destination_port = struct.unpack_from("!HH", data)
    if protocol == TCP:
        _read_tcp(seen, data)
    elif protocol == SCTP:
        _read_sctp(seen, data)
    elif protocol in ERRORS and len(data) >= 8:
        _read_icmp(seen, data)
    else:
        # a datagram that holds a frame of a tunnel is not the probe that is inside of the frame
        _read_mark(seen, data[8:17] if protocol == UDP else data)
    return seen


def _read_tcp(seen, data):
    if len(data) < 8:
        return
    sequence = struct.unpack_from("!I", data, 4)[0]
    seen.numbers = (sequence,)
    if len(data) >= 14:
        acknowledged, _, seen.flags = struct.unpack_from("!IBB", data, 8)
        if seen.flags & ACK:
            seen.numbers = (sequence, acknowledged)


def _read_sctp(seen, data):
    tag = struct.unpack_from("!I", data, 4)[0] if len(data) >= 8 else 0
    if tag != 0:
        seen.numbers, seen.answer = (tag,), True
    elif len(data) >= 20:
        seen.numbers = struct.unpack_from("!I", data, 16)


def _read_icmp(seen, data):
    seen.type, seen.code = data[0], data[1]
    if seen.type in ERRORS[seen.protocol]:
        seen.inner = read_packet(data[8:])
        seen.numbers = seen.inner.numbers if seen.inner else ()
    else:
        _read_mark(seen, data[8:])
        seen.answer = seen.type in ECHO.values()


def _read_mark(seen, data):
    place = data.find(MARK, 0, 64)
    if 0 <= place <= len(data) - 9:
        number, direction = struct.unpack_from("!IB", data, place + 4)
        seen.numbers, seen.answer = (number,), direction == ANSWER


def text(address):
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)
