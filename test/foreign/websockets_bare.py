"""The Sans-I/O layer of python3-websockets 10.4: whole answers to handshakes, and frames as one likes."""
import socket
from collections import deque

from websockets.client import ClientConnection
from websockets.exceptions import InvalidStatus
from websockets.frames import Opcode
from websockets.uri import parse_uri

from facts import LIMIT_SECONDS, SERVER


class Bare:
    """A connection; its first event is the answer to the handshake, the others are frames."""

    def __init__(self, path, **options):
        uri = parse_uri(f"{SERVER}{path}")
        self.protocol = ClientConnection(uri, **options)
        self.socket = socket.create_connection((uri.host, uri.port), timeout=LIMIT_SECONDS)
        self.events = deque()
        self.protocol.send_request(self.protocol.connect())
        self.flush()

    def flush(self):
        for data in self.protocol.data_to_send():
            if data:
                self.socket.sendall(data)

    def next(self):
        """The next event; None after the end."""
        while not self.events:
            data = self.socket.recv(65_536)
            if not data:
                self.protocol.receive_eof()
                return None
            self.protocol.receive_data(data)
            self.flush()
            self.events.extend(self.protocol.events_received())
        return self.events.popleft()


def opened(path):
    peer = Bare(path)
    assert peer.next().status_code == 101
    return peer


def refusal(path, **options):
    peer = Bare(path, **options)
    peer.next()
    answer = peer.protocol.handshake_exc
    assert isinstance(answer, InvalidStatus), answer
    return answer.response


def refused_401():
    answer = refusal("/private")
    return [answer.status_code, answer.body.decode(), answer.headers["WWW-Authenticate"]]


def refused_404():
    return refusal("/nowhere").status_code


def refused_403():
    return refusal("/echo", origin="http://foreign.example").status_code


def split_code_point():
    peer = opened("/echo")
    octopus = "🐙".encode()
    peer.protocol.send_text(octopus[:1], fin=False)
    peer.protocol.send_continuation(octopus[1:3], fin=False)
    peer.protocol.send_continuation(octopus[3:], fin=True)
    peer.flush()
    frame = peer.next()
    return [frame.opcode == Opcode.TEXT, frame.data.decode()]


def closed_by_client_without_code():
    peer = opened("/hear")
    peer.protocol.send_close()
    peer.flush()
    while peer.next() is not None:
        pass
    return peer.protocol.close_code


BARE_FACTS = [refused_401, refused_404, refused_403, split_code_point, closed_by_client_without_code]
