package dev.sublinear.evaluation.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.corpus.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RolesTest {
    @Test
    void of_documentsOfSeveralKinds_givesEachRoleSomeOfEach_andNoneTwice() {
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            documents.add(new Document("prose#" + i, Kind.PROSE, new int[] {i}));
        }
        for (int i = 0; i < 3; i++) {
            documents.add(new Document("code#" + i, Kind.CODE, new int[] {i}));
            documents.add(new Document("chat#" + i, Kind.CHAT, new int[] {i}));
        }

        Roles<Document> roles = Roles.of(documents);

        List<List<Document>> all = List.of(roles.fitted(), roles.tuned(), roles.checked());
        assertThat(all)
                .allSatisfy(role -> assertThat(role)
                        .extracting(Document::kind)
                        .containsExactlyInAnyOrder(Kind.PROSE, Kind.PROSE, Kind.CODE, Kind.CHAT));
        assertThat(all.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(documents);
    }

    /** Of six documents, three are prose, two code and one a conversation: each role has two. */
    @Test
    void of_fewDocuments_leavesNoRoleEmpty() {
        List<Document> documents = new ArrayList<>();
        for (Kind kind : List.of(Kind.PROSE, Kind.CODE, Kind.PROSE, Kind.CHAT, Kind.PROSE, Kind.CODE)) {
            documents.add(new Document(kind + "#" + documents.size(), kind, new int[] {1}));
        }
        Roles<Document> roles = Roles.of(documents);
        assertThat(List.of(roles.fitted(), roles.tuned(), roles.checked()))
                .allSatisfy(role -> assertThat(role).hasSize(2));
    }

    @Test
    void of_oneKind_dealsInTurn() {
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            documents.add(new Document("prose#" + i, Kind.PROSE, new int[] {i}));
        }
        Roles<Document> roles = Roles.of(documents);
        assertThat(List.of(roles.fitted(), roles.tuned(), roles.checked()))
                .allSatisfy(role -> assertThat(role).hasSize(1));
    }
}
