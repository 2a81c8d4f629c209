"""Takes and gives back many connections to one host. TIMES"""

import asyncio
import random
import sys
import types
from types import SimpleNamespace

from parts import hollow

# It was removed from CPython in 3.11.
asyncio.coroutine = types.coroutine
hollow.imports("aiohttp", "aiohttp.connector", "aiohttp.errors", "aiohttp.hdrs", also=["chardet"])

from aiohttp.connector import BaseConnector

OPEN, ROUNDS = 4000, 8


class Transport:
    def close(self):
        pass


class Connector(BaseConnector):
    async def _create_connection(self, request):
        reader = SimpleNamespace(output=None, unset_parser=lambda: None)
        protocol = SimpleNamespace(reader=reader, writer=None, is_connected=lambda: True)
        return Transport(), protocol

    def _start_cleanup_task(self):
        pass


async def requests(connector, rounds):
    request = SimpleNamespace(host="example.org", port=80, ssl=False, response=None)
    chance = random.Random(1)
    for _ in range(rounds):
        connections = [await connector.connect(request) for _ in range(OPEN)]
        chance.shuffle(connections)
        for connection in connections:
            connection.release()
    return connector


async def work(times):
    connector = Connector(loop=asyncio.get_running_loop(), force_close=True)
    for _ in range(times):
        await requests(connector, ROUNDS)
    print(sum(map(len, connector._acquired.values())))
    connector.close()


asyncio.run(work(int(sys.argv[1])))
