"""What schemathesis cannot know of a request."""

import json
import re
import uuid

import schemathesis

KEY = "Idempotency-Key"


@schemathesis.hook
def before_call(context, case, kwargs):
    """The same key with another request is refused, and rightly so: each request that has a sound key gets one of its own."""
    kwargs["auth"] = own_key


def own_key(request):
    key = request.headers.get(KEY)
    if isinstance(key, bytes):
        key = key.decode("latin-1")
    if key and re.fullmatch(r"[!-~]{1,128}", key):
        request.headers[KEY] = str(uuid.uuid4())
    return request


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
