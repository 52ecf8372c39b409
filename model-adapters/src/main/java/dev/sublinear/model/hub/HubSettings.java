package dev.sublinear.model.hub;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The settings of the hub from environment variables with the names of Hugging Face's own tools.
 *
 * @param endpoint the hub or a mirror of it: HF_ENDPOINT
 * @param cache where models lie: HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, or {@code hub} in HF_HOME
 * @param token HF_TOKEN, HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN
 * @param offline whether no request is sent: HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE
 * @param answerTimeout how long a request may stay without an answer: HF_HUB_ETAG_TIMEOUT
 * @param downloadTimeout how long a download may stand still: HF_HUB_DOWNLOAD_TIMEOUT
 */
public record HubSettings(
        URI endpoint, Path cache, HubToken token, boolean offline, Duration answerTimeout, Duration downloadTimeout) {
    private static final String ENDPOINT = "HF_ENDPOINT";
    private static final String PUBLIC_HUB = "https://huggingface.co";
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
    private static final String TEN_SECONDS = "10";
    private static final double LONGEST_SECONDS = 86_400;

    /**
     * Reads the environment.
     *
     * @throws CheckpointException if a value is wrong; the message names the variable, the rule and the value
     */
    public static HubSettings of(Map<String, String> environment) {
        return new Reader(environment).read();
    }

    private record Reader(Map<String, String> environment) {
        HubSettings read() {
            String cacheHome = value("XDG_CACHE_HOME", "~/.cache");
            Path home = path("HF_HOME", value("HF_HOME", cacheHome + "/huggingface"));
            String hub = value("HUGGINGFACE_HUB_CACHE", home.resolve("hub").toString());
            return new HubSettings(
                    endpoint(value(ENDPOINT, PUBLIC_HUB)),
                    path("HF_HUB_CACHE", value("HF_HUB_CACHE", hub)).toAbsolutePath(),
                    new HubToken(
                            value("HF_TOKEN", value("HUGGING_FACE_HUB_TOKEN", "")),
                            path(
                                    "HF_TOKEN_PATH",
                                    value("HF_TOKEN_PATH", home.resolve("token").toString())),
                            !isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")),
                    isTrue("HF_HUB_OFFLINE") || isTrue("TRANSFORMERS_OFFLINE"),
                    seconds("HF_HUB_ETAG_TIMEOUT"),
                    seconds("HF_HUB_DOWNLOAD_TIMEOUT"));
        }

        private String value(String variable, String otherwise) {
            String value = environment.getOrDefault(variable, "").strip();
            return value.isEmpty() ? otherwise : value;
        }

        private boolean isTrue(String variable) {
            return TRUE.contains(value(variable, "").toUpperCase(Locale.ROOT));
        }

        private Path path(String variable, String text) {
            String home = value("HOME", System.getProperty("user.home"));
            try {
                return text.equals("~") || text.startsWith("~/") ? Path.of(home, text.substring(1)) : Path.of(text);
            } catch (InvalidPathException e) {
                throw new CheckpointException(variable, "must be a path, was " + quote(text), e);
            }
        }

        private Duration seconds(String variable) {
            String text = value(variable, TEN_SECONDS);
            try {
                double seconds = Double.parseDouble(text);
                if (seconds > 0 && seconds <= LONGEST_SECONDS) {
                    return Duration.ofMillis(Math.max(1, Math.round(seconds * 1000)));
                }
            } catch (NumberFormatException e) {
                throw new CheckpointException(variable, "must be a number of seconds, was " + quote(text), e);
            }
            throw new CheckpointException(variable, "must be seconds above 0, at most a day, was " + quote(text));
        }

        private static URI endpoint(String text) {
            try {
                URI uri = new URI(text.replaceAll("/+$", ""));
                boolean web = "https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme());
                if (web
                        && uri.getHost() != null
                        && uri.getRawUserInfo() == null
                        && uri.getRawQuery() == null
                        && uri.getRawFragment() == null) {
                    return uri;
                }
            } catch (URISyntaxException e) {
                throw new CheckpointException(ENDPOINT, "must be the address of a hub, was " + quote(text), e);
            }
            throw new CheckpointException(
                    ENDPOINT,
                    "must be https://HOST or http://HOST, without user, query and fragment, was " + quote(text));
        }
    }
}
