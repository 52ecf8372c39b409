package dev.sublinear.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.splitter.DocumentSplitters;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ChatMessageType;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.SystemMessage;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;
import dev.sublinear.engine.Answer;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.generation.ScriptedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What programs write with LangChain4j's AI services. */
final class AiServiceTest {
    private static final String CALL =
            "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 2, \"b\": 40}}\n</tool_call>";

    interface Assistant {
        String chat(String message);
    }

    interface Teller {
        TokenStream chat(String message);
    }

    enum City {
        BERLIN,
        PARIS
    }

    record Trip(City city, boolean far) {}

    interface Extractor {
        Trip trip(String text);
    }

    interface Reader {
        @SystemMessage("Answer from this book alone: {{book}}")
        @UserMessage("{{question}}")
        Result<String> ask(@V("book") String book, @V("question") String question);
    }

    /** Adds, and remembers that it was asked to. */
    static final class Calculator {
        private final List<String> sums = new ArrayList<>();

        @Tool("Adds two numbers")
        int add(int a, int b) {
            sums.add(a + " + " + b);
            return a + b;
        }
    }

    @Test
    void service_withAToolAndMemory_callsAnswersAndRemembers() {
        Calculator calculator = new Calculator();
        ChatMemory memory = MessageWindowChatMemory.withMaxMessages(10);
        try (LocalModel local = Models.scripted(ScriptedModel.answering(CALL, "It is 42.", "I said 42."))) {
            Assistant assistant = AiServices.builder(Assistant.class)
                    .chatModel(SublinearChatModel.of(local))
                    .tools(calculator)
                    .chatMemory(memory)
                    .build();
            assertThat(assistant.chat("What is 2 + 40?")).isEqualTo("It is 42.");
            assertThat(assistant.chat("What did you say?")).isEqualTo("I said 42.");
        }
        assertThat(calculator.sums).containsExactly("2 + 40");
        assertThat(memory.messages().stream().map(ChatMessage::type))
                .containsExactly(
                        ChatMessageType.USER,
                        ChatMessageType.AI,
                        ChatMessageType.TOOL_EXECUTION_RESULT,
                        ChatMessageType.AI,
                        ChatMessageType.USER,
                        ChatMessageType.AI);
    }

    @Test
    void streamingService_withATool_tellsTheAnswer() {
        Calculator calculator = new Calculator();
        CompletableFuture<String> whole = new CompletableFuture<>();
        List<String> told = new CopyOnWriteArrayList<>();
        try (LocalModel local = Models.scripted(ScriptedModel.answering(CALL, "It is 42."))) {
            AiServices.builder(Teller.class)
                    .streamingChatModel(SublinearStreamingChatModel.of(local))
                    .tools(calculator)
                    .build()
                    .chat("What is 2 + 40?")
                    .onPartialResponse(told::add)
                    .onCompleteResponse(
                            response -> whole.complete(response.aiMessage().text()))
                    .onError(whole::completeExceptionally)
                    .start();
            assertThat(whole.join()).isEqualTo("It is 42.").isEqualTo(String.join("", told));
        }
        assertThat(calculator.sums).containsExactly("2 + 40");
    }

    @Test
    void service_thatReturnsARecord_getsOneThatFitsItsSchema() {
        try (LocalModel local = Models.scripted(ScriptedModel.answering("{\"city\": \"PARIS\", \"far\": true}"))) {
            Extractor extractor = AiServices.create(Extractor.class, SublinearChatModel.of(local));
            assertThat(extractor.trip("We went a long way, to Paris.")).isEqualTo(new Trip(City.PARIS, true));
        }
    }

    @Test
    void secondQuestionToABook_readsOnlyItsNewTokens() {
        String book = "The lighthouse keeper counted the ships that passed. ".repeat(40);
        try (LocalModel local = Models.fixture()) {
            Reader reader = AiServices.create(Reader.class, brief(local));
            Answer first = answer(reader.ask(book, "Who counted the ships?"));
            Answer second = answer(reader.ask(book, "What passed by the lighthouse?"));
            assertThat(first.completion().cachedTokens()).isZero();
            assertThat(second.promptTokens() - second.completion().cachedTokens())
                    .isPositive()
                    .isLessThan(128); // the question, and what stands after the last multiple of 64 before it
        }
    }

    @Test
    void retrievedSegments_reachThePrompt() {
        Document document = Document.from("The keeper is called Anna. ".repeat(10) + "The boat is red. ".repeat(10));
        List<TextSegment> segments = DocumentSplitters.recursive(300, 0).split(document);
        ContentRetriever retriever = query -> List.of(Content.from(segments.get(0)));
        List<Integer> read = new ArrayList<>();
        ScriptedModel script = ScriptedModel.answering("Anna.").readingTo(ids -> {
            for (int id : ids) {
                read.add(id);
            }
        });
        try (LocalModel local = Models.scripted(script)) {
            Assistant assistant = AiServices.builder(Assistant.class)
                    .chatModel(SublinearChatModel.of(local))
                    .contentRetriever(retriever)
                    .build();
            assertThat(assistant.chat("What is the keeper called?")).isEqualTo("Anna.");
        }
        assertThat(ScriptedModel.TOKENIZER.decode(
                        read.stream().mapToInt(Integer::intValue).toArray()))
                .contains("What is the keeper called?", "The keeper is called Anna.");
    }

    private static SublinearChatModel brief(LocalModel local) {
        return SublinearChatModel.builder(local)
                .defaultRequestParameters(
                        ChatRequestParameters.builder().maxOutputTokens(4).build())
                .build();
    }

    private static Answer answer(Result<String> result) {
        return Models.answer(result.finalResponse());
    }
}
