package dev.sublinear.server.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of the engine at one moment.
 *
 * @param running number of sequences that hold a cache
 * @param waiting number of sequences that wait for one
 * @param usedBytes bytes that all caches hold
 * @param reservedBytes bytes set aside for them
 * @param capacityBytes bytes that can be set aside
 */
public record Snapshot(
        int running,
        int waiting,
        @JsonProperty("used_bytes") long usedBytes,
        @JsonProperty("reserved_bytes") long reservedBytes,
        @JsonProperty("capacity_bytes") long capacityBytes,
        List<Line> sequences) {

    /**
     * A sequence.
     *
     * @param number its name: the request's number, and the choice's if there are several
     * @param phase what it does now, or how it ended
     * @param retainedTokens tokens that a head holds, the mean of all heads of all layers
     * @param budgetTokens tokens that the policy lets a head keep, the mean of all heads of all layers
     * @param fullBytes bytes that its cache would hold had nothing been evicted
     * @param lostMass mean of the shares of attention that the latest trim of each layer lost, over the layers that lost any; null if none
     *     did
     */
    public record Line(
            String number,
            String phase,
            boolean ended,
            @JsonProperty("prompt_tokens") int promptTokens,
            @JsonProperty("generated_tokens") int generatedTokens,
            @JsonProperty("seen_tokens") int seenTokens,
            @JsonProperty("retained_tokens") int retainedTokens,
            @JsonProperty("budget_tokens") int budgetTokens,
            long bytes,
            @JsonProperty("full_bytes") long fullBytes,
            @JsonProperty("lost_mass") @Nullable Double lostMass,
            String budget,
            String scorer) {}
}
