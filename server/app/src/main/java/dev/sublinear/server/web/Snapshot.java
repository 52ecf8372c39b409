package dev.sublinear.server.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the engine stands.
 *
 * @param running sequences that hold a cache
 * @param waiting those that do not yet
 * @param usedBytes what caches hold
 * @param reservedBytes what is set aside for them
 * @param capacityBytes what there is
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
     * @param number its name: of the request, and of the choice if there are several
     * @param phase what it does, or how it ended
     * @param retainedTokens what the fullest layer holds
     * @param fullBytes what its cache would hold if nothing had been evicted
     * @param lostMass the share of attention that each layer's latest trim lost, their mean; null before one
     * @param layers what each holds
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
            String scorer,
            List<Integer> layers) {}
}
