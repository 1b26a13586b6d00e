"""Runs a program on a terminal of its own and types: arguments are pairs of what to wait for and what to type, then `--` and the command."""
import os
import pty
import sys
import time

words = sys.argv[1 : sys.argv.index("--")]
command = sys.argv[sys.argv.index("--") + 1 :]
steps = list(zip(words[::2], words[1::2]))
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen = b""
closed = False
while not closed:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data
    while steps and steps[0][0].encode() in seen:
        keys = steps.pop(0)[1]
        time.sleep(0.3)
        if keys == "hang up":
            os.close(terminal)
            closed = True
            break
        os.write(terminal, keys.encode().decode("unicode_escape").encode())
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(status) % 256)
