package dev.sublinear.load.gatling;

import io.gatling.javaapi.core.Simulation;

/** {@link Scenarios#conversations} alone. */
public final class ConversationsSimulation extends Simulation {
    public ConversationsSimulation() {
        setUp(Arrivals.of(Scenarios.conversations(), 0.5))
                .protocols(Arrivals.SERVER)
                .assertions(Arrivals.NONE_FAILS);
    }
}
