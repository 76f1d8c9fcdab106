"""The encoder by size: large ones for few posts, the static for many, fitted to the corpus where that is large."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from ingest.posts import Post
from models.encoders import sizes, static_refinement
from models.encoders.protocol import Encoder
from models.encoders.static import StaticEncoder
from pipeline import encoder_choice
from pipeline.encoder_choice import choose_encoder, mentions_of_posts, name_of_kept, serves_on
from pipeline.mining import open_encoder
from pipeline.settings import Settings
from tests.hashing_encoder import HashingEncoder


def _named(settings: Settings) -> Encoder:
    return HashingEncoder()


def _nothing() -> list[str]:
    raise AssertionError("no sample is needed")


@pytest.mark.parametrize(
    ("posts", "name"), [(0, "default"), (sizes.FEW, "default"), (sizes.FEW + 1, "static"), (sizes.MANY, "static")]
)
def test_the_number_of_posts_decides(posts: int, name: str, tmp_path: Path) -> None:
    assert choose_encoder(Settings(), posts, _nothing, tmp_path, _named).name == name


def test_an_encoder_that_is_named_serves_any_number(tmp_path: Path) -> None:
    chosen = choose_encoder(Settings(encoder="use"), 10 * sizes.MANY, _nothing, tmp_path, _named)
    assert chosen.name == "use"


def test_a_large_corpus_gets_an_encoder_of_its_own_that_can_be_loaded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"屏幕第{i}次闪烁" for i in range(40)]
    seen: list[list[str]] = []

    def refined_for(sample: list[str]) -> StaticEncoder:
        seen.append(list(sample))
        return StaticEncoder.load()

    monkeypatch.setattr(static_refinement, "refined_for", refined_for)
    chosen = choose_encoder(Settings(), sizes.MANY + 1, lambda: texts, tmp_path, _named)
    assert seen == [texts]
    again = open_encoder(Settings(encoder=chosen.name))
    assert again.identity == chosen.encoder.identity
    assert (again.encode(texts) == chosen.encoder.encode(texts)).all()
    assert name_of_kept(asdict(chosen.encoder.identity), tmp_path) == chosen.name


def test_a_fitted_encoder_serves_on_until_the_corpus_has_grown_a_lot(tmp_path: Path) -> None:
    identity = {"name": "static", "revision": "abc"}
    many = sizes.MANY + 1
    assert not serves_on(identity, many, many, tmp_path)  # nothing is kept
    (tmp_path / "abc").mkdir()
    assert serves_on(identity, many, 2 * many, tmp_path)
    assert not serves_on(identity, many, 5 * many, tmp_path)
    assert not serves_on(identity, many, 100, tmp_path)
    assert not serves_on({"name": "use+e5", "revision": "abc"}, many, many, tmp_path)


def test_the_encoder_of_an_earlier_run_is_found_by_its_identity(tmp_path: Path) -> None:
    assert name_of_kept({"name": "static", "revision": "gone"}, tmp_path) == "static"
    assert name_of_kept({"name": "use+e5", "revision": "x"}, tmp_path) == "default"


def test_the_sample_of_posts_does_not_depend_on_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_choice, "_SAMPLE", 5)
    posts = [Post(id=str(i), platform="p", author="a", time=None, text=f"充电发热第{i}天，屏幕也闪") for i in range(50)]
    sample = mentions_of_posts(posts)
    assert sample == mentions_of_posts(posts[::-1])
    assert 5 <= len(sample) <= 10
