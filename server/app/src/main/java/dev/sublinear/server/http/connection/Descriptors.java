package dev.sublinear.server.http.connection;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.sublinear.server.config.HttpConfig;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file descriptors of this process. Each connection takes one, so their limit is a limit of connections. */
final class Descriptors {
    private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);

    /** Descriptors kept for other things: files that are read again, and a connection that is being turned away. */
    private static final long SPARE = 64;

    private Descriptors() {}

    /** Returns the limits with the number of connections lowered to the descriptors that are left. */
    static HttpConfig.Limits within(HttpConfig.Limits limits) {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)) {
            return limits;
        }
        return within(limits, system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - SPARE);
    }

    static HttpConfig.Limits within(HttpConfig.Limits limits, long left) {
        if (limits.maxConnections() <= left) {
            return limits;
        }
        int most = (int) Math.max(1, left);
        LOG.warn(
                "http.max-connections is {}, but the limit of open files (ulimit -n) leaves room for {}: taking those",
                limits.maxConnections(),
                most);
        return new HttpConfig.Limits(limits.maxBody(), most, Math.min(most, limits.maxConnectionsPerAddress()));
    }
}
