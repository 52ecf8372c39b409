package dev.sublinear.evaluation.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.loss.ErrorGrid;
import dev.sublinear.evaluation.loss.FittingDocument;
import dev.sublinear.model.text.ByteTokenizer;
import dev.sublinear.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecallTextTest {
    private static final ErrorGrid GRID = new ErrorGrid(4096, 64);

    @TempDir
    private Path directory;

    /** With a tokenizer whose tokens are bytes. */
    private List<FittingDocument> documents(Tokenizer tokenizer) throws IOException {
        Path text = Files.writeString(directory.resolve("text.txt"), "All happy families are alike. ".repeat(1000));
        return new RecallText(tokenizer, Corpus.of(List.of(text), tokenizer), GRID).documents(3);
    }

    @Test
    void documents_afterEachLength_askForWhatWasToldBefore() throws IOException {
        try (Tokenizer tokenizer = ByteTokenizer.open(ByteTokenizer.VOCABULARY)) {
            for (FittingDocument fitting : documents(tokenizer)) {
                Document document = fitting.document();
                assertThat(document.tokens()).hasSize(GRID.length());
                for (int n : GRID.lengths()) {
                    String before = text(tokenizer, document, 0, n);
                    String asked = text(tokenizer, document, n, n + GRID.queries());
                    Matcher answer = Pattern.compile("(?:The pass key is|door is|[a-z]:) ([0-9]{4,5}|[a-z]+)\n")
                            .matcher(asked);
                    assertThat(answer.find()).as(asked).isTrue();
                    assertThat(before).contains(answer.group(1));
                    for (int i = answer.start(1); i < answer.end(1); i++) {
                        assertThat(fitting.counted().get(n + i - 1))
                                .as("predicts %s", asked.charAt(i))
                                .isTrue();
                    }
                    assertThat(fitting.counted().get(n + answer.start(1) - 3)).isFalse();
                }
            }
        }
    }

    @Test
    void documents_twice_areTheSame_andDifferAmongEachOther() throws IOException {
        try (Tokenizer tokenizer = ByteTokenizer.open(ByteTokenizer.VOCABULARY)) {
            List<FittingDocument> first = documents(tokenizer);
            assertThat(first).extracting(FittingDocument::key).doesNotHaveDuplicates();
            assertThat(documents(tokenizer))
                    .extracting(FittingDocument::key)
                    .isEqualTo(first.stream().map(FittingDocument::key).toList());
        }
    }

    private static String text(Tokenizer tokenizer, Document document, int from, int to) {
        return tokenizer.decode(Arrays.copyOfRange(document.tokens(), from, to));
    }
}
