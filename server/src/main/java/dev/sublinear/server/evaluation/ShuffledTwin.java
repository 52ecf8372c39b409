package dev.sublinear.server.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A checkpoint with random weights of the same shape and the same distribution: the numbers of each matrix of another one,
 * shuffled. What its attention shows too has not been learned.
 */
final class ShuffledTwin {
    private static final long SEED = 23;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A larger checkpoint is not worth a copy. */
    static final long MOST_BYTES = 1L << 30;

    private ShuffledTwin() {}

    /** The bytes of the weights of a checkpoint. */
    static long bytes(Path checkpoint) throws IOException {
        long bytes = 0;
        for (Path file : files(checkpoint)) {
            bytes += file.toString().endsWith(".safetensors") ? Files.size(file) : 0;
        }
        return bytes;
    }

    /** Writes the twin into an empty directory. */
    static void write(Path checkpoint, Path directory) throws IOException {
        Random random = new Random(SEED);
        for (Path file : files(checkpoint)) {
            byte[] bytes = Files.readAllBytes(file);
            if (file.toString().endsWith(".safetensors")) {
                shuffle(bytes, random);
            }
            Files.write(directory.resolve(String.valueOf(file.getFileName())), bytes);
        }
    }

    private static List<Path> files(Path checkpoint) throws IOException {
        try (Stream<Path> files = Files.list(checkpoint)) {
            return files.filter(file -> file.toString().matches(".*\\.(safetensors|json)"))
                    .sorted()
                    .toList();
        }
    }

    /** Shuffles the elements of every matrix in the bytes of a safetensors file; vectors, which only scale, stay. */
    static void shuffle(byte[] file, Random random) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(bytes.getLong(0));
        JsonNode tensors = JSON.readTree(new String(file, Long.BYTES, header, StandardCharsets.UTF_8));
        for (var tensor : tensors.properties()) {
            JsonNode shape = tensor.getValue().path("shape");
            if (shape.size() >= 2) {
                int from = Long.BYTES
                        + header
                        + tensor.getValue().path("data_offsets").path(0).asInt();
                int to = Long.BYTES
                        + header
                        + tensor.getValue().path("data_offsets").path(1).asInt();
                int count = 1;
                for (JsonNode size : shape) {
                    count *= size.asInt();
                }
                shuffle(file, from, count, (to - from) / count, random);
            }
        }
    }

    private static void shuffle(byte[] bytes, int from, int count, int width, Random random) {
        for (int last = count - 1; last > 0; last--) {
            int other = random.nextInt(last + 1);
            for (int i = 0; i < width; i++) {
                byte moved = bytes[from + last * width + i];
                bytes[from + last * width + i] = bytes[from + other * width + i];
                bytes[from + other * width + i] = moved;
            }
        }
    }
}
