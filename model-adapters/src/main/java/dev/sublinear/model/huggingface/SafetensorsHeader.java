package dev.sublinear.model.huggingface;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.ElementType;
import dev.sublinear.model.checkpoint.StrictJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The directory at the head of a safetensors file: eight bytes of length, then JSON that gives every tensor a type, a
 * shape and a place. A header is refused unless its tensors fill the rest of the file exactly, without hole or overlap.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
record SafetensorsHeader(Map<String, Entry> entries) {
    /** One tensor: its bytes are {@code [position, position + bytes)} of the file. */
    record Entry(TensorInfo info, long position, long bytes) {}

    private static final int LENGTH_BYTES = 8;
    private static final long MAX_HEADER_BYTES = 100_000_000;
    private static final int MAX_RANK = 8;
    private static final long MAX_DIMENSION = 1L << 31;
    private static final JsonFactory JSON = StrictJson.factory(4, 1 << 20);

    /** Reads the header from the start of {@code channel}. */
    static SafetensorsHeader read(String file, SeekableByteChannel channel) throws IOException {
        long size = channel.size();
        if (size < LENGTH_BYTES) {
            throw new CheckpointException(file, "must begin with 8 bytes of header length, has " + size + " bytes");
        }
        long length = bytes(file, channel, LENGTH_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
        long most = Math.min(MAX_HEADER_BYTES, size - LENGTH_BYTES);
        if (length < 2 || length > most) {
            throw new CheckpointException(
                    file,
                    "header length must be 2 to " + most + " in a file of " + size + " bytes, was "
                            + Long.toUnsignedString(length));
        }
        byte[] json = bytes(file, channel, (int) length).array();
        return new SafetensorsHeader(new Parser(file).parse(json, LENGTH_BYTES + length, size));
    }

    private static ByteBuffer bytes(String file, SeekableByteChannel channel, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new CheckpointException(file, "became shorter while it was read");
            }
        }
        return buffer.flip();
    }

    /** A tensor as the header declares it: bytes {@code [begin, end)} after the header. */
    private record Declared(String name, TensorInfo info, long begin, long end) {}

    private record Parser(String file) {

        Map<String, Entry> parse(byte[] json, long dataStart, long fileSize) {
            List<Declared> tensors = new ArrayList<>();
            try (JsonParser parser = JSON.createParser(object(json))) {
                parser.nextToken();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    if (name.equals("__metadata__")) {
                        skipMetadata(parser);
                    } else {
                        tensors.add(tensor(parser, name));
                    }
                }
                if (parser.nextToken() != null) {
                    throw refuse("header must end after its object");
                }
            } catch (JsonProcessingException e) {
                throw StrictJson.invalid(file, e);
            } catch (IOException e) {
                throw refuse("header cannot be read: " + e.getMessage());
            }
            return contiguous(tensors, dataStart, fileSize);
        }

        /** The header's text; it must start with the object and may end in spaces, and in nothing else. */
        private String object(byte[] json) {
            int end = json.length;
            while (end > 0 && json[end - 1] == ' ') {
                end--;
            }
            if (end < 2 || json[0] != '{' || json[end - 1] != '}') {
                throw refuse("header must be a JSON object, padded at the end with spaces only");
            }
            return StrictJson.text(file, json);
        }

        private void skipMetadata(JsonParser parser) throws IOException {
            require(parser.nextToken() == JsonToken.START_OBJECT, "__metadata__ must be an object of strings");
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                require(parser.nextToken() == JsonToken.VALUE_STRING, "__metadata__ must be an object of strings");
            }
        }

        private Declared tensor(JsonParser parser, String name) throws IOException {
            String of = "tensor " + quote(name) + ": ";
            require(parser.nextToken() == JsonToken.START_OBJECT, of + "must be an object");
            @Nullable String type = null;
            @Nullable List<Long> shape = null;
            @Nullable List<Long> offsets = null;
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = parser.currentName();
                parser.nextToken();
                switch (key) {
                    case "dtype" -> {
                        require(parser.currentToken() == JsonToken.VALUE_STRING, of + "dtype must be a string");
                        type = parser.getText();
                    }
                    case "shape" -> shape = longs(parser, of + "shape", MAX_RANK);
                    case "data_offsets" -> offsets = longs(parser, of + "data_offsets", 2);
                    default -> throw refuse(of + "unknown key " + quote(key));
                }
            }
            if (type == null || shape == null || offsets == null) {
                throw refuse(of + "must have dtype, shape and data_offsets");
            }
            require(offsets.size() == 2, of + "data_offsets must be two numbers, were " + offsets);
            return declared(name, of, type, shape, offsets.get(0), offsets.get(1));
        }

        private List<Long> longs(JsonParser parser, String of, int most) throws IOException {
            require(parser.currentToken() == JsonToken.START_ARRAY, of + " must be an array");
            List<Long> values = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                require(parser.currentToken() == JsonToken.VALUE_NUMBER_INT, of + " must hold whole numbers");
                require(
                        parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER,
                        of + " must hold numbers below 2^63, has " + parser.getText());
                require(values.size() < most, of + " must hold at most " + most + " numbers");
                long value = parser.getLongValue();
                require(value >= 0, of + " must not be negative, was " + value);
                values.add(value);
            }
            return values;
        }

        private Declared declared(String name, String of, String type, List<Long> shape, long begin, long end) {
            ElementType element = elementType(of, type);
            long size = element.bytes();
            try {
                for (long dimension : shape) {
                    require(
                            dimension <= MAX_DIMENSION,
                            of + "dimensions must be at most " + MAX_DIMENSION + ", were " + shape);
                    size = Math.multiplyExact(size, dimension);
                }
            } catch (ArithmeticException e) {
                throw new CheckpointException(file, of + "shape " + shape + " is larger than 2^63 bytes", e);
            }
            require(
                    begin <= end && end - begin == size,
                    of + "data_offsets must span the " + size + " bytes of " + element.name() + " " + shape + ", were ["
                            + begin + ", " + end + "]");
            Shape dimensions =
                    new Shape(shape.stream().mapToLong(Long::longValue).toArray());
            return new Declared(name, new TensorInfo(element, dimensions), begin, end);
        }

        private ElementType elementType(String of, String type) {
            for (ElementType known : ElementType.values()) {
                if (known.name().equals(type)) {
                    return known;
                }
            }
            throw refuse(of + "unknown dtype " + quote(type));
        }

        private Map<String, Entry> contiguous(List<Declared> tensors, long dataStart, long fileSize) {
            tensors.sort(Comparator.comparingLong(Declared::begin).thenComparingLong(Declared::end));
            Map<String, Entry> entries = new LinkedHashMap<>();
            long expected = 0;
            for (Declared tensor : tensors) {
                require(
                        tensor.begin == expected,
                        "tensor " + quote(tensor.name) + ": must begin at " + expected
                                + " where the one before ends, was " + tensor.begin);
                expected = tensor.end;
                entries.put(tensor.name, new Entry(tensor.info, dataStart + tensor.begin, tensor.end - tensor.begin));
            }
            require(
                    expected == fileSize - dataStart,
                    "tensors must end where the file does, at " + (fileSize - dataStart) + ", ended at " + expected);
            return entries;
        }

        private void require(boolean condition, String rule) {
            if (!condition) {
                throw refuse(rule);
            }
        }

        private CheckpointException refuse(String rule) {
            return new CheckpointException(file, rule);
        }
    }
}
