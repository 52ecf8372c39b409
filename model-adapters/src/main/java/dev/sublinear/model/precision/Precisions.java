package dev.sublinear.model.precision;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The precisions that there are. A new one is a class beside this one, a line here, and a class of {@code linear.py}. */
public final class Precisions {
    public static final Precision F32 = new F32();
    public static final Precision BF16 = new Bf16(Processor.here());
    public static final Precision INT8 = new Int8();
    public static final Precision INT8_DYNAMIC = new Int8Dynamic(Processor.here());
    public static final Precision INT4 = new Int4();

    private static final List<Precision> ALL = List.of(F32, BF16, INT8, INT8_DYNAMIC, INT4);

    private Precisions() {}

    public static List<Precision> all() {
        return ALL;
    }

    /**
     * Returns the precision of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Precision named(String key) {
        return find(key)
                .orElseThrow(() -> new IllegalArgumentException("must be one of " + keys() + ", was \"" + key + "\""));
    }

    /** Returns the precision of a name, if there is one. */
    public static Optional<Precision> find(String key) {
        return ALL.stream().filter(precision -> precision.key().equals(key)).findFirst();
    }

    /** Returns all names, with commas between them. */
    public static String keys() {
        return ALL.stream().map(Precision::key).collect(Collectors.joining(", "));
    }
}
