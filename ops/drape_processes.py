"""Child processes that never outlive their parent: started in order, watched, stopped in reverse order by pid."""

import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import time

PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
LIBC = ctypes.CDLL(None)


class Problem(Exception):
    """Something that a person can act on."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def birth(pid):
    """When a living process started, in ticks since boot; None for no process. Tells a pid from its successor."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return None if fields[0] == "Z" else int(fields[19])
    except (OSError, IndexError, ValueError):
        return None


class Family:
    """The processes of one data directory. Two families never share one: the directory is locked."""

    def __init__(self, data):
        self.data, self.members = data, {}
        self.record = data / "processes.json"

    def __enter__(self):
        self.data.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.data / "lock", "w", encoding="utf-8")  # held open: closing it unlocks
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(f"another ops/up uses {self.data}; stop it, or choose another --data") from None
        self.end_orphans()
        return self

    def __exit__(self, *_):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for name in reversed(list(self.members)):
            self.stop(name)
        self.record.unlink(missing_ok=True)
        self.lock.close()

    def end_orphans(self):
        """Ends what a killed predecessor left running; a pid that belongs to something else by now is left alone."""
        try:
            orphans = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return
        for pid, born, gentle in reversed(list(orphans.values())):
            for number, seconds in ((gentle, 10), (signal.SIGKILL, 5)):
                deadline = time.monotonic() + seconds
                while birth(pid) == born and time.monotonic() < deadline:
                    os.kill(pid, number)
                    time.sleep(0.2)

    def log(self, name):
        folder = self.data / "logs"
        folder.mkdir(exist_ok=True)
        return folder / f"{name}.log"

    def tail(self, name):
        lines = self.log(name).read_text(errors="replace").splitlines()
        return "\n".join(lines[-15:])

    def spawn(self, name, command, environment, account=None, gentle=signal.SIGTERM):
        def prepare():
            if account:
                os.setgroups([])
                os.setgid(account.pw_gid)
                os.setuid(account.pw_uid)
            LIBC.prctl(PARENT_DEATH_SIGNAL, int(gentle))

        with open(self.log(name), "ab") as log:
            try:
                return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        start_new_session=True, preexec_fn=prepare, cwd="/" if account else None)
            except OSError as error:
                raise Problem(f"cannot start {command[0]}: {error.strerror}") from None

    def start(self, name, command, environment, account=None, gentle=signal.SIGTERM):
        child = self.spawn(name, command, environment, account, gentle)
        self.members[name] = (child, gentle)
        known = {name: (child.pid, birth(child.pid), int(gentle)) for name, (child, gentle) in self.members.items()}
        self.record.write_text(json.dumps(known))

    def run(self, name, command, environment, account=None, seconds=120):
        """Runs a command to its end; it must succeed."""
        child = self.spawn(name, command, environment, account)
        self.members[name] = (child, signal.SIGTERM)
        try:
            status = child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Problem(f"{name} takes more than {seconds} s; see {self.log(name)}") from None
        del self.members[name]
        if status:
            raise Problem(f"{name} failed ({status}); the end of {self.log(name)}:\n{self.tail(name)}")

    def wait_for(self, name, is_ready, seconds):
        child, _ = self.members[name]
        deadline = time.monotonic() + seconds
        while not is_ready():
            if child.poll() is not None:
                raise Problem(f"{name} ended ({child.returncode}); the end of {self.log(name)}:\n{self.tail(name)}")
            if time.monotonic() > deadline:
                raise Problem(f"{name} is not ready after {seconds} s; the end of {self.log(name)}:\n{self.tail(name)}")
            time.sleep(0.05)

    def still_there(self):
        """Raises when a member has ended."""
        for name, (child, _) in self.members.items():
            if child.poll() is not None:
                raise Problem(f"{name} ended ({child.returncode}); the end of {self.log(name)}:\n{self.tail(name)}")

    def watch(self):
        """Returns only by an exception: when a member ends, or on a signal."""
        while True:
            self.still_there()
            time.sleep(0.5)

    def stop(self, name):
        child, gentle = self.members.pop(name)
        if child.poll() is not None:
            return
        child.send_signal(gentle)
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
