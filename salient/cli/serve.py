"""`salient serve`: a site of briefs with a what-if panel, on this machine unless told otherwise."""

from __future__ import annotations

import errno
import gc
import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salient.errors import EXIT_OK, Problem, SalientError

if TYPE_CHECKING:
    from salient.scenario.schema import Scenario
    from salient.server.app import Server

_BACKLOG = 512
PACKAGED = ("kursk-2024", "ukraine-front")


def register(app: typer.Typer) -> None:
    """Mount the command on the application."""
    app.command()(serve)


def serve(
    site: Annotated[
        Path | None, typer.Option("--site", metavar="SITE", help="A site of `salient publish`.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to bind to.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes one that is free.")
    ] = 8000,
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="Its line is asked of who starts runs."),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option("--scenario", metavar="SCENARIO", help="What can be asked."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="Where jobs are kept.")
    ] = None,
) -> None:
    """Serve a site of briefs, with a what-if panel. It runs the model while the reader watches."""
    from salient.server.limits import read_token

    token = read_token(token_file, host)
    if site is not None and not site.is_dir():
        hint = "make one with: salient publish RUNS --site SITE"
        raise SalientError(Problem("there is no such folder", str(site), key="--site", hint=hint))
    _installed()
    listening = _bound(host, port)
    try:
        with listening:
            server = _server(site, host, token, scenario or list(PACKAGED), state)
            _run(server, listening)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)


def _installed() -> None:
    try:
        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise SalientError(
            "serving needs FastAPI and uvicorn; install them with: pip install 'salient-model[serve]'"
        ) from None


def _bound(host: str, port: int) -> socket.socket:
    """A listening socket. Raises SalientError when the place is taken or not this machine's."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
        return listening
    except OSError as e:
        if e.errno == errno.EADDRINUSE:
            message, hint = (
                f"port {port} of {host} is in use",
                "give another --port, or 0 for a free one",
            )
        elif e.errno == errno.EACCES:
            message, hint = f"port {port} may not be used", "give a --port of 1024 or more"
        else:
            message, hint = (
                f"{host} cannot be bound to: {e.strerror or e}",
                "127.0.0.1 is this machine",
            )
        raise SalientError(Problem(message, hint=hint)) from None
    except UnicodeError:
        raise SalientError(Problem(f"'{host}' is not a host", key="--host")) from None


def _server(
    site: Path | None, host: str, token: str | None, scenarios: list[str], state: Path | None
) -> Server:
    from salient.engine.cache import folder
    from salient.server.app import Server, folder_of_state
    from salient.server.files import Files
    from salient.server.jobs import Jobs
    from salient.server.limits import Access, Limits, is_loopback, own_key
    from salient.server.live import Links
    from salient.server.warm import Warm
    from salient.server.whatif import work

    warms: dict[str, Warm] = {}
    closed: dict[str, Scenario] = {}
    for ref in scenarios:
        warm = Warm(ref, folder() / "fits")
        if not warm.loaded.scenario.observe.mapped:
            closed[warm.name] = warm.loaded.scenario
            continue
        warm.posterior  # noqa: B018 what cannot be fitted is said now and not to a reader
        warms[warm.name] = warm
    where = folder_of_state(state)
    limits = Limits()

    def do(request: dict[str, Any], say: Any) -> dict[str, Any]:
        warm = warms.get(str(request.get("scenario")))
        if warm is None:
            raise SalientError("this server no longer has the scenario of this run")
        return work(warm, request, say)

    jobs = Jobs(where, do, limits.queue, list(warms))
    access = Access(token, own_key(where))
    files = None if site is None else Files(site.resolve(), Links(warms))
    return Server(warms, jobs, access, limits, files, is_loopback(host), closed)


def _run(server: Server, listening: socket.socket) -> None:
    """Serve until told to stop. The first scenario is fitted at once, so that the first reader need not wait."""
    import uvicorn

    from salient.server.app import create_app

    config = uvicorn.Config(
        create_app(server),
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
        timeout_keep_alive=15,
        limit_concurrency=2000,
        h11_max_incomplete_event_size=32_768,
    )
    name, port = listening.getsockname()[:2]
    shown = f"[{name}]" if ":" in name else name
    typer.echo(f"Serving on http://{shown}:{port}/ (Ctrl-C stops)")
    sys.stdout.flush()
    server.jobs.start()
    threading.Thread(target=_warm_up, args=(server,), daemon=True).start()
    uv = _uvicorn_of(config, server)
    try:
        uv.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        server.closing.set()
        ended = server.jobs.stop()
    typer.echo("Stopped.", err=True)
    if not ended or not server.settled.is_set():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(
            EXIT_OK
        )  # a run inside the compiled model cannot be broken off; its job is queued again


def _uvicorn_of(config: Any, server: Server) -> Any:
    """uvicorn, with open streams told to end before it waits for them."""
    import uvicorn

    class Told(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            server.closing.set()
            super().handle_exit(sig, frame)

    return Told(config)


def _warm_up(server: Server) -> None:
    try:
        for warm in server.warms.values():
            warm.engine(lambda stage, share: None)
            typer.echo(f"Ready: {warm.name}")
            sys.stdout.flush()
    except SalientError as e:
        typer.echo(str(e), err=True)
    finally:
        gc.freeze()  # what is there now stays: to look through it again holds every answer up for 0.2 s
        server.settled.set()
