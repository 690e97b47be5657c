"""Starts a whole system, asks it what its document allows and what it does not (schemathesis), and what no schema can express, once for
each role, and stops it again.

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

import drape_fuzz_portions as portions
import drape_fuzz_raw as raw
from drape_fuzz_system import ENDING, ROLES, System
from drape_processes import Family, Problem

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".drape" / "fuzz" / "bin" / "schemathesis"
# Of what schemathesis says of a role in which it found something.
MOST_LINES = 2_000
# They may do everything between them: a short run asks what no schema can express as these only.
RAW_ROLES = ("anonymous", "admin", "person")
# Of what is wrong with the answers of one operation to what no schema can express.
MOST_OF_ONE = 10


def arguments():
    parser = argparse.ArgumentParser(prog="ops/fuzz-api", description=__doc__.split("\n\n")[0])
    parser.add_argument("--examples", type=int, help="random requests for each operation (30)")
    parser.add_argument("--thorough", action="store_true", help="1,000 of them, and up to three hours for each role")
    parser.add_argument("--minutes", type=float, help="a role that takes longer is stopped and has failed (30)")
    parser.add_argument("--seed", type=int, default=20_261_125, help="of the random requests; the same again gives the same ones")
    parser.add_argument("--roles", default=",".join(ROLES), help="with commas (all)")
    parser.add_argument("--operation", action="append", default=[], help="only this operationId; may be repeated")
    parser.add_argument("--may", action="store_true", help="only operations that the document grants to the role")
    parser.add_argument("--portion", type=int, metavar="OPERATIONS",
                        help="run so many operations at a time, each portion with --minutes of its own (all at once)")
    parser.add_argument("--kept", type=pathlib.Path, metavar="FILE",
                        help="note there what each operation was asked as each role, leave out what is noted as passed with as many "
                             "examples, and say all of it in a table at the end: a long run goes on where it was stopped")
    parser.add_argument("--for", type=float, dest="altogether", metavar="MINUTES", help="begin no portion after so long (no bound)")
    parser.add_argument("--short", action="store_true", help="leave out the sequences of operations, which take most of the time")
    parser.add_argument("--raw", action="store_true", help="only what no schema can express: bytes that are no text, broken JSON and forms")
    parser.add_argument("--no-raw", action="store_true", help="leave that out; else it comes first, all of it as every role with --thorough, a quarter as three without")
    parser.add_argument("--reports", type=pathlib.Path,
                        help="a folder for what schemathesis says of each role, with every request and answer: 10 KB each")
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / "target" / "debug", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.examples = 0 if options.raw else options.examples or (1_000 if options.thorough else 30)
    options.minutes = options.minutes or (180 if options.thorough else 30)
    if options.raw and options.no_raw:
        parser.error("--raw and --no-raw leave nothing to ask")
    unknown = set(options.roles.split(",")) - set(ROLES)
    if unknown:
        parser.error(f"no such role: {', '.join(sorted(unknown))}")
    return options


def fuzz(options, role, portion, base, token, reports):
    """Asks these operations (all of them if none is said) as one role: its exit status (None when its time was over), what it said, rows
    of operation, phase, status and how often it was answered, and the most memory that it took, in MiB."""
    place = "-".join([role, *portion[:1]])
    phases = "examples,coverage,fuzzing" + ("" if options.short else ",stateful")
    command = [
        str(PROGRAM), "--config-file", str(ROOT / "ops" / "fuzz" / "schemathesis.toml"), "run", f"{base}/openapi.json",
        "--max-examples", str(options.examples), "--seed", str(options.seed), "--phases", phases,
        "--generation-database", "none", "--no-color",
    ]
    if options.reports:
        command += ["--report", "ndjson", "--report-ndjson-path", str(reports / f"{place}.ndjson")]
    for operation in portion:
        command += ["--include-operation-id", operation]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    said, answers = reports / f"{place}.txt", reports / f"{place}.json"
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment |= {"PYTHONPATH": str(ROOT / "ops" / "fuzz"), "DRAPE_FUZZ_ANSWERS": str(answers)}
    with open(said, "w", encoding="utf-8") as output:
        running = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=reports, env=environment)
        try:
            code, memory = ended(running, options.minutes * 60)
        finally:
            if running.returncode is None:
                running.kill()
    counted = json.loads(answers.read_text(encoding="utf-8")) if answers.exists() else []
    return code, said.read_text(encoding="utf-8"), counted, memory


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


def asked(options, role, portion, system, reports, described):
    """Asks a portion, tells what was answered, and keeps it: whether something was found."""
    began, token = time.monotonic(), system.token(role)
    counted, broken = [], {}
    if not options.no_raw and (options.raw or options.thorough or role in RAW_ROLES):
        asker = raw.Asker(role, token, system.made(role), options.thorough)
        counted, broken = raw.run(system.base, asker, described, set(portion))
    code, said, memory = 0, "", 0
    if not options.raw:
        code, said, rows, memory = fuzz(options, role, portion if len(portion) < len(portions.operations(described)) else [], system.base, token, reports)
        counted += rows
    seen = portions.answers(counted)
    failed = code != 0 or bool(broken) or any(status >= 500 for status in seen)
    verdict = "STOPPED" if code is None else "FAILED" if failed else "passed"
    answers = " ".join(f"{status}×{number}" for status, number in sorted(seen.items()))
    named = f"  {portion[0]} …" if options.portion else ""
    print(f"{role:<13} {verdict}  {sum(seen.values()):>7} answers in {time.monotonic() - began:6.1f} s, {memory} MiB  {answers}{named}", flush=True)
    if failed:
        told = [line for of_one in broken.values() for text in of_one[:MOST_OF_ONE] for line in text.splitlines()]
        print("\n".join((told + said.splitlines())[-MOST_LINES:]), flush=True)
    if code is None:
        print(f"{role} was not through after {options.minutes:g} minutes: give it more --minutes, or fewer --examples")
    if options.kept:
        found = portions.named(said, described) | set(broken)
        portions.keep(options.kept, portions.notes(portion, role, counted, code, found, options.examples, options.seed))
    return failed


def all_roles(options, family, system, reports):
    """Asks all that is wanted and was not asked yet: how many portions found something, and how many were not begun."""
    described, began, found, left = system.document(), time.monotonic(), 0, 0
    wanted = [operation for operation in portions.operations(described) if not options.operation or operation in options.operation]
    unknown = set(options.operation) - set(wanted)
    if unknown:
        raise Problem(f"no such operation: {', '.join(sorted(unknown))}")
    for role in options.roles.split(","):
        granted = {asked.id for asked in raw.described(described, raw.Asker(role)) if not options.may or asked.may(role)}
        left_to_ask = portions.to_ask(wanted, portions.read(options.kept), role, options.examples)
        for portion in portions.portions([operation for operation in left_to_ask if operation in granted], options.portion, ENDING[role]):
            if options.altogether and time.monotonic() - began > options.altogether * 60:
                left += 1
                continue
            found += asked(options, role, portion, system, reports, described)
            family.still_there()
    return found, left


def main():
    options = arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    data = pathlib.Path(tempfile.mkdtemp(prefix="drape-fuzz-"))
    reports = (options.reports or data / "reports").resolve()
    reports.mkdir(parents=True, exist_ok=True)
    try:
        with Family(data) as family:
            system = System(options.binaries, family, data, ROOT)
            found, left = all_roles(options, family, system, reports)
        if options.kept:
            print(portions.table(portions.read(options.kept)))
        told = f"{found} run(s) found something or did not end" if found else "0 failures, no 5xx"
        told += f"; {left} portion(s) not begun" if left else ""
        print(f"fuzz-api: seed {options.seed}, {options.examples} examples an operation: {told}")
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
