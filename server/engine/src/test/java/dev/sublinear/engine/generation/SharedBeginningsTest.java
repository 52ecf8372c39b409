package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted.Scope;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.kvcache.EvictionPolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Prompts that begin as others did, on a real decoder: what is not read again changes no bit. */
final class SharedBeginningsTest extends NeedleTestCase {
    @Test
    void conversation_goingOn_readsOnlyItsNewTokensToTheSameBits() {
        for (EvictionPolicy policy : List.of(UNLIMITED, PRUNED)) {
            Run run = new Run(settings(0.5, 1), 2000);
            int[] conversation = prompt(11, 100);
            for (int turn = 0; turn < 4; turn++) {
                GenerationRequest request = GenerationRequest.of(conversation, 40, policy)
                        .with(new Stops(List.of(), Set.of(), true))
                        .with(new LogprobsWanted(Scope.ANSWER, 2));
                Recorder recorder = new Recorder();
                run.submit(request, recorder);
                while (run.loop.status().running() + run.loop.status().waiting() > 0) {
                    run.turn();
                }
                Recorder expected = alone(request);
                assertThat(recorder.ids()).isEqualTo(expected.ids());
                assertThat(recorder.logprobs()).isEqualTo(expected.logprobs());
                assertThat(recorder.await().cachedTokens())
                        .as("turn %s", turn)
                        .isEqualTo(turn == 0 ? 0 : (conversation.length - 11) / 64 * 64);
                int[] next = Arrays.copyOf(conversation, conversation.length + 50);
                for (int i = 0; i < 40; i++) {
                    next[conversation.length + i] = recorder.ids().get(i);
                }
                System.arraycopy(prompt(turn, 10), 0, next, conversation.length + 40, 10);
                conversation = next;
            }
            run.finish();
        }
    }

    @Test
    void prompt_beginningLikeTwoBefore_isReadFromWhereTheyPart() {
        Run run = new Run(settings(0.5, 1), 2000);
        int[] system = prompt(21, 150);
        List<Integer> cached = new ArrayList<>();
        for (int user = 0; user < 3; user++) {
            int[] prompt = Arrays.copyOf(system, 300);
            System.arraycopy(prompt(user, 150), 0, prompt, 150, 150);
            Recorder recorder = new Recorder();
            run.submit(GenerationRequest.of(prompt, 1, PRUNED), recorder);
            while (run.loop.status().running() + run.loop.status().waiting() > 0) {
                run.turn();
            }
            cached.add(recorder.await().cachedTokens());
        }
        assertThat(cached).containsExactly(0, 0, 128);
        run.finish();
    }

    @Test
    void prompt_ofAnotherTenantOrPolicy_sharesNothing() {
        Run run = new Run(settings(0.5, 1), 2000);
        List<Integer> cached = new ArrayList<>();
        GenerationRequest request =
                GenerationRequest.of(prompt(1, 200), 1, PRUNED).withTenant("alice");
        for (GenerationRequest each : List.of(
                request,
                request.withTenant("bob"),
                GenerationRequest.of(prompt(1, 200), 1, UNLIMITED).withTenant("alice"),
                request)) {
            Recorder recorder = new Recorder();
            run.submit(each, recorder);
            while (run.loop.status().running() + run.loop.status().waiting() > 0) {
                run.turn();
            }
            cached.add(recorder.await().cachedTokens());
        }
        assertThat(cached).containsExactly(0, 0, 0, 192);
        run.finish();
    }
}
