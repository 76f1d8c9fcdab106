"""Discuz! boards."""

from __future__ import annotations

from ingest import Post, Skipped
from tests.ingest.reading_helpers import posts, reading, rejected

HEADER = "pid,fid,tid,first,author,authorid,subject,dateline,message,invisible,anonymous,status,tags,position\n"
JOINED = HEADER.strip() + ",views,replies,recommend_add\n"


def test_an_opening_post_carries_title_and_counts_of_its_thread() -> None:
    source = reading(
        JOINED
        + "1,36,9,1,小明,501,手机发热,1682915400,[b]很烫[/b],0,0,0,,1,100,5,7\n2,36,9,0,小红,502,,1682915500,同感,0,0,0,,2,100,5,7\n"
    )
    assert source.format == "discuz_csv"
    opening, answer = (record for record in source if isinstance(record, Post))
    assert opening.text == "手机发热\n[b]很烫[/b]"
    assert (opening.id, opening.channel, opening.thread, opening.author) == ("1", "36", "9", "501")
    assert (opening.views, opening.replies, opening.likes) == (100, 5, 7)
    assert (answer.views, answer.replies, answer.likes) == (0, 0, 0)


def test_hidden_posts_are_skipped() -> None:
    source = reading(HEADER + "1,36,9,0,a,5,,1682915400,删了,-1,0,0,,1\n2,36,9,0,a,5,,1682915400,待审,-2,0,0,,1\n")
    assert list(source) == [Skipped(2, "hidden post"), Skipped(3, "hidden post")]


def test_guests_and_anonymous_posters_stay_unknown() -> None:
    both = posts(HEADER + "1,36,9,0,a,5,,1682915400,匿名说,0,1,0,,1\n2,36,9,0,,0,,1682915400,游客说,0,0,0,,1\n")
    assert [(post.author, post.author_name) for post in both] == [("", ""), ("", "")]


def test_a_quote_names_the_post_it_answers() -> None:
    message = '"[quote][size=2][url=forum.php?mod=redirect&goto=findpost&pid=77&ptid=9]小明 发表于[/url][/size]\n很烫[/quote]我也是"'
    (post,) = posts(HEADER + f"78,36,9,0,b,6,,1682915400,{message},0,0,0,,2\n")
    assert post.reply_to == "77"


def test_bad_rows_are_rejected_alone() -> None:
    source = (
        HEADER
        + "x,36,9,0,b,6,,1682915400,文,0,0,0,,2\n3,36,9,0,b,6,,很久前,文,0,0,0,,2\n4,36,9,0,b,6,,1682915400,,0,0,0,,2\n5,36,9,0,b,6,,1682915400,好,0,0,0,,2\n"
    )
    assert [post.id for post in posts(source)] == ["5"]
    assert [bad.line for bad in rejected(source)] == [2, 3, 4]
