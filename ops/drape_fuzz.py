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


def arguments():
    parser = argparse.ArgumentParser(prog="ops/fuzz-api", description=__doc__.split("\n")[0])
    parser.add_argument("--examples", type=int, default=30, help="random requests for each operation (30)")
    parser.add_argument("--seed", type=int, default=20_261_125, help="of the random requests; the same again gives the same ones")
    parser.add_argument("--roles", default=",".join(ROLES), help="with commas (all)")
    parser.add_argument("--operation", action="append", default=[], help="only this operationId; may be repeated")
    parser.add_argument("--short", action="store_true", help="leave out the sequences of operations, which take most of the time")
    parser.add_argument("--reports", type=pathlib.Path, help="a folder for what schemathesis says of each role")
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / "target" / "debug", help=argparse.SUPPRESS)
    options = parser.parse_args()
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
    """Runs one role: its exit status, the file with what it said, and how often each status was answered."""
    report = reports / f"{role}.ndjson"
    phases = "examples,coverage,fuzzing" + ("" if options.short else ",stateful")
    command = [
        str(PROGRAM), "--config-file", str(ROOT / "ops" / "fuzz" / "schemathesis.toml"), "run", f"{base}/openapi.json",
        "--max-examples", str(options.examples), "--seed", str(options.seed), "--phases", phases,
        "--generation-database", "none", "--no-color", "--report", "ndjson", "--report-ndjson-path", str(report),
    ]
    for operation in options.operation:
        command += ["--include-operation-id", operation]
    if role != "anonymous":
        command += ["--header", f"Authorization: Bearer {tokens[role][0]}"]
    said = reports / f"{role}.txt"
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment["PYTHONPATH"] = str(ROOT / "ops" / "fuzz")
    with open(said, "w", encoding="utf-8") as output:
        ended = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd=reports, check=False,
                               env=environment)
    return ended.returncode, said, statuses(report)


def statuses(report):
    """How often each status was answered."""
    seen = {}
    with open(report, encoding="utf-8") as lines:
        for line in lines:
            count(json.loads(line), seen)
    return seen


def count(value, seen):
    if isinstance(value, list):
        for item in value:
            count(item, seen)
    elif isinstance(value, dict):
        if isinstance(value.get("status_code"), int):
            seen[value["status_code"]] = seen.get(value["status_code"], 0) + 1
        for item in value.values():
            count(item, seen)


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
                code, said, seen = fuzz(options, role, base, tokens, reports)
                failed = code != 0 or any(status >= 500 for status in seen)
                found += failed
                answers = " ".join(f"{status}×{number}" for status, number in sorted(seen.items()))
                print(f"{role:<13} {'FAILED' if failed else 'passed'}  {sum(seen.values()):>6} answers in "
                      f"{time.monotonic() - began:5.1f} s  {answers}", flush=True)
                if failed:
                    print(said.read_text(encoding="utf-8"))
                family.still_there()
        print(f"fuzz-api: seed {options.seed}, {options.examples} examples an operation: "
              + (f"{found} role(s) found something" if found else "0 failures, no 5xx"))
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
