"""What small servers of the sandbox have in common: answers of JSON or text, and a page to see."""

import json
from http.server import BaseHTTPRequestHandler


class PageHandler(BaseHTTPRequestHandler):
    """Answers with JSON, or with a page on which nothing runs."""

    def _answer(self, status: int, content: object, cache: str = "no-store") -> None:
        text = isinstance(content, str)
        body = (str(content) if text else json.dumps(content, ensure_ascii=False)).encode()
        kind = "text/html" if text else "application/json"
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", cache)
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(body)


def document(title: str, style: str, content: str) -> str:
    """Return a page that looks again every five seconds; what it holds is escaped already."""
    head = f'<meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>{title}</title>'
    return f"<!doctype html>{head}<style>{style}</style><h1>{title}</h1>{content}"
