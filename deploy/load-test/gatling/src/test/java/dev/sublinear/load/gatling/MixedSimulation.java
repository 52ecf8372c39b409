package dev.sublinear.load.gatling;

import io.gatling.javaapi.core.Simulation;

/** All of them at once. */
public final class MixedSimulation extends Simulation {
    public MixedSimulation() {
        setUp(
                        Arrivals.of(Scenarios.chat(), 0.4),
                        Arrivals.of(Scenarios.completions(), 0.4),
                        Arrivals.of(Scenarios.longContext(), 0.1),
                        Arrivals.of(Scenarios.conversations(), 0.1))
                .protocols(Arrivals.SERVER)
                .assertions(Arrivals.NONE_FAILS);
    }
}
