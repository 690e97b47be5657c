"""What schemathesis cannot know of a request."""

import atexit
import collections
import json
import os
import random
import re
import threading
import uuid

import schemathesis

KEY = "Idempotency-Key"
ANSWERS, COUNTING = collections.Counter(), threading.Lock()


@schemathesis.hook
def before_call(context, case, kwargs):
    """The same key with another request is refused, and rightly so: each request that has a sound key gets one of its own. And guessing
    is slowed down for a network: each request comes from one of its own."""
    kwargs["auth"] = own


def own(request):
    number = random.randrange(1 << 24)
    request.headers.setdefault("X-Forwarded-For", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    key = request.headers.get(KEY)
    if isinstance(key, bytes):
        key = key.decode("latin-1")
    if key and re.fullmatch(r"[!-~]{1,128}", key):
        request.headers[KEY] = str(uuid.uuid4())
    return request


@schemathesis.hook
def after_call(context, case, response):
    """How often each status was answered is all that is kept of a request in which nothing was found."""
    count(case, response.status_code)


@schemathesis.hook
def after_network_error(context, case, request):
    count(case, 0)


def count(case, status):
    phase = case.meta.phase.name.value if case.meta else "other"
    with COUNTING:
        ANSWERS[case.operation.definition.raw.get("operationId"), phase, status] += 1


@atexit.register
def tell():
    if os.environ.get("DRAPE_FUZZ_ANSWERS"):
        with open(os.environ["DRAPE_FUZZ_ANSWERS"], "w", encoding="utf-8") as told:
            json.dump([[*key, number] for key, number in ANSWERS.items()], told)


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """A file of lines goes as it is; what is no text goes as JSON."""
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "replace")


@schemathesis.serializer("application/zip")
def zipped(context, value):
    """Bytes that are no zip most of the time, and are taken for a catalogue then."""
    return value if isinstance(value, bytes) else json.dumps(value).encode("utf-8", "replace")
