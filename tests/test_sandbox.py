"""The sandbox with real processes: one runs at a time, the dead come back, nothing is left."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import psutil
import pytest

from sandbox.process import Process
from sandbox.stack import Stack, free
from sandbox.state import State
from tests.support.newcomer import DEADLINE, all_gone, until

ROOT = Path(__file__).resolve().parent.parent
WORKER = "import time; time.sleep(3600)"
# What `nerdx dev` runs, with two small programs in place of ours: the servers are the real ones.
SCRIPT = f"""
import os, sys
from pathlib import Path
from sandbox.programs import Program, Programs
from sandbox.s3 import answers
from sandbox.supervisor import run

def programs(port):
    serve = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    worker = (sys.executable, "-c", {WORKER!r})
    return Programs(
        first=(Program("migrate", (sys.executable, "-c", "print('migrated')")),),
        always=(
            Program("api", serve, is_ready=lambda: answers(port, "/")),
            Program("worker", worker),
        ),
    )

sys.exit(run(Path(sys.argv[1]), "arcadedb", {{"PATH": os.environ["PATH"]}}, programs))
"""


class Dev:
    """One run of the supervisor on a state directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.output = directory.with_suffix(".out")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SCRIPT, str(directory)],
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )

    def ready(self) -> "Dev":
        until(lambda: "is ready" in self.text or self.process.poll() is not None)
        assert self.process.poll() is None, self.text
        return self

    @property
    def text(self) -> str:
        return self.output.read_text()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Callable[[], Dev]]:
    started: list[Dev] = []

    def start() -> Dev:
        started.append(Dev(tmp_path / "state"))
        return started[-1]

    yield start
    for run in started:
        run.process.kill()
        run.process.wait()


def test_one_runs_at_a_time_and_a_dead_worker_comes_back(dev: Callable[[], Dev]) -> None:
    first = dev().ready()
    second = dev()
    assert second.process.wait(DEADLINE) == 1
    assert f"already running here: process {first.process.pid}" in second.text
    assert "/explorer" in second.text
    worker = next(p for p in first.family() if p.cmdline()[-1] == WORKER)
    worker.kill()
    until(lambda: "worker: started again" in first.text)
    assert "worker ended (137)" in first.text
    family = first.family()
    assert {"postgres", "valkey-server", "java"} <= {p.name() for p in family}
    assert first.end(signal.SIGTERM) == 0
    assert all_gone(family)


def test_a_killed_supervisor_leaves_no_process_and_ports_are_kept(dev: Callable[[], Dev]) -> None:
    first = dev().ready()
    family, ports = first.family(), State(first.directory).ports
    secrets = State(first.directory).secrets
    first.end(signal.SIGKILL)
    # The next run waits by itself until the last one's servers are gone.
    second = dev().ready()
    assert all_gone(family)
    assert State(second.directory).ports == ports
    assert State(second.directory).secrets == secrets
    stranger = re.search(r"127\.0\.0\.1:(\d+)/explorer", second.text)
    assert stranger
    assert int(stranger[1]) == ports["api"]
    assert second.end(signal.SIGINT) == 0


def test_a_start_that_is_interrupted_leaves_nothing(dev: Callable[[], Dev]) -> None:
    run = dev()
    until(lambda: "ready in" in run.text)
    family = run.family()
    run.end(signal.SIGTERM)
    until(lambda: all_gone(family))
    with (run.directory / "guards.lock").open() as lock:
        assert until(lambda: free(lock.fileno()))


def test_a_port_taken_by_a_stranger_is_chosen_anew(tmp_path: Path) -> None:
    port = State(tmp_path).port("valkey")
    assert State(tmp_path).port("valkey") == port
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        assert State(tmp_path).port("valkey") != port
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600


def test_sandboxes_that_start_together_keep_off_each_others_ports(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sandbox.state import State;"
        "print(State(Path(sys.argv[1])).port('s3'), flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "other"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert other.stdout
    theirs = int(other.stdout.readline())
    # Nothing listens there yet, and still it is taken.
    assert State(tmp_path / "ours").port("s3", theirs) != theirs
    other.communicate()
    assert State(tmp_path / "third").port("s3", theirs) == theirs


def test_what_a_killed_command_left_behind_is_killed_too(tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    code = (
        "import os, subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'],"
        " start_new_session=True);"
        f"open({str(note)!r}, 'w').write(str(child.pid)); time.sleep(3600)"
    )
    process = Process("parent", [sys.executable, "-c", code], log=tmp_path / "log")
    process.start()
    pid = int(until(lambda: note.exists() and note.read_text()) or 0)
    process.kill()
    assert process.code == 137
    assert not psutil.pid_exists(pid)


def test_a_command_that_will_not_stop_is_killed_after_its_grace(tmp_path: Path) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)"
    )
    argv = [sys.executable, "-c", f"{code}; time.sleep(3600)"]
    process = Process("stubborn", argv, log=tmp_path / "log", grace=0.3)
    process.start()
    until(lambda: (tmp_path / "log").exists() and (tmp_path / "log").read_text())
    process.stop()
    assert process.code == 137


def test_servers_named_in_the_environment_are_not_started(tmp_path: Path) -> None:
    named = {"DATABASE_URL": "postgresql+asyncpg://db.example/nerdx", "NEO4J_URI": "bolt://g:7687"}
    stack = Stack(tmp_path, given=named, providers=True)
    ours = {"valkey", "s3", "openai", "stripe", "mail", "carriers", "feeds", "identity"}
    assert ours <= set(stack.servers)
    assert not {"postgres", "graph"} & set(stack.servers)
    assert stack.env["DATABASE_URL"] == named["DATABASE_URL"]
    with pytest.raises(LookupError):
        _ = stack.postgres


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    stack = Stack(tmp_path, graph=None)
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", stack.valkey.port))
        stranger.listen()
        with pytest.raises(Exception, match=r"(?s)valkey: .*valkey\.log"):
            stack.start()
    assert not stack.postgres.process.alive


def test_servers_keep_what_they_were_given(tmp_path: Path) -> None:
    with Stack(tmp_path, graph=None) as stack:
        stack.postgres.sql("CREATE TABLE kept AS SELECT 7 AS n")
        stack.postgres.sql("CHECKPOINT")
        stack.postgres.stop("immediate")
        stack.postgres.start()
        assert stack.postgres.sql("SELECT n FROM kept") == "7"
        put(stack, "kept.txt", b"seven")
        stack.s3.kill()
        stack.s3.start()
        assert fetch(stack, "kept.txt") == b"seven"


def client(stack: Stack):
    import boto3
    from botocore.config import Config

    env = stack.env
    return boto3.client(
        "s3",
        endpoint_url=env["S3_ENDPOINT_URL"],
        region_name=env["S3_REGION"],
        aws_access_key_id=env["S3_ACCESS_KEY_ID"],
        aws_secret_access_key=env["S3_SECRET_ACCESS_KEY"],
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


def test_the_object_store_refuses_what_s3_would(tmp_path: Path) -> None:
    limits = [{"Content-Type": "image/jpeg"}, ["content-length-range", 1, 10]]
    fields = {"Content-Type": "image/jpeg"}
    with Stack(tmp_path, graph=None) as stack:
        form = client(stack).generate_presigned_post("nerdx", "photo", fields, limits)
        link = client(stack).generate_presigned_url(
            "get_object", Params={"Bucket": "nerdx", "Key": "photo"}
        )
        assert post(form, b"too many bytes") == (400, "EntityTooLarge")
        assert post(form, b"") == (400, "EntityTooSmall")
        assert post(form, b"x", key="other") == (403, "AccessDenied")
        assert post(form, b"x", acl="public-read") == (403, "AccessDenied")
        assert post(form, b"x", **{"x-amz-signature": "0"}) == (403, "SignatureDoesNotMatch")
        assert post(form, b"x") == (204, "")
        assert httpx2.get(link).content == b"x"
        assert httpx2.get(link.replace("photo", "other")).status_code == 403
        assert httpx2.get(link.partition("?")[0]).status_code == 403


def post(form, body: bytes, **changes: str) -> tuple[int, str]:
    answer = httpx2.post(
        form["url"],
        data=form["fields"] | changes,
        files={"file": ("photo.jpg", body)},
        headers={"Origin": "https://nerdx.com"},
    )
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://nerdx.com")
    code = re.search("<Code>(.*)</Code>", answer.text)
    return answer.status_code, code[1] if code else ""


def put(stack: Stack, key: str, body: bytes) -> None:
    client(stack).put_object(Bucket="nerdx", Key=key, Body=body)


def fetch(stack: Stack, key: str) -> bytes:
    with contextlib.closing(client(stack).get_object(Bucket="nerdx", Key=key)["Body"]) as body:
        return body.read()
