package dev.sublinear.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures what clients notice of each other, with the bundled model in a process of its own: whether the server answers
 * while its engine has both cores, what slow readers cost others, whether many streams stay apart, what an idle connection
 * holds. Recorded in deploy/benchmarks.
 */
@SuppressWarnings({"SystemOut", "ThreadSleep", "BusyWait"})
public final class HttpBenchmark {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int STREAMS = 1_000;
    private static final int IDLE = 10_000;
    private static final int SLOW = 200;
    private static final int OTHERS = 8;

    private final ServeProcess server;
    private final int port;

    private HttpBenchmark(ServeProcess server) throws IOException {
        this.server = server;
        this.port = server.port();
        Thread saying = new Thread(() -> server.lines().lines().forEach(line -> {}), "drain"); // or its pipe fills
        saying.setDaemon(true);
        saying.start();
    }

    /**
     * Answers the questions.
     *
     * @param args of {@code health}, {@code slow}, {@code streams} and {@code idle}
     */
    public static void main(String[] args) throws Exception {
        for (String question : args) {
            try (ServeProcess server = ServeProcess.start("--threads=2", "--queue-limit=2000")) {
                HttpBenchmark benchmark = new HttpBenchmark(server);
                for (int i = 0; i < 20; i++) {
                    benchmark.text(body(i, 40, false)); // until what is hot is compiled
                }
                switch (question) {
                    case "health" -> benchmark.health();
                    case "slow" -> benchmark.slow();
                    case "streams" -> benchmark.streams();
                    case "idle" -> benchmark.idle();
                    default -> throw new IllegalArgumentException("no such question: " + question);
                }
            }
        }
    }

    /** Asks 100 times a second; a question that is late because the one before it took long counts from when it was due. */
    private void health() throws Exception {
        long[] alone = probe(10);
        Load load = new Load(16);
        long[] loaded = probe(30);
        double busy = load.cores();
        load.close();
        say("health: alone %s; beside 16 streams (%.2f cores busy) %s", micros(alone), busy, micros(loaded));
    }

    private long[] probe(int seconds) throws Exception {
        long[] nanos = new long[100 * seconds];
        try (Socket socket = connect(0);
                BufferedReader in = reader(socket)) {
            long begin = System.nanoTime();
            for (int i = 0; i < nanos.length; i++) {
                long due = begin + i * 10_000_000L;
                TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                send(socket, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
                for (String line = in.readLine(); !line.equals("ok"); line = in.readLine()) {}
                nanos[i] = System.nanoTime() - due;
            }
        }
        return nanos;
    }

    /** The engine has the same to do for readers that read a byte a second as for those that read at once. */
    private void slow() throws Exception {
        for (int round = 0; round < 3; round++) {
            long[] fast = gaps(false);
            long[] slow = gaps(true);
            say("slow: gaps beside %d fast readers %s, beside %d slow ones %s", SLOW, micros(fast), SLOW, micros(slow));
        }
    }

    private long[] gaps(boolean slowly) throws Exception {
        List<Socket> crowd = new ArrayList<>();
        for (int i = 0; i < SLOW; i++) {
            Socket socket = connect(4096);
            send(socket, post(body(i, 400, true)));
            crowd.add(socket);
        }
        Thread reading = new Thread(() -> read(crowd, slowly), "crowd");
        reading.start();
        List<Long> gaps = new ArrayList<>();
        List<Thread> others = new ArrayList<>();
        for (int i = 0; i < OTHERS; i++) {
            String body = body(1_000 + i, 300, true);
            others.add(start(() -> {
                List<Long> own = times(body);
                synchronized (gaps) {
                    gaps.addAll(own);
                }
            }));
        }
        for (Thread other : others) {
            other.join();
        }
        reading.interrupt();
        reading.join();
        for (Socket socket : crowd) {
            socket.close();
        }
        return gaps.stream().mapToLong(gap -> gap).toArray();
    }

    private static void read(List<Socket> crowd, boolean slowly) {
        byte[] bytes = new byte[slowly ? 1 : 1 << 16];
        try {
            while (true) {
                for (Socket socket : crowd) {
                    if (socket.getInputStream().available() > 0) {
                        int ignored = socket.getInputStream().read(bytes);
                    }
                }
                Thread.sleep(slowly ? 1_000 : 5);
            }
        } catch (IOException | InterruptedException e) {
            return; // the round is over
        }
    }

    /** Returns the nanoseconds between the events of a stream. */
    private List<Long> times(String body) throws IOException {
        List<Long> gaps = new ArrayList<>();
        try (Socket socket = connect(0);
                BufferedReader in = reader(socket)) {
            send(socket, post(body));
            long before = 0;
            for (String line = in.readLine(); !line.equals("data: [DONE]"); line = in.readLine()) {
                if (line.startsWith("data: ")) {
                    long now = System.nanoTime();
                    if (before != 0) {
                        gaps.add(now - before);
                    }
                    before = now;
                }
            }
        }
        return gaps;
    }

    /** All at once, after each alone. */
    private void streams() throws Exception {
        String[] alone = new String[STREAMS];
        for (int i = 0; i < STREAMS; i++) {
            alone[i] = text(body(i, 24, true));
        }
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        AtomicInteger open = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            sockets.add(connect(0));
        }
        long begin = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            int number = i;
            threads.add(start(() -> {
                send(sockets.get(number), post(body(number, 24, true)));
                most.accumulateAndGet(open.incrementAndGet(), Math::max);
                String text = text(sockets.get(number));
                open.decrementAndGet();
                if (!text.equals(alone[number])) {
                    wrong.add(number + ": " + text + " instead of " + alone[number]);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        say(
                "streams: %d distinct, %d open at once, %.1f s, %.0f tokens/s, %d differ from their single run%s",
                STREAMS,
                most.get(),
                seconds,
                STREAMS * 24 / seconds,
                wrong.size(),
                wrong.isEmpty() ? "" : "; the first: " + wrong.peek());
    }

    private void idle() throws Exception {
        Held before = Held.of(this);
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < IDLE; i++) {
            Socket socket = connect(0);
            send(socket, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
            sockets.add(socket);
        }
        for (Socket socket : sockets) {
            int ignored = socket.getInputStream().read(new byte[512]);
        }
        Held after = Held.of(this);
        for (Socket socket : sockets) {
            socket.close();
        }
        say(
                "idle: %d connections that have asked once; bytes each: heap %d, direct %d, resident %d",
                IDLE,
                (after.heap - before.heap) / IDLE,
                (after.direct - before.direct) / IDLE,
                (after.resident - before.resident) / IDLE);
    }

    /** What the server's process holds after a collection, in bytes. */
    private record Held(long heap, long direct, long resident) {
        static Held of(HttpBenchmark benchmark) throws Exception {
            String pid = Long.toString(benchmark.server.process().pid());
            for (int i = 0; i < 2; i++) {
                run("jcmd", pid, "GC.run");
            }
            String heap = run("jcmd", pid, "GC.heap_info");
            String status = Files.readString(Path.of("/proc", pid, "status"));
            return new Held(
                    number(heap, "used ", 1024),
                    (long) benchmark.meter("sublinear_netty_direct_bytes"),
                    number(status, "VmRSS:", 1024));
        }

        private static long number(String text, String name, int unit) {
            String rest = text.substring(text.indexOf(name) + name.length()).strip();
            return unit * Long.parseLong(rest.split("\\D", 2)[0]);
        }

        private static String run(String... command) throws Exception {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return said;
        }
    }

    /** Returns a sample of the server's metrics, 0 if there is none of that name. */
    private double meter(String name) throws IOException {
        try (Socket socket = connect(0)) {
            send(socket, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                    .findFirst()
                    .orElse(0);
        }
    }

    /** Streams that begin again whenever they end. */
    private final class Load implements AutoCloseable {
        private final List<Thread> threads = new ArrayList<>();
        private final long beganNanos = System.nanoTime();
        private final long usedNanos = used();
        private volatile boolean goesOn = true;

        Load(int streams) {
            for (int i = 0; i < streams; i++) {
                int first = i * 1_000;
                threads.add(start(() -> {
                    for (int n = first; goesOn; n++) {
                        text(body(n, 200, true));
                    }
                }));
            }
        }

        double cores() {
            return (used() - usedNanos) / (double) (System.nanoTime() - beganNanos);
        }

        private long used() {
            return server.process().info().totalCpuDuration().orElseThrow().toNanos();
        }

        @Override
        public void close() throws InterruptedException {
            goesOn = false;
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static Thread start(Work work) {
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                "client",
                1 << 18);
        thread.start();
        return thread;
    }

    private static String body(int number, int tokens, boolean streams) {
        return "{\"prompt\":\"Chapter " + number + ". It was\",\"max_tokens\":" + tokens + ",\"seed\":" + number
                + ",\"ignore_eos\":true,\"stream\":" + streams + "}";
    }

    private static String post(String body) {
        return "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    private String text(String body) throws IOException {
        try (Socket socket = connect(0)) {
            send(socket, post(body));
            return body.contains("\"stream\":true")
                    ? text(socket)
                    : reader(socket).readLine();
        }
    }

    /** Reads a stream to its end; returns its text, reason and all. */
    private static String text(Socket socket) throws IOException {
        StringBuilder text = new StringBuilder();
        BufferedReader in = reader(socket);
        for (String line = in.readLine(); line != null && !line.equals("data: [DONE]"); line = in.readLine()) {
            if (line.startsWith("data: ")) {
                JsonNode event = JSON.readTree(line.substring("data: ".length()));
                JsonNode choice = event.at("/choices/0");
                text.append(choice.path("text").asText(event.toString()))
                        .append(choice.path("finish_reason").asText("").replace("null", ""));
            }
        }
        return text.toString();
    }

    private Socket connect(int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String micros(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT,
                "p50 %.2f p99 %.2f max %.2f ms (%d)",
                sorted[sorted.length / 2] / 1e6,
                sorted[(int) (sorted.length * 0.99)] / 1e6,
                sorted[sorted.length - 1] / 1e6,
                sorted.length);
    }

    private static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
