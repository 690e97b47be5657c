"""A storefront's API as one writes it with FastAPI and asyncpg: a page with facets, and one garment.

catalogue.py PORT CONNECTIONS, with DATABASE_URL, and the statements in LIST and ONE.
"""

import contextlib
import os
import sys
import uuid

import asyncpg
import fastapi
import orjson
import uvicorn

PORT, CONNECTIONS = map(int, sys.argv[1:3])
LIST, ONE = os.environ["LIST"], os.environ["ONE"]
JSON = "application/json; charset=utf-8"


@contextlib.asynccontextmanager
async def lifespan(app):
    # Each connection keeps what it has prepared.
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=CONNECTIONS, max_size=CONNECTIONS) as app.state.pool:
        yield


app = fastapi.FastAPI(lifespan=lifespan, openapi_url=None)


@app.get("/v1/search")
async def search(category: str, size: str):
    # PostgreSQL has written the JSON: nothing here reads it again.
    answer = await app.state.pool.fetchval(LIST, category, size.upper().split(","))
    return fastapi.Response(answer, media_type=JSON)


@app.get("/v1/garments/{id}")
async def garment(id: uuid.UUID):
    answer = await app.state.pool.fetchval(ONE, id)
    if answer is None:
        return fastapi.Response(orjson.dumps({"code": "garment-not-found"}), 404, media_type=JSON)
    return fastapi.Response(answer, media_type=JSON)


uvicorn.run(app, host="127.0.0.1", port=PORT, loop="uvloop", http="httptools", log_level="warning", access_log=False)
