"""Posts as received to posts ready to be stored and mined."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest import MaskKind, Post, prepare, pseudonym
from ingest.errors import MissingSecretError

POST = Post(id="1", platform="wechat", author="wxid_a", time=datetime(2022, 1, 1, tzinfo=UTC), text="发热")


def test_a_pseudonym_is_stable_secret_and_of_its_form() -> None:
    name = pseudonym("wechat", "wxid_a", secret="s")
    assert name == pseudonym("wechat", "wxid_a", secret=b"s")
    assert name.startswith("aut_")
    assert len(name) == 30
    assert name[4:].isalnum()
    assert "wxid" not in name
    others = {
        pseudonym("qq", "wxid_a", secret="s"),
        pseudonym("wechat", "wxid_b", secret="s"),
        pseudonym("wechat", "wxid_a", secret="t"),
    }
    assert name not in others
    assert len(others) == 3


def test_platform_and_id_cannot_run_into_each_other() -> None:
    assert pseudonym("ab", "c", secret="s") != pseudonym("a", "bc", secret="s")


def test_an_unknown_author_has_no_pseudonym_and_an_empty_secret_is_refused() -> None:
    assert pseudonym("wechat", "", secret="s") == ""
    with pytest.raises(MissingSecretError):
        pseudonym("wechat", "wxid_a", secret="")
    with pytest.raises(MissingSecretError):
        prepare([POST], secret="")


def test_text_is_cleaned_and_masked_and_the_raw_post_kept() -> None:
    raw = "<p>打 13800138000</p>发自我的小米手机"
    (prepared,) = prepare([replace(POST, text=raw)], secret="s")
    assert prepared.text == "打 〔手机号〕"
    assert prepared.masks == {MaskKind.MOBILE: 1}
    assert prepared.post.text == raw
    assert prepared.key == "1"


def test_personal_data_that_markup_tears_apart_is_masked() -> None:
    (prepared,) = prepare([replace(POST, text="打 138<b>0013</b>8000 或 139\u200b00139000")], secret="s")
    assert prepared.masks == {MaskKind.MOBILE: 2}


def test_mentions_of_people_in_the_batch_are_recognised_by_name() -> None:
    posts = [replace(POST, author_name="阿 杜"), replace(POST, id="2", text="@阿 杜你的手机也发热吗")]
    assert prepare(posts, secret="s")[1].text == "你的手机也发热吗"


def test_copies_are_marked_and_order_kept() -> None:
    later = replace(POST, id="0", time=datetime(2023, 1, 1, tzinfo=UTC))
    prepared = prepare([later, POST], secret="s")
    assert [(item.key, item.duplicate_of) for item in prepared] == [("0", "1"), ("1", None)]


def test_a_post_twice_in_a_batch_is_given_once() -> None:
    assert len(prepare([POST, POST], secret="s")) == 1


def test_a_recalled_message_and_its_recall_give_nothing() -> None:
    recall = Post(id="3", platform="wechat", author="", time=None, text="", recalls="1")
    assert [item.key for item in prepare([POST, recall, replace(POST, id="2")], secret="s")] == ["2"]
