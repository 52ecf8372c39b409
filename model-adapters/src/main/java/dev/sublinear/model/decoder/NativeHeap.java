package dev.sublinear.model.decoder;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** The memory of libtorch's tensors, which C's allocator holds. */
final class NativeHeap {
    private static final String COMMANDS = "com.sun.management:type=DiagnosticCommand";
    private static final String TRIM = "systemTrimNativeHeap";

    private NativeHeap() {}

    /**
     * Gives free memory back to the system, also where some in use lies behind it: after packing that is as much as the weights.
     * Does nothing where the JVM has no command for it, which is for glibc.
     */
    static void trim() {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName commands = new ObjectName(COMMANDS);
            if (server.isRegistered(commands)
                    && Arrays.stream(server.getMBeanInfo(commands).getOperations())
                            .anyMatch(operation -> operation.getName().equals(TRIM))) {
                server.invoke(commands, TRIM, new Object[0], new String[0]);
            }
        } catch (JMException e) {
            throw new IllegalStateException("cannot give memory back: " + e.getMessage(), e);
        }
    }
}
