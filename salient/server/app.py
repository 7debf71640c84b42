"""The application: a guard before everything, the files of the site from memory, and behind them pages and JSON API."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import parse_qs, parse_qsl, unquote

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.exceptions import HTTPException as StarletteHTTPException

from salient import __version__
from salient.errors import SalientError
from salient.scenario.schema import Scenario
from salient.server import pages
from salient.server.briefs import Briefs
from salient.server.contract import (
    Accepted,
    BriefPage,
    Catalogue,
    Health,
    JobState,
    Scenarios,
    WhatIf,
    Wrong,
)
from salient.server.files import Answer, Files, Large
from salient.server.jobs import Job, Jobs, QueueFull
from salient.server.limits import Access, Limits, Rate, right_host, security_headers
from salient.server.warm import Warm
from salient.server.whatif import Question, catalogue, read_query

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
COOKIE = "salient-runs"
_ROUTED = ("/api/", "/healthz", "/whatif", "/token", "/_salient/")
"""What begins so has routes, which know their own methods; all else is files."""
_PATIENCE = 2.5
"""Seconds that an answer is waited for before the asker is told to come back."""
_TICK = 0.02
_NO_MAP = (
    "what-if is not offered for this campaign. It names no map to calibrate the model to, so an answer would show what "
    "was assumed and not what the data say"
)
_COUNTED = (
    "what-if is not offered for this campaign. It is fitted to counted casualties, and answers are about mapped "
    "ground; `salient run --posterior FIT --set KEY=VALUE` shows what a number does"
)


def why_closed(scenario: Scenario) -> str:
    """Why a campaign without a map cannot be asked here."""
    return _COUNTED if scenario.observe.casualties else _NO_MAP


@dataclass
class Server:
    """What the application stands on."""

    warms: dict[str, Warm]
    jobs: Jobs
    access: Access
    limits: Limits = field(default_factory=Limits)
    files: Files | None = None
    loopback: bool = True
    closed: dict[str, Scenario] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)
    settled: threading.Event = field(default_factory=threading.Event)
    patience: float = _PATIENCE

    def __post_init__(self) -> None:
        self.runs = Rate(self.limits.rate, self.limits.burst)
        self.tries = Rate(6.0, 10)

    def warm(self, name: str) -> Warm:
        """The scenario of a name. Raises HTTPException 404, or 409 for one that cannot be asked."""
        if name in self.closed:
            raise HTTPException(409, f"{name}: {why_closed(self.closed[name])}")
        if name not in self.warms:
            known = ", ".join(self.warms)
            raise HTTPException(404, f"there is no scenario '{name[:60]}' here; there is {known}")
        return self.warms[name]

    def asked(self, found: Question) -> tuple[Warm, Question, str]:
        """The question in its one form with its key. Raises SalientError for what the scenario does not have."""
        from salient.questions.live import check

        warm = self.warm(found.scenario)
        plain = found.plain(next(iter(warm.loaded.scenario.branches), None))
        if plain.draws > self.limits.draws:
            raise SalientError(
                f"draws: {plain.draws} are more than the {self.limits.draws} that one run may have here"
            )
        check(warm.posterior.campaign, plain.changes())
        return warm, plain, plain.key(warm.key)

    async def until(self, id_: str, seconds: float) -> Job | None:
        """The job once it is over, or as it stands after so many seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            job = self.jobs.get(id_)
            if job is None or job.over or loop.time() > end or self.closing.is_set():
                return job
            await asyncio.sleep(_TICK)


def folder_of_state(given: Path | None) -> Path:
    """Where jobs and the server's key are kept: as given, else beside the cache."""
    from salient.engine.cache import folder

    return given or folder() / "server"


class Guard:
    """The outermost layer: host, method, size, headers; then the site's files; then everything else."""

    def __init__(
        self, inner: Callable[[Scope, Receive, Send], Awaitable[None]], server: Server
    ) -> None:
        self.inner, self.server = inner, server
        self.headers = security_headers()
        self.desks = [asyncio.Lock() for _ in range(16)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self.inner(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        wrong = self._wrong(scope, headers)
        if wrong is not None:
            await _plain(send, *wrong, self.headers)
            return
        if self.server.files is not None and await self._file(scope, headers, send):
            return
        await self.inner(scope, self._bounded(receive), self._with_headers(send))

    def _wrong(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        host = headers.get(b"host", b"").decode("latin-1")
        if self.server.loopback and not right_host(host):
            return 421, f"this server answers for this machine alone, and not for '{host[:80]}'"
        known = scope["method"] in ("GET", "HEAD", "POST")
        if not known and not scope["path"].startswith(_ROUTED):
            return 405, "pages are read here, with GET or HEAD"
        if len(scope["query_string"]) > self.server.limits.query:
            return 414, "this address is too long"
        size = headers.get(b"content-length", b"0")
        if not size.isdigit() or int(size[:12]) > self.server.limits.body:
            return 413, f"a body may have {self.server.limits.body} bytes here"
        return None

    def _bounded(self, receive: Receive) -> Receive:
        """A body that gives no length is counted as it comes."""
        taken = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.server.limits.body:
                raise HTTPException(413, f"a body may have {self.server.limits.body} bytes here")
            return message

        return counted

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.headers]
            await send(message)

        return sending

    async def _file(self, scope: Scope, headers: dict[bytes, bytes], send: Send) -> bool:
        """Answer with a file of the site. Returns whether there is one."""
        path, method, files = scope["path"], scope["method"], self.server.files
        assert files is not None
        if method == "POST" or path.startswith(("/api/", "/whatif/", "/_salient/")):
            return False
        found = files.kept(path) or await self._look(files, path)
        if found is None:
            if not path.endswith("/") and await asyncio.to_thread(files.is_folder, path):
                to = scope.get("raw_path", path.encode()).split(b"?")[0] + b"/"
                to = b"/" + to.lstrip(b"/")
                await _send(send, 308, [(b"location", to), *self.headers], b"")
                return True
            return False
        if isinstance(found, Large):
            await _large(send, found, method == "HEAD")
            return True
        if headers.get(b"if-none-match", b"").removeprefix(b"W/") == found.etag:
            await _send(send, 304, found.short, b"")
            return True
        packs = found.packed is not None and b"gzip" in headers.get(b"accept-encoding", b"")
        out, body = found.packed if packs and found.packed is not None else found.plain
        await _send(send, 200, out, b"" if method == "HEAD" else body)
        return True

    async def _look(self, files: Files, path: str) -> Answer | Large | None:
        """Look at a file in a thread, one of those who ask for it at once for all of them.

        A crowd in threads takes the interpreter from the loop and from each other, for a quarter of a second.
        """
        asked = time.monotonic()
        async with self.desks[hash(path) % len(self.desks)]:
            seen = files.checked_since(path, asked)
            return seen or await asyncio.to_thread(files.find, path)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _plain(send: Send, status: int, text: str, headers: list[tuple[bytes, bytes]]) -> None:
    body = json.dumps({"detail": text}).encode()
    kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    allow = [(b"allow", b"GET, HEAD")] if status == 405 else []
    await _send(send, status, [*kind, *allow, *headers, (b"connection", b"close")], body)


async def _large(send: Send, found: Large, head: bool) -> None:
    """A file piece by piece, never whole in memory."""
    with open(found.descriptor, "rb") as file:
        await send({"type": "http.response.start", "status": 200, "headers": found.headers})
        left = 0 if head else found.size
        while left > 0 and (piece := await asyncio.to_thread(file.read, min(left, 2**18))):
            left -= len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _state(job: Job) -> JobState:
    return {
        "job": job.id,
        "status": job.status,
        "stage": job.stage,
        "share": job.share,
        "result": cast(WhatIf | None, job.result),
        "error": job.error.split("\n") if job.error else [],
    }


def _accepted(job: Job) -> Accepted:
    at = f"/api/jobs/{job.id}"
    return {
        "job": job.id,
        "status": job.status,
        "stage": job.stage,
        "share": job.share,
        "url": at,
        "events": f"{at}/events",
    }


def _client(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith(("/api/", "/healthz"))


def create_app(server: Server) -> Guard:
    """The application on its feet."""
    api = FastAPI(
        title="Salient",
        version=__version__,
        description="Briefs, scenarios and what-if runs. Reading is open; starting a run may need a token.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={
            "4XX": {"model": Wrong, "description": "What is wrong, and what would be right"}
        },
    )
    _errors(api, server)
    _data(api, server)
    _runs(api, server)
    _jobs(api, server)
    _pages(api, server)
    return Guard(api, server)


def _errors(api: FastAPI, server: Server) -> None:
    """Every error as clear JSON, or as a page where a page was asked for."""

    def said(request: Request, status: int, lines: list[str], headers: Any = None) -> Response:
        if _wants_page(request):
            title = "There is no such page" if status == 404 else "This cannot be done"
            page = pages.message(title, lines, server.files is not None)
            return HTMLResponse(page, status, headers)
        body = {"detail": lines[0] if len(lines) == 1 else lines}
        return JSONResponse(body, status, headers)

    @api.exception_handler(SalientError)
    async def mendable(request: Request, e: SalientError) -> Response:
        return said(request, 400, [str(p) for p in e.problems])

    @api.exception_handler(StarletteHTTPException)
    async def http(request: Request, e: StarletteHTTPException) -> Response:
        detail = str(e.detail)
        if e.detail == "Not Found":
            detail = "there is nothing at this address"
        elif e.status_code == 405:
            detail = f"this address answers to {(e.headers or {}).get('Allow', 'GET')}"
        return said(request, e.status_code, [detail], e.headers)

    @api.exception_handler(RequestValidationError)
    async def invalid(request: Request, e: RequestValidationError) -> Response:
        lines = [f"{'.'.join(str(x)[:60] for x in d['loc'])}: {d['msg']}" for d in e.errors()[:20]]
        return said(request, 400, lines)


def _data(api: FastAPI, server: Server) -> None:
    @api.get("/healthz", tags=["server"])
    async def health() -> Health:
        """Whether the server is well, which scenarios are fitted, and how many jobs wait."""
        ready = {name: w.ready for name, w in server.warms.items()}
        return {
            "status": "ok",
            "version": __version__,
            "ready": ready,
            "jobs": server.jobs.waiting(),
        }

    briefs = None if server.files is None else Briefs(server.files, server.access)

    @api.get("/api/briefs", tags=["read"])
    def list_briefs(
        cursor: Annotated[str | None, Query(max_length=2000)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> BriefPage:
        """Briefs of the site, newest first. `next` is the cursor of the next page, null at the end."""
        return {"items": [], "next": None} if briefs is None else briefs.page(cursor, limit)

    @api.get("/api/scenarios", tags=["read"])
    def scenarios() -> Scenarios:
        """The scenarios that can be asked."""
        return {
            "items": [
                {
                    "name": name,
                    "title": w.loaded.scenario.title,
                    "question": w.loaded.scenario.question,
                    "region": w.loaded.scenario.region,
                    "country": w.loaded.scenario.country,
                    "ready": w.ready,
                    "url": f"/api/scenarios/{name}",
                }
                for name, w in server.warms.items()
            ],
            "not_offered": [
                {"name": name, "title": s.title, "region": s.region, "why": why_closed(s)}
                for name, s in server.closed.items()
            ],
        }

    @api.get("/api/scenarios/{name}", tags=["read"])
    def scenario(name: str) -> Catalogue:
        """What can be changed in a scenario: branches, events, support, presence, numbers with unit and interval."""
        return catalogue(server.warm(name))


def _submit(server: Server, request: Request, plain: Question, key: str) -> Job:
    """The job of a question: one that is there, or a new one if this client may start it."""
    there = server.jobs.of_key(key)
    if there is not None and there.status != "failed":
        return there
    authorization = request.headers.get("authorization", "")
    token = authorization[7:] if authorization[:7].lower() == "bearer " else None
    if not server.access.allows(token, request.cookies.get(COOKIE)):
        raise HTTPException(
            401,
            "starting a run here needs a token: send it as 'Authorization: Bearer TOKEN'",
            {"WWW-Authenticate": "Bearer"},
        )
    if request.headers.get("sec-fetch-site") == "cross-site" and (
        request.headers.get("sec-fetch-mode") != "navigate"
    ):
        raise HTTPException(403, "a page of another site may not start runs here")
    wait = server.runs.wait(_client(request))
    if wait:
        raise HTTPException(
            429, "too many runs in a short time; wait a little", {"Retry-After": str(int(wait) + 1)}
        )
    try:
        return server.jobs.add(key, plain.model_dump())
    except QueueFull:
        raise HTTPException(
            503, f"{server.limits.queue} runs wait already; try again soon", {"Retry-After": "5"}
        ) from None


def _at_once(request: Request) -> bool:
    """Whether the asker would rather have a job now than an answer later."""
    wishes = ",".join(request.headers.getlist("prefer")).split(",")
    return any(w.split(";")[0].strip().lower() == "respond-async" for w in wishes)


def _runs(api: FastAPI, server: Server) -> None:
    @api.post(
        "/api/whatif",
        tags=["run"],
        response_model=WhatIf,
        responses={
            202: {"model": Accepted, "description": "It goes on: ask for the job"},
            503: {"model": Wrong, "description": "As many runs wait as may wait"},
        },
    )
    async def whatif(asked: Question, request: Request) -> Response:
        """Run a what-if. The result when it comes within about two seconds, else 202 with the job to ask for.

        With the header `Prefer: respond-async` (RFC 7240) the job at once, unless it was worked out before.
        """
        _, plain, key = await asyncio.to_thread(server.asked, asked)
        patience = 0.0 if _at_once(request) else server.patience
        job = await server.until(_submit(server, request, plain, key).id, patience)
        if job is not None and job.status == "done":
            return JSONResponse(job.result)
        if job is not None and job.status == "failed":
            return JSONResponse({"detail": job.error}, 400)
        assert job is not None
        headers = {"Location": f"/api/jobs/{job.id}"}
        if _at_once(request):
            headers["Preference-Applied"] = "respond-async"
        return JSONResponse(_accepted(job), 202, headers)


def _jobs(api: FastAPI, server: Server) -> None:
    def found(id_: str) -> Job:
        job = server.jobs.get(id_)
        if job is None:
            raise HTTPException(404, "there is no such job; it may have been cleared away")
        return job

    @api.get("/api/jobs/{id}", tags=["read"], response_model=JobState)
    def job(id: str) -> Response:
        """A job as it stands."""
        return JSONResponse(_state(found(id)))

    @api.get(
        "/api/jobs/{id}/events",
        tags=["read"],
        response_class=StreamingResponse,
        responses={
            200: {"content": {"text/event-stream": {}}, "description": "Progress, then one `over`"}
        },
    )
    async def events(id: str) -> StreamingResponse:
        """The progress of a job as server-sent events: `progress` while it goes on, one `over` at its end."""
        found(id)

        async def stream() -> AsyncIterator[str]:
            last: tuple[Any, ...] | None = None
            quiet = 0.0
            while not server.closing.is_set():
                now = server.jobs.get(id)
                if now is None:
                    return
                state = (now.status, now.stage, round(now.share, 3))
                if state != last or quiet > 10:
                    last, quiet = state, 0.0
                    about = {"status": now.status, "stage": now.stage, "share": now.share}
                    name = "over" if now.over else "progress"
                    yield f"event: {name}\ndata: {json.dumps(about)}\n\n"
                if now.over:
                    return
                await asyncio.sleep(0.1)
                quiet += 0.1

        return StreamingResponse(
            stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )


def _answered(server: Server, name: str, request: Request) -> tuple[Warm, Question, str]:
    """The question that the address of a page asks. Raises SalientError for what cannot be asked."""
    try:
        pairs = parse_qsl(request.url.query, max_num_fields=1000, errors="replace")
    except ValueError:
        raise SalientError("the address has more than 1000 parts") from None
    return server.asked(read_query(name, pairs))


def _same(given: str, clean: str) -> bool:
    """Whether an address holds the question in its one form, without the form's empty fields."""
    pairs = parse_qsl(given, keep_blank_values=True, max_num_fields=1000)
    return sorted(pairs) == sorted(parse_qsl(clean))


def _pages(api: FastAPI, server: Server) -> None:
    """All pages that are no files of the site."""
    _start_page(api, server)
    _panel_page(api, server)
    _answer_page(api, server)
    _token_pages(api, server)


def _start_page(api: FastAPI, server: Server) -> None:
    @api.get("/", include_in_schema=False)
    @api.get("/whatif", include_in_schema=False)
    @api.get("/whatif/", include_in_schema=False)
    def start() -> HTMLResponse:
        token = server.access.token is not None
        return HTMLResponse(
            pages.start(server.warms, server.closed, server.files is not None, token)
        )

    @api.get("/_salient/{name}", include_in_schema=False)
    def asset(name: str) -> Response:
        found = pages.assets().get(f"/_salient/{name}")
        if found is None:
            raise HTTPException(404)
        return Response(found[1], media_type=found[0], headers={"Cache-Control": "no-cache"})


def _panel_page(api: FastAPI, server: Server) -> None:
    site = server.files is not None

    @api.get("/whatif/{name}", include_in_schema=False)
    async def panel(name: str, request: Request) -> Response:
        if name in server.closed:
            scenario = server.closed[name]
            return HTMLResponse(pages.closed(scenario, why_closed(scenario), site))
        warm = server.warm(name)
        notice: list[str] = []
        status, job, headers = 200, None, {}
        locked = server.access.token is not None and not server.access.allows(
            None, request.cookies.get(COOKIE)
        )
        plain = Question(scenario=name)
        try:
            warm, plain, key = await asyncio.to_thread(_answered, server, name, request)
            if not _same(request.url.query, plain.query()):
                to = f"/whatif/{name}" + (f"?{plain.query()}" if plain.query() else "")
                return RedirectResponse(to, 303)
            job = await server.until(_submit(server, request, plain, key).id, server.patience)
        except SalientError as e:
            status, notice = 400, [str(p) for p in e.problems]
        except HTTPException as e:
            status, headers = e.status_code, dict(e.headers or {})
            notice = [] if status == 401 else [e.detail]
        text = await asyncio.to_thread(pages.panel, warm, plain, job, site, notice, locked)
        return HTMLResponse(
            text, status if status != 401 else 200, {**headers, "Cache-Control": "no-store"}
        )


def _answer_page(api: FastAPI, server: Server) -> None:
    @api.get("/whatif/{name}/answer", include_in_schema=False)
    async def answer(name: str, request: Request) -> Response:
        """The answer alone, for the panel's script; 202 with the job while it goes on."""
        try:
            warm, plain, key = await asyncio.to_thread(_answered, server, name, request)
            job = await server.until(_submit(server, request, plain, key).id, server.patience)
        except SalientError as e:
            return HTMLResponse(pages.wrong([str(p) for p in e.problems]), 400)
        except HTTPException as e:
            return HTMLResponse(pages.wrong([e.detail]), e.status_code, e.headers)
        assert job is not None
        if job.status == "done" and job.result is not None:
            return HTMLResponse(await asyncio.to_thread(pages.result, warm, job.result))
        if job.status == "failed":
            return HTMLResponse(pages.wrong((job.error or "").split("\n")), 400)
        return Response(status_code=202, headers={"X-Salient-Job": job.id})


def _token_pages(api: FastAPI, server: Server) -> None:
    site = server.files is not None

    @api.get("/token", include_in_schema=False)
    def token_page(back: Annotated[str, Query(max_length=2000)] = "/") -> HTMLResponse:
        return HTMLResponse(pages.token_form(site, False, _inside(back)))

    @api.post("/token", include_in_schema=False)
    async def take_token(request: Request) -> Response:
        if server.tries.wait(_client(request)):
            raise HTTPException(429, "too many tries; wait a minute", {"Retry-After": "60"})
        form = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
        back = _inside(form.get("back", ["/"])[0])
        given = form.get("token", [""])[0]
        if server.access.token is None or not server.access.allows(given, None):
            return HTMLResponse(pages.token_form(site, True, back), 403)
        reply = RedirectResponse(back, 303)
        reply.set_cookie(
            COOKIE,
            server.access.cookie(),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            max_age=30 * 86400,
        )
        return reply


def _inside(address: str) -> str:
    """The address when it is one of this server's pages, else its start."""
    plain = unquote(address)
    ok = plain.startswith("/") and not plain.startswith(("//", "/\\")) and plain.isprintable()
    return address if ok and "\\" not in plain else "/"
