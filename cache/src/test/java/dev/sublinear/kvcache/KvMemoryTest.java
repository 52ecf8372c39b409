package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class KvMemoryTest {

    @Test
    void reserve_upToTheCapacity_succeedsAndBeyondChangesNothing() {
        KvMemory memory = new KvMemory(100);
        assertThat(memory.reserve(60)).isPresent();
        assertThat(memory.reserve(41)).isEmpty();
        assertThat(memory.reserved()).isEqualTo(60);
        assertThat(memory.reserve(40)).isPresent();
        assertThat(memory.reserved()).isEqualTo(100);
        assertThat(memory.reserve(1)).isEmpty();
        assertThat(memory.reserve(0)).isPresent();
        assertThat(memory.used()).isZero();
    }

    @Test
    void reserve_longMaxValue_doesNotOverflow() {
        KvMemory memory = new KvMemory(Long.MAX_VALUE);
        KvMemory.Reservation small = memory.reserve(1).orElseThrow();
        assertThat(memory.reserve(Long.MAX_VALUE)).isEmpty();
        assertThat(memory.reserve(Long.MAX_VALUE - 1)).isPresent();
        assertThat(memory.reserved()).isEqualTo(Long.MAX_VALUE);
        small.take(1);
        assertThatThrownBy(() -> small.take(Long.MAX_VALUE)).isInstanceOf(IllegalStateException.class);
        assertThat(memory.used()).isEqualTo(1);
    }

    @Test
    void take_withinTheReservation_countsThereAndInTheMemory() {
        KvMemory memory = new KvMemory(100);
        KvMemory.Reservation first = memory.reserve(30).orElseThrow();
        KvMemory.Reservation second = memory.reserve(70).orElseThrow();
        first.take(30);
        second.take(20);
        second.take(50);
        second.give(60);
        assertThat(first.used()).isEqualTo(30);
        assertThat(second.used()).isEqualTo(10);
        assertThat(memory.used()).isEqualTo(40);
        assertThat(memory.reserved()).isEqualTo(100);
    }

    @Test
    void take_beyondTheReservation_changesNothing() {
        KvMemory memory = new KvMemory(100);
        KvMemory.Reservation reservation = memory.reserve(30).orElseThrow();
        reservation.take(20);
        assertThatThrownBy(() -> reservation.take(11))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the cache needs 11 bytes beyond the 20 that it uses of its reservation of 30");
        assertThat(reservation.used()).isEqualTo(20);
        assertThat(memory.used()).isEqualTo(20);
        reservation.take(10);
    }

    @Test
    void extend_whatIsFree_setsItAsideAndNoMore() {
        KvMemory memory = new KvMemory(100);
        KvMemory.Reservation reservation = memory.reserve(30).orElseThrow();
        assertThat(memory.reserve(50)).isPresent();
        assertThat(reservation.extend(21)).isFalse();
        assertThat(reservation.bytes()).isEqualTo(30);
        assertThat(reservation.extend(20)).isTrue();
        reservation.take(50);
        assertThat(memory.reserved()).isEqualTo(100);
        reservation.give(50);
        reservation.close();
        assertThat(memory.reserved()).isEqualTo(50);
        assertThat(reservation.extend(1)).as("closed").isFalse();
    }

    @Test
    void close_inUse_isRefusedAndChangesNothing() {
        KvMemory memory = new KvMemory(100);
        KvMemory.Reservation reservation = memory.reserve(30).orElseThrow();
        reservation.take(5);
        assertThatThrownBy(reservation::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a reservation is closed with 5 bytes in use");
        assertThat(memory.reserved()).isEqualTo(30);
        reservation.give(5);
        reservation.close();
        assertThat(memory.reserved()).isZero();
    }

    @Test
    void close_twice_returnsTheBytesOnce() {
        KvMemory memory = new KvMemory(100);
        KvMemory.Reservation reservation = memory.reserve(30).orElseThrow();
        assertThat(memory.reserve(50)).isPresent();
        reservation.close();
        reservation.close();
        assertThat(memory.reserved()).isEqualTo(50);
    }

    @Test
    void take_closed_isRefused() {
        KvMemory.Reservation reservation = new KvMemory(100).reserve(30).orElseThrow();
        reservation.close();
        assertThatThrownBy(() -> reservation.take(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed reservation");
    }

    @Test
    void arguments_outOfRange_nameTheRuleAndValue() {
        assertThatThrownBy(() -> new KvMemory(0)).hasMessage("cache capacity must be positive, was 0 bytes");
        assertThatThrownBy(() -> new KvMemory(1).reserve(-1))
                .hasMessage("a reservation must not be negative, was -1 bytes");
    }
}
