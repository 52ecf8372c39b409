package dev.sublinear.server.http.reply;

import java.util.AbstractList;
import java.util.List;
import java.util.function.Function;

/** A list whose elements are made each time they are asked for: a long reply is written without all of them being there. */
final class MappedList<T, R> extends AbstractList<R> {
    private final List<T> from;
    private final Function<? super T, ? extends R> map;

    /** @param from which does not change any more */
    MappedList(List<T> from, Function<? super T, ? extends R> map) {
        this.from = from;
        this.map = map;
    }

    @Override
    public R get(int index) {
        return map.apply(from.get(index));
    }

    @Override
    public int size() {
        return from.size();
    }
}
