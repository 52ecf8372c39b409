package dev.sublinear.evaluation.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
final class CorpusTest {
    private static HuggingFaceCheckpoint directory;
    private static Tokenizer tokenizer;
    private static Corpus bundled;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        directory = HuggingFaceCheckpoint.open(FixtureModel.directory());
        tokenizer = Tokenizer.open(directory);
        bundled = Corpus.bundled(tokenizer);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
        directory.close();
    }

    @Test
    void bundled_documents_haveTheLengthDifferentPlacesAndKindsInTurn() {
        List<Document> documents = bundled.documents(24, 8192);

        assertThat(documents)
                .hasSize(24)
                .allSatisfy(document -> assertThat(document.tokens()).hasSize(8192));
        assertThat(documents).extracting(Document::name).doesNotHaveDuplicates();
        assertThat(documents.subList(0, 8))
                .extracting(document -> document.name().replaceAll("#.*", ""))
                .containsExactly(
                        "emma",
                        "python-standard-library",
                        "jude-the-obscure",
                        "chats",
                        "the-voyage-of-the-beagle",
                        "sublinear-cache",
                        "emma",
                        "chats");
    }

    @Test
    void bundled_fewDocuments_areHalfProseAndTheOthersCodeAndChats() {
        assertThat(bundled.documents(8, 8192)).extracting(Document::kind).satisfies(kinds -> {
            assertThat(Collections.frequency(kinds, Kind.PROSE)).isEqualTo(4);
            assertThat(Collections.frequency(kinds, Kind.CODE)).isEqualTo(2);
            assertThat(Collections.frequency(kinds, Kind.CHAT)).isEqualTo(2);
        });
    }

    /** A text whose tokens tell their place: documents of any two lengths can be compared. */
    @Test
    void lastDocuments_ofAnyLength_shareNoTokenWithTheFirst() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int word = 0; word < 4000; word++) {
            text.append(word).append(' ');
        }
        Corpus corpus = Corpus.of(List.of(Files.writeString(folder.resolve("numbers.txt"), text)), tokenizer);
        String first = decoded(corpus.documents(2, 1024));
        String last = decoded(corpus.lastDocuments(5, 300));

        for (int word = 1000; word < 3000; word++) {
            assertThat(first.contains(" " + word + " ") && last.contains(" " + word + " "))
                    .as("%s in both", word)
                    .isFalse();
        }
        assertThat(first).containsPattern(" 1[0-9]{3} ");
        assertThat(last).containsPattern(" 3[0-9]{3} ");
    }

    private static String decoded(List<Document> documents) {
        return documents.stream()
                .map(document -> tokenizer.decode(document.tokens()))
                .collect(Collectors.joining(" "));
    }

    @Test
    void of_files_tellsCodeByTheName() {
        assertThat(Kind.ofFile("Corpus.java")).isEqualTo(Kind.CODE);
        assertThat(Kind.ofFile("emma.txt")).isEqualTo(Kind.PROSE);
    }

    @Test
    void bundled_chats_areWrittenInTheTemplateGiven() {
        Document chat = bundled.documents(4, 2048).get(3);

        assertThat(chat.kind()).isEqualTo(Kind.CHAT);
        assertThat(tokenizer.decode(chat.tokens())).contains("User: ").contains("Assistant: ");
    }

    @Test
    void documents_more_beginWithThoseOfFewer() {
        Corpus corpus = bundled;
        assertThat(corpus.documents(12, 4096).subList(0, 5))
                .extracting(Document::key)
                .isEqualTo(corpus.documents(5, 4096).stream().map(Document::key).toList());
    }

    @Test
    void bundled_books_haveNeitherCurlyQuotesNorLongDashes() {
        assertThat(bundled.runningTexts())
                .hasSize(3)
                .allSatisfy(text -> assertThat(text).doesNotContainPattern("[\\u2010-\\u201f\\u2026]"));
    }

    @Test
    void documents_moreThanTheTextHas_areRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("short.txt"), "It was a dark night. ".repeat(200));
        Corpus corpus = Corpus.of(List.of(file), tokenizer);

        assertThat(corpus.documents(1, 256)).hasSize(1);
        assertThatThrownBy(() -> corpus.documents(50, 256))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("the texts have \\d documents of 256 tokens, and 50 are wanted");
    }

    @Test
    void excerpt_ofTheSamePlace_isTheSame() {
        Corpus corpus = bundled;
        assertThat(corpus.excerpt(-12345, 50))
                .isEqualTo(corpus.excerpt(-12345, 50))
                .hasSize(50);
        assertThat(corpus.excerpt(1, 50)).isNotEqualTo(corpus.excerpt(4, 50));
    }
}
