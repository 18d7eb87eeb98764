"""Which names lead to a server that is started from the command line."""

from __future__ import annotations

import httpx


def test_a_server_of_this_machine_alone_answers_to_its_names_alone(serve, tmp_path):
    """Without tokens, since a site could give its own name the address of this machine; with them, to any name."""
    (tmp_path / "tokens").write_text("0123456789abcdef\n")
    for words, status in (((), 421), (("--token-file", tmp_path / "tokens"), 200)):
        server = serve("--port", "0", *words).wait_until_up()
        headers = {"Authorization": "Bearer 0123456789abcdef"}
        assert httpx.get(f"{server.url}/v1/jobs", headers=headers).status_code == 200
        assert httpx.get(f"{server.url}/v1/jobs", headers=headers | {"Host": "localhost:1"}).status_code == 200
        named = httpx.get(f"{server.url}/v1/jobs", headers=headers | {"Host": "evil.example"})
        assert named.status_code == status
        assert server.end() == 0
