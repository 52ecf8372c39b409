package dev.sublinear.model;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.regex.Pattern;

/**
 * The processor that a model computes on.
 *
 * @param name {@code cpu}, or {@code gpu0} and so on for a GPU of CUDA, whose libraries must then be on the class path
 */
public record ComputeDevice(String name) {
    private static final Pattern NAME = Pattern.compile("cpu|gpu\\d{1,2}");

    public static final ComputeDevice CPU = new ComputeDevice("cpu");

    public ComputeDevice {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("must be cpu or a GPU such as gpu0, was \"" + name + "\"");
        }
    }

    public boolean isCpu() {
        return equals(CPU);
    }

    /**
     * Tries to compute there.
     *
     * @throws IllegalArgumentException if libtorch cannot
     */
    public void requireUsable() {
        if (isCpu()) {
            return;
        }
        try (NDManager manager = NDManager.newBaseManager(device(), "PyTorch");
                NDArray one = manager.ones(new Shape(1))) {
            one.toFloatArray();
        } catch (EngineException e) {
            throw new IllegalArgumentException(
                    "device must be cpu, or a GPU that libtorch can use (deploy/README.md, \"On a GPU\", says what it needs), was "
                            + name + ": " + firstSentence(String.valueOf(e.getMessage())),
                    e);
        }
    }

    /** Pages follow it. */
    private static String firstSentence(String message) {
        return message.split("\\. |\\R", 2)[0];
    }

    public Device device() {
        return Device.fromName(name);
    }

    @Override
    public String toString() {
        return name;
    }
}
