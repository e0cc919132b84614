"""The facts as python3-websockets 10.4 sees them: its asyncio client, and for what that hides websockets_bare.py."""
import asyncio

import websockets
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory as Deflate

from facts import (
    BINARY_LENGTHS, DRAINING, FRAGMENT_BYTES, FRAGMENTS, IN_FLIGHT, LIMIT, LIMIT_SECONDS, RANDOM_TEXT, SERVER, TAP,
    TEXT_LENGTHS, TEXTS, bytes_of, tell, text_of,
)
from websockets_bare import BARE_FACTS


def connect(url, **options):
    return websockets.connect(url, ping_interval=None, open_timeout=LIMIT_SECONDS, max_size=None, **options)


async def echoes(ws, messages):
    got = []
    for message in messages:
        await ws.send(message)
        got.append(await ws.recv())
    return got


async def closed(ws):
    """The code and the reason that came."""
    try:
        while True:
            await ws.recv()
    except ConnectionClosed as end:
        return [end.code, end.reason]


async def text():
    async with connect(f"{SERVER}/echo") as ws:
        return await echoes(ws, TEXTS)


async def text_lengths():
    async with connect(f"{SERVER}/echo") as ws:
        return [n for n in TEXT_LENGTHS if await echoes(ws, [text_of(n)]) == [text_of(n)]]


async def binary_lengths():
    async with connect(f"{SERVER}/echo") as ws:
        return [n for n in BINARY_LENGTHS if await echoes(ws, [bytes_of(n)]) == [bytes_of(n)]]


async def fragments():
    async with connect(f"{SERVER}/echo") as ws:
        pongs = []

        async def pieces():
            for piece in FRAGMENTS:
                yield piece
                pongs.append(await ws.ping(f"between, after {piece}"))

        whole, parts = await echoes(ws, [pieces(), [bytes_of(FRAGMENT_BYTES)] * 3])
        for pong in pongs:
            await pong
        return [whole, len(parts), parts == bytes_of(FRAGMENT_BYTES) * 3, len(pongs)]


async def ping():
    async with connect(f"{SERVER}/ping") as ws:
        assert await ws.recv() == "pong:are you there"  # the answer to the server's own, which came first
        await (await ws.ping("hear me"))
        return await ws.recv()


async def pong():
    async with connect(f"{SERVER}/ping") as ws:
        return await ws.recv()


async def subprotocol():
    async with connect(f"{SERVER}/sub", subprotocols=["v1", "v2"]) as ws:
        return [ws.subprotocol, await ws.recv()]


async def no_common_subprotocol():
    async with connect(f"{SERVER}/sub", subprotocols=["v3"]) as ws:
        return [ws.subprotocol, await ws.recv()]


async def compressed(path, **options):
    async with connect(f"{TAP}{path}", **options) as ws:
        return [len(ws.extensions), await echoes(ws, [RANDOM_TEXT] * 3) == [RANDOM_TEXT] * 3]


async def compression_off():
    return await compressed("/plain")


async def compression():
    return await compressed("/deflate")


async def compression_offered():
    takeovers = {"server_no_context_takeover": True, "client_no_context_takeover": True}
    offer = Deflate(server_max_window_bits=12, client_max_window_bits=11, **takeovers)
    return await compressed("/deflate?offered", extensions=[offer])


async def compression_tight():
    return await compressed("/tight")


async def closed_by_server():
    async with connect(f"{SERVER}/close") as ws:
        await ws.send("4001 bye ✓")
        return await closed(ws)


async def closed_by_client():
    async with connect(f"{SERVER}/hear") as ws:
        await ws.close(4002, "going ✓")
        return ws.close_code


async def closed_without_code():
    async with connect(f"{SERVER}/close") as ws:
        await ws.send("none")
        return await closed(ws)


async def crash():
    async with connect(f"{SERVER}/crash") as ws:
        await ws.send("now")
        return (await closed(ws))[0]


async def drain():
    async with connect(f"{DRAINING}/drain") as ws:
        await ws.send("now")
        return (await closed(ws))[0]


async def limit():
    async with connect(f"{SERVER}/limit") as ws:
        fits = len((await echoes(ws, [bytes_of(LIMIT)]))[0])
        await ws.send(bytes_of(LIMIT + 1))
        return [fits, (await closed(ws))[0]]


async def in_flight():
    async with connect(f"{SERVER}/echo") as ws:
        for i in range(IN_FLIGHT):
            await ws.send(str(i))
        return [int(await ws.recv()) for _ in range(IN_FLIGHT)]


async def authorized():
    async with connect(f"{SERVER}/private?token=open-sesame") as ws:
        return await ws.recv()


FACTS = [
    text, text_lengths, binary_lengths, fragments, ping, pong, subprotocol, no_common_subprotocol, compression_off, compression,
    compression_offered, compression_tight, closed_by_server, closed_by_client, closed_without_code, authorized,
    crash, limit, in_flight, drain,
]
for fact in FACTS:
    tell(fact, lambda fact: asyncio.run(asyncio.wait_for(fact(), LIMIT_SECONDS)))
for fact in BARE_FACTS:
    tell(fact)
