package dev.sublinear.server.cli.measure;

import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Options of {@code evaluate} and {@code calibrate}: the texts, the context length, the workers, the output directory. */
final class MeasuringOptions {
    private static final int LONGEST = 8192;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            arity = "1..*",
            description = "texts (default: the bundled books, code and chats)")
    private List<Path> texts = List.of();

    @Option(
            names = "--length",
            paramLabel = "N",
            description = "the longest context, in tokens (default: the model's, at most 8192)")
    private int length;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "threads, each with a model of its own, if memory allows (default: all cores)")
    private int workers = Runtime.getRuntime().availableProcessors();

    @Option(names = "--out", paramLabel = "DIR", description = "where to write (default: ${DEFAULT-VALUE})")
    private Path out;

    /** @param out the output directory, unless the option names another */
    MeasuringOptions(Path out) {
        this.out = out;
    }

    Corpus corpus(Checkpoint checkpoint, Tokenizer tokenizer) {
        return texts.isEmpty()
                ? Corpus.bundled(tokenizer, ChatTemplate.of(checkpoint, tokenizer))
                : Corpus.of(texts, tokenizer);
    }

    int length(int maxPositions) {
        return length > 0 ? length : Math.min(LONGEST, maxPositions);
    }

    /** @throws IllegalArgumentException if they are none, or very many */
    int workers() {
        if (workers < 1 || workers > 1024) {
            throw new IllegalArgumentException("workers must be from 1 to 1024, was " + workers);
        }
        return workers;
    }

    Path out() {
        return out;
    }
}
