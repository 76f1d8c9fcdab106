"""What an undo offered on a page brings back: the name as it came about, and nobody's words under another's name."""

from __future__ import annotations

from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from review import theme_notes
from review.principals import Principal, Role
from store.database import Database
from store.tables import Theme
from tests.pages.conftest import ClientOf
from tests.pages.town import NEEDS, Town


def _undo(client: TestClient, html: str, place: str) -> None:
    """Press the undo that stands there, as a browser without script would."""
    form = next(form for form in HTMLParser(html).css(f"{place} form") if "撤销" in form.text())
    fields = {field.attributes["name"]: field.attributes["value"] for field in form.css("input")}
    assert client.post(str(form.attributes["action"]), data=fields).status_code == 303


def _mined(database: Database, theme_id: str) -> None:
    with database.session() as session:
        theme = session.get_one(Theme, theme_id)
        theme.mined_name, theme.named_by_person = theme.name, False


def test_undoing_the_first_rename_leaves_the_naming_to_mining_again(
    client_of: ClientOf, town: Town, database: Database
) -> None:
    client, address = client_of("pm"), f"/themes/{town.themes[0]}"
    for place in (".toast", ".story"):
        _mined(database, town.themes[0])
        with database.session(readonly=True) as session:
            version = session.get_one(Theme, town.themes[0]).version
        client.post(f"{address}/name", data={"name": "充不满", "version": version})
        _undo(client, client.get(address).text, place)
        client.get(address)  # takes the toast away
        with database.session(readonly=True) as session:
            theme = session.get_one(Theme, town.themes[0])
            assert (theme.name, theme.named_by_person) == (NEEDS[0].name, False)


def test_undoing_a_second_rename_gives_the_persons_name_back(
    client_of: ClientOf, town: Town, database: Database
) -> None:
    client, address = client_of("pm"), f"/themes/{town.themes[0]}"
    _mined(database, town.themes[0])
    client.post(f"{address}/name", data={"name": "充不满", "version": 1})
    client.post(f"{address}/name", data={"name": "别的", "version": 2})
    _undo(client, client.get(address).text, ".toast")
    with database.session(readonly=True) as session:
        theme = session.get_one(Theme, town.themes[0])
        assert (theme.name, theme.named_by_person) == ("充不满", True)


def test_an_administrator_is_not_offered_to_post_a_removed_note_as_their_own(
    client_of: ClientOf, town: Town, database: Database
) -> None:
    offered = {}
    for who in ("mod", "admin"):
        with database.session() as session:
            author = Principal(town.users["mod"], "周运营", "user", Role.MODERATOR)
            note = theme_notes.add(session, author, town.themes[0], text="先等硬件结论").id
        answer = client_of(who, htmx=True).post(f"/themes/{town.themes[0]}/notes/{note}/remove", data={"version": 1})
        offered[who] = "先等硬件结论" in answer.text
    assert offered == {"mod": True, "admin": False}
