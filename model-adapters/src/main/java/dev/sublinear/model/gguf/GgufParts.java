package dev.sublinear.model.gguf;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of a model: mostly one; or several, {@code NAME-00001-of-00003.gguf} and so on, of which the first has the keys
 * and each some of the tensors.
 */
final class GgufParts implements AutoCloseable {
    private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
    private static final String COUNT = "split.count";
    private static final String NUMBER = "split.no";
    private static final int MAX_PARTS = 1024;

    private final List<GgufFile> files;
    private final Map<String, GgufFile> owners;

    private GgufParts(List<GgufFile> files) {
        this.files = List.copyOf(files);
        Map<String, GgufFile> tensors = new HashMap<>();
        for (GgufFile file : files) {
            for (String name : file.tensors().keySet()) {
                GgufFile other = tensors.put(name, file);
                if (other != null) {
                    throw new CheckpointException(
                            file.name(), "tensor " + quote(name) + " must be in one part, is also in " + other.name());
                }
            }
        }
        this.owners = Collections.unmodifiableMap(tensors);
    }

    /**
     * Opens a file, and the others of its model if it is the first of several.
     *
     * @throws CheckpointException if one is missing, is not GGUF, or does not belong to the others
     */
    static GgufParts open(Path path) {
        List<GgufFile> files = new ArrayList<>();
        try {
            GgufFile first = GgufFile.open(path);
            files.add(first);
            long count = first.metadata().integer(COUNT).orElse(1L);
            if (count > 1) {
                for (Path other : others(path, first.metadata(), count)) {
                    files.add(GgufFile.open(other));
                }
                verify(files);
            }
            return new GgufParts(files);
        } catch (RuntimeException e) {
            files.forEach(GgufFile::close);
            throw e;
        }
    }

    private static List<Path> others(Path path, GgufMetadata metadata, long count) {
        String name = String.valueOf(path.getFileName());
        Matcher matcher = PART.matcher(name);
        if (count > MAX_PARTS || !matcher.matches() || Long.parseLong(matcher.group(3)) != count) {
            throw metadata.refuse(
                    quote(COUNT) + " must be that of the file's name, NAME-00001-of-0000N.gguf, and at most "
                            + MAX_PARTS + ", was " + count);
        }
        if (!matcher.group(2).equals("00001")) {
            throw metadata.refuse(
                    "is part " + matcher.group(2) + " of " + count + "; name the first, " + quote(part(matcher, 1)));
        }
        List<Path> others = new ArrayList<>();
        for (int number = 2; number <= count; number++) {
            others.add(path.resolveSibling(part(matcher, number)));
        }
        return others;
    }

    private static String part(Matcher name, int number) {
        return name.group(1) + String.format("-%05d-of-", number) + name.group(3) + ".gguf";
    }

    private static void verify(List<GgufFile> files) {
        GgufMetadata first = files.get(0).metadata();
        for (int i = 0; i < files.size(); i++) {
            GgufMetadata metadata = files.get(i).metadata();
            if (!metadata.integer(COUNT).equals(first.integer(COUNT))
                    || metadata.integer(NUMBER).orElse(-1L) != i) {
                throw metadata.refuse("must be part " + (i + 1) + " of " + files.size() + ", " + quote(NUMBER) + " was "
                        + metadata.integer(NUMBER).map(String::valueOf).orElse("absent") + " and " + quote(COUNT)
                        + " was " + metadata.integer(COUNT).map(String::valueOf).orElse("absent"));
            }
        }
        int tensors = files.stream().mapToInt(file -> file.tensors().size()).sum();
        first.integer("split.tensors.count").filter(count -> count != tensors).ifPresent(count -> {
            throw first.refuse(
                    "\"split.tensors.count\" must be the tensors of all parts, " + tensors + ", was " + count);
        });
    }

    /** The first file, whose name is the model's. */
    GgufFile first() {
        return files.get(0);
    }

    List<GgufFile> files() {
        return files;
    }

    GgufMetadata metadata() {
        return first().metadata();
    }

    Set<String> names() {
        return owners.keySet();
    }

    boolean has(String tensor) {
        return owners.containsKey(tensor);
    }

    GgufTensor tensor(String name) {
        GgufTensor tensor = owner(name).tensors().get(name);
        if (tensor == null) {
            throw new IllegalStateException(name);
        }
        return tensor;
    }

    /** See {@link GgufFile#read}. */
    void read(String name, long first, long rows, FloatBuffer into) {
        owner(name).read(tensor(name), first, rows, into);
    }

    /** See {@link GgufFile#readGrid}. */
    void readGrid(String name, long first, long rows, FloatBuffer into) {
        owner(name).readGrid(tensor(name), first, rows, into);
    }

    /** All numbers of a small tensor. */
    float[] vector(String name, int most) {
        GgufTensor tensor = tensor(name);
        if (tensor.elements() > most) {
            throw new CheckpointException(
                    owner(name).name(),
                    "tensor " + quote(name) + ": must have at most " + most + " numbers, had " + tensor.elements());
        }
        float[] numbers = new float[(int) tensor.elements()];
        read(name, 0, tensor.rows(), FloatBuffer.wrap(numbers));
        return numbers;
    }

    void verifyUnchanged() {
        files.forEach(GgufFile::verifyUnchanged);
    }

    private GgufFile owner(String name) {
        GgufFile owner = owners.get(name);
        if (owner == null) {
            throw new CheckpointException(first().name(), "tensor " + quote(name) + " is missing");
        }
        return owner;
    }

    @Override
    public void close() {
        files.forEach(GgufFile::close);
    }
}
