"""A table of the configuration."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Refuses keys that it does not know, and shows no values when it complains."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
