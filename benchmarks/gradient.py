"""The log likelihood of a campaign and its gradient: python -m benchmarks.gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.campaign import SCENARIO
from benchmarks.timing import Case, arguments, measure, show
from salient.engine.ensemble import BLOCK


def functions() -> tuple[Callable[..., Any], Callable[..., Any], int]:
    """The sum of the log likelihood over draws, that and its gradient, and the number of parameters."""
    import jax

    from salient.inference.fit import prepare
    from salient.scenario.loading import load

    posterior = prepare(load(SCENARIO).scenario)
    data = posterior.data

    def total(z: Any) -> Any:
        return posterior.trace(z, data)[0].sum()

    return jax.jit(total), jax.jit(jax.value_and_grad(total)), len(posterior.names)


def cases() -> list[Case]:
    """One draw, as NUTS asks for it, and a block of draws."""
    import jax

    from salient.engine.cache import use_jax

    use_jax()
    value, both, n = functions()
    rng = np.random.default_rng(1)
    found = []
    for draws in (1, BLOCK):
        z = 0.3 * rng.standard_normal((n, draws))

        def call(f: Callable[..., Any], z: np.ndarray = z) -> Callable[[], object]:
            return lambda: jax.block_until_ready(f(z))

        name = "one draw" if draws == 1 else f"{draws} draws"
        found += [
            Case(f"value, {name}", call(value), draws, f"likelihoods of {name}"),
            Case(
                f"value and gradient, {name}",
                call(both),
                draws,
                f"likelihoods of {name}",
                1 / 3.0,
                1 / 2.5,
            ),
        ]
    return found


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__, repeat=31)
    one = cases()
    results = measure(one, options.repeat)
    for first, second in (results[:2], results[2:]):
        second.ratio = second.rate / first.rate
    show(results, options.json)
    print()
    for first, second in (results[:2], results[2:]):
        print(
            f"{second.name}: {second.median / first.median:.2f} times the value alone (at most 3, goal 2.5)"
        )


if __name__ == "__main__":
    main()
