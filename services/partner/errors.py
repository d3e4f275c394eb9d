"""Why an agent is not let in."""


class PartnerUnknown(Exception):
    """No token, or none of ours that is alive: what is wrong with it is not told."""


class PartnerRefused(Exception):
    """A token that may not do this."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope
