"""The system that ops/fuzz-api asks, and who asks it. Standard library only."""

import argparse
import json
import random
import re
import secrets
import sys
import time
import urllib.error
import urllib.request

import drape_job
import drape_servers
import drape_up
from drape_processes import Problem, free_port

# Somebody who has signed up; the others are tokens of the configuration, which have no sign-in of their own.
PERSON = "person"
ROLES = ("anonymous", *drape_up.ROLES, PERSON)
# What ends the session that asks for it, or may: a session that is listed is one to end.
ENDING = {role: {"signOut", "revokeSession", "requestErasure"} if role == PERSON else set() for role in ROLES}
# Live streams have no end of their own, and each answer is read to its end. The bounds of one client are not what is tested: each request
# says that it comes from another network.
SETTINGS = {"DRAPE_SSE_MAX_AGE_MS": "300", "DRAPE_HTTP_RATE_LIMITS": "off", "DRAPE_LOG_FILTER": "warn",
            "DRAPE_HTTP_CLIENT_ADDRESS_HEADER": "x-forwarded-for",
            "DRAPE_EXPORTS_MAX_WAITING": "100000", "DRAPE_OPEN_TRY_ONS_PER_PERSON": "100000"}
PASSWORD = "seven grey herons wade home"
# For a mail to be written.
MAIL_SECONDS = 20


def network():
    number = random.randrange(1 << 24)
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


class System:
    """A system of its own with a garment, pictures and a try-on in it."""

    def __init__(self, binaries, family, data, root):
        self.data = data
        place = argparse.Namespace(data=data, port=free_port(), once=False, no_seed=True, binaries=binaries)
        environment, self.base, self.tokens = drape_up.settings(place, family)
        drape_up.start_ours(place, family, environment | SETTINGS, self.base)
        job = argparse.Namespace(person=None, garment=None, category="tops", out=data / "result.png")
        with open(data / "job.txt", "w", encoding="utf-8") as said:
            output, sys.stdout = sys.stdout, said
            try:
                drape_job.run(self.base, self.tokens, job, root)
            finally:
                sys.stdout = output

    def document(self):
        with drape_servers.DIRECT.open(f"{self.base}/openapi.json", timeout=10) as answer:
            return json.load(answer)

    def token(self, role):
        """For a person a new one of somebody new, None for nobody."""
        if role == PERSON:
            return self.sign_up(f"p{secrets.token_hex(6)}@shop.example")
        return None if role == "anonymous" else self.tokens[role][0]

    def made(self, role):
        """What is there, by the addresses below which it is found: what the role may see, where not everybody may."""
        said = (self.data / "job.txt").read_text(encoding="utf-8")
        last = {what: re.search(rf"{what}.* ([0-9a-z-]{{20,}})$", said, re.MULTILINE)[1]
                for what in ("uploaded the person", "uploaded the garment", "published the garment", "requested the try-on")}
        picture = last["uploaded the person" if role == "shopper" else "uploaded the garment"]
        garment = last["published the garment"]
        return {"/v1/garments/{id}": garment, "/v1/pictures/{id}": picture, "/v1/try-ons/{id}": last["requested the try-on"],
                # What the example says is for those who keep the catalogue.
                "/v1/pictures?{purpose}": "catalogue" if role in ("merchandiser", "admin") else "person",
                "/v1/wardrobe/favourites/{garment}": garment, "/v1/wardrobe/owned/{garment}": garment}

    def sign_up(self, email):
        """Somebody new: the token of their session."""
        before = set((self.data / "mail").glob("*.eml"))
        self.post("/v1/sign-up", {"email": email, "password": PASSWORD})
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            # One may be read while it is written.
            for mail in set((self.data / "mail").glob("*.eml")) - before:
                text = mail.read_text(encoding="utf-8")
                token = re.search(r"#([0-9a-f]{32})", text)
                if token and email in text:
                    return self.post("/v1/sign-up/confirm", {"token": token[1], "deliver": "token"})["token"]
            time.sleep(0.05)
        raise Problem("no mail came")

    def post(self, path, body):
        headers = {"Content-Type": "application/json", "X-Forwarded-For": network()}
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), headers)
        try:
            with drape_servers.DIRECT.open(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise Problem(f"POST {path}: {refused.code} {refused.read()[:300]!r}") from None
