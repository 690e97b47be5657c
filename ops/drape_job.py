"""The main job once, over the public API: upload a person and a garment, try it on, follow the events, keep the picture."""

import http.client
import json
import time
import tomllib
import urllib.parse

from drape_processes import Problem

MEDIA_TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
ENDS = ("TryOnSucceeded", "TryOnFailed", "TryOnCancelled")


class Api:
    def __init__(self, base, tokens):
        self.address, self.tokens = urllib.parse.urlsplit(base).netloc, tokens

    def open(self, role, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        headers = {"Authorization": f"Bearer {self.tokens[role][0]}", **(headers or {})}
        connection.request(method, path, body, headers)
        return connection.getresponse()

    def call(self, role, method, path, body=None, media_type="application/json"):
        """Returns the body of a success: parsed if it is JSON, else its bytes."""
        if media_type == "application/json" and body is not None:
            body = json.dumps(body)
        # What is changed here was made here: whatever is there is meant.
        headers = {"If-Match": "*"} if method != "GET" else {}
        if body is not None:
            headers["Content-Type"] = media_type
        with self.open(role, method, path, body, headers) as response:
            answer = response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
        parsed = json.loads(answer) if is_json and answer else answer
        if response.status >= 300:
            detail = parsed.get("detail") or parsed.get("title") if isinstance(parsed, dict) else ""
            code = parsed.get("code") if isinstance(parsed, dict) else ""
            raise Problem(f"{method} {path}: {response.status} {code}: {detail}")
        return parsed

    def upload(self, role, purpose, file):
        media_type = MEDIA_TYPES.get(file.suffix.lower())
        if not media_type:
            raise Problem(f"{file} is neither .jpg, .png nor .webp")
        try:
            body = file.read_bytes()
        except OSError as error:
            raise Problem(f"cannot read {file}: {error.strerror}") from None
        query = f"purpose={purpose}"
        if purpose == "person":
            # Where people use this, they are shown the words first.
            query += f"&subject=permitted&consent={self.call(role, 'GET', '/v1/photo-policy')['version']}"
        return self.call(role, "POST", f"/v1/pictures?{query}", body, media_type)["id"]

    def events(self, role, path):
        """Server-sent events as (name, data), until the server ends the stream."""
        with self.open(role, "GET", path, headers={"Accept": "text/event-stream"}) as response:
            if response.status != 200:
                raise Problem(f"GET {path}: {response.status}")
            name, data = "message", []
            for raw in response:
                line = raw.decode().rstrip("\n").rstrip("\r")
                if not line:
                    if data:
                        yield name, json.loads("\n".join(data))
                    name, data = "message", []
                elif line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    data.append(line[5:].lstrip())


def demo_choice(root):
    """The garment and the person of the demo data that suit each other."""
    return tomllib.loads((root / "gateway" / "demo" / "catalogue.toml").read_text())["tryon"]


def pictures(options, root):
    demo, choice = root / "gateway" / "demo", demo_choice(root)
    person = options.person or demo / "people" / f"{choice['person']}.jpg"
    garment = options.garment or demo / "garments" / f"{choice['garment']}.jpg"
    return person, garment


def run(base, tokens, options, root):
    api, began = Api(base, tokens), time.monotonic()

    def say(text):
        print(f"{time.monotonic() - began:7.2f} s  {text}", flush=True)

    person_file, garment_file = pictures(options, root)
    person = api.upload("shopper", "person", person_file)
    say(f"uploaded the person   {person_file.name} → {person}")
    picture = api.upload("merchandiser", "catalogue", garment_file)
    say(f"uploaded the garment  {garment_file.name} → {picture}")
    garment = api.call("merchandiser", "POST", "/v1/garments", {
        "name": garment_file.stem.replace("-", " ").capitalize(), "slug": f"once-{picture[-12:]}", "category": options.category,
        "colour": {"name": "as shown", "hex": "#808080"}, "sizes": ["M"], "description": "Added by ops/up --once.",
        "price": {"minor": 4900, "currency": "EUR"},
    })["id"]
    api.call("merchandiser", "PUT", f"/v1/garments/{garment}/picture", {"picture": picture})
    api.call("merchandiser", "POST", f"/v1/garments/{garment}/publish", {})
    say(f"published the garment {garment}")
    asked = api.call("shopper", "POST", "/v1/try-ons", {"person": person, "garment": garment})
    started = time.monotonic()
    say(f"requested the try-on  {asked['id']}")
    end = follow(api, asked["id"], say, deadline=started + 120)
    seconds = time.monotonic() - started
    document = api.call("shopper", "GET", f"/v1/try-ons/{asked['id']}")
    if end != "TryOnSucceeded":
        reason = document.get("reason") or {}
        raise Problem(f"no try-on: {reason.get('code', end)}: {reason.get('detail', '')}")
    options.out.write_bytes(api.call("shopper", "GET", document["result"]["original_url"]))
    say(f"wrote {options.out}: the try-on took {seconds:.2f} s from the request to its last event")
    return 0


def follow(api, session, say, deadline):
    """Prints what happens and returns the type of the last event. A stream that ends early is opened again."""
    seen = set()
    while time.monotonic() < deadline:
        for name, data in api.events("shopper", f"/v1/try-ons/{session}/events"):
            if name == "progress":
                say(f"  stage {data['stage']:<10} {data['elapsed_ms']:>6} ms into the attempt")
                continue
            if name == "queued":
                say(f"  number {data['position']} in the queue")
                continue
            if data["type"] not in seen:
                seen.add(data["type"])
                say(f"event {data['type']}")
            if data["type"] in ENDS:
                return data["type"]
    raise Problem("the try-on did not end in time")
