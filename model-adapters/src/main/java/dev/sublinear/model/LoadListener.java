package dev.sublinear.model;

/** Hears how far the loading of weights is. */
@FunctionalInterface
public interface LoadListener {
    LoadListener NONE = (done, layers) -> {};

    /** So many of the layers are loaded. */
    void onLoaded(int done, int layers);
}
