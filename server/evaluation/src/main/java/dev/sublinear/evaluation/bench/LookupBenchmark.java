package dev.sublinear.evaluation.bench;

import dev.sublinear.engine.Answer;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.drafting.Drafter;
import dev.sublinear.engine.generation.Drafts;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Measures answers with and without prompt lookup, the likeliest tokens, which take turns round by round: what copies, edits and
 * summarises, and what is written freely.
 */
public final class LookupBenchmark {
    private static final int MOST_TOKENS = 200;

    private static final String CODE = """
            def total(items):
                result = 0
                for item in items:
                    if item.price > 0:
                        result = result + item.price * item.count
                return result


            def average(items):
                if not items:
                    return 0
                return total(items) / len(items)
            """;

    private static final String TEXT = """
            The harbour lay quiet under the morning fog. Three fishing boats waited at the pier, their nets dry and folded. A boy \
            with a red cap counted the gulls on the roof of the old customs house, and when he reached twelve he began again. \
            Behind him the baker opened the shutters of his shop, and the smell of warm bread went down the street to the water.""";

    private static final List<Task> TASKS = List.of(
            new Task("copy text", "Repeat the following text word for word.\n\n" + TEXT),
            new Task(
                    "edit text",
                    "Copy the following text exactly, but write 'blue cap' in place of 'red cap'.\n\n" + TEXT),
            new Task(
                    "edit code",
                    "Rewrite this Python code with the name `total` changed to `sum_prices` everywhere. Answer with the code"
                            + " only.\n\n" + CODE),
            new Task("summarise", "Summarise this text in two sentences.\n\n" + TEXT),
            new Task(
                    "extract JSON",
                    "Turn this into a JSON list of objects with name, age, city: Anna is 31 and lives in Oslo. Ben is 45 and"
                            + " lives in Rome. Carla is 28 and lives in Lima. David is 52 and lives in Kyoto."),
            new Task("story", "Tell a short story about a lighthouse keeper."),
            new Task("explanation", "Why is the sky blue?"),
            new Task("letter", "Write a letter to a friend about your first week in a new town."));

    private final LocalModel model;
    private final int rounds;

    private record Task(String name, String prompt) {}

    /**
     * One task.
     *
     * @param tokens of the answer, with lookup
     * @param accepted how many of them had been drafted
     * @param rejected tokens that were drafted and did not come
     * @param tokensPerSecond after the first, with lookup, the median of the rounds
     * @param tokensPerSecondWithout without it
     * @param same whether all answers are the same, with and without
     */
    public record Result(
            String task,
            int tokens,
            int accepted,
            int rejected,
            double tokensPerSecond,
            double tokensPerSecondWithout,
            boolean same) {
        public double tokensPerStep() {
            return (double) tokens / (tokens - accepted);
        }

        public double speedUp() {
            return tokensPerSecond / tokensPerSecondWithout;
        }
    }

    /** @param rounds answers to each task, with lookup and without */
    public LookupBenchmark(LocalModel model, int rounds) {
        if (rounds < 1) {
            throw new IllegalArgumentException("--rounds must be at least 1, was " + rounds);
        }
        this.model = model;
        this.rounds = rounds;
    }

    /** Answers each task; one before, for Java to compile what they run. */
    public List<Result> measure() {
        answer(TASKS.get(0), Drafter.MOST_DRAFTED);
        return TASKS.stream().map(this::measure).toList();
    }

    private Result measure(Task task) {
        double[] with = new double[rounds];
        double[] without = new double[rounds];
        List<Answer> answers = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            Answer plain = answer(task, 0);
            Answer drafted = answer(task, Drafter.MOST_DRAFTED);
            without[round] = rate(plain);
            with[round] = rate(drafted);
            answers.addAll(List.of(plain, drafted));
        }
        Answer last = answers.get(answers.size() - 1);
        Drafts drafts = last.completion().choices().get(0).drafts();
        return new Result(
                task.name(),
                last.generatedTokens(),
                drafts.accepted(),
                drafts.rejected(),
                median(with),
                median(without),
                answers.stream().map(Answer::text).distinct().count() == 1);
    }

    private Answer answer(Task task, int lookup) {
        return model.chat(List.of(Message.of(Role.USER, task.prompt())))
                .sampling(SamplingParams.GREEDY)
                .atMost(MOST_TOKENS)
                .promptLookup(lookup)
                .await();
    }

    private static double rate(Answer answer) {
        return (answer.generatedTokens() - 1)
                * 1e9
                / Math.max(1, answer.completion().timing().decode());
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
