package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.corpus.Document;
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

    /** Deals documents to the roles in turn, in another order each time, so that texts that take turns, too, get every role. */
    static Roles<Document> of(List<Document> documents) {
        List<List<Document>> hands = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < documents.size(); i++) {
            hands.get((i + i / hands.size()) % hands.size()).add(documents.get(i));
        }
        return new Roles<>(hands.get(0), hands.get(1), hands.get(2));
    }
}
