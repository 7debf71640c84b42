"""`salient publish`: briefs as a site for any host."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salient.cli.options import Json, progress

if TYPE_CHECKING:
    from salient.site.publish import Published


def register(app: typer.Typer) -> None:
    """Mount the command on the application."""
    app.command()(publish)


def publish(
    dirs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[DIR]...", help="Run folders of `salient brief`."),
    ] = None,
    site: Annotated[
        Path, typer.Option("--site", metavar="SITE", help="The folder of the site.")
    ] = Path("public"),
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="BASE", help="Where the site will be, for absolute links."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="The catalogue; SALIENT_DATABASE if unset."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Turn briefs into a site: front page, stream, filters, feeds. Touches only what changed."""
    with progress() as say:
        from salient.site.publish import publish as work

        done = work(dirs or [], site, url, database, say)
    if as_json:
        typer.echo(json.dumps(_as_json(done, site), indent=1))
        return
    _say(done, site)


def _as_json(done: Published, site: Path) -> dict[str, object]:
    return {
        "site": str(site),
        "new": [{"id": e.id, "folder": e.folder, "dated": e.dated} for e in done.new],
        "known": done.known,
        "files_changed": done.changed,
        "briefs": done.total,
        "url": done.base_url,
    }


def _say(done: Published, site: Path) -> None:
    shown = 10
    for e in done.new[:shown]:
        typer.echo(f"{e.folder}/")
    if len(done.new) > shown:
        typer.echo(f"and {len(done.new) - shown} more")
    known = f", {done.known} were there before" if done.known else ""
    typer.echo(
        f"{len(done.new)} new{known}; {done.total} briefs in all, {done.changed} files changed."
    )
    if done.base_url is None:
        typer.echo(
            "Without --url BASE there is no sitemap, and links in feeds are relative.", err=True
        )
    typer.echo(f"Open {site / 'index.html'} in a browser, or put {site} on any host.")
