package dev.sublinear.engine.settings;

import dev.sublinear.kvcache.EvictionPolicy;

/**
 * What sequences may keep.
 *
 * @param capacity of all sequences together
 * @param policy for requests that ask for no other
 * @param allowOverride whether a request may choose another budget and scorer
 */
public record CacheSettings(CacheCapacity capacity, EvictionPolicy policy, boolean allowOverride) {}
