"""Runs commands inside a namespace and collects what they say, without stopping the loop."""
import contextlib
import os
import select
import subprocess
import time

LARGEST_OUTPUT = 64 << 20


class Commands:
    def __init__(self, loop):
        self.loop = loop
        self.running = set()

    def start(self, namespace, request, answer):
        Command(self, namespace, request, answer)

    def next_deadline(self):
        """Seconds until the first running command is late; -1 when none runs."""
        if not self.running:
            return -1
        return max(0.0, min(command.deadline for command in self.running) - time.monotonic())

    def stop_late_ones(self):
        now = time.monotonic()
        for command in [one for one in self.running if one.deadline <= now]:
            command.timed_out = True
            command.stop("stopped after %d ms" % command.milliseconds)


class Command:
    def __init__(self, commands, namespace, request, answer):
        self.commands, self.loop, self.answer = commands, commands.loop, answer
        self.milliseconds = request["timeoutMs"]
        self.deadline = time.monotonic() + self.milliseconds / 1000
        self.timed_out, self.complaint = False, ""
        self.output = {}
        self.input = request.get("input", "").encode()
        try:
            with namespace, namespace.place or contextlib.nullcontext():
                self.process = subprocess.Popen(
                    request["command"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
                )
        except OSError as error:
            answer({"status": 127, "stdout": "", "stderr": "%s: %s" % (request["command"][0], error.strerror), "timedOut": False})
            return
        commands.running.add(self)
        self._feed()
        for stream in (self.process.stdout, self.process.stderr):
            self._collect(stream)

    def _feed(self):
        stream = self.process.stdin
        os.set_blocking(stream.fileno(), False)

        def writable():
            try:
                self.input = self.input[os.write(stream.fileno(), self.input[:65536]):] if self.input else b""
            except BlockingIOError:
                return
            except OSError:  # it does not want to read any more
                self.input = b""
            if not self.input:
                self.loop.remove(stream.fileno())
                stream.close()

        self.loop.add(stream.fileno(), writable, select.EPOLLOUT)

    def _collect(self, stream):
        os.set_blocking(stream.fileno(), False)
        parts = self.output[stream] = []
        size = 0

        def readable():
            nonlocal size
            try:
                data = os.read(stream.fileno(), 1 << 16)
            except BlockingIOError:
                return
            parts.append(data)
            size += len(data)
            if size > LARGEST_OUTPUT:
                self.stop("more than %d octets of output" % LARGEST_OUTPUT)
            elif not data:
                self.loop.remove(stream.fileno())
                stream.close()
                if all(one.closed for one in self.output):
                    self._finish()

        self.loop.add(stream.fileno(), readable)

    def stop(self, complaint):
        """Ends the command; what it started may keep its output open, which is not waited for."""
        self.complaint = complaint
        self.process.kill()
        for stream in (self.process.stdin, *self.output):
            if not stream.closed:
                self.loop.remove(stream.fileno())
                stream.close()
        self._finish()

    def _finish(self):
        self.commands.running.discard(self)
        status = self.process.wait()
        if not self.process.stdin.closed:
            self.loop.remove(self.process.stdin.fileno())
            self.process.stdin.close()
        decode = lambda stream: b"".join(self.output[stream]).decode("utf8", "replace")
        self.answer(
            {
                "status": status if status >= 0 else 128 - status,
                "stdout": decode(self.process.stdout),
                "stderr": decode(self.process.stderr) + self.complaint,
                "timedOut": self.timed_out,
            }
        )
