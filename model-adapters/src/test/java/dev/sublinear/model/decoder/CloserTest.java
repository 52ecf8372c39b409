package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CloserTest {
    @Test
    void close_several_closesTheLastFirstAndEachOnce() {
        List<Integer> closed = new ArrayList<>();
        Closer closer = new Closer();
        for (int i = 0; i < 3; i++) {
            int number = i;
            closer.add((AutoCloseable) () -> closed.add(number));
        }

        closer.close();
        closer.close();

        assertThat(closed).containsExactly(2, 1, 0);
    }
}
