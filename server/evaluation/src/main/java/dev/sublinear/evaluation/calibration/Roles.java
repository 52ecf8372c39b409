package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.corpus.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * What documents are for, so that none that was fitted to is checked on.
 *
 * @param fitted whose errors the laws are fitted to
 * @param tuned that the knob is turned on
 * @param checked that only the result is measured on
 */
public record Roles<T>(List<T> fitted, List<T> tuned, List<T> checked) {
    public Roles {
        fitted = List.copyOf(fitted);
        tuned = List.copyOf(tuned);
        checked = List.copyOf(checked);
    }

    /** Deals documents to the roles in turn, one kind after the other, so that each role has some of each. */
    static Roles<Document> of(List<Document> documents) {
        List<List<Document>> hands = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        int turn = 0;
        for (Kind kind : Kind.values()) {
            for (Document document : documents) {
                if (document.kind() == kind) {
                    hands.get(turn++ % hands.size()).add(document);
                }
            }
        }
        return new Roles<>(hands.get(0), hands.get(1), hands.get(2));
    }
}
