"""A chat-completions server on the loopback for tests: real HTTP, answers as each test scripts them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Reply:
    """What the server answers: raw pieces, with a pause before each; `drip` seconds between bytes of the head."""

    status: int = 200
    content_type: str = "text/event-stream"
    pieces: list[bytes] = field(default_factory=list)
    pause: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0


@dataclass(slots=True)
class Seen:
    """One request as it arrived."""

    path: str
    authorization: str | None
    body: dict[str, Any]


@dataclass(slots=True)
class ChatServer:
    """Its address and what it was asked."""

    url: str
    seen: list[Seen]
    told: list[Reply]  # those that went out whole, the client still being there


def events(*texts: str, usage: int | None = None, done: bool = True) -> list[bytes]:
    """Server-sent events that stream these texts."""
    made = [{"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]} for text in texts]
    lines = [f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode() for event in made]
    if usage is not None:
        lines.append(f"data: {json.dumps({'choices': [], 'usage': {'total_tokens': usage}})}\n\n".encode())
    return [*lines, b"data: [DONE]\n\n"] if done else lines


def whole(text: str | None, usage: int = 7) -> list[bytes]:
    """One JSON document, as servers that do not stream give it."""
    read = {"choices": [{"message": {"role": "assistant", "content": text}}], "usage": {"total_tokens": usage}}
    return [json.dumps(read, ensure_ascii=False).encode()]


@contextmanager
def chat_server(answer: Callable[[Seen, int], Reply]) -> Iterator[ChatServer]:
    """Serve until the block ends; `answer` gets the request and how many came before it."""
    seen: list[Seen] = []
    told: list[Reply] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            request = Seen(self.path, self.headers.get("authorization"), body)
            with lock:
                number = len(seen)
                seen.append(request)
            reply = answer(request, number)
            self.send_response(reply.status)
            self.send_header("content-type", reply.content_type)
            self.send_header("connection", "close")
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self._headers_buffer.append(b"\r\n")
            head, self._headers_buffer = b"".join(self._headers_buffer), []
            try:
                for byte in (head[at : at + 1] for at in range(len(head))) if reply.drip else (head,):
                    self.wfile.write(byte)
                    self.wfile.flush()
                    time.sleep(reply.drip)
                for piece in reply.pieces:
                    time.sleep(reply.pause)
                    self.wfile.write(piece)
                    self.wfile.flush()
                told.append(reply)
            except OSError:
                pass  # the client has left, as it should when time is up
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield ChatServer(f"http://127.0.0.1:{server.server_address[1]}/v1", seen, told)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
