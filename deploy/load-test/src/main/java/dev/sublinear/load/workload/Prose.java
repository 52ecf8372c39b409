package dev.sublinear.load.workload;

import java.util.List;
import java.util.Random;

/**
 * Words without sense, as many as a prompt needs.
 *
 * @param charactersPerToken of the model's tokenizer, about: 1 for the stub, whose tokens are bytes
 */
public record Prose(double charactersPerToken) {
    public static final Prose OF_BYTES = new Prose(1);
    public static final Prose OF_WORDS = new Prose(3.5);

    private static final List<String> WORDS = List.of(
            ("a about after all always and another any are as at away back be because been before began by came can"
                            + " cold come could day did do door down each earth end even eyes far few for found friend from gave"
                            + " give go good great had hand has have he head heard her here him his hope house how if in into is"
                            + " it its just keep kind knew know land last left less let light like little long look made make man"
                            + " many may men might mind more morning most much must my name near never new next night no not now"
                            + " of off old on once one only or other our out over own part place poor put rain read right river"
                            + " road room round said same saw say sea see seemed she ship should side since small so some soon"
                            + " still such summer take tell than that the their them then there these they thing think this those"
                            + " thought three time to together told too town turn two under until up upon very voice walk wall"
                            + " was water way we well went were what when where which while white who why wind winter with without"
                            + " woman word work world would year yet you young")
                    .split(" "));

    /** Returns text of about so many tokens, of exactly as many characters as that makes. */
    String text(Random random, int tokens) {
        int length = Math.max(1, (int) (tokens * charactersPerToken));
        StringBuilder text = new StringBuilder(length + 16);
        while (text.length() < length) {
            text.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
        }
        text.setLength(length);
        return text.toString();
    }
}
