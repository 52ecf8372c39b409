package dev.sublinear.model.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.sublinear.model.gguf.GgufVocabulary.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Merges of a SentencePiece vocabulary, whose file has scores instead: of all neighbours that make a token together,
 * SentencePiece joins those with the best score first, which is what a list of all such pairs in the order of their scores
 * does. Gemma's scores do not follow its merges; its tokens do, in their order.
 */
final class ScoredMerges {
    /** What SentencePiece writes for a space. */
    static final String SPACE = "\u2581";

    private static final int MAX_PIECE = 256; // characters; SentencePiece itself makes none of more than 16
    private static final int MAX_MERGES = 1 << 20;

    /** Two tokens that make one together; lengths are in characters. */
    private record Merge(int left, int right, double score, int leftLength, int rightLength) {}

    /** The best score first; of equal scores the longer left part, as in transformers. */
    private static final Comparator<Merge> ORDER = Comparator.comparingDouble(Merge::score)
            .thenComparingInt(Merge::leftLength)
            .thenComparingInt(Merge::rightLength)
            .reversed()
            .thenComparingInt(Merge::left)
            .thenComparingInt(Merge::right);

    private final GgufMetadata metadata;
    private final GgufVocabulary vocabulary;

    ScoredMerges(GgufMetadata metadata, GgufVocabulary vocabulary) {
        this.metadata = metadata;
        this.vocabulary = vocabulary;
    }

    ArrayNode json() {
        double[] scores = scores();
        Map<String, Integer> pieces = new HashMap<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            if (merges(id)) {
                pieces.put(vocabulary.piece(id), id);
            }
        }
        List<Merge> merges = new ArrayList<>();
        pieces.forEach((piece, id) -> {
            for (int cut = 1; cut < piece.length(); cut++) {
                Integer left = pieces.get(piece.substring(0, cut));
                Integer right = left == null ? null : pieces.get(piece.substring(cut));
                if (left != null && right != null) {
                    merges.add(new Merge(left, right, scores[id], cut, piece.length() - cut));
                }
            }
            if (merges.size() > MAX_MERGES) {
                throw metadata.refuse("its tokens must not be made of each other in more than " + MAX_MERGES + " ways");
            }
        });
        merges.sort(ORDER);
        ArrayNode json = JsonNodeFactory.instance.arrayNode(merges.size());
        for (Merge merge : merges) {
            json.addArray().add(vocabulary.piece(merge.left())).add(vocabulary.piece(merge.right()));
        }
        return json;
    }

    private double[] scores() {
        if (!metadata.string("general.architecture").orElse("").startsWith("gemma")) {
            return vocabulary.scores();
        }
        double[] scores = new double[vocabulary.size()];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = -id;
        }
        return scores;
    }

    /** Whether a token may be the result or a part of a merge. */
    private boolean merges(int id) {
        Kind kind = vocabulary.kind(id);
        return vocabulary.isUsed(id)
                && vocabulary.text(id).length() <= MAX_PIECE
                && (kind == Kind.NORMAL || kind == Kind.UNDEFINED || vocabulary.isSpaces(id));
    }
}
