"""The S3 wire on loopback: moto, plus the checks it leaves out and a copy of every object on disk.

Run as `python -m sandbox.s3_server --port N --data-dir DIR --bucket NAME`; keys in the environment.
"""

import argparse
import hashlib
import io
import json
import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from xml.sax.saxutils import escape

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
from moto.s3.models import FakeKey, S3Backend, s3_backends
from werkzeug.serving import make_server
from werkzeug.wrappers import Request

from sandbox.s3_access import Keys, Refused, check_form, check_request

LARGEST = 256 * 1024 * 1024
WRITES = {"PUT", "POST", "DELETE"}


class Copies:
    """Every object also as a file, so that it is there after a restart."""

    def __init__(self, backend: S3Backend, directory: Path) -> None:
        self._backend, self._directory = backend, directory
        self._known: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True)

    def load(self) -> None:
        """Read back what an earlier run kept."""
        for note in self._directory.glob("*.json"):
            kept = json.loads(note.read_text())
            body = note.with_suffix(".bin").read_bytes()
            key = self._backend.put_object(kept["bucket"], kept["key"], body)
            key.set_metadata(kept["metadata"], replace=True)
            self._known[kept["bucket"], kept["key"]] = version(key)

    def keep(self) -> None:
        """Bring the files up to date with the objects."""
        with self._lock:
            present = {
                (bucket.name, key.name): key
                for bucket in self._backend.buckets.values()
                for key in list(bucket.keys.values())
                if isinstance(key, FakeKey)
            }
            for gone in self._known.keys() - present.keys():
                self._remove(gone)
            for name, key in present.items():
                if self._known.get(name) != version(key):
                    self._write(name, key)

    def _path(self, name: tuple[str, str]) -> Path:
        return self._directory / hashlib.sha256("/".join(name).encode()).hexdigest()

    def _write(self, name: tuple[str, str], key: FakeKey) -> None:
        path, metadata = self._path(name), dict(key.metadata)
        path.with_suffix(".bin").write_bytes(key.value)
        note = {"bucket": name[0], "key": name[1], "metadata": metadata}
        path.with_suffix(".json").write_text(json.dumps(note))
        self._known[name] = version(key)

    def _remove(self, name: tuple[str, str]) -> None:
        for suffix in (".json", ".bin"):
            self._path(name).with_suffix(suffix).unlink(missing_ok=True)
        del self._known[name]


class Handler(MotoRequestHandler):
    """Logs requests without their query, which may hold a signature."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write one line per request."""
        self.log("info", '"%s %s" %s', self.command, self.path.partition("?")[0], code)


def version(key: FakeKey) -> str:
    """What changes whenever the object does."""
    return f"{key.etag} {key.last_modified.timestamp()}"


class Door:
    """Checks each request as S3 does, hands it to moto, and keeps what it changed."""

    def __init__(self, inner: WSGIApplication, keys: Keys, copies: Copies) -> None:
        self._inner, self._keys, self._copies = inner, keys, copies

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            if request.method != "OPTIONS" and request.path != "/healthz":
                self._check(request, environ)
        except Refused as refused:
            return refuse(refused, start)
        if request.path == "/healthz":
            start("204 No Content", [])
            return []
        answer = list(self._inner(environ, start))
        if request.method in WRITES:
            self._copies.keep()
        return answer

    def _check(self, request: Request, environ: WSGIEnvironment) -> None:
        if (request.content_length or 0) > LARGEST:
            raise Refused(400, "EntityTooLarge", "The sandbox takes at most 256 MiB.")
        if request.method == "POST" and request.mimetype == "multipart/form-data":
            body = environ["wsgi.input"] = io.BytesIO(request.get_data(cache=False))
            self._check_form(Request({**environ, "wsgi.input": io.BytesIO(body.getvalue())}))
            return
        path = str(environ.get("RAW_URI", request.path)).partition("?")[0]
        query, header = request.query_string.decode(), request.headers.get("Authorization", "")
        check_request(self._keys, request.method, path, query, request.host, header)

    def _check_form(self, request: Request) -> None:
        file = request.files.get("file")
        size = len(file.read()) if file else len(request.form.get("file", "").encode())
        check_form(self._keys, request.path.strip("/"), request.form.to_dict(), size)


def refuse(refused: Refused, start: StartResponse) -> Iterable[bytes]:
    """S3's XML error, readable by a page of another origin."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message></Error>"
    ).encode()
    headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
    start(f"{refused.status} Refused", [*headers, ("Access-Control-Allow-Origin", "*")])
    return [body]


def main() -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="sandbox.s3_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--bucket", required=True)
    options = parser.parse_args()
    keys = Keys(os.environ["S3_ACCESS_KEY_ID"], os.environ["S3_SECRET_ACCESS_KEY"])
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    backend.create_bucket(options.bucket, "us-east-1")
    copies = Copies(backend, options.data_dir)
    copies.load()
    door = Door(create_backend_app("s3"), keys, copies)
    make_server(
        "127.0.0.1", options.port, door, threaded=True, request_handler=Handler
    ).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
