package dev.sublinear.load.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** Answers each request with the bytes that a test wants, on a thread for each connection. */
public final class FakeServer implements AutoCloseable {
    static final String STREAM = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";

    private final ServerSocket listening;
    private final IntFunction<String> reply;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();

    /** @param reply to the request of a number, from 0 on; a connection is closed after one that is not whole */
    public FakeServer(IntFunction<String> reply) {
        this.reply = reply;
        try {
            listening = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    }

    /** A stream of these pieces of text, of so many tokens. */
    public static String stream(int tokens, String... pieces) {
        StringBuilder body = new StringBuilder(": ping\n\n");
        for (String piece : pieces) {
            body.append("data: {\"choices\":[{\"text\":\"")
                    .append(piece)
                    .append("\",\"finish_reason\":null}],\"usage\":null}\n\n");
        }
        body.append("data: {\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}],\"usage\":null}\n\n");
        body.append("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":")
                .append(tokens)
                .append("}}\n\ndata: [DONE]\n\n");
        return chunked(body.toString());
    }

    static String chunked(String body) {
        return STREAM + "transfer-encoding: chunked\r\n\r\n"
                + Integer.toHexString(body.getBytes(StandardCharsets.UTF_8).length) + "\r\n" + body + "\r\n0\r\n\r\n";
    }

    static String refusal(String headers) {
        return "HTTP/1.1 503 Service Unavailable\r\n" + headers + "content-length: 2\r\n\r\n{}";
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    public int connections() {
        return connections.get();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listening.accept();
                connections.incrementAndGet();
                start(() -> serve(socket));
            }
        } catch (SocketException e) {
            return; // closed
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            OutputStream out = socket.getOutputStream();
            while (readRequest(in)) {
                String answer = reply.apply(requests.getAndIncrement());
                out.write(answer.getBytes(StandardCharsets.UTF_8));
                out.flush();
                if (!answer.endsWith("\r\n0\r\n\r\n") && !answer.contains("content-length")) {
                    return;
                }
            }
        } catch (IOException e) {
            return; // the client has gone
        }
    }

    private static boolean readRequest(BufferedReader in) throws IOException {
        int length = 0;
        String line = in.readLine();
        if (line == null) {
            return false;
        }
        for (; line != null && !line.isEmpty(); line = in.readLine()) {
            if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(
                        line.substring("content-length:".length()).trim());
            }
        }
        for (int i = 0; i < length; i++) {
            in.read();
        }
        return true;
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
