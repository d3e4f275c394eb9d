"""Who takes our cards, as the networks know them: what 3-D Secure by somebody else needs."""

from pydantic import BaseModel, ConfigDict, Field


class Acquirer(BaseModel):
    """The acquirer behind our payment provider; the names are those of agents' protocols."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    acquirer_bin: str = Field(min_length=1, max_length=11)
    acquirer_country: str = Field(pattern=r"^[A-Z]{2}$")
    acquirer_merchant_id: str = Field(min_length=1, max_length=35)
    merchant_name: str = Field(min_length=1, max_length=40)
    requestor_id: str | None = Field(None, min_length=1, max_length=35)
