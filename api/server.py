"""The server of the service: uvicorn, whose end does not wait for streams that would never end by themselves."""

from __future__ import annotations

from socket import socket

import uvicorn
from fastapi import FastAPI

from pipeline.settings import Settings


class Server(uvicorn.Server):
    """Tells the live channel to let go before uvicorn begins to wait for open answers."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End the streams, then everything else."""
        self._app.state.live.close()
        await super().shutdown(sockets)


def run_until_stopped(app: FastAPI, settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    Server(server_config(app, settings), app).run()


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Where to listen, and whose word is taken for who calls: limits count the address that results."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        forwarded_allow_ips=settings.trusted_proxies,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
