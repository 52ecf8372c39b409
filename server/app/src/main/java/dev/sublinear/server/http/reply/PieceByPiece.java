package dev.sublinear.server.http.reply;

/** A text that is told in pieces. Places in it are counted in Unicode code points, as {@link TextOffsets} has them. */
final class PieceByPiece {
    private final String text;
    private int told; // in chars
    private int toldPoints;

    PieceByPiece(String text) {
        this.text = text;
    }

    /** Returns what is not told yet and lies before a place; a place that the text does not have is its end. */
    String upTo(int points) {
        int ahead = Math.max(0, points - toldPoints);
        int most = text.codePointCount(told, text.length());
        if (ahead >= most) {
            return all();
        }
        int end = text.offsetByCodePoints(told, ahead);
        String piece = text.substring(told, end);
        told = end;
        toldPoints += ahead;
        return piece;
    }

    /** Returns all that is not told yet. */
    String all() {
        String piece = text.substring(told);
        toldPoints += TextOffsets.length(piece);
        told = text.length();
        return piece;
    }
}
