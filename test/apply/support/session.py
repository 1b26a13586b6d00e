"""A login over TCP, as a server of logins makes one: a process of its own for each connection, and a shell under it."""
import os
import signal
import socket
import subprocess
import sys


def serve(port):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("::", port))
    listener.listen()
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            # the shell's own descriptors are pipes: only this process holds the connection
            shell = subprocess.Popen(["sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            script = b""
            while not script.endswith(b"exit\n"):
                script += connection.recv(65536)
            output, _ = shell.communicate(script)
            connection.sendall(output)
            os._exit(0)
        connection.close()


def login(address, port):
    connection = socket.create_connection((address, port))
    connection.sendall(sys.stdin.buffer.read() + b"exit\n")
    while True:
        data = connection.recv(65536)
        if not data:
            return
        sys.stdout.buffer.write(data)


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    login(sys.argv[2], int(sys.argv[3]))
