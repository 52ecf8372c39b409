package dev.sublinear.server.http.connection;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.server.config.HttpConfig;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file descriptors of this process. Each connection takes one, so their limit is a limit of connections. */
final class Descriptors {
    private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);

    /** Descriptors kept for other things: files that are read again, and a connection that is being turned away. */
    private static final long SPARE = 64;

    /** Fewer connections than this are of no use. */
    private static final long LEAST = 16;

    private Descriptors() {}

    /**
     * Returns the limits with the number of connections lowered to the descriptors that are left.
     *
     * @throws ConfigException if hardly any are
     */
    static HttpConfig.Limits within(HttpConfig.Limits limits) {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)) {
            return limits;
        }
        return within(limits, system.getMaxFileDescriptorCount(), system.getOpenFileDescriptorCount());
    }

    static HttpConfig.Limits within(HttpConfig.Limits limits, long limit, long open) {
        long left = limit - open - SPARE;
        if (limits.maxConnections() <= left) {
            return limits;
        }
        if (left < LEAST) {
            throw new ConfigException(List.of(String.format(
                    Locale.ROOT,
                    "the limit of open files (ulimit -n) must be at least %d, was %d: %d are open, %d are kept for files that"
                            + " are read again, and each connection takes one; raise it, as ulimit -n 4096 does",
                    open + SPARE + LEAST,
                    limit,
                    open,
                    SPARE)));
        }
        int most = (int) left;
        LOG.warn(
                "http.max-connections is {}, but the limit of open files (ulimit -n) leaves room for {}: taking those",
                limits.maxConnections(),
                most);
        return new HttpConfig.Limits(limits.maxBody(), most, Math.min(most, limits.maxConnectionsPerAddress()));
    }
}
