package dev.sublinear.evaluation.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class ProbesTest {
    private static HuggingFaceCheckpoint directory;
    private static Tokenizer tokenizer;
    private static Corpus corpus;
    private static WordList words;

    @BeforeAll
    static void open() {
        directory = HuggingFaceCheckpoint.open(FixtureModel.directory());
        tokenizer = Tokenizer.open(directory);
        corpus = Corpus.bundled(tokenizer);
        words = new WordList(corpus.runningTexts());
    }

    @AfterAll
    static void close() {
        tokenizer.close();
        directory.close();
    }

    static List<Probe> probes() {
        return Probes.ALL;
    }

    private static Haystack haystack(long seed) {
        return new Haystack(corpus, tokenizer, words, new Random(seed), 512, 0.5);
    }

    @ParameterizedTest
    @MethodSource("probes")
    void draw_hasTheContextAsked_endsWithWhatCountsAndIsTheSameForASeed(Probe probe) {
        Trial trial = probe.draw(haystack(7));

        assertThat(trial.context())
                .hasSize(512)
                .isEqualTo(probe.draw(haystack(7)).context());
        assertThat(trial.questions().get(trial.questions().size() - 1).counts()).isTrue();
        assertThat(trial.pinned().to()).isLessThan(512);
    }

    @ParameterizedTest
    @MethodSource("probes")
    void draw_answer_wasToldInTheContext(Probe probe) {
        Trial trial = probe.draw(haystack(8));

        for (Question question : trial.questions()) {
            int[] answer =
                    java.util.Arrays.copyOfRange(question.tokens(), question.answerFrom(), question.tokens().length);
            assertThat(trial.context()).containsSubsequence(answer);
            assertThat(tokenizer.decode(trial.context()))
                    .contains(tokenizer.decode(answer).strip());
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "\" 1234\", true",
                "\"1234.\nIt is\", true",
                "\" 12345\", false",
                "\" 123\", false",
                "\" the 1234\", false",
                "\"\", false"
            })
    void says_theAnswerAndNoMoreOfIt_isRight(String written, boolean right) {
        assertThat(Question.says(written, " 1234")).isEqualTo(right);
    }

    @Test
    void share_ofASegment_countsEachToken() {
        Question question = new Question(new int[] {0, 1, 2}, 1, false, true);
        float[] one = {0, 1, 0};

        assertThat(question.share(new float[][] {one, one, one})).isEqualTo(0.5);
    }

    @Test
    void twoQuestions_neverAskTheSameTwice() {
        for (long seed : Seed.each(20)) {
            List<Question> questions =
                    new TwoQuestionsProbe().draw(haystack(seed)).questions();
            assertThat(questions).hasSize(2);
            assertThat(questions.get(0).counts()).isFalse();
            assertThat(tokenizer.decode(questions.get(1).tokens()))
                    .doesNotEndWith(tokenizer.decode(questions.get(0).tokens()));
        }
    }
}
