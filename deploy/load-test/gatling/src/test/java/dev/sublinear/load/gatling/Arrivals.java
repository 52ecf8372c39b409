package dev.sublinear.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.core.Assertion;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.ScenarioBuilder;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import java.time.Duration;

/** Where users go, how often they come, and what must become of them. By {@code -Dtarget}, {@code -Drate} and {@code -Dseconds}. */
final class Arrivals {
    private static final double RATE = Double.parseDouble(System.getProperty("rate", "2"));
    private static final Duration TIME = Duration.ofSeconds(Integer.getInteger("seconds", 30));

    static final HttpProtocolBuilder SERVER =
            http.baseUrl(System.getProperty("target", "http://127.0.0.1:8080")).contentTypeHeader("application/json");

    static final Assertion NONE_FAILS = global().failedRequests().count().is(0L);

    private Arrivals() {}

    /** An open loop with random gaps, of a share of the rate. */
    static PopulationBuilder of(ScenarioBuilder users, double share) {
        return users.injectOpen(constantUsersPerSec(RATE * share).during(TIME).randomized());
    }
}
