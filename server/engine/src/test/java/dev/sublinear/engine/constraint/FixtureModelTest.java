package dev.sublinear.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.engine.sampling.Sampler;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.engine.sampling.TokenMask;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Execution;
import dev.sublinear.model.FixtureModel;
import dev.sublinear.model.Step;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Answers of the fixture, which was taught English and no JSON. More schemas: {@code -Dsublinear.schemas=1000}. */
@Tag("slow")
@Tag("model")
final class FixtureModelTest {
    private static final int SCHEMAS = Integer.getInteger("sublinear.schemas", 48);
    private static final int TOGETHER = 16;
    private static final int MOST_TOKENS = 96;
    private static final String PROMPT = "The answer, as it was written down, is:\n";

    private final ExecutorService masks = Executors.newSingleThreadExecutor();

    @Test
    void answers_toRandomSchemas_validate() throws JsonProcessingException {
        try (HuggingFaceCheckpoint directory = HuggingFaceCheckpoint.open(FixtureModel.directory());
                CausalLm model = DecoderLm.load(directory, Execution.exact(1));
                Tokenizer tokenizer = Tokenizer.open(directory)) {
            Constraints constraints = new Constraints(tokenizer.pieces().orElseThrow(), masks);
            long[] seeds = Seed.each(SCHEMAS);
            int complete = 0;
            for (int first = 0; first < SCHEMAS; first += TOGETHER) {
                List<Answer> answers = Arrays.stream(seeds, first, Math.min(first + TOGETHER, SCHEMAS))
                        .mapToObj(seed -> new Answer(seed, model, tokenizer, constraints))
                        .toList();
                generate(model, answers);
                for (Answer answer : answers) {
                    complete += answer.check(tokenizer) ? 1 : 0;
                    answer.cache.close();
                }
            }
            System.out.println(complete + " of " + SCHEMAS + " answers came to their end and are valid");
            assertThat(complete).isGreaterThan(SCHEMAS / 4);
        } finally {
            masks.shutdown();
        }
    }

    private static void generate(CausalLm model, List<Answer> answers) {
        for (int i = 0; i < MOST_TOKENS; i++) {
            List<Answer> going =
                    answers.stream().filter(answer -> !answer.ended).toList();
            if (going.isEmpty()) {
                return;
            }
            float[][] logits = model.forward(new Step(going.stream()
                    .map(answer -> new Step.Slice(answer.cache, answer.unread, 1))
                    .toList()));
            for (int row = 0; row < going.size(); row++) {
                going.get(row).choose(logits[row], model.spec().stopIds());
            }
        }
    }

    private static final class Answer {
        private final long seed;
        private final JsonNode schema;
        private final TokenConstraint.State state;
        private final Sampler sampler;
        private final KvCache cache;
        private final List<Integer> ids = new ArrayList<>();
        private int[] unread;
        private boolean ended;

        Answer(long seed, CausalLm model, Tokenizer tokenizer, Constraints constraints) {
            this.seed = seed;
            this.schema = new RandomSchema(seed).root();
            this.state = constraints.jsonSchema(schema).begin();
            this.sampler = new Sampler(new SamplingParams(0.8, 1, 0, 0, seed));
            EvictionPolicy policy = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
            KvMemory memory = new KvMemory(1 << 30);
            this.cache = model.newCache(policy, memory.reserve(1 << 29).orElseThrow(), KvCacheListener.NONE);
            this.unread = tokenizer.encodePrompt(PROMPT);
        }

        void choose(float[] logits, Set<Integer> stopIds) {
            TokenMask allowed = state.allowed();
            int id = sampler.sample(logits, ids.size(), state.mayEnd() ? allowed.with(stopIds) : allowed);
            ended = stopIds.contains(id);
            if (!ended) {
                ids.add(id);
                state.advance(id);
                unread = new int[] {id};
            }
        }

        /** Whether it came to its end. */
        boolean check(Tokenizer tokenizer) throws JsonProcessingException {
            String text = tokenizer.decode(ids.stream().mapToInt(id -> id).toArray());
            if (ended) {
                assertThat(new Validation(schema).errors(text))
                        .as("seed %s, schema %s, answer %s", seed, schema, text)
                        .isEmpty();
            }
            return ended;
        }
    }
}
