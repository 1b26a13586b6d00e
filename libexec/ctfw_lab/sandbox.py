"""Puts the agent into namespaces of its own, so that it can neither touch the machine's network nor outlive its end.

The process that was started (the outer one) only waits. The inner one is the first process of a new PID namespace: when it
ends, in whatever way, the kernel kills everything that was started in the lab. It runs in a new network and mount namespace with an
empty /run, and without root in a new user namespace too.
"""
import os
import signal

from . import system


def enter():
    """Returns in the inner process with (its PID as seen from outside, descriptor that ends when the outer process ends).

    The outer process never returns: it exits with the status of the inner one. Raises OSError where namespaces are not allowed.
    """
    _unshare_users_and_processes()
    lifeline, lifeline_writer = os.pipe()
    number, number_writer = os.pipe()
    inner = os.fork()
    if inner != 0:
        os.write(number_writer, b"%d" % inner)
        _wait_for(inner)
    os.close(lifeline_writer)
    os.close(number_writer)
    system.die_with_parent(signal.SIGKILL)
    outside_pid = int(os.read(number, 32))  # nothing to read: the outer process is gone already
    os.close(number)
    system.unshare(system.CLONE_NEWNS | system.CLONE_NEWNET)
    system.mount(None, "/", None, system.MS_REC_PRIVATE)
    system.mount("tmpfs", "/run", "tmpfs", system.MS_NOSUID_NODEV, "mode=755")
    return outside_pid, lifeline


def _unshare_users_and_processes():
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        try:
            return system.unshare(system.CLONE_NEWPID)
        except PermissionError:  # root of a container without CAP_SYS_ADMIN: as any other user
            pass
    system.unshare(system.CLONE_NEWUSER | system.CLONE_NEWPID)
    for name, text in (("setgroups", "deny"), ("uid_map", "0 %d 1" % user), ("gid_map", "0 %d 1" % group)):
        with open("/proc/self/" + name, "w") as file:
            file.write(text)


def _wait_for(inner):
    """The rest of the outer process: ends with the inner one, and ends it when asked to stop."""
    os.close(0)
    os.close(1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: os.kill(inner, signal.SIGKILL))
    while True:
        try:
            _, status = os.waitpid(inner, 0)
            os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
        except InterruptedError:
            continue


def run_inside(arguments):
    """`enter PID FD MOUNTS UTS USERNS CMD...`: becomes CMD in the network namespace that process PID holds as descriptor FD,
    with the files and the hostname of the namespaces that it holds as MOUNTS and UTS; `-`: those of the agent.

    USERNS is 1 when the lab has a user namespace of its own, which has to be joined first.
    """
    pid, descriptor, own_users = int(arguments[0]), int(arguments[1]), arguments[4] == "1"
    mounts_path, hostname_path = (
        "/proc/%d/ns/%s" % (pid, kind) if held == "-" else "/proc/%d/fd/%d" % (pid, int(held))
        for held, kind in ((arguments[2], "mnt"), (arguments[3], "uts"))
    )
    if own_users:
        _join("/proc/%d/ns/user" % pid, system.CLONE_NEWUSER)
    network = os.open("/proc/%d/fd/%d" % (pid, descriptor), os.O_RDONLY)
    processes = os.open("/proc/%d/ns/pid" % pid, os.O_RDONLY)
    mounts = os.open(mounts_path, os.O_RDONLY)
    hostname = os.open(hostname_path, os.O_RDONLY)
    folder = os.getcwd()
    system.setns(network, system.CLONE_NEWNET)
    system.setns(processes, system.CLONE_NEWPID)
    system.setns(hostname, system.CLONE_NEWUTS)
    system.setns(mounts, system.CLONE_NEWNS)
    try:
        os.chdir(folder)
    except OSError:
        os.chdir("/")
    child = os.fork()  # only children live in the joined PID namespace
    if child == 0:
        system.die_with_parent(signal.SIGKILL)
        try:
            os.execvp(arguments[5], arguments[5:])
        except OSError as error:
            os.write(2, ("%s: %s\n" % (arguments[5], error.strerror)).encode())
            os._exit(127)
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)  # the terminal sends them to the command too, which decides
    _, status = os.waitpid(child, 0)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _join(path, kind):
    descriptor = os.open(path, os.O_RDONLY)
    system.setns(descriptor, kind)
    os.close(descriptor)
