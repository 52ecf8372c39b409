package dev.sublinear.model.hub;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The part of the hub's protocol that a download needs, for one model. Each request is tried a few times. */
final class HubClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_BYTES = 16 << 20;
    private static final int MOST_PAGES = 1000;
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;[^,]*\\brel=\"?next\"?");

    private final HubSettings settings;
    private final HubName name;
    private final Transport transport;
    private final Patience patience;
    private final Refusals refusals;

    HubClient(HubSettings settings, HubName name, Patience patience) {
        this.settings = settings;
        this.name = name;
        this.transport = new Transport(settings);
        this.patience = patience;
        this.refusals = new Refusals(settings, name, transport.hasToken());
    }

    /** The commit that the revision stands for now. */
    String commit() throws IOException {
        URI uri = api("/revision/" + encode(name.revision(), ""));
        String commit = patience.retry(() -> document(uri)).body().path("sha").asText();
        if (!HubName.isCommit(commit)) {
            throw new CheckpointException(name.toString(), "the hub must tell its commit, said " + quote(commit));
        }
        return commit;
    }

    /** All files of a commit. */
    List<RepoFile> files(String commit) throws IOException {
        List<RepoFile> files = new ArrayList<>();
        URI uri = api("/tree/" + commit + "?recursive=true&expand=false");
        for (int page = 0; page < MOST_PAGES; page++) {
            URI asked = uri;
            Page found = patience.retry(() -> document(asked));
            for (JsonNode entry : found.body()) {
                if (entry.path("type").asText().equals("file")) {
                    files.add(RepoFile.ofListing(entry));
                }
            }
            if (found.next().isEmpty()) {
                return files;
            }
            uri = asked.resolve(found.next());
            if (!Redirects.sameOrigin(uri, settings.endpoint())) {
                throw new CheckpointException(
                        name.toString(), "the next page of its list of files must be on the hub, is elsewhere");
            }
        }
        throw new CheckpointException(name.toString(), "its list of files has more than " + MOST_PAGES + " pages");
    }

    /** Checks that the hub says the same of a file as its list, and lets us download it. */
    void verify(RepoFile file, String commit) throws IOException {
        patience.retry(() -> {
            try (Transport.Answer head = transport.head(address(file, commit))) {
                if (head.status() >= 400) {
                    throw refusals.of(head, file.path());
                }
                require(file, "commit", commit, head.header("X-Repo-Commit").orElse("none"));
                String etag = head.header("X-Linked-Etag")
                        .or(() -> head.header("ETag"))
                        .orElse("none");
                require(file, "ETag", file.blob(), bare(etag));
                boolean redirect = head.status() >= 300;
                String size = head.header("X-Linked-Size")
                        .or(() -> redirect ? Optional.empty() : head.header("Content-Length"))
                        .orElse(String.valueOf(file.size()));
                require(file, "size", String.valueOf(file.size()), size);
                return head.status();
            }
        });
    }

    /** Begins to download a file from a byte on. One attempt: the caller knows how many bytes came. */
    Transport.Answer download(RepoFile file, String commit, long from) throws IOException {
        Transport.Answer answer = transport.download(address(file, commit), from);
        if (answer.status() >= 400 && answer.status() != 416) {
            try (answer) {
                throw refusals.of(answer, file.path());
            }
        }
        return answer;
    }

    Patience patience() {
        return patience;
    }

    private record Page(JsonNode body, String next) {}

    private Page document(URI uri) throws IOException {
        try (Transport.Answer answer = transport.get(uri)) {
            if (answer.status() != 200) {
                throw refusals.of(answer, "");
            }
            String next = answer.headers().allValues("Link").stream()
                    .map(NEXT::matcher)
                    .filter(Matcher::find)
                    .map(match -> match.group(1))
                    .findFirst()
                    .orElse("");
            return new Page(json(answer), next);
        }
    }

    /** The answer of a portal between here and the hub is not JSON, so that trying again is of no use. */
    private JsonNode json(Transport.Answer answer) throws IOException {
        byte[] body = answer.body().bytes(MOST_BYTES);
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new CheckpointException(
                    name.toString(),
                    settings.endpoint()
                            + " answered what is not JSON: look whether it is a hub (HF_ENDPOINT), and whether "
                            + "a proxy or a login page lies between",
                    e);
        }
    }

    private void require(RepoFile file, String what, String listed, String said) {
        if (!listed.equals(said)) {
            throw new CheckpointException(
                    name.toString(),
                    "the hub contradicts itself about " + quote(file.path()) + ": its " + what + " must be " + listed
                            + ", was " + quote(said) + "; nothing is taken");
        }
    }

    private static String bare(String etag) {
        String strong = etag.startsWith("W/") ? etag.substring(2) : etag;
        return strong.replace("\"", "");
    }

    private URI api(String path) {
        return URI.create(settings.endpoint() + "/api/models/" + name.repository() + path);
    }

    private URI address(RepoFile file, String commit) {
        return URI.create(
                settings.endpoint() + "/" + name.repository() + "/resolve/" + commit + "/" + encode(file.path(), "/"));
    }

    /** Percent-encoded as Python's {@code quote} does. */
    private static String encode(String text, String safe) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || "_.-~".indexOf(c) >= 0 || safe.indexOf(c) >= 0);
            encoded.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
        }
        return encoded.toString();
    }
}
