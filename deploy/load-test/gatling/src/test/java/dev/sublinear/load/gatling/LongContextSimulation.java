package dev.sublinear.load.gatling;

import io.gatling.javaapi.core.Simulation;

/** {@link Scenarios#longContext} alone. */
public final class LongContextSimulation extends Simulation {
    public LongContextSimulation() {
        setUp(Arrivals.of(Scenarios.longContext(), 0.25))
                .protocols(Arrivals.SERVER)
                .assertions(Arrivals.NONE_FAILS);
    }
}
