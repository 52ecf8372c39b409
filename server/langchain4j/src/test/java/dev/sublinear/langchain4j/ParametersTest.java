package dev.sublinear.langchain4j;

import static dev.sublinear.langchain4j.Models.answer;
import static dev.sublinear.langchain4j.Models.asking;
import static dev.sublinear.langchain4j.Models.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.sublinear.engine.Answer;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.Token;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.sampling.Penalties;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each parameter reaches the model, or is refused by name. */
@TestInstance(Lifecycle.PER_CLASS)
final class ParametersTest {
    private static final String QUESTION = "Once upon a time there was a house by the sea, and in it lived";
    private static final long SEED = 7;
    private static final int TOKENS = 40;

    private LocalModel local;

    @BeforeAll
    void open() {
        local = Models.fixture();
    }

    @AfterAll
    void close() {
        local.close();
    }

    private static SublinearChatRequestParameters.Builder seeded() {
        return SublinearChatRequestParameters.builder().seed(SEED).maxOutputTokens(TOKENS);
    }

    private Answer asked(ChatRequestParameters parameters) {
        return answer(SublinearChatModel.of(local).chat(asking(QUESTION, parameters)));
    }

    private static Arguments sampled(
            String name, UnaryOperator<SublinearChatRequestParameters.Builder> said, SamplingParams meant) {
        return Arguments.of(name, said, meant);
    }

    private static Stream<Arguments> samplings() {
        SamplingParams usual = new SamplingParams(1, 1, 0, 0, SEED);
        return Stream.of(
                sampled("temperature", all -> all.temperature(0.0), new SamplingParams(0, 1, 0, 0, SEED)),
                sampled("topP", all -> all.topP(0.1), new SamplingParams(1, 0.1, 0, 0, SEED)),
                sampled("topK", all -> all.topK(2), new SamplingParams(1, 1, 2, 0, SEED)),
                sampled("minP", all -> all.minP(0.9), new SamplingParams(1, 1, 0, 0.9, SEED)),
                sampled("frequencyPenalty", all -> all.frequencyPenalty(2.0), usual.with(new Penalties(1, 0, 2))),
                sampled("presencePenalty", all -> all.presencePenalty(2.0), usual.with(new Penalties(1, 2, 0))),
                sampled("repetitionPenalty", all -> all.repetitionPenalty(5.0), usual.with(new Penalties(5, 0, 0))),
                sampled("logitBias", all -> all.logitBias(Map.of(300, 100.0)), usual.withLogitBias(Map.of(300, 100.0))),
                sampled("seed", all -> all.seed(8L), new SamplingParams(1, 1, 0, 0, 8)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("samplings")
    void sampling_isTheEngines_andChangesTheAnswer(
            String name, UnaryOperator<SublinearChatRequestParameters.Builder> said, SamplingParams meant) {
        Answer engines = local.chat(List.of(Message.of(Role.USER, QUESTION)))
                .sampling(meant)
                .maxTokens(TOKENS)
                .await();
        List<Integer> ours = ids(asked(said.apply(seeded()).build()));
        assertThat(ours).as(name).isEqualTo(ids(engines)).isNotEqualTo(ids(asked(seeded().build())));
    }

    @Test
    void policy_boundsTheCacheOfTheAnswer() {
        EvictionPolicy sparse = EvictionPolicy.of(new BudgetSchedule.Fixed(64), new RecencyScorer());
        String text = QUESTION + " a man. ".repeat(100);
        Answer pruned = answer(SublinearChatModel.of(local)
                .chat(asking(text, seeded().policy(sparse).build())));
        Answer whole = answer(SublinearChatModel.of(local).chat(asking(text, seeded().build())));
        assertThat(whole.cache().evicted()).isZero();
        assertThat(pruned.cache().retained()).isLessThan(64 + EvictionPolicy.DEFAULT_SLACK + 64);
        assertThat(pruned.cache().evicted()).isPositive();
    }

    @Test
    void promptLookup_readsAheadAndAnswersTheSame() {
        try (LocalModel repeating = Models.scripted(ScriptedModel.repeating("one two three four five six "))) {
            SublinearChatModel model = SublinearChatModel.of(repeating);
            Answer drafted =
                    answer(model.chat(asking("Go on", seeded().promptLookup(8).build())));
            Answer plain =
                    answer(model.chat(asking("Go on", seeded().promptLookup(0).build())));
            assertThat(ids(drafted)).isEqualTo(ids(plain));
            assertThat(drafted.completion().choices().get(0).drafts().accepted())
                    .isPositive();
            assertThat(plain.completion().choices().get(0).drafts().accepted()).isZero();
        }
    }

    @Test
    void logprobs_areToldOfEachToken() {
        Answer told = asked(seeded().logprobs(3).build());
        assertThat(told.tokens())
                .filteredOn(token -> token.id() != Token.NO_ID)
                .hasSize(TOKENS)
                .allSatisfy(token -> assertThat(token.logprobs().top()).hasSize(3));
        assertThat(asked(seeded().build()).tokens())
                .allSatisfy(token -> assertThat(token.logprobs().top()).isEmpty());
    }

    @Test
    void tenants_shareNoPrompts() {
        String text = "It was a long day. ".repeat(40);
        SublinearChatModel model = SublinearChatModel.of(local);
        for (String tenant : List.of("alice", "bob")) {
            ChatRequestParameters own =
                    seeded().tenant(tenant).maxOutputTokens(1).build();
            assertThat(answer(model.chat(asking(text, own))).completion().cachedTokens())
                    .isZero();
            assertThat(answer(model.chat(asking(text, own))).completion().cachedTokens())
                    .isPositive();
        }
    }

    private static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of(all(all -> all.temperature(-1.0)), "temperature must be from 0 to 2, was -1.0"),
                Arguments.of(all(all -> all.topP(0.0)), "topP must be above 0 and at most 1, was 0.0"),
                Arguments.of(all(all -> all.topK(-1)), "topK must be 0 for all tokens, or positive, was -1"),
                Arguments.of(all(all -> all.minP(2.0)), "minP must be from 0 to 1, was 2.0"),
                Arguments.of(all(all -> all.frequencyPenalty(3.0)), "frequencyPenalty must be from -2 to 2, was 3.0"),
                Arguments.of(all(all -> all.presencePenalty(-3.0)), "presencePenalty must be from -2 to 2, was -3.0"),
                Arguments.of(
                        all(all -> all.repetitionPenalty(0.0)),
                        "repetitionPenalty must be above 0 and at most 100, was 0.0"),
                Arguments.of(
                        all(all -> all.logitBias(Map.of(5, 101.0))), "logitBias.5 must be from -100 to 100, was 101.0"),
                Arguments.of(all(all -> all.maxOutputTokens(0)), "maxOutputTokens must be at least 1, was 0"),
                Arguments.of(
                        all(all -> all.stopSequences("a", "")),
                        "stopSequences must not contain an empty text, was [a, ]"),
                Arguments.of(all(all -> all.promptLookup(99)), "promptLookup must be from 0 to 15, was 99"),
                Arguments.of(all(all -> all.logprobs(21)), "logprobs must be from 0 to 20, was 21"),
                Arguments.of(all(all -> all.timeout(Duration.ZERO)), "timeout must be positive, was PT0S"));
    }

    private static UnaryOperator<SublinearChatRequestParameters.Builder> all(
            UnaryOperator<SublinearChatRequestParameters.Builder> said) {
        return said;
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("wrong")
    void outOfRange_isRefusedWithNameRuleAndValue(
            UnaryOperator<SublinearChatRequestParameters.Builder> said, String message) {
        SublinearChatRequestParameters.Builder builder = said.apply(SublinearChatRequestParameters.builder());
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void plainParameters_areCheckedAsOurs() {
        ChatRequestParameters plain = ChatRequestParameters.builder().topK(-1).build();
        assertThatThrownBy(() -> asked(plain)).hasMessage("topK must be 0 for all tokens, or positive, was -1");
    }

    private static final class OthersParameters extends DefaultChatRequestParameters {
        private OthersParameters() {
            super(new DefaultChatRequestParameters.Builder<>());
        }
    }

    @Test
    void parametersOfAnotherProvider_areRefused() {
        assertThatThrownBy(() -> asked(new OthersParameters()))
                .isExactlyInstanceOf(UnsupportedFeatureException.class)
                .hasMessageStartingWith("parameters of another provider are not supported, were ")
                .hasMessageEndingWith("OthersParameters");
    }

    @Test
    void overriding_keepsWhatIsNotSaidAnew_whicheverIsOurs() {
        SublinearChatRequestParameters ours = SublinearChatRequestParameters.builder()
                .seed(1L)
                .minP(0.5)
                .repetitionPenalty(1.1)
                .logitBias(Map.of(1, 1.0))
                .policy(local.policy())
                .promptLookup(2)
                .logprobs(3)
                .parallelToolCalls(false)
                .tenant("alice")
                .timeout(Duration.ofSeconds(9))
                .topK(4)
                .build();
        ChatRequestParameters plain =
                ChatRequestParameters.builder().topK(5).topP(0.5).build();

        SublinearChatRequestParameters merged = ours.overrideWith(plain);
        assertThat(merged)
                .isEqualTo(SublinearChatRequestParameters.builder()
                        .overrideWith(ours)
                        .topK(5)
                        .topP(0.5)
                        .build())
                .hasToString(ours.defaultedBy(merged).overrideWith(plain).toString());
        assertThat(merged.seed()).isEqualTo(1);
        assertThat(merged.timeout()).isEqualTo(Duration.ofSeconds(9));
        assertThat(plain.overrideWith(ours)).isEqualTo(ours.defaultedBy(plain)).isNotEqualTo(merged);
        assertThat(plain.overrideWith(ours).topK()).isEqualTo(4);
        SublinearChatRequestParameters other =
                SublinearChatRequestParameters.builder().seed(2L).tenant("bob").build();
        assertThat(ours.overrideWith(other).seed()).isEqualTo(2);
        assertThat(ours.overrideWith(other).tenant()).isEqualTo("bob");
        assertThat(ours.overrideWith(other).minP()).isEqualTo(0.5);
    }
}
