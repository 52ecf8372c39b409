package dev.sublinear.server.http.openai;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.checkpoint.GenerationDefaults;

/**
 * What requests may ask this server for, and what they get by default.
 *
 * @param model the name of the only model
 * @param policy of requests that name no other
 * @param allowOverride whether a request may name another policy
 * @param defaults the sampling of requests that do not set it
 * @param promptLookup most tokens that are drafted for a step of requests that do not say
 */
public record Offer(
        String model, EvictionPolicy policy, boolean allowOverride, GenerationDefaults defaults, int promptLookup) {}
