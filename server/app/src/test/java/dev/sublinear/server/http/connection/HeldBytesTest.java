package dev.sublinear.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Row H19 of the threats: how the bytes that bodies may hold are shared. */
final class HeldBytesTest {
    private static final int LIMIT = 1_200;

    private final SharedMemory memory = new SharedMemory(LIMIT);

    /** Takes single bytes in turns until nobody gets one more; returns how many each has. */
    private List<Integer> greedy(String... callers) {
        List<Integer> taken = new ArrayList<>();
        for (String ignored : callers) {
            taken.add(0);
        }
        for (boolean more = true; more; ) {
            more = false;
            for (int i = 0; i < callers.length; i++) {
                if (memory.reserve(callers[i], 1)) {
                    taken.set(i, taken.get(i) + 1);
                    more = true;
                }
            }
        }
        return taken;
    }

    @Test
    void h19_oneCaller_mayHoldHalf() {
        assertThat(greedy("a")).containsExactly(LIMIT / 2);
    }

    @Test
    void h19_severalCallers_holdTheSameAndLeaveAsMuchForOneMore() {
        assertThat(greedy("a", "b", "c")).containsExactly(LIMIT / 4, LIMIT / 4, LIMIT / 4);
        assertThat(memory.reserve("d", LIMIT / 8)).isTrue();
    }

    @Test
    void h19_bytesThatAreFreed_mayBeTakenAgain() {
        greedy("a");
        memory.free("a", LIMIT / 2);
        assertThat(memory.used()).isZero();
        assertThat(memory.reserve("a", LIMIT / 2)).isTrue();
    }

    @Test
    void h19_addressesOfOneNetwork_areOneClient() throws Exception {
        assertThat(Network.of(InetAddress.getByName("2001:db8:1:2:3:4:5:6")))
                .isEqualTo(Network.of(InetAddress.getByName("2001:db8:1:2::9")))
                .isNotEqualTo(Network.of(InetAddress.getByName("2001:db8:1:3:3:4:5:6")));
        assertThat(Network.of(InetAddress.getByName("192.0.2.1")))
                .isNotEqualTo(Network.of(InetAddress.getByName("192.0.2.2")));
    }
}
