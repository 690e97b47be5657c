"""A long run of ops/fuzz-api in portions: what is still to be asked, what was asked, and what is said of it. Standard library only.

What was asked is kept in a file with a line of JSON for each operation and role: `operation`, `role`, `examples` (as many as were wanted),
`seed`, `asked` (requests by phase), `answers` (by status; 0 is no answer) and `verdict`.
"""

import collections
import json
import re


def operations(document):
    """The ids of a document's operations, in its order."""
    return [operation["operationId"] for item in document["paths"].values() for operation in item.values() if "operationId" in operation]


def read(file):
    """What was kept; nothing where there is no file. A line that was cut off is none."""
    if not file or not file.exists():
        return []
    kept = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            kept.append(json.loads(line))
        except ValueError:
            continue
    return kept


def keep(file, notes):
    with open(file, "a", encoding="utf-8") as kept:
        kept.writelines(json.dumps(note) + "\n" for note in notes)


def to_ask(wanted, kept, role, examples):
    """The operations that did not pass as this role with as many examples."""
    passed = {note["operation"] for note in kept if note["role"] == role and note["examples"] >= examples and note["verdict"] == "passed"}
    return [operation for operation in wanted if operation not in passed]


def portions(wanted, size, apart=()):
    """So many at a time; all at once if no size is said. Those apart are each a portion of their own, after the others."""
    together, alone = [one for one in wanted if one not in apart], [one for one in wanted if one in apart]
    size = size or len(together) or 1
    return [together[first:first + size] for first in range(0, len(together), size)] + [[one] for one in alone]


def named(said, document):
    """The operations over which schemathesis put what it found."""
    ids = {f"{method.upper()} {path}": operation["operationId"]
           for path, item in document["paths"].items() for method, operation in item.items() if "operationId" in operation}
    headings = re.findall(r"^_+ ([A-Z]+ /\S*) _+$", said, re.MULTILINE)
    return {ids[heading] for heading in headings if heading in ids}


def notes(portion, role, counted, code, found, examples, seed):
    """What is kept of a portion. `counted`: rows of operation, phase, status and number; `code`: an exit status, None for one that was
    stopped; `found`: the operations in which something was. Where it failed and none is named, none of the portion has passed."""
    asked, answered = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    for operation, phase, status, number in counted:
        asked[operation][phase] += number
        answered[operation][status] += number

    def verdict(operation):
        if operation in found or any(status == 0 or status >= 500 for status in answered[operation]):
            return "found"
        if code is None:
            return "stopped"
        return "passed" if code == 0 or found else "unclear"

    return [
        {"operation": operation, "role": role, "examples": examples, "seed": seed, "asked": dict(asked[operation]),
         "answers": {str(status): number for status, number in sorted(answered[operation].items())}, "verdict": verdict(operation)}
        for operation in portion
    ]


def answers(counted):
    """How often each status was answered, over all operations."""
    seen = collections.Counter()
    for _, _, status, number in counted:
        seen[status] += number
    return seen


def table(kept):
    """For each operation and role what was asked in its last run: all requests, those made at random of them, and the verdict if it is
    not that it passed."""
    last = {(note["operation"], note["role"]): note for note in kept}
    names = list(dict.fromkeys(operation for operation, _ in last))
    roles = list(dict.fromkeys(role for _, role in last))

    def cell(note):
        if not note:
            return "–"
        told = f"{sum(note['asked'].values())} ({note['asked'].get('fuzzing', 0)})"
        return told if note["verdict"] == "passed" else f"{told} {note['verdict']}"

    rows = [["operation", *roles], *([name, *(cell(last.get((name, role))) for role in roles)] for name in names)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(roles) + 1)]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows)
