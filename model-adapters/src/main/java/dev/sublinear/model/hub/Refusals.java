package dev.sublinear.model.hub;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.util.Optional;

/**
 * Explains the hub's refusals: what each means and what to do.
 *
 * @param hasToken whether the request had a token
 */
record Refusals(HubSettings settings, HubName name, boolean hasToken) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_BYTES = 1 << 20;
    private static final String BAD_TOKEN = "Invalid credentials in Authorization header";
    private static final String DISABLED = "Access to this resource is disabled.";

    /**
     * The refusal of a request.
     *
     * @param asked the file that was requested; empty for the repository as a whole
     */
    CheckpointException of(Transport.Answer answer, String asked) {
        String code = answer.header("X-Error-Code").orElse("");
        String message = answer.header("X-Error-Message").orElse("");
        if (code.equals("GatedRepo")) { // 401 without a token, else 403
            return gated(message);
        }
        return switch (answer.status()) {
            case 404 -> missing(code, asked);
            case 401 -> message.contains(BAD_TOKEN) ? badToken() : hidden();
            case 403 -> forbidden(message);
            default -> refused("the hub answered " + answer.status() + said(message, answer));
        };
    }

    private CheckpointException missing(String code, String asked) {
        if (code.equals("RevisionNotFound")) {
            return refused("has no revision " + quote(name.revision()) + "; " + page() + "/branches lists them");
        }
        if (code.equals("EntryNotFound") || (!code.equals("RepoNotFound") && !asked.isEmpty())) {
            return refused("has no file " + quote(asked) + " at " + name.revision() + "; " + page() + "/tree/"
                    + name.revision() + " lists them");
        }
        return refused("no such repository on " + settings.endpoint() + "; look for its name there"
                + (hasToken ? "" : ", and if it is private, " + settings.token().advice()));
    }

    private CheckpointException badToken() {
        return refused("the hub does not know the token from "
                + settings.token().place() + "; make another at " + settings.endpoint() + "/settings/tokens");
    }

    private CheckpointException hidden() {
        String which =
                "is private, its terms must be accepted, or it does not exist (the hub does not tell which): look at ";
        return refused(which
                + page()
                + (hasToken
                        ? " as the owner of the token from " + settings.token().place()
                        : ", and " + settings.token().advice()));
    }

    private CheckpointException gated(String message) {
        return refused("its terms must be accepted at " + page() + " by the owner of the token"
                + (hasToken
                        ? " from " + settings.token().place()
                        : "; then " + settings.token().advice())
                + said(message));
    }

    private CheckpointException forbidden(String message) {
        if (message.equals(DISABLED)) {
            return refused("the hub has disabled it, see " + page());
        }
        return refused(
                hasToken
                        ? "the token from " + settings.token().place() + " does not allow to read it; change that at "
                                + settings.endpoint() + "/settings/tokens" + said(message)
                        : "the hub does not allow everybody to read it: "
                                + settings.token().advice() + said(message));
    }

    private static String said(String message, Transport.Answer answer) {
        return said(message.isEmpty() ? bodyError(answer).orElse("") : message);
    }

    private static String said(String message) {
        return message.isEmpty() ? "" : "; the hub says " + quote(message);
    }

    private static Optional<String> bodyError(Transport.Answer answer) {
        try {
            return Optional.of(
                    JSON.readTree(answer.body().bytes(MOST_BYTES)).path("error").asText(""));
        } catch (IOException e) {
            return Optional.empty(); // the message has the status already
        }
    }

    private CheckpointException refused(String rule) {
        return new CheckpointException(name.toString(), rule);
    }

    private String page() {
        return settings.endpoint() + "/" + name.repository();
    }
}
