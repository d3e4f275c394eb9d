"""A sign-in provider for a laptop: OpenID Connect with PKCE, people to choose from, and faults.

Run as `python -m sandbox.identity --port N --client-id ID --client-secret SECRET`. The page at
/authorize signs in whoever is chosen; a program POSTs {sub, email, email_verified, name} to the
same address. /sandbox/rotate changes the key, /sandbox/faults takes
{"rules": [{path, fault, times, seconds}]}, /sandbox/calls counts. Any redirect address is
registered here; a code is good once, for a minute, and for the address it was sent to.
"""
