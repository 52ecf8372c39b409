package dev.sublinear.server.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What the server runs, as the page is told first.
 *
 * @param model by its name
 * @param budget for requests that ask for no other
 * @param scorer for those
 * @param scorers that requests may ask for
 * @param allowOverride whether they may ask
 * @param configuration what else is in force: terms and values, to be read by people
 */
public record ServerFacts(
        String model,
        String budget,
        String scorer,
        List<String> scorers,
        @JsonProperty("allow_override") boolean allowOverride,
        List<List<String>> configuration) {}
