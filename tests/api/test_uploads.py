"""Export files uploaded over the API become jobs, and mistakes are answered at once."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

CSV = "内容,作者,时间\n充电很慢,甲,2026-08-01 09:30\n".encode()


def _upload(client: TestClient, content: bytes = CSV, name: str = "posts.csv", **fields: str) -> tuple[int, dict]:
    answer = client.post("/api/v1/sources", files={"file": (name, content)}, data={"channel": "论坛", **fields})
    return answer.status_code, answer.json()


def test_a_file_becomes_a_job(manager: TestClient) -> None:
    status, body = _upload(manager)
    assert status == 202, body
    assert (body["data"]["kind"], body["data"]["status"]) == ("ingest", "queued")
    assert manager.get(f"/api/v1/jobs/{body['data']['id']}").json()["data"] == body["data"]


@pytest.mark.parametrize(
    ("content", "fields", "code"),
    [
        (b"", {}, "unreadable_file"),
        (b"\x00\x01\x02\x03" * 100, {}, "unreadable_file"),
        ("价格,数量\n1,2\n".encode(), {}, "unreadable_file"),
        (CSV, {"format": "nothing_known"}, "unreadable_file"),
        (CSV, {"map": "text=没有这列"}, "unreadable_file"),
        (CSV, {"map": "colour=内容"}, "unreadable_file"),
        (CSV, {"timezone": "Mars/Olympus"}, "unknown_timezone"),
        (CSV, {"colour": "red"}, "validation_failed"),
        (CSV, {"channel": " "}, "validation_failed"),
    ],
    ids=["empty", "binary", "no text column", "format", "column", "field", "timezone", "unknown field", "no channel"],
)
def test_a_mistake_is_answered_at_once(manager: TestClient, content: bytes, fields: dict[str, str], code: str) -> None:
    status, body = _upload(manager, content, **fields)
    assert (status, body["error"]["code"]) == (422, code), body
    assert manager.get("/api/v1/jobs?kind=ingest").json()["data"] == []


def test_a_file_is_required(manager: TestClient) -> None:
    answer = manager.post("/api/v1/sources", data={"channel": "论坛"})
    assert answer.status_code == 422


def test_the_same_upload_with_the_same_key_is_one_job(manager: TestClient) -> None:
    def send(content: bytes) -> tuple[int, dict]:
        answer = manager.post(
            "/api/v1/sources",
            files={"file": ("posts.csv", content)},
            data={"channel": "论坛"},
            headers={"Idempotency-Key": "upload-1"},
        )
        return answer.status_code, answer.json()

    first, second = send(CSV), send(CSV)
    assert first == second
    assert len(manager.get("/api/v1/jobs?kind=ingest").json()["data"]) == 1
    assert send(CSV + CSV)[1]["error"]["code"] == "idempotency_key_reused"
