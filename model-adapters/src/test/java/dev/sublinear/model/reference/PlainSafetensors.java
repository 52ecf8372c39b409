package dev.sublinear.model.reference;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads and writes safetensors for the reference: trusting, whole files at once, and sharing no code with what it checks.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class PlainSafetensors {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PlainSafetensors() {}

    /** Reads every tensor of a checkpoint directory, from as many files as there are, by name. */
    static Map<String, float[]> readDirectory(Path directory) {
        Map<String, float[]> tensors = new TreeMap<>();
        for (Path file : files(directory)) {
            tensors.putAll(read(file));
        }
        return tensors;
    }

    /** Returns the safetensors files of a directory in the order of their names. */
    static List<Path> files(Path directory) {
        List<Path> files = new ArrayList<>();
        try (var listing = Files.newDirectoryStream(directory, "*.safetensors")) {
            listing.forEach(files::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        files.sort(null);
        return files;
    }

    /** Reads every tensor of one file, row-major, by name. */
    public static Map<String, float[]> read(Path file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            byte[] header = new byte[(int) bytes.getLong()];
            bytes.get(header);
            ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
            Map<String, float[]> tensors = new TreeMap<>();
            for (Map.Entry<String, JsonNode> entry :
                    JSON.readTree(new String(header, StandardCharsets.UTF_8)).properties()) {
                if (!entry.getKey().equals("__metadata__")) {
                    tensors.put(entry.getKey(), values(entry.getValue(), data));
                }
            }
            return tensors;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] values(JsonNode entry, ByteBuffer data) {
        int begin = entry.required("data_offsets").get(0).intValue();
        int end = entry.required("data_offsets").get(1).intValue();
        String type = entry.required("dtype").textValue();
        StoredType stored = StoredType.valueOf(type);
        float[] values = new float[(end - begin) / stored.bytes()];
        for (int i = 0; i < values.length; i++) {
            values[i] = stored.get(data, begin + i * stored.bytes());
        }
        return values;
    }

    /** Writes one file with the tensors in the order given. */
    static void write(Path file, List<PlainTensor> tensors) {
        ObjectNode header = JSON.createObjectNode();
        header.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (PlainTensor tensor : tensors) {
            ObjectNode entry =
                    header.putObject(tensor.name()).put("dtype", tensor.type().name());
            entry.set("shape", JSON.valueToTree(tensor.shape()));
            entry.putArray("data_offsets").add(offset).add(offset + tensor.bytes());
            offset += tensor.bytes();
        }
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        byte[] padding =
                " ".repeat(-text.length & 7).getBytes(StandardCharsets.UTF_8); // data begins at a multiple of 8
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (WritableByteChannel out = Files.newByteChannel(file, CREATE, WRITE, TRUNCATE_EXISTING)) {
            out.write(length.putLong(text.length + padding.length).flip());
            out.write(ByteBuffer.wrap(text));
            out.write(ByteBuffer.wrap(padding));
            for (PlainTensor tensor : tensors) {
                out.write(tensor.data().duplicate());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
