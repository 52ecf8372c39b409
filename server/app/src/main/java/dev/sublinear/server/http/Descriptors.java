package dev.sublinear.server.http;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.sublinear.server.config.HttpConfig;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file descriptors of this process: what the operating system gives is the limit of what can be accepted. */
final class Descriptors {
    private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);

    /** For all but connections: files that are read anew, and the one that turns a connection away. */
    private static final long SPARE = 64;

    private Descriptors() {}

    /** Returns the limits, with no more connections than there are descriptors left for. */
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
