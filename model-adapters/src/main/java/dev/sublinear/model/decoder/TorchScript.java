package dev.sublinear.model.decoder;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The sources beside this class, loaded into libtorch as one module, and calls of its methods by name.
 *
 * <p>Every call crosses into libtorch once; that, not arithmetic, is what small products cost.
 */
final class TorchScript implements AutoCloseable {
    private static final List<String> SOURCES = List.of("linear.py", "packing.py", "decoder.py");

    private final PtNDManager manager;
    private final Model model;
    private final PtSymbolBlock block;

    /** @param text what {@link #text} returns, or a variation of it */
    TorchScript(PtNDManager manager, String text) {
        this.manager = manager;
        this.model = Model.newInstance(
                "kernels", manager.getDevice(), manager.getEngine().getEngineName());
        // Of this thread: profiling and re-optimising cost more than they gain.
        JniUtils.setGraphExecutorOptimize(false);
        try {
            load(text);
        } catch (IOException e) {
            model.close();
            throw new UncheckedIOException("cannot load the TorchScript of " + SOURCES, e);
        }
        this.block = (PtSymbolBlock) model.getBlock();
    }

    /** Returns the text of all sources. */
    static String text() {
        StringBuilder text = new StringBuilder();
        for (String source : SOURCES) {
            text.append(read(source)).append("\n\n");
        }
        return text.toString();
    }

    private void load(String text) throws IOException {
        Path directory = Files.createTempDirectory("sublinear-kernels");
        Path archive = directory.resolve("kernels.pt");
        try {
            ScriptArchive.write(archive, text);
            model.load(directory, "kernels");
        } catch (MalformedModelException e) {
            throw new IOException(e);
        } finally {
            Files.deleteIfExists(archive);
            Files.deleteIfExists(directory);
        }
    }

    private static String read(String source) {
        try (InputStream in = TorchScript.class.getResourceAsStream(source)) {
            if (in == null) {
                throw new IllegalStateException("resource " + source + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + source, e);
        }
    }

    Call call(String method) {
        return new Call(block, manager, method);
    }

    PtNDManager manager() {
        return manager;
    }

    PtSymbolBlock block() {
        return block;
    }

    @Override
    public void close() {
        model.close();
    }
}
