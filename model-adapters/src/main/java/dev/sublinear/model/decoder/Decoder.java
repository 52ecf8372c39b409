package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Step;
import dev.sublinear.model.attention.AttentionBackend;
import dev.sublinear.model.attention.AttentionTensors;
import dev.sublinear.model.attention.Chunk;
import dev.sublinear.model.attention.LayerStep;
import dev.sublinear.model.attention.StepRotations;
import dev.sublinear.model.rotary.Rotation;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The way of a step's tokens through the layers: linear layers see all tokens at once, attention sees a sequence at a time,
 * chunk by chunk.
 */
final class Decoder {
    private final TorchScript script;
    private final LayerList layers;
    private final ModelSpec spec;
    private final List<AttentionBackend> preferred;
    private final TorchAttention torch;

    /** @param preferred what attends the chunks that it takes, the first that does; libtorch attends the others */
    Decoder(
            TorchScript script,
            LayerList layers,
            ModelSpec spec,
            List<? extends AttentionBackend> preferred,
            TorchAttention torch) {
        this.script = script;
        this.layers = layers;
        this.spec = spec;
        this.preferred = List.copyOf(preferred);
        this.torch = torch;
    }

    /** Updates x (T, D). */
    void forward(NDArray x, Step step, List<Rotation> rotations) {
        StepRotations turns = new StepRotations(
                script.manager(), rotations, spec.architecture().rotaryOf());
        if (canCrossOnce(step)) {
            List<Chunk> chunks = claimAllLayers(step);
            settle(chunks, torch.attendAllLayers(x, turns, chunks));
            return;
        }
        AttentionTensors tensors = new AttentionTensors(script.manager(), step.tokens(), spec, turns);
        try (LayerPass pass = new LayerPass(script, layers, spec, x, tensors)) {
            for (int layer = 0; layer < layers.size(); layer++) {
                pass.enter(layer);
                attend(layer, step, tensors);
            }
            pass.enter(layers.size());
        }
    }

    /** Attends in turn the chunks of every sequence, as many in one call as follow one another and are one backend's. */
    private void attend(int layer, Step step, AttentionTensors tensors) {
        List<Chunk> claimed = new ArrayList<>();
        AttentionBackend backend = torch;
        int at = 0;
        for (Step.Slice slice : step.slices()) {
            LayerCache cache = slice.cache().layer(layer);
            int end = at + slice.tokens().length;
            if (end - at > 1) {
                cache.expect(end - at);
            }
            while (at < end) {
                Chunk chunk = Chunk.next(cache, at, end, window(layer));
                AttentionBackend takes = backend(chunk);
                if (takes != backend) {
                    attend(layer, backend, claimed, tensors);
                    backend = takes;
                }
                chunk.claim();
                claimed.add(chunk);
                at = chunk.end();
                if (chunk.mustSettle() && at < end) {
                    attend(layer, backend, claimed, tensors);
                }
            }
        }
        attend(layer, backend, claimed, tensors);
    }

    /** Attends what has been claimed, and forgets it. */
    private static void attend(int layer, AttentionBackend backend, List<Chunk> claimed, AttentionTensors tensors) {
        if (!claimed.isEmpty()) {
            settle(claimed, backend.attend(new LayerStep(layer, claimed, tensors)));
            claimed.clear();
        }
    }

    private static void settle(List<Chunk> chunks, List<NDArray> signals) {
        Iterator<NDArray> next = signals.iterator();
        chunks.forEach(chunk -> chunk.settle(next));
    }

    private AttentionBackend backend(Chunk chunk) {
        for (AttentionBackend backend : preferred) {
            if (backend.takes(chunk)) {
                return backend;
            }
        }
        return torch;
    }

    /**
     * Whether libtorch may take all layers in one crossing: it attends everything, and no chunk waits for another. Crossings
     * are what a decoded token of a small model costs.
     */
    private boolean canCrossOnce(Step step) {
        for (Step.Slice slice : step.slices()) {
            int tokens = slice.tokens().length;
            for (int layer = 0; layer < layers.size(); layer++) {
                Chunk chunk = Chunk.next(slice.cache().layer(layer), 0, tokens, window(layer));
                if (chunk.tokens() < tokens || backend(chunk) != torch) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Claims the one chunk of each sequence in each layer. No layer's attention touches another layer's cache. */
    private List<Chunk> claimAllLayers(Step step) {
        List<Chunk> chunks = new ArrayList<>(layers.size() * step.slices().size());
        for (int layer = 0; layer < layers.size(); layer++) {
            int at = 0;
            for (Step.Slice slice : step.slices()) {
                int end = at + slice.tokens().length;
                Chunk chunk = Chunk.next(slice.cache().layer(layer), at, end, window(layer));
                chunk.claim();
                chunks.add(chunk);
                at = end;
            }
        }
        return chunks;
    }

    private int window(int layer) {
        return spec.architecture().windows().get(layer);
    }
}
