package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.loss.FittingDocument;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * The documents of a calibration. Half of those that laws are fitted to are running text, the others tell things and ask for them.
 *
 * @param fitted whose errors the laws are fitted to
 * @param tuned that the knob is turned on
 * @param checked that only the result is measured on
 */
public record CalibrationTexts(List<FittingDocument> fitted, List<Document> tuned, List<Document> checked) {
    public CalibrationTexts {
        fitted = List.copyOf(fitted);
        tuned = List.copyOf(tuned);
        checked = List.copyOf(checked);
    }

    /** Returns the names of all documents. */
    Roles<String> names() {
        return new Roles<>(
                fitted.stream().map(fitting -> fitting.document().name()).toList(),
                tuned.stream().map(Document::name).toList(),
                checked.stream().map(Document::name).toList());
    }

    /** Cuts documents of a corpus, those that it sets apart for calibration, and makes those that ask. */
    public static CalibrationTexts of(CalibrationGoal goal, Corpus corpus, Tokenizer tokenizer) {
        Roles<Document> running = Roles.of(corpus.lastDocuments(goal.documents(), goal.length()));
        List<FittingDocument> fitted = new ArrayList<>();
        running.fitted().forEach(document -> fitted.add(FittingDocument.whole(document)));
        fitted.addAll(new RecallText(tokenizer, corpus, goal.grid())
                .documents(running.fitted().size()));
        return new CalibrationTexts(fitted, running.tuned(), running.checked());
    }
}
