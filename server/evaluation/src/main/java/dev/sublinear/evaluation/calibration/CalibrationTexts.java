package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * The documents of a calibration. Half of those that laws are fitted to are running text, the others tell things and ask for them.
 *
 * @param roles of all documents
 */
public record CalibrationTexts(Roles<Document> roles) {

    /** Cuts documents of a corpus, those that it sets apart for calibration, and makes those that ask. */
    public static CalibrationTexts of(CalibrationGoal goal, Corpus corpus, Tokenizer tokenizer) {
        Roles<Document> running = Roles.of(corpus.lastDocuments(goal.documents(), goal.length()));
        List<Document> fitted = new ArrayList<>(running.fitted());
        fitted.addAll(new RecallText(tokenizer, corpus, goal.grid()).documents(fitted.size()));
        return new CalibrationTexts(new Roles<>(fitted, running.tuned(), running.checked()));
    }
}
