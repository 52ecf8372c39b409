package dev.sublinear.model;

import ai.djl.Device;
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

    public Device device() {
        return Device.fromName(name);
    }

    @Override
    public String toString() {
        return name;
    }
}
