package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.constraint.Constraints;
import dev.sublinear.engine.drafting.Drafter;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted.Scope;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.model.DecoderModel;
import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.engine.sampling.Penalties;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.Execution;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.reference.RandomCheckpoint;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.testing.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests with drafts on a real decoder in f32: to the bit what they are without, whatever is drafted and refused. */
@Tag("slow")
final class DraftsTest {
    private static final long SEED = Seed.or(5);
    private static final Protection SOME = new Protection(4, 8, 0, Protection.Span.EMPTY);
    private static final EvictionPolicy UNLIMITED =
            EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());

    /** After 128 tokens one head of each layer keeps 64 of them, the other all. */
    private static final BudgetSchedule BY_HEAD =
            HeadLaws.of(Collections.nCopies(2, List.of(new PowerLaw(1, 0.1, 16), new PowerLaw(1, 1, 16))));

    private static final List<EvictionPolicy> POLICIES = Stream.of("key-diff", "snap:8", "3xsnap:16-or-key-diff")
            .map(Scorers::named)
            .flatMap(scorer -> Stream.of(
                    policy(new BudgetSchedule.Fixed(40), scorer, 8),
                    policy(BudgetSchedule.parse("power-law:alpha=4,exponent=0.5"), scorer, 20),
                    policy(BY_HEAD, scorer, 8)))
            .toList();

    @TempDir
    private static Path directory;

    private static HuggingFaceCheckpoint checkpoint;
    private static LanguageModel model;

    private long lastId;

    @BeforeAll
    static void load() {
        checkpoint = HuggingFaceCheckpoint.open(RandomCheckpoint.seeded(7).write(directory));
        model = new DecoderModel(DecoderLm.load(checkpoint, Execution.exact(1)));
    }

    @AfterAll
    static void close() {
        model.close();
        checkpoint.close();
    }

    private static EvictionPolicy policy(BudgetSchedule budget, Scorer scorer, int slack) {
        return new EvictionPolicy(budget, scorer, SOME, slack);
    }

    /** What a request with drafts was told, and what became of them, beside the same without. */
    private Completion assertSameWithDrafts(GenerationRequest request) {
        Told plain = answers(List.of(request.withPromptLookup(0))).get(0);
        Told drafted =
                answers(List.of(request.withPromptLookup(Drafter.MOST_DRAFTED))).get(0);
        assertSame(drafted, plain, "alone");
        assertThat(request.choices() > 1
                        || drafted.recorder().text().equals(plain.recorder().text()))
                .isTrue();
        assertThat(plain.completion().choices().get(0).drafts()).isEqualTo(Drafts.NONE);
        return drafted.completion();
    }

    private static void assertSame(Told drafted, Told plain, String place) {
        for (int choice = 0; choice < plain.completion().choices().size(); choice++) {
            assertThat(drafted.recorder().ids(choice))
                    .as(place)
                    .isEqualTo(plain.recorder().ids(choice));
            assertThat(drafted.recorder().logprobs(choice))
                    .as(place)
                    .isEqualTo(plain.recorder().logprobs(choice));
            Completion.Choice with = drafted.completion().choices().get(choice);
            Completion.Choice without = plain.completion().choices().get(choice);
            assertThat(with.reason()).as(place).isEqualTo(without.reason());
            assertThat(with.cache()).as(place).isEqualTo(without.cache());
        }
    }

    private record Told(Recorder recorder, Completion completion) {}

    private final List<EngineListener.StepReport> steps = new ArrayList<>();

    /** Answers requests that come at once, in an engine without a thread. */
    private List<Told> answers(List<GenerationRequest> requests) {
        steps.clear();
        EngineListener listener = new EngineListener() {
            @Override
            public void onStep(StepReport step) {
                steps.add(step);
            }
        };
        SchedulerSettings settings = new SchedulerSettings(1000, Long.MAX_VALUE, 20, 160, 64, 0.5, 1, false, 0);
        Backlog backlog = new Backlog(1000, Long.MAX_VALUE);
        EngineLoop loop = new EngineLoop(
                model, model.kvShape().peakBytes(UNLIMITED, 20_000), settings, backlog, listener, System::nanoTime);
        List<Recorder> recorders = new ArrayList<>();
        for (GenerationRequest request : requests) {
            recorders.add(new Recorder());
            SequenceGroup group = recorders.get(recorders.size() - 1).group(++lastId, request);
            backlog.enter(group.request().tenant(), group.cost());
            loop.enqueue(group);
        }
        int tensors = model.liveTensors();
        while (loop.status().running() + loop.status().waiting() > 0) {
            loop.turn();
            EngineStatus status = loop.status();
            assertThat(status.usedBytes()).isLessThanOrEqualTo(status.reservedBytes());
        }
        loop.close(GenerationException.stopping());
        assertThat(model.liveTensors()).isEqualTo(tensors);
        return recorders.stream()
                .map(recorder -> new Told(recorder, recorder.await()))
                .toList();
    }

    /** Of few tokens, so that what a model of random weights says sometimes comes again and sometimes does not. */
    private static SamplingParams of(double temperature, Penalties penalties) {
        Map<Integer, Double> few = Map.of(11, 90.0, 12, 90.0, 13, 90.0, 14, 90.0);
        return new SamplingParams(temperature, 0.95, 30, 0.01, penalties, few, SEED);
    }

    /** A prompt with passages that come again, so that there is something to look up from the start. */
    private static int[] prompt(long seed) {
        Random random = new Random(seed);
        int[] passage = random.ints(30, 1, 250).toArray();
        int[] prompt = random.ints(150, 1, 250).toArray();
        for (int at : new int[] {10, 50, 115}) {
            System.arraycopy(passage, 0, prompt, at, passage.length);
        }
        return prompt;
    }

    private static GenerationRequest request(EvictionPolicy policy, int maxTokens) {
        return GenerationRequest.of(prompt(SEED), maxTokens, policy)
                .with(of(0, Penalties.NONE))
                .with(new Stops(List.of(), Set.of(), true))
                .with(new LogprobsWanted(Scope.ANSWER, 2));
    }

    @Test
    void answers_greedyAndPrunedAgainAndAgain_areTheSameInFewerSteps() {
        Drafts all = Drafts.NONE;
        for (EvictionPolicy policy : POLICIES) {
            Completion completion = assertSameWithDrafts(request(policy, 400));

            Drafts drafts = completion.choices().get(0).drafts();
            assertThat(completion.cache().evicted()).isGreaterThan(100);
            assertThat(steps.stream().filter(step -> step.decodes() > 0).count())
                    .as("steps after the first token, one for each that was not drafted")
                    .isEqualTo(399 - drafts.accepted());
            all = all.and(drafts.accepted(), drafts.rejected());
        }
        assertThat(all.accepted()).isGreaterThan(500);
        assertThat(all.rejected()).isGreaterThan(50);
    }

    @Test
    void answers_drawnWithTheSameSeed_areTheSame() {
        Drafts all = Drafts.NONE;
        for (EvictionPolicy policy : POLICIES) {
            Completion completion = assertSameWithDrafts(request(policy, 300).with(of(0.3, Penalties.NONE)));
            Drafts drafts = completion.choices().get(0).drafts();
            all = all.and(drafts.accepted(), drafts.rejected());
        }
        assertThat(all.accepted()).isGreaterThan(50);
        assertThat(all.rejected()).isGreaterThan(50);
    }

    @Test
    void answer_withPenalties_isTheSame() {
        SamplingParams params = of(0.3, new Penalties(1.05, 0.05, 0.01));
        Completion completion =
                assertSameWithDrafts(request(POLICIES.get(0), 300).with(params));
        assertThat(completion.choices().get(0).drafts().accepted()).isPositive();
        assertThat(completion.choices().get(0).drafts().rejected()).isPositive();
    }

    /** Each choice drafts for itself; few rows are left for each. */
    @Test
    void answers_severalChoices_areTheSame() {
        Completion completion =
                assertSameWithDrafts(request(UNLIMITED, 120).withChoices(3).with(of(0.5, Penalties.NONE)));
        assertThat(completion.choices()).hasSize(3);
    }

    @Test
    void answer_underAScorerThatSumsAttention_isNotDrafted() {
        EvictionPolicy policy = policy(new BudgetSchedule.Fixed(40), new HeavyHitterScorer(), 8);
        Completion completion = assertSameWithDrafts(request(policy, 200));
        assertThat(completion.choices().get(0).drafts()).isEqualTo(Drafts.NONE);
    }

    @Test
    void answer_ofAnyLength_endsAtIt() {
        for (int most : new int[] {1, 2, 3, 17, 63, 64, 65, 130}) {
            Completion completion = assertSameWithDrafts(request(UNLIMITED, most));
            assertThat(completion.generatedTokens()).isEqualTo(most);
        }
    }

    @Test
    void answer_stoppedByATextOrATokenWithinADraft_endsThere() {
        GenerationRequest request = request(UNLIMITED, 300);
        List<Integer> ids =
                answers(List.of(request.withPromptLookup(0))).get(0).recorder().ids();
        for (int place : new int[] {200, 203, 207, 222}) {
            Stops stops = new Stops(List.of(), Set.of(ids.get(place)), true);
            assertThat(assertSameWithDrafts(request.with(stops).withMinTokens(place - 3))
                            .generatedTokens())
                    .isBetween(place - 3, place + 1);
        }
        String text = ScriptedModel.TOKENIZER.decode(
                ids.subList(150, 160).stream().mapToInt(id -> id).toArray());
        String stop = text.substring(text.length() / 2);
        assertThat(stop).isNotEmpty();
        assertSameWithDrafts(request.with(Stops.at(List.of(stop))));
    }

    /** The mask of each place is that of what was chosen before, not of the draft. */
    @Test
    void answer_toASchema_isTheSameInFewerSteps() throws JsonProcessingException {
        String schema = """
                {"type": "array", "minItems": 12, "items": {"type": "object", "required": ["name", "age"],
                 "properties": {"name": {"enum": ["Anna", "Ben"]}, "age": {"type": "integer", "maximum": 99}},
                 "additionalProperties": false}}""";
        try (Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            Constraints constraints = new Constraints(tokenizer.pieces().orElseThrow(), Runnable::run);
            GenerationRequest request = request(POLICIES.get(2), 250)
                    .with(new Stops(List.of(), Set.of(), false))
                    .with(constraints.jsonSchema(new ObjectMapper().readTree(schema)))
                    .with(new SamplingParams(0.2, 1, 0, 0, SEED));
            Completion completion = assertSameWithDrafts(request);
            assertThat(completion.choices().get(0).drafts().accepted()).isGreaterThan(20);
        }
    }

    /** Some draft, some do not, and a prompt comes in between: each is what it is alone. */
    @Test
    void answers_ofSeveralAtOnce_areWhatTheyAreAlone() {
        Random random = new Random(SEED);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            GenerationRequest request =
                    request(POLICIES.get(random.nextInt(POLICIES.size())), 40 + random.nextInt(200));
            int[] prompt = Arrays.copyOf(request.prompt(), 20 + random.nextInt(130));
            requests.add(GenerationRequest.of(prompt, request.maxTokens(), request.policy())
                    .with(request.stops())
                    .with(request.logprobs())
                    .with(of(random.nextInt(2) * 0.4, Penalties.NONE))
                    .withPromptLookup(i % 3 * 7));
        }
        List<Told> together = answers(requests);
        int accepted = 0;
        for (int i = 0; i < requests.size(); i++) {
            assertSame(
                    together.get(i),
                    answers(List.of(requests.get(i).withPromptLookup(0))).get(0),
                    "request " + i + ", seed " + SEED);
            accepted += together.get(i).completion().choices().get(0).drafts().accepted();
        }
        assertThat(accepted).isPositive();
    }

    @Test
    void step_ofManySequences_hasNoMoreRowsThanAreCheap() {
        List<GenerationRequest> requests =
                Collections.nCopies(5, request(UNLIMITED, 100).withPromptLookup(Drafter.MOST_DRAFTED));
        answers(requests);
        assertThat(steps.stream().filter(step -> step.prefills() == 0).toList())
                .allMatch(step -> step.tokens() <= Drafter.MOST_ROWS)
                .anyMatch(step -> step.tokens() > step.decodes());
        assertThat(steps.stream().filter(step -> step.prefills() > 0).toList())
                .allMatch(step -> step.drafts().equals(Drafts.NONE));
    }
}
