"""The sandbox's language model: the Responses API, a local model, and scripted ones for tests.

`asked` and `events` are the wire, `runs` keeps what was begun, `api` serves it. `model` chooses
who answers: the characters of `talk/`, which know only what they are given, or `scripted`.
"""
