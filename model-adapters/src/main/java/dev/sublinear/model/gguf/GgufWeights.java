package dev.sublinear.model.gguf;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.StoredWeights;
import dev.sublinear.model.checkpoint.WeightType;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The weights of a decoder among the tensors of a GGUF file, as Hugging Face would have them: rows of queries and keys in
 * its order, norms without what their family adds.
 */
final class GgufWeights implements StoredWeights {
    private static final Logger LOG = LoggerFactory.getLogger(GgufWeights.class);
    private static final Set<Weight> ROTATED = Set.of(Weight.QUERY, Weight.KEY, Weight.QUERY_BIAS, Weight.KEY_BIAS);

    private final GgufParts parts;
    private final ModelSpec spec;
    private final boolean permuted;

    /**
     * Checks that the tensors are those of {@code spec}; warns of others.
     *
     * @param permuted whether rows of queries and keys lie in the order of llama.cpp's way of rotating
     */
    GgufWeights(GgufParts parts, ModelSpec spec, boolean permuted) {
        this.parts = parts;
        this.spec = spec;
        this.permuted = permuted;
        verify();
    }

    private void verify() {
        Set<String> extras = new TreeSet<>(parts.names());
        extras.removeIf(name -> name.startsWith("rope_"));
        for (Weight weight : spec.architecture().weights()) {
            for (int layer = 0; layer < (weight.isOfLayer() ? spec.layers() : 1); layer++) {
                String name = GgufNames.of(weight, layer);
                verify(weight, parts.tensor(name));
                extras.remove(name);
            }
        }
        if (!extras.isEmpty()) {
            List<String> some =
                    extras.stream().limit(3).map(CheckpointException::quote).toList();
            LOG.warn("Ignoring {} tensors that {} does not use, such as {}", extras.size(), spec.family(), some);
        }
    }

    private void verify(Weight weight, GgufTensor tensor) {
        List<Long> expected = new ArrayList<>();
        long[] shape = weight.shape(spec).getShape();
        for (int i = shape.length - 1; i >= 0; i--) {
            expected.add(shape[i]);
        }
        if (weight.isOfExpert()) {
            expected.add((long) spec.architecture().experts().count());
        }
        if (!trimmed(tensor.dimensions()).equals(trimmed(expected))) {
            throw parts.metadata()
                    .refuse("tensor " + quote(tensor.name()) + ": dimensions must be " + expected
                            + " by the sizes that the file tells, were " + tensor.dimensions());
        }
    }

    /** The dimensions without the ones at the end. */
    private static List<Long> trimmed(List<Long> dimensions) {
        int count = dimensions.size();
        while (count > 1 && dimensions.get(count - 1) == 1) {
            count--;
        }
        return dimensions.subList(0, count);
    }

    @Override
    public WeightType type() {
        Map<GgufType, Long> elements = new EnumMap<>(GgufType.class);
        for (String name : parts.names()) {
            GgufTensor tensor = parts.tensor(name);
            elements.merge(tensor.type(), tensor.elements(), Long::sum);
        }
        return elements.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .map(type -> new WeightType(type.name(), type.bitsPerWeight()))
                .orElse(WeightType.FLOAT32);
    }

    @Override
    public Layout layout(Weight weight) {
        return Layout.PLAIN;
    }

    @Override
    public void read(Weight weight, int layer, int expert, long fromElement, FloatBuffer into) {
        String name = GgufNames.of(weight, layer);
        long[] shape = weight.shape(spec).getShape();
        int start = into.position();
        if (shape.length == 1) {
            vector(weight, name, (int) fromElement, into);
        } else {
            rows(
                    weight,
                    expert * shape[0],
                    fromElement / shape[1],
                    into,
                    (int) shape[1],
                    (first, rows) -> parts.read(name, first, rows, into));
        }
        if (weight.isNorm() && spec.architecture().normOffset() != 0) {
            // These families' norms lie in the file with what the decoder adds.
            for (int i = start; i < into.position(); i++) {
                into.put(i, into.get(i) - (float) spec.architecture().normOffset());
            }
        }
    }

    private void vector(Weight weight, String name, int from, FloatBuffer into) {
        float[] all = parts.vector(name, (int) parts.tensor(name).elements());
        while (into.hasRemaining()) {
            into.put(all[isPermuted(weight) ? (int) row(from) : from]);
            from++;
        }
    }

    @Override
    public Optional<Grid> grid(Weight weight, int layer, int expert) {
        String name = GgufNames.of(weight, layer);
        if (parts.tensor(name).type().grid().isEmpty()) {
            return Optional.empty();
        }
        long[] shape = weight.shape(spec).getShape();
        int width = (int) shape[1] / Grid.GROUP * 2;
        return Optional.of((from, into) -> rows(
                weight,
                expert * shape[0],
                from,
                into,
                width,
                (first, rows) -> parts.readGrid(name, first, rows, into)));
    }

    /** Reads neighbouring rows of a tensor. */
    private interface RowReader {
        void read(long first, long rows);
    }

    /** Reads rows of a weight until {@code into} is full, in Hugging Face's order. */
    private void rows(Weight weight, long firstOfExpert, long from, FloatBuffer into, int width, RowReader reader) {
        long count = into.remaining() / width;
        if (!isPermuted(weight)) {
            reader.read(firstOfExpert + from, count);
            return;
        }
        for (long i = 0; i < count; i++) {
            reader.read(row(from + i), 1);
        }
    }

    private boolean isPermuted(Weight weight) {
        return permuted && ROTATED.contains(weight);
    }

    /**
     * The row in the file of a row of queries or keys. Two numbers that rotate together are half a head apart here, and neighbours in
     * the file.
     */
    private long row(long ours) {
        long size = spec.headDim();
        long inHead = ours % size;
        return ours - inHead + (inHead < size / 2 ? 2 * inHead : 2 * (inHead - size / 2) + 1);
    }

    @Override
    public void verifyUnchanged() {
        parts.verifyUnchanged();
    }
}
