package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a user is told when the hub says no: one line that says what to do. */
final class RefusalsTest extends HubTestCase {
    private static final String GATED =
            "Access to model org/name is restricted. You must be authenticated to access it.";

    private void refuses(String pathBegins, int status, String code, String message) {
        stub.fault(exchange -> {
            if (!exchange.getRequestURI().getPath().startsWith(pathBegins)) {
                return false;
            }
            StubHub.refuse(exchange, status, code, message);
            return true;
        });
    }

    @Test
    void fetch_unknownRepository_saysSo() {
        more.remove("HF_TOKEN");

        assertThat(refusal("org/other"))
                .isEqualTo("org/other: no such repository on " + stub.endpoint()
                        + "; look for its name there, and if it is private, put a token into HF_TOKEN or "
                        + directory.resolve("home/token"));
    }

    @Test
    void fetch_unknownRepositoryWithAToken_asksForNoOther() {
        assertThat(refusal("org/other"))
                .isEqualTo("org/other: no such repository on " + stub.endpoint() + "; look for its name there");
    }

    @Test
    void fetch_unknownRevision_saysWhereTheyAre() {
        assertThat(refusal("org/name@v9"))
                .isEqualTo("org/name@v9: has no revision \"v9\"; " + stub.endpoint() + "/org/name/branches lists them");
    }

    @Test
    void fetch_fileThatIsListedAndMissing_saysSo() {
        refuses("/org/name/resolve/", 404, "EntryNotFound", "Entry not found");

        assertThat(refusal("org/name"))
                .isEqualTo("org/name: has no file \"config.json\" at main; " + stub.endpoint()
                        + "/org/name/tree/main lists them");
    }

    @ParameterizedTest
    @CsvSource({"/api/models/org/name/revision", "/api/models/org/name/tree", "/org/name/resolve"})
    void fetch_anonymousAndHidden_saysWhereTheTokenGoes(String path) {
        more.remove("HF_TOKEN");
        refuses(path, 401, "", "Invalid username or password.");

        assertThat(refusal("org/name"))
                .isEqualTo(
                        "org/name: is private, its terms must be accepted, or it does not exist (the hub does not tell which):"
                                + " look at " + stub.endpoint() + "/org/name, and put a token into HF_TOKEN or "
                                + directory.resolve("home/token"));
        assertThat(pauses).as("no use to try again").isEmpty();
    }

    @Test
    void fetch_tokenSwitchedOff_saysSo() {
        more.put("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
        refuses("/", 401, "", "");

        assertThat(refusal("org/name")).contains("unset HF_HUB_DISABLE_IMPLICIT_TOKEN");
        assertThat(stub.seen()).noneMatch(StubHub.Seen::hasToken);
    }

    @Test
    void fetch_wrongToken_namesItsPlace() {
        refuses("/", 401, "", "Invalid credentials in Authorization header");

        assertThat(refusal("org/name"))
                .isEqualTo("org/name: the hub does not know the token from HF_TOKEN; make another at " + stub.endpoint()
                        + "/settings/tokens");
    }

    @Test
    void fetch_termsNotAccepted_saysWhere() {
        refuses("/org/name/resolve", 403, "GatedRepo", GATED);

        assertThat(refusal("org/name"))
                .isEqualTo("org/name: its terms must be accepted at " + stub.endpoint()
                        + "/org/name by the owner of the token from HF_TOKEN; the hub says \"" + GATED + "\"");
        assertThat(repository().resolve("refs")).doesNotExist();
    }

    @Test
    void fetch_termsNotAcceptedByNobody_saysWhereTheTokenGoes() {
        more.remove("HF_TOKEN");
        refuses("/org/name/resolve", 401, "GatedRepo", GATED);

        assertThat(refusal("org/name"))
                .startsWith("org/name: its terms must be accepted at " + stub.endpoint()
                        + "/org/name by the owner of the token; then put a token into HF_TOKEN or ");
    }

    @Test
    void fetch_disabledRepository_saysSo() {
        refuses("/", 403, "", "Access to this resource is disabled.");

        assertThat(refusal("org/name"))
                .isEqualTo("org/name: the hub has disabled it, see " + stub.endpoint() + "/org/name");
    }

    @Test
    void fetch_tokenWithoutPermission_saysWhereToChangeIt() {
        refuses("/", 403, "", "Enable access to public gated repositories");

        assertThat(refusal("org/name"))
                .startsWith("org/name: the token from HF_TOKEN does not allow to read it; change that at ")
                .endsWith("; the hub says \"Enable access to public gated repositories\"");
    }

    @Test
    void fetch_anythingElse_tellsStatusAndWords() {
        refuses("/", 400, "", "Badness");

        assertThat(refusal("org/name")).isEqualTo("org/name: the hub answered 400; the hub says \"Badness\"");
    }
}
