"""Starts the whole system on this machine and stops it again; ops/up calls this after it has built everything.

Servers that are not given by DRAPE_NATS_URL, DRAPE_DATABASE_URL or DRAPE_BLOB_URL are private ones below the data
directory, on free ports of 127.0.0.1. Standard library only.
"""

import argparse
import os
import pathlib
import shlex
import signal
import sys
import time

import drape_job
import drape_servers
from drape_processes import Family, Problem, free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROLES = ("shopper", "merchandiser", "analyst", "admin")


def arguments():
    parser = argparse.ArgumentParser(prog="ops/up", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / ".drape" / "data", help="where everything is kept")
    parser.add_argument("--reset", action="store_true", help="forget all kept data first")
    parser.add_argument("--port", type=int, help="HTTP port (8080, or a free one if that is taken; --once: a free one)")
    parser.add_argument("--once", action="store_true", help="do one try-on from beginning to end, then stop")
    parser.add_argument("--person", type=pathlib.Path, help="with --once: the photo of a person (a demo person)")
    parser.add_argument("--garment", type=pathlib.Path, help="with --once: the picture of a garment (a demo garment)")
    parser.add_argument("--category", default="tops", help="with --once: tops, bottoms, dresses or outerwear")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("try-on-result.png"), help="with --once")
    parser.add_argument("--no-seed", action="store_true", help="start with an empty catalogue")
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / "target" / "debug", help=argparse.SUPPRESS)
    return parser.parse_args()


def settings(options, family):
    """The environment of `drape` and of the worker, with private servers where none are given."""
    environment = dict(os.environ)
    if "DRAPE_NATS_URL" not in environment:
        environment |= drape_servers.start_nats(family, options.data, ROOT)
    if "DRAPE_DATABASE_URL" not in environment:
        environment |= drape_servers.start_postgres(family, options.data, ROOT)
    if "DRAPE_BLOB_URL" not in environment:
        environment["DRAPE_BLOB_URL"] = f"file://{options.data / 'blobs'}"
    environment.setdefault("DRAPE_EXPORTS_FOLDER", str(options.data / "exports"))
    environment.setdefault("DRAPE_IMPORTS_FOLDER", str(options.data / "imports"))
    environment.setdefault("DRAPE_PRIVACY_MASTER_KEYS", drape_servers.master_key(options.data))
    if "DRAPE_MAIL_SMTP_URL" not in environment:
        environment.setdefault("DRAPE_MAIL_FOLDER", str(options.data / "mail"))
        pathlib.Path(environment["DRAPE_MAIL_FOLDER"]).mkdir(parents=True, exist_ok=True)
    internal, engine = free_port(), free_port()
    tokens = drape_servers.tokens(options.data, ROLES)
    port = options.port or (free_port() if options.once else drape_servers.usual_port(8080))
    environment |= {
        "DRAPE_HTTP_LISTEN": f"127.0.0.1:{port}",
        "DRAPE_INTERNAL_LISTEN": f"127.0.0.1:{internal}",
        "DRAPE_ENGINE_URL": f"http://127.0.0.1:{engine}",
        "DRAPE_MEDIA_URL": f"http://127.0.0.1:{internal}",
        "DRAPE_INTERNAL_TOKEN": drape_servers.password(options.data, "internal"),
        "DRAPE_WORKER_LISTEN": f"127.0.0.1:{engine}",
        "DRAPE_MODEL_PACK": str(ROOT / "tryon-worker" / "models" / "drape-2026.2"),
    }
    environment.setdefault("DRAPE_AUTH_TOKENS", ",".join(f"{token}:{role}:{account}" for role, (token, account) in tokens.items()))
    for entry in environment["DRAPE_AUTH_TOKENS"].split(","):
        token, role, account = entry.strip().split(":")
        tokens[role] = (token, account)
    return environment, f"http://127.0.0.1:{port}", tokens


def keep_settings(options, environment):
    """For `drape events`, `drape projections` and the like: where the servers of this run are. For its owner's eyes only."""
    kept = options.data / "drape.env"
    kept.touch(mode=0o600)
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(environment.items()) if name.startswith("DRAPE_")]
    kept.write_text("".join(lines))
    return kept


# The worker gets no database, no bucket and no token.
HIDDEN_FROM_WORKER = (
    "DRAPE_DATABASE_URL",
    "DRAPE_DATABASE_READ_URL",
    "DRAPE_DATABASE_IDENTITY_URL",
    "DRAPE_BLOB_URL",
    "DRAPE_AUTH_TOKENS",
    "DRAPE_AUTH_PASSWORD_PEPPERS",
    "DRAPE_PRIVACY_MASTER_KEYS",
    "DRAPE_PICTURES_LINK_KEYS",
    "DRAPE_MAIL_SMTP_URL",
    "DRAPE_S3_ACCESS_KEY_ID",
    "DRAPE_S3_SECRET_ACCESS_KEY",
)


def start_ours(options, family, environment, base):
    """Migrates, seeds once, starts both programs, and returns when a try-on can be asked for."""
    drape = [str(options.binaries / "drape")]
    # Addresses are for one process each.
    once = {name: value for name, value in environment.items() if name not in ("DRAPE_MEDIA_URL", "DRAPE_WORKER_LISTEN", "DRAPE_MODEL_PACK")}
    family.run("migrate", [*drape, "migrate"], once)
    seeded = options.data / "seeded"
    family.start("drape", [*drape, "serve"], once)
    for_worker = {name: value for name, value in environment.items() if name not in HIDDEN_FROM_WORKER}
    for_worker["DRAPE_NATS_URL"] = for_worker.pop(drape_servers.WORKER_NATS_URL, for_worker["DRAPE_NATS_URL"])
    family.start("worker", [str(options.binaries / "drape-tryon-worker"), "serve"], for_worker)
    if not options.no_seed and not options.once and not seeded.exists():
        print("filling the catalogue (first start only) …", flush=True)
        family.run("seed", [*drape, "seed"], once, seconds=600)
        seeded.write_text("demo catalogue\n")
    family.wait_for("drape", lambda: drape_servers.answers(f"{base}/readyz"), seconds=90)
    host, port = environment["DRAPE_WORKER_LISTEN"].rsplit(":", 1)
    family.wait_for("worker", lambda: drape_servers.listens(host, int(port)), seconds=90)


def walk_through(base, tokens, kept):
    choice = drape_job.demo_choice(ROOT)
    return f"""
drape is ready.

  API page     {base}/docs
  readiness    {base}/readyz
  tokens       shopper {tokens['shopper'][0]} · merchandiser {tokens['merchandiser'][0]} · analyst {tokens['analyst'][0]} · admin {tokens['admin'][0]}

Try it, in another terminal:

  api={base}
  shopper='Authorization: Bearer {tokens['shopper'][0]}'
  shop='Authorization: Bearer {tokens['merchandiser'][0]}'
  json='Content-Type: application/json'
  pick() {{ python3 -c "import json,sys; it = json.load(sys.stdin); print($1)"; }}

  # The catalogue.
  curl -s "$api/v1/garments?limit=3"; echo

  # How many of it can be tried on: a worker looks at each picture, which takes about a minute after the first start.
  curl -s "$api/v1/garments?limit=100" | pick '{{s: sum(g["try_on"]["state"] == s for g in it["items"]) for s in ("ready", "unsupported", "unknown")}}'

  # A write answers 201 and where it stands in the log. A read that names this place shows it.
  added=$(curl -s -H "$shop" -H "$json" "$api/v1/garments" -d '{{"name":"Linen shirt","slug":"linen-shirt","category":"tops",
    "colour":{{"name":"Sand","hex":"#d8c9a8"}},"sizes":["M"],"description":"","price":{{"minor":4990,"currency":"EUR"}}}}')
  curl -s -H "$shop" -H "Drape-Min-Position: $(echo "$added" | pick 'it["position"]')" \\
    "$api/v1/garments/$(echo "$added" | pick 'it["id"]')"; echo

  # A try-on, watched until it ends. The photo comes with what the person agreed to.
  policy=$(curl -s "$api/v1/photo-policy" | pick 'it["version"]')
  garment=$(curl -s "$api/v1/garments?limit=100" | pick 'next(g["id"] for g in it["items"] if g["slug"] == "{choice['garment']}")')
  person=$(curl -s -H "$shopper" -H 'Content-Type: image/jpeg' "$api/v1/pictures?purpose=person&subject=myself&consent=$policy" \\
    --data-binary @{ROOT}/gateway/demo/people/{choice['person']}.jpg | pick 'it["id"]')
  tryon=$(curl -s -H "$shopper" -H "$json" "$api/v1/try-ons" -d '{{"person":"'$person'","garment":"'$garment'"}}' | pick 'it["id"]')
  curl -sN -H "$shopper" "$api/v1/try-ons/$tryon/events"

  # Its result.
  curl -s -H "$shopper" -o result.png "$api$(curl -s -H "$shopper" "$api/v1/try-ons/$tryon" | pick 'it["result"]["original_url"]')"

  # What happened, by the command line: counted, checked, and as Parquet for DuckDB, pandas and Polars. And how far the views are.
  (. {kept}; drape={ROOT}/target/debug/drape
   $drape events count --by-type; $drape events verify; $drape projections list
   $drape events export --format parquet --into events-$(date +%s))

Ctrl-C stops everything."""


def main():
    options = arguments()
    options.data = options.data.resolve()
    began = time.monotonic()
    # Both signals become an exception in the main thread, which then stops the family in order.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        with Family(options.data) as family:
            if options.reset:
                drape_servers.forget(options.data)
            environment, base, tokens = settings(options, family)
            start_ours(options, family, environment, base)
            if options.once:
                print(f"ready after {time.monotonic() - began:.1f} s", flush=True)
                return drape_job.run(base, tokens, options, ROOT)
            print(walk_through(base, tokens, keep_settings(options, environment)), flush=True)
            family.watch()
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 0 if not options.once else 130
    except Problem as problem:
        print(f"ops/up: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
