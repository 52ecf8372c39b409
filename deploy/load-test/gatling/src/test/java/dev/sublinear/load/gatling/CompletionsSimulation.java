package dev.sublinear.load.gatling;

import io.gatling.javaapi.core.Simulation;

/** {@link Scenarios#completions} alone. */
public final class CompletionsSimulation extends Simulation {
    public CompletionsSimulation() {
        setUp(Arrivals.of(Scenarios.completions(), 1))
                .protocols(Arrivals.SERVER)
                .assertions(Arrivals.NONE_FAILS);
    }
}
