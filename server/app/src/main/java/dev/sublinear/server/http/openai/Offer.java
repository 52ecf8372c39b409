package dev.sublinear.server.http.openai;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.checkpoint.GenerationDefaults;

/**
 * What the server offers.
 *
 * @param model the name of the only model
 * @param policy for requests that ask for no other
 * @param allowOverride whether they may ask
 * @param defaults how requests are sampled that do not say it
 */
public record Offer(String model, EvictionPolicy policy, boolean allowOverride, GenerationDefaults defaults) {}
