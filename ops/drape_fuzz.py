"""Starts a whole system, runs schemathesis against the document that it serves, once for each role, and stops it again.

Every check of schemathesis counts, and so does every 5xx. Exit status 0 means that no role found anything.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import drape_job
import drape_up
from drape_processes import Family, Problem, free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".drape" / "fuzz" / "bin" / "schemathesis"
ROLES = ("anonymous", *drape_up.ROLES)
# Live streams have no end of their own, and each answer is read to its end. The bounds of one client are not what is tested.
SETTINGS = {"DRAPE_SSE_MAX_AGE_MS": "300", "DRAPE_HTTP_RATE_LIMITS": "off", "DRAPE_LOG_FILTER": "warn",
            "DRAPE_EXPORTS_MAX_WAITING": "100000", "DRAPE_OPEN_TRY_ONS_PER_PERSON": "100000"}
# Of what schemathesis says of a role in which it found something.
MOST_LINES = 2_000


def arguments():
    parser = argparse.ArgumentParser(prog="ops/fuzz-api", description=__doc__.split("\n")[0])
    parser.add_argument("--examples", type=int, help="random requests for each operation (30)")
    parser.add_argument("--thorough", action="store_true", help="1,000 of them, and up to three hours for each role")
    parser.add_argument("--minutes", type=float, help="a role that takes longer is stopped and has failed (30)")
    parser.add_argument("--seed", type=int, default=20_261_125, help="of the random requests; the same again gives the same ones")
    parser.add_argument("--roles", default=",".join(ROLES), help="with commas (all)")
    parser.add_argument("--operation", action="append", default=[], help="only this operationId; may be repeated")
    parser.add_argument("--short", action="store_true", help="leave out the sequences of operations, which take most of the time")
    parser.add_argument("--reports", type=pathlib.Path,
                        help="a folder for what schemathesis says of each role, with every request and answer: 10 KB each")
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / "target" / "debug", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.examples = options.examples or (1_000 if options.thorough else 30)
    options.minutes = options.minutes or (180 if options.thorough else 30)
    unknown = set(options.roles.split(",")) - set(ROLES)
    if unknown:
        parser.error(f"no such role: {', '.join(sorted(unknown))}")
    return options


def system(options, family, data):
    """A system of its own with a garment, pictures and a try-on in it; its address and tokens."""
    place = argparse.Namespace(data=data, port=free_port(), once=False, no_seed=True, binaries=options.binaries)
    environment, base, tokens = drape_up.settings(place, family)
    environment |= SETTINGS
    drape_up.start_ours(place, family, environment, base)
    job = argparse.Namespace(person=None, garment=None, category="tops", out=data / "result.png")
    with open(data / "job.txt", "w", encoding="utf-8") as said:
        output, sys.stdout = sys.stdout, said
        try:
            drape_job.run(base, tokens, job, ROOT)
        finally:
            sys.stdout = output
    return base, tokens


def fuzz(options, role, base, tokens, reports):
    """Runs one role: its exit status (None when its time was over), the file with what it said, how often each status was answered,
    and the most memory that it took, in MiB."""
    phases = "examples,coverage,fuzzing" + ("" if options.short else ",stateful")
    command = [
        str(PROGRAM), "--config-file", str(ROOT / "ops" / "fuzz" / "schemathesis.toml"), "run", f"{base}/openapi.json",
        "--max-examples", str(options.examples), "--seed", str(options.seed), "--phases", phases,
        "--generation-database", "none", "--no-color",
    ]
    if options.reports:
        command += ["--report", "ndjson", "--report-ndjson-path", str(reports / f"{role}.ndjson")]
    for operation in options.operation:
        command += ["--include-operation-id", operation]
    if role != "anonymous":
        command += ["--header", f"Authorization: Bearer {tokens[role][0]}"]
    said, answers = reports / f"{role}.txt", reports / f"{role}.json"
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment |= {"PYTHONPATH": str(ROOT / "ops" / "fuzz"), "DRAPE_FUZZ_ANSWERS": str(answers)}
    with open(said, "w", encoding="utf-8") as output:
        running = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=reports, env=environment)
        try:
            code, memory = ended(running, options.minutes * 60)
        finally:
            if running.returncode is None:
                running.kill()
    seen = json.loads(answers.read_text(encoding="utf-8")) if answers.exists() else {}
    return code, said, {int(status): number for status, number in seen.items()}, memory


def ended(running, seconds):
    """Waits so long; asks it to stop and to say what it has found after that, and waits no longer than a minute more."""
    for number, limit in ((signal.SIGINT, seconds), (signal.SIGKILL, 60), (None, 60)):
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            pid, status, used = os.wait4(running.pid, os.WNOHANG)
            if pid:
                running.returncode = os.waitstatus_to_exitcode(status)
                return running.returncode if number == signal.SIGINT else None, used.ru_maxrss // 1024
            time.sleep(0.1)
        if number:
            running.send_signal(number)
    raise Problem("schemathesis does not end")


def main():
    options = arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    data = pathlib.Path(tempfile.mkdtemp(prefix="drape-fuzz-"))
    reports = (options.reports or data / "reports").resolve()
    reports.mkdir(parents=True, exist_ok=True)
    found = 0
    try:
        with Family(data) as family:
            base, tokens = system(options, family, data)
            for role in options.roles.split(","):
                began = time.monotonic()
                code, said, seen, memory = fuzz(options, role, base, tokens, reports)
                failed = code != 0 or any(status >= 500 for status in seen)
                found += failed
                verdict = "STOPPED" if code is None else "FAILED" if failed else "passed"
                answers = " ".join(f"{status}×{number}" for status, number in sorted(seen.items()))
                print(f"{role:<13} {verdict}  {sum(seen.values()):>7} answers in {time.monotonic() - began:6.1f} s, {memory} MiB  "
                      f"{answers}", flush=True)
                if failed:
                    print("\n".join(said.read_text(encoding="utf-8").splitlines()[-MOST_LINES:]))
                if code is None:
                    print(f"{role} was not through after {options.minutes:g} minutes: give it more --minutes, or fewer --examples")
                family.still_there()
        print(f"fuzz-api: seed {options.seed}, {options.examples} examples an operation: "
              + (f"{found} role(s) found something or did not end" if found else "0 failures, no 5xx"))
        return 1 if found else 0
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except Problem as problem:
        print(f"ops/fuzz-api: {problem}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
