package dev.sublinear.model.decoder;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The class Kernels of {@code kernels.py} in libtorch, whose methods are called by name.
 *
 * <p>Every call crosses into libtorch once; that, not arithmetic, is what small products cost.
 */
final class TorchScript implements AutoCloseable {
    private final PtNDManager manager;
    private final Model model;
    private final PtSymbolBlock block;

    /** @param text what {@link ScriptSource#text} returns, or a variation of it */
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
            throw new UncheckedIOException("cannot load the TorchScript of " + ScriptSource.FILES, e);
        }
        this.block = (PtSymbolBlock) model.getBlock();
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

    Call call(String method) {
        return new Call(this, method);
    }

    PtNDManager manager() {
        return manager;
    }

    /** Runs a method of the class Kernels. The caller closes what it returns. */
    IValue run(String method, IValue... arguments) {
        return IValueUtils.runMethod(block, method, arguments);
    }

    @Override
    public void close() {
        model.close();
    }
}
