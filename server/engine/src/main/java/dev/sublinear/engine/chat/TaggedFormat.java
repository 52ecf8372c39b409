package dev.sublinear.engine.chat;

import java.util.List;

/** JSON between two tags, each of which the vocabulary may have as a control token. */
sealed interface TaggedFormat extends ToolFormat permits HermesFormat, TaggedListFormat {

    TaggedJson tags();

    @Override
    default List<String> openings() {
        return List.of(tags().opening());
    }

    @Override
    default List<String> markers() {
        return List.of(tags().opening(), tags().closing());
    }

    @Override
    default String closing() {
        return tags().closing();
    }
}
