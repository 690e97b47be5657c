"""The private servers below the data directory, and what is kept beside them."""

import hashlib
import json
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
import uuid

from drape_processes import Problem, free_port

# Talk to our own servers directly, whatever proxy the machine has.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url):
    try:
        with DIRECT.open(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def listens(host, port):
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def usual_port(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return free_port()
    return port


# The users of ops/nats/permissions.conf, and where it finds their passwords.
NATS_USERS = {
    "drape": "DRAPE_NATS_PASSWORD",
    "tryon-worker": "DRAPE_NATS_WORKER_PASSWORD",
    "operator": "DRAPE_NATS_OPERATOR_PASSWORD",
}
# The worker's DRAPE_NATS_URL, while both programs' settings are in one place.
WORKER_NATS_URL = "DRAPE_WORKER_NATS_URL"


# The users of ops/postgres/roles.sql, and where drape looks for each.
POSTGRES_USERS = {
    "DRAPE_DATABASE_URL": "drape_projector",
    "DRAPE_DATABASE_READ_URL": "drape_query",
    "DRAPE_DATABASE_IDENTITY_URL": "drape_identity",
}


def start_nats(family, data, root):
    program = root / ".drape" / "bin" / "nats-server"
    if not program.exists():
        raise Problem("no nats-server: run ops/install")
    port, monitor = free_port(), free_port()
    environment = {
        **os.environ,
        "DRAPE_UP_NATS_PORT": str(port),
        "DRAPE_UP_NATS_MONITOR": f'"127.0.0.1:{monitor}"',
        "DRAPE_UP_NATS_STORE": f'"{data / "nats"}"',
        **{variable: '"' + password(data, f"nats-{user}") + '"' for user, variable in NATS_USERS.items()},
    }
    family.start("nats-server", [str(program), "-c", str(root / "ops" / "nats" / "drape.conf")], environment)
    family.wait_for("nats-server", lambda: answers(f"http://127.0.0.1:{monitor}/healthz"), seconds=60)
    return {
        "DRAPE_NATS_URL": f"nats://drape:{password(data, 'nats-drape')}@127.0.0.1:{port}",
        WORKER_NATS_URL: f"nats://tryon-worker:{password(data, 'nats-tryon-worker')}@127.0.0.1:{port}",
        "DRAPE_NATS_MONITOR_URL": f"http://127.0.0.1:{monitor}",
    }


def password(data, name):
    """A secret of this system's. Made at the first start."""
    file = data / f"{name}-password"
    if not file.exists():
        write_secret(file, secrets.token_hex(16))
    return file.read_text().strip()


def postgres_programs():
    if folder := os.environ.get("DRAPE_POSTGRES_BIN"):
        return pathlib.Path(folder)
    if found := shutil.which("postgres"):
        return pathlib.Path(found).resolve().parent
    versions = [path.parent for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if not versions:
        raise Problem("no PostgreSQL: run ops/install")
    return max(versions, key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0)


def postgres_account():
    """PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Problem("no account to run PostgreSQL as")


def reachable(folder, account):
    """Whether the account may pass through every folder above this one."""
    for parent in folder.parents:
        if parent.exists():
            info = parent.stat()
            bit = 0o100 if info.st_uid == account.pw_uid else 0o010 if info.st_gid == account.pw_gid else 0o001
            if not info.st_mode & bit:
                return False
    return True


def cluster(data, account):
    """Where the cluster lies: below the data directory, or outside where its account cannot get in there."""
    folder = data / "postgres"
    if account is None or reachable(folder, account):
        return folder
    name = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    return pathlib.Path("/var/lib/drape") / name


def start_postgres(family, data, root):
    programs, account = postgres_programs(), postgres_account()
    folder, secret = cluster(data, account), data / "postgres-password"
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    if not (folder / "PG_VERSION").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        password = folder.parent / f".{folder.name}-password"
        write_secret(secret, secrets.token_urlsafe(24))
        write_secret(password, secret.read_text())
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
            os.chown(password, account.pw_uid, account.pw_gid)
        try:
            family.run("initdb", [str(programs / "initdb"), f"--pgdata={folder}", "--username=drape", f"--pwfile={password}",
                                  "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"], environment, account)
        finally:
            password.unlink()
    forget_dead_postmaster(folder)
    port = free_port()
    command = [str(programs / "postgres"), "-D", str(folder), "-p", str(port), "-c", "listen_addresses=127.0.0.1",
               "-c", "unix_socket_directories=", "-c", "max_connections=100"]
    # SIGINT is its fast shutdown: clients are disconnected, nothing is lost.
    family.start("postgres", command, environment, account, gentle=signal.SIGINT)
    ready = [str(programs / "pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={port}"]
    family.wait_for("postgres", lambda: os.spawnv(os.P_WAIT, ready[0], ready) == 0, seconds=60)
    return assign(programs, data, root, (port, secret.read_text()))


def assign(programs, data, root, server):
    """Gives each part of drape a user and a password of its own."""
    port, superuser = server
    users = {variable: (user, password(data, user)) for variable, user in POSTGRES_USERS.items()}
    passwords = "".join(f"ALTER ROLE {user} PASSWORD '{secret}';\n" for user, secret in users.values())
    script = (root / "ops" / "postgres" / "roles.sql").read_text() + passwords
    command = [str(programs / "psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--host=127.0.0.1", f"--port={port}",
               "--username=drape", "--dbname=postgres", "--output=/dev/null"]
    environment = {**os.environ, "PGPASSWORD": superuser, "PGOPTIONS": "-c client_min_messages=warning"}
    done = subprocess.run(command, input=script, env=environment, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise Problem(f"the roles of PostgreSQL cannot be made: {done.stderr.strip()}")
    return {variable: f"postgres://{user}:{secret}@127.0.0.1:{port}/postgres" for variable, (user, secret) in users.items()}


def forget_dead_postmaster(folder):
    """After a crash the pid file may name a process that is no PostgreSQL any more; PostgreSQL would refuse to start."""
    lock = folder / "postmaster.pid"
    try:
        pid = int(lock.read_text().split()[0])
        name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except (OSError, ValueError, IndexError):
        return  # No pid file, or a pid of nothing: PostgreSQL tidies up by itself.
    if name != "postgres":
        lock.unlink()


def write_secret(path, text):
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def tokens(data, roles):
    """One token and one account for each role, made at the first start."""
    file = data / "tokens.json"
    if not file.exists():
        made = {role: (f"{role}-{secrets.token_urlsafe(12)}", str(uuid.uuid4())) for role in roles}
        write_secret(file, json.dumps(made, indent=1))
    return {role: tuple(entry) for role, entry in json.loads(file.read_text()).items()}


def master_key(data):
    """What people's keys are sealed under, made at the first start."""
    file = data / "master-keys"
    if not file.exists():
        write_secret(file, f"first:{secrets.token_hex(32)}")
    return file.read_text().strip()


def forget(data):
    """Removes all that is kept; the lock stays, it is held."""
    account = postgres_account()
    shutil.rmtree(cluster(data, account), ignore_errors=True)
    for entry in data.iterdir():
        if entry.name == "lock":
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
