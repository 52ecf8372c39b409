package dev.sublinear.server.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.zip.CRC32C;

/** The files of the embedded page: a closed list, read once from the class path. */
public final class Page {
    /** The path that all files but the first begin with. */
    public static final String PREFIX = "/page/";

    /** Headers that keep a browser from loading anything into the page but its own files, and from running inline code. */
    public static final Map<String, String> HEADERS = Map.of(
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "x-content-type-options",
            "nosniff",
            "referrer-policy",
            "no-referrer",
            "cache-control",
            "no-cache"); // a browser asks again, and the tag tells it that nothing has changed

    private static final List<String> FILES = List.of(
            "page.css",
            "favicon.svg",
            "inter.woff2",
            "inter-LICENSE.txt",
            "js/answer.js",
            "js/api.js",
            "js/budget.js",
            "js/cache-choice.js",
            "js/chart.js",
            "js/chat.js",
            "js/code.js",
            "js/compare.js",
            "js/dom.js",
            "js/examples.js",
            "js/facts.js",
            "js/feed.js",
            "js/format.js",
            "js/gate.js",
            "js/generation.js",
            "js/head-choice.js",
            "js/head-map.js",
            "js/kept-by.js",
            "js/live-cache.js",
            "js/main.js",
            "js/markdown.js",
            "js/memory.js",
            "js/metrics-text.js",
            "js/playground.js",
            "js/retention.js",
            "js/server-view.js",
            "js/strip.js",
            "js/tabs.js",
            "js/theme-button.js",
            "js/theme.js",
            "js/token-text.js",
            "js/trace.js");
    private static final List<WebJar> LIBRARIES = List.of(
            new WebJar("uplot", List.of("uPlot.iife.min.js", "uPlot.min.css")),
            new WebJar("markdown-it", List.of("markdown-it.min.js")));
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml",
            "txt", "text/plain; charset=utf-8",
            "woff2", "font/woff2");

    private final Map<String, Asset> assets;

    /**
     * A file.
     *
     * @param type its media type
     * @param tag differs for different content
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Asset(String type, byte[] content, String tag) {}

    /** A library of npm as WebJars packs it. */
    private record WebJar(String name, List<String> files) {
        String folder() {
            return "/META-INF/resources/webjars/" + name + "/" + version() + "/dist/";
        }

        private String version() {
            try (InputStream in = open("/META-INF/maven/org.webjars.npm/" + name + "/pom.properties")) {
                Properties properties = new Properties();
                properties.load(in);
                return properties.getProperty("version");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private Page(Map<String, Asset> assets) {
        this.assets = assets;
    }

    /** Reads all files. */
    public static Page load() {
        Map<String, Asset> assets = new HashMap<>();
        assets.put("/", asset("index.html", read("index.html")));
        FILES.forEach(file -> assets.put(PREFIX + file, asset(file, read(file))));
        LIBRARIES.forEach(library -> library.files()
                .forEach(file ->
                        assets.put(PREFIX + library.name() + "/" + file, asset(file, read(library.folder() + file)))));
        return new Page(assets);
    }

    /** Returns the file at a path, if there is one. */
    public Optional<Asset> find(String path) {
        return Optional.ofNullable(assets.get(path));
    }

    private static Asset asset(String name, byte[] content) {
        CRC32C sum = new CRC32C();
        sum.update(content);
        String tag = '"' + HexFormat.of().toHexDigits((int) sum.getValue()) + '"';
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        return new Asset(Objects.requireNonNull(type, name), content, tag);
    }

    private static byte[] read(String resource) {
        try (InputStream in = open(resource)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String resource) {
        return Objects.requireNonNull(Page.class.getResourceAsStream(resource), resource);
    }
}
