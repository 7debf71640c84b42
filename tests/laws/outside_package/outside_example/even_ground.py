"""Works on any ground: the holder gains the same log power everywhere."""

from salient.mechanisms.base import Mechanism, Parameter


def rule(w, p):
    """power of the holder += weight."""
    return {"power": w.setting.to_holder(p.weight + 0.0 * w.area)}


MECHANISMS = (
    Mechanism(
        slot="terrain",
        name="even-ground",
        title="Any ground helps its holder",
        rule=rule,
        reads=("area",),
        writes=("power",),
        parameters=(
            Parameter(
                "weight",
                centre=0.2,
                low=0.1,
                high=0.4,
                unit="1",
                label="log power of the holder",
                source="assumption",
                trust="A",
            ),
        ),
        citation="Own assumption, for the example",
    ),
)
