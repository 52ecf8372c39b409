package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FairQueueTest {
    private static final EvictionPolicy POLICY = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());

    private final FairQueue queue = new FairQueue();
    private long lastId;

    @Test
    void next_tenantsOfDifferentHabits_getTheSameTokens() {
        for (int i = 0; i < 300; i++) {
            queue.add(group("many short", 100));
        }
        for (int i = 0; i < 10; i++) {
            queue.add(group("few long", 3000));
        }
        Map<String, Long> tokens = new HashMap<>(Map.of("many short", 0L, "few long", 0L));
        long sum = 0;
        while (sum < 40_000) {
            SequenceGroup next = take();
            tokens.merge(next.request().tenant(), next.cost(), Long::sum);
            sum += next.cost();
        }
        assertThat(tokens.values())
                .allSatisfy(each -> assertThat(each).isCloseTo(20_000L, within(3000 + FairQueue.QUANTUM)));
    }

    @Test
    void next_oneTenant_keepsTheOrder() {
        SequenceGroup first = group("", 5000);
        SequenceGroup second = group("", 1);
        queue.add(first);
        queue.add(second);
        assertThat(take()).isSameAs(first);
        assertThat(take()).isSameAs(second);
        assertThat(queue.size()).isZero();
    }

    @Test
    void next_whoseTurnItIs_staysSoWhateverComes() {
        SequenceGroup large = group("a", 5000);
        queue.add(large);
        assertThat(queue.next(name -> true)).contains(large);
        queue.add(group("b", 1));
        assertThat(queue.next(name -> true)).contains(large);
    }

    @Test
    void addFirst_goesBeforeItsTenantsOthersAndHasPaid() {
        SequenceGroup first = group("a", 4000);
        queue.add(first);
        queue.add(group("a", 1));
        assertThat(take()).isSameAs(first);
        queue.addFirst(first);
        assertThat(take()).isSameAs(first);
    }

    @Test
    void next_tenantThatMayNotRun_isPassedOverUnlessNobodyMay() {
        SequenceGroup first = group("a", 10);
        SequenceGroup second = group("b", 10);
        queue.add(first);
        queue.add(second);
        assertThat(queue.next(name -> name.equals("b"))).contains(second);
        queue.remove(second, true);
        assertThat(queue.next(name -> false)).contains(first);
    }

    private SequenceGroup take() {
        SequenceGroup next = queue.next(name -> true).orElseThrow();
        queue.remove(next, true);
        return next;
    }

    private SequenceGroup group(String tenant, int cost) {
        GenerationRequest request =
                GenerationRequest.of(new int[1], cost - 1, POLICY).withTenant(tenant);
        return new Recorder().group(++lastId, request);
    }
}
