package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.corpus.Kind;
import dev.sublinear.evaluation.loss.ErrorGrid;
import dev.sublinear.evaluation.loss.FittingDocument;
import dev.sublinear.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Documents in which things are told once in running text, and asked for just after each length at which errors are measured: so
 * the queries there look for what nothing has announced. Laws that are fitted to running text alone leave too little to heads that
 * recall.
 *
 * @param tokenizer of the model
 * @param corpus whose prose is the running text
 * @param grid where errors are measured
 */
record RecallText(Tokenizer tokenizer, Corpus corpus, ErrorGrid grid) {
    private static final long SEED = 20_260_101;

    /** Nothing is told in the last part of what lies before its question. */
    private static final double DEEPEST = 0.7;

    private static final int PAIRS = 8;
    private static final int ASKED = 5;

    private static final List<String> PLACES =
            List.of("garden", "library", "cellar", "bridge", "tower", "harbour", "kitchen", "stable", "mill", "abbey");
    private static final List<String> WORDS = List.of(
            ("apple river candle window horse silver copper letter mirror forest basket hammer needle pepper rabbit saddle"
                            + " ticket violin walnut yellow anchor blanket carpet dragon engine feather")
                    .split(" "));

    /** Returns documents, each with other things to tell, of which the queries count that predict an answer. */
    List<FittingDocument> documents(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Writer(new Random(SEED + i)).document("recall#" + i))
                .toList();
    }

    /**
     * Something that is told.
     *
     * @param position of its first token, or later where there is no room
     */
    private record Note(int position, List<Integer> tokens) {}

    /** A question and its answer. */
    private record Question(List<Integer> question, List<Integer> answer) {}

    /** Puts one document together. */
    private final class Writer {
        private final Random random;
        private final List<Integer> filler;
        private final List<Integer> written = new ArrayList<>();
        private final List<Note> notes = new ArrayList<>();
        private final List<List<Question>> questions = new ArrayList<>();
        private final BitSet predicting = new BitSet();
        private int used;

        Writer(Random random) {
            this.random = random;
            this.filler = list(corpus.excerpt(random.nextLong(), grid.length()));
            grid.lengths().forEach(this::tell);
            notes.sort(Comparator.comparingInt(Note::position));
        }

        FittingDocument document(String name) {
            written.addAll(list(corpus.prefix()));
            for (int i = 0; i < questions.size(); i++) {
                int length = grid.lengths().get(i);
                while (!notes.isEmpty() && end(notes.get(0)) <= length) {
                    Note note = notes.remove(0);
                    fill(note.position());
                    written.addAll(note.tokens());
                }
                fill(length);
                ask(questions.get(i), length + grid.queries());
            }
            int[] tokens = written.stream().mapToInt(Integer::intValue).toArray();
            return new FittingDocument(new Document(name, Kind.PROSE, tokens), predicting);
        }

        /** Where a note would end if it were written next. */
        private int end(Note note) {
            return Math.max(written.size(), note.position()) + note.tokens().size();
        }

        private void fill(int position) {
            while (written.size() < position) {
                written.add(filler.get(used++));
            }
        }

        /** Writes the questions with their answers, again and again up to a position. */
        private void ask(List<Question> asked, int position) {
            for (int i = 0; written.size() < position; i++) {
                Question next = asked.get(i % asked.size());
                written.addAll(next.question());
                predicting.set(
                        written.size() - 1, written.size() - 1 + next.answer().size());
                written.addAll(next.answer());
            }
            written.subList(position, written.size()).clear();
            predicting.clear(position, predicting.length() + 1);
        }

        /** Draws what is told before a length, a pass key, the code of a door and a list of pairs, and what is asked there. */
        private void tell(int length) {
            List<Question> asked = new ArrayList<>();
            String key = Integer.toString(10_000 + random.nextInt(90_000));
            note(length, "\n\nThe pass key is " + key + ". Remember it. " + key + " is the pass key.\n\n");
            asked.add(question("What is the pass key? The pass key is", key));

            String place = PLACES.get(random.nextInt(PLACES.size()));
            String code = Integer.toString(1000 + random.nextInt(9000));
            note(length, "\n\nThe code of the " + place + " door is " + code + ".\n\n");
            String question = "What is the code of the " + place + " door? The code of the " + place + " door is";
            asked.add(question(question, code));

            List<String> words = new ArrayList<>(WORDS);
            Collections.shuffle(words, random);
            boolean numbers = random.nextBoolean();
            List<String> values = numbers
                    ? random.ints(PAIRS, 1000, 10_000)
                            .mapToObj(Integer::toString)
                            .toList()
                    : words.subList(PAIRS, 2 * PAIRS);
            note(
                    length,
                    IntStream.range(0, PAIRS)
                            .mapToObj(i -> words.get(i) + ": " + values.get(i) + "\n")
                            .collect(Collectors.joining("", "\n\n", "\n\n")));
            random.ints(0, PAIRS)
                    .distinct()
                    .limit(ASKED)
                    .forEach(i -> asked.add(question(words.get(i) + ":", values.get(i))));
            Collections.shuffle(asked, random);
            questions.add(asked);
        }

        private void note(int length, String text) {
            notes.add(new Note((int) (DEEPEST * length * random.nextDouble()), list(tokenizer.encode(text))));
        }

        private Question question(String question, String answer) {
            return new Question(list(tokenizer.encode("\n\n" + question)), list(tokenizer.encode(" " + answer)));
        }
    }

    private static List<Integer> list(int[] tokens) {
        return IntStream.of(tokens).boxed().toList();
    }
}
