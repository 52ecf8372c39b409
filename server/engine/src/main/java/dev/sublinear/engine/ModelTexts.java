package dev.sublinear.engine;

import dev.sublinear.engine.source.OpenModel;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What turns text into tokens. */
record ModelTexts(Tokenizer tokenizer, ChatTemplate template) {

    /** Begins to read them, on a thread of their own: it takes as long as a third of the weights. */
    static Loading load(OpenModel model) {
        return new Loading(CompletableFuture.supplyAsync(() -> read(model)));
    }

    private static ModelTexts read(OpenModel model) {
        Tokenizer tokenizer = model.tokenizer();
        try {
            return new ModelTexts(tokenizer, model.chat(tokenizer));
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    /** Texts on their way. Closing waits for them, as the model that they are read from must not close meanwhile. */
    static final class Loading implements AutoCloseable {
        private final CompletableFuture<ModelTexts> texts;
        private boolean taken;

        private Loading(CompletableFuture<ModelTexts> texts) {
            this.texts = texts;
        }

        ModelTexts await() {
            try {
                return texts.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException failure ? failure : e;
            }
        }

        /** Waits for them; who took them closes the tokenizer. */
        ModelTexts take() {
            ModelTexts read = await();
            taken = true;
            return read;
        }

        @Override
        public void close() {
            texts.handle((read, failure) -> {
                        if (read != null && !taken) {
                            read.tokenizer().close();
                        }
                        return failure;
                    })
                    .join();
        }
    }
}
