package dev.sublinear.model.decoder;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.Execution;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.family.ModelConfig;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A process that loads a model of 26 million random weights in each precision, and prints the precision, the bytes that
 * {@link WeightMemory} says, and the bytes by which the process grew. To be started by {@link #command}.
 */
final class HeldBytes {
    /** Hidden sizes that are not multiples of a block of any layout. */
    private static final ObjectNode CONFIG = JsonNodeFactory.instance
            .objectNode()
            .put("model_type", "llama")
            .put("hidden_size", 600)
            .put("intermediate_size", 1500)
            .put("num_hidden_layers", 3)
            .put("num_attention_heads", 10)
            .put("num_key_value_heads", 2)
            .put("vocab_size", 25_001)
            .put("attention_bias", true)
            .put("mlp_bias", true)
            .put("tie_word_embeddings", true);

    private HeldBytes() {}

    /** Starts it with a heap that does not grow, and native memory that grows and shrinks with every tensor of 64 KiB. */
    static ProcessBuilder command() {
        ProcessBuilder command = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms256m",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                HeldBytes.class.getName());
        command.environment().put("MALLOC_MMAP_THRESHOLD_", Integer.toString(1 << 16));
        command.environment().put("MALLOC_ARENA_MAX", "1");
        return command.redirectError(ProcessBuilder.Redirect.INHERIT);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        ModelSpec spec =
                ModelConfig.of(CONFIG, JsonNodeFactory.instance.objectNode()).spec();
        for (Precision precision : Precisions.all()) {
            grown(spec, precision); // loads libtorch, and all that stays when a model is closed
            System.out.println(precision + " " + WeightMemory.bytes(spec, precision) + " " + grown(spec, precision));
        }
    }

    private static long grown(ModelSpec spec, Precision precision) throws IOException, InterruptedException {
        long before = dataBytes();
        try (DecoderLm model = DecoderLm.random(spec, new Execution(precision, ComputeDevice.CPU, 1), 1)) {
            Objects.requireNonNull(model);
            return dataBytes() - before;
        }
    }

    /** The private memory of this process, whether it has been written or not, without direct buffers that nobody reads. */
    private static long dataBytes() throws IOException, InterruptedException {
        for (int round = 0; round < 3; round++) {
            System.gc();
            Thread.sleep(50); // for the cleaners
        }
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmData:"))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
