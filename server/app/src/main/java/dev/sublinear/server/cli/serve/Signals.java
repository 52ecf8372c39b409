package dev.sublinear.server.cli.serve;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** SIGTERM and SIGINT: the first asks this program to end, the second makes it. */
final class Signals {
    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
    private static final Map<String, Integer> EXIT_CODES = Map.of("INT", 130, "TERM", 143); // as shells know them

    private Signals() {}

    /**
     * Waits for a signal. Another one later runs {@code last} and ends the process at once.
     *
     * @param first counted down by a signal; another thread that counts it down ends the waiting as well
     */
    static void awaitFirst(CountDownLatch first, Runnable last) throws InterruptedException {
        EXIT_CODES.forEach((name, code) -> handle(name, () -> {
            if (first.getCount() > 0) {
                first.countDown();
            } else {
                last.run();
                Runtime.getRuntime().halt(code);
            }
        }));
        first.await();
    }

    /*
     * A shutdown hook would not do: a second signal waits for the hooks of the first. The JDK's class is called by
     * reflection because javac warns of it, and warnings are errors.
     */
    private static void handle(String name, Runnable act) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object runner =
                    Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, (self, method, args) -> {
                        act.run();
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), runner);
        } catch (InvocationTargetException e) { // with -Xrs
            LOG.warn("SIG{} ends this process at once: the JVM leaves signals alone", name);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
