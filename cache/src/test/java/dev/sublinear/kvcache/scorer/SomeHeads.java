package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.LayerView;

/** The heads of another view from {@code firstHead} up to {@code end}. */
record SomeHeads(LayerView all, int firstHead, int end) implements LayerView {
    @Override
    public int seen() {
        return all.seen();
    }

    @Override
    public int length() {
        return all.length();
    }

    @Override
    public NDArray keys() {
        return part(all.keys());
    }

    @Override
    public NDArray values() {
        return part(all.values());
    }

    @Override
    public NDArray tokenState() {
        return part(all.tokenState());
    }

    @Override
    public NDArray headState() {
        return part(all.headState());
    }

    @Override
    public NDArray queries() {
        return part(all.queries());
    }

    @Override
    public NDArray positions() {
        return part(all.positions());
    }

    private NDArray part(NDArray array) {
        return array.get("{}:{}", firstHead, end);
    }
}
