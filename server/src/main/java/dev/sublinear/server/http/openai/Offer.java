package dev.sublinear.server.http.openai;

import dev.sublinear.kvcache.EvictionPolicy;

/**
 * What the server offers.
 *
 * @param model the name of the only model
 * @param policy for requests that ask for no other
 * @param allowOverride whether they may ask
 */
public record Offer(String model, EvictionPolicy policy, boolean allowOverride) {}
