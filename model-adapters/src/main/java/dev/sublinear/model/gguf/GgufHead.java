package dev.sublinear.model.gguf;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.WatchedFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The head of a GGUF file: keys with their values, and where the tensors lie. Every count and offset in it is checked. */
record GgufHead(GgufMetadata metadata, Map<String, GgufTensor> tensors) {
    /** A tensor as the head declares it: at an offset from where the data begin. */
    private record Declared(String name, GgufType type, List<Long> dimensions, long offset, long bytes) {}

    static final int MAGIC = 0x46554747; // "GGUF"

    private static final long MAX_BYTES = 64 << 20;
    private static final int MAX_KEYS = 1 << 16;
    private static final int MAX_TENSORS = 1 << 16;
    private static final int MAX_KEY_BYTES = (1 << 16) - 1;
    private static final int MAX_NAME_BYTES = 63;
    private static final int MAX_STRING_BYTES = 1 << 20;
    private static final int MAX_ELEMENTS = 1 << 21; // of all arrays together
    private static final int MAX_DIMENSIONS = 4;
    private static final int MAX_ALIGNMENT = 1 << 20;
    private static final String ALIGNMENT = "general.alignment";

    GgufHead {
        tensors = Collections.unmodifiableMap(tensors);
    }

    /** Reads the head from the start of a file. */
    static GgufHead read(WatchedFile file) {
        return new Parser(file.name(), new GgufInput(file, MAX_BYTES), file.size()).head();
    }

    private static final class Parser {
        private final String file;
        private final GgufInput in;
        private final long size;
        private int elements;

        Parser(String file, GgufInput in, long size) {
            this.file = file;
            this.in = in;
            this.size = size;
        }

        GgufHead head() {
            int magic = in.i32("the magic number");
            require(magic == MAGIC, "must begin with GGUF, began with 0x" + Integer.toHexString(magic));
            int version = in.i32("the version");
            require(
                    (version & 0xffff) != 0,
                    "must be little endian, is a big-endian file (version "
                            + Integer.toUnsignedString(Integer.reverseBytes(version)) + ")");
            require(version == 2 || version == 3, "version must be 2 or 3, was " + Integer.toUnsignedString(version));
            int tensorCount = in.count("the number of tensors", 8 + 4 + 8 + 4 + 8, MAX_TENSORS);
            int keyCount = in.count("the number of keys", 8 + 4 + 1, MAX_KEYS);
            GgufMetadata metadata = metadata(keyCount);
            long alignment = alignment(metadata);
            List<Declared> declared = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (int i = 0; i < tensorCount; i++) {
                Declared tensor = tensor(alignment);
                require(
                        names.add(tensor.name()),
                        "tensor " + quote(tensor.name()) + " must be there once, was there twice");
                declared.add(tensor);
            }
            long dataStart = (in.position() + alignment - 1) / alignment * alignment;
            return new GgufHead(metadata, placed(declared, dataStart));
        }

        private GgufMetadata metadata(int count) {
            Map<String, Object> values = new LinkedHashMap<>();
            for (int i = 0; i < count; i++) {
                String key = name("a key", MAX_KEY_BYTES);
                int type = in.i32("the type of " + quote(key));
                Object value = type == 9 ? array(key) : value(key, type);
                require(values.put(key, value) == null, "key " + quote(key) + " must be there once, was there twice");
            }
            return new GgufMetadata(file, values);
        }

        private long alignment(GgufMetadata metadata) {
            long alignment = metadata.integer(ALIGNMENT).orElse(32L);
            require(
                    alignment >= 1 && alignment <= MAX_ALIGNMENT && Long.bitCount(alignment) == 1,
                    quote(ALIGNMENT) + " must be a power of two up to " + MAX_ALIGNMENT + ", was " + alignment);
            return alignment;
        }

        private Object value(String key, int type) {
            String what = "the value of " + quote(key);
            return switch (type) {
                case 6 -> Float.intBitsToFloat(in.i32(what));
                case 7 -> flag(what);
                case 8 -> in.string(what, MAX_STRING_BYTES);
                case 12 -> Double.longBitsToDouble(in.i64(what));
                default -> whole(what, type);
            };
        }

        private boolean flag(String what) {
            int value = in.u8(what);
            require(value <= 1, what + " must be 0 or 1, was " + value);
            return value == 1;
        }

        private long whole(String what, int type) {
            return switch (type) {
                case 0 -> in.u8(what);
                case 1 -> (byte) in.u8(what);
                case 2 -> in.i16(what) & 0xffffL;
                case 3 -> in.i16(what);
                case 4 -> in.i32(what) & 0xffffffffL;
                case 5 -> in.i32(what);
                case 10 -> {
                    long value = in.i64(what);
                    require(value >= 0, what + " must be below 2^63, was " + Long.toUnsignedString(value));
                    yield value;
                }
                case 11 -> in.i64(what);
                default ->
                    throw in.refuse(
                            "the type of " + what + " must be from 0 to 12, was " + Integer.toUnsignedString(type));
            };
        }

        private Object array(String key) {
            String what = "the array " + quote(key);
            int type = in.i32("the type of " + what);
            require(type != 9, what + " must not hold arrays");
            int count = in.count("the length of " + what, bytesOf(what, type), MAX_ELEMENTS - elements);
            elements += count;
            if (type == 8) {
                List<String> strings = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    strings.add(in.string(what, MAX_STRING_BYTES));
                }
                return List.copyOf(strings);
            }
            if (type == 7) {
                boolean[] flags = new boolean[count];
                for (int i = 0; i < count; i++) {
                    flags[i] = flag(what);
                }
                return flags;
            }
            if (type == 6 || type == 12) {
                double[] numbers = new double[count];
                for (int i = 0; i < count; i++) {
                    numbers[i] = type == 6 ? Float.intBitsToFloat(in.i32(what)) : Double.longBitsToDouble(in.i64(what));
                }
                return numbers;
            }
            long[] whole = new long[count];
            for (int i = 0; i < count; i++) {
                whole[i] = whole(what, type);
            }
            return whole;
        }

        /** The smallest number of bytes that a value takes. */
        private int bytesOf(String what, int type) {
            return switch (type) {
                case 0, 1, 7 -> 1;
                case 2, 3 -> 2;
                case 4, 5, 6 -> 4;
                case 8, 10, 11, 12 -> 8;
                default ->
                    throw in.refuse(
                            "the type of " + what + " must be from 0 to 12, was " + Integer.toUnsignedString(type));
            };
        }

        private String name(String what, int most) {
            String name = in.string(what, most);
            require(name.indexOf('\0') < 0, what + " must not have a NUL, was " + quote(name));
            return name;
        }

        private Declared tensor(long alignment) {
            String name = name("the name of a tensor", MAX_NAME_BYTES);
            String of = "tensor " + quote(name) + ": ";
            int rank = in.i32(of + "its dimensions");
            require(
                    rank >= 1 && rank <= MAX_DIMENSIONS,
                    of + "must have 1 to " + MAX_DIMENSIONS + " dimensions, had " + Integer.toUnsignedString(rank));
            List<Long> dimensions = new ArrayList<>();
            for (int i = 0; i < rank; i++) {
                long dimension = in.i64(of + "a dimension");
                require(
                        dimension >= 1,
                        of + "dimensions must be from 1 to 2^63 - 1, was " + Long.toUnsignedString(dimension));
                dimensions.add(dimension);
            }
            int id = in.i32(of + "its type");
            GgufType type = GgufType.of(id)
                    .orElseThrow(
                            () -> in.refuse(of + "type must be one that is read here, was " + GgufType.nameOf(id)));
            long offset = in.i64(of + "its offset");
            require(
                    offset >= 0 && offset % alignment == 0,
                    of + "offset must be a multiple of the alignment " + alignment + ", was "
                            + Long.toUnsignedString(offset));
            return new Declared(name, type, dimensions, offset, bytes(of, type, dimensions));
        }

        private long bytes(String of, GgufType type, List<Long> dimensions) {
            long width = dimensions.get(0);
            require(
                    width % type.blockWeights() == 0,
                    of + "a row must be whole blocks of " + type.blockWeights() + " weights of " + type + ", had "
                            + width);
            try {
                long bytes = Math.multiplyExact(width / type.blockWeights(), (long) type.blockBytes());
                long elements = width;
                for (long dimension : dimensions.subList(1, dimensions.size())) {
                    bytes = Math.multiplyExact(bytes, dimension);
                    elements = Math.multiplyExact(elements, dimension);
                }
                return bytes;
            } catch (ArithmeticException e) {
                throw new CheckpointException(file, of + "must be below 2^63 bytes, has dimensions " + dimensions, e);
            }
        }

        /** The tensors by name, none of which lies outside the file or on another. */
        private Map<String, GgufTensor> placed(List<Declared> declared, long dataStart) {
            Map<String, GgufTensor> tensors = new LinkedHashMap<>();
            List<Declared> inOrder = new ArrayList<>(declared);
            inOrder.sort(Comparator.comparingLong(Declared::offset));
            long end = 0;
            String before = "";
            for (Declared tensor : inOrder) {
                String of = "tensor " + quote(tensor.name()) + ": ";
                require(
                        tensor.offset() >= end,
                        of + "must begin after " + quote(before) + " ends, at offset " + end + ", was "
                                + tensor.offset());
                // Neither sum can overflow: a data section ends where the file does.
                require(
                        tensor.offset() <= size - dataStart && tensor.bytes() <= size - dataStart - tensor.offset(),
                        of + "must lie within the file of " + size + " bytes, has " + tensor.bytes()
                                + " bytes at offset " + tensor.offset() + " of the data, which begin at " + dataStart);
                end = tensor.offset() + tensor.bytes();
                before = tensor.name();
                tensors.put(
                        tensor.name(),
                        new GgufTensor(
                                tensor.name(),
                                tensor.type(),
                                tensor.dimensions(),
                                dataStart + tensor.offset(),
                                tensor.bytes()));
            }
            return tensors;
        }

        private void require(boolean condition, String rule) {
            if (!condition) {
                throw in.refuse(rule);
            }
        }
    }
}
