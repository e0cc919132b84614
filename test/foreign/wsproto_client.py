"""The facts as python3-wsproto 1.2.0 sees them: a state machine without I/O, here over a plain blocking socket."""
import socket
from collections import deque
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    BytesMessage, CloseConnection, Message, Ping, Pong, RejectConnection, Request, TextMessage,
)
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason

from facts import (
    BINARY_LENGTHS, DRAINING, FRAGMENT_BYTES, FRAGMENTS, IN_FLIGHT, LIMIT, LIMIT_SECONDS, RANDOM_TEXT, SERVER, TAP,
    TEXT_LENGTHS, TEXTS, bytes_of, tell, text_of,
)


class Peer:
    """A connection that answers pings and closes, as wsproto leaves that to its user."""

    def __init__(self, url, **options):
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=LIMIT_SECONDS)
        self.ws = WSConnection(ConnectionType.CLIENT)
        self.events = deque()
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self.send(Request(host=parts.netloc, target=target, **options))
        self.answer = self.next()

    def send(self, event):
        self.socket.sendall(self.ws.send(event))

    def next(self):
        while not self.events:
            self.ws.receive_data(self.socket.recv(65_536) or None)
            for event in self.ws.events():
                must_answer = isinstance(event, CloseConnection) and self.ws.state is ConnectionState.REMOTE_CLOSING
                if isinstance(event, Ping) or must_answer:
                    self.send(event.response())
                if not isinstance(event, Ping):
                    self.events.append(event)
        return self.events.popleft()

    def message(self):
        parts = []
        while True:
            event = self.next()
            assert isinstance(event, Message), event
            parts.append(event.data)
            if event.message_finished:
                return parts[0][:0].join(parts)

    def echo(self, data):
        self.send(TextMessage(data) if isinstance(data, str) else BytesMessage(data))
        return self.message()

    def closed(self):
        """The code and the reason that came."""
        while not isinstance(event := self.next(), CloseConnection):
            pass
        return [int(event.code), event.reason or ""]

    def body(self):
        parts = []
        while not (event := self.next()).body_finished:
            parts.append(event.data)
        return b"".join(parts).decode()


def text():
    peer = Peer(f"{SERVER}/echo")
    return [peer.echo(text) for text in TEXTS]


def text_lengths():
    peer = Peer(f"{SERVER}/echo")
    return [n for n in TEXT_LENGTHS if peer.echo(text_of(n)) == text_of(n)]


def binary_lengths():
    peer = Peer(f"{SERVER}/echo")
    return [n for n in BINARY_LENGTHS if peer.echo(bytes_of(n)) == bytes_of(n)]


def fragments():
    peer = Peer(f"{SERVER}/echo")
    pongs = 0
    for piece in FRAGMENTS:
        peer.send(TextMessage(piece, message_finished=False))
        peer.send(Ping(b"between"))
        assert peer.next() == Pong(b"between")
        pongs += 1
    whole = peer.echo("")  # the last, empty fragment
    for _ in range(2):
        peer.send(BytesMessage(bytes_of(FRAGMENT_BYTES), message_finished=False))
    parts = peer.echo(bytes_of(FRAGMENT_BYTES))
    return [whole, len(parts), parts == bytes_of(FRAGMENT_BYTES) * 3, pongs]


def ping():
    peer = Peer(f"{SERVER}/ping")
    assert peer.message() == "pong:are you there"  # the answer to the server's own, which came first
    peer.send(Ping(b"hear me"))
    assert peer.next() == Pong(b"hear me")
    return peer.message()


def pong():
    return Peer(f"{SERVER}/ping").message()


def subprotocol():
    peer = Peer(f"{SERVER}/sub", subprotocols=["v1", "v2"])
    return [peer.answer.subprotocol, peer.message()]


def no_common_subprotocol():
    peer = Peer(f"{SERVER}/sub", subprotocols=["v3"])
    return [peer.answer.subprotocol, peer.message()]


def compressed(path, *extensions):
    peer = Peer(f"{TAP}{path}", extensions=extensions)
    same = [peer.echo(RANDOM_TEXT) for _ in range(3)] == [RANDOM_TEXT] * 3
    return [len(peer.answer.extensions), same]


def compression_off():
    return compressed("/plain", PerMessageDeflate())


def compression():
    return compressed("/deflate", PerMessageDeflate())


def compression_offered():
    return compressed("/deflate?offered", PerMessageDeflate(True, 11, True, 12))


def compression_tight():
    return compressed("/tight", PerMessageDeflate())


def closed_by_server():
    peer = Peer(f"{SERVER}/close")
    peer.send(TextMessage("4001 bye ✓"))
    return peer.closed()


def closed_by_client():
    peer = Peer(f"{SERVER}/hear")
    peer.send(CloseConnection(4002, "going ✓"))
    return peer.closed()[0]


def closed_without_code():
    peer = Peer(f"{SERVER}/close")
    peer.send(TextMessage("none"))
    return peer.closed()


def closed_by_client_without_code():
    peer = Peer(f"{SERVER}/hear")
    peer.send(CloseConnection(CloseReason.NO_STATUS_RCVD))
    return peer.closed()[0]


def authorized():
    return Peer(f"{SERVER}/private?token=open-sesame").message()


def refusal(path, **options):
    peer = Peer(f"{SERVER}{path}", **options)
    assert isinstance(peer.answer, RejectConnection), peer.answer
    return peer


def refused_401():
    peer = refusal("/private")
    return [peer.answer.status_code, peer.body(), dict(peer.answer.headers)[b"www-authenticate"].decode()]


def refused_404():
    return refusal("/nowhere").answer.status_code


def refused_403():
    return refusal("/echo", extra_headers=[(b"Origin", b"http://foreign.example")]).answer.status_code


def crash():
    peer = Peer(f"{SERVER}/crash")
    peer.send(TextMessage("now"))
    return peer.closed()[0]


def limit():
    peer = Peer(f"{SERVER}/limit")
    fits = len(peer.echo(bytes_of(LIMIT)))
    peer.send(BytesMessage(bytes_of(LIMIT + 1)))
    return [fits, peer.closed()[0]]


def in_flight():
    peer = Peer(f"{SERVER}/echo")
    for i in range(IN_FLIGHT):
        peer.send(TextMessage(str(i)))
    return [int(peer.message()) for _ in range(IN_FLIGHT)]


def drain():
    peer = Peer(f"{DRAINING}/drain")
    peer.send(TextMessage("now"))
    return peer.closed()[0]


FACTS = [
    text, text_lengths, binary_lengths, fragments, ping, pong, subprotocol, no_common_subprotocol, compression_off, compression,
    compression_offered, compression_tight, closed_by_server, closed_by_client, closed_without_code,
    closed_by_client_without_code, authorized, refused_401, refused_403, refused_404, crash, limit, in_flight, drain,
]
for fact in FACTS:
    tell(fact)
