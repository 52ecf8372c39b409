package dev.sublinear.evaluation.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
final class CorpusTest {
    private static HuggingFaceCheckpoint directory;
    private static Tokenizer tokenizer;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        directory = HuggingFaceCheckpoint.open(FixtureModel.directory());
        tokenizer = Tokenizer.open(directory);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
        directory.close();
    }

    @Test
    void bundled_documents_haveTheLengthDoNotOverlapAndTakeTurns() {
        List<Document> documents = Corpus.bundled(tokenizer).documents(60, 8192);

        assertThat(documents)
                .hasSize(60)
                .allSatisfy(document -> assertThat(document.tokens()).hasSize(8192));
        assertThat(documents).extracting(Document::name).doesNotHaveDuplicates();
        assertThat(documents.subList(0, 3))
                .extracting(document -> document.name().replaceAll("#.*", ""))
                .containsExactly("emma", "jude-the-obscure", "the-voyage-of-the-beagle");
    }

    @Test
    void documents_more_beginWithThoseOfFewer() {
        Corpus corpus = Corpus.bundled(tokenizer);
        assertThat(corpus.documents(12, 4096).subList(0, 5))
                .extracting(Document::key)
                .isEqualTo(corpus.documents(5, 4096).stream().map(Document::key).toList());
    }

    @Test
    void bundled_texts_haveNeitherCurlyQuotesNorLongDashes() {
        assertThat(Corpus.bundled(tokenizer).texts())
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
        Corpus corpus = Corpus.bundled(tokenizer);
        assertThat(corpus.excerpt(-12345, 50))
                .isEqualTo(corpus.excerpt(-12345, 50))
                .hasSize(50);
        assertThat(corpus.excerpt(1, 50)).isNotEqualTo(corpus.excerpt(4, 50));
    }
}
