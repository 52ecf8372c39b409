package dev.sublinear.real;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.sublinear.engine.Answer;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.settings.EngineSettings;
import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.langchain4j.SublinearChatModel;
import dev.sublinear.langchain4j.SublinearChatRequestParameters;
import dev.sublinear.langchain4j.SublinearChatResponseMetadata;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a program hears of the bundled model through LangChain4j. */
@Tag("slow")
final class LangChain4jTest {
    private static final String TEXT =
            "The lighthouse of Skagen was built in 1858. Its keeper, Anna Holm, rowed to the island every morning. ";

    @Test
    void questionsToOneText_areAnswered_andTheSecondReadsOnlyItsNewTokens() {
        SublinearChatRequestParameters greedy = SublinearChatRequestParameters.builder()
                .temperature(0.0)
                .maxOutputTokens(48)
                .build();
        try (LocalModel local = LocalModel.open(ModelSource.parse(RealModel.FILE.toString()), EngineSettings.DEFAULT)) {
            SublinearChatModel model = SublinearChatModel.builder(local)
                    .defaultRequestParameters(greedy)
                    .build();
            assertThat(model.chat("What is the capital city of France? Answer in one sentence."))
                    .contains("Paris");
            ChatResponse first = model.chat(asking("In which year was the lighthouse built?"));
            assertThat(first.aiMessage().text()).contains("1858");
            assertThat(first.finishReason()).isEqualTo(FinishReason.STOP);
            Answer second = answer(model.chat(asking("What is the name of the keeper?")));
            assertThat(second.text()).contains("Anna");
            assertThat(answer(first).completion().cachedTokens()).isZero();
            assertThat(second.completion().cachedTokens()).isEqualTo(256);
        }
    }

    private static ChatRequest asking(String question) {
        return ChatRequest.builder()
                .messages(SystemMessage.from("Answer from this text: " + TEXT.repeat(10)), UserMessage.from(question))
                .build();
    }

    private static Answer answer(ChatResponse response) {
        return ((SublinearChatResponseMetadata) response.metadata()).answer();
    }
}
