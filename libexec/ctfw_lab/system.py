"""System calls that the standard library lacks before Python 3.12: namespaces, mounts, process control."""
import ctypes
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_BIND = 0x1000
MS_REC_PRIVATE = 0x4000 | 0x40000
MS_NOSUID_NODEV = 2 | 4
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(name, *arguments):
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (name, os.strerror(number)))


def unshare(flags):
    _checked("unshare", flags)


def setns(descriptor, kind):
    _checked("setns", descriptor, kind)


def mount(source, target, kind, flags, options=None):
    text = lambda value: None if value is None else value.encode()
    _checked("mount", text(source), text(target), text(kind), ctypes.c_ulong(flags), text(options))


def sethostname(name):
    data = name.encode()
    _checked("sethostname", data, ctypes.c_size_t(len(data)))


def die_with_parent(signal_number):
    """Asks the kernel to send this process a signal when its parent ends."""
    _checked("prctl", PR_SET_PDEATHSIG, ctypes.c_ulong(signal_number), 0, 0, 0)
