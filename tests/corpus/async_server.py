"""A server of lines on asyncio, under the load of a few clients, all in one process."""

import asyncio
from collections import OrderedDict

CLIENTS = 8


class Store:
    """The values of keys; the oldest go when there are too many."""

    def __init__(self, size):
        self.size = size
        self.values = OrderedDict()

    def put(self, key, value):
        self.values[key] = value
        self.values.move_to_end(key)
        if len(self.values) > self.size:
            self.values.popitem(last=False)

    def get(self, key):
        return self.values.get(key, "")


class Server:
    def __init__(self):
        self.store = Store(500)

    async def serve(self, reader, writer):
        async for line in reader:
            command, _, rest = line.decode().rstrip("\n").partition(" ")
            writer.write(f"{self.answer(command, rest)}\n".encode())
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    def answer(self, command, rest):
        if command == "get":
            return self.store.get(rest)
        key, _, value = rest.partition(" ")
        self.store.put(key, value)
        return "ok"


async def ask(port, client, requests):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = 0
    for number in range(requests):
        key = f"{client}:{number % 88}"
        command = f"get {key}" if number % 3 else f"put {key} value {number}"
        writer.write(f"{command}\n".encode())
        found += len(await reader.readline())
    writer.close()
    await writer.wait_closed()
    return found


async def main(requests):
    server = await asyncio.start_server(Server().serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        return sum(await asyncio.gather(*[ask(port, it, requests) for it in range(CLIENTS)]))


def work(requests=150):
    return asyncio.run(main(requests))


if __name__ == "__main__":
    print(work())
