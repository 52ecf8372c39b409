package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted.Scope;
import dev.sublinear.engine.sampling.Logprobs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Hears what becomes of a request, and knows what should. */
final class ScheduleClient implements GenerationListener {
    final GenerationRequest request;
    final List<LoneChoice> expected = new ArrayList<>();
    final List<List<ChosenToken>> told = new ArrayList<>();
    final StringBuilder[] text;
    final @Nullable FinishReason[] reasons;

    @Nullable
    SequenceGroup group;

    boolean mayFail;
    boolean mayEndEarly;
    boolean ended;

    ScheduleClient(GenerationRequest request) {
        this.request = request;
        this.text = new StringBuilder[request.choices()];
        this.reasons = new FinishReason[request.choices()];
        for (int choice = 0; choice < request.choices(); choice++) {
            expected.add(new LoneChoice(request, choice));
            told.add(new ArrayList<>());
            text[choice] = new StringBuilder();
        }
    }

    SequenceGroup group() {
        return Objects.requireNonNull(group);
    }

    int[] conversation() {
        int[] all = Arrays.copyOf(
                request.prompt(), request.prompt().length + told.get(0).size());
        for (int i = 0; i < told.get(0).size(); i++) {
            all[request.prompt().length + i] = told.get(0).get(i).id();
        }
        return Arrays.copyOf(all, Math.min(all.length, 400));
    }

    @Override
    public void onPromptRead(List<Logprobs> logprobs) {
        assertThat(request.logprobs().scope()).isEqualTo(Scope.PROMPT_AND_ANSWER);
        assertThat(logprobs).isEqualTo(expected.get(0).promptLogprobs());
    }

    @Override
    public void onToken(int choice, ChosenToken token) {
        assertThat(ended || reasons[choice] != null).as("told after its end").isFalse();
        int place = told.get(choice).size();
        assertThat(token.id())
                .as("I1, I5")
                .isEqualTo(expected.get(choice).tokens.get(place));
        assertThat(token.logprobs()).isEqualTo(expected.get(choice).logprobs.get(place));
        told.get(choice).add(token);
        text[choice].append(token.text());
    }

    @Override
    public void onChoiceFinished(int choice, String rest, FinishReason reason) {
        assertThat(reasons[choice]).as("finished twice").isNull();
        reasons[choice] = reason;
        text[choice].append(rest);
    }

    @Override
    public void onFinished(Completion completion) {
        assertThat(ended).as("ended twice").isFalse();
        ended = true;
        for (int choice = 0; choice < request.choices(); choice++) {
            assertThat(completion.choices().get(choice).reason()).isEqualTo(reasons[choice]);
            assertThat(completion.choices().get(choice).generatedTokens())
                    .isEqualTo(told.get(choice).size());
        }
    }

    @Override
    public void onFailed(GenerationException failure) {
        assertThat(ended).as("ended twice").isFalse();
        ended = true;
        mayEndEarly = true;
    }

    void checkEnded() {
        assertThat(ended).isTrue();
        for (int choice = 0; choice < request.choices() && !mayEndEarly; choice++) {
            LoneChoice alone = expected.get(choice);
            assertThat(told.get(choice).stream().map(ChosenToken::id)).isEqualTo(alone.tokens);
            assertThat(reasons[choice]).isEqualTo(alone.reason);
            assertThat(text[choice].toString()).as("I9").isEqualTo(alone.text());
        }
    }
}
