"""A steady stream of UDP packets and the echoes of them, or a server that echoes. Told what to do by its arguments."""
import json
import socket
import sys
import threading
import time


def serve(port):
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("0.0.0.0", port))
    tcp = socket.socket()
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(("0.0.0.0", port))
    tcp.listen(64)

    def accept():
        while True:
            connection, _ = tcp.accept()
            threading.Thread(target=echo, args=(connection,), daemon=True).start()

    def echo(connection):
        while True:
            data = connection.recv(4096)
            if not data:
                return
            connection.sendall(data)

    threading.Thread(target=accept, daemon=True).start()
    print("ready", flush=True)
    while True:
        data, sender = udp.recvfrom(4096)
        udp.sendto(data, sender)


def stream(address, port, interval):
    """Sends until standard input ends, then waits for late echoes and prints what came of it."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("0.0.0.0", 0))
    udp.connect((address, port))
    seen = set()
    refused = 0
    stop = threading.Event()

    def listen():
        nonlocal refused
        udp.settimeout(0.2)
        while not stop.is_set():
            try:
                seen.add(int(udp.recv(64)))
            except socket.timeout:
                pass
            except OSError:
                refused += 1

    listener = threading.Thread(target=listen)
    listener.start()
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    print("ready", flush=True)
    sent = 0
    last = []
    while not ended.is_set():
        try:
            udp.send(str(sent).encode())
        except OSError:
            refused += 1
        sent += 1
        time.sleep(interval)
    time.sleep(0.5)
    stop.set()
    listener.join()
    last = max(seen) if seen else -1
    print(json.dumps({"sent": sent, "received": len(seen), "last": last, "refused": refused}), flush=True)


def connect(address, port, timeout):
    """Whether a new TCP connection can be made."""
    try:
        socket.create_connection((address, port), timeout).close()
        print("yes")
    except OSError:
        print("no")


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
elif sys.argv[1] == "stream":
    stream(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
else:
    connect(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
