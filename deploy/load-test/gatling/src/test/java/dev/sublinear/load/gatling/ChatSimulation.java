package dev.sublinear.load.gatling;

import io.gatling.javaapi.core.Simulation;

/** {@link Scenarios#chat} alone. */
public final class ChatSimulation extends Simulation {
    public ChatSimulation() {
        setUp(Arrivals.of(Scenarios.chat(), 1)).protocols(Arrivals.SERVER).assertions(Arrivals.NONE_FAILS);
    }
}
