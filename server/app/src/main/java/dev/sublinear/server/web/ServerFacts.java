package dev.sublinear.server.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What the server runs: the first event that the page gets.
 *
 * @param model its name
 * @param budget of requests that name no other
 * @param scorer of requests that name no other
 * @param scorers that a request may name
 * @param allowOverride whether a request may name another budget or scorer
 * @param configuration the rest of the configuration in force, as pairs of term and value for people to read
 */
public record ServerFacts(
        String model,
        String budget,
        String scorer,
        List<String> scorers,
        @JsonProperty("allow_override") boolean allowOverride,
        List<List<String>> configuration) {}
