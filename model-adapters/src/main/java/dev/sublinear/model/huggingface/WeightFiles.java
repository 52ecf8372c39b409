package dev.sublinear.model.huggingface;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import ai.djl.ndarray.types.Shape;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.StoredWeights.Layout;
import dev.sublinear.model.family.ModelAdapter;
import dev.sublinear.model.huggingface.SafetensorsHeader.Entry;
import java.nio.FloatBuffer;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All tensors of a checkpoint, in one file or several. For one thread at a time. */
final class WeightFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WeightFiles.class);

    private final Collection<WeightFile> files;
    private final Map<String, WeightFile> owners;

    private WeightFiles(Collection<WeightFile> files, Map<String, WeightFile> owners) {
        this.files = files;
        this.owners = Collections.unmodifiableMap(owners);
    }

    /** Opens the files of a checkpoint. If one is refused, closes those that are open. */
    static WeightFiles open(ShardIndex index) {
        Map<String, WeightFile> files = new TreeMap<>();
        try {
            index.shards().forEach((name, path) -> files.put(name, WeightFile.open(path)));
            return new WeightFiles(files.values(), index.owners(files));
        } catch (RuntimeException e) {
            files.values().forEach(WeightFile::close);
            throw e;
        }
    }

    /** The names of the tensors. */
    Set<String> names() {
        return owners.keySet();
    }

    /** The type and shape of a tensor. */
    TensorInfo info(String name) {
        return entry(name).info();
    }

    /**
     * Fills what remains of {@code into} with elements of a tensor, converted from F32, F16 or BF16. Memory beyond
     * {@code into} is a buffer of 1 MiB for each file, whatever the size of the tensor.
     *
     * @param fromElement the first element, counted in row-major order
     * @throws CheckpointException if an element is infinite or not a number, if the type is another one, or if the file
     *     has changed since it was opened
     * @throws IndexOutOfBoundsException if the tensor ends before {@code into} is full
     */
    void read(String name, long fromElement, FloatBuffer into) {
        owner(name).read(name, fromElement, into);
    }

    /**
     * Checks at the end of reading that all numbers came from the same files.
     *
     * @throws CheckpointException if a file has changed since it was opened
     */
    void verifyUnchanged() {
        files.forEach(WeightFile::verifyUnchanged);
    }

    /** Refuses a checkpoint that lacks a tensor of {@code spec} or has it in another shape. Warns of tensors beyond those. */
    void verify(ModelSpec spec, ModelAdapter adapter) {
        TreeMap<String, WeightFile> extras = new TreeMap<>(owners);
        for (Weight weight : Weight.values()) {
            if (weight.copies(spec) == 0) {
                continue;
            }
            Shape shape = adapter.layout(weight) == Layout.TRANSPOSED
                    ? new Shape(weight.shape(spec).get(1), weight.shape(spec).get(0))
                    : weight.shape(spec);
            for (int layer = 0; layer < weight.layers(spec); layer++) {
                for (int expert = 0; expert < weight.experts(spec); expert++) {
                    String name = stored(adapter.tensorName(weight, layer, expert));
                    verify(name, shape);
                    extras.remove(name);
                }
            }
        }
        if (!extras.isEmpty()) {
            List<String> some = extras.keySet().stream()
                    .limit(3)
                    .map(CheckpointException::quote)
                    .toList();
            LOG.warn("Ignoring {} tensors that {} does not use, such as {}", extras.size(), spec.family(), some);
        }
    }

    /**
     * Returns the stored name of a tensor. A checkpoint that was saved without its head has names without their first part, such
     * as {@code transformer.}
     */
    String stored(String name) {
        String bare = name.substring(name.indexOf('.') + 1);
        return !owners.containsKey(name) && owners.containsKey(bare) ? bare : name;
    }

    private void verify(String name, Shape expected) {
        WeightFile owner = owners.get(name);
        if (owner == null) {
            throw new CheckpointException(
                    files.size() == 1 ? files.iterator().next().name() : ShardIndex.INDEX,
                    "tensor " + quote(name) + " is missing" + (files.size() == 1 ? "" : " in all its files")
                            + ", config.json asks for it");
        }
        TensorInfo info = info(name);
        if (!info.shape().equals(expected)) {
            throw new CheckpointException(
                    owner.name(),
                    "tensor " + quote(name) + ": shape must be " + expected + " by config.json, was " + info.shape());
        }
        if (!info.type().readable()) {
            throw new CheckpointException(
                    owner.name(),
                    "tensor " + quote(name) + ": dtype must be F32, F16 or BF16, was "
                            + info.type().name());
        }
    }

    private Entry entry(String name) {
        return Objects.requireNonNull(owner(name).entries().get(name));
    }

    private WeightFile owner(String name) {
        WeightFile owner = owners.get(name);
        if (owner == null) {
            throw new IllegalArgumentException("no tensor " + quote(name));
        }
        return owner;
    }

    @Override
    public void close() {
        files.forEach(WeightFile::close);
    }
}
