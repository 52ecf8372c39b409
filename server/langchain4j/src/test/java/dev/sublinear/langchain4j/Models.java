package dev.sublinear.langchain4j;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.sublinear.engine.Answer;
import dev.sublinear.engine.ForwardingModel;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.Token;
import dev.sublinear.engine.generation.EngineListener;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.settings.CacheCapacity;
import dev.sublinear.engine.settings.CacheSettings;
import dev.sublinear.engine.settings.EngineSettings;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.engine.settings.StorageChoice;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.engine.source.OpenModel;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.Execution;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.checkpoint.TemplateSources;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;

/** Models that tests borrow, and short ways to ask them. */
final class Models {
    /** Everything is kept, and prompts are known again from 64 tokens on. */
    static final EngineSettings SETTINGS = EngineSettings.DEFAULT
            .with(new CacheSettings(
                    new CacheCapacity.Fixed(200_000_000),
                    EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()),
                    new StorageChoice.Auto(),
                    true))
            .with(new SchedulerSettings(128, 1_000_000, 32, 512, 64, 0.5, 1, false, 0));

    private Models() {}

    /** Letters that a hash of the prompt chooses, from a template of plain text. */
    static LocalModel stub(String options) {
        return LocalModel.open(ModelSource.parse("stub:" + options, Map.of()), SETTINGS);
    }

    /** A small model that goes on with prose. */
    static LocalModel fixture() {
        return LocalModel.open(ModelSource.parse(FixtureModel.directory().toString(), Map.of()), SETTINGS);
    }

    /** Says what a test wants in the fixture's tokens, and is told of chats and tools as Qwen 2.5 is. */
    static LocalModel scripted(LanguageModel script) {
        OpenModel opened =
                new ForwardingModel(ModelSource.parse(FixtureModel.directory().toString(), Map.of())
                        .open()) {
                    @Override
                    public ChatTemplate chat(Tokenizer tokenizer) {
                        return ChatTemplate.of(
                                new TemplateSources(Map.of(TemplateSources.DEFAULT, qwen()), Map.of()), tokenizer);
                    }

                    @Override
                    public LanguageModel load(Execution execution, LoadListener listener) {
                        return script;
                    }
                };
        return LocalModel.open(opened, SETTINGS, EngineListener.NONE, LoadListener.NONE);
    }

    private static TemplateSources.Source qwen() {
        try (InputStream template = Models.class.getResourceAsStream("/chat/qwen-2.5.jinja")) {
            byte[] text = Objects.requireNonNull(template).readAllBytes();
            return new TemplateSources.Source("qwen-2.5.jinja", new String(text, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until nothing is reserved but for prompts that may be known again. */
    static void awaitIdle(LocalModel model) {
        Awaitility.await().until(() -> {
            EngineStatus status = model.engine().status();
            return status.running() == 0 && status.waiting() == 0 && status.reservedBytes() == status.snapshotBytes();
        });
    }

    static ChatRequest asking(String question, ChatRequestParameters parameters) {
        return ChatRequest.builder()
                .messages(UserMessage.from(question))
                .parameters(parameters)
                .build();
    }

    static ChatRequest asking(String question) {
        return ChatRequest.builder().messages(UserMessage.from(question)).build();
    }

    static Answer answer(ChatResponse response) {
        return ((SublinearChatResponseMetadata) response.metadata()).answer();
    }

    static List<Integer> ids(Answer answer) {
        return answer.tokens().stream().map(Token::id).toList();
    }
}
