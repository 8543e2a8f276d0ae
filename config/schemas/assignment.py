"""Who gets a lead: assignment.yaml."""

from pydantic import Field, model_validator

from config.checking import Strict


class Weights(Strict):
    """What each criterion counts; an unknown one shares its weight out among the others."""

    region: float = Field(ge=0, allow_inf_nan=False)
    line: float = Field(ge=0, allow_inf_nan=False)
    load: float = Field(ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _something_counts(self) -> "Weights":
        if self.region + self.line + self.load <= 0:
            raise ValueError("权重不能全是 0")
        return self


class Assignment(Strict):
    weights: Weights
    default_capacity: int = Field(gt=0)
    """Open leads that a member can carry where staff.yaml does not say."""
    max_automatic_reassignments: int = Field(ge=0)
    """After so many the manager owns the lead."""
