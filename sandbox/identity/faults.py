"""Faults on demand: answers that are broken, and ID tokens that do not hold."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

Claims = dict[str, object]
Endpoint = Callable[[Request], Awaitable[Response]]

# What can be wrong with an ID token, and with an answer.
TOKEN_FAULTS: dict[str, Claims] = {
    "wrong_nonce": {"nonce": "another"},
    "wrong_iss": {"iss": "https://evil.example"},
    "wrong_aud": {"aud": "another-client"},
    "wrong_azp": {"azp": "another-client"},
    "two_audiences": {"aud": ["another-client"]},
    "expired": {"iat": -7_200, "exp": -3_600},
    "old": {"iat": -7_200},
    "no_subject": {"sub": ""},
    "user_info_only": {"email": None, "email_verified": None, "name": None},
}
SIGNING_FAULTS = ("alg_none", "hs256", "bad_signature", "unknown_key", "no_kid")
ANSWER_FAULTS = ("slow", "redirect", "malformed", "huge", "foreign_endpoint")
ALL = {*TOKEN_FAULTS, *SIGNING_FAULTS, *ANSWER_FAULTS}


@dataclass
class Rule:
    """A fault that meets a path so many times (-1: always); a number is a status."""

    path: str
    fault: str
    times: int = 1
    seconds: float = 30.0


class Faults:
    """The rules in force."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def met(self, path: str, faults: Collection[str]) -> str:
        """Return which of these faults this request meets, or nothing."""
        rule = self._rule(path, faults)
        return rule.fault if rule else ""

    async def answer(self, path: str, request: Request, endpoint: Endpoint) -> Response:
        """Answer, unless a rule says otherwise."""
        numbers = {rule.fault for rule in self.rules if rule.fault.isdigit()}
        rule = self._rule(path, {*ANSWER_FAULTS, *numbers})
        if rule and rule.fault == "slow":
            await asyncio.sleep(rule.seconds)
        elif rule and rule.fault != "foreign_endpoint":
            return broken(rule.fault)
        shown = await endpoint(request)
        if rule and rule.fault == "foreign_endpoint":
            inside = {"token_endpoint": "http://169.254.169.254/token"}
            return answer(orjson.loads(shown.body) | inside)
        return shown

    def replace(self, rules: list[Rule]) -> str:
        """Take other rules, or say what is wrong with them."""
        if any(not (rule.fault in ALL or rule.fault.isdigit()) for rule in rules):
            return f"a fault is one of {sorted(ALL)} or a status"
        self.rules = rules
        return ""

    def _rule(self, path: str, faults: Collection[str]) -> Rule | None:
        for rule in self.rules:
            if rule.path == path and rule.times and rule.fault in faults:
                rule.times -= rule.times > 0
                return rule
        return None


def broken(fault: str) -> Response:
    """An answer that is no use to anybody."""
    if fault == "redirect":
        return RedirectResponse("http://169.254.169.254/latest/meta-data", 307)
    if fault == "huge":
        return answer({"padding": "x" * 1_000_000})
    if fault == "malformed":
        return Response(b'{"id_token": ', media_type="application/json")
    return answer({"error": "server_error"}, int(fault))


def answer(body: object, status: int = 200) -> Response:
    """JSON, as the provider sends it."""
    return Response(orjson.dumps(body), status, media_type="application/json")
