package dev.sublinear.model.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * A hub on 127.0.0.1, whose large files lie with another server on 127.0.0.2: it answers as the real one does, remembers
 * what it was asked, and fails as it is told.
 */
public final class StubHub implements AutoCloseable {
    public static final String TOKEN = "hf_a_secret";
    public static final String SIGNATURE = "sig=also-a-secret";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer hub;
    private final HttpServer storage;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Map<String, StubFile>> repositories = new ConcurrentHashMap<>();
    private final Map<String, String> revisions = new ConcurrentHashMap<>();
    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private volatile int pageSize = Integer.MAX_VALUE;

    /** A request that came. */
    public record Seen(String host, String method, String target, Headers headers) {
        public boolean hasToken() {
            return headers.containsKey("Authorization");
        }

        /** Without headers. */
        @Override
        public String toString() {
            return method + " " + host + target;
        }
    }

    /** May answer in place of the hub, and then returns true. */
    public interface Fault {
        boolean answers(HttpExchange exchange) throws IOException;
    }

    /**
     * A file.
     *
     * @param skipped bytes at its beginning that no request may ask for
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record StubFile(byte[] content, long skipped, String oid, String sha256) {
        long size() {
            return skipped + content.length;
        }

        String etag() {
            return sha256.isEmpty() ? oid : sha256;
        }
    }

    public StubHub() {
        try {
            hub = start("127.0.0.1");
            storage = start("127.0.0.2");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpServer start(String host) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(host, 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(host, exchange));
        server.start();
        return server;
    }

    public String endpoint() {
        return "http://127.0.0.1:" + hub.getAddress().getPort();
    }

    public String storage() {
        return "http://127.0.0.2:" + storage.getAddress().getPort();
    }

    /** What to tell a client of it: no more than the place of the cache. */
    public Map<String, String> environment(Path cache) {
        Map<String, String> environment = new HashMap<>();
        environment.put("HF_ENDPOINT", endpoint());
        environment.put("HF_HOME", cache.resolveSibling("home").toString());
        environment.put("HF_HUB_CACHE", cache.toString());
        return environment;
    }

    public StubHub small(String repository, String path, String content) {
        return small(repository, path, content.getBytes(StandardCharsets.UTF_8));
    }

    public StubHub small(String repository, String path, byte[] content) {
        return add(repository, path, new StubFile(content, 0, git(content), ""));
    }

    /** A file that lies in the storage. */
    public StubHub large(String repository, String path, byte[] content) {
        return add(repository, path, new StubFile(content, 0, git(content), hash("SHA-256", content)));
    }

    /** The same with many zeros before its content, which no request may ask for. */
    StubHub large(String repository, String path, long zeros, byte[] content, String sha256) {
        return add(repository, path, new StubFile(content, zeros, git(content), sha256));
    }

    /** All files of a directory; safetensors and GGUF lie in the storage. */
    public StubHub directory(String repository, Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
                String name = directory.relativize(path).toString();
                byte[] content = Files.readAllBytes(path);
                if (name.endsWith(".safetensors") || name.endsWith(".gguf")) {
                    large(repository, name, content);
                } else {
                    small(repository, name, content);
                }
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private StubHub add(String repository, String path, StubFile file) {
        repositories.computeIfAbsent(repository, added -> new LinkedHashMap<>()).put(path, file);
        revisions.putIfAbsent(repository + "@main", commit(repository));
        return this;
    }

    StubHub revision(String repository, String revision) {
        revisions.put(repository + "@" + revision, commit(repository));
        return this;
    }

    StubHub pagesOf(int files) {
        pageSize = files;
        return this;
    }

    /** Fails so for every request from now on; the newest comes first. */
    public StubHub fault(Fault fault) {
        faults.add(0, fault);
        return this;
    }

    public StubHub heal() {
        faults.clear();
        return this;
    }

    public List<Seen> seen() {
        return List.copyOf(seen);
    }

    /** What was asked since, as {@code GET /path}; without the storage's port. */
    List<String> told() {
        return seen.stream()
                .map(request -> request.method() + " " + (request.host().equals("127.0.0.2") ? "storage:" : "")
                        + request.target())
                .toList();
    }

    void forget() {
        seen.clear();
    }

    public static String commit(String repository) {
        return hash("SHA-1", repository.getBytes(StandardCharsets.UTF_8));
    }

    static String git(byte[] content) {
        byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[head.length + content.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(content, 0, all, head.length, content.length);
        return hash("SHA-1", all);
    }

    static String hash(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(String host, HttpExchange exchange) throws IOException {
        try (exchange) {
            Headers headers = new Headers();
            headers.putAll(exchange.getRequestHeaders());
            seen.add(new Seen(
                    host, exchange.getRequestMethod(), exchange.getRequestURI().toString(), headers));
            for (Fault fault : faults) {
                if (fault.answers(exchange)) {
                    return;
                }
            }
            String path = exchange.getRequestURI().getPath();
            if (host.equals("127.0.0.2")) {
                stored(exchange, path.substring(1));
            } else if (path.startsWith("/api/models/")) {
                api(exchange, path.substring("/api/models/".length()));
            } else if (!path.contains("/resolve/")) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                resolve(exchange, path.substring(1));
            }
        }
    }

    private void api(HttpExchange exchange, String path) throws IOException {
        String repository = path.split("/(?:revision|tree)/", 2)[0];
        String revision = path.split("/(?:revision|tree)/", 2)[1];
        Map<String, StubFile> files = repositories.get(repository);
        if (files == null) {
            refuse(exchange, 404, "RepoNotFound", "Repository not found");
        } else if (path.contains("/revision/")) {
            String commit = revisions.getOrDefault(repository + "@" + revision, "");
            if (revision.equals(commit(repository)) || !commit.isEmpty()) {
                ObjectNode info = JSON.createObjectNode().put("id", repository).put("sha", commit(repository));
                info.put("private", false).put("downloads", 0).put("likes", 0).putArray("tags");
                ArrayNode siblings = info.putArray("siblings");
                files.keySet().forEach(name -> siblings.addObject().put("rfilename", name));
                json(exchange, info.toString());
            } else {
                refuse(exchange, 404, "RevisionNotFound", "Invalid rev id: " + revision);
            }
        } else {
            tree(exchange, List.copyOf(files.entrySet()));
        }
    }

    private void tree(HttpExchange exchange, List<Map.Entry<String, StubFile>> files) throws IOException {
        String query = exchange.getRequestURI().getQuery();
        int from = query.contains("cursor=") ? Integer.parseInt(query.replaceAll(".*cursor=", "")) : 0;
        int to = (int) Math.min(files.size(), (long) from + pageSize);
        ArrayNode page = JSON.createArrayNode();
        for (Map.Entry<String, StubFile> entry : files.subList(from, to)) {
            StubFile file = entry.getValue();
            ObjectNode listed = page.addObject().put("type", "file").put("path", entry.getKey());
            listed.put("oid", file.oid()).put("size", file.size());
            if (!file.sha256().isEmpty()) {
                listed.putObject("lfs")
                        .put("oid", file.sha256())
                        .put("size", file.size())
                        .put("pointerSize", 134);
            }
        }
        page.addObject()
                .put("type", "directory")
                .put("path", "folder")
                .put("oid", "0".repeat(40))
                .put("size", 0);
        if (to < files.size()) {
            String next = endpoint() + exchange.getRequestURI().getPath() + "?recursive=true&expand=false&cursor=" + to;
            exchange.getResponseHeaders().add("Link", "<" + next + ">; rel=\"next\"");
        }
        json(exchange, page.toString());
    }

    private void resolve(HttpExchange exchange, String path) throws IOException {
        String repository = path.split("/resolve/", 2)[0];
        String[] rest = path.split("/resolve/", 2)[1].split("/", 2);
        Map<String, StubFile> files = repositories.get(repository);
        StubFile file = files == null ? null : files.get(rest[1]);
        if (file == null) {
            refuse(exchange, 404, "EntryNotFound", "Entry not found");
            return;
        }
        Headers headers = exchange.getResponseHeaders();
        headers.add("X-Repo-Commit", commit(repository));
        if (file.sha256().isEmpty()) {
            headers.add("ETag", "\"" + file.oid() + "\"");
            send(exchange, file, exchange.getRequestMethod().equals("HEAD"));
        } else {
            headers.add("X-Linked-Etag", "\"" + file.sha256() + "\"");
            headers.add("X-Linked-Size", String.valueOf(file.size()));
            headers.add("Location", storage() + "/" + file.sha256() + "?" + SIGNATURE);
            exchange.sendResponseHeaders(302, -1);
        }
    }

    private void stored(HttpExchange exchange, String sha256) throws IOException {
        for (Map<String, StubFile> files : repositories.values()) {
            for (StubFile file : files.values()) {
                if (file.sha256().equals(sha256)) {
                    send(exchange, file, false);
                    return;
                }
            }
        }
        exchange.sendResponseHeaders(404, -1);
    }

    private static void send(HttpExchange exchange, StubFile file, boolean head) throws IOException {
        long from = from(exchange);
        if (from > file.size()) {
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        if (from > 0) {
            exchange.getResponseHeaders()
                    .add("Content-Range", "bytes " + from + "-" + (file.size() - 1) + "/" + file.size());
        }
        if (head) {
            exchange.getResponseHeaders().add("Content-Length", String.valueOf(file.size()));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        int start = Math.toIntExact(from - file.skipped());
        body(exchange, from > 0 ? 206 : 200, Arrays.copyOfRange(file.content(), start, file.content().length));
    }

    /** The first byte that a request asks for. */
    static long from(HttpExchange exchange) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        return range == null ? 0 : Long.parseLong(range.replaceAll("bytes=(\\d+)-", "$1"));
    }

    static void body(HttpExchange exchange, int status, byte[] content) throws IOException {
        exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(content);
        }
    }

    private static void json(HttpExchange exchange, String json) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        body(exchange, 200, json.getBytes(StandardCharsets.UTF_8));
    }

    /** Says no as the hub does. */
    static void refuse(HttpExchange exchange, int status, String code, String message) throws IOException {
        if (!code.isEmpty()) {
            exchange.getResponseHeaders().add("X-Error-Code", code);
        }
        exchange.getResponseHeaders().add("X-Error-Message", message);
        String body = exchange.getRequestMethod().equals("HEAD")
                ? ""
                : JSON.createObjectNode().put("error", message).toString();
        body(exchange, status, body.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }
}
