"""The packets of the benchmark of new connections: run in one network namespace of it, with one of the words of COMMANDS.

`send` puts first packets (TCP SYN) of distinct connections on a wire, many with one system call, so that the rules they meet are the
slow part. `connect` opens one real connection, `serve` answers it, `forget` empties the connection tracking of the namespace."""
import array
import ctypes
import json
import socket
import struct
import sys
import time

BATCH = 64
PORTS = 60000
FIRST_PORT = 1024
ETHERNET, TCP = 14, 20


def fold(total):
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def sum_of_words(data):
    return fold(sum(struct.unpack("!%dH" % (len(data) // 2), data)))


def frames(source_mac, destination_mac, destination, port, count):
    """`count` frames with a SYN, back to back, each of another source address or port. Gives them and the size of one."""
    blocks = []
    for first in range(0, count, PORTS):
        head, segment_sum = template(source_mac, destination_mac, destination, port, first // PORTS)
        ports = range(FIRST_PORT, FIRST_PORT + min(PORTS, count - first))
        checksums = [0xFFFF ^ fold(segment_sum + number) for number in ports]
        block = bytearray(head) * len(ports)
        tcp = len(head) - TCP
        for offset, values in ((0, ports), (16, checksums)):
            block[tcp + offset :: len(head)] = bytes(value >> 8 for value in values)
            block[tcp + offset + 1 :: len(head)] = bytes(value & 255 for value in values)
        blocks.append(block)
    return bytearray().join(blocks), len(head)


def template(source_mac, destination_mac, destination, port, number):
    """A frame without source port and checksum, and the sum of everything else that the checksum covers."""
    segment = struct.pack("!HHIIBBHHH", 0, port, 1, 0, 5 << 4, 2, 64240, 0, 0)
    if ":" in destination:
        source = socket.inet_pton(socket.AF_INET6, "2001:db8:ffff::1000:%x" % (number + 1))
        target = socket.inet_pton(socket.AF_INET6, destination)
        network = struct.pack("!IHBB16s16s", 6 << 28, TCP, 6, 64, source, target)
    else:
        source = socket.inet_aton("198.19.0.%d" % (number + 1))
        target = socket.inet_aton(destination)
        network = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0x4000, 64, 6, 0, source, target)
        network = network[:10] + struct.pack("!H", 0xFFFF ^ sum_of_words(network)) + network[12:]
    ethernet = destination_mac + source_mac + (b"\x86\xdd" if ":" in destination else b"\x08\x00")
    return ethernet + network + segment, sum_of_words(source + target + struct.pack("!HH", 6, TCP) + segment)


def messages(buffer, size, count):
    """An array of struct mmsghdr of a 64-bit Linux, one for each frame of the buffer, and the struct iovec they point to."""
    start = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    vectors = array.array("Q", bytes(16 * count))
    vectors[0::2] = array.array("Q", range(start, start + size * count, size))
    vectors[1::2] = array.array("Q", [size]) * count
    start, _ = vectors.buffer_info()
    headers = array.array("Q", bytes(64 * count))
    headers[2::8] = array.array("Q", range(start, start + 16 * count, 16))
    headers[3::8] = array.array("Q", [1]) * count
    return headers, vectors


def send(interface, destination_mac, destination, port, count, seconds):
    """Sends until `count` frames are out or `seconds` are over; prints how many and how long it took."""
    count, limit = int(count), float(seconds)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    wire.bind((interface, 0))
    router = bytes.fromhex(destination_mac.replace(":", ""))
    buffer, size = frames(wire.getsockname()[4], router, destination, int(port), count)
    headers, vectors = messages(buffer, size, count)
    start, _ = headers.buffer_info()
    sendmmsg = ctypes.CDLL(None, use_errno=True).sendmmsg
    sendmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]
    began = time.monotonic()
    sent = 0
    while sent < count and time.monotonic() - began < limit:
        done = sendmmsg(wire.fileno(), start + 64 * sent, min(BATCH, count - sent), 0)
        if done < 0:
            raise OSError(ctypes.get_errno(), "sendmmsg")
        sent += done
    print(json.dumps({"sent": sent, "seconds": time.monotonic() - began}))
    del vectors, buffer  # the kernel read from them until here


def serve(address, port):
    """Answers connections one after the other; says when it listens; ends with its standard input."""
    import threading

    listener = socket.create_server((address, int(port)), family=socket.AF_INET6 if ":" in address else socket.AF_INET)

    def answer():
        while True:
            connection, _ = listener.accept()
            connection.sendall(b"served")
            connection.close()

    threading.Thread(target=answer, daemon=True).start()
    print("listening", flush=True)
    sys.stdin.read()


def connect(address, port):
    """One connection from a socket, with an answer; fails within three seconds."""
    with socket.create_connection((address, int(port)), timeout=3) as connection:
        answer = connection.recv(16)
    if answer != b"served":
        raise SystemExit("an unexpected answer: %r" % answer)


def forget():
    """ctnetlink: delete all entries (IPCTNL_MSG_CT_DELETE without a filter)."""
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    netlink.send(struct.pack("=IHHIIBBH", 20, (1 << 8) | 2, 1 | 4, 1, 0, 0, 0, 0))
    error = struct.unpack_from("=i", netlink.recv(4096), 16)[0]
    if error != 0:
        raise OSError(-error, "ctnetlink")


COMMANDS = {"send": send, "serve": serve, "connect": connect, "forget": forget}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
