"""Who is let in, how much a request may weigh, and what a failure gives away."""

from __future__ import annotations

import json
import logging
import socket
import time

import pytest

from simulator.errors import DatabaseError, SettingsError
from simulator.service.http.serving.address import LOOPBACK
from simulator.service.http.tokens import Tokens, read_tokens

TOKENS = ("first-token-of-two", "second-token-of-two")


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_only_who_has_a_token_is_let_in(serve, spec):
    """Any of several tokens will do; the refusal says how to send one."""
    with serve(tokens=TOKENS) as client:
        for token in TOKENS:
            assert client.get("/v1/jobs", headers=bearer(token)).status_code == 200
        assert client.get("/v1/jobs", headers={"Authorization": f"bearer  {TOKENS[0]}"}).status_code == 200
        for headers in (
            {},
            bearer("wrong"),
            {"Authorization": "Bearer"},
            bearer(TOKENS[0] + "x"),
            {"Authorization": TOKENS[0]},
        ):
            refused = client.post("/v1/jobs", json=spec, headers=headers)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Bearer")
            assert refused.headers["content-type"] == "application/problem+json"
        assert client.get("/v1/jobs/nobody").status_code == 401  # who is not let in does not learn what there is
        assert client.get("/v1/nothing").status_code == 401
        assert client.get("/metrics").status_code == 401
        for path in ("/", "/healthz", "/openapi.json"):
            assert client.get(path).status_code == 200


def test_the_published_paths_are_opened_apart(serve, job):
    """Their client cannot send a token: they are open, or ask for one like all others."""
    with serve(tokens=TOKENS) as client:
        assert client.post("/jobs", json=job).status_code == 201
    with serve(tokens=TOKENS, opens_legacy_paths=False) as client:
        assert client.post("/jobs", json=job).status_code == 401
        assert client.post("/jobs", json=job, headers=bearer(TOKENS[1])).status_code == 200


def test_a_file_of_tokens_has_one_a_line(tmp_path):
    """Comments and empty lines are left out."""
    file = tmp_path / "tokens"
    file.write_text(f"# ours\n{TOKENS[0]}  # ann's\n\n{TOKENS[1]}\n")
    assert read_tokens(file) == TOKENS
    assert Tokens(TOKENS).let_in(b"Bearer " + TOKENS[1].encode())


@pytest.mark.parametrize(
    "text", ["", "# none\n", "short\n", "sixteen letters and spaces\n", "ümläutümläutümläut\n", "\udcff"]
)
def test_a_file_without_good_tokens_is_refused(tmp_path, text):
    """One that can be guessed, or cannot be sent, would let in everybody, or nobody."""
    file = tmp_path / "tokens"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SettingsError, match=r"openssl|one token a line"):
        read_tokens(file)


def test_pages_of_other_sites_are_not_let_in(client):
    """A browser sends what they ask for even to a server on this machine."""
    own = str(client.base_url).removesuffix("/")
    assert client.get("/v1/jobs", headers={"Origin": own, "Sec-Fetch-Site": "same-origin"}).status_code == 200
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ):
        assert client.get("/v1/jobs", headers=headers).status_code == 403
        assert client.get("/jobs/batch_size?job_id=a", headers=headers).status_code == 403
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/", headers=followed).status_code == 200


@pytest.mark.parametrize("path", ["/", "/v1/jobs", "/jobs/batch_size?job_id=a"])
def test_only_the_names_that_are_trusted_lead_to_the_service(serve, path):
    """A site whose name is made to lead to this machine is refused; its pages are no foreign ones for a browser."""
    with serve(trusted_hosts=LOOPBACK) as client:
        for host in ("127.0.0.1", "127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8000"):
            assert client.get(path, headers={"Host": host}).status_code in {200, 400}, host
        for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost@evil.example", "[", ""):
            assert client.get(path, headers={"Host": host, "Origin": f"http://{host}"}).status_code == 421, host
        kind = client.get("/v1/jobs", headers={"Host": "evil.example"}).headers["content-type"]
        assert kind == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1/jobs", "/jobs", "/report"])
def test_a_chunked_body_is_not_read_beyond_the_limit(client, path):
    """Though it does not say how long it is."""

    def endless():
        for _ in range(100):
            yield b" " * 1000

    answer = client.post(path, content=endless())
    assert answer.status_code == 413
    assert "65536" in answer.json()["detail"]
    assert client.post(path, content=iter([b"{", b"}"])).status_code == 422


@pytest.mark.parametrize(
    "header", ["Content-Length: -1", "Content-Length: x", "Content-Length: 99999999999999999999999"]
)
def test_a_length_that_makes_no_sense_is_refused(client, header):
    """By the server, or by the application; nothing waits for a body that never comes."""
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as raw:
        raw.sendall(f"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n".encode())
        assert raw.recv(100).split(b" ")[1] in {b"400", b"413"}


@pytest.mark.parametrize("path", ["/v1/jobs", "/jobs"])
def test_an_error_that_nobody_foresaw_gives_nothing_away(serve, failing, spec, job, caplog, path):
    """The answer has a number, and the log has all the rest under it."""
    secret = "SELECT token FROM secrets"  # noqa: S105  # stands for what an error may quote
    with caplog.at_level(logging.ERROR, "simulator.service"), serve(dispatcher=failing(ValueError(secret))) as client:
        answer = client.post(path, json=spec if path == "/v1/jobs" else job)
        assert answer.status_code == 500
        assert secret not in answer.text
        assert "Traceback" not in answer.text
        assert client.get("/openapi.json").status_code == 200  # the server goes on
    said = answer.json().get("detail") or answer.json()["message"]
    number = said.rpartition(" ")[2]
    assert number in caplog.text
    assert secret in caplog.text


@pytest.mark.parametrize("path", ["/v1/jobs", "/jobs"])
def test_a_database_that_does_not_answer_is_503_and_nothing_of_it_is_told(serve, failing, spec, job, path):
    """The client is asked to come again; /healthz says it as well."""
    with serve(dispatcher=failing(DatabaseError("cannot reach postgresql://ann@db.example"))) as client:
        answer = client.post(path, json=spec if path == "/v1/jobs" else job)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "ann" not in answer.text
        assert client.get("/healthz").status_code == 503


def test_healthz_asks_the_database(client, sqlite_url):
    """A database that is gone is noticed."""
    assert client.get("/healthz").json() == {"status": "ok"}


def test_refusals_with_letters_that_cannot_be_encoded_are_still_json(client):
    """A lone surrogate comes back escaped."""
    answer = client.post(
        "/report",
        content=b'{"job_id": "\\ud800", "batch_size": 1, "trial_number": 1, "time": 1, '
        b'"energy": 1, "metric": 1, "current_epoch": 1}',
    )
    assert answer.status_code in {400, 422}
    json.loads(answer.content)


@pytest.mark.parametrize("origin", [b"http://[", b"http://[::1", b"\xff\xfe", b"http://\xe2\x84\x80.com", b"null", b""])
def test_an_origin_that_is_no_address_is_foreign(client, origin):
    """Whatever it is; and it is no error of the server."""
    assert client.get("/v1/jobs", headers={"Origin": origin}).status_code == 403


def test_a_file_of_tokens_that_is_missing_says_how_to_make_one(tmp_path):
    """Before the first start there is none."""
    with pytest.raises(SettingsError, match=r"there is no file .*tokens; .* openssl rand -hex 32 > .*tokens$"):
        read_tokens(tmp_path / "tokens")


def test_who_hangs_up_in_the_middle_of_a_request_is_no_error(client, caplog):
    """Networks break: the log stays free of it, and nothing was done."""
    with caplog.at_level(logging.INFO, "simulator.service"):
        for path in ("/v1/jobs", "/jobs"):
            with socket.create_connection((client.base_url.host, client.base_url.port)) as raw:
                raw.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{{".encode())
        deadline = time.monotonic() + 10
        hung_up = 'simulator_http_requests_total{method="POST",route="/v1/jobs",status="0"} 1.0'
        while hung_up not in (counts := client.get("/metrics").text) and time.monotonic() < deadline:
            time.sleep(0.01)
    assert hung_up in counts
    assert 'status="500"' not in counts
    assert not [record for record in caplog.records if record.name == "simulator.service"]
