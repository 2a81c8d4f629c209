"""Opens a connection by TLS, with a long list of authorities, while other tasks go on. TIMES"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import aiohttp
import certifi

COPIES = 60


async def ticks(done):
    while not done.is_set():
        await asyncio.sleep(0.005)


async def work(times):
    done = asyncio.Event()
    others = [asyncio.create_task(ticks(done)) for _ in range(8)]
    refused = 0
    async with aiohttp.ClientSession() as session:
        await asyncio.sleep(0.5)
        for _ in range(times):
            try:
                await session.get("https://127.0.0.1:1/")
            except aiohttp.ClientConnectorError:
                refused += 1
        await asyncio.sleep(0.5)
    done.set()
    await asyncio.gather(*others)
    print(refused // times)


with tempfile.TemporaryDirectory() as folder:
    authorities = Path(folder) / "authorities.pem"
    authorities.write_text(Path(certifi.where()).read_text() * COPIES)
    os.environ["SSL_CERT_FILE"] = str(authorities)
    asyncio.run(work(int(sys.argv[1])))
