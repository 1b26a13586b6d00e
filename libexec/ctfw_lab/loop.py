"""The one loop of the agent: calls back for descriptors that can be read, and waits until packets have come to rest."""
import os
import select
import socket
import time


class Loop:
    def __init__(self):
        self.poll = select.epoll()
        self.callbacks = {}
        self._loopback = None

    def add(self, descriptor, callback, events=select.EPOLLIN):
        self.callbacks[descriptor] = callback
        self.poll.register(descriptor, events)

    def remove(self, descriptor):
        if self.callbacks.pop(descriptor, None) is not None:
            self.poll.unregister(descriptor)

    def turn(self, seconds):
        """Waits for at most `seconds` and calls back; tells whether anything happened."""
        events = self.poll.poll(seconds, 256)
        for descriptor, _ in events:
            callback = self.callbacks.get(descriptor)
            if callback is not None:
                callback()
        return bool(events)

    def settle(self, quiet, limit, finished):
        """Runs until `finished()`, or until nothing has happened for `quiet` seconds although every CPU has worked off the
        packets that were queued on it; at most `limit` seconds."""
        end = time.monotonic() + limit
        last = time.monotonic()
        while not finished():
            now = time.monotonic()
            if now >= end:
                return
            if self.turn(max(0.0, min(last + quiet, end) - now)):
                last = time.monotonic()
            elif time.monotonic() - last >= quiet:
                self._drain_processors()
                if not self.turn(0):
                    return
                last = time.monotonic()

    def _drain_processors(self):
        """A packet to oneself waits behind all that its CPU has queued; enough of them in turn outlast every path of the lab."""
        if self._loopback is None:
            self._loopback = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._loopback.bind(("127.0.0.1", 0))
            self._loopback.settimeout(1)
        allowed = os.sched_getaffinity(0)
        try:
            for processor in allowed:
                os.sched_setaffinity(0, {processor})
                for _ in range(24):
                    self._loopback.sendto(b"", self._loopback.getsockname())
                    self._loopback.recv(1)
        except socket.timeout:
            pass  # a machine this busy has had its second
        finally:
            os.sched_setaffinity(0, allowed)
