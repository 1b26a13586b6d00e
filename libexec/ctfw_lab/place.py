"""Files of its own for a namespace: a mount namespace in which they stand over those of the machine, and a UTS namespace for the hostname."""
import os

from . import system

FOLDER = "/run/ctfw-lab-files"  # on the agent's own tmpfs; see sandbox


class Place:
    """`__enter__` takes the process there, `__exit__` back home."""

    def __init__(self, number, hostname, files, home):
        self.home = home
        folder = "%s/%d" % (FOLDER, number)
        os.makedirs(folder)
        for position, (path, text) in enumerate(files.items()):
            with open("%s/%d" % (folder, position), "w") as file:
                file.write(text)
        try:
            system.unshare(system.CLONE_NEWNS | system.CLONE_NEWUTS)
            for position, path in enumerate(files):
                _stand_over(path, "%s/%d" % (folder, position))
            system.sethostname(hostname)
            self.mounts = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY)
            self.hostname = os.open("/proc/thread-self/ns/uts", os.O_RDONLY)
        finally:
            home.enter()

    def __enter__(self):
        system.setns(self.mounts, system.CLONE_NEWNS)
        system.setns(self.hostname, system.CLONE_NEWUTS)
        return self

    def __exit__(self, *_):
        self.home.enter()


class Home:
    """Where the agent lives."""

    def __init__(self):
        self.mounts = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY)
        self.hostname = os.open("/proc/thread-self/ns/uts", os.O_RDONLY)
        self.folder = os.getcwd()

    def enter(self):
        system.setns(self.mounts, system.CLONE_NEWNS)
        system.setns(self.hostname, system.CLONE_NEWUTS)
        try:
            os.chdir(self.folder)
        except OSError:
            os.chdir("/")


def _stand_over(path, source):
    """/etc/resolv.conf is often a link into /run, which is empty here: what it leads to is made there. Nothing is made on the machine's own disk."""
    target = os.path.realpath(path)
    if not os.path.exists(target):
        if not target.startswith("/run/"):
            raise OSError(2, "%s is missing on this machine, so the lab has no place for that of a container" % path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w"):
            pass
    system.mount(source, target, None, system.MS_BIND)
