"""Finds the routes of many requests. TIMES"""

import asyncio
import sys

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
REQUESTS = 450_000


async def answer(request):
    return web.Response()


async def resolve(times):
    application = web.Application()
    resource = application.router.add_resource("/orders/1")
    for method in METHODS:
        resource.add_route(method, answer)
    requests = [make_mocked_request(method, "/orders/1") for method in METHODS]
    found = 0
    for _ in range(REQUESTS * times // len(METHODS)):
        for request in requests:
            match, _ = await resource.resolve(request)
            found += match is not None
    return found // times


print(asyncio.run(resolve(int(sys.argv[1]))) // 100)
