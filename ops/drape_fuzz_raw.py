"""What no schema can express: bytes that are no text, JSON that is none, forms that break off, numbers beyond any, NUL characters.

Each operation is asked with its document's examples, one thing of them broken at a time. Nothing is random. Whatever it is, it gets
an answer that the document names, no 5xx, and a problem if it is refused. Standard library only.
"""

import collections
import gzip
import json
import re
import socket
import time
import urllib.parse
from typing import NamedTuple

from drape_fuzz_system import network

# For an answer with all of its body. A stream ends after DRAPE_SSE_MAX_AGE_MS.
SECONDS = 30
# A short run asks one in so many.
IN_SHORT = 4
# What stands for a value while a body is written, so that anything can be put in its place.
MARK = "@mark@"
LONG = b"x" * 3_000
# In an address: percent signs that mean no text, or none at all; and what was never to be sent unescaped.
ADDRESSES = [b"%00", b"a%00b", b"%FF", b"%C0%AF", b"%ED%A0%80", b"%F4%90%80%80", b"%", b"%zz", b"%0D%0AX-Injected:1", b"..%2F..%2Fetc", b"%2E%2E",
             b"%20", b"%E2%80%AE", b"%F0%9F%A7%A5", b"-1", b"9" * 40, b"-" + b"9" * 40, b"1e999", b"NaN", b"0x10", b"1.5", b"+1", b"9223372036854775807", b"9223372036854775808", LONG]
UNESCAPED = [b"\xff", b"\xc3\xa4", b"\x00", b"\x01", b"<>\"{}|^`"]
QUERIES = [b"", b"a=b=c", b"%D9%A1%D9%A2", b"1,2,,3", b"," * 500, b"%26%3D"]
# In a header: bytes beyond ASCII may be sent, and are no UTF-8.
HEADERS = [b"", b" ", b"\xff\xfe", b"\xc3\xa4", b"\t", b"\"", b"," * 500, b"*", b"W/\"", b"9" * 40, b"-1", b"1e999", b"bytes=9-1", b"bytes=" + b"0-1," * 200,
           b"\"" + b"9" * 19 + b"\"", b"%00", LONG]
# What HTTP itself forbids in one.
BROKEN_HEADERS = [b"a\x00b", b"a\x7fb", b"\x01"]
# Headers that are read at every operation, by ourselves or by what is below.
EVERYWHERE = [b"Accept", b"Accept-Encoding", b"Accept-Language", b"Authorization", b"Content-Type", b"Content-Encoding", b"Cookie", b"Idempotency-Key", b"If-Match",
              b"If-None-Match", b"Origin", b"Range", b"Sec-Fetch-Site", b"User-Agent", b"X-Forwarded-For", b"X-Request-Id", b"traceparent",
              b"tracestate"]
# In the place of a value of JSON.
VALUES = ['"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"a\\u0000b"', '"\\u202e"', '"' + "x" * 3_000 + '"', '""', '" "', "1e999", "-1e999", "1e-999", "-0", "1.5",
          "9" * 40, "-" + "9" * 40, "9007199254740993", "9223372036854775808", "18446744073709551616", "-1", "null", "true", "[]", "{}", "[null]", '[""]',
          "[" * 200 + "]" * 200, "NaN", "'x'", '"\x01"']
TYPES = [b"", b"text/plain", b"application/json; charset=utf-16", b"application/json; charset=\"", b"application/JSON", b"application/problem+json", b"*/*",
         b"application/json, text/plain", b"application", b"\xff", b"multipart/form-data", b"application/x-www-form-urlencoded"]


# How long a body is, said wrongly: what is wrong, headers, the body, and whether HTTP itself is broken.
FRAMES = [
    ("chunks", [(b"Transfer-Encoding", b"chunked")], b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", False),
    ("chunks of no number", [(b"Transfer-Encoding", b"chunked")], b"zz\r\n{}\r\n0\r\n\r\n", True),
    ("a chunk beyond any", [(b"Transfer-Encoding", b"chunked")], b"f" * 17 + b"\r\n{}\r\n", True),
    ("a chunk that goes on", [(b"Transfer-Encoding", b"chunked")], b"2\r\n{}}}}}\r\n0\r\n\r\n", True),
    ("another coding", [(b"Transfer-Encoding", b"gzip")], b"{}", True),
    ("chunks and a length", [(b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"2")], b"2\r\n{}\r\n0\r\n\r\n", True),
    ("two lengths", [(b"Content-Length", b"2"), (b"Content-Length", b"3")], b"{}", True),
    ("a length below nothing", [(b"Content-Length", b"-2")], b"{}", True),
    ("a length beyond any", [(b"Content-Length", b"9" * 30)], b"{}", True),
    ("a length that is larger than all", [(b"Content-Length", b"9" * 15)], b"{}", False),
    ("a body that waits to be wanted", [(b"Expect", b"100-continue")], b"{}", False),
    ("a body that waits for what nobody knows", [(b"Expect", b"tea")], b"{}", False),
]


class Request(NamedTuple):
    operation: str
    what: str
    method: bytes
    target: bytes
    headers: list
    body: bytes | None
    # HTTP itself is broken: an answer needs no body, and the connection may end without one.
    broken: bool = False


class Answer(NamedTuple):
    status: int
    media_type: str
    body: bytes


def resolved(document, part):
    while "$ref" in part:
        name = part["$ref"].removeprefix("#/").split("/")
        part = document
        for step in name:
            part = part[step]
    return part


def example(parameter):
    value = parameter.get("example", parameter.get("schema", {}).get("example", "text"))
    return str(value).lower() if isinstance(value, bool) else str(value)


def leaves(value, place=()):
    """Where values are in a document: each leaf, and each object or list itself."""
    yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in inner:
        yield from leaves(member, (*place, key))


def marked(value, place):
    if not place:
        return MARK
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = marked(value[place[0]], place[1:])
    return copy


def jsons(whole):
    """Bodies that are almost this JSON, with what is wrong with each."""
    text = json.dumps(whole)
    plain = text.encode()
    yield from [
        ("nothing", b""), ("a brace", b"{"), ("cut off", plain[:-1]), ("and more", plain + b"}"), ("twice", plain + plain), ("a mark before", b"\xef\xbb\xbf" + plain),
        ("UTF-16", text.encode("utf-16")), ("UTF-32", text.encode("utf-32")), ("no UTF-8", plain.replace(b'"', b'"\xff', 1)), ("no UTF-8 at all", b"\xff\xfe\xfd"),
        ("a NUL", b"\x00"), ("NULs behind", plain + b"\x00\x00"), ("deep", b"[" * 50_000), ("deep objects", b'{"a":' * 20_000), ("null", b"null"), ("a number", b"1e999"),
        ("a list", b"[" + plain + b"]"), ("an unknown member", b'{"\\u0000":1}'), ("a comment", b"/**/" + plain), ("zipped", gzip.compress(plain)),
    ]
    if isinstance(whole, dict) and whole:
        yield "members twice", ("{" + text[1:-1] + "," + text[1:-1] + "}").encode()
    for place in leaves(whole):
        around = json.dumps(marked(whole, place))
        for value in VALUES:
            yield f"{'.'.join(map(str, place)) or 'all'} = {value[:40]}", around.replace(json.dumps(MARK), value).encode()


def form(parts, end=b"--b--\r\n"):
    return b"".join(b"--b\r\nContent-Disposition: form-data" + head + b"\r\n\r\n" + content + b"\r\n" for head, content in parts) + end


def forms(names):
    """Bodies that are almost a form with these fields, each with its Content-Type and what is wrong with it."""
    kind = b"multipart/form-data; boundary=b"
    first = names[0].encode() if names else b"file"
    whole = form([(b'; name="' + name.encode() + b'"', b"x") for name in names])
    yield from [
        ("no boundary", b"multipart/form-data", whole), ("an empty boundary", b"multipart/form-data; boundary=", whole),
        ("a long boundary", b"multipart/form-data; boundary=" + b"b" * 1_000, whole), ("a boundary of bytes", b"multipart/form-data; boundary=\"\xff\"", whole),
        ("nothing", kind, b""), ("another boundary", kind, whole.replace(b"--b", b"--c")), ("cut off", kind, whole[:-9]), ("no end", kind, form([(b'; name="' + first + b'"', b"x")], b"")),
        ("an end only", kind, b"--b--\r\n"), ("no name", kind, form([(b"", b"x")])), ("a name that is no UTF-8", kind, form([(b'; name="\xff"', b"x")])),
        ("a name with a NUL", kind, form([(b'; name="' + first + b'\x00"', b"x")])), ("a name that does not end", kind, form([(b'; name="' + first, b"x")])),
        ("a file's name that is no UTF-8", kind, form([(b'; name="' + first + b'"; filename="\xff\x00../../x"', b"x")])),
        ("text that is no UTF-8", kind, form([(b'; name="' + name.encode() + b'"', b"\xff\xfe") for name in names])),
        ("NULs", kind, form([(b'; name="' + name.encode() + b'"', b"\x00") for name in names])),
        ("numbers beyond any", kind, form([(b'; name="' + name.encode() + b'"', b"9" * 40) for name in names])),
        ("fields twice", kind, form([(b'; name="' + name.encode() + b'"', b"x") for name in names * 2])),
        ("unknown fields", kind, form([(b'; name="unheard%d"' % number, b"x") for number in range(300)])),
        ("a long head", kind, form([(b'; name="' + first + b'"\r\nX-Long: ' + b"x" * 20_000, b"x")])), ("an empty file", kind, form([(b'; name="' + name.encode() + b'"', b"") for name in names])),
        ("no form", kind, b"\x00\xff" * 100), ("a form in a form", kind, form([(b'; name="' + first + b'"\r\nContent-Type: multipart/mixed; boundary=b', whole)])),
    ]


class Asked(NamedTuple):
    """An operation and what is asked of it when nothing is broken."""

    id: str
    method: bytes
    path: str
    parameters: list
    media_types: dict
    statuses: set
    # Whom it is for; everybody who is signed in, where it names none.
    roles: set
    is_open: bool
    # Parameters that are of something that is there.
    known: dict

    def may(self, role):
        role = "shopper" if role == "person" else role
        return self.is_open or (role != "anonymous" and (not self.roles or role in self.roles))

    def target(self, replaced=None, value=b""):
        """Its address with a parameter's example replaced by these bytes."""
        path = self.path.encode()
        query = []
        for parameter in self.parameters:
            is_it = (parameter["in"], parameter["name"]) == replaced
            usual = self.known.get(parameter["name"]) if parameter["in"] != "header" else None
            text = value if is_it else urllib.parse.quote(usual or example(parameter), safe="").encode()
            if parameter["in"] == "path":
                path = path.replace(b"{" + parameter["name"].encode() + b"}", text)
            elif parameter["in"] == "query" and (is_it or parameter.get("required")):
                query.append(parameter["name"].encode() + b"=" + text)
        return path + (b"?" + b"&".join(query) if query else b"")

    def headers(self, without=b""):
        wanted = [parameter for parameter in self.parameters if parameter["in"] == "header" and parameter.get("required")]
        # Whatever is there is meant.
        return [(name.encode(), b"*" if name == "If-Match" else example(parameter).encode()) for parameter in wanted
                if (name := parameter["name"]).encode().lower() != without.lower()]

    def body(self):
        """A body with its Content-Type: the example's where there is one."""
        for media_type, content in self.media_types.items():
            value = content.get("example", {} if media_type == "application/json" else "x")
            return (json.dumps(value) if media_type == "application/json" else str(value)).encode(), media_type.encode()
        return None, None


class Asker(NamedTuple):
    role: str
    token: str | None = None
    # What is there, by the path below which it is.
    made: dict = {}
    # Everything is asked of every operation.
    is_thorough: bool = False

    def known(self, method, path):
        """What is taken away or ended is something that is not there: there is one of it only."""
        if method == "delete" or path.endswith(("/retire", "/cancel")):
            return {}
        return {re.search(r"\{(\w+)\}", of)[1]: what for of, what in self.made.items()
                if path.startswith(of) or path == of.partition("?")[0]}


def described(document, asker):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "operationId" not in operation:
                continue
            content = resolved(document, operation.get("requestBody", {})).get("content", {})
            for kind in content.values():
                kind["schema"] = resolved(document, kind.get("schema", {}))
            parameters = [resolved(document, parameter) for parameter in operation.get("parameters", [])]
            yield Asked(operation["operationId"], method.upper().encode(), path, parameters, content, set(operation["responses"]),
                        set(operation.get("x-roles", [])), any(not scheme for scheme in operation["security"] or [{}]),
                        asker.known(method, path))


def requests(asked, turn=None):
    """All that one operation is asked. With a `turn`, of what is wrong with headers that are read at every operation it gets one for each
    header, and every operation another."""
    def request(what, target=None, headers=None, body=None, media_type=None, broken=False, method=None):
        if body is None and media_type is None:
            body, media_type = asked.body()
        headers = asked.headers() if headers is None else headers
        if media_type is not None and not any(name.lower() == b"content-type" for name, _ in headers):
            headers = [*headers, (b"Content-Type", media_type)]
        return Request(asked.id, what, method or asked.method, target or asked.target(), headers, body, broken)

    yield request("nothing is wrong")
    for parameter in asked.parameters:
        place, name = parameter["in"], parameter["name"]
        if place in ("path", "query"):
            values = [(value, False) for value in [*ADDRESSES, *(QUERIES if place == "query" else [])]] + [(value, True) for value in UNESCAPED]
            for value, broken in values:
                yield request(f"{place} {name} = {value[:40]!r}", target=asked.target((place, name), value), broken=broken)
            if place == "query":
                twice = asked.target((place, name), b"1")
                yield request(f"query {name} twice", target=twice + b"&" + name.encode() + b"=2")
    behind = b"&" if b"?" in asked.target() else b"?"
    for value in [b"unheard=%00", b"%FF=1", b"&&==&", b"=", b"unheard[]=1", b"a=" + LONG]:
        yield request(f"query {value[:40]!r}", target=asked.target() + behind + value)
    own = [parameter["name"].encode() for parameter in asked.parameters if parameter["in"] == "header"]
    values = [(value, False) for value in HEADERS] + [(value, True) for value in BROKEN_HEADERS]
    for number, name in enumerate(dict.fromkeys([*own, *EVERYWHERE])):
        first = 0 if turn is None or name in own else (turn + number) % len(values)
        for value, broken in values[first:first + (len(values) if turn is None or name in own else 1)]:
            yield request(f"header {name.decode()}: {value[:40]!r}", headers=[*asked.headers(name), (name, value)], broken=broken)
        yield request(f"header {name.decode()} twice", headers=[*asked.headers(name), (name, b"1"), (name, b"2")])
    yield from bodies(asked, request)


def some(requests_of_one, turn):
    """All of them; with a `turn` the first, in which nothing is wrong, and one in four of the others: of each operation others."""
    return [request for number, request in enumerate(requests_of_one) if turn is None or number == 0 or (number + turn) % IN_SHORT == 0]


def bodies(asked, request):
    if not asked.media_types:
        for what, body in [("JSON", b"{}"), ("a brace", b"{"), ("bytes", b"\xff\x00")]:
            yield request(f"a body where none is wanted: {what}", body=body, media_type=b"application/json")
        return
    plain, media_type = asked.body()
    for kind in TYPES:
        yield request(f"Content-Type: {kind!r}", body=plain, media_type=kind)
    for what, headers, body, broken in FRAMES:
        yield request(f"body: {what}", headers=[*asked.headers(), *headers], body=body, media_type=media_type, broken=broken)
    yield request("no Content-Type", body=plain, headers=asked.headers())
    for coding in [b"gzip", b"br", b"zstd", b"identity, gzip", b"\xff"]:
        yield request(f"Content-Encoding: {coding!r}", headers=[*asked.headers(), (b"Content-Encoding", coding)])
    for kind, content in asked.media_types.items():
        if kind == "application/json":
            for what, body in jsons(content.get("example", {})):
                yield request(f"JSON: {what}", body=body, media_type=b"application/json")
        elif kind == "multipart/form-data":
            for what, form_type, body in forms(list(content["schema"].get("properties", {}))):
                yield request(f"form: {what}", body=body, media_type=form_type)
        else:
            for what, body in [("nothing", b""), ("NULs", b"\x00" * 100), ("no text", b"\xff\xfe\xfd" * 50), ("its own name", kind.encode()), ("a line", b"\r\n"),
                               ("quotes", b"\"" * 99), ("commas", b"," * 9_000), ("tags", b"<a>" * 9_000), ("a zip's head", b"PK\x03\x04" + b"\xff" * 60),
                               ("a JPEG's head", b"\xff\xd8\xff\xe0\xff\xff"), ("a PNG's head", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR"), ("a WebP's head", b"RIFF\xff\xff\xff\xffWEBPVP8X")]:
                yield request(f"{kind}: {what}", body=body, media_type=kind.encode())


def written(request, host, token):
    headers = list(request.headers)
    if token and not any(name.lower() == b"authorization" for name, _ in headers):
        headers.append((b"Authorization", b"Bearer " + token.encode()))
    # Each from another network: guessing is slowed down for one.
    if not any(name == b"X-Forwarded-For" for name, _ in headers):
        headers.append((b"X-Forwarded-For", network().encode()))
    if request.body is not None and not any(name in (b"Content-Length", b"Transfer-Encoding") for name, _ in headers):
        headers.append((b"Content-Length", str(len(request.body)).encode()))
    head = [request.method + b" " + request.target + b" HTTP/1.1", b"Host: " + host.encode(), b"Connection: close"]
    return b"\r\n".join([*head, *(name + b": " + value for name, value in headers), b"", b""]) + (request.body or b"")


def send(address, message):
    """The answer, None if the connection ended without one. Raises OSError."""
    with socket.create_connection(address, timeout=SECONDS) as connection:
        try:
            connection.sendall(message)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was heard out: the answer may be there
        received, deadline = b"", time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                piece = connection.recv(65_536)
            except ConnectionResetError:
                break
            if not piece:
                break
            received += piece
        else:
            raise TimeoutError(f"no end after {SECONDS} s")
    head, _, body = received.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head, _, body = body.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.1 (\d{3})", head)
    if not status:
        return None
    media_type = re.search(rb"(?im)^content-type: *([^;\r\n]*)", head)
    return Answer(int(status[1]), media_type[1].decode("latin-1").strip() if media_type else "", body)


def wrong(request, answer, statuses):
    """What is wrong with an answer; None if nothing is."""
    if answer is None:
        return None if request.broken else "no answer"
    if answer.status >= 500:
        return f"{answer.status}: {answer.body[:300]!r}"
    if str(answer.status) not in statuses:
        return f"{answer.status} is not in the document"
    if answer.status >= 400 and answer.media_type != "application/problem+json" and not (request.broken and not answer.body):
        return f"{answer.status} is no problem but {answer.media_type or 'nothing'}: {answer.body[:100]!r}"
    return None


def run(base, asker, document, wanted):
    """Asks those of these operations that are for the asker: rows of operation, phase, status and number as portions keep them, and what
    was found, as text by operation."""
    host = urllib.parse.urlsplit(base).netloc
    name, port = host.rsplit(":", 1)
    counted, found = collections.Counter(), collections.defaultdict(list)
    for turn, asked in enumerate(described(document, asker)):
        if asked.id not in wanted or not asked.may(asker.role):
            continue
        share = None if asker.is_thorough else turn
        for request in some(requests(asked, share), share):
            message, answer = written(request, host, asker.token), None
            try:
                answer = send((name, int(port)), message)
                problem = wrong(request, answer, asked.statuses)
            except OSError as error:
                problem = f"{type(error).__name__}: {error}"
            counted[asked.id, "raw", answer.status if answer else 0] += 1
            if problem:
                found[asked.id].append(f"{asked.id}, {request.what}: {problem}\n    {written(request, host, None)[:400]!r}")
    return [[*key, number] for key, number in counted.items()], found
