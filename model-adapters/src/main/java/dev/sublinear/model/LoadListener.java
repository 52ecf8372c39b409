package dev.sublinear.model;

/** Is told of the progress of loading weights. */
@FunctionalInterface
public interface LoadListener {
    LoadListener NONE = (done, layers) -> {};

    /** {@code done} of {@code layers} layers are loaded. */
    void onLoaded(int done, int layers);
}
