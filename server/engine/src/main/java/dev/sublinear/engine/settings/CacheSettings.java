package dev.sublinear.engine.settings;

import dev.sublinear.kvcache.EvictionPolicy;

/**
 * What sequences may keep.
 *
 * @param capacity of all sequences together
 * @param policy for requests that ask for no other
 * @param storage of keys and values
 * @param allowOverride whether a request may choose another budget and scorer
 */
public record CacheSettings(
        CacheCapacity capacity, EvictionPolicy policy, StorageChoice storage, boolean allowOverride) {

    /** Returns the same with another policy for requests that ask for none. */
    public CacheSettings withPolicy(EvictionPolicy other) {
        return new CacheSettings(capacity, other, storage, allowOverride);
    }
}
